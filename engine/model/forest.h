/* SPDX-License-Identifier: MIT
 * forest.h - decision trees in memory, with the split semantics of XGBoost and LightGBM.
 * Threads  A forest never changes once made; its count of owners is atomic.
 * Memory   eng_forest_new copies; `_new` and `_retain` each pair with one `_free`.
 * Errors   NOMEM, SHAPE (an array's size), VALUE (at = node: a child that does not come
 *          after its parent, a feature out of range, a leaf or threshold not finite). */
#ifndef ROOST_MODEL_FOREST_H
#define ROOST_MODEL_FOREST_H
#include "engine/roost.h"

/* A split's flags. Bits 0-3 are LightGBM's decision_type. */
enum eng_split {
    ENG_SPLIT_CATEGORICAL = 1,  /* threshold is an index of a category set            */
    ENG_SPLIT_DEFAULT_LEFT = 2, /* where a missing value goes                         */
    ENG_SPLIT_MISSING_ZERO = 4, /* |x| <= 1e-35 is missing, and so is NaN             */
    ENG_SPLIT_MISSING_NAN = 8,  /* NaN is missing; with neither bit NaN counts as 0   */
    ENG_SPLIT_LESS = 16,        /* (float)x < (float)t goes left (XGBoost);
                                   without it x <= t in double (LightGBM)             */
    ENG_SPLIT_SET_RIGHT = 32    /* members of the set go right (XGBoost), NaN to the
                                   default; without it members go left (LightGBM),
                                   NaN, negative and unknown ones right               */
};

/* Arrays as a loader gives them, borrowed for the call. A child >= 0 is a node's index
 * (in the whole forest) and lies after its parent; a child < 0 is leaf ~child. A tree of
 * a single leaf has root < 0, likewise ~leaf. */
struct eng_forest_spec {
    uint32_t trees;             /* T */
    uint32_t nodes;             /* N, split nodes only */
    uint32_t leaves;            /* L, of all trees; a tree's leaves are consecutive */
    uint32_t features;          /* width of the row that the splits index */
    uint32_t groups;            /* K >= 1 outputs */
    uint32_t leaf_width;        /* 1, or K when a leaf holds one value per output */
    const int32_t *root;        /* [T] */
    const uint32_t *feature;    /* [N] < features */
    const double *threshold;    /* [N] */
    const uint8_t *flags;       /* [N] enum eng_split */
    const int32_t *left;        /* [N] */
    const int32_t *right;       /* [N] */
    const double *leaf;         /* [L * leaf_width] */
    const uint32_t *leaf_start; /* [T + 1] a tree's first leaf */
    const uint32_t *group;     /* [T] < K, NULL: all 0; unused when leaf_width is K > 1 */
    uint32_t sets;             /* category sets */
    const uint32_t *set_start; /* [sets + 1] into set_bits */
    const uint32_t *set_bits;  /* code c is in the set when word c / 32, bit c % 32 */
    uint8_t sum_f32;           /* 1: leaves are added in float, in order (XGBoost) */
    uint8_t average; /* 1: the sum is divided by T / K (LightGBM's random forest) */
};

struct eng_forest; /* opaque here: engine/predict/forest.c */

roost_status eng_forest_new(const struct eng_forest_spec *spec, struct eng_forest **out,
                            struct roost_error *err);
struct eng_forest *eng_forest_retain(struct eng_forest *forest);
void eng_forest_free(struct eng_forest *forest);
/* 128-bit content digest, for sharing. */
void eng_forest_digest(const struct eng_forest *forest, uint64_t digest[2]);
size_t eng_forest_bytes(const struct eng_forest *forest);
uint32_t eng_forest_features(const struct eng_forest *forest);
uint32_t eng_forest_groups(const struct eng_forest *forest);
uint32_t eng_forest_trees(const struct eng_forest *forest);
uint32_t eng_forest_leaves(const struct eng_forest *forest);

#endif
