/* SPDX-License-Identifier: MIT
 * decode_state.h - what the decoders of one body share: where they are, and where values
 * go. Threads  A gw_decode serves one thread. Memory   Lives on the stack of one decode;
 * what it points to lies in arena and body. Errors   -1 with *fault filled; its pointer
 * is written once, from `place`, at the end. */
#ifndef ROOST_GATEWAY_DECODE_STATE_H
#define ROOST_GATEWAY_DECODE_STATE_H
#include "gateway/decode.h"
#include "gateway/json.h"
#include "gateway/rows.h"

/* The value being read, as a path: /section/row/key/inner/item, or with `columns`
 * /section/key/row/inner/item. Parts that are NULL or negative do not stand. */
struct gw_place {
    const char *section;
    int64_t row;
    int64_t item;
    struct roost_text key;
    struct roost_text inner;
    int columns;
};

/* How a row may be given without naming features. */
enum gw_dense {
    GW_DENSE_NONE,
    GW_DENSE_LIST,   /* value j of a list is feature positions[j] */
    GW_DENSE_FEATURE /* the value is feature positions[0] */
};

struct gw_decode {
    struct gw_json json;
    struct gw_place place;
    const roost_plan *plan;
    const struct gw_decode_limits *limits;
    struct eng_arena *arena;
    struct gw_fault *fault;
    struct gw_batch *out;
    struct gw_rows rows;
    struct gw_rows context;
    struct gw_rows *into; /* of the two: where values go now */

    /* Set from the plan. */
    enum gw_dense dense;
    uint32_t width;            /* LIST: how many values; FEATURE: 1 */
    const uint32_t *positions; /* [width] features */
    const char *dense_name;    /* "input-0", or the feature's */
    uint32_t only;             /* backs `positions` when the plan has one feature */
    uint8_t any_name;          /* the dense input may be called as one likes */
    uint8_t tensor;            /* all inputs must be given, and nothing else */

    /* Tensor signature: the first row that lacked an input. */
    int64_t incomplete;
    struct roost_text incomplete_text;
    uint32_t *seen; /* for repeated keys in a bag */
    uint32_t seen_room;
};

/* decode_frame.c. start: the plan's dense input, empty rows, the first byte of JSON.
 * finish: rows and context as the engine takes them. failed: the fault gets its pointer;
 * returns -1. absent: with a tensor signature, an input that neither each of n rows nor
 * the context gave, or -1. */
int gw_decode_start(struct gw_decode *d, const uint8_t *body, size_t size);
int gw_decode_absent(const struct gw_decode *d, uint32_t n);
int gw_decode_finish(struct gw_decode *d, uint32_t n);
int gw_decode_failed(struct gw_decode *d);
/* A key of the top-level object: *member is its index in `names` (NULL-terminated), or
 * -1. Each may stand once; *seen has their bits. leave: its value was read. */
int gw_decode_member(struct gw_decode *d, const char *const *names, struct roost_text key,
                     unsigned *seen, int *member);
void gw_decode_leave(struct gw_decode *d);
/* The value of "signature_name": must be the default's or one of the method's own. */
enum gw_signature { GW_SIGNATURE_PREDICT, GW_SIGNATURE_CLASSIFY, GW_SIGNATURE_REGRESS };
int gw_decode_signature(struct gw_decode *d, enum gw_signature wanted);
int gw_decode_equals(struct roost_text text, const char *word);

/* decode_fault.c. type: the value that comes next, or text of `kind` already read, is not
 * what the schema says. */
int gw_decode_no_memory(struct gw_decode *d);
int gw_decode_wrong_type(struct gw_decode *d, const char *expected);
int gw_decode_wrong_text(struct gw_decode *d, struct roost_text text, int kind,
                         const char *expected);
int gw_decode_keys_differ(struct gw_decode *d, int64_t row, struct roost_text object);
void gw_decode_point(struct gw_decode *d);
/* The part of `text` that an error shows: at most 256 bytes, whole characters. */
struct roost_text gw_decode_shown(struct roost_text text);

/* decode_value.c: read the value that comes next as the column's type, into `row`, which
 * the column did not have before. */
int gw_decode_value(struct gw_decode *d, struct gw_column *column, uint32_t row);
/* Likewise, out of a list by position: a matrix of floats, whose integers and truth
 * values are whole numbers and whose NaN means missing. */
int gw_decode_cell(struct gw_decode *d, struct gw_column *column, uint32_t row);
int gw_decode_double(struct gw_decode *d, const char *expected, double *out);
int gw_decode_text(struct gw_decode *d, struct roost_text *out);
/* The object that comes next, when it is {"b64": "..."} with exactly that key: its bytes.
 * 1: it is another object, and nothing was read. */
int gw_decode_binary(struct gw_decode *d, struct roost_text *out);
int gw_decode_int64(struct gw_decode *d, int64_t *out);
/* decode_sparse.c: likewise, a bag. */
int gw_decode_sparse(struct gw_decode *d, struct gw_column *column);
/* decode_base64.c: the bytes of base64 text, into out (size / 4 * 3 + 3 bytes). -1: none.
 */
int64_t gw_decode_base64(struct roost_text text, char *out);

/* decode_rows.c: an element of "instances" (or a row of rows.jsonl), as row `row` of
 * d->into; an object of features whose keys name them, "context". */
int gw_decode_instance(struct gw_decode *d, uint32_t row);
int gw_decode_context(struct gw_decode *d);
/* A value that is a whole row without names; there is a dense input. */
int gw_decode_dense(struct gw_decode *d, uint32_t row);
/* 1: this key of an object, not a feature's name, calls the dense input. */
int gw_decode_is_dense(struct gw_decode *d, struct roost_text key, uint32_t keys);
/* The value that comes next belongs to no feature of the plan: pass over it, or refuse it
 * when the plan is strict. The caller counts it. */
int gw_decode_unknown(struct gw_decode *d, struct roost_text key);
int gw_decode_too_many(struct gw_decode *d, const char *what, uint32_t most);

/* decode_columns.c: the value of "inputs". *n: rows. */
int gw_decode_inputs(struct gw_decode *d, uint32_t *n);

#endif
