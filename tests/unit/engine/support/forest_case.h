/* SPDX-License-Identifier: MIT
 * forest_case.h - forests for tests, small by hand or large by chance, and an oracle that
 * walks the loader's arrays by the words of engine/model/forest.h, nothing packed.
 * Threads  For tests.
 * Memory   A case holds its arrays; nothing to free.
 * Errors   A case that is too small for what is asked fails the test. */
#ifndef ROOST_TEST_FOREST_CASE_H
#define ROOST_TEST_FOREST_CASE_H
#include "engine/model/forest.h"

enum { FC_TREES = 64, FC_NODES = 8192, FC_SPLITS = 1024, FC_SETS = 16, FC_WORDS = 2 };

struct forest_case {
    struct eng_forest_spec spec; /* points into the arrays below */
    int32_t root[FC_TREES];
    uint32_t feature[FC_NODES];
    double threshold[FC_NODES];
    uint8_t flags[FC_NODES];
    int32_t left[FC_NODES], right[FC_NODES];
    double leaf[4 * (FC_NODES + FC_TREES)];
    uint32_t leaf_start[FC_TREES + 1];
    uint32_t group[FC_TREES];
    uint32_t set_start[FC_SETS + 1], set_bits[FC_SETS * FC_WORDS];
    uint64_t seed; /* of what chance decides */
};

/* How splits are made by chance. */
enum fc_style { FC_XGBOOST, FC_XGBOOST_SETS, FC_LIGHTGBM, FC_LIGHTGBM_SETS, FC_MIXED };

/* An empty forest over so many features, one output. */
void fc_init(struct forest_case *c, uint32_t features);

/* One split of feature 0: leaf 0, on the left, is worth 1, leaf 1 on the right 2. */
void fc_stump(struct forest_case *c, unsigned flags, double threshold);

/* Add the category set of these codes (below 64); its index. */
uint32_t fc_set(struct forest_case *c, uint32_t count, const uint32_t *codes);

/* Add a tree of `splits` splits that grew at leaves chosen by chance. */
void fc_grow(struct forest_case *c, enum fc_style style, uint32_t splits);

/* A value that splits are likely to disagree on: a threshold or its neighbours, zeros,
 * denormals, infinities, NaN, a category. */
double fc_probe(struct forest_case *c);

/* The leaf by definition. */
uint32_t fc_leaf(const struct forest_case *c, uint32_t tree, const double *row);

uint32_t fc_random(struct forest_case *c, uint32_t below);

#endif
