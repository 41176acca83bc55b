/* SPDX-License-Identifier: MIT
 * isotonic.c - calibration by a curve: a score between two of its points is interpolated
 * on the line between them, one beyond the ends takes the end's value. Before it: a
 * predictor; after it: the output. */
#include "engine/base/error.h"
#include "engine/predict/ops.h"
#include "engine/transform/args.h"

#include <math.h>
#include <stdlib.h>

struct isotonic {
    double *x; /* [n] increasing */
    double *y; /* [n] */
    uint32_t n;
};

static void isotonic_free(void *state)
{
    struct isotonic *self = state;
    if (self == NULL)
        return;
    free(self->x);
    free(self->y);
    free(self);
}

/* Differences must not overflow, or interpolation would make NaN of finite points. */
static int spans_too_far(const double *values, uint32_t n)
{
    double least = values[0], most = values[0];
    for (uint32_t i = 1; i < n; i++) {
        least = values[i] < least ? values[i] : least;
        most = values[i] > most ? values[i] : most;
    }
    return !isfinite(most - least);
}

static roost_status read_curve(struct isotonic *self, const struct eng_op_args *args,
                               struct roost_error *err)
{
    uint32_t n = 0;
    roost_status status = eng_arg_numbers(args, "x", &self->x, &self->n, err);
    if (status == ROOST_OK)
        status = eng_arg_numbers(args, "y", &self->y, &n, err);
    if (status == ROOST_OK && n != self->n)
        status =
            eng_fail(err, ROOST_SHAPE, args->name, n,
                     "'x' has %u values, 'y' has %u; they must be pairs", self->n, n);
    if (status == ROOST_OK)
        status = eng_arg_increasing(args, "x", self->x, self->n, err);
    if (status == ROOST_OK && (spans_too_far(self->x, n) || spans_too_far(self->y, n)))
        status = eng_fail(err, ROOST_VALUE, args->name, 0,
                          "'x' or 'y' spans more than a double holds");
    return status;
}

static roost_status isotonic_make(const struct eng_op_args *args, struct eng_shape *out,
                                  void **state, size_t *bytes, struct roost_error *err)
{
    roost_status status = eng_arg_score(args, err);
    if (status != ROOST_OK)
        return status;
    struct isotonic *self = calloc(1, sizeof *self);
    if (self == NULL)
        return eng_fail(err, ROOST_NOMEM, args->name, 0, "out of memory");
    status = read_curve(self, args, err);
    if (status != ROOST_OK) {
        isotonic_free(self);
        return status;
    }
    *out = (struct eng_shape){.kind = ENG_DENSE64, .width = 1};
    *state = self;
    *bytes = sizeof *self + 2 * (size_t)self->n * sizeof(double);
    return ROOST_OK;
}

static double calibrate(const struct isotonic *self, double score)
{
    if (isnan(score))
        return score;
    uint32_t above = eng_rank(self->x, self->n, score);
    if (above == 0)
        return self->y[0];
    if (above == self->n)
        return self->y[self->n - 1];
    double x0 = self->x[above - 1], y0 = self->y[above - 1];
    double part = (score - x0) / (self->x[above] - x0);
    return y0 + part * (self->y[above] - y0);
}

static roost_status isotonic_run(const void *state, const struct eng_block *block,
                                 const struct eng_value *const *in, struct eng_value *out,
                                 struct roost_error *err)
{
    (void)err;
    for (uint32_t r = 0; r < block->n; r++)
        out->f64[r] = calibrate(state, in[0]->f64[eng_row(in[0], r)]);
    return ROOST_OK;
}

static const struct eng_param_spec params[] = {
    {"x", ENG_PARAM_TENSOR, 1, NULL, "scores of the curve's points, increasing"},
    {"y", ENG_PARAM_TENSOR, 1, NULL, "calibrated scores of the same points"},
    {NULL, ENG_PARAM_INT, 0, NULL, NULL},
};

const struct eng_op eng_op_isotonic = {
    .name = "isotonic",
    .role = ENG_CALIBRATION,
    .min_inputs = 1,
    .max_inputs = 1,
    .params = params,
    .help = "score -> score on a curve: linear between its points, clamped at its ends",
    .make = isotonic_make,
    .free = isotonic_free,
    .run = isotonic_run,
};
