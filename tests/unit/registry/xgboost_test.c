/* SPDX-License-Identifier: MIT
 * xgboost_test.c - XGBoost's files by hand: what each field means, both encodings, the
 * shapes that versions 1.0 to 3.x give them, and everything that must be refused. Scores
 * against XGBoost itself: tests/golden/xgboost. */
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

/* The parts of a model text that a test may change; NULL: as below. */
struct parts {
    const char *objective; /* "reg:squarederror" */
    const char *base;      /* "\"5E-1\"" */
    const char *sizes;     /* "\"num_class\":\"0\",\"num_feature\":\"2\"" */
    const char *trees;     /* a stump: x0 < 1 ? 10 : 20, and then a leaf of 1 */
    const char *info;      /* "[0,0]" */
    const char *model;     /* more fields of the gbtree model */
    const char *booster;   /* the whole gradient_booster */
    const char *learner;   /* more fields of the learner */
};

#define STUMP(l, r)                                                                      \
    "{\"left_children\":[1,-1,-1],\"right_children\":[2,-1,-1],"                         \
    "\"split_indices\":[0,0,0],\"split_conditions\":[1.0," l "," r "],"                  \
    "\"default_left\":[1,0,0]}"
#define LEAF(v)                                                                          \
    "{\"left_children\":[-1],\"right_children\":[-1],\"split_indices\":[0],"             \
    "\"split_conditions\":[" v "],\"default_left\":[0]}"

static const char *either(const char *given, const char *otherwise)
{
    return given ? given : otherwise;
}

static char *model_text(const struct parts *p)
{
    struct eng_buf text, booster;
    eng_buf_init(&text, 1 << 20);
    eng_buf_init(&booster, 1 << 20);
    eng_buf_format(&booster,
                   "{\"name\":\"gbtree\",\"model\":{\"gbtree_model_param\":"
                   "{\"num_parallel_tree\":\"1\"},%s\"tree_info\":%s,\"trees\":[%s]}}",
                   either(p->model, ""), either(p->info, "[0,0]"),
                   either(p->trees, STUMP("10.0", "20.0") "," LEAF("1.0")));
    eng_buf_format(&text,
                   "{\"learner\":{%s\"gradient_booster\":%s,\"learner_model_param\":{"
                   "\"base_score\":%s,%s},\"objective\":{\"name\":\"%s\"}},"
                   "\"version\":[1,7,4]}",
                   either(p->learner, ""), either(p->booster, booster.at),
                   either(p->base, "\"5E-1\""),
                   either(p->sizes, "\"num_class\":\"0\",\"num_feature\":\"2\""),
                   either(p->objective, "reg:squarederror"));
    eng_buf_clear(&booster);
    return eng_buf_take(&text, NULL);
}

static roost_status load_parts(const struct parts *p, struct roost_error *err)
{
    struct reg_files files = {0};
    char *text = model_text(p);
    test_text(&files, "model.json", text);
    roost_status status = test_load(&files, err);
    free(text);
    reg_files_clear(&files);
    return status;
}

/* Scores of rows [n, 2] from the JSON and the UBJSON form, which must agree bit for bit.
 */
static uint32_t score_parts(const struct parts *p, float *x, uint32_t n, double *out)
{
    struct roost_column columns[] = {{.values = x}};
    struct roost_rows rows = {.n = n, .columns = columns};
    struct reg_files json = {0}, ubj = {0};
    struct eng_buf bytes;
    double again[64];
    char *text = model_text(p);
    test_ubj(&bytes, text);
    test_text(&json, "model.json", text);
    assert_int_equal(reg_files_add(&ubj, "model.bst", bytes.at, bytes.size, NULL),
                     ROOST_OK);
    uint32_t width = test_score(&json, &rows, out, 64);
    assert_int_equal(test_score(&ubj, &rows, again, 64), width);
    assert_memory_equal(out, again, n * width * sizeof *out);
    eng_buf_clear(&bytes);
    free(text);
    reg_files_clear(&json);
    reg_files_clear(&ubj);
    return width;
}

static void a_stump_and_a_leaf_are_added_to_the_base(void **state)
{
    (void)state;
    struct parts parts = {0};
    float x[] = {0.5F, 9, 1, 9, NAN, 9};
    double out[64];
    assert_int_equal(score_parts(&parts, x, 3, out), 1);
    assert_true(out[0] == 11.5 && out[1] == 21.5 && out[2] == 11.5);
}

static void the_base_score_is_read_in_all_its_encodings(void **state)
{
    (void)state;
    static const char *const same[] = {"\"2.5E-1\"", "\"[2.5E-1]\"", "0.25", "\"0.25\""};
    static const struct {
        const char *objective;
        double margin;
    } links[] = {{"reg:squarederror", 0.25},
                 {"binary:logitraw", 0.25},
                 {"rank:pairwise", 0.25},
                 {"reg:absoluteerror", 0.25}};
    float x[] = {0, 0};
    double out[64];
    for (size_t i = 0; i < 4; i++) {
        struct parts parts = {.base = same[i], .objective = links[i].objective};
        score_parts(&parts, x, 1, out);
        assert_true(out[0] == 11 + links[i].margin);
    }
    struct parts parts = {.base = "\"2.5E-1\"", .trees = LEAF("0.0"), .info = "[0]"};
    static const char *const back[] = {"binary:logistic", "reg:logistic", "count:poisson",
                                       "reg:gamma",       "reg:tweedie",  "survival:aft"};
    for (size_t i = 0; i < 6; i++) { /* with no trees the base score comes back */
        parts.objective = back[i];
        score_parts(&parts, x, 1, out);
        assert_true(fabs(out[0] - 0.25) < 1e-7);
    }
    struct parts each = {.base = "\"[1E0,2E0,3E0]\"",
                         .sizes = "\"num_target\":\"3\",\"num_feature\":\"2\""};
    assert_int_equal(score_parts(&each, x, 1, out), 3);
    assert_true(out[0] == 12 && out[1] == 2 && out[2] == 3);
}

static void classes_are_groups_of_trees(void **state)
{
    (void)state;
    struct parts parts = {.objective = "multi:softprob",
                          .sizes = "\"num_class\":\"3\",\"num_feature\":\"2\"",
                          .info = "[0,2]"};
    float x[] = {0, 0};
    double out[64];
    assert_int_equal(score_parts(&parts, x, 1, out), 3);
    double sum = exp(10) + exp(0) + exp(1);
    assert_true(fabs(out[0] - exp(10) / sum) < 1e-6);
    assert_true(fabs(out[2] - exp(1) / sum) < 1e-6);
    parts.objective = "multi:softmax";
    assert_int_equal(score_parts(&parts, x, 1, out), 1);
    assert_true(out[0] == 0);
}

static void trees_after_the_best_iteration_do_not_count(void **state)
{
    (void)state;
    float x[] = {0, 0};
    double out[64];
    struct parts parts = {.learner = "\"attributes\":{\"best_iteration\":\"0\"},"};
    score_parts(&parts, x, 1, out);
    assert_true(out[0] == 10.5);
    parts.model = "\"iteration_indptr\":[0,2],"; /* both trees in one iteration */
    score_parts(&parts, x, 1, out);
    assert_true(out[0] == 11.5);
    parts.model = "\"iteration_indptr\":[0,1,2],";
    score_parts(&parts, x, 1, out);
    assert_true(out[0] == 10.5);
    parts.learner = "\"attributes\":{\"best_iteration\":\"7\"},";
    score_parts(&parts, x, 1, out);
    assert_true(out[0] == 11.5);
}

static void dart_is_read_in_both_shapes(void **state)
{
    (void)state;
    static const char *const shapes[] = {
        "{\"name\":\"dart\",\"gbtree\":{\"name\":\"gbtree\",\"model\":{\"tree_info\":[0,"
        "0],"
        "\"trees\":[" STUMP("10.0",
                            "20.0") "," LEAF("1.0") "]}},\"weight_drop\":[0.5,0.25]}",
        "{\"name\":\"gbtree\",\"model\":{\"tree_info\":[0,0],\"weight_drop\":[0.5,0.25],"
        "\"trees\":[" STUMP("10.0", "20.0") "," LEAF("1.0") "]}}"};
    float x[] = {0, 0};
    double out[64];
    for (int i = 0; i < 2; i++) {
        struct parts parts = {.booster = shapes[i]};
        score_parts(&parts, x, 1, out);
        assert_true(out[0] == 0.5 + 5 + 0.25);
    }
}

/* Children may stand before their parents, and deleted nodes anywhere. */
static void nodes_in_any_order_and_deleted_ones_are_read(void **state)
{
    (void)state;
    struct parts parts = {
        .trees =
            "{\"left_children\":[3,-1,-1,2,0],\"right_children\":[1,-1,-1,4,1],"
            "\"split_indices\":[0,0,0,1,0],\"split_conditions\":[1.0,2.5,3.5,4.0,9.5],"
            "\"default_left\":[0,0,0,1,0]}",
        .info = "[0]"};
    float x[] = {0, 3, 1, 3};
    double out[64];
    struct roost_error err;
    /* Node 4 points back to the root. */
    assert_int_equal(load_parts(&parts, &err), ROOST_VALUE);
    assert_non_null(strstr(err.text, "cycle"));
    parts.trees =
        "{\"left_children\":[3,-1,-1,2,-1,0],\"right_children\":[1,-1,-1,4,-1,0],"
        "\"split_indices\":[0,0,0,1,0,0],"
        "\"split_conditions\":[1.0,2.5,3.5,4.0,9.5,7.5],"
        "\"default_left\":[0,0,0,1,0,0]}";
    score_parts(&parts, x, 2, out);
    assert_true(out[0] == 4 && out[1] == 3);
}

static void leaves_of_several_outputs_are_read(void **state)
{
    (void)state;
    struct parts parts = {
        .sizes = "\"num_target\":\"2\",\"num_feature\":\"2\"",
        .booster = "{\"name\":\"gbtree\",\"model\":{\"gbtree_model_param\":"
                   "{\"size_leaf_vector\":\"2\"},\"tree_info\":[0],\"trees\":["
                   "{\"left_children\":[1,-1,-1],\"right_children\":[2,-1,-1],"
                   "\"split_indices\":[1,0,0],\"split_conditions\":[1.0,0.0,0.0],"
                   "\"default_left\":[0,0,0],"
                   "\"base_weights\":[0.5,0.5,1.5,2.5,3.5,4.5]}]}}"};
    float x[] = {0, 0, 0, 1};
    double out[64];
    assert_int_equal(score_parts(&parts, x, 2, out), 2);
    assert_true(out[0] == 2 && out[1] == 3 && out[2] == 4 && out[3] == 5);
}

#define CATEGORIES(set, threshold)                                                       \
    "{\"left_children\":[1,-1,-1],\"right_children\":[2,-1,-1],"                         \
    "\"split_indices\":[0,0,0],\"split_conditions\":[" threshold ",10.5,20.5],"          \
    "\"default_left\":[0,0,0],\"split_type\":[1,0,0],\"categories\":" set ","            \
    "\"categories_nodes\":[0],\"categories_segments\":[0],\"categories_sizes\":[2]}"

static void members_of_a_category_set_go_right(void **state)
{
    (void)state;
    float x[] = {3, 0, 40, 0, 4, 0, 41, 0, -1, 0, NAN, 0};
    double out[64];
    struct parts parts = {.trees = CATEGORIES("[3,40]", "0.5"), .info = "[0]"};
    score_parts(&parts, x, 6, out);
    const double want[] = {21, 21, 11, 11, 11, 21};
    for (int i = 0; i < 6; i++)
        assert_true(out[i] == want[i]);
    struct roost_error err;
    parts.trees = CATEGORIES("[3,40]", "NaN"); /* as XGBoost 1.7 writes it */
    assert_int_equal(load_parts(&parts, &err), ROOST_OK);
}

static void feature_names_become_features_that_positions_address(void **state)
{
    (void)state;
    struct parts parts = {.learner = "\"feature_names\":[\"h\\u00f6he\",\"b\"],"};
    struct reg_files files = {0};
    char *text = model_text(&parts);
    test_text(&files, "model.json", text);
    roost_model *model = NULL;
    roost_plan *plan = NULL;
    assert_int_equal(reg_open_files(&files, &model, NULL), ROOST_OK);
    assert_string_equal(roost_model_format(model), "xgboost-json");
    assert_string_equal(roost_model_digest(model), files.digest);
    assert_int_equal(roost_plan_new(&model, NULL, 1, NULL, &plan, NULL), ROOST_OK);
    uint32_t count, width;
    const uint32_t *order = roost_plan_positions(plan, &count, &width);
    assert_int_equal(count, 2);
    assert_string_equal(roost_plan_feature(plan, order[0])->name, "h\xc3\xb6he");
    assert_string_equal(roost_plan_position_name(plan), "input-0");
    assert_string_equal(roost_plan_output(plan, 0)->name, "score");
    roost_plan_free(plan);
    roost_model_free(model);
    free(text);
    reg_files_clear(&files);
}

static void a_linear_booster_is_read(void **state)
{
    (void)state;
    struct parts parts = {
        .booster = "{\"name\":\"gblinear\",\"model\":{\"weights\":[2.5,-1.5,0.25]}}"};
    float x[] = {2, 4, NAN, 4};
    double out[64];
    score_parts(&parts, x, 2, out);
    assert_true(out[0] == 5 - 6 + 0.75 && out[1] == -6 + 0.75);
}

static const struct {
    struct parts parts;
    roost_status status;
    const char *text;
} refused[] = {
    {{.objective = "multi:unknown"}, ROOST_FORMAT, "multi:unknown"},
    {{.base = "\"abc\""}, ROOST_FORMAT, "base_score"},
    {{.base = "\"[1,2]\""}, ROOST_FORMAT, "base_score"},
    {{.base = "\"[]\""}, ROOST_FORMAT, "base_score"},
    {{.base = "null"}, ROOST_FORMAT, "base_score"},
    {{.base = "1.5", .objective = "binary:logistic"}, ROOST_VALUE, "base_score"},
    {{.base = "0", .objective = "count:poisson"}, ROOST_VALUE, "base_score"},
    {{.sizes = "\"num_class\":\"0\""}, ROOST_FORMAT, "num_feature"},
    {{.sizes = "\"num_feature\":\"0\""}, ROOST_FORMAT, "num_feature"},
    {{.sizes = "\"num_feature\":\"99999999999\""}, ROOST_FORMAT, "num_feature"},
    {{.sizes = "\"num_feature\":\"2\",\"num_class\":\"1000000000\""},
     ROOST_LIMIT,
     "class"},
    {{.sizes = "\"num_feature\":\"2\",\"num_class\":\"2\",\"num_target\":\"2\""},
     ROOST_FORMAT,
     "targets"},
    {{.learner = "\"feature_names\":[\"a\"],"}, ROOST_SHAPE, "feature_names"},
    {{.learner = "\"feature_names\":[\"a\",\"a\"],"}, ROOST_VALUE, ""},
    {{.learner = "\"feature_names\":[\"a\",\"\"],"}, ROOST_FORMAT, "feature_names[1]"},
    {{.info = "[0]"}, ROOST_SHAPE, "tree_info"},
    {{.info = "[0,1]"}, ROOST_VALUE, "tree_info[1]"},
    {{.booster = "{\"name\":\"gbforest\"}"}, ROOST_FORMAT, "gbtree"},
    {{.booster = "{\"name\":\"gbtree\"}"}, ROOST_FORMAT, "no trees"},
    {{.booster = "{\"name\":\"gblinear\",\"model\":{\"weights\":[1.5]}}"},
     ROOST_SHAPE,
     "gblinear"},
    {{.model = "\"weight_drop\":[1],"}, ROOST_SHAPE, "weight_drop"},
    {{.trees = "{},{}"}, ROOST_FORMAT, "tree 0"},
    {{.trees = LEAF("NaN") "," LEAF("1.0")}, ROOST_VALUE, ""},
    {{.trees = LEAF("Infinity") "," LEAF("1.0")}, ROOST_VALUE, ""},
    {{.trees = LEAF("1e39") "," LEAF("1.0")}, ROOST_VALUE, ""},
    {{.trees = CATEGORIES("[3]", "0.5") "," LEAF("1.0")},
     ROOST_VALUE,
     "categories_nodes"},
    {{.trees = CATEGORIES("[3,-1]", "0.5") "," LEAF("1.0")},
     ROOST_VALUE,
     "category code"},
    {{.trees = CATEGORIES("[3,16777216]", "0.5") "," LEAF("1.0")}, ROOST_VALUE, "2^24"},
};

static void what_is_wrong_is_refused_with_a_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct roost_error err = {0};
        roost_status status = load_parts(&refused[i].parts, &err);
        if (status != refused[i].status || !strstr(err.text, refused[i].text))
            fail_msg("case %zu: %d %s", i, status, err.text);
    }
}

/* Trees whose nodes are wrong: [left], [right], [feature], [condition]. */
static void trees_that_are_no_trees_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *left, *right, *feature, *condition;
        roost_status status;
    } cases[] = {
        {"[0,-1,-1]", "[2,-1,-1]", "[0,0,0]", "[1,1,1]", ROOST_VALUE}, /* its own child */
        {"[1,0,-1]", "[2,2,-1]", "[0,0,0]", "[1,1,1]", ROOST_VALUE},   /* a cycle */
        {"[1,-1,-1]", "[1,-1,-1]", "[0,0,0]", "[1,1,1]", ROOST_VALUE}, /* two parents */
        {"[3,-1,-1]", "[2,-1,-1]", "[0,0,0]", "[1,1,1]", ROOST_VALUE},
        {"[1,-1,-1]", "[-1,-1,-1]", "[0,0,0]", "[1,1,1]", ROOST_VALUE},
        {"[1,-1,-1]", "[-2,-1,-1]", "[0,0,0]", "[1,1,1]", ROOST_VALUE},
        {"[1.5,-1,-1]", "[2,-1,-1]", "[0,0,0]", "[1,1,1]", ROOST_VALUE},
        {"[NaN,-1,-1]", "[2,-1,-1]", "[0,0,0]", "[1,1,1]", ROOST_VALUE},
        {"[1,-1,-1]", "[2,-1,-1]", "[2,0,0]", "[1,1,1]", ROOST_VALUE},
        {"[1,-1,-1]", "[2,-1,-1]", "[-1,0,0]", "[1,1,1]", ROOST_VALUE},
        {"[1,-1,-1]", "[2,-1,-1]", "[0,0,0]", "[NaN,1,1]", ROOST_VALUE},
        {"[1,-1,-1]", "[2,-1,-1]", "[0,0,0]", "[1,1]", ROOST_SHAPE},
        {"[1,-1,-1]", "[2,-1]", "[0,0,0]", "[1,1,1]", ROOST_SHAPE},
        {"[]", "[]", "[]", "[]", ROOST_FORMAT},
        {"[\"a\"]", "[2]", "[0]", "[1]", ROOST_FORMAT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char tree[512];
        struct roost_error err = {0};
        snprintf(tree, sizeof tree,
                 "{\"left_children\":%s,\"right_children\":%s,\"split_indices\":%s,"
                 "\"split_conditions\":%s,\"default_left\":[0,0,0]}",
                 cases[i].left, cases[i].right, cases[i].feature, cases[i].condition);
        struct parts parts = {.trees = tree, .info = "[0]"};
        roost_status status = load_parts(&parts, &err);
        if (status != cases[i].status)
            fail_msg("case %zu: %d %s", i, status, err.text);
        assert_string_equal(err.where, "model.json");
    }
}

/* One code of 2^24 - 1 asks for 2 MiB of bitmap; a thousand such sets would ask for 2 GiB
 * out of a file of 250 kB. */
static void category_sets_take_memory_in_proportion_to_the_file(void **state)
{
    (void)state;
    enum { TREES = 1000 };
    struct eng_buf trees, info;
    struct roost_error err = {0};
    eng_buf_init(&trees, 1 << 20);
    eng_buf_init(&info, 1 << 20);
    for (int i = 0; i < TREES; i++) {
        eng_buf_text(&trees, i ? "," : "");
        eng_buf_text(&trees, CATEGORIES("[3,16777215]", "0.5"));
        eng_buf_text(&info, i ? ",0" : "[0");
    }
    eng_buf_text(&info, "]");
    struct parts parts = {.trees = trees.at, .info = info.at};
    assert_int_equal(load_parts(&parts, &err), ROOST_LIMIT);
    eng_buf_clear(&trees);
    eng_buf_clear(&info);
}

static void hostile_bytes_are_refused_without_harm(void **state)
{
    (void)state;
    struct parts parts = {.objective = "binary:logistic",
                          .trees = CATEGORIES("[3,40]", "0.5") "," STUMP("1.5", "2.5"),
                          .learner = "\"feature_names\":[\"a\",\"b\"],"
                                     "\"attributes\":{\"best_iteration\":\"1\"},"};
    struct reg_files none = {0};
    struct eng_buf bytes;
    char *text = model_text(&parts);
    test_ubj(&bytes, text);
    test_hostile(&none, "model.json", text, strlen(text), 4000);
    test_hostile(&none, "model.ubj", bytes.at, bytes.size, 4000);
    eng_buf_clear(&bytes);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stump_and_a_leaf_are_added_to_the_base),
        cmocka_unit_test(the_base_score_is_read_in_all_its_encodings),
        cmocka_unit_test(classes_are_groups_of_trees),
        cmocka_unit_test(trees_after_the_best_iteration_do_not_count),
        cmocka_unit_test(dart_is_read_in_both_shapes),
        cmocka_unit_test(nodes_in_any_order_and_deleted_ones_are_read),
        cmocka_unit_test(leaves_of_several_outputs_are_read),
        cmocka_unit_test(members_of_a_category_set_go_right),
        cmocka_unit_test(feature_names_become_features_that_positions_address),
        cmocka_unit_test(a_linear_booster_is_read),
        cmocka_unit_test(what_is_wrong_is_refused_with_a_reason),
        cmocka_unit_test(trees_that_are_no_trees_are_refused),
        cmocka_unit_test(category_sets_take_memory_in_proportion_to_the_file),
        cmocka_unit_test(hostile_bytes_are_refused_without_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
