/* SPDX-License-Identifier: MIT
 * builder.c - the frame of a model under construction: its tables, its outputs, and the
 * end of the work. Loaders come here; build_feature.c and build_node.c fill in the
 * values. */
#include "engine/base/error.h"
#include "engine/model/build.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

roost_status eng_build_no_memory(struct roost_error *err, const char *where)
{
    return eng_fail(err, ROOST_NOMEM, where, 0, "no memory for the model");
}

/* Doubling cannot wrap: what grows here is bounded by ENG_FEATURES_MAX and ENG_NODES_MAX,
 * or by the entries of a file. */
int eng_build_grow(void **array, uint32_t *room, uint32_t count, size_t size)
{
    if (count < *room)
        return 0;
    uint32_t more = *room ? *room * 2 : 16;
    void *at = realloc(*array, more * size);
    if (!at)
        return -1;
    *array = at;
    *room = more;
    return 0;
}

roost_status eng_builder_new(struct eng_builder **out, struct roost_error *err)
{
    eng_error_clear(err);
    struct eng_builder *builder = calloc(1, sizeof *builder);
    if (!builder)
        return eng_build_no_memory(err, "");
    builder->model = calloc(1, sizeof *builder->model);
    builder->feature_names = eng_names_new(16);
    builder->node_names = eng_names_new(16);
    builder->ids = eng_keys_new(16);
    if (!builder->model || !builder->feature_names || !builder->node_names ||
        !builder->ids) {
        eng_builder_free(builder);
        return eng_build_no_memory(err, "");
    }
    atomic_init(&builder->model->owners, 1);
    *out = builder;
    return ROOST_OK;
}

void eng_builder_free(struct eng_builder *builder)
{
    if (!builder)
        return;
    if (builder->model)
        eng_model_destroy(builder->model);
    eng_names_free(builder->feature_names);
    eng_names_free(builder->node_names);
    eng_keys_free(builder->ids);
    free(builder);
}

roost_status eng_build_name(const char *what, const char *name, struct roost_error *err)
{
    size_t size = strlen(name);
    if (size == 0)
        return eng_fail(err, ROOST_VALUE, "", 0, "the name of %s is empty", what);
    if (size > ENG_NAME_MAX)
        return eng_fail(err, ROOST_LIMIT, name, size,
                        "the name of %s has %zu bytes; %d are allowed", what, size,
                        ENG_NAME_MAX);
    return ROOST_OK;
}

int32_t eng_build_enter(struct eng_names *names, uint32_t count, const char *name)
{
    int32_t at = eng_names_add(names, name, strlen(name));
    if (at == -1 && eng_names_grow(names, count * 2 + 16) == 0)
        at = eng_names_add(names, name, strlen(name));
    return at;
}

struct eng_model_value *eng_build_value(struct eng_builder *builder)
{
    roost_model *model = builder->model;
    if (eng_build_grow((void **)&model->values, &builder->value_room, model->value_count,
                       sizeof *model->values) != 0)
        return NULL;
    return &model->values[model->value_count];
}

static roost_status check_output(const struct eng_builder *builder,
                                 const struct eng_output_spec *spec, uint32_t width,
                                 struct roost_error *err)
{
    const roost_model *model = builder->model;
    roost_status status = eng_build_name("an output", spec->name, err);
    if (status != ROOST_OK)
        return status;
    assert(spec->value < model->value_count);
    const struct eng_model_value *value = &model->values[spec->value];
    if (!value->is_node ||
        eng_node_op(&model->nodes[value->index])->role == ENG_TRANSFORM)
        return eng_fail(err, ROOST_SHAPE, spec->name, 0,
                        "an output must be a predictor or a calibration");
    if (value->shape.kind != ENG_DENSE64 && value->shape.kind != ENG_NUMBER)
        return eng_fail(err, ROOST_SHAPE, spec->name, 0, "an output must be numbers");
    if (spec->type != ROOST_F32 && spec->type != ROOST_F64 && spec->type != ROOST_I32 &&
        spec->type != ROOST_I64)
        return eng_fail(err, ROOST_SHAPE, spec->name, 0,
                        "an output is of type f32, f64, i32 or i64");
    if (spec->label_count > ENG_LABELS_MAX)
        return eng_fail(err, ROOST_LIMIT, spec->name, spec->label_count,
                        "more than %d labels", ENG_LABELS_MAX);
    if (spec->label_count && spec->label_count != width &&
        !(width == 1 && spec->label_count == 2))
        return eng_fail(err, ROOST_SHAPE, spec->name, spec->label_count,
                        "%u labels for %u values; as many are needed, or 2 for 1",
                        spec->label_count, width);
    for (uint32_t i = 0; i < model->output_count; i++) {
        if (strcmp(model->outputs[i].name, spec->name) == 0)
            return eng_fail(err, ROOST_VALUE, spec->name, i,
                            "an output has this name already");
    }
    return ROOST_OK;
}

/* Counts what it has copied, so that a half copied output can be freed. */
static int copy_output(const struct eng_output_spec *spec, struct eng_output *out)
{
    out->name = strdup(spec->name);
    out->labels = calloc(spec->label_count + 1, sizeof *out->labels);
    if (!out->name || !out->labels)
        return -1;
    for (; out->label_count < spec->label_count; out->label_count++) {
        out->labels[out->label_count] = strdup(spec->labels[out->label_count]);
        if (!out->labels[out->label_count])
            return -1;
    }
    return 0;
}

/* `broken` from the start: whichever way it fails, only _free may follow. */
roost_status eng_builder_output(struct eng_builder *builder,
                                const struct eng_output_spec *spec,
                                struct roost_error *err)
{
    assert(!builder->broken);
    roost_model *model = builder->model;
    builder->broken = 1;
    const uint32_t width = model->values[spec->value].shape.width;
    roost_status status = check_output(builder, spec, width, err);
    if (status != ROOST_OK)
        return status;
    if (eng_build_grow((void **)&model->outputs, &builder->output_room,
                       model->output_count, sizeof *model->outputs) != 0)
        return eng_build_no_memory(err, spec->name);
    struct eng_output *output = &model->outputs[model->output_count++];
    memset(output, 0, sizeof *output);
    output->value = spec->value;
    output->width = width;
    output->type = spec->type;
    if (copy_output(spec, output) != 0)
        return eng_build_no_memory(err, spec->name);
    builder->broken = 0;
    return ROOST_OK;
}

/* All scalar numbers, or a single vector; each once. place [feature_count], all 0:
 * becomes a feature's position + 1, so that 65,536 of them need one look each. */
static roost_status check_positions(const roost_model *model, const uint32_t *features,
                                    uint32_t n, uint32_t *place, struct roost_error *err)
{
    for (uint32_t i = 0; i < n; i++) {
        assert(features[i] < model->value_count);
        const struct eng_model_value *value = &model->values[features[i]];
        if (value->is_node)
            return eng_fail(err, ROOST_SHAPE, "", i, "position %u is not a feature", i);
        const struct roost_feature *about = &model->features[value->index].about;
        if ((about->type > ROOST_BOOL && about->type != ROOST_I32) ||
            (about->vector && n != 1))
            return eng_fail(err, ROOST_SHAPE, about->name, i,
                            "position %u must be a scalar number, or the only vector", i);
        if (place[value->index])
            return eng_fail(err, ROOST_VALUE, about->name, i,
                            "it stands at positions %u and %u", place[value->index] - 1,
                            i);
        place[value->index] = i + 1;
    }
    return n ? ROOST_OK
             : eng_fail(err, ROOST_SHAPE, "", 0, "the list of positions is empty");
}

roost_status eng_builder_positions(struct eng_builder *builder, const char *name,
                                   const uint32_t *features, uint32_t n,
                                   struct roost_error *err)
{
    assert(!builder->broken && !builder->model->positions);
    roost_model *model = builder->model;
    builder->broken = 1;
    roost_status status = eng_build_name("the dense input", name, err);
    uint32_t *place = calloc((size_t)model->feature_count + 1, sizeof *place);
    if (status == ROOST_OK)
        status = place ? check_positions(model, features, n, place, err)
                       : eng_build_no_memory(err, name);
    free(place);
    if (status != ROOST_OK)
        return status;
    model->position_name = strdup(name);
    model->positions = malloc(n * sizeof *model->positions);
    if (!model->position_name || !model->positions)
        return eng_build_no_memory(err, name);
    for (uint32_t i = 0; i < n; i++)
        model->positions[i] = model->values[features[i]].index;
    model->position_count = n;
    builder->broken = 0;
    return ROOST_OK;
}

void eng_builder_strict(struct eng_builder *builder, int strict)
{
    builder->model->strict = strict != 0;
}

void eng_builder_about(struct eng_builder *builder, const char *format,
                       const char *digest)
{
    snprintf(builder->model->format, sizeof builder->model->format, "%s", format);
    snprintf(builder->model->digest, sizeof builder->model->digest, "%s", digest);
}

const struct eng_shape *eng_builder_shape(const struct eng_builder *builder,
                                          uint32_t value)
{
    assert(value < builder->model->value_count);
    return &builder->model->values[value].shape;
}

/* What the model keeps alive; a state that others hold as well counts in full. */
static size_t model_bytes(const roost_model *model)
{
    size_t bytes = sizeof *model + model->value_count * sizeof *model->values +
                   model->position_count * sizeof *model->positions;
    for (uint32_t i = 0; i < model->feature_count; i++)
        bytes += sizeof model->features[i] + strlen(model->features[i].about.name) + 1 +
                 model->features[i].default_text.size;
    for (uint32_t i = 0; i < model->node_count; i++) {
        const struct eng_node *node = &model->nodes[i];
        bytes += sizeof *node + strlen(node->name) + 1 +
                 node->n_inputs * sizeof *node->inputs + sizeof *node->state +
                 node->state->bytes;
    }
    for (uint32_t i = 0; i < model->output_count; i++) {
        const struct eng_output *output = &model->outputs[i];
        bytes += sizeof *output + strlen(output->name) + 1;
        for (uint32_t j = 0; j < output->label_count; j++)
            bytes += sizeof *output->labels + strlen(output->labels[j]) + 1;
    }
    return bytes;
}

roost_status eng_builder_finish(struct eng_builder *builder, roost_model **out,
                                struct roost_error *err)
{
    roost_model *model = builder->model;
    roost_status status = ROOST_OK;
    assert(!builder->broken);
    if (model->output_count == 0)
        status = eng_fail(err, ROOST_SHAPE, "", 0, "the model has no output");
    if (status == ROOST_OK) {
        uint32_t vectors = 0;
        for (uint32_t i = 0; i < model->feature_count; i++)
            vectors += model->features[i].about.vector;
        int all = vectors == model->feature_count && vectors > 0;
        model->signatures = all ? ROOST_SIGNATURE_TENSOR : ROOST_SIGNATURE_FEATURES;
        if (model->positions)
            model->signatures |= ROOST_SIGNATURE_TENSOR;
        model->bytes = model_bytes(model);
        *out = model;
        builder->model = NULL;
    }
    eng_builder_free(builder);
    return status;
}
