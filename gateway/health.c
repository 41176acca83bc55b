/* SPDX-License-Identifier: MIT
 * The answers to probes, given at the head of a request. live: the loop turns, or nobody
 * would answer. started: the startup models are AVAILABLE or have failed. ready: started
 * and not draining; a reload or a failed model never lowers it, so that an orchestrator
 * does not restart a server over one bad upload. */
#include "gateway/health.h"
#include "gateway/server.h"
#include <string.h>

static void check_line(struct eng_buf *out, const char *name, int good)
{
    (void)eng_buf_format(out, "[%c]%s %s\n", good ? '+' : '-', name,
                         good ? "ok" : "not yet");
}

void gw_health_answer(struct gw_server *server, enum gw_kind kind,
                      struct gw_exchange *exchange)
{
    int started = atomic_load_explicit(&server->started, memory_order_acquire);
    int phase = atomic_load_explicit(&server->phase, memory_order_acquire);
    int good = kind == GW_ROUTE_LIVE || started;
    if (kind == GW_ROUTE_READY)
        good = started && phase == GW_SERVING;
    if (strncmp(exchange->query, "verbose", 7) == 0) {
        check_line(&exchange->out, "live", 1);
        check_line(&exchange->out, "models-loaded", started);
        check_line(&exchange->out, "not-draining", phase == GW_SERVING);
    }
    const char *text = good                  ? "ok\n"
                       : phase != GW_SERVING ? "draining\n"
                                             : "starting: the models are being loaded\n";
    (void)eng_buf_text(&exchange->out, text);
    gw_exchange_set(exchange, "Cache-Control", "no-store");
    gw_exchange_answer(exchange, good ? 200 : 503, "text/plain; charset=utf-8");
}
