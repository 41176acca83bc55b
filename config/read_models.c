/* SPDX-License-Identifier: MIT
 * read_models.c - the `models` section of a configuration file: for each model which of
 * its versions serve, and what its labels mean. Models that are not named here serve
 * their newest version. The registry takes the result as its options. */
#include "config/models.h"
#include "config/options.h"
#include "engine/base/error.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 128, LATEST_MAX = 1000 };

int cfg_name_valid(const char *name)
{
    size_t size = strlen(name);
    if (size == 0 || size > NAME_MAX_BYTES || !isalnum((unsigned char)name[0]))
        return 0;
    for (size_t i = 0; i < size; i++)
        if (!isalnum((unsigned char)name[i]) && strchr("_.-", name[i]) == NULL)
            return 0;
    return 1;
}

static void model_clear(struct cfg_model *model)
{
    for (uint32_t i = 0; i < model->label_count; i++)
        free(model->labels[i].name);
    free(model->labels);
    free(model->versions);
    free(model->name);
}

void cfg_models_clear(struct cfg *cfg)
{
    for (uint32_t i = 0; i < cfg->model_count; i++)
        model_clear(&cfg->models[i]);
    free(cfg->models);
    cfg->models = NULL;
    cfg->model_count = 0;
}

/* A whole number from 0 to `most`, or -1. */
static int64_t whole_number(const struct cfg_node *node, int64_t most)
{
    int64_t value = 0;
    if (node->kind != CFG_NODE_SCALAR || node->size == 0 || node->size > 19)
        return -1;
    for (size_t i = 0; i < node->size; i++) {
        if (node->text[i] < '0' || node->text[i] > '9' ||
            __builtin_mul_overflow(value, (int64_t)10, &value) ||
            __builtin_add_overflow(value, (int64_t)(node->text[i] - '0'), &value))
            return -1;
    }
    return value <= most ? value : -1;
}

static roost_status read_specific(struct cfg_model *model, const struct cfg_yaml *yaml,
                                  const struct cfg_node *list, struct roost_error *err)
{
    if (list->kind != CFG_NODE_LIST || list->count == 0)
        return cfg_yaml_fail(yaml, list, ROOST_VALUE, err,
                             "specific takes a list of versions, such as [7, 8]");
    model->versions = calloc(list->count, sizeof *model->versions);
    if (model->versions == NULL)
        return cfg_yaml_fail(yaml, list, ROOST_NOMEM, err, "out of memory");
    for (const struct cfg_node *at = list->first; at != NULL; at = at->next) {
        int64_t version = whole_number(at, INT64_MAX);
        if (version < 0)
            return cfg_yaml_fail(yaml, at, ROOST_VALUE, err,
                                 "a version is a whole number from 0");
        model->versions[model->version_count++] = version;
    }
    model->policy = CFG_POLICY_SPECIFIC;
    return ROOST_OK;
}

static roost_status read_versions(struct cfg_model *model, const struct cfg_yaml *yaml,
                                  const struct cfg_node *node, struct roost_error *err)
{
    static const char form[] = "versions takes {latest: N}, {specific: [N, ...]} or all";
    if (node->kind == CFG_NODE_SCALAR && strcmp(node->text, "all") == 0) {
        model->policy = CFG_POLICY_ALL;
        return ROOST_OK;
    }
    if (node->kind != CFG_NODE_MAP || node->count != 1)
        return cfg_yaml_fail(yaml, node, ROOST_VALUE, err, "%s", form);
    const struct cfg_node *how = node->first;
    if (strcmp(how->key->text, "specific") == 0)
        return read_specific(model, yaml, how, err);
    if (strcmp(how->key->text, "latest") != 0)
        return cfg_yaml_fail(yaml, how->key, ROOST_VALUE, err, "%s", form);
    int64_t latest = whole_number(how, LATEST_MAX);
    if (latest < 1)
        return cfg_yaml_fail(yaml, how, ROOST_VALUE, err,
                             "latest takes a whole number, 1 to 1000");
    model->policy = CFG_POLICY_LATEST;
    model->latest = (uint32_t)latest;
    return ROOST_OK;
}

static roost_status read_labels(struct cfg_model *model, const struct cfg_yaml *yaml,
                                const struct cfg_node *node, struct roost_error *err)
{
    if (node->kind != CFG_NODE_MAP)
        return cfg_yaml_fail(yaml, node, ROOST_VALUE, err,
                             "labels takes a map of versions, such as {canary: 8}");
    if (node->count == 0)
        return ROOST_OK;
    model->labels = calloc(node->count, sizeof *model->labels);
    if (model->labels == NULL)
        return cfg_yaml_fail(yaml, node, ROOST_NOMEM, err, "out of memory");
    for (const struct cfg_node *at = node->first; at != NULL; at = at->next) {
        struct cfg_label *label = &model->labels[model->label_count];
        if (!cfg_name_valid(at->key->text))
            return cfg_yaml_fail(yaml, at->key, ROOST_VALUE, err,
                                 "a label is named by 1 to 128 of A-Z a-z 0-9 _ . -");
        label->version = whole_number(at, INT64_MAX);
        if (label->version < 0)
            return cfg_yaml_fail(yaml, at, ROOST_VALUE, err,
                                 "a label stands for a version, a whole number from 0");
        label->name = strdup(at->key->text);
        if (label->name == NULL)
            return cfg_yaml_fail(yaml, at, ROOST_NOMEM, err, "out of memory");
        model->label_count++;
    }
    return ROOST_OK;
}

static roost_status read_model(struct cfg_model *model, const struct cfg_yaml *yaml,
                               const struct cfg_node *node, struct roost_error *err)
{
    if (!cfg_name_valid(node->key->text))
        return cfg_yaml_fail(yaml, node->key, ROOST_VALUE, err,
                             "a model is named by 1 to 128 of A-Z a-z 0-9 _ . -, the "
                             "first a letter or digit");
    if (node->kind != CFG_NODE_MAP)
        return cfg_yaml_fail(yaml, node, ROOST_VALUE, err,
                             "%.64s takes a map, such as {versions: {latest: 2}}",
                             node->key->text);
    model->name = strdup(node->key->text);
    if (model->name == NULL)
        return cfg_yaml_fail(yaml, node, ROOST_NOMEM, err, "out of memory");
    for (const struct cfg_node *at = node->first; at != NULL; at = at->next) {
        static const char *const known[] = {"versions", "labels", NULL};
        roost_status status;
        if (strcmp(at->key->text, "versions") == 0)
            status = read_versions(model, yaml, at, err);
        else if (strcmp(at->key->text, "labels") == 0)
            status = read_labels(model, yaml, at, err);
        else {
            const char *near = cfg_nearest(at->key->text, known);
            status =
                cfg_yaml_fail(yaml, at->key, ROOST_VALUE, err,
                              "a model has no setting %.64s; did you mean %s?",
                              at->key->text, near != NULL ? near : "versions or labels");
        }
        if (status != ROOST_OK)
            return status;
    }
    return ROOST_OK;
}

roost_status cfg_read_models(struct cfg *cfg, const struct cfg_yaml *yaml,
                             const struct cfg_node *models, struct roost_error *err)
{
    if (models->kind != CFG_NODE_MAP)
        return cfg_yaml_fail(yaml, models, ROOST_VALUE, err,
                             "models takes a map from names to settings");
    cfg_models_clear(cfg);
    if (models->count == 0)
        return ROOST_OK;
    cfg->models = calloc(models->count, sizeof *cfg->models);
    if (cfg->models == NULL)
        return cfg_yaml_fail(yaml, models, ROOST_NOMEM, err, "out of memory");
    for (const struct cfg_node *at = models->first; at != NULL; at = at->next) {
        struct cfg_model *model = &cfg->models[cfg->model_count++];
        model->latest = 1;
        roost_status status = read_model(model, yaml, at, err);
        if (status != ROOST_OK)
            return status;
    }
    return ROOST_OK;
}
