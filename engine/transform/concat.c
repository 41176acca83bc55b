/* SPDX-License-Identifier: MIT
 * concat.c - numbers, indices and vectors become one vector, in their declared order; f64
 * when one of the vectors is. Before it: features and number transforms; after it:
 * forest, linear. */
#include "engine/base/error.h"
#include "engine/model/builder.h"
#include "engine/transform/join.h"
#include "engine/transform/ops.h"

#include <stdlib.h>

struct concat {
    struct eng_join join;
    enum eng_kind kind; /* of the output */
};

static void concat_free(void *state)
{
    struct concat *self = state;
    if (self != NULL)
        eng_join_clear(&self->join);
    free(self);
}

static roost_status concat_make(const struct eng_op_args *args, struct eng_shape *out,
                                void **state, size_t *bytes, struct roost_error *err)
{
    struct concat *self = calloc(1, sizeof *self);
    if (self == NULL)
        return eng_fail(err, ROOST_NOMEM, args->name, 0, "out of memory");
    roost_status status = eng_join_init(&self->join, args, err);
    if (status != ROOST_OK) {
        concat_free(self);
        return status;
    }
    self->kind = ENG_DENSE;
    for (uint32_t i = 0; i < args->n_inputs; i++)
        if (args->inputs[i].kind == ENG_DENSE64)
            self->kind = ENG_DENSE64;
    *out = (struct eng_shape){.kind = self->kind, .width = self->join.width};
    *state = self;
    *bytes = sizeof *self + eng_join_bytes(&self->join);
    return ROOST_OK;
}

static roost_status concat_run(const void *state, const struct eng_block *block,
                               const struct eng_value *const *in, struct eng_value *out,
                               struct roost_error *err)
{
    const struct concat *self = state;
    (void)err;
    if (self->kind == ENG_DENSE64)
        eng_join_f64(&self->join, in, 0, block->n, out->f64);
    else
        eng_join_f32(&self->join, in, 0, block->n, out->f32);
    return ROOST_OK;
}

static const struct eng_param_spec params[] = {{NULL, ENG_PARAM_INT, 0, NULL, NULL}};

const struct eng_op eng_op_concat = {
    .name = "concat",
    .role = ENG_TRANSFORM,
    .min_inputs = 1,
    .max_inputs = ENG_FEATURES_MAX,
    .params = params,
    .help = "numbers, indices and dense -> dense, in order",
    .make = concat_make,
    .free = concat_free,
    .run = concat_run,
};
