/* SPDX-License-Identifier: MIT
 * native_forest.c - the forest that a node names: tensors NAME.root, NAME.feature, ... of
 * weights.safetensors, or {file: model.ubj}, a foreign model beside model.yaml. Each is
 * read once, whoever uses it, so that equal forests stay one in memory. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/error.h"
#include "registry/formats/native.h"

/* The arrays of a forest, copied out of tensors that may be unaligned and of other types.
 */
struct arrays {
    struct reg_native *native;
    const struct reg_yaml_node *node; /* for messages */
    const char *prefix;
    struct eng_forest_spec spec;
    int32_t *root;
    uint32_t *feature;
    double *threshold;
    uint8_t *flags;
    int32_t *left;
    int32_t *right;
    double *leaf;
    uint32_t *leaf_start;
    uint32_t *group;
    uint32_t *set_start;
    uint32_t *set_bits;
};

static roost_status fail(const struct arrays *arrays, struct roost_error *err,
                         roost_status status, const char *suffix, const char *text)
{
    return reg_yaml_fail(&arrays->native->yaml, arrays->node, err, status,
                         "tensor '%.60s.%s' %s", arrays->prefix, suffix, text);
}

/* Looking a tensor up marks it as used, so a forest's are never reported as unused. */
static const struct eng_tensor *find(const struct arrays *arrays, const char *suffix)
{
    char name[300];
    int n = snprintf(name, sizeof name, "%s.%s", arrays->prefix, suffix);
    if (n < 0 || (size_t)n >= sizeof name)
        return NULL;
    return reg_tensors_take(&arrays->native->tensors, name, (size_t)n);
}

static int is_whole(const struct eng_tensor *tensor)
{
    return tensor->dtype != ENG_DT_F32 && tensor->dtype != ENG_DT_F64;
}

/* A tensor of whole numbers between low and high, in *out as 32-bit integers (signed and
 * unsigned ones share the bits). count: what it must hold, or UINT64_MAX for any. */
static roost_status get_words(const struct arrays *arrays, const char *suffix,
                              uint64_t count, int64_t low, int64_t high, uint32_t **out,
                              uint32_t *have, struct roost_error *err)
{
    const struct eng_tensor *tensor = find(arrays, suffix);
    if (!tensor)
        return fail(arrays, err, ROOST_MISSING, suffix, "is missing");
    if (tensor->rank != 1 || !is_whole(tensor) || tensor->count > INT32_MAX ||
        (count != UINT64_MAX && tensor->count != count))
        return fail(arrays, err, ROOST_SHAPE, suffix,
                    "is not a list of whole numbers of the length that the others give");
    uint32_t *words = malloc(((size_t)tensor->count + 1) * sizeof *words);
    if (!words)
        return fail(arrays, err, ROOST_NOMEM, suffix, "needs memory that is not there");
    *out = words; /* released with the others */
    for (uint64_t i = 0; i < tensor->count; i++) {
        int64_t value = eng_tensor_integer(tensor, i);
        if (value < low || value > high)
            return fail(arrays, err, ROOST_VALUE, suffix, "holds a number out of range");
        words[i] = (uint32_t)value;
    }
    if (have)
        *have = (uint32_t)tensor->count;
    return ROOST_OK;
}

static roost_status get_signed(const struct arrays *arrays, const char *suffix,
                               uint64_t count, int32_t **out, uint32_t *have,
                               struct roost_error *err)
{
    uint32_t *words = NULL;
    roost_status status =
        get_words(arrays, suffix, count, INT32_MIN, INT32_MAX, &words, have, err);
    *out = (int32_t *)words; /* the same bits, as C allows for these two types */
    return status;
}

/* Whether a threshold is finite, or an index of a set, is checked by eng_forest_new,
 * which knows the flags. */
static roost_status get_threshold(struct arrays *arrays, struct roost_error *err)
{
    const struct eng_tensor *tensor = find(arrays, "threshold");
    uint32_t nodes = arrays->spec.nodes;
    if (!tensor)
        return fail(arrays, err, ROOST_MISSING, "threshold", "is missing");
    if (tensor->rank != 1 || is_whole(tensor) || tensor->count != nodes)
        return fail(arrays, err, ROOST_SHAPE, "threshold",
                    "is not F32 or F64 with one number for each node");
    arrays->threshold = malloc((nodes + 1u) * sizeof *arrays->threshold);
    if (!arrays->threshold)
        return fail(arrays, err, ROOST_NOMEM, "threshold", "needs memory");
    for (uint32_t i = 0; i < nodes; i++)
        arrays->threshold[i] = eng_tensor_number(tensor, i);
    return ROOST_OK;
}

/* [L], or [L, K] when a leaf holds one number for each of K outputs. Float leaves are
 * added in float, as XGBoost does; double ones in double, as LightGBM does. */
static roost_status get_leaf(struct arrays *arrays, struct roost_error *err)
{
    const struct eng_tensor *tensor = find(arrays, "leaf");
    if (!tensor)
        return fail(arrays, err, ROOST_MISSING, "leaf", "is missing");
    if (is_whole(tensor) || tensor->rank < 1 || tensor->rank > 2 ||
        tensor->count > INT32_MAX ||
        (tensor->rank == 2 && (tensor->dim[1] < 1 || tensor->dim[1] > UINT32_MAX)))
        return fail(arrays, err, ROOST_SHAPE, "leaf", "is not F32 or F64, [L] or [L, K]");
    arrays->spec.leaf_width = tensor->rank == 2 ? (uint32_t)tensor->dim[1] : 1;
    arrays->spec.leaves = (uint32_t)tensor->dim[0];
    arrays->spec.sum_f32 = tensor->dtype == ENG_DT_F32;
    arrays->leaf = malloc(((size_t)tensor->count + 1) * sizeof *arrays->leaf);
    if (!arrays->leaf)
        return fail(arrays, err, ROOST_NOMEM, "leaf", "needs memory");
    for (uint64_t i = 0; i < tensor->count; i++)
        arrays->leaf[i] = eng_tensor_number(tensor, i);
    return ROOST_OK;
}

/* The number of outputs is not declared anywhere: it is the largest class + 1, and at
 * most 65,536, so that one number cannot ask for memory without bound. */
static roost_status get_class(struct arrays *arrays, struct roost_error *err)
{
    arrays->spec.groups = arrays->spec.leaf_width;
    if (!find(arrays, "class"))
        return ROOST_OK;
    roost_status status = get_words(arrays, "class", arrays->spec.trees, 0, 65535,
                                    &arrays->group, NULL, err);
    for (uint32_t i = 0; i < arrays->spec.trees && !status; i++)
        if (arrays->group[i] >= arrays->spec.groups)
            arrays->spec.groups = arrays->group[i] + 1;
    return status;
}

/* Sets of category codes; `cat_seg` is another name for set_start. */
static roost_status get_sets(struct arrays *arrays, struct roost_error *err)
{
    const char *name = find(arrays, "set_start") ? "set_start"
                       : find(arrays, "cat_seg") ? "cat_seg"
                                                 : NULL;
    uint32_t count = 0, words = 0;
    if (!name)
        return ROOST_OK;
    roost_status status = get_words(arrays, name, UINT64_MAX, 0, INT32_MAX,
                                    &arrays->set_start, &count, err);
    if (!status && !count)
        status = fail(arrays, err, ROOST_SHAPE, name, "is empty");
    if (!status)
        status = get_words(arrays, "cat_bits", UINT64_MAX, 0, UINT32_MAX,
                           &arrays->set_bits, &words, err);
    if (status)
        return status;
    assert(arrays->set_start);
    for (uint32_t i = 0; i + 1 < count; i++)
        if (arrays->set_start[i] > arrays->set_start[i + 1])
            return fail(arrays, err, ROOST_VALUE, name, "decreases");
    if (arrays->set_start[0] != 0 || arrays->set_start[count - 1] != words)
        return fail(arrays, err, ROOST_SHAPE, name,
                    "does not run from 0 to the length of cat_bits");
    arrays->spec.sets = count - 1;
    return ROOST_OK;
}

/* Leaves of each tree, counted by walking it, when leaf_start is not given. The walk
 * keeps its own stack and counts a node once, so that a cycle ends in an error. */
static roost_status count_leaves(struct arrays *arrays, int32_t *stack, uint8_t *seen,
                                 struct roost_error *err)
{
    const struct eng_forest_spec *spec = &arrays->spec;
    uint64_t total = 0;
    arrays->leaf_start[0] = 0;
    for (uint32_t t = 0; t < spec->trees; t++) {
        uint32_t depth = 0;
        stack[depth++] = arrays->root[t];
        while (depth) {
            int32_t node = stack[--depth];
            if (node < 0) {
                total++;
                continue;
            }
            if ((uint32_t)node >= spec->nodes || seen[node])
                return fail(arrays, err, ROOST_VALUE, "left",
                            "or .right has a child out of range or with two parents");
            seen[node] = 1;
            stack[depth++] = arrays->left[node];
            stack[depth++] = arrays->right[node];
        }
        if (total > spec->leaves)
            return fail(arrays, err, ROOST_VALUE, "leaf", "has fewer rows than leaves");
        arrays->leaf_start[t + 1] = (uint32_t)total;
    }
    return ROOST_OK;
}

static roost_status get_leaf_start(struct arrays *arrays, struct roost_error *err)
{
    uint32_t trees = arrays->spec.trees;
    if (find(arrays, "leaf_start"))
        return get_words(arrays, "leaf_start", trees + UINT64_C(1), 0, INT32_MAX,
                         &arrays->leaf_start, NULL, err);
    /* A node pushes two children and is seen once, so nodes + 2 places are enough. */
    int32_t *stack = malloc((arrays->spec.nodes + 2u) * sizeof *stack);
    uint8_t *seen = calloc(arrays->spec.nodes + 1u, 1);
    arrays->leaf_start = malloc((trees + 1u) * sizeof *arrays->leaf_start);
    roost_status status;
    if (stack && seen && arrays->leaf_start)
        status = count_leaves(arrays, stack, seen, err);
    else
        status = fail(arrays, err, ROOST_NOMEM, "leaf_start", "needs memory");
    free(stack);
    free(seen);
    return status;
}

/* Six bits are known; another one would be a meaning that this build lacks. */
static roost_status get_flags(struct arrays *arrays, struct roost_error *err)
{
    uint32_t *words = NULL;
    uint32_t nodes = arrays->spec.nodes;
    roost_status status = get_words(arrays, "flags", nodes, 0, 63, &words, NULL, err);
    if (!status) {
        arrays->flags = malloc(nodes + 1u);
        if (!arrays->flags)
            status = fail(arrays, err, ROOST_NOMEM, "flags", "needs memory");
    }
    assert(status || (words && arrays->flags));
    for (uint32_t i = 0; i < nodes && !status; i++)
        arrays->flags[i] = (uint8_t)words[i];
    free(words);
    return status;
}

/* root and left say how many trees and nodes there are; the others must agree. */
static roost_status get_all(struct arrays *arrays, struct roost_error *err)
{
    struct eng_forest_spec *spec = &arrays->spec;
    roost_status status =
        get_signed(arrays, "root", UINT64_MAX, &arrays->root, &spec->trees, err);
    if (!status)
        status = get_signed(arrays, "left", UINT64_MAX, &arrays->left, &spec->nodes, err);
    if (!status)
        status = get_signed(arrays, "right", spec->nodes, &arrays->right, NULL, err);
    if (!status)
        status = get_words(arrays, "feature", spec->nodes, 0, UINT32_MAX,
                           &arrays->feature, NULL, err);
    if (!status)
        status = get_threshold(arrays, err);
    if (!status)
        status = get_flags(arrays, err);
    if (!status)
        status = get_leaf(arrays, err);
    if (!status)
        status = get_class(arrays, err);
    if (!status)
        status = get_sets(arrays, err);
    return status ? status : get_leaf_start(arrays, err);
}

static void release(struct arrays *arrays)
{
    free(arrays->root);
    free(arrays->feature);
    free(arrays->threshold);
    free(arrays->flags);
    free(arrays->left);
    free(arrays->right);
    free(arrays->leaf);
    free(arrays->leaf_start);
    free(arrays->group);
    free(arrays->set_start);
    free(arrays->set_bits);
}

static roost_status from_tensors(struct reg_native *native,
                                 const struct reg_yaml_node *node, uint32_t features,
                                 struct eng_forest **out, struct roost_error *err)
{
    struct arrays arrays = {.native = native, .node = node, .prefix = node->text};
    struct eng_forest_spec *spec = &arrays.spec;
    roost_status status = get_all(&arrays, err);
    if (!status) {
        spec->features = features;
        spec->root = arrays.root;
        spec->feature = arrays.feature;
        spec->threshold = arrays.threshold;
        spec->flags = arrays.flags;
        spec->left = arrays.left;
        spec->right = arrays.right;
        spec->leaf = arrays.leaf;
        spec->leaf_start = arrays.leaf_start;
        spec->group = arrays.group;
        spec->set_start = arrays.set_start;
        spec->set_bits = arrays.set_bits;
        status = eng_forest_new(spec, out, err);
        if (status)
            status = reg_native_wrap(native, node, arrays.prefix, status, err);
    }
    release(&arrays);
    return status;
}

/* Errors inside the foreign file name that file, not model.yaml. */
static roost_status from_file(struct reg_native *native, const struct reg_yaml_node *map,
                              struct reg_native_forest *entry, struct roost_error *err)
{
    const struct reg_yaml *yaml = &native->yaml;
    const struct reg_yaml_node *name = reg_yaml_get(yaml, map, "file");
    const struct reg_file *file = reg_files_find(native->files, name->text);
    if (!file)
        return reg_yaml_fail(yaml, name, err, ROOST_MISSING,
                             "there is no file '%.60s' beside model.yaml", name->text);
    return reg_forest_read(file, &entry->forest, err);
}

/* The file or prefix that a node names, in *key. */
static roost_status read_key(const struct reg_native *native,
                             const struct reg_yaml_node *node, const char **key,
                             struct roost_error *err)
{
    const struct reg_yaml *yaml = &native->yaml;
    const struct reg_yaml_node *name = node;
    roost_status status = ROOST_OK;
    if (node->kind == REG_YAML_MAP) {
        status = reg_yaml_keys(yaml, node, "file", "forest", err);
        name = reg_yaml_get(yaml, node, "file");
    }
    if (!status)
        status = reg_yaml_name(yaml, name ? name : node, "forest", err);
    if (status)
        return status;
    assert(name); /* a map without `file` is no name */
    *key = name->text;
    return ROOST_OK;
}

/* A forest of tensors is one for each width it is read over, as the width is part of its
 * checks; a file says its own. */
roost_status reg_native_forest(struct reg_native *native,
                               const struct reg_yaml_node *node, uint32_t features,
                               const struct reg_native_forest **out,
                               struct roost_error *err)
{
    struct reg_native_forest entry = {.features = features};
    entry.from_file = node->kind == REG_YAML_MAP;
    roost_status status = read_key(native, node, &entry.key, err);
    if (status)
        return status;
    for (uint32_t i = 0; i < native->forests; i++) {
        const struct reg_native_forest *have = &native->forest[i];
        if (have->from_file == entry.from_file && !strcmp(have->key, entry.key) &&
            (entry.from_file || have->features == features)) {
            *out = have;
            return ROOST_OK;
        }
    }
    size_t room = (native->forests + 1u) * sizeof *native->forest;
    struct reg_native_forest *grown = realloc(native->forest, room);
    if (!grown)
        return reg_yaml_fail(&native->yaml, node, err, ROOST_NOMEM, "out of memory");
    native->forest = grown;
    status = entry.from_file
                 ? from_file(native, node, &entry, err)
                 : from_tensors(native, node, features, &entry.forest.forest, err);
    if (status)
        return status;
    native->forest[native->forests] = entry;
    *out = &native->forest[native->forests++];
    return ROOST_OK;
}
