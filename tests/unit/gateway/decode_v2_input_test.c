/* SPDX-License-Identifier: MIT
 * One input of an infer request, as JSON: which data types a feature takes, what shapes
 * mean, and what its elements may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gateway/support/v2.h"

/* A request of one input. */
static const char *request(const char *name, const char *type, const char *shape,
                           const char *data)
{
    static char text[1024];
    snprintf(text, sizeof text,
             "{\"inputs\":[{\"name\":\"%s\",\"datatype\":\"%s\",\"shape\":%s,\"data\":%s}"
             "]}",
             name, type, shape, data);
    return text;
}

static void every_type_of_number_widens_to_a_number_feature(void **state)
{
    (void)state;
    static const char *const types[] = {"UINT8", "UINT16", "UINT32", "UINT64", "INT8",
                                        "INT16", "INT32",  "INT64",  "FP32",   "FP64"};
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        v2_accepts(&v, request("age", types[i], "[2,1]", "[[7],[100]]"));
        assert_true(f32_at(&v.d, "age", 0) == 7 && f32_at(&v.d, "age", 1) == 100);
        v2_accepts(&v, request("income", types[i], "[2]", "[7,100]"));
        assert_true(f64_at(&v.d, "income", 1) == 100);
        v2_accepts(&v, request("vec", types[i], "[1,2]", "[7,100]"));
        assert_true(f32_at(&v.d, "vec", 1) == 100);
    }
    v2_accepts(&v, request("age", "BOOL", "[2]", "[true,false]"));
    assert_true(f32_at(&v.d, "age", 0) == 1 && f32_at(&v.d, "age", 1) == 0);
    v2_close(&v);
}

static void integers_widen_to_integer_features_and_fractions_do_not(void **state)
{
    (void)state;
    static const char *const whole[] = {"BOOL", "UINT8", "UINT16", "UINT32", "UINT64",
                                        "INT8", "INT16", "INT32",  "INT64"};
    static const char *const lossy[] = {"FP32", "FP64", "BYTES"};
    struct v2 v;
    char text[128];
    v2_open(&v, plan_of_all_types(0));
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        v2_accepts(&v,
                   request("count", whole[i], "[2]", i > 0 ? "[1,7]" : "[true,true]"));
        assert_int_equal(i64_at(&v.d, "count", 1), i > 0 ? 7 : 1);
    }
    for (size_t i = 0; i < sizeof lossy / sizeof *lossy; i++) {
        snprintf(text, sizeof text,
                 "inference input 'count' data-type is '%s', but model 'm' expects "
                 "'INT64'",
                 lossy[i]);
        v2_refuses(&v, request("count", lossy[i], "[1]", i < 2 ? "[1]" : "[\"\"]"),
                   GW_FAULT_BAD_TYPE, text, "/inputs/0/datatype");
    }
    v2_refuses(&v, request("count", "UINT64", "[2]", "[1,9223372036854775808]"),
               GW_FAULT_BAD_VALUE,
               "element 1 of input 'count' is 9.2233720368547758e+18, which is not of "
               "type INT64",
               "/inputs/0/data/1");
    v2_close(&v);
}

static void an_int32_feature_takes_what_fits_32_bits(void **state)
{
    (void)state;
    static const char *const fits[] = {"UINT8", "UINT16", "INT8", "INT16", "INT32"};
    static const char *const wide[] = {"UINT32", "UINT64", "INT64"};
    struct v2 v;
    v2_open(&v, plan_of_integers());
    for (size_t i = 0; i < sizeof fits / sizeof *fits; i++) {
        v2_accepts(&v, request("i", fits[i], "[2,1]", "[3,4]"));
        assert_int_equal(((const int32_t *)column_of(&v.d, "i")->values)[1], 4);
        v2_accepts(&v, request("v", fits[i], "[2,2]", "[1,2,3,4]"));
        assert_int_equal(((const int32_t *)column_of(&v.d, "v")->values)[3], 4);
        double *scores = scores_of(&v.d);
        assert_true(scores[0] == 3 && scores[4] == 7);
        free(scores);
    }
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
        char text[128];
        snprintf(text, sizeof text,
                 "inference input 'i' data-type is '%s', but model 'm' expects 'INT32'",
                 wide[i]);
        v2_refuses(&v, request("i", wide[i], "[1]", "[1]"), GW_FAULT_BAD_TYPE, text,
                   "/inputs/0/datatype");
    }
    v2_accepts(&v, request("w", "INT64", "[1,2]", "[[-9223372036854775808,1]]"));
    assert_true(i64_at(&v.d, "w", 0) == INT64_MIN);
    v2_close(&v);
}

static void texts_and_truth_values_are_taken_by_their_own_features_only(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    v2_accepts(&v, request("city", "BYTES", "[2,1]", "[\"B\\u00e9\",\"\"]"));
    assert_true(text_is(&v.d, "city", 0, "B\xC3\xA9"));
    assert_true(text_is(&v.d, "city", 1, "")); /* empty is not missing */
    v2_accepts(&v, request("member", "BOOL", "[2,1]", "[[true],[false]]"));
    assert_int_equal(((const uint8_t *)column_of(&v.d, "member")->values)[0], 1);
    v2_refuses(&v, request("member", "INT32", "[1]", "[1]"), GW_FAULT_BAD_TYPE,
               "inference input 'member' data-type is 'INT32', but model 'm' expects "
               "'BOOL'",
               "/inputs/0/datatype");
    v2_refuses(&v, request("city", "FP32", "[1]", "[1]"), GW_FAULT_BAD_TYPE,
               "inference input 'city' data-type is 'FP32', but model 'm' expects "
               "'BYTES'",
               "/inputs/0/datatype");
    v2_refuses(&v, request("age", "BYTES", "[1]", "[\"1\"]"), GW_FAULT_BAD_TYPE,
               "inference input 'age' data-type is 'BYTES', but model 'm' expects 'FP32'",
               "/inputs/0/datatype");
    v2_refuses(&v, request("age", "STRING", "[1]", "[1]"), GW_FAULT_BAD_TYPE,
               "Unable to parse 'datatype': 'STRING' is not a data type",
               "/inputs/0/datatype");
    v2_close(&v);
}

static void fp16_and_bf16_come_binary_only(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    v2_refuses(&v, request("age", "FP16", "[1]", "[1]"), GW_FAULT_BAD_TYPE,
               "receiving FP16 data via JSON is not supported. Please use the binary "
               "data format for input 'age'",
               "/inputs/0/data");
    v2_refuses(&v, request("age", "BF16", "[1]", "[1]"), GW_FAULT_BAD_TYPE,
               "receiving BF16 data via JSON is not supported. Please use the binary "
               "data format for input 'age'",
               "/inputs/0/data");
    v2_close(&v);
}

static void an_integer_must_be_within_its_data_type(void **state)
{
    (void)state;
    static const struct {
        const char *type, *low, *high, *below, *above;
    } cases[] = {
        {"INT8", "-128", "127", "-129", "128"},
        {"UINT8", "0", "255", "-1", "256"},
        {"INT16", "-32768", "32767", "-32769", "32768"},
        {"UINT16", "0", "65535", "-1", "65536"},
        {"INT32", "-2147483648", "2147483647", "-2147483649", "2147483648"},
        {"UINT32", "0", "4294967295", "-1", "4294967296"},
        {"INT64", "-9223372036854775808", "9223372036854775807", "-9223372036854775809",
         "9223372036854775808"},
        {"UINT64", "0", "18446744073709551615", "-1", "18446744073709551616"},
    };
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char data[64], text[128];
        snprintf(data, sizeof data, "[%s,%s]", cases[i].low, cases[i].high);
        v2_accepts(&v, request("income", cases[i].type, "[2]", data));
        assert_true(f64_at(&v.d, "income", 0) == strtod(cases[i].low, NULL));
        assert_true(f64_at(&v.d, "income", 1) == strtod(cases[i].high, NULL));
        for (int above = 0; above < 2; above++) {
            const char *number = above ? cases[i].above : cases[i].below;
            snprintf(data, sizeof data, "[0,[%s]]", number);
            snprintf(text, sizeof text,
                     "Unable to parse 'data': %s is out of the range "
                     "of %s",
                     number, cases[i].type);
            v2_refuses(&v, request("income", cases[i].type, "[2]", data),
                       GW_FAULT_BAD_VALUE, text, "/inputs/0/data/1/0");
        }
    }
    v2_close(&v);
}

static void a_value_of_another_kind_is_refused_where_it_stands(void **state)
{
    (void)state;
    static const struct {
        const char *name, *type, *value, *text;
    } cases[] = {
        {"age", "FP32", "\"1\"", "non-number as double"},
        {"age", "FP32", "null", "non-number as double"},
        {"age", "FP32", "{}", "non-number as double"},
        {"age", "FP64", "true", "non-number as double"},
        {"count", "INT64", "1.5", "non-signed-integer as signed-integer"},
        {"count", "INT64", "NaN", "non-signed-integer as signed-integer"},
        {"count", "INT8", "false", "non-signed-integer as signed-integer"},
        {"count", "UINT8", "1.5", "non-unsigned-integer as unsigned-integer"},
        {"count", "UINT64", "\"\"", "non-unsigned-integer as unsigned-integer"},
        {"member", "BOOL", "1", "non-boolean as boolean"},
        {"city", "BYTES", "1", "non-string as string"},
    };
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char data[64], text[128];
        snprintf(data, sizeof data, "[[%s]]", cases[i].value);
        snprintf(text, sizeof text, "Unable to parse 'data': attempt to access JSON %s",
                 cases[i].text);
        v2_refuses(&v, request(cases[i].name, cases[i].type, "[1]", data),
                   GW_FAULT_BAD_TYPE, text, "/inputs/0/data/0/0");
    }
    /* Deeper than a pointer goes, the list is named. */
    v2_refuses(&v, request("age", "FP32", "[1]", "[[[[[[[[[null]]]]]]]]]"),
               GW_FAULT_BAD_TYPE,
               "Unable to parse 'data': attempt to access JSON non-number as double",
               "/inputs/0/data");
    v2_refuses(&v, request("age", "FP32", "[2]", "[[],1,[[],{}]]"), GW_FAULT_BAD_TYPE,
               "Unable to parse 'data': attempt to access JSON non-number as double",
               "/inputs/0/data/2/1");
    v2_refuses(&v, request("age", "FP32", "[1]", "1"), GW_FAULT_BAD_TYPE,
               "Unable to parse 'data': attempt to access JSON non-array as array",
               "/inputs/0/data");
    v2_close(&v);
}

static void nan_is_missing_and_an_infinity_is_remembered(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    v2_accepts(&v, request("age", "FP32", "[3]", "[NaN,-Infinity,1]"));
    assert_true(isnan(f32_at(&v.d, "age", 0)));
    assert_int_equal(v.d.batch.infinite, 1);
    assert_int_equal(gw_batch_infinity(v.d.plan, &v.d.batch, 1), GW_INFINITE_ROW);
    assert_int_equal(gw_batch_infinity(v.d.plan, &v.d.batch, 2), GW_FINITE);
    /* income, count, member and city in three rows, and one age. */
    assert_int_equal(v.d.batch.missing_features, 13);
    v2_accepts(&v, request("age", "FP64", "[1]", "[1e39]"));
    assert_int_equal(v.d.batch.infinite, 1); /* as a float it is one */
    v.d.limits.strict_json = 1;
    v2_refuses(&v, request("age", "FP32", "[1]", "[NaN]"), GW_FAULT_BAD_JSON,
               "JSON Parse error: Invalid value. at offset: 63", "/inputs/0/data/0");
    v2_close(&v);
}

static void a_number_beyond_all_doubles_is_refused_and_one_below_is_0(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    v2_refuses(&v, request("income", "FP64", "[2]", "[1,1e400]"), GW_FAULT_BAD_VALUE,
               "Number too big to be stored in double: 1e400 at offset: 68",
               "/inputs/0/data/1");
    v2_accepts(&v, request("income", "FP64", "[1]", "[1e-400]"));
    assert_true(f64_at(&v.d, "income", 0) == 0);
    v2_close(&v);
}

static void the_nesting_of_data_is_free_but_its_count_is_not(void **state)
{
    (void)state;
    static const char *const good[] = {"[1,2,3,4]", "[[1,2],[3,4]]",
                                       "[[[1]],2,[[3,[4]]]]", "[[],[1,2,3],[4],[]]"};
    static const char *const bad[] = {"[]", "[1,2,3]", "[1,2,3,4,5]", "[[1,2],[3]]",
                                      "[[[1,2,3,4],5]]"};
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        v2_accepts(&v, request("vec", "FP32", "[2,2]", good[i]));
        assert_true(f32_at(&v.d, "vec", 3) == 4);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        v2_refuses(
            &v, request("vec", "FP32", "[2,2]", bad[i]), GW_FAULT_BAD_SHAPE,
            "Unable to parse 'data': Shape does not match true shape of 'data' field",
            "/inputs/0/data");
    v2_close(&v);
}

static void a_dimension_is_not_negative(void **state)
{
    (void)state;
    static const char *const shapes[] = {"[-1,1]", "[1.5,1]", "[\"1\",1]", "[null,1]",
                                         "[18446744073709551616,1]"};
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        v2_refuses(&v, request("age", "FP32", shapes[i], "[1]"), GW_FAULT_BAD_TYPE,
                   "Unable to parse 'shape': attempt to access JSON "
                   "non-unsigned-integer as unsigned-integer",
                   "/inputs/0/shape/0");
    v2_refuses(&v, request("age", "FP32", "2", "[1]"), GW_FAULT_BAD_TYPE,
               "Unable to parse 'shape': attempt to access JSON non-array as array",
               "/inputs/0/shape");
    v2_close(&v);
}

static void a_product_of_dimensions_that_overflows_is_refused(void **state)
{
    (void)state;
    static const char *const shapes[] = {"[2,4611686018427387905]",
                                         "[18446744073709551615,2]",
                                         "[4294967296,4294967296,4294967296,4294967296]"};
    char text[256];
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        snprintf(text, sizeof text,
                 "shape %s for input 'vec' causes total element count to exceed maximum "
                 "size of 9223372036854775807",
                 shapes[i]);
        v2_refuses(&v, request("vec", "FP32", shapes[i], "[1]"), GW_FAULT_BAD_SHAPE, text,
                   "/inputs/0/data");
    }
    v2_refuses(&v, request("vec", "FP32", "[4,1152921504606846978]", "[1]"),
               GW_FAULT_BAD_SHAPE, "byte size overflow for input 'vec'",
               "/inputs/0/data");
    /* A large product that overflows nothing asks for no memory either. */
    v2_refuses(&v, request("vec", "FP32", "[1099511627776,2]", "[1]"), GW_FAULT_BAD_SHAPE,
               "Unable to parse 'data': Shape does not match true shape of 'data' field",
               "/inputs/0/data");
    v2_close(&v);
}

static void a_zero_size_dimension_makes_an_empty_tensor(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    v2_accepts(&v, request("vec", "FP32", "[0,2]", "[]"));
    assert_int_equal(v.d.batch.rows.n, 0);
    v2_refuses(&v, request("vec", "FP32", "[2,0]", "[]"), GW_FAULT_BAD_SHAPE,
               "unexpected shape for input 'vec' for model 'm'. Expected [-1,2], got "
               "[2,0]",
               "/inputs/0/shape");
    v2_refuses(
        &v, request("vec", "FP32", "[0,4611686018427387904,4611686018427387904]", "[]"),
        GW_FAULT_BAD_SHAPE,
        "unexpected shape for input 'vec' for model 'm'. Expected [-1,2], got "
        "[0,4611686018427387904,4611686018427387904]",
        "/inputs/0/shape");
    v2_close(&v);
}

static void a_shape_is_rows_or_rows_by_width(void **state)
{
    (void)state;
    static const char *const bad[] = {"[]", "[1,2]", "[1,1,1]"};
    static const char *const data[] = {"[1]", "[1,2]", "[1]"};
    char text[128];
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(
            text, sizeof text,
            "unexpected shape for input 'age' for model 'm'. Expected [-1,1], got %s",
            bad[i]);
        v2_refuses(&v, request("age", "FP32", bad[i], data[i]), GW_FAULT_BAD_SHAPE, text,
                   "/inputs/0/shape");
    }
    v2_refuses(&v, request("vec", "FP32", "[2]", "[1,2]"), GW_FAULT_BAD_SHAPE,
               "unexpected shape for input 'vec' for model 'm'. Expected [-1,2], got [2]",
               "/inputs/0/shape");
    v2_close(&v);
}

static void name_shape_and_datatype_must_be_there(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{\"inputs\":[{\"shape\":[1],\"datatype\":\"FP32\",\"data\":[1]}]}",
        "{\"inputs\":[{\"name\":\"age\",\"datatype\":\"FP32\",\"data\":[1]}]}",
        "{\"inputs\":[{\"name\":\"age\",\"shape\":[1],\"data\":[1]}]}"};
    static const char *const names[] = {"name", "shape", "datatype"};
    char text[128];
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    for (size_t i = 0; i < 3; i++) {
        snprintf(text, sizeof text,
                 "Unable to parse '%s': attempt to access non-existing object member "
                 "'%s'",
                 names[i], names[i]);
        v2_refuses(&v, bodies[i], GW_FAULT_BAD_REQUEST, text, "/inputs/0");
    }
    v2_refuses(&v, "{\"inputs\":[1]}", GW_FAULT_BAD_TYPE,
               "Unable to parse 'inputs': attempt to access JSON non-object as object",
               "/inputs/0");
    v2_close(&v);
}

static void exactly_one_of_data_binary_size_and_shared_memory_is_set(void **state)
{
    (void)state;
    static const char *const members[] = {
        "", ",\"data\":[1],\"parameters\":{\"binary_data_size\":4}",
        ",\"parameters\":{\"shared_memory_region\":\"r\",\"binary_data_size\":4}"};
    static const char *const ends[] = {" no field is set",
                                       " set 'data' 'binary_data_size'",
                                       " set 'binary_data_size' 'shared_memory_region'"};
    char body[256], text[256];
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    for (size_t i = 0; i < 3; i++) {
        snprintf(
            body, sizeof body,
            "{\"inputs\":[{\"name\":\"age\",\"shape\":[1],\"datatype\":\"FP32\"%s}]}",
            members[i]);
        snprintf(text, sizeof text,
                 "Input must set only one of the following fields: 'data', "
                 "'binary_data_size' in 'parameters', 'shared_memory_region' in "
                 "'parameters'. But%s",
                 ends[i]);
        v2_refuses(&v, body, GW_FAULT_BAD_REQUEST, text, "/inputs/0");
    }
    v2_refuses(&v,
               "{\"inputs\":[{\"name\":\"age\",\"shape\":[1],\"datatype\":\"FP32\","
               "\"parameters\":{\"shared_memory_region\":\"r\"}}]}",
               GW_FAULT_BAD_REQUEST,
               "Shared memory is not supported: send the elements as 'data' or with "
               "'binary_data_size'",
               "/inputs/0/parameters/shared_memory_region");
    v2_close(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_of_number_widens_to_a_number_feature),
        cmocka_unit_test(integers_widen_to_integer_features_and_fractions_do_not),
        cmocka_unit_test(an_int32_feature_takes_what_fits_32_bits),
        cmocka_unit_test(texts_and_truth_values_are_taken_by_their_own_features_only),
        cmocka_unit_test(fp16_and_bf16_come_binary_only),
        cmocka_unit_test(an_integer_must_be_within_its_data_type),
        cmocka_unit_test(a_value_of_another_kind_is_refused_where_it_stands),
        cmocka_unit_test(nan_is_missing_and_an_infinity_is_remembered),
        cmocka_unit_test(a_number_beyond_all_doubles_is_refused_and_one_below_is_0),
        cmocka_unit_test(the_nesting_of_data_is_free_but_its_count_is_not),
        cmocka_unit_test(a_dimension_is_not_negative),
        cmocka_unit_test(a_product_of_dimensions_that_overflows_is_refused),
        cmocka_unit_test(a_zero_size_dimension_makes_an_empty_tensor),
        cmocka_unit_test(a_shape_is_rows_or_rows_by_width),
        cmocka_unit_test(name_shape_and_datatype_must_be_there),
        cmocka_unit_test(exactly_one_of_data_binary_size_and_shared_memory_is_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
