/* SPDX-License-Identifier: MIT
 * plan_types_test.c - columns of 32-bit integers, vectors of integers, outputs that are
 * whole numbers, models with several outputs, and networks within a plan. */
#include "tests/unit/engine/support/kit.h"
#include "tests/unit/engine/support/op_case.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static roost_plan *plan_of(roost_model *model)
{
    roost_plan *plan = kit_plan(1, &model, NULL);
    roost_model_free(model); /* the plan holds it */
    return plan;
}

static void scores_are(const roost_plan *plan, const struct roost_rows *rows,
                       uint32_t count, const double *want)
{
    double out[64];
    struct roost_error err;
    if (kit_score(plan, rows, out, NULL, &err) != ROOST_OK)
        fail_msg("%s: %s", err.where, err.text);
    for (uint32_t i = 0; i < count; i++) {
        if (!(out[i] == want[i]))
            fail_msg("score %u: %.17g, not %.17g", i, out[i], want[i]);
    }
}

static uint32_t linear(struct eng_builder *builder, const char *name,
                       const uint32_t *inputs, const double *weights, uint64_t rows,
                       uint64_t columns)
{
    const struct eng_param param = kit_tensor("weights", weights, rows, columns);
    return kit_node(builder, name, "linear", inputs, 1, &param);
}

static roost_model *finish(struct eng_builder *builder, uint32_t n,
                           const struct eng_output_spec *outputs)
{
    roost_model *model = NULL;
    struct roost_error err;
    for (uint32_t i = 0; i < n; i++)
        assert_int_equal(eng_builder_output(builder, &outputs[i], &err), ROOST_OK);
    assert_int_equal(eng_builder_finish(builder, &model, &err), ROOST_OK);
    return model;
}

static void a_scalar_of_32_bits_is_an_integer(void **state)
{
    (void)state;
    const double weights[] = {1, 1, 10};
    struct eng_builder *builder = kit_builder();
    uint32_t plain = kit_feature(builder, "plain", ROOST_I32);
    uint32_t filled = kit_number_or(builder, "filled", ROOST_I32, -7);
    uint32_t shared = kit_feature(builder, "shared", ROOST_I32);
    assert_int_equal(eng_builder_shape(builder, plain)->kind, ENG_INTEGER);
    roost_plan *plan = plan_of(kit_finish(
        builder, linear(builder, "p", KIT_IN(plain, filled, shared), weights, 3, 0)));
    assert_int_equal(roost_plan_feature(plan, 0)->type, ROOST_I32);
    const int32_t a[] = {INT32_MIN, 5, 6}, b[] = {1, 2, 3}, c[] = {4, 5, 6};
    const int32_t common[] = {100};
    const uint8_t some[] = {1, 0, 1}, none[] = {0, 1, 0};
    const struct roost_column columns[] = {{.values = a, .present = some},
                                           {.values = b, .present = some},
                                           {.values = c, .present = none}};
    const struct roost_column context[] = {
        {.values = NULL}, {.values = NULL}, {.values = common}};
    const struct roost_rows rows = {.n = 3, .columns = columns, .context = context};
    scores_are(plan, &rows, 3,
               (const double[]){INT32_MIN + 1 + 1000.0, -7 + 50, 9 + 1000});
    roost_plan_free(plan);
}

static void a_vector_of_integers_is_a_vector_of_doubles(void **state)
{
    (void)state;
    const double weights[] = {1, 1000, 1, 1000};
    struct eng_builder *builder = kit_builder();
    uint32_t small = kit_vector(builder, "small", ROOST_I32, 2);
    uint32_t large = kit_vector(builder, "large", ROOST_I64, 2);
    assert_int_equal(eng_builder_shape(builder, small)->kind, ENG_DENSE64);
    assert_int_equal(eng_builder_shape(builder, large)->width, 2);
    roost_plan *plan = plan_of(
        kit_finish(builder, linear(builder, "p", KIT_IN(small, large), weights, 4, 0)));
    assert_int_equal(roost_plan_signatures(plan), ROOST_SIGNATURE_TENSOR);
    const int32_t a[] = {1, 2, 3, 4, 5, 6};
    const int64_t b[] = {10, 20, 1LL << 40, -30, 50, 60};
    const uint8_t present[] = {1, 1, 0};
    const struct roost_column columns[] = {{.values = a},
                                           {.values = b, .present = present}};
    const struct roost_rows rows = {.n = 3, .columns = columns};
    scores_are(plan, &rows, 3,
               (const double[]){2001 + 20010, 4003 + 0x1p40 - 30000, 6005});
    /* From the context: one row for all, or where a row has none of its own. */
    const int64_t common[] = {7, 8};
    const struct roost_column context[] = {{.values = NULL}, {.values = common}};
    const struct roost_rows beside = {.n = 3, .columns = columns, .context = context};
    scores_are(plan, &beside, 3,
               (const double[]){2001 + 20010, 4003 + 0x1p40 - 30000, 6005 + 8007});
    const struct roost_column alone[] = {{.values = a}, {.values = NULL}};
    const struct roost_rows apart = {.n = 2, .columns = alone, .context = context};
    scores_are(plan, &apart, 2, (const double[]){2001 + 8007, 4003 + 8007});
    roost_plan_free(plan);
}

static void a_missing_vector_of_integers_takes_the_default_in_each_place(void **state)
{
    (void)state;
    const double weights[] = {1, 10, 100};
    struct eng_builder *builder = kit_builder();
    const struct eng_feature_spec spec = {.name = "x",
                                          .type = ROOST_I64,
                                          .width = 3,
                                          .vector = 1,
                                          .has_default = 1,
                                          .default_number = 2};
    uint32_t x;
    assert_int_equal(eng_builder_feature(builder, &spec, &x, NULL), ROOST_OK);
    roost_plan *plan =
        plan_of(kit_finish(builder, linear(builder, "p", KIT_IN(x), weights, 3, 0)));
    const int64_t values[] = {1, 1, 1, 9, 9, 9};
    const uint8_t present[] = {1, 0};
    const struct roost_column column = {.values = values, .present = present};
    const struct roost_rows rows = {.n = 2, .columns = &column}, nothing = {.n = 1};
    scores_are(plan, &rows, 2, (const double[]){111, 222});
    scores_are(plan, &nothing, 1, (const double[]){222});
    roost_plan_free(plan);
}

static void integers_of_two_sizes_are_not_one_feature(void **state)
{
    (void)state;
    const double weight[] = {1};
    const enum roost_type types[] = {ROOST_I32, ROOST_I64};
    roost_model *models[2];
    roost_plan *plan = NULL;
    struct roost_error err;
    for (int m = 0; m < 2; m++) {
        struct eng_builder *builder = kit_builder();
        uint32_t x = kit_feature(builder, "x", types[m]);
        models[m] = kit_finish(builder, linear(builder, "p", KIT_IN(x), weight, 1, 0));
    }
    assert_int_equal(roost_plan_new(models, NULL, 2, NULL, &plan, &err), ROOST_SHAPE);
    assert_non_null(strstr(err.text, "as i32"));
    assert_non_null(strstr(err.text, "as i64"));
    roost_model_free(models[0]);
    roost_model_free(models[1]);
}

static void whole_outputs_are_rounded_to_even_and_kept_within_their_type(void **state)
{
    (void)state;
    const double weight[] = {1};
    struct eng_builder *builder = kit_builder();
    uint32_t x = kit_feature(builder, "x", ROOST_F64);
    uint32_t p = linear(builder, "p", KIT_IN(x), weight, 1, 0);
    const struct eng_output_spec outputs[] = {
        {.name = "a", .value = p, .type = ROOST_I32},
        {.name = "b", .value = p, .type = ROOST_I64},
        {.name = "c", .value = p, .type = ROOST_F64}};
    roost_plan *plan = plan_of(finish(builder, 3, outputs));
    assert_int_equal(roost_plan_output_count(plan), 3);
    assert_int_equal(roost_plan_output(plan, 1)->type, ROOST_I64);
    assert_string_equal(roost_plan_output(plan, 2)->name, "c");
    const double values[] = {0.5, 1.5, -2.5, 2147483647.5, -1e10, 1e300, -1e300};
    const double last = 0x1.fffffffffffffp62; /* the last double below 2^63 */
    const struct roost_column column = {.values = values};
    const struct roost_rows rows = {.n = 7, .columns = &column};
    const double want[] = {0,         0,         0.5,          2,
                           2,         1.5,       -2,           -2,
                           -2.5,      INT32_MAX, 2147483648.0, 2147483647.5,
                           INT32_MIN, -1e10,     -1e10,        INT32_MAX,
                           last,      1e300,     INT32_MIN,    -0x1p63,
                           -1e300};
    scores_are(plan, &rows, 21, want);
    assert_true((int64_t)last == INT64_MAX - 1023);
    roost_plan_free(plan);
}

static void a_whole_output_that_is_not_a_number_is_no_score(void **state)
{
    (void)state;
    const double weight[] = {1}, values[] = {1, INFINITY};
    struct eng_builder *builder = kit_builder();
    uint32_t x = kit_feature(builder, "x", ROOST_F64);
    uint32_t p = linear(builder, "p", KIT_IN(x), weight, 1, 0);
    const struct eng_output_spec output = {.name = "a", .value = p, .type = ROOST_I32};
    roost_plan *plan = plan_of(finish(builder, 1, &output));
    const struct roost_column column = {.values = values};
    const struct roost_rows rows = {.n = 2, .columns = &column};
    struct roost_error err;
    double out[2];
    assert_int_equal(kit_score(plan, &rows, out, NULL, &err), ROOST_SCORE);
    assert_int_equal(err.at, 1);
    roost_plan_free(plan);
}

/* What the protocols' examples call `simple`: sum and difference of two vectors. */
static void a_model_of_two_outputs_gives_both_in_a_row(void **state)
{
    (void)state;
    enum { WIDTH = 16, ROWS = 70 };
    static double add[2 * WIDTH * WIDTH], subtract[2 * WIDTH * WIDTH];
    static int32_t a[ROWS * WIDTH], b[ROWS * WIDTH];
    static double out[ROWS * 2 * WIDTH];
    for (int i = 0; i < WIDTH; i++) {
        add[i * WIDTH + i] = add[(WIDTH + i) * WIDTH + i] = 1;
        subtract[i * WIDTH + i] = 1;
        subtract[(WIDTH + i) * WIDTH + i] = -1;
    }
    for (int i = 0; i < ROWS * WIDTH; i++) {
        a[i] = i * 7 - 100;
        b[i] = 50 - i;
    }
    struct eng_builder *builder = kit_builder();
    uint32_t x = kit_vector(builder, "INPUT0", ROOST_I32, WIDTH);
    uint32_t y = kit_vector(builder, "INPUT1", ROOST_I32, WIDTH);
    uint32_t sum = linear(builder, "sum", KIT_IN(x, y), add, 2 * WIDTH, WIDTH);
    uint32_t diff = linear(builder, "diff", KIT_IN(x, y), subtract, 2 * WIDTH, WIDTH);
    const struct eng_output_spec outputs[] = {
        {.name = "OUTPUT0", .value = sum, .type = ROOST_I32},
        {.name = "OUTPUT1", .value = diff, .type = ROOST_I32}};
    roost_plan *plan = plan_of(finish(builder, 2, outputs));
    assert_int_equal(roost_plan_width(plan), 2 * WIDTH);
    assert_int_equal(roost_plan_output(plan, 1)->offset, WIDTH);
    const struct roost_column columns[] = {{.values = a}, {.values = b}};
    const struct roost_rows rows = {.n = ROWS, .columns = columns};
    assert_int_equal(kit_score(plan, &rows, out, NULL, NULL), ROOST_OK);
    for (int r = 0; r < ROWS; r++) {
        for (int k = 0; k < WIDTH; k++) {
            const int i = r * WIDTH + k;
            assert_true(out[r * 2 * WIDTH + k] == a[i] + b[i]);
            assert_true(out[r * 2 * WIDTH + WIDTH + k] == a[i] - b[i]);
        }
    }
    roost_plan_free(plan);
}

/* Row by row or all at once, alone or in company, from rows or from the context. */
static void a_networks_bits_do_not_depend_on_how_rows_come(void **state)
{
    (void)state;
    enum { ROWS = 150 };
    static float ages[ROWS];
    static struct roost_text tags[2 * ROWS];
    static double all[ROWS * 2], group[ROWS * 4], one[2];
    uint32_t start[ROWS + 1];
    const char *const words[] = {"a", "b", "c", "d", "e"};
    for (uint32_t i = 0; i < ROWS; i++) {
        ages[i] = (float)i / 50;
        start[i] = 2 * i;
        tags[2 * i] = kit_text(words[i % 5]);
        tags[2 * i + 1] = kit_text(words[i % 3]);
    }
    start[ROWS] = 2 * ROWS;
    roost_model *models[] = {kit_deep(1), kit_deep(2)};
    roost_plan *plan = kit_plan(1, models, NULL), *both = kit_plan(2, models, NULL);
    const struct roost_column columns[] = {{.values = ages},
                                           {.values = tags, .start = start}};
    const struct roost_rows rows = {.n = ROWS, .columns = columns};
    assert_int_equal(kit_score(plan, &rows, all, NULL, NULL), ROOST_OK);
    assert_int_equal(kit_score(both, &rows, group, NULL, NULL), ROOST_OK);
    for (uint32_t r = 0; r < ROWS; r++) {
        const uint32_t two[] = {0, 2};
        const struct roost_column own[] = {{.values = &ages[r]}, {.values = NULL}};
        const struct roost_column context[] = {{.values = NULL},
                                               {.values = &tags[2 * r], .start = two}};
        const struct roost_rows row = {.n = 1, .columns = own, .context = context};
        assert_memory_equal(&group[r * 4], &all[r * 2], 2 * sizeof *all);
        assert_int_equal(kit_score(plan, &row, one, NULL, NULL), ROOST_OK);
        assert_memory_equal(one, &all[r * 2], sizeof one);
    }
    roost_plan_free(plan);
    roost_plan_free(both);
    roost_model_free(models[0]);
    roost_model_free(models[1]);
}

/* Layers count as content: one weight, one bias or one activation more is another. */
static void equal_networks_are_one_step_and_others_are_not(void **state)
{
    (void)state;
    const double w[] = {1, 2}, other[] = {1, 3}, x[] = {-1};
    const struct eng_layer layers[] = {
        {.weights = op_tensor(w, 1, 2)},
        {.weights = op_tensor(other, 1, 2)},
        {.weights = op_tensor(w, 1, 2), .bias = op_tensor(w, 2, 0)},
        {.weights = op_tensor(w, 1, 2), .activation = "relu"}};
    const double want[] = {-1, -2, -1, -3, 0, 0, 0, 0, -1, -2};
    struct eng_builder *builder = kit_builder();
    struct eng_output_spec outputs[5];
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    uint32_t input = kit_feature(builder, "x", ROOST_F64);
    for (uint32_t i = 0; i < 5; i++) {
        const struct eng_param param = {.key = "layers",
                                        .type = ENG_PARAM_LAYERS,
                                        .layers = &layers[i % 4],
                                        .count = 1};
        outputs[i] = (struct eng_output_spec){
            .name = names[i],
            .value = kit_node(builder, names[i], "mlp", KIT_IN(input), 1, &param),
            .type = ROOST_F32};
    }
    roost_plan *plan = plan_of(finish(builder, 5, outputs));
    assert_int_equal(plan->step_count, 4);
    const struct roost_column column = {.values = x};
    const struct roost_rows rows = {.n = 1, .columns = &column};
    scores_are(plan, &rows, 10, want);
    roost_plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scalar_of_32_bits_is_an_integer),
        cmocka_unit_test(a_vector_of_integers_is_a_vector_of_doubles),
        cmocka_unit_test(a_missing_vector_of_integers_takes_the_default_in_each_place),
        cmocka_unit_test(integers_of_two_sizes_are_not_one_feature),
        cmocka_unit_test(whole_outputs_are_rounded_to_even_and_kept_within_their_type),
        cmocka_unit_test(a_whole_output_that_is_not_a_number_is_no_score),
        cmocka_unit_test(a_model_of_two_outputs_gives_both_in_a_row),
        cmocka_unit_test(a_networks_bits_do_not_depend_on_how_rows_come),
        cmocka_unit_test(equal_networks_are_one_step_and_others_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
