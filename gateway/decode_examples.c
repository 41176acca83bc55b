/* SPDX-License-Identifier: MIT
 * A TensorFlow Serving classify or regress body -> struct gw_batch, in one pass: the
 * top-level object, its examples and their keys. The pipeline calls it with the body in
 * the worker's arena; decode_examples_value.c reads each feature; the engine comes next.
 */
#include "gateway/decode_examples.h"
#include "gateway/decode_examples_value.h"

int gw_examples_allowed(const roost_plan *plan, int group, enum gw_examples method,
                        struct gw_fault *fault)
{
    int regress = method == GW_EXAMPLES_REGRESS;
    uint32_t outputs = roost_plan_output_count(plan);
    uint32_t width = roost_plan_output(plan, 0)->width;
    if (!group && outputs == 1 && (!regress || width == 1))
        return 0;
    const char *kind = regress ? "regression" : "classification";
    const char *name = regress ? "regress" : "classify";
    if (group)
        return gw_fault_set(fault, GW_FAULT_BAD_REQUEST,
                            "Expected %s signature method_name to be "
                            "tensorflow/serving/%s. Was: tensorflow/serving/predict. A "
                            "group answers predict; ask a member of it to %s",
                            kind, name, name);
    return gw_fault_set(fault, GW_FAULT_BAD_REQUEST,
                        "Expected %s signature method_name to be tensorflow/serving/%s. "
                        "Was: tensorflow/serving/predict. To %s, a model must have one "
                        "output%s; this one has %u, the first of %u numbers",
                        kind, name, name, regress ? " of one number" : "", outputs,
                        width);
}

/* Input-0 and the like: a whole row by position, which must be the only key. */
static int read_dense(struct gw_decode *d, uint32_t keys, uint32_t row)
{
    if (keys > 1)
        return gw_fault_set(d->fault, GW_FAULT_BAD_REQUEST, "keys must be equal to: %s",
                            d->dense_name);
    return gw_decode_dense(d, row);
}

/* What the model does not know must be an example's value all the same. */
static int read_unknown(struct gw_decode *d, struct roost_text key, uint32_t row)
{
    struct roost_text shown = gw_decode_shown(key);
    d->out->unknown_features++;
    if (roost_plan_strict(d->plan))
        return gw_fault_set(d->fault, GW_FAULT_UNKNOWN_FEATURE,
                            "The model has no feature named \"%.*s\"", (int)shown.size,
                            shown.at);
    return gw_example_value(d, key, NULL, row);
}

/* What an example's keys told of it. */
struct keys {
    uint32_t count;
    int dense; /* it was given by position */
};

static int read_key(struct gw_decode *d, struct roost_text key, uint32_t row,
                    struct keys *keys)
{
    struct gw_column *column;
    struct roost_text shown = gw_decode_shown(key);
    if (keys->dense)
        return gw_fault_set(d->fault, GW_FAULT_BAD_REQUEST, "keys must be equal to: %s",
                            d->dense_name);
    if (gw_rows_find(d->into, key, &column) != 0)
        return gw_decode_no_memory(d);
    if (column != NULL && gw_column_has(column, row))
        return gw_fault_set(d->fault, GW_FAULT_DUPLICATE_KEY,
                            "The key \"%.*s\" stands twice", (int)shown.size, shown.at);
    if (column != NULL)
        return gw_example_value(d, key, column, row);
    if (d->dense != GW_DENSE_NONE && gw_decode_equals(key, d->dense_name)) {
        keys->dense = 1;
        return read_dense(d, keys->count, row);
    }
    return read_unknown(d, key, row);
}

/* An element of "examples", or "context". */
static int read_example(struct gw_decode *d, uint32_t row)
{
    static const char *const kinds[] = {
        [GW_JSON_NULL] = "Null",     [GW_JSON_FALSE] = "False",
        [GW_JSON_TRUE] = "True",     [GW_JSON_LIST] = "Array",
        [GW_JSON_STRING] = "String", [GW_JSON_NUMBER] = "Number",
    };
    struct keys keys = {0, 0};
    struct roost_text key;
    int more, kind = gw_json_peek(&d->json);
    if (kind < 0)
        return -1;
    if (kind != GW_JSON_OBJECT)
        return gw_fault_set(d->fault, GW_FAULT_BAD_TYPE,
                            "Example must be JSON object but got JSON %s", kinds[kind]);
    if (gw_json_enter(&d->json) != 0)
        return -1;
    gw_rows_begin(d->into);
    while ((more = gw_json_next_key(&d->json, &key)) > 0) {
        d->place.key = key;
        if (keys.count++ == d->limits->keys)
            return gw_decode_too_many(d, "keys in an object", d->limits->keys);
        if (read_key(d, key, row, &keys) != 0)
            return -1;
    }
    d->place.key = (struct roost_text){NULL, 0};
    return more;
}

static int read_context(struct gw_decode *d)
{
    d->into = &d->context;
    int failed = read_example(d, 0);
    d->into = &d->rows;
    return failed;
}

static int read_examples(struct gw_decode *d, uint32_t *n)
{
    int more, kind = gw_json_peek(&d->json);
    if (kind < 0)
        return -1;
    if (kind != GW_JSON_LIST)
        return gw_fault_set(d->fault, GW_FAULT_BAD_TYPE,
                            "Expecting 'examples' value to be an list/array");
    if (gw_json_enter(&d->json) != 0)
        return -1;
    for (*n = 0; (more = gw_json_next_item(&d->json)) > 0; ++*n) {
        d->place.row = *n;
        if (*n == d->limits->rows)
            return gw_decode_too_many(d, "examples", d->limits->rows);
        if (read_example(d, *n) != 0)
            return -1;
    }
    d->place.row = -1;
    if (more == 0 && *n == 0)
        return gw_fault_set(d->fault, GW_FAULT_MISSING_INPUT,
                            "'examples' value is an empty array");
    return more;
}

/* The members of the top-level object that mean something. */
static const char *const members[] = {"signature_name", "examples", "context", NULL};
enum { SIGNATURE, EXAMPLES, CONTEXT };

static int read_member(struct gw_decode *d, enum gw_examples method, int member,
                       uint32_t *n)
{
    switch (member) {
    case SIGNATURE:
        return gw_decode_signature(d, method == GW_EXAMPLES_REGRESS
                                          ? GW_SIGNATURE_REGRESS
                                          : GW_SIGNATURE_CLASSIFY);
    case EXAMPLES:
        return read_examples(d, n);
    case CONTEXT:
        return read_context(d);
    default:
        return gw_json_skip(&d->json);
    }
}

static int read_body(struct gw_decode *d, enum gw_examples method, uint32_t *n)
{
    struct roost_text key;
    unsigned seen = 0;
    int more, member, kind = gw_json_peek(&d->json);
    if (kind != GW_JSON_OBJECT)
        return kind < 0 ? -1 : gw_decode_wrong_type(d, "object");
    if (gw_json_enter(&d->json) != 0)
        return -1;
    while ((more = gw_json_next_key(&d->json, &key)) > 0) {
        if (gw_decode_member(d, members, key, &seen, &member) != 0 ||
            read_member(d, method, member, n) != 0)
            return -1;
        gw_decode_leave(d);
    }
    if (more < 0 || gw_json_end(&d->json) != 0)
        return -1;
    if ((seen >> EXAMPLES & 1) == 0)
        return gw_fault_set(
            d->fault, GW_FAULT_MISSING_INPUT,
            "When method is %s, key 'examples' is expected and was not found",
            method == GW_EXAMPLES_REGRESS ? "regress" : "classify");
    return 0;
}

/* Tensor signature: each input must have come with every example, or with the context. */
static int check_inputs(struct gw_decode *d, uint32_t n)
{
    int absent = gw_decode_absent(d, n);
    if (absent < 0)
        return 0;
    const struct roost_feature *about = roost_plan_feature(d->plan, (uint32_t)absent);
    d->place.section = "examples";
    return gw_fault_set(d->fault, GW_FAULT_MISSING_INPUT,
                        "Name: <unknown>, Feature: %s (data type: %s) is required but "
                        "could not be found.",
                        about->name, gw_example_type(about->type));
}

int gw_decode_tfs_examples(const roost_plan *plan, enum gw_examples method,
                           const uint8_t *body, size_t size,
                           const struct gw_decode_limits *limits, struct eng_arena *arena,
                           struct gw_batch *out, struct gw_fault *fault)
{
    struct gw_decode d = {
        .plan = plan, .limits = limits, .arena = arena, .fault = fault, .out = out};
    uint32_t n = 0;
    if (gw_decode_start(&d, body, size) != 0 || read_body(&d, method, &n) != 0 ||
        check_inputs(&d, n) != 0 || gw_decode_finish(&d, n) != 0)
        return gw_decode_failed(&d);
    return 0;
}
