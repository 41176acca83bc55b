/* SPDX-License-Identifier: MIT
 * decode_v2_state.h - what the decoders of one Open Inference Protocol request share: its
 * inputs, found first, and what became of them.
 * Threads  A gw_v2 serves one thread.
 * Memory   Lives on the stack of one decode; what it points to lies in arena and body.
 * Errors   -1 with *fault filled; its pointer is written once, at the end, from `d.place`
 *          and from `leaf`. */
#ifndef ROOST_GATEWAY_DECODE_V2_STATE_H
#define ROOST_GATEWAY_DECODE_V2_STATE_H
#include "gateway/decode_state.h"
#include "gateway/decode_v2.h"

/* The protocol's data types: name, bytes of an element. */
#define GW_V2_TYPE_MAP(X)                                                                \
    X(BOOL, 1)                                                                           \
    X(UINT8, 1)                                                                          \
    X(UINT16, 2)                                                                         \
    X(UINT32, 4)                                                                         \
    X(UINT64, 8)                                                                         \
    X(INT8, 1)                                                                           \
    X(INT16, 2)                                                                          \
    X(INT32, 4)                                                                          \
    X(INT64, 8)                                                                          \
    X(FP16, 2)                                                                           \
    X(BF16, 2)                                                                           \
    X(FP32, 4)                                                                           \
    X(FP64, 8)                                                                           \
    X(BYTES, 0)
#define X(name, bytes) GW_V2_##name,
enum gw_v2_type { GW_V2_TYPE_MAP(X) GW_V2_TYPES };
#undef X

/* One input: what its object says, and its elements. */
struct gw_v2_input {
    struct gw_v2_input *next;
    struct roost_text name;
    struct roost_text shape; /* as it stands, for messages */
    enum gw_v2_type type;
    uint32_t index; /* in "inputs" */
    uint8_t context;
    uint32_t rank;
    uint64_t first; /* dimension */
    uint64_t rest;  /* product of the others; UINT64_MAX: beyond all bounds */
    uint64_t count; /* elements */
    /* [count], little-endian numbers that may lie at any address, or struct roost_text */
    const void *data;
    const char *json; /* where "data" starts in the body; NULL: it was binary */
    uint32_t depth;   /* of containers around it */
};

/* A bag's or a list's inputs: f.offsets, f.ids, f.names, f.values. */
enum gw_v2_part { GW_V2_OFFSETS, GW_V2_IDS, GW_V2_NAMES, GW_V2_VALUES, GW_V2_PARTS };
struct gw_v2_bag {
    struct gw_v2_bag *next;
    uint32_t feature;
    uint8_t context;
    struct gw_v2_input *part[GW_V2_PARTS]; /* NULL: not given */
};

struct gw_v2 {
    struct gw_decode d;
    const struct gw_v2_model *model;
    struct gw_v2_request *request;

    /* Set while the JSON is read. */
    struct gw_v2_input *first; /* in the order of "inputs" */
    struct gw_v2_input *last;
    uint32_t count;     /* of inputs */
    uint32_t own_count; /* of those that are not common to all rows */
    const uint8_t *raw; /* the binary data behind the JSON */
    size_t raw_size;
    size_t raw_used;
    uint8_t binary_outputs; /* parameters.binary_data_output */

    /* Set while the inputs are given to their features. */
    uint32_t n;
    uint8_t n_known;
    uint64_t unknown;           /* inputs that no model knows, with a value a row */
    uint8_t *given;             /* [features], bits of enum gw_v2_given */
    struct gw_v2_bag **bags[2]; /* [features], by gw_v2_bag.context; NULL: none yet */
    struct gw_v2_bag *bag;      /* newest */

    /* Where a fault is. */
    uint8_t no_json; /* a raw request: there is nothing to point at */
    const struct gw_v2_input *at;
    int64_t leaf; /* element of at->data; -1: none */
};
enum gw_v2_given { GW_V2_GIVEN_ROWS = 1, GW_V2_GIVEN_CONTEXT = 2 };

/* decode_v2_type.c. find: -1 when there is no such type. fits: may elements of this type
 * become this feature's, and none lose anything? (A number may be rounded to float, as
 * it is wherever it comes from.) */
int gw_v2_type_find(struct roost_text name);
const char *gw_v2_type_name(enum gw_v2_type type);
uint32_t gw_v2_type_bytes(enum gw_v2_type type);
int gw_v2_type_fits(enum gw_v2_type type, enum roost_type feature);
int gw_v2_type_whole(enum gw_v2_type type); /* BOOL and integers */
/* Element i as a double, or as an integer: -1 when it is a UINT64 beyond int64. */
double gw_v2_number(const struct gw_v2_input *input, uint64_t i);
int gw_v2_integer(const struct gw_v2_input *input, uint64_t i, int64_t *out);
/* The type that an input for this feature is expected to have. */
enum gw_v2_type gw_v2_type_of(enum roost_type feature);
enum gw_v2_type gw_v2_dense_type(const roost_plan *plan);

/* decode_v2_input.c: the value of "inputs". */
int gw_v2_read_inputs(struct gw_v2 *v);
/* decode_v2_data.c: the elements of an input whose type and shape are known; from the
 * JSON that comes next, or from the bytes behind the JSON. */
int gw_v2_read_data(struct gw_v2 *v, struct gw_v2_input *input);
int gw_v2_take_binary(struct gw_v2 *v, struct gw_v2_input *input, uint64_t size);
int gw_v2_raw_data(struct gw_v2 *v, struct gw_v2_input *input);
/* decode_v2_output.c: the value of "outputs"; all outputs, when none were named; what is
 * left open until all of the JSON was read. */
int gw_v2_read_outputs(struct gw_v2 *v);
int gw_v2_all_outputs(struct gw_v2 *v);
int gw_v2_finish_outputs(struct gw_v2 *v);
/* decode_v2_param.c: "parameters" of the request, and what all objects read alike. An
 * index of names (NULL ends them), -2: none of them, -1: it stands twice. */
int gw_v2_read_parameters(struct gw_v2 *v);
int gw_v2_member(struct gw_v2 *v, const char *const *names, unsigned *seen,
                 struct roost_text key);
int gw_v2_enter(struct gw_v2 *v, int kind, const char *what); /* an object or a list */
int gw_v2_text(struct gw_v2 *v, const char *what, struct roost_text *out);
int gw_v2_unsigned(struct gw_v2 *v, const char *what, uint64_t *out);
int gw_v2_bool(struct gw_v2 *v, const char *what, uint8_t *out);
/* An integer of 64 bits, with or without a sign. -1 when the text is neither. */
int gw_v2_uint64(const struct gw_decimal *decimal, struct roost_text text, uint64_t *out);

/* decode_v2_place.c: give an input to the feature, part of one, or dense input that its
 * name calls. */
int gw_v2_place(struct gw_v2 *v, struct gw_v2_input *input);
/* A fault is about this input from now on: about a member, or an element (-1: neither).
 */
void gw_v2_look_at(struct gw_v2 *v, const struct gw_v2_input *input, const char *member,
                   int64_t leaf);
/* It has n rows. */
int gw_v2_agree(struct gw_v2 *v, const struct gw_v2_input *input, uint64_t n);
/* The feature's column, which no input had before. */
int gw_v2_open(struct gw_v2 *v, const struct gw_v2_input *input, uint32_t feature,
               struct gw_column **out);
int gw_v2_wrong_type(struct gw_v2 *v, const struct gw_v2_input *input,
                     const char *expected);
int gw_v2_wrong_shape(struct gw_v2 *v, const struct gw_v2_input *input,
                      const char *expected);

/* decode_v2_list.c: lists of strings and bags. */
int gw_v2_place_strings(struct gw_v2 *v, struct gw_v2_input *input, uint32_t feature);
/* 1: the input is a part of a list or bag, and was kept for it; 0: it is not. */
int gw_v2_keep_part(struct gw_v2 *v, struct gw_v2_input *input);
int gw_v2_place_bags(struct gw_v2 *v);

#endif
