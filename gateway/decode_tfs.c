/* SPDX-License-Identifier: MIT
 * A TensorFlow Serving predict body -> struct gw_batch, in one pass: the top-level object
 * and what must hold between its members (docs/api/tfs.md). request.c calls it with the
 * body in the worker's arena; decode_frame.c starts and ends it, decode_rows.c and
 * decode_columns.c do the rows; the engine comes next. */
#include "gateway/decode_state.h"

static int read_instances(struct gw_decode *d, uint32_t *n)
{
    int more, kind = gw_json_peek(&d->json);
    if (kind < 0)
        return -1;
    if (kind != GW_JSON_LIST)
        return gw_decode_wrong_type(d, "list");
    if (gw_json_enter(&d->json) != 0)
        return -1;
    for (*n = 0; (more = gw_json_next_item(&d->json)) > 0; ++*n) {
        d->place.row = *n;
        if (*n == d->limits->rows)
            return gw_decode_too_many(d, "instances", d->limits->rows);
        if (gw_decode_instance(d, *n) != 0)
            return -1;
    }
    d->place.row = -1;
    if (more == 0 && *n == 0)
        return gw_fault_set(d->fault, GW_FAULT_MISSING_INPUT,
                            "No values in 'instances' array");
    return more;
}

/* The context is one row in rows of its own, read by the same functions: only `into`
 * tells them apart. It may stand before or behind the rows, so they are joined by the
 * engine. */
static int read_context(struct gw_decode *d)
{
    d->into = &d->context;
    int failed = gw_decode_context(d);
    d->into = &d->rows;
    return failed;
}

/* The members of the top-level object that mean something. */
static const char *const members[] = {"signature_name", "instances", "inputs", "context",
                                      NULL};
enum { SIGNATURE, INSTANCES, INPUTS, CONTEXT };
enum { ROWS = 1u << INSTANCES | 1u << INPUTS };

static int read_member(struct gw_decode *d, int member, uint32_t *n)
{
    switch (member) {
    case SIGNATURE:
        return gw_decode_signature(d, GW_SIGNATURE_PREDICT);
    case INSTANCES:
        return read_instances(d, n);
    case INPUTS:
        d->out->form = GW_FORM_COLUMNS;
        return gw_decode_inputs(d, n);
    case CONTEXT:
        return read_context(d);
    default:
        /* The peers ignore what they do not know; it must be JSON all the same. */
        return gw_json_skip(&d->json);
    }
}

static int read_body(struct gw_decode *d, uint32_t *n)
{
    struct roost_text key;
    unsigned seen = 0;
    int more, member, kind = gw_json_peek(&d->json);
    if (kind != GW_JSON_OBJECT)
        return kind < 0 ? -1 : gw_decode_wrong_type(d, "object");
    if (gw_json_enter(&d->json) != 0)
        return -1;
    while ((more = gw_json_next_key(&d->json, &key)) > 0) {
        if (gw_decode_member(d, members, key, &seen, &member) != 0)
            return -1;
        if ((seen & ROWS) == ROWS)
            return gw_fault_set(
                d->fault, GW_FAULT_BAD_REQUEST,
                "Not formatted correctly expecting only one of 'inputs' or 'instances' "
                "keys to exist");
        if (read_member(d, member, n) != 0)
            return -1;
        gw_decode_leave(d);
    }
    if (more < 0 || gw_json_end(&d->json) != 0)
        return -1;
    if ((seen & ROWS) == 0)
        return gw_fault_set(d->fault, GW_FAULT_MISSING_INPUT,
                            "Missing 'inputs' or 'instances' key");
    if (*n == 0)
        return gw_fault_set(d->fault, GW_FAULT_MISSING_INPUT, "No values in 'inputs'");
    return 0;
}

/* Tensor signature: each input must have come with every row, or with the context. */
static int check_inputs(struct gw_decode *d, uint32_t n)
{
    int absent = gw_decode_absent(d, n);
    if (absent < 0)
        return 0;
    if (d->incomplete >= 0) {
        d->place.section = "instances";
        return gw_decode_keys_differ(d, d->incomplete, d->incomplete_text);
    }
    d->place.section = "inputs";
    return gw_fault_set(d->fault, GW_FAULT_MISSING_INPUT,
                        "Missing named input: %s in 'inputs' object.",
                        roost_plan_feature(d->plan, (uint32_t)absent)->name);
}

static int finish(struct gw_decode *d, uint32_t n)
{
    return check_inputs(d, n) != 0 ? -1 : gw_decode_finish(d, n);
}

int gw_decode_tfs_predict(const roost_plan *plan, const uint8_t *body, size_t size,
                          const struct gw_decode_limits *limits, struct eng_arena *arena,
                          struct gw_batch *out, struct gw_fault *fault)
{
    struct gw_decode d = {
        .plan = plan, .limits = limits, .arena = arena, .fault = fault, .out = out};
    uint32_t n = 0;
    if (gw_decode_start(&d, body, size) != 0 || read_body(&d, &n) != 0 ||
        finish(&d, n) != 0)
        return gw_decode_failed(&d);
    return 0;
}

int gw_decode_row(const roost_plan *plan, const uint8_t *line, size_t size,
                  const struct gw_decode_limits *limits, struct eng_arena *arena,
                  struct gw_batch *out, struct gw_fault *fault)
{
    struct gw_decode d = {
        .plan = plan, .limits = limits, .arena = arena, .fault = fault, .out = out};
    if (gw_decode_start(&d, line, size) != 0 || gw_decode_instance(&d, 0) != 0 ||
        gw_json_end(&d.json) != 0 || finish(&d, 1) != 0)
        return gw_decode_failed(&d);
    return 0;
}
