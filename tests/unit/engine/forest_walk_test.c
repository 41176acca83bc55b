/* SPDX-License-Identifier: MIT
 * forest_walk_test.c - which way a value goes, and that walks in step reach the same
 * leaves and sums as one walk at a time, bit by bit. */
#include "engine/predict/forest.h"
#include "tests/unit/engine/support/forest_case.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { LEFT, RIGHT };

static struct forest_case forest_case; /* too large for a stack frame */

/* Sums of rows of doubles. Where every column rounds, floats give the same keys. */
static void sum_rows(const struct eng_forest *forest, const double *rows,
                     const float *rows_f32, size_t stride, uint32_t n, double *sum)
{
    static uint64_t keys[80 * 512], keys_f32[80 * 512];
    int rounds = rows_f32 != NULL;
    assert_true(forest->columns <= 512 && n <= 80);
    for (uint32_t i = 0; i < forest->columns; i++)
        rounds = rounds && forest->column[i].bits & (ENG_COLUMN_ROUND | ENG_COLUMN_CODE);
    eng_forest_keys_f64(forest, rows, stride, n, keys);
    if (rounds) {
        eng_forest_keys_f32(forest, rows_f32, stride, n, keys_f32);
        assert_memory_equal(keys, keys_f32, n * forest->columns * sizeof *keys);
    }
    eng_forest_sum(forest, keys, n, sum);
}

/* The side that x takes in the case's stump, by one walk and by walks in step. */
static void side_is(double x, uint32_t side)
{
    struct forest_case *c = &forest_case;
    struct eng_forest *forest = NULL;
    assert_int_equal(eng_forest_new(&c->spec, &forest, NULL), ROOST_OK);
    assert_int_equal(fc_leaf(c, 0, &x), side);
    assert_int_equal(eng_forest_leaf(forest, 0, &x), side);
    for (uint32_t n = 1; n <= 9; n += 8) {
        double sum[9] = {0}, rows[9];
        float rows_f32[9];
        for (uint32_t r = 0; r < n; r++) {
            rows[r] = x;
            rows_f32[r] = (float)x;
        }
        sum_rows(forest, rows, rows_f32, 1, n, sum);
        for (uint32_t r = 0; r < n; r++)
            assert_true(sum[r] == (side == LEFT ? 1 : 2));
    }
    eng_forest_free(forest);
}

static void stump(unsigned flags, double threshold)
{
    uint32_t sets = forest_case.spec.sets;
    if (sets == 0)
        fc_init(&forest_case, 1);
    fc_stump(&forest_case, flags, threshold);
}

static void xgboost_compares_floats_and_less_goes_left(void **state)
{
    (void)state;
    fc_init(&forest_case, 1);
    stump(ENG_SPLIT_LESS, 0.1);
    side_is((double)0.1f, RIGHT); /* 0.1 is below 0.1f in double, equal as float */
    side_is(0.1, RIGHT);
    side_is((double)nextafterf(0.1f, 0), LEFT);
    side_is((double)nextafterf(0.1f, 1), RIGHT);
    side_is(-INFINITY, LEFT);
    side_is(INFINITY, RIGHT);
}

static void xgboost_zeros_are_equal_and_denormals_are_not(void **state)
{
    (void)state;
    fc_init(&forest_case, 1);
    stump(ENG_SPLIT_LESS, 0);
    side_is(0, RIGHT);
    side_is(-0.0, RIGHT);
    side_is(-1.5e-45, LEFT);
    side_is(-1e-300, RIGHT); /* -0 as a float */
    stump(ENG_SPLIT_LESS, 1.5e-45);
    side_is(0, LEFT);
    side_is(1.5e-45, RIGHT);
}

static void xgboost_thresholds_may_be_infinite_or_the_greatest_float(void **state)
{
    (void)state;
    fc_init(&forest_case, 1);
    stump(ENG_SPLIT_LESS, INFINITY);
    side_is(FLT_MAX, LEFT);
    side_is(INFINITY, RIGHT);
    side_is(1e300, RIGHT); /* an infinity as a float */
    stump(ENG_SPLIT_LESS, -INFINITY);
    side_is(-INFINITY, RIGHT);
    side_is(-FLT_MAX, RIGHT);
    stump(ENG_SPLIT_LESS, -FLT_MAX);
    side_is(-INFINITY, LEFT);
    side_is(-FLT_MAX, RIGHT);
}

static void xgboost_nan_takes_the_default(void **state)
{
    (void)state;
    const double thresholds[] = {0.5, -INFINITY, INFINITY};
    for (int i = 0; i < 3; i++) {
        fc_init(&forest_case, 1);
        stump(ENG_SPLIT_LESS, thresholds[i]);
        side_is(NAN, RIGHT);
        stump(ENG_SPLIT_LESS | ENG_SPLIT_DEFAULT_LEFT, thresholds[i]);
        side_is(NAN, LEFT);
        side_is(INFINITY, RIGHT);
    }
}

static void lightgbm_compares_doubles_and_up_to_the_threshold_goes_left(void **state)
{
    (void)state;
    fc_init(&forest_case, 1);
    stump(ENG_SPLIT_MISSING_NAN, 0.1);
    side_is(0.1, LEFT);
    side_is(nextafter(0.1, 1), RIGHT);
    side_is(nextafter(0.1, 0), LEFT);
    side_is((double)0.1f, RIGHT);
    side_is(-INFINITY, LEFT);
    side_is(INFINITY, RIGHT);
    stump(0, 0);
    side_is(-0.0, LEFT);
    side_is(5e-324, RIGHT);
    stump(0, INFINITY);
    side_is(INFINITY, LEFT);
    stump(0, -INFINITY);
    side_is(-INFINITY, LEFT);
    side_is(-DBL_MAX, RIGHT);
}

static void lightgbm_nan_is_missing_or_zero_as_the_split_says(void **state)
{
    (void)state;
    fc_init(&forest_case, 1);
    stump(ENG_SPLIT_MISSING_NAN | ENG_SPLIT_DEFAULT_LEFT, -1);
    side_is(NAN, LEFT);
    stump(ENG_SPLIT_MISSING_NAN, 1);
    side_is(NAN, RIGHT);
    stump(ENG_SPLIT_DEFAULT_LEFT, -1);
    side_is(NAN, RIGHT); /* 0 > -1, whatever the default */
    stump(0, 1);
    side_is(NAN, LEFT);
}

static void lightgbm_zero_is_missing_within_its_tolerance(void **state)
{
    (void)state;
    const double edge = (double)1e-35f;
    for (int left = 0; left < 2; left++) {
        unsigned by_default = left ? ENG_SPLIT_DEFAULT_LEFT : 0;
        fc_init(&forest_case, 1);
        stump(ENG_SPLIT_MISSING_ZERO | by_default, left ? -1 : 1);
        side_is(0, left ? LEFT : RIGHT);
        side_is(-0.0, left ? LEFT : RIGHT);
        side_is(edge, left ? LEFT : RIGHT);
        side_is(-edge, left ? LEFT : RIGHT);
        side_is(NAN, left ? LEFT : RIGHT);
        side_is(nextafter(edge, 1), left ? RIGHT : LEFT);
        side_is(nextafter(-edge, -1), left ? RIGHT : LEFT);
        side_is(-2, LEFT);
        side_is(2, RIGHT);
    }
}

static void xgboost_categories_in_the_set_go_right_and_all_else_left(void **state)
{
    (void)state;
    const uint32_t codes[] = {0, 3, 40};
    fc_init(&forest_case, 1);
    unsigned flags = ENG_SPLIT_CATEGORICAL | ENG_SPLIT_SET_RIGHT;
    fc_stump(&forest_case, flags, fc_set(&forest_case, 3, codes));
    side_is(0, RIGHT);
    side_is(-0.0, RIGHT);
    side_is(3, RIGHT);
    side_is(3.9, RIGHT);
    side_is(40, RIGHT);
    side_is(1, LEFT);
    side_is(64, LEFT);
    side_is(-0.5, LEFT);
    side_is(-1, LEFT);
    side_is(16777216, LEFT);
    side_is(1e30, LEFT);
    side_is(INFINITY, LEFT);
    side_is(-INFINITY, LEFT);
    side_is(NAN, RIGHT);
    fc_stump(&forest_case, flags | ENG_SPLIT_DEFAULT_LEFT, 0);
    side_is(NAN, LEFT);
}

static void lightgbm_categories_in_the_set_go_left_and_all_else_right(void **state)
{
    (void)state;
    const uint32_t codes[] = {0, 3, 40};
    fc_init(&forest_case, 1);
    fc_stump(&forest_case, ENG_SPLIT_CATEGORICAL | ENG_SPLIT_DEFAULT_LEFT,
             fc_set(&forest_case, 3, codes));
    side_is(0, LEFT);
    side_is(-0.5, LEFT); /* truncated to 0 */
    side_is(3.9, LEFT);
    side_is(40, LEFT);
    side_is(1, RIGHT);
    side_is(64, RIGHT);
    side_is(-1, RIGHT);
    side_is(2147483648.0, RIGHT);
    side_is(1e300, RIGHT);
    side_is(-INFINITY, RIGHT);
    side_is(NAN, RIGHT); /* whatever the default */
}

/* Leaves by one walk equal the oracle's; sums in step equal sums one by one. */
static void agrees(struct forest_case *c, uint32_t n)
{
    static double rows[80 * 5], sum[80 * 4], expected[80 * 4];
    static float rows_f32[80 * 5];
    struct eng_forest *forest = NULL;
    uint32_t k = c->spec.groups;
    assert_int_equal(eng_forest_new(&c->spec, &forest, NULL), ROOST_OK);
    for (uint32_t i = 0; i < n * 5; i++) {
        rows[i] = fc_probe(c);
        rows_f32[i] = (float)rows[i];
    }
    memset(sum, 0, sizeof sum);
    memset(expected, 0, sizeof expected);
    for (uint32_t r = 0; r < n; r++) {
        for (uint32_t t = 0; t < c->spec.trees; t++) {
            uint32_t leaf = eng_forest_leaf(forest, t, rows + (size_t)r * 5);
            assert_int_equal(leaf, fc_leaf(c, t, rows + (size_t)r * 5));
            uint32_t width = c->spec.leaf_width;
            for (uint32_t i = 0; i < width; i++) {
                double *to = &expected[r * k + (width == 1 ? c->group[t] : i)];
                double add = c->leaf[(size_t)leaf * width + i];
                *to = c->spec.sum_f32 ? (double)((float)*to + (float)add) : *to + add;
            }
        }
    }
    sum_rows(forest, rows, rows_f32, 5, n, sum);
    assert_memory_equal(sum, expected, (size_t)n * k * sizeof *sum);
    eng_forest_free(forest);
}

static void walks_in_step_equal_single_walks_in_every_bit(void **state)
{
    (void)state;
    struct forest_case *c = &forest_case;
    for (uint32_t seed = 1; seed <= 60; seed++) {
        fc_init(c, 5);
        c->seed = seed;
        for (uint32_t s = 0; s < 6; s++) {
            const uint32_t codes[] = {fc_random(c, 64), fc_random(c, 64), 0};
            fc_set(c, 2 + s % 2, codes);
        }
        c->spec.groups = 1 + seed % 3;
        c->spec.leaf_width = seed % 2 ? 1 : c->spec.groups;
        c->spec.sum_f32 = seed % 4 < 2;
        uint32_t trees = 1 + fc_random(c, 20);
        for (uint32_t t = 0; t < trees; t++)
            fc_grow(c, (enum fc_style)(seed % 5), fc_random(c, 80));
        for (uint32_t n = 1; n <= 80; n += n < 18 ? 1 : 31)
            agrees(c, n);
    }
}

static void a_chain_as_deep_as_it_has_splits_is_walked_to_its_end(void **state)
{
    (void)state;
    struct forest_case *c = &forest_case;
    fc_init(c, 1);
    c->spec.trees = 1;
    c->spec.nodes = 999;
    c->spec.leaves = 1000;
    c->leaf_start[1] = 1000;
    for (int32_t i = 0; i < 999; i++) {
        c->threshold[i] = i;
        c->left[i] = ~i;
        c->right[i] = i == 998 ? ~999 : i + 1;
        c->leaf[i + 1] = i + 1;
    }
    struct eng_forest *forest = NULL;
    assert_int_equal(eng_forest_new(&c->spec, &forest, NULL), ROOST_OK);
    double rows[9], sum[9] = {0};
    for (int r = 0; r < 9; r++)
        rows[r] = 124.5 * r;
    sum_rows(forest, rows, NULL, 1, 9, sum);
    for (int r = 0; r < 9; r++)
        assert_true(sum[r] == ceil(rows[r]));
    eng_forest_free(forest);
}

static void a_tree_of_one_leaf_adds_it_to_every_row(void **state)
{
    (void)state;
    struct forest_case *c = &forest_case;
    fc_init(c, 5);
    fc_grow(c, FC_XGBOOST, 0);
    fc_grow(c, FC_XGBOOST, 3);
    fc_grow(c, FC_XGBOOST, 0);
    for (uint32_t n = 1; n < 20; n++)
        agrees(c, n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xgboost_compares_floats_and_less_goes_left),
        cmocka_unit_test(xgboost_zeros_are_equal_and_denormals_are_not),
        cmocka_unit_test(xgboost_thresholds_may_be_infinite_or_the_greatest_float),
        cmocka_unit_test(xgboost_nan_takes_the_default),
        cmocka_unit_test(lightgbm_compares_doubles_and_up_to_the_threshold_goes_left),
        cmocka_unit_test(lightgbm_nan_is_missing_or_zero_as_the_split_says),
        cmocka_unit_test(lightgbm_zero_is_missing_within_its_tolerance),
        cmocka_unit_test(xgboost_categories_in_the_set_go_right_and_all_else_left),
        cmocka_unit_test(lightgbm_categories_in_the_set_go_left_and_all_else_right),
        cmocka_unit_test(walks_in_step_equal_single_walks_in_every_bit),
        cmocka_unit_test(a_chain_as_deep_as_it_has_splits_is_walked_to_its_end),
        cmocka_unit_test(a_tree_of_one_leaf_adds_it_to_every_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
