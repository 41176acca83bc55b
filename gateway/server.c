/* SPDX-License-Identifier: MIT
 * The life of a server, on the main thread: open the registry and the admin listener,
 * wait for the startup models, open the data listener (so that a bare TCP probe means
 * ready), wait for a signal, drain, stop. Each step that can fail logs why; everything
 * opened is given back in one place. Before it the command line has made the
 * configuration. */
#include "gateway/server.h"
#include "gateway/lifecycle.h"
#include "gateway/metrics.h"
#include "gateway/worker.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

enum { START_POLL_MS = 5 };

/* The thread that waits for signals. A handler is given nothing but a number, hence the
 * one variable of the gateway that no struct holds; it is set before the handler is. */
static _Atomic pid_t waiting;

/* A library may have started threads before main (OpenBLAS does), which block nothing:
 * the signal goes on to the thread that waits for it, where it is blocked. */
static void pass_on(int number)
{
    pid_t thread = atomic_load_explicit(&waiting, memory_order_relaxed);
    int kept = errno;
    if (gettid() != thread)
        (void)tgkill(getpid(), thread, number);
    errno = kept;
}

/* Blocked before any thread of ours exists, so that all inherit it and only the one that
 * waits for them gets them. SIGPIPE is nobody's business: writes say so themselves. */
static void hold_signals(sigset_t *signals)
{
    sigemptyset(signals);
    sigaddset(signals, SIGTERM);
    sigaddset(signals, SIGINT);
    sigaddset(signals, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, signals, NULL);
    atomic_store_explicit(&waiting, gettid(), memory_order_relaxed);
    struct sigaction pass;
    memset(&pass, 0, sizeof pass);
    pass.sa_handler = pass_on;
    pass.sa_flags = SA_RESTART;
    (void)sigaction(SIGTERM, &pass, NULL);
    (void)sigaction(SIGINT, &pass, NULL);
    (void)sigaction(SIGHUP, &pass, NULL);
    struct sigaction ignore;
    memset(&ignore, 0, sizeof ignore);
    ignore.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &ignore, NULL);
}

static int report(struct gw_server *server, const char *what,
                  const struct roost_error *err)
{
    GW_LOG(server->log, GW_ERROR, "server", what,
           gw_text("reason",
                   err->text[0] != '\0' ? err->text : roost_status_text(err->status)),
           gw_text("where", err->where));
    return -1;
}

static struct gw_http_limits http_limits(const struct cfg *cfg)
{
    return (struct gw_http_limits){.header_bytes = (uint32_t)cfg->header_bytes,
                                   .line_bytes = (uint32_t)cfg->line_bytes,
                                   .header_count = cfg->header_count,
                                   .body_bytes = cfg->body_bytes,
                                   .bodies_bytes = cfg->bodies_bytes,
                                   .connections = cfg->connections,
                                   .connections_ip = cfg->connections_ip,
                                   .header_ms = cfg->header_ms,
                                   .body_ms = cfg->body_ms,
                                   .write_ms = cfg->write_ms,
                                   .min_rate = (uint32_t)cfg->min_rate,
                                   .idle_ms = cfg->idle_ms};
}

/* A command is a few bytes and admins are few. */
static struct gw_http_limits admin_limits(const struct cfg *cfg)
{
    struct gw_http_limits limits = http_limits(cfg);
    const uint64_t body = 1 << 20;
    limits.body_bytes = limits.body_bytes < body ? limits.body_bytes : body;
    limits.connections = limits.connections < 256 ? limits.connections : 256;
    return limits;
}

static int open_admin(struct gw_server *server, struct roost_error *err)
{
    struct gw_http_limits limits = admin_limits(server->cfg);
    struct gw_worker *worker = server->workers[server->worker_count - 1];
    if (gw_listener_new(server->cfg->admin_listen, &limits, &server->admin, err) != 0 ||
        gw_worker_start(worker, server->admin, err) != ROOST_OK)
        return report(server, "the admin listener cannot be opened", err);
    GW_LOG(server->log, GW_INFO, "server", "admin open",
           gw_text("admin", gw_listener_address(server->admin)),
           gw_number("admin_port", gw_listener_port(server->admin)));
    return 0;
}

static int open_data(struct gw_server *server, struct roost_error *err)
{
    struct gw_http_limits limits = http_limits(server->cfg);
    if (gw_listener_new(server->cfg->listen, &limits, &server->data, err) != 0)
        return report(server, "the data listener cannot be opened", err);
    atomic_store_explicit(&server->data_open, server->data, memory_order_release);
    for (uint32_t i = 0; i + 1 < server->worker_count; i++)
        if (gw_worker_start(server->workers[i], server->data, err) != ROOST_OK)
            return report(server, "a worker cannot be started", err);
    return 0;
}

/* 0 when the startup models are loaded or have failed, -1 when a signal came first. */
static int await_models(struct gw_server *server, const sigset_t *signals)
{
    while (!reg_started(server->registry))
        if (gw_wait_signal(server, signals, START_POLL_MS) != 0)
            return -1;
    return 0;
}

static int open_all(struct gw_server *server, const sigset_t *signals, int *stopped)
{
    struct roost_error err;
    memset(&err, 0, sizeof err);
    if (open_admin(server, &err) != 0)
        return -1;
    if (reg_start(server->registry, &err) != ROOST_OK)
        return report(server, "the registry cannot be started", &err);
    if (await_models(server, signals) != 0) {
        *stopped = 1;
        return 0;
    }
    if (server->cfg->startup_strict && !gw_startup_good(server))
        return -1;
    if (open_data(server, &err) != 0)
        return -1;
    atomic_store_explicit(&server->started, 1, memory_order_release);
    GW_LOG(server->log, GW_INFO, "server", "ready",
           gw_text("data", gw_listener_address(server->data)),
           gw_number("data_port", gw_listener_port(server->data)),
           gw_text("admin", gw_listener_address(server->admin)),
           gw_number("admin_port", gw_listener_port(server->admin)),
           gw_number("workers", server->worker_count - 1));
    return 0;
}

/* Not ready first, so that balancers turn away while everything is still answered; then
 * the door is closed and what is under way finished. A second signal ends either wait. */
static void drain(struct gw_server *server, const sigset_t *signals, int number)
{
    uint32_t delay = (uint32_t)server->cfg->drain_delay_ms;
    if (number == SIGINT && isatty(STDIN_FILENO))
        delay = 0;
    atomic_store_explicit(&server->phase, GW_DRAINING, memory_order_release);
    GW_LOG(server->log, GW_INFO, "server", "draining",
           gw_text("signal", number == SIGINT ? "SIGINT" : "SIGTERM"),
           gw_number("delay_ms", delay),
           gw_number("timeout_ms", (int64_t)server->cfg->drain_timeout_ms));
    if (delay > 0 && gw_wait_signal(server, signals, delay) != 0)
        gw_stop_workers(server, signals, 0);
    else
        gw_stop_workers(server, signals, (uint32_t)server->cfg->drain_timeout_ms);
}

int gw_server_run(const struct cfg *cfg, struct gw_log *log)
{
    struct gw_server server = {.cfg = cfg, .log = log};
    sigset_t signals;
    hold_signals(&signals);
    GW_LOG(log, GW_INFO, "server", "starting", gw_text("roost", roost_version()),
           gw_text("models", cfg->models_dir), gw_number("pid", getpid()));
    struct roost_error err;
    memset(&err, 0, sizeof err);
    int failed = gw_server_make(&server, &err) != ROOST_OK &&
                 report(&server, "the server cannot be set up", &err) != 0;
    int stopped = 0;
    if (!failed)
        failed = open_all(&server, &signals, &stopped) != 0;
    if (!failed && !stopped)
        drain(&server, &signals, gw_wait_signal(&server, &signals, UINT32_MAX));
    else
        gw_stop_workers(&server, &signals, 0);
    gw_server_clear(&server);
    GW_LOG(log, GW_INFO, "server", "stopped", gw_number("code", failed));
    return failed ? 1 : 0;
}
