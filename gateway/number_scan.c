/* SPDX-License-Identifier: MIT
 * The text of a number -> its digits and exponent, in RFC 8259's grammar. The JSON
 * decoder comes before; number_read.c (doubles) or gw_number_int64 comes after, once the
 * feature's type is known. No value is lost here: what does not fit is left to the text
 * itself. */
#include "gateway/number.h"

enum {
    DIGITS_KEPT = 19, /* 10^19 - 1 is the largest run of nines that a uint64_t holds */
    EXPONENT_MOST = 1000000000
};

struct scan {
    const char *at;
    const char *end;
    struct gw_decimal *out;
    int64_t exponent;
    uint32_t kept; /* digits in out->digits, leading zeros not counted */
};

static int is_digit(const struct scan *scan)
{
    return scan->at < scan->end && (unsigned char)(*scan->at - '0') < 10;
}

static void keep_digit(struct scan *scan, unsigned digit)
{
    struct gw_decimal *out = scan->out;
    if (scan->kept < DIGITS_KEPT) {
        out->digits = out->digits * 10 + digit;
        scan->kept += out->digits != 0;
    } else {
        /* A zero here changes only the exponent; the value stays exact. */
        out->truncated |= digit != 0;
        scan->exponent++;
    }
}

static int scan_integer(struct scan *scan)
{
    if (!is_digit(scan))
        return 0;
    if (*scan->at == '0') {
        scan->at++;
        return 1;
    }
    while (is_digit(scan))
        keep_digit(scan, (unsigned)(*scan->at++ - '0'));
    return 1;
}

static int scan_fraction(struct scan *scan)
{
    if (scan->at == scan->end || *scan->at != '.')
        return 1;
    scan->at++;
    scan->out->integer = 0;
    const char *first = scan->at;
    while (is_digit(scan)) {
        keep_digit(scan, (unsigned)(*scan->at++ - '0'));
        scan->exponent--;
    }
    return scan->at > first;
}

static int scan_exponent(struct scan *scan)
{
    if (scan->at == scan->end || (*scan->at | 0x20) != 'e')
        return 1;
    scan->at++;
    scan->out->integer = 0;
    int negative = 0;
    if (scan->at < scan->end && (*scan->at == '+' || *scan->at == '-'))
        negative = *scan->at++ == '-';
    const char *first = scan->at;
    int64_t value = 0;
    while (is_digit(scan)) {
        value = value * 10 + (*scan->at++ - '0');
        if (value > EXPONENT_MOST)
            value = EXPONENT_MOST;
    }
    scan->exponent += negative ? -value : value;
    return scan->at > first;
}

static int32_t clamp_exponent(int64_t exponent)
{
    if (exponent > EXPONENT_MOST)
        return EXPONENT_MOST;
    return exponent < -EXPONENT_MOST ? -EXPONENT_MOST : (int32_t)exponent;
}

size_t gw_number_scan(const char *text, size_t size, struct gw_decimal *out)
{
    *out = (struct gw_decimal){.integer = 1};
    struct scan scan = {.at = text, .end = text + size, .out = out};
    if (size > 0 && text[0] == '-') {
        out->negative = 1;
        scan.at++;
    }
    if (!scan_integer(&scan) || !scan_fraction(&scan) || !scan_exponent(&scan))
        return 0;
    out->exponent = clamp_exponent(scan.exponent);
    return (size_t)(scan.at - text);
}

int gw_number_int64(const struct gw_decimal *decimal, const char *text, size_t size,
                    int64_t *out)
{
    /* 19 digits always hold an int64_t, so the text need not be read again. */
    (void)text;
    (void)size;
    if (!decimal->integer || decimal->truncated || decimal->exponent > 0)
        return -1;
    uint64_t most = (uint64_t)INT64_MAX + decimal->negative;
    if (decimal->digits > most)
        return -1;
    /* Negated as unsigned: INT64_MIN has no positive counterpart. */
    uint64_t bits = decimal->negative ? 0 - decimal->digits : decimal->digits;
    *out = (int64_t)bits;
    return 0;
}
