/* SPDX-License-Identifier: MIT
 * The families of the registry: what the snapshot says of each model and version, and the
 * registry's own counters. Rendered on the thread that scrapes, as a reader. */
#include "gateway/metrics_text.h"
#include <stdio.h>

struct walk {
    const struct reg_snapshot *snapshot;
    struct eng_buf *out;
};

static const char *const states[] = {[REG_START] = "start",
                                     [REG_LOADING] = "loading",
                                     [REG_AVAILABLE] = "available",
                                     [REG_UNLOADING] = "unloading",
                                     [REG_END] = "end",
                                     [REG_FAILED] = "failed"};

typedef void render_version(const struct walk *, const char *model,
                            const struct reg_version *, const char *version);

static void render_state(const struct walk *w, const char *model,
                         const struct reg_version *known, const char *version)
{
    for (int state = REG_START; state <= REG_FAILED; state++) {
        struct gw_sample sample = {
            GW_METRIC_MODEL_STATE, "", {model, version, states[state]}, NULL};
        gw_sample_u64(w->out, &sample, (int)known->state == state);
    }
}

static void render_info(const struct walk *w, const char *model,
                        const struct reg_version *known, const char *version)
{
    if (known->state != REG_AVAILABLE)
        return;
    const char *format = known->format != NULL ? known->format : "";
    struct gw_sample sample = {
        GW_METRIC_MODEL_INFO, "", {model, version, format, known->digest}, NULL};
    gw_sample_u64(w->out, &sample, 1);
}

static void render_memory(const struct walk *w, const char *model,
                          const struct reg_version *known, const char *version)
{
    if (known->state != REG_AVAILABLE)
        return;
    struct gw_sample sample = {GW_METRIC_MODEL_MEMORY, "", {model, version}, NULL};
    gw_sample_u64(w->out, &sample, known->bytes);
}

static void render_load_time(const struct walk *w, const char *model,
                             const struct reg_version *known, const char *version)
{
    if (known->load_ns == 0)
        return;
    struct gw_sample sample = {GW_METRIC_LOAD_DURATION, "", {model, version}, NULL};
    gw_sample_f64(w->out, &sample, (double)known->load_ns / 1e9);
}

static void render_loaded_at(const struct walk *w, const char *model,
                             const struct reg_version *known, const char *version)
{
    if (known->loaded_at <= 0)
        return;
    struct gw_sample sample = {GW_METRIC_LOADED_AT, "", {model, version}, NULL};
    gw_sample_u64(w->out, &sample, (uint64_t)known->loaded_at);
}

/* A family's samples must stand together, so the snapshot is walked once for each family
 * and not once for all. */
static void by_version(const struct walk *w, enum gw_metric metric,
                       render_version *render)
{
    gw_sample_family(w->out, metric);
    for (uint32_t i = 0; i < w->snapshot->count; i++) {
        const struct reg_entry *entry = w->snapshot->entries[i];
        for (uint32_t j = 0; j < entry->version_count; j++) {
            char version[24];
            gw_sample_version(version, sizeof version, entry->versions[j].version);
            render(w, entry->name, &entry->versions[j], version);
        }
    }
}

static void render_aliases(const struct walk *w)
{
    gw_sample_family(w->out, GW_METRIC_MODEL_ALIAS);
    for (uint32_t i = 0; i < w->snapshot->count; i++) {
        const struct reg_entry *entry = w->snapshot->entries[i];
        for (uint32_t j = 0; j < entry->label_count; j++) {
            const struct reg_label *label = &entry->labels[j];
            char version[24];
            gw_sample_version(version, sizeof version, label->version);
            struct gw_sample sample = {
                GW_METRIC_MODEL_ALIAS, "", {entry->name, label->name, version}, NULL};
            gw_sample_u64(w->out, &sample, 1);
        }
    }
}

static void render_loads(const struct gw_server *server, const struct walk *w)
{
    static const char *const results[3] = {"success", "failure", "rolled_back"};
    gw_sample_family(w->out, GW_METRIC_MODEL_LOADS);
    for (uint32_t i = 0; i < w->snapshot->count; i++) {
        const char *name = w->snapshot->entries[i]->name;
        struct reg_counts counts = {0};
        if (!reg_model_counts(server->registry, name, &counts))
            continue;
        const uint64_t values[3] = {counts.loads_ok, counts.loads_failed,
                                    counts.rolled_back};
        for (int j = 0; j < 3; j++) {
            struct gw_sample sample = {
                GW_METRIC_MODEL_LOADS, "", {name, results[j]}, NULL};
            gw_sample_u64(w->out, &sample, values[j]);
        }
    }
}

static void render_totals(const struct gw_server *server, struct eng_buf *out)
{
    struct reg_totals totals;
    reg_totals(server->registry, &totals);
    struct gw_sample sample = {GW_METRIC_SCANS, "", {"success"}, NULL};
    gw_sample_family(out, sample.metric);
    gw_sample_u64(out, &sample, totals.scans_ok);
    sample.values[0] = "failure";
    gw_sample_u64(out, &sample, totals.scans_failed);
    sample.metric = GW_METRIC_LAST_SCAN;
    gw_sample_family(out, sample.metric);
    gw_sample_u64(out, &sample, totals.last_scan > 0 ? (uint64_t)totals.last_scan : 0);
    sample.metric = GW_METRIC_SWAPS;
    gw_sample_family(out, sample.metric);
    gw_sample_u64(out, &sample, totals.swaps);
}

void gw_metrics_render_models(const struct gw_server *server, struct eng_buf *out)
{
    struct walk w = {reg_read(server->registry), out};
    by_version(&w, GW_METRIC_MODEL_STATE, render_state);
    by_version(&w, GW_METRIC_MODEL_INFO, render_info);
    render_aliases(&w);
    by_version(&w, GW_METRIC_MODEL_MEMORY, render_memory);
    render_loads(server, &w);
    by_version(&w, GW_METRIC_LOAD_DURATION, render_load_time);
    by_version(&w, GW_METRIC_LOADED_AT, render_loaded_at);
    render_totals(server, out);
}
