/* SPDX-License-Identifier: MIT
 * embed.c - ids become one vector: the rows of a table that they mean, added up or
 * averaged (an embedding bag). Before it: hash, vocabulary, cross, sparse features; after
 * it: concat, mlp. Sums are floats, in the order of the entries. */
#include "engine/base/error.h"
#include "engine/model/builder.h"
#include "engine/predict/slots.h"
#include "engine/transform/args.h"
#include "engine/transform/ops.h"
#include "engine/transform/value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct embed {
    struct eng_slots slots;
    float *table; /* [slots.total, width] */
    uint32_t width;
    uint8_t mean;
};

static void embed_free(void *state)
{
    struct embed *self = state;
    if (self == NULL)
        return;
    eng_slots_clear(&self->slots);
    free(self->table);
    free(self);
}

static roost_status embed_read(const struct eng_op_args *args, struct embed *self,
                               struct roost_error *err)
{
    const struct eng_param *pool = eng_op_arg(args, "pool");
    self->mean = pool != NULL && strcmp(pool->word, "mean") == 0;
    roost_status status = eng_arg_kind(args, 0, ENG_IS_IDS, err);
    if (status == ROOST_OK)
        status = eng_slots_init(&self->slots, args, err);
    return status == ROOST_OK
               ? eng_slot_table(args, "table", self->slots.total, ENG_WIDTH_MAX,
                                &self->table, &self->width, err)
               : status;
}

static roost_status embed_make(const struct eng_op_args *args, struct eng_shape *out,
                               void **state, size_t *bytes, struct roost_error *err)
{
    struct embed *self = calloc(1, sizeof *self);
    if (self == NULL)
        return eng_fail(err, ROOST_NOMEM, args->name, 0, "out of memory");
    roost_status status = embed_read(args, self, err);
    if (status != ROOST_OK) {
        embed_free(self);
        return status;
    }
    *out = (struct eng_shape){.kind = ENG_DENSE, .width = self->width};
    *state = self;
    *bytes = sizeof *self + eng_slots_bytes(&self->slots) +
             (size_t)self->slots.total * self->width * sizeof(float);
    return ROOST_OK;
}

/* An id that is no key and an amount of NaN are no entries: they count for no mean. */
static void pool_row(const struct embed *self, const struct eng_value *in, uint32_t row,
                     float *to)
{
    const uint32_t width = self->width;
    uint32_t found = 0;
    memset(to, 0, width * sizeof *to);
    for (uint32_t e = in->start[row]; e < in->start[row + 1]; e++) {
        const float amount = eng_amount_at(in, e);
        const int64_t slot = eng_slot_of(&self->slots, &self->slots.inputs[0], in->id[e]);
        if (slot < 0 || isnan(amount))
            continue;
        const float *from = self->table + (size_t)slot * width;
        for (uint32_t k = 0; k < width; k++)
            to[k] += amount * from[k];
        found++;
    }
    for (uint32_t k = 0; self->mean && found > 1 && k < width; k++)
        to[k] /= (float)found;
}

static roost_status embed_run(const void *state, const struct eng_block *block,
                              const struct eng_value *const *in, struct eng_value *out,
                              struct roost_error *err)
{
    const struct embed *self = state;
    (void)err;
    for (uint32_t r = 0; r < block->n; r++)
        pool_row(self, in[0], eng_row(in[0], r), out->f32 + (size_t)r * self->width);
    return ROOST_OK;
}

static const struct eng_param_spec params[] = {
    {"table", ENG_PARAM_TENSOR, 1, NULL, "[slots, width]"},
    {"pool", ENG_PARAM_WORD, 0, "sum|mean", "sum when absent"},
    ENG_SLOT_PARAMS,
    {NULL, ENG_PARAM_INT, 0, NULL, NULL},
};

const struct eng_op eng_op_embed = {
    .name = "embed",
    .role = ENG_TRANSFORM,
    .min_inputs = 1,
    .max_inputs = 1,
    .params = params,
    .help = "ids -> dense: their rows of a table, pooled",
    .make = embed_make,
    .free = embed_free,
    .run = embed_run,
};
