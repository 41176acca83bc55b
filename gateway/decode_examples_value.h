/* SPDX-License-Identifier: MIT
 * decode_examples_value.h - one feature of an example: what decode_examples.c asks for.
 * Threads  A gw_decode serves one thread. Memory   As decode_state.h.
 * Errors   -1 with *fault filled. */
#ifndef ROOST_GATEWAY_DECODE_EXAMPLES_VALUE_H
#define ROOST_GATEWAY_DECODE_EXAMPLES_VALUE_H
#include "gateway/decode_state.h"

/* Read the value that comes next into `row` of the column, which did not have it before.
 * column NULL: the feature is unknown; its value is checked only. */
int gw_example_value(struct gw_decode *d, struct roost_text name,
                     struct gw_column *column, uint32_t row);

/* A type as TensorFlow calls it in messages: "float". */
const char *gw_example_type(enum roost_type type);

#endif
