/* SPDX-License-Identifier: MIT
 * concat_test.c - numbers, indices and vectors become one vector. */
#include "tests/unit/engine/support/op_case.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const uint32_t start[] = {0, 1, 1};
static const uint64_t ids[] = {3};

static void inputs_stand_in_order_and_missing_ones_are_nan(void **state)
{
    (void)state;
    const double number[] = {0.1, NAN};
    const float dense[] = {1, 2, 3, NAN};
    const int64_t integer[] = {7, 8};
    const uint8_t present[] = {1, 0};
    struct op_case c;
    op_case(&c, "concat");
    op_number(&c, "a", number);
    op_dense(&c, "b", 2, dense);
    op_integer(&c, "c", integer, present);
    op_ids(&c, "d", 4, 1, start, ids, NULL);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(c.shape.kind, ENG_DENSE);
    assert_int_equal(c.shape.width, 5);
    assert_int_equal(op_run(&c, 2), ROOST_OK);
    const float first[] = {0.1f, 1, 2, 7, 3};
    assert_memory_equal(c.out.f32, first, sizeof first);
    const float *second = c.out.f32 + 5;
    assert_true(isnan(second[0]) && second[1] == 3 && isnan(second[2]));
    assert_true(isnan(second[3]) && isnan(second[4]));
    op_done(&c);
}

static void one_f64_vector_makes_the_whole_f64(void **state)
{
    (void)state;
    const double number[] = {0.1}, wide[] = {1e300};
    const float dense[] = {0.1f};
    struct op_case c;
    op_case(&c, "concat");
    op_number(&c, "a", number);
    op_dense(&c, "b", 1, dense);
    op_dense64(&c, "c", 1, wide);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(c.shape.kind, ENG_DENSE64);
    assert_int_equal(op_run(&c, 1), ROOST_OK);
    const double expected[] = {0.1, (double)0.1f, 1e300};
    assert_memory_equal(c.out.f64, expected, sizeof expected);
    op_done(&c);
}

static void a_common_input_is_repeated_beside_rows_of_their_own(void **state)
{
    (void)state;
    const double user[] = {5}, item[] = {1, 2, 3};
    const float expected[] = {5, 1, 5, 2, 5, 3};
    struct op_case c;
    op_case(&c, "concat");
    op_number(&c, "user", user)->common = 1;
    op_number(&c, "item", item);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 3), ROOST_OK);
    assert_memory_equal(c.out.f32, expected, sizeof expected);
    op_done(&c);
}

static void lists_text_and_rows_too_wide_are_refused(void **state)
{
    (void)state;
    struct op_case c;
    op_case(&c, "concat");
    op_ids(&c, "bag", 4, 0, NULL, NULL, NULL);
    op_refused(&c, ROOST_SHAPE, "'bag' is not a single index");
    op_done(&c);
    op_case(&c, "concat");
    op_text(&c, "word", NULL);
    op_refused(&c, ROOST_SHAPE, "'word' is a string");
    op_done(&c);
    op_case(&c, "concat");
    op_dense(&c, "a", 1 << 24, NULL);
    op_dense(&c, "b", UINT32_MAX, NULL);
    op_refused(&c, ROOST_SHAPE, "more than 16777216 values");
    op_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inputs_stand_in_order_and_missing_ones_are_nan),
        cmocka_unit_test(one_f64_vector_makes_the_whole_f64),
        cmocka_unit_test(a_common_input_is_repeated_beside_rows_of_their_own),
        cmocka_unit_test(lists_text_and_rows_too_wide_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
