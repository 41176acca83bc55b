/* SPDX-License-Identifier: MIT
 * each.h - what the number-by-number transforms share: number or dense in, the same out.
 * Threads  An eng_each never changes once made.
 * Memory   eng_each_new pairs with eng_each_free (which fits eng_op.free).
 * Errors   SHAPE, VALUE, NOMEM; run has none. */
#ifndef ROOST_TRANSFORM_EACH_H
#define ROOST_TRANSFORM_EACH_H
#include "engine/transform/op.h"

/* One parameter: a value for all columns, or one for each. */
struct eng_each_param {
    double *values; /* [1] or [width]; NULL: the operator has no such parameter */
    uint32_t step;  /* 0: values[0] for every column; 1 */
};

static inline double eng_each_value(const struct eng_each_param *param, uint32_t column)
{
    return param->values[(size_t)column * param->step];
}

struct eng_each;

/* Changes x [n] in place: columns first ... first + n - 1 of some row, or, when every
 * parameter has step 0, any values. */
typedef void eng_each_change(const struct eng_each_param param[2], uint32_t first,
                             double *x, uint32_t n);

/* keys [2]: the tensors to read, NULL for fewer. */
roost_status eng_each_new(const struct eng_op_args *args, const char *const keys[2],
                          struct eng_shape *out, struct eng_each **each, size_t *bytes,
                          struct roost_error *err);
void eng_each_free(void *each);
uint32_t eng_each_width(const struct eng_each *each);
const struct eng_each_param *eng_each_params(const struct eng_each *each);

void eng_each_run(const struct eng_each *each, eng_each_change *change,
                  const struct eng_block *block, const struct eng_value *in,
                  struct eng_value *out);

#endif
