/* SPDX-License-Identifier: MIT
 * The JSON pull decoder's spaces, containers and numbers. decode_tfs.c asks it for what a
 * predict body should hold; strings are in json_string.c, whatever nobody asked for goes
 * through json_skip.c. Every byte is looked at once, and none after the first error. */
#include "gateway/json.h"
#include <assert.h>
#include <math.h>
#include <string.h>

int gw_json_fail(struct gw_json *json, const char *at, const char *reason)
{
    return gw_fault_set(json->fault, GW_FAULT_BAD_JSON,
                        "JSON Parse error: %s at offset: %zu", reason,
                        (size_t)(at - json->start));
}

static void skip_space(struct gw_json *json)
{
    const char *at = json->at;
    while (at < json->end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    json->at = at;
}

static int at_byte(const struct gw_json *json, char byte)
{
    return json->at < json->end && *json->at == byte;
}

int gw_json_init(struct gw_json *json, const uint8_t *body, size_t size,
                 const struct gw_json_limits *limits, struct eng_arena *arena,
                 struct gw_fault *fault)
{
    assert(limits->depth <= GW_JSON_DEPTH_MAX);
    const char *text = size > 0 ? (const char *)body : "";
    *json = (struct gw_json){.start = text,
                             .at = text,
                             .end = text + size,
                             .arena = arena,
                             .fault = fault,
                             .limits = *limits};
    skip_space(json);
    if (json->at == json->end)
        return gw_fault_set(fault, GW_FAULT_BAD_JSON,
                            "JSON Parse error: The document is empty");
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        return gw_json_fail(json, text, "A byte order mark is not allowed.");
    return 0;
}

int gw_json_end(struct gw_json *json)
{
    skip_space(json);
    if (json->at < json->end)
        return gw_json_fail(json, json->at,
                            "The document root must not be followed by other values.");
    return 0;
}

int gw_json_peek(struct gw_json *json)
{
    skip_space(json);
    if (json->at == json->end)
        return gw_json_fail(json, json->at, "The text ends where a value is due.");
    switch (*json->at) {
    case '{':
        return GW_JSON_OBJECT;
    case '[':
        return GW_JSON_LIST;
    case '"':
        return GW_JSON_STRING;
    case 't':
        return GW_JSON_TRUE;
    case 'f':
        return GW_JSON_FALSE;
    case 'n':
        return GW_JSON_NULL;
    case 'N':
    case 'I':
    case '-':
        return GW_JSON_NUMBER;
    default:
        if (*json->at >= '0' && *json->at <= '9')
            return GW_JSON_NUMBER;
        return gw_json_fail(json, json->at, "Invalid value.");
    }
}

int gw_json_enter(struct gw_json *json)
{
    json->too_deep = json->depth == json->limits.depth;
    if (json->too_deep)
        return gw_fault_set(json->fault, GW_FAULT_BAD_JSON,
                            "JSON Parse error: Nested deeper than %u at offset: %zu",
                            json->limits.depth, (size_t)(json->at - json->start));
    json->depth++;
    json->fresh = 1;
    json->at++;
    return 0;
}

static int leave(struct gw_json *json)
{
    json->depth--;
    json->fresh = 0;
    json->at++;
    return 0;
}

/* The comma between two members or items. 1: one comes next, 0: the container ended. */
static int next(struct gw_json *json, char close, const char *reason)
{
    skip_space(json);
    if (at_byte(json, close))
        return leave(json);
    if (json->fresh) {
        json->fresh = 0;
        return 1;
    }
    if (!at_byte(json, ','))
        return gw_json_fail(json, json->at, reason);
    json->at++;
    return 1;
}

int gw_json_next_item(struct gw_json *json)
{
    /* After a comma a ']' is no value, so that a trailing comma fails at the peek. */
    return next(json, ']', "Missing a comma or ] after an array element.");
}

int gw_json_next_key(struct gw_json *json, struct roost_text *key)
{
    int more = next(json, '}', "Missing a comma or } after an object member.");
    if (more <= 0)
        return more;
    skip_space(json);
    if (!at_byte(json, '"'))
        return gw_json_fail(json, json->at, "Missing a name for object member.");
    struct roost_text raw;
    int escaped;
    int failed =
        key ? gw_json_string(json, key) : gw_json_scan_string(json, &raw, &escaped);
    if (failed != 0)
        return -1;
    skip_space(json);
    if (!at_byte(json, ':'))
        return gw_json_fail(json, json->at,
                            "Missing a colon after a name of object member.");
    json->at++;
    return 1;
}

/* A word of TF Serving and Triton that stands for a number that is not finite. The size
 * of the word at json->at with its sign, or 0. */
static size_t word_size(const struct gw_json *json, double *value)
{
    static const struct {
        const char *text;
        size_t size;
        int nan;
    } words[] = {{"Infinity", 8, 0}, {"Inf", 3, 0}, {"NaN", 3, 1}};
    size_t sign = (size_t)at_byte(json, '-'),
           left = (size_t)(json->end - json->at) - sign;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (left < words[i].size ||
            memcmp(json->at + sign, words[i].text, words[i].size) != 0)
            continue;
        double size = words[i].nan ? (double)NAN : (double)INFINITY;
        *value = sign ? -size : size;
        return sign + words[i].size;
    }
    return 0;
}

int gw_json_number(struct gw_json *json, struct gw_decimal *decimal,
                   struct roost_text *text)
{
    size_t size = gw_number_scan(json->at, (size_t)(json->end - json->at), decimal);
    double value;
    if (size == 0 && !json->limits.strict && word_size(json, &value) > 0)
        return 1;
    if (size == 0)
        return gw_json_fail(json, json->at, "Invalid value.");
    if (size > GW_JSON_NUMBER_MAX)
        return gw_fault_set(json->fault, GW_FAULT_TOO_MANY,
                            "A number has %zu digits, more than the limit of %d, "
                            "at offset: %zu",
                            size, GW_JSON_NUMBER_MAX, (size_t)(json->at - json->start));
    *text = (struct roost_text){json->at, (uint32_t)size};
    json->at += size;
    return 0;
}

int gw_json_double(struct gw_json *json, double *out)
{
    struct gw_decimal decimal;
    struct roost_text text;
    int word = gw_json_number(json, &decimal, &text);
    if (word < 0)
        return -1;
    if (word > 0) {
        json->at += word_size(json, out);
        return 0;
    }
    *out = gw_number_double(&decimal, text.at, text.size);
    if (isinf(*out))
        return gw_fault_set(json->fault, GW_FAULT_BAD_VALUE,
                            "Number too big to be stored in double: %.*s at offset: %zu",
                            (int)(text.size < 64 ? text.size : 64), text.at,
                            (size_t)(text.at - json->start));
    return 0;
}
