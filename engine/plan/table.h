/* SPDX-License-Identifier: MIT
 * table.h - the resident weight table: slot -> one row of the weights of several linears.
 *
 *     slot 0   | a | b | c |   |     a, b, c: a column of one owner each; the last column
 *     slot 1   | a | b | c |   |     is spare, so that a new version of any owner can be
 *     ...                            written beside those that still score
 *
 * One cache line serves a feature's weights for up to 16 columns.
 * Threads  Made, placed into and freed by one thread at a time (as plans are). Any thread
 *          reads the columns its plan has placed, by relaxed loads.
 * Memory   Counted: `_new` and `_retain` pair with `_release`. A column is counted too.
 * Errors   NULL or -1 when memory or room is out. */
#ifndef ROOST_PLAN_TABLE_H
#define ROOST_PLAN_TABLE_H
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* Who fills a run of columns: content and place of a linear's weights. */
struct eng_table_owner {
    uint64_t digest[2];
    const _Atomic float *weights; /* [slots, width] */
    uint32_t width;
};

struct eng_table_column {
    uint64_t digest[2]; /* of the owner whose weights it holds */
    uint32_t k;         /* which of the owner's columns */
    uint32_t users;     /* plans that read it; 0: may be overwritten */
};

struct eng_table {
    uint32_t owners;
    uint32_t columns; /* of a row, used and spare */
    uint64_t slots;
    uint64_t digest[2];              /* what a slot means: see plan/linear.c */
    _Atomic uint64_t generation;     /* counts the owners written */
    _Atomic float *weights;          /* [slots, columns], 64-byte aligned */
    struct eng_table_column *column; /* [columns] */
};

/* Columns of a row that holds `used`, with room for one owner more of `most` columns. */
uint32_t eng_table_columns(uint64_t used, uint32_t most);

struct eng_table *eng_table_new(const uint64_t digest[2], uint64_t slots,
                                uint32_t columns);
struct eng_table *eng_table_retain(struct eng_table *table);
void eng_table_release(struct eng_table *table); /* NULL is allowed */

/* Columns that placing the owner would overwrite: 0 when its weights are there. */
uint32_t eng_table_missing(const struct eng_table *table,
                           const struct eng_table_owner *owner);

/* Give the owner columns, writing its weights unless they are there. column [width]. */
int eng_table_place(struct eng_table *table, const struct eng_table_owner *owner,
                    uint32_t *column);
void eng_table_give_back(struct eng_table *table, const uint32_t *column, uint32_t width);

size_t eng_table_bytes(const struct eng_table *table);

#endif
