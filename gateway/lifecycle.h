/* SPDX-License-Identifier: MIT
 * lifecycle.h - what a server is made of, made and given back.
 * Threads  The main thread's.
 * Memory   gw_server_make pairs with gw_server_clear, also after a failure.
 * Errors   As reg_new and gw_worker_new give; NOMEM. */
#ifndef ROOST_GATEWAY_LIFECYCLE_H
#define ROOST_GATEWAY_LIFECYCLE_H
#include "gateway/server.h"
#include <signal.h>

/* Metrics, registry (not started) and workers (without a listener). */
roost_status gw_server_make(struct gw_server *server, struct roost_error *err);
/* 0, and a log line for each, when a startup model did not come up. */
int gw_startup_good(struct gw_server *server);
/* Wait for SIGTERM or SIGINT: its number, or 0 when `ms` have passed (UINT32_MAX: no
 * limit). A SIGHUP is logged, and waited on. */
int gw_wait_signal(struct gw_server *server, const sigset_t *signals, uint32_t ms);
/* Close the doors, let requests under way finish for at most grace_ms (a signal ends the
 * wait), join the threads. */
void gw_stop_workers(struct gw_server *server, const sigset_t *signals,
                     uint32_t grace_ms);
void gw_server_clear(struct gw_server *server);

#endif
