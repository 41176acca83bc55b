/* SPDX-License-Identifier: MIT
 * table.c - keeps the weights of collocated linear models interleaved, and changes one
 * model's columns while others score. The plan places each model's weights when it is
 * made (plan/linear.c); gathers read them for every row (predict/gather.c). A column with
 * users is never written. One that lost its users keeps its content until it is needed,
 * so that going back to the version before costs nothing. */
#include "engine/plan/table.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 64, LINE_FLOATS = LINE / sizeof(float) };

uint32_t eng_table_columns(uint64_t used, uint32_t most)
{
    uint64_t want = used + most;
    uint64_t columns = 1;
    while (columns < want && columns < LINE_FLOATS)
        columns *= 2;
    /* Powers of two up to a line, whole lines above: no row straddles one more line. */
    if (columns < want)
        columns = (want + LINE_FLOATS - 1) / LINE_FLOATS * LINE_FLOATS;
    return columns > UINT32_MAX ? 0 : (uint32_t)columns;
}

struct eng_table *eng_table_new(const uint64_t digest[2], uint64_t slots,
                                uint32_t columns)
{
    uint64_t bytes;
    if (columns == 0 ||
        __builtin_mul_overflow(slots, (uint64_t)columns * sizeof(float), &bytes) ||
        bytes > SIZE_MAX - LINE)
        return NULL;
    struct eng_table *table = calloc(1, sizeof *table);
    if (!table)
        return NULL;
    bytes = (bytes + LINE - 1) / LINE * LINE;
    table->owners = 1;
    table->columns = columns;
    table->slots = slots;
    table->digest[0] = digest[0];
    table->digest[1] = digest[1];
    table->column = calloc(columns, sizeof *table->column);
    table->weights = aligned_alloc(LINE, (size_t)bytes);
    if (!table->column || !table->weights) {
        eng_table_release(table);
        return NULL;
    }
    /* Spare columns are read along with the others: their sums go nowhere. */
    memset((void *)table->weights, 0, (size_t)bytes);
    return table;
}

struct eng_table *eng_table_retain(struct eng_table *table)
{
    table->owners++;
    return table;
}

void eng_table_release(struct eng_table *table)
{
    if (!table || --table->owners > 0)
        return;
    free(table->column);
    free((void *)table->weights);
    free(table);
}

/* The column that holds weight k of the owner, or -1. */
static int64_t find(const struct eng_table *table, const struct eng_table_owner *owner,
                    uint32_t k)
{
    for (uint32_t c = 0; c < table->columns; c++) {
        const struct eng_table_column *column = &table->column[c];
        if (column->k == k && column->digest[0] == owner->digest[0] &&
            column->digest[1] == owner->digest[1])
            return c;
    }
    return -1;
}

uint32_t eng_table_missing(const struct eng_table *table,
                           const struct eng_table_owner *owner)
{
    uint32_t missing = 0;
    for (uint32_t k = 0; k < owner->width; k++)
        missing += find(table, owner, k) < 0;
    return missing;
}

static void write_column(struct eng_table *table, uint32_t c,
                         const struct eng_table_owner *owner, uint32_t k)
{
    assert(table->column[c].users == 0);
    for (uint64_t slot = 0; slot < table->slots; slot++) {
        float weight = atomic_load_explicit(&owner->weights[slot * owner->width + k],
                                            memory_order_relaxed);
        atomic_store_explicit(&table->weights[slot * table->columns + c], weight,
                              memory_order_relaxed);
    }
    table->column[c].digest[0] = owner->digest[0];
    table->column[c].digest[1] = owner->digest[1];
    table->column[c].k = k;
}

int eng_table_place(struct eng_table *table, const struct eng_table_owner *owner,
                    uint32_t *column)
{
    uint32_t wrote = 0;
    /* First those that are there, lest a later write takes one of them. */
    for (uint32_t k = 0; k < owner->width; k++) {
        int64_t at = find(table, owner, k);
        column[k] = at < 0 ? UINT32_MAX : (uint32_t)at;
        if (at >= 0)
            table->column[at].users++;
    }
    uint32_t next = 0;
    for (uint32_t k = 0; k < owner->width; k++) {
        if (column[k] != UINT32_MAX)
            continue;
        while (next < table->columns && table->column[next].users)
            next++;
        if (next == table->columns) {
            eng_table_give_back(table, column, owner->width);
            return -1;
        }
        write_column(table, next, owner, k);
        table->column[next].users = 1;
        column[k] = next;
        wrote = 1;
    }
    if (wrote)
        atomic_fetch_add_explicit(&table->generation, 1, memory_order_release);
    return 0;
}

void eng_table_give_back(struct eng_table *table, const uint32_t *column, uint32_t width)
{
    for (uint32_t k = 0; k < width; k++) {
        if (column[k] == UINT32_MAX)
            continue;
        assert(table->column[column[k]].users > 0);
        table->column[column[k]].users--;
    }
}

size_t eng_table_bytes(const struct eng_table *table)
{
    return sizeof *table + table->columns * sizeof *table->column +
           (size_t)table->slots * table->columns * sizeof(float);
}
