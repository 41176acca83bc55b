/* SPDX-License-Identifier: MIT
 * rows.h - columns that grow in the arena while rows are decoded, whose number nobody
 * knows. Threads  A gw_rows serves one thread. Memory   All of it lies in the arena;
 * growth is geometric. Only features that a request names take any. Errors   NULL or -1
 * when the arena is at its maximum or memory is out. */
#ifndef ROOST_GATEWAY_ROWS_H
#define ROOST_GATEWAY_ROWS_H
#include "engine/base/arena.h"
#include "engine/roost.h"

/* One feature's values so far, laid out as struct roost_column says. */
struct gw_column {
    struct gw_column *older; /* touched before this one */
    struct gw_column *after; /* followed it in the last row: a guess for the next */
    const struct roost_feature *feature;
    uint32_t index;     /* of the feature in the plan */
    uint32_t name_size; /* bytes of its name */
    uint32_t rows;      /* laid out */
    uint32_t rows_room;
    uint32_t given;   /* rows with a value that is not missing */
    uint32_t entries; /* of STRINGS and SPARSE, in all rows */
    uint32_t entries_room;
    uint32_t value_bytes; /* of a row, or of an entry for STRINGS */
    void *values;
    uint8_t *present;
    uint32_t *start;
    uint64_t *ids;
    float *amounts;
};

struct gw_rows {
    const roost_plan *plan;
    struct eng_arena *arena;
    struct gw_column **columns; /* [features], NULL: untouched */
    struct gw_column *newest;
    struct gw_column *last;  /* found last */
    struct gw_column *first; /* found first in the row before */
    uint32_t features;
};

int gw_rows_init(struct gw_rows *rows, const roost_plan *plan, struct eng_arena *arena);

/* A row begins: its first feature is guessed to be that of the row before. */
void gw_rows_begin(struct gw_rows *rows);

/* The column of a feature, by index or by name; made when it is the first time. 0, or -1.
 * By name: *out is NULL when the plan has no such feature. */
int gw_rows_column(struct gw_rows *rows, uint32_t feature, struct gw_column **out);
int gw_rows_find(struct gw_rows *rows, struct roost_text name, struct gw_column **out);

/* Lay out rows up to and including `row`, all missing; the caller then fills in `row`. */
int gw_column_row(struct gw_rows *rows, struct gw_column *column, uint32_t row);
/* 1 when `row` was laid out before. */
static inline int gw_column_has(const struct gw_column *column, uint32_t row)
{
    return column->rows > row;
}

/* Append to the last row of a STRINGS or SPARSE column. */
int gw_column_text(struct gw_rows *rows, struct gw_column *column,
                   struct roost_text text);
int gw_column_entry(struct gw_rows *rows, struct gw_column *column, uint64_t id,
                    float amount);

/* All columns as the engine takes them, each of n rows. Adds to *missing the scalar
 * values that are missing here, but for features that `common` (or NULL) has. NULL: no
 * memory. */
const struct roost_column *gw_rows_finish(struct gw_rows *rows, uint32_t n,
                                          const struct gw_rows *common,
                                          uint64_t *missing);

#endif
