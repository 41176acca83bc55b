/* SPDX-License-Identifier: MIT
 * api_test.c - statuses, feature ids, and the errors that go with them. Ids were made by
 * an independent implementation in Python over name.encode("utf-16-le"). */
#include "engine/base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static uint64_t id(const char *name)
{
    return roost_feature_id(name, strlen(name));
}

static void ids_are_those_of_the_utf_16_name(void **state)
{
    (void)state;
    assert_int_equal(id(""), 0);
    assert_int_equal(id("age"), 0x1b5fb08c807bb937);
    assert_int_equal(id("user.age"), 0x160fa54c77e5c541);
    assert_int_equal(id("gr\xc3\xb6\xc3\x9f"
                        "e"),
                     0x066e95ba78e9181d);
    assert_int_equal(id("\xf0\x9f\x98\x80 grin"), 0x2023d1a6f839dd60);
    assert_int_equal(id("nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"), 0x5ce767af7385be21);
}

static void the_first_mark_splits_a_name_unless_it_comes_first(void **state)
{
    (void)state;
    assert_int_equal(id("group#rest"), 0xfdb45f7b111b81ce);
    assert_int_equal(id("a#b#c"), 0x3251c5ea068e0a62);
    assert_int_equal(id("a#"), 0x8c2218986f157c93);
    assert_int_equal(id("#lead"), 0x1c612abc599ae3b6);
}

static void a_name_of_any_length_has_an_id(void **state)
{
    (void)state;
    char name[3000];
    memset(name, 'x', sizeof name);
    assert_int_equal(roost_feature_id(name, sizeof name), 0xdb49afdfe234caa2);
}

static void broken_utf_8_counts_as_replacement_characters(void **state)
{
    (void)state;
    assert_int_equal(id("\xef\xbf\xbd"), 0x871a1bc7893cefc1);
    assert_int_equal(id("\xff"), 0x871a1bc7893cefc1);
    assert_int_equal(id("\xf0\x9f\x98"), 0x871a1bc7893cefc1); /* one part cut off */
    assert_int_equal(id("a\xc3("), 0x9726f1b907cefe4d);
    assert_int_equal(id("\xed\xa0\x80"), 0x64d914041b7b8edd); /* a surrogate: three */
    assert_int_equal(id("\xc0\xaf\x80"), 0x64d914041b7b8edd); /* an overlong form */
}

static void every_status_has_a_name_and_a_sentence(void **state)
{
    (void)state;
    assert_string_equal(roost_version(), ROOST_VERSION);
    assert_string_equal(roost_status_name(ROOST_OK), "OK");
    assert_string_equal(roost_status_name(ROOST_NOMEM), "NOMEM");
    assert_string_equal(roost_status_text(ROOST_NOMEM), "out of memory");
    for (int status = -10; status <= 0; status++) {
        assert_string_not_equal(roost_status_name((roost_status)status), "UNKNOWN");
        assert_true(strlen(roost_status_text((roost_status)status)) > 4);
    }
}

static void an_error_keeps_its_place_when_it_is_wrapped(void **state)
{
    (void)state;
    struct roost_error err;
    eng_error_clear(&err);
    assert_int_equal(eng_fail(&err, ROOST_VALUE, "model.yaml", 3, "no %s", "luck"),
                     ROOST_VALUE);
    err.line = 7;
    eng_fail(&err, ROOST_FORMAT, NULL, 4, "while loading: %s", err.text);
    assert_string_equal(err.where, "model.yaml");
    assert_string_equal(err.text, "while loading: no luck");
    assert_int_equal(err.line, 7);
    assert_int_equal(err.at, 4);
    assert_int_equal(err.status, ROOST_FORMAT);
    assert_int_equal(eng_fail(NULL, ROOST_IO, "x", 0, "y"), ROOST_IO);
}

static void a_cut_text_never_ends_in_half_a_character(void **state)
{
    (void)state;
    struct roost_error err;
    char text[400];
    for (size_t ahead = 0; ahead < 4; ahead++) {
        memset(text, 'a', ahead);
        for (size_t i = ahead; i + 4 < sizeof text; i += 4)
            memcpy(text + i, "\xf0\x9f\x98\x80", 5);
        eng_fail(&err, ROOST_VALUE, text, 0, "%s", text);
        assert_int_equal((strlen(err.text) - ahead) % 4, 0);
        assert_int_equal((strlen(err.where) - ahead) % 4, 0);
        assert_true(strlen(err.text) > sizeof err.text - 5);
    }
    memset(text, 'b', sizeof text);
    text[sizeof text - 1] = '\0';
    eng_fail(&err, ROOST_VALUE, text, 0, "%s", text);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_those_of_the_utf_16_name),
        cmocka_unit_test(the_first_mark_splits_a_name_unless_it_comes_first),
        cmocka_unit_test(a_name_of_any_length_has_an_id),
        cmocka_unit_test(broken_utf_8_counts_as_replacement_characters),
        cmocka_unit_test(every_status_has_a_name_and_a_sentence),
        cmocka_unit_test(an_error_keeps_its_place_when_it_is_wrapped),
        cmocka_unit_test(a_cut_text_never_ends_in_half_a_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
