/* SPDX-License-Identifier: MIT
 * layout.c - lays a call's values out in its scratch. Rows are scored in blocks, so that
 * what lies here does not grow with their number, and stays in the cache; only lists make
 * it longer, by the longest block of them. The same walk tells the size and places
 * things, so that roost_plan_scratch and roost_score cannot disagree. */
#include "engine/base/error.h"
#include "engine/plan/call.h"
#include <stdlib.h>
#include <string.h>

enum { PIECE_ALIGN = 64 };

struct cursor {
    uint8_t *base; /* NULL: only measuring */
    size_t used;   /* never far above ENG_SCRATCH_MAX */
};

static void *take(struct cursor *cursor, uint64_t count, size_t size)
{
    void *at = cursor->base ? cursor->base + cursor->used : NULL;
    uint64_t bytes = count * size;
    bytes = (bytes + PIECE_ALIGN - 1) / PIECE_ALIGN * PIECE_ALIGN;
    if (cursor->used <= ENG_SCRATCH_MAX)
        cursor->used += bytes;
    return at;
}

static int is_list(const struct eng_shape *shape)
{
    return shape->kind == ENG_IDS || shape->kind == ENG_TEXTS;
}

static uint64_t saturate(uint64_t a, uint64_t b)
{
    uint64_t product;
    if (__builtin_mul_overflow(a, b, &product) || product > ENG_SCRATCH_MAX)
        return ENG_SCRATCH_MAX;
    return product;
}

/* A source's entries in a row: its own, else those of the context. */
static uint64_t source_entries(const roost_plan *plan, uint32_t source,
                               const struct roost_rows *rows, uint32_t row)
{
    const struct eng_source *at = &plan->sources[source];
    uint32_t own = eng_column_entries(eng_source_column(at, rows->columns), row);
    return own ? own : eng_column_entries(eng_source_column(at, rows->context), 0);
}

static uint64_t row_entries(const roost_plan *plan, const struct eng_variable *variable,
                            const struct roost_rows *rows, uint32_t row)
{
    uint64_t entries = variable->factor;
    for (uint32_t i = 0; i < variable->count; i++) {
        const struct eng_dependency *dependency =
            &plan->dependencies[variable->first + i];
        if (!dependency->power)
            continue;
        uint64_t length = source_entries(plan, dependency->source, rows, row);
        for (uint32_t power = length == 1 ? 0 : dependency->power; power; power--)
            entries = saturate(entries, length);
    }
    return entries;
}

/* Most entries of any block. A value that depends on the context alone has one row. */
static uint64_t most_entries(const roost_plan *plan, const struct eng_variable *variable,
                             const struct roost_rows *rows)
{
    int common = 1;
    for (uint32_t i = 0; common && i < variable->count; i++) {
        uint32_t source = plan->dependencies[variable->first + i].source;
        common = !eng_source_column(&plan->sources[source], rows->columns);
    }
    if (common)
        return row_entries(plan, variable, rows, 0);
    uint64_t most = 0, sum = 0;
    for (uint32_t row = 0; row < rows->n; row++) {
        if (row % plan->block == 0)
            sum = 0;
        sum += row_entries(plan, variable, rows, row);
        most = sum > most ? sum : most;
    }
    return most > ENG_SCRATCH_MAX ? ENG_SCRATCH_MAX : most;
}

static void lay_value(struct cursor *cursor, const struct eng_shape *shape, uint32_t rows,
                      uint64_t capacity, struct eng_value *value)
{
    struct eng_value laid = {.capacity = (uint32_t)capacity};
    switch (shape->kind) {
    case ENG_NUMBER:
        laid.number = take(cursor, rows, sizeof *laid.number);
        break;
    case ENG_INTEGER:
        laid.integer = take(cursor, rows, sizeof *laid.integer);
        laid.present = take(cursor, rows, sizeof *laid.present);
        break;
    case ENG_TEXT:
        laid.text = take(cursor, rows, sizeof *laid.text);
        break;
    case ENG_TEXTS:
        laid.start = take(cursor, (uint64_t)rows + 1, sizeof *laid.start);
        laid.text = take(cursor, capacity, sizeof *laid.text);
        break;
    case ENG_IDS:
        laid.start = take(cursor, (uint64_t)rows + 1, sizeof *laid.start);
        laid.id = take(cursor, capacity, sizeof *laid.id);
        if (shape->weighted)
            laid.amount = take(cursor, capacity, sizeof *laid.amount);
        break;
    case ENG_DENSE:
        laid.f32 = take(cursor, (uint64_t)rows * shape->width, sizeof *laid.f32);
        break;
    case ENG_DENSE64:
        laid.f64 = take(cursor, (uint64_t)rows * shape->width, sizeof *laid.f64);
        break;
    }
    if (value)
        *value = laid;
}

/* A source needs room of its own only where its column cannot be read in place; a list
 * read in place still has its starts counted from the block's first row. */
static void lay_source(struct cursor *cursor, const roost_plan *plan, uint32_t source,
                       const struct roost_rows *rows, uint32_t block, uint64_t capacity,
                       struct eng_value *value)
{
    const struct eng_source *at = &plan->sources[source];
    enum eng_bind bind = eng_source_bind(at, rows);
    if (bind == ENG_BIND_DIRECT && !is_list(&at->shape)) {
        if (value)
            memset(value, 0, sizeof *value);
        return;
    }
    int copies = bind == ENG_BIND_COPY;
    lay_value(cursor, &at->shape, bind == ENG_BIND_COMMON ? 1 : block,
              copies ? capacity : 0, value);
}

size_t eng_call_layout(const roost_plan *plan, const struct roost_rows *rows, void *base,
                       struct eng_call *call)
{
    struct cursor cursor = {.base = base};
    const uint32_t values = eng_plan_values(plan);
    const uint32_t block = rows->n < plan->block ? rows->n : plan->block;
    /* The order is that of use: what every call reads, then values, inputs before users.
     * Nothing is written beyond the bound, since the caller asked for the size before. */
    struct eng_value *value = take(&cursor, values, sizeof *value);
    const struct eng_value **in = take(&cursor, plan->most_inputs, sizeof *in);
    uint32_t *active = take(&cursor, plan->step_count, sizeof *active);
    void *op_scratch = take(&cursor, plan->op_scratch, 1);
    const struct eng_variable *variable = plan->variables;
    const struct eng_variable *last = variable + plan->variable_count;
    for (uint32_t v = 0; v < values; v++) {
        const struct eng_shape *shape = eng_plan_shape(plan, v);
        struct eng_value *at = base ? &value[v] : NULL;
        uint64_t capacity = is_list(shape) ? saturate(shape->entries, block) : 0;
        if (variable < last && variable->value == v)
            capacity = most_entries(plan, variable++, rows);
        if (v < plan->source_count)
            lay_source(&cursor, plan, v, rows, block, capacity, at);
        else
            lay_value(&cursor, shape, block, capacity, at);
        if (cursor.used > ENG_SCRATCH_MAX)
            return 0;
    }
    if (base)
        *call = (struct eng_call){.plan = plan,
                                  .rows = rows,
                                  .values = value,
                                  .in = in,
                                  .active = active,
                                  .op_scratch = op_scratch};
    return cursor.used ? cursor.used : PIECE_ALIGN;
}

size_t roost_plan_scratch(const roost_plan *plan, const struct roost_rows *rows)
{
    return eng_call_layout(plan, rows, NULL, NULL);
}
