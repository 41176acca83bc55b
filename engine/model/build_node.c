/* SPDX-License-Identifier: MIT
 * build_node.c - adds a model's operators: checks them against the operator's table, has
 * the state made (or found, see intern.c), and digests what the node computes. */
#include "engine/base/error.h"
#include "engine/base/hash.h"
#include "engine/model/build.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static enum eng_role value_role(const roost_model *model, uint32_t value)
{
    const struct eng_model_value *at = &model->values[value];
    return at->is_node ? eng_node_op(&model->nodes[at->index])->role : ENG_TRANSFORM;
}

static roost_status check_param(const struct eng_node_spec *spec, uint32_t i,
                                struct roost_error *err)
{
    const struct eng_param *param = &spec->params[i];
    const struct eng_param_spec *known = spec->op->params;
    while (known && known->key && strcmp(known->key, param->key) != 0)
        known++;
    if (!known || !known->key)
        return eng_fail(err, ROOST_VALUE, spec->name, i,
                        "'%s' is not a parameter of '%s'", param->key, spec->op->name);
    if (known->type != param->type)
        return eng_fail(err, ROOST_VALUE, spec->name, i,
                        "the parameter '%s' is of another type", param->key);
    for (uint32_t j = 0; j < i; j++) {
        if (strcmp(spec->params[j].key, param->key) == 0)
            return eng_fail(err, ROOST_VALUE, spec->name, i,
                            "the parameter '%s' is given twice", param->key);
    }
    return ROOST_OK;
}

/* Calibrations come after what predicts; whatever predicts may feed further predictors.
 */
static roost_status check_inputs(const struct eng_builder *builder,
                                 const struct eng_node_spec *spec,
                                 struct roost_error *err)
{
    const struct eng_op *op = spec->op;
    if (spec->n_inputs < op->min_inputs || spec->n_inputs > op->max_inputs)
        return eng_fail(err, ROOST_SHAPE, spec->name, spec->n_inputs,
                        "'%s' takes %u to %u inputs, not %u", op->name, op->min_inputs,
                        op->max_inputs, spec->n_inputs);
    for (uint32_t i = 0; i < spec->n_inputs; i++) {
        assert(spec->inputs[i] < builder->model->value_count);
        if (op->role == ENG_CALIBRATION &&
            value_role(builder->model, spec->inputs[i]) == ENG_TRANSFORM)
            return eng_fail(err, ROOST_SHAPE, spec->name, i,
                            "'%s' is a calibration: it must follow a predictor",
                            op->name);
    }
    return ROOST_OK;
}

static roost_status check_node(const struct eng_builder *builder,
                               const struct eng_node_spec *spec, struct roost_error *err)
{
    roost_status status = eng_build_name("a node", spec->name, err);
    if (status != ROOST_OK)
        return status;
    if (builder->model->node_count >= ENG_NODES_MAX)
        return eng_fail(err, ROOST_LIMIT, spec->name, 0, "more than %d nodes",
                        ENG_NODES_MAX);
    /* A file's transforms name their inputs, which must not be ambiguous. */
    if (spec->op->role == ENG_TRANSFORM &&
        eng_names_find(builder->feature_names, spec->name, strlen(spec->name)) >= 0)
        return eng_fail(err, ROOST_VALUE, spec->name, 0,
                        "a feature has this name already");
    status = check_inputs(builder, spec, err);
    for (uint32_t i = 0; status == ROOST_OK && i < spec->n_params; i++)
        status = check_param(spec, i, err);
    for (const struct eng_param_spec *known = spec->op->params;
         status == ROOST_OK && known && known->key; known++) {
        struct eng_op_args args = {.n_params = spec->n_params, .params = spec->params};
        if (known->required && !eng_op_arg(&args, known->key))
            status = eng_fail(err, ROOST_VALUE, spec->name, 0,
                              "the parameter '%s' of '%s' is missing", known->key,
                              spec->op->name);
    }
    return status;
}

static const char *value_name(const roost_model *model, uint32_t value)
{
    const struct eng_model_value *at = &model->values[value];
    return at->is_node ? model->nodes[at->index].name
                       : model->features[at->index].about.name;
}

/* Its state's content and, in order, what its inputs are. */
static void node_digest(const roost_model *model, const struct eng_node *node,
                        uint64_t out[2])
{
    struct eng_digest digest;
    eng_digest_init(&digest);
    eng_digest_put(&digest, node->state->digest, sizeof node->state->digest);
    for (uint32_t i = 0; i < node->n_inputs; i++)
        eng_digest_put(&digest, model->values[node->inputs[i]].digest,
                       sizeof model->values[0].digest);
    memcpy(out, digest.state, sizeof digest.state);
}

static roost_status make_state(const roost_model *model, const struct eng_node_spec *spec,
                               struct eng_state **out, struct roost_error *err)
{
    struct eng_shape *shapes = calloc(spec->n_inputs + 1, sizeof *shapes);
    const char **names = calloc(spec->n_inputs + 1, sizeof *names);
    roost_status status = ROOST_OK;
    if (!shapes || !names) {
        status = eng_build_no_memory(err, spec->name);
    } else {
        for (uint32_t i = 0; i < spec->n_inputs; i++) {
            shapes[i] = model->values[spec->inputs[i]].shape;
            names[i] = value_name(model, spec->inputs[i]);
        }
        struct eng_op_args args = {.name = spec->name,
                                   .n_inputs = spec->n_inputs,
                                   .input_names = names,
                                   .inputs = shapes,
                                   .n_params = spec->n_params,
                                   .params = spec->params};
        status = eng_state_make(spec->op, &args, out, err);
    }
    free(names);
    free(shapes);
    return status;
}

/* The model counts the node as soon as it holds a state, so that freeing a model that was
 * given up releases it. */
static roost_status add_node(struct eng_builder *builder,
                             const struct eng_node_spec *spec, uint32_t *value,
                             struct roost_error *err)
{
    roost_model *model = builder->model;
    roost_status status = check_node(builder, spec, err);
    if (status != ROOST_OK)
        return status;
    int32_t at = eng_build_enter(builder->node_names, model->node_count, spec->name);
    if (at == -2)
        return eng_fail(err, ROOST_VALUE, spec->name, 0, "a node has this name already");
    if (at < 0 || !eng_build_value(builder) ||
        eng_build_grow((void **)&model->nodes, &builder->node_room, model->node_count,
                       sizeof *model->nodes) != 0)
        return eng_build_no_memory(err, spec->name);
    struct eng_node *node = &model->nodes[model->node_count];
    memset(node, 0, sizeof *node);
    status = make_state(model, spec, &node->state, err);
    if (status != ROOST_OK)
        return status;
    model->node_count++;
    node->name = strdup(spec->name);
    node->inputs = malloc((spec->n_inputs + 1) * sizeof *node->inputs);
    if (!node->name || !node->inputs)
        return eng_build_no_memory(err, spec->name);
    node->n_inputs = spec->n_inputs;
    if (spec->n_inputs)
        memcpy(node->inputs, spec->inputs, spec->n_inputs * sizeof *node->inputs);
    struct eng_model_value *made = eng_build_value(builder);
    made->is_node = 1;
    made->index = model->node_count - 1;
    made->shape = node->state->shape;
    node_digest(model, node, made->digest);
    *value = model->value_count++;
    return ROOST_OK;
}

roost_status eng_builder_node(struct eng_builder *builder,
                              const struct eng_node_spec *spec, uint32_t *value,
                              struct roost_error *err)
{
    assert(!builder->broken);
    roost_status status = add_node(builder, spec, value, err);
    builder->broken = status != ROOST_OK;
    return status;
}
