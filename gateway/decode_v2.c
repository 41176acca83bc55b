/* SPDX-License-Identifier: MIT
 * An Open Inference Protocol infer request -> struct gw_batch and struct gw_v2_request:
 * the top-level object, the binary data behind it, and what must hold when all of it was
 * read (docs/api/v2.md). pipeline.c calls it with the body; the inputs are found first
 * (decode_v2_input.c) and given to their features then (decode_v2_place.c). */
#include "gateway/decode_v2_state.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int64_t gw_v2_header_length(const char *text, size_t size, struct gw_fault *fault)
{
    uint64_t length = 0;
    if (text == NULL)
        return -1;
    const char *at = text;
    int digits = *at != '\0';
    for (; *at >= '0' && *at <= '9'; at++)
        if (length <= size)
            length = length * 10 + (uint64_t)(*at - '0');
    if (!digits || *at != '\0') {
        gw_fault_set(fault, GW_FAULT_BAD_HEADER,
                     "Unable to parse Inference-Header-Content-Length: '%.64s' is not a "
                     "length",
                     text);
        return -2;
    }
    if (length > size) {
        gw_fault_set(fault, GW_FAULT_BAD_HEADER,
                     "Inference-Header-Content-Length is %.64s, but the body has %zu "
                     "bytes",
                     text, size);
        return -2;
    }
    return (int64_t)length;
}

static const char *const members[] = {"id", "inputs", "outputs", "parameters", NULL};
enum { ID, INPUTS, OUTPUTS, PARAMETERS };

static int read_member(struct gw_v2 *v, int member)
{
    switch (member) {
    case ID:
        return gw_v2_text(v, members[ID], &v->request->id);
    case INPUTS:
        return gw_v2_read_inputs(v);
    case OUTPUTS:
        return gw_v2_read_outputs(v);
    case PARAMETERS:
        return gw_v2_read_parameters(v);
    default:
        /* The peers ignore what they do not know; it must be JSON all the same. */
        return gw_json_skip(&v->d.json);
    }
}

static int read_object(struct gw_v2 *v)
{
    struct roost_text key;
    unsigned seen = 0;
    int more;
    if (gw_v2_enter(v, GW_JSON_OBJECT, "request") != 0)
        return -1;
    for (uint32_t keys = 0; (more = gw_json_next_key(&v->d.json, &key)) > 0; keys++) {
        if (keys == v->d.limits->keys)
            return gw_decode_too_many(&v->d, "keys in an object", v->d.limits->keys);
        int member = gw_v2_member(v, members, &seen, key);
        v->d.place.section = member >= 0 ? members[member] : NULL;
        if (member == -1 || read_member(v, member) != 0)
            return -1;
        gw_decode_leave(&v->d);
    }
    if (more < 0 || gw_json_end(&v->d.json) != 0)
        return -1;
    if ((seen >> INPUTS & 1) == 0)
        return gw_fault_set(v->d.fault, GW_FAULT_MISSING_INPUT,
                            "Unable to parse 'inputs': attempt to access non-existing "
                            "object member 'inputs'");
    if (v->raw_used < v->raw_size)
        return gw_fault_set(v->d.fault, GW_FAULT_BAD_REQUEST,
                            "unexpected additional input data for model '%s'",
                            v->model->name);
    return v->request->output_count > 0 ? 0 : gw_v2_all_outputs(v);
}

/* How many inputs there are, as the metadata tells them. */
static uint32_t count_inputs(const struct gw_decode *d)
{
    if (d->dense == GW_DENSE_LIST)
        return 1;
    uint32_t features = roost_plan_feature_count(d->plan);
    /* A bag is three. */
    return features == 1 && roost_plan_feature(d->plan, 0)->type == ROOST_SPARSE
               ? 3
               : features;
}

/* The whole body is one row of the one input; all outputs are binary. */
static int read_raw(struct gw_v2 *v)
{
    const uint32_t inputs = count_inputs(&v->d);
    if (inputs != 1)
        return gw_fault_set(v->d.fault, GW_FAULT_BAD_REQUEST,
                            "Raw request must only have 1 input (found 1) to be deduced "
                            "but got %u inputs in '%s' model configuration",
                            inputs, v->model->name);
    struct gw_v2_input *input =
        eng_arena_take(v->d.arena, sizeof *input, _Alignof(struct gw_v2_input));
    if (input == NULL)
        return gw_decode_no_memory(&v->d);
    const int list = v->d.dense == GW_DENSE_LIST;
    const struct roost_feature *about =
        roost_plan_feature(v->d.plan, list ? v->d.positions[0] : 0);
    const uint32_t width = list ? v->d.width : about->width;
    const char *name = list ? v->d.dense_name : about->name;
    *input = (struct gw_v2_input){.name = {name, (uint32_t)strlen(name)},
                                  .shape = {"the body's", 10},
                                  .type = list ? gw_v2_dense_type(v->d.plan)
                                               : gw_v2_type_of(about->type),
                                  .rank = 2,
                                  .first = 1,
                                  .rest = width,
                                  .count = width};
    v->first = v->last = input;
    v->count = v->own_count = 1;
    v->binary_outputs = v->no_json = 1;
    return gw_v2_raw_data(v, input) != 0 ? -1 : gw_v2_all_outputs(v);
}

/* Names with commas between them, for a message: as many as fit. */
struct names {
    char text[160];
    size_t size;
};

static void add_name(struct names *names, const char *name, int size)
{
    size_t room = sizeof names->text - names->size;
    int more = snprintf(names->text + names->size, room, "%s'%.*s'",
                        names->size > 0 ? "," : "", size, name);
    if (more > 0 && (size_t)more < room)
        names->size += (size_t)more;
    else
        names->text[names->size] = '\0';
}

/* Tensor signature: each input must have come, of its own or with the context. */
static int check_inputs(struct gw_v2 *v)
{
    if (gw_decode_absent(&v->d, v->n) < 0)
        return 0;
    struct names got = {.size = 0}, missing = {.size = 0};
    const uint32_t features = roost_plan_feature_count(v->d.plan);
    for (const struct gw_v2_input *input = v->first; input; input = input->next)
        add_name(&got, input->name.at, (int)gw_decode_shown(input->name).size);
    for (uint32_t i = 0; i < features; i++) {
        const char *name = roost_plan_feature(v->d.plan, i)->name;
        if (v->given[i] == 0)
            add_name(&missing, name, (int)strlen(name));
    }
    v->d.place.section = "inputs";
    return gw_fault_set(v->d.fault, GW_FAULT_MISSING_INPUT,
                        "expected %u inputs but got %u inputs for model '%s'. Got "
                        "input(s) [%s], but missing required input(s) [%s]. Please "
                        "provide all required input(s).",
                        features, v->count, v->model->name, got.text, missing.text);
}

static int place_inputs(struct gw_v2 *v)
{
    const uint32_t features = roost_plan_feature_count(v->d.plan);
    v->given = eng_arena_take(v->d.arena, features, 1);
    if (v->given == NULL)
        return gw_decode_no_memory(&v->d);
    memset(v->given, 0, features);
    for (struct gw_v2_input *input = v->first; input; input = input->next)
        if (gw_v2_place(v, input) != 0)
            return -1;
    if (gw_v2_place_bags(v) != 0)
        return -1;
    v->at = NULL;
    gw_decode_leave(&v->d);
    if (check_inputs(v) != 0)
        return -1;
    if (!v->n_known) {
        v->d.place.section = "inputs";
        return gw_fault_set(v->d.fault, GW_FAULT_MISSING_INPUT,
                            "None of the %u inputs tells how many rows there are for "
                            "model '%s'",
                            v->count, v->model->name);
    }
    v->d.out->unknown_features += v->unknown * v->n;
    return 0;
}

/* Where an element stands in lists that may be nested: an index for each of them. */
enum { LEVELS = 8 };
struct path {
    uint32_t index[LEVELS];
    uint32_t level;
};

/* Walk to element `leaf` of the list that comes next. What stands before it was read
 * once and is right. -1: it lies deeper than a path goes. */
static int find_leaf(struct gw_json *json, int64_t leaf, struct path *path)
{
    if (gw_json_peek(json) != GW_JSON_LIST || gw_json_enter(json) != 0)
        return -1;
    *path = (struct path){.index = {UINT32_MAX}, .level = 1};
    while (path->level > 0) {
        int more = gw_json_next_item(json);
        if (more == 0) {
            path->level--;
            continue;
        }
        path->index[path->level - 1]++;
        int kind = more > 0 ? gw_json_peek(json) : -1;
        if (kind == GW_JSON_LIST) {
            if (path->level == LEVELS || gw_json_enter(json) != 0)
                return -1;
            path->index[path->level++] = UINT32_MAX;
        } else if (kind < 0 || leaf-- == 0) {
            return kind < 0 ? -1 : 0;
        } else if (gw_json_skip(json) != 0) {
            return -1;
        }
    }
    return -1;
}

/* "/3/0" behind the pointer to "data". */
static void point_into(struct gw_v2 *v, const struct gw_v2_input *input, int64_t leaf)
{
    struct gw_fault ignored = {.code = GW_FAULT_NONE};
    struct gw_json json = v->d.json;
    struct path path;
    json.fault = &ignored;
    json.at = input->json;
    json.depth = input->depth;
    if (find_leaf(&json, leaf, &path) != 0)
        return;
    char text[LEVELS * 11 + 1] = "";
    size_t size = 0, used = strlen(v->d.fault->pointer);
    for (uint32_t i = 0; i < path.level; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "/%u", path.index[i]);
    if (used + size < GW_FAULT_POINTER)
        memcpy(v->d.fault->pointer + used, text, size + 1);
}

/* The one place where a fault gets its pointer, and the limit of depth Triton's words. */
static int fail(struct gw_v2 *v)
{
    struct gw_fault *fault = v->d.fault;
    assert(fault->code != GW_FAULT_NONE);
    if (fault->code == GW_FAULT_BAD_JSON && v->d.json.too_deep) {
        fault->code = GW_FAULT_NONE;
        gw_fault_set(fault, GW_FAULT_BAD_JSON,
                     "JSON nesting depth exceeds maximum allowed limit (%u)",
                     v->d.json.limits.depth);
    }
    if (v->no_json)
        return -1;
    gw_decode_point(&v->d);
    if (v->at != NULL && v->at->json != NULL && v->leaf >= 0)
        point_into(v, v->at, v->leaf);
    return -1;
}

static int decode(struct gw_v2 *v, const struct gw_v2_body *body)
{
    /* A raw request has no JSON; an empty object stands for it. */
    static const uint8_t none[] = {'{', '}'};
    const size_t json = body->header < 0 ? body->size : (size_t)body->header;
    const int is_raw = body->header == 0;
    assert(json <= body->size);
    v->raw = body->at + json;
    v->raw_size = body->size - json;
    if (gw_decode_start(&v->d, is_raw ? none : body->at, is_raw ? sizeof none : json) !=
        0)
        return -1;
    v->d.out->form = GW_FORM_COLUMNS;
    if ((is_raw ? read_raw(v) : read_object(v)) != 0)
        return -1;
    if (place_inputs(v) != 0 || gw_v2_finish_outputs(v) != 0)
        return -1;
    return gw_decode_finish(&v->d, v->n);
}

int gw_decode_v2(const struct gw_v2_model *model, const struct gw_v2_body *body,
                 const struct gw_decode_limits *limits, struct eng_arena *arena,
                 struct gw_batch *out, struct gw_v2_request *request,
                 struct gw_fault *fault)
{
    struct gw_v2 v = {.d = {.plan = model->plan,
                            .limits = limits,
                            .arena = arena,
                            .fault = fault,
                            .out = out},
                      .model = model,
                      .request = request,
                      .leaf = -1};
    *request = (struct gw_v2_request){.output_count = 0};
    return decode(&v, body) != 0 ? fail(&v) : 0;
}
