/* SPDX-License-Identifier: MIT
 * cross_test.c - combinations of ids. The expected ids were computed at authoring time
 * like those of hash_test.c, over the ids as little-endian 64-bit words in order. */
#include "tests/unit/engine/support/op_case.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const uint32_t one_each[] = {0, 1};

static void a_cross_is_murmur_over_the_ids_in_declared_order(void **state)
{
    (void)state;
    const uint64_t left[] = {1, 2, 0, UINT64_MAX}, right[] = {2, 1, 0, 7};
    const uint64_t ids[] = {UINT64_C(0xdeed8b2be489f006), UINT64_C(0x1897cfbd21a2a731),
                            UINT64_C(0x4bbd1bf27da918d6), UINT64_C(0x35abdae73a4af89d)};
    for (int i = 0; i < 4; i++) {
        struct op_case c;
        op_case(&c, "cross");
        op_ids(&c, "a", 0, 1, one_each, &left[i], NULL);
        op_ids(&c, "b", 0, 1, one_each, &right[i], NULL);
        assert_int_equal(op_make(&c), ROOST_OK);
        assert_int_equal(c.shape.entries, 1);
        assert_int_equal(c.shape.bound, 0);
        assert_int_equal(op_run(&c, 1), ROOST_OK);
        op_row_is(&c, 0, 1, &ids[i]);
        op_done(&c);
    }
}

static void three_inputs_cross_as_one_and_bits_mask_the_id(void **state)
{
    (void)state;
    const uint64_t a = 1, b = 2, d = 3, id = UINT64_C(0xb50a97f8b297f541) & 0x3fffff;
    struct op_case c;
    op_case(&c, "cross");
    op_ids(&c, "a", 10, 1, one_each, &a, NULL);
    op_ids(&c, "b", 10, 1, one_each, &b, NULL);
    op_ids(&c, "c", 10, 1, one_each, &d, NULL);
    op_set_int(&c, "bits", 22);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(c.shape.bound, 1 << 22);
    assert_int_equal(op_run(&c, 1), ROOST_OK);
    op_row_is(&c, 0, 1, &id);
    op_done(&c);
}

static void lists_cross_to_every_combination_with_amounts_multiplied(void **state)
{
    (void)state;
    const uint32_t start_a[] = {0, 2, 3}, start_b[] = {0, 1, 3};
    const uint64_t a[] = {1, 2, 1}, b[] = {2, 2, 1};
    const float amount[] = {2, 3, -0.5f};
    struct op_case c;
    op_case(&c, "cross");
    op_ids(&c, "a", 0, 0, start_a, a, amount);
    op_ids(&c, "b", 4, 0, start_b, b, NULL);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(c.shape.weighted, 1);
    assert_int_equal(c.shape.entries, 0);
    assert_int_equal(op_run(&c, 2), ROOST_OK);
    assert_int_equal(c.out.start[1], 2);
    assert_int_equal(c.out.start[2], 4);
    assert_true(c.out.id[0] == UINT64_C(0xdeed8b2be489f006)); /* (1, 2) */
    assert_true(c.out.id[2] == UINT64_C(0xdeed8b2be489f006));
    assert_true(c.out.amount[0] == 2 && c.out.amount[1] == 3);
    assert_true(c.out.amount[2] == -0.5f && c.out.amount[3] == -0.5f);
    op_done(&c);
}

static void amounts_of_both_inputs_are_multiplied(void **state)
{
    (void)state;
    const uint64_t a = 1, b = 2;
    const float of_a = 3, of_b = 0.25f;
    struct op_case c;
    op_case(&c, "cross");
    op_ids(&c, "a", 0, 1, one_each, &a, &of_a);
    op_ids(&c, "b", 0, 1, one_each, &b, &of_b);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 1), ROOST_OK);
    assert_true(c.out.amount[0] == 0.75f);
    op_done(&c);
}

static void a_missing_input_or_absent_entry_crosses_to_nothing(void **state)
{
    (void)state;
    const uint32_t start_a[] = {0, 0, 1}, start_b[] = {0, 1, 2};
    const uint64_t a[] = {1}, b[] = {2, 3};
    const float absent[] = {1, NAN};
    struct op_case c;
    op_case(&c, "cross");
    op_ids(&c, "a", 4, 1, start_a, a, NULL);
    op_ids(&c, "b", 4, 1, start_b, b, absent);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 2), ROOST_OK);
    op_row_is(&c, 0, 0, NULL);
    op_row_is(&c, 1, 0, NULL);
    op_done(&c);
}

static void a_common_input_crosses_with_every_row(void **state)
{
    (void)state;
    const uint32_t start_b[] = {0, 1, 2};
    const uint64_t a[] = {1}, b[] = {2, 2}, id = UINT64_C(0xdeed8b2be489f006);
    struct op_case c;
    op_case(&c, "cross");
    op_ids(&c, "a", 4, 1, one_each, a, NULL)->common = 1;
    op_ids(&c, "b", 4, 1, start_b, b, NULL);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 2), ROOST_OK);
    op_row_is(&c, 0, 1, &id);
    op_row_is(&c, 1, 1, &id);
    op_done(&c);
}

static void more_than_65536_combinations_are_refused_with_the_row(void **state)
{
    (void)state;
    const uint32_t start_a[] = {0, 256, 512 + 1}, start_b[] = {0, 256, 512};
    static uint64_t both[513];
    struct op_case c;
    op_case(&c, "cross");
    op_ids(&c, "a", 0, 0, start_a, both, NULL);
    op_ids(&c, "b", 0, 0, start_b, both, NULL);
    assert_int_equal(op_make(&c), ROOST_OK);
    c.first = 10;
    assert_int_equal(op_run(&c, 1), ROOST_OK);
    assert_int_equal(c.out.start[1], 65536);
    assert_int_equal(op_run(&c, 2), ROOST_VALUE);
    assert_int_equal(c.err.at, 11);
    assert_string_equal(c.err.where, "node");
    op_done(&c);
}

static void known_entries_multiply_up_to_the_limit(void **state)
{
    (void)state;
    const uint32_t entries[] = {3, 1000, 4000000000u};
    const uint32_t products[] = {9, 65536, 65536};
    for (int i = 0; i < 3; i++) {
        struct op_case c;
        op_case(&c, "cross");
        op_ids(&c, "a", 0, entries[i], NULL, NULL, NULL);
        op_ids(&c, "b", 0, entries[i], NULL, NULL, NULL);
        assert_int_equal(op_make(&c), ROOST_OK);
        assert_int_equal(c.shape.entries, products[i]);
        op_done(&c);
    }
}

static void one_or_four_inputs_or_other_kinds_are_refused(void **state)
{
    (void)state;
    struct op_case c;
    op_case(&c, "cross");
    op_ids(&c, "a", 0, 1, NULL, NULL, NULL);
    op_refused(&c, ROOST_SHAPE, "2 or 3 inputs");
    for (int i = 0; i < 3; i++)
        op_ids(&c, "a", 0, 1, NULL, NULL, NULL);
    op_refused(&c, ROOST_SHAPE, "2 or 3 inputs");
    op_done(&c);
    op_case(&c, "cross");
    op_ids(&c, "a", 0, 1, NULL, NULL, NULL);
    op_text(&c, "b", NULL);
    op_refused(&c, ROOST_SHAPE, "'b' is a string");
    op_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cross_is_murmur_over_the_ids_in_declared_order),
        cmocka_unit_test(three_inputs_cross_as_one_and_bits_mask_the_id),
        cmocka_unit_test(lists_cross_to_every_combination_with_amounts_multiplied),
        cmocka_unit_test(amounts_of_both_inputs_are_multiplied),
        cmocka_unit_test(a_missing_input_or_absent_entry_crosses_to_nothing),
        cmocka_unit_test(a_common_input_crosses_with_every_row),
        cmocka_unit_test(more_than_65536_combinations_are_refused_with_the_row),
        cmocka_unit_test(known_entries_multiply_up_to_the_limit),
        cmocka_unit_test(one_or_four_inputs_or_other_kinds_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
