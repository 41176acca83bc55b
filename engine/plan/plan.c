/* SPDX-License-Identifier: MIT
 * plan.c - makes and frees plans, and answers what a plan is made of. A plan is laid out
 * once for a set of models (schema.c, merge.c, linear.c, layout.c) and then scores any
 * number of calls (score.c). */
#include "engine/plan/plan.h"
#include "engine/base/error.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

roost_status eng_plan_no_memory(struct roost_error *err)
{
    return eng_fail(err, ROOST_NOMEM, "", 0, "no memory for the plan");
}

/* model_count grows with every model that is whole, so that a plan that failed half-way
 * is freed like any other. */
static roost_status take_models(roost_plan *plan, roost_model *const *models,
                                const char *const *names, uint32_t n,
                                struct roost_error *err)
{
    plan->models = calloc(n, sizeof *plan->models);
    if (!plan->models)
        return eng_plan_no_memory(err);
    for (uint32_t m = 0; m < n; m++) {
        char number[32];
        snprintf(number, sizeof number, "%u", m);
        plan->models[m].name = strdup(names ? names[m] : number);
        if (!plan->models[m].name)
            return eng_plan_no_memory(err);
        plan->models[m].model = roost_model_retain(models[m]);
        plan->model_count++;
    }
    return ROOST_OK;
}

roost_status roost_plan_new(roost_model *const *models, const char *const *names,
                            uint32_t n, const roost_plan *previous, roost_plan **out,
                            struct roost_error *err)
{
    eng_error_clear(err);
    if (n == 0)
        return eng_fail(err, ROOST_VALUE, "", 0, "a plan needs at least one model");
    roost_plan *plan = calloc(1, sizeof *plan);
    if (!plan)
        return eng_plan_no_memory(err);
    roost_status status = take_models(plan, models, names, n, err);
    if (status == ROOST_OK)
        status = eng_plan_schema(plan, err);
    if (status == ROOST_OK)
        status = eng_plan_merge(plan, previous, err);
    if (status == ROOST_OK)
        status = eng_plan_measure(plan, err);
    if (status != ROOST_OK) {
        roost_plan_free(plan);
        return status;
    }
    *out = plan;
    return ROOST_OK;
}

void roost_plan_free(roost_plan *plan)
{
    if (!plan)
        return;
    /* Columns first, then the table: the last plan of a table frees it, and a column that
     * is given back may be overwritten by the next plan at once. Models last: steps
     * borrow their states and gathers their weights. */
    for (uint32_t i = 0; i < plan->placement_count; i++) {
        struct eng_placement *placement = &plan->placements[i];
        if (placement->table)
            eng_table_give_back(placement->table, placement->column, placement->width);
        eng_table_release(placement->table);
        free(placement->column);
    }
    for (uint32_t i = 0; i < plan->step_count; i++) {
        free(plan->steps[i].inputs);
        free(plan->steps[i].columns);
        free(plan->steps[i].users);
    }
    for (uint32_t m = 0; m < plan->model_count; m++)
        roost_model_free(plan->models[m].model);
    for (uint32_t m = 0; m < plan->model_count; m++)
        free(plan->models[m].name);
    free(plan->placements);
    free(plan->steps);
    free(plan->models);
    free(plan->features);
    eng_names_free(plan->names);
    eng_keys_free(plan->ids);
    free(plan->sources);
    free(plan->outputs);
    free(plan->nodes);
    free(plan->variables);
    free(plan->dependencies);
    free(plan->positions);
    free(plan);
}

size_t roost_plan_bytes(const roost_plan *plan)
{
    return plan->bytes;
}

uint32_t roost_plan_model_count(const roost_plan *plan)
{
    return plan->model_count;
}

const char *roost_plan_model_name(const roost_plan *plan, uint32_t model)
{
    assert(model < plan->model_count);
    return plan->models[model].name;
}

uint32_t roost_plan_feature_count(const roost_plan *plan)
{
    return plan->feature_count;
}

const struct roost_feature *roost_plan_feature(const roost_plan *plan, uint32_t feature)
{
    assert(feature < plan->feature_count);
    return &plan->features[feature];
}

int32_t roost_plan_find(const roost_plan *plan, const char *name, size_t size)
{
    return eng_names_find(plan->names, name, size);
}

int32_t roost_plan_find_id(const roost_plan *plan, uint64_t id)
{
    return eng_keys_find(plan->ids, id);
}

int roost_plan_strict(const roost_plan *plan)
{
    return plan->strict;
}

int roost_plan_signatures(const roost_plan *plan)
{
    return plan->signatures;
}

const uint32_t *roost_plan_positions(const roost_plan *plan, uint32_t *count,
                                     uint32_t *width)
{
    if (count)
        *count = plan->position_count;
    if (width)
        *width = plan->position_width;
    return plan->positions;
}

const char *roost_plan_position_name(const roost_plan *plan)
{
    return plan->position_name;
}

uint32_t roost_plan_width(const roost_plan *plan)
{
    return plan->width;
}

uint32_t roost_plan_output_count(const roost_plan *plan)
{
    return plan->output_count;
}

const struct roost_output *roost_plan_output(const roost_plan *plan, uint32_t output)
{
    assert(output < plan->output_count);
    return &plan->outputs[output].about;
}

uint32_t roost_plan_node_count(const roost_plan *plan)
{
    return plan->node_count;
}

const struct roost_node *roost_plan_node(const roost_plan *plan, uint32_t node)
{
    assert(node < plan->node_count);
    return &plan->nodes[node];
}
