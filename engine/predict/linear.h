/* SPDX-License-Identifier: MIT
 * linear.h - linear predictors: what one holds, and the two halves of its arithmetic that
 * a plan calls by themselves, so that several models and a whole request can share them.
 * Threads  A linear never changes once made. Weights in a shared table are read with
 *          relaxed loads, since one writer may fill other columns of the same row.
 * Memory   The op's state owns keys and weights; a gather borrows both.
 * Errors   None after make.
 *
 * Every input of a linear owns a run of slots, and contributes a partial sum of its own:
 *     margin[k] = bias[k] + sum over inputs i, in order, of partial[i][k]
 *     partial[i][k] = sum over the entries e of i, in order, of amount[e] * w[slot(e)][k]
 * All in double, starting from 0. This order is the same wherever the weights lie, so
 * that a model's scores do not depend on its company, bit for bit. */
#ifndef ROOST_PREDICT_LINEAR_H
#define ROOST_PREDICT_LINEAR_H
#include "engine/predict/link.h"
#include "engine/predict/slots.h"
#include <stdatomic.h>

extern const struct eng_op eng_op_linear;

struct eng_linear {
    struct eng_slots slots;
    uint32_t width;         /* K, columns of the weights */
    _Atomic float *weights; /* [slots.total * K], 64-byte aligned */
    double *bias;           /* [K] */
    enum eng_link link;
};

/* One input's weights as they lie in memory: columns [0, columns) behind `weights`, slot
 * s at weights + s * stride. */
struct eng_gather {
    struct eng_shape shape;
    enum eng_slot_rule rule;
    uint64_t mask;
    const struct eng_keys *keys;
    const _Atomic float *weights;
    uint32_t stride;
    uint32_t columns;
};

/* partial [n, columns]: the sums of rows 0 .. n-1 of `in`. NaN adds nothing. */
void eng_gather_run(const struct eng_gather *gather, const struct eng_value *in,
                    uint32_t n, double *partial);

/* Is input i one number a row? It has a single slot, so that reading its weight costs no
 * more than reading a partial sum would: plans give it no pass and no table. */
static inline int eng_linear_is_scalar(const struct eng_linear *linear, uint32_t i)
{
    const enum eng_kind kind = linear->slots.inputs[i].shape.kind;
    return kind == ENG_NUMBER || kind == ENG_INTEGER;
}

/* Add the partial sums of scalar input i to margins [n, K]; `in` may be common. */
void eng_linear_add_scalar(const struct eng_linear *linear, uint32_t i,
                           const struct eng_value *in, uint32_t n, double *margins);

/* A gather over the linear's own weights of input i. */
void eng_linear_gather(const struct eng_linear *linear, uint32_t i,
                       struct eng_gather *out);

#endif
