/* SPDX-License-Identifier: MIT
 * op.h - the one interface behind every operator: transforms, predictors, calibrations.
 * Threads  An operator's state never changes once made; run is called by many threads.
 * Memory   make returns a state that the node owns until free; run writes only to the
 *          buffers of `out` and to block->scratch, and allocates nothing.
 * Errors   make: NOMEM, SHAPE, VALUE. run: VALUE (at = row of the call; where stays as it
 *          is where inputs may share the state: the plan then names the feature). */
#ifndef ROOST_TRANSFORM_OP_H
#define ROOST_TRANSFORM_OP_H
#include "engine/model/forest.h"
#include "engine/model/tensor.h"
#include "engine/roost.h"

/* What a node yields for each row. */
enum eng_kind {
    ENG_NUMBER,  /* number: double [n], NaN = missing                                   */
    ENG_INTEGER, /* integer: int64_t [n]; present: uint8_t [n]                          */
    ENG_TEXT,    /* text [n], at == NULL = missing                                      */
    ENG_TEXTS,   /* start [n + 1], text [start[n]]                                      */
    ENG_IDS,     /* start [n + 1], id [start[n]], amount [start[n]] or NULL = all 1     */
    ENG_DENSE,   /* f32: float [n * width], NaN = missing                               */
    ENG_DENSE64  /* f64: double [n * width], NaN = missing; what predictors yield       */
};

struct eng_shape {
    enum eng_kind kind;
    uint32_t width;   /* DENSE, DENSE64: values a row; else 1                           */
    uint64_t bound;   /* IDS: every id is < bound; 0: full 64-bit ids                   */
    uint32_t entries; /* IDS, TEXTS: most entries of one row when known (1 for a single
                         id); 0: the product of the inputs' entries in that row         */
    uint8_t weighted; /* IDS: amounts are given                                         */
};

/* A node's output for a block of rows. When common is 1 there is one row, which stands
 * for every row of the block. Only the members that its kind names are set. Inputs are
 * read only. */
struct eng_value {
    uint32_t n; /* rows held: 1 when common */
    uint8_t common;
    double *number;
    int64_t *integer;
    uint8_t *present;
    struct roost_text *text;
    uint32_t *start;
    uint64_t *id;
    float *amount;
    float *f32;
    double *f64;
    uint32_t
        capacity; /* entries that id, amount and text hold: enough by shape.entries */
};

/* Index into a value's arrays of row r of the block. */
static inline uint32_t eng_row(const struct eng_value *value, uint32_t r)
{
    return value->common ? 0 : r;
}

struct eng_block {
    uint32_t n;     /* rows to write: 1 when everything is common */
    uint32_t first; /* row of the call that the block starts with, for messages */
    void *scratch;  /* eng_op.scratch bytes, 64-byte aligned */
};

enum eng_param_type {
    ENG_PARAM_INT,     /* integer        */
    ENG_PARAM_NUMBER,  /* number         */
    ENG_PARAM_BOOL,    /* integer: 0, 1  */
    ENG_PARAM_WORD,    /* word: one of spec->words */
    ENG_PARAM_TENSOR,  /* tensor: named entry of the weights file */
    ENG_PARAM_STRINGS, /* strings: a list, or a file with one a line */
    ENG_PARAM_FOREST,  /* forest: tensors NAME.root ..., or a foreign file */
    ENG_PARAM_LAYERS   /* layers: list of maps; spec->words: their activations */
};

/* A parameter that an operator takes: its row in the table that the native loader reads
 * and docs/model-format.md lists. */
struct eng_param_spec {
    const char *key;
    enum eng_param_type type;
    uint8_t required;
    const char *words; /* WORD: "skip|last|error"; LAYERS: activations */
    const char *help;  /* one line */
};

/* One layer of a network: y = activation(x weights + bias). */
struct eng_layer {
    struct eng_tensor weights; /* [in, out] row-major, or [in] for one output */
    struct eng_tensor bias;    /* [out]; count 0: none */
    const char *activation;    /* one of the words; NULL: the first */
};

struct eng_param {
    const char *key;
    enum eng_param_type type;
    int64_t integer;
    double number;
    const char *word;
    struct eng_tensor tensor;
    const struct roost_text *strings; /* [count] */
    const struct eng_layer *layers;   /* [count] */
    uint32_t count;
    struct eng_forest *forest; /* borrowed; retain to keep */
};

struct eng_op_args {
    const char *name; /* of the node, for messages */
    uint32_t n_inputs;
    const char *const *input_names; /* [n_inputs] feature or transform names */
    const struct eng_shape *inputs; /* [n_inputs] */
    uint32_t n_params;
    const struct eng_param *params; /* [n_params], already checked against the table */
};

enum eng_role { ENG_TRANSFORM, ENG_PREDICTOR, ENG_CALIBRATION };

struct eng_op {
    const char *name;
    enum eng_role role;
    uint32_t min_inputs;
    uint32_t max_inputs;
    const struct eng_param_spec *params; /* ends with key NULL */
    const char *help;                    /* inputs -> output, one line */
    /* Check inputs and parameters, copy what is kept. *bytes: memory the state holds. */
    roost_status (*make)(const struct eng_op_args *args, struct eng_shape *out,
                         void **state, size_t *bytes, struct roost_error *err);
    void (*free)(void *state);
    /* Scratch bytes for a block of `rows` rows; NULL: none. */
    size_t (*scratch)(const void *state, uint32_t rows);
    /* in [n_inputs]. Writes out for block->n rows. */
    roost_status (*run)(const void *state, const struct eng_block *block,
                        const struct eng_value *const *in, struct eng_value *out,
                        struct roost_error *err);
    /* 1: run depends on input_names, so that equal nodes must have equal ones (hash). */
    uint8_t named;
};

/* All operators of this build, and one by name (NULL: none). Order is that of the docs.
 */
const struct eng_op *const *eng_op_list(uint32_t *count);
const struct eng_op *eng_op_find(const char *name, size_t size);

/* The parameter with this key, or NULL. */
const struct eng_param *eng_op_arg(const struct eng_op_args *args, const char *key);

#endif
