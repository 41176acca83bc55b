/* SPDX-License-Identifier: MIT
 * Classify and regress bodies: each sentence of TensorFlow Serving's rules for examples,
 * and each text that a client of it may look for (docs/api/tfs.md). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gateway/support/examples.h"
#include "tests/unit/gateway/support/plans.h"

static int open_all_types(void **state)
{
    struct decoding *d = malloc(sizeof *d);
    assert_non_null(d);
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

static int bool_at(const struct decoding *d, const char *feature, uint32_t i)
{
    const struct roost_column *column = column_of(d, feature);
    assert_non_null(column);
    return ((const uint8_t *)column->values)[i];
}

static void an_example_gives_each_feature_a_value_or_a_list(void **state)
{
    struct decoding *d = *state;
    takes(d, "{\"signature_name\":\"\",\"context\":{\"income\":5},\"examples\":["
             "{\"age\":80.0,\"count\":7,\"member\":true,\"city\":\"Bern\","
             "\"tags\":[\"a\",\"b\"],\"bag\":[\"k\"],\"vec\":[1.5,2.0]},"
             "{\"age\":[81],\"count\":[8],\"member\":[0],\"city\":[\"Rome\"],"
             "\"tags\":\"c\",\"bag\":\"k\",\"vec\":[3,4]}]}");
    assert_int_equal(d->batch.rows.n, 2);
    assert_int_equal(d->batch.form, GW_FORM_ROWS);
    assert_true(f32_at(d, "age", 0) == 80 && f32_at(d, "age", 1) == 81);
    assert_true(i64_at(d, "count", 0) == 7 && i64_at(d, "count", 1) == 8);
    assert_true(bool_at(d, "member", 0) == 1 && bool_at(d, "member", 1) == 0);
    assert_true(text_is(d, "city", 0, "Bern") && text_is(d, "city", 1, "Rome"));
    assert_int_equal(column_of(d, "tags")->start[1], 2);
    assert_int_equal(column_of(d, "tags")->start[2], 3);
    assert_true(text_is(d, "tags", 2, "c"));
    const struct roost_column *bag = column_of(d, "bag");
    assert_true(bag->start[2] == 2 && bag->ids[1] == roost_feature_id("k", 1) &&
                bag->amounts[1] == 1);
    assert_true(f32_at(d, "vec", 1) == 2 && f32_at(d, "vec", 2) == 3);
    assert_true(((const double *)context_of(d, "income")->values)[0] == 5);
    double *scores = scores_of(d);
    assert_true(scores[0] == 92 && scores[1] == 94);
    free(scores);
}

static void examples_must_be_there_and_be_a_list_that_is_not_empty(void **state)
{
    struct decoding *d = *state;
    rejects(d, "{\"instances\":[{}]}", GW_FAULT_MISSING_INPUT,
            "When method is classify, key 'examples' is expected and was not found", "");
    assert_int_equal(decode_examples(d, GW_EXAMPLES_REGRESS, "{}", 2), -1);
    assert_string_equal(
        d->fault.text,
        "When method is regress, key 'examples' is expected and was not found");
    rejects(d, "{\"examples\":[]}", GW_FAULT_MISSING_INPUT,
            "'examples' value is an empty array", "/examples");
    rejects(d, "{\"examples\":{\"age\":1}}", GW_FAULT_BAD_TYPE,
            "Expecting 'examples' value to be an list/array", "/examples");
    rejects(d, "[]", GW_FAULT_BAD_TYPE,
            "JSON Value: [] Type: Array is not of expected type: object", "");
    rejects(d, "", GW_FAULT_BAD_JSON, "JSON Parse error: The document is empty", "");
    rejects(d, "{\"examples\":[{}]} x", GW_FAULT_BAD_JSON,
            "JSON Parse error: The document root must not be followed by other values. "
            "at offset: 18",
            "");
}

static void an_example_must_be_an_object(void **state)
{
    struct decoding *d = *state;
    rejects(d, "{\"examples\":[{},[1]]}", GW_FAULT_BAD_TYPE,
            "Example must be JSON object but got JSON Array", "/examples/1");
    rejects(d, "{\"examples\":[7]}", GW_FAULT_BAD_TYPE,
            "Example must be JSON object but got JSON Number", "/examples/0");
    rejects(d, "{\"examples\":[null]}", GW_FAULT_BAD_TYPE,
            "Example must be JSON object but got JSON Null", "/examples/0");
    rejects(d, "{\"examples\":[{}],\"context\":\"u\"}", GW_FAULT_BAD_TYPE,
            "Example must be JSON object but got JSON String", "/context");
}

static void context_stands_beside_examples_in_any_order(void **state)
{
    struct decoding *d = *state;
    takes(d, "{\"examples\":[{\"age\":1},{\"income\":3}],\"extra\":[{\"a\":null}],"
             "\"context\":{\"income\":10,\"age\":[100],\"count\":true,\"tags\":[\"u\"]},"
             "\"signature_name\":\"serving_default\"}");
    assert_int_equal(context_of(d, "tags")->start[1], 1);
    /* An example's own value wins; a truth value is an integer. */
    double *scores = scores_of(d);
    assert_true(scores[0] == 12 && scores[1] == 104);
    free(scores);
    rejects(d, "{\"examples\":[{}],\"context\":{\"age\":null}}", GW_FAULT_BAD_TYPE,
            "Feature: age has element with unexpected JSON type: Null", "/context/age");
    rejects(d, "{\"examples\":[{}],\"context\":{},\"context\":{}}",
            GW_FAULT_DUPLICATE_KEY, "The key \"context\" stands twice", "/context");
    rejects(d, "{\"examples\":[{}],\"examples\":[{}]}", GW_FAULT_DUPLICATE_KEY,
            "The key \"examples\" stands twice", "/examples");
}

static void a_truth_value_is_the_integer_0_or_1(void **state)
{
    struct decoding *d = *state;
    takes(d, "{\"examples\":[{\"count\":true,\"age\":false,\"income\":[true],"
             "\"member\":1,\"vec\":[true,0]}]}");
    assert_int_equal(i64_at(d, "count", 0), 1);
    assert_true(f32_at(d, "age", 0) == 0 && f64_at(d, "income", 0) == 1);
    assert_int_equal(bool_at(d, "member", 0), 1);
    assert_true(f32_at(d, "vec", 0) == 1 && f32_at(d, "vec", 1) == 0);
    rejects(d, "{\"examples\":[{\"member\":2}]}", GW_FAULT_BAD_TYPE,
            "JSON Value: 2 Type: Number is not of expected type: bool",
            "/examples/0/member");
    rejects(d, "{\"examples\":[{\"member\":tru}]}", GW_FAULT_BAD_JSON,
            "JSON Parse error: Invalid value. at offset: 23", "/examples/0/member");
}

static void mixed_kinds_in_one_feature_are_refused(void **state)
{
    struct decoding *d = *state;
    rejects(d, "{\"examples\":[{\"vec\":[1,2.5]}]}", GW_FAULT_BAD_TYPE,
            "Unexpected element type in feature: vec expecting type: int64",
            "/examples/0/vec/1");
    rejects(d, "{\"examples\":[{\"vec\":[1.0,true]}]}", GW_FAULT_BAD_TYPE,
            "Unexpected element type in feature: vec expecting type: float",
            "/examples/0/vec/1");
    rejects(d, "{\"examples\":[{\"tags\":[\"a\",{\"b64\":\"aGk=\"},1]}]}",
            GW_FAULT_BAD_TYPE,
            "Unexpected element type in feature: tags expecting type: bytes",
            "/examples/0/tags/2");
    /* In an unknown feature too; 1e0 and NaN are decimals, in the parser's eyes. */
    rejects(d, "{\"examples\":[{\"hat\":[1,\"a\"]}]}", GW_FAULT_BAD_TYPE,
            "Unexpected element type in feature: hat expecting type: int64",
            "/examples/0/hat/1");
    takes(d, "{\"examples\":[{\"vec\":[1e0,NaN],\"hat\":[1,true,-3]}]}");
    /* Each example has its own kinds. */
    takes(d, "{\"examples\":[{\"age\":1},{\"age\":1.5},{\"age\":true}]}");
}

static void an_integer_beyond_int64_is_refused_or_a_float(void **state)
{
    struct decoding *d = *state;
    const char *text = "Feature: count has uint64 element. Only int64_t is supported.";
    rejects(d, "{\"examples\":[{\"count\":9223372036854775808}]}", GW_FAULT_BAD_VALUE,
            text, "/examples/0/count");
    rejects(d, "{\"examples\":[{\"count\":[18446744073709551615]}]}", GW_FAULT_BAD_VALUE,
            text, "/examples/0/count/0");
    rejects(d, "{\"examples\":[{\"hat\":9223372036854775808}]}", GW_FAULT_BAD_VALUE,
            "Feature: hat has uint64 element. Only int64_t is supported.",
            "/examples/0/hat");
    rejects(d, "{\"examples\":[{\"age\":9223372036854775808}]}", GW_FAULT_BAD_VALUE,
            "Feature: age has uint64 element. Only int64_t is supported.",
            "/examples/0/age");
    rejects(d, "{\"examples\":[{\"count\":18446744073709551616}]}", GW_FAULT_BAD_TYPE,
            "Name: <unknown>, Key: count, Index: 0.  Data types don't match. Data type: "
            "float but expected type: int64",
            "/examples/0/count");
    takes(d, "{\"examples\":[{\"count\":9223372036854775807,\"income\":1.5},"
             "{\"count\":-9223372036854775808,\"age\":18446744073709551616,"
             "\"income\":-9223372036854775809}]}");
    assert_true(i64_at(d, "count", 0) == INT64_MAX && i64_at(d, "count", 1) == INT64_MIN);
    assert_true(f32_at(d, "age", 1) == 0x1p64f && f64_at(d, "income", 1) == -0x1p63);
}

static void null_and_nested_arrays_are_refused(void **state)
{
    struct decoding *d = *state;
    rejects(d, "{\"examples\":[{\"age\":null}]}", GW_FAULT_BAD_TYPE,
            "Feature: age has element with unexpected JSON type: Null",
            "/examples/0/age");
    rejects(d, "{\"examples\":[{\"vec\":[[1,2]]}]}", GW_FAULT_BAD_TYPE,
            "Feature: vec has element with unexpected JSON type: Array",
            "/examples/0/vec/0");
    rejects(d, "{\"examples\":[{\"tags\":[\"a\",null]}]}", GW_FAULT_BAD_TYPE,
            "Feature: tags has element with unexpected JSON type: Null",
            "/examples/0/tags/1");
    rejects(d, "{\"examples\":[{\"hat\":[[]]}]}", GW_FAULT_BAD_TYPE,
            "Feature: hat has element with unexpected JSON type: Array",
            "/examples/0/hat/0");
    rejects(d, "{\"examples\":[{\"city\":{\"b64\":\"aGk=\",\"a\":1}}]}",
            GW_FAULT_BAD_TYPE,
            "Feature: city has element with unexpected JSON type: Object",
            "/examples/0/city");
    rejects(d, "{\"examples\":[{\"age\":{}}]}", GW_FAULT_BAD_TYPE,
            "Feature: age has element with unexpected JSON type: Object",
            "/examples/0/age");
}

static void base64_stands_for_the_bytes_of_strings_only(void **state)
{
    struct decoding *d = *state;
    takes(d, "{\"examples\":[{\"city\":{\"b64\":\"aGk=\"},\"tags\":[{\"b64\":\"\"},"
             "{\"b64\":\" a G k \"}],\"bag\":{\"b64\":\"aw==\"}},"
             "{\"city\":[{\"b64\":\"aGk\"}]}]}");
    assert_true(text_is(d, "city", 0, "hi") && text_is(d, "city", 1, "hi"));
    assert_true(text_is(d, "tags", 0, "") && text_is(d, "tags", 1, "hi"));
    assert_true(column_of(d, "bag")->ids[0] == roost_feature_id("k", 1));
    rejects(d, "{\"examples\":[{\"city\":{\"b64\":\"a\"}}]}", GW_FAULT_BAD_VALUE,
            "Unable to base64 decode", "/examples/0/city");
    rejects(d, "{\"examples\":[{\"hat\":[{\"b64\":\"_w\"}]}]}", GW_FAULT_BAD_VALUE,
            "Unable to base64 decode", "/examples/0/hat/0");
    rejects(d, "{\"examples\":[{\"age\":{\"b64\":\"aGk=\"}}]}", GW_FAULT_BAD_TYPE,
            "Name: <unknown>, Key: age, Index: 0.  Data types don't match. Data type: "
            "string but expected type: float",
            "/examples/0/age");
    rejects(d, "{\"examples\":[{\"city\":{\"b64\":7}}]}", GW_FAULT_BAD_TYPE,
            "Feature: city has element with unexpected JSON type: Object",
            "/examples/0/city");
}

static void a_value_must_be_of_the_type_that_the_schema_gives(void **state)
{
    struct decoding *d = *state;
    rejects(d, "{\"examples\":[{},{\"count\":1.5}]}", GW_FAULT_BAD_TYPE,
            "Name: <unknown>, Key: count, Index: 1.  Data types don't match. Data type: "
            "float but expected type: int64",
            "/examples/1/count");
    rejects(d, "{\"examples\":[{\"city\":1}]}", GW_FAULT_BAD_TYPE,
            "Name: <unknown>, Key: city, Index: 0.  Data types don't match. Data type: "
            "int64 but expected type: string",
            "/examples/0/city");
    rejects(d, "{\"examples\":[{\"bag\":[1,2]}]}", GW_FAULT_BAD_TYPE,
            "Name: <unknown>, Key: bag, Index: 0.  Data types don't match. Data type: "
            "int64 but expected type: string",
            "/examples/0/bag/0");
    rejects(d, "{\"examples\":[{\"member\":1.0}]}", GW_FAULT_BAD_TYPE,
            "Name: <unknown>, Key: member, Index: 0.  Data types don't match. Data type: "
            "float but expected type: bool",
            "/examples/0/member");
    rejects(d, "{\"examples\":[{\"income\":\"x\"}]}", GW_FAULT_BAD_TYPE,
            "Name: <unknown>, Key: income, Index: 0.  Data types don't match. Data type: "
            "string but expected type: double",
            "/examples/0/income");
}

static void a_list_must_have_as_many_values_as_the_feature(void **state)
{
    struct decoding *d = *state;
    rejects(d, "{\"examples\":[{\"age\":[1.5,2.5]}]}", GW_FAULT_BAD_SHAPE,
            "Name: <unknown>, Key: age, Index: 0.  Number of float values != expected.  "
            "Values size: 2 but output shape: []",
            "/examples/0/age");
    rejects(d, "{\"examples\":[{\"vec\":[1,2,3]}]}", GW_FAULT_BAD_SHAPE,
            "Name: <unknown>, Key: vec, Index: 0.  Number of int64 values != expected.  "
            "Values size: 3 but output shape: [2]",
            "/examples/0/vec");
    rejects(d, "{\"examples\":[{\"vec\":7.5}]}", GW_FAULT_BAD_SHAPE,
            "Name: <unknown>, Key: vec, Index: 0.  Number of float values != expected.  "
            "Values size: 1 but output shape: [2]",
            "/examples/0/vec");
    rejects(d, "{\"examples\":[{\"city\":[\"a\",\"b\"]}]}", GW_FAULT_BAD_SHAPE,
            "Name: <unknown>, Key: city, Index: 0.  Number of bytes values != expected.  "
            "Values size: 2 but output shape: []",
            "/examples/0/city");
}

static void an_empty_list_is_a_missing_feature(void **state)
{
    struct decoding *d = *state;
    takes(d, "{\"examples\":[{\"age\":[],\"count\":[],\"member\":[],\"city\":[],"
             "\"tags\":[],\"bag\":[],\"vec\":[],\"hat\":[]},{\"age\":NaN}]}");
    assert_true(isnan(f32_at(d, "age", 0)) && isnan(f32_at(d, "age", 1)));
    assert_true(column_of(d, "count")->present[0] == 0);
    assert_true(column_of(d, "member")->present[0] == 0);
    assert_null(((const struct roost_text *)column_of(d, "city")->values)[0].at);
    assert_null(column_of(d, "tags"));
    assert_null(column_of(d, "bag"));
    assert_true(isnan(f32_at(d, "vec", 0)) && isnan(f32_at(d, "vec", 1)));
    assert_int_equal(d->batch.missing_features, 10);
    assert_int_equal(d->batch.unknown_features, 1);
}

static void a_sparse_feature_may_be_an_object_as_in_predict(void **state)
{
    struct decoding *d = *state;
    takes(d, "{\"examples\":[{\"bag\":{\"x\":2,\"y\":0.5}},"
             "{\"bag\":{\"#ids\":[7,-3],\"#values\":[1,0.5]}},{\"bag\":{\"b64\":3}},"
             "{\"bag\":{}}],\"context\":{\"bag\":{\"z\":1}}}");
    const struct roost_column *bag = column_of(d, "bag");
    assert_true(bag->start[1] == 2 && bag->start[2] == 4 && bag->start[3] == 5 &&
                bag->start[4] == 5);
    assert_true(bag->ids[2] == 7 && bag->amounts[3] == 0.5f && bag->amounts[4] == 3);
    assert_true(bag->ids[4] == roost_feature_id("b64", 3));
    rejects(d, "{\"examples\":[{\"bag\":{\"x\":\"y\"}}]}", GW_FAULT_BAD_TYPE,
            "JSON Value: \"y\" Type: String is not of expected type: float",
            "/examples/0/bag/x");
}

static void unknown_features_are_counted_and_a_strict_model_refuses_them(void **state)
{
    struct decoding *d = *state;
    takes(d, "{\"examples\":[{\"hat\":1,\"shoe\":[\"a\"]},{\"hat\":2.5}],"
             "\"context\":{\"moon\":true}}");
    assert_int_equal(d->batch.unknown_features, 4);
    struct decoding strict;
    decoding_open(&strict, plan_of_all_types(1));
    rejects(&strict, "{\"examples\":[{\"age\":1},{\"h/t\":1}]}", GW_FAULT_UNKNOWN_FEATURE,
            "The model has no feature named \"h/t\"", "/examples/1/h~1t");
    decoding_close(&strict);
}

static void a_feature_named_twice_in_one_example_is_refused(void **state)
{
    struct decoding *d = *state;
    rejects(d, "{\"examples\":[{\"age\":1},{\"age\":1,\"\\u0061ge\":2}]}",
            GW_FAULT_DUPLICATE_KEY, "The key \"age\" stands twice", "/examples/1/age");
    rejects(d, "{\"examples\":[{\"tags\":[],\"tags\":\"a\"}]}", GW_FAULT_DUPLICATE_KEY,
            "The key \"tags\" stands twice", "/examples/0/tags");
}

/* What each method says to a signature's name; NULL: it is accepted. */
static void name_signature(struct decoding *d, enum gw_examples method, const char *name,
                           const char *text)
{
    char body[200];
    int size = snprintf(body, sizeof body,
                        "{\"signature_name\":\"%s\",\"examples\":[{}]}", name);
    int failed = decode_examples(d, method, body, (size_t)size);
    assert_int_equal(failed != 0, text != NULL);
    if (text != NULL) {
        assert_string_equal(d->fault.text, text);
        assert_string_equal(d->fault.pointer, "/signature_name");
        assert_int_equal(d->fault.code, GW_FAULT_UNKNOWN_SIGNATURE);
    }
}

static void each_method_knows_the_default_signature_and_its_own(void **state)
{
    struct decoding *d = *state;
    const enum gw_examples classify = GW_EXAMPLES_CLASSIFY, regress = GW_EXAMPLES_REGRESS;
    name_signature(d, classify, "", NULL);
    name_signature(d, regress, "serving_default", NULL);
    name_signature(d, classify, "tensorflow/serving/classify", NULL);
    name_signature(d, classify, "classification", NULL);
    name_signature(d, classify, "classify", NULL);
    name_signature(d, regress, "tensorflow/serving/regress", NULL);
    name_signature(d, regress, "regression", NULL);
    name_signature(d, regress, "regress", NULL);
    name_signature(d, classify, "tensorflow/serving/regress",
                   "Expected classification signature method_name to be "
                   "tensorflow/serving/classify. Was: tensorflow/serving/regress");
    name_signature(d, regress, "predict",
                   "Expected regression signature method_name to be "
                   "tensorflow/serving/regress. Was: tensorflow/serving/predict");
    name_signature(d, regress, "x",
                   "Serving signature name: \"x\" not found in signature def");
    rejects(d, "{\"signature_name\":5,\"examples\":[{}]}", GW_FAULT_BAD_TYPE,
            "'signature_name' key must be a string value.", "/signature_name");
}

static void a_tensor_signature_needs_all_of_its_inputs(void **state)
{
    (void)state;
    struct decoding d;
    decoding_open(&d, plan_of_two_tensors());
    takes(
        &d,
        "{\"examples\":[{\"a\":[1,2],\"b\":[3],\"other\":1},{\"b\":4,\"a\":[5.5,6.5]}]}");
    assert_true(f32_at(&d, "b", 1) == 4 && f32_at(&d, "a", 2) == 5.5f);
    assert_int_equal(d.batch.unknown_features, 1);
    takes(&d, "{\"examples\":[{\"a\":[1,2]},{\"a\":[1,2]}],\"context\":{\"b\":3}}");
    rejects(&d, "{\"examples\":[{\"a\":[1,2],\"b\":3},{\"a\":[1,2],\"b\":[]}]}",
            GW_FAULT_MISSING_INPUT,
            "Name: <unknown>, Feature: b (data type: float) is required but could not be "
            "found.",
            "/examples");
    rejects(&d, "{\"examples\":[{}]}", GW_FAULT_MISSING_INPUT,
            "Name: <unknown>, Feature: a (data type: float) is required but could not be "
            "found.",
            "/examples");
    decoding_close(&d);
}

static void a_dense_input_may_be_given_by_its_name_alone(void **state)
{
    (void)state;
    struct decoding d;
    decoding_open(&d, plan_by_position());
    takes(&d, "{\"examples\":[{\"input-0\":[1.5,2,1]},{\"a\":4,\"b\":5,\"c\":false}]}");
    assert_true(f32_at(&d, "a", 0) == 1.5f && i64_at(&d, "b", 1) == 5);
    rejects(&d, "{\"examples\":[{\"input-0\":[1,2,1],\"a\":1}]}", GW_FAULT_BAD_REQUEST,
            "keys must be equal to: input-0", "/examples/0/a");
    rejects(&d, "{\"examples\":[{\"a\":1,\"input-0\":[1,2,1]}]}", GW_FAULT_BAD_REQUEST,
            "keys must be equal to: input-0", "/examples/0/input-0");
    rejects(&d, "{\"examples\":[{\"input-0\":[1,2]}]}", GW_FAULT_BAD_SHAPE,
            "Expecting shape [3] but got: [2]", "/examples/0/input-0");
    decoding_close(&d);
}

static void whole_numbers_may_be_of_32_bits_and_vectors(void **state)
{
    (void)state;
    struct decoding d;
    decoding_open(&d, plan_of_whole_numbers());
    takes(&d, "{\"examples\":[{\"a\":2147483647,\"b\":[1,-2],\"c\":[3,4],\"d\":1},"
              "{\"a\":true,\"b\":[],\"d\":[2.5]}]}");
    const int32_t *a = column_of(&d, "a")->values, *b = column_of(&d, "b")->values;
    assert_true(a[0] == INT32_MAX && a[1] == 1 && b[0] == 1 && b[1] == -2);
    const uint8_t *present = column_of(&d, "b")->present;
    assert_true(present[0] == 1 && present[1] == 0);
    assert_true(i64_at(&d, "c", 1) == 4 && f32_at(&d, "d", 1) == 2.5f);
    rejects(&d, "{\"examples\":[{\"a\":2147483648}]}", GW_FAULT_BAD_TYPE,
            "JSON Value: 2147483648 Type: Number is not of expected type: int32",
            "/examples/0/a");
    rejects(&d, "{\"examples\":[{\"b\":[1,-2147483649]}]}", GW_FAULT_BAD_TYPE,
            "JSON Value: -2147483649 Type: Number is not of expected type: int32",
            "/examples/0/b/1");
    decoding_close(&d);
}

static void infinities_come_in_and_are_remembered(void **state)
{
    struct decoding *d = *state;
    takes(d, "{\"examples\":[{\"age\":1},{\"age\":-Infinity},{\"income\":[Infinity]}]}");
    assert_true(d->batch.infinite);
    assert_int_equal(gw_batch_infinity(d->plan, &d->batch, 0), GW_FINITE);
    assert_int_equal(gw_batch_infinity(d->plan, &d->batch, 1), GW_INFINITE_ROW);
    assert_int_equal(gw_batch_infinity(d->plan, &d->batch, 2), GW_INFINITE_ROW);
    rejects(d, "{\"examples\":[{\"age\":1e400}]}", GW_FAULT_BAD_VALUE,
            "Number too big to be stored in double: 1e400 at offset: 20",
            "/examples/0/age");
    d->limits.strict_json = 1;
    rejects(d, "{\"examples\":[{\"age\":NaN}]}", GW_FAULT_BAD_JSON,
            "JSON Parse error: Invalid value. at offset: 20", "/examples/0/age");
    d->limits.strict_json = 0;
}

static void counts_above_their_limits_are_refused(void **state)
{
    struct decoding *d = *state;
    d->limits =
        (struct gw_decode_limits){.rows = 2, .depth = 5, .list = 2, .keys = 2, .text = 9};
    rejects(d, "{\"examples\":[{},{},{}]}", GW_FAULT_TOO_MANY,
            "There are more than 2 examples", "/examples/2");
    rejects(d, "{\"examples\":[{\"a\":1,\"b\":1,\"c\":1}]}", GW_FAULT_TOO_MANY,
            "There are more than 2 keys in an object", "/examples/0/c");
    rejects(d, "{\"examples\":[{\"tags\":[\"a\",\"b\",\"c\"]}]}", GW_FAULT_TOO_MANY,
            "There are more than 2 entries in a list", "/examples/0/tags/2");
    rejects(d, "{\"examples\":[{\"bag\":[\"a\",\"b\",\"c\"]}]}", GW_FAULT_TOO_MANY,
            "There are more than 2 entries in a sparse feature", "/examples/0/bag/2");
    rejects(d, "{\"examples\":[{\"hat\":\"1234567890\"}]}", GW_FAULT_TOO_MANY,
            "A string has 10 bytes, more than the limit of 9, at offset: 20",
            "/examples/0/hat");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all_types, close_it)
    const struct CMUnitTest tests[] = {
        TEST(an_example_gives_each_feature_a_value_or_a_list),
        TEST(examples_must_be_there_and_be_a_list_that_is_not_empty),
        TEST(an_example_must_be_an_object),
        TEST(context_stands_beside_examples_in_any_order),
        TEST(a_truth_value_is_the_integer_0_or_1),
        TEST(mixed_kinds_in_one_feature_are_refused),
        TEST(an_integer_beyond_int64_is_refused_or_a_float),
        TEST(null_and_nested_arrays_are_refused),
        TEST(base64_stands_for_the_bytes_of_strings_only),
        TEST(a_value_must_be_of_the_type_that_the_schema_gives),
        TEST(a_list_must_have_as_many_values_as_the_feature),
        TEST(an_empty_list_is_a_missing_feature),
        TEST(a_sparse_feature_may_be_an_object_as_in_predict),
        TEST(unknown_features_are_counted_and_a_strict_model_refuses_them),
        TEST(a_feature_named_twice_in_one_example_is_refused),
        TEST(each_method_knows_the_default_signature_and_its_own),
        cmocka_unit_test(a_tensor_signature_needs_all_of_its_inputs),
        cmocka_unit_test(a_dense_input_may_be_given_by_its_name_alone),
        cmocka_unit_test(whole_numbers_may_be_of_32_bits_and_vectors),
        TEST(infinities_come_in_and_are_remembered),
        TEST(counts_above_their_limits_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
