/* SPDX-License-Identifier: MIT
 * one_hot_test.c - an index becomes a vector with a single 1. */
#include "tests/unit/engine/support/op_case.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void an_index_sets_one_value_and_a_missing_one_none(void **state)
{
    (void)state;
    const uint32_t start[] = {0, 1, 1, 2};
    const uint64_t ids[] = {2, 0};
    const float expected[] = {0, 0, 1, 0, 0, 0, 1, 0, 0};
    struct op_case c;
    op_case(&c, "one_hot");
    op_ids(&c, "color", 3, 1, start, ids, NULL);
    op_set_int(&c, "size", 3);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(c.shape.kind, ENG_DENSE);
    assert_int_equal(c.shape.width, 3);
    assert_int_equal(op_run(&c, 3), ROOST_OK);
    assert_memory_equal(c.out.f32, expected, sizeof expected);
    op_done(&c);
}

static void a_size_other_than_the_bound_is_refused(void **state)
{
    (void)state;
    const int64_t sizes[] = {2, 4};
    for (int i = 0; i < 2; i++) {
        struct op_case c;
        op_case(&c, "one_hot");
        op_ids(&c, "color", 3, 1, NULL, NULL, NULL);
        op_set_int(&c, "size", sizes[i]);
        op_refused(&c, ROOST_SHAPE, "'color' has 3 values");
        op_done(&c);
    }
}

static void lists_weights_and_open_ids_are_not_an_index(void **state)
{
    (void)state;
    const float amount[] = {1};
    struct op_case c;
    for (int i = 0; i < 3; i++) {
        op_case(&c, "one_hot");
        op_ids(&c, "bag", i == 0 ? 0 : 3, i == 1 ? 0 : 1, NULL, NULL,
               i == 2 ? amount : NULL);
        op_set_int(&c, "size", 3);
        op_refused(&c, ROOST_SHAPE, "'bag' is not a single index");
        op_done(&c);
    }
}

static void a_size_out_of_range_is_refused(void **state)
{
    (void)state;
    const int64_t sizes[] = {0, -1, INT64_MAX};
    for (int i = 0; i < 3; i++) {
        struct op_case c;
        op_case(&c, "one_hot");
        op_ids(&c, "color", 3, 1, NULL, NULL, NULL);
        op_set_int(&c, "size", sizes[i]);
        op_refused(&c, ROOST_VALUE, "'size' is");
        op_done(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_index_sets_one_value_and_a_missing_one_none),
        cmocka_unit_test(a_size_other_than_the_bound_is_refused),
        cmocka_unit_test(lists_weights_and_open_ids_are_not_an_index),
        cmocka_unit_test(a_size_out_of_range_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
