/* SPDX-License-Identifier: MIT
 * An infer request with raw tensors after its JSON: byte 0 chooses the plan, byte 1 the
 * limits, bytes 2 and 3 are the value of Inference-Header-Content-Length (0: a raw body),
 * which may lie. The body's first line is also tried as that header's text. */
#include "gateway/decode_v2.h"
#include "tests/fuzz/support/fuzz.h"
#include "tests/fuzz/support/v2.h"
#include <string.h>

static void check_length(const struct fuzz_bytes *body)
{
    char text[32];
    struct gw_fault fault = {.code = GW_FAULT_NONE};
    size_t size = body->left < sizeof text - 1 ? body->left : sizeof text - 1;
    memcpy(text, body->at, size);
    text[size] = '\0';
    int64_t length = gw_v2_header_length(text, body->left, &fault);
    FUZZ_MUST(length == -2 || (length >= 0 && (uint64_t)length <= body->left));
    FUZZ_MUST((length == -2) == (fault.code != GW_FAULT_NONE));
    if (length == -2)
        fuzz_check_fault(&fault);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes body = {data, size};
    uint8_t plan = fuzz_byte(&body), limits = fuzz_byte(&body);
    int64_t header = fuzz_byte(&body) * 256;
    header += fuzz_byte(&body);
    check_length(&body);
    if ((uint64_t)header > body.left)
        header = (int64_t)body.left; /* what gw_v2_header_length lets through */
    fuzz_v2(plan, limits, body.at, body.left, header);
    return 0;
}
