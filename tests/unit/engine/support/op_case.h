/* SPDX-License-Identifier: MIT
 * op_case.h - one operator on its own: inputs, parameters, make, run, and what came out.
 * Threads  For tests.
 * Memory   Arrays handed in are borrowed; those of `out` have exactly the size that the
 *          operator may write, so that a sanitizer sees one element more. op_done frees.
 * Errors   op_make and op_run give the operator's status; c->err holds its text. */
#ifndef ROOST_TEST_OP_CASE_H
#define ROOST_TEST_OP_CASE_H
#include "engine/transform/op.h"

enum { OP_INPUTS = 4, OP_PARAMS = 6 };

struct op_case {
    const struct eng_op *op;
    struct eng_op_args args;
    const char *names[OP_INPUTS];
    struct eng_shape shapes[OP_INPUTS];
    struct eng_value in[OP_INPUTS];
    struct eng_param params[OP_PARAMS];
    struct eng_shape shape; /* of the output, once made */
    void *state;
    size_t bytes;
    uint32_t first; /* row of the call that the block starts with */
    struct eng_value out;
    void *scratch;
    struct roost_error err;
};

/* A case of the operator with this name; its node is called "node". */
void op_case(struct op_case *c, const char *op);

/* Add an input, and return it, so that a test can say that it is common. */
struct eng_value *op_number(struct op_case *c, const char *name, const double *values);
struct eng_value *op_integer(struct op_case *c, const char *name, const int64_t *values,
                             const uint8_t *present);
struct eng_value *op_text(struct op_case *c, const char *name,
                          const struct roost_text *texts);
struct eng_value *op_texts(struct op_case *c, const char *name, const uint32_t *start,
                           const struct roost_text *texts);
/* entries 0: unknown. amount NULL: not weighted. */
struct eng_value *op_ids(struct op_case *c, const char *name, uint64_t bound,
                         uint32_t entries, const uint32_t *start, const uint64_t *ids,
                         const float *amount);
struct eng_value *op_dense(struct op_case *c, const char *name, uint32_t width,
                           const float *values);
struct eng_value *op_dense64(struct op_case *c, const char *name, uint32_t width,
                             const double *values);

void op_set_int(struct op_case *c, const char *key, int64_t value);
void op_set_number(struct op_case *c, const char *key, double value);
void op_set_word(struct op_case *c, const char *key, const char *word);
void op_set_tensor(struct op_case *c, const char *key, const double *values,
                   uint64_t count);
/* Likewise, row-major [rows, columns]. */
void op_set_matrix(struct op_case *c, const char *key, const double *values,
                   uint64_t rows, uint64_t columns);
void op_set_keys(struct op_case *c, const int64_t *keys, uint64_t count);
void op_set_strings(struct op_case *c, const char *key, const struct roost_text *texts,
                    uint32_t count);
void op_set_layers(struct op_case *c, const struct eng_layer *layers, uint32_t count);
/* A tensor of doubles, [rows] when columns is 0. */
struct eng_tensor op_tensor(const double *values, uint64_t rows, uint64_t columns);
void op_set_forest(struct op_case *c, const char *key, struct eng_forest *forest);

roost_status op_make(struct op_case *c);
roost_status op_run(struct op_case *c, uint32_t rows);
/* op_make must refuse with this status and a text that holds `part`. */
void op_refused(struct op_case *c, roost_status status, const char *part);
/* Row r of an output of ids is exactly these. */
void op_row_is(const struct op_case *c, uint32_t r, uint32_t count, const uint64_t *ids);
void op_done(struct op_case *c);

/* A text of a C string; NULL: missing. */
struct roost_text op_say(const char *text);

#endif
