/* SPDX-License-Identifier: MIT
 * encode_v2.h - scores -> an Open Inference Protocol infer answer.
 * Threads  Pure functions. Memory  Appends to the caller's buffer.
 * Errors   -1 when the buffer is at its maximum or memory is out. */
#ifndef ROOST_GATEWAY_ENCODE_V2_H
#define ROOST_GATEWAY_ENCODE_V2_H
#include "gateway/decode_v2.h"
#include "gateway/encode.h"

/* {"id","model_name","model_version","outputs":[...]} and, after it, the raw
 * little-endian data of binary outputs. *json_size: bytes of the JSON when raw data
 * follow (the value of Inference-Header-Content-Length), else 0. An output of shape [n,
 * width]; of a model of a group its name is `member`, or `member.output` where a member
 * has several; that of a member that failed is left out. */
int gw_encode_v2(const struct gw_scores *scores, const struct gw_v2_request *request,
                 const char *model, const char *version, struct eng_buf *out,
                 size_t *json_size);

#endif
