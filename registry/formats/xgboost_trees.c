/* SPDX-License-Identifier: MIT
 * xgboost_trees.c - XGBoost's trees into the engine's node arrays. XGBoost numbers nodes
 * as they were made and may leave deleted ones behind; the engine wants a child after its
 * parent and a tree's leaves side by side. So each tree is walked from its root, depth
 * first, and numbered anew; a node met twice is a cycle, one never met is dropped. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/error.h"
#include "registry/formats/xgboost.h"

enum {
    CATEGORY_MAX = 1 << 24,   /* XGBoost keeps codes in floats */
    SET_WORDS_FREE = 1 << 20, /* words of sets that cost nothing to ask for (4 MiB) */
    SET_WORDS_EACH = 64       /* and for every code that is listed */
};

struct step { /* a node to visit, and where its new number goes */
    uint32_t node;
    int32_t *to;
};

struct trees {
    const struct reg_doc *doc;
    struct eng_forest_spec spec; /* its arrays are those below */
    uint64_t nodes;              /* of all trees used, as the file has them */
    uint32_t most;               /* of the largest tree */
    uint32_t leaf_width;
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
    uint64_t words;
    uint64_t word_room;
    uint64_t codes;    /* category codes listed so far */
    struct step *step; /* [2 * most + 2] */
    uint8_t *seen;     /* [most] */
    uint32_t *set_of;  /* [most] 1 + the set of a categorical node */
};

struct tree { /* the arrays of one tree, [n] each, or NULL */
    uint32_t index;
    uint32_t n;
    const double *left;
    const double *right;
    const double *feature;
    const double *condition;
    const double *default_left;
    const double *split_type;
    const double *vector; /* [n * leaf_width] leaves of several outputs */
    float weight;         /* dart: what this tree's leaves are multiplied by */
};

/* A whole number in [0, limit) out of a double. */
static int is_index(double value, double limit)
{
    return value >= 0 && value < limit && floor(value) == value;
}

/* A list of exactly `count` numbers, or NULL. */
static const double *numbers(const struct reg_doc *doc, const struct reg_doc_node *map,
                             const char *key, uint64_t count)
{
    const struct reg_doc_node *list = reg_doc_get(doc, map, key);
    if (!list || list->kind != REG_DOC_NUMBERS || list->count != count)
        return NULL;
    return reg_doc_numbers(doc, list);
}

static roost_status no_memory(struct roost_error *err)
{
    return eng_fail(err, ROOST_NOMEM, NULL, 0, "out of memory");
}

/* The arrays of one tree; the nodes' number is that of left_children. */
static roost_status read_tree(const struct trees *trees, const struct reg_doc_node *node,
                              struct tree *tree, struct roost_error *err)
{
    const struct reg_doc *doc = trees->doc;
    const struct reg_doc_node *left = reg_doc_get(doc, node, "left_children");
    if (!left || left->kind != REG_DOC_NUMBERS || left->count == 0)
        return eng_fail(err, ROOST_FORMAT, NULL, tree->index,
                        "tree %u has no left_children", (unsigned)tree->index);
    uint32_t n = left->count;
    tree->n = n;
    tree->left = reg_doc_numbers(doc, left);
    tree->right = numbers(doc, node, "right_children", n);
    tree->feature = numbers(doc, node, "split_indices", n);
    tree->condition = numbers(doc, node, "split_conditions", n);
    tree->default_left = numbers(doc, node, "default_left", n);
    tree->split_type = numbers(doc, node, "split_type", n);
    if (!tree->right || !tree->feature || !tree->condition || !tree->default_left ||
        (reg_doc_get(doc, node, "split_type") && !tree->split_type))
        return eng_fail(err, ROOST_SHAPE, NULL, tree->index,
                        "tree %u: a node array is missing or not of %u numbers",
                        (unsigned)tree->index, (unsigned)n);
    if (trees->leaf_width > 1) {
        tree->vector =
            numbers(doc, node, "base_weights", (uint64_t)n * trees->leaf_width);
        if (reg_doc_get(doc, node, "leaf_weights"))
            return eng_fail(err, ROOST_FORMAT, NULL, tree->index,
                            "tree %u: leaf_weights is not read yet: only base_weights",
                            (unsigned)tree->index);
    }
    return ROOST_OK;
}

/* Room for `words` more words of sets. A code asks for a bitmap up to it, so a few bytes
 * could ask for megabytes: the sum is held to what the listed codes pay for. */
static roost_status take_words(struct trees *trees, uint64_t words,
                               struct roost_error *err)
{
    uint64_t need = trees->words + words;
    if (need > SET_WORDS_FREE + SET_WORDS_EACH * trees->codes || need > INT32_MAX)
        return eng_fail(err, ROOST_LIMIT, NULL, 0,
                        "category codes are too sparse: number them from 0");
    if (need > trees->word_room) {
        uint64_t room = need * 2;
        uint32_t *grown = realloc(trees->set_bits, room * sizeof *grown);
        if (!grown)
            return no_memory(err);
        trees->set_bits = grown;
        trees->word_room = room;
    }
    if (words) /* the first set may be empty, and nothing is there yet */
        memset(trees->set_bits + trees->words, 0, words * sizeof *trees->set_bits);
    return ROOST_OK;
}

/* One set: `count` codes into a bitmap. */
static roost_status add_set(struct trees *trees, const double *codes, uint64_t count,
                            struct roost_error *err)
{
    double most = 0;
    for (uint64_t i = 0; i < count; i++) {
        if (!is_index(codes[i], CATEGORY_MAX))
            return eng_fail(err, ROOST_VALUE, NULL, 0,
                            "%g is not a category code below 2^24", codes[i]);
        most = codes[i] > most ? codes[i] : most;
    }
    uint64_t words = count ? (uint64_t)most / 32 + 1 : 0;
    trees->codes += count;
    roost_status status = take_words(trees, words, err);
    if (status)
        return status;
    for (uint64_t i = 0; i < count; i++) {
        uint32_t code = (uint32_t)codes[i];
        trees->set_bits[trees->words + code / 32] |= UINT32_C(1) << code % 32;
    }
    trees->words += words;
    trees->set_start[++trees->spec.sets] = (uint32_t)trees->words;
    return ROOST_OK;
}

/* categories_nodes[i] splits by categories[segments[i] .. segments[i] + sizes[i]). */
static roost_status read_sets(struct trees *trees, const struct reg_doc_node *node,
                              const struct tree *tree, struct roost_error *err)
{
    const struct reg_doc *doc = trees->doc;
    const struct reg_doc_node *at = reg_doc_get(doc, node, "categories_nodes");
    memset(trees->set_of, 0, tree->n * sizeof *trees->set_of);
    if (!at || at->count == 0)
        return ROOST_OK;
    const struct reg_doc_node *all = reg_doc_get(doc, node, "categories");
    const double *segment = numbers(doc, node, "categories_segments", at->count);
    const double *size = numbers(doc, node, "categories_sizes", at->count);
    if (at->kind != REG_DOC_NUMBERS || !all || all->kind != REG_DOC_NUMBERS || !segment ||
        !size)
        return eng_fail(err, ROOST_SHAPE, NULL, tree->index,
                        "tree %u: the categories arrays disagree", (unsigned)tree->index);
    const double *nodes = reg_doc_numbers(doc, at), *codes = reg_doc_numbers(doc, all);
    for (uint32_t i = 0; i < at->count; i++) {
        double count = all->count;
        if (!is_index(nodes[i], tree->n) || !is_index(segment[i], count + 1) ||
            !is_index(size[i], count - segment[i] + 1) ||
            trees->set_of[(uint32_t)nodes[i]])
            return eng_fail(err, ROOST_VALUE, NULL, tree->index,
                            "tree %u: categories_nodes[%u] is out of range",
                            (unsigned)tree->index, (unsigned)i);
        trees->set_of[(uint32_t)nodes[i]] = trees->spec.sets + 1;
        roost_status status =
            add_set(trees, codes + (uint64_t)segment[i], (uint64_t)size[i], err);
        if (status)
            return status;
    }
    return ROOST_OK;
}

/* Leaves are numbered in the order of the walk, so a tree's lie side by side. */
static int32_t add_leaf(struct trees *trees, const struct tree *tree, uint32_t node)
{
    uint32_t width = trees->leaf_width, at = trees->spec.leaves++;
    const double *from =
        width > 1 ? tree->vector + (size_t)node * width : tree->condition + node;
    /* XGBoost multiplies and adds in float, so the product is rounded to float here. */
    for (uint32_t k = 0; k < width; k++)
        trees->leaf[(size_t)at * width + k] = (double)((float)from[k] * tree->weight);
    return ~(int32_t)at;
}

/* Writes the split and gives its number; *status is set when it is not acceptable. */
static int32_t add_split(struct trees *trees, const struct tree *tree, uint32_t node,
                         roost_status *status, struct roost_error *err)
{
    uint32_t at = trees->spec.nodes++;
    double feature = tree->feature[node], flag = tree->default_left[node];
    uint8_t flags = ENG_SPLIT_LESS | ENG_SPLIT_MISSING_NAN;
    if (flag != 0)
        flags |= ENG_SPLIT_DEFAULT_LEFT;
    /* Compared as a float; JSON's digits may say a little more than one holds. */
    trees->threshold[at] = (double)(float)tree->condition[node];
    if (tree->split_type && tree->split_type[node] != 0) {
        flags |= ENG_SPLIT_CATEGORICAL | ENG_SPLIT_SET_RIGHT;
        trees->threshold[at] = (double)trees->set_of[node] - 1;
        if (!trees->set_of[node])
            *status = eng_fail(err, ROOST_FORMAT, NULL, node,
                               "tree %u, node %u: a categorical split without categories",
                               (unsigned)tree->index, (unsigned)node);
    } else if (!isfinite(trees->threshold[at])) {
        *status = eng_fail(err, ROOST_VALUE, NULL, node,
                           "tree %u, node %u: split_conditions is not finite",
                           (unsigned)tree->index, (unsigned)node);
    }
    if (!is_index(feature, trees->spec.features)) {
        *status = eng_fail(err, ROOST_VALUE, NULL, node,
                           "tree %u, node %u: split_indices is not below num_feature",
                           (unsigned)tree->index, (unsigned)node);
        feature = 0;
    }
    trees->feature[at] = (uint32_t)feature;
    trees->flags[at] = flags;
    return (int32_t)at;
}

/* Walk one tree depth first, left before right, numbering as nodes are met. */
static roost_status walk(struct trees *trees, const struct tree *tree,
                         struct roost_error *err)
{
    roost_status status = ROOST_OK;
    uint32_t depth = 0;
    memset(trees->seen, 0, tree->n);
    trees->step[depth++] = (struct step){0, &trees->root[tree->index]};
    while (depth && !status) {
        struct step step = trees->step[--depth];
        uint32_t node = step.node;
        if (trees->seen[node])
            return eng_fail(err, ROOST_VALUE, NULL, node,
                            "tree %u: node %u has two parents (a cycle)",
                            (unsigned)tree->index, (unsigned)node);
        trees->seen[node] = 1;
        double left = tree->left[node], right = tree->right[node];
        if (left == -1) {
            *step.to = add_leaf(trees, tree, node);
            continue;
        }
        if (!is_index(left, tree->n) || !is_index(right, tree->n))
            return eng_fail(err, ROOST_VALUE, NULL, node,
                            "tree %u, node %u: a child is out of range",
                            (unsigned)tree->index, (unsigned)node);
        int32_t at = add_split(trees, tree, node, &status, err);
        *step.to = at;
        /* Each of the n nodes pushes two at most, so 2n + 1 places are enough. */
        trees->step[depth++] = (struct step){(uint32_t)right, &trees->right[at]};
        trees->step[depth++] = (struct step){(uint32_t)left, &trees->left[at]};
    }
    return status;
}

/* Room for all trees at once. A node is a split or a leaf, so n is enough for either. */
static roost_status allocate(struct trees *trees, uint64_t sets, struct roost_error *err)
{
    uint32_t count = trees->spec.trees;
    size_t n = (size_t)trees->nodes;
    trees->root = calloc(count + 1u, sizeof *trees->root);
    trees->leaf_start = calloc(count + 1u, sizeof *trees->leaf_start);
    trees->group = calloc(count + 1u, sizeof *trees->group);
    trees->feature = calloc(n + 1, sizeof *trees->feature);
    trees->threshold = calloc(n + 1, sizeof *trees->threshold);
    trees->flags = calloc(n + 1, sizeof *trees->flags);
    trees->left = calloc(n + 1, sizeof *trees->left);
    trees->right = calloc(n + 1, sizeof *trees->right);
    trees->leaf = calloc(n + 1, trees->leaf_width * sizeof *trees->leaf);
    trees->set_start = calloc(sets + 1, sizeof *trees->set_start);
    trees->step = calloc(2 * (size_t)trees->most + 2, sizeof *trees->step);
    trees->seen = calloc(trees->most + 1u, 1);
    trees->set_of = calloc(trees->most + 1u, sizeof *trees->set_of);
    int all = trees->root && trees->leaf_start && trees->group && trees->feature &&
              trees->threshold && trees->flags && trees->left && trees->right &&
              trees->leaf && trees->set_start && trees->step && trees->seen &&
              trees->set_of;
    return all ? ROOST_OK : no_memory(err);
}

static void release(struct trees *trees)
{
    free(trees->root);
    free(trees->leaf_start);
    free(trees->group);
    free(trees->feature);
    free(trees->threshold);
    free(trees->flags);
    free(trees->left);
    free(trees->right);
    free(trees->leaf);
    free(trees->set_start);
    free(trees->set_bits);
    free(trees->step);
    free(trees->seen);
    free(trees->set_of);
}

/* How much room the trees take: what their lists hold, not what the file declares. */
static roost_status measure(struct trees *trees, const struct reg_doc_node *list,
                            uint64_t *sets, struct roost_error *err)
{
    const struct reg_doc_node *node = reg_doc_child(trees->doc, list);
    for (uint32_t t = 0; t < trees->spec.trees;
         t++, node = reg_doc_next(trees->doc, node)) {
        const struct reg_doc_node *left = reg_doc_get(trees->doc, node, "left_children");
        const struct reg_doc_node *set =
            reg_doc_get(trees->doc, node, "categories_nodes");
        uint32_t n = left && left->kind == REG_DOC_NUMBERS ? left->count : 0;
        /* Leaves of several outputs take room for each output of each node, so the file
         * must hold those numbers before they are made room for. */
        if (trees->leaf_width > 1 &&
            !numbers(trees->doc, node, "base_weights", (uint64_t)n * trees->leaf_width))
            return eng_fail(err, ROOST_FORMAT, NULL, t,
                            "tree %u: leaves of several outputs are read from "
                            "base_weights only, %u numbers a node",
                            (unsigned)t, (unsigned)trees->leaf_width);
        trees->nodes += n;
        trees->most = n > trees->most ? n : trees->most;
        *sets += set && set->kind == REG_DOC_NUMBERS ? set->count : 0;
    }
    if (trees->nodes > INT32_MAX / 2 || *sets > INT32_MAX)
        return eng_fail(err, ROOST_LIMIT, NULL, 0, "more than 2^30 nodes");
    return ROOST_OK;
}

/* Trees of the iterations up to `best`: newer files say where each begins, older ones
 * hold groups * num_parallel_tree of them in each. */
static uint32_t trees_used(const struct trees *trees, const struct reg_doc_node *model,
                           uint32_t have, uint32_t groups, int64_t best)
{
    if (best < 0)
        return have;
    const struct reg_doc *doc = trees->doc;
    const struct reg_doc_node *begin = reg_doc_get(doc, model, "iteration_indptr");
    if (begin && begin->kind == REG_DOC_NUMBERS && best + 1 < (int64_t)begin->count) {
        double end = reg_doc_numbers(doc, begin)[best + 1];
        return is_index(end, (double)have + 1) ? (uint32_t)end : have;
    }
    const struct reg_doc_node *param = reg_doc_get(doc, model, "gbtree_model_param");
    int64_t parallel =
        reg_doc_count(reg_doc_get(doc, param, "num_parallel_tree"), UINT32_MAX);
    if (parallel < 1)
        parallel = 1;
    int64_t used = (best + 1) * parallel; /* both below 2^32 */
    if (used < have && trees->leaf_width == 1)
        used *= groups;
    return used < have ? (uint32_t)used : have;
}

/* tree_info says which output a tree adds to. */
static roost_status read_all(struct trees *trees, const struct reg_doc_node *list,
                             const double *info, const double *drop,
                             struct roost_error *err)
{
    const struct reg_doc_node *node = reg_doc_child(trees->doc, list);
    for (uint32_t t = 0; t < trees->spec.trees;
         t++, node = reg_doc_next(trees->doc, node)) {
        struct tree tree = {.index = t, .weight = drop ? (float)drop[t] : 1.0F};
        if (!is_index(info[t], trees->spec.groups))
            return eng_fail(err, ROOST_VALUE, NULL, t, "tree_info[%u] is out of range",
                            (unsigned)t);
        trees->group[t] = (uint32_t)info[t];
        roost_status status = read_tree(trees, node, &tree, err);
        if (!status)
            status = read_sets(trees, node, &tree, err);
        if (!status)
            status = walk(trees, &tree, err);
        if (status)
            return status;
        trees->leaf_start[t + 1] = trees->spec.leaves;
    }
    return ROOST_OK;
}

/* The engine copies the arrays and checks them once more, whatever loader they come from.
 */
static roost_status make_forest(struct trees *trees, struct eng_forest **out,
                                struct roost_error *err)
{
    struct eng_forest_spec *spec = &trees->spec;
    spec->root = trees->root;
    spec->feature = trees->feature;
    spec->threshold = trees->threshold;
    spec->flags = trees->flags;
    spec->left = trees->left;
    spec->right = trees->right;
    spec->leaf = trees->leaf;
    spec->leaf_start = trees->leaf_start;
    spec->group = trees->group;
    spec->set_start = trees->set_start;
    spec->set_bits = trees->set_bits;
    spec->leaf_width = trees->leaf_width;
    spec->sum_f32 = 1;
    return eng_forest_new(spec, out, err);
}

/* The outer object of dart holds a gbtree and weight_drop; newer files keep weight_drop
 * in the model of a gbtree. */
roost_status reg_xgboost_trees(const struct reg_doc *doc,
                               const struct reg_doc_node *booster, int64_t best,
                               struct reg_xgboost *out, struct roost_error *err)
{
    const struct reg_doc_node *inner = reg_doc_get(doc, booster, "gbtree");
    const struct reg_doc_node *model = reg_doc_get(doc, inner ? inner : booster, "model");
    const struct reg_doc_node *list = reg_doc_get(doc, model, "trees");
    const struct reg_doc_node *param = reg_doc_get(doc, model, "gbtree_model_param");
    const struct reg_doc_node *weights = reg_doc_get(doc, booster, "weight_drop");
    if (!weights)
        weights = reg_doc_get(doc, model, "weight_drop");
    if (!list || (list->kind != REG_DOC_LIST && list->count) ||
        !reg_doc_get(doc, model, "tree_info"))
        return eng_fail(err, ROOST_FORMAT, NULL, 0,
                        "gradient_booster.model has no trees or no tree_info");
    const double *info = numbers(doc, model, "tree_info", list->count);
    if (!info ||
        (weights && (weights->kind != REG_DOC_NUMBERS || weights->count != list->count)))
        return eng_fail(
            err, ROOST_SHAPE, NULL, 0,
            "tree_info or weight_drop has not one number for each of %u trees",
            (unsigned)list->count);
    int64_t vector =
        reg_doc_count(reg_doc_get(doc, param, "size_leaf_vector"), INT32_MAX);
    if (vector > 1 && vector != out->groups)
        return eng_fail(err, ROOST_SHAPE, NULL, 0,
                        "size_leaf_vector is %lld, there are %u outputs",
                        (long long)vector, (unsigned)out->groups);
    struct trees trees = {.doc = doc, .leaf_width = vector > 1 ? out->groups : 1};
    trees.spec.features = out->features;
    trees.spec.groups = out->groups;
    trees.spec.trees = trees_used(&trees, model, list->count, out->groups, best);
    uint64_t sets = 0;
    roost_status status = measure(&trees, list, &sets, err);
    if (!status)
        status = allocate(&trees, sets, err);
    if (!status)
        status = read_all(&trees, list, info,
                          weights ? reg_doc_numbers(doc, weights) : NULL, err);
    if (!status)
        status = make_forest(&trees, &out->forest, err);
    release(&trees);
    return status;
}
