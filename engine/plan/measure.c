/* SPDX-License-Identifier: MIT
 * measure.c - once the steps of a plan are known: how long its lists can get, how many
 * rows a block takes, how much scratch its operators ask for. Comes after merge.c;
 * layout.c reads the result for every call. */
#include "engine/base/error.h"
#include "engine/plan/plan.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Enough for any bound: a row of two entries to this power exceeds it. */
enum { POWER_MAX = 40, FACTOR_MAX = ENG_SCRATCH_MAX };

/* Working memory of the walk over all values. */
struct walk {
    roost_plan *plan;
    uint32_t *variable; /* [values] index + 1 in plan->variables, 0: fixed length */
    uint32_t *seen;     /* [values] the last value whose search came by, plus 1 */
    uint32_t *stack;    /* [values] */
    uint32_t *found;    /* [sources] that the value depends on */
    uint32_t *power;    /* [sources] 0 between values */
    uint32_t found_count;
    uint32_t room; /* of plan->dependencies */
};

static int is_variable(const struct eng_shape *shape)
{
    return (shape->kind == ENG_IDS || shape->kind == ENG_TEXTS) && shape->entries == 0;
}

static void found(struct walk *walk, uint32_t source, uint32_t value)
{
    walk->seen[source] = value + 1;
    walk->found[walk->found_count++] = source;
}

/* Collect the sources that a value depends on, by a search without recursion. It ends at
 * lists, whose sources are known, so that a chain of them is not walked over and over. */
static void find_sources(struct walk *walk, uint32_t value)
{
    const roost_plan *plan = walk->plan;
    uint32_t depth = 0;
    walk->found_count = 0;
    walk->stack[depth++] = value;
    walk->seen[value] = value + 1;
    while (depth) {
        uint32_t at = walk->stack[--depth];
        if (at < plan->source_count) {
            found(walk, at, value);
            continue;
        }
        const struct eng_variable *list =
            walk->variable[at] ? &plan->variables[walk->variable[at] - 1] : NULL;
        for (uint32_t i = 0; list && i < list->count; i++) {
            uint32_t source = plan->dependencies[list->first + i].source;
            if (walk->seen[source] != value + 1)
                found(walk, source, value);
        }
        if (list)
            continue;
        const struct eng_step *step = &plan->steps[at - plan->source_count];
        for (uint32_t i = 0; i < step->n_inputs; i++) {
            uint32_t input = step->inputs[i];
            if (walk->seen[input] == value + 1)
                continue;
            walk->seen[input] = value + 1;
            walk->stack[depth++] = input;
        }
    }
}

/* The length of a step's list is the product of its inputs' lengths. */
static uint64_t multiply_inputs(struct walk *walk, const struct eng_step *step)
{
    const roost_plan *plan = walk->plan;
    uint64_t factor = 1;
    for (uint32_t i = 0; i < step->n_inputs; i++) {
        const struct eng_shape *shape = eng_plan_shape(plan, step->inputs[i]);
        uint32_t of = walk->variable[step->inputs[i]];
        uint64_t by = 1;
        if (of) {
            const struct eng_variable *input = &plan->variables[of - 1];
            by = input->factor;
            for (uint32_t j = 0; j < input->count; j++) {
                const struct eng_dependency *from = &plan->dependencies[input->first + j];
                uint32_t power = walk->power[from->source] + from->power;
                walk->power[from->source] = power < POWER_MAX ? power : POWER_MAX;
            }
        } else if (shape->kind == ENG_IDS || shape->kind == ENG_TEXTS) {
            by = shape->entries;
        }
        factor = factor * by < FACTOR_MAX ? factor * by : FACTOR_MAX;
    }
    return factor;
}

/* Room for `more` dependencies. */
static roost_status grow_dependencies(struct walk *walk, uint32_t more,
                                      struct roost_error *err)
{
    roost_plan *plan = walk->plan;
    if (more > ENG_DEPENDENCIES_MAX - plan->dependency_count)
        return eng_fail(err, ROOST_LIMIT, "", 0,
                        "the transforms over lists depend on too many features");
    if (plan->dependency_count + more <= walk->room)
        return ROOST_OK;
    uint32_t room = (plan->dependency_count + more) * 2;
    struct eng_dependency *grown = realloc(plan->dependencies, room * sizeof *grown);
    if (!grown)
        return eng_plan_no_memory(err);
    plan->dependencies = grown;
    walk->room = room;
    return ROOST_OK;
}

/* Values come in order, so that a step's inputs are known when it is looked at. power is
 * all 0 before and after. */
static roost_status add_variable(struct walk *walk, uint32_t value,
                                 struct roost_error *err)
{
    roost_plan *plan = walk->plan;
    uint64_t factor = 1;
    find_sources(walk, value);
    roost_status status = grow_dependencies(walk, walk->found_count, err);
    if (status != ROOST_OK)
        return status;
    if (value < plan->source_count)
        walk->power[value] = 1;
    else
        factor = multiply_inputs(walk, &plan->steps[value - plan->source_count]);
    plan->variables[plan->variable_count++] =
        (struct eng_variable){.value = value,
                              .factor = factor,
                              .first = plan->dependency_count,
                              .count = walk->found_count};
    walk->variable[value] = plan->variable_count;
    for (uint32_t i = 0; i < walk->found_count; i++) {
        uint32_t source = walk->found[i];
        plan->dependencies[plan->dependency_count++] =
            (struct eng_dependency){.source = source, .power = walk->power[source]};
        walk->power[source] = 0;
    }
    return ROOST_OK;
}

static roost_status find_variables(roost_plan *plan, struct roost_error *err)
{
    const size_t values = eng_plan_values(plan);
    struct walk walk = {.plan = plan};
    walk.variable = calloc(values + 1, sizeof *walk.variable);
    walk.seen = calloc(values + 1, sizeof *walk.seen);
    walk.stack = calloc(values + 1, sizeof *walk.stack);
    walk.found = calloc(values + 1, sizeof *walk.found);
    walk.power = calloc(values + 1, sizeof *walk.power);
    plan->variables = calloc(values + 1, sizeof *plan->variables);
    roost_status status = ROOST_OK;
    if (!walk.variable || !walk.seen || !walk.stack || !walk.found || !walk.power ||
        !plan->variables)
        status = eng_plan_no_memory(err);
    for (uint32_t v = 0; status == ROOST_OK && v < values; v++) {
        if (is_variable(eng_plan_shape(plan, v)))
            status = add_variable(&walk, v, err);
    }
    free(walk.variable);
    free(walk.seen);
    free(walk.stack);
    free(walk.found);
    free(walk.power);
    return status;
}

/* Bytes that one row of a value takes; lists of unknown length are taken as short. */
static size_t row_bytes(const struct eng_shape *shape)
{
    enum { SHORT_LIST = 16 };
    const size_t entries = shape->entries ? shape->entries : SHORT_LIST;
    switch (shape->kind) {
    case ENG_NUMBER:
        return sizeof(double);
    case ENG_INTEGER:
        return sizeof(int64_t) + 1;
    case ENG_TEXT:
        return sizeof(struct roost_text);
    case ENG_TEXTS:
        return sizeof(uint32_t) + entries * sizeof(struct roost_text);
    case ENG_IDS:
        return sizeof(uint32_t) + entries * (sizeof(uint64_t) + sizeof(float));
    case ENG_DENSE:
        return shape->width * sizeof(float);
    case ENG_DENSE64:
        return shape->width * sizeof(double);
    }
    return 0;
}

/* As many rows as fit the cache, so that a step finds what the one before has written. */
static void choose_block(roost_plan *plan)
{
    size_t bytes = 1;
    for (uint32_t v = 0; v < eng_plan_values(plan); v++)
        bytes += row_bytes(eng_plan_shape(plan, v));
    size_t rows = ENG_BLOCK_BYTES / bytes;
    plan->block = rows < 1 ? 1 : rows > ENG_BLOCK_MAX ? ENG_BLOCK_MAX : (uint32_t)rows;
    for (uint32_t i = 0; i < plan->step_count; i++) {
        const struct eng_step *step = &plan->steps[i];
        size_t scratch = 0;
        if (step->kind == ENG_STEP_OP && step->op->scratch)
            scratch = step->op->scratch(step->state, plan->block);
        plan->op_scratch = scratch > plan->op_scratch ? scratch : plan->op_scratch;
        plan->most_inputs =
            step->n_inputs > plan->most_inputs ? step->n_inputs : plan->most_inputs;
    }
}

/* A table counts in full in each plan that reads it. */
static size_t plan_bytes(const roost_plan *plan)
{
    size_t bytes = sizeof *plan + plan->feature_count * sizeof *plan->features +
                   eng_names_bytes(plan->names) + eng_keys_bytes(plan->ids) +
                   plan->source_count * sizeof *plan->sources +
                   plan->step_count * sizeof *plan->steps +
                   plan->output_count * sizeof *plan->outputs +
                   plan->node_count * sizeof *plan->nodes +
                   plan->dependency_count * sizeof *plan->dependencies;
    for (uint32_t i = 0; i < plan->step_count; i++) {
        const struct eng_step *step = &plan->steps[i];
        size_t columns = step->kind == ENG_STEP_LINEAR ? step->shape.width : 0;
        bytes += (step->n_inputs * (1 + columns) + step->user_count) * sizeof(uint32_t);
    }
    bytes += plan->variable_count * sizeof *plan->variables +
             plan->position_count * sizeof *plan->positions;
    for (uint32_t i = 0; i < plan->placement_count; i++) {
        /* Placements of one table lie side by side. */
        const struct eng_table *table = plan->placements[i].table;
        if (i == 0 || plan->placements[i - 1].table != table)
            bytes += eng_table_bytes(table);
    }
    return bytes;
}

roost_status eng_plan_measure(roost_plan *plan, struct roost_error *err)
{
    roost_status status = find_variables(plan, err);
    if (status != ROOST_OK)
        return status;
    choose_block(plan);
    plan->bytes = plan_bytes(plan);
    /* A row of missing values is the smallest call there is. */
    const struct roost_rows row = {.n = 1};
    if (roost_plan_scratch(plan, &row) == 0)
        return eng_fail(err, ROOST_LIMIT, "", 0,
                        "one row takes more than the %d bytes that a call may have",
                        ENG_SCRATCH_MAX);
    return ROOST_OK;
}
