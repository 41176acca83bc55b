/* SPDX-License-Identifier: MIT
 * server.h - one server: its registry, listeners and workers, from start to clean exit.
 * Threads  gw_server_run belongs to the main thread, which handles the signals. The
 * struct is shared by all workers; what changes in it is atomic. Memory   All of it is
 * owned by gw_server_run and gone when that returns. Errors   gw_server_run returns a
 * process exit code; the reason is in the log. */
#ifndef ROOST_GATEWAY_SERVER_H
#define ROOST_GATEWAY_SERVER_H
#include "config/config.h"
#include "gateway/http.h"
#include "gateway/log.h"
#include "registry/registry.h"
#include <pthread.h>
#include <stdatomic.h>

struct gw_metrics;
struct gw_replay;
struct gw_worker;

/* SERVING until a signal; DRAINING: not ready, still serving; STOPPING: new requests are
 * refused, those under way are finished. */
enum gw_phase { GW_SERVING, GW_DRAINING, GW_STOPPING };

/* The last scrape that a listener answered; empty: none. */
struct gw_scrape {
    pthread_mutex_t lock; /* of scrapes alone */
    uint64_t at_ns;
    struct eng_buf text;
};
enum { GW_LISTENERS = 2 }; /* enum gw_listener_id */

struct gw_server {
    const struct cfg *cfg;
    struct gw_log *log;
    struct reg_registry *registry;
    struct gw_metrics *metrics;
    struct gw_replay *replay; /* for the registry's hook */
    struct gw_listener *data; /* NULL until the startup models are loaded */
    struct gw_listener *admin;
    struct gw_scrape scrapes[GW_LISTENERS];
    struct gw_worker **workers; /* [worker_count], the last is the admin's */
    uint32_t worker_count;      /* data workers and one for the admin listener */
    _Atomic int started;        /* every startup model is AVAILABLE or has failed */
    _Atomic int phase;          /* enum gw_phase */
    _Atomic(struct gw_listener *) data_open; /* `data`, once others may look at it */
};

/* Serve until SIGTERM or SIGINT. Blocks those signals, and SIGHUP, which changes nothing,
 * in the calling thread and all it starts. 0 after a clean stop, 1 when the server could
 * not start. */
int gw_server_run(const struct cfg *cfg, struct gw_log *log);

#endif
