/* SPDX-License-Identifier: MIT
 * model.c - a finished model: counting its owners, freeing it, what it says of itself.
 * The builder made it; plans hold it while they score. */
#include "engine/model/model.h"
#include <stdlib.h>

void eng_model_destroy(roost_model *model)
{
    for (uint32_t i = 0; i < model->feature_count; i++) {
        free((void *)(uintptr_t)model->features[i].about.name);
        free((void *)(uintptr_t)model->features[i].default_text.at);
    }
    for (uint32_t i = 0; i < model->node_count; i++) {
        free(model->nodes[i].name);
        free(model->nodes[i].inputs);
        eng_state_release(model->nodes[i].state);
    }
    for (uint32_t i = 0; i < model->output_count; i++) {
        struct eng_output *output = &model->outputs[i];
        for (uint32_t j = 0; j < output->label_count; j++)
            free(output->labels[j]);
        free(output->labels);
        free(output->name);
    }
    free(model->values);
    free(model->features);
    free(model->nodes);
    free(model->outputs);
    free(model->position_name);
    free(model->positions);
    free(model);
}

roost_model *roost_model_retain(roost_model *model)
{
    atomic_fetch_add_explicit(&model->owners, 1, memory_order_relaxed);
    return model;
}

void roost_model_free(roost_model *model)
{
    /* Acquire and release: the last owner must see what the others did with it. */
    if (model && atomic_fetch_sub_explicit(&model->owners, 1, memory_order_acq_rel) == 1)
        eng_model_destroy(model);
}

const char *roost_model_format(const roost_model *model)
{
    return model->format;
}

const char *roost_model_digest(const roost_model *model)
{
    return model->digest;
}

size_t roost_model_bytes(const roost_model *model)
{
    return model->bytes;
}
