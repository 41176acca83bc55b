/* SPDX-License-Identifier: MIT
 * arena_test.c - the memory of one request. */
#include "engine/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void pieces_are_aligned_and_do_not_overlap(void **state)
{
    (void)state;
    struct eng_arena arena;
    eng_arena_init(&arena, 1 << 20);
    uint8_t *last = NULL;
    for (size_t i = 1; i < 400; i++) {
        size_t align = (size_t)1 << (i % 7);
        uint8_t *piece = eng_arena_take(&arena, i, align);
        assert_non_null(piece);
        assert_int_equal((uintptr_t)piece % align, 0);
        memset(piece, (int)(i & 255), i);
        if (last)
            assert_int_equal(last[0], (i - 1) & 255);
        last = piece;
    }
    eng_arena_clear(&arena);
}

static void a_piece_of_no_bytes_is_a_valid_pointer(void **state)
{
    (void)state;
    struct eng_arena arena;
    eng_arena_init(&arena, 4096);
    assert_non_null(eng_arena_take(&arena, 0, 1));
    eng_arena_clear(&arena);
}

static void no_memory_is_held_before_the_first_piece(void **state)
{
    (void)state;
    struct eng_arena arena;
    eng_arena_init(&arena, 4096);
    assert_int_equal(arena.held, 0);
    eng_arena_reset(&arena, 4096);
    eng_arena_clear(&arena);
}

static void the_maximum_is_never_exceeded(void **state)
{
    (void)state;
    struct eng_arena arena;
    eng_arena_init(&arena, 10000);
    assert_null(eng_arena_take(&arena, 10001, 1));
    assert_null(eng_arena_take(&arena, SIZE_MAX, 1));
    assert_null(eng_arena_take(&arena, SIZE_MAX - 70, 64));
    assert_non_null(eng_arena_take(&arena, 9000, 1));
    assert_null(eng_arena_take(&arena, 1001, 1));
    assert_non_null(eng_arena_take(&arena, 1000, 1));
    assert_true(arena.held <= arena.max);
    eng_arena_clear(&arena);
    assert_int_equal(arena.held, 0);
}

static void the_last_piece_grows_in_place_and_others_move_with_their_bytes(void **state)
{
    (void)state;
    struct eng_arena arena;
    eng_arena_init(&arena, 1 << 20);
    char *text = eng_arena_grow(&arena, NULL, 0, 4, 1);
    memcpy(text, "abc", 4);
    assert_ptr_equal(eng_arena_grow(&arena, text, 4, 100, 1), text);
    assert_ptr_equal(eng_arena_grow(&arena, text, 100, 50, 1), text);
    assert_non_null(eng_arena_take(&arena, 1, 1));
    char *moved = eng_arena_grow(&arena, text, 100, 300, 1);
    assert_ptr_not_equal(moved, text);
    assert_string_equal(moved, "abc");
    /* Beyond the chunk as well. */
    char *far = eng_arena_grow(&arena, moved, 300, 100000, 1);
    assert_string_equal(far, "abc");
    assert_null(eng_arena_grow(&arena, far, 100000, 2 << 20, 1));
    eng_arena_clear(&arena);
}

static void after_a_reset_the_same_use_fits_one_chunk(void **state)
{
    (void)state;
    struct eng_arena arena;
    eng_arena_init(&arena, 1 << 20);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 100; i++)
            assert_non_null(eng_arena_take(&arena, 1000, 8));
        eng_arena_reset(&arena, 1 << 20);
    }
    struct eng_arena_chunk *chunk = arena.chunks;
    for (int i = 0; i < 100; i++)
        assert_non_null(eng_arena_take(&arena, 1000, 8));
    assert_ptr_equal(arena.chunks, chunk);
    eng_arena_clear(&arena);
}

static void a_reset_gives_back_what_is_above_keep(void **state)
{
    (void)state;
    struct eng_arena arena;
    eng_arena_init(&arena, 1 << 20);
    assert_non_null(eng_arena_take(&arena, 500000, 8));
    eng_arena_reset(&arena, 10000);
    assert_true(arena.held <= 10000);
    assert_non_null(eng_arena_take(&arena, 9000, 8));
    eng_arena_reset(&arena, 0);
    assert_int_equal(arena.held, 0);
    eng_arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_aligned_and_do_not_overlap),
        cmocka_unit_test(a_piece_of_no_bytes_is_a_valid_pointer),
        cmocka_unit_test(no_memory_is_held_before_the_first_piece),
        cmocka_unit_test(the_maximum_is_never_exceeded),
        cmocka_unit_test(the_last_piece_grows_in_place_and_others_move_with_their_bytes),
        cmocka_unit_test(after_a_reset_the_same_use_fits_one_chunk),
        cmocka_unit_test(a_reset_gives_back_what_is_above_keep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
