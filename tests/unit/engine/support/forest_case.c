/* SPDX-License-Identifier: MIT
 * forest_case.c - see forest_case.h. */
#include "tests/unit/engine/support/forest_case.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

uint32_t fc_random(struct forest_case *c, uint32_t below)
{
    c->seed = c->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(c->seed >> 33) % below;
}

void fc_init(struct forest_case *c, uint32_t features)
{
    memset(c, 0, sizeof *c);
    c->seed = 1;
    c->spec = (struct eng_forest_spec){.features = features,
                                       .groups = 1,
                                       .leaf_width = 1,
                                       .root = c->root,
                                       .feature = c->feature,
                                       .threshold = c->threshold,
                                       .flags = c->flags,
                                       .left = c->left,
                                       .right = c->right,
                                       .leaf = c->leaf,
                                       .leaf_start = c->leaf_start,
                                       .group = c->group,
                                       .set_start = c->set_start,
                                       .set_bits = c->set_bits};
}

void fc_stump(struct forest_case *c, unsigned flags, double threshold)
{
    c->spec.trees = 1;
    c->spec.nodes = 1;
    c->spec.leaves = 2;
    c->flags[0] = (uint8_t)flags;
    c->threshold[0] = threshold;
    c->left[0] = ~0;
    c->right[0] = ~1;
    c->leaf[0] = 1;
    c->leaf[1] = 2;
    c->leaf_start[1] = 2;
}

uint32_t fc_set(struct forest_case *c, uint32_t count, const uint32_t *codes)
{
    uint32_t set = c->spec.sets++, first = c->set_start[set];
    assert_true(set < FC_SETS);
    for (uint32_t i = 0; i < count; i++)
        c->set_bits[first + codes[i] / 32] |= 1u << codes[i] % 32;
    c->set_start[set + 1] = first + FC_WORDS;
    return set;
}

static double some_threshold(struct forest_case *c)
{
    static const double special[] = {0,         -0.0,    1e-35,         -1e-36, INFINITY,
                                     -INFINITY, FLT_MAX, -FLT_MAX,      1e-40,  5e-324,
                                     1e300,     -1e300,  (double)1e-35f};
    if (fc_random(c, 5) == 0)
        return special[fc_random(c, sizeof special / sizeof special[0])];
    return ((double)fc_random(c, 2001) - 1000) / 300;
}

static void some_split(struct forest_case *c, enum fc_style style, uint32_t node)
{
    const unsigned missing[] = {0, ENG_SPLIT_MISSING_ZERO, ENG_SPLIT_MISSING_NAN};
    int sets = style != FC_XGBOOST && style != FC_LIGHTGBM && fc_random(c, 3) == 0;
    int xgboost = style == FC_XGBOOST || style == FC_XGBOOST_SETS;
    unsigned flags = fc_random(c, 2) ? ENG_SPLIT_DEFAULT_LEFT : 0;
    if (style == FC_MIXED)
        xgboost = fc_random(c, 2) == 0;
    if (sets)
        flags |= ENG_SPLIT_CATEGORICAL | (xgboost ? ENG_SPLIT_SET_RIGHT : 0);
    else
        flags |= xgboost ? ENG_SPLIT_LESS : missing[fc_random(c, 3)];
    if (style == FC_LIGHTGBM)
        flags &= ~(unsigned)ENG_SPLIT_MISSING_ZERO;
    c->feature[node] = fc_random(c, c->spec.features);
    c->flags[node] = (uint8_t)flags;
    c->threshold[node] = sets ? fc_random(c, c->spec.sets) : some_threshold(c);
}

/* Every end of the tree is a place where either a split or a leaf goes; splits are put at
 * a place chosen by chance until there are enough, so that trees are uneven. */
void fc_grow(struct forest_case *c, enum fc_style style, uint32_t splits)
{
    int32_t *place[FC_SPLITS + 1];
    uint32_t tree = c->spec.trees++, places = 1;
    assert_true(tree < FC_TREES && splits <= FC_SPLITS);
    assert_true(c->spec.nodes + splits <= FC_NODES);
    place[0] = &c->root[tree];
    for (uint32_t i = 0; i < splits; i++) {
        uint32_t node = c->spec.nodes++, at = fc_random(c, places);
        some_split(c, style, node);
        *place[at] = (int32_t)node;
        place[at] = &c->left[node];
        place[places++] = &c->right[node];
    }
    for (uint32_t i = 0; i < places; i++) {
        for (uint32_t k = 0; k < c->spec.leaf_width; k++)
            c->leaf[(size_t)c->spec.leaves * c->spec.leaf_width + k] =
                ((double)fc_random(c, 2000001) - 1000000) / 777777;
        *place[i] = ~(int32_t)c->spec.leaves++;
    }
    c->leaf_start[tree + 1] = c->spec.leaves;
    c->group[tree] = tree % c->spec.groups;
}

double fc_probe(struct forest_case *c)
{
    double near = c->spec.nodes ? c->threshold[fc_random(c, c->spec.nodes)] : 0;
    /* Ends of the ranges in which a number is a category, for either library. */
    static const double edges[] = {-0.5,       -1,         -1.5,           0.999,
                                   16777215,   16777216,   16777215.9,     2147483647,
                                   2147483648, 4294967299, 1e300,          -1e300,
                                   31.5,       63.999,     (double)1e-35f, -1e-35};
    switch (fc_random(c, 12)) {
    case 10:
        return edges[fc_random(c, sizeof edges / sizeof edges[0])];
    case 0:
        return (double)NAN;
    case 1:
        return fc_random(c, 2) ? INFINITY : -INFINITY;
    case 2:
        return near;
    case 3:
        return nextafter(near, INFINITY);
    case 4:
        return nextafter(near, -INFINITY);
    case 5:
        return (double)nextafterf((float)near, INFINITY);
    case 6:
        return (double)nextafterf((float)near, -INFINITY);
    case 7:
        return fc_random(c, 2) ? -0.0 : 0.0;
    case 8:
        return (double)fc_random(c, 70) - 3;
    case 9:
        return ((double)fc_random(c, 7) - 3) * 0.5e-35;
    default:
        return ((double)fc_random(c, 2001) - 1000) / 250;
    }
}

static int member(const struct eng_forest_spec *spec, uint32_t set, double x)
{
    uint32_t words = spec->set_start[set + 1] - spec->set_start[set];
    if (x >= 32.0 * words)
        return 0;
    uint32_t code = (uint32_t)x;
    return (spec->set_bits[spec->set_start[set] + code / 32] >> code % 32 & 1) != 0;
}

static int goes_left(const struct eng_forest_spec *spec, int32_t node, double x)
{
    unsigned flags = spec->flags[node];
    double t = spec->threshold[node];
    int by_default = (flags & ENG_SPLIT_DEFAULT_LEFT) != 0;
    if (flags & ENG_SPLIT_CATEGORICAL && flags & ENG_SPLIT_SET_RIGHT) {
        float code = (float)x;
        if (isnan(x))
            return by_default;
        return code < 0 || code >= 16777216 || !member(spec, (uint32_t)t, (double)code);
    }
    if (flags & ENG_SPLIT_CATEGORICAL) {
        if (isnan(x) || x <= -1 || x >= 2147483648.0)
            return 0;
        return member(spec, (uint32_t)t, trunc(x));
    }
    if (flags & ENG_SPLIT_LESS)
        return isnan(x) ? by_default : (float)x < (float)t;
    if (isnan(x) && !(flags & ENG_SPLIT_MISSING_NAN))
        x = 0;
    if (flags & ENG_SPLIT_MISSING_ZERO && x >= -(double)1e-35f && x <= (double)1e-35f)
        return by_default;
    if (isnan(x))
        return by_default;
    return x <= t;
}

uint32_t fc_leaf(const struct forest_case *c, uint32_t tree, const double *row)
{
    int32_t at = c->spec.root[tree];
    while (at >= 0) {
        int left = goes_left(&c->spec, at, row[c->spec.feature[at]]);
        at = left ? c->spec.left[at] : c->spec.right[at];
    }
    return (uint32_t)~at;
}
