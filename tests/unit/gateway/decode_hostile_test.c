/* SPDX-License-Identifier: MIT
 * Bodies that mean harm: cut, bent, nested and repeated. Whatever comes, the decoder
 * answers with a fault that has a code, well-formed text and a pointer, reads nothing
 * beyond the body (the sanitizer watches blocks of exactly its size), and takes nothing
 * from the heap once its arena is warm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/text.h"
#include "tests/unit/gateway/support/decoding.h"
#include "tests/unit/gateway/support/plans.h"

static const char rows_body[] = "{\"signature_name\":\"serving_default\",\"instances\":[{"
                                "\"age\":39,\"income\":-1.5e3,"
                                "\"count\":-7,\"member\":true,\"city\":"
                                "\"B\\u00e9\xC3\xA9\\ud83d\\ude39\",\"tags\":[\"a\","
                                "{\"b64\":\"aGk=\"}],\"bag\":{\"x\":2,\"y\":NaN},\"vec\":"
                                "[1,Infinity]},{\"bag\":{\"#ids\":"
                                "[1,2],\"#values\":[0.5,1]},\"hat\":[{},[null]]}],"
                                "\"context\":{\"age\":1},\"extra\":0}";
static const char columns_body[] =
    "{\"inputs\":{\"age\":[1,2.5],\"city\":[\"A\",\"B\"],\"tags\":[[\"x\"],[]],\"vec\":[["
    "1,2],"
    "[3,4]],\"bag\":[[\"k\"],{\"k\":1}],\"no\":[{\"a\":[1]}]},\"context\":{\"count\":3}}";
static const char positions_body[] = "{\"instances\":[[1.5,2,1],{\"input-0\":[1,2,0]},"
                                     "{\"a\":1,\"b\":2},{\"z\":[1,2,true]}]}";

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
    accepts(&d, body);
    for (size_t cut = 0; cut < strlen(body); cut++) {
        if (decode_sized(&d, body, cut) == 0)
            fail_msg("accepted at %zu: %.*s", cut, (int)cut, body);
        assert_int_equal(d.fault.code, GW_FAULT_BAD_JSON);
        check_fault(&d);
    }
    decoding_close(&d);
}

static void a_body_cut_at_any_byte_is_refused(void **state)
{
    (void)state;
    cut_everywhere(plan_of_all_types(0), rows_body);
    cut_everywhere(plan_of_all_types(0), columns_body);
    cut_everywhere(plan_by_position(), positions_body);
}

static void bend(roost_plan *plan, const char *body, uint64_t seed, int runs)
{
    static const char bytes[] =
        "{}[]:,\"\\ 0123456789.-+eEtrufalsnNI#\x80\xC3\xE9\xFF\x01\n/bd";
    struct decoding d;
    char text[600];
    size_t size = strlen(body);
    int accepted = 0;
    assert_true(size < sizeof text);
    decoding_open(&d, plan);
    for (int i = 0; i < runs; i++) {
        memcpy(text, body, size);
        for (int edits = i % 4; edits >= 0; edits--) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            size_t at = (size_t)(seed >> 33) % size;
            if (seed >> 62 == 0)
                memmove(text + at, text + (size_t)(seed >> 20) % size / 2,
                        (size - at) / 4);
            else
                text[at] = bytes[(seed >> 13) % (sizeof bytes - 1)];
        }
        if (decode_sized(&d, text, size) != 0) {
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
         "{\"instances\":[{\"age\":39,\"income\":1,\"hat\":[1,{}]}]}", 1, 10000);
    bend(plan_of_all_types(0), columns_body, 2, 5000);
    bend(plan_by_position(), positions_body, 3, 10000);
    bend(plan_of_two_tensors(),
         "{\"instances\":[{\"a\":[1,2],\"b\":[3]},{\"a\":[1,2],\"b\":3}]}", 4, 10000);
}

static void a_hundred_thousand_levels_cost_only_the_first_few(void **state)
{
    (void)state;
    enum { LEVELS = 100000 };
    static const char *const heads[] = {"",
                                        "{\"instances\":",
                                        "{\"instances\":[{\"age\":",
                                        "{\"other\":",
                                        "{\"instances\":[{\"bag\":",
                                        "{\"context\":{\"vec\":",
                                        "{\"instances\":[{\"hat\":"};
    struct decoding d;
    decoding_open(&d, plan_of_all_types(0));
    char *body = malloc(LEVELS + 64);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        size_t size = (size_t)snprintf(body, 64, "%s", heads[i]);
        memset(body + size, '[', LEVELS);
        assert_int_equal(decode_sized(&d, body, size + LEVELS), -1);
        check_fault(&d);
    }
    free(body);
    decoding_close(&d);
}

static void strings_that_are_not_unicode_are_refused_wherever_they_stand(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\\ud800",      "\\udc00",          "\\ud800\\ud800", "\xFF", "\xC0\x80",
        "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82",       "\n",   "\\x"};
    static const char *const forms[] = {"{\"instances\":[{\"city\":\"%s\"}]}",
                                        "{\"instances\":[{\"%s\":1}]}",
                                        "{\"instances\":[{\"tags\":[\"%s\"]}]}",
                                        "{\"instances\":[{\"bag\":{\"%s\":1}}]}",
                                        "{\"instances\":[{\"bag\":[\"%s\"]}]}",
                                        "{\"%s\":1}",
                                        "{\"instances\":[{\"hat\":{\"%s\":1}}]}",
                                        "{\"signature_name\":\"%s\"}"};
    struct decoding d;
    decoding_open(&d, plan_of_all_types(0));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        for (size_t j = 0; j < sizeof forms / sizeof *forms; j++) {
            char body[100];
            const char *hole = strstr(forms[j], "%s");
            snprintf(body, sizeof body, "%.*s%s%s", (int)(hole - forms[j]), forms[j],
                     bad[i], hole + 2);
            assert_int_equal(decode_body(&d, body), -1);
            assert_int_equal(d.fault.code, GW_FAULT_BAD_JSON);
        }
    }
    decoding_close(&d);
}

static void a_long_key_gives_a_pointer_that_is_cut_between_characters(void **state)
{
    (void)state;
    struct decoding d;
    char body[900], key[601];
    decoding_open(&d, plan_of_all_types(0));
    for (size_t i = 0; i < 200; i++)
        memcpy(key + 3 * i, "\xE2\x82\xAC", 4);
    snprintf(body, sizeof body, "{\"instances\":[{\"bag\":{\"%s\":null}}]}", key);
    assert_int_equal(decode_body(&d, body), -1);
    size_t size = strlen(d.fault.pointer), lead = strlen("/instances/0/bag/");
    assert_true(size < GW_FAULT_POINTER && size > GW_FAULT_POINTER - 5);
    assert_int_equal((size - lead) % 3, 0);
    decoding_close(&d);
}

static void a_small_arena_refuses_with_503_and_not_a_crash(void **state)
{
    (void)state;
    struct decoding d;
    decoding_open(&d, plan_of_all_types(0));
    eng_arena_clear(&d.arena);
    for (size_t max = 0; max < 20000; max += 61) {
        eng_arena_init(&d.arena, max);
        if (decode_body(&d, rows_body) != 0)
            assert_int_equal(gw_fault_http(d.fault.code), 503);
        eng_arena_clear(&d.arena);
    }
    eng_arena_init(&d.arena, (size_t)1 << 26);
    accepts(&d, rows_body);
    decoding_close(&d);
}

static void memory_follows_the_bytes_that_came_and_not_numbers_in_them(void **state)
{
    (void)state;
    struct decoding d;
    decoding_open(&d, plan_of_all_types(0));
    accepts(&d, "{\"instances\":[{\"count\":4294967295,\"bag\":{\"#ids\":[4294967295]},"
                "\"income\":1e300}]}");
    assert_true(d.arena.held <= 8192);
    decoding_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_cut_at_any_byte_is_refused),
        cmocka_unit_test(bent_bodies_are_decoded_or_refused_and_nothing_else),
        cmocka_unit_test(a_hundred_thousand_levels_cost_only_the_first_few),
        cmocka_unit_test(strings_that_are_not_unicode_are_refused_wherever_they_stand),
        cmocka_unit_test(a_long_key_gives_a_pointer_that_is_cut_between_characters),
        cmocka_unit_test(a_small_arena_refuses_with_503_and_not_a_crash),
        cmocka_unit_test(memory_follows_the_bytes_that_came_and_not_numbers_in_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
