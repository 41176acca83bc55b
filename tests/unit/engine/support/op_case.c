/* SPDX-License-Identifier: MIT
 * op_case.c - see op_case.h. Does by hand what a plan does for a node: shapes in, state,
 * buffers of the output by its shape, scratch of the size asked for. */
#include "tests/unit/engine/support/op_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void op_case(struct op_case *c, const char *op)
{
    memset(c, 0, sizeof *c);
    c->op = eng_op_find(op, strlen(op));
    assert_non_null(c->op);
    c->args.name = "node";
    c->args.input_names = c->names;
    c->args.inputs = c->shapes;
    c->args.params = c->params;
}

static struct eng_value *add_input(struct op_case *c, const char *name,
                                   struct eng_shape shape)
{
    uint32_t i = c->args.n_inputs++;
    assert_in_range(i, 0, OP_INPUTS - 1);
    c->names[i] = name;
    c->shapes[i] = shape;
    return &c->in[i];
}

/* The engine's inputs are read only, whatever their declaration says. */
static void *borrowed(const void *data)
{
    union {
        const void *from;
        void *to;
    } u = {.from = data};
    return u.to;
}

struct eng_value *op_number(struct op_case *c, const char *name, const double *values)
{
    struct eng_shape shape = {.kind = ENG_NUMBER, .width = 1};
    struct eng_value *in = add_input(c, name, shape);
    in->number = borrowed(values);
    return in;
}

struct eng_value *op_integer(struct op_case *c, const char *name, const int64_t *values,
                             const uint8_t *present)
{
    struct eng_shape shape = {.kind = ENG_INTEGER, .width = 1};
    struct eng_value *in = add_input(c, name, shape);
    in->integer = borrowed(values);
    in->present = borrowed(present);
    return in;
}

struct eng_value *op_text(struct op_case *c, const char *name,
                          const struct roost_text *texts)
{
    struct eng_shape shape = {.kind = ENG_TEXT, .width = 1};
    struct eng_value *in = add_input(c, name, shape);
    in->text = borrowed(texts);
    return in;
}

struct eng_value *op_texts(struct op_case *c, const char *name, const uint32_t *start,
                           const struct roost_text *texts)
{
    struct eng_shape shape = {.kind = ENG_TEXTS, .width = 1};
    struct eng_value *in = add_input(c, name, shape);
    in->start = borrowed(start);
    in->text = borrowed(texts);
    return in;
}

struct eng_value *op_ids(struct op_case *c, const char *name, uint64_t bound,
                         uint32_t entries, const uint32_t *start, const uint64_t *ids,
                         const float *amount)
{
    struct eng_shape shape = {.kind = ENG_IDS,
                              .width = 1,
                              .bound = bound,
                              .entries = entries,
                              .weighted = amount != NULL};
    struct eng_value *in = add_input(c, name, shape);
    in->start = borrowed(start);
    in->id = borrowed(ids);
    in->amount = borrowed(amount);
    return in;
}

struct eng_value *op_dense(struct op_case *c, const char *name, uint32_t width,
                           const float *values)
{
    struct eng_shape shape = {.kind = ENG_DENSE, .width = width};
    struct eng_value *in = add_input(c, name, shape);
    in->f32 = borrowed(values);
    return in;
}

struct eng_value *op_dense64(struct op_case *c, const char *name, uint32_t width,
                             const double *values)
{
    struct eng_shape shape = {.kind = ENG_DENSE64, .width = width};
    struct eng_value *in = add_input(c, name, shape);
    in->f64 = borrowed(values);
    return in;
}

static struct eng_param *add_param(struct op_case *c, const char *key,
                                   enum eng_param_type type)
{
    uint32_t i = c->args.n_params++;
    assert_in_range(i, 0, OP_PARAMS - 1);
    c->params[i].key = key;
    c->params[i].type = type;
    return &c->params[i];
}

void op_set_int(struct op_case *c, const char *key, int64_t value)
{
    add_param(c, key, ENG_PARAM_INT)->integer = value;
}

void op_set_number(struct op_case *c, const char *key, double value)
{
    add_param(c, key, ENG_PARAM_NUMBER)->number = value;
}

void op_set_word(struct op_case *c, const char *key, const char *word)
{
    add_param(c, key, ENG_PARAM_WORD)->word = word;
}

struct eng_tensor op_tensor(const double *values, uint64_t rows, uint64_t columns)
{
    return (struct eng_tensor){.dtype = ENG_DT_F64,
                               .rank = columns ? 2 : 1,
                               .dim = {rows, columns},
                               .count = rows * (columns ? columns : 1),
                               .data = values};
}

void op_set_tensor(struct op_case *c, const char *key, const double *values,
                   uint64_t count)
{
    add_param(c, key, ENG_PARAM_TENSOR)->tensor = op_tensor(values, count, 0);
}

void op_set_matrix(struct op_case *c, const char *key, const double *values,
                   uint64_t rows, uint64_t columns)
{
    add_param(c, key, ENG_PARAM_TENSOR)->tensor = op_tensor(values, rows, columns);
}

void op_set_keys(struct op_case *c, const int64_t *keys, uint64_t count)
{
    struct eng_tensor *tensor = &add_param(c, "keys", ENG_PARAM_TENSOR)->tensor;
    *tensor = op_tensor((const double *)(const void *)keys, count, 0);
    tensor->dtype = ENG_DT_I64;
}

void op_set_layers(struct op_case *c, const struct eng_layer *layers, uint32_t count)
{
    struct eng_param *param = add_param(c, "layers", ENG_PARAM_LAYERS);
    param->layers = layers;
    param->count = count;
}

void op_set_strings(struct op_case *c, const char *key, const struct roost_text *texts,
                    uint32_t count)
{
    struct eng_param *param = add_param(c, key, ENG_PARAM_STRINGS);
    param->strings = texts;
    param->count = count;
}

void op_set_forest(struct op_case *c, const char *key, struct eng_forest *forest)
{
    add_param(c, key, ENG_PARAM_FOREST)->forest = forest;
}

roost_status op_make(struct op_case *c)
{
    return c->op->make(&c->args, &c->shape, &c->state, &c->bytes, &c->err);
}

void op_refused(struct op_case *c, roost_status status, const char *part)
{
    assert_int_equal(op_make(c), status);
    assert_int_equal(c->err.status, status);
    assert_string_equal(c->err.where, "node");
    if (strstr(c->err.text, part) == NULL)
        fail_msg("'%s' does not hold '%s'", c->err.text, part);
    assert_null(c->state);
}

/* Entries that an output of ids may have: by its shape, or the product of the inputs'. */
static uint32_t capacity(const struct op_case *c, uint32_t rows)
{
    uint64_t total = 0;
    if (c->shape.entries > 0)
        return rows * c->shape.entries;
    for (uint32_t r = 0; r < rows; r++) {
        uint64_t product = 1;
        for (uint32_t i = 0; i < c->args.n_inputs; i++) {
            const struct eng_value *in = &c->in[i];
            uint32_t row = eng_row(in, r);
            if (in->start != NULL)
                product *= in->start[row + 1] - in->start[row];
        }
        total += product;
    }
    return (uint32_t)total;
}

static void drop_output(struct op_case *c)
{
    free(c->out.number);
    free(c->out.start);
    free(c->out.id);
    free(c->out.amount);
    free(c->out.f32);
    free(c->out.f64);
    free(c->scratch);
    memset(&c->out, 0, sizeof c->out);
    c->scratch = NULL;
}

static void make_output(struct op_case *c, uint32_t rows)
{
    size_t values = (size_t)rows * c->shape.width;
    struct eng_value *out = &c->out;
    out->n = rows;
    if (c->shape.kind == ENG_NUMBER)
        out->number = malloc(rows * sizeof(double));
    if (c->shape.kind == ENG_DENSE)
        out->f32 = malloc(values * sizeof(float));
    if (c->shape.kind == ENG_DENSE64)
        out->f64 = malloc(values * sizeof(double));
    if (c->shape.kind == ENG_IDS) {
        out->capacity = capacity(c, rows);
        out->start = malloc(((size_t)rows + 1) * sizeof(uint32_t));
        out->id = malloc(out->capacity * sizeof(uint64_t));
        if (c->shape.weighted)
            out->amount = malloc(out->capacity * sizeof(float));
    }
}

roost_status op_run(struct op_case *c, uint32_t rows)
{
    const struct eng_value *in[OP_INPUTS];
    for (uint32_t i = 0; i < OP_INPUTS; i++) {
        c->in[i].n = c->in[i].common ? 1 : rows;
        in[i] = &c->in[i];
    }
    drop_output(c);
    make_output(c, rows);
    size_t scratch = c->op->scratch == NULL ? 0 : c->op->scratch(c->state, rows);
    assert_int_equal(posix_memalign(&c->scratch, 64, scratch), 0);
    struct eng_block block = {.n = rows, .first = c->first, .scratch = c->scratch};
    return c->op->run(c->state, &block, in, &c->out, &c->err);
}

void op_row_is(const struct op_case *c, uint32_t r, uint32_t count, const uint64_t *ids)
{
    const uint32_t *start = c->out.start;
    assert_int_equal(start[r + 1] - start[r], count);
    for (uint32_t i = 0; i < count; i++)
        assert_true(c->out.id[start[r] + i] == ids[i]);
}

void op_done(struct op_case *c)
{
    drop_output(c);
    if (c->state != NULL)
        c->op->free(c->state);
    memset(c, 0, sizeof *c);
}

struct roost_text op_say(const char *text)
{
    struct roost_text said = {text, text == NULL ? 0 : (uint32_t)strlen(text)};
    return said;
}
