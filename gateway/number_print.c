/* SPDX-License-Identifier: MIT
 * Floats and integers -> text, for encode_tfs.c. The digits are the shortest that read
 * back as the same number, and of those the nearest to it, found as R. Giulietti
 * describes in "The Schubfach way to render doubles" (2020): the interval of reals that
 * round to the number is scaled by one power of ten, where its ends can be compared as
 * integers. */
#include "gateway/number.h"
#include "gateway/number_pow.h"
#include <string.h>

/* digits * 10^exponent */
struct shortest {
    uint64_t digits;
    int exponent;
};

/* A positive finite number c * 2^q, and whether the next lower one is only half as far
 * away as the next higher one (c is a power of two, and not the lowest). */
struct binary {
    uint64_t c;
    int q;
    int uneven;
};

/* The number and the ends of its interval in quarters of 10^k; odd where inexact. */
struct scaled {
    uint64_t lower;
    uint64_t value;
    uint64_t upper;
};

/* floor(log10(2^q)), or of 3/4 of that: exact for every exponent of a double. */
static int decimal_exponent(int q, int uneven)
{
    return (int)(((int64_t)q * 1262611 - (uneven ? 524031 : 0)) >> 22);
}

/* floor(factor * g / 2^128), made odd when a fraction was dropped: enough to compare with
 * whole numbers. */
static uint64_t round_odd_64(const struct gw_pow *g, uint64_t factor)
{
    gw_u128 low = (gw_u128)factor * g->low;
    gw_u128 high = (gw_u128)factor * g->high + (uint64_t)(low >> 64);
    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

static uint64_t round_odd_32(uint64_t g, uint64_t factor)
{
    gw_u128 product = (gw_u128)factor * g;
    uint64_t rest = (uint64_t)product >> 32;
    return (uint64_t)(product >> 64) | (rest > 1);
}

static struct scaled scale_64(const struct binary *binary, int k)
{
    struct gw_pow g = *gw_pow_ten(-k);
    if (-k < 0 || -k > GW_POW_EXACT) {
        g.low++; /* rounded up; no entry's low word is all ones (a test says so) */
    }
    int shift = binary->q + gw_pow_log2(-k) + 1;
    uint64_t c = binary->c * 4;
    return (struct scaled){round_odd_64(&g, (c - 2 + (uint64_t)binary->uneven) << shift),
                           round_odd_64(&g, c << shift),
                           round_odd_64(&g, (c + 2) << shift)};
}

static struct scaled scale_32(const struct binary *binary, int k)
{
    const struct gw_pow *ten = gw_pow_ten(-k);
    uint64_t g = ten->high + (ten->low != 0 || -k < 0 || -k > GW_POW_EXACT);
    int shift = binary->q + gw_pow_log2(-k) + 1;
    uint64_t c = binary->c * 4;
    return (struct scaled){round_odd_32(g, (c - 2 + (uint64_t)binary->uneven) << shift),
                           round_odd_32(g, c << shift),
                           round_odd_32(g, (c + 2) << shift)};
}

/* Choose within the interval: a multiple of ten if exactly one lies inside, else a whole
 * number, else the nearer of the two around the value. */
static struct shortest choose(const struct scaled *scaled, int k, int even)
{
    uint64_t lower = scaled->lower + !even, upper = scaled->upper - !even;
    uint64_t whole = scaled->value / 4;
    if (whole >= 10) {
        uint64_t tens = whole / 10;
        int below = lower <= 40 * tens, above = 40 * tens + 40 <= upper;
        if (below != above)
            return (struct shortest){tens + (uint64_t)above, k + 1};
    }
    int below = lower <= 4 * whole, above = 4 * whole + 4 <= upper;
    if (below != above)
        return (struct shortest){whole + (uint64_t)above, k};
    uint64_t middle = 4 * whole + 2;
    int up = scaled->value > middle || (scaled->value == middle && (whole & 1));
    return (struct shortest){whole + (uint64_t)up, k};
}

static struct shortest strip_zeros(struct shortest shortest)
{
    while (shortest.digits % 10 == 0) {
        shortest.digits /= 10;
        shortest.exponent++;
    }
    return shortest;
}

/* Decimal digits of value, most significant first; returns how many. */
static size_t put_digits(char *out, uint64_t value)
{
    char reversed[20];
    size_t n = 0;
    do {
        reversed[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    for (size_t i = 0; i < n; i++)
        out[i] = reversed[n - 1 - i];
    return n;
}

static size_t put_exponent(char *out, const char *digits, size_t n, int point)
{
    char *at = out;
    int exponent = point - 1;
    *at++ = digits[0];
    if (n > 1) {
        *at++ = '.';
        memcpy(at, digits + 1, n - 1);
        at += n - 1;
    }
    *at++ = 'e';
    if (exponent < 0)
        *at++ = '-';
    at += put_digits(at, (uint64_t)(exponent < 0 ? -exponent : exponent));
    return (size_t)(at - out);
}

/* 0.digits * 10^point as plain decimals between 1e-5 and 1e16, with an exponent outside.
 */
static size_t put_decimal(char *out, struct shortest shortest)
{
    char digits[20];
    size_t n = put_digits(digits, shortest.digits);
    int point = (int)n + shortest.exponent;
    if (point < -4 || point > 16)
        return put_exponent(out, digits, n, point);
    char *at = out;
    if (point <= 0) {
        memcpy(at, "0.00000", (size_t)(2 - point));
        at += 2 - point;
        memcpy(at, digits, n);
        return (size_t)(at - out) + n;
    }
    size_t before = (size_t)point < n ? (size_t)point : n;
    memcpy(at, digits, before);
    memset(at + before, '0', (size_t)point - before);
    at += point;
    *at++ = '.';
    if (before == n)
        *at++ = '0';
    memcpy(at, digits + before, n - before);
    return (size_t)(at - out) + (n - before);
}

static size_t put_special(char *out, uint64_t fraction, int negative)
{
    const char *word = fraction != 0 ? "NaN" : negative ? "-Infinity" : "Infinity";
    size_t size = strlen(word);
    memcpy(out, word, size);
    return size;
}

static size_t put_zero(char *out)
{
    memcpy(out, "0.0", 3);
    return 3;
}

size_t gw_number_print_f64(char *out, double value)
{
    uint64_t bits = gw_bits_of_double(value);
    uint64_t fraction = bits & (((uint64_t)1 << 52) - 1);
    int biased = (int)(bits >> 52 & 0x7FF), negative = (int)(bits >> 63);
    if (biased == 0x7FF)
        return put_special(out, fraction, negative);
    out[0] = '-';
    out += negative;
    if (biased == 0 && fraction == 0)
        return put_zero(out) + (size_t)negative;
    struct binary binary = {biased > 0 ? fraction | (uint64_t)1 << 52 : fraction,
                            (biased > 0 ? biased : 1) - 1075,
                            fraction == 0 && biased > 1};
    int k = decimal_exponent(binary.q, binary.uneven);
    struct scaled scaled = scale_64(&binary, k);
    struct shortest shortest = strip_zeros(choose(&scaled, k, (binary.c & 1) == 0));
    return put_decimal(out, shortest) + (size_t)negative;
}

size_t gw_number_print_f32(char *out, float value)
{
    uint32_t bits = gw_bits_of_float(value);
    uint32_t fraction = bits & (((uint32_t)1 << 23) - 1);
    int biased = (int)(bits >> 23 & 0xFF), negative = (int)(bits >> 31);
    if (biased == 0xFF)
        return put_special(out, fraction, negative);
    out[0] = '-';
    out += negative;
    if (biased == 0 && fraction == 0)
        return put_zero(out) + (size_t)negative;
    struct binary binary = {biased > 0 ? fraction | (uint32_t)1 << 23 : fraction,
                            (biased > 0 ? biased : 1) - 150, fraction == 0 && biased > 1};
    int k = decimal_exponent(binary.q, binary.uneven);
    struct scaled scaled = scale_32(&binary, k);
    struct shortest shortest = strip_zeros(choose(&scaled, k, (binary.c & 1) == 0));
    return put_decimal(out, shortest) + (size_t)negative;
}

size_t gw_number_print_i64(char *out, int64_t value)
{
    out[0] = '-';
    size_t sign = value < 0;
    uint64_t positive = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    return put_digits(out + sign, positive) + sign;
}
