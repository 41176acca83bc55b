/* SPDX-License-Identifier: MIT
 * Classify and regress answers: labels, both classes of one probability, what a plan may
 * be asked, and the documentation examples of TensorFlow Serving. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gateway/support/examples.h"
#include "tests/unit/gateway/support/plans.h"

/* y = x for each width, as these types. */
static roost_plan *identity(enum roost_type output, uint32_t width, uint32_t labels,
                            const char *const *names)
{
    return plan_about(&(struct plan_about){.feature = ROOST_F64,
                                           .output = output,
                                           .weight = 1,
                                           .width = width,
                                           .label_count = labels,
                                           .labels = names});
}

static void regress_gives_the_documented_answer(void **state)
{
    (void)state;
    /* half_plus_three of the documentation, less one. */
    examples_answer(plan_half_plus_two(), GW_EXAMPLES_REGRESS,
                    "{\"signature_name\":\"tensorflow/serving/regress\","
                    "\"examples\":[{\"x\":1.0},{\"x\":2.0}]}",
                    "{\"results\":[2.5,3.0]}");
    examples_answer(plan_half_plus_two(), GW_EXAMPLES_REGRESS,
                    "{\"examples\":[{\"x\":80.0}]}", "{\"results\":[42.0]}");
}

static void one_probability_gives_both_classes(void **state)
{
    (void)state;
    examples_answer(
        identity(ROOST_F32, 1, 0, NULL), GW_EXAMPLES_CLASSIFY,
        "{\"examples\":[{\"x\":0.9},{\"x\":0.25}]}",
        "{\"results\":[[[\"0\",0.1],[\"1\",0.9]],[[\"0\",0.75],[\"1\",0.25]]]}");
    examples_answer(identity(ROOST_F64, 1, 0, NULL), GW_EXAMPLES_CLASSIFY,
                    "{\"examples\":[{\"x\":1e-20}]}",
                    "{\"results\":[[[\"0\",1.0],[\"1\",1e-20]]]}");
}

static void labels_name_the_classes(void **state)
{
    (void)state;
    static const char *const two[] = {"no \"thanks\"", "y\xC3\xA9s"};
    static const char *const three[] = {"a", "", "c"};
    examples_answer(identity(ROOST_F64, 1, 2, two), GW_EXAMPLES_CLASSIFY,
                    "{\"examples\":[{\"x\":0.5}]}",
                    "{\"results\":[[[\"no \\\"thanks\\\"\",0.5],[\"y\xC3\xA9s\",0.5]]]}");
    examples_answer(identity(ROOST_F64, 1, 1, two), GW_EXAMPLES_CLASSIFY,
                    "{\"examples\":[{\"x\":0.5}]}",
                    "{\"results\":[[[\"no \\\"thanks\\\"\",0.5]]]}");
    examples_answer(identity(ROOST_F64, 3, 3, three), GW_EXAMPLES_CLASSIFY,
                    "{\"examples\":[{\"x\":1.0},{\"x\":0.0}]}",
                    "{\"results\":[[[\"a\",1.0],[\"\",10.0],[\"c\",100.0]],"
                    "[[\"a\",0.0],[\"\",0.0],[\"c\",0.0]]]}");
}

static void classes_without_labels_are_called_by_their_indices(void **state)
{
    (void)state;
    examples_answer(identity(ROOST_F32, 3, 0, NULL), GW_EXAMPLES_CLASSIFY,
                    "{\"examples\":[{\"x\":0.001}]}",
                    "{\"results\":[[[\"0\",0.001],[\"1\",0.01],[\"2\",0.1]]]}");
}

static void results_are_decimals_whatever_the_type_of_the_output(void **state)
{
    (void)state;
    examples_answer(identity(ROOST_I32, 1, 0, NULL), GW_EXAMPLES_REGRESS,
                    "{\"examples\":[{\"x\":2.5},{\"x\":-3}]}",
                    "{\"results\":[2.0,-3.0]}");
    examples_answer(identity(ROOST_I64, 1, 0, NULL), GW_EXAMPLES_REGRESS,
                    "{\"examples\":[{\"x\":1e9}]}", "{\"results\":[1000000000.0]}");
}

static void a_plan_is_asked_only_what_it_can_answer(void **state)
{
    (void)state;
    struct gw_fault fault = {.code = GW_FAULT_NONE};
    roost_plan *two = plan_of_two_outputs(), *group = plan_of_a_group();
    roost_plan *wide = plan_about(&(struct plan_about){.width = 3, .weight = 1});
    assert_int_equal(gw_examples_allowed(wide, 0, GW_EXAMPLES_CLASSIFY, &fault), 0);
    assert_int_equal(gw_examples_allowed(wide, 0, GW_EXAMPLES_REGRESS, &fault), -1);
    assert_string_equal(
        fault.text, "Expected regression signature method_name to be "
                    "tensorflow/serving/regress. Was: tensorflow/serving/predict. To "
                    "regress, a model must have one output of one number; this one has "
                    "1, the first of 3 numbers");
    assert_int_equal(gw_fault_http(fault.code), 400);
    fault.code = GW_FAULT_NONE;
    assert_int_equal(gw_examples_allowed(two, 0, GW_EXAMPLES_CLASSIFY, &fault), -1);
    assert_non_null(strstr(fault.text, "a model must have one output; this one has 2"));
    fault.code = GW_FAULT_NONE;
    assert_int_equal(gw_examples_allowed(group, 1, GW_EXAMPLES_CLASSIFY, &fault), -1);
    assert_non_null(strstr(fault.text, "A group answers predict"));
    assert_int_equal(gw_fault_http(fault.code), 400);
    roost_plan_free(two);
    roost_plan_free(group);
    roost_plan_free(wide);
}

static void a_buffer_at_its_maximum_is_an_error(void **state)
{
    (void)state;
    roost_plan *plan = identity(ROOST_F64, 1, 0, NULL);
    const double scores[2] = {1, 2};
    const struct roost_verdict verdict = {ROOST_OK, 0};
    struct gw_scores about = {plan, scores, &verdict, 2, 0};
    struct eng_buf out;
    for (size_t max = 0; max < 20; max++) {
        eng_buf_init(&out, max);
        assert_int_equal(gw_encode_tfs_classify(&about, &out), -1);
        assert_int_equal(gw_encode_tfs_regress(&about, &out), -1);
        eng_buf_clear(&out);
    }
    roost_plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regress_gives_the_documented_answer),
        cmocka_unit_test(one_probability_gives_both_classes),
        cmocka_unit_test(labels_name_the_classes),
        cmocka_unit_test(classes_without_labels_are_called_by_their_indices),
        cmocka_unit_test(results_are_decimals_whatever_the_type_of_the_output),
        cmocka_unit_test(a_plan_is_asked_only_what_it_can_answer),
        cmocka_unit_test(a_buffer_at_its_maximum_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
