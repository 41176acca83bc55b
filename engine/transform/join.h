/* SPDX-License-Identifier: MIT
 * join.h - several inputs of a node as one row of numbers, in their declared order.
 * Threads  An eng_join never changes once made.
 * Memory   `_init` pairs with `_clear`.
 * Errors   SHAPE for an input of another kind, NOMEM. */
#ifndef ROOST_TRANSFORM_JOIN_H
#define ROOST_TRANSFORM_JOIN_H
#include "engine/transform/op.h"

struct eng_join_part {
    enum eng_kind kind; /* NUMBER, INTEGER, IDS (one index), DENSE, DENSE64 */
    uint32_t width;
    uint32_t column; /* its first one in the row */
};

struct eng_join {
    uint32_t n;     /* inputs */
    uint32_t width; /* of the row */
    struct eng_join_part *parts;
};

roost_status eng_join_init(struct eng_join *join, const struct eng_op_args *args,
                           struct roost_error *err);
void eng_join_clear(struct eng_join *join);
size_t eng_join_bytes(const struct eng_join *join);

/* Rows first ... first + n - 1 of the block, row-major in `to` [n * width]. Missing: NaN.
 * In float, numbers are rounded to nearest. */
void eng_join_f64(const struct eng_join *join, const struct eng_value *const *in,
                  uint32_t first, uint32_t n, double *to);
void eng_join_f32(const struct eng_join *join, const struct eng_value *const *in,
                  uint32_t first, uint32_t n, float *to);

/* Is the row the only input itself, of this kind? Then nothing needs to be copied. */
int eng_join_is(const struct eng_join *join, enum eng_kind kind);

#endif
