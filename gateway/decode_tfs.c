/* SPDX-License-Identifier: MIT
 * A TensorFlow Serving predict body -> struct gw_batch, in one pass: the top-level object
 * and what must hold between its members (docs/api/tfs.md). request.c calls it with the
 * body in the worker's arena; decode_rows.c and decode_columns.c do the rows; the engine
 * comes next. */
#include "gateway/decode_state.h"
#include <assert.h>
#include <string.h>

/* The one dense input that a plan can be given as, if any. */
static void find_dense(struct gw_decode *d)
{
    uint32_t count = 0, width = 0;
    const uint32_t *positions = roost_plan_positions(d->plan, &count, &width);
    int signatures = roost_plan_signatures(d->plan);
    d->tensor = (signatures & ROOST_SIGNATURE_FEATURES) == 0;
    if (positions != NULL && count > 0) {
        int vector = count == 1 && roost_plan_feature(d->plan, positions[0])->vector;
        d->dense = vector ? GW_DENSE_FEATURE : GW_DENSE_LIST;
        d->positions = positions;
        d->width = count;
        d->dense_name = roost_plan_position_name(d->plan);
        d->any_name = 1;
    } else if (roost_plan_feature_count(d->plan) == 1) {
        d->dense = GW_DENSE_FEATURE;
        d->positions = &d->only;
        d->width = 1;
        d->dense_name = roost_plan_feature(d->plan, 0)->name;
        d->any_name = d->tensor;
    }
}

static int start(struct gw_decode *d, const uint8_t *body, size_t size)
{
    struct gw_json_limits limits = {.depth = d->limits->depth,
                                    .text = d->limits->text,
                                    .strict = d->limits->strict_json};
    if (limits.depth > GW_JSON_DEPTH_MAX)
        limits.depth = GW_JSON_DEPTH_MAX;
    *d->out = (struct gw_batch){.form = GW_FORM_ROWS};
    d->incomplete = d->place.row = d->place.item = -1;
    find_dense(d);
    if (gw_rows_init(&d->rows, d->plan, d->arena) != 0 ||
        gw_rows_init(&d->context, d->plan, d->arena) != 0)
        return gw_decode_no_memory(d);
    d->into = &d->rows;
    return gw_json_init(&d->json, body, size, &limits, d->arena, d->fault);
}

/* Tensor signature: each input must have come with every row, or with the context. */
static int check_inputs(struct gw_decode *d, uint32_t n)
{
    for (uint32_t i = 0; d->tensor && i < d->rows.features; i++) {
        const struct gw_column *own = d->rows.columns[i], *common = d->context.columns[i];
        if (common != NULL || (own != NULL && own->given == n))
            continue;
        if (d->incomplete >= 0) {
            d->place.section = "instances";
            return gw_decode_keys_differ(d, d->incomplete, d->incomplete_text);
        }
        d->place.section = "inputs";
        return gw_fault_set(d->fault, GW_FAULT_MISSING_INPUT,
                            "Missing named input: %s in 'inputs' object.",
                            roost_plan_feature(d->plan, i)->name);
    }
    return 0;
}

static int finish(struct gw_decode *d, uint32_t n)
{
    uint64_t ignored = 0;
    struct gw_batch *out = d->out;
    if (check_inputs(d, n) != 0)
        return -1;
    out->rows.n = n;
    out->rows.columns = gw_rows_finish(&d->rows, n, &d->context, &out->missing_features);
    if (d->context.newest != NULL)
        out->rows.context = gw_rows_finish(&d->context, 1, NULL, &ignored);
    int failed = out->rows.columns == NULL ||
                 (d->context.newest != NULL && out->rows.context == NULL);
    return failed ? gw_decode_no_memory(d) : 0;
}

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

static int read_signature(struct gw_decode *d)
{
    struct roost_text name;
    int kind = gw_json_peek(&d->json);
    if (kind < 0)
        return -1;
    if (kind != GW_JSON_STRING)
        return gw_fault_set(d->fault, GW_FAULT_BAD_TYPE,
                            "'signature_name' key must be a string value.");
    if (gw_json_string(&d->json, &name) != 0)
        return -1;
    struct roost_text shown = gw_decode_shown(name);
    static const char served[] = "serving_default";
    if (name.size == 0 ||
        (name.size == strlen(served) && memcmp(name.at, served, name.size) == 0))
        return 0;
    return gw_fault_set(d->fault, GW_FAULT_UNKNOWN_SIGNATURE,
                        "Serving signature name: \"%.*s\" not found in signature def",
                        (int)shown.size, shown.at);
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

/* The members of the top-level object that mean something, as bits. */
enum { SIGNATURE = 1, INSTANCES = 2, INPUTS = 4, CONTEXT = 8 };

static unsigned member_of(struct roost_text key)
{
    static const struct {
        const char *name;
        unsigned bit;
    } members[] = {{"signature_name", SIGNATURE},
                   {"instances", INSTANCES},
                   {"inputs", INPUTS},
                   {"context", CONTEXT}};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (strlen(members[i].name) == key.size &&
            memcmp(members[i].name, key.at, key.size) == 0)
            return members[i].bit;
    return 0;
}

static const char *section_of(unsigned member)
{
    return member == SIGNATURE   ? "signature_name"
           : member == INSTANCES ? "instances"
           : member == INPUTS    ? "inputs"
                                 : "context";
}

/* May this member stand, after those of `seen`? */
static int check_member(struct gw_decode *d, unsigned member, unsigned seen)
{
    unsigned rows = INSTANCES | INPUTS;
    if (seen & member)
        return gw_fault_set(d->fault, GW_FAULT_DUPLICATE_KEY,
                            "The key \"%s\" stands twice", section_of(member));
    if ((member & rows) && (seen & rows))
        return gw_fault_set(d->fault, GW_FAULT_BAD_REQUEST,
                            "Not formatted correctly expecting only one of 'inputs' or "
                            "'instances' keys to exist");
    return 0;
}

static int read_member(struct gw_decode *d, unsigned member, uint32_t *n)
{
    switch (member) {
    case SIGNATURE:
        return read_signature(d);
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

static void leave_member(struct gw_decode *d)
{
    d->place = (struct gw_place){.section = NULL, .row = -1, .item = -1};
}

static int read_body(struct gw_decode *d, uint32_t *n)
{
    struct roost_text key;
    unsigned seen = 0;
    int more, kind = gw_json_peek(&d->json);
    if (kind != GW_JSON_OBJECT)
        return kind < 0 ? -1 : gw_decode_wrong_type(d, "object");
    if (gw_json_enter(&d->json) != 0)
        return -1;
    while ((more = gw_json_next_key(&d->json, &key)) > 0) {
        unsigned member = member_of(key);
        d->place.section = member ? section_of(member) : NULL;
        if (check_member(d, member, seen) != 0 || read_member(d, member, n) != 0)
            return -1;
        seen |= member;
        leave_member(d);
    }
    if (more < 0 || gw_json_end(&d->json) != 0)
        return -1;
    if ((seen & (INSTANCES | INPUTS)) == 0)
        return gw_fault_set(d->fault, GW_FAULT_MISSING_INPUT,
                            "Missing 'inputs' or 'instances' key");
    if (*n == 0)
        return gw_fault_set(d->fault, GW_FAULT_MISSING_INPUT, "No values in 'inputs'");
    return 0;
}

/* The one place where a fault gets its pointer: `place` is still where it was found. */
static int fail(struct gw_decode *d)
{
    assert(d->fault->code != GW_FAULT_NONE);
    gw_decode_point(d);
    return -1;
}

int gw_decode_tfs_predict(const roost_plan *plan, const uint8_t *body, size_t size,
                          const struct gw_decode_limits *limits, struct eng_arena *arena,
                          struct gw_batch *out, struct gw_fault *fault)
{
    struct gw_decode d = {
        .plan = plan, .limits = limits, .arena = arena, .fault = fault, .out = out};
    uint32_t n = 0;
    if (start(&d, body, size) != 0 || read_body(&d, &n) != 0 || finish(&d, n) != 0)
        return fail(&d);
    return 0;
}

int gw_decode_row(const roost_plan *plan, const uint8_t *line, size_t size,
                  const struct gw_decode_limits *limits, struct eng_arena *arena,
                  struct gw_batch *out, struct gw_fault *fault)
{
    struct gw_decode d = {
        .plan = plan, .limits = limits, .arena = arena, .fault = fault, .out = out};
    if (start(&d, line, size) != 0 || gw_decode_instance(&d, 0) != 0 ||
        gw_json_end(&d.json) != 0 || finish(&d, 1) != 0)
        return fail(&d);
    return 0;
}
