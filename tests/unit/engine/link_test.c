/* SPDX-License-Identifier: MIT
 * link_test.c - from margins to scores. */
#include "engine/predict/link.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void every_word_of_the_table_is_a_link(void **state)
{
    (void)state;
    const char *const words[] = {"identity", "logistic", "exp",
                                 "softmax",  "argmax",   "hinge"};
    char joined[80] = "";
    for (size_t i = 0; i < 6; i++) {
        enum eng_link link;
        assert_int_equal(eng_link_find(words[i], &link), 0);
        assert_int_equal(link, i);
        size_t used = strlen(joined);
        snprintf(joined + used, sizeof joined - used, "%s%s", i ? "|" : "", words[i]);
    }
    assert_string_equal(joined, ENG_LINK_WORDS);
    enum eng_link link;
    assert_int_equal(eng_link_find("sigmoid", &link), -1);
}

static void logistic_is_saturated_at_both_ends_and_exact_between(void **state)
{
    (void)state;
    double row[] = {0, 1, -1, 1e4, -1e4, INFINITY, -INFINITY, NAN};
    eng_link_apply(ENG_LINK_LOGISTIC, row, 8);
    assert_true(row[0] == 0.5 && row[3] == 1 && row[4] == 0);
    assert_true(fabs(row[1] - 0.73105857863000488) < 1e-15);
    assert_true(fabs(row[2] - 0.26894142136999512) < 1e-15);
    assert_true(row[5] == 1 && row[6] == 0 && isnan(row[7]));
}

static void logistic_in_float_rounds_as_xgboost_does(void **state)
{
    (void)state;
    double row[] = {0, 0.1, -200, 200, NAN};
    eng_link_apply_f32(ENG_LINK_LOGISTIC, row, 5);
    assert_true(row[0] == 0.5);
    assert_true(row[1] == (double)(1.0f / (expf(-0.1f) + 1.0f)));
    assert_true(row[2] >= 0 && row[2] < 1e-37 && row[3] == 1 && isnan(row[4]));
}

static void softmax_sums_to_one_even_of_huge_margins(void **state)
{
    (void)state;
    for (int f32 = 0; f32 < 2; f32++) {
        double row[] = {1000, 1001, -1e30};
        (f32 ? eng_link_apply_f32 : eng_link_apply)(ENG_LINK_SOFTMAX, row, 3);
        assert_true(fabs(row[1] - 0.73105857863) < 1e-7);
        assert_true(row[2] == 0);
        assert_true(fabs(row[0] + row[1] - 1) < 1e-6);
    }
}

static void argmax_is_the_first_of_the_greatest_and_passes_nan_over(void **state)
{
    (void)state;
    double tie[] = {1, 3, 3}, nan[] = {NAN, -2, -1}, all[] = {NAN, NAN};
    eng_link_apply(ENG_LINK_ARGMAX, tie, 3);
    eng_link_apply_f32(ENG_LINK_ARGMAX, nan, 3);
    eng_link_apply(ENG_LINK_ARGMAX, all, 2);
    assert_true(tie[0] == 1 && nan[0] == 2 && all[0] == 0);
    assert_int_equal(eng_link_width(ENG_LINK_ARGMAX, 3), 1);
    assert_int_equal(eng_link_width(ENG_LINK_SOFTMAX, 3), 3);
}

static void exp_and_hinge_take_each_margin_by_itself(void **state)
{
    (void)state;
    double row[] = {0, 1}, wide[] = {0, 1}, sign[] = {-1, 0, 1e-30};
    eng_link_apply(ENG_LINK_EXP, wide, 2);
    eng_link_apply_f32(ENG_LINK_EXP, row, 2);
    eng_link_apply(ENG_LINK_HINGE, sign, 3);
    assert_true(wide[0] == 1 && wide[1] == exp(1.0));
    assert_true(row[0] == 1 && row[1] == (double)expf(1.0f));
    assert_true(sign[0] == 0 && sign[1] == 0 && sign[2] == 1);
}

static void identity_changes_nothing_but_rounds_in_float(void **state)
{
    (void)state;
    double row[] = {0.1}, f32[] = {0.1};
    eng_link_apply(ENG_LINK_IDENTITY, row, 1);
    eng_link_apply_f32(ENG_LINK_IDENTITY, f32, 1);
    assert_true(row[0] == 0.1 && f32[0] == (double)0.1f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_word_of_the_table_is_a_link),
        cmocka_unit_test(logistic_is_saturated_at_both_ends_and_exact_between),
        cmocka_unit_test(logistic_in_float_rounds_as_xgboost_does),
        cmocka_unit_test(softmax_sums_to_one_even_of_huge_margins),
        cmocka_unit_test(argmax_is_the_first_of_the_greatest_and_passes_nan_over),
        cmocka_unit_test(exp_and_hinge_take_each_margin_by_itself),
        cmocka_unit_test(identity_changes_nothing_but_rounds_in_float),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
