/* SPDX-License-Identifier: MIT
 * metrics_text.h - the lines of a scrape, and who renders which families.
 * Threads  The functions that read the registry's snapshot want its reader online.
 * Memory   Appends to the caller's buffer.
 * Errors   A buffer that is full remembers it in `failed`; the scrape is refused then. */
#ifndef ROOST_GATEWAY_METRICS_TEXT_H
#define ROOST_GATEWAY_METRICS_TEXT_H
#include "engine/base/buf.h"
#include "gateway/metrics.h"
#include "gateway/metrics_table.h"
#include "gateway/server.h"

#define GW_METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* One line. values: of the family's labels, in the table's order. */
struct gw_sample {
    enum gw_metric metric;
    const char *suffix; /* "", "_bucket", "_sum", "_count" */
    const char *values[4];
    const char *le; /* of a bucket, else NULL */
};

/* The HELP and TYPE lines; once a family, before its samples. */
void gw_sample_family(struct eng_buf *out, enum gw_metric metric);
void gw_sample_u64(struct eng_buf *out, const struct gw_sample *sample, uint64_t value);
void gw_sample_f64(struct eng_buf *out, const struct gw_sample *sample, double value);
/* A version as label text: "" for -1. room is at least 24. */
const char *gw_sample_version(char *out, size_t room, int64_t version);

/* Every family of the table, in its order. The caller's reader is online. 0, or -1. */
int gw_metrics_render(const struct gw_server *server, struct eng_buf *out);

/* The same, rendered at most once per GW_SCRAPE_MS for a listener: whoever scrapes in a
 * loop shall not cost the requests their worker. */
enum { GW_SCRAPE_MS = 100 };
int gw_metrics_scrape(struct gw_server *server, uint32_t listener, uint64_t now_ns,
                      struct eng_buf *out);

/* The parts, each with some families. */
void gw_metrics_render_requests(struct gw_metrics *metrics, struct eng_buf *out);
void gw_metrics_render_models(const struct gw_server *server, struct eng_buf *out);
void gw_metrics_render_process(const struct gw_server *server, struct eng_buf *out);

#endif
