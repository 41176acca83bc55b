/* SPDX-License-Identifier: MIT
 * standardize.c - (x - mean) / std, with what the trainer measured; a missing number
 * stays missing. Before it: features, impute; after it: concat, linear. */
#include "engine/base/error.h"
#include "engine/transform/each.h"
#include "engine/transform/ops.h"

static void standardize(const struct eng_each_param param[2], uint32_t first, double *x,
                        uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        x[i] = (x[i] - eng_each_value(&param[0], first + i)) /
               eng_each_value(&param[1], first + i);
}

static roost_status standardize_make(const struct eng_op_args *args,
                                     struct eng_shape *out, void **state, size_t *bytes,
                                     struct roost_error *err)
{
    static const char *const keys[2] = {"mean", "std"};
    struct eng_each *each = NULL;
    roost_status status = eng_each_new(args, keys, out, &each, bytes, err);
    if (status != ROOST_OK)
        return status;
    const struct eng_each_param *param = eng_each_params(each);
    for (uint32_t j = 0; j < eng_each_width(each); j++) {
        double std = eng_each_value(&param[1], j);
        if (!(std > 0)) {
            eng_each_free(each);
            return eng_fail(err, ROOST_VALUE, args->name, j,
                            "'std' is %.17g at index %u; it must be above 0", std, j);
        }
    }
    *state = each;
    return ROOST_OK;
}

static roost_status standardize_run(const void *state, const struct eng_block *block,
                                    const struct eng_value *const *in,
                                    struct eng_value *out, struct roost_error *err)
{
    (void)err;
    eng_each_run(state, standardize, block, in[0], out);
    return ROOST_OK;
}

static const struct eng_param_spec params[] = {
    {"mean", ENG_PARAM_TENSOR, 1, NULL, "what is subtracted: one value, or one a column"},
    {"std", ENG_PARAM_TENSOR, 1, NULL,
     "what is divided by, above 0: one value, or one a column"},
    {NULL, ENG_PARAM_INT, 0, NULL, NULL},
};

const struct eng_op eng_op_standardize = {
    .name = "standardize",
    .role = ENG_TRANSFORM,
    .min_inputs = 1,
    .max_inputs = 1,
    .params = params,
    .help = "number or dense -> the same",
    .make = standardize_make,
    .free = eng_each_free,
    .run = standardize_run,
};
