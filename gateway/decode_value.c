/* SPDX-License-Identifier: MIT
 * One JSON value -> one feature's value in its column. The model's schema decides the
 * type and the JSON must agree with it; what TF Serving refuses is refused in its words.
 * Called by decode_rows.c and decode_columns.c; bags go on to decode_sparse.c. */
#include "gateway/decode_state.h"
#include <math.h>
#include <string.h>

int gw_decode_double(struct gw_decode *d, const char *expected, double *out)
{
    int kind = gw_json_peek(&d->json);
    if (kind < 0)
        return -1;
    if (kind != GW_JSON_NUMBER)
        return gw_decode_wrong_type(d, expected);
    return gw_json_double(&d->json, out);
}

static const char *number_name(const struct gw_column *column)
{
    switch (column->feature->type) {
    case ROOST_F32:
        return "float";
    case ROOST_I64:
        return "int64";
    case ROOST_I32:
        return "int32";
    default:
        return "double";
    }
}

static int is_whole(const struct gw_column *column)
{
    return column->feature->type == ROOST_I64 || column->feature->type == ROOST_I32;
}

/* An integer of 64 or 32 bits. */
static int read_whole(struct gw_decode *d, int is_int32, int64_t *out)
{
    const char *name = is_int32 ? "int32" : "int64";
    int kind = gw_json_peek(&d->json);
    if (kind < 0)
        return -1;
    struct gw_decimal decimal;
    struct roost_text text = {NULL, 0};
    int word = kind == GW_JSON_NUMBER ? gw_json_number(&d->json, &decimal, &text) : 1;
    if (word != 0)
        return word < 0 ? -1 : gw_decode_wrong_type(d, name);
    if (gw_number_int64(&decimal, text.at, text.size, out) == 0 &&
        (!is_int32 || (*out >= INT32_MIN && *out <= INT32_MAX)))
        return 0;
    if (!decimal.integer)
        return gw_decode_wrong_text(d, text, kind, name);
    struct roost_text shown = gw_decode_shown(text);
    return gw_fault_set(d->fault, GW_FAULT_BAD_VALUE,
                        "JSON Value: %.*s Type: Number is out of the range of %s",
                        (int)shown.size, shown.at, name);
}

int gw_decode_int64(struct gw_decode *d, int64_t *out)
{
    return read_whole(d, 0, out);
}

static void store_whole(struct gw_column *column, size_t i, int64_t value)
{
    if (column->feature->type == ROOST_I32)
        ((int32_t *)column->values)[i] = (int32_t)value;
    else
        ((int64_t *)column->values)[i] = value;
}

/* A number into slot i of the column's values; what the cast to f32 makes infinite counts
 * as an infinity that came in. */
static int put_number(struct gw_decode *d, struct gw_column *column, size_t i,
                      double *value)
{
    if (is_whole(column)) {
        int64_t whole = 0;
        if (read_whole(d, column->feature->type == ROOST_I32, &whole) != 0)
            return -1;
        store_whole(column, i, whole);
        return 0;
    }
    int is_float = column->feature->type == ROOST_F32;
    if (gw_decode_double(d, is_float ? "float" : "double", value) != 0)
        return -1;
    if (is_float)
        *value = (double)(((float *)column->values)[i] = (float)*value);
    else
        ((double *)column->values)[i] = *value;
    d->out->infinite |= isinf(*value) != 0;
    return 0;
}

static int read_number(struct gw_decode *d, struct gw_column *column, uint32_t row)
{
    double value = 0;
    if (put_number(d, column, row, &value) != 0)
        return -1;
    column->given += isnan(value) ? 0 : 1;
    return 0;
}

static int wrong_width(struct gw_decode *d, uint32_t width, uint64_t got)
{
    d->place.item = -1;
    return gw_fault_set(d->fault, GW_FAULT_BAD_SHAPE,
                        "Expecting shape [%u] but got: [%llu]", width,
                        (unsigned long long)got);
}

/* A list of exactly `width` numbers; all of a longer one is read, to say how long it is.
 */
static int read_items(struct gw_decode *d, struct gw_column *column, uint32_t row)
{
    uint32_t width = column->feature->width;
    size_t base = (size_t)row * width;
    uint64_t count = 0;
    double value = 0;
    int more;
    if (gw_json_enter(&d->json) != 0)
        return -1;
    while ((more = gw_json_next_item(&d->json)) > 0) {
        d->place.item = (int64_t)count;
        int failed = count < width ? put_number(d, column, base + count, &value)
                                   : gw_json_skip(&d->json);
        if (failed != 0)
            return -1;
        count++;
    }
    if (more < 0)
        return -1;
    d->place.item = -1;
    column->given++;
    return count == width ? 0 : wrong_width(d, width, count);
}

static int read_vector(struct gw_decode *d, struct gw_column *column, uint32_t row)
{
    int kind = gw_json_peek(&d->json);
    if (kind < 0)
        return -1;
    if (column->present)
        column->present[row] = 1;
    if (kind == GW_JSON_LIST)
        return read_items(d, column, row);
    /* A vector of one may be given as a number; like a list's, its NaN is a value that
     * was given, or a tensor signature would call the input absent. */
    if (column->feature->width == 1 && kind == GW_JSON_NUMBER) {
        double value = 0;
        column->given++;
        return put_number(d, column, row, &value);
    }
    if (kind == GW_JSON_NUMBER)
        return gw_fault_set(d->fault, GW_FAULT_BAD_SHAPE,
                            "Expecting shape [%u] but got: []", column->feature->width);
    return gw_decode_wrong_type(d, number_name(column));
}

static int read_integer(struct gw_decode *d, struct gw_column *column, uint32_t row)
{
    int64_t value = 0;
    if (read_whole(d, column->feature->type == ROOST_I32, &value) != 0)
        return -1;
    store_whole(column, row, value);
    column->present[row] = 1;
    column->given++;
    return 0;
}

static int read_bool(struct gw_decode *d, struct gw_column *column, uint32_t row)
{
    int kind = gw_json_peek(&d->json);
    if (kind < 0)
        return -1;
    if (kind != GW_JSON_TRUE && kind != GW_JSON_FALSE)
        return gw_decode_wrong_type(d, "bool");
    ((uint8_t *)column->values)[row] = kind == GW_JSON_TRUE;
    column->present[row] = 1;
    column->given++;
    return gw_json_skip(&d->json);
}

/* A whole number out of a matrix of floats, in an integer's or a truth value's column. */
static int put_cell(struct gw_decode *d, struct gw_column *column, uint32_t row,
                    double value, struct roost_text text)
{
    int is_bool = column->feature->type == ROOST_BOOL;
    /* 2^63 itself does not fit; every double below it does. */
    double high = is_bool ? 2 : column->feature->type == ROOST_I32 ? 0x1p31 : 0x1p63;
    if (isnan(value))
        return 0;
    if (value < (is_bool ? 0 : -high) || value >= high || value != floor(value))
        return gw_decode_wrong_text(d, text, GW_JSON_NUMBER,
                                    is_bool ? "bool" : number_name(column));
    if (is_bool)
        ((uint8_t *)column->values)[row] = value != 0;
    else
        store_whole(column, row, (int64_t)value);
    column->present[row] = 1;
    column->given++;
    return 0;
}

int gw_decode_cell(struct gw_decode *d, struct gw_column *column, uint32_t row)
{
    int kind = gw_json_peek(&d->json);
    int number = column->feature->type == ROOST_F32 ||
                 column->feature->type == ROOST_F64 || column->feature->vector;
    if (kind < 0)
        return -1;
    if (number || kind != GW_JSON_NUMBER)
        return gw_decode_value(d, column, row);
    const char *from = d->json.at;
    double value = 0;
    if (is_whole(column)) {
        /* Integers as such keep all their digits. */
        struct gw_json before = d->json;
        struct gw_decimal decimal;
        struct roost_text text = {NULL, 0};
        int word = gw_json_number(&d->json, &decimal, &text);
        d->json = before;
        if (word < 0)
            return -1;
        if (word == 0 && decimal.integer)
            return gw_decode_value(d, column, row);
    }
    if (gw_column_row(d->into, column, row) != 0)
        return gw_decode_no_memory(d);
    if (gw_json_double(&d->json, &value) != 0)
        return -1;
    struct roost_text text = {from, (uint32_t)(d->json.at - from)};
    return put_cell(d, column, row, value, text);
}

static int unpack(struct gw_decode *d, struct roost_text text, struct roost_text *out)
{
    char *bytes = eng_arena_take(d->arena, (size_t)text.size / 4 * 3 + 3, 1);
    if (bytes == NULL)
        return gw_decode_no_memory(d);
    int64_t size = gw_decode_base64(text, bytes);
    if (size < 0)
        return gw_fault_set(d->fault, GW_FAULT_BAD_VALUE, "Unable to base64 decode");
    *out = (struct roost_text){bytes, (uint32_t)size};
    return 0;
}

int gw_decode_binary(struct gw_decode *d, struct roost_text *out)
{
    struct gw_json before = d->json;
    struct roost_text key, text;
    if (gw_json_enter(&d->json) != 0)
        return -1;
    int more = gw_json_next_key(&d->json, &key);
    int b64 = more > 0 && key.size == 3 && memcmp(key.at, "b64", 3) == 0;
    int kind = b64 ? gw_json_peek(&d->json) : GW_JSON_OBJECT;
    if (more < 0 || kind < 0)
        return -1;
    if (kind == GW_JSON_STRING) {
        if (gw_json_string(&d->json, &text) != 0)
            return -1;
        more = gw_json_next_key(&d->json, &key);
        if (more <= 0)
            return more < 0 ? -1 : unpack(d, text, out);
    }
    d->json = before;
    return 1;
}

int gw_decode_text(struct gw_decode *d, struct roost_text *out)
{
    int kind = gw_json_peek(&d->json);
    if (kind < 0)
        return -1;
    if (kind == GW_JSON_STRING)
        return gw_json_string(&d->json, out);
    int other = kind == GW_JSON_OBJECT ? gw_decode_binary(d, out) : 1;
    return other > 0 ? gw_decode_wrong_type(d, "string") : other;
}

static int read_string(struct gw_decode *d, struct gw_column *column, uint32_t row)
{
    if (gw_decode_text(d, (struct roost_text *)column->values + row) != 0)
        return -1;
    column->given++;
    return 0;
}

static int read_strings(struct gw_decode *d, struct gw_column *column)
{
    int kind = gw_json_peek(&d->json);
    if (kind != GW_JSON_LIST)
        return kind < 0 ? -1 : gw_decode_wrong_type(d, "list of string");
    if (gw_json_enter(&d->json) != 0)
        return -1;
    int more;
    struct roost_text text = {NULL, 0};
    for (uint32_t i = 0; (more = gw_json_next_item(&d->json)) > 0; i++) {
        d->place.item = i;
        if (i == d->limits->list)
            return gw_decode_too_many(d, "entries in a list", d->limits->list);
        if (gw_decode_text(d, &text) != 0)
            return -1;
        if (gw_column_text(d->into, column, text) != 0)
            return gw_decode_no_memory(d);
    }
    d->place.item = -1;
    column->given++;
    return more;
}

int gw_decode_value(struct gw_decode *d, struct gw_column *column, uint32_t row)
{
    if (gw_column_row(d->into, column, row) != 0)
        return gw_decode_no_memory(d);
    switch (column->feature->type) {
    case ROOST_F32:
    case ROOST_F64:
        return column->feature->vector ? read_vector(d, column, row)
                                       : read_number(d, column, row);
    case ROOST_I64:
    case ROOST_I32:
        return column->feature->vector ? read_vector(d, column, row)
                                       : read_integer(d, column, row);
    case ROOST_BOOL:
        return read_bool(d, column, row);
    case ROOST_STRING:
        return read_string(d, column, row);
    case ROOST_STRINGS:
        return read_strings(d, column);
    case ROOST_SPARSE:
        return gw_decode_sparse(d, column);
    }
    return -1;
}
