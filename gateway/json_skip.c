/* SPDX-License-Identifier: MIT
 * Passing over a value that nobody asked for: unknown keys and features. The value is
 * checked as thoroughly as if it were read, with one bit for each open container in place
 * of a stack, so that a nesting bomb costs no more than its bytes. */
#include "gateway/json.h"
#include <assert.h>
#include <string.h>

/* Which of the containers opened here are objects, innermost last. */
struct open {
    uint32_t count;
    uint64_t object[GW_JSON_DEPTH_MAX / 64];
};

static void push(struct open *open, int object)
{
    assert(open->count < GW_JSON_DEPTH_MAX);
    uint64_t bit = (uint64_t)1 << (open->count % 64);
    uint64_t *word = &open->object[open->count / 64];
    *word = object ? *word | bit : *word & ~bit;
    open->count++;
}

static int innermost_is_object(const struct open *open)
{
    uint32_t last = open->count - 1;
    return (int)(open->object[last / 64] >> (last % 64) & 1);
}

static int skip_word(struct gw_json *json, const char *word)
{
    size_t size = strlen(word);
    if ((size_t)(json->end - json->at) < size || memcmp(json->at, word, size) != 0)
        return gw_json_fail(json, json->at, "Invalid value.");
    json->at += size;
    return 0;
}

/* A number is checked as text only: 1e400 is well-formed, and nobody wants its value. */
static int skip_number(struct gw_json *json)
{
    struct gw_decimal decimal;
    struct roost_text text;
    double value;
    int word = gw_json_number(json, &decimal, &text);
    return word > 0 ? gw_json_double(json, &value) : word;
}

/* Pass over a value, or into a container. */
static int skip_one(struct gw_json *json, struct open *open)
{
    struct roost_text raw;
    int escaped;
    int kind = gw_json_peek(json);
    switch (kind) {
    case GW_JSON_OBJECT:
    case GW_JSON_LIST:
        if (gw_json_enter(json) != 0)
            return -1;
        push(open, kind == GW_JSON_OBJECT);
        return 0;
    case GW_JSON_STRING:
        return gw_json_scan_string(json, &raw, &escaped);
    case GW_JSON_NUMBER:
        return skip_number(json);
    case GW_JSON_TRUE:
        return skip_word(json, "true");
    case GW_JSON_FALSE:
        return skip_word(json, "false");
    case GW_JSON_NULL:
        return skip_word(json, "null");
    default:
        return -1;
    }
}

int gw_json_skip(struct gw_json *json)
{
    struct open open = {.count = 0};
    do {
        if (skip_one(json, &open) != 0)
            return -1;
        int more = 0;
        while (open.count > 0 && more == 0) {
            more = innermost_is_object(&open) ? gw_json_next_key(json, NULL)
                                              : gw_json_next_item(json);
            if (more < 0)
                return -1;
            open.count -= more == 0;
        }
    } while (open.count > 0);
    return 0;
}
