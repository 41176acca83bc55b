/* SPDX-License-Identifier: MIT
 * Predict answers: their shape for one output, several outputs and a group, in both
 * forms, and that a warm decode and encode take no memory from the heap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/encode.h"
#include "tests/unit/gateway/support/decoding.h"
#include "tests/unit/gateway/support/plans.h"

/* Decode, score with the real engine, encode. `failed`: a model to mark as failed, or -1.
 */
static void answers(roost_plan *plan, int group, int failed, const char *body,
                    const char *want)
{
    struct decoding d;
    struct roost_verdict verdict[2] = {{ROOST_OK, 0}, {ROOST_OK, 0}};
    struct eng_buf out;
    eng_buf_init(&out, 1 << 16);
    decoding_open(&d, plan);
    accepts(&d, body);
    double *scores = scores_of(&d);
    if (failed >= 0)
        verdict[failed].status = ROOST_SCORE;
    struct gw_scores about = {plan, scores, verdict, d.batch.rows.n, group};
    assert_int_equal(gw_encode_tfs_predict(&about, d.batch.form, &out), 0);
    assert_string_equal(out.at, want);
    free(scores);
    eng_buf_clear(&out);
    decoding_close(&d);
}

static void one_scalar_output_is_a_bare_list(void **state)
{
    (void)state;
    answers(plan_of_one_number(), 0, -1, "{\"instances\":[1,2.5,-0,1e-7,1e20]}",
            "{\"predictions\":[1.0,2.5,0.0,1e-7,1e20]}");
    answers(plan_of_one_number(), 0, -1, "{\"inputs\":[1,2.5]}",
            "{\"outputs\":[1.0,2.5]}");
}

static void a_score_is_shown_in_the_type_of_its_output(void **state)
{
    (void)state;
    answers(plan_of_two_outputs(), 0, -1, "{\"instances\":[0.1]}",
            "{\"predictions\":[{\"twice\":0.2,\"both\":[0.1,1.0]}]}");
    answers(plan_of_one_number(), 0, -1, "{\"instances\":[0.1]}",
            "{\"predictions\":[0.1]}");
}

static void several_outputs_are_an_object_a_row_or_an_object_of_lists(void **state)
{
    (void)state;
    answers(plan_of_two_outputs(), 0, -1, "{\"instances\":[1,3]}",
            "{\"predictions\":[{\"twice\":2.0,\"both\":[1.0,10.0]},"
            "{\"twice\":6.0,\"both\":[3.0,30.0]}]}");
    answers(plan_of_two_outputs(), 0, -1, "{\"inputs\":{\"x\":[1,3]}}",
            "{\"outputs\":{\"twice\":[2.0,6.0],\"both\":[[1.0,10.0],[3.0,30.0]]}}");
}

static void a_group_names_its_members(void **state)
{
    (void)state;
    answers(plan_of_a_group(), 1, -1, "{\"instances\":[1,3]}",
            "{\"predictions\":[{\"one\":1.0,\"two\":{\"twice\":2.0,\"both\":[1.0,10.0]}},"
            "{\"one\":3.0,\"two\":{\"twice\":6.0,\"both\":[3.0,30.0]}}]}");
    answers(plan_of_a_group(), 1, -1, "{\"inputs\":[1,3]}",
            "{\"outputs\":{\"one\":[1.0,3.0],"
            "\"two\":{\"twice\":[2.0,6.0],\"both\":[[1.0,10.0],[3.0,30.0]]}}}");
    /* A group of one member is still a group. */
    answers(plan_of_one_number(), 1, -1, "{\"instances\":[1]}",
            "{\"predictions\":[{\"0\":1.0}]}");
}

static void a_member_that_failed_is_null(void **state)
{
    (void)state;
    answers(plan_of_a_group(), 1, 1, "{\"instances\":[1,3]}",
            "{\"predictions\":[{\"one\":1.0,\"two\":null},{\"one\":3.0,\"two\":null}]}");
    answers(
        plan_of_a_group(), 1, 0, "{\"inputs\":[1]}",
        "{\"outputs\":{\"one\":null,\"two\":{\"twice\":[2.0],\"both\":[[1.0,10.0]]}}}");
}

static void a_row_alone_is_written_as_it_stands_in_predictions(void **state)
{
    (void)state;
    roost_plan *plan = plan_of_two_outputs();
    const double scores[6] = {1, 2, 3, 4, 5, (double)NAN};
    const struct roost_verdict verdict = {ROOST_OK, 0};
    struct gw_scores about = {plan, scores, &verdict, 2, 0};
    struct eng_buf out;
    eng_buf_init(&out, 1000);
    assert_int_equal(gw_encode_tfs_row(&about, 1, &out), 0);
    assert_string_equal(out.at, "{\"twice\":4.0,\"both\":[5.0,NaN]}");
    eng_buf_clear(&out);
    roost_plan_free(plan);
}

static void a_buffer_at_its_maximum_is_an_error(void **state)
{
    (void)state;
    roost_plan *plan = plan_of_two_outputs();
    const double scores[3] = {1, 2, 3};
    const struct roost_verdict verdict = {ROOST_OK, 0};
    struct gw_scores about = {plan, scores, &verdict, 1, 0};
    struct eng_buf out;
    for (size_t max = 0; max < 40; max++) {
        eng_buf_init(&out, max);
        assert_int_equal(gw_encode_tfs_predict(&about, GW_FORM_ROWS, &out), -1);
        assert_int_equal(gw_encode_tfs_predict(&about, GW_FORM_COLUMNS, &out), -1);
        eng_buf_clear(&out);
    }
    roost_plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_scalar_output_is_a_bare_list),
        cmocka_unit_test(a_score_is_shown_in_the_type_of_its_output),
        cmocka_unit_test(several_outputs_are_an_object_a_row_or_an_object_of_lists),
        cmocka_unit_test(a_group_names_its_members),
        cmocka_unit_test(a_member_that_failed_is_null),
        cmocka_unit_test(a_row_alone_is_written_as_it_stands_in_predictions),
        cmocka_unit_test(a_buffer_at_its_maximum_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
