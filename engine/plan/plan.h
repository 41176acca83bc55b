/* SPDX-License-Identifier: MIT
 * plan.h - what a plan is inside: sources, steps, outputs, and where their values lie.
 *
 *     columns -> sources -> steps (transforms, then gathers, predictors, calibrations)
 *                             -> outputs -> row of scores
 *
 * Value v is source v when v < source_count, else what step v - source_count writes. A
 * step's inputs are values before its own.
 * Threads  A plan never changes once made. Making and freeing: one thread at a time.
 * Memory   A plan owns its arrays, one reference to each model, and its columns of
 * tables. Errors   NOMEM, SHAPE, VALUE, LIMIT. */
#ifndef ROOST_PLAN_PLAN_H
#define ROOST_PLAN_PLAN_H
#include "engine/base/names.h"
#include "engine/model/model.h"
#include "engine/plan/table.h"
#include "engine/predict/linear.h"

enum {
    ENG_BLOCK_MAX = 64,            /* rows scored at a time, at most                   */
    ENG_BLOCK_BYTES = 512 << 10,   /* values of a block: half of a core's second cache */
    ENG_SCRATCH_MAX = 256 << 20,   /* one call's scratch                               */
    ENG_DEPENDENCIES_MAX = 4 << 20 /* of all values of variable length                 */
};

/* A feature as some models declare it: one column may feed several sources, when models
 * differ in the default or read an f64 as f32. */
struct eng_source {
    uint32_t feature;      /* of the plan */
    enum roost_type given; /* the column's type: the plan's; the model's is declared's */
    /* What binding asks of every source of every call, gathered here: a plan may have
     * tens of thousands, and each line of memory that need not be read counts. */
    uint8_t list;        /* its column has starts */
    uint8_t in_place;    /* a column without a context's value is read as it lies */
    uint8_t has_default; /* declared->has_default */
    struct eng_shape shape;
    const struct eng_feature *declared;
    uint64_t digest[2];
};

/* The length of a list value in a row is `entries` times the product, over what it
 * depends on, of the source's own length to this power (0: not a list). */
struct eng_dependency {
    uint32_t source;
    uint32_t power;
};

struct eng_variable {
    uint32_t value;
    uint64_t factor;
    uint32_t first, count; /* in dependencies */
};

enum eng_step_kind {
    ENG_STEP_OP,     /* op->run                                             */
    ENG_STEP_GATHER, /* partial sums of one input, for one or several linears */
    ENG_STEP_LINEAR  /* partial sums, scalars -> margins -> link              */
};

struct eng_step {
    enum eng_step_kind kind;
    uint32_t n_inputs;
    uint32_t *inputs; /* [n_inputs] values */
    struct eng_shape shape;
    const struct eng_op *op;
    const void *state;
    struct eng_gather gather;
    uint32_t *columns; /* LINEAR: [n_inputs * width] in the row of the partial sum; unused
                          for an input that is a scalar */
    uint32_t *users;   /* [user_count] models, ascending */
    uint32_t user_count;
    int32_t node; /* in nodes, -1: not a transform */
};

/* The columns one linear has in one table. */
struct eng_placement {
    struct eng_table *table;
    uint32_t *column; /* [width] */
    uint32_t width;
};

struct eng_member {
    roost_model *model;
    char *name;
};

struct eng_plan_output {
    struct roost_output about;
    uint32_t value;
};

struct roost_plan {
    uint32_t model_count, feature_count, source_count, step_count;
    uint32_t transform_count; /* steps before it are transforms over features alone */
    uint32_t output_count, node_count, placement_count, variable_count;
    uint32_t width;       /* numbers in a row of scores */
    uint32_t block;       /* rows scored at a time */
    uint32_t most_inputs; /* of a step */
    size_t op_scratch;    /* bytes, for a block */
    struct eng_member *models;
    struct roost_feature *features;
    struct eng_names *names; /* index: feature */
    struct eng_keys *ids;    /* index: feature */
    struct eng_source *sources;
    struct eng_step *steps;
    struct eng_plan_output *outputs;
    struct roost_node *nodes;
    struct eng_placement *placements;
    struct eng_variable *variables; /* values of variable length, in order */
    struct eng_dependency *dependencies;
    uint32_t dependency_count;
    uint32_t *positions; /* [position_count] features */
    uint32_t position_count, position_width;
    const char *position_name;
    int strict, signatures;
    size_t bytes;
};

static inline uint32_t eng_plan_values(const roost_plan *plan)
{
    return plan->source_count + plan->step_count;
}

static inline const struct eng_shape *eng_plan_shape(const roost_plan *plan,
                                                     uint32_t value)
{
    return value < plan->source_count ? &plan->sources[value].shape
                                      : &plan->steps[value - plan->source_count].shape;
}

/* NOMEM with a sentence. */
roost_status eng_plan_no_memory(struct roost_error *err);

/* schema.c: features, positions and signatures out of the models. */
roost_status eng_plan_schema(roost_plan *plan, struct roost_error *err);

/* merge.c: sources and steps out of the models' values, equal ones once; outputs. */
roost_status eng_plan_merge(roost_plan *plan, const roost_plan *previous,
                            struct roost_error *err);

/* layout.c: lengths, block size and scratch. */
roost_status eng_plan_measure(roost_plan *plan, struct roost_error *err);

#endif
