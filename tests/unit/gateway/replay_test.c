/* SPDX-License-Identifier: MIT
 * Golden and warm-up lines: scored like a request, compared with what the trainer wrote.
 */
#include "gateway/replay.h"
#include "tests/unit/gateway/support/plans.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct gw_replay options = {.limits = {.rows = 100,
                                              .depth = 20,
                                              .list = 1000,
                                              .keys = 1000,
                                              .text = 1000,
                                              .strict_json = 0}};

static roost_status replay(roost_plan *plan, const char *line, int compare,
                           struct roost_error *err)
{
    size_t size = strlen(line);
    char *exact = test_malloc(size + (size == 0));
    memcpy(exact, line, size);
    memset(err, 0, sizeof *err);
    roost_status status = gw_replay_line(&options, plan, exact, size, compare, err);
    test_free(exact);
    return status;
}

static void expect(roost_plan *plan, const char *line, roost_status wanted)
{
    struct roost_error err;
    roost_status status = replay(plan, line, 1, &err);
    if (status != wanted)
        fail_msg("%s: %s (%s)", line, roost_status_name(status), err.text);
    if (status != ROOST_OK)
        assert_true(err.text[0] != '\0');
}

static void scores_that_agree_pass(void **state)
{
    (void)state;
    roost_plan *plan = plan_of_one_number();
    expect(plan, "{\"instances\":[{\"x\":1.5},{\"x\":-2}],\"predictions\":[1.5,-2]}", 0);
    expect(plan, "{\"predictions\":[1.5],\"instances\":[{\"x\":1.5}]}", 0);
    expect(plan, "{\"instances\":[{\"x\":1.5}],\"predictions\":[1.5000009]}", 0);
    expect(plan, "{\"instances\":[{\"x\":1e6}],\"predictions\":[1000000.5]}", 0);
    expect(plan, "{\"inputs\":{\"x\":[1,2]},\"predictions\":[1,2]}", 0);
    roost_plan_free(plan);
}

static void
a_score_beyond_the_tolerance_is_refused_with_row_expected_and_got(void **state)
{
    (void)state;
    roost_plan *plan = plan_of_one_number();
    struct roost_error err;
    assert_int_equal(
        replay(plan, "{\"instances\":[{\"x\":1},{\"x\":2}],\"predictions\":[1,2.25]}", 1,
               &err),
        ROOST_VERIFY);
    assert_int_equal(err.at, 1);
    assert_non_null(strstr(err.text, "row 1"));
    assert_non_null(strstr(err.text, "expected 2.25, got 2"));
    expect(plan, "{\"instances\":[{\"x\":1.5}],\"predictions\":[1.500004]}",
           ROOST_VERIFY);
    expect(plan, "{\"instances\":[{\"x\":1.5}],\"predictions\":[NaN]}", ROOST_VERIFY);
    roost_plan_free(plan);
}

static void a_line_sets_its_own_tolerance_wherever_it_stands(void **state)
{
    (void)state;
    roost_plan *plan = plan_of_one_number();
    expect(plan, "{\"tolerance\":0.1,\"instances\":[{\"x\":1}],\"predictions\":[1.05]}",
           0);
    expect(plan, "{\"instances\":[{\"x\":1}],\"predictions\":[1.05],\"tolerance\":0.1}",
           0);
    expect(plan, "{\"instances\":[{\"x\":1}],\"predictions\":[1.05],\"tolerance\":0.01}",
           ROOST_VERIFY);
    expect(plan, "{\"instances\":[{\"x\":1}],\"predictions\":[1],\"tolerance\":0}", 0);
    expect(plan, "{\"instances\":[{\"x\":1}],\"predictions\":[1],\"tolerance\":-1}",
           ROOST_VALUE);
    expect(plan, "{\"instances\":[{\"x\":1}],\"predictions\":[1],\"tolerance\":\"x\"}",
           ROOST_VALUE);
    roost_plan_free(plan);
}

static void the_shape_of_the_predictions_must_be_that_of_the_rows(void **state)
{
    (void)state;
    roost_plan *plan = plan_of_one_number();
    expect(plan, "{\"instances\":[{\"x\":1}],\"predictions\":[]}", ROOST_VERIFY);
    expect(plan, "{\"instances\":[{\"x\":1}],\"predictions\":[1,1]}", ROOST_VERIFY);
    expect(plan, "{\"instances\":[{\"x\":1}],\"predictions\":[\"1\"]}", ROOST_VERIFY);
    expect(plan, "{\"instances\":[{\"x\":1}],\"predictions\":[[1,1]]}", ROOST_VERIFY);
    expect(plan, "{\"instances\":[{\"x\":1}],\"predictions\":1}", ROOST_VERIFY);
    expect(plan, "{\"instances\":[{\"x\":1}],\"predictions\":[{\"no\":1}]}",
           ROOST_VERIFY);
    expect(plan, "{\"instances\":[{\"x\":1}]}", ROOST_VALUE);
    roost_plan_free(plan);
}

static void several_outputs_are_compared_by_name_and_place(void **state)
{
    (void)state;
    roost_plan *plan = plan_of_two_outputs();
    static const char head[] = "{\"instances\":[{\"x\":1}],\"predictions\":[";
    static const struct {
        const char *tail;
        roost_status status;
    } cases[] = {{"{\"twice\":2,\"both\":[1,10]}]}", ROOST_OK},
                 {"{\"both\":[1,10],\"twice\":2}]}", ROOST_OK},
                 {"{\"both\":[1,11],\"twice\":2}]}", ROOST_VERIFY},
                 {"{\"both\":[1],\"twice\":2}]}", ROOST_VERIFY},
                 {"{\"both\":[1,10,100],\"twice\":2}]}", ROOST_VERIFY},
                 {"{\"both\":1,\"twice\":2}]}", ROOST_VERIFY},
                 {"{\"twice\":2}]}", ROOST_VERIFY},
                 {"2]}", ROOST_VERIFY}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char line[256];
        size_t size = strlen(cases[i].tail);
        memcpy(line, head, sizeof head - 1);
        memcpy(line + sizeof head - 1, cases[i].tail, size + 1);
        expect(plan, line, cases[i].status);
    }
    roost_plan_free(plan);
}

static void a_line_that_is_no_request_says_why(void **state)
{
    (void)state;
    roost_plan *plan = plan_of_one_number();
    static const char *const bad[] = {
        "",
        "{",
        "[]",
        "{\"instances\":[]}",
        "{\"instances\":[{\"x\":\"a\"}],\"predictions\":[1]}",
        "{\"predictions\":[1]}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect(plan, bad[i], ROOST_VALUE);
    roost_plan_free(plan);
}

static void every_cut_of_a_line_is_refused_without_harm(void **state)
{
    (void)state;
    roost_plan *plan = plan_of_two_outputs();
    static const char line[] = "{\"tolerance\":0.5,\"instances\":[{\"x\":1}],"
                               "\"predictions\":[{\"twice\":2,\"both\":[1,10]}]}";
    for (size_t size = 0; size + 1 < sizeof line; size++) {
        char part[sizeof line];
        struct roost_error err;
        memcpy(part, line, size);
        part[size] = '\0';
        assert_int_not_equal(replay(plan, part, 1, &err), ROOST_OK);
    }
    expect(plan, line, ROOST_OK);
    roost_plan_free(plan);
}

static void a_warm_up_line_is_scored_and_not_compared(void **state)
{
    (void)state;
    roost_plan *plan = plan_of_one_number();
    struct roost_error err;
    assert_int_equal(replay(plan, "{\"instances\":[{\"x\":1}]}", 0, &err), ROOST_OK);
    assert_int_equal(
        replay(plan, "{\"instances\":[{\"x\":1}],\"predictions\":[9]}", 0, &err),
        ROOST_OK);
    assert_int_equal(replay(plan, "{\"instances\":[{\"x\":[]}]}", 0, &err), ROOST_VALUE);
    roost_plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_that_agree_pass),
        cmocka_unit_test(
            a_score_beyond_the_tolerance_is_refused_with_row_expected_and_got),
        cmocka_unit_test(a_line_sets_its_own_tolerance_wherever_it_stands),
        cmocka_unit_test(the_shape_of_the_predictions_must_be_that_of_the_rows),
        cmocka_unit_test(several_outputs_are_compared_by_name_and_place),
        cmocka_unit_test(a_line_that_is_no_request_says_why),
        cmocka_unit_test(every_cut_of_a_line_is_refused_without_harm),
        cmocka_unit_test(a_warm_up_line_is_scored_and_not_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
