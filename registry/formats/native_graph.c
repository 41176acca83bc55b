/* SPDX-License-Identifier: MIT
 * native_graph.c - the nodes of model.yaml: which name is what, and which order the
 * transforms can be made in. The order in which they are written is free, so each waits
 * for its inputs; the walk keeps its own stack. native_head.c puts predictors on top. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/error.h"
#include "registry/formats/native.h"
#include "registry/formats/suggest.h"

enum { SUGGEST_NAMES = 2000, INPUTS_MAX = 65536 };

/* -- Names --------------------------------------------------------------------------- */

/* Add the keys of `inputs` or `transforms` to the index. */
static roost_status add_names(struct reg_native *native, const struct reg_yaml_node *map,
                              const char *what, struct roost_error *err)
{
    const struct reg_yaml *yaml = &native->yaml;
    for (const struct reg_yaml_node *key = reg_yaml_first(yaml, map); key;
         key = reg_yaml_next_pair(yaml, key)) {
        roost_status status = reg_yaml_name(yaml, key, what, err);
        if (status)
            return status;
        int32_t at = eng_names_add(native->index, key->text, key->size);
        if (at == -2)
            return reg_yaml_fail(yaml, key, err, ROOST_FORMAT,
                                 "'%.60s' is an input as well as a transform", key->text);
        if (at < 0)
            return reg_yaml_fail(yaml, key, err, ROOST_NOMEM, "out of memory");
        native->name[native->names++].key = key;
    }
    return ROOST_OK;
}

/* Among the first 2,000 names the closest is offered; more would make a wrong file slow.
 */
static roost_status fail_unknown(const struct reg_native *native,
                                 const struct reg_yaml_node *node,
                                 struct roost_error *err)
{
    struct reg_suggest close;
    reg_suggest_init(&close, node->text, node->size);
    for (uint32_t i = 0; i < native->names && i < SUGGEST_NAMES; i++)
        reg_suggest_try(&close, native->name[i].key->text, native->name[i].key->size);
    if (close.best)
        return reg_yaml_fail(&native->yaml, node, err, ROOST_FORMAT,
                             "no input or transform is called '%.60s'; did you mean "
                             "'%.*s'?",
                             node->text, (int)close.best_size, close.best);
    return reg_yaml_fail(&native->yaml, node, err, ROOST_FORMAT,
                         "no input or transform is called '%.60s'", node->text);
}

/* The name that a scalar of `in` or `context` means. */
static roost_status find_name(const struct reg_native *native,
                              const struct reg_yaml_node *node, uint32_t *out,
                              struct roost_error *err)
{
    roost_status status = reg_yaml_name(&native->yaml, node, "an input", err);
    if (status)
        return status;
    int32_t at = eng_names_find(native->index, node->text, node->size);
    if (at < 0)
        return fail_unknown(native, node, err);
    *out = (uint32_t)at;
    return ROOST_OK;
}

/* context is a hint to the plan: these features are usually given once a request. */
static roost_status mark_context(struct reg_native *native, struct roost_error *err)
{
    const struct reg_yaml *yaml = &native->yaml;
    const struct reg_yaml_node *list = reg_yaml_get(yaml, reg_yaml_root(yaml), "context");
    if (list && list->kind != REG_YAML_LIST)
        return reg_yaml_fail(yaml, list, err, ROOST_FORMAT,
                             "context must be a list of inputs");
    for (const struct reg_yaml_node *at = reg_yaml_first(yaml, list); at;
         at = reg_yaml_next(yaml, at)) {
        uint32_t index = 0;
        roost_status status = find_name(native, at, &index, err);
        if (status)
            return status;
        if (index >= native->features)
            return reg_yaml_fail(yaml, at, err, ROOST_FORMAT,
                                 "'%.60s' is a transform: context lists inputs",
                                 at->text);
        native->name[index].context = 1;
    }
    return ROOST_OK;
}

/* All names are known before the first node is made, since `in` may look ahead. Inputs
 * come first, so that an index below native->features is one. */
roost_status reg_native_index(struct reg_native *native, struct roost_error *err)
{
    const struct reg_yaml *yaml = &native->yaml;
    const struct reg_yaml_node *root = reg_yaml_root(yaml);
    const struct reg_yaml_node *inputs = reg_yaml_get(yaml, root, "inputs");
    const struct reg_yaml_node *transforms = reg_yaml_get(yaml, root, "transforms");
    if (!inputs || inputs->kind != REG_YAML_MAP || !inputs->count)
        return reg_yaml_fail(yaml, inputs ? inputs : root, err, ROOST_FORMAT,
                             "inputs must be a map of at least one input");
    if (transforms && transforms->kind != REG_YAML_MAP)
        return reg_yaml_fail(yaml, transforms, err, ROOST_FORMAT,
                             "transforms must be a map");
    uint32_t count = inputs->count + (transforms ? transforms->count : 0);
    native->index = eng_names_new(count);
    native->name = calloc(count, sizeof *native->name);
    if (!native->index || !native->name)
        return reg_yaml_fail(yaml, root, err, ROOST_NOMEM, "out of memory");
    roost_status status = add_names(native, inputs, "an input", err);
    native->features = native->names;
    if (!status)
        status = add_names(native, transforms, "a transform", err);
    return status ? status : mark_context(native, err);
}

/* -- Nodes --------------------------------------------------------------------------- */

/* An operator of another kind is a mistake worth its own words: people put predictors
 * among the transforms. */
static roost_status find_op(const struct reg_native *native,
                            const struct reg_yaml_node *key, enum eng_role role,
                            const struct eng_op **out, struct roost_error *err)
{
    static const char *const roles[] = {"a transform", "a predictor", "a calibration"};
    const struct reg_yaml *yaml = &native->yaml;
    const struct reg_yaml_node *map = reg_yaml_value(yaml, key);
    const struct reg_yaml_node *word = reg_yaml_get(yaml, map, "op");
    if (!word || word->kind != REG_YAML_SCALAR)
        return reg_yaml_fail(yaml, key, err, ROOST_FORMAT, "'%.60s' has no op",
                             key->text);
    *out = eng_op_find(word->text, word->size);
    if (*out && (*out)->role == role)
        return ROOST_OK;
    if (*out)
        return reg_yaml_fail(yaml, word, err, ROOST_FORMAT, "op '%s' is %s, not %s",
                             (*out)->name, roles[(*out)->role], roles[role]);
    uint32_t count;
    const struct eng_op *const *list = eng_op_list(&count);
    struct reg_suggest close;
    reg_suggest_init(&close, word->text, word->size);
    for (uint32_t i = 0; i < count; i++)
        reg_suggest_try(&close, list[i]->name, strlen(list[i]->name));
    if (close.best)
        return reg_yaml_fail(yaml, word, err, ROOST_FORMAT,
                             "there is no op '%.60s'; did you mean '%.*s'?", word->text,
                             (int)close.best_size, close.best);
    return reg_yaml_fail(yaml, word, err, ROOST_FORMAT,
                         "there is no op '%.60s' (docs/model-format.md lists them)",
                         word->text);
}

/* Make one node over inputs that are all made. The number of inputs is checked here, with
 * a place in the file; their kinds are the operator's own business. */
static roost_status make_node(struct reg_native *native, const struct reg_yaml_node *key,
                              const struct eng_op *op, const uint32_t *inputs,
                              uint32_t n_inputs, uint32_t *value, struct roost_error *err)
{
    const struct reg_yaml_node *map = reg_yaml_value(&native->yaml, key);
    struct eng_node_spec spec = {
        .name = key->text, .op = op, .n_inputs = n_inputs, .inputs = inputs};
    struct eng_param *params = NULL;
    assert(op);
    if (n_inputs < op->min_inputs || n_inputs > op->max_inputs)
        return reg_yaml_fail(&native->yaml, key, err, ROOST_SHAPE,
                             "'%.60s': op %s takes %u to %u inputs, not %u", key->text,
                             op->name, (unsigned)op->min_inputs, (unsigned)op->max_inputs,
                             (unsigned)n_inputs);
    roost_status status = reg_native_params(native, map, op, inputs, n_inputs, &params,
                                            &spec.n_params, err);
    if (status)
        return status;
    spec.params = params;
    status = eng_builder_node(native->builder, &spec, value, err);
    return status ? reg_native_wrap(native, key, key->text, status, err) : ROOST_OK;
}

/* `in` is a name or a list of names. Element i of it, or NULL. */
static const struct reg_yaml_node *input_at(const struct reg_yaml *yaml,
                                            const struct reg_yaml_node *in)
{
    return in && in->kind == REG_YAML_LIST ? reg_yaml_first(yaml, in) : in;
}

static const struct reg_yaml_node *input_after(const struct reg_yaml *yaml,
                                               const struct reg_yaml_node *in,
                                               const struct reg_yaml_node *at)
{
    return in->kind == REG_YAML_LIST ? reg_yaml_next(yaml, at) : NULL;
}

/* The handles of a node's inputs, in the arena; all of them are made. */
static roost_status gather_inputs(struct reg_native *native,
                                  const struct reg_yaml_node *in, uint32_t **handles,
                                  uint32_t *count, struct roost_error *err)
{
    const struct reg_yaml *yaml = &native->yaml;
    assert(in);
    uint32_t n = in->kind == REG_YAML_LIST ? in->count : 1;
    *count = 0;
    if (n > INPUTS_MAX)
        return reg_yaml_fail(yaml, in, err, ROOST_LIMIT, "more than %d inputs",
                             INPUTS_MAX);
    *handles = eng_arena_take(&native->arena, n * sizeof **handles, _Alignof(uint32_t));
    if (!*handles)
        return reg_yaml_fail(yaml, in, err, ROOST_NOMEM, "out of memory");
    for (const struct reg_yaml_node *at = input_at(yaml, in); at;
         at = input_after(yaml, in, at)) {
        uint32_t index = 0;
        roost_status status = find_name(native, at, &index, err);
        if (status)
            return status;
        (*handles)[(*count)++] = native->name[index].handle;
    }
    return ROOST_OK;
}

roost_status reg_native_make(struct reg_native *native, const struct reg_yaml_node *key,
                             enum eng_role role, const uint32_t *input, uint32_t *value,
                             struct roost_error *err)
{
    const struct reg_yaml_node *map = reg_yaml_value(&native->yaml, key);
    const struct reg_yaml_node *in = reg_yaml_get(&native->yaml, map, "in");
    const struct eng_op *op = NULL;
    uint32_t *named = NULL, count = 1;
    roost_status status = find_op(native, key, role, &op, err);
    if (!status && !input && !in)
        status = reg_yaml_fail(&native->yaml, key, err, ROOST_FORMAT,
                               "'%.60s' has no inputs: add 'in'", key->text);
    if (!status && !input) {
        status = gather_inputs(native, in, &named, &count, err);
        input = named;
    }
    if (!status)
        status = make_node(native, key, op, input, count, value, err);
    eng_arena_reset(&native->arena, 1 << 20);
    return status;
}

/* -- Order --------------------------------------------------------------------------- */

static roost_status fail_cycle(const struct reg_native *native, const uint32_t *stack,
                               uint32_t depth, uint32_t back, struct roost_error *err)
{
    char path[160] = "";
    size_t used = 0;
    uint32_t from = depth;
    while (from > 0 && stack[from - 1] != back)
        from--;
    for (uint32_t i = from ? from - 1 : 0; i < depth && used < 120; i++) {
        const char *name = native->name[stack[i]].key->text;
        int n = snprintf(path + used, sizeof path - used, "%.30s -> ", name);
        used += n > 0 ? (size_t)n : 0;
    }
    return reg_yaml_fail(&native->yaml, native->name[back].key, err, ROOST_FORMAT,
                         "transforms feed each other in a circle: %s%.30s", path,
                         native->name[back].key->text);
}

/* The next input of a transform that is not made yet: its index, or -1 when none is left.
 * inputs_done remembers how many were looked at, so that each is looked at once. */
static roost_status next_input(const struct reg_native *native,
                               struct reg_native_name *name,
                               const struct reg_yaml_node **at, int64_t *out,
                               struct roost_error *err)
{
    const struct reg_yaml *yaml = &native->yaml;
    const struct reg_yaml_node *in =
        reg_yaml_get(yaml, reg_yaml_value(yaml, name->key), "in");
    *at = name->inputs_done ? (*at ? input_after(yaml, in, *at) : NULL)
                            : input_at(yaml, in);
    *out = -1;
    for (; *at; *at = input_after(yaml, in, *at)) {
        uint32_t index = 0;
        name->inputs_done++;
        roost_status status = find_name(native, *at, &index, err);
        if (status)
            return status;
        if (native->name[index].state == REG_NATIVE_MADE)
            continue;
        *out = index;
        return ROOST_OK;
    }
    return ROOST_OK;
}

/* Depth first from one transform. stack and at have room for every name. */
static roost_status make_from(struct reg_native *native, uint32_t start, uint32_t *stack,
                              const struct reg_yaml_node **at, struct roost_error *err)
{
    uint32_t depth = 0;
    stack[depth] = start;
    at[depth++] = NULL;
    native->name[start].state = REG_NATIVE_UNDERWAY;
    while (depth) {
        struct reg_native_name *name = &native->name[stack[depth - 1]];
        int64_t next = -1;
        roost_status status = next_input(native, name, &at[depth - 1], &next, err);
        if (!status && next >= 0 && native->name[next].state == REG_NATIVE_UNDERWAY)
            status = fail_cycle(native, stack, depth, (uint32_t)next, err);
        if (!status && next < 0) {
            status = reg_native_make(native, name->key, ENG_TRANSFORM, NULL,
                                     &name->handle, err);
            name->state = REG_NATIVE_MADE;
            depth--;
        } else if (!status) {
            native->name[next].state = REG_NATIVE_UNDERWAY;
            stack[depth] = (uint32_t)next;
            at[depth++] = NULL;
        }
        if (status)
            return status;
    }
    return ROOST_OK;
}

/* Each transform is pushed once at most (from NEW to UNDERWAY), so the stack needs a
 * place for each name and no more. */
roost_status reg_native_transforms(struct reg_native *native, struct roost_error *err)
{
    uint32_t *stack = calloc(native->names + 1u, sizeof *stack);
    const struct reg_yaml_node **at = calloc(native->names + 1u, sizeof *at);
    roost_status status = ROOST_OK;
    if (!stack || !at)
        status = eng_fail(err, ROOST_NOMEM, native->yaml.name, 0, "out of memory");
    for (uint32_t i = native->features; i < native->names && !status; i++)
        if (native->name[i].state == REG_NATIVE_NEW)
            status = make_from(native, i, stack, at, err);
    free(stack);
    free(at);
    return status;
}
