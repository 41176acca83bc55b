/* SPDX-License-Identifier: MIT
 * native_head.c - the top of model.yaml: one predictor with its calibration, or several
 * of both by name. Comes after the transforms of native_graph.c; native_output.c then
 * says which of them a model shows. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/error.h"
#include "registry/formats/native.h"
#include "registry/formats/suggest.h"

/* Names are compared one by one, which this many bear. */
enum { HEADS_MAX = 4096 };

/* The key node of a top-level entry, whose text names the node that is made. */
static const struct reg_yaml_node *top_key(const struct reg_yaml *yaml, const char *name)
{
    const struct reg_yaml_node *at = reg_yaml_first(yaml, reg_yaml_root(yaml));
    while (at && !reg_yaml_is(at, name))
        at = reg_yaml_next_pair(yaml, at);
    return at;
}

static struct reg_native_head *find(struct reg_native *native, const char *name)
{
    for (uint32_t i = 0; i < native->heads; i++)
        if (reg_yaml_is(native->head[i].key, name))
            return &native->head[i];
    return NULL;
}

roost_status reg_native_head(struct reg_native *native, const struct reg_yaml_node *node,
                             struct reg_native_head **out, struct roost_error *err)
{
    const struct reg_yaml *yaml = &native->yaml;
    roost_status status = reg_yaml_name(yaml, node, "a predictor or calibration", err);
    if (status)
        return status;
    *out = find(native, node->text);
    if (*out)
        return ROOST_OK;
    struct reg_suggest close;
    reg_suggest_init(&close, node->text, node->size);
    for (uint32_t i = 0; i < native->heads; i++)
        reg_suggest_try(&close, native->head[i].key->text, native->head[i].key->size);
    if (close.best)
        return reg_yaml_fail(yaml, node, err, ROOST_FORMAT,
                             "no predictor or calibration is called '%.60s'; did you "
                             "mean '%.*s'?",
                             node->text, (int)close.best_size, close.best);
    return reg_yaml_fail(yaml, node, err, ROOST_FORMAT,
                         "no predictor or calibration is called '%.60s'", node->text);
}

/* Make one. input: the handle of what a calibration takes; NULL: `in` says it. */
static roost_status add_head(struct reg_native *native, const struct reg_yaml_node *key,
                             enum eng_role role, const uint32_t *input,
                             struct roost_error *err)
{
    struct reg_native_head *head = &native->head[native->heads];
    head->key = key;
    head->is_predictor = role == ENG_PREDICTOR;
    roost_status status = reg_native_make(native, key, role, input, &head->value, err);
    if (!status)
        native->heads++;
    return status;
}

/* A calibration of several takes the predictor that its `in` names. */
static roost_status add_calibration(struct reg_native *native,
                                    const struct reg_yaml_node *key,
                                    struct roost_error *err)
{
    const struct reg_yaml *yaml = &native->yaml;
    const struct reg_yaml_node *in = reg_yaml_get(yaml, reg_yaml_value(yaml, key), "in");
    if (!in)
        return reg_yaml_fail(yaml, key, err, ROOST_FORMAT,
                             "'%.60s' has no input: add 'in', a predictor's name",
                             key->text);
    struct reg_native_head *head = NULL;
    roost_status status = reg_native_head(native, in, &head, err);
    if (status)
        return status;
    if (!head->is_predictor)
        return reg_yaml_fail(yaml, in, err, ROOST_FORMAT,
                             "'%.60s' is a calibration: 'in' must be a predictor",
                             in->text);
    head->used = 1;
    const uint32_t value = head->value;
    return add_head(native, key, ENG_CALIBRATION, &value, err);
}

static roost_status add_many(struct reg_native *native, const struct reg_yaml_node *map,
                             enum eng_role role, struct roost_error *err)
{
    const struct reg_yaml *yaml = &native->yaml;
    roost_status status = ROOST_OK;
    for (const struct reg_yaml_node *key = reg_yaml_first(yaml, map); key && !status;
         key = reg_yaml_next_pair(yaml, key)) {
        status = reg_yaml_name(yaml, key, "a predictor or calibration", err);
        if (!status)
            status = role == ENG_PREDICTOR ? add_head(native, key, role, NULL, err)
                                           : add_calibration(native, key, err);
    }
    return status;
}

static roost_status make_many(struct reg_native *native,
                              const struct reg_yaml_node *predictors,
                              const struct reg_yaml_node *calibrations,
                              struct roost_error *err)
{
    const struct reg_yaml *yaml = &native->yaml;
    const struct reg_yaml_node *first = reg_yaml_value(yaml, predictors);
    const struct reg_yaml_node *second = reg_yaml_value(yaml, calibrations);
    if (first->kind != REG_YAML_MAP || !first->count)
        return reg_yaml_fail(yaml, first, err, ROOST_FORMAT,
                             "predictors must be a map of at least one predictor");
    if (second && second->kind != REG_YAML_MAP)
        return reg_yaml_fail(yaml, second, err, ROOST_FORMAT,
                             "calibrations must be a map of calibrations");
    const uint32_t more = second ? second->count : 0;
    if (first->count > HEADS_MAX || more > HEADS_MAX - first->count)
        return reg_yaml_fail(yaml, first, err, ROOST_LIMIT,
                             "more than %d predictors and calibrations", HEADS_MAX);
    native->head = calloc((size_t)first->count + more, sizeof *native->head);
    if (!native->head)
        return reg_yaml_fail(yaml, first, err, ROOST_NOMEM, "out of memory");
    native->many = 1;
    roost_status status = add_many(native, first, ENG_PREDICTOR, err);
    return status ? status : add_many(native, second, ENG_CALIBRATION, err);
}

/* The nodes are named after their keys, `predictor` and `calibration`. */
static roost_status make_one(struct reg_native *native,
                             const struct reg_yaml_node *predictor,
                             const struct reg_yaml_node *calibration,
                             struct roost_error *err)
{
    const struct reg_yaml *yaml = &native->yaml;
    native->head = calloc(2, sizeof *native->head);
    if (!native->head)
        return reg_yaml_fail(yaml, predictor, err, ROOST_NOMEM, "out of memory");
    roost_status status = add_head(native, predictor, ENG_PREDICTOR, NULL, err);
    if (status || !calibration)
        return status;
    if (reg_yaml_get(yaml, reg_yaml_value(yaml, calibration), "in"))
        return reg_yaml_fail(yaml, calibration, err, ROOST_FORMAT,
                             "a calibration has no 'in': it takes the predictor's score");
    native->head[0].used = 1;
    const uint32_t value = native->head[0].value;
    return add_head(native, calibration, ENG_CALIBRATION, &value, err);
}

roost_status reg_native_heads(struct reg_native *native, struct roost_error *err)
{
    const struct reg_yaml *yaml = &native->yaml;
    const struct reg_yaml_node *one = top_key(yaml, "predictor");
    const struct reg_yaml_node *one_more = top_key(yaml, "calibration");
    const struct reg_yaml_node *many = top_key(yaml, "predictors");
    const struct reg_yaml_node *many_more = top_key(yaml, "calibrations");
    if (one && many)
        return reg_yaml_fail(yaml, many, err, ROOST_FORMAT,
                             "'predictor' and 'predictors' exclude each other: list all "
                             "under 'predictors'");
    if (many && one_more)
        return reg_yaml_fail(yaml, one_more, err, ROOST_FORMAT,
                             "beside 'predictors' it is 'calibrations', by name");
    if (one && many_more)
        return reg_yaml_fail(yaml, many_more, err, ROOST_FORMAT,
                             "beside 'predictor' it is 'calibration', only one");
    if (many)
        return make_many(native, many, many_more, err);
    if (one)
        return make_one(native, one, one_more, err);
    return reg_yaml_fail(yaml, reg_yaml_root(yaml), err, ROOST_FORMAT,
                         "model.yaml has no predictor");
}
