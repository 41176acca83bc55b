/* SPDX-License-Identifier: MIT
 * admin.h - /admin/v1/models and /v2/repository: what is there, and the calls that change
 *           what serves.
 * Threads  The worker's of the exchange; a command's outcome comes from the registry
 * thread. Memory   A command under way is on the heap, owned by its request until it is
 * answered, or by the registry when its client is gone before. Errors   -1 with the
 * request's fault filled, for the caller to answer. */
#ifndef ROOST_GATEWAY_ADMIN_H
#define ROOST_GATEWAY_ADMIN_H
#include "gateway/http.h"
#include "gateway/request.h"

/* What the body of a command may say. */
struct gw_admin_body {
    int64_t version; /* -1: not given */
};

/* Read a command's body: {} or nothing, or {"version": V}. BAD_JSON, BAD_REQUEST,
 * BAD_TYPE, BAD_VALUE, MISSING_INPUT. */
int gw_admin_read(enum reg_action action, const uint8_t *body, size_t size,
                  struct gw_admin_body *out, struct gw_fault *fault);

/* May a browser, or a name that somebody else's DNS gives, not be behind this? host and
 * origin are header values or NULL. FORBIDDEN. */
int gw_admin_guard(const char *host, const char *origin, struct gw_fault *fault);
/* The half of it that the data listener can ask for: no page of another origin. */
int gw_admin_origin(const char *host, const char *origin, struct gw_fault *fault);

/* The bodies of repository calls, which may be empty. Index: {} or {"ready": bool}, into
 * *ready. Load and unload: {} or {"parameters": {...}}; a parameter that would change
 * what is loaded is refused, since models come from their directory alone. BAD_JSON,
 * BAD_TYPE, UNIMPLEMENTED. */
int gw_admin_read_index(const uint8_t *body, size_t size, int *ready,
                        struct gw_fault *fault);
int gw_admin_read_v2(enum reg_action action, const char *model, const uint8_t *body,
                     size_t size, struct gw_fault *fault);
/* [{"name","version","state","reason"}], of all versions or of those that serve. */
void gw_admin_put_index(const struct reg_snapshot *snapshot, int ready,
                        struct eng_buf *out);

/* What an admin sees of one model, and of all. */
void gw_admin_put_model(const struct reg_entry *entry, struct eng_buf *out);
void gw_admin_put_models(const struct reg_snapshot *snapshot, struct eng_buf *out);

/* The listings, answered at the head; the index has a body. */
int gw_admin_get(struct gw_worker *worker, struct gw_exchange *exchange);
int gw_admin_index(struct gw_worker *worker, struct gw_exchange *exchange);
/* The head of a call with a body: may it come from there? */
int gw_admin_head(struct gw_worker *worker, struct gw_exchange *exchange);
/* Its body is in: hand it to the registry and wait, suspended. */
int gw_admin_command(struct gw_worker *worker, struct gw_exchange *exchange);
/* The registry is done with it. */
void gw_admin_resumed(struct gw_worker *worker, struct gw_exchange *exchange);
/* The exchange is over; whoever still has the command frees it. */
void gw_admin_abandon(struct gw_request *request);

#endif
