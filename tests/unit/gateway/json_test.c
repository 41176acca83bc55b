/* SPDX-License-Identifier: MIT
 * The pull decoder against RFC 8259: what must be accepted, what must be refused and
 * where, in the spirit of the public JSON test suites. Every text is given in a block of
 * exactly its size, so that the sanitizer sees a read behind its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/json.h"

struct probe {
    struct gw_json json;
    struct gw_fault fault;
    struct eng_arena arena;
    uint8_t *body;
};

static const struct gw_json_limits plain = {100, 1 << 20, 0};

static int probe_open(struct probe *probe, const char *text, size_t size,
                      const struct gw_json_limits *limits)
{
    memset(probe, 0, sizeof *probe);
    eng_arena_init(&probe->arena, 1 << 24);
    probe->body = malloc(size > 0 ? size : 1);
    memcpy(probe->body, text, size);
    return gw_json_init(&probe->json, probe->body, size, limits, &probe->arena,
                        &probe->fault);
}

static void probe_close(struct probe *probe)
{
    eng_arena_clear(&probe->arena);
    free(probe->body);
}

/* 1 when the text is one JSON value; else the fault's text is copied to `why`. */
static int accepts_sized(const char *text, size_t size,
                         const struct gw_json_limits *limits, char *why)
{
    struct probe probe;
    int failed = probe_open(&probe, text, size, limits) != 0 ||
                 gw_json_skip(&probe.json) != 0 || gw_json_end(&probe.json) != 0;
    assert_int_equal(failed, probe.fault.code != GW_FAULT_NONE);
    if (why != NULL)
        memcpy(why, probe.fault.text, sizeof probe.fault.text);
    probe_close(&probe);
    return !failed;
}

static int accepts(const char *text)
{
    return accepts_sized(text, strlen(text), &plain, NULL);
}

static void refuses(const char *text, const char *reason)
{
    char why[GW_FAULT_TEXT];
    if (accepts_sized(text, strlen(text), &plain, why))
        fail_msg("accepted: %s", text);
    assert_string_equal(why, reason);
}

static void an_error_says_what_and_at_which_byte(void **state)
{
    (void)state;
    refuses("", "JSON Parse error: The document is empty");
    refuses(" \n", "JSON Parse error: The document is empty");
    refuses("[1,]", "JSON Parse error: Invalid value. at offset: 3");
    refuses(
        "[1",
        "JSON Parse error: Missing a comma or ] after an array element. at offset: 2");
    refuses(
        "[1 2]",
        "JSON Parse error: Missing a comma or ] after an array element. at offset: 3");
    refuses(
        "{\"a\":1 \"b\"",
        "JSON Parse error: Missing a comma or } after an object member. at offset: 7");
    refuses("{\"a\":1,}",
            "JSON Parse error: Missing a name for object member. at offset: 7");
    refuses(
        "{\"a\" 1}",
        "JSON Parse error: Missing a colon after a name of object member. at offset: 5");
    refuses("[\"a\\x\"]",
            "JSON Parse error: Invalid escape character in string. at offset: 3");
    refuses(
        "[\"\\u12g4\"]",
        "JSON Parse error: Incorrect hex digit after \\u escape in string. at offset: 2");
    refuses("[\"\\ud800\"]",
            "JSON Parse error: The surrogate pair in string is invalid. at offset: 2");
    refuses("[\"abc",
            "JSON Parse error: Missing a closing quotation mark in string. at offset: 1");
    refuses("[\"ab\xFF\"]", "JSON Parse error: Invalid encoding in string. at offset: 4");
    refuses("[\"ab\n\"]", "JSON Parse error: Control character in string. at offset: 4");
    refuses("{} x",
            "JSON Parse error: The document root must not be followed by other values. "
            "at offset: 3");
    refuses("{\"a\":",
            "JSON Parse error: The text ends where a value is due. at offset: 5");
    refuses("\xEF\xBB\xBF{}",
            "JSON Parse error: A byte order mark is not allowed. at offset: 0");
}

static void a_hundred_thousand_levels_are_refused_at_the_limit(void **state)
{
    (void)state;
    enum { LEVELS = 100000 };
    char *text = malloc(5 * LEVELS), why[GW_FAULT_TEXT];
    memset(text, '[', LEVELS);
    assert_false(accepts_sized(text, LEVELS, &plain, why));
    assert_string_equal(why, "JSON Parse error: Nested deeper than 100 at offset: 100");
    for (int i = 0; i < LEVELS; i++)
        memcpy(text + 5 * i, "{\"a\":", 5);
    assert_false(accepts_sized(text, 5 * LEVELS, &plain, why));
    assert_string_equal(why, "JSON Parse error: Nested deeper than 100 at offset: 500");
    free(text);
}

static void exactly_the_limit_of_levels_is_accepted(void **state)
{
    (void)state;
    const struct gw_json_limits deepest = {GW_JSON_DEPTH_MAX, 100, 0};
    char text[2 * GW_JSON_DEPTH_MAX];
    memset(text, '[', GW_JSON_DEPTH_MAX);
    memset(text + GW_JSON_DEPTH_MAX, ']', GW_JSON_DEPTH_MAX);
    assert_true(accepts_sized(text, sizeof text, &deepest, NULL));
    /* A mixture, so that the bits that tell objects from lists are all used. */
    const char *open[] = {"[", "{\"a\":"}, *close[] = {"]", "}"};
    char mixed[700] = "";
    size_t size = 0;
    for (unsigned i = 0; i < 100; i++)
        size += (size_t)snprintf(mixed + size, sizeof mixed - size, "%s",
                                 open[i * 7 % 3 % 2]);
    mixed[size++] = '1';
    for (unsigned i = 100; i-- > 0;)
        size += (size_t)snprintf(mixed + size, sizeof mixed - size, "%s",
                                 close[i * 7 % 3 % 2]);
    assert_true(accepts_sized(mixed, size, &plain, NULL));
}

static void infinities_and_nan_are_words_unless_strict(void **state)
{
    (void)state;
    const struct gw_json_limits strict = {100, 1 << 20, 1};
    const char *words[] = {"NaN", "-NaN", "Infinity", "-Infinity", "Inf", "-Inf"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct probe probe;
        double value = 0;
        assert_int_equal(probe_open(&probe, words[i], strlen(words[i]), &plain), 0);
        assert_int_equal(gw_json_peek(&probe.json), GW_JSON_NUMBER);
        assert_int_equal(gw_json_double(&probe.json, &value), 0);
        assert_int_equal(gw_json_end(&probe.json), 0);
        assert_int_equal(isnan(value) != 0, i < 2);
        assert_int_equal(isinf(value) != 0, i >= 2);
        assert_int_equal(i >= 2 && signbit(value) != 0, words[i][0] == '-' && i >= 2);
        assert_false(accepts_sized(words[i], strlen(words[i]), &strict, NULL));
        probe_close(&probe);
    }
}

static double double_of(const char *text, struct gw_fault *fault)
{
    struct probe probe;
    double value = 0;
    assert_int_equal(probe_open(&probe, text, strlen(text), &plain), 0);
    assert_int_equal(gw_json_peek(&probe.json), GW_JSON_NUMBER);
    int failed = gw_json_double(&probe.json, &value);
    assert_int_equal(failed != 0, probe.fault.code != GW_FAULT_NONE);
    *fault = probe.fault;
    probe_close(&probe);
    return value;
}

static void a_number_beyond_the_range_is_refused_and_a_tiny_one_is_zero(void **state)
{
    (void)state;
    struct gw_fault fault;
    double_of("1e400", &fault);
    assert_int_equal(fault.code, GW_FAULT_BAD_VALUE);
    assert_string_equal(fault.text,
                        "Number too big to be stored in double: 1e400 at offset: 0");
    assert_true(double_of("1e-400", &fault) == 0 && fault.code == GW_FAULT_NONE);
    assert_true(signbit(double_of("-0", &fault)) && fault.code == GW_FAULT_NONE);
    assert_true(double_of("0.1000000000000000000000000000000000000000", &fault) == 0.1);
}

static void a_number_of_more_than_1024_bytes_is_refused(void **state)
{
    (void)state;
    char text[GW_JSON_NUMBER_MAX + 2];
    memset(text, '1', sizeof text);
    assert_true(accepts_sized(text, GW_JSON_NUMBER_MAX, &plain, NULL));
    assert_false(accepts_sized(text, GW_JSON_NUMBER_MAX + 1, &plain, NULL));
}

static void a_string_without_escapes_is_read_in_place(void **state)
{
    (void)state;
    struct probe probe;
    struct roost_text text;
    const char *body = "\"caf\xC3\xA9\"";
    assert_int_equal(probe_open(&probe, body, strlen(body), &plain), 0);
    assert_int_equal(gw_json_string(&probe.json, &text), 0);
    assert_ptr_equal(text.at, probe.body + 1);
    assert_int_equal(text.size, 5);
    assert_null(probe.arena.chunks);
    probe_close(&probe);
}

static void escapes_become_what_they_stand_for(void **state)
{
    (void)state;
    struct probe probe;
    struct roost_text text;
    const char *body =
        "\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\u00e9\\u20AC\\ud83d\\uDC13z\"";
    const char want[] = "a\"\\/\b\f\n\r\t\0\xC3\xA9\xE2\x82\xAC\xF0\x9F\x90\x93z";
    assert_int_equal(probe_open(&probe, body, strlen(body), &plain), 0);
    assert_int_equal(gw_json_string(&probe.json, &text), 0);
    assert_int_equal(text.size, sizeof want - 1);
    assert_memory_equal(text.at, want, text.size);
    assert_int_equal(gw_json_end(&probe.json), 0);
    probe_close(&probe);
}

static void a_string_above_its_limit_is_refused(void **state)
{
    (void)state;
    const struct gw_json_limits small = {100, 8, 0};
    char why[GW_FAULT_TEXT];
    assert_true(accepts_sized("\"12345678\"", 10, &small, NULL));
    assert_false(accepts_sized("\"123456789\"", 11, &small, why));
    assert_string_equal(why,
                        "A string has 9 bytes, more than the limit of 8, at offset: 0");
}

static void members_and_items_are_pulled_one_by_one(void **state)
{
    (void)state;
    struct probe probe;
    struct gw_json *json = &probe.json;
    struct roost_text key;
    const char *body = " { \"a\" : [ 1 , { } , [ ] ] , \"b\" : { \"c\" : null } } ";
    assert_int_equal(probe_open(&probe, body, strlen(body), &plain), 0);
    assert_int_equal(gw_json_peek(json), GW_JSON_OBJECT);
    assert_int_equal(gw_json_enter(json), 0);
    assert_int_equal(gw_json_next_key(json, &key), 1);
    assert_memory_equal(key.at, "a", 1);
    assert_int_equal(gw_json_peek(json), GW_JSON_LIST);
    assert_int_equal(gw_json_enter(json), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(gw_json_next_item(json), 1);
        assert_int_equal(gw_json_skip(json), 0);
    }
    assert_int_equal(gw_json_next_item(json), 0);
    assert_int_equal(gw_json_next_key(json, &key), 1);
    assert_memory_equal(key.at, "b", 1);
    assert_int_equal(gw_json_skip(json), 0);
    assert_int_equal(gw_json_next_key(json, &key), 0);
    assert_int_equal(gw_json_end(json), 0);
    probe_close(&probe);
}

static void a_text_cut_at_any_byte_is_refused(void **state)
{
    (void)state;
    const char *text =
        "{\"a\": [1.5e3, -0, true, false, null, \"x\\u00e9\\ud83d\\ude39\xC3\xA9\"],"
        " \"b\": {\"c\": {}, \"d\": [NaN, -Infinity]}}";
    size_t size = strlen(text);
    assert_true(accepts(text));
    for (size_t cut = 0; cut < size; cut++)
        assert_false(accepts_sized(text, cut, &plain, NULL));
}

/* What jansson may refuse or accept otherwise, by design: see the words and limits above.
 */
static int jansson_differs(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] == '\0' || text[i] == 'N' || text[i] == 'I' || text[i] == 'e' ||
            text[i] == 'E')
            return 1;
    return 0;
}

static void random_mutations_fare_as_with_jansson(void **state)
{
    (void)state;
    const char *texts[] = {
        "{\"ab\":[1,-2.5,\"x\\n\\u00e9\",{\"c\":null}],\"d\":true}",
        "[[],{},[0.25,10,\"\xC3\xA9\xF0\x9F\x90\x93\"],\"\\ud83d\\ude39\"]"};
    const char bytes[] = "{}[]:,\"\\ 0123456789.-truefalsn\x80\xC3\xE9\x01\n/bud";
    uint64_t seed = 7;
    int accepted = 0;
    for (int i = 0; i < 40000; i++) {
        char text[80];
        size_t size = strlen(texts[i % 2]);
        memcpy(text, texts[i % 2], size);
        for (int edits = i % 3; edits >= 0; edits--) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            text[(seed >> 33) % size] = bytes[(seed >> 13) % (sizeof bytes - 1)];
        }
        int ours = accepts_sized(text, size, &plain, NULL);
        json_t *other = json_loadb(text, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        if (!jansson_differs(text, size) && ours != (other != NULL))
            fail_msg("%.*s: ours %d", (int)size, text, ours);
        json_decref(other);
        accepted += ours;
    }
    assert_true(accepted > 1000 && accepted < 39000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_says_what_and_at_which_byte),
        cmocka_unit_test(a_hundred_thousand_levels_are_refused_at_the_limit),
        cmocka_unit_test(exactly_the_limit_of_levels_is_accepted),
        cmocka_unit_test(infinities_and_nan_are_words_unless_strict),
        cmocka_unit_test(a_number_beyond_the_range_is_refused_and_a_tiny_one_is_zero),
        cmocka_unit_test(a_number_of_more_than_1024_bytes_is_refused),
        cmocka_unit_test(a_string_without_escapes_is_read_in_place),
        cmocka_unit_test(escapes_become_what_they_stand_for),
        cmocka_unit_test(a_string_above_its_limit_is_refused),
        cmocka_unit_test(members_and_items_are_pulled_one_by_one),
        cmocka_unit_test(a_text_cut_at_any_byte_is_refused),
        cmocka_unit_test(random_mutations_fare_as_with_jansson),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
