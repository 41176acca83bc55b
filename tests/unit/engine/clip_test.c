/* SPDX-License-Identifier: MIT
 * clip_test.c - numbers are kept within bounds. */
#include "tests/unit/engine/support/op_case.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void numbers_beyond_a_bound_become_the_bound(void **state)
{
    (void)state;
    const double x[] = {-5, -1, 0.5, 2, 3, INFINITY, -INFINITY}, low = -1, high = 2;
    const double expected[] = {-1, -1, 0.5, 2, 2, 2, -1};
    struct op_case c;
    op_case(&c, "clip");
    op_number(&c, "age", x);
    op_set_tensor(&c, "low", &low, 1);
    op_set_tensor(&c, "high", &high, 1);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 7), ROOST_OK);
    assert_memory_equal(c.out.number, expected, sizeof expected);
    op_done(&c);
}

static void a_missing_number_stays_missing(void **state)
{
    (void)state;
    const double x[] = {NAN}, bound = 1;
    struct op_case c;
    op_case(&c, "clip");
    op_number(&c, "age", x);
    op_set_tensor(&c, "low", &bound, 1);
    op_set_tensor(&c, "high", &bound, 1);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 1), ROOST_OK);
    assert_true(isnan(c.out.number[0]));
    op_done(&c);
}

static void one_bound_may_be_common_and_the_other_by_column(void **state)
{
    (void)state;
    const float x[] = {-9, -9, 9, 9};
    const double low = 0, high[] = {1, 2};
    const float expected[] = {0, 0, 1, 2};
    struct op_case c;
    op_case(&c, "clip");
    op_dense(&c, "v", 2, x);
    op_set_tensor(&c, "low", &low, 1);
    op_set_tensor(&c, "high", high, 2);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 2), ROOST_OK);
    assert_memory_equal(c.out.f32, expected, sizeof expected);
    op_done(&c);
}

static void low_above_high_is_refused_at_its_column(void **state)
{
    (void)state;
    const double low[] = {0, 3}, high[] = {1, 2};
    struct op_case c;
    op_case(&c, "clip");
    op_dense64(&c, "v", 2, NULL);
    op_set_tensor(&c, "low", low, 2);
    op_set_tensor(&c, "high", high, 2);
    op_refused(&c, ROOST_VALUE, "above 'high'");
    assert_int_equal(c.err.at, 1);
    op_done(&c);
}

static void a_bound_left_out_is_refused(void **state)
{
    (void)state;
    const double low = 0;
    struct op_case c;
    op_case(&c, "clip");
    op_number(&c, "age", NULL);
    op_set_tensor(&c, "low", &low, 1);
    op_refused(&c, ROOST_VALUE, "'high' is missing");
    op_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_beyond_a_bound_become_the_bound),
        cmocka_unit_test(a_missing_number_stays_missing),
        cmocka_unit_test(one_bound_may_be_common_and_the_other_by_column),
        cmocka_unit_test(low_above_high_is_refused_at_its_column),
        cmocka_unit_test(a_bound_left_out_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
