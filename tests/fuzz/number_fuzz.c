/* SPDX-License-Identifier: MIT
 * Numbers as text, against the C library in the C locale: what is scanned reads to the
 * same double to the last bit, and what is printed is JSON, reads back the same and has
 * no digit too many. The input is a text; its first bytes are also a float and a double.
 */
#include "gateway/number.h"
#include "tests/fuzz/support/fuzz.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MOST = 4096 };

static int same(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static void check_integer(const struct gw_decimal *decimal, const char *text, size_t size)
{
    int64_t value = 0;
    int failed = gw_number_int64(decimal, text, size, &value);
    if (!decimal->integer) {
        FUZZ_MUST(failed);
        return;
    }
    errno = 0;
    long long expected = strtoll(text, NULL, 10);
    FUZZ_MUST(failed ? errno == ERANGE : errno == 0 && value == expected);
}

static void check_text(const uint8_t *data, size_t size)
{
    static char text[TEXT_MOST + 1];
    struct gw_decimal decimal;
    size_t used = gw_number_scan((const char *)data, size, &decimal);
    FUZZ_MUST(used <= size);
    if (used == 0)
        return;
    memcpy(text, data, used);
    text[used] = '\0';
    char *end;
    double expected = strtod(text, &end);
    FUZZ_MUST(end == text + used);
    FUZZ_MUST(same(gw_number_double(&decimal, (const char *)data, used), expected));
    check_integer(&decimal, text, used);
}

/* Significant digits of a printed number. */
static int digits_of(const char *text, size_t size)
{
    int count = 0, zeros = 0;
    for (size_t i = 0; i < size && (text[i] | 0x20) != 'e'; i++) {
        if (text[i] < '0' || text[i] > '9' || (count == 0 && text[i] == '0'))
            continue;
        zeros = text[i] == '0' ? zeros + 1 : 0;
        count++;
    }
    return count - zeros;
}

/* One digit less does not say which number it was. */
static void check_shortest(double value, int digits, int is_float)
{
    char text[64];
    if (digits < 2)
        return;
    snprintf(text, sizeof text, "%.*e", digits - 2, value);
    FUZZ_MUST(is_float ? strtof(text, NULL) != (float)value
                       : strtod(text, NULL) != value);
}

static void check_printed(const char *out, size_t size, double value, int is_float)
{
    char text[GW_NUMBER_ROOM + 1];
    struct gw_decimal decimal;
    FUZZ_MUST(size > 0 && size <= GW_NUMBER_ROOM);
    memcpy(text, out, size);
    text[size] = '\0';
    if (!isfinite(value)) {
        FUZZ_MUST(strcmp(text, isnan(value)  ? "NaN"
                               : value > 0.0 ? "Infinity"
                                             : "-Infinity") == 0);
        return;
    }
    FUZZ_MUST(gw_number_scan(text, size, &decimal) == size && !decimal.integer);
    if (is_float)
        FUZZ_MUST(same((double)strtof(text, NULL), value));
    else
        FUZZ_MUST(same(gw_number_double(&decimal, text, size), value) &&
                  same(strtod(text, NULL), value));
    check_shortest(value, digits_of(text, size), is_float);
}

static void check_print(const uint8_t *data, size_t size)
{
    char out[GW_NUMBER_ROOM];
    float small = 0;
    double large = 0;
    int64_t whole = 0;
    memcpy(&small, data, size < sizeof small ? size : sizeof small);
    memcpy(&large, data, size < sizeof large ? size : sizeof large);
    memcpy(&whole, data, size < sizeof whole ? size : sizeof whole);
    check_printed(out, gw_number_print_f32(out, small), (double)small, 1);
    check_printed(out, gw_number_print_f64(out, large), large, 0);
    char expected[32];
    int length = snprintf(expected, sizeof expected, "%lld", (long long)whole);
    FUZZ_MUST(gw_number_print_i64(out, whole) == (size_t)length);
    FUZZ_MUST(memcmp(out, expected, (size_t)length) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > TEXT_MOST)
        return 0;
    check_text(data, size);
    if (size > 0)
        check_print(data, size);
    return 0;
}
