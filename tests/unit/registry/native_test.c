/* SPDX-License-Identifier: MIT
 * native_test.c - model.yaml: what it says is what is scored, and whatever it should not
 * say is refused where it stands, with a hint. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/models.h"

#define INPUT "format: 1\ninputs:\n  x: {type: f64}\n"

static struct roost_column numbers(const double *values)
{
    return (struct roost_column){.values = values};
}

static roost_status load_text(const char *yaml, struct roost_error *err)
{
    struct reg_files files = {0};
    test_text(&files, "model.yaml", yaml);
    roost_status status = test_load(&files, err);
    reg_files_clear(&files);
    return status;
}

static void a_linear_model_over_inline_numbers_scores(void **state)
{
    (void)state;
    struct reg_files files = {0};
    const double x[] = {1, 3, NAN}, y[] = {10, 0, 1};
    struct roost_column columns[] = {numbers(x), numbers(y)};
    struct roost_rows rows = {.n = 3, .columns = columns};
    double out[3];
    test_text(&files, "model.yaml",
              "format: 1\n"
              "inputs:\n"
              "  x: {type: f64}\n"
              "  y: {type: f64}\n"
              "predictor: {op: linear, in: [y, x], weights: [0.5, 2], bias: -1}\n"
              "metadata: {auc: 0.9, deep: {list: [1, [2]]}}\n"
              "serving: {slo_ms: 5, goal: latency}\n");
    assert_int_equal(test_score(&files, &rows, out, 3), 1);
    assert_true(out[0] == 6 && out[1] == 5 && out[2] == -0.5);
    reg_files_clear(&files);
}

/* Every operator once, transforms written before what they use, tensors from the file. */
static void a_whole_pipeline_scores_as_worked_out_by_hand(void **state)
{
    (void)state;
    static const char yaml[] =
        "format: 1\n"
        "inputs:\n"
        "  age: {type: f64, missing: 30}\n"
        "  country: {type: string}\n"
        "context: [country]\n"
        "transforms:\n"
        "  both: {op: cross, in: [bin, code], bits: 4}\n"
        "  bin: {op: discretize, in: age, edges: age.edges}\n"
        "  code: {op: vocabulary, in: country, values: {file: countries.txt}, unknown: "
        "last}\n"
        "predictor: {op: linear, in: [bin, code, both], weights: w, link: logistic}\n"
        "calibration: {op: isotonic, x: [0, 1], y: [0, 0.5]}\n"
        "outputs: {click: {labels: [\"no\", \"yes\"], type: f64}}\n"
        "strict_features: true\n";
    struct reg_files files = {0};
    const double edges[] = {18, 65};
    float weights[3 + 3 + 16] = {0};
    weights[1] = 1;     /* bin 1: 18 <= age < 65 */
    weights[3 + 1] = 2; /* code 1: "de" */
    weights[3 + 2] = 4; /* unknown */
    const struct test_tensor tensors[] = {
        {"age.edges", "F64", "[2]", edges, sizeof edges},
        {"w", "F32", "[22]", weights, sizeof weights}};
    test_text(&files, "model.yaml", yaml);
    test_text(&files, "countries.txt", "at\r\nde\r\n");
    test_text(&files, "golden.jsonl", "{}\n");
    test_tensors(&files, "weights.safetensors", tensors, 2);

    const double age[] = {18, NAN, 65, 17};
    const struct roost_text country[] = {{"de", 2}, {"xx", 2}, {NULL, 0}, {"at", 2}};
    struct roost_column columns[] = {numbers(age), {.values = country}};
    struct roost_rows rows = {.n = 4, .columns = columns};
    /* The third row's age is in bin 2, its country is missing and yields no code. */
    const double margin[] = {3, 5, 0, 0};
    double out[4];
    assert_int_equal(test_score(&files, &rows, out, 4), 1);
    for (int i = 0; i < 4; i++) {
        double want = 0.5 / (1 + exp(-margin[i]));
        assert_true(fabs(out[i] - want) < 1e-9);
    }
    reg_files_clear(&files);
}

/* -- Forests ------------------------------------------------------------------------- */

/* Two trees over [a, b]: a < 0.5 ? (b <= 2 ? 1 : 2) : 4, and a tree of one leaf, 10. */
struct tree_case {
    int32_t root[2];
    uint16_t feature[2];
    float threshold[2];
    uint8_t flags[2];
    int32_t left[2];
    int32_t right[2];
    double leaf[4];
    int32_t kind[2];
};
static const struct tree_case trees = {{0, ~3}, {0, 1},   {0.5F, 2},     {16 | 8 | 2, 8},
                                       {1, ~0}, {~2, ~1}, {1, 2, 4, 10}, {0, 1}};

static void add_trees(struct reg_files *files, const struct tree_case *t, size_t count)
{
    const struct test_tensor tensors[] = {
        {"gbdt.root", "I32", "[2]", t->root, sizeof t->root},
        {"gbdt.feature", "U16", "[2]", t->feature, sizeof t->feature},
        {"gbdt.threshold", "F32", "[2]", t->threshold, sizeof t->threshold},
        {"gbdt.flags", "U8", "[2]", t->flags, sizeof t->flags},
        {"gbdt.left", "I32", "[2]", t->left, sizeof t->left},
        {"gbdt.right", "I32", "[2]", t->right, sizeof t->right},
        {"gbdt.leaf", "F64", "[4]", t->leaf, sizeof t->leaf},
        {"gbdt.class", "I32", "[2]", t->kind, sizeof t->kind}};
    test_tensors(files, "weights.safetensors", tensors, count);
}

#define FOREST                                                                           \
    "format: 1\ninputs: {a: {type: f64}, b: {type: f64}}\n"                              \
    "predictor: {op: forest, in: [a, b], forest: gbdt, base: [100, 200]}\n"

static void a_forest_of_tensors_scores(void **state)
{
    (void)state;
    struct reg_files files = {0};
    const double a[] = {0, 0, 0.5, NAN}, b[] = {2, 2.5, 0, 9};
    struct roost_column columns[] = {numbers(a), numbers(b)};
    struct roost_rows rows = {.n = 4, .columns = columns};
    const double want[] = {101, 102, 104, 102};
    double out[8];
    test_text(&files, "model.yaml", FOREST);
    add_trees(&files, &trees, 8);
    assert_int_equal(test_score(&files, &rows, out, 8), 2);
    for (int i = 0; i < 4; i++)
        assert_true(out[2 * i] == want[i] && out[2 * i + 1] == 210);
    reg_files_clear(&files);
}

static void a_forest_that_is_no_forest_is_refused(void **state)
{
    (void)state;
    struct tree_case bad[8];
    for (int i = 0; i < 8; i++)
        bad[i] = trees;
    bad[0].left[1] = 0;    /* a cycle */
    bad[1].right[0] = 7;   /* a node that is not there */
    bad[2].right[0] = ~9;  /* a leaf that is not there */
    bad[3].feature[1] = 2; /* a feature that is not there */
    bad[4].threshold[0] = NAN;
    bad[5].leaf[2] = INFINITY;
    bad[6].root[0] = 5;
    bad[7].kind[1] = -1;
    for (size_t i = 0; i < 8; i++) {
        struct reg_files files = {0};
        struct roost_error err = {0};
        test_text(&files, "model.yaml", FOREST);
        add_trees(&files, &bad[i], 8);
        if (test_load(&files, &err) != ROOST_VALUE)
            fail_msg("case %zu: %d %s", i, err.status, err.text);
        assert_string_equal(err.where, "model.yaml");
        assert_int_equal(err.line, 3);
        reg_files_clear(&files);
    }
}

/* A stump over a, base score 0.5, saved by XGBoost as binary:logistic. */
static const char stump[] =
    "{\"learner\":{\"gradient_booster\":{\"name\":\"gbtree\",\"model\":{\"tree_info\":[0]"
    ","
    "\"trees\":[{\"left_children\":[1,-1,-1],\"right_children\":[2,-1,-1],"
    "\"split_indices\":[1,0,0],\"split_conditions\":[1.0,2.0,3.0],"
    "\"default_left\":[1,0,0]}]}},\"learner_model_param\":{\"base_score\":\"9E-1\","
    "\"num_feature\":\"2\"},\"objective\":{\"name\":\"binary:logistic\"}}}";

/* Base and link are the file's unless model.yaml gives its own; the file is read once. */
static void a_forest_in_a_foreign_file_brings_its_base_and_link(void **state)
{
    (void)state;
    static const struct {
        const char *params;
        double margin;
        int logistic;
    } cases[] = {{"", 2 + 2.1972245773, 1},
                 {", link: identity", 2 + 2.1972245773, 0},
                 {", base: 0", 2, 1},
                 {", base: -1, link: identity", 1, 0}};
    const double a[] = {5}, b[] = {0};
    struct roost_column columns[] = {numbers(a), numbers(b)};
    struct roost_rows rows = {.n = 1, .columns = columns};
    for (size_t i = 0; i < 4; i++) {
        struct reg_files files = {0};
        char yaml[512];
        double out[1];
        snprintf(yaml, sizeof yaml,
                 "format: 1\ninputs: {a: {type: f64}, b: {type: f64}}\n"
                 "predictor: {op: forest, in: [a, b], forest: {file: m.json}%s}\n",
                 cases[i].params);
        test_text(&files, "model.yaml", yaml);
        test_text(&files, "m.json", stump);
        test_score(&files, &rows, out, 1);
        double want = cases[i].margin;
        if (cases[i].logistic)
            want = 1 / (1 + exp(-want));
        assert_true(fabs(out[0] - want) < 1e-6);
        reg_files_clear(&files);
    }
}

static void leaves_of_a_foreign_forest_feed_a_linear_model(void **state)
{
    (void)state;
    struct reg_files files = {0};
    const double a[] = {5, 5}, b[] = {0, 1};
    struct roost_column columns[] = {numbers(a), numbers(b)};
    struct roost_rows rows = {.n = 2, .columns = columns};
    double out[2];
    test_text(&files, "model.yaml",
              "format: 1\ninputs: {a: {type: f64}, b: {type: f64}}\n"
              "transforms: {leaf: {op: tree_leaf, in: [a, b], forest: {file: m.json}}}\n"
              "predictor: {op: linear, in: leaf, weights: [10, 20]}\n");
    test_text(&files, "m.json", stump);
    test_score(&files, &rows, out, 2);
    assert_true(out[0] == 10 && out[1] == 20);
    reg_files_clear(&files);
}

/* Full 64-bit ids keep all their bits on the way through model.yaml. */
static void keys_written_in_model_yaml_keep_64_bits(void **state)
{
    (void)state;
    struct reg_files files = {0};
    const uint64_t ids[] = {9223372036854775807u, 9223372036854775806u, (uint64_t)-2};
    const uint32_t start[] = {0, 1, 2, 3};
    struct roost_column columns[] = {{.start = start, .ids = ids}};
    struct roost_rows rows = {.n = 3, .columns = columns};
    double out[3];
    test_text(&files, "model.yaml",
              "format: 1\ninputs: {t: {type: sparse}}\n"
              "predictor: {op: linear, in: t, weights: [1, 2, 4],\n"
              "            keys: [9223372036854775806, 9223372036854775807, -2]}\n");
    test_score(&files, &rows, out, 3);
    assert_true(out[0] == 2 && out[1] == 1 && out[2] == 4);
    reg_files_clear(&files);
}

static void a_missing_tensor_of_a_forest_is_named(void **state)
{
    (void)state;
    struct reg_files files = {0};
    struct roost_error err = {0};
    test_text(&files, "model.yaml", FOREST);
    add_trees(&files, &trees, 6);
    assert_int_equal(test_load(&files, &err), ROOST_MISSING);
    assert_non_null(strstr(err.text, "gbdt.leaf"));
    reg_files_clear(&files);
}

static void a_tensor_nobody_uses_is_refused_by_name(void **state)
{
    (void)state;
    struct reg_files files = {0};
    struct roost_error err = {0};
    const float weight = 1;
    const struct test_tensor tensors[] = {{"w", "F32", "[1]", &weight, 4},
                                          {"bais", "F32", "[1]", &weight, 4}};
    test_text(&files, "model.yaml", INPUT "predictor: {op: linear, in: x, weights: w}\n");
    test_tensors(&files, "weights.safetensors", tensors, 2);
    assert_int_equal(test_load(&files, &err), ROOST_FORMAT);
    assert_string_equal(err.where, "weights.safetensors");
    assert_non_null(strstr(err.text, "bais"));
    reg_files_clear(&files);
}

/* -- What is refused ----------------------------------------------------------------- */

#define PREDICTOR "predictor: {op: linear, in: x, weights: [1]}\n"

static const struct {
    const char *yaml;
    roost_status status;
    uint32_t line;
    uint32_t column;
    const char *text; /* a part of the message */
} refused[] = {
    {"", ROOST_FORMAT, 0, 0, "empty"},
    {"- 1\n", ROOST_FORMAT, 1, 1, "must be a map"},
    {"format: 2\n", ROOST_FORMAT, 1, 9, "format: 1"},
    {"inputs: {}\n", ROOST_FORMAT, 1, 1, "format: 1"},
    {"format: 1\ninptus: {}\n", ROOST_FORMAT, 2, 1, "did you mean 'inputs'"},
    {"format: 1\ninputs: {}\n", ROOST_FORMAT, 2, 9, "at least one input"},
    {INPUT, ROOST_FORMAT, 1, 1, "no predictor"},
    {"format: 1\ninputs: {x: {}}\n" PREDICTOR, ROOST_FORMAT, 2, 10, "no type"},
    {"format: 1\ninputs: {x: f64}\n" PREDICTOR, ROOST_FORMAT, 2, 13, "map"},
    {"format: 1\ninputs: {x: {type: flot}}\n" PREDICTOR, ROOST_FORMAT, 2, 20, "flot"},
    {"format: 1\ninputs: {x: {type: strng}}\n", ROOST_FORMAT, 2, 20,
     "did you mean 'string'"},
    {"format: 1\ninputs: {x: {type: bool, shape: [2]}}\n", ROOST_FORMAT, 2, 33, "f32,"},
    {"format: 1\ninputs: {x: {type: f32, shape: [0]}}\n", ROOST_LIMIT, 2, 33, "between"},
    {"format: 1\ninputs: {x: {type: f32, missing: a}}\n", ROOST_FORMAT, 2, 34, "number"},
    {"format: 1\ninputs: {x: {type: i64, missing: 1.5}}\n", ROOST_FORMAT, 2, 34, "whole"},
    {"format: 1\ninputs: {x: {type: sparse, missing: 1}}\n", ROOST_FORMAT, 2, 37,
     "empty"},
    {INPUT "  x: {type: f32}\n", ROOST_FORMAT, 4, 3, "twice"},
    {INPUT PREDICTOR "context: [y]\n", ROOST_FORMAT, 5, 11, "'y'"},
    {INPUT PREDICTOR "context: [t]\ntransforms: {t: {op: log1p, in: x}}\n", ROOST_FORMAT,
     5, 11, "transform"},
    {INPUT "predictor: {in: x}\n", ROOST_FORMAT, 4, 1, "no op"},
    {INPUT "predictor: {op: liner, in: x}\n", ROOST_FORMAT, 4, 17,
     "did you mean 'linear'"},
    {INPUT "predictor: {op: log1p, in: x}\n", ROOST_FORMAT, 4, 17, "is a transform"},
    {INPUT "predictor: {op: linear, weights: [1]}\n", ROOST_FORMAT, 4, 1, "add 'in'"},
    {INPUT "predictor: {op: linear, in: x}\n", ROOST_FORMAT, 4, 12, "needs 'weights'"},
    {INPUT "predictor: {op: linear, in: x, wieghts: [1]}\n", ROOST_FORMAT, 4, 32,
     "did you mean 'weights'"},
    {INPUT "predictor: {op: linear, in: z, weights: [1]}\n", ROOST_FORMAT, 4, 29, "'z'"},
    {INPUT "predictor: {op: linear, in: x, weights: w}\n", ROOST_MISSING, 4, 41, "'w'"},
    {INPUT "predictor: {op: linear, in: x, weights: [a]}\n", ROOST_FORMAT, 4, 42,
     "number"},
    {INPUT "predictor: {op: linear, in: x, weights: []}\n", ROOST_SHAPE, 4, 41, "empty"},
    {INPUT "predictor: {op: linear, in: x, weights: [1, 2]}\n", ROOST_SHAPE, 4, 1,
     "predictor"},
    {INPUT "predictor: {op: linear, in: x, weights: [1], link: logit}\n", ROOST_FORMAT, 4,
     52, "identity|logistic"},
    {INPUT "predictor: {op: linear, in: x, weights: [1], bits: '5'}\n", ROOST_FORMAT, 4,
     52, "whole number"},
    {INPUT "predictor: {op: forest, in: x, forest: {file: m.ubj}}\n", ROOST_MISSING, 4,
     47, "m.ubj"},
    {INPUT "predictor: {op: forest, in: x, forest: {fiel: m.ubj}}\n", ROOST_FORMAT, 4, 41,
     "did you mean 'file'"},
    {INPUT "transforms: {a: {op: log1p, in: b}, b: {op: log1p, in: a}}\n" PREDICTOR,
     ROOST_FORMAT, 4, 14, "a -> b -> a"},
    {INPUT "transforms: {a: {op: log1p, in: a}}\n" PREDICTOR, ROOST_FORMAT, 4, 14,
     "a -> a"},
    {INPUT "transforms: {x: {op: log1p, in: x}}\n" PREDICTOR, ROOST_FORMAT, 4, 14,
     "as well as"},
    {INPUT "transforms: {l: {op: linear, in: x, weights: [1]}}\n" PREDICTOR, ROOST_FORMAT,
     4, 22, "is a predictor"},
    {INPUT "transforms: {a: {op: cross, in: x}}\n" PREDICTOR, ROOST_SHAPE, 4, 14,
     "2 to 3"},
    {INPUT "transforms: {a: {op: impute, in: y, value: 1}}\n" PREDICTOR, ROOST_FORMAT, 4,
     34, "'y'"},
    {INPUT PREDICTOR "calibration: {op: platt, a: 1, b: 2, in: x}\n", ROOST_FORMAT, 5, 1,
     "no 'in'"},
    {INPUT PREDICTOR "calibration: {op: platt, a: 1}\n", ROOST_FORMAT, 5, 14,
     "needs 'b'"},
    {INPUT PREDICTOR "outputs: {}\n", ROOST_FORMAT, 5, 10, "at least one output"},
    {INPUT PREDICTOR "outputs: {a: {labels: [x, y, z]}}\n", ROOST_SHAPE, 5, 11, "label"},
    {INPUT PREDICTOR "outputs: {a: {type: f16}}\n", ROOST_FORMAT, 5, 21, "f32|f64"},
    {INPUT PREDICTOR "strict_features: yes\n", ROOST_FORMAT, 5, 18, "true or false"},
    {INPUT PREDICTOR "metadata: 1\n", ROOST_FORMAT, 5, 11, "map"},
    {INPUT PREDICTOR "serving: {slo: 1}\n", ROOST_FORMAT, 5, 11, "slo"},
    {INPUT PREDICTOR "serving: {slo_ms: 0}\n", ROOST_VALUE, 5, 19, "above 0"},
    {INPUT PREDICTOR "metadata: {a: &x 1, b: *x}\n", ROOST_FORMAT, 5, 15, "anchors"},
    {INPUT PREDICTOR "metadata: {a: !!int 1}\n", ROOST_FORMAT, 5, 15, "tags"},
    {INPUT PREDICTOR "metadata: {b: *x}\n", ROOST_FORMAT, 5, 15, "aliases"},
    {INPUT PREDICTOR "---\nx: 1\n", ROOST_FORMAT, 5, 1, "second document"},
    {INPUT PREDICTOR "metadata: {a: [1}\n", ROOST_FORMAT, 5, 17, ""},
    {INPUT PREDICTOR "metadata: {a: \"\\0\"}\n", ROOST_FORMAT, 5, 15, "NUL"},
    {INPUT PREDICTOR "metadata: {[1]: 2}\n", ROOST_FORMAT, 5, 12, "plain word"},
};

static void what_is_wrong_is_refused_where_it_stands(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct roost_error err = {0};
        roost_status status = load_text(refused[i].yaml, &err);
        if (status != refused[i].status || err.line != refused[i].line ||
            err.column != refused[i].column || !strstr(err.text, refused[i].text))
            fail_msg("%s-> %d at %u:%u: %s", refused[i].yaml, status, err.line,
                     err.column, err.text);
        assert_string_equal(err.where, "model.yaml");
    }
}

/* libyaml alone takes seconds for this; reading stops at the 33rd level. */
static void a_nesting_bomb_is_refused_at_once(void **state)
{
    (void)state;
    static const char *const bombs[] = {"[", "{a: ", "[a: ", "- ", "? "};
    enum { SIZE = 900000 };
    char *text = malloc(SIZE + 1);
    for (size_t i = 0; i < sizeof bombs / sizeof *bombs; i++) {
        struct roost_error err = {0};
        size_t step = strlen(bombs[i]);
        for (size_t at = 0; at + step <= SIZE; at += step)
            memcpy(text + at, bombs[i], step);
        text[SIZE / step * step] = 0;
        roost_status status = load_text(text, &err);
        if (status != ROOST_LIMIT && status != ROOST_FORMAT)
            fail_msg("%s: %d %s", bombs[i], status, err.text);
    }
    free(text);
}

static void a_file_above_one_mebibyte_is_refused(void **state)
{
    (void)state;
    enum { SIZE = (1 << 20) + 1 };
    struct roost_error err = {0};
    char *text = malloc(SIZE + 1);
    memset(text, '#', SIZE);
    text[SIZE] = 0;
    assert_int_equal(load_text(text, &err), ROOST_LIMIT);
    free(text);
}

/* A chain of 3,000 transforms, each before the one it needs: no recursion, linear time.
 */
static void a_long_chain_written_backwards_is_made(void **state)
{
    (void)state;
    enum { LINKS = 3000 };
    struct eng_buf yaml;
    struct roost_error err = {0};
    eng_buf_init(&yaml, 1 << 20);
    eng_buf_text(&yaml, INPUT "transforms:\n");
    for (int i = LINKS; i > 1; i--)
        eng_buf_format(&yaml, "  t%d: {op: log1p, in: t%d}\n", i, i - 1);
    eng_buf_text(&yaml, "  t1: {op: log1p, in: x}\n");
    eng_buf_text(&yaml, "predictor: {op: linear, in: t3000, weights: [1]}\n");
    if (load_text(yaml.at, &err))
        fail_msg("%u:%u: %s", err.line, err.column, err.text);
    eng_buf_clear(&yaml);
}

static void hostile_bytes_are_refused_without_harm(void **state)
{
    (void)state;
    static const char yaml[] =
        "format: 1\n"
        "inputs: {a: {type: f32, missing: 1}, b: {type: f32}, s: {type: string}}\n"
        "transforms: {v: {op: vocabulary, in: s, values: [p, q]}, l: {op: log1p, in: "
        "a}}\n"
        "predictor: {op: forest, in: [l, b], forest: gbdt, link: logistic}\n";
    struct reg_files files = {0};
    struct tree_case one = trees;
    test_text(&files, "model.yaml", yaml);
    add_trees(&files, &one, 7);
    struct roost_error err = {0};
    if (test_load(&files, &err))
        fail_msg("%u:%u: %s", err.line, err.column, err.text);
    const struct reg_file *weights = reg_files_find(&files, "weights.safetensors");
    test_hostile(&files, "model.yaml", yaml, sizeof yaml - 1, 3000);
    /* Most flips hit the header or the tree; a changed leaf is still a model. */
    uint32_t loaded =
        test_hostile(&files, "weights.safetensors", weights->data, weights->size, 3000);
    assert_true(loaded < 1500);
    reg_files_clear(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_linear_model_over_inline_numbers_scores),
        cmocka_unit_test(a_whole_pipeline_scores_as_worked_out_by_hand),
        cmocka_unit_test(a_forest_of_tensors_scores),
        cmocka_unit_test(a_forest_that_is_no_forest_is_refused),
        cmocka_unit_test(a_forest_in_a_foreign_file_brings_its_base_and_link),
        cmocka_unit_test(leaves_of_a_foreign_forest_feed_a_linear_model),
        cmocka_unit_test(keys_written_in_model_yaml_keep_64_bits),
        cmocka_unit_test(a_missing_tensor_of_a_forest_is_named),
        cmocka_unit_test(a_tensor_nobody_uses_is_refused_by_name),
        cmocka_unit_test(what_is_wrong_is_refused_where_it_stands),
        cmocka_unit_test(a_nesting_bomb_is_refused_at_once),
        cmocka_unit_test(a_file_above_one_mebibyte_is_refused),
        cmocka_unit_test(a_long_chain_written_backwards_is_made),
        cmocka_unit_test(hostile_bytes_are_refused_without_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
