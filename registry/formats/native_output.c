/* SPDX-License-Identifier: MIT
 * native_output.c - the outputs of model.yaml: which predictor or calibration each shows,
 * as which type, under which labels. The last step before the builder finishes; encoders
 * name outputs as they are named here. */
#include <string.h>

#include "engine/base/error.h"
#include "registry/formats/native.h"

/* Their names are compared one by one, which this many bear. */
enum { OUTPUTS_MAX = 4096 };

/* How many labels fit is known to the builder, which knows the score's width. */
static roost_status read_labels(struct reg_native *native,
                                const struct reg_yaml_node *list,
                                struct eng_output_spec *spec, struct roost_error *err)
{
    const struct reg_yaml *yaml = &native->yaml;
    if (list->kind != REG_YAML_LIST || list->count == 0)
        return reg_yaml_fail(yaml, list, err, ROOST_FORMAT,
                             "labels must be a list of texts");
    const char **labels = eng_arena_take(&native->arena, list->count * sizeof *labels,
                                         _Alignof(const char *));
    if (!labels)
        return reg_yaml_fail(yaml, list, err, ROOST_NOMEM, "out of memory");
    uint32_t n = 0;
    for (const struct reg_yaml_node *at = reg_yaml_first(yaml, list); at;
         at = reg_yaml_next(yaml, at)) {
        if (at->kind != REG_YAML_SCALAR)
            return reg_yaml_fail(yaml, at, err, ROOST_FORMAT, "a label must be a text");
        labels[n++] = at->text;
    }
    spec->labels = labels;
    spec->label_count = n;
    return ROOST_OK;
}

static roost_status read_type(const struct reg_yaml *yaml,
                              const struct reg_yaml_node *node, enum roost_type *type,
                              struct roost_error *err)
{
    static const enum roost_type types[] = {ROOST_F32, ROOST_F64, ROOST_I32, ROOST_I64};
    uint32_t word = 0;
    roost_status status =
        reg_yaml_word(yaml, node, "f32|f64|i32|i64", "type", &word, err);
    *type = types[word];
    return status;
}

/* What an output shows when it does not say: of one predictor the last word, of several
 * the one of its own name. */
static roost_status find_from(struct reg_native *native, const struct reg_yaml_node *key,
                              struct reg_native_head **out, struct roost_error *err)
{
    const struct reg_yaml_node *from =
        reg_yaml_get(&native->yaml, reg_yaml_value(&native->yaml, key), "from");
    *out = &native->head[native->heads - 1];
    if (!from && !native->many)
        return ROOST_OK;
    return reg_native_head(native, from ? from : key, out, err);
}

static roost_status add_output(struct reg_native *native,
                               const struct reg_yaml_node *place,
                               struct reg_native_head *head, struct eng_output_spec *spec,
                               struct roost_error *err)
{
    head->used = 1;
    spec->value = head->value;
    roost_status status = eng_builder_output(native->builder, spec, err);
    eng_arena_reset(&native->arena, 1 << 20);
    return status ? reg_native_wrap(native, place, spec->name, status, err) : ROOST_OK;
}

static roost_status read_output(struct reg_native *native,
                                const struct reg_yaml_node *key, struct roost_error *err)
{
    const struct reg_yaml *yaml = &native->yaml;
    const struct reg_yaml_node *map = reg_yaml_value(yaml, key);
    struct eng_output_spec spec = {.name = key->text, .type = ROOST_F32};
    roost_status status = reg_yaml_name(yaml, key, "an output", err);
    if (!status)
        status = reg_yaml_keys(yaml, map, "from|labels|type", "an output", err);
    struct reg_native_head *head = NULL;
    if (!status)
        status = find_from(native, key, &head, err);
    if (status)
        return status;
    const struct reg_yaml_node *labels = reg_yaml_get(yaml, map, "labels");
    const struct reg_yaml_node *type = reg_yaml_get(yaml, map, "type");
    if (type)
        status = read_type(yaml, type, &spec.type, err);
    if (!status && labels)
        status = read_labels(native, labels, &spec, err);
    return status ? status : add_output(native, key, head, &spec, err);
}

/* Without `outputs`: `score` of the one predictor; of several, whatever no calibration
 * takes, under its own name. */
static roost_status add_defaults(struct reg_native *native, struct roost_error *err)
{
    roost_status status = ROOST_OK;
    if (!native->many) {
        struct reg_native_head *last = &native->head[native->heads - 1];
        struct eng_output_spec spec = {.name = "score", .type = ROOST_F32};
        return add_output(native, last->key, last, &spec, err);
    }
    for (uint32_t i = 0; i < native->heads && !status; i++) {
        struct reg_native_head *head = &native->head[i];
        struct eng_output_spec spec = {.name = head->key->text, .type = ROOST_F32};
        if (!head->used)
            status = add_output(native, head->key, head, &spec, err);
    }
    return status;
}

roost_status reg_native_outputs(struct reg_native *native, struct roost_error *err)
{
    const struct reg_yaml *yaml = &native->yaml;
    const struct reg_yaml_node *outputs =
        reg_yaml_get(yaml, reg_yaml_root(yaml), "outputs");
    if (!outputs)
        return add_defaults(native, err);
    if (outputs->kind != REG_YAML_MAP || !outputs->count)
        return reg_yaml_fail(yaml, outputs, err, ROOST_FORMAT,
                             "outputs must be a map of at least one output");
    if (outputs->count > OUTPUTS_MAX)
        return reg_yaml_fail(yaml, outputs, err, ROOST_LIMIT, "more than %d outputs",
                             OUTPUTS_MAX);
    roost_status status = ROOST_OK;
    for (const struct reg_yaml_node *key = reg_yaml_first(yaml, outputs); key && !status;
         key = reg_yaml_next_pair(yaml, key))
        status = read_output(native, key, err);
    /* A score that nobody sees is mostly a forgotten output. */
    for (uint32_t i = 0; i < native->heads && !status; i++)
        if (!native->head[i].used)
            status = reg_yaml_fail(yaml, native->head[i].key, err, ROOST_FORMAT,
                                   "'%.60s' feeds no output: add one, or leave it out",
                                   native->head[i].key->text);
    return status;
}
