/* SPDX-License-Identifier: MIT
 * An XGBoost model alone, in UBJSON: what loads is planned and scored. */
#include "tests/fuzz/support/fuzz.h"
#include "tests/fuzz/support/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reg_files files = {.count = 0};
    fuzz_add(&files, "model.ubj", data, size);
    fuzz_open(&files);
    return 0;
}
