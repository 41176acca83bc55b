/* SPDX-License-Identifier: MIT
 * Decoding and encoding a warm infer request takes nothing from the heap: the allocators
 * that roost's code calls are wrapped by the linker (tests/unit/tests.cmake) and counted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gateway/support/v2.h"

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

static const char all_json[] =
    "{\"id\":\"7\",\"inputs\":[{\"data\":[1,[2]],\"name\":\"age\",\"shape\":[2,1],"
    "\"datatype\":\"FP32\"},{\"name\":\"city\",\"shape\":[2],\"datatype\":\"BYTES\","
    "\"data\":[\"B\\u00e9\",\"c\"]},{\"name\":\"bag.names\",\"shape\":[2],\"datatype\":"
    "\"BYTES\",\"data\":[\"a\",\"b\"]},{\"name\":\"bag.offsets\",\"shape\":[3],"
    "\"datatype\":\"INT32\",\"data\":[0,1,2]},{\"name\":\"tags\",\"shape\":[1,2],"
    "\"datatype\":\"BYTES\",\"data\":[\"a\",\"b\"],\"parameters\":{\"context\":true}},"
    "{\"name\":\"hat\",\"shape\":[1],\"datatype\":\"BOOL\",\"data\":[true]}],"
    "\"outputs\":[{\"name\":\"score\",\"parameters\":{\"classification\":2}}]}";
static const char binary_json[] =
    "{\"inputs\":[{\"name\":\"vec\",\"datatype\":\"FP32\",\"shape\":[2,2],\"parameters\":"
    "{\"binary_data_size\":16}},{\"name\":\"count\",\"datatype\":\"UINT8\",\"shape\":[2],"
    "\"parameters\":{\"binary_data_size\":2}}],\"parameters\":{\"binary_data_output\":"
    "true}}";

/* Allocations of one decode and encode in a kept arena and buffer. */
static size_t count_calls(struct v2 *v, struct eng_buf *out, const uint8_t *body,
                          size_t size, int64_t header)
{
    static const double scores[4] = {0.1, 0.2, 0.3, 0.4};
    static const struct roost_verdict verdict = {ROOST_OK, 0};
    struct decoding *d = &v->d;
    size_t before = calls, json_size = 0;
    eng_arena_reset(&d->arena, (size_t)1 << 26);
    eng_buf_reset(out);
    const struct gw_v2_body whole = {body, size, header};
    assert_int_equal(gw_decode_v2(&v->model, &whole, &d->limits, &d->arena, &d->batch,
                                  &v->request, &d->fault),
                     0);
    struct gw_scores about = {d->plan, scores, &verdict, d->batch.rows.n, 0};
    assert_int_equal(gw_encode_v2(&about, &v->request, "m", "1", out, &json_size), 0);
    return calls - before;
}

static void a_warm_decode_and_encode_take_nothing_from_the_heap(void **state)
{
    (void)state;
    static uint8_t binary[sizeof binary_json - 1 + 18];
    memcpy(binary, binary_json, sizeof binary_json - 1);
    struct v2 v;
    struct eng_buf out;
    v2_open(&v, plan_of_all_types(0));
    eng_buf_init(&out, 1 << 16);
    /* The first round warms up, which also shows that the counter counts. */
    for (int round = 0; round < 12; round++) {
        size_t taken = round % 2 == 0 ? count_calls(&v, &out, (const uint8_t *)all_json,
                                                    sizeof all_json - 1, -1)
                                      : count_calls(&v, &out, binary, sizeof binary,
                                                    sizeof binary_json - 1);
        if (round == 0)
            assert_true(taken > 0);
        else if (round >= 2)
            assert_int_equal(taken, 0);
    }
    eng_buf_clear(&out);
    v2_close(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_warm_decode_and_encode_take_nothing_from_the_heap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
