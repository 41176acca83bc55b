/* SPDX-License-Identifier: MIT
 * gather.c - the inner loop of linear models: the weights of one input's entries, summed
 * row by row for all columns at once. Called by linear.c for a model by itself and by the
 * plan for a group; comes after the ids are known and before links are applied. */
#include "engine/predict/linear.h"
#include "engine/transform/value.h"
#include <assert.h>
#include <math.h>
#include <string.h>

/* Entries between asking for a row of weights and using it. */
enum { AHEAD = 16 };

/* Most columns whose sums are kept in registers. */
enum { COLUMNS_MAX = 8 };

static const _Atomic float *slot_weights(const struct eng_gather *gather, uint64_t id)
{
    switch (gather->rule) {
    case ENG_SLOT_DIRECT:
        assert(gather->shape.bound == 0 || id < gather->shape.bound);
        break;
    case ENG_SLOT_MASK:
        id &= gather->mask;
        break;
    case ENG_SLOT_KEYS: {
        int32_t at = eng_keys_find(gather->keys, id);
        if (at < 0)
            return NULL;
        id = (uint64_t)at;
        break;
    }
    }
    return gather->weights + id * gather->stride;
}

/* Relaxed loads: other columns of the row may be written meanwhile, never those in use.
 */
static inline __attribute__((always_inline)) void
add(double *sum, const _Atomic float *row, uint32_t columns, double amount)
{
    for (uint32_t c = 0; c < columns; c++)
        sum[c] += amount * (double)atomic_load_explicit(&row[c], memory_order_relaxed);
}

static void prefetch(const struct eng_gather *gather, uint64_t id)
{
    if (gather->rule == ENG_SLOT_MASK)
        id &= gather->mask;
    __builtin_prefetch((const void *)(gather->weights + id * gather->stride));
}

/* One row: entries from .. to - 1, of `last` in the block. Called with a constant number
 * of columns, so that the sums stay in registers; the order of additions is the same. */
static inline __attribute__((always_inline)) void
sum_row(const struct eng_gather *gather, const struct eng_value *in, uint32_t from,
        uint32_t to, uint32_t last, double *sum, uint32_t columns)
{
    const int early = gather->rule != ENG_SLOT_KEYS;
    const float *amounts = in->amount;
    double sums[COLUMNS_MAX] = {0};
    for (uint32_t e = from; e < to; e++) {
        if (early && e + AHEAD < last)
            prefetch(gather, in->id[e + AHEAD]);
        double amount = amounts ? (double)amounts[e] : 1;
        const _Atomic float *row = slot_weights(gather, in->id[e]);
        if (row && !isnan(amount))
            add(sums, row, columns, amount);
    }
    memcpy(sum, sums, columns * sizeof *sum);
}

/* Columns beyond those that fit registers: the sums live where they end up. */
static void sum_wide_row(const struct eng_gather *gather, const struct eng_value *in,
                         uint32_t from, uint32_t to, double *sum)
{
    for (uint32_t e = from; e < to; e++) {
        double amount = in->amount ? (double)in->amount[e] : 1;
        const _Atomic float *row = slot_weights(gather, in->id[e]);
        if (row && !isnan(amount))
            add(sum, row, gather->columns, amount);
    }
}

static void gather_ids(const struct eng_gather *gather, const struct eng_value *in,
                       uint32_t n, double *partial)
{
    const uint32_t last = in->start[n];
    for (uint32_t r = 0; r < n; r++) {
        const uint32_t from = in->start[r], to = in->start[r + 1];
        double *sum = partial + (size_t)r * gather->columns;
        switch (gather->columns) {
        case 1:
            sum_row(gather, in, from, to, last, sum, 1);
            break;
        case 2:
            sum_row(gather, in, from, to, last, sum, 2);
            break;
        case 3:
            sum_row(gather, in, from, to, last, sum, 3);
            break;
        case 4:
            sum_row(gather, in, from, to, last, sum, 4);
            break;
        case 8:
            sum_row(gather, in, from, to, last, sum, 8);
            break;
        default:
            sum_wide_row(gather, in, from, to, sum);
            break;
        }
    }
}

static void gather_dense(const struct eng_gather *gather, const struct eng_value *in,
                         uint32_t n, double *partial)
{
    const uint32_t width = gather->shape.width;
    for (uint32_t r = 0; r < n; r++) {
        double *sum = partial + (size_t)r * gather->columns;
        for (uint32_t j = 0; j < width; j++) {
            size_t at = (size_t)r * width + j;
            double amount =
                gather->shape.kind == ENG_DENSE ? (double)in->f32[at] : in->f64[at];
            if (!isnan(amount))
                add(sum, gather->weights + (size_t)j * gather->stride, gather->columns,
                    amount);
        }
    }
}

void eng_linear_add_scalar(const struct eng_linear *linear, uint32_t i,
                           const struct eng_value *in, uint32_t n, double *margins)
{
    const struct eng_slot_input *input = &linear->slots.inputs[i];
    const uint32_t width = linear->width;
    const _Atomic float *row = linear->weights + input->base * width;
    for (uint32_t r = 0; r < n; r++) {
        const double amount = eng_number_at(in, input->shape.kind, eng_row(in, r));
        for (uint32_t k = 0; k < width; k++) {
            /* From 0, as every partial sum: a margin of -0 must not differ by the way. */
            double sum = 0;
            if (!isnan(amount))
                add(&sum, row + k, 1, amount);
            margins[(size_t)r * width + k] += sum;
        }
    }
}

void eng_gather_run(const struct eng_gather *gather, const struct eng_value *in,
                    uint32_t n, double *partial)
{
    memset(partial, 0, (size_t)n * gather->columns * sizeof *partial);
    switch (gather->shape.kind) {
    case ENG_IDS:
        gather_ids(gather, in, n, partial);
        return;
    case ENG_DENSE:
    case ENG_DENSE64:
        gather_dense(gather, in, n, partial);
        return;
    case ENG_NUMBER:
    case ENG_INTEGER:
    case ENG_TEXT:
    case ENG_TEXTS:
        return; /* scalars are added without a pass, and make takes no text */
    }
}
