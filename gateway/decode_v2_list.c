/* SPDX-License-Identifier: MIT
 * Lists of strings and bags of (id, amount), each given as several inputs: f.offsets [n +
 * 1] tells where a row's entries start, f.ids or f.names and f.values hold the entries of
 * all rows. Parts come in any order, so decode_v2_place.c hands them over one by one, and
 * they are joined when all inputs were seen. */
#include "gateway/decode_v2_state.h"
#include <math.h>
#include <string.h>

static const char *const part_names[GW_V2_PARTS] = {"offsets", "ids", "names", "values"};

/* Where an element is: binary data has no place in the JSON. */
static void look_at_element(struct gw_v2 *v, const struct gw_v2_input *input, uint64_t i)
{
    gw_v2_look_at(v, input, input->json != NULL ? "data" : NULL, (int64_t)i);
}

/* A row's entries are within the limit. */
static int check_entries(struct gw_v2 *v, uint64_t entries)
{
    return entries <= v->d.limits->list
               ? 0
               : gw_decode_too_many(&v->d, "entries in a list", v->d.limits->list);
}

/* BYTES [n, k], or [n]: each row has as many. */
int gw_v2_place_strings(struct gw_v2 *v, struct gw_v2_input *input, uint32_t feature)
{
    struct gw_column *column;
    if (input->rank != 1 && input->rank != 2)
        return gw_v2_wrong_shape(v, input, "[-1,-1]");
    if (gw_v2_agree(v, input, input->first) != 0 || check_entries(v, input->rest) != 0 ||
        gw_v2_open(v, input, feature, &column) != 0)
        return -1;
    const uint32_t rows = (uint32_t)input->first;
    uint32_t *start =
        eng_arena_take(v->d.arena, ((size_t)rows + 1) * sizeof *start, sizeof *start);
    if (start == NULL)
        return gw_decode_no_memory(&v->d);
    for (uint32_t i = 0; i <= rows; i++)
        start[i] = i * (uint32_t)input->rest;
    memcpy(&column->values, &input->data, sizeof input->data);
    column->start = start;
    column->rows = column->rows_room = column->given = rows;
    column->entries = column->entries_room = (uint32_t)input->count;
    return 0;
}

/* The feature's name and the part's, when the name ends in one. */
static int split(struct roost_text name, struct roost_text *feature)
{
    for (int part = 0; part < GW_V2_PARTS; part++) {
        const uint32_t size = (uint32_t)strlen(part_names[part]);
        if (name.size <= size || name.at[name.size - size - 1] != '.' ||
            memcmp(name.at + name.size - size, part_names[part], size) != 0)
            continue;
        *feature = (struct roost_text){name.at, name.size - size - 1};
        return part;
    }
    return -1;
}

static struct gw_v2_bag *new_bag(struct gw_v2 *v, const struct gw_v2_input *input,
                                 uint32_t feature)
{
    struct gw_column *column;
    struct gw_v2_bag *bag =
        eng_arena_take(v->d.arena, sizeof *bag, _Alignof(struct gw_v2_bag));
    if (bag == NULL) {
        gw_decode_no_memory(&v->d);
        return NULL;
    }
    if (gw_v2_open(v, input, feature, &column) != 0)
        return NULL;
    *bag =
        (struct gw_v2_bag){.next = v->bag, .feature = feature, .context = input->context};
    v->bag = v->bags[input->context][feature] = bag;
    return bag;
}

/* The bag of the feature, made when this is its first part. */
static struct gw_v2_bag *bag_of(struct gw_v2 *v, const struct gw_v2_input *input,
                                uint32_t feature)
{
    struct gw_v2_bag ***bags = &v->bags[input->context];
    const size_t bytes = roost_plan_feature_count(v->d.plan) * sizeof **bags;
    if (*bags == NULL) {
        *bags = eng_arena_take(v->d.arena, bytes, sizeof(void *));
        if (*bags == NULL) {
            gw_decode_no_memory(&v->d);
            return NULL;
        }
        memset(*bags, 0, bytes);
    }
    struct gw_v2_bag *bag = (*bags)[feature];
    return bag != NULL ? bag : new_bag(v, input, feature);
}

int gw_v2_keep_part(struct gw_v2 *v, struct gw_v2_input *input)
{
    struct roost_text name = {NULL, 0}, shown = gw_decode_shown(input->name);
    int part = split(input->name, &name);
    int32_t feature = part < 0 ? -1 : roost_plan_find(v->d.plan, name.at, name.size);
    if (feature < 0)
        return 0;
    enum roost_type type = roost_plan_feature(v->d.plan, (uint32_t)feature)->type;
    int takes = type == ROOST_SPARSE || (type == ROOST_STRINGS &&
                                         (part == GW_V2_OFFSETS || part == GW_V2_VALUES));
    if (!takes)
        return 0;
    struct gw_v2_bag *bag = bag_of(v, input, (uint32_t)feature);
    if (bag == NULL)
        return -1;
    if (bag->part[part] != NULL) {
        gw_v2_look_at(v, input, "name", -1);
        return gw_fault_set(v->d.fault, GW_FAULT_DUPLICATE_KEY,
                            "input '%.*s' already exists in request", (int)shown.size,
                            shown.at);
    }
    bag->part[part] = input;
    return 1;
}

/* Any part that is there, to point at. */
static const struct gw_v2_input *any_part(const struct gw_v2_bag *bag)
{
    int part = 0;
    while (bag->part[part] == NULL)
        part++;
    return bag->part[part];
}

static int absent(struct gw_v2 *v, const struct gw_v2_bag *bag, const char *part)
{
    const struct gw_v2_input *input = any_part(bag);
    struct roost_text name = gw_decode_shown(input->name);
    gw_v2_look_at(v, input, "name", -1);
    return gw_fault_set(v->d.fault, GW_FAULT_MISSING_INPUT,
                        "input '%.*s' needs an input '%s.%s' beside it%s", (int)name.size,
                        name.at, roost_plan_feature(v->d.plan, bag->feature)->name, part,
                        bag->context ? ", common to all rows as well" : "");
}

static int bad_offset(struct gw_v2 *v, const struct gw_v2_input *input, uint64_t i)
{
    struct roost_text name = gw_decode_shown(input->name);
    look_at_element(v, input, i);
    return gw_fault_set(v->d.fault, GW_FAULT_BAD_VALUE,
                        "input '%.*s' must start with 0, never decrease and stay below "
                        "2^32: element %llu does not",
                        (int)name.size, name.at, (unsigned long long)i);
}

/* f.offsets -> the column's rows, and how many entries they have in all. */
static int place_offsets(struct gw_v2 *v, const struct gw_v2_input *input,
                         struct gw_column *column)
{
    if (!gw_v2_type_whole(input->type) || input->type == GW_V2_BOOL)
        return gw_v2_wrong_type(v, input, "INT64");
    if (input->rank != 1 || input->first == 0)
        return gw_v2_wrong_shape(v, input, "[-1], a row more than there are");
    if (gw_v2_agree(v, input, input->first - 1) != 0)
        return -1;
    uint32_t *start =
        eng_arena_take(v->d.arena, (size_t)input->count * sizeof *start, sizeof *start);
    if (start == NULL)
        return gw_decode_no_memory(&v->d);
    for (uint64_t i = 0; i < input->count; i++) {
        int64_t offset = 0, before = i > 0 ? (int64_t)start[i - 1] : 0;
        if (gw_v2_integer(input, i, &offset) != 0 || offset > UINT32_MAX - 1 ||
            (i == 0 ? offset != 0 : offset < before))
            return bad_offset(v, input, i);
        if (check_entries(v, (uint64_t)(offset - before)) != 0) {
            look_at_element(v, input, i);
            return -1;
        }
        start[i] = (uint32_t)offset;
    }
    column->start = start;
    column->rows = column->rows_room = column->given = (uint32_t)input->first - 1;
    column->entries = column->entries_room = start[input->count - 1];
    return 0;
}

/* A part that holds the entries of all rows, one after another. */
static int check_part(struct gw_v2 *v, const struct gw_v2_input *input,
                      const struct gw_column *column)
{
    struct roost_text name = gw_decode_shown(input->name);
    if (input->rank != 1)
        return gw_v2_wrong_shape(v, input, "[-1], an entry after another");
    gw_v2_look_at(v, input, "shape", -1);
    if (input->first == column->entries)
        return 0;
    return gw_fault_set(v->d.fault, GW_FAULT_BAD_SHAPE,
                        "input '%.*s' has %llu entries, but the offsets end at %u",
                        (int)name.size, name.at, (unsigned long long)input->first,
                        column->entries);
}

static int place_texts(struct gw_v2 *v, const struct gw_v2_input *input,
                       struct gw_column *column)
{
    if (input->type != GW_V2_BYTES)
        return gw_v2_wrong_type(v, input, "BYTES");
    if (check_part(v, input, column) != 0)
        return -1;
    memcpy(&column->values, &input->data, sizeof input->data);
    return 0;
}

static int place_ids(struct gw_v2 *v, const struct gw_v2_input *input,
                     struct gw_column *column)
{
    const int is_names = input->type == GW_V2_BYTES;
    if (!is_names && (!gw_v2_type_whole(input->type) || input->type == GW_V2_BOOL))
        return gw_v2_wrong_type(v, input, "INT64");
    if (check_part(v, input, column) != 0)
        return -1;
    /* Ids are bits: those beyond 2^63 may come as either type of 64 bits. */
    const int wide = input->type == GW_V2_INT64 || input->type == GW_V2_UINT64;
    if (wide && (uintptr_t)input->data % sizeof(uint64_t) == 0) {
        memcpy(&column->ids, &input->data, sizeof input->data);
        return 0;
    }
    column->ids = eng_arena_take(v->d.arena, (size_t)input->count * sizeof(uint64_t), 8);
    if (column->ids == NULL)
        return gw_decode_no_memory(&v->d);
    if (wide) {
        memcpy(column->ids, input->data, (size_t)input->count * sizeof(uint64_t));
        return 0;
    }
    const struct roost_text *names = input->data;
    for (uint64_t i = 0; i < input->count; i++) {
        int64_t id = 0;
        if (is_names)
            column->ids[i] = roost_feature_id(names[i].at, names[i].size);
        else if (gw_v2_integer(input, i, &id) == 0)
            column->ids[i] = (uint64_t)id;
    }
    return 0;
}

/* NaN is an absent entry; an infinity would make any score one. */
static int place_amounts(struct gw_v2 *v, const struct gw_v2_input *input,
                         struct gw_column *column)
{
    if (input->type == GW_V2_BYTES)
        return gw_v2_wrong_type(v, input, "FP32");
    if (check_part(v, input, column) != 0)
        return -1;
    const size_t bytes = (size_t)input->count * sizeof(float);
    const int in_place =
        input->type == GW_V2_FP32 && (uintptr_t)input->data % sizeof(float) == 0;
    if (in_place)
        memcpy(&column->amounts, &input->data, sizeof input->data);
    else
        column->amounts = eng_arena_take(v->d.arena, bytes, sizeof(float));
    if (column->amounts == NULL)
        return gw_decode_no_memory(&v->d);
    for (uint64_t i = 0; i < input->count; i++) {
        float amount = (float)gw_v2_number(input, i);
        if (isinf(amount)) {
            look_at_element(v, input, i);
            return gw_fault_set(
                v->d.fault, GW_FAULT_BAD_VALUE,
                "An amount of a sparse feature must be finite as a float");
        }
        if (!in_place)
            column->amounts[i] = amount;
    }
    return 0;
}

static int place_bag(struct gw_v2 *v, const struct gw_v2_bag *bag)
{
    struct gw_v2_input *const *part = bag->part;
    const int is_bag = roost_plan_feature(v->d.plan, bag->feature)->type == ROOST_SPARSE;
    struct gw_column *column;
    v->d.into = bag->context ? &v->d.context : &v->d.rows;
    if (gw_rows_column(v->d.into, bag->feature, &column) != 0)
        return gw_decode_no_memory(&v->d);
    if (part[GW_V2_OFFSETS] == NULL)
        return absent(v, bag, "offsets");
    if (place_offsets(v, part[GW_V2_OFFSETS], column) != 0)
        return -1;
    if (!is_bag)
        return part[GW_V2_VALUES] != NULL ? place_texts(v, part[GW_V2_VALUES], column)
                                          : absent(v, bag, "values");
    if (part[GW_V2_IDS] == NULL && part[GW_V2_NAMES] == NULL)
        return absent(v, bag, "ids");
    if (part[GW_V2_IDS] != NULL && part[GW_V2_NAMES] != NULL) {
        gw_v2_look_at(v, part[GW_V2_NAMES], "name", -1);
        return gw_fault_set(v->d.fault, GW_FAULT_BAD_REQUEST,
                            "'%s.ids' and '%s.names' cannot stand beside each other",
                            column->feature->name, column->feature->name);
    }
    if (part[GW_V2_NAMES] != NULL && part[GW_V2_NAMES]->type != GW_V2_BYTES)
        return gw_v2_wrong_type(v, part[GW_V2_NAMES], "BYTES");
    if (part[GW_V2_IDS] != NULL && part[GW_V2_IDS]->type == GW_V2_BYTES)
        return gw_v2_wrong_type(v, part[GW_V2_IDS], "INT64");
    if (place_ids(v, part[part[GW_V2_IDS] != NULL ? GW_V2_IDS : GW_V2_NAMES], column) !=
        0)
        return -1;
    return part[GW_V2_VALUES] != NULL ? place_amounts(v, part[GW_V2_VALUES], column) : 0;
}

int gw_v2_place_bags(struct gw_v2 *v)
{
    for (const struct gw_v2_bag *bag = v->bag; bag != NULL; bag = bag->next)
        if (place_bag(v, bag) != 0)
            return -1;
    return 0;
}
