/* SPDX-License-Identifier: MIT
 * Infer requests that mean harm: cut, bent, nested, with headers and sizes that lie.
 * Whatever comes, the decoder answers with a 400 that has a text and a pointer, or with
 * rows that can be scored; it reads nothing beyond the body (the sanitizer watches blocks
 * of exactly its size) and takes no memory that the body did not pay for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/text.h"
#include "tests/unit/gateway/support/v2.h"

struct body {
    uint8_t bytes[2048];
    size_t size;
    size_t json; /* of it; the rest is binary data */
};

static void add(struct body *body, const void *bytes, size_t size)
{
    assert_true(body->size + size <= sizeof body->bytes);
    memcpy(body->bytes + body->size, bytes, size);
    body->size += size;
}

/* Everything at once: JSON and binary, all types, a bag, context, outputs. */
static void make_body(struct body *body)
{
    static const char json[] =
        "{\"id\":\"7\",\"inputs\":[{\"data\":[1,[NaN]],\"name\":\"age\",\"shape\":[2,1],"
        "\"datatype\":\"FP32\"},{\"name\":\"vec\",\"shape\":[2,2],\"datatype\":\"FP32\","
        "\"parameters\":{\"binary_data_size\":16}},{\"name\":\"city\",\"shape\":[2],"
        "\"datatype\":\"BYTES\",\"parameters\":{\"binary_data_size\":11}},{\"name\":"
        "\"bag.ids\",\"shape\":[3],\"datatype\":\"INT64\",\"parameters\":{"
        "\"binary_data_size\":24}},{\"name\":\"bag.offsets\",\"shape\":[3],\"datatype\":"
        "\"INT64\",\"data\":[0,1,3]},{\"name\":\"tags\",\"shape\":[1,2],\"datatype\":"
        "\"BYTES\",\"data\":[\"a\",\"\\u00e9\"],\"parameters\":{\"context\":true}},{"
        "\"name\":\"hat\",\"shape\":[1],\"datatype\":\"BOOL\",\"data\":[true]}],"
        "\"outputs\":[{\"name\":\"score\",\"parameters\":{\"classification\":2}}],"
        "\"parameters\":{\"timeout\":1000}}";
    const float vec[4] = {1, 2, 3, 4};
    const int64_t ids[3] = {1, -2, 3};
    body->size = 0;
    add(body, json, sizeof json - 1);
    body->json = body->size;
    add(body, vec, sizeof vec);
    add(body, "\2\0\0\0ab\1\0\0\0c", 11);
    add(body, ids, sizeof ids);
}

static void check_fault(const struct gw_fault *fault)
{
    size_t i = 0, size = strlen(fault->text), length = 1;
    assert_int_equal(gw_fault_http(fault->code), 400);
    assert_true(size > 0);
    for (; i < size && length > 0; i += length)
        length = gw_utf8_char(fault->text + i, size - i);
    assert_true(length > 0);
    assert_true(fault->pointer[0] == '\0' || fault->pointer[0] == '/');
}

/* 1 when the body was accepted; its rows are scored then. */
static int survives(struct v2 *v, const struct body *body, int64_t header)
{
    if (v2_decode(v, body->bytes, body->size, header) != 0) {
        check_fault(&v->d.fault);
        return 0;
    }
    free(scores_of(&v->d));
    return 1;
}

static void a_request_cut_at_any_byte_is_refused(void **state)
{
    (void)state;
    struct body whole, cut;
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    make_body(&whole);
    assert_true(survives(&v, &whole, (int64_t)whole.json));
    assert_int_equal(v.d.batch.unknown_features, 2);
    for (size_t size = 0; size < whole.size; size++) {
        cut = whole;
        cut.size = size;
        if (size < cut.json)
            cut.json = size;
        int64_t header = size > 0 ? (int64_t)cut.json : -1;
        assert_int_equal(survives(&v, &cut, header), 0);
    }
    v2_close(&v);
}

static void a_header_that_lies_is_refused_or_harmless(void **state)
{
    (void)state;
    struct body body;
    struct v2 v;
    int accepted = 0;
    v2_open(&v, plan_of_all_types(0));
    make_body(&body);
    for (int64_t header = -1; header <= (int64_t)body.size; header++)
        accepted += survives(&v, &body, header);
    assert_int_equal(accepted, 1); /* the true one */
    v2_close(&v);
}

static void bend(roost_plan *plan, const struct body *body, uint64_t seed, int runs)
{
    static const char bytes[] =
        "{}[]:,\"\\ 0123456789.-+eEtrufalsnNI#\x80\xC3\xE9\xFF\x01\n/bdFPUBYS";
    struct body bent;
    struct v2 v;
    int accepted = 0;
    v2_open(&v, plan);
    for (int i = 0; i < runs; i++) {
        bent = *body;
        for (int edits = i % 4; edits >= 0; edits--) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            size_t at = (size_t)(seed >> 33) % bent.size;
            if (seed >> 62 == 0)
                memmove(bent.bytes + at,
                        bent.bytes + (size_t)(seed >> 20) % bent.size / 2,
                        (bent.size - at) / 4);
            else if (seed >> 62 == 1)
                bent.bytes[at] ^= (uint8_t)(1u << (seed >> 40) % 8);
            else
                bent.bytes[at] = (uint8_t)bytes[(seed >> 13) % (sizeof bytes - 1)];
        }
        accepted += survives(&v, &bent, (int64_t)bent.json);
    }
    assert_true(accepted > 0);
    v2_close(&v);
}

static void bent_requests_are_decoded_or_refused_and_nothing_else(void **state)
{
    (void)state;
    struct body body;
    make_body(&body);
    bend(plan_of_all_types(0), &body, 1, 20000);
    static const char dense[] = "{\"inputs\":[{\"name\":\"z\",\"shape\":[2,3],"
                                "\"datatype\":\"FP64\",\"data\":[[1,2,1],[3,4,0]]}]}";
    memcpy(body.bytes, dense, sizeof dense - 1);
    body.size = body.json = sizeof dense - 1;
    bend(plan_by_position(), &body, 2, 10000);
}

/* Bit flips in the raw data alone: most are values, and those are all acceptable. */
static void bent_binary_data_is_values_or_refused(void **state)
{
    (void)state;
    struct body body, bent;
    struct v2 v;
    int accepted = 0;
    v2_open(&v, plan_of_all_types(0));
    make_body(&body);
    for (size_t at = body.json; at < body.size; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            bent = body;
            bent.bytes[at] ^= (uint8_t)(1u << bit);
            accepted += survives(&v, &bent, (int64_t)bent.json);
        }
    assert_true(accepted > 250);
    v2_close(&v);
}

static void sizes_in_the_text_ask_for_no_memory(void **state)
{
    (void)state;
    static const char *const shapes[] = {"[1000000,1]", "[4294967295,1]",
                                         "[4611686018427387903]", "[1152921504606846975]",
                                         "[1,4294967297]"};
    static const char *const types[] = {"FP32", "FP64", "BYTES", "INT8"};
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (size_t j = 0; j < sizeof types / sizeof *types; j++)
            for (int binary = 0; binary < 2; binary++) {
                struct body body = {.size = 0};
                body.size = (size_t)snprintf(
                    (char *)body.bytes, sizeof body.bytes,
                    "{\"inputs\":[{\"name\":\"age\",\"shape\":%s,\"datatype\":\"%s\",%s}]"
                    "}",
                    shapes[i], types[j],
                    binary ? "\"parameters\":{\"binary_data_size\":4}" : "\"data\":[1]");
                int64_t header = (int64_t)body.size;
                add(&body, "\0\0\0\0", binary ? 4 : 0);
                assert_int_equal(survives(&v, &body, header), 0);
                assert_true(v.d.arena.held < 1 << 16);
            }
    v2_close(&v);
}

static void a_hundred_thousand_levels_cost_only_the_first_few(void **state)
{
    (void)state;
    enum { LEVELS = 100000 };
    static const char *const heads[] = {
        "",
        "{\"inputs\":",
        "{\"inputs\":[{\"name\":",
        "{\"inputs\":[{\"data\":",
        "{\"inputs\":[{\"name\":\"age\",\"shape\":[1],\"datatype\":\"FP32\",\"data\":",
        "{\"inputs\":[{\"shape\":",
        "{\"inputs\":[{\"parameters\":{\"a\":",
        "{\"outputs\":",
        "{\"parameters\":{\"a\":",
        "{\"other\":"};
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    char *body = malloc(LEVELS + 128);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        size_t size = (size_t)snprintf(body, 128, "%s", heads[i]);
        memset(body + size, '[', LEVELS);
        assert_int_equal(v2_decode(&v, body, size + LEVELS, -1), -1);
        check_fault(&v.d.fault);
    }
    free(body);
    v2_close(&v);
}

static void counts_above_their_limits_are_refused(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    v.d.limits.keys = 4;
    v2_refuses(&v, "{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1}", GW_FAULT_TOO_MANY,
               "There are more than 4 keys in an object", "");
    v2_refuses(&v, "{\"parameters\":{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1}}",
               GW_FAULT_TOO_MANY, "There are more than 4 keys in an object",
               "/parameters/e");
    char body[1024] = "{\"inputs\":[";
    for (int name = 'a'; name <= 'e'; name++) {
        size_t size = strlen(body);
        snprintf(body + size, sizeof body - size,
                 "%s{\"name\":\"%c\",\"shape\":[1],\"datatype\":\"INT8\",\"data\":[1]}",
                 name > 'a' ? "," : "", name);
    }
    snprintf(body + strlen(body), sizeof body - strlen(body), "]}");
    v2_refuses(&v, body, GW_FAULT_TOO_MANY, "There are more than 4 inputs", "/inputs/4");
    v2_close(&v);
}

static void an_arena_at_its_maximum_refuses_the_request(void **state)
{
    (void)state;
    struct body body;
    struct v2 v;
    int failed = 0;
    v2_open(&v, plan_of_all_types(0));
    make_body(&body);
    for (size_t max = 1; max < 8192; max += 64) {
        eng_arena_clear(&v.d.arena);
        eng_arena_init(&v.d.arena, max);
        int result = v2_decode(&v, body.bytes, body.size, (int64_t)body.json);
        if (result != 0)
            assert_int_equal(v.d.fault.code, GW_FAULT_NO_MEMORY);
        failed += result != 0;
    }
    assert_true(failed > 10 && failed < 128);
    v2_close(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_cut_at_any_byte_is_refused),
        cmocka_unit_test(a_header_that_lies_is_refused_or_harmless),
        cmocka_unit_test(bent_requests_are_decoded_or_refused_and_nothing_else),
        cmocka_unit_test(bent_binary_data_is_values_or_refused),
        cmocka_unit_test(sizes_in_the_text_ask_for_no_memory),
        cmocka_unit_test(a_hundred_thousand_levels_cost_only_the_first_few),
        cmocka_unit_test(counts_above_their_limits_are_refused),
        cmocka_unit_test(an_arena_at_its_maximum_refuses_the_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
