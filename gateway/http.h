/* SPDX-License-Identifier: MIT
 * http.h - the seam between the gateway and whatever carries HTTP/1.1.
 * Threads  A gw_http belongs to the thread that runs it; only gw_http_stop, _quiesce and
 *          gw_exchange_resume may be called from others.
 * Memory   An exchange, its buffers and its header values belong to the gw_http; they are
 *          valid from `head` until `done`. Buffers are kept for later exchanges.
 * Errors   Anything wrong with the HTTP itself is answered here and never seen above, but
 *          for `done`, which then tells the status.
 * An exchange meets `head`, then `request` unless it was answered or failed meanwhile,
 * then `resumed` if it was suspended, and `done` exactly once. */
#ifndef ROOST_GATEWAY_HTTP_H
#define ROOST_GATEWAY_HTTP_H
#include "engine/base/buf.h"
#include "gateway/errors.h"

struct gw_http;

enum {
    GW_ANSWER_BYTES = 256 << 20, /* an answer's body may not be larger */
    GW_ANSWER_HEADERS = 8
};

/* One request and its one answer. Read-only above the seam, but for `user`. */
struct gw_exchange {
    const char *method; /* "GET" */
    const char *path;   /* as sent, not decoded, without the query */
    size_t path_size;
    const char *query;       /* after '?', or "" */
    uint64_t content_length; /* declared; 0: no body; UINT64_MAX: chunked */
    const uint8_t *body;     /* inflated; set once `request` is called */
    size_t body_size;
    uint64_t start_ns;    /* when its first byte was parsed */
    uint64_t now_ns;      /* of this loop iteration */
    char request_id[129]; /* x-request-id: the client's if acceptable, else made */
    struct eng_buf out;   /* the answer's body: fill, then gw_exchange_answer */
    void *user;           /* the layer above's, NULL at head */
    uint32_t listener;    /* which one it came by: the gw_http_options.listener */
};

/* A header of the request by lower-case name; NULL when absent. */
const char *gw_exchange_header(const struct gw_exchange *exchange, const char *name);
/* A header of the answer; name and value are copied. At most GW_ANSWER_HEADERS; one that
 * HTTP does not allow (a line break in it) is left out. */
void gw_exchange_set(struct gw_exchange *exchange, const char *name, const char *value);
/* Answer with `out` as the body (empty allowed). Exactly once; from head, request or
 * resumed. When called from head the body is read and thrown away (up to the limits), so
 * that the connection stays usable. */
void gw_exchange_answer(struct gw_exchange *exchange, int status, const char *type);
/* Answer later: call gw_exchange_resume from any thread, then `resumed` is called. */
void gw_exchange_suspend(struct gw_exchange *exchange);
void gw_exchange_resume(struct gw_exchange *exchange);

struct gw_http_limits {
    uint32_t header_bytes; /* all of a request's head: 431 */
    uint32_t line_bytes;   /* request line: 414 */
    uint32_t header_count;
    uint64_t body_bytes;     /* as sent, and inflated: 413 */
    uint64_t bodies_bytes;   /* of all unfinished requests of the process: 503 */
    uint32_t connections;    /* of the listener, over all its threads: 503 */
    uint32_t connections_ip; /* of one address, loopback excepted: 503 */
    uint32_t header_ms;      /* absolute deadline for the head */
    uint32_t body_ms;        /* for the body, plus its size at min_rate */
    uint32_t write_ms;       /* for the answer, likewise */
    uint32_t min_rate;       /* bytes a second */
    uint32_t idle_ms;        /* keep-alive */
};

/* Called on the loop's thread. context is gw_http_options.context. */
struct gw_http_calls {
    void (*head)(void *context, struct gw_exchange *exchange);    /* may answer early */
    void (*request)(void *context, struct gw_exchange *exchange); /* body complete */
    void (*resumed)(void *context, struct gw_exchange *exchange);
    /* The exchange is over: sent (1) or the connection was lost before (0). status is 0
     * when there was no answer. Also for exchanges that the HTTP layer answered itself:
     * user is NULL then, unless `head` had set it (a body too large, too slow, broken).
     */
    void (*done)(void *context, struct gw_exchange *exchange, int status, int sent);
    void (*awake)(void *context, uint64_t now_ns); /* an iteration begins */
    void (*asleep)(void *context);                 /* before waiting */
};

/* What all threads of one listening socket share. */
struct gw_listener;
struct gw_listener_counts {
    uint64_t accepted;
    uint64_t refused;    /* answered 503 at the door */
    uint64_t open;       /* connections now */
    uint64_t body_bytes; /* held by unfinished requests now */
};
/* address: "127.0.0.1:8501", "[::1]:8501", "unix:/path"; port 0: chosen by the kernel.
 * VALUE: the address cannot be read; LIMIT: a limit is 0; IO: it cannot be listened on.
 */
int gw_listener_new(const char *address, const struct gw_http_limits *limits,
                    struct gw_listener **out, struct roost_error *err);
/* After gw_http_free of every loop on it. Removes the file of a unix socket. NULL is
 * allowed. */
void gw_listener_free(struct gw_listener *listener);
int gw_listener_port(const struct gw_listener *listener); /* -1 for a unix socket */
/* Where it listens in truth: as given, but with the port that the kernel chose in place
 * of 0. Borrowed until gw_listener_free. */
const char *gw_listener_address(const struct gw_listener *listener);
void gw_listener_counts(const struct gw_listener *listener,
                        struct gw_listener_counts *out);

struct gw_http_options {
    struct gw_listener *listener;
    uint32_t listener_id;
    struct gw_http_calls calls;
    void *context;
};
int gw_http_new(const struct gw_http_options *options, struct gw_http **out,
                struct roost_error *err);
/* Serve until gw_http_stop; returns once every exchange is over or the deadline passed.
 */
void gw_http_run(struct gw_http *http);
/* Accept no more and answer with `Connection: close` (any thread). Once every thread of
 * the listener has quiesced, new connections are refused by the kernel. */
void gw_http_quiesce(struct gw_http *http);
/* After a quiesce: leave gw_http_run when idle, at the latest after grace_ms. */
void gw_http_stop(struct gw_http *http, uint32_t grace_ms);
/* When run has returned and nobody will call gw_exchange_resume any more. Exchanges still
 * suspended meet `done` here, without `resumed`. NULL is allowed. */
void gw_http_free(struct gw_http *http);

#endif
