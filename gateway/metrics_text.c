/* SPDX-License-Identifier: MIT
 * How a scrape is written: Prometheus' text format 0.0.4. The renderers of families call
 * these with values; names, types, helps and label names come from the one table. */
#include "gateway/metrics_text.h"
#include <stdio.h>
#include <string.h>

enum { SCRAPE_ROOM = 250 << 10 }; /* bytes; enough for some hundred models */

#define X(id, name, type, stability, labels, help)                                       \
    [GW_METRIC_##id] = {name, type, stability, labels, help},
static const struct gw_family families[GW_METRICS] = {GW_METRIC_MAP(X)};
#undef X

const struct gw_family *gw_family(enum gw_metric metric)
{
    return &families[metric];
}

void gw_sample_family(struct eng_buf *out, enum gw_metric metric)
{
    const struct gw_family *family = gw_family(metric);
    (void)eng_buf_format(out, "# HELP %s %s\n# TYPE %s %s\n", family->name, family->help,
                         family->name, family->type);
}

/* Backslash, quote and line feed are escaped; the rest stands as it is. */
static void put_value(struct eng_buf *out, const char *value)
{
    (void)eng_buf_put(out, "\"", 1);
    for (const char *at = value; *at != '\0';) {
        size_t plain = strcspn(at, "\\\"\n");
        (void)eng_buf_put(out, at, plain);
        at += plain;
        if (*at == '\0')
            break;
        char pair[2] = {'\\', (char)(*at == '\n' ? 'n' : *at)};
        (void)eng_buf_put(out, pair, sizeof pair);
        at++;
    }
    (void)eng_buf_put(out, "\"", 1);
}

static void put_labels(struct eng_buf *out, const struct gw_sample *sample)
{
    const char *name = gw_family(sample->metric)->labels;
    const char *lead = "{";
    for (int i = 0; *name != '\0'; i++) {
        size_t size = strcspn(name, ",");
        (void)eng_buf_format(out, "%s%.*s=", lead, (int)size, name);
        put_value(out, sample->values[i]);
        lead = ",";
        name += size + (name[size] == ',');
    }
    if (sample->le != NULL) {
        (void)eng_buf_format(out, "%sle=\"%s\"", lead, sample->le);
        lead = ",";
    }
    if (*lead == ',')
        (void)eng_buf_put(out, "}", 1);
}

static void put_name(struct eng_buf *out, const struct gw_sample *sample)
{
    (void)eng_buf_text(out, gw_family(sample->metric)->name);
    (void)eng_buf_text(out, sample->suffix != NULL ? sample->suffix : "");
    put_labels(out, sample);
}

void gw_sample_u64(struct eng_buf *out, const struct gw_sample *sample, uint64_t value)
{
    put_name(out, sample);
    (void)eng_buf_format(out, " %llu\n", (unsigned long long)value);
}

void gw_sample_f64(struct eng_buf *out, const struct gw_sample *sample, double value)
{
    put_name(out, sample);
    (void)eng_buf_format(out, " %.15g\n", value);
}

const char *gw_sample_version(char *out, size_t room, int64_t version)
{
    if (version < 0)
        out[0] = '\0';
    else
        snprintf(out, room, "%lld", (long long)version);
    return out;
}

int gw_metrics_scrape(struct gw_server *server, uint32_t listener, uint64_t now_ns,
                      struct eng_buf *out)
{
    struct gw_scrape *scrape = &server->scrapes[listener];
    pthread_mutex_lock(&scrape->lock);
    /* Both before anything is rendered, so that the heap that a scrape shows holds the
     * scrape itself, the first time and ever after. */
    int failed =
        scrape->text.room == 0 && eng_buf_reserve(&scrape->text, SCRAPE_ROOM) != 0;
    failed = failed || eng_buf_reserve(out, scrape->text.room - 1) != 0;
    /* A worker whose turn began before the last rendering finds it younger than now. */
    if (!failed && (scrape->text.size == 0 ||
                    now_ns > scrape->at_ns + (uint64_t)GW_SCRAPE_MS * 1000000)) {
        eng_buf_reset(&scrape->text);
        failed = gw_metrics_render(server, &scrape->text);
        scrape->at_ns = now_ns;
    }
    failed = failed || eng_buf_put(out, scrape->text.at, scrape->text.size);
    if (failed)
        eng_buf_reset(&scrape->text);
    pthread_mutex_unlock(&scrape->lock);
    return failed ? -1 : 0;
}

int gw_metrics_render(const struct gw_server *server, struct eng_buf *out)
{
    gw_metrics_render_requests(server->metrics, out);
    gw_metrics_render_models(server, out);
    gw_metrics_render_process(server, out);
    return out->failed ? -1 : 0;
}
