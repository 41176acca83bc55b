/* SPDX-License-Identifier: MIT
 * "inputs" of an infer request: each object's name, shape, datatype and parameters, in
 * any order, and where its elements are. decode_v2_data.c reads those; which feature they
 * are for is asked when all inputs are known (decode_v2_place.c). */
#include "gateway/decode_v2_state.h"
#include <string.h>

/* The members of one input's object, as bits of `seen`. */
static const char *const members[] = {"name", "shape",      "datatype",
                                      "data", "parameters", NULL};
enum { NAME, SHAPE, DATATYPE, DATA, PARAMETERS };

/* What one object told so far, beside the input itself. */
struct reading {
    struct gw_v2_input *input;
    unsigned seen;
    const char *data; /* where "data" stands that nobody could read yet */
    uint64_t binary_size;
    uint8_t binary; /* "binary_data_size" was given */
    uint8_t shared; /* "shared_memory_region" was given */
};

static int has(const struct reading *reading, int member)
{
    return (int)(reading->seen >> member & 1);
}

/* A product of dimensions that stays at the top once it went beyond it; a zero-size
 * dimension makes any of them 0. */
static uint64_t times(uint64_t product, uint64_t dimension)
{
    uint64_t result;
    if (product == 0 || dimension == 0)
        return 0;
    if (__builtin_mul_overflow(product, dimension, &result) || result > INT64_MAX)
        return UINT64_MAX;
    return result;
}

static int read_shape(struct gw_v2 *v, struct gw_v2_input *input)
{
    int more;
    input->rest = input->count = 1;
    if (gw_v2_enter(v, GW_JSON_LIST, "shape") != 0)
        return -1;
    const char *from = v->d.json.at - 1;
    for (; (more = gw_json_next_item(&v->d.json)) > 0; input->rank++) {
        uint64_t dimension = 0;
        v->d.place.item = input->rank;
        if (gw_v2_unsigned(v, "shape", &dimension) != 0)
            return -1;
        if (input->rank == 0)
            input->first = dimension;
        else
            input->rest = times(input->rest, dimension);
        input->count = times(input->count, dimension);
    }
    v->d.place.item = -1;
    input->shape = (struct roost_text){from, (uint32_t)(v->d.json.at - from)};
    return more;
}

static int read_datatype(struct gw_v2 *v, struct gw_v2_input *input)
{
    struct roost_text name;
    if (gw_v2_text(v, "datatype", &name) != 0)
        return -1;
    int type = gw_v2_type_find(name);
    struct roost_text shown = gw_decode_shown(name);
    if (type < 0)
        return gw_fault_set(v->d.fault, GW_FAULT_BAD_TYPE,
                            "Unable to parse 'datatype': '%.*s' is not a data type",
                            (int)shown.size, shown.at);
    input->type = (enum gw_v2_type)type;
    return 0;
}

static int read_parameter(struct gw_v2 *v, struct reading *reading, struct roost_text key,
                          unsigned *seen)
{
    static const char *const names[] = {"binary_data_size", "shared_memory_region",
                                        "context", NULL};
    switch (gw_v2_member(v, names, seen, key)) {
    case -1:
        return -1;
    case 0:
        reading->binary = 1;
        return gw_v2_unsigned(v, names[0], &reading->binary_size);
    case 1:
        reading->shared = 1;
        return gw_json_skip(&v->d.json);
    case 2:
        return gw_v2_bool(v, names[2], &reading->input->context);
    default:
        return gw_json_skip(&v->d.json);
    }
}

static int read_parameters(struct gw_v2 *v, struct reading *reading)
{
    struct roost_text key;
    unsigned seen = 0;
    int more;
    if (gw_v2_enter(v, GW_JSON_OBJECT, "parameters") != 0)
        return -1;
    while ((more = gw_json_next_key(&v->d.json, &key)) > 0) {
        v->d.place.inner = key;
        if (read_parameter(v, reading, key, &seen) != 0)
            return -1;
    }
    v->d.place.inner = (struct roost_text){NULL, 0};
    return more;
}

/* The elements, when it is known what they are; else the place where they stand. */
static int meet_data(struct gw_v2 *v, struct reading *reading)
{
    struct gw_v2_input *input = reading->input;
    int kind = gw_json_peek(&v->d.json);
    if (kind < 0)
        return -1;
    input->json = v->d.json.at;
    input->depth = v->d.json.depth;
    if (has(reading, NAME) && has(reading, SHAPE) && has(reading, DATATYPE))
        return gw_v2_read_data(v, input);
    reading->data = input->json;
    return gw_json_skip(&v->d.json);
}

static int read_member(struct gw_v2 *v, struct reading *reading, struct roost_text key)
{
    v->d.place.key = key;
    switch (gw_v2_member(v, members, &reading->seen, key)) {
    case -1:
        return -1;
    case NAME:
        return gw_v2_text(v, members[NAME], &reading->input->name);
    case SHAPE:
        return read_shape(v, reading->input);
    case DATATYPE:
        return read_datatype(v, reading->input);
    case DATA:
        return meet_data(v, reading);
    case PARAMETERS:
        return read_parameters(v, reading);
    default:
        return gw_json_skip(&v->d.json);
    }
}

static int check_members(struct gw_v2 *v, const struct reading *reading)
{
    for (int i = NAME; i <= DATATYPE; i++)
        if (!has(reading, i))
            return gw_fault_set(
                v->d.fault, GW_FAULT_BAD_REQUEST,
                "Unable to parse '%s': attempt to access non-existing object member '%s'",
                members[i], members[i]);
    int data = has(reading, DATA);
    if (data + reading->binary + reading->shared == 1)
        return 0;
    int none = data + reading->binary + reading->shared == 0;
    return gw_fault_set(v->d.fault, GW_FAULT_BAD_REQUEST,
                        "Input must set only one of the following fields: 'data', "
                        "'binary_data_size' in 'parameters', 'shared_memory_region' in "
                        "'parameters'. But %s%s%s%s",
                        none ? "no field is set" : "set", data ? " 'data'" : "",
                        reading->binary ? " 'binary_data_size'" : "",
                        reading->shared ? " 'shared_memory_region'" : "");
}

/* "data" that stood before what it takes to read it. */
static int read_late(struct gw_v2 *v, struct reading *reading)
{
    struct gw_json after = v->d.json;
    v->d.json.at = reading->data;
    v->d.json.depth = reading->input->depth;
    v->d.place.key = (struct roost_text){"data", 4};
    if (gw_v2_read_data(v, reading->input) != 0)
        return -1;
    v->d.json = after;
    return 0;
}

static int find_elements(struct gw_v2 *v, struct reading *reading)
{
    if (check_members(v, reading) != 0)
        return -1;
    if (reading->data != NULL)
        return read_late(v, reading);
    if (has(reading, DATA))
        return 0;
    v->d.place.key = (struct roost_text){"parameters", 10};
    if (reading->binary) {
        v->d.place.inner = (struct roost_text){"binary_data_size", 16};
        return gw_v2_take_binary(v, reading->input, reading->binary_size);
    }
    v->d.place.inner = (struct roost_text){"shared_memory_region", 20};
    return gw_fault_set(v->d.fault, GW_FAULT_BAD_REQUEST,
                        "Shared memory is not supported: send the elements as 'data' or "
                        "with 'binary_data_size'");
}

static int read_input(struct gw_v2 *v)
{
    struct reading reading = {.input = NULL};
    struct roost_text key;
    int more;
    if (gw_v2_enter(v, GW_JSON_OBJECT, "inputs") != 0)
        return -1;
    struct gw_v2_input *input =
        eng_arena_take(v->d.arena, sizeof *input, _Alignof(struct gw_v2_input));
    if (input == NULL)
        return gw_decode_no_memory(&v->d);
    *input = (struct gw_v2_input){.index = v->count};
    reading.input = input;
    v->at = input;
    while ((more = gw_json_next_key(&v->d.json, &key)) > 0)
        if (read_member(v, &reading, key) != 0)
            return -1;
    v->d.place.key = (struct roost_text){NULL, 0};
    if (more < 0 || find_elements(v, &reading) != 0)
        return -1;
    if (v->last != NULL)
        v->last->next = input;
    else
        v->first = input;
    v->last = input;
    v->own_count += !input->context;
    return 0;
}

int gw_v2_read_inputs(struct gw_v2 *v)
{
    int more;
    if (gw_v2_enter(v, GW_JSON_LIST, "inputs") != 0)
        return -1;
    for (; (more = gw_json_next_item(&v->d.json)) > 0; v->count++) {
        v->d.place = (struct gw_place){.section = "inputs", .row = v->count, .item = -1};
        if (v->count == v->d.limits->keys)
            return gw_decode_too_many(&v->d, "inputs", v->d.limits->keys);
        if (read_input(v) != 0)
            return -1;
    }
    v->at = NULL;
    return more;
}
