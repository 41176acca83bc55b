/* SPDX-License-Identifier: MIT
 * forest.h - the packed form of a forest: made by forest_build.c, read by
 * forest_walk.c. Threads  A forest never changes once made; its count of owners
 * is atomic. Memory   eng_forest_free gives back every array. Errors   None
 * here; see engine/model/forest.h.
 *
 * What differs between the libraries' splits (rounding, what is missing, where
 * it goes) is a property of columns: a feature as some splits read it. Each
 * value of a row becomes one 64-bit key a column, in the order of the numbers,
 * with missing below or above them all. A split is then one comparison of
 * integers, and two neighbours follow it:
 *
 *     root  | L R |  LL LR | RL RR | ...        next = child + (key >
 * threshold)
 *
 * A tree's nodes stand in breadth-first order, leaves among them. A leaf is its
 * own child and no key is above its threshold: a walk that has arrived may go
 * on without moving, so several walks of different depths run in step. */
#ifndef ROOST_PREDICT_FOREST_H
#define ROOST_PREDICT_FOREST_H
#include "engine/model/forest.h"

#include <stdatomic.h>

enum {
    ENG_NODE_SET =
        1u << 30, /* in eng_forest_node.column: threshold is an index of sets */
    ENG_NODE_COLUMN = (1u << 30) - 1
};

struct eng_forest_node {
    uint64_t threshold; /* a greater key goes right */
    uint32_t column;    /* and the bit above        */
    uint32_t child;     /* the left one; the right one follows it */
};
_Static_assert(sizeof(struct eng_forest_node) == 16, "four nodes a cache line");

/* How a column reads its feature. */
enum eng_column_bits {
    ENG_COLUMN_ROUND = 1,         /* rounded to float                              */
    ENG_COLUMN_ZERO = 2,          /* |x| <= 1e-35 is missing too                   */
    ENG_COLUMN_NAN_ZERO = 4,      /* NaN is 0, and nothing is missing              */
    ENG_COLUMN_MISSING_RIGHT = 8, /* the key of missing: the greatest, else 0 */
    ENG_COLUMN_CODE = 16,         /* a category, for sets whose members go right   */
    ENG_COLUMN_CODE_LEFT = 32     /* a category, for sets whose members go left    */
};

struct eng_forest_column {
    uint32_t feature;
    uint32_t bits; /* enum eng_column_bits */
};

struct eng_forest_set {
    uint32_t first; /* words in set_bits: [first, end) */
    uint32_t end;
    uint8_t left; /* members go left */
};

struct eng_forest {
    atomic_uint owners;
    uint32_t trees, features, groups, leaves, leaf_width;
    uint32_t nodes; /* splits and leaves */
    uint32_t columns;
    uint32_t sets; /* splits by category */
    uint8_t sum_f32, average;
    struct eng_forest_node *node;     /* [nodes] */
    struct eng_forest_column *column; /* [columns] */
    struct eng_forest_set *set;       /* [sets] */
    uint32_t *leaf_of; /* [nodes] the leaf's index, where the node is one */
    uint32_t *root;    /* [trees] into node */
    uint32_t *depth;   /* [trees] steps to the deepest leaf */
    uint32_t *group;   /* [trees] the output that a tree adds to */
    double *leaf;      /* [leaves * leaf_width] */
    uint32_t *set_bits;
    uint64_t digest[2];
    size_t bytes;
};

/* The place of a number in the order of keys, never 0 nor the greatest. Not of NaN. */
uint64_t eng_forest_key(double x);

/* The leaf, over all trees, that a row [features] falls in: one walk, one row. */
uint32_t eng_forest_leaf(const struct eng_forest *forest, uint32_t tree,
                         const double *row);

/* n rows, `stride` values apart, to keys [n * columns]. */
void eng_forest_keys_f32(const struct eng_forest *forest, const float *rows,
                         size_t stride, uint32_t n, uint64_t *keys);
void eng_forest_keys_f64(const struct eng_forest *forest, const double *rows,
                         size_t stride, uint32_t n, uint64_t *keys);

/* Add the leaves of n rows to sum [n * groups], in the order of the trees (in
 * float when sum_f32). */
void eng_forest_sum(const struct eng_forest *forest, const uint64_t *keys, uint32_t n,
                    double *sum);

#endif
