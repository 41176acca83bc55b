/* SPDX-License-Identifier: MIT
 * decode_test.c - the stages that work on a body, as the pipeline calls them, with an
 * arena that may hold too little (every maximum up to enough) or that finds no memory:
 * the fault is NO_MEMORY or the answer is whole. */
#include "gateway/encode.h"
#include "tests/oom/support/fault.h"
#include "tests/unit/gateway/support/plans.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ARENA_STEP = 8, ARENA_ENOUGH = 1 << 22, ANSWER_MAX = 4096 };

struct body {
    roost_plan *plan;
    const char *text;
    size_t arena_max;
    size_t answer_max;
    char want[ANSWER_MAX]; /* the answer with memory */
};

/* The gateway's sentence for a lack of memory, as a status. */
static roost_status no_memory(struct roost_error *err, const char *stage)
{
    snprintf(err->text, sizeof err->text, "no memory to %s", stage);
    return err->status = ROOST_NOMEM;
}

static roost_status score(const struct body *body, struct eng_arena *arena,
                          const struct gw_batch *batch, struct eng_buf *out,
                          struct roost_error *err)
{
    struct roost_call call = {.rows = &batch->rows};
    uint32_t width = roost_plan_width(body->plan);
    size_t bytes = roost_plan_scratch(body->plan, call.rows);
    assert_true(bytes > 0);
    call.scratch = eng_arena_take(arena, bytes, 64);
    call.out = eng_arena_take(arena, batch->rows.n * width * sizeof(double), 64);
    call.verdict = eng_arena_take(
        arena, roost_plan_model_count(body->plan) * sizeof *call.verdict, 8);
    if (!call.scratch || !call.out || !call.verdict)
        return no_memory(err, "score");
    assert_int_equal(roost_score(body->plan, &call, err), ROOST_OK);
    const struct gw_scores scores = {body->plan, call.out, call.verdict, batch->rows.n,
                                     0};
    if (gw_encode_tfs_predict(&scores, batch->form, out) != 0)
        return no_memory(err, "encode");
    return ROOST_OK;
}

/* With an arena and an answer of its own each time, so that every site is cold. */
static roost_status run(void *world, struct roost_error *err)
{
    static const struct gw_decode_limits limits = {
        .rows = 100, .depth = 32, .list = 1000, .keys = 1000, .text = 1000};
    struct body *body = world;
    struct eng_arena arena;
    struct eng_buf out;
    struct gw_batch batch;
    struct gw_fault fault = {.code = GW_FAULT_NONE};
    roost_status status;
    memset(&batch, 0, sizeof batch);
    eng_arena_init(&arena, body->arena_max);
    eng_buf_init(&out, body->answer_max);
    if (gw_decode_tfs_predict(body->plan, (const uint8_t *)body->text, strlen(body->text),
                              &limits, &arena, &batch, &fault) == 0) {
        status = score(body, &arena, &batch, &out, err);
    } else {
        if (fault.code != GW_FAULT_NO_MEMORY)
            fail_msg("refused as %s: %s", gw_fault_slug(fault.code), fault.text);
        status = no_memory(err, "decode");
    }
    if (status == ROOST_OK && body->want[0])
        assert_string_equal(out.at, body->want);
    else if (status == ROOST_OK)
        snprintf(body->want, sizeof body->want, "%s", out.at);
    eng_buf_clear(&out);
    eng_arena_clear(&arena);
    return status;
}

static const char *const texts[] = {
    "{\"instances\":[{\"age\":39,\"income\":-1.5e3,\"count\":-7,\"member\":true,"
    "\"city\":\"B\\u00e9\",\"tags\":[\"a\",{\"b64\":\"aGk=\"}],\"vec\":[1,2],\"bag\":"
    "{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,\"j\":1}},"
    "{\"hat\":[{}]},{},{},{},{},{}],\"context\":{\"age\":1}}",
    "{\"inputs\":{\"age\":[1,2,3,4,5,6],\"hat\":[1],\"bag\":[{},{},{},[\"a\"],{},{}]}}",
    ("{\"context\":{\"tags\":[\"long\\n\\ttext\"]},\"signature_name\":\"serving_"
     "default\","
     "\"instances\":[{\"bag\":{\"#ids\":[1,-2,3],\"#values\":[1,2,3]},\"age\":1}]}")};

static void a_cold_arena_without_memory(void **state)
{
    (void)state;
    roost_plan *plan = plan_of_all_types(0);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct body body = {plan, texts[i], ARENA_ENOUGH, ANSWER_MAX - 1, ""};
        oom_torture("decode, score, encode", run, &body, &(struct oom_sample){300, 1000});
    }
    roost_plan_free(plan);
}

static void an_arena_or_an_answer_that_may_hold_too_little(void **state)
{
    (void)state;
    roost_plan *plan = plan_of_all_types(0);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct roost_error err = {.status = ROOST_OK};
        struct body body = {plan, texts[i], ARENA_ENOUGH, ANSWER_MAX - 1, ""};
        assert_int_equal(run(&body, &err), ROOST_OK);
        unsigned refused = 0;
        roost_status status = ROOST_NOMEM;
        for (body.arena_max = 0; status != ROOST_OK; body.arena_max += ARENA_STEP) {
            status = run(&body, &err);
            refused += status != ROOST_OK;
            assert_true(body.arena_max <= ARENA_ENOUGH);
        }
        assert_true(refused > 0);
        printf("arena: refused at %u sizes, enough at %zu bytes\n", refused,
               body.arena_max - ARENA_STEP);
        body.arena_max = ARENA_ENOUGH;
        for (body.answer_max = 0; body.answer_max < strlen(body.want); body.answer_max++)
            assert_int_equal(run(&body, &err), ROOST_NOMEM);
        body.answer_max = ANSWER_MAX - 1;
        assert_int_equal(run(&body, &err), ROOST_OK);
    }
    roost_plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cold_arena_without_memory),
        cmocka_unit_test(an_arena_or_an_answer_that_may_hold_too_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
