/* SPDX-License-Identifier: MIT
 * Which texts are JSON and which are not, in the spirit of the public JSON test suites:
 * every rule of RFC 8259's grammar kept and broken. What is done with a text:
 * json_test.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/json.h"

static int accepts_sized(const char *text, size_t size)
{
    const struct gw_json_limits limits = {100, 1 << 20, 0};
    struct gw_json json;
    struct gw_fault fault = {0};
    struct eng_arena arena;
    eng_arena_init(&arena, 1 << 20);
    /* A block of exactly the text's size: the sanitizer sees a read behind its end. */
    uint8_t *body = malloc(size > 0 ? size : 1);
    memcpy(body, text, size);
    int failed = gw_json_init(&json, body, size, &limits, &arena, &fault) != 0 ||
                 gw_json_skip(&json) != 0 || gw_json_end(&json) != 0;
    assert_int_equal(failed, fault.code != GW_FAULT_NONE);
    free(body);
    eng_arena_clear(&arena);
    return !failed;
}

static int accepts(const char *text)
{
    return accepts_sized(text, strlen(text));
}

static const char *const good[] = {
    "[]",
    "{}",
    "[[]   ]",
    "[\"\"]",
    "[\"a\"]",
    "[false]",
    "[null, 1, \"1\", {}]",
    "null",
    "true",
    " true ",
    "42",
    "-0.1",
    "\"asd\"",
    "\"\"",
    "[null]",
    "[1\n]",
    " [1] ",
    "[1,null,null,null,2]",
    "[2] ",
    "[123e65]",
    "[0e+1]",
    "[0e1]",
    "[ 4]",
    ("[-0."
     "000000000000000000000000000000000000000000000000000000000000000000000000000001]"),
    "[20e1]",
    "[-0]",
    "[-123]",
    "[-1]",
    "[1E22]",
    "[1E-2]",
    "[1E+2]",
    "[123e45]",
    "[123.456e78]",
    "[1e-2]",
    "[1e+2]",
    "[123]",
    "[123.456789]",
    "{\"asd\":\"sdf\"}",
    "{\"a\":\"b\",\"a\":\"c\"}",
    "{\"a\":\"b\",\"a\":\"b\"}",
    "{\"\":0}",
    "{\"foo\\u0000bar\": 42}",
    "{\"min\": -1.0e+28, \"max\": 1.0e+28}",
    "{\"a\":[{\"b\":[]}]}",
    "{\"title\":\"\\u041f\\u043e\\u043b\\u0442\"}",
    "[\"\\u0060\\u012a\\u12AB\"]",
    "[\"\\uD801\\udc37\"]",
    "[\"\\ud83d\\ude39\\ud83d\\udc8d\"]",
    "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]",
    "[\"\\\\u0000\"]",
    "[\"\\\"\"]",
    "[\"a/*b*/c/*d//e\"]",
    "[\"\\\\a\"]",
    "[\"\\\\n\"]",
    "[\"\\u0012\"]",
    "[\"\\uFFFF\"]",
    "[\"\\uDBFF\\uDFFF\"]",
    "[\"new\\u00A0line\"]",
    "[\"\xF4\x8F\xBF\xBF\"]",
    "[\"\xEF\xBF\xBF\"]",
    "[\"\\u0000\"]",
    "[\"\\u002c\"]",
    "[\"\xCF\x80\"]",
    "[\"\xF0\x9B\xBF\xBF\"]",
    "[\"asd \"]",
    "\" \"",
    "[\"\\uD834\\uDd1e\"]",
    "[\"\\u0821\"]",
    "[\"\xE2\x80\xA8\"]",
    "[\"\\u2064\"]",
    "[\"\\uFDD0\"]",
    "[\"\\u200B\"]",
    "[\"\x7F\"]",
    "[\"aa\x7F\"]",
    "[\"\\u005C\"]",
    "[\"\xE2\x8D\x82\xE3\x88\xB4\xE2\x8D\x82\"]",
    "\t[ \r\n]",
    "[1e400]",
    "[1e-400]"};

static const char *const bad[] = {"[1 true]",
                                  "[a\xE5]",
                                  "[\"\": 1]",
                                  "[\"\"],",
                                  "[,1]",
                                  "[1,,2]",
                                  "[\"x\",,]",
                                  "[\"x\"]]",
                                  "[\"\",]",
                                  "[\"x\"",
                                  "[x",
                                  "[3[ 4]]",
                                  "[\xFF]",
                                  "[1:2]",
                                  "[,]",
                                  "[-]",
                                  "[   , \"\"]",
                                  "[\"a\",\n4\n,1,",
                                  "[1,]",
                                  "[1,,]",
                                  "[\"\va\"\\f]",
                                  "[*]",
                                  "[\"\"",
                                  "[1,",
                                  "[1,\n1\n,1",
                                  "[{}",
                                  "[fals]",
                                  "[nul]",
                                  "[tru]",
                                  "123\x01",
                                  "[++1234]",
                                  "[+1]",
                                  "[+Inf]",
                                  "[-01]",
                                  "[-1.0.]",
                                  "[-2.]",
                                  "[-NaNa]",
                                  "[.-1]",
                                  "[.2e-3]",
                                  "[0.1.2]",
                                  "[0.3e+]",
                                  "[0.3e]",
                                  "[0.e1]",
                                  "[0E+]",
                                  "[0E]",
                                  "[0e+]",
                                  "[0e]",
                                  "[1.0e+]",
                                  "[1.0e-]",
                                  "[1.0e]",
                                  "[1 000.0]",
                                  "[1eE2]",
                                  "[2.e+3]",
                                  "[2.e-3]",
                                  "[2.e3]",
                                  "[9.e+]",
                                  "[1+2]",
                                  "[0x1]",
                                  "[0x42]",
                                  "[Infinit]",
                                  "[Infinityx]",
                                  "[nan]",
                                  "[0e+-1]",
                                  "[-foo]",
                                  "[- 1]",
                                  "[-012]",
                                  "[-.123]",
                                  "[-1x]",
                                  "[1ea]",
                                  "[1\xE5]",
                                  "[1.]",
                                  "[.123]",
                                  "[1.2a-3]",
                                  "[1.8011670033376514H-308]",
                                  "[012]",
                                  "[\"x\", truth]",
                                  "{[: \"x\"}\n",
                                  "{\"x\", null}",
                                  "{\"x\"::\"b\"}",
                                  "{\xF0\x9F\x87\xA8}",
                                  "{\"a\":\"a\" 123}",
                                  "{key: 'value'}",
                                  "{\"\xB9\":\"0\",}",
                                  "{\"a\" b}",
                                  "{:\"b\"}",
                                  "{\"a\" \"b\"}",
                                  "{\"a\":",
                                  "{\"a\"",
                                  "{1:1}",
                                  "{9999E9999:1}",
                                  "{null:null,null:null}",
                                  "{\"id\":0,,,,,}",
                                  "{'a':0}",
                                  "{\"id\":0,}",
                                  "{\"a\":\"b\"}/**/",
                                  "{\"a\":\"b\"}#",
                                  "{\"a\":\"b\",,\"c\":\"d\"}",
                                  "{a: \"b\"}",
                                  "{\"a\":\"a",
                                  "{ \"foo\" : \"bar\", \"a\" }",
                                  "{\"a\":\"b\"}#{}",
                                  " ",
                                  "",
                                  "[\"\\uD800\\\"]",
                                  "[\"\\uD800\\u\"]",
                                  "[\"\\uD800\\u1\"]",
                                  "[\"\\uD800\\u1x\"]",
                                  "[\"\\uD800\"]",
                                  "[\"\\uDC00\"]",
                                  "[\"\\uDC00\\uD800\"]",
                                  "[\"\\uD800\\uD800\"]",
                                  "[\"\\uD800\\n\"]",
                                  "[\"\\uD800x\"]",
                                  "[\xC3\xA9]",
                                  "[\"\\x00\"]",
                                  "[\"\\\\\\\"]",
                                  "[\"\\\t\"]",
                                  "[\"\\\xF0\x9F\x8C\x80\"]",
                                  "[\"\\\"]",
                                  "[\"\\u00A\"]",
                                  "[\"\\uD834\\uDd\"]",
                                  "[\"\\uD800\\uD800\\x\"]",
                                  "[\"\\u\xE5\"]",
                                  "[\"\\a\"]",
                                  "[\"\\uqqqq\"]",
                                  "[\"\\\xE5\"]",
                                  "[\\u0020\"asd\"]",
                                  "[\\n]",
                                  "\"",
                                  "['single quote']",
                                  "abc",
                                  "[\"\\",
                                  "[\"a\na\"]",
                                  "[\"\t\"]",
                                  "[\"\x1f\"]",
                                  "\"\\UA66D\"",
                                  "<.>",
                                  "[<null>]",
                                  "[1]x",
                                  "[1]]",
                                  "[asd]",
                                  "aa\xC3\xA5",
                                  "[True]",
                                  "1]",
                                  "{\"x\": true,",
                                  "[][]",
                                  "]",
                                  "\xEF\xBB{}",
                                  "\xEF\xBB\xBF{}",
                                  "\xE5",
                                  "[",
                                  "{\"a\": true} \"x\"",
                                  "[\"asd",
                                  "[1, \"a\", 2",
                                  "\xC3\xA5",
                                  "[\xE2\x81\xA0]",
                                  "[\f]",
                                  "[\v]",
                                  "{}}",
                                  "{\"\":",
                                  "{\"a\":/*comment*/\"b\"}",
                                  "{\"a\": true} \"x\"",
                                  "['",
                                  "{\"a\":\"b\"}//",
                                  "{,",
                                  "{[",
                                  "[\"\xED\xA0\x80\"]",
                                  "[\"\xE0\x80\xAF\"]",
                                  "[\"\xC0\xAF\"]",
                                  "[\"\x81\"]",
                                  "[\"\xFF\"]",
                                  "[\"\xF4\xBF\xBF\xBF\"]",
                                  "[\"\xFC\x80\x80\x80\x80\x80\"]",
                                  "[\"\xE2\x82\"]",
                                  "{\"\xFF\":1}"};

static void every_valid_text_is_accepted(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!accepts(good[i]))
            fail_msg("refused: %s", good[i]);
}

static void every_invalid_text_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (accepts(bad[i]))
            fail_msg("accepted: %s", bad[i]);
    assert_false(accepts_sized("123\0", 4));
    assert_false(accepts_sized("[\"a\0\"]", 6));
    assert_false(accepts_sized("\0", 1));
    assert_false(accepts_sized("\xFF\xFE[\0]\0", 6));
    assert_false(accepts_sized("\0[\0]", 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_valid_text_is_accepted),
        cmocka_unit_test(every_invalid_text_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
