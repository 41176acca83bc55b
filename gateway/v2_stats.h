/* SPDX-License-Identifier: MIT
 * v2_stats.h - the V2 statistics extension: what the accounts counted, in its words.
 * Threads  The worker's; its reader is online. Counts may lag each other by a request.
 * Memory   Appends to the caller's buffer. Errors  The buffer remembers a failure. */
#ifndef ROOST_GATEWAY_V2_STATS_H
#define ROOST_GATEWAY_V2_STATS_H
#include "gateway/metrics.h"

/* Two readings of the same moment: last_inference is told since 1970. */
struct gw_v2_now {
    uint64_t clock_ns; /* eng_clock_ns */
    int64_t wall_ms;   /* since 1970 */
};

/* One element of "model_stats". */
void gw_v2_put_stats(const struct reg_entry *entry, const struct reg_serving *serving,
                     uint32_t workers, const struct gw_v2_now *now, struct eng_buf *out);

#endif
