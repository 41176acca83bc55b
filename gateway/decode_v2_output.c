/* SPDX-License-Identifier: MIT
 * "outputs" of an infer request: which of the plan's outputs are asked for, in which
 * form, and what outputs are called. Called by decode_v2.c; encode_v2.c writes what is
 * asked for here. */
#include "gateway/decode_v2_state.h"
#include <string.h>

enum { AS_REQUESTED = 2 }; /* gw_v2_output.binary until all of the JSON was read */

struct gw_v2_name gw_v2_output_name(const struct gw_v2_model *model, uint32_t output)
{
    const struct roost_output *about = roost_plan_output(model->plan, output);
    const uint32_t count = roost_plan_output_count(model->plan);
    if (!model->group)
        return (struct gw_v2_name){NULL, about->name};
    /* A model's outputs stand together. */
    int before =
        output > 0 && roost_plan_output(model->plan, output - 1)->model == about->model;
    int after = output + 1 < count &&
                roost_plan_output(model->plan, output + 1)->model == about->model;
    const char *member = roost_plan_model_name(model->plan, about->model);
    return before || after ? (struct gw_v2_name){member, about->name}
                           : (struct gw_v2_name){NULL, member};
}

uint32_t gw_v2_classes(const struct roost_output *output)
{
    return output->width == 1 && output->label_count == 2 ? 2 : output->width;
}

static int is_named(struct gw_v2_name name, struct roost_text text)
{
    const size_t member = name.member != NULL ? strlen(name.member) : 0;
    if (name.member == NULL)
        return gw_decode_equals(text, name.name);
    if (text.size <= member || memcmp(text.at, name.member, member) != 0 ||
        text.at[member] != '.')
        return 0;
    text.at += member + 1;
    text.size -= (uint32_t)member + 1;
    return gw_decode_equals(text, name.name);
}

static int find_output(struct gw_v2 *v, struct roost_text name, uint32_t *out)
{
    const struct gw_v2_request *request = v->request;
    const uint32_t count = roost_plan_output_count(v->d.plan);
    struct roost_text shown = gw_decode_shown(name);
    *out = 0;
    while (*out < count && !is_named(gw_v2_output_name(v->model, *out), name))
        ++*out;
    if (*out == count)
        return gw_fault_set(v->d.fault, GW_FAULT_BAD_REQUEST,
                            "unexpected inference output '%.*s' for model '%s'",
                            (int)shown.size, shown.at, v->model->name);
    for (uint32_t i = 0; i < request->output_count; i++)
        if (request->outputs[i].output == *out)
            return gw_fault_set(v->d.fault, GW_FAULT_DUPLICATE_KEY,
                                "output '%.*s' already exists in request",
                                (int)shown.size, shown.at);
    return 0;
}

static int read_parameter(struct gw_v2 *v, struct roost_text key, unsigned *seen,
                          struct gw_v2_output *output)
{
    static const char *const names[] = {"binary_data", "classification",
                                        "shared_memory_region", NULL};
    uint64_t classes = 0;
    v->d.place.inner = key;
    switch (gw_v2_member(v, names, seen, key)) {
    case -1:
        return -1;
    case 0:
        return gw_v2_bool(v, names[0], &output->binary);
    case 1:
        if (gw_v2_unsigned(v, names[1], &classes) != 0)
            return -1;
        output->classification = classes > UINT32_MAX ? UINT32_MAX : (uint32_t)classes;
        return 0;
    case 2:
        return gw_fault_set(v->d.fault, GW_FAULT_BAD_REQUEST,
                            "Shared memory is not supported: outputs come in the answer");
    default:
        return gw_json_skip(&v->d.json);
    }
}

static int read_parameters(struct gw_v2 *v, struct gw_v2_output *output)
{
    struct roost_text key;
    unsigned seen = 0;
    int more;
    if (gw_v2_enter(v, GW_JSON_OBJECT, "parameters") != 0)
        return -1;
    while ((more = gw_json_next_key(&v->d.json, &key)) > 0)
        if (read_parameter(v, key, &seen, output) != 0)
            return -1;
    v->d.place.inner = (struct roost_text){NULL, 0};
    return more;
}

/* An object of "outputs", behind those that the request has already. */
static int read_output(struct gw_v2 *v)
{
    static const char *const names[] = {"name", "parameters", NULL};
    struct gw_v2_output output = {.binary = AS_REQUESTED};
    struct roost_text key;
    unsigned seen = 0;
    int more, failed;
    if (gw_v2_enter(v, GW_JSON_OBJECT, "outputs") != 0)
        return -1;
    while ((more = gw_json_next_key(&v->d.json, &key)) > 0) {
        struct roost_text name = {NULL, 0};
        v->d.place.key = key;
        int member = gw_v2_member(v, names, &seen, key);
        if (member == 0)
            failed = gw_v2_text(v, names[0], &name) != 0 ||
                     find_output(v, name, &output.output) != 0;
        else if (member == 1)
            failed = read_parameters(v, &output);
        else
            failed = member == -1 ? -1 : gw_json_skip(&v->d.json);
        if (failed != 0)
            return -1;
    }
    v->d.place.key = (struct roost_text){NULL, 0};
    /* Only one with a name of its own has a place: take_room counted on that. */
    if (more < 0)
        return -1;
    if ((seen & 1) == 0)
        return gw_fault_set(v->d.fault, GW_FAULT_BAD_REQUEST,
                            "Unable to parse 'name': attempt to access non-existing "
                            "object member 'name'");
    v->request->outputs[v->request->output_count++] = output;
    return 0;
}

/* Room for all of the plan's: none can be asked for twice. */
static int take_room(struct gw_v2 *v)
{
    const size_t count = roost_plan_output_count(v->d.plan);
    v->request->outputs = eng_arena_take(v->d.arena, count * sizeof *v->request->outputs,
                                         _Alignof(struct gw_v2_output));
    return v->request->outputs != NULL ? 0 : gw_decode_no_memory(&v->d);
}

int gw_v2_read_outputs(struct gw_v2 *v)
{
    int more;
    if (gw_v2_enter(v, GW_JSON_LIST, "outputs") != 0 || take_room(v) != 0)
        return -1;
    for (v->d.place.row = 0; (more = gw_json_next_item(&v->d.json)) > 0; v->d.place.row++)
        if (read_output(v) != 0)
            return -1;
    return more;
}

int gw_v2_all_outputs(struct gw_v2 *v)
{
    struct gw_v2_request *request = v->request;
    if (take_room(v) != 0)
        return -1;
    request->output_count = roost_plan_output_count(v->d.plan);
    for (uint32_t i = 0; i < request->output_count; i++)
        request->outputs[i] = (struct gw_v2_output){.output = i, .binary = AS_REQUESTED};
    return 0;
}

int gw_v2_finish_outputs(struct gw_v2 *v)
{
    for (uint32_t i = 0; i < v->request->output_count; i++) {
        struct gw_v2_output *output = &v->request->outputs[i];
        const struct roost_output *about = roost_plan_output(v->d.plan, output->output);
        const size_t classes = gw_v2_classes(about);
        if (output->binary == AS_REQUESTED)
            output->binary = v->binary_outputs;
        if (output->classification == 0)
            continue;
        output->order = eng_arena_take(v->d.arena, classes * sizeof *output->order,
                                       sizeof *output->order);
        if (output->order == NULL)
            return gw_decode_no_memory(&v->d);
    }
    return 0;
}
