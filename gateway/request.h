/* SPDX-License-Identifier: MIT
 * request.h - one request through the stages: read, admit, decode, transform, score,
 * encode, write.
 * Threads  A request belongs to one worker.
 * Memory   A struct gw_request lives from `head` to `done` and is then used again; all
 *          that decoding and scoring make lies in the worker's arena and is gone with the
 *          call that made it. No pointer into a snapshot outlives a call.
 * Errors   A fault answers the request; it is filled once, by the stage that failed. */
#ifndef ROOST_GATEWAY_REQUEST_H
#define ROOST_GATEWAY_REQUEST_H
#include "gateway/http.h"
#include "gateway/route.h"
#include "gateway/stage.h"

struct gw_worker;
struct gw_account;
struct gw_admin_pending;

struct gw_request {
    struct gw_request *next; /* in the worker's list of spare ones */
    struct gw_fault fault;   /* set by whichever stage fails */

    /* Set by admit (at the head), read by all that follow. */
    struct gw_route route;
    struct gw_account *account; /* pinned until done; NULL: not a model's request */
    uint64_t deadline_ns;
    uint8_t timed;       /* this one shows transform and score apart */
    uint8_t show_timing; /* the client asked for Server-Timing */
    uint8_t answered;    /* gw_exchange_answer was called */

    /* Set by an admin command while the registry works on it. */
    struct gw_admin_pending *pending;

    /* Edges and spans, nanoseconds; a span of 0 was not measured. */
    uint64_t edge_ns; /* where the stage under way began */
    uint64_t span_ns[GW_STAGES];
};

/* The head is in: route and admit, and answer what needs no body. */
void gw_request_head(struct gw_worker *worker, struct gw_exchange *exchange);
/* The body is in: decode, score, encode, answer. */
void gw_request_body(struct gw_worker *worker, struct gw_exchange *exchange);
/* Sent, or lost: count it and give the request back. */
void gw_request_done(struct gw_worker *worker, struct gw_exchange *exchange, int status,
                     int sent);

/* Every request under way is given back; the loop has ended. */
void gw_request_spares_free(struct gw_worker *worker);

#endif
