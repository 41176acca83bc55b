/* SPDX-License-Identifier: MIT
 * One JSON value -> one row of a bag of (id, amount): {"name": amount}, names being
 * hashed to ids; {"#ids": [...], "#values": [...]}; or a list of names, each of amount 1.
 * Called by decode_value.c, which laid out the row. */
#include "engine/base/hash.h"
#include "gateway/decode_state.h"
#include <math.h>
#include <string.h>

enum { FEW = 8 }; /* up to so many names each is compared with each */

static int add_entry(struct gw_decode *d, struct gw_column *column, uint64_t id,
                     double amount)
{
    uint32_t count = column->entries - column->start[column->rows - 1];
    if (count == d->limits->list)
        return gw_decode_too_many(d, "entries in a sparse feature", d->limits->list);
    if (isinf((float)amount))
        return gw_fault_set(d->fault, GW_FAULT_BAD_VALUE,
                            "An amount of a sparse feature must be finite as a float");
    if (gw_column_entry(d->into, column, id, (float)amount) != 0)
        return gw_decode_no_memory(d);
    return 0;
}

static int repeated(struct gw_decode *d)
{
    d->place.inner = (struct roost_text){NULL, 0};
    return gw_fault_set(d->fault, GW_FAULT_DUPLICATE_KEY,
                        "A name stands twice in a sparse feature");
}

static int check_few(struct gw_decode *d, const uint64_t *ids, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++)
        for (uint32_t j = 0; j < i; j++)
            if (ids[i] == ids[j])
                return repeated(d);
    return 0;
}

/* Room for `size` slots of the table, zeroed. */
static int clear_seen(struct gw_decode *d, uint32_t size)
{
    if (size > d->seen_room) {
        d->seen = eng_arena_take(d->arena, (size_t)size * sizeof *d->seen, 4);
        d->seen_room = d->seen ? size : 0;
    }
    if (d->seen == NULL)
        return gw_decode_no_memory(d);
    memset(d->seen, 0, size * sizeof *d->seen);
    return 0;
}

/* Clients choose the names and so the ids: the table's hash is keyed by an address that
 * they do not know, so that ids made to collide do not. */
static int check_many(struct gw_decode *d, const uint64_t *ids, uint32_t count)
{
    uint32_t size = 2 * FEW;
    while (size / 2 < count && size < (uint32_t)1 << 31)
        size *= 2;
    if (clear_seen(d, size) != 0)
        return -1;
    uint64_t key = (uint64_t)(uintptr_t)d->arena->chunks;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t slot =
            (uint32_t)eng_hash_keyed(&ids[i], sizeof ids[i], key) & (size - 1);
        while (d->seen[slot] != 0) {
            if (ids[d->seen[slot] - 1] == ids[i])
                return repeated(d);
            slot = (slot + 1) & (size - 1);
        }
        d->seen[slot] = i + 1;
    }
    return 0;
}

static int check_repeats(struct gw_decode *d, const struct gw_column *column)
{
    uint32_t first = column->start[column->rows - 1], count = column->entries - first;
    if (count < 2)
        return 0;
    return count <= FEW ? check_few(d, column->ids + first, count)
                        : check_many(d, column->ids + first, count);
}

static int is_key(struct roost_text key, const char *word)
{
    return key.size == strlen(word) && memcmp(key.at, word, key.size) == 0;
}

static int is_special(struct roost_text key)
{
    return is_key(key, "#ids") || is_key(key, "#values");
}

/* One of the two lists, in either order: entry i is made by whichever comes first. */
static int read_half(struct gw_decode *d, struct gw_column *column, int ids,
                     uint32_t *count)
{
    uint32_t first = column->start[column->rows - 1];
    int more, kind = gw_json_peek(&d->json);
    if (kind != GW_JSON_LIST)
        return kind < 0
                   ? -1
                   : gw_decode_wrong_type(d, ids ? "list of int64" : "list of float");
    if (gw_json_enter(&d->json) != 0)
        return -1;
    for (*count = 0; (more = gw_json_next_item(&d->json)) > 0; ++*count) {
        int64_t id = 0;
        double amount = 1;
        d->place.item = *count;
        int failed =
            ids ? gw_decode_int64(d, &id) : gw_decode_double(d, "float", &amount);
        if (failed != 0)
            return -1;
        uint32_t at = first + *count;
        if (at == column->entries) {
            if (add_entry(d, column, (uint64_t)id, amount) != 0)
                return -1;
        } else if (ids) {
            column->ids[at] = (uint64_t)id;
        } else if (isinf((float)amount)) {
            return gw_fault_set(
                d->fault, GW_FAULT_BAD_VALUE,
                "An amount of a sparse feature must be finite as a float");
        } else {
            column->amounts[at] = (float)amount;
        }
    }
    d->place.item = -1;
    return more;
}

/* `key` is the first of the object's keys, already read. */
static int read_halves(struct gw_decode *d, struct gw_column *column,
                       struct roost_text key)
{
    uint32_t counts[2] = {0, 0};
    int given[2] = {0, 0}, more = 1;
    for (; more > 0; more = gw_json_next_key(&d->json, &key)) {
        int ids = is_key(key, "#ids");
        d->place.inner = key;
        if (!is_special(key))
            return gw_fault_set(d->fault, GW_FAULT_BAD_VALUE,
                                "Names cannot stand beside '#ids' and '#values'");
        if (given[ids]++)
            return gw_fault_set(d->fault, GW_FAULT_DUPLICATE_KEY,
                                "The key %s stands twice", ids ? "#ids" : "#values");
        if (read_half(d, column, ids, &counts[ids]) != 0)
            return -1;
    }
    if (more < 0)
        return -1;
    d->place.inner = (struct roost_text){NULL, 0};
    if (!given[1])
        return gw_fault_set(d->fault, GW_FAULT_MISSING_INPUT, "'#values' need '#ids'");
    if (given[0] && counts[0] != counts[1])
        return gw_fault_set(d->fault, GW_FAULT_BAD_SHAPE,
                            "'#ids' has %u entries but '#values' has %u", counts[1],
                            counts[0]);
    return 0;
}

/* Names are hashed as they come; that two are equal shows by their ids at the end. */
static int read_names(struct gw_decode *d, struct gw_column *column)
{
    struct roost_text key;
    uint32_t count = 0;
    int more;
    if (gw_json_enter(&d->json) != 0)
        return -1;
    while ((more = gw_json_next_key(&d->json, &key)) > 0) {
        double amount;
        d->place.inner = key;
        if (key.size > 0 && key.at[0] == '#' && is_special(key)) {
            if (count == 0)
                return read_halves(d, column, key);
            return gw_fault_set(d->fault, GW_FAULT_BAD_VALUE,
                                "Names cannot stand beside '#ids' and '#values'");
        }
        count++;
        if (gw_decode_double(d, "float", &amount) != 0 ||
            add_entry(d, column, roost_feature_id(key.at, key.size), amount) != 0)
            return -1;
    }
    d->place.inner = (struct roost_text){NULL, 0};
    return more < 0 ? -1 : check_repeats(d, column);
}

/* Here and in "#ids" an entry may repeat, as a text says a word twice; a linear model
 * adds up its amounts. */
static int read_list(struct gw_decode *d, struct gw_column *column)
{
    struct roost_text name;
    int more;
    if (gw_json_enter(&d->json) != 0)
        return -1;
    for (d->place.item = 0; (more = gw_json_next_item(&d->json)) > 0; d->place.item++) {
        if (gw_decode_text(d, &name) != 0 ||
            add_entry(d, column, roost_feature_id(name.at, name.size), 1) != 0)
            return -1;
    }
    d->place.item = -1;
    return more;
}

int gw_decode_sparse(struct gw_decode *d, struct gw_column *column)
{
    int kind = gw_json_peek(&d->json);
    if (kind < 0)
        return -1;
    column->given++;
    if (kind == GW_JSON_OBJECT)
        return read_names(d, column);
    if (kind == GW_JSON_LIST)
        return read_list(d, column);
    return gw_decode_wrong_type(d, "object of numbers or list of string");
}
