/* SPDX-License-Identifier: MIT
 * decode.h - bytes of a request -> struct roost_rows, in one pass over the body.
 * Threads  Pure functions over the worker's arena.
 * Memory   Everything made lies in the arena or in the body and is valid until the arena
 *          is reset; no heap allocation.
 * Errors   0, or -1 with *fault filled: code, the peer's text, a JSON Pointer. */
#ifndef ROOST_GATEWAY_DECODE_H
#define ROOST_GATEWAY_DECODE_H
#include "engine/base/arena.h"
#include "engine/roost.h"
#include "gateway/errors.h"

struct gw_decode_limits {
    uint32_t rows;       /* of one request */
    uint32_t depth;      /* of JSON nesting */
    uint32_t list;       /* entries of one list or sparse feature in one row */
    uint32_t keys;       /* of one object */
    uint32_t text;       /* bytes of one string */
    uint8_t strict_json; /* refuse NaN and Infinity */
};

enum gw_form { GW_FORM_ROWS, GW_FORM_COLUMNS }; /* TFS: instances, inputs */

struct gw_batch {
    struct roost_rows rows;
    enum gw_form form;
    uint64_t unknown_features; /* values skipped since no model of the plan knows them */
    uint64_t
        missing_features; /* scalar values of the schema that no row or context gave */
    int infinite; /* an infinity came in somewhere: gw_batch_infinity tells where */
};

/* Does this row hold an infinity: of its own, or one of the context that it does not
 * replace? Such a row's score may fail to be finite without any fault of the model. */
enum gw_infinity { GW_FINITE, GW_INFINITE_ROW, GW_INFINITE_CONTEXT };
enum gw_infinity gw_batch_infinity(const roost_plan *plan, const struct gw_batch *batch,
                                   uint32_t row);

/* A TensorFlow Serving predict body: "instances" or "inputs", with "context" and
 * "signature_name", keys in any order (spec: docs/api/tfs.md). */
int gw_decode_tfs_predict(const roost_plan *plan, const uint8_t *body, size_t size,
                          const struct gw_decode_limits *limits, struct eng_arena *arena,
                          struct gw_batch *out, struct gw_fault *fault);

/* One row object of rows.jsonl, for `roost score`: as an element of "instances". */
int gw_decode_row(const roost_plan *plan, const uint8_t *line, size_t size,
                  const struct gw_decode_limits *limits, struct eng_arena *arena,
                  struct gw_batch *out, struct gw_fault *fault);

#endif
