/* SPDX-License-Identifier: MIT
 * fm.c - the predictor `fm`: a factorization machine (Rendle, "Factorization Machines",
 * ICDM 2010), in the form that takes a time linear in the entries:
 *     margin = b + sum_i w_i x_i + 1/2 sum_f ((sum_i v_if x_i)^2 - sum_i (v_if x_i)^2)
 * over all entries i of all inputs, in double. Before it: what yields ids and numbers;
 * after it: calibration. */
#include "engine/base/error.h"
#include "engine/model/builder.h"
#include "engine/predict/link.h"
#include "engine/predict/ops.h"
#include "engine/predict/slots.h"
#include "engine/transform/args.h"
#include "engine/transform/value.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct fm {
    struct eng_slots slots;
    float *weights; /* [slots.total], or NULL: all 0 */
    float *factors; /* [slots.total, width] */
    uint32_t width; /* F */
    double bias;
    enum eng_link link;
};

/* What a row has added up to so far. */
struct sums {
    double margin;
    double *factor; /* [F] sum of v x */
    double *square; /* [F] sum of (v x)^2 */
};

static void fm_free(void *state)
{
    struct fm *self = state;
    if (!self)
        return;
    eng_slots_clear(&self->slots);
    free(self->weights);
    free(self->factors);
    free(self);
}

static roost_status read_bias(const struct eng_op_args *args, struct fm *self,
                              struct roost_error *err)
{
    double *values = NULL;
    uint32_t count = 0;
    if (!eng_op_arg(args, "bias"))
        return ROOST_OK;
    roost_status status = eng_arg_numbers(args, "bias", &values, &count, err);
    if (status != ROOST_OK)
        return status;
    self->bias = values[0];
    free(values);
    return count == 1 ? ROOST_OK
                      : eng_fail(err, ROOST_SHAPE, args->name, count,
                                 "'bias' has %u values; it needs 1", count);
}

static roost_status fm_read(const struct eng_op_args *args, struct fm *self,
                            struct roost_error *err)
{
    uint32_t one = 1;
    roost_status status = eng_slots_init(&self->slots, args, err);
    if (status == ROOST_OK && eng_op_arg(args, "weights"))
        status = eng_slot_table(args, "weights", self->slots.total, 1, &self->weights,
                                &one, err);
    if (status == ROOST_OK)
        status = eng_slot_table(args, "factors", self->slots.total, ENG_WIDTH_MAX,
                                &self->factors, &self->width, err);
    if (status == ROOST_OK)
        status = read_bias(args, self, err);
    const struct eng_param *link = eng_op_arg(args, "link");
    if (status == ROOST_OK && link && eng_link_find(link->word, &self->link) != 0)
        status = eng_fail(err, ROOST_VALUE, args->name, 0, "'link' %s is not known",
                          link->word);
    return status;
}

static roost_status fm_make(const struct eng_op_args *args, struct eng_shape *out,
                            void **state, size_t *bytes, struct roost_error *err)
{
    struct fm *self = calloc(1, sizeof *self);
    if (!self)
        return eng_fail(err, ROOST_NOMEM, args->name, 0, "no memory for the predictor");
    roost_status status = fm_read(args, self, err);
    if (status != ROOST_OK) {
        fm_free(self);
        return status;
    }
    *out = (struct eng_shape){.kind = ENG_DENSE64, .width = 1};
    *state = self;
    *bytes = sizeof *self + eng_slots_bytes(&self->slots) +
             (size_t)self->slots.total * (self->width + (self->weights != NULL)) *
                 sizeof(float);
    return ROOST_OK;
}

static size_t fm_scratch(const void *state, uint32_t rows)
{
    const struct fm *self = state;
    (void)rows;
    return (size_t)2 * self->width * sizeof(double);
}

static void add_entry(const struct fm *self, int64_t slot, double amount,
                      struct sums *sums)
{
    if (slot < 0 || isnan(amount))
        return;
    const float *factor = self->factors + (size_t)slot * self->width;
    if (self->weights)
        sums->margin += (double)self->weights[slot] * amount;
    for (uint32_t f = 0; f < self->width; f++) {
        const double product = (double)factor[f] * amount;
        sums->factor[f] += product;
        sums->square[f] += product * product;
    }
}

static void add_input(const struct fm *self, const struct eng_slot_input *input,
                      const struct eng_value *in, uint32_t row, struct sums *sums)
{
    const int64_t base = (int64_t)input->base;
    const uint32_t width = input->shape.width;
    switch (input->shape.kind) {
    case ENG_IDS:
        for (uint32_t e = in->start[row]; e < in->start[row + 1]; e++)
            add_entry(self, eng_slot_of(&self->slots, input, in->id[e]),
                      (double)eng_amount_at(in, e), sums);
        return;
    case ENG_DENSE:
        for (uint32_t j = 0; j < width; j++)
            add_entry(self, base + j, (double)in->f32[(size_t)row * width + j], sums);
        return;
    case ENG_DENSE64:
        for (uint32_t j = 0; j < width; j++)
            add_entry(self, base + j, in->f64[(size_t)row * width + j], sums);
        return;
    case ENG_NUMBER:
    case ENG_INTEGER:
        add_entry(self, base, eng_number_at(in, input->shape.kind, row), sums);
        return;
    case ENG_TEXT:
    case ENG_TEXTS:
        return; /* make takes no text */
    }
}

static roost_status fm_run(const void *state, const struct eng_block *block,
                           const struct eng_value *const *in, struct eng_value *out,
                           struct roost_error *err)
{
    const struct fm *self = state;
    struct sums sums = {.factor = block->scratch};
    (void)err;
    sums.square = sums.factor + self->width;
    for (uint32_t r = 0; r < block->n; r++) {
        sums.margin = self->bias;
        memset(sums.factor, 0, (size_t)2 * self->width * sizeof(double));
        for (uint32_t i = 0; i < self->slots.n; i++)
            add_input(self, &self->slots.inputs[i], in[i], eng_row(in[i], r), &sums);
        double pairs = 0;
        for (uint32_t f = 0; f < self->width; f++)
            pairs += sums.factor[f] * sums.factor[f] - sums.square[f];
        out->f64[r] = sums.margin + 0.5 * pairs;
        eng_link_apply(self->link, &out->f64[r], 1);
    }
    return ROOST_OK;
}

static const struct eng_param_spec params[] = {
    {"factors", ENG_PARAM_TENSOR, 1, NULL, "[slots, factors]"},
    {"weights", ENG_PARAM_TENSOR, 0, NULL, "[slots], 0 when absent"},
    {"bias", ENG_PARAM_TENSOR, 0, NULL, "[1], 0 when absent"},
    {"link", ENG_PARAM_WORD, 0, "identity|logistic|exp|softmax", "identity when absent"},
    ENG_SLOT_PARAMS,
    {NULL, ENG_PARAM_INT, 0, NULL, NULL},
};

const struct eng_op eng_op_fm = {
    .name = "fm",
    .role = ENG_PREDICTOR,
    .min_inputs = 1,
    .max_inputs = ENG_FEATURES_MAX,
    .params = params,
    .help = "ids, numbers and vectors -> a margin with all pairs, or its link",
    .make = fm_make,
    .free = fm_free,
    .scratch = fm_scratch,
    .run = fm_run,
};
