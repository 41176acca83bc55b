/* SPDX-License-Identifier: MIT
 * base_hash_test.c - MurmurHash3_x64_128 against published values and against values made
 * by an independent implementation in Python; the keyed hash; digests. */
#include "engine/base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char fox[] = "The quick brown fox jumps over the lazy dog";

static const struct {
    const char *text;
    uint32_t seed;
    uint64_t hash[2];
} known[] = {
    {"", 0, {0, 0}},
    {"", 1, {0x4610abe56eff5cb5, 0x51622daa78f83583}},
    {"a", 0, {0x85555565f6597889, 0xe6b53a48510e895a}},
    {"hello", 0, {0xcbd8a7b341bd9b02, 0x5b1e906a48ae1d19}},
    {"hello, world", 0, {0x342fac623a5ebc8e, 0x4cdcbc079642414d}},
    {"hello, world", 1, {0x8b95f808840725c6, 0x1597ed5422bd493b}},
    {fox, 0, {0xe34bbc7bbc071b6c, 0x7a433ca9c49a9347}},
    {fox, 1, {0xe533566dbbd1e13e, 0x625a21a4c967fa20}},
};

static void hashes_are_those_of_the_published_algorithm(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        uint64_t out[2];
        eng_hash_128(known[i].text, strlen(known[i].text), known[i].seed, out);
        assert_int_equal(out[0], known[i].hash[0]);
        assert_int_equal(out[1], known[i].hash[1]);
    }
    assert_int_equal(eng_hash_id("hello", 5), known[3].hash[0]);
}

static void every_length_of_the_last_block_is_right(void **state)
{
    (void)state;
    uint8_t bytes[64];
    uint64_t sum = 0, out[2];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    /* The bytes 0, 1, ... n-1 for n below 64; hashes folded as sum * 31 + hash. */
    for (size_t n = 0; n < 64; n++) {
        eng_hash_128(bytes, n, 0, out);
        sum = sum * 31 + out[0];
    }
    assert_int_equal(sum, 0x6e41edcdc7552644);
}

static void pieces_hash_like_the_whole(void **state)
{
    (void)state;
    uint8_t bytes[100];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7);
    for (size_t cut = 0; cut <= 100; cut++) {
        for (size_t next = cut; next <= 100; next += 3) {
            struct eng_hash hash;
            uint64_t whole[2], out[2];
            eng_hash_128(bytes, sizeof bytes, 5, whole);
            eng_hash_start(&hash, 5);
            eng_hash_add(&hash, bytes, cut);
            eng_hash_add(&hash, bytes + cut, next - cut);
            eng_hash_add(&hash, bytes + next, 100 - next);
            eng_hash_end(&hash, out);
            assert_memory_equal(out, whole, sizeof out);
        }
    }
}

static void the_keyed_hash_depends_on_key_size_and_every_byte(void **state)
{
    (void)state;
    uint8_t bytes[40] = {0};
    for (size_t n = 0; n <= 40; n++) {
        uint64_t hash = eng_hash_keyed(bytes, n, 1);
        assert_int_equal(hash, eng_hash_keyed(bytes, n, 1));
        assert_int_not_equal(hash, eng_hash_keyed(bytes, n, 2));
        if (n)
            assert_int_not_equal(hash, eng_hash_keyed(bytes, n - 1, 1));
        for (size_t i = 0; i < n; i++) {
            bytes[i] = 1;
            assert_int_not_equal(hash, eng_hash_keyed(bytes, n, 1));
            bytes[i] = 0;
        }
    }
}

static void a_digest_tells_where_its_pieces_were_cut(void **state)
{
    (void)state;
    struct eng_digest one, other;
    eng_digest_init(&one);
    eng_digest_init(&other);
    eng_digest_put(&one, "ab", 2);
    eng_digest_put(&one, "c", 1);
    eng_digest_put(&other, "a", 1);
    eng_digest_put(&other, "bc", 2);
    assert_memory_not_equal(&one, &other, sizeof one);
    eng_digest_init(&other);
    eng_digest_put(&other, "ab", 2);
    eng_digest_put(&other, "c", 1);
    assert_memory_equal(&one, &other, sizeof one);
    eng_digest_u64(&other, 0);
    assert_memory_not_equal(&one, &other, sizeof one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_those_of_the_published_algorithm),
        cmocka_unit_test(every_length_of_the_last_block_is_right),
        cmocka_unit_test(pieces_hash_like_the_whole),
        cmocka_unit_test(the_keyed_hash_depends_on_key_size_and_every_byte),
        cmocka_unit_test(a_digest_tells_where_its_pieces_were_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
