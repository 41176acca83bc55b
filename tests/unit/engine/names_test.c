/* SPDX-License-Identifier: MIT
 * names_test.c - maps from names and keys to indices. */
#include "engine/base/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void names_are_indexed_in_the_order_they_are_added(void **state)
{
    (void)state;
    struct eng_names *names = eng_names_new(1000);
    char name[16];
    for (int i = 0; i < 1000; i++) {
        int size = snprintf(name, sizeof name, "name %d", i);
        assert_int_equal(eng_names_add(names, name, (size_t)size), i);
    }
    for (int i = 0; i < 1000; i++) {
        int size = snprintf(name, sizeof name, "name %d", i);
        assert_int_equal(eng_names_find(names, name, (size_t)size), i);
    }
    assert_int_equal(eng_names_find(names, "name 1000", 9), -1);
    assert_int_equal(eng_names_find(names, "name", 4), -1);
    assert_true(eng_names_bytes(names) > 1000 * 6);
    eng_names_free(names);
}

static void a_name_may_be_empty_or_hold_any_byte_but_only_once(void **state)
{
    (void)state;
    struct eng_names *names = eng_names_new(3);
    assert_int_equal(eng_names_find(names, "", 0), -1);
    assert_int_equal(eng_names_add(names, "", 0), 0);
    assert_int_equal(eng_names_add(names, "a\0b", 3), 1);
    assert_int_equal(eng_names_add(names, "a\0c", 3), 2);
    assert_int_equal(eng_names_add(names, "a\0b", 3), -2);
    assert_int_equal(eng_names_add(names, "", 0), -2);
    assert_int_equal(eng_names_find(names, "a\0c", 3), 2);
    eng_names_free(names);
}

static void a_full_map_refuses_until_it_is_grown(void **state)
{
    (void)state;
    struct eng_names *names = eng_names_new(0);
    assert_int_equal(eng_names_add(names, "first", 5), -1);
    assert_int_equal(eng_names_grow(names, 2), 0);
    assert_int_equal(eng_names_add(names, "first", 5), 0);
    assert_int_equal(eng_names_add(names, "second", 6), 1);
    assert_int_equal(eng_names_add(names, "third", 5), -1);
    assert_int_equal(eng_names_grow(names, 100), 0);
    assert_int_equal(eng_names_add(names, "third", 5), 2);
    assert_int_equal(eng_names_find(names, "first", 5), 0);
    assert_int_equal(eng_names_find(names, "second", 6), 1);
    eng_names_free(names);
    eng_names_free(NULL);
}

static void keys_of_any_value_are_found_again(void **state)
{
    (void)state;
    struct eng_keys *keys = eng_keys_new(4);
    assert_int_equal(eng_keys_find(keys, 0), -1);
    assert_int_equal(eng_keys_add(keys, 0), 0);
    assert_int_equal(eng_keys_add(keys, UINT64_MAX), 1);
    assert_int_equal(eng_keys_add(keys, 0), -2);
    assert_int_equal(eng_keys_add(keys, 1), 2);
    assert_int_equal(eng_keys_add(keys, (uint64_t)1 << 63), 3);
    assert_int_equal(eng_keys_add(keys, 7), -1);
    assert_int_equal(eng_keys_grow(keys, 5000), 0);
    for (uint64_t i = 4; i < 5000; i++)
        assert_int_equal(eng_keys_add(keys, i << 20), i);
    for (uint64_t i = 4; i < 5000; i++)
        assert_int_equal(eng_keys_find(keys, i << 20), i);
    assert_int_equal(eng_keys_find(keys, UINT64_MAX), 1);
    assert_true(eng_keys_bytes(keys) > 5000 * 8);
    eng_keys_free(keys);
    eng_keys_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_indexed_in_the_order_they_are_added),
        cmocka_unit_test(a_name_may_be_empty_or_hold_any_byte_but_only_once),
        cmocka_unit_test(a_full_map_refuses_until_it_is_grown),
        cmocka_unit_test(keys_of_any_value_are_found_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
