/* SPDX-License-Identifier: MIT
 * group.yaml: members are names, each once; a refusal says at which line. */
#include "registry/manifest.h"
#include "registry/scan.h"
#include "tests/fuzz/support/fuzz.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct roost_error err = {.status = ROOST_OK};
    struct reg_group group = {.count = 0};
    roost_status status = reg_group_read((const char *)data, size, &group, &err);
    if (status != ROOST_OK) {
        fuzz_check_error(status, &err);
        FUZZ_MUST(strcmp(err.where, "group.yaml") == 0 && err.line >= 1);
        FUZZ_MUST(group.count == 0 && group.member == NULL);
        return 0;
    }
    FUZZ_MUST(group.count >= 1 && group.count <= REG_MEMBERS_MAX);
    for (uint32_t i = 0; i < group.count; i++) {
        FUZZ_MUST(reg_name_valid(group.member[i], strlen(group.member[i])));
        for (uint32_t j = 0; j < i; j++)
            FUZZ_MUST(strcmp(group.member[i], group.member[j]) != 0);
    }
    reg_group_clear(&group);
    return 0;
}
