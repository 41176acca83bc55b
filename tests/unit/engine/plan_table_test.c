/* SPDX-License-Identifier: MIT
 * plan_table_test.c - the resident weight table: shared, kept over swaps, and never
 * changed under a plan that still scores. */
#include "tests/unit/engine/support/kit.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 50 };

static float ages[ROWS];

static int fill(void **state)
{
    (void)state;
    for (int i = 0; i < ROWS; i++)
        ages[i] = (float)(i % 30);
    return 0;
}

static roost_model *version(uint32_t seed)
{
    struct eng_builder *builder = kit_builder();
    uint32_t bins = kit_bins(builder, "bins", kit_feature(builder, "age", ROOST_F32));
    return kit_finish(builder, kit_linear(builder, KIT_IN(bins), 4, seed, 0));
}

static void score(const roost_plan *plan, double *out)
{
    const struct roost_column column = {.values = ages};
    const struct roost_rows rows = {.n = ROWS, .columns = &column};
    assert_int_equal(kit_score(plan, &rows, out, NULL, NULL), ROOST_OK);
}

/* The scores of model m of the plan are those of this version alone. */
static void scores_like(const roost_plan *plan, uint32_t m, uint32_t seed)
{
    double out[ROWS * 4], alone[ROWS];
    roost_model *model = version(seed);
    roost_plan *own = kit_plan(1, &model, NULL);
    assert_int_equal(own->placement_count, 0); /* it reads the model's weights */
    score(own, alone);
    score(plan, out);
    for (uint32_t r = 0; r < ROWS; r++)
        assert_memory_equal(&out[r * roost_plan_width(plan) + m], &alone[r],
                            sizeof(double));
    roost_plan_free(own);
    roost_model_free(model);
}

static roost_plan *plan_of(uint32_t a, uint32_t b, uint32_t c, const roost_plan *previous)
{
    roost_model *models[] = {version(a), version(b), version(c)};
    roost_plan *plan = kit_plan(3, models, previous);
    for (int m = 0; m < 3; m++)
        roost_model_free(models[m]);
    return plan;
}

static struct eng_table *table_of(const roost_plan *plan)
{
    assert_int_equal(plan->placement_count, 3);
    return plan->placements[0].table;
}

static void a_swap_writes_only_the_changed_models_columns(void **state)
{
    (void)state;
    roost_plan *before = plan_of(1, 2, 3, NULL);
    struct eng_table *table = table_of(before);
    assert_int_equal(table->columns, 4);
    assert_int_equal(table->generation, 3);
    roost_plan *after = plan_of(1, 2, 4, before);
    assert_ptr_equal(table_of(after), table);
    assert_int_equal(table->generation, 4);
    /* Both are right, whoever scores last. */
    scores_like(after, 2, 4);
    scores_like(before, 2, 3);
    scores_like(before, 0, 1);
    scores_like(after, 0, 1);
    roost_plan_free(before);
    scores_like(after, 1, 2);
    scores_like(after, 2, 4);
    roost_plan_free(after);
}

static void going_back_to_the_version_before_writes_nothing(void **state)
{
    (void)state;
    roost_plan *first = plan_of(1, 2, 3, NULL);
    roost_plan *second = plan_of(1, 2, 4, first);
    roost_plan_free(first);
    roost_plan *third = plan_of(1, 2, 3, second);
    assert_int_equal(table_of(third)->generation, 4);
    scores_like(third, 2, 3);
    roost_plan_free(second);
    scores_like(third, 2, 3);
    roost_plan_free(third);
}

static void a_table_without_free_columns_is_left_to_its_plans(void **state)
{
    (void)state;
    roost_plan *first = plan_of(1, 2, 3, NULL);
    roost_plan *second = plan_of(1, 2, 4, first);
    /* first and second still hold all four columns. */
    roost_plan *third = plan_of(1, 5, 6, second);
    assert_ptr_not_equal(table_of(third), table_of(second));
    scores_like(first, 2, 3);
    scores_like(second, 2, 4);
    scores_like(third, 1, 5);
    scores_like(third, 2, 6);
    roost_plan_free(first);
    roost_plan_free(second);
    scores_like(third, 0, 1);
    roost_plan_free(third);
}

static void many_swaps_keep_one_table(void **state)
{
    (void)state;
    roost_plan *plan = plan_of(1, 2, 3, NULL);
    const struct eng_table *table = table_of(plan);
    for (uint32_t i = 0; i < 50; i++) {
        roost_plan *next = plan_of(1, 2, 10 + i, plan);
        roost_plan_free(plan);
        plan = next;
        assert_ptr_equal(table_of(plan), table);
        scores_like(plan, 2, 10 + i);
    }
    roost_plan_free(plan);
}

static void one_line_of_the_cache_serves_up_to_sixteen_columns(void **state)
{
    (void)state;
    assert_int_equal(eng_table_columns(2, 1), 4);
    assert_int_equal(eng_table_columns(3, 1), 4);
    assert_int_equal(eng_table_columns(8, 1), 16);
    assert_int_equal(eng_table_columns(15, 1), 16);
    assert_int_equal(eng_table_columns(16, 1), 32);
    assert_int_equal(eng_table_columns(UINT32_MAX, 8), 0);
    const uint64_t digest[2] = {1, 2};
    struct eng_table *table = eng_table_new(digest, 5, 16);
    assert_int_equal((uintptr_t)table->weights % 64, 0);
    eng_table_release(table);
    assert_null(eng_table_new(digest, UINT64_MAX / 8, 4));
}

/* Scores on a plan while another thread makes and frees the plans after it. */
struct racer {
    const roost_plan *plan;
    const double *want;
    int wrong;
    _Atomic int stop;
};

static void *race(void *argument)
{
    struct racer *racer = argument;
    const struct roost_column column = {.values = ages};
    const struct roost_rows rows = {.n = ROWS, .columns = &column};
    double out[ROWS * 3];
    struct roost_call call = {.rows = &rows, .out = out};
    call.scratch = aligned_alloc(64, roost_plan_scratch(racer->plan, &rows));
    while (!atomic_load_explicit(&racer->stop, memory_order_relaxed)) {
        racer->wrong |= roost_score(racer->plan, &call, NULL) != ROOST_OK ||
                        memcmp(out, racer->want, sizeof out) != 0;
    }
    free(call.scratch);
    return NULL;
}

static void a_plan_in_flight_scores_on_while_its_table_is_written(void **state)
{
    (void)state;
    double want[ROWS * 3];
    roost_plan *plan = plan_of(1, 2, 3, NULL);
    score(plan, want);
    struct racer racer = {.plan = plan, .want = want};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, race, &racer), 0);
    for (uint32_t i = 0; i < 200; i++) {
        roost_plan *next = plan_of(1, 2, 10 + i, plan);
        assert_ptr_equal(table_of(next), table_of(plan));
        roost_plan_free(next);
    }
    atomic_store(&racer.stop, 1);
    pthread_join(thread, NULL);
    assert_int_equal(racer.wrong, 0);
    roost_plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_swap_writes_only_the_changed_models_columns),
        cmocka_unit_test(going_back_to_the_version_before_writes_nothing),
        cmocka_unit_test(a_table_without_free_columns_is_left_to_its_plans),
        cmocka_unit_test(many_swaps_keep_one_table),
        cmocka_unit_test(one_line_of_the_cache_serves_up_to_sixteen_columns),
        cmocka_unit_test(a_plan_in_flight_scores_on_while_its_table_is_written),
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
