/* SPDX-License-Identifier: MIT
 * discretize_test.c - a number becomes the id of its half-open bin. */
#include "tests/unit/engine/support/op_case.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const double edges[] = {-1.5, 0, 2, 1e6};

static void a_value_on_an_edge_belongs_to_the_bin_that_begins_there(void **state)
{
    (void)state;
    const double x[] = {-2, -1.5, -1, 0, -0.0, 1.999, 2, 1e6, 2e6};
    const uint64_t bins[] = {0, 1, 1, 2, 2, 2, 3, 4, 4};
    struct op_case c;
    op_case(&c, "discretize");
    op_number(&c, "age", x);
    op_set_tensor(&c, "edges", edges, 4);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(c.shape.kind, ENG_IDS);
    assert_int_equal(c.shape.bound, 5);
    assert_int_equal(c.shape.entries, 1);
    assert_int_equal(op_run(&c, 9), ROOST_OK);
    for (uint32_t r = 0; r < 9; r++)
        op_row_is(&c, r, 1, &bins[r]);
    op_done(&c);
}

static void infinities_and_denormals_fall_in_bins_like_any_number(void **state)
{
    (void)state;
    const double x[] = {-INFINITY, INFINITY, 5e-324, -5e-324, DBL_MAX};
    const uint64_t bins[] = {0, 4, 2, 1, 4};
    struct op_case c;
    op_case(&c, "discretize");
    op_number(&c, "age", x);
    op_set_tensor(&c, "edges", edges, 4);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 5), ROOST_OK);
    for (uint32_t r = 0; r < 5; r++)
        op_row_is(&c, r, 1, &bins[r]);
    op_done(&c);
}

static void a_missing_value_yields_nothing(void **state)
{
    (void)state;
    const double x[] = {1, NAN, 3};
    const uint64_t bins[] = {2, 3};
    struct op_case c;
    op_case(&c, "discretize");
    op_number(&c, "age", x);
    op_set_tensor(&c, "edges", edges, 4);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 3), ROOST_OK);
    op_row_is(&c, 0, 1, &bins[0]);
    op_row_is(&c, 1, 0, NULL);
    op_row_is(&c, 2, 1, &bins[1]);
    op_done(&c);
}

static void a_missing_value_has_the_last_bin_when_the_model_says_so(void **state)
{
    (void)state;
    const int64_t x[] = {7, 0};
    const uint8_t present[] = {1, 0};
    const uint64_t bins[] = {3, 5};
    struct op_case c;
    op_case(&c, "discretize");
    op_integer(&c, "age", x, present);
    op_set_tensor(&c, "edges", edges, 4);
    op_set_int(&c, "missing_bin", 1);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(c.shape.bound, 6);
    assert_int_equal(op_run(&c, 2), ROOST_OK);
    op_row_is(&c, 0, 1, &bins[0]);
    op_row_is(&c, 1, 1, &bins[1]);
    op_done(&c);
}

static void the_search_agrees_with_counting_for_every_number_of_edges(void **state)
{
    (void)state;
    double many[70];
    for (uint32_t n = 1; n <= 70; n++) {
        many[n - 1] = (double)n;
        double x[143];
        for (uint32_t i = 0; i < 143; i++)
            x[i] = (double)i / 2;
        struct op_case c;
        op_case(&c, "discretize");
        op_number(&c, "x", x);
        op_set_tensor(&c, "edges", many, n);
        assert_int_equal(op_make(&c), ROOST_OK);
        assert_int_equal(op_run(&c, 143), ROOST_OK);
        for (uint32_t i = 0; i < 143; i++) {
            uint64_t count = 0;
            for (uint32_t e = 0; e < n; e++)
                count += many[e] <= x[i];
            op_row_is(&c, i, 1, &count);
        }
        op_done(&c);
    }
}

static void a_common_input_stands_for_every_row(void **state)
{
    (void)state;
    const double x[] = {1};
    const uint64_t bin = 2;
    struct op_case c;
    op_case(&c, "discretize");
    op_number(&c, "age", x)->common = 1;
    op_set_tensor(&c, "edges", edges, 4);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 3), ROOST_OK);
    op_row_is(&c, 2, 1, &bin);
    op_done(&c);
}

static void edges_that_do_not_increase_are_refused(void **state)
{
    (void)state;
    const double equal[] = {1, 2, 2};
    struct op_case c;
    op_case(&c, "discretize");
    op_number(&c, "age", NULL);
    op_set_tensor(&c, "edges", equal, 3);
    op_refused(&c, ROOST_VALUE, "must increase");
    assert_int_equal(c.err.at, 2);
    op_done(&c);
}

static void edges_that_are_not_finite_or_not_there_are_refused(void **state)
{
    (void)state;
    const double infinite[] = {-INFINITY, 2}, nan[] = {1, NAN};
    const double *bad[] = {infinite, nan};
    for (int i = 0; i < 2; i++) {
        struct op_case c;
        op_case(&c, "discretize");
        op_number(&c, "age", NULL);
        op_set_tensor(&c, "edges", bad[i], 2);
        op_refused(&c, ROOST_VALUE, "not finite");
        assert_int_equal(c.err.at, i);
        op_done(&c);
    }
    struct op_case c;
    op_case(&c, "discretize");
    op_number(&c, "age", NULL);
    op_set_tensor(&c, "edges", edges, 0);
    op_refused(&c, ROOST_SHAPE, "at least one");
    op_done(&c);
}

static void text_is_not_a_number(void **state)
{
    (void)state;
    struct op_case c;
    op_case(&c, "discretize");
    op_text(&c, "country", NULL);
    op_set_tensor(&c, "edges", edges, 4);
    op_refused(&c, ROOST_SHAPE, "'country' is a string");
    op_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_on_an_edge_belongs_to_the_bin_that_begins_there),
        cmocka_unit_test(infinities_and_denormals_fall_in_bins_like_any_number),
        cmocka_unit_test(a_missing_value_yields_nothing),
        cmocka_unit_test(a_missing_value_has_the_last_bin_when_the_model_says_so),
        cmocka_unit_test(the_search_agrees_with_counting_for_every_number_of_edges),
        cmocka_unit_test(a_common_input_stands_for_every_row),
        cmocka_unit_test(edges_that_do_not_increase_are_refused),
        cmocka_unit_test(edges_that_are_not_finite_or_not_there_are_refused),
        cmocka_unit_test(text_is_not_a_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
