/* SPDX-License-Identifier: MIT
 * forest_build.c - a loader's arrays become the packed forest of forest.h. Here
 * the split semantics of both libraries turn into columns and one comparison of
 * keys:
 *
 *   LightGBM  x <= t goes left, in double           right when key(x) > key(t)
 *   XGBoost   (float)x < (float)t goes left         right when key(x) > key(t) - 1
 *
 * with x and t rounded in the second; key(t) - 1 does not wrap, as no key is 0. A
 * category set is looked up instead. */
#include "engine/base/error.h"
#include "engine/base/hash.h"
#include "engine/predict/forest.h"
#include "engine/predict/forest_check.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct build {
    const struct eng_forest_spec *spec;
    struct eng_forest *forest;
    uint64_t *names; /* [spec->nodes] columns by (feature, bits), sorted */
    int32_t *source; /* [room] what a packed node stands for: a split, or ~leaf */
    uint8_t *seen;   /* [spec->nodes] 1: already packed */
    uint32_t next;   /* first packed node that is free */
};

/* A copy with at least one element, so that NULL always means no memory. */
static void *copy(const void *data, size_t count, size_t size, size_t *bytes)
{
    void *made = calloc(count + 1, size);
    if (made != NULL && data != NULL && count > 0)
        memcpy(made, data, count * size);
    *bytes += (count + 1) * size;
    return made;
}

/* How a split reads its feature: every difference that a comparison does not
 * show. */
static uint32_t column_bits(unsigned flags)
{
    uint32_t right = flags & ENG_SPLIT_DEFAULT_LEFT ? 0 : ENG_COLUMN_MISSING_RIGHT;
    if (flags & ENG_SPLIT_CATEGORICAL)
        return flags & ENG_SPLIT_SET_RIGHT ? ENG_COLUMN_CODE | right
                                           : ENG_COLUMN_CODE_LEFT;
    if (flags & ENG_SPLIT_LESS)
        return ENG_COLUMN_ROUND | right;
    if (flags & ENG_SPLIT_MISSING_ZERO)
        return ENG_COLUMN_ZERO | right;
    return flags & ENG_SPLIT_MISSING_NAN ? right : ENG_COLUMN_NAN_ZERO;
}

static int compare(const void *a, const void *b)
{
    uint64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static uint64_t column_name(const struct eng_forest_spec *spec, uint32_t split)
{
    return (uint64_t)spec->feature[split] << 32 | column_bits(spec->flags[split]);
}

/* The different columns of all splits, in order, so that a split finds its own. */
static int list_columns(struct build *build)
{
    const struct eng_forest_spec *spec = build->spec;
    struct eng_forest *forest = build->forest;
    uint32_t n = 0;
    for (uint32_t i = 0; i < spec->nodes; i++)
        build->names[i] = column_name(spec, i);
    qsort(build->names, spec->nodes, sizeof *build->names, compare);
    for (uint32_t i = 0; i < spec->nodes; i++)
        if (n == 0 || build->names[n - 1] != build->names[i])
            build->names[n++] = build->names[i];
    forest->columns = n;
    forest->column = copy(NULL, n, sizeof *forest->column, &forest->bytes);
    for (uint32_t i = 0; i < n && forest->column != NULL; i++) {
        forest->column[i].feature = (uint32_t)(build->names[i] >> 32);
        forest->column[i].bits = (uint32_t)build->names[i];
    }
    return forest->column != NULL;
}

static void pack_split(struct build *build, uint32_t split, uint32_t at)
{
    const struct eng_forest_spec *spec = build->spec;
    struct eng_forest *forest = build->forest;
    struct eng_forest_node *node = &forest->node[at];
    unsigned flags = spec->flags[split];
    double threshold = spec->threshold[split];
    uint64_t name = column_name(spec, split);
    const uint64_t *found =
        bsearch(&name, build->names, forest->columns, sizeof name, compare);
    node->column = (uint32_t)(found - build->names);
    node->child = build->next;
    build->source[build->next] = spec->left[split];
    build->source[build->next + 1] = spec->right[split];
    build->next += 2;
    if (flags & ENG_SPLIT_CATEGORICAL) {
        uint32_t set = (uint32_t)threshold;
        node->threshold = forest->sets;
        node->column |= ENG_NODE_SET;
        forest->set[forest->sets++] =
            (struct eng_forest_set){.first = spec->set_start[set],
                                    .end = spec->set_start[set + 1],
                                    .left = !(flags & ENG_SPLIT_SET_RIGHT)};
    } else if (flags & ENG_SPLIT_LESS) {
        node->threshold = eng_forest_key((double)(float)threshold) - 1;
    } else {
        node->threshold = eng_forest_key(threshold);
    }
}

/* Breadth first: a packed node's children are appended while it is read, so
 * that the array is its own queue. A split may be reached once only, which
 * bounds the whole. */
static roost_status pack_tree(struct build *build, uint32_t tree, struct roost_error *err)
{
    const struct eng_forest_spec *spec = build->spec;
    struct eng_forest *forest = build->forest;
    uint32_t at = build->next++, level_end = build->next;
    forest->root[tree] = at;
    build->source[at] = spec->root[tree];
    for (; at < build->next; at++) {
        if (at == level_end) {
            forest->depth[tree]++;
            level_end = build->next;
        }
        int32_t source = build->source[at];
        if (source >= 0) {
            if ((uint32_t)source >= spec->nodes || build->seen[source])
                return eng_fail(
                    err, ROOST_VALUE, NULL, (uint64_t)source,
                    "forest: node %d of tree %u has two parents or is not there", source,
                    tree);
            build->seen[source] = 1;
            pack_split(build, (uint32_t)source, at);
            continue;
        }
        uint32_t leaf = (uint32_t)~source;
        if (leaf < spec->leaf_start[tree] || leaf >= spec->leaf_start[tree + 1])
            return eng_fail(err, ROOST_VALUE, NULL, leaf,
                            "forest: leaf %u is not one of tree %u", leaf, tree);
        forest->node[at] = (struct eng_forest_node){UINT64_MAX, 0, at};
        forest->leaf_of[at] = leaf;
    }
    return ROOST_OK;
}

static void make_digest(const struct eng_forest_spec *spec, uint64_t out[2])
{
    struct eng_digest digest;
    size_t trees = spec->trees, nodes = spec->nodes;
    size_t words = spec->sets > 0 ? spec->set_start[spec->sets] : 0;
    eng_digest_init(&digest);
    eng_digest_u64(&digest, spec->features);
    eng_digest_u64(&digest, spec->groups);
    eng_digest_u64(&digest, spec->leaf_width);
    eng_digest_u64(&digest, (uint64_t)spec->sum_f32 << 1 | spec->average);
    eng_digest_put(&digest, spec->root, trees * sizeof *spec->root);
    eng_digest_put(&digest, spec->feature, nodes * sizeof *spec->feature);
    eng_digest_put(&digest, spec->threshold, nodes * sizeof *spec->threshold);
    eng_digest_put(&digest, spec->flags, nodes);
    eng_digest_put(&digest, spec->left, nodes * sizeof *spec->left);
    eng_digest_put(&digest, spec->right, nodes * sizeof *spec->right);
    eng_digest_put(&digest, spec->leaf,
                   (size_t)spec->leaves * spec->leaf_width * sizeof *spec->leaf);
    eng_digest_put(&digest, spec->leaf_start, (trees + 1) * sizeof *spec->leaf_start);
    eng_digest_put(&digest, spec->group,
                   spec->group == NULL ? 0 : trees * sizeof *spec->group);
    eng_digest_put(&digest, spec->set_start,
                   spec->sets == 0 ? 0 : ((size_t)spec->sets + 1) * sizeof(uint32_t));
    eng_digest_put(&digest, spec->set_bits, words * sizeof *spec->set_bits);
    out[0] = digest.state[0];
    out[1] = digest.state[1];
}

static size_t count_sets(const struct eng_forest_spec *spec)
{
    size_t sets = 0;
    for (uint32_t i = 0; i < spec->nodes; i++)
        sets += spec->flags[i] & ENG_SPLIT_CATEGORICAL;
    return sets;
}

/* All arrays of the forest; 0 when memory is out. */
static int take_arrays(const struct eng_forest_spec *spec, struct eng_forest *forest)
{
    size_t words = spec->sets > 0 ? spec->set_start[spec->sets] : 0;
    size_t *bytes = &forest->bytes;
    forest->nodes = spec->trees + 2 * spec->nodes;
    forest->node = copy(NULL, forest->nodes, sizeof *forest->node, bytes);
    forest->leaf_of = copy(NULL, forest->nodes, sizeof *forest->leaf_of, bytes);
    forest->set = copy(NULL, count_sets(spec), sizeof *forest->set, bytes);
    forest->root = copy(NULL, spec->trees, sizeof *forest->root, bytes);
    forest->depth = copy(NULL, spec->trees, sizeof *forest->depth, bytes);
    forest->group = copy(spec->group, spec->trees, sizeof *forest->group, bytes);
    forest->set_bits = copy(spec->set_bits, words, sizeof *forest->set_bits, bytes);
    forest->leaf = copy(spec->leaf, (size_t)spec->leaves * spec->leaf_width,
                        sizeof *forest->leaf, bytes);
    return forest->node != NULL && forest->leaf_of != NULL && forest->set != NULL &&
           forest->root != NULL && forest->depth != NULL && forest->group != NULL &&
           forest->set_bits != NULL && forest->leaf != NULL;
}

static roost_status build_forest(struct build *build, struct roost_error *err)
{
    const struct eng_forest_spec *spec = build->spec;
    struct eng_forest *forest = build->forest;
    if (!take_arrays(spec, forest) || build->source == NULL || build->seen == NULL ||
        build->names == NULL || !list_columns(build))
        return eng_fail(err, ROOST_NOMEM, NULL, 0, "forest: out of memory");
    for (uint32_t t = 0; t < spec->trees; t++) {
        roost_status status = pack_tree(build, t, err);
        if (status != ROOST_OK)
            return status;
    }
    assert(build->next <= forest->nodes);
    for (size_t i = 0; spec->sum_f32 && i < (size_t)spec->leaves * spec->leaf_width; i++)
        forest->leaf[i] = (double)(float)forest->leaf[i];
    make_digest(spec, forest->digest);
    return ROOST_OK;
}

roost_status eng_forest_new(const struct eng_forest_spec *spec, struct eng_forest **out,
                            struct roost_error *err)
{
    roost_status status = eng_forest_check(spec, err);
    if (status != ROOST_OK)
        return status;
    struct eng_forest *forest = calloc(1, sizeof *forest);
    if (forest == NULL)
        return eng_fail(err, ROOST_NOMEM, NULL, 0, "forest: out of memory");
    atomic_init(&forest->owners, 1);
    forest->bytes = sizeof *forest;
    forest->trees = spec->trees;
    forest->features = spec->features;
    forest->groups = spec->groups;
    forest->leaves = spec->leaves;
    forest->leaf_width = spec->leaf_width;
    forest->sum_f32 = spec->sum_f32 != 0;
    forest->average = spec->average != 0;
    size_t room = (size_t)spec->trees + 2 * (size_t)spec->nodes;
    struct build build = {.spec = spec, .forest = forest};
    build.source = calloc(room + 1, sizeof *build.source);
    build.seen = calloc((size_t)spec->nodes + 1, 1);
    build.names = calloc((size_t)spec->nodes + 1, sizeof *build.names);
    status = build_forest(&build, err);
    free(build.names);
    free(build.source);
    free(build.seen);
    if (status == ROOST_OK)
        *out = forest;
    else
        eng_forest_free(forest);
    return status;
}
