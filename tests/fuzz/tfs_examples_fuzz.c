/* SPDX-License-Identifier: MIT
 * A classify or regress body: byte 0 chooses the plan, byte 1 the limits and which of the
 * two it is. What is accepted is scored and must encode to JSON, where the plan may be
 * asked so. */
#include "gateway/decode_examples.h"
#include "tests/fuzz/support/fuzz.h"
#include "tests/fuzz/support/serve.h"

static void encode(const struct gw_scores *scores, int classify)
{
    struct eng_buf out;
    eng_buf_init(&out, FUZZ_ANSWER);
    FUZZ_MUST((classify ? gw_encode_tfs_classify(scores, &out)
                        : gw_encode_tfs_regress(scores, &out)) == 0);
    fuzz_check_json(out.at, out.size);
    eng_buf_clear(&out);
}

/* Whether the plan may be asked so; what it refuses has its reason. */
static int allowed(const roost_plan *plan, int group, enum gw_examples method)
{
    struct gw_fault fault = {.code = GW_FAULT_NONE};
    if (gw_examples_allowed(plan, group, method, &fault) == 0)
        return 1;
    fuzz_check_fault(&fault);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes bytes = {data, size};
    int group;
    const roost_plan *plan = fuzz_plan(fuzz_byte(&bytes), &group);
    uint8_t bits = fuzz_byte(&bytes);
    struct gw_decode_limits limits = fuzz_limits(bits);
    enum gw_examples method = bits & 4 ? GW_EXAMPLES_REGRESS : GW_EXAMPLES_CLASSIFY;
    struct gw_fault fault = {.code = GW_FAULT_NONE};
    struct gw_scores scores;
    struct gw_batch batch;
    struct eng_arena arena;
    eng_arena_init(&arena, FUZZ_ARENA);
    if (gw_decode_tfs_examples(plan, method, bytes.at, bytes.left, &limits, &arena,
                               &batch, &fault) != 0) {
        fuzz_check_fault(&fault);
    } else {
        FUZZ_MUST(fault.code == GW_FAULT_NONE);
        fuzz_check_batch(plan, &batch, 1, &limits);
        if (fuzz_score(plan, &batch.rows, &scores)) {
            scores.group = group;
            if (allowed(plan, group, method) && scores.verdict[0].status == ROOST_OK)
                encode(&scores, method == GW_EXAMPLES_CLASSIFY);
            fuzz_scores_clear(&scores);
        }
    }
    eng_arena_clear(&arena);
    return 0;
}
