/* SPDX-License-Identifier: MIT
 * forest_walk.c - rows go down the trees. A step waits for memory, so several
 * walks run in step with each other: LANES rows down one tree, or one row down
 * LANES trees. Leaves are added in the order of the trees in both, so that the
 * result has the same bits, whatever the number of rows. eng_forest_leaf is the
 * reference: one row, one tree. */
#include "engine/predict/forest.h"

#include <math.h>
#include <string.h>

enum { LANES = 8 };

/* One text, compiled for forests with and without category sets. */
#define VARIANT static inline __attribute__((always_inline))

/* Keys of a category column beside codes: not a member of any set; right by
 * default. */
static const uint64_t NO_MEMBER = UINT64_MAX - 1, GOES_RIGHT = UINT64_MAX;

/* The bits of doubles above 0 are in order, those below in reverse. Adding 0
 * makes one of both zeros. */
uint64_t eng_forest_key(double x)
{
    const uint64_t sign = UINT64_C(1) << 63;
    uint64_t bits;
    x += 0.0;
    memcpy(&bits, &x, sizeof bits);
    return bits & sign ? ~bits : bits | sign;
}

/* Casts are made after the range is known: a code is truncated toward zero, as
 * both libraries do, so that -0.5 is LightGBM's category 0, while XGBoost
 * refuses what is negative before it truncates. */
static uint64_t code_key(uint32_t bits, double x)
{
    const double codes = 16777216, integers = 2147483648;
    float narrow = (float)x;
    if (bits & ENG_COLUMN_CODE_LEFT)
        return x > -1 && x < integers ? (uint64_t)(int64_t)x : NO_MEMBER;
    if (isnan(x))
        return bits & ENG_COLUMN_MISSING_RIGHT ? GOES_RIGHT : NO_MEMBER;
    return narrow >= 0 && (double)narrow < codes ? (uint64_t)narrow : NO_MEMBER;
}

VARIANT uint64_t column_key(uint32_t bits, double x)
{
    uint64_t missing = bits & ENG_COLUMN_MISSING_RIGHT ? UINT64_MAX : 0;
    if (bits & (ENG_COLUMN_CODE | ENG_COLUMN_CODE_LEFT))
        return code_key(bits, x);
    if (bits & ENG_COLUMN_ROUND)
        x = (double)(float)x;
    if (bits & ENG_COLUMN_NAN_ZERO && isnan(x))
        x = 0;
    if (isnan(x) || (bits & ENG_COLUMN_ZERO && fabs(x) <= (double)1e-35f))
        return missing;
    return eng_forest_key(x);
}

void eng_forest_keys_f32(const struct eng_forest *forest, const float *rows,
                         size_t stride, uint32_t n, uint64_t *keys)
{
    for (uint32_t c = 0; c < forest->columns; c++) {
        struct eng_forest_column column = forest->column[c];
        for (uint32_t r = 0; r < n; r++) {
            double x = (double)rows[r * stride + column.feature];
            keys[(size_t)r * forest->columns + c] = column_key(column.bits, x);
        }
    }
}

void eng_forest_keys_f64(const struct eng_forest *forest, const double *rows,
                         size_t stride, uint32_t n, uint64_t *keys)
{
    for (uint32_t c = 0; c < forest->columns; c++) {
        struct eng_forest_column column = forest->column[c];
        for (uint32_t r = 0; r < n; r++) {
            double x = rows[r * stride + column.feature];
            keys[(size_t)r * forest->columns + c] = column_key(column.bits, x);
        }
    }
}

static uint32_t set_right(const struct eng_forest *forest, uint64_t index, uint64_t code)
{
    const struct eng_forest_set *set = &forest->set[index];
    uint64_t word = code / 32;
    uint32_t in = 0;
    if (word < set->end - set->first)
        in = forest->set_bits[set->first + word] >> (code % 32) & 1;
    return set->left ? !in : in | (code == GOES_RIGHT);
}

VARIANT uint32_t step(const struct eng_forest *forest, const struct eng_forest_node *node,
                      uint64_t key, int sets)
{
    if (sets && node->column & ENG_NODE_SET)
        return node->child + set_right(forest, node->threshold, key);
    return node->child + (key > node->threshold);
}

uint32_t eng_forest_leaf(const struct eng_forest *forest, uint32_t tree,
                         const double *row)
{
    uint32_t at = forest->root[tree];
    const struct eng_forest_node *node = &forest->node[at];
    while (node->child != at) {
        struct eng_forest_column column = forest->column[node->column & ENG_NODE_COLUMN];
        at = step(forest, node, column_key(column.bits, row[column.feature]), 1);
        node = &forest->node[at];
    }
    return forest->leaf_of[at];
}

VARIANT int arrived(const struct eng_forest *forest, uint32_t at)
{
    return forest->node[at].child == at;
}

VARIANT uint32_t lane(const struct eng_forest *forest, uint32_t at, const uint64_t *keys,
                      int sets)
{
    const struct eng_forest_node *node = &forest->node[at];
    uint32_t column = sets ? node->column & ENG_NODE_COLUMN : node->column;
    return step(forest, node, keys[column], sets);
}

/* Lane i goes down from at[i] with row[i]; by name, so that compilers keep all
 * lanes in registers. Trees that grew leaf by leaf are deep in few places only,
 * so that it pays to ask now and then whether all have arrived. */
VARIANT void walk(const struct eng_forest *forest, uint32_t at[LANES],
                  const uint64_t *const row[LANES], uint32_t depth, int sets)
{
    uint32_t a = at[0], b = at[1], c = at[2], d = at[3];
    uint32_t e = at[4], f = at[5], g = at[6], h = at[7];
    for (uint32_t level = 0; level < depth; level++) {
        a = lane(forest, a, row[0], sets);
        b = lane(forest, b, row[1], sets);
        c = lane(forest, c, row[2], sets);
        d = lane(forest, d, row[3], sets);
        e = lane(forest, e, row[4], sets);
        f = lane(forest, f, row[5], sets);
        g = lane(forest, g, row[6], sets);
        h = lane(forest, h, row[7], sets);
        if (level % 8 == 7 && arrived(forest, a) && arrived(forest, b) &&
            arrived(forest, c) && arrived(forest, d) && arrived(forest, e) &&
            arrived(forest, f) && arrived(forest, g) && arrived(forest, h))
            break;
    }
    at[0] = a, at[1] = b, at[2] = c, at[3] = d;
    at[4] = e, at[5] = f, at[6] = g, at[7] = h;
}

static void add(const struct eng_forest *forest, uint32_t tree, uint32_t at, double *sum)
{
    const double *leaf = forest->leaf + (size_t)forest->leaf_of[at] * forest->leaf_width;
    uint32_t first = forest->leaf_width == 1 ? forest->group[tree] : 0;
    for (uint32_t i = 0; i < forest->leaf_width; i++) {
        double *to = &sum[first + i];
        *to = forest->sum_f32 ? (double)((float)*to + (float)leaf[i]) : *to + leaf[i];
    }
}

/* Whole groups of LANES rows, the tree outside, so that its nodes stay in
 * cache. */
VARIANT void sum_groups(const struct eng_forest *forest, const uint64_t *keys, uint32_t n,
                        double *sum, int sets)
{
    for (uint32_t t = 0; t < forest->trees; t++) {
        for (uint32_t r = 0; r + LANES <= n; r += LANES) {
            uint32_t at[LANES];
            const uint64_t *row[LANES];
            for (uint32_t i = 0; i < LANES; i++) {
                at[i] = forest->root[t];
                row[i] = keys + (size_t)(r + i) * forest->columns;
            }
            walk(forest, at, row, forest->depth[t], sets);
            for (uint32_t i = 0; i < LANES; i++)
                add(forest, t, at[i], sum + (size_t)(r + i) * forest->groups);
        }
    }
}

/* One row; the last group of trees repeats its last tree in the lanes left
 * over. */
VARIANT void sum_row(const struct eng_forest *forest, const uint64_t *keys, double *sum,
                     int sets)
{
    const uint64_t *row[LANES];
    for (int i = 0; i < LANES; i++)
        row[i] = keys;
    for (uint32_t t = 0; t < forest->trees; t += LANES) {
        uint32_t at[LANES], depth = 0;
        for (uint32_t i = 0; i < LANES; i++) {
            uint32_t tree = t + i < forest->trees ? t + i : forest->trees - 1;
            at[i] = forest->root[tree];
            depth = depth > forest->depth[tree] ? depth : forest->depth[tree];
        }
        walk(forest, at, row, depth, sets);
        for (uint32_t i = 0; i < LANES && t + i < forest->trees; i++)
            add(forest, t + i, at[i], sum);
    }
}

VARIANT void sum_all(const struct eng_forest *forest, const uint64_t *keys, uint32_t n,
                     double *sum, int sets)
{
    sum_groups(forest, keys, n, sum, sets);
    for (uint32_t r = n - n % LANES; r < n; r++)
        sum_row(forest, keys + (size_t)r * forest->columns,
                sum + (size_t)r * forest->groups, sets);
}

void eng_forest_sum(const struct eng_forest *forest, const uint64_t *keys, uint32_t n,
                    double *sum)
{
    if (forest->sets == 0)
        sum_all(forest, keys, n, sum, 0);
    else
        sum_all(forest, keys, n, sum, 1);
}
