/* SPDX-License-Identifier: MIT
 * decode_v2.h - an Open Inference Protocol infer request -> struct roost_rows and what it
 * asks beside them.
 * Threads  Pure functions over the worker's arena.
 * Memory   As decode.h: everything lies in the arena or the body, which must both stay
 *          as they are until the rows were scored: binary data may be used in place.
 * Errors   0, or -1 with *fault filled. */
#ifndef ROOST_GATEWAY_DECODE_V2_H
#define ROOST_GATEWAY_DECODE_V2_H
#include "gateway/decode.h"

/* Whom a request is for. */
struct gw_v2_model {
    const roost_plan *plan;
    const char *name; /* of the model or the group, as the errors say it */
    int group;        /* 1: a group, whose outputs are named after its members */
};

/* One output that the request names. */
struct gw_v2_output {
    uint32_t output;         /* index for roost_plan_output */
    uint8_t binary;          /* raw bytes after the JSON rather than "data" */
    uint32_t classification; /* 0, or the K of "classification": K best as BYTES */
    uint32_t *order;         /* [classes] room for the encoder; NULL: no classification */
};

struct gw_v2_request {
    struct roost_text id; /* to be echoed; at == NULL: none was given */
    uint64_t timeout_us;  /* parameters.timeout; 0: none */
    uint64_t priority;    /* parameters.priority, 0: the default */
    uint32_t output_count;
    struct gw_v2_output *outputs; /* [output_count], in the order asked; all of the plan's
                                     when the request names none */
};

struct gw_v2_body {
    const uint8_t *at;
    size_t size;
    int64_t header; /* bytes of JSON: gw_v2_header_length; -1: all of it; 0: none, the
                       whole body is the data of the one input (a raw request) */
};

/* Scalar features are inputs of shape [n, 1] (or [n]), vectors [n, width]; a sparse
 * feature f is f.offsets, f.ids or f.names, f.values; a list of strings is f.offsets,
 * f.values, or f [n, k]; `parameters.context` makes an input common to all rows
 * (docs/api/v2.md). */
int gw_decode_v2(const struct gw_v2_model *model, const struct gw_v2_body *body,
                 const struct gw_decode_limits *limits, struct eng_arena *arena,
                 struct gw_batch *out, struct gw_v2_request *request,
                 struct gw_fault *fault);

/* The text of the header Inference-Header-Content-Length -> a length within 0..size, -1
 * for NULL; -2 with *fault otherwise. */
int64_t gw_v2_header_length(const char *text, size_t size, struct gw_fault *fault);

/* The protocol's name of a type ("FP32"), as metadata and answers say it. Bags and lists
 * have none of their own: they are several inputs. */
const char *gw_v2_datatype(enum roost_type type);
/* That of the dense input by position: the vector's own; of several features FP64 when
 * one of them is f64, else FP32. */
const char *gw_v2_dense_datatype(const roost_plan *plan);

/* An output's name is `name`, or `member.name` when member is not NULL. */
struct gw_v2_name {
    const char *member;
    const char *name;
};
struct gw_v2_name gw_v2_output_name(const struct gw_v2_model *model, uint32_t output);

/* Classes that "classification" ranks: an output's numbers, or two when one number is
 * the probability of the second of two labels. */
uint32_t gw_v2_classes(const struct roost_output *output);

#endif
