/* SPDX-License-Identifier: MIT
 * plan_alloc_test.c - asking for scratch and scoring allocate nothing at all. Allocations
 * are counted by the sanitizer's hook, or else by standing in for malloc. */
#include "tests/unit/engine/support/kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static _Atomic uint64_t allocations;

#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_HOOK 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_HOOK 1
#endif

#ifdef HAS_HOOK
/* Of the sanitizers' allocator_interface.h, which gcc's packages leave out. */
extern int __sanitizer_install_malloc_and_free_hooks(
    void (*on_malloc)(const volatile void *, size_t),
    void (*on_free)(const volatile void *));

static void count_malloc(const volatile void *at, size_t size)
{
    (void)at;
    (void)size;
    allocations++;
}

static void ignore_free(const volatile void *at)
{
    (void)at;
}

static int start_counting(void **state)
{
    (void)state;
    return __sanitizer_install_malloc_and_free_hooks(count_malloc, ignore_free) > 0 ? 0
                                                                                    : -1;
}
#else
/* The names under which glibc's own allocator stays reachable. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *at, size_t size);
extern void *__libc_memalign(size_t align, size_t size);

void *malloc(size_t size)
{
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *at, size_t size)
{
    allocations++;
    return __libc_realloc(at, size);
}

void *aligned_alloc(size_t align, size_t size)
{
    allocations++;
    return __libc_memalign(align, size);
}

static int start_counting(void **state)
{
    (void)state;
    return 0;
}
#endif

static roost_model *model(uint32_t seed)
{
    struct eng_builder *builder = kit_builder();
    uint32_t age = kit_feature(builder, "age", ROOST_F32);
    uint32_t tags = kit_feature(builder, "tags", ROOST_STRINGS);
    uint32_t bins = kit_bins(builder, "bins", age);
    uint32_t hashed = kit_hashed(builder, "hashed", tags, 6);
    const struct eng_param bits = kit_integer("bits", 8);
    uint32_t crossed =
        kit_node(builder, "cross", "cross", KIT_IN(bins, hashed), 1, &bits);
    uint32_t margin =
        kit_linear(builder, KIT_IN(bins, hashed, crossed), 4 + 64 + 256, seed, 0);
    const struct eng_param platt[] = {
        {.key = "a", .type = ENG_PARAM_NUMBER, .number = 2},
        {.key = "b", .type = ENG_PARAM_NUMBER, .number = 1}};
    return kit_finish(
        builder, kit_node(builder, "calibration", "platt", KIT_IN(margin), 2, platt));
}

static void the_counter_sees_an_allocation(void **state)
{
    (void)state;
    uint64_t before = allocations;
    void *volatile at = malloc(10);
    free(at);
    assert_int_equal(allocations, before + 1);
}

static void asking_for_scratch_and_scoring_allocate_nothing(void **state)
{
    (void)state;
    enum { ROWS = 200 };
    roost_model *models[] = {model(1), model(2), model(3), kit_deep(1)};
    roost_plan *plan = kit_plan(4, models, NULL);
    static float ages[ROWS];
    static struct roost_text tags[ROWS];
    static double out[ROWS * 5];
    uint32_t start[ROWS + 1];
    for (uint32_t i = 0; i <= ROWS; i++)
        start[i] = i / 3 * 3;
    for (uint32_t i = 0; i < ROWS; i++) {
        ages[i] = (float)(i % 50);
        tags[i] = kit_text("tag");
    }
    const struct roost_column columns[] = {{.values = ages},
                                           {.values = tags, .start = start}};
    const struct roost_column context[] = {{.values = ages}, {.values = NULL}};
    const struct roost_rows rows = {.n = ROWS, .columns = columns, .context = context};
    struct roost_verdict verdict[4];
    struct roost_call call = {.rows = &rows, .out = out, .verdict = verdict};
    size_t bytes = roost_plan_scratch(plan, &rows);
    call.scratch = aligned_alloc(64, bytes);
    /* OpenBLAS makes its buffer at the first product of a process. */
    assert_int_equal(roost_score(plan, &call, NULL), ROOST_OK);
    uint64_t before = allocations;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(roost_plan_scratch(plan, &rows), bytes);
        assert_int_equal(roost_score(plan, &call, NULL), ROOST_OK);
        assert_int_equal(roost_feature_id("a.rather.long.name#of.a.feature", 31),
                         roost_feature_id("a.rather.long.name#of.a.feature", 31));
    }
    assert_int_equal(allocations, before);
    free(call.scratch);
    roost_plan_free(plan);
    for (int m = 0; m < 4; m++)
        roost_model_free(models[m]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_counter_sees_an_allocation),
        cmocka_unit_test(asking_for_scratch_and_scoring_allocate_nothing),
    };
    return cmocka_run_group_tests(tests, start_counting, NULL);
}
