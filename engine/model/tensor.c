/* SPDX-License-Identifier: MIT
 * tensor.c - elements of a model file's arrays as numbers. The bytes are the file's own,
 * wherever they happen to lie, so every read copies them out. Loaders make tensors;
 * operators read them once, when a node is made. */
#include "engine/model/tensor.h"
#include <assert.h>
#include <string.h>

size_t eng_dtype_size(enum eng_dtype dtype)
{
    switch (dtype) {
    case ENG_DT_U8:
        return 1;
    case ENG_DT_U16:
        return 2;
    case ENG_DT_F32:
    case ENG_DT_U32:
    case ENG_DT_I32:
        return 4;
    case ENG_DT_F64:
    case ENG_DT_I64:
    case ENG_DT_U64:
        return 8;
    }
    return 0;
}

/* One element in the low bytes of a word; files and machines are little-endian. */
union element {
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    int32_t i32;
    int64_t i64;
    float f32;
    double f64;
};

static union element tensor_at(const struct eng_tensor *tensor, uint64_t i)
{
    assert(i < tensor->count);
    union element element = {.u64 = 0};
    size_t size = eng_dtype_size(tensor->dtype);
    memcpy(&element, (const uint8_t *)tensor->data + i * size, size);
    return element;
}

double eng_tensor_number(const struct eng_tensor *tensor, uint64_t i)
{
    union element element = tensor_at(tensor, i);
    switch (tensor->dtype) {
    case ENG_DT_F32:
        return (double)element.f32;
    case ENG_DT_F64:
        return element.f64;
    case ENG_DT_I32:
        return (double)element.i32;
    case ENG_DT_I64:
        return (double)element.i64;
    case ENG_DT_U8:
    case ENG_DT_U16:
    case ENG_DT_U32:
    case ENG_DT_U64:
        break;
    }
    return (double)element.u64;
}

/* Out of range or NaN would be undefined: the nearest integer that there is, NaN 0. */
static int64_t whole(double value)
{
    if (value >= 9223372036854775808.0)
        return INT64_MAX;
    if (value < -9223372036854775808.0)
        return INT64_MIN;
    return value == value ? (int64_t)value : 0;
}

int64_t eng_tensor_integer(const struct eng_tensor *tensor, uint64_t i)
{
    union element element = tensor_at(tensor, i);
    switch (tensor->dtype) {
    case ENG_DT_F32:
        return whole((double)element.f32);
    case ENG_DT_F64:
        return whole(element.f64);
    case ENG_DT_I32:
        return element.i32;
    case ENG_DT_I64:
    case ENG_DT_U8:
    case ENG_DT_U16:
    case ENG_DT_U32:
    case ENG_DT_U64:
        break;
    }
    return element.i64;
}
