/* SPDX-License-Identifier: MIT
 * Rows given one by one: the elements of "instances", a line of rows.jsonl, and the
 * object "context", which is one row too. A row names its features, or is the one dense
 * input by position. Comes between decode_tfs.c and decode_value.c. */
#include "gateway/decode_state.h"

int gw_decode_too_many(struct gw_decode *d, const char *what, uint32_t most)
{
    return gw_fault_set(d->fault, GW_FAULT_TOO_MANY, "There are more than %u %s", most,
                        what);
}

int gw_decode_unknown(struct gw_decode *d, struct roost_text key)
{
    struct roost_text shown = gw_decode_shown(key);
    if (roost_plan_strict(d->plan))
        return gw_fault_set(d->fault, GW_FAULT_UNKNOWN_FEATURE,
                            "The model has no feature named \"%.*s\"", (int)shown.size,
                            shown.at);
    return gw_json_skip(&d->json);
}

/* Whether the value that comes next is its object's last. Looks ahead and comes back. */
static int is_last(struct gw_decode *d)
{
    struct gw_json before = d->json;
    if (gw_json_skip(&d->json) != 0)
        return -1;
    int more = gw_json_next_key(&d->json, NULL);
    if (more < 0)
        return -1;
    d->json = before;
    return more == 0;
}

int gw_decode_is_dense(struct gw_decode *d, struct roost_text key, uint32_t keys)
{
    if (d->dense == GW_DENSE_NONE || !d->any_name || keys > 1)
        return 0;
    int kind = gw_json_peek(&d->json);
    if (kind != GW_JSON_LIST)
        return kind < 0 ? -1 : 0;
    return gw_decode_equals(key, d->dense_name) ? 1 : is_last(d);
}

static int wrong_length(struct gw_decode *d, uint64_t got)
{
    d->place.item = -1;
    return gw_fault_set(d->fault, GW_FAULT_BAD_SHAPE,
                        "Expecting shape [%u] but got: [%llu]", d->width,
                        (unsigned long long)got);
}

/* Value `position` of the dense input. */
static int put_cell(struct gw_decode *d, uint64_t position, uint32_t row)
{
    struct gw_column *column;
    if (gw_rows_column(d->into, d->positions[position], &column) != 0)
        return gw_decode_no_memory(d);
    return d->dense == GW_DENSE_LIST ? gw_decode_cell(d, column, row)
                                     : gw_decode_value(d, column, row);
}

/* A list whose value j is that of feature positions[j]. */
static int read_positions(struct gw_decode *d, uint32_t row)
{
    uint64_t count = 0;
    int more;
    if (gw_json_enter(&d->json) != 0)
        return -1;
    while ((more = gw_json_next_item(&d->json)) > 0) {
        d->place.item = (int64_t)count;
        int failed = count < d->width ? put_cell(d, count, row) : gw_json_skip(&d->json);
        if (failed != 0)
            return -1;
        count++;
    }
    if (more < 0)
        return -1;
    d->place.item = -1;
    return count == d->width ? 0 : wrong_length(d, count);
}

int gw_decode_dense(struct gw_decode *d, uint32_t row)
{
    if (d->dense == GW_DENSE_FEATURE)
        return put_cell(d, 0, row);
    int kind = gw_json_peek(&d->json);
    if (kind == GW_JSON_LIST)
        return read_positions(d, row);
    if (kind == GW_JSON_NUMBER && d->width == 1)
        return put_cell(d, 0, row);
    if (kind == GW_JSON_NUMBER)
        return gw_fault_set(d->fault, GW_FAULT_BAD_SHAPE,
                            "Expecting shape [%u] but got: []", d->width);
    return kind < 0 ? -1 : gw_decode_wrong_type(d, "list of float");
}

/* A row that is no object. */
static int read_bare(struct gw_decode *d, uint32_t row, int kind)
{
    if (d->dense != GW_DENSE_NONE)
        return gw_decode_dense(d, row);
    if (kind == GW_JSON_LIST && row > 0)
        return gw_fault_set(d->fault, GW_FAULT_BAD_SHAPE,
                            "Expecting object but got list at item %u of input list",
                            row);
    if (kind == GW_JSON_LIST)
        return gw_fault_set(d->fault, GW_FAULT_BAD_SHAPE,
                            "instances is a plain list, but expecting list of objects as "
                            "multiple input tensors required as per tensorinfo_map");
    return gw_decode_wrong_type(d, "object");
}

/* The value of a key that names no feature. 1: it was the dense input, the whole row. */
static int read_other(struct gw_decode *d, struct roost_text key, uint32_t keys,
                      uint32_t row, int may_be_dense)
{
    int dense = may_be_dense ? gw_decode_is_dense(d, key, keys) : 0;
    if (dense < 0)
        return -1;
    if (dense)
        return gw_decode_dense(d, row) != 0 ? -1 : 1;
    if (d->tensor)
        return gw_json_skip(&d->json) != 0 ? -1 : 2;
    d->out->unknown_features++;
    return gw_decode_unknown(d, key);
}

static int read_member(struct gw_decode *d, struct roost_text key, uint32_t keys,
                       uint32_t row, int may_be_dense)
{
    struct gw_column *column;
    if (gw_rows_find(d->into, key, &column) != 0)
        return gw_decode_no_memory(d);
    if (column == NULL)
        return read_other(d, key, keys, row, may_be_dense);
    struct roost_text shown = gw_decode_shown(key);
    if (gw_column_has(column, row))
        return gw_fault_set(d->fault, GW_FAULT_DUPLICATE_KEY,
                            "The key \"%.*s\" stands twice", (int)shown.size, shown.at);
    return gw_decode_value(d, column, row);
}

/* What an object's keys told of it. */
struct members {
    uint32_t keys;
    int dense;   /* the row was given by position */
    int strange; /* a key is not the signature's; TENSOR only */
};

static int read_object(struct gw_decode *d, uint32_t row, int may_be_dense,
                       struct members *members)
{
    struct roost_text key;
    int more;
    if (gw_json_enter(&d->json) != 0)
        return -1;
    gw_rows_begin(d->into);
    while ((more = gw_json_next_key(&d->json, &key)) > 0) {
        d->place.key = key;
        if (members->keys++ == d->limits->keys)
            return gw_decode_too_many(d, "keys in an object", d->limits->keys);
        if (members->dense)
            return gw_fault_set(d->fault, GW_FAULT_BAD_REQUEST,
                                "keys must be equal to: %s", d->dense_name);
        int result = read_member(d, key, members->keys, row, may_be_dense);
        if (result < 0)
            return -1;
        members->dense |= result == 1;
        members->strange |= result == 2;
    }
    d->place.key = (struct roost_text){NULL, 0};
    return more;
}

/* Tensor signature: a key too many is refused here; one too few is remembered, since a
 * context that follows may still give it (decode_tfs.c asks at the end). */
static int check_members(struct gw_decode *d, uint32_t row, const char *from,
                         const struct members *members)
{
    struct roost_text object = {from, (uint32_t)(d->json.at - from)};
    if (!d->tensor || members->dense)
        return 0;
    if (members->strange)
        return gw_decode_keys_differ(d, row, object);
    if (members->keys < roost_plan_feature_count(d->plan) && d->incomplete < 0) {
        d->incomplete = row;
        d->incomplete_text = object;
    }
    return 0;
}

/* {"b64": "..."} for a plan whose one input is a string: a bare value, not a row that
 * names features. Looks ahead and comes back. */
static int is_binary(struct gw_decode *d)
{
    struct gw_json before = d->json;
    struct roost_text bytes;
    if (d->dense != GW_DENSE_FEATURE ||
        roost_plan_feature(d->plan, d->positions[0])->type != ROOST_STRING)
        return 0;
    int other = gw_decode_binary(d, &bytes);
    d->json = before;
    return other < 0 ? -1 : !other;
}

int gw_decode_instance(struct gw_decode *d, uint32_t row)
{
    struct members members = {0, 0, 0};
    int kind = gw_json_peek(&d->json);
    const char *from = d->json.at;
    if (kind < 0)
        return -1;
    int binary = kind == GW_JSON_OBJECT ? is_binary(d) : 0;
    if (binary < 0)
        return -1;
    if (kind != GW_JSON_OBJECT || binary)
        return read_bare(d, row, kind);
    if (read_object(d, row, 1, &members) != 0)
        return -1;
    return check_members(d, row, from, &members);
}

int gw_decode_context(struct gw_decode *d)
{
    struct members members = {0, 0, 0};
    int kind = gw_json_peek(&d->json);
    if (kind < 0)
        return -1;
    if (kind != GW_JSON_OBJECT)
        return gw_decode_wrong_type(d, "object");
    return read_object(d, 0, 0, &members);
}
