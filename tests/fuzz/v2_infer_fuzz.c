/* SPDX-License-Identifier: MIT
 * An Open Inference Protocol infer request that is all JSON: byte 0 chooses the plan,
 * byte 1 the limits. */
#include "tests/fuzz/support/fuzz.h"
#include "tests/fuzz/support/v2.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes body = {data, size};
    uint8_t plan = fuzz_byte(&body), limits = fuzz_byte(&body);
    fuzz_v2(plan, limits, body.at, body.left, -1);
    return 0;
}
