/* SPDX-License-Identifier: MIT
 * model.h - what a model is inside the engine: features, nodes over them, outputs.
 * Threads  Never changes once the builder has finished it; the owner count is atomic.
 * Memory   A model owns all it points to; states are counted (intern.h).
 * Errors   None here. */
#ifndef ROOST_MODEL_MODEL_H
#define ROOST_MODEL_MODEL_H
#include "engine/model/builder.h"
#include "engine/model/intern.h"
#include <stdatomic.h>

/* A feature as this model declares it. */
struct eng_feature {
    struct roost_feature about; /* about.name is owned */
    uint8_t has_default;
    double default_number;
    struct roost_text default_text; /* at is owned */
};

struct eng_node {
    char *name;
    struct eng_state *state;
    uint32_t n_inputs;
    uint32_t *inputs; /* [n_inputs] values */
};

/* Features and nodes in the order of declaration: inputs come before their users. */
struct eng_model_value {
    uint8_t is_node;
    uint32_t index; /* in features or nodes */
    struct eng_shape shape;
    uint64_t digest[2]; /* equal content, equal digest, in any model */
};

struct eng_output {
    char *name;
    uint32_t value;
    uint32_t width;
    enum roost_type type;
    uint32_t label_count;
    char **labels; /* [label_count] */
};

enum { ENG_DIGEST_TEXT = 65, ENG_FORMAT_TEXT = 32 };

struct roost_model {
    _Atomic uint32_t owners;
    uint32_t value_count, feature_count, node_count, output_count;
    struct eng_model_value *values;
    struct eng_feature *features;
    struct eng_node *nodes;
    struct eng_output *outputs;
    char *position_name; /* NULL: not addressed by position */
    uint32_t *positions; /* [position_count] indices of features */
    uint32_t position_count;
    int strict;
    int signatures; /* ROOST_SIGNATURE_ bits */
    size_t bytes;
    char format[ENG_FORMAT_TEXT];
    char digest[ENG_DIGEST_TEXT];
};

/* Give back all that a (perhaps unfinished) model holds, and the model. */
void eng_model_destroy(roost_model *model);

/* The operator of a node. */
static inline const struct eng_op *eng_node_op(const struct eng_node *node)
{
    return node->state->op;
}

#endif
