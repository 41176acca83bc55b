/* SPDX-License-Identifier: MIT
 * load_test.c - loading a model of each format while memory runs out: NOMEM or a whole
 * model, nothing lost. The demo's models are read from their directories; one model that
 * uses every operator, and XGBoost's files in both encodings, are made here. */
#include "tests/oom/support/fault.h"
#include "tests/unit/registry/support/models.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define DEMO ROOST_SOURCE_DIR "/registry/demo/models/"

static roost_status open_path(void *world, struct roost_error *err)
{
    roost_model *model = NULL;
    roost_status status = roost_model_open(world, &model, err);
    assert_true((status == ROOST_OK) == (model != NULL));
    roost_model_free(model);
    return status;
}

static roost_status open_files(void *world, struct roost_error *err)
{
    roost_model *model = NULL;
    roost_status status = reg_open_files(world, &model, err);
    assert_true((status == ROOST_OK) == (model != NULL));
    roost_model_free(model);
    return status;
}

static void a_directory_of_a_native_linear_model(void **state)
{
    (void)state;
    static char path[] = DEMO "census_linear/2";
    oom_torture("census_linear/2", open_path, path, &(struct oom_sample){300, 4000});
}

static void a_directory_of_a_native_model_over_a_forest_file(void **state)
{
    (void)state;
    static char path[] = DEMO "census_trees/1";
    oom_torture("census_trees/1", open_path, path, &(struct oom_sample){300, 4000});
}

static void a_file_in_ubjson_alone(void **state)
{
    (void)state;
    static char path[] = DEMO "census_trees/1/model.ubj";
    oom_torture("model.ubj", open_path, path, &(struct oom_sample){300, 4000});
}

/* Two trees, one of them with a category set; everything the loader has an array for. */
static const char xgboost[] =
    "{\"learner\":{\"feature_names\":[\"a\",\"b\"],\"feature_types\":[\"c\",\"float\"],"
    "\"attributes\":{\"best_iteration\":\"1\"},"
    "\"gradient_booster\":{\"name\":\"gbtree\",\"model\":{\"gbtree_model_param\":"
    "{\"num_parallel_tree\":\"1\"},\"tree_info\":[0,0],\"trees\":["
    "{\"left_children\":[1,-1,-1],\"right_children\":[2,-1,-1],"
    "\"split_indices\":[0,0,0],\"split_conditions\":[0.5,10.5,20.5],"
    "\"default_left\":[0,0,0],\"split_type\":[1,0,0],\"categories\":[3,40],"
    "\"categories_nodes\":[0],\"categories_segments\":[0],\"categories_sizes\":[2]},"
    "{\"left_children\":[1,-1,-1],\"right_children\":[2,-1,-1],"
    "\"split_indices\":[1,0,0],\"split_conditions\":[1.5,10.5,20.5],"
    "\"default_left\":[1,0,0]}]}},"
    "\"learner_model_param\":{\"base_score\":\"5E-1\",\"num_class\":\"0\","
    "\"num_feature\":\"2\"},\"objective\":{\"name\":\"binary:logistic\"}},"
    "\"version\":[1,7,4]}";
static const char xgboost_linear[] =
    "{\"learner\":{\"gradient_booster\":{\"name\":\"gblinear\",\"model\":{\"weights\":"
    "[2.5,-1.5,0.25]}},\"learner_model_param\":{\"base_score\":\"5E-1\","
    "\"num_class\":\"0\",\"num_feature\":\"2\"},\"objective\":{\"name\":"
    "\"reg:squarederror\"}},\"version\":[1,7,4]}";

static void xgboost_files_in_both_encodings(void **state)
{
    (void)state;
    static const char *const texts[] = {xgboost, xgboost_linear};
    static const char *const names[2][2] = {{"trees, JSON", "trees, UBJSON"},
                                            {"gblinear, JSON", "gblinear, UBJSON"}};
    const struct oom_sample sample = {300, 4000};
    for (int i = 0; i < 2; i++) {
        struct reg_files json = {0}, ubj = {0};
        struct eng_buf bytes;
        test_text(&json, "model.json", texts[i]);
        test_ubj(&bytes, texts[i]);
        assert_int_equal(reg_files_add(&ubj, "model.ubj", bytes.at, bytes.size, NULL), 0);
        oom_torture(names[i][0], open_files, &json, &sample);
        oom_torture(names[i][1], open_files, &ubj, &sample);
        eng_buf_clear(&bytes);
        reg_files_clear(&json);
        reg_files_clear(&ubj);
    }
}

/* Every transform and every type of input, feeding one linear model with keys. */
static const char all_operators[] =
    "format: 1\n"
    "inputs:\n"
    "  age: {type: f32, missing: 30}\n"
    "  income: {type: f64}\n"
    "  vec: {type: f32, shape: [2]}\n"
    "  visits: {type: i64}\n"
    "  member: {type: bool, missing: true}\n"
    "  country: {type: string, missing: de}\n"
    "  tags: {type: strings}\n"
    "  tokens: {type: sparse}\n"
    "context: [age, country]\n"
    "transforms:\n"
    "  bins: {op: discretize, in: age, edges: age.edges, missing_bin: true}\n"
    "  country_id: {op: hash, in: country}\n"
    "  tag_ids: {op: hash, in: tags, bits: 4}\n"
    "  crossed: {op: cross, in: [bins, country_id], bits: 4}\n"
    "  word: {op: vocabulary, in: country, values: {file: words.txt}, unknown: last}\n"
    "  hot: {op: one_hot, in: word, size: 4}\n"
    "  whole: {op: impute, in: income, value: 7.5}\n"
    "  cut: {op: clip, in: vec, low: [0, 0], high: 5}\n"
    "  log: {op: log1p, in: cut}\n"
    "  even: {op: standardize, in: log, mean: [1, 2], std: 2}\n"
    "  all: {op: concat, in: [whole, even, visits, word]}\n"
    "  leaf: {op: tree_leaf, in: [age, income], forest: gbdt}\n"
    "  leaf2: {op: tree_leaf, in: [age, income], forest: {file: model.json}}\n"
    "predictor: {op: linear, weights: lr.w, bias: 0.5, keys: lr.keys, link: logistic,\n"
    "  in: [bins, tag_ids, crossed, hot, all, leaf, leaf2, member, tokens, country_id]}\n"
    "calibration: {op: isotonic, x: [0, 0.5, 1], y: [0, 0.25, 1]}\n"
    "outputs: {score: {labels: [\"0\", \"1\"], type: f64}}\n"
    "strict_features: true\n"
    "metadata: {by: [a, {b: c}]}\n"
    "serving: {slo_ms: 20, goal: latency}\n";
/* 4 bins, 16 tags, 16 crossed, 4 hot, 5 concatenated, 3 and 4 leaves, member, 2 keys. */
enum { SLOTS = 4 + 16 + 16 + 4 + 5 + 3 + 4 + 1 + 2 };

static void add_tensors(struct reg_files *files)
{
    static const float edges[] = {10, 20}, weights[SLOTS] = {0.5F, 0.25F};
    static const int64_t keys[] = {12, -5};
    static const int32_t root[] = {0, ~2}, left[] = {~0}, right[] = {~1};
    static const uint32_t feature[] = {1};
    static const double threshold[] = {1000}, leaf[] = {1, 2, 3};
    static const uint8_t flags[] = {8};
    char shape[16];
    snprintf(shape, sizeof shape, "[%d]", (int)SLOTS);
    const struct test_tensor tensors[] = {
        {"age.edges", "F32", "[2]", edges, sizeof edges},
        {"lr.w", "F32", shape, weights, sizeof weights},
        {"lr.keys", "I64", "[2]", keys, sizeof keys},
        {"gbdt.root", "I32", "[2]", root, sizeof root},
        {"gbdt.left", "I32", "[1]", left, sizeof left},
        {"gbdt.right", "I32", "[1]", right, sizeof right},
        {"gbdt.feature", "U32", "[1]", feature, sizeof feature},
        {"gbdt.threshold", "F64", "[1]", threshold, sizeof threshold},
        {"gbdt.flags", "U8", "[1]", flags, sizeof flags},
        {"gbdt.leaf", "F64", "[3]", leaf, sizeof leaf},
    };
    test_tensors(files, "weights.safetensors", tensors, sizeof tensors / sizeof *tensors);
}

static void a_native_model_with_every_operator(void **state)
{
    (void)state;
    struct reg_files files = {0};
    test_text(&files, "model.yaml", all_operators);
    test_text(&files, "words.txt", "de\nfr\nit\n");
    test_text(&files, "model.json", xgboost);
    add_tensors(&files);
    oom_torture("every operator", open_files, &files, &(struct oom_sample){300, 4000});
    reg_files_clear(&files);
}

static void forests_that_predict_with_classes_and_sets(void **state)
{
    (void)state;
    static const int32_t root[] = {0, 1}, left[] = {~0, ~2}, right[] = {~1, ~3};
    static const int32_t class[] = {0, 1}, start[] = {0, 2, 4};
    static const uint16_t feature[] = {1, 0};
    static const float threshold[] = {1000, 0}, leaf[] = {1, 2, 3, 4};
    static const uint8_t flags[] = {8, 1 + 8};
    static const uint32_t set_start[] = {0, 1}, bits[] = {6};
    const struct test_tensor tensors[] = {
        {"gbdt.root", "I32", "[2]", root, sizeof root},
        {"gbdt.left", "I32", "[2]", left, sizeof left},
        {"gbdt.right", "I32", "[2]", right, sizeof right},
        {"gbdt.feature", "U16", "[2]", feature, sizeof feature},
        {"gbdt.threshold", "F32", "[2]", threshold, sizeof threshold},
        {"gbdt.flags", "U8", "[2]", flags, sizeof flags},
        {"gbdt.leaf", "F32", "[4]", leaf, sizeof leaf},
        {"gbdt.class", "I32", "[2]", class, sizeof class},
        {"gbdt.leaf_start", "I32", "[3]", start, sizeof start},
        {"gbdt.set_start", "U32", "[2]", set_start, sizeof set_start},
        {"gbdt.cat_bits", "U32", "[1]", bits, sizeof bits},
    };
    struct reg_files files = {0};
    test_text(&files, "model.yaml",
              "format: 1\n"
              "inputs: {a: {type: i64}, b: {type: f64}}\n"
              "predictor: {op: forest, in: [a, b], forest: gbdt, base: [1, 2],\n"
              "            link: softmax, average: true}\n");
    test_tensors(&files, "weights.safetensors", tensors,
                 sizeof tensors / sizeof *tensors);
    oom_torture("forest of tensors", open_files, &files, &(struct oom_sample){300, 4000});
    reg_files_clear(&files);
    struct reg_files calibrated = {0};
    test_text(&calibrated, "model.yaml",
              "format: 1\n"
              "inputs: {a: {type: f32}, b: {type: f32}}\n"
              "predictor: {op: forest, in: [a, b], forest: {file: m.json}}\n"
              "calibration: {op: platt, a: -1.5, b: 0.5}\n");
    test_text(&calibrated, "m.json", xgboost);
    oom_torture("calibrated forest", open_files, &calibrated,
                &(struct oom_sample){300, 4000});
    reg_files_clear(&calibrated);
}

/* What is refused for its content is refused without loss when memory fails on the way:
 * the message may then be either. */
static roost_status open_refused(void *world, struct roost_error *err)
{
    roost_model *model = NULL;
    roost_status status = reg_open_files(world, &model, err);
    assert_true(status != ROOST_OK && model == NULL);
    return status == ROOST_MISSING ? ROOST_OK : status;
}

static void a_model_that_is_refused_anyway(void **state)
{
    (void)state;
    struct reg_files files = {0};
    test_text(&files, "model.yaml",
              "format: 1\n"
              "inputs: {a: {type: f32}}\n"
              "predictor: {op: linear, in: [a], weights: nowhere, bias: 1}\n");
    static const float weights[] = {1};
    const struct test_tensor tensor = {"nowhen", "F32", "[1]", weights, sizeof weights};
    test_tensors(&files, "weights.safetensors", &tensor, 1);
    oom_torture("refused model", open_refused, &files, &(struct oom_sample){300, 4000});
    reg_files_clear(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_directory_of_a_native_linear_model),
        cmocka_unit_test(a_directory_of_a_native_model_over_a_forest_file),
        cmocka_unit_test(a_file_in_ubjson_alone),
        cmocka_unit_test(xgboost_files_in_both_encodings),
        cmocka_unit_test(a_native_model_with_every_operator),
        cmocka_unit_test(forests_that_predict_with_classes_and_sets),
        cmocka_unit_test(a_model_that_is_refused_anyway),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
