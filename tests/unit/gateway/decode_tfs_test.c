/* SPDX-License-Identifier: MIT
 * Predict bodies against a feature signature: each rule of docs/api/tfs.md, and each text
 * that a client of TensorFlow Serving may look for. Tensor signatures and positions are
 * in decode_columns_test.c, hostile bodies in decode_hostile_test.c. */
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

static void a_row_object_gives_each_feature_by_its_name(void **state)
{
    struct decoding *d = *state;
    accepts(
        d,
        "{\"instances\":[{\"age\":39,\"income\":-1.5e3,\"count\":-7,\"member\":true,"
        "\"city\":\"Bern\",\"tags\":[\"a\",\"b\"],\"bag\":{\"x\":2},\"vec\":[1,2.5]}]}");
    assert_int_equal(d->batch.rows.n, 1);
    assert_int_equal(d->batch.form, GW_FORM_ROWS);
    assert_true(f32_at(d, "age", 0) == 39);
    assert_true(f64_at(d, "income", 0) == -1500);
    assert_int_equal(i64_at(d, "count", 0), -7);
    assert_int_equal(((const uint8_t *)column_of(d, "member")->values)[0], 1);
    assert_true(text_is(d, "city", 0, "Bern"));
    assert_int_equal(column_of(d, "tags")->start[1], 2);
    assert_true(text_is(d, "tags", 0, "a") && text_is(d, "tags", 1, "b"));
    const struct roost_column *bag = column_of(d, "bag");
    assert_int_equal(bag->start[0], 0);
    assert_int_equal(bag->start[1], 1);
    assert_true(bag->ids[0] == roost_feature_id("x", 1));
    assert_true(bag->amounts[0] == 2);
    assert_true(f32_at(d, "vec", 0) == 1 && f32_at(d, "vec", 1) == 2.5f);
    assert_int_equal(d->batch.unknown_features, 0);
    assert_int_equal(d->batch.missing_features, 0);
}

static void an_absent_feature_is_missing_in_its_row_and_counted(void **state)
{
    struct decoding *d = *state;
    accepts(d,
            "{\"instances\":[{},{\"age\":1,\"count\":5,\"city\":\"B\",\"tags\":[\"t\"],"
            "\"bag\":{\"x\":1},\"member\":false,\"vec\":[1,2]},{\"income\":2}]}");
    assert_int_equal(d->batch.rows.n, 3);
    assert_true(isnan(f32_at(d, "age", 0)) && isnan(f32_at(d, "age", 2)));
    assert_true(f32_at(d, "age", 1) == 1);
    assert_true(isnan(f64_at(d, "income", 1)) && f64_at(d, "income", 2) == 2);
    const uint8_t *present = column_of(d, "count")->present;
    assert_true(!present[0] && present[1] && !present[2]);
    present = column_of(d, "member")->present;
    assert_true(!present[0] && present[1] && !present[2]);
    const struct roost_text *city = column_of(d, "city")->values;
    assert_true(!city[0].at && city[1].at && !city[2].at);
    const uint32_t *start = column_of(d, "tags")->start;
    assert_true(start[0] == 0 && start[1] == 0 && start[2] == 1 && start[3] == 1);
    start = column_of(d, "bag")->start;
    assert_true(start[0] == 0 && start[1] == 0 && start[2] == 1 && start[3] == 1);
    assert_true(isnan(f32_at(d, "vec", 1)) && f32_at(d, "vec", 3) == 2);
    /* Five scalars in three rows, of which five values came. */
    assert_int_equal(d->batch.missing_features, 10);
}

static void a_feature_that_no_row_has_takes_no_column(void **state)
{
    struct decoding *d = *state;
    accepts(d, "{\"instances\":[{\"age\":1}]}");
    assert_null(column_of(d, "income"));
    assert_null(column_of(d, "bag"));
    assert_null(d->batch.rows.context);
    assert_null(column_of(d, "age")->present);
}

static void nan_in_means_missing(void **state)
{
    struct decoding *d = *state;
    accepts(d,
            "{\"instances\":[{\"age\":NaN,\"income\":1},{\"age\":2,\"income\":-NaN}]}");
    assert_true(isnan(f32_at(d, "age", 0)) && isnan(f64_at(d, "income", 1)));
    assert_int_equal(d->batch.missing_features, 2 + 2 * 3);
    assert_int_equal(d->batch.infinite, 0);
}

static void an_unknown_feature_is_skipped_and_counted(void **state)
{
    struct decoding *d = *state;
    accepts(d,
            "{\"instances\":[{\"age\":1,\"hat\":{\"a\":[1,{\"b\":null}]},\"shoe\":1e400},"
            "{\"hat\":2,\"age\":2}],\"context\":{\"moon\":\"full\"}}");
    assert_int_equal(d->batch.unknown_features, 4);
    assert_true(f32_at(d, "age", 1) == 2);
    refuses(d, "{\"instances\":[{\"hat\":[tru]}]}", GW_FAULT_BAD_JSON,
            "JSON Parse error: Invalid value. at offset: 22", "/instances/0/hat");
}

static void a_strict_model_refuses_an_unknown_feature(void **state)
{
    (void)state;
    struct decoding d;
    decoding_open(&d, plan_of_all_types(1));
    const char *text = "The model has no feature named \"h/a~t\"";
    refuses(&d, "{\"instances\":[{\"age\":1},{\"h/a~t\":1}]}", GW_FAULT_UNKNOWN_FEATURE,
            text, "/instances/1/h~1a~0t");
    refuses(&d, "{\"inputs\":{\"age\":[1],\"h/a~t\":[1]}}", GW_FAULT_UNKNOWN_FEATURE,
            text, "/inputs/h~1a~0t");
    refuses(&d, "{\"instances\":[{}],\"context\":{\"h/a~t\":1}}",
            GW_FAULT_UNKNOWN_FEATURE, text, "/context/h~1a~0t");
    decoding_close(&d);
}

static void a_feature_named_twice_in_one_row_is_refused(void **state)
{
    struct decoding *d = *state;
    refuses(d, "{\"instances\":[{\"age\":1},{\"age\":1,\"city\":\"B\",\"age\":1}]}",
            GW_FAULT_DUPLICATE_KEY, "The key \"age\" stands twice", "/instances/1/age");
    refuses(d, "{\"instances\":[{\"tags\":[],\"tags\":[]}]}", GW_FAULT_DUPLICATE_KEY,
            "The key \"tags\" stands twice", "/instances/0/tags");
    refuses(d, "{\"instances\":[{}],\"context\":{\"age\":1,\"age\":1}}",
            GW_FAULT_DUPLICATE_KEY, "The key \"age\" stands twice", "/context/age");
    refuses(d, "{\"inputs\":{\"age\":[1],\"age\":[1]}}", GW_FAULT_DUPLICATE_KEY,
            "The key \"age\" stands twice", "/inputs/age");
    /* The same name with an escape is the same name. */
    refuses(d, "{\"instances\":[{\"age\":1,\"\\u0061ge\":1}]}", GW_FAULT_DUPLICATE_KEY,
            "The key \"age\" stands twice", "/instances/0/age");
}

static void protocol_keys_stand_once_and_in_any_order(void **state)
{
    struct decoding *d = *state;
    accepts(d,
            "{\"context\":{\"city\":\"Bern\"},\"other\":[{}],\"instances\":[{\"age\":1}],"
            "\"signature_name\":\"serving_default\"}");
    accepts(
        d,
        "{\"signature_name\":\"\",\"instances\":[{\"age\":1}],\"context\":{\"age\":2}}");
    assert_true(((const float *)context_of(d, "age")->values)[0] == 2);
    refuses(d, "{\"instances\":[{}],\"instances\":[{}]}", GW_FAULT_DUPLICATE_KEY,
            "The key \"instances\" stands twice", "/instances");
    refuses(d, "{\"context\":{},\"context\":{}}", GW_FAULT_DUPLICATE_KEY,
            "The key \"context\" stands twice", "/context");
    refuses(d, "{\"signature_name\":\"\",\"signature_name\":\"\"}",
            GW_FAULT_DUPLICATE_KEY, "The key \"signature_name\" stands twice",
            "/signature_name");
}

static void exactly_one_of_instances_and_inputs_is_expected(void **state)
{
    struct decoding *d = *state;
    const char *both =
        "Not formatted correctly expecting only one of 'inputs' or 'instances' "
        "keys to exist";
    refuses(d, "{\"instances\":[{}],\"inputs\":{}}", GW_FAULT_BAD_REQUEST, both,
            "/inputs");
    refuses(d, "{\"inputs\":{\"age\":[1]},\"instances\":[]}", GW_FAULT_BAD_REQUEST, both,
            "/instances");
    refuses(d, "{}", GW_FAULT_MISSING_INPUT, "Missing 'inputs' or 'instances' key", "");
    refuses(d, "{\"context\":{\"age\":1}}", GW_FAULT_MISSING_INPUT,
            "Missing 'inputs' or 'instances' key", "");
}

static void instances_is_a_list_that_is_not_empty(void **state)
{
    struct decoding *d = *state;
    refuses(d, "{\"instances\":[]}", GW_FAULT_MISSING_INPUT,
            "No values in 'instances' array", "/instances");
    refuses(d, "{\"instances\":{\"age\":[1]}}", GW_FAULT_BAD_TYPE,
            "JSON Value: {\"age\":[1]} Type: Object is not of expected type: list",
            "/instances");
    refuses(d, "[]", GW_FAULT_BAD_TYPE,
            "JSON Value: [] Type: Array is not of expected type: object", "");
    refuses(d, "{\"instances\":[[1]]}", GW_FAULT_BAD_SHAPE,
            "instances is a plain list, but expecting list of objects as multiple input "
            "tensors "
            "required as per tensorinfo_map",
            "/instances/0");
    refuses(d, "{\"instances\":[{},[1]]}", GW_FAULT_BAD_SHAPE,
            "Expecting object but got list at item 1 of input list", "/instances/1");
    refuses(d, "{\"instances\":[1]}", GW_FAULT_BAD_TYPE,
            "JSON Value: 1 Type: Number is not of expected type: object", "/instances/0");
}

static void only_the_default_signature_is_known(void **state)
{
    struct decoding *d = *state;
    refuses(d, "{\"instances\":[{}],\"signature_name\":\"other\"}",
            GW_FAULT_UNKNOWN_SIGNATURE,
            "Serving signature name: \"other\" not found in signature def",
            "/signature_name");
    refuses(d, "{\"signature_name\":5,\"instances\":[{}]}", GW_FAULT_BAD_TYPE,
            "'signature_name' key must be a string value.", "/signature_name");
    refuses(d, "{\"signature_name\":null,\"instances\":[{}]}", GW_FAULT_BAD_TYPE,
            "'signature_name' key must be a string value.", "/signature_name");
}

static void an_empty_body_is_refused_in_the_peers_words(void **state)
{
    struct decoding *d = *state;
    refuses(d, "", GW_FAULT_BAD_JSON, "JSON Parse error: The document is empty", "");
    refuses(
        d, "{\"instances\":[{}]} x", GW_FAULT_BAD_JSON,
        "JSON Parse error: The document root must not be followed by other values. at "
        "offset: 19",
        "");
    accepts(d, "{\"instances\":[{}]} \r\n\t");
}

static void context_is_one_row_for_all_and_a_rows_own_value_stays(void **state)
{
    struct decoding *d = *state;
    accepts(d, "{\"instances\":[{\"age\":1},{\"count\":5},{\"age\":3,\"income\":1}],"
               "\"context\":{\"income\":10,\"age\":100,\"tags\":[\"u\"],\"count\":1}}");
    assert_true(((const double *)context_of(d, "income")->values)[0] == 10);
    assert_int_equal(context_of(d, "tags")->start[1], 1);
    assert_null(context_of(d, "city"));
    /* city and member are missing in three rows; the rest is common to all. */
    assert_int_equal(d->batch.missing_features, 6);
    double *scores = scores_of(d);
    assert_true(scores[0] == 12 && scores[1] == 115 && scores[2] == 5);
    free(scores);
    refuses(d, "{\"instances\":[{}],\"context\":[1]}", GW_FAULT_BAD_TYPE,
            "JSON Value: [1] Type: Array is not of expected type: object", "/context");
}

static void counts_above_their_limits_are_refused(void **state)
{
    struct decoding *d = *state;
    d->limits =
        (struct gw_decode_limits){.rows = 2, .depth = 5, .list = 2, .keys = 2, .text = 9};
    accepts(d, "{\"instances\":[{},{}]}");
    refuses(d, "{\"instances\":[{},{},{}]}", GW_FAULT_TOO_MANY,
            "There are more than 2 instances", "/instances/2");
    refuses(d, "{\"inputs\":{\"age\":[1,2,3]}}", GW_FAULT_TOO_MANY,
            "There are more than 2 rows", "/inputs/age/2");
    refuses(d, "{\"instances\":[{\"a\":1,\"b\":1,\"c\":1}]}", GW_FAULT_TOO_MANY,
            "There are more than 2 keys in an object", "/instances/0/c");
    refuses(d, "{\"instances\":[{\"tags\":[\"a\",\"b\",\"c\"]}]}", GW_FAULT_TOO_MANY,
            "There are more than 2 entries in a list", "/instances/0/tags/2");
    refuses(d, "{\"instances\":[{\"bag\":{\"a\":1,\"b\":1,\"c\":1}}]}", GW_FAULT_TOO_MANY,
            "There are more than 2 entries in a sparse feature", "/instances/0/bag/c");
    refuses(d, "{\"instances\":[{\"bag\":{\"#ids\":[1,2,3]}}]}", GW_FAULT_TOO_MANY,
            "There are more than 2 entries in a sparse feature",
            "/instances/0/bag/#ids/2");
    refuses(d, "{\"instances\":[{\"city\":\"1234567890\"}]}", GW_FAULT_TOO_MANY,
            "A string has 10 bytes, more than the limit of 9, at offset: 22",
            "/instances/0/city");
    refuses(d, "{\"instances\":[{\"q\":[[[1]]]}]}", GW_FAULT_BAD_JSON,
            "JSON Parse error: Nested deeper than 5 at offset: 21", "/instances/0/q");
}

static void a_line_of_rows_jsonl_is_one_row(void **state)
{
    struct decoding *d = *state;
    assert_int_equal(decode_line(d, " {\"age\":4,\"hat\":1} \n"), 0);
    assert_int_equal(d->batch.rows.n, 1);
    assert_true(f32_at(d, "age", 0) == 4);
    assert_int_equal(d->batch.unknown_features, 1);
    assert_int_equal(decode_line(d, "{\"age\":null}"), -1);
    assert_string_equal(d->fault.pointer, "/age");
    assert_int_equal(decode_line(d, "{\"age\":1}{"), -1);
    assert_int_equal(decode_line(d, ""), -1);
}

static void what_is_decoded_is_what_the_engine_scores(void **state)
{
    struct decoding *d = *state;
    accepts(d, "{\"instances\":[{\"age\":1,\"income\":2,\"count\":3},"
               "{\"count\":30,\"age\":10,\"income\":20},{\"age\":0.5,\"income\":0,"
               "\"count\":0}]}");
    double *scores = scores_of(d);
    assert_true(scores[0] == 6 && scores[1] == 60 && scores[2] == 0.5);
    free(scores);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all_types, close_it)
    const struct CMUnitTest tests[] = {
        TEST(a_row_object_gives_each_feature_by_its_name),
        TEST(an_absent_feature_is_missing_in_its_row_and_counted),
        TEST(a_feature_that_no_row_has_takes_no_column),
        TEST(nan_in_means_missing),
        TEST(an_unknown_feature_is_skipped_and_counted),
        cmocka_unit_test(a_strict_model_refuses_an_unknown_feature),
        TEST(a_feature_named_twice_in_one_row_is_refused),
        TEST(protocol_keys_stand_once_and_in_any_order),
        TEST(exactly_one_of_instances_and_inputs_is_expected),
        TEST(instances_is_a_list_that_is_not_empty),
        TEST(only_the_default_signature_is_known),
        TEST(an_empty_body_is_refused_in_the_peers_words),
        TEST(context_is_one_row_for_all_and_a_rows_own_value_stays),
        TEST(counts_above_their_limits_are_refused),
        TEST(a_line_of_rows_jsonl_is_one_row),
        TEST(what_is_decoded_is_what_the_engine_scores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
