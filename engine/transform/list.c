/* SPDX-License-Identifier: MIT
 * list.c - the operators by name, in the order of the docs. The builder finds an operator
 * here when a loader adds a node; make functions look their parameters up through it. */
#include "engine/predict/linear.h"
#include "engine/predict/ops.h"
#include "engine/transform/ops.h"

#include <string.h>

static const struct eng_op *const ops[] = {
    &eng_op_discretize,  &eng_op_hash,   &eng_op_cross,     &eng_op_vocabulary,
    &eng_op_one_hot,     &eng_op_impute, &eng_op_clip,      &eng_op_log1p,
    &eng_op_standardize, &eng_op_concat, &eng_op_tree_leaf, &eng_op_embed,
    &eng_op_linear,      &eng_op_forest, &eng_op_mlp,       &eng_op_fm,
    &eng_op_isotonic,    &eng_op_platt,
};

const struct eng_op *const *eng_op_list(uint32_t *count)
{
    *count = sizeof ops / sizeof ops[0];
    return ops;
}

const struct eng_op *eng_op_find(const char *name, size_t size)
{
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++)
        if (strlen(ops[i]->name) == size && memcmp(ops[i]->name, name, size) == 0)
            return ops[i];
    return NULL;
}

const struct eng_param *eng_op_arg(const struct eng_op_args *args, const char *key)
{
    for (uint32_t i = 0; i < args->n_params; i++)
        if (strcmp(args->params[i].key, key) == 0)
            return &args->params[i];
    return NULL;
}
