/* SPDX-License-Identifier: MIT
 * An infer request as a whole, sentence by sentence of the protocol: its members in any
 * order, which outputs it asks for, its parameters and id, and what must hold between its
 * inputs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gateway/support/v2.h"

static void the_members_of_a_request_stand_in_any_order(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_two_outputs());
    v2_accepts(&v, "{\"outputs\":[{\"name\":\"both\"}],\"parameters\":"
                   "{\"binary_data_output\":true},\"more\":{\"a\":[1]},\"inputs\":[{"
                   "\"name\":\"x\",\"shape\":[2,1],\"datatype\":\"FP64\",\"data\":[1,2]}"
                   "],\"id\":\"7\"}");
    assert_int_equal(v.d.batch.rows.n, 2);
    assert_true(f64_at(&v.d, "x", 1) == 2);
    assert_int_equal(v.request.output_count, 1);
    assert_int_equal(v.request.outputs[0].output, 1);
    assert_int_equal(v.request.outputs[0].binary, 1);
    assert_int_equal(v.request.id.size, 1);
    v2_close(&v);
}

static void the_members_of_an_input_stand_in_any_order(void **state)
{
    (void)state;
    static const char *const inputs[] = {
        "\"data\":[[1],[2.5]],\"datatype\":\"FP64\",\"shape\":[2,1],\"name\":\"x\"",
        "\"datatype\":\"FP64\",\"data\":[1,2.5],\"name\":\"x\",\"shape\":[2]",
        "\"shape\":[2,1],\"name\":\"x\",\"data\":[1,2.5],\"datatype\":\"FP64\"",
        "\"name\":\"x\",\"shape\":[2,1],\"datatype\":\"FP64\",\"data\":[1,2.5]",
        ("\"more\":[{}],\"parameters\":{\"a\":{}},\"data\":[1,2.5],\"shape\":[2,1],"
         "\"name\":\"x\",\"datatype\":\"FP64\"")};
    struct v2 v;
    v2_open(&v, plan_of_two_outputs());
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        char text[256];
        snprintf(text, sizeof text, "{\"inputs\":[{%s}]}", inputs[i]);
        v2_accepts(&v, text);
        assert_true(f64_at(&v.d, "x", 0) == 1);
        assert_true(f64_at(&v.d, "x", 1) == 2.5);
    }
    /* What stands in early data is found just as well. */
    v2_refuses(&v,
               "{\"inputs\":[{\"data\":[[1],[2,null]],\"shape\":[3,1],\"name\":\"x\","
               "\"datatype\":\"FP64\"}]}",
               GW_FAULT_BAD_TYPE,
               "Unable to parse 'data': attempt to access JSON non-number as double",
               "/inputs/0/data/1/1");
    v2_close(&v);
}

#define X1 "{\"name\":\"x\",\"shape\":[1,1],\"datatype\":\"FP64\",\"data\":[1]}"
#define IN "\"inputs\":[" X1 "]"

static void a_key_that_stands_twice_is_refused(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_two_outputs());
    v2_refuses(&v, "{\"id\":\"1\",\"id\":\"2\"," IN "}", GW_FAULT_DUPLICATE_KEY,
               "The key \"id\" stands twice", "");
    v2_refuses(&v, "{" IN "," IN "}", GW_FAULT_DUPLICATE_KEY,
               "The key \"inputs\" stands twice", "");
    v2_refuses(&v, "{\"inputs\":[{\"name\":\"x\",\"name\":\"y\"}]}",
               GW_FAULT_DUPLICATE_KEY, "The key \"name\" stands twice", "/inputs/0/name");
    v2_refuses(&v, "{" IN ",\"parameters\":{\"timeout\":1,\"timeout\":2}}",
               GW_FAULT_DUPLICATE_KEY, "The key \"timeout\" stands twice",
               "/parameters/timeout");
    v2_refuses(&v, "{\"inputs\":[" X1 "," X1 "]}", GW_FAULT_DUPLICATE_KEY,
               "input 'x' already exists in request", "/inputs/1/name");
    v2_close(&v);
}

static void an_id_is_a_string_and_kept(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_two_outputs());
    v2_accepts(&v, "{" IN "}");
    assert_null(v.request.id.at);
    v2_accepts(&v, "{\"id\":\"\"," IN "}");
    assert_non_null(v.request.id.at);
    assert_int_equal(v.request.id.size, 0);
    v2_refuses(&v, "{\"id\":7," IN "}", GW_FAULT_BAD_TYPE,
               "Unable to parse 'id': attempt to access JSON non-string as string",
               "/id");
    v2_close(&v);
}

static void parameters_that_mean_something_are_read_and_others_ignored(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_two_outputs());
    v2_accepts(&v, "{" IN ",\"parameters\":{\"timeout\":5000,\"priority\":2,"
                   "\"sequence_id\":7,\"mine\":{\"a\":[null]}}}");
    assert_int_equal(v.request.timeout_us, 5000);
    assert_int_equal(v.request.priority, 2);
    v2_refuses(&v, "{" IN ",\"parameters\":{\"timeout\":-1}}", GW_FAULT_BAD_TYPE,
               "Unable to parse 'timeout': attempt to access JSON non-unsigned-integer "
               "as unsigned-integer",
               "/parameters/timeout");
    v2_refuses(&v, "{" IN ",\"parameters\":{\"binary_data_output\":1}}",
               GW_FAULT_BAD_TYPE,
               "Unable to parse 'binary_data_output': attempt to access JSON "
               "non-boolean as boolean",
               "/parameters/binary_data_output");
    v2_refuses(&v, "{" IN ",\"parameters\":[]}", GW_FAULT_BAD_TYPE,
               "Unable to parse 'parameters': attempt to access JSON non-object as "
               "object",
               "/parameters");
    v2_close(&v);
}

static void a_parameter_that_starts_with_triton__is_refused(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_two_outputs());
    v2_refuses(&v, "{" IN ",\"parameters\":{\"triton_x\":1}}", GW_FAULT_BAD_REQUEST,
               "parameter keys starting with 'triton_' are reserved for Triton usage "
               "and should not be specified.",
               "/parameters/triton_x");
    v2_close(&v);
}

static void no_outputs_or_an_empty_list_means_all(void **state)
{
    (void)state;
    static const char *const bodies[] = {"{" IN "}", "{\"outputs\":[]," IN "}"};
    struct v2 v;
    v2_open(&v, plan_of_two_outputs());
    for (size_t i = 0; i < 2; i++) {
        v2_accepts(&v, bodies[i]);
        assert_int_equal(v.request.output_count, 2);
        assert_int_equal(v.request.outputs[1].output, 1);
        assert_int_equal(v.request.outputs[1].binary, 0);
        assert_int_equal(v.request.outputs[1].classification, 0);
    }
    v2_close(&v);
}

static void outputs_come_in_the_order_and_form_asked(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_two_outputs());
    v2_accepts(&v, "{\"outputs\":[{\"parameters\":{\"classification\":3},\"name\":"
                   "\"both\"},{\"name\":\"twice\",\"parameters\":{\"binary_data\":false}"
                   "}]," IN ",\"parameters\":{\"binary_data_output\":true}}");
    assert_int_equal(v.request.output_count, 2);
    assert_int_equal(v.request.outputs[0].output, 1);
    assert_int_equal(v.request.outputs[0].binary, 1);
    assert_int_equal(v.request.outputs[0].classification, 3);
    assert_non_null(v.request.outputs[0].order);
    assert_int_equal(v.request.outputs[1].output, 0);
    assert_int_equal(v.request.outputs[1].binary, 0);
    v2_close(&v);
}

static void outputs_that_nobody_has_or_twice_are_refused(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_two_outputs());
    v2_refuses(&v, "{\"outputs\":[{\"name\":\"OUTPUT9\"}]," IN "}", GW_FAULT_BAD_REQUEST,
               "unexpected inference output 'OUTPUT9' for model 'm'", "/outputs/0/name");
    v2_refuses(&v, "{\"outputs\":[{\"name\":\"both\"},{\"name\":\"both\"}]," IN "}",
               GW_FAULT_DUPLICATE_KEY, "output 'both' already exists in request",
               "/outputs/1/name");
    v2_refuses(&v, "{\"outputs\":[{}]," IN "}", GW_FAULT_BAD_REQUEST,
               "Unable to parse 'name': attempt to access non-existing object member "
               "'name'",
               "/outputs/0");
    v2_refuses(&v,
               "{\"outputs\":[{\"name\":\"both\",\"parameters\":{\"classification\":-1}}"
               "]," IN "}",
               GW_FAULT_BAD_TYPE,
               "Unable to parse 'classification': attempt to access JSON "
               "non-unsigned-integer as unsigned-integer",
               "/outputs/0/parameters/classification");
    v2_refuses(&v,
               "{\"outputs\":[{\"name\":\"both\",\"parameters\":{"
               "\"shared_memory_region\":\"r\"}}]," IN "}",
               GW_FAULT_BAD_REQUEST,
               "Shared memory is not supported: outputs come in the answer",
               "/outputs/0/parameters/shared_memory_region");
    v2_close(&v);
}

/* There is room for each output once: what is broken must not be written behind it. */
static void a_broken_object_behind_all_outputs_takes_no_room(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_integers());
    static const char json[] = "{\"outputs\":[{\"name\":\"sum\"},{\"name\":\"wide\"},"
                               "{\"name\":\"both\"},{";
    assert_int_equal(v2_decode(&v, json, sizeof json - 1, -1), -1);
    assert_int_equal(v.d.fault.code, GW_FAULT_BAD_JSON);
    assert_int_equal(v.request.output_count, 3);
    v2_close(&v);
}

static void a_groups_outputs_are_called_member_or_member_dot_output(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_a_group());
    v.model.group = 1;
    v2_accepts(&v, "{\"outputs\":[{\"name\":\"two.both\"},{\"name\":\"one\"}]," IN "}");
    assert_int_equal(v.request.outputs[0].output, 2);
    assert_int_equal(v.request.outputs[1].output, 0);
    v2_refuses(&v, "{\"outputs\":[{\"name\":\"two\"}]," IN "}", GW_FAULT_BAD_REQUEST,
               "unexpected inference output 'two' for model 'm'", "/outputs/0/name");
    v2_refuses(
        &v, "{\"outputs\":[{\"name\":\"one.score\"}]," IN "}", GW_FAULT_BAD_REQUEST,
        "unexpected inference output 'one.score' for model 'm'", "/outputs/0/name");
    v2_close(&v);
}

static void a_request_without_inputs_is_refused(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_two_outputs());
    v2_refuses(&v, "{}", GW_FAULT_MISSING_INPUT,
               "Unable to parse 'inputs': attempt to access non-existing object member "
               "'inputs'",
               "");
    v2_refuses(&v, "{\"inputs\":[]}", GW_FAULT_MISSING_INPUT,
               "None of the 0 inputs tells how many rows there are for model 'm'",
               "/inputs");
    v2_refuses(&v, "{\"inputs\":{}}", GW_FAULT_BAD_TYPE,
               "Unable to parse 'inputs': attempt to access JSON non-array as array",
               "/inputs");
    v2_refuses(&v, "[]", GW_FAULT_BAD_TYPE,
               "Unable to parse 'request': attempt to access JSON non-object as object",
               "");
    v2_refuses(&v, "", GW_FAULT_BAD_JSON, "JSON Parse error: The document is empty", "");
    v2_refuses(&v, "{" IN "} 1", GW_FAULT_BAD_JSON,
               "JSON Parse error: The document root must not be followed by other "
               "values. at offset: 69",
               "");
    v2_close(&v);
}

static void all_inputs_have_the_same_number_of_rows(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    v2_refuses(&v,
               "{\"inputs\":[{\"name\":\"age\",\"shape\":[2,1],\"datatype\":\"FP32\","
               "\"data\":[1,2]},{\"name\":\"income\",\"shape\":[1],\"datatype\":\"FP64\","
               "\"data\":[1]}]}",
               GW_FAULT_BAD_SHAPE,
               "input 'income' batch size does not match other inputs for 'm'",
               "/inputs/1/shape");
    v.d.limits.rows = 2;
    v2_refuses(&v,
               "{\"inputs\":[{\"name\":\"age\",\"shape\":[3],\"datatype\":\"FP32\","
               "\"data\":[1,2,3]}]}",
               GW_FAULT_TOO_MANY, "There are more than 2 rows", "/inputs/0/shape");
    v2_close(&v);
}

static void an_input_with_context_is_one_row_common_to_all(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    v2_accepts(&v,
               "{\"inputs\":[{\"name\":\"income\",\"shape\":[1,1],\"datatype\":\"FP64\","
               "\"data\":[10],\"parameters\":{\"context\":true}},{\"name\":\"age\","
               "\"shape\":[2,1],\"datatype\":\"FP32\",\"data\":[1,2]},{\"parameters\":{"
               "\"context\":true},\"name\":\"age\",\"shape\":[1],\"datatype\":\"FP32\","
               "\"data\":[5]}]}");
    assert_int_equal(v.d.batch.rows.n, 2);
    assert_null(column_of(&v.d, "income"));
    assert_non_null(context_of(&v.d, "income"));
    double *scores = scores_of(&v.d);
    assert_true(scores[0] == 11 && scores[1] == 12); /* a row's own value wins */
    free(scores);
    v2_refuses(&v,
               "{\"inputs\":[{\"name\":\"age\",\"shape\":[2,1],\"datatype\":\"FP32\","
               "\"data\":[1,2],\"parameters\":{\"context\":true}}]}",
               GW_FAULT_BAD_SHAPE,
               "input 'age' is common to all rows: it must have one row, not 2",
               "/inputs/0/shape");
    v2_refuses(&v,
               "{\"inputs\":[{\"name\":\"age\",\"shape\":[1],\"datatype\":\"FP32\","
               "\"data\":[1],\"parameters\":{\"context\":true}}]}",
               GW_FAULT_MISSING_INPUT,
               "None of the 1 inputs tells how many rows there are for model 'm'",
               "/inputs");
    v2_refuses(&v,
               "{\"inputs\":[{\"name\":\"age\",\"shape\":[1],\"datatype\":\"FP32\","
               "\"data\":[1],\"parameters\":{\"context\":1}}]}",
               GW_FAULT_BAD_TYPE,
               "Unable to parse 'context': attempt to access JSON non-boolean as boolean",
               "/inputs/0/parameters/context");
    v2_close(&v);
}

#define AGE2 "{\"name\":\"age\",\"shape\":[2,1],\"datatype\":\"FP32\",\"data\":[1,2]}"
#define HAT2                                                                             \
    "{\"name\":\"hat\",\"shape\":[2,1],\"datatype\":\"BYTES\",\"data\":[\"\",\"\"]}"

static void an_unknown_input_is_skipped_and_counted(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    v2_accepts(&v, "{\"inputs\":[" HAT2 "," AGE2 "]}");
    assert_int_equal(v.d.batch.unknown_features, 2);
    /* income, count, member and city are missing in both rows. */
    assert_int_equal(v.d.batch.missing_features, 8);
    v2_close(&v);
}

static void an_unknown_input_is_refused_when_the_model_is_strict(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_all_types(1));
    v2_refuses(&v, "{\"inputs\":[" AGE2 "," HAT2 "]}", GW_FAULT_UNKNOWN_FEATURE,
               "The model has no feature named \"hat\"", "/inputs/1/name");
    v2_close(&v);
}

#define A1 "{\"name\":\"a\",\"shape\":[1,2],\"datatype\":\"FP32\",\"data\":[1,2]}"
#define B1 "{\"name\":\"b\",\"shape\":[1,1],\"datatype\":\"FP32\",\"data\":[3]"

static void a_tensor_signature_takes_exactly_its_inputs(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_two_tensors());
    v2_accepts(&v, "{\"inputs\":[" A1 "," B1 "}]}");
    v2_accepts(&v, "{\"inputs\":[" A1 "," B1 ",\"parameters\":{\"context\":true}}]}");
    v2_refuses(&v, "{\"inputs\":[" A1 "]}", GW_FAULT_MISSING_INPUT,
               "expected 2 inputs but got 1 inputs for model 'm'. Got input(s) ['a'], "
               "but missing required input(s) ['b']. Please provide all required "
               "input(s).",
               "/inputs");
    v2_refuses(&v,
               "{\"inputs\":[" A1 "," B1 "},{\"name\":\"c\",\"shape\":[1],\"datatype\":"
               "\"FP32\",\"data\":[1]}]}",
               GW_FAULT_UNKNOWN_FEATURE, "unexpected inference input 'c' for model 'm'",
               "/inputs/2/name");
    v2_close(&v);
}

static void a_batch_of_no_rows_is_a_batch(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    v2_accepts(&v, "{\"inputs\":[{\"name\":\"age\",\"shape\":[0,1],\"datatype\":\"FP32\","
                   "\"data\":[]},{\"name\":\"vec\",\"shape\":[0,2],\"datatype\":\"FP32\","
                   "\"data\":[[]]},{\"name\":\"city\",\"shape\":[0],\"datatype\":"
                   "\"BYTES\",\"data\":[]},{\"name\":\"bag.offsets\",\"shape\":[1],"
                   "\"datatype\":\"INT64\",\"data\":[0]},{\"name\":\"bag.ids\",\"shape\":"
                   "[0],\"datatype\":\"INT64\",\"data\":[]},{\"name\":\"tags\",\"shape\":"
                   "[0,7],\"datatype\":\"BYTES\",\"data\":[]}]}");
    assert_int_equal(v.d.batch.rows.n, 0);
    free(scores_of(&v.d));
    v2_close(&v);
    v2_open(&v, plan_of_two_tensors());
    v2_accepts(&v, "{\"inputs\":[{\"name\":\"a\",\"shape\":[0,2],\"datatype\":\"FP32\","
                   "\"data\":[]},{\"name\":\"b\",\"shape\":[0,1],\"datatype\":\"FP32\","
                   "\"data\":[]}]}");
    free(scores_of(&v.d));
    v2_close(&v);
    v2_open(&v, plan_by_position());
    v2_accepts(&v, "{\"inputs\":[{\"name\":\"z\",\"shape\":[0,3],\"datatype\":\"FP32\","
                   "\"data\":[]}]}");
    free(scores_of(&v.d));
    v2_close(&v);
}

static void nesting_deeper_than_the_limit_is_refused_in_its_words(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_two_outputs());
    v.d.limits.depth = 100;
    char body[600];
    int size = snprintf(body, sizeof body,
                        "{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":"
                        "\"FP64\",\"data\":");
    for (int levels = 97; levels <= 98; levels++) {
        memset(body + size, '[', (size_t)levels);
        body[size + levels] = '1';
        memset(body + size + levels + 1, ']', (size_t)levels);
        memcpy(body + size + 2 * levels + 1, "}]}", 4);
        if (levels == 97)
            v2_accepts(&v, body);
        else
            v2_refuses(&v, body, GW_FAULT_BAD_JSON,
                       "JSON nesting depth exceeds maximum allowed limit (100)",
                       "/inputs/0/data");
    }
    v2_close(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_members_of_a_request_stand_in_any_order),
        cmocka_unit_test(the_members_of_an_input_stand_in_any_order),
        cmocka_unit_test(a_key_that_stands_twice_is_refused),
        cmocka_unit_test(an_id_is_a_string_and_kept),
        cmocka_unit_test(parameters_that_mean_something_are_read_and_others_ignored),
        cmocka_unit_test(a_parameter_that_starts_with_triton__is_refused),
        cmocka_unit_test(no_outputs_or_an_empty_list_means_all),
        cmocka_unit_test(outputs_come_in_the_order_and_form_asked),
        cmocka_unit_test(outputs_that_nobody_has_or_twice_are_refused),
        cmocka_unit_test(a_broken_object_behind_all_outputs_takes_no_room),
        cmocka_unit_test(a_groups_outputs_are_called_member_or_member_dot_output),
        cmocka_unit_test(a_request_without_inputs_is_refused),
        cmocka_unit_test(all_inputs_have_the_same_number_of_rows),
        cmocka_unit_test(an_input_with_context_is_one_row_common_to_all),
        cmocka_unit_test(an_unknown_input_is_skipped_and_counted),
        cmocka_unit_test(an_unknown_input_is_refused_when_the_model_is_strict),
        cmocka_unit_test(a_tensor_signature_takes_exactly_its_inputs),
        cmocka_unit_test(a_batch_of_no_rows_is_a_batch),
        cmocka_unit_test(nesting_deeper_than_the_limit_is_refused_in_its_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
