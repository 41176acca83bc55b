/* SPDX-License-Identifier: MIT
 * vocabulary_test.c - known values become indices; unknown ones as the model says. */
#include "tests/unit/engine/support/op_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void a_value_becomes_its_index_and_an_unknown_one_is_skipped(void **state)
{
    (void)state;
    const struct roost_text values[] = {op_say("red"), op_say("green"), op_say("")};
    const struct roost_text rows[] = {op_say("green"), op_say("blue"), op_say(NULL),
                                      op_say(""), op_say("red")};
    const uint64_t ids[] = {1, 2, 0};
    struct op_case c;
    op_case(&c, "vocabulary");
    op_text(&c, "color", rows);
    op_set_strings(&c, "values", values, 3);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(c.shape.bound, 3);
    assert_int_equal(c.shape.entries, 1);
    assert_int_equal(op_run(&c, 5), ROOST_OK);
    op_row_is(&c, 0, 1, &ids[0]);
    op_row_is(&c, 1, 0, NULL);
    op_row_is(&c, 2, 0, NULL);
    op_row_is(&c, 3, 1, &ids[1]);
    op_row_is(&c, 4, 1, &ids[2]);
    op_done(&c);
}

static void unknown_last_has_an_index_of_its_own_and_missing_has_none(void **state)
{
    (void)state;
    const struct roost_text values[] = {op_say("red"), op_say("green")};
    const struct roost_text rows[] = {op_say("blue"), op_say(NULL)};
    const uint64_t last = 2;
    struct op_case c;
    op_case(&c, "vocabulary");
    op_text(&c, "color", rows);
    op_set_strings(&c, "values", values, 2);
    op_set_word(&c, "unknown", "last");
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(c.shape.bound, 3);
    assert_int_equal(op_run(&c, 2), ROOST_OK);
    op_row_is(&c, 0, 1, &last);
    op_row_is(&c, 1, 0, NULL);
    op_done(&c);
}

static void unknown_error_fails_the_row_and_says_the_value(void **state)
{
    (void)state;
    const struct roost_text values[] = {op_say("red")};
    const struct roost_text rows[] = {op_say("red"), op_say(NULL), op_say("blue")};
    struct op_case c;
    op_case(&c, "vocabulary");
    op_text(&c, "color", rows);
    op_set_strings(&c, "values", values, 1);
    op_set_word(&c, "unknown", "error");
    assert_int_equal(op_make(&c), ROOST_OK);
    c.first = 100;
    assert_int_equal(op_run(&c, 2), ROOST_OK);
    assert_int_equal(op_run(&c, 3), ROOST_VALUE);
    assert_int_equal(c.err.at, 102);
    assert_string_equal(c.err.where, ""); /* the plan names the feature */
    assert_non_null(strstr(c.err.text, "'blue'"));
    op_done(&c);
}

static void a_long_unknown_value_is_quoted_up_to_a_whole_character(void **state)
{
    (void)state;
    const struct roost_text values[] = {op_say("red")};
    const struct {
        const char *text;
        size_t shown;
    } cases[] = {
        /* 62 bytes, then characters of 2, 3 and 4 bytes; the limit is 64. */
        {"0123456789012345678901234567890123456789012345678901234567890a\xc3\xa9z", 64},
        {"0123456789012345678901234567890123456789012345678901234567890a\xe2\x82\xacz",
         62},
        {"0123456789012345678901234567890123456789012345678901234567890a\xf0\x9f\x98\x80",
         62},
        {"red!", 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct roost_text rows[] = {op_say(cases[i].text)};
        struct op_case c;
        op_case(&c, "vocabulary");
        op_text(&c, "color", rows);
        op_set_strings(&c, "values", values, 1);
        op_set_word(&c, "unknown", "error");
        assert_int_equal(op_make(&c), ROOST_OK);
        assert_int_equal(op_run(&c, 1), ROOST_VALUE);
        assert_memory_equal(c.err.text + 1, cases[i].text, cases[i].shown);
        assert_int_equal(c.err.text[1 + cases[i].shown], '\'');
        op_done(&c);
    }
}

static void an_integer_is_looked_up_as_decimal_text(void **state)
{
    (void)state;
    const struct roost_text values[] = {op_say("-7"), op_say("007"), op_say("12")};
    const int64_t rows[] = {-7, 7, 12, 12};
    const uint8_t present[] = {1, 1, 1, 0};
    const uint64_t ids[] = {0, 2};
    struct op_case c;
    op_case(&c, "vocabulary");
    op_integer(&c, "code", rows, present);
    op_set_strings(&c, "values", values, 3);
    op_set_word(&c, "unknown", "skip");
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 4), ROOST_OK);
    op_row_is(&c, 0, 1, &ids[0]);
    op_row_is(&c, 1, 0, NULL);
    op_row_is(&c, 2, 1, &ids[1]);
    op_row_is(&c, 3, 0, NULL);
    op_done(&c);
}

static void a_value_listed_twice_is_refused_by_its_index(void **state)
{
    (void)state;
    const struct roost_text values[] = {op_say("a"), op_say("b"), op_say("a")};
    struct op_case c;
    op_case(&c, "vocabulary");
    op_text(&c, "color", NULL);
    op_set_strings(&c, "values", values, 3);
    op_refused(&c, ROOST_VALUE, "'a' twice");
    assert_int_equal(c.err.at, 2);
    op_done(&c);
}

static void an_empty_list_an_unknown_word_and_lists_of_strings_are_refused(void **state)
{
    (void)state;
    const struct roost_text values[] = {op_say("a")};
    struct op_case c;
    op_case(&c, "vocabulary");
    op_text(&c, "color", NULL);
    op_set_strings(&c, "values", values, 0);
    op_refused(&c, ROOST_VALUE, "empty");
    op_done(&c);
    op_case(&c, "vocabulary");
    op_text(&c, "color", NULL);
    op_set_strings(&c, "values", values, 1);
    op_set_word(&c, "unknown", "first");
    op_refused(&c, ROOST_VALUE, "skip, last or error");
    op_done(&c);
    op_case(&c, "vocabulary");
    op_texts(&c, "colors", NULL, NULL);
    op_set_strings(&c, "values", values, 1);
    op_refused(&c, ROOST_SHAPE, "'colors' is a list of strings");
    op_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_becomes_its_index_and_an_unknown_one_is_skipped),
        cmocka_unit_test(unknown_last_has_an_index_of_its_own_and_missing_has_none),
        cmocka_unit_test(unknown_error_fails_the_row_and_says_the_value),
        cmocka_unit_test(a_long_unknown_value_is_quoted_up_to_a_whole_character),
        cmocka_unit_test(an_integer_is_looked_up_as_decimal_text),
        cmocka_unit_test(a_value_listed_twice_is_refused_by_its_index),
        cmocka_unit_test(an_empty_list_an_unknown_word_and_lists_of_strings_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
