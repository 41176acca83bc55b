/* SPDX-License-Identifier: MIT
 * parts.c - see parts.h. Written down here rather than read from files, so that an input
 * is all that a target needs. */
#include "tests/fuzz/support/parts.h"
#include "engine/base/buf.h"
#include "tests/fuzz/support/fuzz.h"
#include "tests/fuzz/support/model.h"
#include <string.h>

enum { FILE_MOST = 1 << 16 };

struct tensor {
    const char *name;
    const char *dtype;
    const char *shape;
    const void *data;
    size_t size;
};

static void add_tensors(struct reg_files *files, const struct tensor *tensors,
                        size_t count)
{
    struct eng_buf body;
    eng_buf_init(&body, FILE_MOST);
    eng_buf_put(&body, "????????{", 9);
    size_t at = 0;
    for (size_t i = 0; i < count; at += tensors[i++].size)
        eng_buf_format(
            &body, "%s\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%zu,%zu]}",
            i ? "," : "", tensors[i].name, tensors[i].dtype, tensors[i].shape, at,
            at + tensors[i].size);
    eng_buf_put(&body, "}", 1);
    uint64_t size = body.size - 8;
    for (int i = 0; i < 8; i++)
        body.at[i] = (char)(size >> 8 * i);
    for (size_t i = 0; i < count; i++)
        eng_buf_put(&body, tensors[i].data, tensors[i].size);
    FUZZ_MUST(!body.failed);
    fuzz_add(files, "weights.safetensors", body.at, body.size);
    eng_buf_clear(&body);
}

void fuzz_add_linear_tensors(struct reg_files *files)
{
    static const double edges[] = {18, 65};
    static const float weights[] = {1, 2, 3, 4, 5}, bias[] = {-1};
    static const int64_t keys[] = {7, 9};
    static const struct tensor tensors[] = {{"e", "F64", "[2]", edges, sizeof edges},
                                            {"w", "F32", "[5]", weights, sizeof weights},
                                            {"b", "F32", "[1]", bias, sizeof bias},
                                            {"k", "I64", "[2]", keys, sizeof keys}};
    add_tensors(files, tensors, sizeof tensors / sizeof tensors[0]);
}

void fuzz_add_forest_tensors(struct reg_files *files)
{
    static const int32_t root[] = {0, ~3}, left[] = {1, ~0}, right[] = {~2, ~1};
    static const uint16_t feature[] = {0, 1};
    static const float threshold[] = {0.5F, 2};
    static const uint8_t flags[] = {26, 8};
    static const double leaf[] = {1, 2, 4, 10};
    static const struct tensor tensors[] = {
        {"gbdt.root", "I32", "[2]", root, sizeof root},
        {"gbdt.left", "I32", "[2]", left, sizeof left},
        {"gbdt.right", "I32", "[2]", right, sizeof right},
        {"gbdt.feature", "U16", "[2]", feature, sizeof feature},
        {"gbdt.threshold", "F32", "[2]", threshold, sizeof threshold},
        {"gbdt.flags", "U8", "[2]", flags, sizeof flags},
        {"gbdt.leaf", "F64", "[4]", leaf, sizeof leaf}};
    add_tensors(files, tensors, sizeof tensors / sizeof tensors[0]);
}

static const float table[] = {1, -1, 0.5, 2, -3, 0.25, 4, 1};

void fuzz_add_mlp_tensors(struct reg_files *files)
{
    static const float first[] = {1, 2, -1, 0.5, 3, -2}, second[] = {0.5, -1},
                       bias[] = {1, 2};
    static const struct tensor tensors[] = {{"t", "F32", "[4,2]", table, sizeof table},
                                            {"w1", "F32", "[3,2]", first, sizeof first},
                                            {"b1", "F32", "[2]", bias, sizeof bias},
                                            {"w2", "F32", "[2,1]", second, sizeof second},
                                            {"b2", "F32", "[1]", bias, sizeof bias[0]}};
    add_tensors(files, tensors, sizeof tensors / sizeof tensors[0]);
}

void fuzz_add_fm_tensors(struct reg_files *files)
{
    static const float weights[] = {1, 2, 3, 4};
    static const struct tensor tensors[] = {{"t", "F32", "[4,2]", table, sizeof table},
                                            {"w", "F32", "[4]", weights, sizeof weights}};
    add_tensors(files, tensors, sizeof tensors / sizeof tensors[0]);
}

void fuzz_add_xgboost(struct reg_files *files)
{
    static const char model[] =
        "{\"learner\":{\"feature_names\":[],\"feature_types\":[],\"gradient_booster\":{"
        "\"model\":{\"gbtree_model_param\":{\"num_parallel_tree\":\"1\",\"num_trees\":"
        "\"1\"},\"tree_info\":[0],\"trees\":[{\"base_weights\":[0.1,0.2,-0.3],"
        "\"categories\":[],\"categories_nodes\":[],\"categories_segments\":[],"
        "\"categories_sizes\":[],\"default_left\":[1,0,0],\"left_children\":[1,-1,-1],"
        "\"right_children\":[2,-1,-1],\"parents\":[2147483647,0,0],\"split_indices\":"
        "[1,0,0],\"split_conditions\":[0.5,0.25,-0.75],\"split_type\":[0,0,0],"
        "\"tree_param\":{\"num_feature\":\"2\",\"num_nodes\":\"3\","
        "\"size_leaf_vector\":\"1\"}}]},\"name\":\"gbtree\"},\"learner_model_param\":{"
        "\"base_score\":\"5E-1\",\"num_class\":\"0\",\"num_feature\":\"2\","
        "\"num_target\":\"1\"},\"objective\":{\"name\":\"binary:logistic\"}},"
        "\"version\":[2,1,0]}";
    static const char words[] = "a\nb\r\nc\n";
    fuzz_add(files, "model.json", model, strlen(model));
    fuzz_add(files, "words.txt", words, strlen(words));
}
