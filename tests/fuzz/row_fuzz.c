/* SPDX-License-Identifier: MIT
 * A line of rows.jsonl, as `roost score` reads it: byte 0 chooses the plan, byte 1 the
 * limits. The same row inside "instances" must be taken alike and score the same. */
#include "tests/fuzz/support/fuzz.h"
#include "tests/fuzz/support/serve.h"
#include <string.h>

struct decoded {
    struct eng_arena arena;
    struct gw_batch batch;
    struct gw_fault fault;
    int failed;
};

static void as_line(struct decoded *d, const roost_plan *plan, struct fuzz_bytes line,
                    const struct gw_decode_limits *limits)
{
    d->failed =
        gw_decode_row(plan, line.at, line.left, limits, &d->arena, &d->batch, &d->fault);
    if (d->failed)
        fuzz_check_fault(&d->fault);
    else
        fuzz_check_batch(plan, &d->batch, 1, limits);
}

static void as_body(struct decoded *d, const roost_plan *plan, struct fuzz_bytes line,
                    const struct gw_decode_limits *limits, struct eng_buf *body)
{
    FUZZ_MUST(eng_buf_text(body, "{\"instances\":[") == 0);
    FUZZ_MUST(eng_buf_put(body, line.at, line.left) == 0);
    FUZZ_MUST(eng_buf_text(body, "]}") == 0);
    d->failed = gw_decode_tfs_predict(plan, (const uint8_t *)body->at, body->size, limits,
                                      &d->arena, &d->batch, &d->fault);
}

static void compare(const roost_plan *plan, const struct decoded *line,
                    const struct decoded *body, int group)
{
    struct gw_scores a, b;
    int scored = fuzz_score(plan, &line->batch.rows, &a);
    FUZZ_MUST(fuzz_score(plan, &body->batch.rows, &b) == scored);
    if (!scored)
        return;
    a.group = b.group = group;
    struct eng_buf out, other;
    eng_buf_init(&out, FUZZ_ANSWER);
    eng_buf_init(&other, FUZZ_ANSWER);
    FUZZ_MUST(gw_encode_tfs_row(&a, 0, &out) == 0);
    FUZZ_MUST(gw_encode_tfs_row(&b, 0, &other) == 0);
    fuzz_check_json(out.at, out.size);
    FUZZ_MUST(out.size == other.size && memcmp(out.at, other.at, out.size) == 0);
    eng_buf_clear(&out);
    eng_buf_clear(&other);
    fuzz_scores_clear(&a);
    fuzz_scores_clear(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes line = {data, size};
    int group;
    const roost_plan *plan = fuzz_plan(fuzz_byte(&line), &group);
    struct gw_decode_limits limits = fuzz_limits(fuzz_byte(&line));
    struct decoded a = {.failed = 0}, b = {.failed = 0};
    struct eng_buf body;
    eng_arena_init(&a.arena, FUZZ_ARENA);
    eng_arena_init(&b.arena, FUZZ_ARENA);
    eng_buf_init(&body, FUZZ_ANSWER);
    as_line(&a, plan, line, &limits);
    limits.depth += 2; /* for the two containers around the row */
    as_body(&b, plan, line, &limits, &body);
    if (!a.failed) {
        FUZZ_MUST(!b.failed);
        compare(plan, &a, &b, group);
    }
    eng_buf_clear(&body);
    eng_arena_clear(&a.arena);
    eng_arena_clear(&b.arena);
    return 0;
}
