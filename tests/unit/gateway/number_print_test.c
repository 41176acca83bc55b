/* SPDX-License-Identifier: MIT
 * Numbers out, read back by strtod and strtof of the C library. The random
 * runs are seeded, so that a failure comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <float.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/number.h"
#include "gateway/number_pow.h"

enum { RANDOM_RUNS = 1000000 };

static uint64_t random_next(uint64_t *seed)
{
    uint64_t z = *seed += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}

static double read_text(const char *text)
{
    struct gw_decimal decimal;
    size_t size = strlen(text);
    if (gw_number_scan(text, size, &decimal) != size)
        fail_msg("\"%s\" was not scanned whole", text);
    return gw_number_double(&decimal, text, size);
}

static const char *print_f64(double value)
{
    static char text[GW_NUMBER_ROOM + 1];
    size_t size = gw_number_print_f64(text, value);
    assert_true(size <= GW_NUMBER_ROOM);
    text[size] = '\0';
    return text;
}

static const char *print_f32(float value)
{
    static char text[GW_NUMBER_ROOM + 1];
    size_t size = gw_number_print_f32(text, value);
    assert_true(size <= GW_NUMBER_ROOM);
    text[size] = '\0';
    return text;
}

static void floats_always_have_a_point_or_an_exponent(void **state)
{
    (void)state;
    assert_string_equal(print_f64(3), "3.0");
    assert_string_equal(print_f64(0), "0.0");
    assert_string_equal(print_f64(-0.0), "-0.0");
    assert_string_equal(print_f64(-2.5), "-2.5");
    assert_string_equal(print_f64(0.1), "0.1");
    assert_string_equal(print_f64(1e-5), "0.00001");
    assert_string_equal(print_f64(1.25e-5), "0.0000125");
    assert_string_equal(print_f64(9.5e-6), "9.5e-6");
    assert_string_equal(print_f64(9007199254740992), "9007199254740992.0");
    assert_string_equal(print_f64(1e15), "1000000000000000.0");
    assert_string_equal(print_f64(1e16), "1e16");
    assert_string_equal(print_f64(1.5e300), "1.5e300");
    assert_string_equal(print_f64(DBL_MAX), "1.7976931348623157e308");
    assert_string_equal(print_f64(-DBL_TRUE_MIN), "-5e-324");
    assert_string_equal(print_f64(0.30000000000000004), "0.30000000000000004");
    assert_string_equal(print_f32(0.1f), "0.1");
    assert_string_equal(print_f32(16777216.0f), "16777216.0");
    assert_string_equal(print_f32(FLT_MAX), "3.4028235e38");
    assert_string_equal(print_f32(-FLT_TRUE_MIN), "-1e-45");
    assert_string_equal(print_f32(0.0f), "0.0");
    assert_string_equal(print_f32(-0.0f), "-0.0");
}

static void what_is_not_finite_is_a_bare_word(void **state)
{
    (void)state;
    assert_string_equal(print_f64((double)NAN), "NaN");
    assert_string_equal(print_f64(-(double)NAN), "NaN");
    assert_string_equal(print_f64((double)INFINITY), "Infinity");
    assert_string_equal(print_f64(-(double)INFINITY), "-Infinity");
    assert_string_equal(print_f32(NAN), "NaN");
    assert_string_equal(print_f32(-INFINITY), "-Infinity");
}

/* The digits of a printed number without point, exponent and outer zeros. */
static size_t significant(const char *text, char *digits)
{
    size_t n = 0;
    for (; *text != '\0' && *text != 'e'; text++)
        if (*text >= '0' && *text <= '9' && (n > 0 || *text != '0'))
            digits[n++] = *text;
    while (n > 0 && digits[n - 1] == '0')
        n--;
    digits[n] = '\0';
    return n;
}

/* d.ddde+xx of `digits` digits moved by `step` in its last digit, as a number */
static double neighbour(double value, int digits, int step)
{
    char text[40];
    snprintf(text, sizeof text, "%.*e", digits - 1, value);
    char *end = strchr(text, 'e');
    uint64_t whole = (uint64_t)(text[0] - '0');
    for (const char *at = text + 2; at < end && digits > 1; at++)
        whole = whole * 10 + (uint64_t)(*at - '0');
    int exponent = (int)strtol(end + 1, NULL, 10) - (digits - 1);
    snprintf(text, sizeof text, "%" PRIu64 "e%d", whole + (uint64_t)(int64_t)step,
             exponent);
    return strtod(text, NULL);
}

static void check_f64(double value)
{
    const char *text = print_f64(value);
    char digits[40], want[40];
    if (strtod(text, NULL) != value || read_text(text) != value)
        fail_msg("%.17g printed as %s", value, text);
    size_t n = significant(text, digits);
    for (int step = -1; n > 1 && step <= 1; step++)
        if (neighbour(value, (int)n - 1, step) == value)
            fail_msg("%.17g printed as %s, shorter is possible", value, text);
    snprintf(want, sizeof want, "%.*e", (int)n - 1, value);
    /* The nearest of that length is printed, unless only another one reads back. */
    if (strtod(want, NULL) == value) {
        char nearest[40];
        significant(want, nearest);
        assert_string_equal(digits, nearest);
    }
}

static void random_doubles_print_shortest_and_read_back(void **state)
{
    (void)state;
    uint64_t seed = 4;
    for (int i = 0; i < RANDOM_RUNS; i++) {
        double value = gw_double_of_bits(random_next(&seed) & (UINT64_MAX >> 1));
        if (!isfinite(value) || value == 0)
            continue;
        /* The full check takes the C library ten microseconds: for every eighth. */
        if (i % 8 == 0)
            check_f64(value);
        else if (gw_bits_of_double(read_text(print_f64(value))) !=
                 gw_bits_of_double(value))
            fail_msg("%.17g printed as %s", value, print_f64(value));
    }
}

static void every_power_of_two_and_its_neighbours_print_shortest(void **state)
{
    (void)state;
    for (int e = -1074; e <= 1023; e++) {
        double value = ldexp(1, e);
        check_f64(value);
        check_f64(nextafter(value, DBL_MAX));
        if (e > -1074)
            check_f64(nextafter(value, 0));
    }
    check_f64(DBL_MAX);
}

static void powers_of_ten_and_plain_fractions_print_as_written(void **state)
{
    (void)state;
    char text[40];
    for (int e = -323; e <= 308; e++) {
        snprintf(text, sizeof text, "1e%d", e);
        check_f64(strtod(text, NULL));
    }
    for (int i = 1; i < 100000; i++) {
        int size = snprintf(text, sizeof text, "%d.%03d", i / 1000, i % 1000);
        while (text[size - 1] == '0' && text[size - 2] != '.')
            text[--size] = '\0';
        if (i >= 10)
            assert_string_equal(print_f64(strtod(text, NULL)), text);
        assert_string_equal(print_f32(strtof(text, NULL)), text);
    }
}

static void check_f32(float value)
{
    const char *text = print_f32(value);
    if (strtof(text, NULL) != value)
        fail_msg("%.9g printed as %s", (double)value, text);
    char digits[40], shorter[40];
    size_t n = significant(text, digits);
    snprintf(shorter, sizeof shorter, "%.*e", (int)n - 2, (double)value);
    if (n > 1 && strtof(shorter, NULL) == value)
        fail_msg("%.9g printed as %s, %s is enough", (double)value, text, shorter);
}

static float float_of_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void random_floats_print_shortest_and_read_back(void **state)
{
    (void)state;
    uint64_t seed = 5;
    for (int i = 0; i < RANDOM_RUNS; i++) {
        float value = float_of_bits((uint32_t)random_next(&seed) & 0x7FFFFFFF);
        if (isfinite(value) && value > 0)
            check_f32(value);
    }
    for (uint32_t biased = 0; biased < 255; biased++)
        for (uint32_t near = 0; near < 3; near++)
            if (biased << 23 | near)
                check_f32(float_of_bits((biased << 23) + near - (biased > 0)));
    check_f32(FLT_MAX);
}

static void a_float_reads_back_through_a_double(void **state)
{
    (void)state;
    /* DESIGN, Numbers: decimal -> double -> float, as numpy does; roost's own answers
     * must survive that double rounding. */
    uint64_t seed = 6;
    for (int i = 0; i < RANDOM_RUNS; i++) {
        float value = float_of_bits((uint32_t)random_next(&seed) & 0x7FFFFFFF);
        if (isfinite(value))
            assert_true((float)read_text(print_f32(value)) == value);
    }
}

static void integers_print_exactly(void **state)
{
    (void)state;
    const int64_t values[] = {0, 1, -1, 10, 99, 100, INT64_MAX, INT64_MIN, 1234567890123};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char got[GW_NUMBER_ROOM + 1], want[40];
        got[gw_number_print_i64(got, values[i])] = '\0';
        snprintf(want, sizeof want, "%" PRId64, values[i]);
        assert_string_equal(got, want);
    }
}

static void the_locale_changes_nothing(void **state)
{
    (void)state;
    /* Where no such locale is installed this is the C locale once more. */
    setlocale(LC_ALL, "de_DE.UTF-8");
    assert_true(read_text("1.5") == 1.5);
    char text[GW_NUMBER_ROOM];
    assert_int_equal(gw_number_print_f64(text, 1.5), 3);
    assert_memory_equal(text, "1.5", 3);
    setlocale(LC_ALL, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_locale_changes_nothing),
        cmocka_unit_test(floats_always_have_a_point_or_an_exponent),
        cmocka_unit_test(what_is_not_finite_is_a_bare_word),
        cmocka_unit_test(random_doubles_print_shortest_and_read_back),
        cmocka_unit_test(every_power_of_two_and_its_neighbours_print_shortest),
        cmocka_unit_test(powers_of_ten_and_plain_fractions_print_as_written),
        cmocka_unit_test(random_floats_print_shortest_and_read_back),
        cmocka_unit_test(a_float_reads_back_through_a_double),
        cmocka_unit_test(integers_print_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
