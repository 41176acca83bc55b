/* SPDX-License-Identifier: MIT
 * Predict as TensorFlow Serving's documentation shows it, body in and answer out: one
 * scalar input in rows and columns, signature names, bytes as base64, numbers that are
 * not finite, several outputs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/encode.h"
#include "tests/unit/gateway/support/examples.h"
#include "tests/unit/gateway/support/plans.h"

static void predicts(roost_plan *plan, const char *body, const char *want)
{
    struct decoding d;
    const struct roost_verdict verdict = {ROOST_OK, 0};
    struct eng_buf out;
    eng_buf_init(&out, 1 << 16);
    decoding_open(&d, plan);
    accepts(&d, body);
    double *scores = scores_of(&d);
    struct gw_scores about = {plan, scores, &verdict, d.batch.rows.n, 0};
    assert_int_equal(gw_encode_tfs_predict(&about, d.batch.form, &out), 0);
    assert_string_equal(out.at, want);
    free(scores);
    eng_buf_clear(&out);
    decoding_close(&d);
}

static void the_documentation_examples_give_the_documented_answers(void **state)
{
    (void)state;
    predicts(plan_half_plus_two(), "{\"instances\":[1.0,2.0,5.0]}",
             "{\"predictions\":[2.5,3.0,4.5]}");
    predicts(plan_half_plus_two(), "{\"instances\": [1, 2.0, 5]}",
             "{\"predictions\":[2.5,3.0,4.5]}");
    predicts(plan_half_plus_two(), "{\"inputs\":[3.0,4.0]}", "{\"outputs\":[3.5,4.0]}");
    predicts(plan_half_plus_two(), "{\"inputs\":{\"x\":[3.0,4.0]}}",
             "{\"outputs\":[3.5,4.0]}");
    predicts(plan_half_plus_two(), "{\"instances\":[{\"x\":1.0},{\"x\":2.0}]}",
             "{\"predictions\":[2.5,3.0]}");
}

static void several_named_inputs_come_in_rows_or_columns(void **state)
{
    (void)state;
    predicts(plan_of_two_tensors(),
             "{\"instances\":[{\"a\":[1,2],\"b\":[3]},{\"b\":[4],\"a\":[5,6]}]}",
             "{\"predictions\":[6.0,15.0]}");
    predicts(plan_of_two_tensors(),
             "{\"inputs\":{\"a\":[[1,2],[5,6]],\"b\":[[3],[4]],\"more\":[[\"x\"]]}}",
             "{\"outputs\":[6.0,15.0]}");
}

static void
a_row_whose_sum_is_whole_is_still_a_decimal_and_an_integer_is_bare(void **state)
{
    (void)state;
    predicts(plan_of_whole_numbers(),
             "{\"instances\":[{\"a\":1,\"b\":[2,-7]},{\"a\":2147483647,\"b\":[9,9]}]}",
             "{\"predictions\":[-4,2147483647]}");
    predicts(plan_about(&(struct plan_about){
                 .feature = ROOST_I64, .output = ROOST_I64, .weight = 0.5f, .width = 2}),
             "{\"inputs\":[1,3,5]}", "{\"outputs\":[[0,5],[2,15],[2,25]]}");
}

/* What predict says to a signature's name; NULL: it is accepted. */
static void name_signature(const char *name, const char *text)
{
    struct decoding d;
    char body[200];
    decoding_open(&d, plan_half_plus_two());
    snprintf(body, sizeof body, "{\"signature_name\":\"%s\",\"instances\":[1]}", name);
    if (text == NULL)
        accepts(&d, body);
    else
        refuses(&d, body, GW_FAULT_UNKNOWN_SIGNATURE, text, "/signature_name");
    decoding_close(&d);
}

static void the_default_signature_has_the_names_that_exporters_give_it(void **state)
{
    (void)state;
    name_signature("", NULL);
    name_signature("serving_default", NULL);
    name_signature("predict", NULL);
    name_signature("tensorflow/serving/predict", NULL);
    name_signature("Serving_Default",
                   "Serving signature name: \"Serving_Default\" not found in signature "
                   "def");
    name_signature("tensorflow/serving/regress",
                   "Serving signature name: \"tensorflow/serving/regress\" not found in "
                   "signature def");
}

static void base64_is_a_bare_row_of_a_model_of_one_string(void **state)
{
    (void)state;
    struct decoding d;
    decoding_open(&d, plan_of_one_string());
    accepts(&d, "{\"instances\":[{\"b64\":\"aGVsbG8=\"},\"x\",{\"s\":{\"b64\":"
                "\"d29ybGQ\"}},{\"s\":\"y\"}]}");
    assert_true(text_is(&d, "s", 0, "hello") && text_is(&d, "s", 1, "x"));
    assert_true(text_is(&d, "s", 2, "world") && text_is(&d, "s", 3, "y"));
    accepts(&d, "{\"inputs\":[{\"b64\":\"aGVsbG8=\"},\"x\"]}");
    assert_true(text_is(&d, "s", 0, "hello") && text_is(&d, "s", 1, "x"));
    accepts(&d, "{\"inputs\":{\"s\":[{\"b64\":\"aGVsbG8=\"}]}}");
    assert_true(text_is(&d, "s", 0, "hello"));
    refuses(&d, "{\"instances\":[{\"b64\":\"?\"}]}", GW_FAULT_BAD_VALUE,
            "Unable to base64 decode", "/instances/0");
    /* With another key, or another value, it is an object of features. */
    accepts(&d, "{\"instances\":[{\"b64\":\"aGk=\",\"s\":\"x\"},{\"b64\":1}]}");
    assert_int_equal(d.batch.unknown_features, 2);
    refuses(&d, "{\"instances\":[{\"b64\":\"aGk=\"", GW_FAULT_BAD_JSON,
            "JSON Parse error: Missing a comma or } after an object member. at offset: "
            "27",
            "/instances/0");
    decoding_close(&d);
    /* For a number it is no value at all. */
    decoding_open(&d, plan_half_plus_two());
    refuses(&d, "{\"inputs\":[{\"b64\":\"aGk=\"}]}", GW_FAULT_BAD_TYPE,
            "JSON Value: {\"b64\":\"aGk=\"} Type: Object is not of expected type: float",
            "/inputs/0");
    decoding_close(&d);
}

static void rows_must_not_mix_lists_into_objects(void **state)
{
    (void)state;
    struct decoding d;
    decoding_open(&d, plan_of_two_tensors());
    refuses(&d, "{\"instances\":[{\"a\":[1,2],\"b\":[3]},[1,2]]}", GW_FAULT_BAD_SHAPE,
            "Expecting object but got list at item 1 of input list", "/instances/1");
    decoding_close(&d);
}

static void nan_and_infinity_are_bare_tokens_both_ways(void **state)
{
    (void)state;
    struct decoding d;
    decoding_open(&d, plan_half_plus_two());
    accepts(&d, "{\"instances\":[NaN,Infinity,-Infinity,Inf,-Inf]}");
    assert_true(isnan(f32_at(&d, "x", 0)) && isinf(f32_at(&d, "x", 1)));
    assert_true(f32_at(&d, "x", 2) < 0 && f32_at(&d, "x", 4) < 0);
    const double scores[3] = {(double)NAN, (double)INFINITY, -(double)INFINITY};
    const struct roost_verdict verdict = {ROOST_OK, 0};
    struct gw_scores about = {d.plan, scores, &verdict, 3, 0};
    struct eng_buf out;
    eng_buf_init(&out, 1000);
    assert_int_equal(gw_encode_tfs_predict(&about, GW_FORM_ROWS, &out), 0);
    assert_string_equal(out.at, "{\"predictions\":[NaN,Infinity,-Infinity]}");
    eng_buf_clear(&out);
    d.limits.strict_json = 1;
    refuses(&d, "{\"instances\":[NaN]}", GW_FAULT_BAD_JSON,
            "JSON Parse error: Invalid value. at offset: 14", "/instances/0");
    decoding_close(&d);
}

static void several_outputs_are_row_objects_or_an_object_of_lists(void **state)
{
    (void)state;
    predicts(plan_of_two_outputs(), "{\"instances\":[1,3]}",
             "{\"predictions\":[{\"twice\":2.0,\"both\":[1.0,10.0]},"
             "{\"twice\":6.0,\"both\":[3.0,30.0]}]}");
    predicts(plan_of_two_outputs(), "{\"inputs\":[1,3]}",
             "{\"outputs\":{\"twice\":[2.0,6.0],\"both\":[[1.0,10.0],[3.0,30.0]]}}");
}

static void only_strings_are_bytes_whatever_an_output_is_called(void **state)
{
    (void)state;
    predicts(plan_about(&(struct plan_about){.name = "y_bytes", .weight = 1, .width = 1}),
             "{\"instances\":[1,2]}", "{\"predictions\":[1.0,2.0]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_documentation_examples_give_the_documented_answers),
        cmocka_unit_test(several_named_inputs_come_in_rows_or_columns),
        cmocka_unit_test(
            a_row_whose_sum_is_whole_is_still_a_decimal_and_an_integer_is_bare),
        cmocka_unit_test(the_default_signature_has_the_names_that_exporters_give_it),
        cmocka_unit_test(base64_is_a_bare_row_of_a_model_of_one_string),
        cmocka_unit_test(rows_must_not_mix_lists_into_objects),
        cmocka_unit_test(nan_and_infinity_are_bare_tokens_both_ways),
        cmocka_unit_test(only_strings_are_bytes_whatever_an_output_is_called),
        cmocka_unit_test(several_outputs_are_row_objects_or_an_object_of_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
