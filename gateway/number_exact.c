/* SPDX-License-Identifier: MIT
 * The last word on a decimal's rounding: the decimal and the middle between two
 * neighbouring doubles, both as whole numbers, compared. Reached from number_read.c for
 * ties and for long texts so close to one that 128 bits do not tell; a few microseconds.
 */
#include "gateway/number_pow.h"
#include "gateway/number_read.h"
#include <assert.h>
#include <string.h>

enum {
    /* The shortest decimal expansion of a middle has at most 767 significant digits, so
     * that anything non-zero after 800 is as good as a single 1 (a sticky digit). */
    DIGITS_MOST = 800,
    /* Largest operand: 801 digits (2662 bits) * 2^1075, or a 54-bit middle
     * * 10^(342 + 801) (3851 bits), or that middle * 2^971; plus a word to carry into. */
    WORDS = 128
};

struct whole {
    uint32_t used;
    uint32_t word[WORDS]; /* least first */
};

static void multiply_add(struct whole *whole, uint32_t factor, uint32_t add)
{
    uint64_t carry = add;
    for (uint32_t i = 0; i < whole->used; i++) {
        carry += (uint64_t)whole->word[i] * factor;
        whole->word[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry > 0) {
        assert(whole->used < WORDS);
        whole->word[whole->used++] = (uint32_t)carry;
    }
}

static void multiply_ten(struct whole *whole, uint32_t power)
{
    for (; power >= 9; power -= 9)
        multiply_add(whole, 1000000000, 0);
    for (; power > 0; power--)
        multiply_add(whole, 10, 0);
}

static void shift_left(struct whole *whole, uint32_t bits)
{
    uint32_t words = bits / 32;
    if (whole->used == 0)
        return;
    assert(whole->used + words < WORDS);
    memmove(whole->word + words, whole->word, whole->used * sizeof whole->word[0]);
    memset(whole->word, 0, words * sizeof whole->word[0]);
    whole->used += words;
    multiply_add(whole, (uint32_t)1 << (bits % 32), 0);
}

static int compare(const struct whole *a, const struct whole *b)
{
    if (a->used != b->used)
        return a->used < b->used ? -1 : 1;
    for (uint32_t i = a->used; i-- > 0;)
        if (a->word[i] != b->word[i])
            return a->word[i] < b->word[i] ? -1 : 1;
    return 0;
}

static void set_u64(struct whole *whole, uint64_t value)
{
    whole->word[0] = (uint32_t)value;
    whole->word[1] = (uint32_t)(value >> 32);
    whole->used = value == 0 ? 0 : value >> 32 == 0 ? 1 : 2;
}

/* Digits on their way into a whole number, nine at a time. */
struct chunk {
    uint32_t value;
    uint32_t scale; /* ten to the number of digits in value */
};

static void flush(struct whole *out, struct chunk *chunk)
{
    multiply_add(out, chunk->scale, chunk->value);
    *chunk = (struct chunk){0, 1};
}

static void push(struct whole *out, struct chunk *chunk, uint32_t digit)
{
    chunk->value = chunk->value * 10 + digit;
    chunk->scale *= 10;
    if (chunk->scale == 1000000000)
        flush(out, chunk);
}

/* The text's significant digits as one number; returns its exponent but for the text's
 * own exponent part. */
static int64_t read_digits(const char *text, size_t size, struct whole *out)
{
    struct chunk chunk = {0, 1};
    uint32_t taken = 0;
    int64_t exponent = 0;
    int fraction = 0, rest = 0;
    out->used = 0;
    for (size_t i = 0; i < size && (text[i] | 0x20) != 'e'; i++) {
        uint32_t digit = (uint32_t)(unsigned char)text[i] - '0';
        fraction |= text[i] == '.';
        if (digit > 9)
            continue;
        exponent -= fraction;
        if (taken == DIGITS_MOST) {
            rest |= digit != 0;
            exponent++;
        } else if (taken > 0 || digit != 0) {
            push(out, &chunk, digit);
            taken++;
        }
    }
    if (rest) {
        push(out, &chunk, 1);
        exponent--;
    }
    flush(out, &chunk);
    return exponent;
}

/* The number after 'e', or 0. */
static int64_t exponent_part(const char *text, size_t size)
{
    size_t i = 0;
    while (i < size && (text[i] | 0x20) != 'e')
        i++;
    int negative = 0;
    int64_t value = 0;
    for (i += 1; i < size; i++) {
        negative |= text[i] == '-';
        if (text[i] >= '0' && text[i] <= '9' && value < 1000000000)
            value = value * 10 + (text[i] - '0');
    }
    return negative ? -value : value;
}

/* The decimal against the middle between the doubles with bits `low` and low + 1. */
static int compare_middle(const struct whole *digits, int64_t exponent, uint64_t low)
{
    uint64_t fraction = low & (((uint64_t)1 << 52) - 1);
    int biased = (int)(low >> 52);
    uint64_t mantissa = biased > 0 ? fraction | (uint64_t)1 << 52 : fraction;
    int two = (biased > 0 ? biased : 1) - 1075 - 1;
    struct whole left = *digits, right;
    set_u64(&right, mantissa * 2 + 1);
    if (exponent > 0)
        multiply_ten(&left, (uint32_t)exponent);
    else
        multiply_ten(&right, (uint32_t)-exponent);
    if (two > 0)
        shift_left(&right, (uint32_t)two);
    else
        shift_left(&left, (uint32_t)-two);
    return compare(&left, &right);
}

uint64_t gw_number_exact(const char *text, size_t size, uint64_t low)
{
    const uint64_t infinite = (uint64_t)0x7FF << 52;
    struct whole digits;
    int64_t exponent = read_digits(text, size, &digits) + exponent_part(text, size);
    while (low < infinite) {
        int order = compare_middle(&digits, exponent, low);
        if (order < 0 || (order == 0 && (low & 1) == 0))
            break;
        low++;
    }
    return low;
}
