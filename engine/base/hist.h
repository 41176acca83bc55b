/* SPDX-License-Identifier: MIT
 * hist.h - a latency histogram of one writer: classic bounds, relaxed stores.
 * Threads  One writer; any thread may read (counts may lag each other by an observation).
 * Memory   Plain data. Errors  None. */
#ifndef ROOST_BASE_HIST_H
#define ROOST_BASE_HIST_H
#include <stdatomic.h>
#include <stdint.h>

enum { ENG_HIST_BOUNDS = 16 };

/* Upper bounds in nanoseconds: 50us ... 10s (docs/operations.md, Metrics). */
extern const uint64_t eng_hist_bounds[ENG_HIST_BOUNDS];
/* The same as they are written in a `le` label, in seconds. */
extern const char *const eng_hist_labels[ENG_HIST_BOUNDS];

struct eng_hist {
    _Atomic uint64_t count[ENG_HIST_BOUNDS + 1]; /* last: above all bounds */
    _Atomic uint64_t sum_ns;
};

void eng_hist_add(struct eng_hist *hist, uint64_t ns);

/* One writer's counter: a relaxed load and store, no locked instruction. */
static inline void eng_count(_Atomic uint64_t *counter, uint64_t by)
{
    uint64_t now = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, now + by, memory_order_relaxed);
}

#endif
