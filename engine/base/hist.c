/* SPDX-License-Identifier: MIT
 * hist.c - latency histograms: a worker adds what it measured, /metrics sums the workers.
 * The bounds reach from 50 microseconds, where a warm request lies, to 10 seconds. */
#include "engine/base/hist.h"

const uint64_t eng_hist_bounds[ENG_HIST_BOUNDS] = {
    50000,     100000,     250000,     500000,     1000000,   2500000,
    5000000,   10000000,   25000000,   50000000,   100000000, 250000000,
    500000000, 1000000000, 2500000000, 10000000000};

const char *const eng_hist_labels[ENG_HIST_BOUNDS] = {
    "0.00005", "0.0001", "0.00025", "0.0005", "0.001", "0.0025", "0.005", "0.01",
    "0.025",   "0.05",   "0.1",     "0.25",   "0.5",   "1.0",    "2.5",   "10.0"};

void eng_hist_add(struct eng_hist *hist, uint64_t ns)
{
    /* A bound belongs to its bucket (le); the search takes four steps. */
    unsigned low = 0, high = ENG_HIST_BOUNDS;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (eng_hist_bounds[middle] < ns)
            low = middle + 1;
        else
            high = middle;
    }
    eng_count(&hist->count[low], 1);
    eng_count(&hist->sum_ns, ns);
}
