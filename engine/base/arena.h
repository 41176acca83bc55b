/* SPDX-License-Identifier: MIT
 * arena.h - memory for one request: taken piece by piece, given back all at once.
 * Threads  An arena serves one thread.
 * Memory   Chunks are kept over resets (grown into one that fits the largest use so far),
 *          so that a warm request allocates nothing.
 * Errors   NULL when the maximum is reached or memory is out. */
#ifndef ROOST_BASE_ARENA_H
#define ROOST_BASE_ARENA_H
#include <stddef.h>
#include <stdint.h>

struct eng_arena_chunk;
struct eng_arena {
    uint8_t *at;                    /* next free byte of the current chunk */
    uint8_t *end;                   /* one past it */
    struct eng_arena_chunk *chunks; /* newest first */
    size_t held;                    /* bytes of all chunks */
    size_t max;                     /* bytes that chunks may hold in all */
};

/* No memory is taken until the first eng_arena_take. */
void eng_arena_init(struct eng_arena *arena, size_t max);
void eng_arena_clear(struct eng_arena *arena); /* gives all memory back */
/* align: a power of two, at most 64. size 0 gives a valid pointer. */
void *eng_arena_take(struct eng_arena *arena, size_t size, size_t align);
/* Make `at` (taken last, of old bytes) at least `size` bytes: in place when it is still
 * the last piece, else by copying into a new one. at may be NULL with old 0. */
void *eng_arena_grow(struct eng_arena *arena, void *at, size_t old, size_t size,
                     size_t align);
/* Everything taken becomes invalid. Chunks above `keep` bytes are given back. */
void eng_arena_reset(struct eng_arena *arena, size_t keep);

#endif
