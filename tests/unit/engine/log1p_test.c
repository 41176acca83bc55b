/* SPDX-License-Identifier: MIT
 * log1p_test.c - log(1 + x). */
#include "tests/unit/engine/support/op_case.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void small_numbers_keep_their_digits(void **state)
{
    (void)state;
    const double x[] = {0, 1e-20, 1, -0.5, 1e300};
    struct op_case c;
    op_case(&c, "log1p");
    op_number(&c, "clicks", x);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 5), ROOST_OK);
    assert_true(c.out.number[0] == 0);
    assert_true(c.out.number[1] == 1e-20);
    assert_true(fabs(c.out.number[2] - 0.69314718055994531) < 1e-15);
    assert_true(fabs(c.out.number[3] + 0.69314718055994531) < 1e-15);
    assert_true(fabs(c.out.number[4] - 690.77552789821368) < 1e-10);
    op_done(&c);
}

static void what_is_missing_or_below_minus_one_is_missing(void **state)
{
    (void)state;
    const float x[] = {NAN, -2, -1};
    struct op_case c;
    op_case(&c, "log1p");
    op_dense(&c, "v", 3, x);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 1), ROOST_OK);
    assert_true(isnan(c.out.f32[0]) && isnan(c.out.f32[1]));
    assert_true((double)c.out.f32[2] == -INFINITY);
    op_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_numbers_keep_their_digits),
        cmocka_unit_test(what_is_missing_or_below_minus_one_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
