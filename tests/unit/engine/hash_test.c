/* SPDX-License-Identifier: MIT
 * hash_test.c - categories become ids that a trainer can make without roost. The expected
 * ids were computed at authoring time by a MurmurHash3_x64_128 written in Python from the
 * algorithm's description (checked against the published value of "hello", seed 0:
 * cbd8a7b341bd9b025b1e906a48ae1d19), over utf8(name), a NUL and utf8(value). */
#include "tests/unit/engine/support/op_case.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct vector {
    const char *name;
    const char *value;
    uint64_t id;
};

static const struct vector vectors[] = {
    {"country", "DE", UINT64_C(0xcdc7da8d5ea8792e)},
    {"country", "", UINT64_C(0xf0667a867a9ef855)},
    {"city", "DE", UINT64_C(0xb19497f30c60314f)},
    {"country", "\xc3\x96sterreich", UINT64_C(0x93859c5250127fb0)},
    {"country", "a value longer than sixteen bytes, so that whole blocks are hashed",
     UINT64_C(0x1dfb639d7808af37)},
    {"a_name_of_15_by", "x", UINT64_C(0x03576a34b98ea046)},
    {"a_name_of_16_byt", "x", UINT64_C(0xd06eb596d1c97b1f)},
    {"country", "12345678", UINT64_C(0x15f0cbc5f2961c32)},
};

static void an_id_is_murmur_over_name_nul_value(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        struct roost_text text = op_say(vectors[i].value);
        struct op_case c;
        op_case(&c, "hash");
        op_text(&c, vectors[i].name, &text);
        assert_int_equal(op_make(&c), ROOST_OK);
        assert_int_equal(c.shape.bound, 0);
        assert_int_equal(c.shape.entries, 1);
        assert_int_equal(op_run(&c, 1), ROOST_OK);
        op_row_is(&c, 0, 1, &vectors[i].id);
        op_done(&c);
    }
}

static void an_integer_is_hashed_as_decimal_text(void **state)
{
    (void)state;
    const int64_t x[] = {0, -1, INT64_MAX, INT64_MIN, 42, 5};
    const uint8_t present[] = {1, 1, 1, 1, 1, 0};
    const uint64_t ids[] = {UINT64_C(0xc98400c272b99413), UINT64_C(0xad0ea4f44e15cc65),
                            UINT64_C(0xef958f7bdbb9109a), UINT64_C(0x4c45e51f073261f8),
                            UINT64_C(0x7e911fb7ccefbfc1)};
    struct op_case c;
    op_case(&c, "hash");
    op_integer(&c, "age", x, present);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 6), ROOST_OK);
    for (uint32_t r = 0; r < 5; r++)
        op_row_is(&c, r, 1, &ids[r]);
    op_row_is(&c, 5, 0, NULL);
    op_done(&c);
}

static void bits_keep_the_lowest_bits_and_bound_the_ids(void **state)
{
    (void)state;
    const int64_t bits[] = {1, 20, 40};
    struct roost_text text = op_say("DE");
    for (int i = 0; i < 3; i++) {
        uint64_t id = vectors[0].id & ((UINT64_C(1) << bits[i]) - 1);
        struct op_case c;
        op_case(&c, "hash");
        op_text(&c, "country", &text);
        op_set_int(&c, "bits", bits[i]);
        assert_int_equal(op_make(&c), ROOST_OK);
        assert_true(c.shape.bound == UINT64_C(1) << bits[i]);
        assert_int_equal(op_run(&c, 1), ROOST_OK);
        op_row_is(&c, 0, 1, &id);
        op_done(&c);
    }
}

static void bits_out_of_range_are_refused(void **state)
{
    (void)state;
    const int64_t bits[] = {0, -1, 41, 64};
    for (int i = 0; i < 4; i++) {
        struct op_case c;
        op_case(&c, "hash");
        op_text(&c, "country", NULL);
        op_set_int(&c, "bits", bits[i]);
        op_refused(&c, ROOST_VALUE, "'bits' is");
        op_done(&c);
    }
}

static void a_list_yields_an_id_for_each_string_and_a_missing_one_none(void **state)
{
    (void)state;
    struct roost_text texts[3] = {op_say("DE"), op_say(NULL), op_say("12345678")};
    const uint32_t start[] = {0, 0, 3};
    const uint64_t ids[] = {vectors[0].id, vectors[7].id};
    struct op_case c;
    op_case(&c, "hash");
    op_texts(&c, "country", start, texts);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(c.shape.entries, 0);
    assert_int_equal(op_run(&c, 2), ROOST_OK);
    op_row_is(&c, 0, 0, NULL);
    op_row_is(&c, 1, 2, ids);
    op_done(&c);
}

static void a_missing_string_yields_nothing(void **state)
{
    (void)state;
    struct roost_text text = op_say(NULL);
    struct op_case c;
    op_case(&c, "hash");
    op_text(&c, "country", &text)->common = 1;
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 2), ROOST_OK);
    op_row_is(&c, 1, 0, NULL);
    op_done(&c);
}

static void ids_are_hashed_as_signed_decimal_and_keep_their_amounts(void **state)
{
    (void)state;
    const uint32_t start[] = {0, 3};
    const uint64_t in[] = {42, UINT64_MAX, 7};
    const float amount[] = {0.5f, -2, NAN};
    const uint64_t ids[] = {UINT64_C(0x7e911fb7ccefbfc1), UINT64_C(0xad0ea4f44e15cc65)};
    struct op_case c;
    op_case(&c, "hash");
    op_ids(&c, "age", 0, 0, start, in, amount);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(c.shape.weighted, 1);
    assert_int_equal(op_run(&c, 1), ROOST_OK);
    op_row_is(&c, 0, 2, ids);
    assert_true(c.out.amount[0] == 0.5f);
    assert_true(c.out.amount[1] == -2);
    op_done(&c);
}

static void numbers_are_not_hashed(void **state)
{
    (void)state;
    struct op_case c;
    op_case(&c, "hash");
    op_number(&c, "age", NULL);
    op_refused(&c, ROOST_SHAPE, "'age' is a number");
    op_done(&c);
}

static void nodes_are_equal_only_when_their_inputs_have_equal_names(void **state)
{
    (void)state;
    struct op_case c;
    op_case(&c, "hash");
    assert_int_equal(c.op->named, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_murmur_over_name_nul_value),
        cmocka_unit_test(an_integer_is_hashed_as_decimal_text),
        cmocka_unit_test(bits_keep_the_lowest_bits_and_bound_the_ids),
        cmocka_unit_test(bits_out_of_range_are_refused),
        cmocka_unit_test(a_list_yields_an_id_for_each_string_and_a_missing_one_none),
        cmocka_unit_test(a_missing_string_yields_nothing),
        cmocka_unit_test(ids_are_hashed_as_signed_decimal_and_keep_their_amounts),
        cmocka_unit_test(numbers_are_not_hashed),
        cmocka_unit_test(nodes_are_equal_only_when_their_inputs_have_equal_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
