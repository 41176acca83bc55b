/* SPDX-License-Identifier: MIT
 * args.h - what every make function does first: check its inputs and read its parameters.
 * Threads  Pure functions.
 * Memory   eng_arg_numbers gives an array that the caller frees.
 * Errors   SHAPE for inputs and sizes, VALUE for values, NOMEM; err->where is the node.
 */
#ifndef ROOST_TRANSFORM_ARGS_H
#define ROOST_TRANSFORM_ARGS_H
#include "engine/transform/op.h"

enum { ENG_BITS_MAX = 40 }; /* of hashed ids, so that their count fits any index */

/* A set of kinds, for eng_arg_kind. */
enum {
    ENG_IS_NUMBER = 1 << ENG_NUMBER,
    ENG_IS_INTEGER = 1 << ENG_INTEGER,
    ENG_IS_TEXT = 1 << ENG_TEXT,
    ENG_IS_TEXTS = 1 << ENG_TEXTS,
    ENG_IS_IDS = 1 << ENG_IDS,
    ENG_IS_DENSE = 1 << ENG_DENSE,
    ENG_IS_DENSE64 = 1 << ENG_DENSE64
};

/* Is there an input of this index, and is its kind in the set? */
roost_status eng_arg_kind(const struct eng_op_args *args, uint32_t input, unsigned kinds,
                          struct roost_error *err);

/* Is the input a predictor's single score? Classes have no calibration of their own. */
roost_status eng_arg_score(const struct eng_op_args *args, struct roost_error *err);

/* One id at most a row, below a bound, without an amount: an index. */
int eng_shape_is_index(const struct eng_shape *shape);

/* An optional parameter leaves *out as it is when absent; the others must be there. */
void eng_arg_bool(const struct eng_op_args *args, const char *key, uint8_t *out);
roost_status eng_arg_integer(const struct eng_op_args *args, const char *key, int64_t low,
                             int64_t high, int64_t *out, struct roost_error *err);
roost_status eng_arg_number(const struct eng_op_args *args, const char *key, double *out,
                            struct roost_error *err);

/* A tensor's values as doubles, all finite, at least one; at most 2^31 - 1. */
roost_status eng_arg_numbers(const struct eng_op_args *args, const char *key,
                             double **values, uint32_t *count, struct roost_error *err);

/* VALUE, at = i, unless values[i - 1] < values[i] for all. */
roost_status eng_arg_increasing(const struct eng_op_args *args, const char *key,
                                const double *values, uint32_t count,
                                struct roost_error *err);

/* The number of values v[0..n) that are <= x, v increasing: a search without jumps that
 * depend on the data. A NaN is above nothing: 0. n >= 1. */
uint32_t eng_rank(const double *values, uint32_t n, double x);

#endif
