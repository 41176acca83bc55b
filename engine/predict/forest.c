/* SPDX-License-Identifier: MIT
 * forest.c - a forest's owners and numbers. forest_build.c makes one from a
 * loader's arrays, forest_walk.c runs rows through it, forest_op.c and
 * transform/tree_leaf.c are the operators. */
#include "engine/predict/forest.h"

#include <assert.h>
#include <stdlib.h>

struct eng_forest *eng_forest_retain(struct eng_forest *forest)
{
    unsigned before = atomic_fetch_add_explicit(&forest->owners, 1, memory_order_relaxed);
    assert(before > 0);
    (void)before;
    return forest;
}

void eng_forest_free(struct eng_forest *forest)
{
    /* The last owner must see what the others did before they let go. */
    if (forest == NULL ||
        atomic_fetch_sub_explicit(&forest->owners, 1, memory_order_acq_rel) != 1)
        return;
    free(forest->node);
    free(forest->leaf_of);
    free(forest->root);
    free(forest->depth);
    free(forest->group);
    free(forest->leaf);
    free(forest->column);
    free(forest->set);
    free(forest->set_bits);
    free(forest);
}

void eng_forest_digest(const struct eng_forest *forest, uint64_t digest[2])
{
    digest[0] = forest->digest[0];
    digest[1] = forest->digest[1];
}

size_t eng_forest_bytes(const struct eng_forest *forest)
{
    return forest->bytes;
}

uint32_t eng_forest_features(const struct eng_forest *forest)
{
    return forest->features;
}

uint32_t eng_forest_groups(const struct eng_forest *forest)
{
    return forest->groups;
}

uint32_t eng_forest_trees(const struct eng_forest *forest)
{
    return forest->trees;
}

uint32_t eng_forest_leaves(const struct eng_forest *forest)
{
    return forest->leaves;
}
