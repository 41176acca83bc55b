/* SPDX-License-Identifier: MIT
 * Rows given column by column: the value of "inputs", an object of lists, or one list
 * when the model has one input. Every list must be as long as the others. Comes between
 * decode_tfs.c and decode_value.c. */
#include "gateway/decode_state.h"

/* Reads one column's value of one row. */
typedef int read_value(struct gw_decode *d, struct gw_column *column, uint32_t row);

static int read_dense(struct gw_decode *d, struct gw_column *column, uint32_t row)
{
    (void)column;
    return gw_decode_dense(d, row);
}

/* The list that comes next, a value a row; *n: how many. */
static int read_rows(struct gw_decode *d, read_value *read, struct gw_column *column,
                     uint32_t *n)
{
    int more, kind = gw_json_peek(&d->json);
    if (kind < 0)
        return -1;
    if (kind != GW_JSON_LIST)
        return gw_decode_wrong_type(d, "list of one value a row");
    if (gw_json_enter(&d->json) != 0)
        return -1;
    for (*n = 0; (more = gw_json_next_item(&d->json)) > 0; ++*n) {
        d->place.row = *n;
        if (*n == d->limits->rows)
            return gw_decode_too_many(d, "rows", d->limits->rows);
        if (read(d, column, *n) != 0)
            return -1;
    }
    d->place.row = -1;
    return more;
}

/* Columns seen so far. */
struct inputs {
    uint32_t keys;
    uint32_t n; /* rows of each, once `known` */
    int known;
    uint64_t unknown;
};

static int agree(struct gw_decode *d, struct inputs *inputs, uint32_t n)
{
    struct roost_text shown = gw_decode_shown(d->place.key);
    if (n == 0)
        return gw_fault_set(d->fault, GW_FAULT_MISSING_INPUT, "No values in 'inputs'");
    if (inputs->known && n != inputs->n)
        return gw_fault_set(
            d->fault, GW_FAULT_BAD_SHAPE,
            "Tensor name: %.*s has inconsistent batch size: %u expecting: %u",
            (int)shown.size, shown.at, n, inputs->n);
    inputs->known = 1;
    inputs->n = n;
    return 0;
}

/* A key that names no feature: the dense input, or a column that nobody wants. */
static int read_other(struct gw_decode *d, struct roost_text key, struct inputs *inputs)
{
    uint32_t n = 0;
    int dense = gw_decode_is_dense(d, key, inputs->keys);
    if (dense > 0)
        return read_rows(d, read_dense, NULL, &n) != 0 ? -1 : agree(d, inputs, n);
    if (dense < 0)
        return -1;
    if (d->tensor)
        return gw_json_skip(&d->json);
    /* Counted once a row, when the number of rows is known. */
    inputs->unknown++;
    return gw_decode_unknown(d, key);
}

static int read_column(struct gw_decode *d, struct roost_text key, struct inputs *inputs)
{
    struct gw_column *column;
    uint32_t n = 0;
    if (gw_rows_find(d->into, key, &column) != 0)
        return gw_decode_no_memory(d);
    if (column == NULL)
        return read_other(d, key, inputs);
    struct roost_text shown = gw_decode_shown(key);
    if (gw_column_has(column, 0))
        return gw_fault_set(d->fault, GW_FAULT_DUPLICATE_KEY,
                            "The key \"%.*s\" stands twice", (int)shown.size, shown.at);
    if (read_rows(d, gw_decode_value, column, &n) != 0)
        return -1;
    return agree(d, inputs, n);
}

static int read_object(struct gw_decode *d, struct inputs *inputs)
{
    struct roost_text key;
    int more;
    if (gw_json_enter(&d->json) != 0)
        return -1;
    while ((more = gw_json_next_key(&d->json, &key)) > 0) {
        d->place.key = key;
        if (inputs->keys++ == d->limits->keys)
            return gw_decode_too_many(d, "keys in an object", d->limits->keys);
        if (read_column(d, key, inputs) != 0)
            return -1;
    }
    d->place.key = (struct roost_text){NULL, 0};
    return more;
}

static int read_plain(struct gw_decode *d, struct inputs *inputs)
{
    uint32_t n = 0;
    if (d->dense == GW_DENSE_NONE)
        return gw_fault_set(d->fault, GW_FAULT_BAD_SHAPE,
                            "inputs is a plain value/list, but expecting an object as "
                            "multiple input tensors required as per tensorinfo_map");
    return read_rows(d, read_dense, NULL, &n) != 0 ? -1 : agree(d, inputs, n);
}

int gw_decode_inputs(struct gw_decode *d, uint32_t *n)
{
    struct inputs inputs = {0, 0, 0, 0};
    int kind = gw_json_peek(&d->json);
    if (kind < 0)
        return -1;
    d->place.columns = 1;
    int failed =
        kind == GW_JSON_OBJECT ? read_object(d, &inputs) : read_plain(d, &inputs);
    if (failed != 0)
        return -1;
    d->out->unknown_features += inputs.unknown * inputs.n;
    *n = inputs.n;
    return 0;
}
