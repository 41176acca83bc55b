/* SPDX-License-Identifier: MIT
 * One value of a predict body: what each type of feature takes, what it refuses and in
 * which words, and where the pointer then leads (docs/api/tfs.md). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gateway/support/decoding.h"
#include "tests/unit/gateway/support/plans.h"

static int open_all_types(void **state)
{
    struct decoding *d = malloc(sizeof *d);
    decoding_open(d, plan_of_all_types(0));
    *state = d;
    return 0;
}

static int close_it(void **state)
{
    decoding_close(*state);
    free(*state);
    return 0;
}

static void a_value_of_the_wrong_type_is_shown_with_its_type(void **state)
{
    struct decoding *d = *state;
    const struct {
        const char *feature, *value, *type, *expected;
    } cases[] = {
        {"age", "null", "Null", "float"},
        {"age", "true", "True", "float"},
        {"age", "\"1\"", "String", "float"},
        {"age", "[1]", "Array", "float"},
        {"age", "{\"a\":1}", "Object", "float"},
        {"income", "false", "False", "double"},
        {"count", "1.5", "Number", "int64"},
        {"count", "1.0", "Number", "int64"},
        {"count", "1e3", "Number", "int64"},
        {"count", "NaN", "Number", "int64"},
        {"count", "true", "True", "int64"},
        {"count", "null", "Null", "int64"},
        {"member", "1", "Number", "bool"},
        {"member", "\"true\"", "String", "bool"},
        {"city", "1", "Number", "string"},
        {"city", "null", "Null", "string"},
        {"city", "[\"a\"]", "Array", "string"},
        {"tags", "\"a\"", "String", "list of string"},
        {"vec", "\"a\"", "String", "float"},
        {"vec", "null", "Null", "float"},
        {"city", "{\"a\":\"b\"}", "Object", "string"},
        {"city", "{\"b64\":1}", "Object", "string"},
        {"city", "{\"b64\":\"\",\"x\":1}", "Object", "string"},
        {"bag", "1", "Number", "object of numbers or list of string"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char body[200], text[200], pointer[64];
        snprintf(body, sizeof body, "{\"instances\":[{},{\"%s\":%s}]}", cases[i].feature,
                 cases[i].value);
        snprintf(text, sizeof text, "JSON Value: %s Type: %s is not of expected type: %s",
                 cases[i].value, cases[i].type, cases[i].expected);
        snprintf(pointer, sizeof pointer, "/instances/1/%s", cases[i].feature);
        refuses(d, body, GW_FAULT_BAD_TYPE, text, pointer);
    }
}

static void a_value_inside_a_list_is_pointed_at(void **state)
{
    struct decoding *d = *state;
    refuses(d, "{\"instances\":[{\"tags\":[\"a\",7]}]}", GW_FAULT_BAD_TYPE,
            "JSON Value: 7 Type: Number is not of expected type: string",
            "/instances/0/tags/1");
    refuses(d, "{\"instances\":[{\"vec\":[1,true]}]}", GW_FAULT_BAD_TYPE,
            "JSON Value: true Type: True is not of expected type: float",
            "/instances/0/vec/1");
    refuses(d, "{\"instances\":[{\"bag\":{\"x\":1,\"y\":\"2\"}}]}", GW_FAULT_BAD_TYPE,
            "JSON Value: \"2\" Type: String is not of expected type: float",
            "/instances/0/bag/y");
    refuses(d, "{\"instances\":[{\"bag\":{\"#ids\":[1,2.5]}}]}", GW_FAULT_BAD_TYPE,
            "JSON Value: 2.5 Type: Number is not of expected type: int64",
            "/instances/0/bag/#ids/1");
    refuses(d, "{\"instances\":[{}],\"context\":{\"vec\":[1,null]}}", GW_FAULT_BAD_TYPE,
            "JSON Value: null Type: Null is not of expected type: float",
            "/context/vec/1");
}

static void a_long_value_is_shown_to_256_bytes(void **state)
{
    struct decoding *d = *state;
    /* A quote and 85 characters of three bytes are exactly 256. */
    char euros[3 * 200 + 1], body[700], want[GW_FAULT_TEXT];
    for (size_t i = 0; i < 200; i++)
        memcpy(euros + 3 * i, "\xE2\x82\xAC", 4);
    snprintf(body, sizeof body, "{\"instances\":[{\"age\":\"%s\"}]}", euros);
    snprintf(want, sizeof want,
             "JSON Value: \"%.255s Type: String is not of expected type: float", euros);
    refuses(d, body, GW_FAULT_BAD_TYPE, want, "/instances/0/age");
}

static void integers_are_exact_and_bounded(void **state)
{
    struct decoding *d = *state;
    accepts(d, "{\"instances\":[{\"count\":9223372036854775807},"
               "{\"count\":-9223372036854775808},{\"count\":-0}]}");
    assert_true(i64_at(d, "count", 0) == INT64_MAX && i64_at(d, "count", 1) == INT64_MIN);
    assert_true(i64_at(d, "count", 2) == 0);
    refuses(d, "{\"instances\":[{\"count\":9223372036854775808}]}", GW_FAULT_BAD_VALUE,
            "JSON Value: 9223372036854775808 Type: Number is out of the range of int64",
            "/instances/0/count");
}

static void numbers_are_read_as_decided(void **state)
{
    struct decoding *d = *state;
    accepts(
        d,
        "{\"instances\":[{\"age\":-0,\"income\":-0.0},{\"age\":1e-400,\"income\":1e-400},"
        "{\"income\":0.1000000000000000055511151231257827021181583404541015625}]}");
    assert_true(signbit(f32_at(d, "age", 0)) && signbit(f64_at(d, "income", 0)));
    assert_true(f32_at(d, "age", 1) == 0 && f64_at(d, "income", 1) == 0);
    assert_true(f64_at(d, "income", 2) == 0.1);
    /* Rounded to double first, and only then to float: 1 + 2^-24 + 2^-60 is a tie by
     * then, though as a decimal it lies above the middle. */
    accepts(d, "{\"instances\":[{\"age\":1.000000059604644776}]}");
    assert_true(f32_at(d, "age", 0) == 1.0f);
    refuses(d, "{\"instances\":[{\"age\":1e400}]}", GW_FAULT_BAD_VALUE,
            "Number too big to be stored in double: 1e400 at offset: 21",
            "/instances/0/age");
}

static enum gw_infinity infinity_of(struct decoding *d, uint32_t row)
{
    return gw_batch_infinity(d->plan, &d->batch, row);
}

static void an_infinity_that_comes_in_is_found_in_its_row(void **state)
{
    struct decoding *d = *state;
    accepts(d, "{\"instances\":[{\"age\":1},{\"age\":1e39},{\"income\":-Infinity}]}");
    assert_true(isinf(f32_at(d, "age", 1)) && f64_at(d, "income", 2) < 0);
    assert_int_equal(d->batch.infinite, 1);
    assert_int_equal(infinity_of(d, 0), GW_FINITE);
    assert_int_equal(infinity_of(d, 1), GW_INFINITE_ROW);
    assert_int_equal(infinity_of(d, 2), GW_INFINITE_ROW);
    accepts(d, "{\"inputs\":{\"age\":[1,2,Infinity],\"income\":[1,Inf,3]}}");
    assert_int_equal(infinity_of(d, 0), GW_FINITE);
    assert_int_equal(infinity_of(d, 1), GW_INFINITE_ROW);
    assert_int_equal(infinity_of(d, 2), GW_INFINITE_ROW);
    accepts(d, "{\"instances\":[{\"vec\":[1,-Inf]}]}");
    assert_int_equal(infinity_of(d, 0), GW_INFINITE_ROW);
    accepts(d, "{\"instances\":[{\"age\":1}]}");
    assert_int_equal(d->batch.infinite, 0);
    assert_int_equal(infinity_of(d, 0), GW_FINITE);
}

/* A row's own value replaces the context's, and with it the context's infinity. */
static void an_infinity_in_the_context_counts_for_rows_that_take_it(void **state)
{
    struct decoding *d = *state;
    accepts(d, "{\"context\":{\"age\":Infinity},"
               "\"instances\":[{\"age\":1},{\"income\":2},{\"age\":NaN}]}");
    assert_int_equal(infinity_of(d, 0), GW_FINITE);
    assert_int_equal(infinity_of(d, 1), GW_INFINITE_CONTEXT);
    assert_int_equal(infinity_of(d, 2), GW_INFINITE_CONTEXT);
}

static void strict_json_refuses_the_words(void **state)
{
    struct decoding *d = *state;
    d->limits.strict_json = 1;
    refuses(d, "{\"instances\":[{\"age\":NaN}]}", GW_FAULT_BAD_JSON,
            "JSON Parse error: Invalid value. at offset: 21", "/instances/0/age");
    d->limits.strict_json = 0;
}

static void a_vector_has_exactly_its_width(void **state)
{
    struct decoding *d = *state;
    refuses(d, "{\"instances\":[{\"vec\":[1,2,3]}]}", GW_FAULT_BAD_SHAPE,
            "Expecting shape [2] but got: [3]", "/instances/0/vec");
    refuses(d, "{\"instances\":[{\"vec\":[1]}]}", GW_FAULT_BAD_SHAPE,
            "Expecting shape [2] but got: [1]", "/instances/0/vec");
    refuses(d, "{\"instances\":[{\"vec\":[]}]}", GW_FAULT_BAD_SHAPE,
            "Expecting shape [2] but got: [0]", "/instances/0/vec");
    refuses(d, "{\"instances\":[{\"vec\":3}]}", GW_FAULT_BAD_SHAPE,
            "Expecting shape [2] but got: []", "/instances/0/vec");
    refuses(d, "{\"instances\":[{\"vec\":[[1,2]]}]}", GW_FAULT_BAD_TYPE,
            "JSON Value: [1,2] Type: Array is not of expected type: float",
            "/instances/0/vec/0");
}

static void a_bag_is_given_by_names_by_ids_or_as_a_list_of_names(void **state)
{
    struct decoding *d = *state;
    accepts(d, "{\"instances\":[{\"bag\":{\"red\":1,\"blue\":-0.5}},"
               "{\"bag\":{\"#ids\":[-1,9223372036854775807],\"#values\":[2,NaN]}},"
               "{\"bag\":{\"#values\":[3],\"#ids\":[4]}},{\"bag\":{\"#ids\":[5,5]}},"
               "{\"bag\":[\"red\",\"red\"]},{\"bag\":{}},{\"bag\":[]}]}");
    const struct roost_column *bag = column_of(d, "bag");
    const uint32_t starts[] = {0, 2, 4, 5, 7, 9, 9, 9};
    const uint64_t red = roost_feature_id("red", 3), blue = roost_feature_id("blue", 4);
    const uint64_t ids[] = {red, blue, UINT64_MAX, INT64_MAX, 4, 5, 5, red, red};
    const float amounts[] = {1, -0.5f, 2, 0, 3, 1, 1, 1, 1};
    assert_memory_equal(bag->start, starts, sizeof starts);
    assert_memory_equal(bag->ids, ids, sizeof ids);
    for (int i = 0; i < 9; i++)
        assert_true(i == 3 ? isnan(bag->amounts[i]) : bag->amounts[i] == amounts[i]);
}

static void the_forms_of_a_bag_do_not_mix(void **state)
{
    struct decoding *d = *state;
    const char *mixed = "Names cannot stand beside '#ids' and '#values'";
    refuses(d, "{\"instances\":[{\"bag\":{\"#ids\":[1],\"x\":1}}]}", GW_FAULT_BAD_VALUE,
            mixed, "/instances/0/bag/x");
    refuses(d, "{\"instances\":[{\"bag\":{\"x\":1,\"#ids\":[1]}}]}", GW_FAULT_BAD_VALUE,
            mixed, "/instances/0/bag/#ids");
    refuses(d, "{\"instances\":[{\"bag\":{\"#ids\":[1],\"#ids\":[1]}}]}",
            GW_FAULT_DUPLICATE_KEY, "The key #ids stands twice", "/instances/0/bag/#ids");
    refuses(d, "{\"instances\":[{\"bag\":{\"#values\":[1]}}]}", GW_FAULT_MISSING_INPUT,
            "'#values' need '#ids'", "/instances/0/bag");
    refuses(d, "{\"instances\":[{\"bag\":{\"#ids\":[1,2],\"#values\":[1]}}]}",
            GW_FAULT_BAD_SHAPE, "'#ids' has 2 entries but '#values' has 1",
            "/instances/0/bag");
    refuses(d, "{\"instances\":[{\"bag\":{\"#values\":[1,2],\"#ids\":[]}}]}",
            GW_FAULT_BAD_SHAPE, "'#ids' has 0 entries but '#values' has 2",
            "/instances/0/bag");
    refuses(d, "{\"instances\":[{\"bag\":{\"x\":1e39}}]}", GW_FAULT_BAD_VALUE,
            "An amount of a sparse feature must be finite as a float",
            "/instances/0/bag/x");
    refuses(d, "{\"instances\":[{\"bag\":{\"#ids\":[1],\"#values\":[Infinity]}}]}",
            GW_FAULT_BAD_VALUE, "An amount of a sparse feature must be finite as a float",
            "/instances/0/bag/#values/0");
}

static void a_name_stands_once_in_a_bag_of_any_size(void **state)
{
    struct decoding *d = *state;
    refuses(d, "{\"instances\":[{\"bag\":{\"x\":1,\"y\":2,\"x\":3}}]}",
            GW_FAULT_DUPLICATE_KEY, "A name stands twice in a sparse feature",
            "/instances/0/bag");
    for (int repeat = -1; repeat < 40; repeat += 13) {
        char body[1000] = "{\"instances\":[{\"bag\":{";
        size_t size = strlen(body);
        for (int i = 0; i < 40; i++)
            size += (size_t)snprintf(body + size, sizeof body - size, "\"n%d\":1,", i);
        snprintf(body + size, sizeof body - size, "\"n%d\":1}}]}", repeat);
        assert_int_equal(decode_body(d, body) != 0, repeat >= 0);
    }
}

static void base64_stands_for_the_bytes_of_a_string(void **state)
{
    struct decoding *d = *state;
    accepts(d, "{\"instances\":[{\"city\":{\"b64\":\"aGk=\"},\"tags\":[{\"b64\":\"aGk\"},"
               "\"b64\",{\"b64\":\" aG \\n Vs bG8 \"},{\"b64\":\"\"}]}]}");
    assert_true(text_is(d, "city", 0, "hi"));
    assert_true(text_is(d, "tags", 0, "hi") && text_is(d, "tags", 1, "b64"));
    assert_true(text_is(d, "tags", 2, "hello") && text_is(d, "tags", 3, ""));
    const char *bad[] = {"a", "aGk==", "a=k=", "aG-_", "aGkx=", "=", "aGk=aGk="};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char body[100];
        snprintf(body, sizeof body, "{\"instances\":[{\"city\":{\"b64\":\"%s\"}}]}",
                 bad[i]);
        refuses(d, body, GW_FAULT_BAD_VALUE, "Unable to base64 decode",
                "/instances/0/city");
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all_types, close_it)
    const struct CMUnitTest tests[] = {
        TEST(a_value_of_the_wrong_type_is_shown_with_its_type),
        TEST(a_value_inside_a_list_is_pointed_at),
        TEST(a_long_value_is_shown_to_256_bytes),
        TEST(integers_are_exact_and_bounded),
        TEST(numbers_are_read_as_decided),
        TEST(an_infinity_that_comes_in_is_found_in_its_row),
        TEST(an_infinity_in_the_context_counts_for_rows_that_take_it),
        TEST(strict_json_refuses_the_words),
        TEST(a_vector_has_exactly_its_width),
        TEST(a_bag_is_given_by_names_by_ids_or_as_a_list_of_names),
        TEST(the_forms_of_a_bag_do_not_mix),
        TEST(a_name_stands_once_in_a_bag_of_any_size),
        TEST(base64_stands_for_the_bytes_of_a_string),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
