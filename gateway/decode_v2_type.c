/* SPDX-License-Identifier: MIT
 * The data types of the Open Inference Protocol: their names, which of them a feature
 * takes, and an element of any of them as a double or an integer. What decode_v2_data.c
 * found in a body, decode_v2_place.c and decode_v2_list.c read through here. */
#include "gateway/decode_v2_state.h"
#include <math.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "numbers are used as they came");

#define X(name, bytes) {#name, bytes},
static const struct {
    const char *name;
    uint32_t bytes;
} types[GW_V2_TYPES] = {GW_V2_TYPE_MAP(X)};
#undef X

int gw_v2_type_find(struct roost_text name)
{
    for (int type = 0; type < GW_V2_TYPES; type++)
        if (gw_decode_equals(name, types[type].name))
            return type;
    return -1;
}

const char *gw_v2_type_name(enum gw_v2_type type)
{
    return types[type].name;
}

uint32_t gw_v2_type_bytes(enum gw_v2_type type)
{
    return types[type].bytes;
}

int gw_v2_type_whole(enum gw_v2_type type)
{
    return type <= GW_V2_INT64;
}

int gw_v2_type_fits(enum gw_v2_type type, enum roost_type feature)
{
    switch (feature) {
    case ROOST_F32:
    case ROOST_F64:
        return type != GW_V2_BYTES;
    case ROOST_I64:
        return gw_v2_type_whole(type); /* a UINT64 is asked whether it fits */
    case ROOST_I32:
        return gw_v2_type_whole(type) && type != GW_V2_UINT32 && type != GW_V2_UINT64 &&
               type != GW_V2_INT64;
    case ROOST_BOOL:
        return type == GW_V2_BOOL;
    case ROOST_STRING:
    case ROOST_STRINGS:
        return type == GW_V2_BYTES;
    case ROOST_SPARSE:
        return 0; /* it is several inputs */
    }
    return 0;
}

enum gw_v2_type gw_v2_type_of(enum roost_type feature)
{
    switch (feature) {
    case ROOST_F32:
        return GW_V2_FP32;
    case ROOST_F64:
        return GW_V2_FP64;
    case ROOST_I32:
        return GW_V2_INT32;
    case ROOST_I64:
    case ROOST_SPARSE: /* its ids */
        return GW_V2_INT64;
    case ROOST_BOOL:
        return GW_V2_BOOL;
    case ROOST_STRING:
    case ROOST_STRINGS:
        return GW_V2_BYTES;
    }
    return GW_V2_BYTES;
}

enum gw_v2_type gw_v2_dense_type(const roost_plan *plan)
{
    uint32_t count = 0, width = 0;
    const uint32_t *positions = roost_plan_positions(plan, &count, &width);
    if (positions != NULL && count == 1 && roost_plan_feature(plan, *positions)->vector)
        return gw_v2_type_of(roost_plan_feature(plan, *positions)->type);
    for (uint32_t i = 0; positions != NULL && i < count; i++)
        if (roost_plan_feature(plan, positions[i])->type == ROOST_F64)
            return GW_V2_FP64;
    return GW_V2_FP32;
}

const char *gw_v2_datatype(enum roost_type type)
{
    return types[gw_v2_type_of(type)].name;
}

const char *gw_v2_dense_datatype(const roost_plan *plan)
{
    return types[gw_v2_dense_type(plan)].name;
}

/* IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits. */
static double half_number(uint16_t bits)
{
    int exponent = bits >> 10 & 31;
    double fraction = bits & 1023, size;
    if (exponent == 31)
        size = fraction > 0 ? (double)NAN : (double)INFINITY;
    else if (exponent == 0)
        size = ldexp(fraction, -24);
    else
        size = ldexp(1024 + fraction, exponent - 25);
    return bits >> 15 ? -size : size;
}

/* The upper half of an IEEE 754 binary32. */
static double brain_number(uint16_t bits)
{
    uint32_t whole = (uint32_t)bits << 16;
    float value;
    memcpy(&value, &whole, sizeof value);
    return (double)value;
}

/* The bytes of element i, wherever they lie. */
static const uint8_t *element(const struct gw_v2_input *input, uint64_t i)
{
    return (const uint8_t *)input->data + i * types[input->type].bytes;
}

int gw_v2_integer(const struct gw_v2_input *input, uint64_t i, int64_t *out)
{
    const uint32_t bytes = types[input->type].bytes;
    uint64_t bits = 0;
    memcpy(&bits, element(input, i), bytes);
    if (input->type == GW_V2_BOOL)
        bits = bits != 0;
    if (input->type == GW_V2_UINT64 && bits > INT64_MAX)
        return -1;
    /* Repeat the sign of a shorter one in all bits above it. */
    uint64_t sign = (uint64_t)1 << (bytes * 8 - 1);
    if (input->type >= GW_V2_INT8 && (bits & sign) != 0)
        bits |= ~(sign - 1);
    memcpy(out, &bits, sizeof *out);
    return 0;
}

double gw_v2_number(const struct gw_v2_input *input, uint64_t i)
{
    const uint8_t *at = element(input, i);
    int64_t integer;
    uint64_t large;
    uint16_t half;
    double number = 0;
    float single;
    switch (input->type) {
    case GW_V2_FP64:
        memcpy(&number, at, sizeof number);
        return number;
    case GW_V2_FP32:
        memcpy(&single, at, sizeof single);
        return (double)single;
    case GW_V2_FP16:
    case GW_V2_BF16:
        memcpy(&half, at, sizeof half);
        return input->type == GW_V2_FP16 ? half_number(half) : brain_number(half);
    default:
        if (gw_v2_integer(input, i, &integer) == 0)
            return (double)integer;
        memcpy(&large, at, sizeof large);
        return (double)large;
    }
}
