/* SPDX-License-Identifier: MIT
 * One feature of an example -> its column. As in a tf.Example, a value is a list of
 * numbers with a fraction, of integers (truth values among them) or of bytes, and a bare
 * one is a list of one; the model's schema then says what it must be, in the words of
 * TensorFlow's example parser. Called by decode_examples.c; bags given as objects go on
 * to decode_sparse.c. */
#include "gateway/decode_examples_value.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum kind { NOTHING, INTEGERS, FLOATS, BYTES };

/* One element, as its JSON says. */
struct element {
    enum kind kind;
    int64_t whole;          /* INTEGERS */
    double number;          /* INTEGERS, FLOATS: correctly rounded from the text */
    struct roost_text text; /* of a number as it stands in the body; BYTES: the bytes */
};

/* The feature being read. */
struct feature {
    struct roost_text name;
    struct gw_column *column; /* NULL: unknown */
    uint32_t row;
    uint64_t count;
    enum kind kind; /* of all elements so far */
};

const char *gw_example_type(enum roost_type type)
{
    switch (type) {
    case ROOST_F32:
        return "float";
    case ROOST_F64:
        return "double";
    case ROOST_I64:
        return "int64";
    case ROOST_I32:
        return "int32";
    case ROOST_BOOL:
        return "bool";
    case ROOST_STRING:
    case ROOST_STRINGS:
    case ROOST_SPARSE:
        break;
    }
    return "string";
}

static int odd_element(struct gw_decode *d, const struct feature *feature,
                       const char *kind)
{
    struct roost_text shown = gw_decode_shown(feature->name);
    return gw_fault_set(d->fault, GW_FAULT_BAD_TYPE,
                        "Feature: %.*s has element with unexpected JSON type: %s",
                        (int)shown.size, shown.at, kind);
}

static int mixed_kinds(struct gw_decode *d, const struct feature *feature)
{
    static const char *const names[] = {
        [INTEGERS] = "int64", [FLOATS] = "float", [BYTES] = "bytes"};
    struct roost_text shown = gw_decode_shown(feature->name);
    return gw_fault_set(d->fault, GW_FAULT_BAD_TYPE,
                        "Unexpected element type in feature: %.*s expecting type: %s",
                        (int)shown.size, shown.at, names[feature->kind]);
}

/* An integer that int64 cannot hold is uint64 if that can, and else a float. */
static int is_uint64(struct roost_text text)
{
    static const char most[] = "18446744073709551615";
    return text.at[0] != '-' &&
           (text.size == 19 || (text.size == 20 && memcmp(text.at, most, 20) <= 0));
}

static int read_number(struct gw_decode *d, const struct feature *feature,
                       struct element *out)
{
    struct gw_json before = d->json;
    struct gw_decimal decimal;
    int word = gw_json_number(&d->json, &decimal, &out->text);
    if (word < 0)
        return -1;
    out->kind = FLOATS;
    if (word > 0)
        return gw_json_double(&d->json, &out->number);
    out->number = gw_number_double(&decimal, out->text.at, out->text.size);
    if (isinf(out->number)) {
        d->json = before;
        return gw_json_double(&d->json, &out->number);
    }
    if (!decimal.integer)
        return 0;
    if (gw_number_int64(&decimal, out->text.at, out->text.size, &out->whole) == 0) {
        out->kind = INTEGERS;
        return 0;
    }
    if (!is_uint64(out->text))
        return 0;
    struct roost_text shown = gw_decode_shown(feature->name);
    return gw_fault_set(d->fault, GW_FAULT_BAD_VALUE,
                        "Feature: %.*s has uint64 element. Only int64_t is supported.",
                        (int)shown.size, shown.at);
}

static int read_truth(struct gw_decode *d, int kind, struct element *out)
{
    const char *from = d->json.at;
    if (gw_json_skip(&d->json) != 0)
        return -1;
    out->kind = INTEGERS;
    out->whole = kind == GW_JSON_TRUE;
    out->number = (double)out->whole;
    out->text = (struct roost_text){from, (uint32_t)(d->json.at - from)};
    return 0;
}

static int read_element(struct gw_decode *d, const struct feature *feature,
                        struct element *out)
{
    int other, kind = gw_json_peek(&d->json);
    switch (kind) {
    case GW_JSON_TRUE:
    case GW_JSON_FALSE:
        return read_truth(d, kind, out);
    case GW_JSON_NUMBER:
        return read_number(d, feature, out);
    case GW_JSON_STRING:
        out->kind = BYTES;
        return gw_json_string(&d->json, &out->text);
    case GW_JSON_OBJECT:
        out->kind = BYTES;
        other = gw_decode_binary(d, &out->text);
        return other > 0 ? odd_element(d, feature, "Object") : other;
    case GW_JSON_NULL:
        return odd_element(d, feature, "Null");
    case GW_JSON_LIST:
        return odd_element(d, feature, "Array");
    default:
        return -1;
    }
}

/* The schema wants another kind than came. */
static int types_differ(struct gw_decode *d, const struct feature *feature,
                        enum kind kind)
{
    static const char *const names[] = {
        [INTEGERS] = "int64", [FLOATS] = "float", [BYTES] = "string"};
    return gw_fault_set(d->fault, GW_FAULT_BAD_TYPE,
                        "Name: <unknown>, Key: %s, Index: %u.  Data types don't match. "
                        "Data type: %s but expected type: %s",
                        feature->column->feature->name, feature->row, names[kind],
                        gw_example_type(feature->column->feature->type));
}

static void put_float(struct gw_decode *d, const struct feature *feature, size_t slot,
                      double value)
{
    struct gw_column *column = feature->column;
    if (column->feature->type == ROOST_F32)
        value = (double)(((float *)column->values)[slot] = (float)value);
    else
        ((double *)column->values)[slot] = value;
    d->out->infinite |= isinf(value) != 0;
    column->given += !column->feature->vector && !isnan(value);
}

/* A whole number of the types that hold only those. */
static int put_whole(struct gw_decode *d, const struct feature *feature, size_t slot,
                     const struct element *element)
{
    struct gw_column *column = feature->column;
    enum roost_type type = column->feature->type;
    int64_t low = type == ROOST_BOOL ? 0 : type == ROOST_I32 ? INT32_MIN : INT64_MIN;
    int64_t high = type == ROOST_BOOL ? 1 : type == ROOST_I32 ? INT32_MAX : INT64_MAX;
    if (element->whole < low || element->whole > high)
        return gw_decode_wrong_text(d, element->text, GW_JSON_NUMBER,
                                    gw_example_type(type));
    if (type == ROOST_BOOL)
        ((uint8_t *)column->values)[slot] = (uint8_t)element->whole;
    else if (type == ROOST_I32)
        ((int32_t *)column->values)[slot] = (int32_t)element->whole;
    else
        ((int64_t *)column->values)[slot] = element->whole;
    column->present[feature->row] = 1;
    column->given += !column->feature->vector;
    return 0;
}

/* A name of a bag or a list of strings, which end only at their limit. */
static int put_entry(struct gw_decode *d, const struct feature *feature,
                     struct roost_text text)
{
    struct gw_column *column = feature->column;
    int bag = column->feature->type == ROOST_SPARSE;
    if (feature->count == d->limits->list)
        return gw_decode_too_many(
            d, bag ? "entries in a sparse feature" : "entries in a list",
            d->limits->list);
    int failed =
        bag ? gw_column_entry(d->into, column, roost_feature_id(text.at, text.size), 1)
            : gw_column_text(d->into, column, text);
    return failed != 0 ? gw_decode_no_memory(d) : 0;
}

/* Element `count` of the feature; those beyond its width are counted only. */
static int put_element(struct gw_decode *d, const struct feature *feature,
                       const struct element *element)
{
    struct gw_column *column = feature->column;
    enum roost_type type = column->feature->type;
    int list = type == ROOST_STRINGS || type == ROOST_SPARSE;
    int text = list || type == ROOST_STRING;
    int number = type == ROOST_F32 || type == ROOST_F64;
    if (text ? element->kind != BYTES
             : element->kind != INTEGERS && !(number && element->kind == FLOATS))
        return types_differ(d, feature, element->kind);
    if (list)
        return put_entry(d, feature, element->text);
    if (feature->count >= column->feature->width)
        return 0;
    size_t slot = (size_t)feature->row * column->feature->width + feature->count;
    if (type == ROOST_STRING) {
        ((struct roost_text *)column->values)[slot] = element->text;
        column->given++;
    } else if (number) {
        put_float(d, feature, slot, element->number);
    } else {
        return put_whole(d, feature, slot, element);
    }
    return 0;
}

static int add_element(struct gw_decode *d, struct feature *feature)
{
    struct element element = {.kind = NOTHING};
    if (read_element(d, feature, &element) != 0)
        return -1;
    if (feature->kind != NOTHING && feature->kind != element.kind)
        return mixed_kinds(d, feature);
    feature->kind = element.kind;
    if (feature->column != NULL && put_element(d, feature, &element) != 0)
        return -1;
    feature->count++;
    return 0;
}

/* A list without elements is a feature without a value: it is missing. */
static int check_count(struct gw_decode *d, const struct feature *feature)
{
    static const char *const names[] = {
        [INTEGERS] = "int64", [FLOATS] = "float", [BYTES] = "bytes"};
    const struct roost_feature *about = feature->column->feature;
    int list = about->type == ROOST_STRINGS || about->type == ROOST_SPARSE;
    char shape[16] = "";
    if (feature->count == about->width || feature->count == 0 || list) {
        feature->column->given += (list || about->vector) && feature->count > 0;
        return 0;
    }
    if (about->vector)
        snprintf(shape, sizeof shape, "%u", about->width);
    return gw_fault_set(d->fault, GW_FAULT_BAD_SHAPE,
                        "Name: <unknown>, Key: %s, Index: %u.  Number of %s values != "
                        "expected.  Values size: %llu but output shape: [%s]",
                        about->name, feature->row, names[feature->kind],
                        (unsigned long long)feature->count, shape);
}

static int read_list(struct gw_decode *d, struct feature *feature)
{
    int more;
    if (gw_json_enter(&d->json) != 0)
        return -1;
    for (d->place.item = 0; (more = gw_json_next_item(&d->json)) > 0; d->place.item++)
        if (add_element(d, feature) != 0)
            return -1;
    d->place.item = -1;
    return more;
}

/* A bag may also be an object of amounts by name, as in predict. {"b64": "..."} is not
 * one: it is a name. 1: it is none, and nothing was read. */
static int read_bag(struct gw_decode *d, struct gw_column *column)
{
    struct gw_json before = d->json;
    struct roost_text bytes;
    if (column == NULL || column->feature->type != ROOST_SPARSE ||
        gw_json_peek(&d->json) != GW_JSON_OBJECT)
        return 1;
    int other = gw_decode_binary(d, &bytes);
    d->json = before;
    return other > 0 ? gw_decode_sparse(d, column) : other < 0 ? -1 : 1;
}

int gw_example_value(struct gw_decode *d, struct roost_text name,
                     struct gw_column *column, uint32_t row)
{
    struct feature feature = {.name = name, .column = column, .row = row};
    if (column != NULL && gw_column_row(d->into, column, row) != 0)
        return gw_decode_no_memory(d);
    int kind = gw_json_peek(&d->json);
    if (kind < 0)
        return -1;
    int other = read_bag(d, column);
    if (other <= 0)
        return other;
    int failed = kind == GW_JSON_LIST ? read_list(d, &feature) : add_element(d, &feature);
    if (failed != 0)
        return -1;
    return column != NULL ? check_count(d, &feature) : 0;
}
