/* SPDX-License-Identifier: MIT
 * forest_op_test.c - the predictor: inputs to rows, base, sums, average and link. */
#include "tests/unit/engine/support/forest_case.h"
#include "tests/unit/engine/support/op_case.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct forest_case fc;

static struct eng_forest *made(void)
{
    struct eng_forest *forest = NULL;
    assert_int_equal(eng_forest_new(&fc.spec, &forest, NULL), ROOST_OK);
    return forest;
}

/* Margins of a row [features] by the oracle, in double. */
static void oracle(const double *row, double *sum)
{
    for (uint32_t t = 0; t < fc.spec.trees; t++)
        sum[fc.group[t]] += fc.leaf[fc_leaf(&fc, t, row)];
}

static void every_kind_of_number_is_one_column_of_the_row(void **state)
{
    (void)state;
    const double number[] = {0.5, NAN}, wide[] = {1, 2};
    const int64_t integer[] = {2, 3};
    const uint8_t present[] = {0, 1};
    const uint32_t start[] = {0, 1, 1};
    const uint64_t id[] = {1};
    const double rows[2][4] = {{0.5, NAN, 1, 1}, {NAN, 3, NAN, 2}};
    fc_init(&fc, 4);
    for (int t = 0; t < 11; t++)
        fc_grow(&fc, FC_LIGHTGBM, 30);
    struct eng_forest *forest = made();
    struct op_case c;
    op_case(&c, "forest");
    op_number(&c, "a", number);
    op_integer(&c, "b", integer, present);
    op_ids(&c, "c", 5, 1, start, id, NULL);
    op_dense64(&c, "d", 1, wide);
    op_set_forest(&c, "forest", forest);
    assert_int_equal(op_make(&c), ROOST_OK);
    eng_forest_free(forest); /* the operator keeps its own */
    assert_int_equal(c.shape.kind, ENG_DENSE64);
    assert_int_equal(c.shape.width, 1);
    assert_int_equal(op_run(&c, 2), ROOST_OK);
    for (int r = 0; r < 2; r++) {
        double sum = 0;
        oracle(rows[r], &sum);
        assert_true(c.out.f64[r] == sum);
    }
    op_done(&c);
}

/* The same rows as one vector that need not be copied, as the other dense kind, and as
 * numbers, in blocks and remainders of blocks: the same bits. */
static void the_form_of_the_rows_changes_no_bit(void **state)
{
    (void)state;
    enum { ROWS = 150 };
    static float f32[ROWS * 2];
    static double f64[ROWS * 2], column[2][ROWS], first[ROWS];
    for (int style = FC_XGBOOST; style <= FC_MIXED; style++) {
        const uint32_t codes[] = {1, 2};
        fc_init(&fc, 2);
        fc.seed = (uint64_t)style + 5;
        fc_set(&fc, 2, codes);
        fc.spec.sum_f32 = style < FC_LIGHTGBM;
        for (int t = 0; t < 13; t++)
            fc_grow(&fc, (enum fc_style)style, 20);
        for (int i = 0; i < ROWS * 2; i++) {
            f32[i] = (float)fc_probe(&fc);
            f64[i] = (double)f32[i];
            column[i % 2][i / 2] = (double)f32[i];
        }
        struct eng_forest *forest = made();
        for (int form = 0; form < 3; form++) {
            struct op_case c;
            op_case(&c, "forest");
            if (form == 0)
                op_dense(&c, "v", 2, f32);
            else if (form == 1)
                op_dense64(&c, "v", 2, f64);
            for (int i = 0; form == 2 && i < 2; i++)
                op_number(&c, "n", column[i]);
            op_set_forest(&c, "forest", forest);
            assert_int_equal(op_make(&c), ROOST_OK);
            assert_int_equal(op_run(&c, ROWS), ROOST_OK);
            if (form == 0)
                memcpy(first, c.out.f64, sizeof first);
            assert_memory_equal(c.out.f64, first, sizeof first);
            op_done(&c);
        }
        eng_forest_free(forest);
    }
}

static void a_common_input_serves_rows_of_their_own(void **state)
{
    (void)state;
    const double user[] = {1}, item[] = {-3, 0, 1, 2, 3, -1, 0.5, 0.1, 9};
    fc_init(&fc, 2);
    for (int t = 0; t < 5; t++)
        fc_grow(&fc, FC_LIGHTGBM, 20);
    struct eng_forest *forest = made();
    struct op_case c;
    op_case(&c, "forest");
    op_number(&c, "user", user)->common = 1;
    op_number(&c, "item", item);
    op_set_forest(&c, "forest", forest);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 9), ROOST_OK);
    for (int r = 0; r < 9; r++) {
        const double row[] = {1, item[r]};
        double sum = 0;
        oracle(row, &sum);
        assert_true(c.out.f64[r] == sum);
    }
    op_done(&c);
    eng_forest_free(forest);
}

static void a_common_vector_is_used_in_place_for_every_row(void **state)
{
    (void)state;
    const double row[] = {0.5, -0.5};
    fc_init(&fc, 2);
    fc_grow(&fc, FC_LIGHTGBM, 20);
    struct eng_forest *forest = made();
    struct op_case c;
    op_case(&c, "forest");
    op_dense64(&c, "v", 2, row)->common = 1;
    op_set_forest(&c, "forest", forest);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 70), ROOST_OK);
    double sum = 0;
    oracle(row, &sum);
    for (int r = 0; r < 70; r++)
        assert_true(c.out.f64[r] == sum);
    op_done(&c);
    eng_forest_free(forest);
}

/* 16777216 + 1 is itself in float: only sums in float, from the base on, give it. */
static void xgboost_sums_start_from_the_base_and_stay_in_float(void **state)
{
    (void)state;
    const double x[] = {0}, base[] = {16777216.0};
    for (int f32 = 0; f32 < 2; f32++) {
        fc_init(&fc, 1);
        fc.spec.sum_f32 = f32 != 0;
        for (int t = 0; t < 2; t++)
            fc_grow(&fc, FC_XGBOOST, 0);
        fc.leaf[0] = fc.leaf[1] = 1;
        struct eng_forest *forest = made();
        struct op_case c;
        op_case(&c, "forest");
        op_number(&c, "x", x);
        op_set_forest(&c, "forest", forest);
        op_set_tensor(&c, "base", base, 1);
        assert_int_equal(op_make(&c), ROOST_OK);
        assert_int_equal(op_run(&c, 1), ROOST_OK);
        assert_true(c.out.f64[0] == (f32 ? 16777216.0 : 16777218.0));
        op_done(&c);
        eng_forest_free(forest);
    }
}

static void trees_add_to_their_outputs_and_the_link_sees_all_of_them(void **state)
{
    (void)state;
    const double x[] = {0, 1}, base[] = {0.5, 0, -1};
    const char *const links[] = {"identity", "argmax", "softmax"};
    for (int i = 0; i < 3; i++) {
        fc_init(&fc, 1);
        fc.spec.groups = 3;
        for (int t = 0; t < 6; t++) {
            fc_grow(&fc, FC_LIGHTGBM, 0);
            fc.leaf[t] = t;
        }
        struct eng_forest *forest = made();
        struct op_case c;
        op_case(&c, "forest");
        op_number(&c, "x", x);
        op_set_forest(&c, "forest", forest);
        op_set_tensor(&c, "base", base, 3);
        op_set_word(&c, "link", links[i]);
        assert_int_equal(op_make(&c), ROOST_OK);
        assert_int_equal(c.shape.width, i == 1 ? 1 : 3);
        assert_int_equal(op_run(&c, 2), ROOST_OK);
        const double margins[] = {3.5, 5, 6, 3.5, 5, 6};
        double total = exp(-2.5) + exp(-1) + 1;
        if (i == 0)
            assert_memory_equal(c.out.f64, margins, sizeof margins);
        else if (i == 1)
            assert_true(c.out.f64[0] == 2 && c.out.f64[1] == 2);
        else
            assert_true(fabs(c.out.f64[4] - exp(-1) / total) < 1e-15);
        op_done(&c);
        eng_forest_free(forest);
    }
}

static void an_average_divides_the_trees_and_not_the_base(void **state)
{
    (void)state;
    const double x[] = {0}, base[] = {10};
    for (int from_forest = 0; from_forest < 2; from_forest++) {
        fc_init(&fc, 1);
        fc.spec.average = from_forest != 0;
        for (int t = 0; t < 4; t++) {
            fc_grow(&fc, FC_LIGHTGBM, 0);
            fc.leaf[t] = t;
        }
        struct eng_forest *forest = made();
        struct op_case c;
        op_case(&c, "forest");
        op_number(&c, "x", x);
        op_set_forest(&c, "forest", forest);
        op_set_tensor(&c, "base", base, 1);
        if (!from_forest)
            op_set_int(&c, "average", 1);
        assert_int_equal(op_make(&c), ROOST_OK);
        assert_int_equal(op_run(&c, 1), ROOST_OK);
        assert_true(c.out.f64[0] == 11.5);
        op_done(&c);
        eng_forest_free(forest);
    }
}

static void a_forest_without_trees_yields_its_base(void **state)
{
    (void)state;
    const double x[] = {0}, base[] = {0.25};
    fc_init(&fc, 1);
    struct eng_forest *forest = made();
    struct op_case c;
    op_case(&c, "forest");
    op_number(&c, "x", x);
    op_set_forest(&c, "forest", forest);
    op_set_tensor(&c, "base", base, 1);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 1), ROOST_OK);
    assert_true(c.out.f64[0] == 0.25);
    op_done(&c);
    eng_forest_free(forest);
}

static void rows_too_narrow_and_parameters_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    const double base[] = {1, 2}, huge = 1e39;
    fc_init(&fc, 2);
    fc.spec.sum_f32 = 1;
    fc_grow(&fc, FC_XGBOOST, 1);
    struct eng_forest *forest = made();
    struct op_case c;
    op_case(&c, "forest");
    op_dense(&c, "v", 3, NULL);
    op_set_forest(&c, "forest", forest);
    op_refused(&c, ROOST_SHAPE, "3 values together; the forest splits on 2");
    op_done(&c);
    op_case(&c, "forest");
    op_dense(&c, "v", 2, NULL);
    op_set_forest(&c, "forest", forest);
    op_set_tensor(&c, "base", base, 2);
    op_refused(&c, ROOST_SHAPE, "'base' has 2 values");
    op_done(&c);
    op_case(&c, "forest");
    op_dense(&c, "v", 2, NULL);
    op_set_forest(&c, "forest", forest);
    op_set_tensor(&c, "base", &huge, 1);
    op_refused(&c, ROOST_VALUE, "what a float holds");
    op_done(&c);
    op_case(&c, "forest");
    op_dense(&c, "v", 2, NULL);
    op_set_forest(&c, "forest", forest);
    op_set_word(&c, "link", "sigmoid");
    op_refused(&c, ROOST_VALUE, "'link' is 'sigmoid'");
    op_done(&c);
    op_case(&c, "forest");
    op_dense(&c, "v", 2, NULL);
    op_refused(&c, ROOST_VALUE, "'forest' is missing");
    op_done(&c);
    eng_forest_free(forest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_number_is_one_column_of_the_row),
        cmocka_unit_test(the_form_of_the_rows_changes_no_bit),
        cmocka_unit_test(a_common_input_serves_rows_of_their_own),
        cmocka_unit_test(a_common_vector_is_used_in_place_for_every_row),
        cmocka_unit_test(xgboost_sums_start_from_the_base_and_stay_in_float),
        cmocka_unit_test(trees_add_to_their_outputs_and_the_link_sees_all_of_them),
        cmocka_unit_test(an_average_divides_the_trees_and_not_the_base),
        cmocka_unit_test(a_forest_without_trees_yields_its_base),
        cmocka_unit_test(rows_too_narrow_and_parameters_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
