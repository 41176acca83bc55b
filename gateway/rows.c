/* SPDX-License-Identifier: MIT
 * Typed columns under construction: decode_value.c asks for a feature's column and row,
 * and writes the value; rows that had none are filled with what means missing. At the end
 * the columns are handed to the engine without a copy. */
#include "gateway/rows.h"
#include "gateway/decode.h"
#include <assert.h>
#include <math.h>
#include <string.h>

enum { ROWS_FIRST = 4, ENTRIES_FIRST = 8 };

int gw_rows_init(struct gw_rows *rows, const roost_plan *plan, struct eng_arena *arena)
{
    uint32_t features = roost_plan_feature_count(plan);
    size_t bytes = features * sizeof(struct gw_column *);
    *rows = (struct gw_rows){.plan = plan, .arena = arena, .features = features};
    rows->columns = eng_arena_take(arena, bytes, sizeof(void *));
    if (rows->columns == NULL)
        return -1;
    memset(rows->columns, 0, bytes);
    return 0;
}

void gw_rows_begin(struct gw_rows *rows)
{
    rows->last = NULL;
}

static uint32_t value_bytes(const struct roost_feature *feature)
{
    switch (feature->type) {
    case ROOST_F32:
        return feature->width * (uint32_t)sizeof(float);
    case ROOST_F64:
        return feature->width * (uint32_t)sizeof(double);
    case ROOST_I64:
        return feature->width * (uint32_t)sizeof(int64_t);
    case ROOST_I32:
        return feature->width * (uint32_t)sizeof(int32_t);
    case ROOST_BOOL:
        return 1;
    case ROOST_STRING:
    case ROOST_STRINGS:
        return sizeof(struct roost_text);
    case ROOST_SPARSE:
        return 0;
    }
    return 0;
}

int gw_rows_column(struct gw_rows *rows, uint32_t feature, struct gw_column **out)
{
    assert(feature < rows->features);
    struct gw_column *column = rows->columns[feature];
    if (column == NULL) {
        column = eng_arena_take(rows->arena, sizeof *column, _Alignof(struct gw_column));
        if (column == NULL)
            return -1;
        const struct roost_feature *about = roost_plan_feature(rows->plan, feature);
        *column = (struct gw_column){.older = rows->newest,
                                     .feature = about,
                                     .index = feature,
                                     .name_size = (uint32_t)strlen(about->name),
                                     .value_bytes = value_bytes(about)};
        rows->columns[feature] = rows->newest = column;
    }
    *out = column;
    return 0;
}

/* Columns are linked in the order in which a row named them (`after`), which is the guess
 * for the next row. */
static int is_named(const struct gw_column *column, struct roost_text name)
{
    return column != NULL && column->name_size == name.size &&
           memcmp(column->feature->name, name.at, name.size) == 0;
}

int gw_rows_find(struct gw_rows *rows, struct roost_text name, struct gw_column **out)
{
    /* Clients send the same keys in the same order, row after row: compare one name
     * before hashing it. */
    struct gw_column *guess = rows->last ? rows->last->after : rows->first;
    if (!is_named(guess, name)) {
        int32_t feature = roost_plan_find(rows->plan, name.at, name.size);
        *out = NULL;
        if (feature < 0)
            return 0;
        if (gw_rows_column(rows, (uint32_t)feature, &guess) != 0)
            return -1;
    }
    if (rows->last)
        rows->last->after = guess;
    else
        rows->first = guess;
    rows->last = guess;
    *out = guess;
    return 0;
}

/* Room for `need` pieces of `bytes` each, doubling; the old ones are kept. */
static int grow(struct eng_arena *arena, void *array, uint32_t old, uint32_t need,
                size_t bytes)
{
    size_t size;
    void *at;
    memcpy(&at, array, sizeof at);
    if (__builtin_mul_overflow((size_t)need, bytes, &size))
        return -1;
    at = eng_arena_grow(arena, at, old * bytes, size, 8);
    if (at == NULL)
        return -1;
    memcpy(array, &at, sizeof at);
    return 0;
}

static uint32_t doubled(uint32_t room, uint32_t first, uint32_t need)
{
    uint32_t want = room == 0 ? first : room > UINT32_MAX / 2 ? UINT32_MAX : room * 2;
    return want < need ? need : want;
}

static int is_list(const struct gw_column *column)
{
    return column->feature->type == ROOST_STRINGS ||
           column->feature->type == ROOST_SPARSE;
}

static int has_present(const struct gw_column *column)
{
    enum roost_type type = column->feature->type;
    return type == ROOST_I64 || type == ROOST_I32 || type == ROOST_BOOL;
}

static int grow_rows(struct gw_rows *rows, struct gw_column *column, uint32_t need)
{
    uint32_t old = column->rows_room;
    uint32_t room = doubled(old, ROWS_FIRST, need);
    if (is_list(column)) {
        if (room == UINT32_MAX || grow(rows->arena, &column->start, old ? old + 1 : 0,
                                       room + 1, sizeof *column->start) != 0)
            return -1;
        column->start[0] = 0;
    } else if (grow(rows->arena, &column->values, old, room, column->value_bytes) != 0) {
        return -1;
    }
    if (has_present(column) && grow(rows->arena, &column->present, old, room, 1) != 0)
        return -1;
    column->rows_room = room;
    return 0;
}

static void fill_missing(struct gw_column *column, uint32_t from, uint32_t to)
{
    size_t width = column->feature->width, bytes = column->value_bytes;
    switch (column->feature->type) {
    case ROOST_F32:
        for (size_t i = from * width; i < to * width; i++)
            ((float *)column->values)[i] = NAN;
        break;
    case ROOST_F64:
        for (size_t i = from * width; i < to * width; i++)
            ((double *)column->values)[i] = (double)NAN;
        break;
    case ROOST_I64:
    case ROOST_I32:
    case ROOST_BOOL:
        memset(column->present + from, 0, to - from);
        memset((uint8_t *)column->values + from * bytes, 0, (to - from) * bytes);
        break;
    case ROOST_STRING:
        memset((uint8_t *)column->values + from * bytes, 0, (to - from) * bytes);
        break;
    case ROOST_STRINGS:
    case ROOST_SPARSE:
        for (uint32_t i = from; i < to; i++)
            column->start[i + 1] = column->entries;
        break;
    }
}

int gw_column_row(struct gw_rows *rows, struct gw_column *column, uint32_t row)
{
    if (row >= column->rows_room && grow_rows(rows, column, row + 1) != 0)
        return -1;
    fill_missing(column, column->rows, row + 1);
    column->rows = row + 1;
    return 0;
}

static int grow_entries(struct gw_rows *rows, struct gw_column *column)
{
    uint32_t old = column->entries_room;
    uint32_t room = doubled(old, ENTRIES_FIRST, old + 1);
    if (old == UINT32_MAX)
        return -1;
    if (column->feature->type == ROOST_STRINGS) {
        if (grow(rows->arena, &column->values, old, room, column->value_bytes) != 0)
            return -1;
    } else if (grow(rows->arena, &column->ids, old, room, sizeof *column->ids) != 0 ||
               grow(rows->arena, &column->amounts, old, room, sizeof(float)) != 0) {
        return -1;
    }
    column->entries_room = room;
    return 0;
}

int gw_column_text(struct gw_rows *rows, struct gw_column *column, struct roost_text text)
{
    if (column->entries == column->entries_room && grow_entries(rows, column) != 0)
        return -1;
    ((struct roost_text *)column->values)[column->entries++] = text;
    column->start[column->rows] = column->entries;
    return 0;
}

int gw_column_entry(struct gw_rows *rows, struct gw_column *column, uint64_t id,
                    float amount)
{
    if (column->entries == column->entries_room && grow_entries(rows, column) != 0)
        return -1;
    column->ids[column->entries] = id;
    column->amounts[column->entries++] = amount;
    column->start[column->rows] = column->entries;
    return 0;
}

static int is_scalar(const struct roost_feature *feature)
{
    return !feature->vector && feature->type != ROOST_STRINGS &&
           feature->type != ROOST_SPARSE;
}

static void hand_over(const struct gw_column *column, struct roost_column *out)
{
    *out = (struct roost_column){.values = column->values,
                                 .start = column->start,
                                 .ids = column->ids,
                                 .amounts = column->amounts};
    /* NULL says that nothing is missing, which is quicker to score. */
    if (column->given < column->rows)
        out->present = column->present;
}

static int finish_column(struct gw_rows *rows, struct gw_column *column, uint32_t n,
                         struct roost_column *out)
{
    /* A list column whose every row is empty has no entries to point at. */
    if (column->rows < n && gw_column_row(rows, column, n - 1) != 0)
        return -1;
    if (is_list(column) && column->entries == 0)
        return 0;
    hand_over(column, out);
    return 0;
}

const struct roost_column *gw_rows_finish(struct gw_rows *rows, uint32_t n,
                                          const struct gw_rows *common, uint64_t *missing)
{
    size_t bytes = rows->features * sizeof(struct roost_column);
    struct roost_column *out = eng_arena_take(rows->arena, bytes, sizeof(void *));
    if (out == NULL)
        return NULL;
    memset(out, 0, bytes);
    for (struct gw_column *column = rows->newest; column; column = column->older)
        if (finish_column(rows, column, n, &out[column->index]) != 0)
            return NULL;
    for (uint32_t i = 0; i < rows->features; i++) {
        const struct gw_column *column = rows->columns[i];
        int given_to_all = common && common->columns[i] && common->columns[i]->given > 0;
        if (!given_to_all && is_scalar(roost_plan_feature(rows->plan, i)))
            *missing += n - (column ? column->given : 0);
    }
    return out;
}

/* Value i of a row of a column of floats; NaN, which is missing, where there is none. */
static double float_at(const struct roost_feature *about,
                       const struct roost_column *column, size_t i)
{
    if (column == NULL || column->values == NULL)
        return (double)NAN;
    return about->type == ROOST_F32 ? (double)((const float *)column->values)[i]
                                    : ((const double *)column->values)[i];
}

enum gw_infinity gw_batch_infinity(const roost_plan *plan, const struct gw_batch *batch,
                                   uint32_t row)
{
    enum gw_infinity found = GW_FINITE;
    for (uint32_t f = 0; batch->infinite && f < roost_plan_feature_count(plan); f++) {
        const struct roost_feature *about = roost_plan_feature(plan, f);
        if (about->type != ROOST_F32 && about->type != ROOST_F64)
            continue;
        const struct roost_rows *rows = &batch->rows;
        for (size_t i = 0; i < about->width; i++) {
            double own = float_at(about, rows->columns ? &rows->columns[f] : NULL,
                                  (size_t)row * about->width + i);
            if (isinf(own))
                return GW_INFINITE_ROW;
            if (isnan(own) &&
                isinf(float_at(about, rows->context ? &rows->context[f] : NULL, i)))
                found = GW_INFINITE_CONTEXT;
        }
    }
    return found;
}
