/* SPDX-License-Identifier: MIT
 * The dense input of an infer request: a matrix whose columns are features by position,
 * or the one vector; what it may be called, and what its cells may hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/gateway/support/v2.h"

static void the_dense_input_is_called_input_0_or_anything_when_alone(void **state)
{
    (void)state;
    static const char *const names[] = {"input-0", "dense_1"};
    struct v2 v;
    v2_open(&v, plan_by_position());
    for (size_t i = 0; i < 2; i++) {
        char text[200];
        snprintf(text, sizeof text,
                 "{\"inputs\":[{\"name\":\"%s\",\"shape\":[2,3],\"datatype\":\"FP32\","
                 "\"data\":[[1.5,2,1],[NaN,-3,NaN]]}]}",
                 names[i]);
        v2_accepts(&v, text);
        assert_true(f32_at(&v.d, "a", 0) == 1.5f && isnan(f32_at(&v.d, "a", 1)));
        assert_int_equal(i64_at(&v.d, "b", 1), -3);
        assert_int_equal(column_of(&v.d, "c")->present[1], 0);
        assert_int_equal(v.d.batch.missing_features, 2);
    }
    /* Beside another input the name tells. */
    v2_accepts(&v, "{\"inputs\":[{\"name\":\"dense_1\",\"shape\":[1,3],\"datatype\":"
                   "\"FP32\",\"data\":[1,2,1]},{\"name\":\"a\",\"shape\":[1],"
                   "\"datatype\":\"FP32\",\"data\":[4]}]}");
    assert_int_equal(v.d.batch.unknown_features, 1);
    v2_close(&v);
}

static void a_cell_of_the_dense_input_must_be_what_its_feature_is(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_by_position());
    v2_refuses(&v,
               "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,3],\"datatype\":\"FP64\","
               "\"data\":[[1,2.5,1]]}]}",
               GW_FAULT_BAD_VALUE,
               "element 1 of input 'x' is 2.5, which is not of type INT64",
               "/inputs/0/data/0/1");
    v2_refuses(&v,
               "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,3],\"datatype\":\"INT32\","
               "\"data\":[1,2,2]}]}",
               GW_FAULT_BAD_VALUE,
               "element 2 of input 'x' is 2, which is not of type BOOL",
               "/inputs/0/data/2");
    v2_refuses(&v,
               "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,2],\"datatype\":\"FP32\","
               "\"data\":[1,2]}]}",
               GW_FAULT_BAD_SHAPE,
               "unexpected shape for input 'x' for model 'm'. Expected [-1,3], got [1,2]",
               "/inputs/0/shape");
    v2_refuses(&v,
               "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,3],\"datatype\":\"BYTES\","
               "\"data\":[\"\",\"\",\"\"]}]}",
               GW_FAULT_BAD_TYPE,
               "inference input 'x' data-type is 'BYTES', but model 'm' expects 'FP32'",
               "/inputs/0/datatype");
    /* Integers keep all their digits. */
    v2_accepts(&v, "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,3],\"datatype\":\"INT64\","
                   "\"data\":[1,9007199254740993,1]}]}");
    assert_int_equal(i64_at(&v.d, "b", 0), 9007199254740993);
    v2_close(&v);
}

static void a_dense_input_of_doubles_holds_integers_too(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_wide_positions());
    v2_accepts(&v, "{\"inputs\":[{\"name\":\"x\",\"shape\":[2,2],\"datatype\":"
                   "\"FP64\",\"data\":[0.1,-9223372036854775808,0.2,NaN]}]}");
    assert_true(f64_at(&v.d, "a", 0) == 0.1);
    assert_true(i64_at(&v.d, "b", 0) == INT64_MIN);
    assert_int_equal(column_of(&v.d, "b")->present[1], 0);
    v2_refuses(
        &v,
        "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,2],\"datatype\":\"FP64\","
        "\"data\":[0.1,9223372036854775808]}]}",
        GW_FAULT_BAD_VALUE,
        "element 1 of input 'x' is 9.2233720368547758e+18, which is not of type INT64",
        "/inputs/0/data/1");
    /* Once by position and once by name is twice. */
    v2_refuses(&v,
               "{\"inputs\":[{\"name\":\"a\",\"shape\":[1],\"datatype\":\"FP64\","
               "\"data\":[1]},{\"name\":\"input-0\",\"shape\":[1,2],\"datatype\":"
               "\"FP64\",\"data\":[0,1]}]}",
               GW_FAULT_DUPLICATE_KEY, "input 'input-0' already exists in request",
               "/inputs/1/name");
    v2_close(&v);
}

static void a_dense_vector_is_called_as_one_likes_too(void **state)
{
    (void)state;
    for (int positions = 0; positions < 2; positions++) {
        struct v2 v;
        v2_open(&v, plan_of_one_tensor(positions));
        v2_accepts(&v, "{\"inputs\":[{\"name\":\"serving_x\",\"shape\":[1,2],"
                       "\"datatype\":\"FP32\",\"data\":[1,2]}]}");
        assert_true(f32_at(&v.d, "x", 1) == 2);
        v2_close(&v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_dense_input_is_called_input_0_or_anything_when_alone),
        cmocka_unit_test(a_cell_of_the_dense_input_must_be_what_its_feature_is),
        cmocka_unit_test(a_dense_input_of_doubles_holds_integers_too),
        cmocka_unit_test(a_dense_vector_is_called_as_one_likes_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
