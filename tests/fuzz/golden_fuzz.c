/* SPDX-License-Identifier: MIT
 * A line of golden.jsonl or warmup.jsonl. Byte 0 chooses the plan and, by its highest
 * bit, whether predictions are compared. */
#include "gateway/replay.h"
#include "tests/fuzz/support/fuzz.h"
#include "tests/fuzz/support/serve.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes line = {data, size};
    int group;
    uint8_t bits = fuzz_byte(&line);
    const roost_plan *plan = fuzz_plan(bits & 0x7f, &group);
    struct gw_replay replay = {.limits = fuzz_limits(0)};
    struct roost_error err = {.status = ROOST_OK};
    roost_status status = gw_replay_line(&replay, plan, (const char *)line.at, line.left,
                                         (bits & 0x80) == 0, &err);
    if (status != ROOST_OK)
        fuzz_check_error(status, &err);
    return 0;
}
