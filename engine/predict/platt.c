/* SPDX-License-Identifier: MIT
 * platt.c - calibration by a sigmoid, with the sign of Platt's paper (and
 * scikit-learn's): 1 / (1 + exp(a * s + b)), so that a is below 0 when higher scores are
 * likelier. Before it: a predictor; after it: the output. */
#include "engine/base/error.h"
#include "engine/predict/ops.h"
#include "engine/transform/args.h"

#include <math.h>
#include <stdlib.h>

struct platt {
    double a, b;
};

static roost_status platt_make(const struct eng_op_args *args, struct eng_shape *out,
                               void **state, size_t *bytes, struct roost_error *err)
{
    struct platt read = {0, 0};
    roost_status status = eng_arg_score(args, err);
    if (status == ROOST_OK)
        status = eng_arg_number(args, "a", &read.a, err);
    if (status == ROOST_OK)
        status = eng_arg_number(args, "b", &read.b, err);
    if (status != ROOST_OK)
        return status;
    struct platt *self = malloc(sizeof *self);
    if (self == NULL)
        return eng_fail(err, ROOST_NOMEM, args->name, 0, "out of memory");
    *self = read;
    *out = (struct eng_shape){.kind = ENG_DENSE64, .width = 1};
    *state = self;
    *bytes = sizeof *self;
    return ROOST_OK;
}

static roost_status platt_run(const void *state, const struct eng_block *block,
                              const struct eng_value *const *in, struct eng_value *out,
                              struct roost_error *err)
{
    const struct platt *self = state;
    (void)err;
    for (uint32_t r = 0; r < block->n; r++) {
        double score = in[0]->f64[eng_row(in[0], r)];
        out->f64[r] = 1 / (1 + exp(self->a * score + self->b));
    }
    return ROOST_OK;
}

static const struct eng_param_spec params[] = {
    {"a", ENG_PARAM_NUMBER, 1, NULL, "slope; below 0 when a higher score is likelier"},
    {"b", ENG_PARAM_NUMBER, 1, NULL, "intercept"},
    {NULL, ENG_PARAM_NUMBER, 0, NULL, NULL},
};

const struct eng_op eng_op_platt = {
    .name = "platt",
    .role = ENG_CALIBRATION,
    .min_inputs = 1,
    .max_inputs = 1,
    .params = params,
    .help = "score -> 1 / (1 + exp(a * score + b))",
    .make = platt_make,
    .free = free,
    .run = platt_run,
};
