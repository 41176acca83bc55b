/* SPDX-License-Identifier: MIT
 * A predict body: byte 0 chooses the plan, byte 1 the limits, the rest is the body. What
 * the decoder accepts must be well laid out, be scored and make an answer that is JSON;
 * what it refuses must say why. */
#include "tests/fuzz/support/fuzz.h"
#include "tests/fuzz/support/serve.h"

static void encode(const struct gw_scores *scores, enum gw_form form)
{
    struct eng_buf out;
    eng_buf_init(&out, FUZZ_ANSWER);
    FUZZ_MUST(gw_encode_tfs_predict(scores, form, &out) == 0);
    fuzz_check_json(out.at, out.size);
    eng_buf_clear(&out);
}

/* What the pipeline does: a model alone that failed has no answer but an error. */
static int has_answer(const struct gw_scores *scores)
{
    return scores->group || scores->verdict[0].status == ROOST_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes bytes = {data, size};
    int group;
    const roost_plan *plan = fuzz_plan(fuzz_byte(&bytes), &group);
    struct gw_decode_limits limits = fuzz_limits(fuzz_byte(&bytes));
    struct gw_fault fault = {.code = GW_FAULT_NONE};
    struct gw_scores scores;
    struct gw_batch batch;
    struct eng_arena arena;
    eng_arena_init(&arena, FUZZ_ARENA);
    if (gw_decode_tfs_predict(plan, bytes.at, bytes.left, &limits, &arena, &batch,
                              &fault) != 0) {
        fuzz_check_fault(&fault);
    } else {
        FUZZ_MUST(fault.code == GW_FAULT_NONE);
        fuzz_check_batch(plan, &batch, 1, &limits);
        if (fuzz_score(plan, &batch.rows, &scores)) {
            scores.group = group;
            if (has_answer(&scores))
                encode(&scores, batch.form);
            fuzz_scores_clear(&scores);
        }
    }
    eng_arena_clear(&arena);
    return 0;
}
