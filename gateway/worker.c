/* SPDX-License-Identifier: MIT
 * A worker: the thread that carries a request from its first byte to its last. It owns a
 * loop of the HTTP layer, an arena and a reader of the registry; request.c does the work.
 * While it waits for events its reader is offline, so that retired models can go. */
#include "gateway/worker.h"
#include "engine/base/error.h"
#include "gateway/admin.h"
#include <stdio.h>
#include <stdlib.h>

/* An arena may grow to the largest body a few times over: rows take more room than the
 * text they stand in. */
enum { ARENA_PER_BODY = 8 };
static const size_t arena_least = (size_t)256 << 20;

static void on_head(void *context, struct gw_exchange *exchange)
{
    gw_request_head(context, exchange);
}

static void on_request(void *context, struct gw_exchange *exchange)
{
    gw_request_body(context, exchange);
}

static void on_resumed(void *context, struct gw_exchange *exchange)
{
    gw_admin_resumed(context, exchange);
}

static void on_done(void *context, struct gw_exchange *exchange, int status, int sent)
{
    gw_request_done(context, exchange, status, sent);
}

/* Between two iterations a worker holds nothing of a snapshot, whether it slept or not.
 */
static void on_awake(void *context, uint64_t now_ns)
{
    struct gw_worker *worker = context;
    (void)now_ns;
    reg_reader_online(worker->reader);
    reg_reader_quiet(worker->reader);
}

static void on_asleep(void *context)
{
    struct gw_worker *worker = context;
    reg_reader_offline(worker->reader);
}

static void *worker_main(void *argument)
{
    struct gw_worker *worker = argument;
    gw_http_run(worker->http);
    reg_reader_offline(worker->reader);
    return NULL;
}

struct gw_decode_limits gw_decode_limits_of(const struct cfg *cfg)
{
    return (struct gw_decode_limits){.rows = cfg->rows,
                                     .depth = cfg->json_depth,
                                     .list = cfg->list,
                                     .keys = cfg->keys,
                                     .text = (uint32_t)cfg->text,
                                     .strict_json = cfg->json_strict};
}

roost_status gw_worker_new(struct gw_server *server, enum gw_listener_id listener,
                           uint32_t index, struct gw_worker **out,
                           struct roost_error *err)
{
    struct gw_worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL)
        return eng_fail(err, ROOST_NOMEM, "", 0, "no memory for a worker");
    worker->server = server;
    worker->listener = listener;
    worker->index = index;
    worker->limits = gw_decode_limits_of(server->cfg);
    size_t max = (size_t)server->cfg->body_bytes * ARENA_PER_BODY;
    eng_arena_init(&worker->arena, max > arena_least ? max : arena_least);
    worker->reader = reg_reader_new(server->registry);
    if (worker->reader == NULL) {
        free(worker);
        return eng_fail(err, ROOST_LIMIT, "", 0, "the registry has no reader left");
    }
    *out = worker;
    return ROOST_OK;
}

roost_status gw_worker_start(struct gw_worker *worker, struct gw_listener *listener,
                             struct roost_error *err)
{
    struct gw_http_options options = {
        .listener = listener,
        .listener_id = worker->listener,
        .calls = {on_head, on_request, on_resumed, on_done, on_awake, on_asleep},
        .context = worker};
    if (gw_http_new(&options, &worker->http, err) != 0)
        return err != NULL && err->status != ROOST_OK ? err->status : ROOST_NOMEM;
    if (pthread_create(&worker->thread, NULL, worker_main, worker) != 0)
        return eng_fail(err, ROOST_NOMEM, "", 0, "a thread cannot be started");
    worker->running = 1;
    char name[16];
    snprintf(name, sizeof name, worker->listener == GW_ADMIN ? "roost-admin" : "roost-%u",
             (unsigned)worker->index % 10000);
    (void)pthread_setname_np(worker->thread, name);
    return ROOST_OK;
}

void gw_worker_leave(struct gw_worker *worker)
{
    reg_reader_free(worker->reader);
    worker->reader = NULL;
}

void gw_worker_free(struct gw_worker *worker)
{
    if (worker == NULL)
        return;
    if (worker->http != NULL)
        gw_http_free(worker->http);
    gw_request_spares_free(worker);
    eng_arena_clear(&worker->arena);
    free(worker);
}
