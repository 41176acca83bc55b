/* SPDX-License-Identifier: MIT
 * Numbers in, against strtod of the C library. The random
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

static void same_as_strtod(const char *text)
{
    double got = read_text(text), want = strtod(text, NULL);
    if (gw_bits_of_double(got) != gw_bits_of_double(want))
        fail_msg("\"%s\" read as %.17g, strtod says %.17g", text, got, want);
}

static int scans(const char *text)
{
    struct gw_decimal decimal;
    return gw_number_scan(text, strlen(text), &decimal) == strlen(text);
}

static void the_grammar_is_that_of_rfc_8259(void **state)
{
    (void)state;
    const char *good[] = {"0",    "-0",   "1",       "-1.5", "1e5",       "1E+5",
                          "1e-5", "0.10", "10.01e0", "0e1",  "123456789", "-0.0e-0"};
    const char *bad[] = {"-",  "+1",  ".5",  "1.",   "01", "-01", "1e", "1e+",
                         "e5", "1.e", "0x1", "1e5.", " 1", "- 1", "1 ", "--1"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(scans(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (scans(bad[i]))
            fail_msg("\"%s\" was scanned", bad[i]);
}

static void a_number_ends_where_its_grammar_ends(void **state)
{
    (void)state;
    struct gw_decimal decimal;
    assert_int_equal(gw_number_scan("12,3", 4, &decimal), 2);
    assert_int_equal(gw_number_scan("01", 2, &decimal), 1);
    assert_int_equal(gw_number_scan("12345", 3, &decimal), 3);
    assert_int_equal(decimal.digits, 123);
}

static const char *const texts[] = {
    "0",
    "-0",
    "0.0",
    "-0.0e5",
    "1",
    "9007199254740992",
    "9007199254740993",
    "9007199254740991",
    "9007199254740993.0000000000000000000000000000000000001",
    "9007199254740992.9999999999999999999999999999999",
    "18014398509481986",
    "18014398509481990",
    "0.1",
    "0.3",
    "1e22",
    "1e23",
    "8.5e22",
    "123456789012345e-22",
    "4.9406564584124654e-324",
    "4.9e-324",
    "2.4703282292062327e-324",
    "2.4703282292062328e-324",
    "2.5e-324",
    "1e-323",
    "1e-324",
    "3e-324",
    "1e-400",
    "-1e-400",
    "2.2250738585072011e-308",
    "2.2250738585072012e-308",
    "2.2250738585072014e-308",
    "1.7976931348623157e308",
    "1.7976931348623158e308",
    "1.7976931348623159e308",
    "1.797693134862315807e308",
    "1.797693134862315808e308",
    "179769313486231580793e288",
    "1e308",
    "1e309",
    "-1e309",
    "1e400",
    "0e400",
    "1e99999999999999999999",
    "1e-99999999999999999999",
    "0e99999999999999999999",
    "10000000000000000000000000000000000000000",
    "1.00000000000000000000000000000001",
    "1234567890123456789012345678901234567890",
    "0.00000000000000000000000000000000001",
    "12345678901234567890",
    "9999999999999999999",
    "99999999999999999999e-20",
    "5e-324",
    "6.103515625e-05",
    "-0.000000000000000000000000000000000000000000000000001",
    "7.2057594037927933e16",
    "7.3177701707893310e15",
    "0.500000000000000166533453694",
    "1090544144181609348671888949248",
    "3.518437208883201171875e13",
    "62.5364939768271845828",
    "8.10109172351e-10",
    "1.50000000000000011102230246251565",
    "8.41e21",
    "6.9e-310"};

static void edges_read_as_strtod_reads_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        same_as_strtod(texts[i]);
    assert_true(isinf(read_text("1e400")));
    assert_true(signbit(read_text("-0")) && signbit(read_text("-1e-400")));
}

static void random_doubles_come_back_from_17_digits(void **state)
{
    (void)state;
    uint64_t seed = 1;
    char text[40];
    for (int i = 0; i < RANDOM_RUNS; i++) {
        uint64_t bits = random_next(&seed) & (UINT64_MAX >> 1);
        double value = gw_double_of_bits(bits);
        if (!isfinite(value))
            continue;
        snprintf(text, sizeof text, "%.17g", value);
        /* strtod needs no asking: 17 digits identify a double. */
        if (gw_bits_of_double(read_text(text)) != bits)
            fail_msg("%s did not come back", text);
    }
}

static void random_short_and_long_decimals_read_as_strtod_reads_them(void **state)
{
    (void)state;
    uint64_t seed = 2;
    char text[96];
    for (int i = 0; i < RANDOM_RUNS / 4; i++) {
        uint64_t a = random_next(&seed), b = random_next(&seed), c = random_next(&seed);
        int exponent = (int)(c % 700) - 360;
        if (i % 2 == 0)
            snprintf(text, sizeof text, "%" PRIu64 "e%d", a >> (b % 64), exponent);
        else
            snprintf(text, sizeof text, "%" PRIu64 ".%019" PRIu64 "%" PRIu64 "e%d", a, b,
                     c, exponent);
        same_as_strtod(text);
    }
}

/* The middle between a double and the next: exactly, a hair below and a hair above. */
static void check_middle(double value)
{
    char text[1200];
    /* A long double of 64 bits holds the middle of two doubles, and printf prints it
     * whole. */
    long double middle =
        ((long double)value + (long double)nextafter(value, DBL_MAX)) / 2;
    int size = snprintf(text, sizeof text - 8, "%.1080Lf", middle);
    assert_true(size > 0 && size < (int)sizeof text - 8);
    same_as_strtod(text);
    text[size] = '1';
    text[size + 1] = '\0';
    same_as_strtod(text);
    while (text[size - 1] == '0')
        size--;
    if (text[size - 1] == '.')
        return;
    text[size - 1]--;
    memcpy(text + size, "9999", 5);
    same_as_strtod(text);
}

static void middles_between_doubles_go_to_the_even_one(void **state)
{
    (void)state;
    uint64_t seed = 3;
    check_middle(0);
    check_middle(DBL_TRUE_MIN);
    check_middle(DBL_MIN);
    check_middle(nextafter(DBL_MIN, 0));
    check_middle(1);
    check_middle(nextafter(1, 2));
    for (int i = 0; i < 2000; i++) {
        /* Up to 2^100, so that the text has room, and down to the denormals. */
        uint64_t biased = random_next(&seed) % 1100;
        check_middle(gw_double_of_bits(biased << 52 | random_next(&seed) >> 12));
    }
}

static void a_thousand_digits_are_read_right(void **state)
{
    (void)state;
    char text[2048];
    memset(text, '7', sizeof text);
    text[1] = '.';
    snprintf(text + 1500, sizeof text - 1500, "e-200");
    same_as_strtod(text);
    memset(text, '0', 1400);
    text[1] = '.';
    snprintf(text + 1400, sizeof text - 1400, "123e1400");
    same_as_strtod(text);
    memset(text, '9', 1000);
    snprintf(text + 1000, sizeof text - 1000, "e-700");
    same_as_strtod(text);
}

static int int64_of(const char *text, int64_t *out)
{
    struct gw_decimal decimal;
    size_t size = gw_number_scan(text, strlen(text), &decimal);
    assert_int_equal(size, strlen(text));
    return gw_number_int64(&decimal, text, size, out);
}

static void integers_are_exact_or_refused(void **state)
{
    (void)state;
    int64_t value = 7;
    assert_int_equal(int64_of("9223372036854775807", &value), 0);
    assert_true(value == INT64_MAX);
    assert_int_equal(int64_of("-9223372036854775808", &value), 0);
    assert_true(value == INT64_MIN);
    assert_int_equal(int64_of("-0", &value), 0);
    assert_true(value == 0);
    assert_int_equal(int64_of("9007199254740993", &value), 0);
    assert_true(value == 9007199254740993);
    const char *bad[] = {
        "9223372036854775808",  "-9223372036854775809",  "1.0", "1e3", "1.5",
        "18446744073709551615", "100000000000000000000", "0.0"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(int64_of(bad[i], &value), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_grammar_is_that_of_rfc_8259),
        cmocka_unit_test(a_number_ends_where_its_grammar_ends),
        cmocka_unit_test(edges_read_as_strtod_reads_them),
        cmocka_unit_test(random_doubles_come_back_from_17_digits),
        cmocka_unit_test(random_short_and_long_decimals_read_as_strtod_reads_them),
        cmocka_unit_test(middles_between_doubles_go_to_the_even_one),
        cmocka_unit_test(a_thousand_digits_are_read_right),
        cmocka_unit_test(integers_are_exact_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
