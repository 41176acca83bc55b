/* SPDX-License-Identifier: MIT
 * impute_test.c - a missing number becomes a value, all others stay. */
#include "tests/unit/engine/support/op_case.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void only_missing_numbers_become_the_value(void **state)
{
    (void)state;
    const double x[] = {1, NAN, -INFINITY, -0.0}, value = 7;
    struct op_case c;
    op_case(&c, "impute");
    op_number(&c, "age", x);
    op_set_tensor(&c, "value", &value, 1);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(c.shape.kind, ENG_NUMBER);
    assert_int_equal(op_run(&c, 4), ROOST_OK);
    const double expected[] = {1, 7, -INFINITY, -0.0};
    assert_memory_equal(c.out.number, expected, sizeof expected);
    op_done(&c);
}

static void a_missing_integer_becomes_the_value_and_others_numbers(void **state)
{
    (void)state;
    const int64_t x[] = {5, 6};
    const uint8_t present[] = {0, 1};
    const double value = 0.5;
    struct op_case c;
    op_case(&c, "impute");
    op_integer(&c, "age", x, present);
    op_set_tensor(&c, "value", &value, 1);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(c.shape.kind, ENG_NUMBER);
    assert_int_equal(op_run(&c, 2), ROOST_OK);
    assert_true(c.out.number[0] == 0.5 && c.out.number[1] == 6);
    op_done(&c);
}

static void a_vector_takes_one_value_or_one_a_column(void **state)
{
    (void)state;
    const float x[] = {NAN, 1, 2, NAN};
    const double one[] = {9}, each[] = {10, 20};
    const float expected[2][4] = {{9, 1, 2, 9}, {10, 1, 2, 20}};
    for (uint32_t i = 0; i < 2; i++) {
        struct op_case c;
        op_case(&c, "impute");
        op_dense(&c, "v", 2, x);
        op_set_tensor(&c, "value", i == 0 ? one : each, i + 1);
        assert_int_equal(op_make(&c), ROOST_OK);
        assert_int_equal(c.shape.kind, ENG_DENSE);
        assert_int_equal(op_run(&c, 2), ROOST_OK);
        assert_memory_equal(c.out.f32, expected[i], sizeof expected[i]);
        op_done(&c);
    }
}

static void a_wide_vector_keeps_its_columns_apart(void **state)
{
    (void)state;
    static double x[2 * 300], values[300];
    for (int i = 0; i < 600; i++)
        x[i] = i % 7 == 0 ? (double)NAN : i;
    for (int i = 0; i < 300; i++)
        values[i] = -i;
    struct op_case c;
    op_case(&c, "impute");
    op_dense64(&c, "v", 300, x);
    op_set_tensor(&c, "value", values, 300);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(c.shape.kind, ENG_DENSE64);
    assert_int_equal(op_run(&c, 2), ROOST_OK);
    for (int i = 0; i < 600; i++)
        assert_true(c.out.f64[i] == (i % 7 == 0 ? -(i % 300) : i));
    op_done(&c);
}

static void a_value_that_is_not_finite_or_of_another_width_is_refused(void **state)
{
    (void)state;
    const double nan[] = {NAN, 1, 2};
    struct op_case c;
    op_case(&c, "impute");
    op_number(&c, "age", NULL);
    op_set_tensor(&c, "value", nan, 1);
    op_refused(&c, ROOST_VALUE, "'value' is not finite");
    op_done(&c);
    op_case(&c, "impute");
    op_dense(&c, "v", 3, NULL);
    op_set_tensor(&c, "value", nan + 1, 2);
    op_refused(&c, ROOST_SHAPE, "'value' has 2 values");
    op_done(&c);
    op_case(&c, "impute");
    op_ids(&c, "color", 3, 1, NULL, NULL, NULL);
    op_set_tensor(&c, "value", nan + 1, 1);
    op_refused(&c, ROOST_SHAPE, "'color' is ids");
    op_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_missing_numbers_become_the_value),
        cmocka_unit_test(a_missing_integer_becomes_the_value_and_others_numbers),
        cmocka_unit_test(a_vector_takes_one_value_or_one_a_column),
        cmocka_unit_test(a_wide_vector_keeps_its_columns_apart),
        cmocka_unit_test(a_value_that_is_not_finite_or_of_another_width_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
