/* SPDX-License-Identifier: MIT
 * hash.c - MurmurHash3_x64_128 (public domain, Austin Appleby), whole or piece by piece,
 * for feature ids, hashed categories and content digests; and a keyed hash for tables
 * over names that come from clients. Trainers reproduce the former, so it never changes.
 */
#include "engine/base/hash.h"
#include <string.h>

static const uint64_t MURMUR_1 = 0x87c37b91114253d5u;
static const uint64_t MURMUR_2 = 0x4cf5ad432745937fu;

static uint64_t rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static uint64_t finish(uint64_t x)
{
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdu;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53u;
    return x ^ x >> 33;
}

static uint64_t load64(const uint8_t *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static uint64_t mix_first(uint64_t k)
{
    return rotate(k * MURMUR_1, 31) * MURMUR_2;
}

static uint64_t mix_second(uint64_t k)
{
    return rotate(k * MURMUR_2, 33) * MURMUR_1;
}

static void murmur_block(uint64_t h[2], const uint8_t *at)
{
    h[0] ^= mix_first(load64(at));
    h[0] = (rotate(h[0], 27) + h[1]) * 5 + 0x52dce729u;
    h[1] ^= mix_second(load64(at + 8));
    h[1] = (rotate(h[1], 31) + h[0]) * 5 + 0x38495ab5u;
}

void eng_hash_start(struct eng_hash *hash, uint32_t seed)
{
    memset(hash, 0, sizeof *hash);
    hash->h[0] = seed;
    hash->h[1] = seed;
}

void eng_hash_add(struct eng_hash *hash, const void *data, size_t size)
{
    const uint8_t *at = data;
    size_t held = hash->size % sizeof hash->tail;
    hash->size += size;
    if (held) {
        size_t fill = sizeof hash->tail - held;
        size_t part = size < fill ? size : fill;
        if (part)
            memcpy(hash->tail + held, at, part);
        if (size < fill)
            return;
        murmur_block(hash->h, hash->tail);
        at += fill;
        size -= fill;
    }
    for (; size >= sizeof hash->tail; at += sizeof hash->tail, size -= sizeof hash->tail)
        murmur_block(hash->h, at);
    if (size)
        memcpy(hash->tail, at, size);
}

void eng_hash_end(struct eng_hash *hash, uint64_t out[2])
{
    size_t held = hash->size % sizeof hash->tail;
    uint64_t a = hash->h[0], b = hash->h[1];
    if (held) {
        memset(hash->tail + held, 0, sizeof hash->tail - held);
        /* A zero half mixes to zero, so that short tails need no case of their own. */
        b ^= mix_second(load64(hash->tail + 8));
        a ^= mix_first(load64(hash->tail));
    }
    a ^= hash->size;
    b ^= hash->size;
    a += b;
    b += a;
    a = finish(a);
    b = finish(b);
    a += b;
    out[0] = a;
    out[1] = b + a;
}

void eng_hash_128(const void *data, size_t size, uint32_t seed, uint64_t out[2])
{
    struct eng_hash hash;
    eng_hash_start(&hash, seed);
    eng_hash_add(&hash, data, size);
    eng_hash_end(&hash, out);
}

uint64_t eng_hash_id(const void *data, size_t size)
{
    uint64_t out[2];
    eng_hash_128(data, size, 0, out);
    return out[0];
}

/* Both factors are blinded by words made from the key: without them a client could send
 * a piece that makes a factor, and with it every later state, zero. */
static uint64_t fold(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t eng_hash_keyed(const void *data, size_t size, uint64_t key)
{
    const uint8_t *at = data;
    uint64_t first = finish(key + 0x9e3779b97f4a7c15u);
    uint64_t second = finish(first ^ 0xd1b54a32d192ed03u);
    uint64_t h = fold(first ^ size, second ^ MURMUR_1);
    size_t left = size;
    for (; left > 16; at += 16, left -= 16)
        h = fold(load64(at) ^ first, load64(at + 8) ^ second ^ h);
    uint64_t a = 0, b = 0;
    if (left >= 8) {
        a = load64(at);
        b = load64(at + left - 8);
    } else if (left) {
        /* Up to 7 bytes fit one word; the size is already part of h. */
        memcpy(&a, at, left);
    }
    return fold(fold(a ^ first, b ^ second ^ h), second ^ MURMUR_2);
}

void eng_digest_init(struct eng_digest *digest)
{
    digest->state[0] = 0;
    digest->state[1] = 0;
}

void eng_digest_put(struct eng_digest *digest, const void *data, size_t size)
{
    uint64_t words[5] = {digest->state[0], digest->state[1], size};
    eng_hash_128(data, size, 1, words + 3);
    eng_hash_128(words, sizeof words, 2, digest->state);
}

void eng_digest_u64(struct eng_digest *digest, uint64_t value)
{
    eng_digest_put(digest, &value, sizeof value);
}
