/* SPDX-License-Identifier: MIT
 * Decoding and encoding a warm request takes nothing from the heap: the allocators that
 * roost's code calls are wrapped by the linker (tests/unit/tests.cmake) and counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/decode_examples.h"
#include "gateway/encode.h"
#include "tests/unit/gateway/support/decoding.h"
#include "tests/unit/gateway/support/plans.h"

static size_t calls;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *at, size_t size);
void *__real_aligned_alloc(size_t align, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *at, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);

void *__wrap_malloc(size_t size)
{
    calls++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    calls++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *at, size_t size)
{
    calls++;
    return __real_realloc(at, size);
}

void *__wrap_aligned_alloc(size_t align, size_t size)
{
    calls++;
    return __real_aligned_alloc(align, size);
}

/* Allocations of one decode and encode in a kept arena and buffer. */
static size_t count_calls(struct decoding *d, struct eng_buf *out, const char *body,
                          double *scores)
{
    const struct roost_verdict verdict = {ROOST_OK, 0};
    size_t before = calls;
    eng_arena_reset(&d->arena, (size_t)1 << 26);
    eng_buf_reset(out);
    assert_int_equal(gw_decode_tfs_predict(d->plan, (const uint8_t *)body, strlen(body),
                                           &d->limits, &d->arena, &d->batch, &d->fault),
                     0);
    struct gw_scores about = {d->plan, scores, &verdict, d->batch.rows.n, 0};
    assert_int_equal(gw_encode_tfs_predict(&about, d->batch.form, out), 0);
    return calls - before;
}

static void a_warm_decode_and_encode_take_nothing_from_the_heap(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{\"instances\":[{\"age\":39,\"income\":-1.5e3,\"count\":-7,\"member\":true,"
        "\"city\":\"B\\u00e9\",\"tags\":[\"a\",{\"b64\":\"aGk=\"}],\"vec\":[1,2],\"bag\":"
        "{"
        "\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,\"j\":1}"
        "},"
        "{\"hat\":[{}]},{},{},{},{},{}],\"context\":{\"age\":1}}",
        "{\"inputs\":{\"age\":[1,2,3,4,5,6],\"hat\":[1],\"bag\":[{},{},{},[\"a\"],{},{}]}"
        "}"};
    double scores[16] = {0.1};
    struct decoding d;
    struct eng_buf out;
    eng_buf_init(&out, 1 << 20);
    decoding_open(&d, plan_of_all_types(0));
    /* The first round warms up, which also shows that the counter counts. */
    size_t cold = count_calls(&d, &out, bodies[0], scores);
    assert_true(cold > 0);
    count_calls(&d, &out, bodies[1], scores);
    count_calls(&d, &out, bodies[0], scores);
    for (int round = 0; round < 10; round++)
        assert_int_equal(count_calls(&d, &out, bodies[round % 2], scores), 0);
    eng_buf_clear(&out);
    decoding_close(&d);
}

/* Allocations of one decode and encode of examples. */
static size_t count_examples(struct decoding *d, struct eng_buf *out, const char *body,
                             double *scores)
{
    const struct roost_verdict verdict = {ROOST_OK, 0};
    size_t before = calls;
    eng_arena_reset(&d->arena, (size_t)1 << 26);
    eng_buf_reset(out);
    assert_int_equal(gw_decode_tfs_examples(d->plan, GW_EXAMPLES_CLASSIFY,
                                            (const uint8_t *)body, strlen(body),
                                            &d->limits, &d->arena, &d->batch, &d->fault),
                     0);
    struct gw_scores about = {d->plan, scores, &verdict, d->batch.rows.n, 0};
    assert_int_equal(gw_encode_tfs_classify(&about, out), 0);
    assert_int_equal(gw_encode_tfs_regress(&about, out), 0);
    return calls - before;
}

static void warm_examples_take_nothing_from_the_heap(void **state)
{
    (void)state;
    static const char body[] =
        "{\"examples\":[{\"age\":39,\"income\":[-1.5e3],\"count\":-7,\"member\":true,"
        "\"city\":\"B\\u00e9\",\"tags\":[\"a\",{\"b64\":\"aGk=\"}],\"vec\":[1,2],\"bag\":"
        "[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\"]},"
        "{\"hat\":[1,2],\"bag\":{\"a\":1}},{},{},{},{}],\"context\":{\"age\":1}}";
    double scores[16] = {0.1};
    struct decoding d;
    struct eng_buf out;
    eng_buf_init(&out, 1 << 20);
    decoding_open(&d, plan_of_all_types(0));
    assert_true(count_examples(&d, &out, body, scores) > 0);
    count_examples(&d, &out, body, scores);
    for (int round = 0; round < 10; round++)
        assert_int_equal(count_examples(&d, &out, body, scores), 0);
    eng_buf_clear(&out);
    decoding_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(warm_examples_take_nothing_from_the_heap),
        cmocka_unit_test(a_warm_decode_and_encode_take_nothing_from_the_heap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
