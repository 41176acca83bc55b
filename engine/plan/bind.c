/* SPDX-License-Identifier: MIT
 * bind.c - columns -> values: the decoder's columns, as one block of rows of a source. A
 * row's own value wins, then the context's, then the default that the model declares.
 * This is the first thing that happens to a block; the steps of score.c follow. */
#include "engine/plan/call.h"
#include <math.h>
#include <string.h>

_Static_assert(ENG_BLOCK_MAX == 64, "all_present has a 1 for each row of a block");

/* What an INTEGER column without `present` stands for; read only, as all inputs are. */
static const uint8_t all_present[ENG_BLOCK_MAX] = {
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

const struct roost_column *eng_source_column(const struct eng_source *source,
                                             const struct roost_column *columns)
{
    if (!columns)
        return NULL;
    const struct roost_column *column = &columns[source->feature];
    const void *given = source->list ? (const void *)column->start : column->values;
    return given ? column : NULL;
}

enum eng_bind eng_source_bind(const struct eng_source *source,
                              const struct roost_rows *rows)
{
    if (!eng_source_column(source, rows->columns))
        return ENG_BIND_COMMON;
    if (eng_source_column(source, rows->context) || !source->in_place)
        return ENG_BIND_COPY;
    return ENG_BIND_DIRECT;
}

/* One row of a source, taken apart: where its own value, or the context's, lies. */
struct reader {
    const struct eng_source *source;
    const struct roost_column *own, *context;
};

/* Element `at` of a number column as the model sees it: an f32 is rounded first. */
static double column_number(const struct reader *reader,
                            const struct roost_column *column, size_t at)
{
    if (!column)
        return NAN;
    if (reader->source->given == ROOST_F32)
        return (double)((const float *)column->values)[at];
    double value = ((const double *)column->values)[at];
    return reader->source->declared->about.type == ROOST_F32 ? (double)(float)value
                                                             : value;
}

/* A vector of which a row gives no element at all is missing in that row. */
static const struct roost_column *vector_column(const struct reader *reader, uint32_t row,
                                                size_t *at)
{
    const uint32_t width = reader->source->shape.width;
    *at = (size_t)row * width;
    for (uint32_t j = 0; reader->own && j < width; j++) {
        if (!isnan(column_number(reader, reader->own, *at + j)))
            return reader->own;
    }
    *at = 0;
    return reader->context;
}

/* The common case of a row with thousands of numbers: nothing but a widening. */
static int widen_floats(const struct reader *reader, uint32_t first, uint32_t n,
                        struct eng_value *value)
{
    if (!reader->own || reader->context || reader->source->given != ROOST_F32 ||
        reader->source->shape.kind != ENG_NUMBER || reader->source->has_default)
        return 0;
    const float *from = (const float *)reader->own->values + first;
    for (uint32_t r = 0; r < n; r++)
        value->number[r] = (double)from[r];
    return 1;
}

static void copy_numbers(const struct reader *reader, uint32_t first, uint32_t n,
                         struct eng_value *value)
{
    if (widen_floats(reader, first, n, value))
        return;
    const struct eng_feature *declared = reader->source->declared;
    const struct eng_shape *shape = &reader->source->shape;
    const double missing = declared->has_default ? declared->default_number : (double)NAN;
    for (uint32_t r = 0; r < n; r++) {
        size_t at;
        const struct roost_column *column = vector_column(reader, first + r, &at);
        for (uint32_t j = 0; j < shape->width; j++) {
            double number = column_number(reader, column, at + j);
            number = isnan(number) ? missing : number;
            size_t to = (size_t)r * shape->width + j;
            if (shape->kind == ENG_NUMBER)
                value->number[to] =
                    declared->about.type == ROOST_F32 ? (double)(float)number : number;
            else if (shape->kind == ENG_DENSE)
                value->f32[to] = (float)number;
            else
                value->f64[to] = number;
        }
    }
}

static void point_numbers(const struct reader *reader, uint32_t first,
                          struct eng_value *value)
{
    const struct eng_shape *shape = &reader->source->shape;
    void *values = (void *)(uintptr_t)reader->own->values;
    if (shape->kind == ENG_NUMBER)
        value->number = (double *)values + first;
    else if (shape->kind == ENG_DENSE)
        value->f32 = (float *)values + (size_t)first * shape->width;
    else
        value->f64 = (double *)values + (size_t)first * shape->width;
}

static int has_row(const struct roost_column *column, uint32_t row)
{
    return column && (!column->present || column->present[row]);
}

/* Element `at` of a column of integers. */
static int64_t column_whole(const struct reader *reader,
                            const struct roost_column *column, size_t at)
{
    if (reader->source->given == ROOST_BOOL)
        return ((const uint8_t *)column->values)[at] != 0;
    if (reader->source->given == ROOST_I32)
        return ((const int32_t *)column->values)[at];
    return ((const int64_t *)column->values)[at];
}

/* Vectors of integers: `present` says of a row whether it has one. */
static void copy_whole_vectors(const struct reader *reader, uint32_t first, uint32_t n,
                               struct eng_value *value)
{
    const struct eng_feature *declared = reader->source->declared;
    const size_t width = reader->source->shape.width;
    const double missing = declared->has_default ? declared->default_number : (double)NAN;
    for (uint32_t r = 0; r < n; r++) {
        const int own = has_row(reader->own, first + r);
        const struct roost_column *column = own ? reader->own : reader->context;
        const size_t from = own ? (first + r) * width : 0;
        const int given = own || has_row(reader->context, 0);
        for (size_t j = 0; j < width; j++)
            value->f64[r * width + j] =
                given ? (double)column_whole(reader, column, from + j) : missing;
    }
}

static int column_integer(const struct reader *reader, const struct roost_column *column,
                          uint32_t row, int64_t *out)
{
    if (!has_row(column, row))
        return 0;
    *out = column_whole(reader, column, row);
    return 1;
}

static void copy_integers(const struct reader *reader, uint32_t first, uint32_t n,
                          struct eng_value *value)
{
    const struct eng_feature *declared = reader->source->declared;
    for (uint32_t r = 0; r < n; r++) {
        int64_t integer = 0;
        int present = column_integer(reader, reader->own, first + r, &integer) ||
                      column_integer(reader, reader->context, 0, &integer);
        if (!present && declared->has_default)
            integer = (int64_t)declared->default_number;
        value->integer[r] = integer;
        value->present[r] = present || declared->has_default;
    }
}

static void point_integers(const struct reader *reader, uint32_t first,
                           struct eng_value *value)
{
    const uint8_t *present =
        reader->own->present ? reader->own->present + first : all_present;
    value->integer = (int64_t *)(uintptr_t)reader->own->values + first;
    value->present = (uint8_t *)(uintptr_t)present;
}

static void copy_texts(const struct reader *reader, uint32_t first, uint32_t n,
                       struct eng_value *value)
{
    const struct eng_feature *declared = reader->source->declared;
    for (uint32_t r = 0; r < n; r++) {
        struct roost_text text = {.at = NULL};
        if (reader->own)
            text = ((const struct roost_text *)reader->own->values)[first + r];
        if (!text.at && reader->context)
            text = ((const struct roost_text *)reader->context->values)[0];
        if (!text.at && declared->has_default)
            text = declared->default_text;
        value->text[r] = text;
    }
}

/* Entries from .. from + count of a list column, put behind what value holds already. */
static void copy_entries(const struct roost_column *column, uint32_t from, uint32_t count,
                         uint32_t to, struct eng_value *value)
{
    if (count == 0)
        return;
    if (value->text) {
        const struct roost_text *text = column->values;
        memcpy(value->text + to, text + from, count * sizeof *text);
        return;
    }
    memcpy(value->id + to, column->ids + from, count * sizeof *value->id);
    for (uint32_t i = 0; i < count; i++)
        value->amount[to + i] = column->amounts ? column->amounts[from + i] : 1;
}

/* A row without entries has no value of its own. */
static void copy_lists(const struct reader *reader, uint32_t first, uint32_t n,
                       struct eng_value *value)
{
    uint32_t used = 0;
    value->start[0] = 0;
    for (uint32_t r = 0; r < n; r++) {
        const struct roost_column *column = reader->own;
        uint32_t row = first + r;
        uint32_t count = eng_column_entries(column, row);
        if (count == 0) {
            column = reader->context;
            row = 0;
            count = eng_column_entries(column, row);
        }
        if (count)
            copy_entries(column, column->start[row], count, used, value);
        used += count;
        value->start[r + 1] = used;
    }
}

/* The column's entries in place, with starts that count from the block's first. */
static void point_lists(const struct roost_column *column, enum eng_kind kind,
                        uint32_t first, uint32_t n, struct eng_value *value)
{
    if (!column) {
        memset(value->start, 0, ((size_t)n + 1) * sizeof *value->start);
        return;
    }
    const uint32_t from = column->start[first];
    for (uint32_t r = 0; r <= n; r++)
        value->start[r] = column->start[first + r] - from;
    if (kind == ENG_TEXTS) {
        const struct roost_text *text = column->values;
        value->text = text ? (struct roost_text *)(uintptr_t)(text + from) : NULL;
        return;
    }
    /* Without entries the arrays may be NULL. */
    value->id = column->ids ? (uint64_t *)(uintptr_t)(column->ids + from) : NULL;
    value->amount = column->amounts ? (float *)(uintptr_t)(column->amounts + from) : NULL;
}

void eng_call_bind(struct eng_call *call, uint32_t source, uint32_t first, uint32_t n)
{
    const struct eng_source *at = &call->plan->sources[source];
    const struct reader reader = {.source = at,
                                  .own = eng_source_column(at, call->rows->columns),
                                  .context = eng_source_column(at, call->rows->context)};
    struct eng_value *value = &call->values[source];
    const enum eng_bind bind = eng_source_bind(at, call->rows);
    const int direct = bind == ENG_BIND_DIRECT;
    value->common = bind == ENG_BIND_COMMON;
    value->n = n;
    switch (at->shape.kind) {
    case ENG_NUMBER:
    case ENG_DENSE:
    case ENG_DENSE64:
        if (at->given == ROOST_I64 || at->given == ROOST_I32)
            copy_whole_vectors(&reader, first, n, value);
        else if (direct)
            point_numbers(&reader, first, value);
        else
            copy_numbers(&reader, first, n, value);
        return;
    case ENG_INTEGER:
        if (direct)
            point_integers(&reader, first, value);
        else
            copy_integers(&reader, first, n, value);
        return;
    case ENG_TEXT:
        if (direct)
            value->text = (struct roost_text *)(uintptr_t)reader.own->values + first;
        else
            copy_texts(&reader, first, n, value);
        return;
    case ENG_TEXTS:
    case ENG_IDS:
        if (bind == ENG_BIND_COPY)
            copy_lists(&reader, first, n, value);
        else
            point_lists(value->common ? reader.context : reader.own, at->shape.kind,
                        first, n, value);
        return;
    }
}
