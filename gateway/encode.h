/* SPDX-License-Identifier: MIT
 * encode.h - scores -> bytes of an answer.
 * Threads  Pure functions. Memory  Appends to the caller's buffer.
 * Errors   -1 when the buffer is at its maximum or memory is out. */
#ifndef ROOST_GATEWAY_ENCODE_H
#define ROOST_GATEWAY_ENCODE_H
#include "engine/base/buf.h"
#include "engine/roost.h"
#include "gateway/decode.h"

/* What to show of a scored batch. */
struct gw_scores {
    const roost_plan *plan;
    const double *out;                   /* [n, roost_plan_width] */
    const struct roost_verdict *verdict; /* [models]: other than OK is null */
    uint32_t n;
    int group; /* 1: rows are {"member": score}, whatever the number of outputs */
};

/* {"predictions": [...]} or, for the column form, {"outputs": ...}. */
int gw_encode_tfs_predict(const struct gw_scores *scores, enum gw_form form,
                          struct eng_buf *out);

/* A row's score as the value that stands in "predictions": for `roost score`. */
int gw_encode_tfs_row(const struct gw_scores *scores, uint32_t row, struct eng_buf *out);

#endif
