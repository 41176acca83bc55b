/* SPDX-License-Identifier: MIT
 * isotonic_test.c - calibration on a curve. */
#include "tests/unit/engine/support/op_case.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const double xs[] = {0.1, 0.2, 0.6}, ys[] = {0.05, 0.3, 0.9};

static void scores_between_points_are_interpolated_and_ends_clamped(void **state)
{
    (void)state;
    const double s[] = {-1, 0.1, 0.15, 0.2, 0.4, 0.6, 7, INFINITY, -INFINITY};
    const double expected[] = {0.05, 0.05, 0.175, 0.3, 0.6, 0.9, 0.9, 0.9, 0.05};
    struct op_case c;
    op_case(&c, "isotonic");
    op_dense64(&c, "predictor", 1, s);
    op_set_tensor(&c, "x", xs, 3);
    op_set_tensor(&c, "y", ys, 3);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(c.shape.kind, ENG_DENSE64);
    assert_int_equal(c.shape.width, 1);
    assert_int_equal(op_run(&c, 9), ROOST_OK);
    for (int i = 0; i < 9; i++)
        assert_true(fabs(c.out.f64[i] - expected[i]) < 1e-15);
    op_done(&c);
}

static void the_points_themselves_are_met_exactly(void **state)
{
    (void)state;
    struct op_case c;
    op_case(&c, "isotonic");
    op_dense64(&c, "predictor", 1, xs);
    op_set_tensor(&c, "x", xs, 3);
    op_set_tensor(&c, "y", ys, 3);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 3), ROOST_OK);
    assert_memory_equal(c.out.f64, ys, sizeof ys);
    op_done(&c);
}

static void one_point_is_a_constant_and_a_score_that_is_nan_stays_so(void **state)
{
    (void)state;
    const double s[] = {-5, 0.1, 5, NAN};
    struct op_case c;
    op_case(&c, "isotonic");
    op_dense64(&c, "predictor", 1, s);
    op_set_tensor(&c, "x", xs, 1);
    op_set_tensor(&c, "y", ys, 1);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 4), ROOST_OK);
    for (int i = 0; i < 3; i++)
        assert_true(c.out.f64[i] == 0.05);
    assert_true(isnan(c.out.f64[3]));
    op_done(&c);
}

static void curves_that_are_no_function_are_refused(void **state)
{
    (void)state;
    const double equal[] = {1, 1}, wide[] = {-1e308, 1e308}, fine[] = {0, 1};
    struct op_case c;
    op_case(&c, "isotonic");
    op_dense64(&c, "predictor", 1, NULL);
    op_set_tensor(&c, "x", xs, 3);
    op_set_tensor(&c, "y", ys, 2);
    op_refused(&c, ROOST_SHAPE, "'x' has 3 values, 'y' has 2");
    op_done(&c);
    op_case(&c, "isotonic");
    op_dense64(&c, "predictor", 1, NULL);
    op_set_tensor(&c, "x", equal, 2);
    op_set_tensor(&c, "y", fine, 2);
    op_refused(&c, ROOST_VALUE, "'x' must increase");
    op_done(&c);
    op_case(&c, "isotonic");
    op_dense64(&c, "predictor", 1, NULL);
    op_set_tensor(&c, "x", wide, 2);
    op_set_tensor(&c, "y", fine, 2);
    op_refused(&c, ROOST_VALUE, "more than a double holds");
    op_done(&c);
}

static void several_scores_are_not_calibrated(void **state)
{
    (void)state;
    struct op_case c;
    op_case(&c, "isotonic");
    op_dense64(&c, "predictor", 3, NULL);
    op_set_tensor(&c, "x", xs, 3);
    op_set_tensor(&c, "y", ys, 3);
    op_refused(&c, ROOST_SHAPE, "'predictor' yields 3 scores");
    op_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_between_points_are_interpolated_and_ends_clamped),
        cmocka_unit_test(the_points_themselves_are_met_exactly),
        cmocka_unit_test(one_point_is_a_constant_and_a_score_that_is_nan_stays_so),
        cmocka_unit_test(curves_that_are_no_function_are_refused),
        cmocka_unit_test(several_scores_are_not_calibrated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
