/* SPDX-License-Identifier: MIT
 * hash.c - a category becomes a 64-bit id, or one of 2^bits: MurmurHash3 over the input's
 * name, a NUL and the value (docs/model-format.md, Ids). The name is part of it, so that
 * equal words of two features differ. Before it: features; after it: cross and linear. */
#include "engine/base/error.h"
#include "engine/transform/args.h"
#include "engine/transform/id.h"
#include "engine/transform/ops.h"
#include "engine/transform/value.h"

#include <stdlib.h>

struct hash {
    struct eng_hash stem; /* has taken in the input's name and the NUL */
    uint64_t mask;
    enum eng_kind kind;
};

static roost_status hash_make(const struct eng_op_args *args, struct eng_shape *out,
                              void **state, size_t *bytes, struct roost_error *err)
{
    int64_t bits = 0;
    roost_status status = eng_arg_kind(
        args, 0, ENG_IS_TEXT | ENG_IS_TEXTS | ENG_IS_INTEGER | ENG_IS_IDS, err);
    if (status == ROOST_OK)
        status = eng_arg_integer(args, "bits", 1, ENG_BITS_MAX, &bits, err);
    if (status != ROOST_OK)
        return status;
    struct hash *self = calloc(1, sizeof *self);
    if (self == NULL)
        return eng_fail(err, ROOST_NOMEM, args->name, 0, "out of memory");
    const struct eng_shape *in = &args->inputs[0];
    int single = in->kind == ENG_TEXT || in->kind == ENG_INTEGER;
    eng_id_stem(&self->stem, args->input_names[0]);
    self->mask = eng_id_mask((uint32_t)bits);
    self->kind = in->kind;
    *out = (struct eng_shape){.kind = ENG_IDS,
                              .width = 1,
                              .bound = bits == 0 ? 0 : UINT64_C(1) << bits,
                              .entries = single ? 1 : in->entries,
                              .weighted = in->kind == ENG_IDS && in->weighted};
    *state = self;
    *bytes = sizeof *self;
    return ROOST_OK;
}

static void put_text(const struct hash *self, const struct roost_text *text,
                     struct eng_value *out, uint32_t *used)
{
    if (text->at != NULL)
        eng_put_id(out, used, eng_id_text(&self->stem, text->at, text->size) & self->mask,
                   1);
}

static void put_ids(const struct hash *self, const struct eng_value *in, uint32_t row,
                    struct eng_value *out, uint32_t *used)
{
    for (uint32_t e = in->start[row]; e < in->start[row + 1]; e++) {
        float amount = eng_amount_at(in, e);
        if (!isnan(amount))
            eng_put_id(out, used,
                       eng_id_integer(&self->stem, (int64_t)in->id[e]) & self->mask,
                       amount);
    }
}

static roost_status hash_run(const void *state, const struct eng_block *block,
                             const struct eng_value *const *in, struct eng_value *out,
                             struct roost_error *err)
{
    const struct hash *self = state;
    uint32_t used = 0;
    (void)err;
    out->start[0] = 0;
    for (uint32_t r = 0; r < block->n; r++) {
        uint32_t row = eng_row(in[0], r);
        if (self->kind == ENG_TEXT) {
            put_text(self, &in[0]->text[row], out, &used);
        } else if (self->kind == ENG_TEXTS) {
            for (uint32_t e = in[0]->start[row]; e < in[0]->start[row + 1]; e++)
                put_text(self, &in[0]->text[e], out, &used);
        } else if (self->kind == ENG_IDS) {
            put_ids(self, in[0], row, out, &used);
        } else if (eng_has_integer(in[0], row)) {
            uint64_t id = eng_id_integer(&self->stem, in[0]->integer[row]);
            eng_put_id(out, &used, id & self->mask, 1);
        }
        out->start[r + 1] = used;
    }
    return ROOST_OK;
}

static const struct eng_param_spec params[] = {
    {"bits", ENG_PARAM_INT, 0, NULL,
     "1 to 40: keep the lowest bits of the id, bound 2^bits; default: the full 64-bit "
     "id"},
    {NULL, ENG_PARAM_INT, 0, NULL, NULL},
};

const struct eng_op eng_op_hash = {
    .name = "hash",
    .role = ENG_TRANSFORM,
    .min_inputs = 1,
    .max_inputs = 1,
    .params = params,
    .help = "string, list of strings, discrete or sparse -> ids",
    .make = hash_make,
    .free = free,
    .run = hash_run,
    .named = 1,
};
