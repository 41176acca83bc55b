/* SPDX-License-Identifier: MIT
 * mlp_layer.h - one layer of a network, but for its product: its numbers, its bias and
 * activation.
 * Threads  A layer never changes once read.
 * Memory   `_read` pairs with `_clear`, also after a failure.
 * Errors   SHAPE, VALUE, NOMEM; they name the layer, counted from 1. */
#ifndef ROOST_PREDICT_MLP_LAYER_H
#define ROOST_PREDICT_MLP_LAYER_H
#include "engine/transform/op.h"

#define ENG_MLP_ACTIVATIONS "identity|relu|tanh|sigmoid|gelu|leaky_relu|elu|softplus"

/* In the order of the words. */
enum eng_activation {
    ENG_ACT_IDENTITY,
    ENG_ACT_RELU,       /* max(x, 0)                    */
    ENG_ACT_TANH,       /* tanh(x)                      */
    ENG_ACT_SIGMOID,    /* 1 / (1 + exp(-x))            */
    ENG_ACT_GELU,       /* x (1 + erf(x / sqrt 2)) / 2  */
    ENG_ACT_LEAKY_RELU, /* x < 0: 0.01 x                */
    ENG_ACT_ELU,        /* x < 0: exp(x) - 1            */
    ENG_ACT_SOFTPLUS    /* log(1 + exp(x))              */
};

struct eng_mlp_layer {
    uint32_t rows, columns;
    float *weights; /* [rows, columns] */
    float *bias;    /* [columns], 0 when none was given */
    enum eng_activation activation;
};

/* rows: what the layer before yields. most: columns it may have. */
roost_status eng_mlp_layer_read(const char *node, const struct eng_layer *from,
                                uint32_t number, uint32_t rows, uint32_t most,
                                struct eng_mlp_layer *layer, struct roost_error *err);
void eng_mlp_layer_clear(struct eng_mlp_layer *layer);

/* y [n, columns]: add the bias, apply the activation. NaN stays NaN. */
void eng_mlp_layer_finish(const struct eng_mlp_layer *layer, uint32_t n, float *y);

#endif
