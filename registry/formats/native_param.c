/* SPDX-License-Identifier: MIT
 * native_param.c - a node's parameters, read by its operator's own table: which keys
 * there are, of what type, which must be given. An operator added to the engine is known
 * here without an edit. Everything lies in the arena until the builder has copied it. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/error.h"
#include "registry/formats/native.h"
#include "registry/formats/suggest.h"

enum { KEYS_ROOM = 512 };

/* What one parameter is read with. */
struct context {
    struct reg_native *native;
    const struct reg_yaml_node *value;
    const struct eng_param_spec *spec;
    uint32_t width; /* values a row of the node's inputs, for forests */
};

static void *take(const struct context *context, uint64_t count, size_t size)
{
    /* count comes from elements that are there, so the product stays small. */
    return eng_arena_take(&context->native->arena, (size_t)count * size, 16);
}

static roost_status fail(const struct context *context, struct roost_error *err,
                         roost_status status, const char *text)
{
    return reg_yaml_fail(&context->native->yaml, context->value, err, status, "%s %s",
                         context->spec->key, text);
}

/* -- Tensors ------------------------------------------------------------------------- */

static int is_integer(const struct reg_yaml_node *node, int64_t *out)
{
    return node->kind == REG_YAML_SCALAR && !node->quoted &&
           !reg_integer(node->text, node->size, out);
}

/* Numbers written in the file: whole ones stay 64-bit integers, since keys need all their
 * bits; with one that is not, all are doubles. */
static roost_status inline_tensor(const struct context *context,
                                  const struct reg_yaml_node *first, uint32_t count,
                                  struct eng_tensor *out, struct roost_error *err)
{
    const struct reg_yaml *yaml = &context->native->yaml;
    int64_t *whole = take(context, count, sizeof *whole);
    double *real = take(context, count, sizeof *real);
    if (!whole || !real)
        return fail(context, err, ROOST_NOMEM, "needs memory that is not there");
    int all_whole = 1;
    uint32_t n = 0;
    for (const struct reg_yaml_node *at = first; at && n < count;
         at = reg_yaml_next(yaml, at), n++) {
        all_whole = all_whole && is_integer(at, &whole[n]);
        roost_status status =
            reg_yaml_number(yaml, at, context->spec->key, &real[n], err);
        if (status)
            return status;
    }
    out->dtype = all_whole ? ENG_DT_I64 : ENG_DT_F64;
    out->rank = 1;
    out->dim[0] = count;
    out->count = count;
    out->data = all_whole ? (const void *)whole : (const void *)real;
    return ROOST_OK;
}

/* MISSING rather than FORMAT: the file may be right and the weights the wrong ones. */
static roost_status fail_tensor(const struct context *context, struct roost_error *err)
{
    const struct reg_tensors *tensors = &context->native->tensors;
    const struct reg_yaml_node *value = context->value;
    struct reg_suggest close;
    reg_suggest_init(&close, value->text, value->size);
    for (uint32_t i = 0; i < tensors->count && i < 1000; i++)
        reg_suggest_try(&close, tensors->tensor[i].name, tensors->tensor[i].name_size);
    if (close.best)
        return reg_yaml_fail(&context->native->yaml, value, err, ROOST_MISSING,
                             "weights.safetensors has no tensor '%.60s'; did you mean "
                             "'%.*s'?",
                             value->text, (int)close.best_size, close.best);
    return reg_yaml_fail(&context->native->yaml, value, err, ROOST_MISSING,
                         "weights.safetensors has no tensor '%.60s'", value->text);
}

/* A plain number is a tensor of one value; quotes make it a name, should a tensor really
 * be called "1". */
static roost_status read_tensor(const struct context *context, struct eng_tensor *out,
                                struct roost_error *err)
{
    const struct reg_yaml_node *value = context->value;
    double number;
    if (value->kind == REG_YAML_MAP)
        return fail(context, err, ROOST_FORMAT,
                    "must be a tensor's name, a number or a list of numbers");
    if (value->kind == REG_YAML_LIST)
        return value->count
                   ? inline_tensor(context, reg_yaml_first(&context->native->yaml, value),
                                   value->count, out, err)
                   : fail(context, err, ROOST_SHAPE, "is an empty list");
    if (!value->quoted && !reg_number(value->text, value->size, &number))
        return inline_tensor(context, value, 1, out, err);
    const struct eng_tensor *found =
        reg_tensors_take(&context->native->tensors, value->text, value->size);
    if (!found)
        return fail_tensor(context, err);
    *out = *found;
    return ROOST_OK;
}

/* -- Strings ------------------------------------------------------------------------- */

/* Numbers are texts here: a vocabulary of codes needs no quotes. */
static roost_status listed_strings(const struct context *context, struct eng_param *out,
                                   struct roost_error *err)
{
    const struct reg_yaml *yaml = &context->native->yaml;
    struct roost_text *text = take(context, context->value->count, sizeof *text);
    if (!text)
        return fail(context, err, ROOST_NOMEM, "needs memory that is not there");
    for (const struct reg_yaml_node *at = reg_yaml_first(yaml, context->value); at;
         at = reg_yaml_next(yaml, at)) {
        if (at->kind != REG_YAML_SCALAR)
            return reg_yaml_fail(yaml, at, err, ROOST_FORMAT,
                                 "%s must be a list of texts", context->spec->key);
        text[out->count++] = (struct roost_text){at->text, at->size};
    }
    out->strings = text;
    return ROOST_OK;
}

/* One a line; a carriage return before the line's end is not part of it. */
static roost_status file_strings(const struct context *context,
                                 const struct reg_file *file, struct eng_param *out,
                                 struct roost_error *err)
{
    const char *at = (const char *)file->data, *end = at + file->size;
    if (!reg_utf8_valid(at, file->size) || file->size > UINT32_MAX)
        return eng_fail(err, ROOST_FORMAT, file->name, 0,
                        "the file is not UTF-8 text, or it holds a NUL");
    uint32_t lines = 0;
    for (const char *c = at; c < end; c++)
        lines += *c == '\n' || c + 1 == end;
    struct roost_text *text = take(context, lines, sizeof *text);
    if (!text)
        return fail(context, err, ROOST_NOMEM, "needs memory that is not there");
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        const char *next = stop ? stop + 1 : end;
        stop = stop ? stop : end;
        if (stop > at && stop[-1] == '\r')
            stop--;
        text[out->count++] = (struct roost_text){at, (uint32_t)(stop - at)};
        at = next;
    }
    out->strings = text;
    return ROOST_OK;
}

static roost_status read_strings(const struct context *context, struct eng_param *out,
                                 struct roost_error *err)
{
    const struct reg_yaml *yaml = &context->native->yaml;
    const struct reg_yaml_node *value = context->value;
    if (value->kind == REG_YAML_LIST)
        return listed_strings(context, out, err);
    if (value->kind != REG_YAML_MAP)
        return fail(context, err, ROOST_FORMAT, "must be a list, or {file: NAME}");
    roost_status status = reg_yaml_keys(yaml, value, "file", context->spec->key, err);
    if (status)
        return status;
    const struct reg_yaml_node *name = reg_yaml_get(yaml, value, "file");
    status = reg_yaml_name(yaml, name ? name : value, "file", err);
    if (status)
        return status;
    assert(name); /* a map without `file` is no name */
    const struct reg_file *file = reg_files_find(context->native->files, name->text);
    if (!file)
        return reg_yaml_fail(yaml, name, err, ROOST_MISSING,
                             "there is no file '%.60s' beside model.yaml", name->text);
    return file_strings(context, file, out, err);
}

/* -- The others ---------------------------------------------------------------------- */

static roost_status read_word(const struct context *context, struct eng_param *out,
                              struct roost_error *err)
{
    uint32_t index = 0;
    roost_status status =
        reg_yaml_word(&context->native->yaml, context->value, context->spec->words,
                      context->spec->key, &index, err);
    out->word = context->value->text; /* equal to the word of the table */
    return status;
}

/* -- Layers -------------------------------------------------------------------------- */

/* One tensor of a layer. None when the key is absent, unless it must be there. */
static roost_status layer_tensor(const struct context *context,
                                 const struct reg_yaml_node *map, const char *key,
                                 int required, struct eng_tensor *out,
                                 struct roost_error *err)
{
    const struct eng_param_spec spec = {.key = key, .type = ENG_PARAM_TENSOR};
    const struct context part = {.native = context->native,
                                 .value = reg_yaml_get(&context->native->yaml, map, key),
                                 .spec = &spec};
    if (part.value)
        return read_tensor(&part, out, err);
    return required ? reg_yaml_fail(&context->native->yaml, map, err, ROOST_FORMAT,
                                    "a layer needs '%s' (a tensor)", key)
                    : ROOST_OK;
}

static roost_status read_layer(const struct context *context,
                               const struct reg_yaml_node *map, struct eng_layer *out,
                               struct roost_error *err)
{
    const struct reg_yaml *yaml = &context->native->yaml;
    roost_status status =
        reg_yaml_keys(yaml, map, "weights|bias|activation", "a layer", err);
    if (!status)
        status = layer_tensor(context, map, "weights", 1, &out->weights, err);
    if (!status)
        status = layer_tensor(context, map, "bias", 0, &out->bias, err);
    const struct reg_yaml_node *word =
        status ? NULL : reg_yaml_get(yaml, map, "activation");
    uint32_t index = 0;
    if (word)
        status =
            reg_yaml_word(yaml, word, context->spec->words, "activation", &index, err);
    if (word && !status)
        out->activation = word->text; /* equal to the word of the table */
    return status;
}

/* A list of maps. That the sizes fit each other is the operator's business. */
static roost_status read_layers(const struct context *context, struct eng_param *out,
                                struct roost_error *err)
{
    const struct reg_yaml *yaml = &context->native->yaml;
    const struct reg_yaml_node *list = context->value;
    if (list->kind != REG_YAML_LIST || !list->count)
        return fail(context, err, ROOST_FORMAT, "must be a list of layers");
    struct eng_layer *layer = take(context, list->count, sizeof *layer);
    if (!layer)
        return fail(context, err, ROOST_NOMEM, "needs memory that is not there");
    memset(layer, 0, list->count * sizeof *layer);
    out->layers = layer;
    roost_status status = ROOST_OK;
    for (const struct reg_yaml_node *at = reg_yaml_first(yaml, list); at && !status;
         at = reg_yaml_next(yaml, at))
        status = read_layer(context, at, &layer[out->count++], err);
    return status;
}

/* One parameter by its type. What its values may be is checked by the operator. */
static roost_status read_one(const struct context *context, struct eng_param *out,
                             struct roost_error *err)
{
    const struct reg_yaml *yaml = &context->native->yaml;
    const struct reg_yaml_node *value = context->value;
    const char *key = context->spec->key;
    const struct reg_native_forest *forest = NULL;
    roost_status status = ROOST_OK;
    int flag = 0;
    out->key = key;
    out->type = context->spec->type;
    switch (context->spec->type) {
    case ENG_PARAM_INT:
        return reg_yaml_integer(yaml, value, key, &out->integer, err);
    case ENG_PARAM_NUMBER:
        return reg_yaml_number(yaml, value, key, &out->number, err);
    case ENG_PARAM_BOOL:
        status = reg_yaml_bool(yaml, value, key, &flag, err);
        out->integer = flag;
        return status;
    case ENG_PARAM_WORD:
        return read_word(context, out, err);
    case ENG_PARAM_TENSOR:
        return read_tensor(context, &out->tensor, err);
    case ENG_PARAM_STRINGS:
        return read_strings(context, out, err);
    case ENG_PARAM_LAYERS:
        return read_layers(context, out, err);
    default: /* ENG_PARAM_FOREST */
        status = reg_native_forest(context->native, value, context->width, &forest, err);
        out->forest = forest ? forest->forest.forest : NULL;
        return status;
    }
}

/* Values a row of the inputs together: what a forest made of tensors indexes. */
static uint32_t total_width(const struct reg_native *native, const uint32_t *inputs,
                            uint32_t count)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < count; i++)
        total += eng_builder_shape(native->builder, inputs[i])->width;
    return total < UINT32_MAX ? (uint32_t)total : UINT32_MAX;
}

/* A forest out of a foreign file brings its base scores and link along, for an operator
 * that takes them, unless model.yaml gives its own. */
static void add_defaults(const struct reg_native *native, const struct reg_yaml_node *map,
                         const struct eng_op *op, struct eng_param *params,
                         uint32_t *count)
{
    const struct reg_native_forest *forest = NULL;
    for (uint32_t i = 0; i < *count; i++)
        for (uint32_t j = 0; params[i].forest && j < native->forests; j++)
            if (native->forest[j].forest.forest == params[i].forest)
                forest = &native->forest[j];
    if (!forest || !forest->from_file)
        return;
    for (const struct eng_param_spec *spec = op->params; spec->key; spec++) {
        if (reg_yaml_get(&native->yaml, map, spec->key))
            continue;
        struct eng_param param = {.key = spec->key, .type = spec->type};
        if (!strcmp(spec->key, "base") && spec->type == ENG_PARAM_TENSOR) {
            uint32_t groups = eng_forest_groups(forest->forest.forest);
            param.tensor = (struct eng_tensor){.dtype = ENG_DT_F64,
                                               .rank = 1,
                                               .dim = {groups},
                                               .count = groups,
                                               .data = forest->forest.base};
            params[(*count)++] = param;
        } else if (!strcmp(spec->key, "link") && spec->type == ENG_PARAM_WORD) {
            param.word = forest->forest.link;
            params[(*count)++] = param;
        }
    }
}

/* The keys that a node of this operator may have, "op|in|a|b". */
static uint32_t list_keys(const struct eng_op *op, char keys[KEYS_ROOM])
{
    uint32_t count = 0;
    size_t used = (size_t)snprintf(keys, KEYS_ROOM, "op|in");
    for (const struct eng_param_spec *spec = op->params; spec && spec->key; spec++) {
        int n = snprintf(keys + used, KEYS_ROOM - used, "|%s", spec->key);
        used += n > 0 && (size_t)n < KEYS_ROOM - used ? (size_t)n : 0;
        count++;
    }
    return count;
}

/* The parameters stand in the order of the operator's table, not of the file, so that
 * equal nodes of two models are equal however they are written. */
roost_status reg_native_params(struct reg_native *native, const struct reg_yaml_node *map,
                               const struct eng_op *op, const uint32_t *inputs,
                               uint32_t n_inputs, struct eng_param **params,
                               uint32_t *count, struct roost_error *err)
{
    char keys[KEYS_ROOM], what[64];
    uint32_t most = list_keys(op, keys);
    (void)snprintf(what, sizeof what, "op %s", op->name);
    *count = 0;
    roost_status status = reg_yaml_keys(&native->yaml, map, keys, what, err);
    if (status)
        return status;
    *params = eng_arena_take(&native->arena, (most + 1u) * sizeof **params, 16);
    if (!*params)
        return reg_yaml_fail(&native->yaml, map, err, ROOST_NOMEM, "out of memory");
    memset(*params, 0, (most + 1u) * sizeof **params);
    struct context context = {.native = native,
                              .width = total_width(native, inputs, n_inputs)};
    for (const struct eng_param_spec *spec = op->params; spec && spec->key; spec++) {
        context.spec = spec;
        context.value = reg_yaml_get(&native->yaml, map, spec->key);
        if (!context.value && spec->required)
            return reg_yaml_fail(&native->yaml, map, err, ROOST_FORMAT,
                                 "op %s needs '%s' (%s)", op->name, spec->key,
                                 spec->help ? spec->help : "");
        if (!context.value)
            continue;
        status = read_one(&context, &(*params)[*count], err);
        if (status)
            return status;
        ++*count;
    }
    add_defaults(native, map, op, *params, count);
    return ROOST_OK;
}
