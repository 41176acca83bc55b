/* SPDX-License-Identifier: MIT
 * value.h - reading a missing-aware input, and writing the next id of an output.
 * Threads  Pure functions.
 * Memory   None held.
 * Errors   None: an output has room by its shape (op.h). */
#ifndef ROOST_TRANSFORM_VALUE_H
#define ROOST_TRANSFORM_VALUE_H
#include "engine/transform/op.h"

#include <assert.h>
#include <math.h>

/* present may be NULL: all are. */
static inline int eng_has_integer(const struct eng_value *value, uint32_t row)
{
    return value->present == NULL || value->present[row] != 0;
}

/* A NUMBER or INTEGER as a double, NaN when missing. */
static inline double eng_number_at(const struct eng_value *value, enum eng_kind kind,
                                   uint32_t row)
{
    if (kind == ENG_NUMBER)
        return value->number[row];
    return eng_has_integer(value, row) ? (double)value->integer[row] : (double)NAN;
}

/* The amount of entry e; NaN: the entry is absent. */
static inline float eng_amount_at(const struct eng_value *value, uint32_t e)
{
    return value->amount == NULL ? 1.0f : value->amount[e];
}

/* Add an entry to the row that is being written. amount may be NULL when all are 1. */
static inline void eng_put_id(struct eng_value *out, uint32_t *used, uint64_t id,
                              float amount)
{
    assert(*used < out->capacity);
    out->id[*used] = id;
    if (out->amount != NULL)
        out->amount[*used] = amount;
    *used += 1;
}

#endif
