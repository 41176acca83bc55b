/* SPDX-License-Identifier: MIT
 * buf_test.c - growing bytes with a maximum. */
#include "engine/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void pieces_are_joined_and_end_with_a_nul(void **state)
{
    (void)state;
    struct eng_buf buf;
    eng_buf_init(&buf, 1000);
    assert_null(buf.at);
    assert_int_equal(eng_buf_text(&buf, "a row of "), 0);
    assert_int_equal(eng_buf_format(&buf, "%d %s", 17, "ducks"), 0);
    assert_int_equal(eng_buf_put(&buf, "\0x", 2), 0);
    assert_int_equal(buf.size, 19);
    assert_memory_equal(buf.at, "a row of 17 ducks\0x", 20);
    eng_buf_clear(&buf);
}

static void a_buffer_of_many_bytes_grows(void **state)
{
    (void)state;
    struct eng_buf buf;
    eng_buf_init(&buf, 1 << 20);
    for (int i = 0; i < 100000; i++)
        assert_int_equal(eng_buf_put(&buf, &"0123456789"[i % 10], 1), 0);
    assert_int_equal(buf.size, 100000);
    assert_int_equal(buf.at[99999], '9');
    eng_buf_clear(&buf);
}

static void the_maximum_may_be_reached_but_not_passed(void **state)
{
    (void)state;
    struct eng_buf buf;
    eng_buf_init(&buf, 5);
    assert_int_equal(eng_buf_text(&buf, "12345"), 0);
    assert_int_equal(eng_buf_text(&buf, "6"), -1);
    assert_string_equal(buf.at, "12345");
    assert_true(buf.failed);
    /* It stays failed, so that a text never has a hole in it. */
    assert_int_equal(eng_buf_put(&buf, "", 0), -1);
    assert_int_equal(eng_buf_format(&buf, "%s", ""), -1);
    eng_buf_reset(&buf);
    assert_int_equal(buf.failed, 0);
    assert_string_equal(buf.at, "");
    assert_int_equal(eng_buf_format(&buf, "%06d", 1), -1);
    eng_buf_clear(&buf);
    assert_int_equal(eng_buf_reserve(&buf, SIZE_MAX), -1);
    eng_buf_clear(&buf);
}

static void taking_the_bytes_leaves_an_empty_buffer(void **state)
{
    (void)state;
    struct eng_buf buf;
    size_t size = 9;
    eng_buf_init(&buf, 100);
    assert_null(eng_buf_take(&buf, &size));
    assert_int_equal(size, 0);
    eng_buf_text(&buf, "mine");
    char *bytes = eng_buf_take(&buf, &size);
    assert_string_equal(bytes, "mine");
    assert_int_equal(size, 4);
    assert_null(buf.at);
    free(bytes);
    assert_int_equal(eng_buf_text(&buf, "again"), 0);
    eng_buf_clear(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_joined_and_end_with_a_nul),
        cmocka_unit_test(a_buffer_of_many_bytes_grows),
        cmocka_unit_test(the_maximum_may_be_reached_but_not_passed),
        cmocka_unit_test(taking_the_bytes_leaves_an_empty_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
