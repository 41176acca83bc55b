/* SPDX-License-Identifier: MIT
 * The error table and the body that a client gets. Bodies are read back with jansson, a
 * parser that shares nothing with the writer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <jansson.h>
#include <string.h>

#include "gateway/errors.h"
#include "gateway/text.h"

static json_t *body_of(const struct gw_fault *fault, const char *request_id)
{
    struct eng_buf out;
    eng_buf_init(&out, 1 << 16);
    assert_int_equal(gw_fault_body(fault, request_id, &out), 0);
    json_error_t error;
    json_t *json = json_loadb(out.at, out.size, JSON_REJECT_DUPLICATES, &error);
    if (json == NULL)
        fail_msg("%s: %s", error.text, out.at);
    eng_buf_clear(&out);
    return json;
}

static const char *member(const json_t *json, const char *key)
{
    return json_string_value(json_object_get(json, key));
}

static void every_code_has_a_status_a_slug_a_reason_and_a_title(void **state)
{
    (void)state;
    for (int code = 1; code < GW_FAULTS; code++) {
        int http = gw_fault_http((enum gw_fault_code)code);
        assert_true(http >= 400 && http < 600);
        const char *slug = gw_fault_slug((enum gw_fault_code)code);
        assert_int_equal(strspn(slug, "abcdefghijklmnopqrstuvwxyz-"), strlen(slug));
        assert_true(strlen(gw_fault_reason((enum gw_fault_code)code)) > 0);
        assert_true(strlen(gw_fault_title((enum gw_fault_code)code)) > 0);
        for (int other = 1; other < code; other++)
            assert_string_not_equal(slug, gw_fault_slug((enum gw_fault_code)other));
    }
}

static void a_body_words_the_fault_for_both_kinds_of_client(void **state)
{
    (void)state;
    struct gw_fault fault = {.pointer = "/instances/3/age"};
    assert_int_equal(gw_fault_set(&fault, GW_FAULT_BAD_TYPE, "no %s", "good"), -1);
    json_t *json = body_of(&fault, "r-1");
    assert_string_equal(member(json, "error"), "no good");
    assert_string_equal(member(json, "type"), "urn:roost:error:bad-type");
    assert_string_equal(member(json, "title"), "A value has the wrong type");
    assert_int_equal(json_integer_value(json_object_get(json, "status")), 400);
    assert_string_equal(member(json, "detail"), "no good");
    assert_string_equal(member(json, "instance"), "/requests/r-1");
    assert_string_equal(member(json, "pointer"), "/instances/3/age");
    json_decref(json);
}

static void a_pointer_stands_only_when_there_is_one(void **state)
{
    (void)state;
    struct gw_fault fault = {.code = GW_FAULT_OVERLOADED};
    json_t *json = body_of(&fault, "");
    assert_null(json_object_get(json, "pointer"));
    /* A fault without a text says its title. */
    assert_string_equal(member(json, "error"), "The server is at its limit");
    json_decref(json);
}

static void the_first_fault_wins(void **state)
{
    (void)state;
    struct gw_fault fault = {0};
    gw_fault_set(&fault, GW_FAULT_BAD_JSON, "first");
    assert_int_equal(gw_fault_set(&fault, GW_FAULT_INTERNAL, "second"), -1);
    assert_int_equal(fault.code, GW_FAULT_BAD_JSON);
    assert_string_equal(fault.text, "first");
}

static void a_long_text_is_cut_between_characters(void **state)
{
    (void)state;
    char text[2 * GW_FAULT_TEXT];
    for (size_t lead = 0; lead < 4; lead++) {
        struct gw_fault fault = {0};
        memset(text, 'x', lead);
        for (size_t i = lead; i + 4 <= sizeof text; i += 4)
            memcpy(text + i, "\xF0\x9F\x90\x93", 4);
        text[sizeof text - 4] = '\0';
        gw_fault_set(&fault, GW_FAULT_BAD_JSON, "%s", text);
        size_t size = strlen(fault.text);
        assert_true(size > GW_FAULT_TEXT - 5 && size < GW_FAULT_TEXT);
        assert_int_equal((size - lead) % 4, 0);
        assert_memory_equal(fault.text, text, size);
    }
}

static void bytes_that_are_not_utf8_are_made_safe(void **state)
{
    (void)state;
    struct gw_fault fault = {.pointer = "/a\xFF"};
    gw_fault_set(&fault, GW_FAULT_BAD_JSON,
                 "a\xC0\xAF"
                 "b\xED\xA0\x80"
                 "c\xE2\x82");
    assert_string_equal(fault.text, "a??b???c??");
    json_t *json = body_of(&fault, "\x80");
    assert_string_equal(member(json, "pointer"), "/a\xEF\xBF\xBD");
    assert_string_equal(member(json, "instance"), "/requests/\xEF\xBF\xBD");
    json_decref(json);
}

static void quotes_and_control_characters_are_escaped(void **state)
{
    (void)state;
    struct gw_fault fault = {0};
    const char text[] = "\"q\" \\ \n\r\t\x01\x1f\x7f \xC3\xA9 \xF0\x9F\x90\x93";
    gw_fault_set(&fault, GW_FAULT_BAD_VALUE, "%s", text);
    json_t *json = body_of(&fault, "\"");
    assert_string_equal(member(json, "error"), text);
    assert_string_equal(member(json, "instance"), "/requests/\"");
    json_decref(json);
}

/* U+0080 to U+009F are control characters too: some terminals take U+009B for ESC [, and
 * names that clients choose end up in logs that people read there. */
static void no_control_character_stands_raw(void **state)
{
    (void)state;
    struct eng_buf out;
    const char text[] = "a\x1b[31m\x7f\xC2\x80\xC2\x9B\xC2\x9F\xC2\xA0";
    eng_buf_init(&out, 256);
    assert_int_equal(gw_text_json(&out, text, sizeof text - 1), 0);
    assert_string_equal(out.at, "\"a\\u001b[31m\\u007f\\u0080\\u009b\\u009f\xC2\xA0\"");
    eng_buf_clear(&out);
}

static void a_full_buffer_is_an_error_and_not_half_a_body(void **state)
{
    (void)state;
    struct gw_fault fault = {0};
    gw_fault_set(&fault, GW_FAULT_BAD_VALUE, "some text");
    struct eng_buf out;
    eng_buf_init(&out, 40);
    assert_int_equal(gw_fault_body(&fault, "1", &out), -1);
    eng_buf_clear(&out);
}

static void an_engine_status_becomes_the_fault_it_means(void **state)
{
    (void)state;
    assert_int_equal(gw_fault_of_status(ROOST_OK), GW_FAULT_NONE);
    assert_int_equal(gw_fault_of_status(ROOST_NOMEM), GW_FAULT_NO_MEMORY);
    assert_int_equal(gw_fault_of_status(ROOST_VALUE), GW_FAULT_BAD_VALUE);
    assert_int_equal(gw_fault_of_status(ROOST_LIMIT), GW_FAULT_TOO_MANY);
    assert_int_equal(gw_fault_of_status(ROOST_SCORE), GW_FAULT_NOT_FINITE);
    assert_int_equal(gw_fault_of_status(ROOST_MISSING), GW_FAULT_NOT_FOUND);
    assert_int_equal(gw_fault_of_status(ROOST_CONFLICT), GW_FAULT_CONFLICT);
    assert_int_equal(gw_fault_of_status(ROOST_FORMAT), GW_FAULT_LOAD_FAILED);
    assert_int_equal(gw_fault_of_status(ROOST_VERIFY), GW_FAULT_LOAD_FAILED);
    assert_int_equal(gw_fault_of_status((roost_status)-99), GW_FAULT_INTERNAL);
}

static void utf8_is_told_from_what_only_looks_like_it(void **state)
{
    (void)state;
    const struct {
        const char *text;
        size_t length;
    } cases[] = {{"a", 1},
                 {"\xC2\x80", 2},
                 {"\xE0\xA0\x80", 3},
                 {"\xEF\xBF\xBF", 3},
                 {"\xF0\x90\x80\x80", 4},
                 {"\xF4\x8F\xBF\xBF", 4},
                 {"\x80", 0},
                 {"\xC0\x80", 0},
                 {"\xC1\xBF", 0},
                 {"\xC2", 0},
                 {"\xC2\x41", 0},
                 {"\xE0\x9F\xBF", 0},
                 {"\xED\xA0\x80", 0},
                 {"\xED\xBF\xBF", 0},
                 {"\xE2\x82", 0},
                 {"\xE2\x82\x41", 0},
                 {"\xF0\x8F\xBF\xBF", 0},
                 {"\xF4\x90\x80\x80", 0},
                 {"\xF5\x80\x80\x80", 0},
                 {"\xF0\x90\x80", 0},
                 {"\xFF", 0},
                 {"", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(gw_utf8_char(cases[i].text, strlen(cases[i].text)),
                         cases[i].length);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_a_status_a_slug_a_reason_and_a_title),
        cmocka_unit_test(a_body_words_the_fault_for_both_kinds_of_client),
        cmocka_unit_test(a_pointer_stands_only_when_there_is_one),
        cmocka_unit_test(the_first_fault_wins),
        cmocka_unit_test(a_long_text_is_cut_between_characters),
        cmocka_unit_test(bytes_that_are_not_utf8_are_made_safe),
        cmocka_unit_test(quotes_and_control_characters_are_escaped),
        cmocka_unit_test(no_control_character_stands_raw),
        cmocka_unit_test(a_full_buffer_is_an_error_and_not_half_a_body),
        cmocka_unit_test(an_engine_status_becomes_the_fault_it_means),
        cmocka_unit_test(utf8_is_told_from_what_only_looks_like_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
