/* SPDX-License-Identifier: MIT
 * Answers that leave compressed: what an Accept-Encoding asks for, and that what is sent
 * reads back the same. */
#include "gateway/deflate.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void the_coding_that_is_liked_best_is_taken(void **state)
{
    (void)state;
    static const struct {
        const char *accept;
        enum gw_encoding wanted;
    } cases[] = {{NULL, GW_PLAIN},
                 {"", GW_PLAIN},
                 {"gzip", GW_GZIP},
                 {"GZIP", GW_GZIP},
                 {"x-gzip", GW_GZIP},
                 {"deflate", GW_DEFLATE},
                 {"br, zstd", GW_PLAIN},
                 {"br, gzip", GW_GZIP},
                 {"deflate, gzip", GW_GZIP},
                 {"gzip;q=0.5, deflate;q=0.8", GW_DEFLATE},
                 {" gzip ; q=0.5 , deflate ; q=0.501 ", GW_DEFLATE},
                 {"*", GW_GZIP},
                 {"identity", GW_PLAIN},
                 {"identity, gzip;q=0.5", GW_PLAIN},
                 {"identity;q=0.5, gzip", GW_GZIP},
                 {"gzip;q=0.001", GW_GZIP},
                 {"gzip;q=1.000", GW_GZIP},
                 {"gzip,,deflate", GW_GZIP}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (gw_encoding_wanted(cases[i].accept) != cases[i].wanted)
            fail_msg("Accept-Encoding: %s", cases[i].accept);
}

static void q_0_refuses_a_coding(void **state)
{
    (void)state;
    assert_int_equal(gw_encoding_wanted("gzip;q=0"), GW_PLAIN);
    assert_int_equal(gw_encoding_wanted("gzip;q=0.000"), GW_PLAIN);
    assert_int_equal(gw_encoding_wanted("gzip;q=0, deflate"), GW_DEFLATE);
    assert_int_equal(gw_encoding_wanted("gzip;q=0, *"), GW_DEFLATE);
    assert_int_equal(gw_encoding_wanted("*;q=0, gzip"), GW_GZIP);
    assert_int_equal(gw_encoding_wanted("*;q=0"), GW_PLAIN);
}

static void a_value_that_cannot_be_read_asks_for_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {"gzip;q",     "gzip;q=",   "gzip;q=2",
                                      "gzip;q=1.1", "gzip;q=-1", "gzip;q=0.1234",
                                      "gzip;x=1",   "gzip;q=a",  "gzip q 1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (gw_encoding_wanted(bad[i]) != GW_PLAIN)
            fail_msg("Accept-Encoding: %s", bad[i]);
}

static void reads_back(struct gw_deflater *deflater, enum gw_encoding encoding,
                       const char *text, size_t size)
{
    struct eng_buf packed, plain;
    eng_buf_init(&packed, 1 << 22);
    eng_buf_init(&plain, 1 << 22);
    assert_int_equal(gw_deflate(deflater, encoding, text, size, &packed), 0);
    assert_true(packed.size < size);
    struct gw_inflater *inflater = gw_inflater_new();
    assert_int_equal(gw_inflate(inflater, encoding, packed.at, packed.size, &plain),
                     GW_INFLATED);
    assert_int_equal(plain.size, size);
    assert_memory_equal(plain.at, text, size);
    gw_inflater_free(inflater);
    eng_buf_clear(&packed);
    eng_buf_clear(&plain);
}

static void what_was_packed_reads_back_time_after_time(void **state)
{
    (void)state;
    enum { SIZE = 300000 };
    char *text = test_malloc(SIZE);
    for (uint32_t i = 0; i < SIZE; i++)
        text[i] = "0.1234567,"[(i * i + i / 7) % 10];
    struct gw_deflater *deflater = gw_deflater_new();
    assert_non_null(deflater);
    for (size_t size = SIZE; size > 1000; size /= 2) {
        reads_back(deflater, GW_GZIP, text, size);
        reads_back(deflater, GW_DEFLATE, text, size);
    }
    gw_deflater_free(deflater);
    test_free(text);
}

static void what_would_grow_is_left_plain(void **state)
{
    (void)state;
    uint8_t noise[GW_DEFLATE_LEAST];
    uint32_t x = 1;
    for (size_t i = 0; i < sizeof noise; i++) {
        x = x * 1664525u + 1013904223u;
        noise[i] = (uint8_t)(x >> 24);
    }
    struct gw_deflater *deflater = gw_deflater_new();
    struct eng_buf packed;
    eng_buf_init(&packed, 1 << 20);
    assert_int_equal(gw_deflate(deflater, GW_GZIP, noise, sizeof noise, &packed), -1);
    assert_int_equal(gw_deflate(deflater, GW_GZIP, "a", 1, &packed), -1);
    /* A failure leaves nothing behind that the next answer could trip over. */
    char zeros[GW_DEFLATE_LEAST] = {0};
    reads_back(deflater, GW_GZIP, zeros, sizeof zeros);
    eng_buf_clear(&packed);
    gw_deflater_free(deflater);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_coding_that_is_liked_best_is_taken),
        cmocka_unit_test(q_0_refuses_a_coding),
        cmocka_unit_test(a_value_that_cannot_be_read_asks_for_nothing),
        cmocka_unit_test(what_was_packed_reads_back_time_after_time),
        cmocka_unit_test(what_would_grow_is_left_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
