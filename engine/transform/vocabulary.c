/* SPDX-License-Identifier: MIT
 * vocabulary.c - a category becomes its index in a list of known values. What the list
 * does not hold is skipped, counted as one more value, or refused, as the model says.
 * Before it: features; after it: one_hot, concat, forest, linear. */
#include "engine/base/error.h"
#include "engine/base/names.h"
#include "engine/base/utf8.h"
#include "engine/transform/args.h"
#include "engine/transform/id.h"
#include "engine/transform/ops.h"
#include "engine/transform/value.h"

#include <stdlib.h>
#include <string.h>

enum unknown { SKIP, LAST, ERROR };

/* Bytes of a value that a message quotes: a client's value may be as long as its body. */
enum { SHOWN = 64 };

struct vocabulary {
    struct eng_names *values;
    uint32_t n;
    enum unknown unknown;
    enum eng_kind kind;
};

static void vocabulary_free(void *state)
{
    struct vocabulary *self = state;
    if (self == NULL)
        return;
    eng_names_free(self->values);
    free(self);
}

static roost_status read_unknown(struct vocabulary *self, const struct eng_op_args *args,
                                 struct roost_error *err)
{
    static const char *const words[] = {
        [SKIP] = "skip", [LAST] = "last", [ERROR] = "error"};
    const struct eng_param *param = eng_op_arg(args, "unknown");
    if (param == NULL)
        return ROOST_OK;
    for (int i = SKIP; i <= ERROR; i++) {
        if (strcmp(param->word, words[i]) == 0) {
            self->unknown = (enum unknown)i;
            return ROOST_OK;
        }
    }
    return eng_fail(err, ROOST_VALUE, args->name, 0,
                    "'unknown' is '%s'; it must be skip, last or error", param->word);
}

static roost_status read_values(struct vocabulary *self, const struct eng_op_args *args,
                                struct roost_error *err)
{
    const struct eng_param *param = eng_op_arg(args, "values");
    if (param == NULL || param->count == 0)
        return eng_fail(err, ROOST_VALUE, args->name, 0, "'values' is empty");
    if (param->count > INT32_MAX - 1)
        return eng_fail(err, ROOST_VALUE, args->name, 0, "'values' has too many entries");
    self->n = param->count;
    self->values = eng_names_new(param->count);
    if (self->values == NULL)
        return eng_fail(err, ROOST_NOMEM, args->name, 0, "out of memory");
    for (uint32_t i = 0; i < param->count; i++) {
        const struct roost_text *text = &param->strings[i];
        int32_t index = eng_names_add(self->values, text->at, text->size);
        if (index == -2)
            return eng_fail(err, ROOST_VALUE, args->name, i,
                            "'values' holds '%.*s' twice (again at index %u)",
                            (int)eng_utf8_cut(text->at, text->size, SHOWN), text->at, i);
        if (index < 0)
            return eng_fail(err, ROOST_NOMEM, args->name, i, "out of memory");
    }
    return ROOST_OK;
}

static roost_status vocabulary_make(const struct eng_op_args *args, struct eng_shape *out,
                                    void **state, size_t *bytes, struct roost_error *err)
{
    roost_status status = eng_arg_kind(args, 0, ENG_IS_TEXT | ENG_IS_INTEGER, err);
    if (status != ROOST_OK)
        return status;
    struct vocabulary *self = calloc(1, sizeof *self);
    if (self == NULL)
        return eng_fail(err, ROOST_NOMEM, args->name, 0, "out of memory");
    self->kind = args->inputs[0].kind;
    status = read_unknown(self, args, err);
    if (status == ROOST_OK)
        status = read_values(self, args, err);
    if (status != ROOST_OK) {
        vocabulary_free(self);
        return status;
    }
    *out = (struct eng_shape){.kind = ENG_IDS,
                              .width = 1,
                              .bound = (uint64_t)self->n + (self->unknown == LAST),
                              .entries = 1};
    *state = self;
    *bytes = sizeof *self + eng_names_bytes(self->values);
    return ROOST_OK;
}

/* The row's value as text (an integer in decimal); at == NULL when it is missing. */
static struct roost_text text_of(const struct vocabulary *self,
                                 const struct eng_value *in, uint32_t row,
                                 char decimal[ENG_DECIMAL_MAX])
{
    if (self->kind == ENG_TEXT)
        return in->text[row];
    if (!eng_has_integer(in, row))
        return (struct roost_text){NULL, 0};
    size_t size = eng_decimal(in->integer[row], decimal);
    return (struct roost_text){decimal, (uint32_t)size};
}

static roost_status vocabulary_run(const void *state, const struct eng_block *block,
                                   const struct eng_value *const *in,
                                   struct eng_value *out, struct roost_error *err)
{
    const struct vocabulary *self = state;
    char decimal[ENG_DECIMAL_MAX];
    uint32_t used = 0;
    out->start[0] = 0;
    for (uint32_t r = 0; r < block->n; r++) {
        struct roost_text text = text_of(self, in[0], eng_row(in[0], r), decimal);
        int32_t index =
            text.at == NULL ? -1 : eng_names_find(self->values, text.at, text.size);
        if (index >= 0)
            eng_put_id(out, &used, (uint64_t)index, 1);
        else if (text.at != NULL && self->unknown == LAST)
            eng_put_id(out, &used, self->n, 1);
        else if (text.at != NULL && self->unknown == ERROR)
            /* Other inputs may share this state, so that only the plan can name ours. */
            return eng_fail(err, ROOST_VALUE, NULL, (uint64_t)block->first + r,
                            "'%.*s' is not one of the model's values",
                            (int)eng_utf8_cut(text.at, text.size, SHOWN), text.at);
        out->start[r + 1] = used;
    }
    return ROOST_OK;
}

static const struct eng_param_spec params[] = {
    {"values", ENG_PARAM_STRINGS, 1, NULL,
     "the known values, each once: a list, or the name of a file with one a line"},
    {"unknown", ENG_PARAM_WORD, 0, "skip|last|error",
     "a value not listed: yields nothing (default), is one more index, or fails the row"},
    {NULL, ENG_PARAM_INT, 0, NULL, NULL},
};

const struct eng_op eng_op_vocabulary = {
    .name = "vocabulary",
    .role = ENG_TRANSFORM,
    .min_inputs = 1,
    .max_inputs = 1,
    .params = params,
    .help = "string or discrete -> index",
    .make = vocabulary_make,
    .free = vocabulary_free,
    .run = vocabulary_run,
};
