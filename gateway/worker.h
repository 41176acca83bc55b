/* SPDX-License-Identifier: MIT
 * worker.h - one thread that answers requests: its loop, its memory, its reader.
 * Threads  A worker belongs to its thread while that runs (lifecycle.c joins it);
 *          only gw_http_quiesce and _stop on `http` are called from others meanwhile.
 * Memory   `_new` pairs with `_free`. Requests are kept in a list and used again, the
 *          arena keeps its chunks: a warm request takes nothing from the heap.
 * Errors   NOMEM, LIMIT (too many readers), and what gw_http_new gives. */
#ifndef ROOST_GATEWAY_WORKER_H
#define ROOST_GATEWAY_WORKER_H
#include "engine/base/arena.h"
#include "gateway/decode.h"
#include "gateway/request.h"
#include "gateway/route.h"
#include "gateway/server.h"
#include <pthread.h>

struct gw_worker {
    struct gw_server *server;
    struct gw_http *http;
    struct reg_reader *reader;
    struct eng_arena arena; /* of the request being decoded and scored */
    struct gw_decode_limits limits;
    struct gw_request *spare; /* requests to use again */
    enum gw_listener_id listener;
    uint32_t index;   /* of its shards on /metrics */
    uint32_t sampled; /* counts requests, to time 1 in 16 */
    uint32_t logged;  /* counts requests, for log.access_sample */
    int running;      /* the thread exists */
    pthread_t thread;
};

/* What the configuration allows of a body; also for golden lines. */
struct gw_decode_limits gw_decode_limits_of(const struct cfg *cfg);

roost_status gw_worker_new(struct gw_server *server, enum gw_listener_id listener,
                           uint32_t index, struct gw_worker **out,
                           struct roost_error *err);
/* Open its loop on a listening socket and start the thread. */
roost_status gw_worker_start(struct gw_worker *worker, struct gw_listener *listener,
                             struct roost_error *err);
/* Give the reader back: before reg_free, which refuses readers online. */
void gw_worker_leave(struct gw_worker *worker);
/* After reg_free, since a command's `done` may still resume an exchange. */
void gw_worker_free(struct gw_worker *worker);

#endif
