/* SPDX-License-Identifier: MIT
 * builder.h - how a format's loader makes a model: features, nodes, outputs, finish.
 * Threads  A builder serves one thread; the model it makes is immutable.
 * Memory   All arguments are copied. Strings may be any length up to ENG_NAME_MAX.
 * Errors   NOMEM, SHAPE, VALUE, LIMIT; err->where names the feature or node. After an
 *          error the builder can only be freed. */
#ifndef ROOST_MODEL_BUILDER_H
#define ROOST_MODEL_BUILDER_H
#include "engine/transform/op.h"

enum {
    ENG_NAME_MAX = 255, /* bytes of a feature's, node's or output's name */
    ENG_FEATURES_MAX = 65536,
    ENG_NODES_MAX = 65536,
    ENG_WIDTH_MAX = 1 << 20, /* values of a vector feature */
    ENG_LABELS_MAX = 65536
};

struct eng_builder;

struct eng_feature_spec {
    const char *name;
    enum roost_type type;
    uint32_t width; /* 1, or the vector's size */
    uint8_t vector;
    uint8_t context;
    uint8_t has_default; /* the value a missing one gets: number types, STRING */
    double default_number;
    struct roost_text default_text;
};

struct eng_node_spec {
    const char *name;
    const struct eng_op *op;
    uint32_t n_inputs;
    const uint32_t *inputs; /* [n_inputs] handles */
    uint32_t n_params;
    const struct eng_param *params;
};

struct eng_output_spec {
    const char *name;
    uint32_t value;       /* handle of a predictor or calibration */
    enum roost_type type; /* F32, F64, I32 or I64 */
    uint32_t label_count; /* 0, the width, or 2 for a width of 1 */
    const char *const *labels;
};

roost_status eng_builder_new(struct eng_builder **out, struct roost_error *err);
void eng_builder_free(struct eng_builder *builder); /* NULL is allowed */

/* Declare a feature, or add a node over values made before. *value: handle for inputs.
 * A feature's name and id, and a node's name, must be new: VALUE. */
roost_status eng_builder_feature(struct eng_builder *builder,
                                 const struct eng_feature_spec *spec, uint32_t *value,
                                 struct roost_error *err);
roost_status eng_builder_node(struct eng_builder *builder,
                              const struct eng_node_spec *spec, uint32_t *value,
                              struct roost_error *err);
/* What a handle yields. */
const struct eng_shape *eng_builder_shape(const struct eng_builder *builder,
                                          uint32_t value);
roost_status eng_builder_output(struct eng_builder *builder,
                                const struct eng_output_spec *spec,
                                struct roost_error *err);
/* Address the features (handles, all of scalar number types, or one vector) by position,
 * as one dense input called `name`. */
roost_status eng_builder_positions(struct eng_builder *builder, const char *name,
                                   const uint32_t *features, uint32_t n,
                                   struct roost_error *err);
void eng_builder_strict(struct eng_builder *builder, int strict);
/* Format name and the content digest (64 hex digits), shown to users. */
void eng_builder_about(struct eng_builder *builder, const char *format,
                       const char *digest);

/* Make the model (with one reference) and free the builder, whatever is returned. A model
 * needs an output. Its signatures: TENSOR when every feature is a vector, FEATURES
 * otherwise; TENSOR as well when positions are given. */
roost_status eng_builder_finish(struct eng_builder *builder, roost_model **out,
                                struct roost_error *err);

#endif
