/* SPDX-License-Identifier: MIT
 * linear.c - makes linear predictors from their tensors, and scores with one by itself:
 * the reference that a plan's shared evaluation (plan/linear.c) agrees with bit for bit.
 * Comes after the transforms that yield ids; a calibration may follow. */
#include "engine/predict/linear.h"
#include "engine/base/error.h"
#include "engine/model/builder.h"
#include "engine/transform/args.h"
#include <stdlib.h>
#include <string.h>

static void linear_free(void *state)
{
    struct eng_linear *linear = state;
    if (!linear)
        return;
    eng_slots_clear(&linear->slots);
    free(linear->weights);
    free(linear->bias);
    free(linear);
}

/* Weights are float32 wherever they lie (their own array, a shared table), so that a
 * score does not depend on the place. They are written as plain floats, which an atomic
 * one has the size and the bytes of, since nobody else sees them yet. */
static roost_status read_weights(const struct eng_op_args *args,
                                 struct eng_linear *linear, struct roost_error *err)
{
    float *weights = NULL;
    roost_status status = eng_slot_table(args, "weights", linear->slots.total,
                                         ENG_LABELS_MAX, &weights, &linear->width, err);
    if (status != ROOST_OK)
        return status;
    linear->weights = (_Atomic float *)weights;
    linear->bias = calloc(linear->width, sizeof *linear->bias);
    return linear->bias
               ? ROOST_OK
               : eng_fail(err, ROOST_NOMEM, args->name, 0, "no memory for 'bias'");
}

static roost_status read_bias(const struct eng_op_args *args, struct eng_linear *linear,
                              struct roost_error *err)
{
    if (!eng_op_arg(args, "bias"))
        return ROOST_OK;
    double *values = NULL;
    uint32_t count = 0;
    roost_status status = eng_arg_numbers(args, "bias", &values, &count, err);
    if (status != ROOST_OK)
        return status;
    if (count != 1 && count != linear->width)
        status = eng_fail(err, ROOST_SHAPE, args->name, 0,
                          "'bias' has %u values; it needs 1 or %u", count, linear->width);
    for (uint32_t k = 0; status == ROOST_OK && k < linear->width; k++)
        linear->bias[k] = values[count == 1 ? 0 : k];
    free(values);
    return status;
}

static roost_status linear_read(const struct eng_op_args *args, struct eng_linear *linear,
                                struct roost_error *err)
{
    roost_status status = eng_slots_init(&linear->slots, args, err);
    if (status == ROOST_OK)
        status = read_weights(args, linear, err);
    if (status == ROOST_OK)
        status = read_bias(args, linear, err);
    const struct eng_param *link = eng_op_arg(args, "link");
    if (status == ROOST_OK && link && eng_link_find(link->word, &linear->link) != 0)
        status = eng_fail(err, ROOST_VALUE, args->name, 0, "'link' %s is not known",
                          link->word);
    return status;
}

static roost_status linear_make(const struct eng_op_args *args, struct eng_shape *out,
                                void **state, size_t *bytes, struct roost_error *err)
{
    struct eng_linear *linear = calloc(1, sizeof *linear);
    if (!linear)
        return eng_fail(err, ROOST_NOMEM, args->name, 0, "no memory for the predictor");
    roost_status status = linear_read(args, linear, err);
    if (status != ROOST_OK) {
        linear_free(linear);
        return status;
    }
    *out = (struct eng_shape){.kind = ENG_DENSE64, .width = linear->width};
    *state = linear;
    *bytes = sizeof *linear + eng_slots_bytes(&linear->slots) +
             (size_t)linear->slots.total * linear->width * sizeof(float) +
             linear->width * sizeof(double);
    return ROOST_OK;
}

void eng_linear_gather(const struct eng_linear *linear, uint32_t i,
                       struct eng_gather *out)
{
    const struct eng_slot_input *input = &linear->slots.inputs[i];
    *out = (struct eng_gather){.shape = input->shape,
                               .rule = input->rule,
                               .mask = linear->slots.mask,
                               .keys = linear->slots.keys,
                               .weights = linear->weights + input->base * linear->width,
                               .stride = linear->width,
                               .columns = linear->width};
}

static size_t linear_scratch(const void *state, uint32_t rows)
{
    const struct eng_linear *linear = state;
    return (size_t)rows * linear->width * sizeof(double);
}

static roost_status linear_run(const void *state, const struct eng_block *block,
                               const struct eng_value *const *in, struct eng_value *out,
                               struct roost_error *err)
{
    const struct eng_linear *linear = state;
    const uint32_t width = linear->width;
    double *partial = block->scratch;
    (void)err;
    for (uint32_t r = 0; r < block->n; r++)
        memcpy(out->f64 + (size_t)r * width, linear->bias, width * sizeof(double));
    for (uint32_t i = 0; i < linear->slots.n; i++) {
        struct eng_gather gather;
        if (eng_linear_is_scalar(linear, i)) {
            eng_linear_add_scalar(linear, i, in[i], block->n, out->f64);
            continue;
        }
        eng_linear_gather(linear, i, &gather);
        eng_gather_run(&gather, in[i], in[i]->common ? 1 : block->n, partial);
        for (uint32_t r = 0; r < block->n; r++) {
            const double *sum = partial + (size_t)eng_row(in[i], r) * width;
            for (uint32_t k = 0; k < width; k++)
                out->f64[(size_t)r * width + k] += sum[k];
        }
    }
    for (uint32_t r = 0; r < block->n; r++)
        eng_link_apply(linear->link, out->f64 + (size_t)r * width, width);
    return ROOST_OK;
}

static const struct eng_param_spec params[] = {
    {"weights", ENG_PARAM_TENSOR, 1, NULL, "[slots] or [slots, outputs]"},
    {"bias", ENG_PARAM_TENSOR, 0, NULL, "[1] or [outputs], 0 when absent"},
    {"link", ENG_PARAM_WORD, 0, "identity|logistic|exp|softmax", "identity when absent"},
    ENG_SLOT_PARAMS,
    {NULL, ENG_PARAM_INT, 0, NULL, NULL},
};

const struct eng_op eng_op_linear = {
    .name = "linear",
    .role = ENG_PREDICTOR,
    .min_inputs = 1,
    .max_inputs = UINT32_MAX,
    .params = params,
    .help = "ids, numbers and vectors -> a margin, or its link, per output",
    .make = linear_make,
    .free = linear_free,
    .scratch = linear_scratch,
    .run = linear_run,
};
