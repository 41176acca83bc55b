/* SPDX-License-Identifier: MIT
 * hash.h - MurmurHash3_x64_128, the hash of ids and digests, and a keyed one for tables.
 * Threads  Pure functions; an eng_hash or eng_digest serves one thread.
 * Memory   None held.
 * Errors   None.
 * The algorithm is Austin Appleby's MurmurHash3 (public domain). */
#ifndef ROOST_BASE_HASH_H
#define ROOST_BASE_HASH_H
#include <stddef.h>
#include <stdint.h>

void eng_hash_128(const void *data, size_t size, uint32_t seed, uint64_t out[2]);

/* The same piece by piece: start, add any number of times, end once. */
struct eng_hash {
    uint64_t h[2];
    uint64_t size; /* bytes added so far */
    uint8_t tail[16];
};
void eng_hash_start(struct eng_hash *hash, uint32_t seed);
void eng_hash_add(struct eng_hash *hash, const void *data, size_t size);
void eng_hash_end(struct eng_hash *hash, uint64_t out[2]);

/* out[0] of the first with seed 0. */
uint64_t eng_hash_id(const void *data, size_t size);

/* For hash tables over names that a client chooses: keyed, not stable over processes. */
uint64_t eng_hash_keyed(const void *data, size_t size, uint64_t key);

/* A 128-bit digest of several pieces in order (each piece's size is part of it). */
struct eng_digest {
    uint64_t state[2];
};
void eng_digest_init(struct eng_digest *digest);
void eng_digest_put(struct eng_digest *digest, const void *data, size_t size);
void eng_digest_u64(struct eng_digest *digest, uint64_t value);

#endif
