/* SPDX-License-Identifier: MIT
 * number_pow.h - powers of ten to 128 bits, for reading and printing numbers.
 * Threads  Constants. Memory  None. Errors  None. */
#ifndef ROOST_GATEWAY_NUMBER_POW_H
#define ROOST_GATEWAY_NUMBER_POW_H
#include <stdint.h>

enum { GW_POW_MIN = -342, GW_POW_MAX = 324, GW_POW_EXACT = 55 };

/* 10^q = (high * 2^64 + low + f) * 2^(gw_pow_log2(q) - 127), 0 <= f < 1, high >= 2^63.
 * f is 0 exactly when 0 <= q <= GW_POW_EXACT. */
struct gw_pow {
    uint64_t high;
    uint64_t low;
};
extern const struct gw_pow gw_pow_table[GW_POW_MAX - GW_POW_MIN + 1];

/* GCC and clang have a 128-bit integer on every 64-bit target; the word __extension__
 * says that it is one on purpose. */
__extension__ typedef unsigned __int128 gw_u128;

static inline const struct gw_pow *gw_pow_ten(int q)
{
    return &gw_pow_table[q - GW_POW_MIN];
}

/* floor(log2(10^q)); exact for |q| <= 1233, checked over the table by a test. The shift
 * of a negative number is arithmetic in both compilers. */
static inline int gw_pow_log2(int q)
{
    return (int)(((int64_t)q * 1741647) >> 19);
}

/* A number's bits, and the double with these bits. */
static inline double gw_double_of_bits(uint64_t bits)
{
    union {
        uint64_t bits;
        double value;
    } both = {.bits = bits};
    return both.value;
}

static inline uint64_t gw_bits_of_double(double value)
{
    union {
        double value;
        uint64_t bits;
    } both = {.value = value};
    return both.bits;
}

static inline uint32_t gw_bits_of_float(float value)
{
    union {
        float value;
        uint32_t bits;
    } both = {.value = value};
    return both.bits;
}

#endif
