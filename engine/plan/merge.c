/* SPDX-License-Identifier: MIT
 * merge.c - finds what the models of a plan have in common. Values of equal content
 * become one; what no output needs is left out; the rest is put in order, transforms
 * first. Comes after schema.c; layout.c then measures the result. */
#include "engine/plan/merge.h"
#include "engine/base/error.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Mark what the outputs of a model need. Inputs come before their users, so that one pass
 * backwards reaches all. */
static void mark_needed(const roost_model *model, uint8_t *needed)
{
    for (uint32_t i = 0; i < model->output_count; i++)
        needed[model->outputs[i].value] = 1;
    for (uint32_t v = model->value_count; v-- > 0;) {
        const struct eng_model_value *value = &model->values[v];
        if (!needed[v] || !value->is_node)
            continue;
        const struct eng_node *node = &model->nodes[value->index];
        for (uint32_t i = 0; i < node->n_inputs; i++)
            needed[node->inputs[i]] = 1;
    }
}

int eng_merge_user(uint32_t **users, uint32_t *count, uint32_t *room, uint32_t model)
{
    uint32_t at = *count;
    while (at && (*users)[at - 1] > model)
        at--;
    if (at && (*users)[at - 1] == model)
        return 0;
    if (*count == *room) {
        uint32_t more = *room ? *room * 2 : 4;
        uint32_t *grown = realloc(*users, more * sizeof *grown);
        if (!grown)
            return -1;
        *users = grown;
        *room = more;
    }
    memmove(*users + at + 1, *users + at, (*count - at) * sizeof **users);
    (*users)[at] = model;
    ++*count;
    return 0;
}

static int fill_node(struct eng_merge *merge, struct eng_merged *item,
                     const struct eng_node *node, const uint32_t *map)
{
    item->node = node;
    item->inputs = malloc((node->n_inputs + 1) * sizeof *item->inputs);
    if (!item->inputs)
        return -1;
    item->late = eng_node_op(node)->role != ENG_TRANSFORM;
    for (uint32_t i = 0; i < node->n_inputs; i++) {
        item->inputs[i] = map[node->inputs[i]];
        item->late |= merge->items[item->inputs[i]].late;
    }
    return 0;
}

/* The item of this content, made when it is new. Two contents whose digests agree in half
 * only must not become one: the later stays alone. */
static int find_item(struct eng_merge *merge, const roost_model *model,
                     const struct eng_model_value *value, const uint32_t *map,
                     uint32_t *out)
{
    int32_t at = eng_keys_find(merge->index, value->digest[0]);
    if (at >= 0 && merge->items[at].digest[0] == value->digest[0] &&
        merge->items[at].digest[1] == value->digest[1]) {
        *out = (uint32_t)at;
        return 0;
    }
    /* An item's position in the index must be its own: a lone one enters another key. */
    uint64_t key = value->digest[0];
    while (eng_keys_add(merge->index, key) == -2)
        key += 0x9e3779b97f4a7c15u;
    struct eng_merged *item = &merge->items[merge->item_count];
    *out = merge->item_count++;
    item->digest[0] = value->digest[0];
    item->digest[1] = value->digest[1];
    item->shape = value->shape;
    if (value->is_node)
        return fill_node(merge, item, &model->nodes[value->index], map);
    item->feature = &model->features[value->index];
    return 0;
}

static roost_status merge_model(struct eng_merge *merge, uint32_t m, uint32_t *output,
                                struct roost_error *err)
{
    const roost_model *model = merge->plan->models[m].model;
    uint8_t *needed = calloc(model->value_count + 1, 1);
    uint32_t *map = calloc(model->value_count + 1, sizeof *map);
    roost_status status = ROOST_OK;
    if (needed && map) {
        mark_needed(model, needed);
        for (uint32_t v = 0; status == ROOST_OK && v < model->value_count; v++) {
            if (!needed[v])
                continue;
            int failed = find_item(merge, model, &model->values[v], map, &map[v]);
            struct eng_merged *item = &merge->items[map[v]];
            if (failed ||
                eng_merge_user(&item->users, &item->user_count, &item->user_room, m) != 0)
                status = eng_plan_no_memory(err);
        }
        for (uint32_t i = 0; i < model->output_count; i++)
            merge->outputs[(*output)++] = map[model->outputs[i].value];
    } else {
        status = eng_plan_no_memory(err);
    }
    free(map);
    free(needed);
    return status;
}

/* Items never outnumber the models' values, so that none moves while it is pointed at.
 * Room for as many items and outputs as the models have in all. */
static roost_status merge_models(struct eng_merge *merge, struct roost_error *err)
{
    roost_plan *plan = merge->plan;
    uint64_t values = 0, outputs = 0;
    for (uint32_t m = 0; m < plan->model_count; m++) {
        values += plan->models[m].model->value_count;
        outputs += plan->models[m].model->output_count;
    }
    if (values > INT32_MAX || outputs > ENG_NODES_MAX)
        return eng_fail(err, ROOST_LIMIT, "", values, "the plan has too many values");
    merge->items = calloc(values + 1, sizeof *merge->items);
    merge->outputs = calloc(outputs + 1, sizeof *merge->outputs);
    merge->index = eng_keys_new((uint32_t)values);
    if (!merge->items || !merge->outputs || !merge->index)
        return eng_plan_no_memory(err);
    roost_status status = ROOST_OK;
    uint32_t output = 0;
    for (uint32_t m = 0; status == ROOST_OK && m < plan->model_count; m++)
        status = merge_model(merge, m, &output, err);
    plan->output_count = output;
    return status;
}

/* Is a column of type `given` laid out as the source's value is? A number is a double in
 * the engine, whatever it was; a vector of floats keeps its type, one of integers becomes
 * doubles. A bool's byte and an i32 become 64-bit integers, and a default has to be
 * filled in. */
static int reads_in_place(const struct eng_feature *declared, enum roost_type given)
{
    const enum roost_type type = declared->about.type;
    if (declared->has_default || type != given)
        return 0;
    if (declared->about.vector)
        return type == ROOST_F32 || type == ROOST_F64;
    return type != ROOST_F32 && type != ROOST_BOOL && type != ROOST_I32;
}

static void emit_source(struct eng_merge *merge, struct eng_merged *item)
{
    roost_plan *plan = merge->plan;
    struct eng_source *source = &plan->sources[plan->source_count];
    source->declared = item->feature;
    source->shape = item->shape;
    source->digest[0] = item->digest[0];
    source->digest[1] = item->digest[1];
    source->feature = (uint32_t)eng_keys_find(plan->ids, item->feature->about.id);
    source->given = plan->features[source->feature].type;
    source->list = source->given == ROOST_STRINGS || source->given == ROOST_SPARSE;
    source->in_place = (uint8_t)reads_in_place(item->feature, source->given);
    source->has_default = item->feature->has_default;
    item->value = plan->source_count++;
}

static roost_status emit_op(struct eng_merge *merge, struct eng_merged *item,
                            struct roost_error *err)
{
    roost_plan *plan = merge->plan;
    const struct eng_node *node = item->node;
    struct eng_step *step = &plan->steps[plan->step_count];
    item->value = plan->source_count + plan->step_count++;
    step->kind = ENG_STEP_OP;
    step->op = eng_node_op(node);
    step->state = node->state->state;
    step->shape = item->shape;
    step->node = -1;
    /* The step takes the list over: a step's users are the item's. */
    step->users = item->users;
    step->user_count = item->user_count;
    item->users = NULL;
    step->inputs = malloc((node->n_inputs + 1) * sizeof *step->inputs);
    if (!step->inputs)
        return eng_plan_no_memory(err);
    step->n_inputs = node->n_inputs;
    for (uint32_t i = 0; i < node->n_inputs; i++)
        step->inputs[i] = merge->items[item->inputs[i]].value;
    if (step->op->role != ENG_TRANSFORM)
        return ROOST_OK;
    step->node = (int32_t)plan->node_count;
    struct roost_node *about = &plan->nodes[plan->node_count++];
    about->name = node->name;
    about->op = step->op->name;
    about->users = step->user_count;
    about->digest = item->digest[0];
    return ROOST_OK;
}

/* Sources, then what needs features alone, then what predicts and whatever follows. */
static roost_status emit(struct eng_merge *merge, struct roost_error *err)
{
    roost_plan *plan = merge->plan;
    roost_status status = ROOST_OK;
    size_t steps = (size_t)merge->item_count + merge->pass_count;
    plan->sources = calloc((size_t)merge->item_count + 1, sizeof *plan->sources);
    plan->nodes = calloc((size_t)merge->item_count + 1, sizeof *plan->nodes);
    plan->steps = calloc(steps + 1, sizeof *plan->steps);
    if (!plan->sources || !plan->nodes || !plan->steps)
        return eng_plan_no_memory(err);
    for (uint32_t i = 0; i < merge->item_count; i++) {
        if (merge->items[i].feature)
            emit_source(merge, &merge->items[i]);
    }
    for (int late = 0; late <= 1; late++) {
        for (uint32_t i = 0; status == ROOST_OK && i < merge->item_count; i++) {
            struct eng_merged *item = &merge->items[i];
            if (item->feature || item->late != late)
                continue;
            status = eng_node_op(item->node) == &eng_op_linear
                         ? eng_merge_emit_linear(merge, item, err)
                         : emit_op(merge, item, err);
        }
        if (!late)
            plan->transform_count = plan->step_count;
    }
    return status;
}

static roost_status emit_outputs(struct eng_merge *merge, struct roost_error *err)
{
    roost_plan *plan = merge->plan;
    uint64_t width = 0;
    uint32_t next = 0;
    plan->outputs = calloc((size_t)plan->output_count + 1, sizeof *plan->outputs);
    if (!plan->outputs)
        return eng_plan_no_memory(err);
    for (uint32_t m = 0; m < plan->model_count; m++) {
        const roost_model *model = plan->models[m].model;
        for (uint32_t i = 0; i < model->output_count; i++, next++) {
            const struct eng_output *output = &model->outputs[i];
            struct eng_plan_output *made = &plan->outputs[next];
            made->value = merge->items[merge->outputs[next]].value;
            made->about =
                (struct roost_output){.name = output->name,
                                      .model = m,
                                      .offset = (uint32_t)width,
                                      .width = output->width,
                                      .type = output->type,
                                      .label_count = output->label_count,
                                      .labels = (const char *const *)output->labels};
            width += output->width;
            if (width > ENG_WIDTH_MAX)
                return eng_fail(err, ROOST_LIMIT, plan->models[m].name, m,
                                "the outputs have more than %d numbers a row",
                                ENG_WIDTH_MAX);
        }
    }
    plan->width = (uint32_t)width;
    return ROOST_OK;
}

static void merge_clear(struct eng_merge *merge)
{
    for (uint32_t i = 0; i < merge->item_count; i++) {
        free(merge->items[i].inputs);
        free(merge->items[i].users);
    }
    free(merge->items);
    free(merge->outputs);
    eng_keys_free(merge->index);
    eng_merge_linears_clear(merge);
}

roost_status eng_plan_merge(roost_plan *plan, const roost_plan *previous,
                            struct roost_error *err)
{
    struct eng_merge merge = {.plan = plan};
    roost_status status = merge_models(&merge, err);
    if (status == ROOST_OK)
        status = eng_merge_linears(&merge, previous, err);
    if (status == ROOST_OK)
        status = emit(&merge, err);
    if (status == ROOST_OK)
        status = emit_outputs(&merge, err);
    merge_clear(&merge);
    return status;
}
