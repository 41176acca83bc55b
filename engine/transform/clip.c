/* SPDX-License-Identifier: MIT
 * clip.c - numbers are kept within bounds; a missing one stays missing. Before it:
 * features; after it: log1p, standardize, concat, forest, linear. */
#include "engine/base/error.h"
#include "engine/transform/each.h"
#include "engine/transform/ops.h"

/* Comparisons with NaN are false, which leaves it as it is. */
static void clip(const struct eng_each_param param[2], uint32_t first, double *x,
                 uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        double low = eng_each_value(&param[0], first + i);
        double high = eng_each_value(&param[1], first + i);
        x[i] = x[i] < low ? low : x[i] > high ? high : x[i];
    }
}

static roost_status clip_make(const struct eng_op_args *args, struct eng_shape *out,
                              void **state, size_t *bytes, struct roost_error *err)
{
    static const char *const keys[2] = {"low", "high"};
    struct eng_each *each = NULL;
    roost_status status = eng_each_new(args, keys, out, &each, bytes, err);
    if (status != ROOST_OK)
        return status;
    const struct eng_each_param *param = eng_each_params(each);
    for (uint32_t j = 0; j < eng_each_width(each); j++) {
        double low = eng_each_value(&param[0], j), high = eng_each_value(&param[1], j);
        if (low > high) {
            eng_each_free(each);
            return eng_fail(err, ROOST_VALUE, args->name, j,
                            "'low' is %.17g, above 'high', %.17g, at index %u", low, high,
                            j);
        }
    }
    *state = each;
    return ROOST_OK;
}

static roost_status clip_run(const void *state, const struct eng_block *block,
                             const struct eng_value *const *in, struct eng_value *out,
                             struct roost_error *err)
{
    (void)err;
    eng_each_run(state, clip, block, in[0], out);
    return ROOST_OK;
}

static const struct eng_param_spec params[] = {
    {"low", ENG_PARAM_TENSOR, 1, NULL, "the least value, one or one a column"},
    {"high", ENG_PARAM_TENSOR, 1, NULL, "the greatest value, one or one a column"},
    {NULL, ENG_PARAM_INT, 0, NULL, NULL},
};

const struct eng_op eng_op_clip = {
    .name = "clip",
    .role = ENG_TRANSFORM,
    .min_inputs = 1,
    .max_inputs = 1,
    .params = params,
    .help = "number or dense -> the same",
    .make = clip_make,
    .free = eng_each_free,
    .run = clip_run,
};
