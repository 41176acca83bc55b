/* SPDX-License-Identifier: MIT
 * arena.c - the memory of one request: bodies, decoded columns and answers are taken from
 * here, and the worker resets it once the reply is on its way. After a reset everything
 * fits in one chunk, so that a warm request only moves a pointer. */
#include "engine/base/arena.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* What nobody has taken is out of bounds for the address sanitizer, which sees one block
 * where the arena has many pieces. Nothing in other builds. */
#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif
#ifdef HAS_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, size)   ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#endif

enum { CHUNK_ALIGN = 64, CHUNK_MIN = 4096 };

/* The header takes one alignment unit, so that the data behind it is aligned as well. */
struct eng_arena_chunk {
    struct eng_arena_chunk *older;
    size_t size; /* bytes of data */
};
_Static_assert(sizeof(struct eng_arena_chunk) <= CHUNK_ALIGN, "header fits its unit");

static uint8_t *chunk_data(struct eng_arena_chunk *chunk)
{
    return (uint8_t *)chunk + CHUNK_ALIGN;
}

void eng_arena_init(struct eng_arena *arena, size_t max)
{
    memset(arena, 0, sizeof *arena);
    arena->max = max;
}

void eng_arena_clear(struct eng_arena *arena)
{
    struct eng_arena_chunk *chunk = arena->chunks;
    while (chunk) {
        struct eng_arena_chunk *older = chunk->older;
        free(chunk);
        chunk = older;
    }
    eng_arena_init(arena, arena->max);
}

/* Make a chunk of at least `size` bytes the current one. What is left of the chunk before
 * stays unused until the reset; doubling bounds that waste to the size in use. */
static int arena_add_chunk(struct eng_arena *arena, size_t size)
{
    size_t left = arena->max - arena->held;
    size_t want = arena->held > CHUNK_MIN ? arena->held : CHUNK_MIN;
    want = want < size ? size : want;
    want = want > left ? left : want;
    if (want < size || want > SIZE_MAX - 2 * CHUNK_ALIGN)
        return -1;
    size_t whole = (want + 2 * CHUNK_ALIGN - 1) / CHUNK_ALIGN * CHUNK_ALIGN;
    struct eng_arena_chunk *chunk = aligned_alloc(CHUNK_ALIGN, whole);
    if (!chunk)
        return -1;
    chunk->older = arena->chunks;
    chunk->size = want;
    arena->chunks = chunk;
    arena->held += want;
    arena->at = chunk_data(chunk);
    arena->end = arena->at + want;
    ASAN_POISON_MEMORY_REGION(arena->at, want);
    return 0;
}

void *eng_arena_take(struct eng_arena *arena, size_t size, size_t align)
{
    assert(align && align <= CHUNK_ALIGN && (align & (align - 1)) == 0);
    size_t room = (size_t)(arena->end - arena->at);
    size_t pad = (size_t)(-(uintptr_t)arena->at & (align - 1));
    if (!arena->chunks || pad > room || room - pad < size) {
        if (arena_add_chunk(arena, size ? size : 1) != 0)
            return NULL;
        pad = 0;
    }
    uint8_t *piece = arena->at + pad;
    arena->at = piece + size;
    ASAN_UNPOISON_MEMORY_REGION(piece, size);
    return piece;
}

void *eng_arena_grow(struct eng_arena *arena, void *at, size_t old, size_t size,
                     size_t align)
{
    if (!at)
        return eng_arena_take(arena, size, align);
    if (size <= old)
        return at;
    uint8_t *piece = at;
    if (piece + old == arena->at && size - old <= (size_t)(arena->end - arena->at)) {
        arena->at = piece + size;
        ASAN_UNPOISON_MEMORY_REGION(piece, size);
        return at;
    }
    void *moved = eng_arena_take(arena, size, align);
    if (moved && old)
        memcpy(moved, at, old);
    return moved;
}

void eng_arena_reset(struct eng_arena *arena, size_t keep)
{
    struct eng_arena_chunk *only = arena->chunks;
    if (!only)
        return;
    if (!only->older && only->size <= keep) {
        arena->at = chunk_data(only);
        ASAN_POISON_MEMORY_REGION(arena->at, only->size);
        return;
    }
    size_t want = arena->held < keep ? arena->held : keep;
    eng_arena_clear(arena);
    /* Without memory the arena is empty, and the next take tries again. */
    if (want)
        arena_add_chunk(arena, want);
}
