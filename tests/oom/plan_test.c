/* SPDX-License-Identifier: MIT
 * plan_test.c - making plans while memory runs out: of one model, of several that share
 * transforms and a weight table, and beside a previous plan, whose scores must not
 * change. Scoring itself asks for no memory at all. */
#include "gateway/decode.h"
#include "tests/oom/support/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DEMO ROOST_SOURCE_DIR "/registry/demo/"

enum { MODELS = 4, BODY_MAX = 1 << 16, ROWS_MAX = 16, WIDTH_MAX = 8 };
enum { SCRATCH = 1 << 20 };

static const char *const paths[MODELS] = {
    DEMO "models/census_linear/1", DEMO "models/census_linear/2",
    DEMO "models/census_trees/1", DEMO "models/census_trees/2"};

/* Everything that scoring needs, made before memory runs out. */
struct bench {
    roost_model *model[MODELS];
    char body[BODY_MAX];
    size_t size;
    struct eng_arena arena;
    void *scratch;
};

static int open_bench(void **state)
{
    static struct bench bench;
    for (int i = 0; i < MODELS; i++)
        if (roost_model_open(paths[i], &bench.model[i], NULL) != ROOST_OK)
            return -1;
    FILE *file = fopen(DEMO "request.json", "re");
    if (file == NULL)
        return -1;
    bench.size = fread(bench.body, 1, BODY_MAX, file);
    (void)fclose(file);
    eng_arena_init(&bench.arena, (size_t)1 << 26);
    bench.scratch = aligned_alloc(64, SCRATCH);
    *state = &bench;
    return bench.scratch == NULL || bench.size == 0 ? -1 : 0;
}

static int close_bench(void **state)
{
    struct bench *bench = *state;
    for (int i = 0; i < MODELS; i++)
        roost_model_free(bench->model[i]);
    eng_arena_clear(&bench->arena);
    free(bench->scratch);
    return 0;
}

/* Scores of the demo's request; the number of them. */
static size_t score(struct bench *bench, const roost_plan *plan, double *out)
{
    static const struct gw_decode_limits limits = {
        .rows = ROWS_MAX, .depth = 32, .list = 1024, .keys = 1024, .text = 1024};
    struct gw_batch batch;
    struct gw_fault fault = {0};
    eng_arena_reset(&bench->arena, (size_t)1 << 26);
    memset(&batch, 0, sizeof batch);
    assert_int_equal(gw_decode_tfs_predict(plan, (const uint8_t *)bench->body,
                                           bench->size, &limits, &bench->arena, &batch,
                                           &fault),
                     0);
    assert_true(roost_plan_width(plan) <= WIDTH_MAX);
    struct roost_call call = {.rows = &batch.rows, .scratch = bench->scratch, .out = out};
    /* No allocation of any kind may be asked for from here on. */
    oom_arm(1, OOM_FOR_EVER);
    size_t bytes = roost_plan_scratch(plan, &batch.rows);
    roost_status status = bytes <= SCRATCH ? roost_score(plan, &call, NULL) : ROOST_LIMIT;
    assert_int_equal(oom_disarm(), 0);
    assert_int_equal(status, ROOST_OK);
    return (size_t)batch.rows.n * roost_plan_width(plan);
}

static void assert_scores(struct bench *bench, const roost_plan *plan, const double *want,
                          size_t count)
{
    double out[ROWS_MAX * WIDTH_MAX];
    assert_int_equal(score(bench, plan, out), count);
    assert_memory_equal(out, want, count * sizeof *out);
}

struct making {
    struct bench *bench;
    roost_model *model[MODELS];
    const char *const *names;
    uint32_t n;
    const roost_plan *previous;
    double want[ROWS_MAX * WIDTH_MAX]; /* of the plan to be made */
    size_t wanted;
    double before[ROWS_MAX * WIDTH_MAX]; /* of the previous one */
    size_t befores;
};

/* Scoring arms and disarms by itself: all of the plan's own allocations come before. */
static roost_status make(void *world, struct roost_error *err)
{
    struct making *making = world;
    roost_plan *plan = NULL;
    roost_status status = roost_plan_new(making->model, making->names, making->n,
                                         making->previous, &plan, err);
    assert_true((status == ROOST_OK) == (plan != NULL));
    roost_plan_free(plan);
    return status;
}

/* Fail each site of one plan; both plans must score as ever after each failure. */
static void torture(struct making *making, const char *what)
{
    struct bench *bench = making->bench;
    roost_plan *plan = NULL;
    assert_int_equal(roost_plan_new(making->model, making->names, making->n,
                                    making->previous, &plan, NULL),
                     ROOST_OK);
    making->wanted = score(bench, plan, making->want);
    if (making->previous)
        making->befores = score(bench, making->previous, making->before);
    roost_plan_free(plan);
    oom_torture(what, make, making, &(struct oom_sample){300, 4000});
    if (making->previous)
        assert_scores(bench, making->previous, making->before, making->befores);
    assert_int_equal(roost_plan_new(making->model, making->names, making->n,
                                    making->previous, &plan, NULL),
                     ROOST_OK);
    assert_scores(bench, plan, making->want, making->wanted);
    if (making->previous)
        assert_scores(bench, making->previous, making->before, making->befores);
    roost_plan_free(plan);
}

static void a_plan_of_one_model(void **state)
{
    struct bench *bench = *state;
    for (int i = 0; i < MODELS; i += 2) {
        struct making making = {.bench = bench, .model = {bench->model[i]}, .n = 1};
        torture(&making, i ? "plan of one forest" : "plan of one linear model");
    }
}

static void a_plan_of_several_models(void **state)
{
    static const char *const names[] = {"a", "b", "c", "d"};
    struct bench *bench = *state;
    struct making making = {.bench = bench, .names = names, .n = MODELS};
    memcpy(making.model, bench->model, sizeof making.model);
    torture(&making, "plan of four models");
}

static void a_plan_with_a_previous_one_leaves_that_as_it_was(void **state)
{
    struct bench *bench = *state;
    roost_plan *previous = NULL;
    roost_model *old[] = {bench->model[0], bench->model[2]};
    assert_int_equal(roost_plan_new(old, NULL, 2, NULL, &previous, NULL), ROOST_OK);
    /* One member is replaced; then one comes to it; then one goes. */
    const struct making next[] = {
        {.model = {bench->model[1], bench->model[2]}, .n = 2},
        {.model = {bench->model[0], bench->model[2], bench->model[1]}, .n = 3},
        {.model = {bench->model[0]}, .n = 1},
    };
    for (size_t i = 0; i < 3; i++) {
        struct making making = next[i];
        making.bench = bench;
        making.previous = previous;
        torture(&making, "plan with a previous one");
    }
    roost_plan_free(previous);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_of_one_model),
        cmocka_unit_test(a_plan_of_several_models),
        cmocka_unit_test(a_plan_with_a_previous_one_leaves_that_as_it_was),
    };
    return cmocka_run_group_tests(tests, open_bench, close_bench);
}
