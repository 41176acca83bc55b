/* SPDX-License-Identifier: MIT
 * plan_share_test.c - models scored together: what they share, and that nobody can tell
 * from a score in whose company it was made. */
#include "tests/unit/engine/support/kit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 80 };

static float ages[ROWS];
static struct roost_text countries[ROWS];

static int fill(void **state)
{
    static const char *const names[] = {"de", "fr", "it", NULL, "jp"};
    (void)state;
    for (int i = 0; i < ROWS; i++) {
        ages[i] = i % 7 == 0 ? NAN : (float)(i % 30);
        countries[i] = kit_text(names[i % 5]);
    }
    return 0;
}

/* age -> bins, country -> hash, both -> cross; a linear over all three. `order` turns the
 * inputs around; names of transforms differ by `prefix`. */
static roost_model *model(const char *prefix, uint32_t seed, int order)
{
    char name[3][16];
    for (int i = 0; i < 3; i++) {
        snprintf(name[i], sizeof name[i], "%s%c", prefix, 'a' + i);
    }
    struct eng_builder *builder = kit_builder();
    uint32_t age = kit_feature(builder, "age", ROOST_F32);
    uint32_t country = kit_feature(builder, "country", ROOST_STRING);
    uint32_t bins = kit_bins(builder, name[0], age);
    uint32_t hashed = kit_hashed(builder, name[1], country, 6);
    const struct eng_param bits = kit_integer("bits", 8);
    uint32_t crossed =
        kit_node(builder, name[2], "cross", KIT_IN(bins, hashed), 1, &bits);
    const uint32_t *inputs =
        order ? KIT_IN(crossed, bins, hashed) : KIT_IN(bins, hashed, crossed);
    return kit_finish(builder, kit_linear(builder, inputs, 4 + 64 + 256, seed, 0));
}

static struct roost_rows rows_of(const roost_plan *plan, struct roost_column columns[2])
{
    memset(columns, 0, 2 * sizeof *columns);
    for (uint32_t f = 0; f < roost_plan_feature_count(plan); f++)
        columns[f].values = roost_plan_feature(plan, f)->type == ROOST_F32
                                ? (const void *)ages
                                : countries;
    return (struct roost_rows){.n = ROWS, .columns = columns};
}

static void score_alone(roost_model *one, double *out)
{
    struct roost_column columns[2];
    roost_plan *plan = kit_plan(1, &one, NULL);
    struct roost_rows rows = rows_of(plan, columns);
    assert_int_equal(kit_score(plan, &rows, out, NULL, NULL), ROOST_OK);
    roost_plan_free(plan);
}

static void equal_transforms_are_one_node_evaluated_once_a_row(void **state)
{
    (void)state;
    roost_model *models[] = {model("x", 1, 0), model("y", 2, 0), model("z", 3, 1)};
    roost_plan *plan = kit_plan(3, models, NULL);
    struct roost_column columns[2];
    struct roost_rows rows = rows_of(plan, columns);
    double out[ROWS * 3];
    uint64_t evaluations[3] = {0}, reuses[3] = {0};
    struct roost_call call = {.evaluations = evaluations, .reuses = reuses};
    assert_int_equal(roost_plan_node_count(plan), 3);
    assert_int_equal(kit_score(plan, &rows, out, &call, NULL), ROOST_OK);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(roost_plan_node(plan, i)->users, 3);
        assert_int_equal(evaluations[i], ROWS);
        assert_int_equal(reuses[i], 2 * ROWS);
    }
    assert_string_equal(roost_plan_node(plan, 0)->name, "xa");
    assert_string_equal(roost_plan_node(plan, 0)->op, "discretize");
    roost_plan_free(plan);
    for (int m = 0; m < 3; m++)
        roost_model_free(models[m]);
}

static void scores_in_company_equal_those_alone_bit_for_bit(void **state)
{
    (void)state;
    roost_model *models[] = {model("x", 1, 0), model("y", 2, 1), model("z", 3, 0),
                             model("v", 4, 1)};
    double alone[4][ROWS], out[ROWS * 4];
    struct roost_column columns[2];
    for (int m = 0; m < 4; m++)
        score_alone(models[m], alone[m]);
    roost_plan *plan = kit_plan(4, models, NULL);
    struct roost_rows rows = rows_of(plan, columns);
    assert_int_equal(kit_score(plan, &rows, out, NULL, NULL), ROOST_OK);
    assert_true(plan->placement_count > 0);
    for (int r = 0; r < ROWS; r++) {
        for (int m = 0; m < 4; m++)
            assert_memory_equal(&out[r * 4 + m], &alone[m][r], sizeof(double));
    }
    assert_true(alone[0][1] > 0 && alone[0][1] < 1 && alone[0][1] != alone[1][1]);
    roost_plan_free(plan);
    for (int m = 0; m < 4; m++)
        roost_model_free(models[m]);
}

/* Three numbers of every kind, and bins between them; `minus`: all margins begin at -0.
 */
static roost_model *numbers(uint32_t seed, int minus)
{
    double weights[7 * 2];
    const double bias = minus ? -0.0 : 0.25;
    for (int i = 0; i < 14; i++)
        weights[i] = sin(i + (double)seed);
    struct eng_builder *builder = kit_builder();
    uint32_t age = kit_feature(builder, "age", ROOST_F32);
    uint32_t exact = kit_feature(builder, "exact", ROOST_F64);
    uint32_t whole = kit_feature(builder, "whole", ROOST_I64);
    uint32_t bins = kit_bins(builder, "bins", age);
    const struct eng_param params[] = {kit_tensor("weights", weights, 7, 2),
                                       kit_tensor("bias", &bias, 1, 0)};
    uint32_t value = kit_node(builder, "predictor", "linear",
                              KIT_IN(age, bins, exact, whole), 2, params);
    return kit_finish(builder, value);
}

static void scalars_take_no_pass_and_no_table_and_score_as_alone(void **state)
{
    (void)state;
    roost_model *models[] = {numbers(1, 0), numbers(2, 1)};
    double exact[ROWS], out[ROWS * 4], alone[ROWS * 2];
    int64_t whole[ROWS];
    uint8_t present[ROWS];
    for (int r = 0; r < ROWS; r++) {
        exact[r] = r % 5 ? 0.1 * r : (double)NAN;
        whole[r] = r - 40;
        present[r] = r % 3 != 0;
    }
    const struct roost_column columns[] = {
        {.values = ages}, {.values = exact}, {.values = whole, .present = present}};
    const int64_t one = 7;
    const struct roost_column context[] = {
        {.values = NULL}, {.values = NULL}, {.values = &one}};
    roost_plan *plan = kit_plan(2, models, NULL);
    assert_int_equal(plan->placement_count, 2); /* the bins' weights of both */
    assert_int_equal(plan->step_count, 4);      /* bins, their pass, two linears */
    for (int with = 0; with < 2; with++) {
        const struct roost_rows rows = {
            .n = ROWS, .columns = columns, .context = with ? context : NULL};
        assert_int_equal(kit_score(plan, &rows, out, NULL, NULL), ROOST_OK);
        for (int m = 0; m < 2; m++) {
            roost_plan *own = kit_plan(1, &models[m], NULL);
            assert_int_equal(kit_score(own, &rows, alone, NULL, NULL), ROOST_OK);
            for (int r = 0; r < ROWS; r++)
                assert_memory_equal(&out[r * 4 + m * 2], &alone[r * 2],
                                    2 * sizeof(double));
            roost_plan_free(own);
        }
    }
    /* Row 1 of the second model, by hand: age 1 is in bin 1 of the slots 1 to 4. */
    double want = 0;
    const double amounts[] = {1, 1, exact[1], (double)whole[1]};
    const int slots[] = {0, 2, 5, 6};
    for (int i = 0; i < 4; i++)
        want += amounts[i] * (double)(float)sin(slots[i] * 2 + 2.0);
    assert_true(out[1 * 4 + 2] == want);
    roost_plan_free(plan);
    for (int m = 0; m < 2; m++)
        roost_model_free(models[m]);
}

/* A model of several outputs over full ids, whose region two inputs share. */
static roost_model *wide(uint32_t width, double shift, int both)
{
    double weights[64 * 4];
    for (int i = 0; i < 64 * 4; i++)
        weights[i] = sin(i + shift);
    struct eng_builder *builder = kit_builder();
    uint32_t country = kit_feature(builder, "country", ROOST_STRING);
    uint32_t age = kit_feature(builder, "age", ROOST_F32);
    uint32_t one = kit_hashed(builder, "one", country, 0);
    uint32_t two = kit_hashed(builder, "two", kit_bins(builder, "bins", age), 0);
    const struct eng_param params[] = {kit_tensor("weights", weights, 64, width),
                                       kit_word("link", "softmax"),
                                       kit_integer("bits", 6)};
    return kit_finish(builder,
                      kit_node(builder, "predictor", "linear",
                               both ? KIT_IN(one, two) : KIT_IN(two), 3, params));
}

static void models_of_several_outputs_share_the_region_of_full_ids(void **state)
{
    (void)state;
    roost_model *models[] = {wide(4, 0, 1), wide(3, 1, 0), wide(2, 2, 1)};
    const uint32_t width[] = {4, 3, 2};
    double alone[3][ROWS * 4], out[ROWS * 9];
    struct roost_column columns[2];
    for (int m = 0; m < 3; m++)
        score_alone(models[m], alone[m]);
    roost_plan *plan = kit_plan(3, models, NULL);
    struct roost_rows rows = rows_of(plan, columns);
    assert_int_equal(kit_score(plan, &rows, out, NULL, NULL), ROOST_OK);
    assert_int_equal(roost_plan_width(plan), 9);
    assert_int_equal(plan->placement_count, 3);
    assert_ptr_equal(plan->placements[0].table, plan->placements[2].table);
    assert_int_equal(plan->placements[0].table->columns, 16);
    for (uint32_t m = 0, at = 0; m < 3; at += width[m++]) {
        assert_int_equal(roost_plan_output(plan, m)->offset, at);
        assert_int_equal(roost_plan_output(plan, m)->width, width[m]);
        for (uint32_t r = 0; r < ROWS; r++)
            assert_memory_equal(&out[r * 9 + at], &alone[m][r * width[m]],
                                width[m] * sizeof(double));
    }
    roost_plan_free(plan);
    for (int m = 0; m < 3; m++)
        roost_model_free(models[m]);
}

static roost_model *over_age(uint32_t seed)
{
    struct eng_builder *builder = kit_builder();
    uint32_t bins = kit_bins(builder, "bins", kit_feature(builder, "age", ROOST_F32));
    return kit_finish(builder, kit_linear(builder, KIT_IN(bins), 4, seed, 0));
}

static void a_skipped_model_is_left_out_and_saves_its_own_nodes(void **state)
{
    (void)state;
    roost_model *models[] = {model("x", 1, 0), over_age(2)};
    roost_plan *plan = kit_plan(2, models, NULL);
    struct roost_column columns[2];
    struct roost_rows rows = rows_of(plan, columns);
    const uint8_t skip[] = {1, 0};
    struct roost_verdict verdict[2];
    uint64_t evaluations[3] = {0}, reuses[3] = {0};
    struct roost_call call = {
        .skip = skip, .verdict = verdict, .evaluations = evaluations, .reuses = reuses};
    double out[ROWS * 2], alone[ROWS];
    for (int i = 0; i < ROWS * 2; i++)
        out[i] = -7;
    score_alone(models[1], alone);
    assert_int_equal(kit_score(plan, &rows, out, &call, NULL), ROOST_OK);
    assert_int_equal(verdict[0].status, ROOST_MISSING);
    assert_int_equal(verdict[1].status, ROOST_OK);
    for (int r = 0; r < ROWS; r++) {
        assert_true(out[r * 2] == -7.0);
        assert_memory_equal(&out[r * 2 + 1], &alone[r], sizeof(double));
    }
    /* Only the bins were needed, and nobody shared them. */
    assert_int_equal(evaluations[0], ROWS);
    assert_int_equal(evaluations[1] + evaluations[2], 0);
    assert_int_equal(reuses[0] + reuses[1] + reuses[2], 0);
    roost_plan_free(plan);
    roost_model_free(models[0]);
    roost_model_free(models[1]);
}

static roost_model *exponential(const char *feature, enum roost_type output)
{
    const double one = 1;
    struct eng_builder *builder = kit_builder();
    roost_model *made = NULL;
    const struct eng_param params[] = {kit_tensor("weights", &one, 1, 0),
                                       kit_word("link", "exp")};
    uint32_t value = kit_feature(builder, feature, ROOST_F32);
    struct eng_output_spec spec = {
        .name = "score",
        .type = output,
        .value = kit_node(builder, "predictor", "linear", KIT_IN(value), 2, params)};
    assert_int_equal(eng_builder_output(builder, &spec, NULL), ROOST_OK);
    assert_int_equal(eng_builder_finish(builder, &made, NULL), ROOST_OK);
    return made;
}

static void a_score_that_is_not_finite_is_that_models_verdict_alone(void **state)
{
    (void)state;
    roost_model *models[] = {exponential("a", ROOST_F64), exponential("b", ROOST_F64),
                             exponential("b", ROOST_F32)};
    roost_plan *plan = kit_plan(3, models, NULL);
    const float a[] = {0, 1, 2}, b[] = {0, 100, 800};
    struct roost_column columns[2] = {{.values = a}, {.values = b}};
    struct roost_rows rows = {.n = 3, .columns = columns};
    struct roost_verdict verdict[3];
    struct roost_call call = {.verdict = verdict};
    struct roost_error err;
    double out[9];
    assert_int_equal(kit_score(plan, &rows, out, &call, &err), ROOST_OK);
    assert_int_equal(verdict[0].status, ROOST_OK);
    assert_int_equal(verdict[1].status, ROOST_SCORE);
    assert_int_equal(verdict[1].at, 2);
    /* exp(100) is finite as a double and not as a float. */
    assert_int_equal(verdict[2].status, ROOST_SCORE);
    assert_int_equal(verdict[2].at, 1);
    assert_int_equal(kit_score(plan, &rows, out, NULL, &err), ROOST_SCORE);
    assert_int_equal(err.at, 2);
    assert_non_null(strstr(err.text, "'second'"));
    roost_plan_free(plan);
    for (int m = 0; m < 3; m++)
        roost_model_free(models[m]);
}

static roost_model *number_model(const char *name, enum roost_type type, uint32_t width)
{
    double weights[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    struct eng_builder *builder = kit_builder();
    uint32_t value =
        width ? kit_vector(builder, name, type, width) : kit_feature(builder, name, type);
    const struct eng_param params[] = {
        kit_tensor("weights", weights, width ? width : 1, 0)};
    return kit_finish(builder,
                      kit_node(builder, "predictor", "linear", KIT_IN(value), 1, params));
}

static void an_f32_and_an_f64_feature_of_one_name_become_f64(void **state)
{
    (void)state;
    roost_model *models[] = {
        number_model("x", ROOST_F32, 0), number_model("x", ROOST_F64, 0),
        number_model("v", ROOST_F32, 2), number_model("v", ROOST_F64, 2)};
    roost_plan *plan = kit_plan(4, models, NULL);
    const double x[] = {0.1}, v[] = {0.1, 0.2};
    const struct roost_column columns[] = {{.values = x}, {.values = v}};
    const struct roost_rows rows = {.n = 1, .columns = columns};
    double out[4];
    assert_int_equal(roost_plan_feature_count(plan), 2);
    assert_int_equal(roost_plan_feature(plan, 0)->type, ROOST_F64);
    assert_int_equal(roost_plan_feature(plan, 1)->type, ROOST_F64);
    assert_int_equal(kit_score(plan, &rows, out, NULL, NULL), ROOST_OK);
    /* The f32 model sees what it would see alone. */
    assert_true(out[0] == (double)0.1f && out[1] == 0.1);
    assert_true(out[2] == (double)0.1f + (double)0.2f && out[3] == 0.1 + 0.2);
    roost_plan_free(plan);
    for (int m = 0; m < 4; m++)
        roost_model_free(models[m]);
}

static void features_that_disagree_are_refused_by_name(void **state)
{
    (void)state;
    const struct {
        enum roost_type type;
        uint32_t width;
    } others[] = {{ROOST_I64, 0}, {ROOST_BOOL, 0}, {ROOST_F32, 1}, {ROOST_F32, 3}};
    for (size_t i = 0; i < 4; i++) {
        static const char *const names[] = {"home", "search"};
        roost_model *models[] = {number_model("x", ROOST_F32, 0),
                                 number_model("x", others[i].type, others[i].width)};
        roost_plan *plan = NULL;
        struct roost_error err;
        assert_int_equal(roost_plan_new(models, names, 2, NULL, &plan, &err),
                         ROOST_SHAPE);
        assert_string_equal(err.where, "x");
        assert_non_null(strstr(err.text, "'home'"));
        assert_non_null(strstr(err.text, "'search'"));
        assert_null(plan);
        roost_model_free(models[0]);
        roost_model_free(models[1]);
    }
}

static void two_names_of_one_id_are_refused(void **state)
{
    (void)state;
    roost_model *models[] = {number_model("g5022#b", ROOST_F32, 0),
                             number_model("\xde\x8a\xe1\xbd\xb1\xe1\xae\xbc\xe0\xac\x92"
                                          "b",
                                          ROOST_F32, 0)};
    roost_plan *plan = NULL;
    struct roost_error err;
    assert_int_equal(roost_plan_new(models, NULL, 2, NULL, &plan, &err), ROOST_VALUE);
    assert_non_null(strstr(err.text, "'g5022#b'"));
    roost_model_free(models[0]);
    roost_model_free(models[1]);
}

static roost_model *by_position(int turned)
{
    struct eng_builder *builder = kit_builder();
    uint32_t a = kit_feature(builder, turned == 1 ? "b" : "a", ROOST_F32);
    uint32_t b = kit_feature(builder, turned == 1 ? "a" : "b", ROOST_F32);
    const uint32_t list[] = {a, b};
    if (turned < 2)
        assert_int_equal(eng_builder_positions(builder, "input-0", list, 2, NULL), 0);
    return kit_finish(builder, kit_linear(builder, KIT_IN(a, b), 2, 1, 0));
}

static void a_plan_has_positions_when_all_models_agree_on_them(void **state)
{
    (void)state;
    roost_model *models[] = {by_position(0), by_position(0), by_position(1),
                             by_position(2)};
    uint32_t count = 9, width = 9;
    roost_plan *plan = kit_plan(2, models, NULL);
    const uint32_t *list = roost_plan_positions(plan, &count, &width);
    assert_int_equal(count, 2);
    assert_int_equal(width, 2);
    assert_int_equal(list[1], roost_plan_find(plan, "b", 1));
    assert_string_equal(roost_plan_position_name(plan), "input-0");
    assert_int_equal(roost_plan_signatures(plan),
                     ROOST_SIGNATURE_FEATURES | ROOST_SIGNATURE_TENSOR);
    roost_plan_free(plan);
    for (uint32_t n = 3; n <= 4; n++) {
        plan = kit_plan(n, models, NULL);
        assert_null(roost_plan_positions(plan, &count, &width));
        assert_int_equal(count, 0);
        assert_null(roost_plan_position_name(plan));
        assert_int_equal(roost_plan_signatures(plan), ROOST_SIGNATURE_FEATURES);
        roost_plan_free(plan);
    }
    for (int m = 0; m < 4; m++)
        roost_model_free(models[m]);
}

static void a_plan_of_vectors_alone_has_a_tensor_signature(void **state)
{
    (void)state;
    roost_model *models[] = {number_model("v", ROOST_F32, 3),
                             number_model("w", ROOST_F64, 2)};
    roost_plan *plan = kit_plan(2, models, NULL);
    assert_int_equal(roost_plan_signatures(plan), ROOST_SIGNATURE_TENSOR);
    assert_int_equal(roost_plan_strict(plan), 0);
    assert_int_equal(roost_plan_find_id(plan, roost_feature_id("w", 1)), 1);
    assert_int_equal(roost_plan_find(plan, "u", 1), -1);
    roost_plan_free(plan);
    roost_model_free(models[0]);
    roost_model_free(models[1]);
}

static void a_plan_of_no_models_is_refused(void **state)
{
    (void)state;
    roost_plan *plan = NULL;
    assert_int_equal(roost_plan_new(NULL, NULL, 0, NULL, &plan, NULL), ROOST_VALUE);
    roost_plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_transforms_are_one_node_evaluated_once_a_row),
        cmocka_unit_test(scores_in_company_equal_those_alone_bit_for_bit),
        cmocka_unit_test(scalars_take_no_pass_and_no_table_and_score_as_alone),
        cmocka_unit_test(models_of_several_outputs_share_the_region_of_full_ids),
        cmocka_unit_test(a_skipped_model_is_left_out_and_saves_its_own_nodes),
        cmocka_unit_test(a_score_that_is_not_finite_is_that_models_verdict_alone),
        cmocka_unit_test(an_f32_and_an_f64_feature_of_one_name_become_f64),
        cmocka_unit_test(features_that_disagree_are_refused_by_name),
        cmocka_unit_test(two_names_of_one_id_are_refused),
        cmocka_unit_test(a_plan_has_positions_when_all_models_agree_on_them),
        cmocka_unit_test(a_plan_of_vectors_alone_has_a_tensor_signature),
        cmocka_unit_test(a_plan_of_no_models_is_refused),
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
