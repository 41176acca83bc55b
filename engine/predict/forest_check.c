/* SPDX-License-Identifier: MIT
 * forest_check.c - every number of a forest is looked at once, before
 * forest_build.c packs it; what passes here and there can be walked without a
 * check. */
#include "engine/predict/forest_check.h"

#include "engine/base/error.h"
#include "engine/model/builder.h"

#include <math.h>

static roost_status refuse(struct roost_error *err, const char *what, uint64_t at,
                           const char *why)
{
    return eng_fail(err, ROOST_VALUE, NULL, at, "forest: %s %llu %s", what,
                    (unsigned long long)at, why);
}

static roost_status check_counts(const struct eng_forest_spec *spec,
                                 struct roost_error *err)
{
    const char *why = NULL;
    /* Margins are allocated by the number of outputs, which a file may merely claim: a
     * group is one number of it. Hence the bound. */
    _Static_assert(ENG_LABELS_MAX == 65536, "as the text below says");
    /* A packed forest has a node for each leaf of each split, indexed in 31 bits.
     */
    if ((uint64_t)spec->trees + 2 * (uint64_t)spec->nodes > INT32_MAX)
        why = "it has more than 2^30 nodes";
    else if (spec->features == 0 || spec->features > INT32_MAX)
        why = "its number of features is 0 or above 2^31";
    else if (spec->groups == 0)
        why = "it has no output";
    else if (spec->groups > ENG_LABELS_MAX)
        why = "it has more than 65536 outputs";
    else if (spec->leaf_width != 1 && spec->leaf_width != spec->groups)
        why = "its leaves hold neither one value nor one for each output";
    else if (spec->average && (spec->trees == 0 || (spec->leaf_width == 1 &&
                                                    spec->trees % spec->groups != 0)))
        why = "an average needs the same number of trees, at least one, for each "
              "output";
    if (why != NULL)
        return eng_fail(err, ROOST_SHAPE, NULL, 0, "forest: %s", why);
    return ROOST_OK;
}

static roost_status check_starts(const struct eng_forest_spec *spec,
                                 struct roost_error *err)
{
    for (uint32_t s = 0; s < spec->sets; s++)
        if (spec->set_start[s] > spec->set_start[s + 1])
            return refuse(err, "category set", s, "ends before it starts");
    for (uint32_t t = 0; t < spec->trees; t++) {
        if (spec->leaf_start[t] >= spec->leaf_start[t + 1] ||
            spec->leaf_start[t + 1] > spec->leaves)
            return refuse(err, "tree", t, "has no leaves, or more than the forest");
        if (spec->group != NULL && spec->leaf_width == 1 &&
            spec->group[t] >= spec->groups)
            return refuse(err, "tree", t, "adds to an output that is not there");
    }
    return ROOST_OK;
}

static roost_status check_split(const struct eng_forest_spec *spec, uint32_t node,
                                struct roost_error *err)
{
    unsigned flags = spec->flags[node];
    double threshold = spec->threshold[node];
    unsigned zero = flags & ENG_SPLIT_MISSING_ZERO;
    if (flags >= 2 * ENG_SPLIT_SET_RIGHT)
        return refuse(err, "node", node, "has a flag that is not known");
    if (zero && flags & (ENG_SPLIT_MISSING_NAN | ENG_SPLIT_LESS))
        return refuse(err, "node", node, "has flags that exclude each other");
    if (spec->feature[node] >= spec->features)
        return refuse(err, "node", node, "splits on a feature that is not there");
    if (isnan(threshold))
        return refuse(err, "node", node, "has a threshold that is not a number");
    /* Written so that the cast is made only of numbers that fit. */
    if (flags & ENG_SPLIT_CATEGORICAL &&
        !(threshold >= 0 && threshold < spec->sets && threshold == floor(threshold)))
        return refuse(err, "node", node, "names a category set that is not there");
    return ROOST_OK;
}

static roost_status check_child(const struct eng_forest_spec *spec, uint32_t node,
                                int32_t child, struct roost_error *err)
{
    if (child >= 0 && ((uint32_t)child <= node || (uint32_t)child >= spec->nodes))
        return refuse(err, "node", node, "has a child that does not come after it");
    if (child < 0 && (uint32_t)~child >= spec->leaves)
        return refuse(err, "node", node, "has a leaf that is not there");
    return ROOST_OK;
}

roost_status eng_forest_check(const struct eng_forest_spec *spec, struct roost_error *err)
{
    roost_status status = check_counts(spec, err);
    if (status == ROOST_OK)
        status = check_starts(spec, err);
    for (uint32_t i = 0; i < spec->nodes && status == ROOST_OK; i++) {
        status = check_split(spec, i, err);
        if (status == ROOST_OK)
            status = check_child(spec, i, spec->left[i], err);
        if (status == ROOST_OK)
            status = check_child(spec, i, spec->right[i], err);
    }
    uint64_t values = (uint64_t)spec->leaves * spec->leaf_width;
    for (uint64_t i = 0; i < values && status == ROOST_OK; i++) {
        double value = spec->sum_f32 ? (double)(float)spec->leaf[i] : spec->leaf[i];
        if (!isfinite(value))
            status = refuse(err, "leaf value", i, "is not finite");
    }
    return status;
}
