/* SPDX-License-Identifier: MIT
 * group.yaml: what is taken, and where what is not is pointed out. */
#include "registry/manifest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static roost_status read_text(const char *text, struct reg_group *out,
                              struct roost_error *err)
{
    memset(out, 0, sizeof *out);
    memset(err, 0, sizeof *err);
    return reg_group_read(text, strlen(text), out, err);
}

static void a_group_lists_its_members_in_order(void **state)
{
    struct reg_group group;
    struct roost_error err;
    (void)state;
    assert_int_equal(read_text("format: 1\nmembers: [b, a]\n", &group, &err), ROOST_OK);
    assert_int_equal(group.count, 2);
    assert_string_equal(group.member[0], "b");
    assert_string_equal(group.member[1], "a");
    reg_group_clear(&group);
    assert_int_equal(read_text("members:\n  - x\nformat: 1", &group, &err), ROOST_OK);
    assert_int_equal(group.count, 1);
    reg_group_clear(&group);
}

static void what_is_wrong_is_said_with_line_and_column(void **state)
{
    static const struct {
        const char *text;
        uint32_t line, column;
        const char *says;
    } cases[] = {
        {"", 1, 1, "a group is a map"},
        {"[a]", 1, 1, "a group is a map"},
        {"format: 1\n", 2, 1, "members is missing"},
        {"members: [a]\n", 2, 1, "format is missing"},
        {"format: 2\nmembers: [a]\n", 1, 9, "format 1"},
        {"format: 1\nmembers: []\n", 2, 10, "at least one member"},
        {"format: 1\nmembers: [a, ../b]\n", 2, 14, "name of a model"},
        {"format: 1\nmembers: [a, a]\n", 2, 14, "named twice"},
        {"format: 1\nmembers: [[a]]\n", 2, 11, "name of a model"},
        {"format: 1\nmembers: a\n", 2, 10, "is a list"},
        {"format: 1\nmember: [a]\n", 2, 1, "unknown key"},
        {"format: 1\nformat: 1\n", 2, 1, "stands twice"},
        {"format: [1]\n", 1, 9, "is a number"},
        {"format: 1\nmembers: [a\n", 3, 1, "not closed"},
        {"format: 1\nmembers: [a]\n---\nb\n", 3, 1, "one document"},
        {"format: 1\nmembers: [a]\n? [x]\n: y\n", 3, 3, "a key is a word"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reg_group group;
        struct roost_error err;
        assert_int_not_equal(read_text(cases[i].text, &group, &err), ROOST_OK);
        assert_string_equal(err.where, "group.yaml");
        if (!strstr(err.text, cases[i].says)) {
            fail_msg("%s: %s", cases[i].text, err.text);
        }
        if (err.line != cases[i].line || err.column != cases[i].column) {
            fail_msg("%s: %u:%u", cases[i].text, err.line, err.column);
        }
    }
}

static void hostile_text_costs_nothing(void **state)
{
    enum { DEEP = 100000 };
    struct reg_group group;
    struct roost_error err;
    char *deep = malloc(DEEP + 1);
    (void)state;
    assert_non_null(deep);
    memset(deep, '[', DEEP);
    deep[DEEP] = '\0';
    assert_int_not_equal(read_text(deep, &group, &err), ROOST_OK);
    memcpy(deep, "format: 1\nmembers: ", 19);
    assert_int_not_equal(read_text(deep, &group, &err), ROOST_OK);
    free(deep);
    assert_int_not_equal(read_text("format: 1\nmembers: &a [*a]", &group, &err),
                         ROOST_OK);
    assert_int_not_equal(read_text("\xff\xfe\x00", &group, &err), ROOST_OK);
}

static void a_text_cut_anywhere_is_refused_or_whole(void **state)
{
    static const char text[] = "format: 1\nmembers: [a, bc]";
    (void)state;
    for (size_t size = 0; size < sizeof text - 1; size++) {
        struct reg_group group = {.count = 0};
        assert_int_not_equal(reg_group_read(text, size, &group, NULL), ROOST_OK);
        assert_null(group.member);
    }
}

static void more_members_than_the_limit_are_refused(void **state)
{
    enum { ROOM = 4096 };
    char *text = malloc(ROOM);
    struct reg_group group;
    struct roost_error err;
    (void)state;
    assert_non_null(text);
    size_t at = (size_t)snprintf(text, ROOM, "format: 1\nmembers: [");
    for (int i = 0; i <= REG_MEMBERS_MAX; i++) {
        at += (size_t)snprintf(text + at, ROOM - at, "m%d,", i);
    }
    snprintf(text + at, ROOM - at, "]\n");
    assert_int_equal(read_text(text, &group, &err), ROOST_LIMIT);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_lists_its_members_in_order),
        cmocka_unit_test(what_is_wrong_is_said_with_line_and_column),
        cmocka_unit_test(hostile_text_costs_nothing),
        cmocka_unit_test(a_text_cut_anywhere_is_refused_or_whole),
        cmocka_unit_test(more_members_than_the_limit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
