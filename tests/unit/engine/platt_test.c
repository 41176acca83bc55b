/* SPDX-License-Identifier: MIT
 * platt_test.c - calibration by a sigmoid. */
#include "tests/unit/engine/support/op_case.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void a_negative_slope_makes_higher_scores_likelier(void **state)
{
    (void)state;
    const double s[] = {0, 2, -2, 1000, -1000};
    const double expected[] = {0.5, 0.88079707797788243, 0.11920292202211755, 1, 0};
    struct op_case c;
    op_case(&c, "platt");
    op_dense64(&c, "predictor", 1, s);
    op_set_number(&c, "a", -1);
    op_set_number(&c, "b", 0);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 5), ROOST_OK);
    for (int i = 0; i < 5; i++)
        assert_true(fabs(c.out.f64[i] - expected[i]) < 1e-15);
    op_done(&c);
}

static void the_intercept_is_added_inside_the_exponent(void **state)
{
    (void)state;
    const double s[] = {1};
    struct op_case c;
    op_case(&c, "platt");
    op_dense64(&c, "predictor", 1, s);
    op_set_number(&c, "a", 0.5);
    op_set_number(&c, "b", 0.25);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 1), ROOST_OK);
    assert_true(fabs(c.out.f64[0] - 0.32082130082460703) < 1e-15); /* 1/(1+e^0.75) */
    op_done(&c);
}

static void numbers_that_are_not_finite_or_missing_are_refused(void **state)
{
    (void)state;
    struct op_case c;
    op_case(&c, "platt");
    op_dense64(&c, "predictor", 1, NULL);
    op_set_number(&c, "a", NAN);
    op_set_number(&c, "b", 0);
    op_refused(&c, ROOST_VALUE, "'a' is not a finite number");
    op_done(&c);
    op_case(&c, "platt");
    op_dense64(&c, "predictor", 1, NULL);
    op_set_number(&c, "a", 1);
    op_refused(&c, ROOST_VALUE, "'b' is missing");
    op_done(&c);
    op_case(&c, "platt");
    op_number(&c, "age", NULL);
    op_refused(&c, ROOST_SHAPE, "'age' is a number");
    op_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_negative_slope_makes_higher_scores_likelier),
        cmocka_unit_test(the_intercept_is_added_inside_the_exponent),
        cmocka_unit_test(numbers_that_are_not_finite_or_missing_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
