/* SPDX-License-Identifier: MIT
 * Decoding one body at a time against a real plan, and scoring it with the real engine.
 */
#include "tests/unit/gateway/support/decoding.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

void decoding_open(struct decoding *d, roost_plan *plan)
{
    memset(d, 0, sizeof *d);
    d->plan = plan;
    d->limits = (struct gw_decode_limits){
        .rows = 100, .depth = 32, .list = 50, .keys = 60, .text = 1000};
    eng_arena_init(&d->arena, (size_t)1 << 26);
}

void decoding_close(struct decoding *d)
{
    roost_plan_free(d->plan);
    eng_arena_clear(&d->arena);
    free(d->body);
}

static void take_body(struct decoding *d, const char *body, size_t size)
{
    free(d->body);
    d->body = malloc(size > 0 ? size : 1);
    assert_non_null(d->body);
    memcpy(d->body, body, size);
    eng_arena_reset(&d->arena, (size_t)1 << 26);
    memset(&d->fault, 0, sizeof d->fault);
}

int decode_sized(struct decoding *d, const char *body, size_t size)
{
    take_body(d, body, size);
    int failed = gw_decode_tfs_predict(d->plan, d->body, size, &d->limits, &d->arena,
                                       &d->batch, &d->fault);
    assert_int_equal(failed != 0, d->fault.code != GW_FAULT_NONE);
    return failed;
}

int decode_body(struct decoding *d, const char *body)
{
    return decode_sized(d, body, strlen(body));
}

int decode_line(struct decoding *d, const char *line)
{
    take_body(d, line, strlen(line));
    return gw_decode_row(d->plan, d->body, strlen(line), &d->limits, &d->arena, &d->batch,
                         &d->fault);
}

void accepts(struct decoding *d, const char *body)
{
    if (decode_body(d, body) != 0)
        fail_msg("%s\n  was refused: %s (%s)", body, d->fault.text, d->fault.pointer);
}

void refuses(struct decoding *d, const char *body, enum gw_fault_code code,
             const char *text, const char *pointer)
{
    if (decode_body(d, body) == 0)
        fail_msg("%s\n  was accepted", body);
    assert_string_equal(d->fault.text, text);
    assert_string_equal(d->fault.pointer, pointer);
    assert_string_equal(gw_fault_slug(d->fault.code), gw_fault_slug(code));
}

static const struct roost_column *find(const struct decoding *d, const char *feature,
                                       const struct roost_column *columns)
{
    int32_t index = roost_plan_find(d->plan, feature, strlen(feature));
    assert_true(index >= 0);
    if (columns == NULL)
        return NULL;
    const struct roost_column *column = &columns[index];
    return column->values || column->start ? column : NULL;
}

const struct roost_column *column_of(const struct decoding *d, const char *feature)
{
    return find(d, feature, d->batch.rows.columns);
}

const struct roost_column *context_of(const struct decoding *d, const char *feature)
{
    return find(d, feature, d->batch.rows.context);
}

float f32_at(const struct decoding *d, const char *feature, uint32_t i)
{
    const struct roost_column *column = column_of(d, feature);
    assert_non_null(column);
    return ((const float *)column->values)[i];
}

double f64_at(const struct decoding *d, const char *feature, uint32_t i)
{
    const struct roost_column *column = column_of(d, feature);
    assert_non_null(column);
    return ((const double *)column->values)[i];
}

int64_t i64_at(const struct decoding *d, const char *feature, uint32_t i)
{
    const struct roost_column *column = column_of(d, feature);
    assert_non_null(column);
    return ((const int64_t *)column->values)[i];
}

int text_is(const struct decoding *d, const char *feature, uint32_t i, const char *text)
{
    const struct roost_column *column = column_of(d, feature);
    assert_non_null(column);
    const struct roost_text *got = (const struct roost_text *)column->values + i;
    return got->at != NULL && got->size == strlen(text) &&
           memcmp(got->at, text, got->size) == 0;
}

double *scores_of(const struct decoding *d)
{
    size_t bytes = roost_plan_scratch(d->plan, &d->batch.rows);
    size_t numbers = (size_t)d->batch.rows.n * roost_plan_width(d->plan);
    double *out = calloc(numbers + 1, sizeof *out);
    struct roost_error err = {0};
    struct roost_call call = {.rows = &d->batch.rows,
                              .scratch = aligned_alloc(64, (bytes + 63) / 64 * 64 + 64),
                              .out = out};
    if (roost_score(d->plan, &call, &err) != ROOST_OK)
        fail_msg("%s", err.text);
    free(call.scratch);
    return out;
}
