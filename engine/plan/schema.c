/* SPDX-License-Identifier: MIT
 * schema.c - the schema of a plan: the union of its models' features, and the ways in
 * which rows may be addressed. Decoders lay out columns by it; merge.c then finds out
 * which models read which. */
#include "engine/base/error.h"
#include "engine/plan/plan.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char *type_name(enum roost_type type)
{
    static const char *const names[] = {"f32",    "f64",     "i64",    "bool",
                                        "string", "strings", "sparse", "i32"};
    return names[type];
}

static int is_number(enum roost_type type)
{
    return type == ROOST_F32 || type == ROOST_F64;
}

/* The first model that declares the feature, for messages. */
static const char *declarer(const roost_plan *plan, uint64_t id)
{
    for (uint32_t m = 0; m < plan->model_count; m++) {
        const roost_model *model = plan->models[m].model;
        for (uint32_t f = 0; f < model->feature_count; f++) {
            if (model->features[f].about.id == id)
                return plan->models[m].name;
        }
    }
    return "";
}

/* A model declares a feature that another has declared before. The wider of two number
 * types serves both: an f32 reader rounds what it gets. */
static roost_status join_feature(roost_plan *plan, struct roost_feature *old,
                                 const struct roost_feature *new, uint32_t model,
                                 struct roost_error *err)
{
    assert(old->name != NULL && new->name != NULL);
    if (strcmp(old->name, new->name) != 0)
        return eng_fail(
            err, ROOST_VALUE, new->name, model,
            "its id is that of feature '%s' of model '%s' as well; rename one", old->name,
            declarer(plan, new->id));
    int alike = old->type == new->type || (is_number(old->type) && is_number(new->type));
    if (!alike || old->vector != new->vector || old->width != new->width)
        return eng_fail(
            err, ROOST_SHAPE, new->name, model,
            "model '%s' declares it as %s%s of width %u, model '%s' as %s%s of "
            "width %u; give one of them another name",
            declarer(plan, new->id), type_name(old->type), old->vector ? " vector" : "",
            old->width, plan->models[model].name, type_name(new->type),
            new->vector ? " vector" : "", new->width);
    if (new->type == ROOST_F64)
        old->type = ROOST_F64;
    old->context |= new->context;
    return ROOST_OK;
}

static roost_status add_model(roost_plan *plan, uint32_t m, struct roost_error *err)
{
    const roost_model *model = plan->models[m].model;
    for (uint32_t f = 0; f < model->feature_count; f++) {
        const struct roost_feature *about = &model->features[f].about;
        int32_t at = eng_keys_find(plan->ids, about->id);
        if (at >= 0) {
            roost_status status = join_feature(plan, &plan->features[at], about, m, err);
            if (status != ROOST_OK)
                return status;
            continue;
        }
        if (plan->feature_count == ENG_FEATURES_MAX)
            return eng_fail(err, ROOST_LIMIT, about->name, m, "more than %d features",
                            ENG_FEATURES_MAX);
        if (eng_keys_add(plan->ids, about->id) < 0 ||
            eng_names_add(plan->names, about->name, strlen(about->name)) < 0)
            return eng_plan_no_memory(err);
        plan->features[plan->feature_count++] = *about;
    }
    return ROOST_OK;
}

/* Equal lists in equal order, under one name: only then does position j mean the same. */
static int same_positions(const roost_model *a, const roost_model *b)
{
    if (!a->positions || !b->positions || a->position_count != b->position_count ||
        strcmp(a->position_name, b->position_name) != 0)
        return 0;
    for (uint32_t i = 0; i < a->position_count; i++) {
        if (a->features[a->positions[i]].about.id !=
            b->features[b->positions[i]].about.id)
            return 0;
    }
    return 1;
}

/* A plan is addressed by position only where all its models are, in the same way. */
static roost_status add_positions(roost_plan *plan, struct roost_error *err)
{
    const roost_model *first = plan->models[0].model;
    int same = first->positions != NULL;
    for (uint32_t m = 1; same && m < plan->model_count; m++)
        same = same_positions(first, plan->models[m].model);
    if (!same)
        return ROOST_OK;
    plan->positions = malloc(first->position_count * sizeof *plan->positions);
    if (!plan->positions)
        return eng_plan_no_memory(err);
    plan->position_count = first->position_count;
    plan->position_name = first->position_name;
    plan->position_width = first->position_count;
    for (uint32_t i = 0; i < first->position_count; i++) {
        const struct roost_feature *about = &first->features[first->positions[i]].about;
        plan->positions[i] = (uint32_t)eng_keys_find(plan->ids, about->id);
        if (about->vector)
            plan->position_width = about->width;
    }
    return ROOST_OK;
}

roost_status eng_plan_schema(roost_plan *plan, struct roost_error *err)
{
    uint64_t total = 0;
    for (uint32_t m = 0; m < plan->model_count; m++)
        total += plan->models[m].model->feature_count;
    uint32_t room = total > ENG_FEATURES_MAX ? ENG_FEATURES_MAX : (uint32_t)total;
    plan->features = calloc((size_t)room + 1, sizeof *plan->features);
    plan->names = eng_names_new(room);
    plan->ids = eng_keys_new(room);
    if (!plan->features || !plan->names || !plan->ids)
        return eng_plan_no_memory(err);
    roost_status status = ROOST_OK;
    for (uint32_t m = 0; status == ROOST_OK && m < plan->model_count; m++) {
        status = add_model(plan, m, err);
        plan->strict |= plan->models[m].model->strict;
    }
    if (status == ROOST_OK)
        status = add_positions(plan, err);
    if (status != ROOST_OK)
        return status;
    uint32_t vectors = 0;
    for (uint32_t f = 0; f < plan->feature_count; f++)
        vectors += plan->features[f].vector;
    int all = vectors > 0 && vectors == plan->feature_count;
    if (all || plan->positions)
        plan->signatures |= ROOST_SIGNATURE_TENSOR;
    if (!all)
        plan->signatures |= ROOST_SIGNATURE_FEATURES;
    return ROOST_OK;
}
