/* SPDX-License-Identifier: MIT
 * The metadata answer, compared as JSON with what TensorFlow Serving's own test files
 * hold in shape: every key, types, open and fixed dimensions, the signatures a model has.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/metadata_tfs.h"
#include "tests/unit/gateway/support/examples.h"
#include "tests/unit/gateway/support/plans.h"

/* The answer for a plan, which is freed. */
static json_t *metadata(roost_plan *plan, const char *name, int64_t version,
                        uint32_t members)
{
    struct reg_serving serving = {
        .name = name, .version = version, .plan = plan, .member_count = members};
    struct eng_buf out;
    json_error_t error;
    eng_buf_init(&out, 1 << 16);
    assert_int_equal(gw_metadata_tfs(&serving, &out), 0);
    json_t *answer = json_loadb(out.at, out.size, JSON_REJECT_DUPLICATES, &error);
    if (answer == NULL)
        fail_msg("%s at %d: %s", error.text, error.position, out.at);
    eng_buf_clear(&out);
    roost_plan_free(plan);
    return answer;
}

static json_t *signature_of(json_t *answer, const char *name)
{
    json_t *at = json_object_get(answer, "metadata");
    at = json_object_get(json_object_get(at, "signature_def"), "signature_def");
    return json_object_get(at, name);
}

/* Fails the test unless the two are equal as JSON; `want` has ' for ". */
static void same_json(const json_t *got, const char *want)
{
    json_error_t error;
    char quoted[2000];
    size_t size = strlen(want);
    assert_true(size < sizeof quoted);
    for (size_t i = 0; i <= size; i++)
        quoted[i] = want[i] == '\'' ? '"' : want[i];
    json_t *expected = json_loads(quoted, 0, &error);
    if (expected == NULL)
        fail_msg("%s at %d: %s", error.text, error.position, quoted);
    assert_non_null(got);
    if (!json_equal(got, expected)) {
        char *text = json_dumps(got, JSON_COMPACT);
        fail_msg("%s\n  is not\n%s", text, quoted);
    }
    json_decref(expected);
}

/* Fails the test unless the tensors have this one, of shape [-1], or [-1, second]. */
static void has_tensor(const json_t *tensors, const char *key, const char *dtype,
                       const char *second)
{
    char want[400];
    snprintf(want, sizeof want,
             "{'dtype':'%s','tensor_shape':{'dim':[{'size':'-1','name':''}%s%s%s],"
             "'unknown_rank':false},'name':'%s:0'}",
             dtype, second ? ",{'size':'" : "", second ? second : "",
             second ? "','name':''}" : "", key);
    same_json(json_object_get(tensors, key), want);
}

static json_t *tensors_of(json_t *answer, const char *signature, const char *which)
{
    return json_object_get(signature_of(answer, signature), which);
}

static void the_documented_model_is_described_as_documented(void **state)
{
    (void)state;
    json_t *answer = metadata(plan_half_plus_two(), "half_plus_two", 123, 0);
    same_json(json_object_get(answer, "model_spec"),
              "{'name':'half_plus_two','signature_name':'','version':'123'}");
    assert_int_equal(json_object_size(answer), 2);
    assert_int_equal(json_object_size(json_object_get(answer, "metadata")), 1);
    same_json(signature_of(answer, "serving_default"),
              "{'inputs':{'x':{'dtype':'DT_FLOAT','tensor_shape':{'dim':"
              "[{'size':'-1','name':''}],'unknown_rank':false},'name':'x:0'}},"
              "'outputs':{'y':{'dtype':'DT_FLOAT','tensor_shape':{'dim':"
              "[{'size':'-1','name':''}],'unknown_rank':false},'name':'y:0'}},"
              "'method_name':'tensorflow/serving/predict','defaults':{}}");
    same_json(signature_of(answer, "tensorflow/serving/classify"),
              "{'inputs':{'inputs':{'dtype':'DT_STRING','tensor_shape':{'dim':[],"
              "'unknown_rank':true},'name':'tf_example:0'}},'outputs':{'classes':{"
              "'dtype':'DT_STRING','tensor_shape':{'dim':[{'size':'-1','name':''},"
              "{'size':'2','name':''}],'unknown_rank':false},'name':'classes:0'},"
              "'scores':{'dtype':'DT_FLOAT','tensor_shape':{'dim':[{'size':'-1',"
              "'name':''},{'size':'2','name':''}],'unknown_rank':false},'name':'y:0'}},"
              "'method_name':'tensorflow/serving/classify','defaults':{}}");
    same_json(signature_of(answer, "tensorflow/serving/regress"),
              "{'inputs':{'inputs':{'dtype':'DT_STRING','tensor_shape':{'dim':[],"
              "'unknown_rank':true},'name':'tf_example:0'}},'outputs':{'outputs':{"
              "'dtype':'DT_FLOAT','tensor_shape':{'dim':[{'size':'-1','name':''},"
              "{'size':'1','name':''}],'unknown_rank':false},'name':'y:0'}},"
              "'method_name':'tensorflow/serving/regress','defaults':{}}");
    json_decref(answer);
}

static void each_type_has_its_dtype_and_shape(void **state)
{
    (void)state;
    json_t *answer = metadata(plan_of_all_types(0), "m", 1, 0);
    json_t *inputs = tensors_of(answer, "serving_default", "inputs");
    has_tensor(inputs, "age", "DT_FLOAT", NULL);
    has_tensor(inputs, "income", "DT_DOUBLE", NULL);
    has_tensor(inputs, "count", "DT_INT64", NULL);
    has_tensor(inputs, "member", "DT_BOOL", NULL);
    has_tensor(inputs, "city", "DT_STRING", NULL);
    has_tensor(inputs, "tags", "DT_STRING", "-1");
    has_tensor(inputs, "bag", "DT_STRING", "-1");
    has_tensor(inputs, "vec", "DT_FLOAT", "2");
    assert_int_equal(json_object_size(inputs), 8);
    json_decref(answer);
    answer = metadata(plan_of_whole_numbers(), "m", 1, 0);
    inputs = tensors_of(answer, "serving_default", "inputs");
    has_tensor(inputs, "a", "DT_INT32", NULL);
    has_tensor(inputs, "b", "DT_INT32", "2");
    has_tensor(inputs, "c", "DT_INT64", "2");
    has_tensor(tensors_of(answer, "serving_default", "outputs"), "sum", "DT_INT32", NULL);
    json_decref(answer);
}

static void only_the_signatures_that_a_model_supports_are_shown(void **state)
{
    (void)state;
    json_t *answer = metadata(plan_of_two_outputs(), "m", 1, 0);
    json_t *outputs = tensors_of(answer, "serving_default", "outputs");
    has_tensor(outputs, "twice", "DT_FLOAT", NULL);
    has_tensor(outputs, "both", "DT_DOUBLE", "2");
    assert_null(signature_of(answer, "tensorflow/serving/classify"));
    assert_null(signature_of(answer, "tensorflow/serving/regress"));
    json_decref(answer);
    answer =
        metadata(plan_about(&(struct plan_about){.width = 3, .weight = 1}), "m", 1, 0);
    same_json(json_object_get(
                  tensors_of(answer, "tensorflow/serving/classify", "outputs"), "scores"),
              "{'dtype':'DT_FLOAT','tensor_shape':{'dim':[{'size':'-1','name':''},"
              "{'size':'3','name':''}],'unknown_rank':false},'name':'y:0'}");
    assert_null(signature_of(answer, "tensorflow/serving/regress"));
    json_decref(answer);
}

static void a_group_shows_its_members_as_outputs(void **state)
{
    (void)state;
    json_t *answer = metadata(plan_of_a_group(), "g\"", 1, 2);
    same_json(json_object_get(answer, "model_spec"),
              "{'name':'g\\'','signature_name':'','version':'1'}");
    json_t *outputs = tensors_of(answer, "serving_default", "outputs");
    has_tensor(outputs, "one", "DT_FLOAT", NULL);
    has_tensor(outputs, "two.twice", "DT_FLOAT", NULL);
    has_tensor(outputs, "two.both", "DT_DOUBLE", "2");
    assert_int_equal(json_object_size(outputs), 3);
    assert_null(signature_of(answer, "tensorflow/serving/classify"));
    json_decref(answer);
}

static void a_buffer_at_its_maximum_is_an_error(void **state)
{
    (void)state;
    roost_plan *plan = plan_of_a_group();
    struct reg_serving serving = {.name = "g", .version = 1, .plan = plan};
    struct eng_buf out;
    for (size_t max = 0; max < 600; max++) {
        eng_buf_init(&out, max);
        assert_int_equal(gw_metadata_tfs(&serving, &out), -1);
        eng_buf_clear(&out);
    }
    roost_plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_documented_model_is_described_as_documented),
        cmocka_unit_test(each_type_has_its_dtype_and_shape),
        cmocka_unit_test(only_the_signatures_that_a_model_supports_are_shown),
        cmocka_unit_test(a_group_shows_its_members_as_outputs),
        cmocka_unit_test(a_buffer_at_its_maximum_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
