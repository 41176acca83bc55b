/* SPDX-License-Identifier: MIT
 * tree_leaf.c - the leaf that a row falls in, of each tree, as an id: boosted trees as
 * the features of a linear model. Before it: features, vocabulary, concat; after it:
 * linear, cross. */
#include "engine/base/error.h"
#include "engine/model/builder.h"
#include "engine/predict/forest.h"
#include "engine/transform/args.h"
#include "engine/transform/join.h"
#include "engine/transform/ops.h"
#include "engine/transform/value.h"

#include <stdlib.h>

struct tree_leaf {
    struct eng_forest *forest;
    struct eng_join join;
};

static void tree_leaf_free(void *state)
{
    struct tree_leaf *self = state;
    if (self == NULL)
        return;
    eng_forest_free(self->forest);
    eng_join_clear(&self->join);
    free(self);
}

static roost_status read_forest(struct tree_leaf *self, const struct eng_op_args *args,
                                struct roost_error *err)
{
    const struct eng_param *param = eng_op_arg(args, "forest");
    if (param == NULL || param->forest == NULL)
        return eng_fail(err, ROOST_VALUE, args->name, 0, "'forest' is missing");
    if (param->forest->trees == 0)
        return eng_fail(err, ROOST_VALUE, args->name, 0, "the forest has no trees");
    self->forest = eng_forest_retain(param->forest);
    if (self->join.width != self->forest->features)
        return eng_fail(err, ROOST_SHAPE, args->name, self->join.width,
                        "the inputs have %u values together; the forest splits on %u",
                        self->join.width, self->forest->features);
    return ROOST_OK;
}

static roost_status tree_leaf_make(const struct eng_op_args *args, struct eng_shape *out,
                                   void **state, size_t *bytes, struct roost_error *err)
{
    struct tree_leaf *self = calloc(1, sizeof *self);
    if (self == NULL)
        return eng_fail(err, ROOST_NOMEM, args->name, 0, "out of memory");
    roost_status status = eng_join_init(&self->join, args, err);
    if (status == ROOST_OK)
        status = read_forest(self, args, err);
    if (status != ROOST_OK) {
        tree_leaf_free(self);
        return status;
    }
    *out = (struct eng_shape){.kind = ENG_IDS,
                              .width = 1,
                              .bound = self->forest->leaves,
                              .entries = self->forest->trees};
    *state = self;
    *bytes = sizeof *self + eng_join_bytes(&self->join) + self->forest->bytes;
    return ROOST_OK;
}

static size_t tree_leaf_scratch(const void *state, uint32_t rows)
{
    const struct tree_leaf *self = state;
    (void)rows;
    return self->join.width * sizeof(double);
}

/* One row at a time through the reference walk: rows of leaves are wanted in the order of
 * the trees, and what follows (a linear over thousands of ids) costs more. */
static roost_status tree_leaf_run(const void *state, const struct eng_block *block,
                                  const struct eng_value *const *in,
                                  struct eng_value *out, struct roost_error *err)
{
    const struct tree_leaf *self = state;
    int is_row = eng_join_is(&self->join, ENG_DENSE64);
    uint32_t used = 0;
    (void)err;
    out->start[0] = 0;
    for (uint32_t r = 0; r < block->n; r++) {
        const double *row = block->scratch;
        if (is_row)
            row = in[0]->f64 + (size_t)eng_row(in[0], r) * self->join.width;
        else
            eng_join_f64(&self->join, in, r, 1, block->scratch);
        for (uint32_t t = 0; t < self->forest->trees; t++)
            eng_put_id(out, &used, eng_forest_leaf(self->forest, t, row), 1);
        out->start[r + 1] = used;
    }
    return ROOST_OK;
}

static const struct eng_param_spec params[] = {
    {"forest", ENG_PARAM_FOREST, 1, NULL,
     "the trees: a name before .root, .feature, ... in the weights, or {file: "
     "model.ubj}"},
    {NULL, ENG_PARAM_INT, 0, NULL, NULL},
};

const struct eng_op eng_op_tree_leaf = {
    .name = "tree_leaf",
    .role = ENG_TRANSFORM,
    .min_inputs = 1,
    .max_inputs = ENG_FEATURES_MAX,
    .params = params,
    .help = "numbers, indices and dense -> ids of leaves, one a tree",
    .make = tree_leaf_make,
    .free = tree_leaf_free,
    .scratch = tree_leaf_scratch,
    .run = tree_leaf_run,
};
