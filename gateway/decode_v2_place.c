/* SPDX-License-Identifier: MIT
 * Inputs -> columns. The name of an input calls a feature, a part of a list or bag
 * (decode_v2_list.c), or the dense input by position; its elements become that feature's
 * column, in place where they lie as the engine wants them. Comes after all of the JSON
 * was read; the engine comes next. */
#include "gateway/decode_v2_state.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void gw_v2_look_at(struct gw_v2 *v, const struct gw_v2_input *input, const char *member,
                   int64_t leaf)
{
    v->at = input;
    v->leaf = leaf;
    v->d.place = (struct gw_place){.section = "inputs", .row = input->index, .item = -1};
    if (member != NULL)
        v->d.place.key = (struct roost_text){member, (uint32_t)strlen(member)};
}

int gw_v2_wrong_type(struct gw_v2 *v, const struct gw_v2_input *input,
                     const char *expected)
{
    struct roost_text name = gw_decode_shown(input->name);
    gw_v2_look_at(v, input, "datatype", -1);
    return gw_fault_set(v->d.fault, GW_FAULT_BAD_TYPE,
                        "inference input '%.*s' data-type is '%s', but model '%s' "
                        "expects '%s'",
                        (int)name.size, name.at, gw_v2_type_name(input->type),
                        v->model->name, expected);
}

int gw_v2_wrong_shape(struct gw_v2 *v, const struct gw_v2_input *input,
                      const char *expected)
{
    struct roost_text name = gw_decode_shown(input->name);
    struct roost_text shape = gw_decode_shown(input->shape);
    gw_v2_look_at(v, input, "shape", -1);
    return gw_fault_set(v->d.fault, GW_FAULT_BAD_SHAPE,
                        "unexpected shape for input '%.*s' for model '%s'. Expected %s, "
                        "got %.*s",
                        (int)name.size, name.at, v->model->name, expected,
                        (int)shape.size, shape.at);
}

int gw_v2_agree(struct gw_v2 *v, const struct gw_v2_input *input, uint64_t n)
{
    struct roost_text name = gw_decode_shown(input->name);
    gw_v2_look_at(v, input, "shape", -1);
    if (input->context && n != 1)
        return gw_fault_set(v->d.fault, GW_FAULT_BAD_SHAPE,
                            "input '%.*s' is common to all rows: it must have one row, "
                            "not %" PRIu64,
                            (int)name.size, name.at, n);
    if (input->context)
        return 0;
    if (n > v->d.limits->rows)
        return gw_decode_too_many(&v->d, "rows", v->d.limits->rows);
    if (v->n_known && n != v->n)
        return gw_fault_set(v->d.fault, GW_FAULT_BAD_SHAPE,
                            "input '%.*s' batch size does not match other inputs for "
                            "'%s'",
                            (int)name.size, name.at, v->model->name);
    v->n = (uint32_t)n;
    v->n_known = 1;
    return 0;
}

int gw_v2_open(struct gw_v2 *v, const struct gw_v2_input *input, uint32_t feature,
               struct gw_column **out)
{
    struct roost_text name = gw_decode_shown(input->name);
    const uint8_t bit = input->context ? GW_V2_GIVEN_CONTEXT : GW_V2_GIVEN_ROWS;
    v->d.into = input->context ? &v->d.context : &v->d.rows;
    if (v->given[feature] & bit) {
        gw_v2_look_at(v, input, "name", -1);
        return gw_fault_set(v->d.fault, GW_FAULT_DUPLICATE_KEY,
                            "input '%.*s' already exists in request", (int)name.size,
                            name.at);
    }
    v->given[feature] |= bit;
    return gw_rows_column(v->d.into, feature, out) == 0 ? 0 : gw_decode_no_memory(&v->d);
}

/* [n, width], or [n] where the width is 1. */
static int check_shape(struct gw_v2 *v, const struct gw_v2_input *input, uint32_t width)
{
    char expected[32];
    if ((input->rank == 2 && input->rest == width) || (input->rank == 1 && width == 1))
        return gw_v2_agree(v, input, input->first);
    snprintf(expected, sizeof expected, "[-1,%u]", width);
    return gw_v2_wrong_shape(v, input, expected);
}

/* The column is this array, of n rows. */
static void set_values(struct gw_column *column, const void *values, uint32_t n)
{
    memcpy(&column->values, &values, sizeof values);
    column->rows = column->rows_room = n;
}

/* What is given, and whether an infinity came in. A vector of which only some numbers
 * are missing is given. */
static void count_numbers(struct gw_v2 *v, struct gw_column *column, uint64_t count)
{
    const int is_float = column->feature->type == ROOST_F32;
    const float *floats = column->values;
    const double *doubles = column->values;
    uint32_t missing = 0;
    int infinite = 0;
    for (uint64_t i = 0; i < count; i++) {
        double number = is_float ? (double)floats[i] : doubles[i];
        missing += isnan(number) != 0;
        infinite |= isinf(number) != 0;
    }
    v->d.out->infinite |= infinite;
    column->given = column->feature->vector ? column->rows : column->rows - missing;
}

/* An integer that the feature cannot hold, or a number that is none. */
static int wrong_cell(struct gw_v2 *v, const struct gw_v2_input *input, uint64_t i,
                      enum roost_type type)
{
    gw_v2_look_at(v, input, input->json != NULL ? "data" : NULL, (int64_t)i);
    return gw_fault_set(v->d.fault, GW_FAULT_BAD_VALUE,
                        "element %" PRIu64 " of input '%.*s' is %.17g, which is not of "
                        "type %s",
                        i, (int)gw_decode_shown(input->name).size, input->name.at,
                        gw_v2_number(input, i), gw_v2_datatype(type));
}

/* Element i of the input as value `to` of the column, whose type it fits. */
static int convert(struct gw_v2 *v, const struct gw_v2_input *input, uint64_t i,
                   struct gw_column *column, uint64_t to)
{
    const enum roost_type type = column->feature->type;
    int64_t integer = 0;
    if (type == ROOST_F32) {
        ((float *)column->values)[to] = (float)gw_v2_number(input, i);
        return 0;
    }
    if (type == ROOST_F64) {
        ((double *)column->values)[to] = gw_v2_number(input, i);
        return 0;
    }
    if (gw_v2_integer(input, i, &integer) != 0)
        return wrong_cell(v, input, i, type);
    if (type == ROOST_BOOL)
        ((uint8_t *)column->values)[to] = integer != 0;
    else if (type == ROOST_I32)
        ((int32_t *)column->values)[to] = (int32_t)integer;
    else
        ((int64_t *)column->values)[to] = integer;
    return 0;
}

static int is_number(enum roost_type type)
{
    return type == ROOST_F32 || type == ROOST_F64;
}

/* Do the elements lie as the column's values would? A truth value in a body may be any
 * byte, so it is always looked at. */
static int lies_right(const struct gw_v2_input *input, const struct gw_column *column)
{
    const enum roost_type type = column->feature->type;
    if (type == ROOST_STRING)
        return 1;
    return type != ROOST_BOOL && input->type == gw_v2_type_of(type) &&
           (uintptr_t)input->data % gw_v2_type_bytes(input->type) == 0;
}

static int copy_values(struct gw_v2 *v, const struct gw_v2_input *input,
                       struct gw_column *column)
{
    const uint32_t rows = (uint32_t)input->first;
    void *values = eng_arena_take(v->d.arena, (size_t)rows * column->value_bytes, 8);
    if (values == NULL)
        return gw_decode_no_memory(&v->d);
    set_values(column, values, rows);
    for (uint64_t i = 0; i < input->count; i++)
        if (convert(v, input, i, column, i) != 0)
            return -1;
    return 0;
}

static int place_feature(struct gw_v2 *v, struct gw_v2_input *input, uint32_t feature)
{
    const struct roost_feature *about = roost_plan_feature(v->d.plan, feature);
    struct gw_column *column;
    if (about->type == ROOST_SPARSE)
        return gw_v2_wrong_type(v, input, "offsets, ids or names, and values");
    if (!gw_v2_type_fits(input->type, about->type))
        return gw_v2_wrong_type(v, input, gw_v2_datatype(about->type));
    if (about->type == ROOST_STRINGS)
        return gw_v2_place_strings(v, input, feature);
    if (check_shape(v, input, about->width) != 0 ||
        gw_v2_open(v, input, feature, &column) != 0)
        return -1;
    if (lies_right(input, column))
        set_values(column, input->data, (uint32_t)input->first);
    else if (copy_values(v, input, column) != 0)
        return -1;
    column->given = column->rows;
    if (is_number(about->type))
        count_numbers(v, column, input->count);
    return 0;
}

/* A number of the dense input as a row's integer or truth value: NaN is missing, and any
 * other must be a whole number of the type's range. */
static int convert_cell(struct gw_v2 *v, const struct gw_v2_input *input, uint64_t i,
                        struct gw_column *column, uint32_t row)
{
    const enum roost_type type = column->feature->type;
    const double low = type == ROOST_BOOL ? 0 : type == ROOST_I32 ? -0x1p31 : -0x1p63;
    const double high = type == ROOST_BOOL ? 2 : -low;
    const double number = gw_v2_number(input, i);
    const uint8_t present = (uint8_t)!isnan(number);
    column->present[row] = present;
    column->given += present;
    if (!present) {
        memset((uint8_t *)column->values + (size_t)row * column->value_bytes, 0,
               column->value_bytes);
        return 0;
    }
    /* The double of a long integer may be the next one's: only its own bits tell. */
    if (number < low || number >= high || number != floor(number))
        return wrong_cell(v, input, i, type);
    if (gw_v2_type_whole(input->type))
        return convert(v, input, i, column, row);
    if (type == ROOST_BOOL)
        ((uint8_t *)column->values)[row] = number != 0;
    else if (type == ROOST_I32)
        ((int32_t *)column->values)[row] = (int32_t)number;
    else
        ((int64_t *)column->values)[row] = (int64_t)number;
    return 0;
}

/* Value j of each row as the column of the feature at position j. */
static int place_position(struct gw_v2 *v, const struct gw_v2_input *input, uint32_t j)
{
    const uint32_t rows = (uint32_t)input->first;
    struct gw_column *column;
    if (gw_v2_open(v, input, v->d.positions[j], &column) != 0)
        return -1;
    const enum roost_type type = column->feature->type;
    if (type == ROOST_STRING || type == ROOST_STRINGS || type == ROOST_SPARSE ||
        input->type == GW_V2_BYTES)
        return gw_v2_wrong_type(v, input, input->type == GW_V2_BYTES ? "FP32" : "BYTES");
    void *values = eng_arena_take(v->d.arena, (size_t)rows * column->value_bytes, 8);
    if (!is_number(type))
        column->present = eng_arena_take(v->d.arena, rows, 1);
    if (values == NULL || (!is_number(type) && column->present == NULL))
        return gw_decode_no_memory(&v->d);
    set_values(column, values, rows);
    for (uint32_t row = 0; row < rows; row++) {
        const uint64_t i = (uint64_t)row * v->d.width + j;
        int failed = is_number(type) ? convert(v, input, i, column, row)
                                     : convert_cell(v, input, i, column, row);
        if (failed != 0)
            return -1;
    }
    if (is_number(type))
        count_numbers(v, column, rows);
    return 0;
}

static int is_dense(const struct gw_v2 *v, const struct gw_v2_input *input)
{
    if (v->d.dense == GW_DENSE_NONE || input->context)
        return 0;
    return gw_decode_equals(input->name, v->d.dense_name) ||
           (v->d.any_name && v->own_count == 1);
}

static int place_dense(struct gw_v2 *v, struct gw_v2_input *input)
{
    if (v->d.dense == GW_DENSE_FEATURE)
        return place_feature(v, input, v->d.positions[0]);
    if (check_shape(v, input, v->d.width) != 0)
        return -1;
    for (uint32_t j = 0; j < v->d.width; j++)
        if (place_position(v, input, j) != 0)
            return -1;
    return 0;
}

static int place_unknown(struct gw_v2 *v, const struct gw_v2_input *input)
{
    struct roost_text name = gw_decode_shown(input->name);
    gw_v2_look_at(v, input, "name", -1);
    if (v->d.tensor)
        return gw_fault_set(v->d.fault, GW_FAULT_UNKNOWN_FEATURE,
                            "unexpected inference input '%.*s' for model '%s'",
                            (int)name.size, name.at, v->model->name);
    if (roost_plan_strict(v->d.plan))
        return gw_fault_set(v->d.fault, GW_FAULT_UNKNOWN_FEATURE,
                            "The model has no feature named \"%.*s\"", (int)name.size,
                            name.at);
    v->d.out->unknown_features += input->context;
    v->unknown += !input->context;
    return 0;
}

int gw_v2_place(struct gw_v2 *v, struct gw_v2_input *input)
{
    int32_t feature = roost_plan_find(v->d.plan, input->name.at, input->name.size);
    gw_v2_look_at(v, input, NULL, -1);
    if (feature >= 0)
        return place_feature(v, input, (uint32_t)feature);
    int kept = gw_v2_keep_part(v, input);
    if (kept != 0)
        return kept < 0 ? -1 : 0;
    return is_dense(v, input) ? place_dense(v, input) : place_unknown(v, input);
}
