/* SPDX-License-Identifier: MIT
 * A scanned decimal -> the nearest double. Three steps, each giving way to the next where
 * it cannot be sure: one exact multiplication or division (W. Clinger, "How to read
 * floating point numbers accurately", 1990); a product with a 128-bit power of ten whose
 * error bound leaves the rounding beyond doubt (after D. Lemire, "Number parsing at a
 * gigabyte per second", 2021, and M. Eisel); whole-number arithmetic in number_exact.c.
 */
#include "gateway/number_read.h"
#include "gateway/number.h"
#include "gateway/number_pow.h"

enum {
    MANTISSA_BITS = 52,
    BIAS = 1023,
    INFINITE_EXPONENT = 0x7FF,
    EXACT_TEN = 22, /* 10^22 is the largest power of ten that a double holds exactly */
    ROUND_BITS = 128 - 53 /* of a 128-bit product, below a normal double's mantissa */
};

static const double tens[EXACT_TEN + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                           1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                           1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* A double's bits, found by multiplication. */
struct guess {
    uint64_t bits; /* of the nearest double; when not sure, of one not above the value */
    int sure;
};

/* Round product (top bit set, weight 2^-127) * 2^exponent to a double. The true value is
 * product + e, 0 < e < 3 in the last place, or e = 0 when `exact`. */
static struct guess round_product(gw_u128 product, int exponent, int exact)
{
    int biased = exponent + BIAS;
    if (biased >= INFINITE_EXPONENT)
        return (struct guess){(uint64_t)INFINITE_EXPONENT << MANTISSA_BITS, 1};
    int drop = biased > 0 ? ROUND_BITS : ROUND_BITS + 1 - biased;
    if (drop > 128)
        return (struct guess){0, 1}; /* below half of the smallest double */
    uint64_t kept = drop == 128 ? 0 : (uint64_t)(product >> drop);
    gw_u128 half = (gw_u128)1 << (drop - 1);
    gw_u128 rest = drop == 128 ? product : product & ((half << 1) - 1);
    /* The hidden bit of a normal number adds one to the exponent; so does a carry. */
    uint64_t base = biased > 0 ? (uint64_t)(biased - 1) << MANTISSA_BITS : 0;
    if (exact)
        return (struct guess){base + kept + (rest > half || (rest == half && (kept & 1))),
                              1};
    if (rest < half && half - rest < 3)
        return (struct guess){base + kept, 0};
    return (struct guess){base + kept + (rest >= half), 1};
}

/* digits * 10^q, digits > 0, for q within the table. */
static struct guess multiply(uint64_t digits, int q)
{
    const struct gw_pow *ten = gw_pow_ten(q);
    int shift = __builtin_clzll(digits);
    uint64_t scaled = digits << shift;
    gw_u128 low = (gw_u128)scaled * ten->low;
    gw_u128 product = (gw_u128)scaled * ten->high + (uint64_t)(low >> 64);
    int exact = q >= 0 && q <= GW_POW_EXACT && (uint64_t)low == 0;
    int exponent = gw_pow_log2(q) + 64 - shift;
    if (product >> 127 == 0) {
        /* The bit shifted in is the top of the dropped word. The error doubles to under
         * 3: under 1 for what is still dropped, under 2 for the power's own last place.
         */
        product = product << 1 | ((uint64_t)low >> 63);
        exponent--;
    }
    return round_product(product, exponent, exact);
}

static double exact_ten(const struct gw_decimal *decimal)
{
    double value = (double)decimal->digits;
    return decimal->exponent < 0 ? value / tens[-decimal->exponent]
                                 : value * tens[decimal->exponent];
}

static uint64_t nearest_bits(const struct gw_decimal *decimal, const char *text,
                             size_t size)
{
    int q = decimal->exponent;
    /* digits < 10^19: below 10^-342 it is under half of the smallest double. */
    if (decimal->digits == 0 || q < GW_POW_MIN)
        return 0;
    if (q > 308)
        return (uint64_t)INFINITE_EXPONENT << MANTISSA_BITS;
    struct guess guess = multiply(decimal->digits, q);
    if (guess.sure && !decimal->truncated)
        return guess.bits;
    if (guess.sure) {
        struct guess above = multiply(decimal->digits + 1, q);
        if (above.sure && above.bits == guess.bits)
            return guess.bits;
    }
    /* A guess may have been rounded up; one step down is certainly not above. */
    return gw_number_exact(text, size, guess.bits > 0 ? guess.bits - 1 : 0);
}

double gw_number_double(const struct gw_decimal *decimal, const char *text, size_t size)
{
    int simple = !decimal->truncated && decimal->digits <= (uint64_t)1 << 53 &&
                 decimal->exponent >= -EXACT_TEN && decimal->exponent <= EXACT_TEN;
    double value = simple ? exact_ten(decimal)
                          : gw_double_of_bits(nearest_bits(decimal, text, size));
    return decimal->negative ? -value : value;
}
