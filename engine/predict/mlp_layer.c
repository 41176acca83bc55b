/* SPDX-License-Identifier: MIT
 * mlp_layer.c - reads a layer's tensors once, when the model is loaded, and finishes what
 * a product yields: bias and activation, in float as trainers do. mlp.c calls both. */
#include "engine/predict/mlp_layer.h"
#include "engine/base/error.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LAYER_ALIGN = 64 };

void eng_mlp_layer_clear(struct eng_mlp_layer *layer)
{
    free(layer->weights);
    free(layer->bias);
    memset(layer, 0, sizeof *layer);
}

/* Zeros where the tensor has nothing: a layer without bias. */
static roost_status copy_floats(const char *node, uint32_t number, const char *key,
                                const struct eng_tensor *tensor, uint64_t count,
                                float **out, struct roost_error *err)
{
    const size_t pieces = ((size_t)count * sizeof(float) + LAYER_ALIGN) / LAYER_ALIGN;
    *out = aligned_alloc(LAYER_ALIGN, pieces * LAYER_ALIGN);
    if (!*out)
        return eng_fail(err, ROOST_NOMEM, node, number, "no memory for layer %u", number);
    memset(*out, 0, pieces * LAYER_ALIGN);
    for (uint64_t i = 0; i < tensor->count; i++) {
        (*out)[i] = (float)eng_tensor_number(tensor, i);
        if (!isfinite((*out)[i]))
            return eng_fail(err, ROOST_VALUE, node, number,
                            "layer %u: '%s' is not finite at index %llu", number, key,
                            (unsigned long long)i);
    }
    return ROOST_OK;
}

static enum eng_activation find_activation(const char *word)
{
    const char *at = ENG_MLP_ACTIVATIONS;
    const size_t size = word ? strlen(word) : 0;
    for (uint32_t i = 0; word && *at; i++) {
        const size_t length = strcspn(at, "|");
        if (length == size && memcmp(at, word, size) == 0)
            return (enum eng_activation)i;
        at += length + (at[length] == '|');
    }
    return ENG_ACT_IDENTITY;
}

roost_status eng_mlp_layer_read(const char *node, const struct eng_layer *from,
                                uint32_t number, uint32_t rows, uint32_t most,
                                struct eng_mlp_layer *layer, struct roost_error *err)
{
    const struct eng_tensor *weights = &from->weights;
    const uint64_t columns = weights->rank == 2 ? weights->dim[1] : 1;
    if (weights->rank < 1 || weights->rank > 2 || columns < 1 || columns > most)
        return eng_fail(err, ROOST_SHAPE, node, number,
                        "layer %u: 'weights' must have the shape [in, out], with 1 to %u "
                        "outputs",
                        number, most);
    if (weights->dim[0] != rows)
        return eng_fail(err, ROOST_SHAPE, node, number,
                        "layer %u: 'weights' has %llu rows, but %s %u values", number,
                        (unsigned long long)weights->dim[0],
                        number == 1 ? "the inputs have" : "the layer before yields",
                        rows);
    if (from->bias.count && (from->bias.rank != 1 || from->bias.count != columns))
        return eng_fail(err, ROOST_SHAPE, node, number,
                        "layer %u: 'bias' has %llu values; it needs %llu", number,
                        (unsigned long long)from->bias.count,
                        (unsigned long long)columns);
    layer->rows = rows;
    layer->columns = (uint32_t)columns;
    layer->activation = find_activation(from->activation);
    roost_status status = copy_floats(node, number, "weights", weights, weights->count,
                                      &layer->weights, err);
    if (status == ROOST_OK)
        status =
            copy_floats(node, number, "bias", &from->bias, columns, &layer->bias, err);
    return status;
}

/* Comparisons stand so that a NaN is none of them true for, and stays. */
static float activate(enum eng_activation activation, float x)
{
    const float root_half = 0.70710678118654752440f;
    switch (activation) {
    case ENG_ACT_IDENTITY:
        return x;
    case ENG_ACT_RELU:
        return x < 0 ? 0 : x;
    case ENG_ACT_TANH:
        return tanhf(x);
    case ENG_ACT_SIGMOID:
        return 1 / (1 + expf(-x));
    case ENG_ACT_GELU:
        return 0.5f * x * (1 + erff(x * root_half));
    case ENG_ACT_LEAKY_RELU:
        return x < 0 ? 0.01f * x : x;
    case ENG_ACT_ELU:
        return x < 0 ? expm1f(x) : x;
    case ENG_ACT_SOFTPLUS:
        /* exp of a large x alone would be an infinity. */
        return (x < 0 ? 0 : x) + log1pf(expf(-fabsf(x)));
    }
    return x;
}

void eng_mlp_layer_finish(const struct eng_mlp_layer *layer, uint32_t n, float *y)
{
    for (uint32_t r = 0; r < n; r++) {
        float *row = y + (size_t)r * layer->columns;
        for (uint32_t k = 0; k < layer->columns; k++)
            row[k] += layer->bias[k];
    }
    if (layer->activation == ENG_ACT_IDENTITY)
        return;
    const size_t count = (size_t)n * layer->columns;
    const enum eng_activation activation = layer->activation;
    if (activation == ENG_ACT_RELU) /* by itself: a loop that becomes vectors */
        for (size_t i = 0; i < count; i++)
            y[i] = y[i] < 0 ? 0 : y[i];
    else
        for (size_t i = 0; i < count; i++)
            y[i] = activate(activation, y[i]);
}
