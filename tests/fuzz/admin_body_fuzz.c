/* SPDX-License-Identifier: MIT
 * What comes in with an admin call. Byte 0 chooses the command; the rest is its body, and
 * up to a line break and after it also a Host and an Origin. */
#include "gateway/admin.h"
#include "tests/fuzz/support/fuzz.h"
#include <string.h>

enum { HEADER_MOST = 256 };

static void check_body(enum reg_action action, struct fuzz_bytes body)
{
    struct gw_fault fault = {.code = GW_FAULT_NONE};
    struct gw_admin_body out;
    if (gw_admin_read(action, body.at, body.left, &out, &fault) != 0) {
        fuzz_check_fault(&fault);
        return;
    }
    FUZZ_MUST(fault.code == GW_FAULT_NONE && out.version >= -1);
    FUZZ_MUST(action != REG_PROMOTE || out.version >= 0);
    FUZZ_MUST(action != REG_ROLLBACK || out.version == -1);
}

static void take_line(struct fuzz_bytes *bytes, char out[HEADER_MOST])
{
    size_t size = 0;
    uint8_t byte;
    while (bytes->left > 0 && (byte = fuzz_byte(bytes)) != '\n')
        if (size < HEADER_MOST - 1 && byte != '\0')
            out[size++] = (char)byte;
    out[size] = '\0';
}

static void check_guard(struct fuzz_bytes bytes)
{
    char host[HEADER_MOST], origin[HEADER_MOST];
    struct gw_fault fault = {.code = GW_FAULT_NONE};
    take_line(&bytes, host);
    take_line(&bytes, origin);
    int refused = gw_admin_guard(host, origin[0] != '\0' ? origin : NULL, &fault);
    FUZZ_MUST(refused == (fault.code != GW_FAULT_NONE ? -1 : 0));
    if (refused)
        fuzz_check_fault(&fault);
    /* Whoever passes named this machine: a word that a resolver gives never does. */
    else
        FUZZ_MUST(host[0] == '[' || (host[0] | 0x20) == 'l' || host[0] == '1');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes bytes = {data, size};
    enum reg_action action = (enum reg_action)(fuzz_byte(&bytes) & 3);
    check_body(action, bytes);
    check_guard(bytes);
    return 0;
}
