/* SPDX-License-Identifier: MIT
 * encode_v2_state.h - one output of an Open Inference Protocol answer, as its writers
 * share it.
 * Threads  Pure functions. Memory  Append to the caller's buffer.
 * Errors   -1 when the buffer is at its maximum or memory is out. */
#ifndef ROOST_GATEWAY_ENCODE_V2_STATE_H
#define ROOST_GATEWAY_ENCODE_V2_STATE_H
#include "gateway/decode_v2.h"
#include "gateway/encode.h"

struct gw_v2_view {
    const struct gw_scores *scores;
    const struct gw_v2_output *output;
    const struct roost_output *about;
};

/* encode_v2.c: a number as text, after the one cast to the output's type. */
int gw_v2_put_number(struct eng_buf *out, enum roost_type type, double value);

/* encode_v2_class.c: the best classes of a row, values[about->width], each a text
 * "value:index[:label]": with commas between them as JSON, with lengths before them when
 * the output is binary. count: how many a row has. */
int gw_v2_put_classes(const struct gw_v2_view *view, const double *values,
                      struct eng_buf *out);
uint32_t gw_v2_class_count(const struct gw_v2_view *view);

#endif
