/* SPDX-License-Identifier: MIT
 * The registry's own copy of its options, so that the caller's may go. Before: reg_new.
 * After: slots.c finds each name's policy here; names without one get the fallback. */
#include "registry/room.h"

#include "engine/base/error.h"

#include <stdlib.h>
#include <string.h>

static roost_status copy_labels(struct reg_model_options *to,
                                const struct reg_model_options *from)
{
    struct reg_label *labels = calloc(from->label_count, sizeof *labels);
    to->labels = labels;
    if (!labels) {
        return ROOST_NOMEM;
    }
    for (; to->label_count < from->label_count; to->label_count++) {
        const struct reg_label *label = &from->labels[to->label_count];
        labels[to->label_count].version = label->version;
        labels[to->label_count].name = strdup(label->name);
        if (!labels[to->label_count].name) {
            return ROOST_NOMEM;
        }
    }
    return ROOST_OK;
}

static roost_status copy_model(struct reg_model_options *to,
                               const struct reg_model_options *from)
{
    to->policy = from->policy;
    to->latest = from->latest ? from->latest : 1;
    to->name = strdup(from->name);
    if (!to->name) {
        return ROOST_NOMEM;
    }
    if (from->version_count) {
        int64_t *versions = calloc(from->version_count, sizeof *versions);
        if (!versions) {
            return ROOST_NOMEM;
        }
        memcpy(versions, from->versions, from->version_count * sizeof *versions);
        to->versions = versions;
        to->version_count = from->version_count;
    }
    return from->label_count ? copy_labels(to, from) : ROOST_OK;
}

roost_status reg_options_copy(struct reg_registry *registry,
                              const struct reg_options *options, struct roost_error *err)
{
    struct reg_options *own = &registry->options;
    *own = *options;
    own->models = NULL;
    own->model_count = 0;
    own->models_dir = strdup(options->models_dir);
    own->state_file = options->state_file ? strdup(options->state_file) : NULL;
    registry->model_options =
        calloc(options->model_count + 1, sizeof *registry->model_options);
    registry->fallback =
        (struct reg_model_options){.policy = REG_POLICY_LATEST, .latest = 1};
    int failed = !own->models_dir || (options->state_file && !own->state_file) ||
                 !registry->model_options;
    for (uint32_t i = 0; !failed && i < options->model_count; i++) {
        own->model_count = i + 1; /* counted first, so that a half copy is cleared too */
        failed = copy_model(&registry->model_options[i], &options->models[i]) != ROOST_OK;
    }
    own->models = registry->model_options;
    return failed ? eng_fail(err, ROOST_NOMEM, "", 0, "out of memory") : ROOST_OK;
}

void reg_options_clear(struct reg_registry *registry)
{
    struct reg_options *own = &registry->options;
    for (uint32_t i = 0; i < own->model_count; i++) {
        struct reg_model_options *model = &registry->model_options[i];
        for (uint32_t j = 0; j < model->label_count; j++) {
            free((void *)(uintptr_t)model->labels[j].name);
        }
        free((void *)(uintptr_t)model->labels);
        free((void *)(uintptr_t)model->versions);
        free((void *)(uintptr_t)model->name);
    }
    free(registry->model_options);
    free((void *)(uintptr_t)own->models_dir);
    free((void *)(uintptr_t)own->state_file);
}
