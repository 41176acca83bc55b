/* SPDX-License-Identifier: MIT
 * inflate_test.c - compressed bodies: what is taken, what is refused, what a bomb costs.
 */
#include "gateway/inflate.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

enum { GZIP = 31, ZLIB = 15, BARE = -15, LIMIT = 100000 };

static size_t pack(uint8_t *to, size_t room, const void *from, size_t size, int window)
{
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    stream.next_in = (z_const Bytef *)(uintptr_t)from;
    stream.avail_in = (uInt)size;
    stream.next_out = to;
    stream.avail_out = (uInt)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return room - stream.avail_out;
}

struct bench {
    struct gw_inflater *inflater;
    struct eng_buf out;
    uint8_t packed[1 << 18];
};

static int open_bench(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    bench->inflater = gw_inflater_new();
    assert_non_null(bench->inflater);
    eng_buf_init(&bench->out, LIMIT);
    *state = bench;
    return 0;
}

static int close_bench(void **state)
{
    struct bench *bench = *state;
    gw_inflater_free(bench->inflater);
    eng_buf_clear(&bench->out);
    free(bench);
    return 0;
}

static enum gw_inflated inflate_it(struct bench *bench, enum gw_encoding encoding,
                                   size_t size)
{
    eng_buf_reset(&bench->out);
    return gw_inflate(bench->inflater, encoding, bench->packed, size, &bench->out);
}

static void encodings_are_known_by_name_in_any_case(void **state)
{
    (void)state;
    assert_int_equal(gw_encoding_of("gzip", 4), GW_GZIP);
    assert_int_equal(gw_encoding_of("GZip \t", 6), GW_GZIP);
    assert_int_equal(gw_encoding_of("x-gzip", 6), GW_GZIP);
    assert_int_equal(gw_encoding_of("deflate", 7), GW_DEFLATE);
    assert_int_equal(gw_encoding_of("identity", 8), GW_PLAIN);
    assert_int_equal(gw_encoding_of("", 0), GW_PLAIN);
    assert_int_equal(gw_encoding_of("br", 2), GW_ENCODING_OTHER);
    assert_int_equal(gw_encoding_of("gzip, gzip", 10), GW_ENCODING_OTHER);
    assert_int_equal(gw_encoding_of("gzi", 3), GW_ENCODING_OTHER);
}

static void each_form_comes_back_as_it_was(void **state)
{
    static const struct {
        int window;
        enum gw_encoding encoding;
    } forms[] = {{GZIP, GW_GZIP}, {ZLIB, GW_DEFLATE}, {BARE, GW_DEFLATE}};
    static char text[LIMIT];
    struct bench *bench = *state;
    uint32_t seed = 1;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)((seed = seed * 1664525u + 1013904223u) >> 28);
    for (size_t i = 0; i < 3; i++)
        for (size_t size = 0; size <= LIMIT; size = size * 3 + 1) {
            size_t packed =
                pack(bench->packed, sizeof bench->packed, text, size, forms[i].window);
            assert_int_equal(inflate_it(bench, forms[i].encoding, packed), GW_INFLATED);
            assert_int_equal(bench->out.size, size);
            if (size)
                assert_memory_equal(bench->out.at, text, size);
        }
}

static void an_empty_body_is_empty_in_any_encoding(void **state)
{
    assert_int_equal(inflate_it(*state, GW_GZIP, 0), GW_INFLATED);
    assert_int_equal(inflate_it(*state, GW_DEFLATE, 0), GW_INFLATED);
}

static void a_body_cut_anywhere_is_broken(void **state)
{
    static const int windows[] = {GZIP, ZLIB, BARE};
    struct bench *bench = *state;
    for (size_t i = 0; i < 3; i++) {
        size_t size = pack(bench->packed, 200, "hello hello hello", 17, windows[i]);
        for (size_t cut = 1; cut < size; cut++)
            assert_int_equal(inflate_it(bench, i ? GW_DEFLATE : GW_GZIP, cut),
                             GW_INFLATE_BROKEN);
    }
}

static void a_damaged_checksum_is_broken(void **state)
{
    struct bench *bench = *state;
    size_t size = pack(bench->packed, 200, "hello", 5, GZIP);
    for (size_t i = size - 8; i < size; i++) {
        bench->packed[i] ^= 1;
        assert_int_equal(inflate_it(bench, GW_GZIP, size), GW_INFLATE_BROKEN);
        bench->packed[i] ^= 1;
    }
    assert_int_equal(inflate_it(bench, GW_GZIP, size), GW_INFLATED);
}

static void anything_after_the_end_is_broken(void **state)
{
    static const int windows[] = {GZIP, ZLIB, BARE};
    struct bench *bench = *state;
    for (size_t i = 0; i < 3; i++) {
        size_t size = pack(bench->packed, 200, "hello", 5, windows[i]);
        bench->packed[size] = 'x';
        assert_int_equal(inflate_it(bench, i ? GW_DEFLATE : GW_GZIP, size + 1),
                         GW_INFLATE_BROKEN);
    }
}

static void gzip_members_follow_each_other(void **state)
{
    struct bench *bench = *state;
    size_t size = pack(bench->packed, 200, "one", 3, GZIP);
    size += pack(bench->packed + size, 200, "two", 3, GZIP);
    assert_int_equal(inflate_it(bench, GW_GZIP, size), GW_INFLATED);
    assert_string_equal(bench->out.at, "onetwo");
}

static void the_limit_itself_fits_and_one_more_does_not(void **state)
{
    static const char zeros[LIMIT + 1];
    struct bench *bench = *state;
    size_t size = pack(bench->packed, sizeof bench->packed, zeros, LIMIT, GZIP);
    assert_int_equal(inflate_it(bench, GW_GZIP, size), GW_INFLATED);
    size = pack(bench->packed, sizeof bench->packed, zeros, LIMIT + 1, GZIP);
    assert_int_equal(inflate_it(bench, GW_GZIP, size), GW_INFLATE_LARGE);
}

static void a_bomb_costs_the_limit_and_no_more(void **state)
{
    static const char zeros[10 << 20];
    struct bench *bench = *state;
    size_t size = pack(bench->packed, sizeof bench->packed, zeros, sizeof zeros, GZIP);
    assert_int_equal(inflate_it(bench, GW_GZIP, size), GW_INFLATE_LARGE);
    assert_true(bench->out.room <= LIMIT + 1);
    size = pack(bench->packed, 200, "small", 5, GZIP);
    assert_int_equal(inflate_it(bench, GW_GZIP, size), GW_INFLATED);
    assert_string_equal(bench->out.at, "small");
}

static void noise_is_broken(void **state)
{
    struct bench *bench = *state;
    uint32_t seed = 7;
    for (int round = 0; round < 2000; round++) {
        for (size_t i = 0; i < 64; i++)
            bench->packed[i] = (uint8_t)((seed = seed * 1664525u + 1013904223u) >> 24);
        assert_int_not_equal(inflate_it(bench, GW_GZIP, 64), GW_INFLATED);
        inflate_it(bench, GW_DEFLATE, 64); /* may be valid by chance: it must only end */
        assert_true(bench->out.size <= LIMIT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodings_are_known_by_name_in_any_case),
        cmocka_unit_test_setup_teardown(each_form_comes_back_as_it_was, open_bench,
                                        close_bench),
        cmocka_unit_test_setup_teardown(an_empty_body_is_empty_in_any_encoding,
                                        open_bench, close_bench),
        cmocka_unit_test_setup_teardown(a_body_cut_anywhere_is_broken, open_bench,
                                        close_bench),
        cmocka_unit_test_setup_teardown(a_damaged_checksum_is_broken, open_bench,
                                        close_bench),
        cmocka_unit_test_setup_teardown(anything_after_the_end_is_broken, open_bench,
                                        close_bench),
        cmocka_unit_test_setup_teardown(gzip_members_follow_each_other, open_bench,
                                        close_bench),
        cmocka_unit_test_setup_teardown(the_limit_itself_fits_and_one_more_does_not,
                                        open_bench, close_bench),
        cmocka_unit_test_setup_teardown(a_bomb_costs_the_limit_and_no_more, open_bench,
                                        close_bench),
        cmocka_unit_test_setup_teardown(noise_is_broken, open_bench, close_bench),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
