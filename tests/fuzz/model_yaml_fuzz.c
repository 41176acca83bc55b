/* SPDX-License-Identifier: MIT
 * model.yaml. Byte 0 chooses what lies beside it: nothing, the tensors of a linear model,
 * of a forest, of a deep model or of a factorisation machine, or an XGBoost file and a
 * list of words. */
#include "tests/fuzz/support/fuzz.h"
#include "tests/fuzz/support/model.h"
#include "tests/fuzz/support/parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes text = {data, size};
    struct reg_files files = {.count = 0};
    switch (fuzz_byte(&text) % 6) {
    case 1:
        fuzz_add_linear_tensors(&files);
        break;
    case 2:
        fuzz_add_forest_tensors(&files);
        break;
    case 3:
        fuzz_add_xgboost(&files);
        break;
    case 4:
        fuzz_add_mlp_tensors(&files);
        break;
    case 5:
        fuzz_add_fm_tensors(&files);
        break;
    default:
        break;
    }
    fuzz_add(&files, "model.yaml", text.at, text.left);
    fuzz_open(&files);
    return 0;
}
