/* SPDX-License-Identifier: MIT
 * fm_test.c - factorization machines against the definition, pair by pair: every kind of
 * input, missing values, links, and what is refused. */
#include "tests/unit/engine/support/op_case.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SLOTS = 8, FACTORS = 3 };

/* Slots: a number 0, ids 1 to 3, a vector 4 to 5, keys 6 to 7. */
static const double weights[SLOTS] = {0.5, -1, 2, 0.25, 1, -0.5, 3, 0.125};
static const double factors[SLOTS * FACTORS] = {
    0.5,  -1, 0.25, 1,   0.5, -0.5, -0.25, 2,    1, 0.75, -0.75, 0.5,
    -1.5, 1,  0,    0.5, 0.5, 0.5,  1,     -0.5, 2, -1,   0.25,  -0.125};

/* b + sum w x + sum over pairs i < j of <v_i, v_j> x_i x_j, entries as they come. */
static double by_pairs(double bias, uint32_t n, const uint32_t *slot, const double *x)
{
    double sum = bias;
    for (uint32_t i = 0; i < n; i++) {
        sum += weights[slot[i]] * x[i];
        for (uint32_t j = i + 1; j < n; j++)
            for (uint32_t f = 0; f < FACTORS; f++)
                sum += factors[slot[i] * FACTORS + f] * factors[slot[j] * FACTORS + f] *
                       x[i] * x[j];
    }
    return sum;
}

static void all_pairs_of_entries_count_once(void **state)
{
    (void)state;
    const double number[] = {1.5, NAN}, dense[] = {2, -1, NAN, 3};
    const uint32_t ids_at[] = {0, 2, 3}, keys_at[] = {0, 3, 4};
    const uint64_t ids[] = {0, 2, 1}, open[] = {77, 99, 33, 99};
    const float amounts[] = {0.5f, 2, 100, NAN};
    const int64_t keys[] = {77, 99};
    const double bias[] = {0.0625};
    struct op_case c;
    op_case(&c, "fm");
    op_number(&c, "number", number);
    op_ids(&c, "ids", 3, 0, ids_at, ids, NULL);
    op_dense64(&c, "dense", 2, dense);
    op_ids(&c, "open", 0, 0, keys_at, open, amounts);
    op_set_tensor(&c, "weights", weights, SLOTS);
    op_set_matrix(&c, "factors", factors, SLOTS, FACTORS);
    op_set_tensor(&c, "bias", bias, 1);
    op_set_keys(&c, keys, 2);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(c.shape.kind, ENG_DENSE64);
    assert_int_equal(c.shape.width, 1);
    assert_int_equal(op_run(&c, 2), ROOST_OK);
    const uint32_t first[] = {0, 1, 3, 4, 5, 6, 7}, second[] = {2, 5};
    const double x[] = {1.5, 1, 1, 2, -1, 0.5, 2}, y[] = {1, 3};
    assert_true(fabs(c.out.f64[0] - by_pairs(0.0625, 7, first, x)) < 1e-12);
    assert_true(fabs(c.out.f64[1] - by_pairs(0.0625, 2, second, y)) < 1e-12);
    op_done(&c);
}

static void a_single_entry_has_no_pair(void **state)
{
    (void)state;
    const double x[] = {0.1}, v[] = {0.3, 0.7}, w[] = {2};
    struct op_case c;
    op_case(&c, "fm");
    op_number(&c, "x", x);
    op_set_tensor(&c, "weights", w, 1);
    op_set_matrix(&c, "factors", v, 1, 2);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 1), ROOST_OK);
    assert_true(c.out.f64[0] == 2 * 0.1); /* to the last bit */
    op_done(&c);
}

static void without_weights_only_pairs_count_and_the_link_follows(void **state)
{
    (void)state;
    const float dense[] = {1, 2};
    const double v[] = {3, 0.5};
    const int64_t integer[] = {5};
    const uint8_t absent[] = {0};
    const double three[] = {3, 0.5, 9};
    struct op_case c;
    op_case(&c, "fm");
    op_dense(&c, "x", 2, dense);
    op_integer(&c, "missing", integer, absent);
    op_set_tensor(&c, "factors", three, 3);
    op_set_word(&c, "link", "logistic");
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 1), ROOST_OK);
    assert_true(fabs(c.out.f64[0] - 1 / (1 + exp(-v[0] * v[1] * 2))) < 1e-15);
    op_done(&c);
}

static void a_common_input_meets_every_row(void **state)
{
    (void)state;
    const double user[] = {2}, item[] = {1, 10}, v[] = {1, 3};
    struct op_case c;
    op_case(&c, "fm");
    op_number(&c, "user", user)->common = 1;
    op_number(&c, "item", item);
    op_set_tensor(&c, "factors", v, 2);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 2), ROOST_OK);
    assert_true(c.out.f64[0] == 6 && c.out.f64[1] == 60);
    op_done(&c);
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    const double x[] = {1, 2}, bad[] = {1, INFINITY};
    const struct {
        const char *key;
        const double *values;
        uint64_t rows, columns;
        roost_status status;
        const char *part;
    } cases[] = {
        {"factors", factors, 3, 2, ROOST_SHAPE, "3 rows, but the inputs take 2"},
        {"factors", bad, 2, 1, ROOST_VALUE, "'factors' is not finite at index 1"},
        {"weights", factors, 3, 0, ROOST_SHAPE, "'weights' has 3 rows"},
        {"weights", factors, 2, 2, ROOST_SHAPE, "1 columns"},
        {"weights", bad, 2, 0, ROOST_VALUE, "'weights' is not finite at index 1"},
        {"bias", factors, 2, 0, ROOST_SHAPE, "'bias' has 2 values"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct op_case c;
        op_case(&c, "fm");
        op_dense64(&c, "x", 2, x);
        if (strcmp(cases[i].key, "factors") != 0)
            op_set_matrix(&c, "factors", factors, 2, 2);
        if (cases[i].columns)
            op_set_matrix(&c, cases[i].key, cases[i].values, cases[i].rows,
                          cases[i].columns);
        else
            op_set_tensor(&c, cases[i].key, cases[i].values, cases[i].rows);
        op_refused(&c, cases[i].status, cases[i].part);
        op_done(&c);
    }
}

static void full_ids_need_a_region(void **state)
{
    (void)state;
    const uint32_t start[] = {0, 0};
    struct op_case c;
    op_case(&c, "fm");
    op_ids(&c, "ids", 0, 0, start, NULL, NULL);
    op_set_matrix(&c, "factors", factors, 8, 3);
    op_refused(&c, ROOST_VALUE, "'bits' or 'keys' is needed");
    op_done(&c);
    op_case(&c, "fm");
    op_ids(&c, "ids", 0, 0, start, NULL, NULL);
    op_set_matrix(&c, "factors", factors, 8, 3);
    op_set_int(&c, "bits", 3);
    assert_int_equal(op_make(&c), ROOST_OK);
    op_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_pairs_of_entries_count_once),
        cmocka_unit_test(a_single_entry_has_no_pair),
        cmocka_unit_test(without_weights_only_pairs_count_and_the_link_follows),
        cmocka_unit_test(a_common_input_meets_every_row),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(full_ids_need_a_region),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
