/* SPDX-License-Identifier: MIT
 * cross.c - two or three inputs of ids become the ids of their combinations, made on the
 * fly: MurmurHash3 over the ids as little-endian 64-bit words in the declared order
 * (docs/model-format.md, Ids). Before it: discretize, hash, vocabulary; after it: linear.
 */
#include "engine/base/error.h"
#include "engine/base/hash.h"
#include "engine/transform/args.h"
#include "engine/transform/id.h"
#include "engine/transform/ops.h"
#include "engine/transform/value.h"

#include <stdlib.h>
#include <string.h>

enum { INPUTS_MAX = 3, ROW_MAX = 65536 };

struct cross {
    char *name;
    uint64_t mask;
    uint32_t inputs;
};

static void cross_free(void *state)
{
    struct cross *self = state;
    if (self != NULL)
        free(self->name);
    free(self);
}

/* Most entries of a row when every input's are known, else 0. No row yields more than
 * ROW_MAX, whatever the product is. */
static uint32_t entries_of(const struct eng_op_args *args)
{
    uint64_t product = 1;
    for (uint32_t i = 0; i < args->n_inputs; i++) {
        if (args->inputs[i].entries == 0)
            return 0;
        product *= args->inputs[i].entries;
        product = product > ROW_MAX ? ROW_MAX : product;
    }
    return (uint32_t)product;
}

static roost_status cross_make(const struct eng_op_args *args, struct eng_shape *out,
                               void **state, size_t *bytes, struct roost_error *err)
{
    int64_t bits = 0;
    uint8_t weighted = 0;
    if (args->n_inputs < 2 || args->n_inputs > INPUTS_MAX)
        return eng_fail(err, ROOST_SHAPE, args->name, 0,
                        "a cross takes 2 or 3 inputs, not %u", args->n_inputs);
    roost_status status = eng_arg_integer(args, "bits", 1, ENG_BITS_MAX, &bits, err);
    for (uint32_t i = 0; i < args->n_inputs && status == ROOST_OK; i++) {
        status = eng_arg_kind(args, i, ENG_IS_IDS, err);
        weighted |= args->inputs[i].weighted;
    }
    if (status != ROOST_OK)
        return status;
    struct cross *self = calloc(1, sizeof *self);
    if (self == NULL || (self->name = strdup(args->name)) == NULL) {
        free(self);
        return eng_fail(err, ROOST_NOMEM, args->name, 0, "out of memory");
    }
    self->mask = eng_id_mask((uint32_t)bits);
    self->inputs = args->n_inputs;
    *out = (struct eng_shape){.kind = ENG_IDS,
                              .width = 1,
                              .bound = bits == 0 ? 0 : UINT64_C(1) << bits,
                              .entries = entries_of(args),
                              .weighted = weighted};
    *state = self;
    *bytes = sizeof *self + strlen(self->name) + 1;
    return ROOST_OK;
}

/* Go through one input's entries of a row; inputs before it have chosen theirs. Depth is
 * bounded by INPUTS_MAX. An absent entry (NaN) takes part in nothing. */
static void combine(const struct cross *self, const struct eng_value *const *in,
                    const uint32_t row[INPUTS_MAX], struct eng_value *out, uint32_t *used)
{
    uint64_t ids[INPUTS_MAX];
    float product[INPUTS_MAX];
    uint32_t entry[INPUTS_MAX];
    uint32_t depth = 0, last = self->inputs - 1;
    entry[0] = in[0]->start[row[0]];
    for (;;) {
        const struct eng_value *now = in[depth];
        if (entry[depth] == now->start[row[depth] + 1]) {
            if (depth == 0)
                return;
            depth--;
            entry[depth]++;
            continue;
        }
        float amount = eng_amount_at(now, entry[depth]);
        ids[depth] = now->id[entry[depth]];
        product[depth] = depth == 0 ? amount : product[depth - 1] * amount;
        if (isnan(amount)) {
            entry[depth]++;
        } else if (depth < last) {
            depth++;
            entry[depth] = in[depth]->start[row[depth]];
        } else {
            uint64_t id = eng_hash_id(ids, self->inputs * sizeof ids[0]);
            eng_put_id(out, used, id & self->mask, product[depth]);
            entry[depth]++;
        }
    }
}

static roost_status cross_run(const void *state, const struct eng_block *block,
                              const struct eng_value *const *in, struct eng_value *out,
                              struct roost_error *err)
{
    const struct cross *self = state;
    uint32_t used = 0;
    out->start[0] = 0;
    for (uint32_t r = 0; r < block->n; r++) {
        uint32_t row[INPUTS_MAX] = {0};
        uint64_t count = 1;
        for (uint32_t i = 0; i < self->inputs; i++) {
            row[i] = eng_row(in[i], r);
            uint64_t entries = in[i]->start[row[i] + 1] - in[i]->start[row[i]];
            /* The bound is kept at every step, so that the product cannot wrap. */
            count = count > ROW_MAX && entries > 0 ? count : count * entries;
        }
        if (count > ROW_MAX)
            return eng_fail(err, ROOST_VALUE, self->name, (uint64_t)block->first + r,
                            "a row's lists cross to more than %d combinations", ROW_MAX);
        combine(self, in, row, out, &used);
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

const struct eng_op eng_op_cross = {
    .name = "cross",
    .role = ENG_TRANSFORM,
    .min_inputs = 2,
    .max_inputs = INPUTS_MAX,
    .params = params,
    .help = "2 or 3 inputs of ids -> ids of their combinations, amounts multiplied",
    .make = cross_make,
    .free = cross_free,
    .run = cross_run,
};
