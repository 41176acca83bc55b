/* SPDX-License-Identifier: MIT
 * text.c - what every reader of texts needs: UTF-8, numbers free of the locale (a program
 * that embeds libroost may have set a decimal comma), and 'did you mean'. */
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "registry/formats/doc.h"
#include "registry/formats/suggest.h"

enum { NUMBER_MAX = 63, WORD_MAX = 40 };

/* Bytes of the well-formed UTF-8 sequence at `at`, or 0 (Unicode's table 3-7). */
static size_t sequence(const uint8_t *at, size_t left)
{
    static const struct {
        uint8_t first, last, low, high, more;
    } rows[] = {{0x01, 0x7f, 0, 0, 0},       {0xc2, 0xdf, 0x80, 0xbf, 1},
                {0xe0, 0xe0, 0xa0, 0xbf, 2}, {0xe1, 0xec, 0x80, 0xbf, 2},
                {0xed, 0xed, 0x80, 0x9f, 2}, {0xee, 0xef, 0x80, 0xbf, 2},
                {0xf0, 0xf0, 0x90, 0xbf, 3}, {0xf1, 0xf3, 0x80, 0xbf, 3},
                {0xf4, 0xf4, 0x80, 0x8f, 3}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (at[0] < rows[i].first || at[0] > rows[i].last)
            continue;
        if (rows[i].more >= left)
            return 0;
        if (rows[i].more && (at[1] < rows[i].low || at[1] > rows[i].high))
            return 0;
        for (size_t j = 2; j <= rows[i].more; j++)
            if (at[j] < 0x80 || at[j] > 0xbf)
                return 0;
        return rows[i].more + 1u;
    }
    return 0;
}

int reg_utf8_valid(const void *data, size_t size)
{
    const uint8_t *at = data;
    for (size_t i = 0; i < size;) {
        size_t step = sequence(at + i, size - i);
        if (!step)
            return 0;
        i += step;
    }
    return 1;
}

static size_t digits(const char *text, size_t at, size_t size)
{
    while (at < size && text[at] >= '0' && text[at] <= '9')
        at++;
    return at;
}

/* 1 when the text is [+-]digits[.digits][e[+-]digits], with a digit on one side at least:
 * no hexadecimal, no infinity, no blanks, all of which strtod would take. */
static int is_decimal(const char *text, size_t size)
{
    size_t at = size && (text[0] == '-' || text[0] == '+');
    size_t whole = digits(text, at, size);
    size_t count = whole - at;
    at = whole;
    if (at < size && text[at] == '.') {
        size_t end = digits(text, at + 1, size);
        count += end - at - 1;
        at = end;
    }
    if (!count)
        return 0;
    if (at < size && (text[at] == 'e' || text[at] == 'E')) {
        at++;
        if (at < size && (text[at] == '-' || text[at] == '+'))
            at++;
        size_t end = digits(text, at, size);
        if (end == at)
            return 0;
        at = end;
    }
    return at == size;
}

/* At most 15 digits and a power of ten up to 22 are exact doubles each, so one product or
 * quotient of them is correctly rounded (Clinger 1990): most numbers of a model file, at
 * a fraction of strtod's time. The text is a decimal. 0: not such a number. */
static int read_short(const char *text, size_t size, double *out)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    size_t at = text[0] == '-' || text[0] == '+', count = 0;
    uint64_t whole = 0;
    int exponent = 0, point = 0;
    for (; at < size && text[at] != 'e' && text[at] != 'E'; at++) {
        if (text[at] == '.') {
            point = 1;
            continue;
        }
        if (++count > 15)
            return 0;
        whole = whole * 10 + (uint64_t)(text[at] - '0');
        exponent -= point;
    }
    if (at < size) { /* behind the e stand a sign or not, and a digit at least */
        int minus = text[at + 1] == '-', written = 0;
        at += text[at + 1] == '-' || text[at + 1] == '+' ? 2 : 1;
        if (size - at > 3)
            return 0;
        for (; at < size; at++)
            written = written * 10 + (text[at] - '0');
        exponent += minus ? -written : written;
    }
    if (exponent < -22 || exponent > 22)
        return 0;
    double value = (double)whole;
    value = exponent < 0 ? value / powers[-exponent] : value * powers[exponent];
    *out = text[0] == '-' ? -value : value;
    return 1;
}

int reg_number(const char *text, size_t size, double *out)
{
    char copy[NUMBER_MAX + 1];
    if (size > NUMBER_MAX || !is_decimal(text, size))
        return -1;
    if (read_short(text, size, out))
        return 0;
    memcpy(copy, text, size);
    copy[size] = 0;
    locale_t plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    if (!plain)
        return -1;
    *out = strtod_l(copy, NULL, plain);
    freelocale(plain);
    return isfinite(*out) ? 0 : -1;
}

int reg_integer(const char *text, size_t size, int64_t *out)
{
    char copy[NUMBER_MAX + 1];
    size_t sign = size && (text[0] == '-' || text[0] == '+');
    if (size > NUMBER_MAX || size == sign || digits(text, sign, size) != size)
        return -1;
    memcpy(copy, text, size);
    copy[size] = 0;
    errno = 0;
    long long value = strtoll(copy, NULL, 10);
    *out = value;
    return errno ? -1 : 0;
}

/* Levenshtein's distance, one row at a time. */
static size_t distance(const char *a, size_t n, const char *b, size_t m)
{
    size_t row[WORD_MAX + 1];
    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[m];
}

void reg_suggest_init(struct reg_suggest *suggest, const char *word, size_t size)
{
    *suggest = (struct reg_suggest){.word = word, .size = size, .distance = 3};
    /* Of a short word nearly everything is two edits away. */
    if (size < 4)
        suggest->distance = 2;
}

void reg_suggest_try(struct reg_suggest *suggest, const char *candidate, size_t size)
{
    if (!size || size > WORD_MAX || suggest->size > WORD_MAX)
        return;
    size_t d = distance(suggest->word, suggest->size, candidate, size);
    if (d < suggest->distance) {
        suggest->distance = d;
        suggest->best = candidate;
        suggest->best_size = size;
    }
}
