/* SPDX-License-Identifier: MIT
 * standardize_test.c - (x - mean) / std. */
#include "tests/unit/engine/support/op_case.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void numbers_are_shifted_and_scaled_and_missing_stay(void **state)
{
    (void)state;
    const double x[] = {10, NAN, 4}, mean = 4, std = 3;
    struct op_case c;
    op_case(&c, "standardize");
    op_number(&c, "age", x);
    op_set_tensor(&c, "mean", &mean, 1);
    op_set_tensor(&c, "std", &std, 1);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 3), ROOST_OK);
    assert_true(c.out.number[0] == 2 && c.out.number[2] == 0);
    assert_true(isnan(c.out.number[1]));
    op_done(&c);
}

static void each_column_has_its_own_mean_and_std(void **state)
{
    (void)state;
    const double x[] = {1, 2, 3, 4}, mean[] = {1, 0}, std[] = {2, 0.5};
    const double expected[] = {0, 4, 1, 8};
    struct op_case c;
    op_case(&c, "standardize");
    op_dense64(&c, "v", 2, x);
    op_set_tensor(&c, "mean", mean, 2);
    op_set_tensor(&c, "std", std, 2);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 2), ROOST_OK);
    assert_memory_equal(c.out.f64, expected, sizeof expected);
    op_done(&c);
}

static void a_std_that_is_not_above_zero_is_refused_at_its_column(void **state)
{
    (void)state;
    const double mean = 0, bad[] = {0, -1};
    for (int i = 0; i < 2; i++) {
        const double std[] = {1, bad[i]};
        struct op_case c;
        op_case(&c, "standardize");
        op_dense(&c, "v", 2, NULL);
        op_set_tensor(&c, "mean", &mean, 1);
        op_set_tensor(&c, "std", std, 2);
        op_refused(&c, ROOST_VALUE, "must be above 0");
        assert_int_equal(c.err.at, 1);
        op_done(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_shifted_and_scaled_and_missing_stay),
        cmocka_unit_test(each_column_has_its_own_mean_and_std),
        cmocka_unit_test(a_std_that_is_not_above_zero_is_refused_at_its_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
