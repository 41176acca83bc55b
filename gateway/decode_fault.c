/* SPDX-License-Identifier: MIT
 * What the decoders say when a value is not what the schema wants: the texts of TF
 * Serving (docs/api/tfs.md), and the JSON Pointer to the value. Only failures come here.
 */
#include "gateway/decode_state.h"
#include "gateway/text.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_MOST = 256 };

int gw_decode_no_memory(struct gw_decode *d)
{
    return gw_fault_set(d->fault, GW_FAULT_NO_MEMORY,
                        "The request takes more memory than one may");
}

struct roost_text gw_decode_shown(struct roost_text text)
{
    if (text.size > SHOWN_MOST)
        text.size = (uint32_t)gw_utf8_cut(text.at, SHOWN_MOST);
    return text;
}

int gw_decode_wrong_text(struct gw_decode *d, struct roost_text text, int kind,
                         const char *expected)
{
    static const char *const names[] = {
        [GW_JSON_NULL] = "Null",     [GW_JSON_FALSE] = "False",
        [GW_JSON_TRUE] = "True",     [GW_JSON_OBJECT] = "Object",
        [GW_JSON_LIST] = "Array",    [GW_JSON_STRING] = "String",
        [GW_JSON_NUMBER] = "Number",
    };
    struct roost_text shown = gw_decode_shown(text);
    return gw_fault_set(d->fault, GW_FAULT_BAD_TYPE,
                        "JSON Value: %.*s Type: %s is not of expected type: %s",
                        (int)shown.size, shown.at, names[kind], expected);
}

int gw_decode_wrong_type(struct gw_decode *d, const char *expected)
{
    int kind = gw_json_peek(&d->json);
    const char *from = d->json.at;
    /* The value is shown whole, so it must be one: a syntax error in it comes first. */
    if (kind < 0 || gw_json_skip(&d->json) != 0)
        return -1;
    struct roost_text text = {from, (uint32_t)(d->json.at - from)};
    return gw_decode_wrong_text(d, text, kind, expected);
}

int gw_decode_keys_differ(struct gw_decode *d, int64_t row, struct roost_text object)
{
    char names[160];
    size_t size = 0;
    names[0] = '\0';
    for (uint32_t i = 0; i < roost_plan_feature_count(d->plan) && size < sizeof names;
         i++) {
        const char *name = roost_plan_feature(d->plan, i)->name;
        size += (size_t)snprintf(names + size, sizeof names - size, "%s%s",
                                 i > 0 ? "," : "", name);
    }
    struct roost_text shown = gw_decode_shown(object);
    d->place.key = d->place.inner = (struct roost_text){NULL, 0};
    d->place.item = -1;
    d->place.row = row;
    return gw_fault_set(
        d->fault, GW_FAULT_MISSING_INPUT,
        "Failed to process element: %" PRId64
        " of 'instances' list. JSON object: %.*s keys must be equal to: %s",
        row, (int)shown.size, shown.at, names);
}

struct pointer {
    char *at;
    size_t size;
};

/* One character of a pointer's token; dropped once the room is used up. */
static void put(struct pointer *pointer, const char *bytes, size_t size)
{
    if (pointer->size + size >= GW_FAULT_POINTER) {
        pointer->size =
            GW_FAULT_POINTER; /* nothing shorter may follow what was dropped */
        return;
    }
    memcpy(pointer->at + pointer->size, bytes, size);
    pointer->size += size;
    pointer->at[pointer->size] = '\0';
}

static void put_token(struct pointer *pointer, struct roost_text token)
{
    if (token.at == NULL)
        return;
    put(pointer, "/", 1);
    for (size_t i = 0; i < token.size;) {
        size_t length = gw_utf8_char(token.at + i, token.size - i);
        if (token.at[i] == '~' || token.at[i] == '/')
            put(pointer, token.at[i] == '~' ? "~0" : "~1", 2);
        else
            put(pointer, length > 0 ? token.at + i : "?", length > 0 ? length : 1);
        i += length > 0 ? length : 1;
    }
}

static void put_index(struct pointer *pointer, int64_t index)
{
    char text[24];
    if (index < 0)
        return;
    int size = snprintf(text, sizeof text, "%" PRId64, index);
    put_token(pointer, (struct roost_text){text, (uint32_t)size});
}

void gw_decode_point(struct gw_decode *d)
{
    const struct gw_place *place = &d->place;
    struct pointer pointer = {d->fault->pointer, 0};
    if (place->section)
        put_token(&pointer,
                  (struct roost_text){place->section, (uint32_t)strlen(place->section)});
    if (!place->columns)
        put_index(&pointer, place->row);
    put_token(&pointer, place->key);
    if (place->columns)
        put_index(&pointer, place->row);
    put_token(&pointer, place->inner);
    put_index(&pointer, place->item);
}
