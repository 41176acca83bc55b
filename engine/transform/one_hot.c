/* SPDX-License-Identifier: MIT
 * one_hot.c - an index becomes a vector with a single 1; a missing one is all zeros.
 * Before it: vocabulary, discretize; after it: concat, forest, linear. */
#include "engine/base/error.h"
#include "engine/model/builder.h"
#include "engine/transform/args.h"
#include "engine/transform/ops.h"
#include "engine/transform/value.h"

#include <stdlib.h>
#include <string.h>

struct one_hot {
    uint32_t size;
};

static roost_status one_hot_make(const struct eng_op_args *args, struct eng_shape *out,
                                 void **state, size_t *bytes, struct roost_error *err)
{
    int64_t size = 0;
    roost_status status = eng_arg_kind(args, 0, ENG_IS_IDS, err);
    if (status == ROOST_OK)
        status = eng_arg_integer(args, "size", 1, ENG_WIDTH_MAX, &size, err);
    if (status != ROOST_OK)
        return status;
    const struct eng_shape *in = &args->inputs[0];
    if (!eng_shape_is_index(in))
        return eng_fail(err, ROOST_SHAPE, args->name, 0,
                        "input '%s' is not a single index below a bound",
                        args->input_names[0]);
    if (in->bound != (uint64_t)size)
        return eng_fail(err, ROOST_SHAPE, args->name, 0,
                        "'size' is %lld, but input '%s' has %llu values", (long long)size,
                        args->input_names[0], (unsigned long long)in->bound);
    struct one_hot *self = malloc(sizeof *self);
    if (self == NULL)
        return eng_fail(err, ROOST_NOMEM, args->name, 0, "out of memory");
    self->size = (uint32_t)size;
    *out = (struct eng_shape){.kind = ENG_DENSE, .width = self->size};
    *state = self;
    *bytes = sizeof *self;
    return ROOST_OK;
}

static roost_status one_hot_run(const void *state, const struct eng_block *block,
                                const struct eng_value *const *in, struct eng_value *out,
                                struct roost_error *err)
{
    const struct one_hot *self = state;
    (void)err;
    /* ids are below the bound, which make compared with the size: no check is needed. */
    memset(out->f32, 0, (size_t)block->n * self->size * sizeof out->f32[0]);
    for (uint32_t r = 0; r < block->n; r++) {
        uint32_t row = eng_row(in[0], r);
        if (in[0]->start[row] < in[0]->start[row + 1])
            out->f32[(size_t)r * self->size + in[0]->id[in[0]->start[row]]] = 1;
    }
    return ROOST_OK;
}

static const struct eng_param_spec params[] = {
    {"size", ENG_PARAM_INT, 1, NULL, "width of the vector: the number of indices"},
    {NULL, ENG_PARAM_INT, 0, NULL, NULL},
};

const struct eng_op eng_op_one_hot = {
    .name = "one_hot",
    .role = ENG_TRANSFORM,
    .min_inputs = 1,
    .max_inputs = 1,
    .params = params,
    .help = "index -> dense",
    .make = one_hot_make,
    .free = free,
    .run = one_hot_run,
};
