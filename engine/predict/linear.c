/* SPDX-License-Identifier: MIT
 * linear.c - makes linear predictors from their tensors, and scores with one by itself:
 * the reference that a plan's shared evaluation (plan/linear.c) agrees with bit for bit.
 * Comes after the transforms that yield ids; a calibration may follow. */
#include "engine/predict/linear.h"
#include "engine/base/error.h"
#include "engine/base/hash.h"
#include "engine/model/builder.h"
#include "engine/transform/args.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BITS_MAX = 40, OWN_ALIGN = 64 };

static void linear_free(void *state)
{
    struct eng_linear *linear = state;
    if (!linear)
        return;
    free(linear->inputs);
    free(linear->weights);
    free(linear->bias);
    eng_keys_free(linear->keys);
    free(linear);
}

/* The region that all inputs of full ids share: 2^bits slots, or one for each key. */
static roost_status read_region(const struct eng_op_args *args, struct eng_linear *linear,
                                uint64_t *slots, struct roost_error *err)
{
    const struct eng_param *keys = eng_op_arg(args, "keys");
    int64_t bits = -1;
    roost_status status = eng_arg_integer(args, "bits", 1, BITS_MAX, &bits, err);
    if (status != ROOST_OK)
        return status;
    if (keys && bits >= 0)
        return eng_fail(err, ROOST_VALUE, args->name, 0,
                        "'bits' and 'keys' exclude each other; give one");
    *slots = 0;
    if (bits >= 0) {
        *slots = UINT64_C(1) << bits;
        linear->mask = *slots - 1;
    }
    if (!keys)
        return ROOST_OK;
    const struct eng_tensor *tensor = &keys->tensor;
    if (tensor->dtype != ENG_DT_I64 && tensor->dtype != ENG_DT_U64)
        return eng_fail(err, ROOST_SHAPE, args->name, 0,
                        "'keys' must be 64-bit integers");
    if (tensor->rank != 1 || tensor->count == 0 || tensor->count > INT32_MAX)
        return eng_fail(err, ROOST_SHAPE, args->name, 0,
                        "'keys' must be a list of 1 to 2147483647 ids");
    linear->keys = eng_keys_new((uint32_t)tensor->count);
    if (!linear->keys)
        return eng_fail(err, ROOST_NOMEM, args->name, 0, "no memory for 'keys'");
    for (uint64_t i = 0; i < tensor->count; i++) {
        int64_t key = eng_tensor_integer(tensor, i);
        if (eng_keys_add(linear->keys, (uint64_t)key) < 0)
            return eng_fail(err, ROOST_VALUE, args->name, i,
                            "'keys' holds %lld twice (again at index %llu)",
                            (long long)key, (unsigned long long)i);
    }
    eng_hash_128(tensor->data, (size_t)tensor->count * 8, 0, linear->keys_digest);
    *slots = tensor->count;
    return ROOST_OK;
}

/* Bounded inputs take their slots in order; the shared region comes last. */
static roost_status lay_slots(const struct eng_op_args *args, struct eng_linear *linear,
                              uint64_t region, struct roost_error *err)
{
    const unsigned kinds =
        ENG_IS_NUMBER | ENG_IS_INTEGER | ENG_IS_IDS | ENG_IS_DENSE | ENG_IS_DENSE64;
    uint64_t next = 0;
    int open = 0;
    for (uint32_t i = 0; i < args->n_inputs; i++) {
        roost_status status = eng_arg_kind(args, i, kinds, err);
        if (status != ROOST_OK)
            return status;
        struct eng_linear_input *input = &linear->inputs[i];
        input->shape = args->inputs[i];
        int ids = input->shape.kind == ENG_IDS;
        if (ids && input->shape.bound == 0) {
            input->rule = linear->keys ? ENG_SLOT_KEYS : ENG_SLOT_MASK;
            open = 1;
            continue;
        }
        input->base = next;
        input->slots = ids ? input->shape.bound : input->shape.width;
        if (__builtin_add_overflow(next, input->slots, &next))
            return eng_fail(err, ROOST_LIMIT, args->name, i, "too many slots");
    }
    if (open != (region > 0))
        return eng_fail(err, ROOST_VALUE, args->name, 0,
                        open ? "an input has full 64-bit ids: 'bits' or 'keys' is needed"
                             : "'bits' and 'keys' are for inputs of full 64-bit ids, and "
                               "there is none");
    for (uint32_t i = 0; i < args->n_inputs; i++) {
        if (linear->inputs[i].rule == ENG_SLOT_DIRECT)
            continue;
        linear->inputs[i].base = next;
        linear->inputs[i].slots = region;
    }
    if (__builtin_add_overflow(next, region, &linear->slots))
        return eng_fail(err, ROOST_LIMIT, args->name, 0, "too many slots");
    return ROOST_OK;
}

/* Weights are float32 wherever they lie (their own array, a shared table), so that a
 * score does not depend on the place. Memory follows the tensor's own count, which the
 * loader has checked against the bytes of the file. */
static roost_status read_weights(const struct eng_op_args *args,
                                 struct eng_linear *linear, struct roost_error *err)
{
    const struct eng_param *param = eng_op_arg(args, "weights");
    if (!param)
        return eng_fail(err, ROOST_VALUE, args->name, 0, "'weights' is missing");
    const struct eng_tensor *tensor = &param->tensor;
    uint64_t width = tensor->rank == 2 ? tensor->dim[1] : 1;
    uint64_t rows = tensor->rank == 0 ? 1 : tensor->dim[0];
    if (tensor->rank > 2 || width == 0 || width > ENG_LABELS_MAX)
        return eng_fail(err, ROOST_SHAPE, args->name, 0,
                        "'weights' must have the shape [slots] or [slots, outputs]");
    if (rows != linear->slots)
        return eng_fail(err, ROOST_SHAPE, args->name, 0,
                        "'weights' has %llu rows, but the inputs take %llu slots",
                        (unsigned long long)rows, (unsigned long long)linear->slots);
    size_t bytes = ((size_t)tensor->count * sizeof(float) + OWN_ALIGN) / OWN_ALIGN;
    linear->width = (uint32_t)width;
    linear->weights = aligned_alloc(OWN_ALIGN, bytes * OWN_ALIGN);
    linear->bias = calloc(width, sizeof *linear->bias);
    if (!linear->weights || !linear->bias)
        return eng_fail(err, ROOST_NOMEM, args->name, 0, "no memory for 'weights'");
    for (uint64_t i = 0; i < tensor->count; i++) {
        float weight = (float)eng_tensor_number(tensor, i);
        if (!isfinite(weight))
            return eng_fail(err, ROOST_VALUE, args->name, i,
                            "'weights' is not finite at index %llu",
                            (unsigned long long)i);
        atomic_init(&linear->weights[i], weight);
    }
    return ROOST_OK;
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
    uint64_t region = 0;
    roost_status status = read_region(args, linear, &region, err);
    if (status == ROOST_OK)
        status = lay_slots(args, linear, region, err);
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
    linear->n_inputs = args->n_inputs;
    linear->inputs = calloc(args->n_inputs, sizeof *linear->inputs);
    roost_status status = linear->inputs
                              ? linear_read(args, linear, err)
                              : eng_fail(err, ROOST_NOMEM, args->name, 0,
                                         "no memory for %u inputs", args->n_inputs);
    if (status != ROOST_OK) {
        linear_free(linear);
        return status;
    }
    *out = (struct eng_shape){.kind = ENG_DENSE64, .width = linear->width};
    *state = linear;
    *bytes = sizeof *linear + args->n_inputs * sizeof *linear->inputs +
             (size_t)linear->slots * linear->width * sizeof(float) +
             linear->width * sizeof(double) +
             (linear->keys ? eng_keys_bytes(linear->keys) : 0);
    return ROOST_OK;
}

void eng_linear_gather(const struct eng_linear *linear, uint32_t i,
                       struct eng_gather *out)
{
    const struct eng_linear_input *input = &linear->inputs[i];
    *out = (struct eng_gather){.shape = input->shape,
                               .rule = input->rule,
                               .mask = linear->mask,
                               .keys = linear->keys,
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
    for (uint32_t i = 0; i < linear->n_inputs; i++) {
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
    {"bits", ENG_PARAM_INT, 0, NULL, "full ids: slot = id & (2^bits - 1)"},
    {"keys", ENG_PARAM_TENSOR, 0, NULL,
     "full ids: slot = position of the id in this list"},
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
