/* SPDX-License-Identifier: MIT
 * native_head_test.c - the top of model.yaml: several predictors, calibrations and
 * outputs by name, integer types, layers of networks; and what of it is refused, where.
 */
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

#define INPUT     "format: 1\ninputs: {x: {type: f64}}\n"
#define PREDICTOR "predictor: {op: linear, in: x, weights: 1}\n"
#define TWO                                                                              \
    "predictors:\n"                                                                      \
    "  a: {op: linear, in: x, weights: 1}\n"                                             \
    "  b: {op: linear, in: x, weights: 2}\n"

static roost_plan *plan_of(const struct reg_files *files)
{
    roost_model *model = NULL;
    roost_plan *plan = NULL;
    struct roost_error err = {0};
    if (reg_open_files(files, &model, &err) != ROOST_OK)
        fail_msg("%s:%u:%u: %s", err.where, err.line, err.column, err.text);
    assert_int_equal(roost_plan_new(&model, NULL, 1, NULL, &plan, &err), ROOST_OK);
    roost_model_free(model);
    return plan;
}

static roost_plan *plan_of_text(const char *yaml)
{
    struct reg_files files = {0};
    test_text(&files, "model.yaml", yaml);
    roost_plan *plan = plan_of(&files);
    reg_files_clear(&files);
    return plan;
}

/* The outputs, in order, as "name:type" with a blank after each. */
static void outputs_are(const roost_plan *plan, const char *want)
{
    char got[256] = "";
    size_t used = 0;
    for (uint32_t i = 0; i < roost_plan_output_count(plan); i++) {
        const struct roost_output *about = roost_plan_output(plan, i);
        used += (size_t)snprintf(got + used, sizeof got - used, "%s:%d ", about->name,
                                 (int)about->type);
    }
    assert_string_equal(got, want);
}

static void score(const roost_plan *plan, const struct roost_column *columns, double *out)
{
    const struct roost_rows rows = {.n = 1, .columns = columns};
    struct roost_call call = {.rows = &rows, .out = out};
    call.scratch = aligned_alloc(64, roost_plan_scratch(plan, &rows));
    assert_int_equal(roost_score(plan, &call, NULL), ROOST_OK);
    free(call.scratch);
}

static void several_outputs_show_what_they_name(void **state)
{
    (void)state;
    roost_plan *plan =
        plan_of_text(INPUT TWO "calibrations: {c: {op: platt, in: a, a: -1, b: 0}}\n"
                               "outputs:\n"
                               "  twice: {from: b, type: i64}\n"
                               "  click: {from: c, labels: [\"no\", \"yes\"]}\n"
                               "  a: {type: f64}\n");
    const double x[] = {1.25};
    const struct roost_column column = {.values = x};
    double out[3];
    outputs_are(plan, "twice:2 click:0 a:1 ");
    assert_int_equal(roost_plan_output(plan, 1)->label_count, 2);
    score(plan, &column, out);
    assert_true(out[0] == 2 && out[2] == 1.25); /* 2.5 rounds to even */
    assert_true(fabs(out[1] - 1 / (1 + exp(-1.25))) < 1e-12);
    roost_plan_free(plan);
}

static void without_outputs_each_head_that_feeds_no_other_is_one(void **state)
{
    (void)state;
    roost_plan *plan =
        plan_of_text(INPUT TWO "calibrations: {c: {op: platt, in: a, a: -1, b: 0}}\n");
    outputs_are(plan, "b:0 c:0 ");
    roost_plan_free(plan);
}

static void the_one_predictor_can_be_shown_before_and_after_calibration(void **state)
{
    (void)state;
    roost_plan *plan =
        plan_of_text(INPUT PREDICTOR "calibration: {op: platt, a: -1, b: 0}\n"
                                     "outputs: {raw: {from: predictor}, score: {}}\n");
    const double x[] = {0};
    const struct roost_column column = {.values = x};
    double out[2];
    outputs_are(plan, "raw:0 score:0 ");
    score(plan, &column, out);
    assert_true(out[0] == 0 && out[1] == 0.5);
    roost_plan_free(plan);
}

/* The model of the protocols' examples: sum and difference of two vectors of int32. */
static void vectors_of_integers_give_their_sum_and_difference(void **state)
{
    (void)state;
    enum { N = 16 };
    static const char yaml[] = "format: 1\n"
                               "inputs:\n"
                               "  INPUT0: {type: i32, shape: [16]}\n"
                               "  INPUT1: {type: i32, shape: [16]}\n"
                               "predictors:\n"
                               "  OUTPUT0: {op: linear, in: [INPUT0, INPUT1], weights: "
                               "sum}\n"
                               "  OUTPUT1: {op: linear, in: [INPUT0, INPUT1], weights: "
                               "diff}\n"
                               "outputs:\n"
                               "  OUTPUT0: {type: i32}\n"
                               "  OUTPUT1: {type: i32}\n";
    static float sum[2 * N * N], diff[2 * N * N];
    struct reg_files files = {0};
    int32_t a[N], b[N];
    double out[2 * N];
    for (int i = 0; i < N; i++) {
        sum[i * N + i] = sum[(N + i) * N + i] = diff[i * N + i] = 1;
        diff[(N + i) * N + i] = -1;
        a[i] = i;
        b[i] = 1 - 3 * i;
    }
    const struct test_tensor tensors[] = {{"sum", "F32", "[32,16]", sum, sizeof sum},
                                          {"diff", "F32", "[32,16]", diff, sizeof diff}};
    test_text(&files, "model.yaml", yaml);
    test_tensors(&files, "weights.safetensors", tensors, 2);
    roost_plan *plan = plan_of(&files);
    const struct roost_column columns[] = {{.values = a}, {.values = b}};
    assert_int_equal(roost_plan_feature(plan, 0)->type, ROOST_I32);
    assert_int_equal(roost_plan_feature(plan, 0)->width, N);
    assert_int_equal(roost_plan_signatures(plan), ROOST_SIGNATURE_TENSOR);
    score(plan, columns, out);
    for (int i = 0; i < N; i++)
        assert_true(out[i] == a[i] + b[i] && out[N + i] == a[i] - b[i]);
    roost_plan_free(plan);
    reg_files_clear(&files);
}

static void a_network_is_a_list_of_layers(void **state)
{
    (void)state;
    const float w1[] = {1, -1, 2, -2}; /* [2, 2] */
    const struct test_tensor tensors[] = {{"w1", "F32", "[2,2]", w1, sizeof w1}};
    struct reg_files files = {0};
    test_text(&files, "model.yaml",
              "format: 1\n"
              "inputs: {x: {type: f32}, y: {type: f32, missing: 3}}\n"
              "predictor:\n"
              "  op: mlp\n"
              "  in: [x, y]\n"
              "  layers:\n"
              "    - {weights: w1, bias: [0.5, 0.25], activation: relu}\n"
              "    - {weights: [10, 100]}\n"
              "  link: identity\n");
    test_tensors(&files, "weights.safetensors", tensors, 1);
    roost_plan *plan = plan_of(&files);
    const float x[] = {1};
    const struct roost_column columns[] = {{.values = x}, {.values = NULL}};
    double out[1];
    score(plan, columns, out);
    assert_true(out[0] == 10 * (1 + 6 + 0.5));
    roost_plan_free(plan);
    reg_files_clear(&files);
}

static void an_embedding_and_a_factorization_machine_load(void **state)
{
    (void)state;
    roost_plan *plan = plan_of_text(
        "format: 1\n"
        "inputs: {w: {type: string}, x: {type: f64}}\n"
        "transforms:\n"
        "  i: {op: vocabulary, in: w, values: [a, b]}\n"
        "  e: {op: embed, in: i, table: [5, 7], pool: mean}\n"
        "predictors:\n"
        "  m: {op: linear, in: e, weights: 1}\n"
        "  f: {op: fm, in: [i, x], factors: [2, 3, 4], weights: [0, 0, 1]}\n");
    const struct roost_text w[] = {{"b", 1}};
    const double x[] = {10};
    const struct roost_column columns[] = {{.values = w}, {.values = x}};
    double out[2];
    score(plan, columns, out);
    assert_true(out[0] == 7 && out[1] == 10 + 3 * 4 * 10);
    roost_plan_free(plan);
}

#define MLP(layers) INPUT "predictor: {op: mlp, in: x, layers: " layers "}\n"

static const struct {
    const char *yaml;
    roost_status status;
    uint32_t line;
    uint32_t column;
    const char *text; /* a part of the message */
} refused[] = {
    {INPUT TWO PREDICTOR, ROOST_FORMAT, 3, 1, "exclude each other"},
    {INPUT TWO "calibration: {op: platt, a: 1, b: 2}\n", ROOST_FORMAT, 6, 1,
     "'calibrations'"},
    {INPUT PREDICTOR "calibrations: {c: {op: platt, a: 1, b: 2}}\n", ROOST_FORMAT, 4, 1,
     "'calibration'"},
    {INPUT "predictors: {}\n", ROOST_FORMAT, 3, 13, "at least one"},
    {INPUT "predictors: [a]\n", ROOST_FORMAT, 3, 13, "map"},
    {INPUT "predictors: {a: {op: platt, in: x, a: 1, b: 1}}\n", ROOST_FORMAT, 3, 22,
     "a calibration, not a predictor"},
    {INPUT "predictors: {a: {op: linear, in: b, weights: 1}}\n", ROOST_FORMAT, 3, 34,
     "'b'"},
    {INPUT TWO "calibrations: [c]\n", ROOST_FORMAT, 6, 15, "map"},
    {INPUT TWO "calibrations: {c: {op: platt, a: 1, b: 2}}\n", ROOST_FORMAT, 6, 16,
     "add 'in'"},
    {INPUT TWO "calibrations: {c: {op: platt, in: aa, a: 1, b: 2}}\n", ROOST_FORMAT, 6,
     35, "did you mean 'a'"},
    {INPUT TWO "calibrations: {c: {op: platt, in: x, a: 1, b: 2}}\n", ROOST_FORMAT, 6, 35,
     "no predictor or calibration is called 'x'"},
    {INPUT TWO "calibrations: {c: {op: platt, in: a, a: 1, b: 2}, d: {op: platt, in: c, "
               "a: 1, b: 2}}\n",
     ROOST_FORMAT, 6, 70, "'c' is a calibration"},
    {INPUT TWO "calibrations: {a: {op: platt, in: b, a: 1, b: 2}}\n", ROOST_VALUE, 6, 16,
     "name already"},
    {INPUT "transforms: {a: {op: log1p, in: x}}\n" TWO, ROOST_VALUE, 5, 3,
     "name already"},
    {INPUT TWO "outputs: {c: {}}\n", ROOST_FORMAT, 6, 11, "'c'"},
    {INPUT TWO "outputs: {c: {from: c}}\n", ROOST_FORMAT, 6, 21, "'c'"},
    {INPUT TWO "outputs: {c: {from: [a]}}\n", ROOST_FORMAT, 6, 21, "name"},
    {INPUT TWO "outputs: {a: {}}\n", ROOST_FORMAT, 5, 3, "'b' feeds no output"},
    {INPUT TWO "outputs: {a: {}, b: {type: i16}}\n", ROOST_FORMAT, 6, 28, "i32|i64"},
    {INPUT TWO "outputs: {a: {}, b: {fron: a}}\n", ROOST_FORMAT, 6, 22, "'from'"},
    {INPUT PREDICTOR "outputs: {a: {from: predicto}}\n", ROOST_FORMAT, 4, 21,
     "'predictor'"},
    {INPUT PREDICTOR "calibration: {op: platt, a: 1, b: 2}\n"
                     "outputs: {a: {from: predictor}}\n",
     ROOST_FORMAT, 4, 1, "feeds no output"},
    {"format: 1\ninputs: {x: {type: i32, missing: 2147483648}}\n" PREDICTOR, ROOST_VALUE,
     2, 10, "-2^31"},
    {"format: 1\ninputs: {x: {type: i32, missing: 0.5}}\n" PREDICTOR, ROOST_FORMAT, 2, 34,
     "whole"},
    {"format: 1\ninputs: {x: {type: i32, shape: [0]}}\n" PREDICTOR, ROOST_LIMIT, 2, 33,
     "between 1"},
    {MLP("1"), ROOST_FORMAT, 3, 37, "list of layers"},
    {MLP("[]"), ROOST_FORMAT, 3, 37, "list of layers"},
    {MLP("[1]"), ROOST_FORMAT, 3, 38, "a layer must be a map"},
    {MLP("[{}]"), ROOST_FORMAT, 3, 38, "needs 'weights'"},
    {MLP("[{weights: w}]"), ROOST_MISSING, 3, 48, "no tensor 'w'"},
    {MLP("[{weights: 1, bais: 2}]"), ROOST_FORMAT, 3, 51, "did you mean 'bias'"},
    {MLP("[{weights: 1, bias: [a]}]"), ROOST_FORMAT, 3, 58, "bias must be a number"},
    {MLP("[{weights: 1, activation: rely}]"), ROOST_FORMAT, 3, 63, "did you mean 'relu'"},
    {MLP("[{weights: [1, 2]}]"), ROOST_SHAPE, 3, 1, "2 rows, but the inputs have 1"},
    {MLP("[{weights: 1}, {weights: [1, 2]}]"), ROOST_SHAPE, 3, 1, "layer 2"},
    {MLP("[{weights: .nan}]"), ROOST_MISSING, 3, 48, ".nan"},
    {INPUT "predictor: {op: mlp, in: x}\n", ROOST_FORMAT, 3, 12, "needs 'layers'"},
};

static void what_is_wrong_at_the_top_is_refused_where_it_stands(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct reg_files files = {0};
        struct roost_error err = {0};
        test_text(&files, "model.yaml", refused[i].yaml);
        roost_status status = test_load(&files, &err);
        if (status != refused[i].status || err.line != refused[i].line ||
            err.column != refused[i].column || !strstr(err.text, refused[i].text))
            fail_msg("%s-> %d at %u:%u: %s", refused[i].yaml, status, err.line,
                     err.column, err.text);
        /* Nobody has to ask for the reason. */
        assert_int_equal(test_load(&files, NULL), status);
        reg_files_clear(&files);
    }
}

/* 70 layers that all name one tensor are refused before any of it is copied. */
static void more_layers_than_a_network_has_are_refused(void **state)
{
    (void)state;
    char yaml[4096] = INPUT "predictor: {op: mlp, in: x, layers: [";
    struct reg_files files = {0};
    struct roost_error err = {0};
    size_t used = strlen(yaml);
    for (int i = 0; i < 70; i++)
        used += (size_t)snprintf(yaml + used, sizeof yaml - used, "{weights: 1}, ");
    (void)snprintf(yaml + used, sizeof yaml - used, "]}\n");
    test_text(&files, "model.yaml", yaml);
    assert_int_equal(test_load(&files, &err), ROOST_SHAPE);
    assert_non_null(strstr(err.text, "1 to 64 layers"));
    reg_files_clear(&files);
}

/* Names are compared one by one, so that there is an end to them. */
static void more_heads_or_outputs_than_any_model_has_are_refused(void **state)
{
    (void)state;
    enum { MANY = 4097, ROOM = 1 << 20 };
    char *yaml = malloc(ROOM);
    for (int outputs = 0; outputs <= 1; outputs++) {
        struct reg_files files = {0};
        struct roost_error err = {0};
        size_t used =
            (size_t)snprintf(yaml, ROOM, "%s%s", INPUT,
                             outputs ? PREDICTOR "outputs:\n" : "predictors:\n");
        for (int i = 0; i < MANY; i++)
            used += (size_t)snprintf(yaml + used, ROOM - used, "  h%d: {%s}\n", i,
                                     outputs ? "" : "op: linear, in: x, weights: 1");
        test_text(&files, "model.yaml", yaml);
        assert_int_equal(test_load(&files, &err), ROOST_LIMIT);
        assert_non_null(strstr(err.text, "more than 4096"));
        reg_files_clear(&files);
    }
    free(yaml);
}

static void damaged_files_never_do_harm(void **state)
{
    (void)state;
    static const char yaml[] =
        INPUT "predictors:\n"
              "  m: {op: mlp, in: x, layers: [{weights: w, bias: b, activation: tanh},\n"
              "      {weights: [1, 2]}]}\n"
              "  f: {op: fm, in: x, factors: w}\n"
              "calibrations: {c: {op: platt, in: f, a: -1, b: 0}}\n"
              "outputs: {m: {type: i32}, s: {from: c}}\n";
    const float w[] = {1, 2};
    const struct test_tensor tensors[] = {{"w", "F32", "[1,2]", w, sizeof w},
                                          {"b", "F32", "[2]", w, sizeof w}};
    struct reg_files files = {0};
    test_tensors(&files, "weights.safetensors", tensors, 2);
    assert_true(test_hostile(&files, "model.yaml", yaml, strlen(yaml), 4000) > 0);
    reg_files_clear(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_outputs_show_what_they_name),
        cmocka_unit_test(without_outputs_each_head_that_feeds_no_other_is_one),
        cmocka_unit_test(the_one_predictor_can_be_shown_before_and_after_calibration),
        cmocka_unit_test(vectors_of_integers_give_their_sum_and_difference),
        cmocka_unit_test(a_network_is_a_list_of_layers),
        cmocka_unit_test(an_embedding_and_a_factorization_machine_load),
        cmocka_unit_test(what_is_wrong_at_the_top_is_refused_where_it_stands),
        cmocka_unit_test(more_layers_than_a_network_has_are_refused),
        cmocka_unit_test(more_heads_or_outputs_than_any_model_has_are_refused),
        cmocka_unit_test(damaged_files_never_do_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
