/* SPDX-License-Identifier: MIT
 * The calls of the Open Inference Protocol that need no body, answered at the head from
 * the current snapshot: what the server is, what its models are and how they fare. The
 * texts of refusals are Triton's; a body stands with every 200, though clients of Triton
 * look at the status alone. */
#include "gateway/v2_answer.h"
#include "engine/base/clock.h"
#include "gateway/admit.h"
#include "gateway/server.h"
#include "gateway/text.h"
#include "gateway/v2_model.h"
#include "gateway/v2_stats.h"
#include <string.h>
#include <time.h>

/* Only what is done: clients choose what they try by this list. */
static const char extensions[] =
    "[\"classification\",\"model_repository\",\"schedule_policy\","
    "\"model_configuration\",\"binary_tensor_data\",\"parameters\",\"statistics\"]";

static void put_server(const struct cfg *cfg, struct eng_buf *out)
{
    (void)eng_buf_text(out, "{\"name\":");
    (void)gw_text_json(out, cfg->server_name, strlen(cfg->server_name));
    (void)eng_buf_format(out, ",\"version\":\"%s\",\"extensions\":%s}", roost_version(),
                         extensions);
}

static int put_ready(struct gw_server *server, struct eng_buf *out,
                     struct gw_fault *fault)
{
    int phase = atomic_load_explicit(&server->phase, memory_order_acquire);
    if (phase != GW_SERVING)
        return gw_fault_set(fault, GW_FAULT_DRAINING, "The server is shutting down");
    if (!atomic_load_explicit(&server->started, memory_order_acquire))
        return gw_fault_set(fault, GW_FAULT_NOT_READY,
                            "The server is not ready: the models are being loaded");
    (void)eng_buf_text(out, "{\"ready\":true}");
    return 0;
}

static int knows_version(const struct reg_entry *entry, int64_t version)
{
    for (uint32_t i = 0; i < entry->version_count; i++)
        if (entry->versions[i].version == version)
            return 1;
    return 0;
}

/* A model that is there but does not serve is not ready, rather than unknown. */
static int put_model_ready(const struct reg_snapshot *snapshot,
                           const struct gw_route *route, struct eng_buf *out,
                           struct gw_fault *fault)
{
    const struct reg_entry *entry = NULL;
    struct gw_fault why = {.code = GW_FAULT_NONE};
    if (gw_admit_find(snapshot, route, &entry, &why) == NULL) {
        if (entry != NULL && (route->version < 0 || knows_version(entry, route->version)))
            return gw_fault_set(fault, GW_FAULT_NOT_READY, "Model version not ready");
        return gw_fault_set(fault, why.code, "%s", why.text);
    }
    (void)eng_buf_text(out, "{\"name\":");
    (void)gw_text_json(out, entry->name, strlen(entry->name));
    (void)eng_buf_text(out, ",\"ready\":true}");
    return 0;
}

static int put_model(struct gw_server *server, const struct gw_route *route,
                     struct eng_buf *out, struct gw_fault *fault)
{
    const struct reg_entry *entry = NULL;
    const struct reg_serving *serving =
        gw_admit_find(reg_read(server->registry), route, &entry, fault);
    if (serving == NULL)
        return -1;
    if (route->kind == GW_ROUTE_V2_CONFIG)
        gw_v2_put_config(entry, serving, server->cfg, out);
    else
        gw_v2_put_metadata(entry, serving, route->version >= 0, out);
    return 0;
}

/* Every version that serves of one entry. */
static void put_entry_stats(const struct gw_server *server, const struct reg_entry *entry,
                            const struct gw_v2_now *now, struct eng_buf *out)
{
    for (uint32_t i = 0; i < entry->serving_count; i++) {
        int first = out->size > 0 && out->at[out->size - 1] == '[';
        (void)eng_buf_text(out, first ? "" : ",");
        gw_v2_put_stats(entry, entry->serving[i], server->worker_count, now, out);
    }
}

/* Of a version, of all of a model's that serve, or of all models. */
static int put_stats(const struct gw_server *server, const struct gw_route *route,
                     struct eng_buf *out, struct gw_fault *fault)
{
    const struct reg_snapshot *snapshot = reg_read(server->registry);
    const struct reg_serving *serving = NULL;
    const struct reg_entry *entry = NULL;
    struct timespec wall = {0, 0};
    (void)clock_gettime(CLOCK_REALTIME, &wall);
    struct gw_v2_now now = {eng_clock_ns(),
                            (int64_t)wall.tv_sec * 1000 + wall.tv_nsec / 1000000};
    if (route->model[0] != '\0') {
        serving = gw_admit_find(snapshot, route, &entry, fault);
        if (serving == NULL)
            return -1;
    }
    (void)eng_buf_text(out, "{\"model_stats\":[");
    if (entry == NULL)
        for (uint32_t i = 0; i < snapshot->count; i++)
            put_entry_stats(server, snapshot->entries[i], &now, out);
    else if (route->version < 0 && entry->serving_count > 0)
        put_entry_stats(server, entry, &now, out);
    else
        gw_v2_put_stats(entry, serving, server->worker_count, &now, out);
    (void)eng_buf_text(out, "]}");
    return 0;
}

static int put_answer(struct gw_server *server, const struct gw_route *route,
                      struct eng_buf *out, struct gw_fault *fault)
{
    switch (route->kind) {
    case GW_ROUTE_V2_SERVER:
        put_server(server->cfg, out);
        return 0;
    case GW_ROUTE_V2_LIVE:
        (void)eng_buf_text(out, "{\"live\":true}");
        return 0;
    case GW_ROUTE_V2_READY:
        return put_ready(server, out, fault);
    case GW_ROUTE_V2_MODEL_READY:
        return put_model_ready(reg_read(server->registry), route, out, fault);
    case GW_ROUTE_V2_STATS:
        return put_stats(server, route, out, fault);
    default:
        return put_model(server, route, out, fault);
    }
}

int gw_v2_answer(struct gw_server *server, const struct gw_route *route,
                 struct gw_exchange *exchange, struct gw_fault *fault)
{
    if (put_answer(server, route, &exchange->out, fault) != 0)
        return -1;
    if (exchange->out.failed)
        return gw_fault_set(fault, GW_FAULT_NO_MEMORY,
                            "The answer does not fit in memory");
    if (route->kind != GW_ROUTE_V2_SERVER && route->kind != GW_ROUTE_V2_MODEL)
        gw_exchange_set(exchange, "Cache-Control", "no-store");
    gw_exchange_answer(exchange, 200, "application/json");
    return 0;
}
