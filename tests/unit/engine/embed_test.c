/* SPDX-License-Identifier: MIT
 * embed_test.c - embedding bags: which rows of the table an id means, how they are
 * pooled, and what is refused. */
#include "tests/unit/engine/support/op_case.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const double table[] = {1, 10, 2, 20, 4, 40, 8, 80}; /* [4, 2] */

static void row_is(const struct op_case *c, uint32_t r, float a, float b)
{
    assert_true(c->out.f32[2 * r] == a && c->out.f32[2 * r + 1] == b);
}

static void bounded_ids_are_rows_of_the_table(void **state)
{
    (void)state;
    const uint32_t start[] = {0, 2, 3, 3, 5};
    const uint64_t ids[] = {0, 3, 2, 1, 1};
    struct op_case c;
    op_case(&c, "embed");
    op_ids(&c, "ids", 4, 0, start, ids, NULL);
    op_set_matrix(&c, "table", table, 4, 2);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(c.shape.kind, ENG_DENSE);
    assert_int_equal(c.shape.width, 2);
    assert_int_equal(op_run(&c, 4), ROOST_OK);
    row_is(&c, 0, 9, 90);
    row_is(&c, 1, 4, 40);
    row_is(&c, 2, 0, 0); /* no entry: zeros */
    row_is(&c, 3, 4, 40);
    op_done(&c);
}

static void a_mean_divides_by_the_entries_that_were_found(void **state)
{
    (void)state;
    const int64_t keys[] = {-7, 5, 9, 11};
    const uint32_t start[] = {0, 4, 5, 6};
    const uint64_t ids[] = {(uint64_t)-7, 6, 9, 5, 6, 11};
    const float amounts[] = {2, 100, 0.5f, NAN, 1, -1};
    struct op_case c;
    op_case(&c, "embed");
    op_ids(&c, "ids", 0, 0, start, ids, amounts);
    op_set_matrix(&c, "table", table, 4, 2);
    op_set_keys(&c, keys, 4);
    op_set_word(&c, "pool", "mean");
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 3), ROOST_OK);
    /* 6 is no key and the amount of 5 is absent: two entries count. */
    row_is(&c, 0, (2 * 1 + 0.5f * 4) / 2, (2 * 10 + 0.5f * 40) / 2);
    row_is(&c, 1, 0, 0);
    row_is(&c, 2, -8, -80);
    op_done(&c);
}

static void full_ids_are_masked_by_bits(void **state)
{
    (void)state;
    const uint32_t start[] = {0, 2};
    const uint64_t ids[] = {UINT64_MAX, 0x8000000000000001u};
    struct op_case c;
    op_case(&c, "embed");
    op_ids(&c, "ids", 0, 0, start, ids, NULL);
    op_set_matrix(&c, "table", table, 4, 2);
    op_set_int(&c, "bits", 2);
    op_set_word(&c, "pool", "sum");
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 1), ROOST_OK);
    row_is(&c, 0, 8 + 2, 80 + 20);
    op_done(&c);
}

static void a_common_row_stands_for_every_row(void **state)
{
    (void)state;
    const uint32_t start[] = {0, 1};
    const uint64_t ids[] = {2};
    struct op_case c;
    op_case(&c, "embed");
    op_ids(&c, "ids", 4, 1, start, ids, NULL)->common = 1;
    op_set_matrix(&c, "table", table, 4, 2);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 2), ROOST_OK);
    row_is(&c, 0, 4, 40);
    row_is(&c, 1, 4, 40);
    op_done(&c);
}

static void tables_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    const double bad[] = {1, 2, 3, NAN};
    const int64_t twice[] = {5, 6, 5, 7};
    const uint32_t start[] = {0, 0};
    const struct {
        uint64_t bound;
        const double *values;
        uint64_t rows, columns;
        int64_t bits;
        const int64_t *keys;
        roost_status status;
        const char *part;
    } cases[] = {
        {3, table, 4, 2, 0, NULL, ROOST_SHAPE, "4 rows, but the inputs take 3 slots"},
        {0, table, 4, 2, 3, NULL, ROOST_SHAPE, "4 rows, but the inputs take 8 slots"},
        {0, table, 4, 2, 0, NULL, ROOST_VALUE, "'bits' or 'keys' is needed"},
        {4, table, 4, 2, 2, NULL, ROOST_VALUE, "there is none"},
        {0, table, 4, 2, 2, twice, ROOST_VALUE, "exclude each other"},
        {0, table, 4, 2, 0, twice, ROOST_VALUE, "holds 5 twice"},
        {0, table, 4, 2, 41, NULL, ROOST_VALUE, "'bits' is 41"},
        {2, bad, 2, 2, 0, NULL, ROOST_VALUE, "not finite at index 3"},
        {4, table, 4, (1 << 20) + 1, 0, NULL, ROOST_SHAPE, "columns"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct op_case c;
        op_case(&c, "embed");
        op_ids(&c, "ids", cases[i].bound, 0, start, NULL, NULL);
        op_set_matrix(&c, "table", cases[i].values, cases[i].rows, cases[i].columns);
        if (cases[i].bits)
            op_set_int(&c, "bits", cases[i].bits);
        if (cases[i].keys)
            op_set_keys(&c, cases[i].keys, 4);
        op_refused(&c, cases[i].status, cases[i].part);
        op_done(&c);
    }
}

static void only_ids_are_looked_up(void **state)
{
    (void)state;
    const double x[] = {1};
    struct op_case c;
    op_case(&c, "embed");
    op_number(&c, "x", x);
    op_set_matrix(&c, "table", table, 4, 2);
    op_refused(&c, ROOST_SHAPE, "'x' is a number");
    op_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounded_ids_are_rows_of_the_table),
        cmocka_unit_test(a_mean_divides_by_the_entries_that_were_found),
        cmocka_unit_test(full_ids_are_masked_by_bits),
        cmocka_unit_test(a_common_row_stands_for_every_row),
        cmocka_unit_test(tables_that_do_not_fit_are_refused),
        cmocka_unit_test(only_ids_are_looked_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
