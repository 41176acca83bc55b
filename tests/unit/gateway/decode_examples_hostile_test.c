/* SPDX-License-Identifier: MIT
 * Bodies of examples that mean harm: cut, bent, nested, too large for their arena. The
 * decoder answers with a fault that has a code, well-formed text and a pointer, and reads
 * nothing beyond the body (the sanitizer watches blocks of exactly its size). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/text.h"
#include "tests/unit/gateway/support/examples.h"
#include "tests/unit/gateway/support/plans.h"

static const char full_body[] =
    "{\"signature_name\":\"classify\",\"examples\":[{\"age\":39,\"income\":-1.5e3,"
    "\"count\":[-7],\"member\":true,\"city\":\"B\\u00e9\xC3\xA9\\ud83d\\ude39\",\"tags\":"
    "["
    "\"a\",{\"b64\":\"aGk=\"}],\"bag\":{\"x\":2,\"y\":NaN},\"vec\":[1.0,Infinity]},"
    "{\"bag\":{\"#ids\":[1,2],\"#values\":[0.5,1]},\"hat\":[1,true],\"city\":{\"b64\":"
    "\"\"}}"
    ",{\"bag\":\"k\",\"tags\":[],\"vec\":[false,3]}],\"context\":{\"age\":[1]},\"z\":0}";
static const char dense_body[] =
    "{\"examples\":[{\"input-0\":[1.5,2,1]},{\"a\":1,\"b\":[2]},{}]}";

static void check_fault(const struct decoding *d)
{
    size_t i = 0, size = strlen(d->fault.text), length = 1;
    assert_int_equal(gw_fault_http(d->fault.code), 400);
    assert_true(size > 0);
    for (; i < size && length > 0; i += length)
        length = gw_utf8_char(d->fault.text + i, size - i);
    assert_true(length > 0);
    assert_true(d->fault.pointer[0] == '\0' || d->fault.pointer[0] == '/');
}

static void cut_everywhere(roost_plan *plan, const char *body)
{
    struct decoding d;
    decoding_open(&d, plan);
    takes(&d, body);
    for (size_t cut = 0; cut < strlen(body); cut++) {
        if (decode_examples(&d, GW_EXAMPLES_CLASSIFY, body, cut) == 0)
            fail_msg("accepted at %zu: %.*s", cut, (int)cut, body);
        assert_int_equal(d.fault.code, GW_FAULT_BAD_JSON);
        check_fault(&d);
    }
    decoding_close(&d);
}

static void a_body_cut_at_any_byte_is_refused(void **state)
{
    (void)state;
    cut_everywhere(plan_of_all_types(0), full_body);
    cut_everywhere(plan_by_position(), dense_body);
}

static void bend(roost_plan *plan, const char *body, uint64_t seed, int runs)
{
    static const char bytes[] = "{}[]:,\"\\ 0123456789.-+eEtruefalsnNIb64#\x80\xC3\xFF";
    struct decoding d;
    char text[800];
    size_t size = strlen(body);
    int accepted = 0;
    assert_true(size < sizeof text);
    decoding_open(&d, plan);
    for (int i = 0; i < runs; i++) {
        memcpy(text, body, size);
        for (int edits = i % 4; edits >= 0; edits--) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            text[(size_t)(seed >> 33) % size] = bytes[(seed >> 13) % (sizeof bytes - 1)];
        }
        if (decode_examples(&d, GW_EXAMPLES_REGRESS, text, size) != 0) {
            check_fault(&d);
        } else {
            free(scores_of(&d));
            accepted++;
        }
    }
    assert_true(accepted > 0);
    decoding_close(&d);
}

static void bent_bodies_are_decoded_or_refused_and_nothing_else(void **state)
{
    (void)state;
    bend(plan_of_all_types(0),
         "{\"examples\":[{\"age\":39,\"vec\":[1.0,2.0],\"bag\":\"k\",\"tags\":[\"a\","
         "\"b\"]}"
         ",{\"member\":[1],\"city\":{\"b64\":\"aGk=\"},\"hat\":[1,2]}]}",
         2, 20000);
    bend(plan_by_position(), dense_body, 3, 10000);
    bend(plan_of_two_tensors(),
         "{\"examples\":[{\"a\":[1,2],\"b\":[3]},{\"a\":[1.5,2.5],\"b\":3}]}", 4, 10000);
    bend(plan_of_whole_numbers(),
         "{\"examples\":[{\"a\":2147483647,\"b\":[1,-2],\"c\":[3,4],\"d\":1,\"s\":\"t\"}]"
         "}",
         5, 10000);
}

static void a_hundred_thousand_levels_cost_only_the_first_few(void **state)
{
    (void)state;
    enum { LEVELS = 100000 };
    static const char *const heads[] = {"",
                                        "{\"examples\":",
                                        "{\"examples\":[{\"age\":",
                                        "{\"other\":",
                                        "{\"examples\":[{\"bag\":",
                                        "{\"context\":{\"vec\":",
                                        "{\"examples\":[{\"hat\":"};
    struct decoding d;
    decoding_open(&d, plan_of_all_types(0));
    char *body = malloc(LEVELS + 64);
    assert_non_null(body);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        size_t size = (size_t)snprintf(body, 64, "%s", heads[i]);
        memset(body + size, i % 2 ? '[' : '{', LEVELS);
        assert_int_equal(decode_examples(&d, GW_EXAMPLES_CLASSIFY, body, size + LEVELS),
                         -1);
        check_fault(&d);
    }
    free(body);
    decoding_close(&d);
}

static void a_small_arena_refuses_with_503_and_not_a_crash(void **state)
{
    (void)state;
    struct decoding d;
    int refused = 0;
    decoding_open(&d, plan_of_all_types(0));
    eng_arena_clear(&d.arena);
    for (size_t max = 0; max < 20000; max += 61) {
        eng_arena_init(&d.arena, max);
        if (decode_examples(&d, GW_EXAMPLES_CLASSIFY, full_body, strlen(full_body)) !=
            0) {
            assert_int_equal(gw_fault_http(d.fault.code), 503);
            refused++;
        }
        eng_arena_clear(&d.arena);
    }
    assert_true(refused > 0);
    eng_arena_init(&d.arena, (size_t)1 << 26);
    takes(&d, full_body);
    decoding_close(&d);
}

static void names_that_are_shown_are_cut_between_characters(void **state)
{
    (void)state;
    struct decoding d;
    char body[1000], key[601];
    decoding_open(&d, plan_of_all_types(0));
    for (size_t i = 0; i < 200; i++)
        memcpy(key + 3 * i, "\xE2\x82\xAC", 4);
    static const char *const values[] = {"null", "[1,2.5]", "9223372036854775808"};
    for (int i = 0; i < 3; i++) {
        int size =
            snprintf(body, sizeof body, "{\"examples\":[{\"%s\":%s}]}", key, values[i]);
        assert_int_equal(decode_examples(&d, GW_EXAMPLES_CLASSIFY, body, (size_t)size),
                         -1);
        check_fault(&d);
    }
    decoding_close(&d);
}

static void memory_follows_the_bytes_that_came_and_not_numbers_in_them(void **state)
{
    (void)state;
    struct decoding d;
    decoding_open(&d, plan_of_all_types(0));
    takes(&d, "{\"examples\":[{\"count\":4294967295,\"bag\":{\"#ids\":[4294967295]},"
              "\"income\":1e300,\"hat\":[4294967295]}]}");
    assert_true(d.arena.held <= 8192);
    decoding_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_cut_at_any_byte_is_refused),
        cmocka_unit_test(bent_bodies_are_decoded_or_refused_and_nothing_else),
        cmocka_unit_test(a_hundred_thousand_levels_cost_only_the_first_few),
        cmocka_unit_test(a_small_arena_refuses_with_503_and_not_a_crash),
        cmocka_unit_test(names_that_are_shown_are_cut_between_characters),
        cmocka_unit_test(memory_follows_the_bytes_that_came_and_not_numbers_in_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
