/* SPDX-License-Identifier: MIT
 * impute.c - a missing number (NaN, or an integer not given) becomes a value the model
 * was trained with. Before it: features; after it: concat, forest, linear. */
#include "engine/transform/each.h"
#include "engine/transform/ops.h"

#include <math.h>

static void impute(const struct eng_each_param param[2], uint32_t first, double *x,
                   uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        x[i] = isnan(x[i]) ? eng_each_value(&param[0], first + i) : x[i];
}

static roost_status impute_make(const struct eng_op_args *args, struct eng_shape *out,
                                void **state, size_t *bytes, struct roost_error *err)
{
    static const char *const keys[2] = {"value", NULL};
    struct eng_each *each = NULL;
    roost_status status = eng_each_new(args, keys, out, &each, bytes, err);
    if (status != ROOST_OK)
        return status;
    *state = each;
    return ROOST_OK;
}

static roost_status impute_run(const void *state, const struct eng_block *block,
                               const struct eng_value *const *in, struct eng_value *out,
                               struct roost_error *err)
{
    (void)err;
    eng_each_run(state, impute, block, in[0], out);
    return ROOST_OK;
}

static const struct eng_param_spec params[] = {
    {"value", ENG_PARAM_TENSOR, 1, NULL,
     "what a missing number becomes: one value, or one a column"},
    {NULL, ENG_PARAM_INT, 0, NULL, NULL},
};

const struct eng_op eng_op_impute = {
    .name = "impute",
    .role = ENG_TRANSFORM,
    .min_inputs = 1,
    .max_inputs = 1,
    .params = params,
    .help = "number or dense -> the same",
    .make = impute_make,
    .free = eng_each_free,
    .run = impute_run,
};
