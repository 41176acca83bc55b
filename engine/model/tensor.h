/* SPDX-License-Identifier: MIT
 * tensor.h - a named array of numbers as a model file holds it, borrowed from the file.
 * Threads  Plain data.
 * Memory   data belongs to whoever read the file; makers copy what they keep.
 * Errors   None here. */
#ifndef ROOST_MODEL_TENSOR_H
#define ROOST_MODEL_TENSOR_H
#include <stddef.h>
#include <stdint.h>

enum eng_dtype {
    ENG_DT_F32,
    ENG_DT_F64,
    ENG_DT_U8,
    ENG_DT_U16,
    ENG_DT_U32,
    ENG_DT_I32,
    ENG_DT_I64,
    ENG_DT_U64
};

enum { ENG_TENSOR_MAX_RANK = 4 };

/* Row-major, little-endian, possibly unaligned. count is the product of dim[0..rank). */
struct eng_tensor {
    enum eng_dtype dtype;
    uint32_t rank;
    uint64_t dim[ENG_TENSOR_MAX_RANK];
    uint64_t count;
    const void *data;
};

/* Bytes of one element. */
size_t eng_dtype_size(enum eng_dtype dtype);

/* Element i converted (an integer above 2^53 loses bits in the first). i < count. */
double eng_tensor_number(const struct eng_tensor *tensor, uint64_t i);
int64_t eng_tensor_integer(const struct eng_tensor *tensor, uint64_t i);

#endif
