/* SPDX-License-Identifier: MIT
 * weights.safetensors beside a fixed model.yaml, which byte 0 chooses: a linear model
 * with keys, or a forest with everything that a forest may have. */
#include "tests/fuzz/support/fuzz.h"
#include "tests/fuzz/support/model.h"
#include <string.h>

static const char linear[] =
    "format: 1\n"
    "inputs: {x: {type: f64}, y: {type: sparse}}\n"
    "transforms: {bin: {op: discretize, in: x, edges: e}}\n"
    "predictor: {op: linear, in: [bin, y], weights: w, bias: b, keys: k}\n";
static const char forest[] =
    "format: 1\n"
    "inputs: {a: {type: f32}, b: {type: f32}}\n"
    "predictor: {op: forest, in: [a, b], forest: gbdt, link: identity, base: 0.5}\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes bytes = {data, size};
    struct reg_files files = {.count = 0};
    const char *yaml = fuzz_byte(&bytes) & 1 ? forest : linear;
    fuzz_add(&files, "model.yaml", yaml, strlen(yaml));
    fuzz_add(&files, "weights.safetensors", bytes.at, bytes.left);
    fuzz_open(&files);
    return 0;
}
