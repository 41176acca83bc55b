/* SPDX-License-Identifier: MIT
 * A golden or warm-up line through the same decoder and engine as a request, on the
 * registry thread before a version is published: what a trainer computed is what a client
 * will get, or the version does not serve. Compared are the scores as they are shown,
 * that is after the cast to the output's type. */
#include "gateway/replay.h"
#include "engine/base/error.h"
#include "gateway/json.h"
#include <math.h>
#include <string.h>

static const double default_tolerance = 1e-6; /* relative to max(1, |expected|) */
static const size_t arena_max = (size_t)1 << 30;

/* One line being replayed. */
struct replay {
    const struct gw_replay *options;
    const roost_plan *plan;
    const char *line;
    size_t size;
    struct eng_arena arena;
    struct gw_batch batch;
    const double *out; /* [n, width] */
    double tolerance;
    uint32_t row; /* being compared */
    struct gw_fault fault;
    struct roost_error *err;
};

static roost_status line_fault(struct replay *r)
{
    roost_status status = r->fault.code == GW_FAULT_NO_MEMORY ? ROOST_NOMEM : ROOST_VALUE;
    return eng_fail(r->err, status, NULL, 0, "%s%s%s", r->fault.text,
                    r->fault.pointer[0] != '\0' ? " at " : "", r->fault.pointer);
}

static roost_status score(struct replay *r)
{
    struct roost_call call = {.rows = &r->batch.rows};
    size_t scratch = roost_plan_scratch(r->plan, call.rows);
    if (scratch == 0 && call.rows->n > 0)
        return eng_fail(r->err, ROOST_LIMIT, NULL, 0,
                        "the rows expand to more than one call may hold");
    size_t scores = (size_t)call.rows->n * roost_plan_width(r->plan);
    call.scratch = eng_arena_take(&r->arena, scratch, 64);
    call.out = eng_arena_take(&r->arena, scores * sizeof(double), 64);
    if (call.scratch == NULL || call.out == NULL)
        return eng_fail(r->err, ROOST_NOMEM, NULL, 0, "no memory to score the line");
    r->out = call.out;
    return roost_score(r->plan, &call, r->err);
}

static roost_status shape(struct replay *r, const char *what)
{
    return eng_fail(r->err, ROOST_VERIFY, NULL, r->row, "predictions, row %u: %s",
                    (unsigned)r->row, what);
}

/* The next value is number `j` of an output. */
static roost_status compare_number(struct replay *r, struct gw_json *json,
                                   const struct roost_output *output, uint32_t j)
{
    double expected;
    if (gw_json_peek(json) != GW_JSON_NUMBER || gw_json_double(json, &expected) != 0)
        return shape(r, "a number is expected here");
    const double *row = r->out + (size_t)r->row * roost_plan_width(r->plan);
    double got = row[output->offset + j];
    if (output->type == ROOST_F32)
        got = (double)(float)got;
    double room = r->tolerance * fmax(1, fabs(expected));
    /* Written so that a NaN on either side disagrees. */
    if (fabs(got - expected) <= room)
        return ROOST_OK;
    return eng_fail(r->err, ROOST_VERIFY, NULL, r->row,
                    "row %u, output %.40s[%u]: expected %.9g, got %.9g (tolerance %g)",
                    (unsigned)r->row, output->name, (unsigned)j, expected, got,
                    r->tolerance);
}

/* A number, or as many in a list as the output is wide. */
static roost_status compare_output(struct replay *r, struct gw_json *json,
                                   const struct roost_output *output)
{
    if (gw_json_peek(json) != GW_JSON_LIST) {
        if (output->width != 1)
            return shape(r, "a list is expected here");
        return compare_number(r, json, output, 0);
    }
    if (gw_json_enter(json) != 0)
        return line_fault(r);
    uint32_t j = 0;
    int more;
    while ((more = gw_json_next_item(json)) > 0) {
        if (j >= output->width)
            return shape(r, "the list is longer than the output is wide");
        roost_status status = compare_number(r, json, output, j++);
        if (status != ROOST_OK)
            return status;
    }
    if (more < 0)
        return line_fault(r);
    return j == output->width ? ROOST_OK : shape(r, "the list is too short");
}

static const struct roost_output *find_output(const roost_plan *plan,
                                              const struct roost_text *name)
{
    for (uint32_t i = 0; i < roost_plan_output_count(plan); i++) {
        const struct roost_output *output = roost_plan_output(plan, i);
        if (strlen(output->name) == name->size &&
            memcmp(output->name, name->at, name->size) == 0)
            return output;
    }
    return NULL;
}

/* A row of a model with one output is its value; with several, an object of them. */
static roost_status compare_row(struct replay *r, struct gw_json *json)
{
    uint32_t outputs = roost_plan_output_count(r->plan);
    if (gw_json_peek(json) != GW_JSON_OBJECT)
        return outputs == 1 ? compare_output(r, json, roost_plan_output(r->plan, 0))
                            : shape(r, "an object of outputs is expected here");
    if (gw_json_enter(json) != 0)
        return line_fault(r);
    uint32_t seen = 0;
    struct roost_text key;
    int more;
    while ((more = gw_json_next_key(json, &key)) > 0) {
        const struct roost_output *output = find_output(r->plan, &key);
        if (output == NULL)
            return shape(r, "the model has no such output");
        roost_status status = compare_output(r, json, output);
        if (status != ROOST_OK)
            return status;
        seen++;
    }
    if (more < 0)
        return line_fault(r);
    return seen == outputs ? ROOST_OK : shape(r, "an output is missing");
}

static roost_status compare_rows(struct replay *r, struct gw_json *json)
{
    if (gw_json_peek(json) != GW_JSON_LIST || gw_json_enter(json) != 0)
        return shape(r, "'predictions' must be a list, one entry a row");
    int more;
    for (r->row = 0; (more = gw_json_next_item(json)) > 0; r->row++) {
        if (r->row >= r->batch.rows.n)
            return shape(r, "there are more predictions than rows");
        roost_status status = compare_row(r, json);
        if (status != ROOST_OK)
            return status;
    }
    if (more < 0)
        return line_fault(r);
    return r->row == r->batch.rows.n ? ROOST_OK
                                     : shape(r, "there are fewer predictions than rows");
}

static int key_is(const struct roost_text *key, const char *word)
{
    return key->size == strlen(word) && memcmp(key->at, word, key->size) == 0;
}

/* Walk the members of the line. With `compare` 0 the tolerance is read, with 1 the
 * predictions are compared: the one may stand behind the other. */
static roost_status walk(struct replay *r, int compare, int *found)
{
    struct gw_json json;
    struct gw_json_limits limits = {r->options->limits.depth, r->options->limits.text, 0};
    if (gw_json_init(&json, (const uint8_t *)r->line, r->size, &limits, &r->arena,
                     &r->fault) != 0 ||
        gw_json_peek(&json) != GW_JSON_OBJECT || gw_json_enter(&json) != 0)
        return line_fault(r);
    struct roost_text key;
    int more;
    while ((more = gw_json_next_key(&json, &key)) > 0) {
        int failed = 0;
        if (!compare && key_is(&key, "tolerance")) {
            failed = gw_json_peek(&json) != GW_JSON_NUMBER ||
                     gw_json_double(&json, &r->tolerance) != 0;
            if (failed || !(r->tolerance >= 0))
                return eng_fail(r->err, ROOST_VALUE, NULL, 0,
                                "'tolerance' must be a number >= 0");
        } else if (compare && key_is(&key, "predictions")) {
            *found = 1;
            return compare_rows(r, &json);
        } else {
            failed = gw_json_peek(&json) < 0 || gw_json_skip(&json) != 0;
        }
        if (failed)
            return line_fault(r);
    }
    return more < 0 ? line_fault(r) : ROOST_OK;
}

static roost_status replay(struct replay *r, int compare)
{
    if (gw_decode_tfs_predict(r->plan, (const uint8_t *)r->line, r->size,
                              &r->options->limits, &r->arena, &r->batch, &r->fault) != 0)
        return line_fault(r);
    roost_status status = score(r);
    int found = 0;
    if (status == ROOST_OK && compare)
        status = walk(r, 0, &found);
    if (status == ROOST_OK && compare)
        status = walk(r, 1, &found);
    if (status == ROOST_OK && compare && !found)
        return eng_fail(r->err, ROOST_VALUE, NULL, 0,
                        "the line has no 'predictions' to compare with");
    return status;
}

roost_status gw_replay_line(void *context, const roost_plan *plan, const char *line,
                            size_t size, int compare, struct roost_error *err)
{
    struct replay r = {.options = context,
                       .plan = plan,
                       .line = line,
                       .size = size,
                       .tolerance = default_tolerance,
                       .err = err};
    eng_arena_init(&r.arena, arena_max);
    roost_status status = replay(&r, compare);
    eng_arena_clear(&r.arena);
    return status;
}
