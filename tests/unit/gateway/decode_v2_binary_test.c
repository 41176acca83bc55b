/* SPDX-License-Identifier: MIT
 * The binary data behind an infer request's JSON: as many bytes for each input as it
 * says, little-endian, in the order of the inputs; and raw requests, which have no JSON.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gateway/support/v2.h"

/* An input whose data is binary. */
#define BINARY(name, type, shape, size)                                                  \
    "{\"name\":\"" name "\",\"datatype\":\"" type "\",\"shape\":" shape                  \
    ",\"parameters\":{\"binary_data_size\":" size "}}"

/* The spaces move what follows the JSON. */
static const char *request(const char *inputs, int spaces)
{
    static char text[1024];
    snprintf(text, sizeof text, "%*s{\"inputs\":[%s]}", spaces, "", inputs);
    return text;
}

static void binary_data_follows_the_json_in_the_order_of_the_inputs(void **state)
{
    (void)state;
    struct {
        float vec[4];
        double income[2];
        int64_t count[2];
    } data = {{1, 2, 3, 4}, {10, 20}, {INT64_MAX, -1}};
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    v2_accepts_binary(
        &v,
        request(BINARY("vec", "FP32", "[2,2]", "16") "," BINARY(
                    "income", "FP64", "[2,1]",
                    "16") ",{\"name\":\"age\",\"datatype\":\"FP32\",\"shape\":"
                          "[2],\"data\":[5,6]}," BINARY("count", "INT64", "[2]", "16"),
                0),
        &data, sizeof data);
    assert_true(f32_at(&v.d, "vec", 3) == 4);
    assert_true(f64_at(&v.d, "income", 1) == 20);
    assert_true(i64_at(&v.d, "count", 0) == INT64_MAX);
    assert_true(f32_at(&v.d, "age", 1) == 6);
    v2_close(&v);
}

static void data_that_is_aligned_is_used_in_place_and_other_is_copied(void **state)
{
    (void)state;
    const float data[4] = {1, NAN, 3, INFINITY};
    struct v2 v;
    int in_place = 0;
    v2_open(&v, plan_of_all_types(0));
    for (int spaces = 0; spaces < 8; spaces++) {
        const char *json = request(BINARY("vec", "FP32", "[2,2]", "16"), spaces);
        v2_accepts_binary(&v, json, data, sizeof data);
        const struct roost_column *vec = column_of(&v.d, "vec");
        int inside = (const void *)vec->values == v.d.body + strlen(json);
        assert_int_equal(inside, strlen(json) % sizeof(float) == 0);
        assert_memory_equal(vec->values, data, sizeof data);
        assert_int_equal((uintptr_t)vec->values % sizeof(float), 0);
        assert_int_equal(v.d.batch.infinite, 1);
        in_place += inside;
    }
    assert_int_equal(in_place, 2);
    v2_close(&v);
}

static void every_type_of_number_comes_little_endian(void **state)
{
    (void)state;
    static const struct {
        const char *type, *size;
        uint8_t bytes[16];
        double values[2];
    } cases[] = {
        {"BOOL", "2", {0, 2}, {0, 1}},
        {"UINT8", "2", {0, 255}, {0, 255}},
        {"INT8", "2", {127, 128}, {127, -128}},
        {"UINT16", "4", {1, 2, 255, 255}, {513, 65535}},
        {"INT16", "4", {1, 2, 254, 255}, {513, -2}},
        {"UINT32", "8", {1, 0, 1, 0, 255, 255, 255, 255}, {65537, 4294967295}},
        {"INT32", "8", {1, 0, 1, 0, 255, 255, 255, 255}, {65537, -1}},
        {"UINT64",
         "16",
         {0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 128},
         {4294967296, 0x1p63}},
        {"INT64",
         "16",
         {0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 128},
         {4294967296, -0x1p63}},
        {"FP16", "4", {0, 0x3C, 1, 0x80}, {1, -0x1p-24}},
        {"FP16", "4", {0xFF, 0x7B, 0, 0xFC}, {65504, -INFINITY}},
        {"BF16", "4", {0x80, 0x3F, 0x80, 0xFF}, {1, -INFINITY}},
        {"FP32", "8", {0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0}, {1, -2}},
        {"FP64", "16", {0, 0, 0, 0, 0, 0, 0xF0, 0x3F}, {1, 0}},
    };
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char json[256];
        for (int spaces = 0; spaces < 2; spaces++) {
            snprintf(json, sizeof json,
                     "%*s{\"inputs\":[{\"name\":\"income\",\"datatype\":\"%s\",\"shape\":"
                     "[2],\"parameters\":{\"binary_data_size\":%s}}]}",
                     spaces, "", cases[i].type, cases[i].size);
            v2_accepts_binary(&v, json, cases[i].bytes,
                              (size_t)strtol(cases[i].size, NULL, 10));
            assert_true(f64_at(&v.d, "income", 0) == cases[i].values[0]);
            assert_true(f64_at(&v.d, "income", 1) == cases[i].values[1]);
        }
    }
    static const uint8_t nans[] = {1, 0x7C, 0xC0, 0x7F};
    v2_accepts_binary(&v,
                      request(BINARY("age", "FP16", "[1]",
                                     "2") "," BINARY("income", "BF16", "[1]", "2"),
                              0),
                      nans, sizeof nans);
    assert_true(isnan(f32_at(&v.d, "age", 0)) && isnan(f64_at(&v.d, "income", 0)));
    v2_close(&v);
}

static void bytes_are_lengths_and_texts(void **state)
{
    (void)state;
    static const char data[] = "\3\0\0\0abc\0\0\0\0\2\0\0\0\xFF\0";
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    v2_accepts_binary(&v, request(BINARY("city", "BYTES", "[3,1]", "17"), 0), data, 17);
    assert_true(text_is(&v.d, "city", 0, "abc"));
    assert_true(text_is(&v.d, "city", 1, ""));
    const struct roost_text *city = column_of(&v.d, "city")->values;
    assert_int_equal(city[2].size, 2);
    assert_memory_equal(city[2].at, "\xFF\0", 2);
    v.d.limits.text = 20;
    v2_refuses_binary(&v, request(BINARY("city", "BYTES", "[1]", "25"), 0),
                      "\25\0\0\0aaaaaaaaaaaaaaaaaaaaa", 25, GW_FAULT_TOO_MANY,
                      "There are more than 20 bytes in a string",
                      "/inputs/0/parameters/binary_data_size");
    v2_close(&v);
}

static void lengths_of_bytes_that_lie_are_refused(void **state)
{
    (void)state;
    static const char pointer[] = "/inputs/0/parameters/binary_data_size";
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    v2_refuses_binary(&v, request(BINARY("city", "BYTES", "[1]", "6"), 0), "\3\0\0\0ab",
                      6, GW_FAULT_BAD_VALUE,
                      "incomplete string data for inference input 'city' for model 'm', "
                      "expecting 3 bytes but only 2 bytes available",
                      pointer);
    v2_refuses_binary(&v, request(BINARY("city", "BYTES", "[1]", "4"), 0),
                      "\xFF\xFF\xFF\xFF", 4, GW_FAULT_BAD_VALUE,
                      "incomplete string data for inference input 'city' for model 'm', "
                      "expecting 4294967295 bytes but only 0 bytes available",
                      pointer);
    v2_refuses_binary(&v, request(BINARY("city", "BYTES", "[2]", "8"), 0),
                      "\2\0\0\0ab\0\0", 8, GW_FAULT_BAD_VALUE,
                      "incomplete string length indicator for inference input 'city' for "
                      "model 'm', expecting 4 bytes but only 2 bytes available",
                      pointer);
    v2_refuses_binary(&v, request(BINARY("city", "BYTES", "[1]", "9"), 0),
                      "\1\0\0\0a\0\0\0\0", 9, GW_FAULT_BAD_SHAPE,
                      "unexpected number of string elements 2 for inference input 'city' "
                      "for model 'm', expecting 1",
                      pointer);
    v2_refuses_binary(&v, request(BINARY("city", "BYTES", "[1000000000]", "4"), 0),
                      "\0\0\0\0", 4, GW_FAULT_BAD_SHAPE,
                      "unexpected number of string elements 1 for inference input 'city' "
                      "for model 'm', expecting 1000000000",
                      pointer);
    v2_close(&v);
}

static void sizes_that_disagree_with_the_shape_are_refused(void **state)
{
    (void)state;
    static const uint8_t zeros[64] = {0};
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    v2_refuses_binary(&v, request(BINARY("age", "FP32", "[16,1]", "60"), 0), zeros, 60,
                      GW_FAULT_BAD_SHAPE,
                      "input byte size mismatch for input 'age' for model 'm'. Expected "
                      "64, got 60",
                      "/inputs/0/parameters/binary_data_size");
    v2_refuses_binary(&v, request(BINARY("age", "FP32", "[16,1]", "64"), 0), zeros, 60,
                      GW_FAULT_BAD_REQUEST,
                      "unexpected size for input 'age', expecting 4 additional bytes for "
                      "model 'm'",
                      "/inputs/0/parameters/binary_data_size");
    v2_refuses_binary(&v,
                      request(BINARY("age", "FP32", "[1]", "18446744073709551615"), 0),
                      zeros, 4, GW_FAULT_BAD_REQUEST,
                      "unexpected size for input 'age', expecting 18446744073709551611 "
                      "additional bytes for model 'm'",
                      "/inputs/0/parameters/binary_data_size");
    v2_refuses_binary(&v, request(BINARY("age", "FP32", "[1]", "-4"), 0), zeros, 4,
                      GW_FAULT_BAD_TYPE,
                      "Unable to parse 'binary_data_size': attempt to access JSON "
                      "non-unsigned-integer as unsigned-integer",
                      "/inputs/0/parameters/binary_data_size");
    v2_close(&v);
}

static void bytes_left_over_are_refused(void **state)
{
    (void)state;
    static const uint8_t zeros[8] = {0};
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    v2_refuses_binary(&v, request(BINARY("age", "FP32", "[1,1]", "4"), 0), zeros, 5,
                      GW_FAULT_BAD_REQUEST,
                      "unexpected additional input data for model 'm'", "");
    /* Without the header all of the body is JSON, and no data follows it. */
    v2_refuses(&v, request(BINARY("age", "FP32", "[1,1]", "4"), 0), GW_FAULT_BAD_REQUEST,
               "unexpected size for input 'age', expecting 4 additional bytes for model "
               "'m'",
               "/inputs/0/parameters/binary_data_size");
    v2_close(&v);
}

static void unknown_inputs_take_their_bytes_with_them(void **state)
{
    (void)state;
    const float data[2] = {5, 6};
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    v2_accepts_binary(
        &v,
        request(BINARY("hat", "FP32", "[1]", "4") "," BINARY("age", "FP32", "[1]", "4"),
                0),
        data, sizeof data);
    assert_true(f32_at(&v.d, "age", 0) == 6);
    v2_close(&v);
}

static void a_bag_comes_binary_as_well(void **state)
{
    (void)state;
    const struct {
        int64_t offsets[3];
        uint64_t ids[2];
        float values[2];
    } data = {{0, 1, 2}, {UINT64_MAX, 3}, {1, 2}};
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    for (int spaces = 0; spaces < 8; spaces++) {
        v2_accepts_binary(&v,
                          request(BINARY("bag.offsets", "INT64", "[3]", "24") "," BINARY(
                                      "bag.ids", "INT64", "[2]",
                                      "16") "," BINARY("bag.values", "FP32", "[2]", "8"),
                                  spaces),
                          &data, 48);
        const struct roost_column *bag = column_of(&v.d, "bag");
        assert_true(bag->ids[0] == UINT64_MAX && bag->amounts[1] == 2);
        assert_int_equal((uintptr_t)bag->ids % 8, 0);
        free(scores_of(&v.d));
    }
    const struct {
        int64_t offsets[2];
        float values[1];
    } bad = {{0, -1}, {1}};
    v2_refuses_binary(&v,
                      request(BINARY("bag.offsets", "INT64", "[2]",
                                     "16") "," BINARY("bag.ids", "FP32", "[1]", "4"),
                              0),
                      &bad, 20, GW_FAULT_BAD_VALUE,
                      "input 'bag.offsets' must start with 0, never decrease and stay "
                      "below 2^32: element 1 does not",
                      "/inputs/0");
    v2_close(&v);
}

static void a_raw_request_is_one_row_of_the_one_input(void **state)
{
    (void)state;
    const float row[3] = {1.5f, -2, 1};
    struct v2 v;
    v2_open(&v, plan_by_position());
    v2_accepts_binary(&v, NULL, row, sizeof row);
    assert_int_equal(v.d.batch.rows.n, 1);
    assert_true(f32_at(&v.d, "a", 0) == 1.5f && i64_at(&v.d, "b", 0) == -2);
    assert_int_equal(v.request.output_count, 1);
    assert_int_equal(v.request.outputs[0].binary, 1);
    assert_null(v.request.id.at);
    v2_refuses_binary(&v, NULL, row, 8, GW_FAULT_BAD_SHAPE,
                      "input byte size mismatch for input 'input-0' for model 'm'. "
                      "Expected 12, got 8",
                      "");
    const float bad[3] = {1.5f, 2.5f, 1};
    v2_refuses_binary(&v, NULL, bad, sizeof bad, GW_FAULT_BAD_VALUE,
                      "element 1 of input 'input-0' is 2.5, which is not of type INT64",
                      "");
    v2_close(&v);
    v2_open(&v, plan_of_one_tensor(0));
    v2_accepts_binary(&v, NULL, row, 8);
    assert_true(f32_at(&v.d, "x", 1) == -2);
    v2_close(&v);
}

static void a_raw_text_has_no_length_before_it(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_one_text());
    v2_accepts_binary(&v, NULL, "hello", 5);
    assert_true(text_is(&v.d, "s", 0, "hello"));
    v2_accepts_binary(&v, NULL, "", 0);
    assert_true(text_is(&v.d, "s", 0, ""));
    v.d.limits.text = 4;
    v2_refuses_binary(&v, NULL, "hello", 5, GW_FAULT_TOO_MANY,
                      "There are more than 4 bytes in a string", "");
    v2_close(&v);
}

static void a_raw_request_for_several_inputs_is_refused(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_two_tensors());
    v2_refuses_binary(
        &v, NULL, "", 0, GW_FAULT_BAD_REQUEST,
        "Raw request must only have 1 input (found 1) to be deduced but got "
        "2 inputs in 'm' model configuration",
        "");
    v2_close(&v);
}

static void the_header_is_a_length_within_the_body(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "abc", "-1", "+1", "1 ", "0x10", "1.0"};
    struct gw_fault fault = {.code = GW_FAULT_NONE};
    assert_int_equal(gw_v2_header_length(NULL, 10, &fault), -1);
    assert_int_equal(gw_v2_header_length("0", 10, &fault), 0);
    assert_int_equal(gw_v2_header_length("10", 10, &fault), 10);
    assert_int_equal(gw_v2_header_length("007", 10, &fault), 7);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        fault = (struct gw_fault){.code = GW_FAULT_NONE};
        assert_int_equal(gw_v2_header_length(bad[i], 10, &fault), -2);
        assert_int_equal(fault.code, GW_FAULT_BAD_HEADER);
    }
    static const char *const large[] = {"11", "99999999999", "18446744073709551616",
                                        "99999999999999999999999999999999999999"};
    for (size_t i = 0; i < sizeof large / sizeof *large; i++) {
        char text[160];
        fault = (struct gw_fault){.code = GW_FAULT_NONE};
        assert_int_equal(gw_v2_header_length(large[i], 10, &fault), -2);
        snprintf(text, sizeof text,
                 "Inference-Header-Content-Length is %s, but the body has 10 bytes",
                 large[i]);
        assert_string_equal(fault.text, text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(binary_data_follows_the_json_in_the_order_of_the_inputs),
        cmocka_unit_test(data_that_is_aligned_is_used_in_place_and_other_is_copied),
        cmocka_unit_test(every_type_of_number_comes_little_endian),
        cmocka_unit_test(bytes_are_lengths_and_texts),
        cmocka_unit_test(lengths_of_bytes_that_lie_are_refused),
        cmocka_unit_test(sizes_that_disagree_with_the_shape_are_refused),
        cmocka_unit_test(bytes_left_over_are_refused),
        cmocka_unit_test(unknown_inputs_take_their_bytes_with_them),
        cmocka_unit_test(a_bag_comes_binary_as_well),
        cmocka_unit_test(a_raw_request_is_one_row_of_the_one_input),
        cmocka_unit_test(a_raw_text_has_no_length_before_it),
        cmocka_unit_test(a_raw_request_for_several_inputs_is_refused),
        cmocka_unit_test(the_header_is_a_length_within_the_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
