/* SPDX-License-Identifier: MIT
 * call.h - one scoring under way: where the values of its current block lie.
 * Threads  A call serves one thread.
 * Memory   All in the caller's scratch. Columns are read in place where their layout is
 *          that of the value already; a value's pointers then lead into the column.
 * Errors   None here but those of operators. */
#ifndef ROOST_PLAN_CALL_H
#define ROOST_PLAN_CALL_H
#include "engine/plan/plan.h"

struct eng_call {
    const roost_plan *plan;
    const struct roost_rows *rows;
    struct eng_value *values;    /* [eng_plan_values] */
    const struct eng_value **in; /* [most_inputs] inputs of the running step */
    uint32_t *active;            /* [step_count] users that are not skipped */
    void *op_scratch;
};

/* How a source gets at its rows. */
enum eng_bind {
    ENG_BIND_COMMON, /* no row has a value: the context's, or missing; one row */
    ENG_BIND_DIRECT, /* the column as it lies */
    ENG_BIND_COPY    /* converted, rounded, or filled up from context and default */
};
enum eng_bind eng_source_bind(const struct eng_source *source,
                              const struct roost_rows *rows);

/* The source's column, NULL where the rows have none. */
const struct roost_column *eng_source_column(const struct eng_source *source,
                                             const struct roost_column *columns);

/* Entries of a list column's row. column may be NULL. */
static inline uint32_t eng_column_entries(const struct roost_column *column, uint32_t row)
{
    return column ? column->start[row + 1] - column->start[row] : 0;
}

/* layout.c: bytes of scratch, 0 when too many; with a base also fills in *call. */
size_t eng_call_layout(const roost_plan *plan, const struct roost_rows *rows, void *base,
                       struct eng_call *call);

/* bind.c: point the source's value at rows first .. first + n - 1, or, when the source is
 * common, at its one row. */
void eng_call_bind(struct eng_call *call, uint32_t source, uint32_t first, uint32_t n);

#endif
