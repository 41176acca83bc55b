/* SPDX-License-Identifier: MIT
 * log1p.c - log(1 + x) of counts and amounts. A missing number stays missing; one below
 * -1 has no logarithm and becomes missing. Before it: features, clip; after it:
 * standardize. */
#include "engine/transform/each.h"
#include "engine/transform/ops.h"

#include <math.h>

static void log1p_each(const struct eng_each_param param[2], uint32_t first, double *x,
                       uint32_t n)
{
    (void)param;
    (void)first;
    for (uint32_t i = 0; i < n; i++)
        x[i] = log1p(x[i]);
}

static roost_status log1p_make(const struct eng_op_args *args, struct eng_shape *out,
                               void **state, size_t *bytes, struct roost_error *err)
{
    static const char *const keys[2] = {NULL, NULL};
    struct eng_each *each = NULL;
    roost_status status = eng_each_new(args, keys, out, &each, bytes, err);
    if (status != ROOST_OK)
        return status;
    *state = each;
    return ROOST_OK;
}

static roost_status log1p_run(const void *state, const struct eng_block *block,
                              const struct eng_value *const *in, struct eng_value *out,
                              struct roost_error *err)
{
    (void)err;
    eng_each_run(state, log1p_each, block, in[0], out);
    return ROOST_OK;
}

static const struct eng_param_spec params[] = {
    {NULL, ENG_PARAM_INT, 0, NULL, NULL},
};

const struct eng_op eng_op_log1p = {
    .name = "log1p",
    .role = ENG_TRANSFORM,
    .min_inputs = 1,
    .max_inputs = 1,
    .params = params,
    .help = "number or dense -> the same",
    .make = log1p_make,
    .free = eng_each_free,
    .run = log1p_run,
};
