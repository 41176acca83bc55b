/* SPDX-License-Identifier: MIT
 * decode_examples.h - a TensorFlow Serving classify or regress body -> struct roost_rows,
 * and scores -> its answer. The pipeline calls gw_examples_allowed as soon as the serving
 * is known (before it decodes), then gw_decode_tfs_examples, the engine, and the encoder.
 * Threads  Pure functions over the worker's arena.
 * Memory   As decode.h. Errors  0, or -1 with *fault filled; encoders: as encode.h. */
#ifndef ROOST_GATEWAY_DECODE_EXAMPLES_H
#define ROOST_GATEWAY_DECODE_EXAMPLES_H
#include "gateway/decode.h"
#include "gateway/encode.h"

enum gw_examples { GW_EXAMPLES_CLASSIFY, GW_EXAMPLES_REGRESS };

/* May this plan be asked so? It needs one output (of width 1 for regress) and must not be
 * a group's (group: 1). -1: BAD_REQUEST, whose text says what is in the way. */
int gw_examples_allowed(const roost_plan *plan, int group, enum gw_examples method,
                        struct gw_fault *fault);

/* How many classes a row of such an answer has. */
uint32_t gw_examples_classes(const struct roost_output *output);

/* {"signature_name", "context": {feature: value}, "examples": [{feature: value}, ...]}: a
 * value is a number, a string, true or false (1 or 0), {"b64"}, or a list of one kind; of
 * a sparse feature also an object, as in predict. signature_name: "", "serving_default",
 * or the method's own ("tensorflow/serving/classify", "classify", "classification"; ...
 * "regress", "regression"). out->form is GW_FORM_ROWS; rows stand at /examples/i. */
int gw_decode_tfs_examples(const roost_plan *plan, enum gw_examples method,
                           const uint8_t *body, size_t size,
                           const struct gw_decode_limits *limits, struct eng_arena *arena,
                           struct gw_batch *out, struct gw_fault *fault);

/* {"results": [[["label", score], ...], ...]}: labels of the output, or class indices;
 * one probability p gives both classes, 1 - p and p. */
int gw_encode_tfs_classify(const struct gw_scores *scores, struct eng_buf *out);
/* {"results": [score, ...]}; the model has one output of width 1. */
int gw_encode_tfs_regress(const struct gw_scores *scores, struct eng_buf *out);

#endif
