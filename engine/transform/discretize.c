/* SPDX-License-Identifier: MIT
 * discretize.c - a number becomes the id of the bin it falls in. Bins are half-open: with
 * edges e0 < e1 < ... bin i is [e(i-1), e(i)), so a value on an edge belongs to the bin
 * that begins there. Before it: features; after it: cross and linear. */
#include "engine/base/error.h"
#include "engine/transform/args.h"
#include "engine/transform/ops.h"
#include "engine/transform/value.h"

#include <stdlib.h>

struct discretize {
    double *edges; /* [n] */
    uint32_t n;
    enum eng_kind kind;
    uint8_t missing_bin;
};

static void discretize_free(void *state)
{
    struct discretize *self = state;
    if (self != NULL)
        free(self->edges);
    free(self);
}

static roost_status discretize_make(const struct eng_op_args *args, struct eng_shape *out,
                                    void **state, size_t *bytes, struct roost_error *err)
{
    roost_status status = eng_arg_kind(args, 0, ENG_IS_NUMBER | ENG_IS_INTEGER, err);
    if (status != ROOST_OK)
        return status;
    struct discretize *self = calloc(1, sizeof *self);
    if (self == NULL)
        return eng_fail(err, ROOST_NOMEM, args->name, 0, "out of memory");
    self->kind = args->inputs[0].kind;
    eng_arg_bool(args, "missing_bin", &self->missing_bin);
    status = eng_arg_numbers(args, "edges", &self->edges, &self->n, err);
    if (status == ROOST_OK)
        status = eng_arg_increasing(args, "edges", self->edges, self->n, err);
    if (status != ROOST_OK) {
        discretize_free(self);
        return status;
    }
    *out = (struct eng_shape){.kind = ENG_IDS,
                              .width = 1,
                              .bound = (uint64_t)self->n + 1 + self->missing_bin,
                              .entries = 1};
    *state = self;
    *bytes = sizeof *self + self->n * sizeof *self->edges;
    return ROOST_OK;
}

static roost_status discretize_run(const void *state, const struct eng_block *block,
                                   const struct eng_value *const *in,
                                   struct eng_value *out, struct roost_error *err)
{
    const struct discretize *self = state;
    uint32_t used = 0;
    (void)err;
    out->start[0] = 0;
    for (uint32_t r = 0; r < block->n; r++) {
        double x = eng_number_at(in[0], self->kind, eng_row(in[0], r));
        if (!isnan(x))
            eng_put_id(out, &used, eng_rank(self->edges, self->n, x), 1);
        else if (self->missing_bin)
            eng_put_id(out, &used, (uint64_t)self->n + 1, 1);
        out->start[r + 1] = used;
    }
    return ROOST_OK;
}

static const struct eng_param_spec params[] = {
    {"edges", ENG_PARAM_TENSOR, 1, NULL,
     "bin edges, finite and increasing; n edges make n + 1 bins [a, b)"},
    {"missing_bin", ENG_PARAM_BOOL, 0, NULL,
     "true: a missing value falls in a bin of its own, the last; default: it yields "
     "nothing"},
    {NULL, ENG_PARAM_BOOL, 0, NULL, NULL},
};

const struct eng_op eng_op_discretize = {
    .name = "discretize",
    .role = ENG_TRANSFORM,
    .min_inputs = 1,
    .max_inputs = 1,
    .params = params,
    .help = "number -> bin id",
    .make = discretize_make,
    .free = discretize_free,
    .run = discretize_run,
};
