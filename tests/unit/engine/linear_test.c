/* SPDX-License-Identifier: MIT
 * linear_test.c - a linear predictor by itself: slots, margins, links, and what it
 * refuses. */
#include "tests/unit/engine/support/op_case.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void slots_follow_the_order_of_the_inputs(void **state)
{
    (void)state;
    const double weights[] = {1, 2, 4, 8, 16, 32, 64, 128};
    const double number[] = {1, NAN}, bias[] = {0.5};
    const double dense[] = {1, 1, NAN, 2};
    const int64_t integer[] = {1, 3};
    const uint8_t present[] = {0, 1};
    const uint32_t start[] = {0, 2, 3};
    const uint64_t ids[] = {0, 2, 1};
    struct op_case c;
    op_case(&c, "linear");
    op_number(&c, "number", number);
    op_ids(&c, "ids", 3, 0, start, ids, NULL);
    op_dense64(&c, "dense", 2, dense);
    op_integer(&c, "integer", integer, present);
    op_set_tensor(&c, "weights", weights, 7);
    op_set_tensor(&c, "bias", bias, 1);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(c.shape.kind, ENG_DENSE64);
    assert_int_equal(c.shape.width, 1);
    assert_int_equal(op_run(&c, 2), ROOST_OK);
    assert_true(c.out.f64[0] == 0.5 + 1 + (2 + 8) + (16 + 32));
    assert_true(c.out.f64[1] == 0.5 + 4 + 64 + 3 * 64);
    op_done(&c);
}

static void a_missing_amount_and_an_unknown_key_add_nothing(void **state)
{
    (void)state;
    const double weights[] = {1, 2, 4};
    const int64_t keys[] = {-1, 5, 9};
    const uint32_t start[] = {0, 4};
    const uint64_t ids[] = {UINT64_MAX, 5, 6, 9};
    const float amounts[] = {0.5f, NAN, 3, -1};
    struct op_case c;
    op_case(&c, "linear");
    op_ids(&c, "ids", 0, 0, start, ids, amounts);
    op_set_tensor(&c, "weights", weights, 3);
    op_set_keys(&c, keys, 3);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 1), ROOST_OK);
    assert_true(c.out.f64[0] == 0.5 - 4);
    op_done(&c);
}

static void inputs_of_full_ids_share_the_last_region(void **state)
{
    (void)state;
    const double weights[] = {1, 2, 4, 8, 16, 32};
    const uint32_t start[] = {0, 1};
    const uint64_t a[] = {4}, b[] = {1}, c_ids[] = {UINT64_MAX};
    struct op_case c;
    op_case(&c, "linear");
    op_ids(&c, "a", 0, 1, start, a, NULL);
    op_ids(&c, "b", 2, 1, start, b, NULL);
    op_ids(&c, "c", 0, 1, start, c_ids, NULL);
    op_set_tensor(&c, "weights", weights, 6);
    op_set_int(&c, "bits", 2);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 1), ROOST_OK);
    assert_true(c.out.f64[0] == 4 + 2 + 32);
    op_done(&c);
}

static void margins_are_summed_in_double_from_float_weights(void **state)
{
    (void)state;
    const double weights[] = {0.1, 1e-9};
    const float dense[] = {1, 1};
    struct op_case c;
    op_case(&c, "linear");
    op_dense(&c, "x", 2, dense);
    op_set_tensor(&c, "weights", weights, 2);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 1), ROOST_OK);
    assert_true(c.out.f64[0] == (double)0.1f + (double)1e-9f);
    op_done(&c);
}

static void a_linear_of_several_outputs_has_a_row_of_weights_a_slot(void **state)
{
    (void)state;
    const double weights[] = {0, 1, 2, 3, 4, 5};
    const double bias[] = {1, 0, -1}, numbers[] = {2};
    const uint32_t start[] = {0, 1};
    const uint64_t none[] = {0};
    struct op_case c;
    op_case(&c, "linear");
    op_number(&c, "x", numbers);
    op_ids(&c, "i", 1, 1, start, none, NULL);
    op_set_matrix(&c, "weights", weights, 2, 3);
    op_set_tensor(&c, "bias", bias, 3);
    op_set_word(&c, "link", "softmax");
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(c.shape.width, 3);
    assert_int_equal(op_run(&c, 1), ROOST_OK);
    /* Margins 1 + 0 + 3, 0 + 2 + 4, -1 + 4 + 5. */
    double sum = exp(4 - 8) + exp(6 - 8) + exp(8 - 8);
    assert_true(fabs(c.out.f64[0] - exp(4 - 8) / sum) < 1e-15);
    assert_true(fabs(c.out.f64[2] - 1 / sum) < 1e-15);
    op_done(&c);
}

static void an_input_common_to_all_rows_counts_in_each(void **state)
{
    (void)state;
    const double weights[] = {1, 10}, user[] = {3}, item[] = {1, 2, 3};
    struct op_case c;
    op_case(&c, "linear");
    struct eng_value *common = op_number(&c, "user", user);
    common->common = 1;
    common->n = 1;
    op_number(&c, "item", item);
    op_set_tensor(&c, "weights", weights, 2);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 3), ROOST_OK);
    for (int r = 0; r < 3; r++)
        assert_true(c.out.f64[r] == 3 + 10 * item[r]);
    op_done(&c);
}

/* A linear over full ids (or, with `bounded`, ids below 2) with these parameters. */
static void refused(int bounded, uint64_t rows, int64_t bits, const int64_t *keys,
                    roost_status status, const char *part)
{
    const double weights[] = {1, 2, 4, 8, 16, 32, 64, 128};
    const uint32_t start[] = {0, 0};
    const uint64_t ids[] = {0};
    struct op_case c;
    op_case(&c, "linear");
    op_ids(&c, "ids", bounded ? 2 : 0, 1, start, ids, NULL);
    op_set_tensor(&c, "weights", weights, rows);
    if (bits >= 0)
        op_set_int(&c, "bits", bits);
    if (keys)
        op_set_keys(&c, keys, 2);
    op_refused(&c, status, part);
    op_done(&c);
}

static void slots_that_do_not_add_up_are_refused(void **state)
{
    (void)state;
    const int64_t keys[] = {1, 2}, twice[] = {3, 3};
    refused(1, 3, -1, NULL, ROOST_SHAPE, "3 rows, but the inputs take 2 slots");
    refused(0, 8, -1, NULL, ROOST_VALUE, "'bits' or 'keys' is needed");
    refused(1, 2, 1, NULL, ROOST_VALUE, "there is none");
    refused(0, 2, 1, keys, ROOST_VALUE, "exclude each other");
    refused(0, 8, 0, NULL, ROOST_VALUE, "from 1 to 40");
    refused(0, 8, 41, NULL, ROOST_VALUE, "from 1 to 40");
    refused(0, 8, 40, NULL, ROOST_SHAPE, "1099511627776 slots");
    refused(0, 2, -1, twice, ROOST_VALUE, "3 twice");
}

static void weights_and_bias_must_be_finite_and_fit(void **state)
{
    (void)state;
    const double bad[] = {1, 1e300}, fine[] = {1, 2}, number[] = {1};
    struct op_case c;
    op_case(&c, "linear");
    op_number(&c, "a", number);
    op_number(&c, "b", number);
    op_set_tensor(&c, "weights", bad, 2);
    op_refused(&c, ROOST_VALUE, "not finite at index 1");
    op_done(&c);
    op_case(&c, "linear");
    op_number(&c, "a", number);
    op_number(&c, "b", number);
    op_set_tensor(&c, "weights", fine, 2);
    op_set_tensor(&c, "bias", fine, 2);
    op_refused(&c, ROOST_SHAPE, "2 values; it needs 1 or 1");
    op_done(&c);
    const struct roost_text text = op_say("x");
    op_case(&c, "linear");
    op_text(&c, "a", &text);
    op_set_tensor(&c, "weights", fine, 1);
    op_refused(&c, ROOST_SHAPE, "string");
    op_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_follow_the_order_of_the_inputs),
        cmocka_unit_test(a_missing_amount_and_an_unknown_key_add_nothing),
        cmocka_unit_test(inputs_of_full_ids_share_the_last_region),
        cmocka_unit_test(margins_are_summed_in_double_from_float_weights),
        cmocka_unit_test(a_linear_of_several_outputs_has_a_row_of_weights_a_slot),
        cmocka_unit_test(an_input_common_to_all_rows_counts_in_each),
        cmocka_unit_test(slots_that_do_not_add_up_are_refused),
        cmocka_unit_test(weights_and_bias_must_be_finite_and_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
