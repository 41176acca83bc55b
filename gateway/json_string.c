/* SPDX-License-Identifier: MIT
 * JSON strings: found and checked where they stand (UTF-8, escapes, surrogates, control
 * characters), and unescaped into the arena only when they hold an escape. Called by
 * json.c and json_skip.c; the decoders get text that is well-formed UTF-8, always. */
#include "gateway/json.h"
#include "gateway/text.h"
#include <string.h>

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four hex digits at `at`, or -1. */
static int32_t hex_unit(const char *at, const char *end)
{
    int32_t unit = 0;
    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_value(at[i]);
        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

static int is_high(int32_t unit)
{
    return (unit & 0xFC00) == 0xD800;
}

static int is_low(int32_t unit)
{
    return (unit & 0xFC00) == 0xDC00;
}

/* `at` is behind "\u". Returns the place behind the escape, a pair's second half
 * included, and the character; NULL with a fault. */
static const char *unicode_escape(struct gw_json *json, const char *at, uint32_t *out)
{
    int32_t unit = hex_unit(at, json->end);
    if (unit < 0) {
        gw_json_fail(json, at - 2, "Incorrect hex digit after \\u escape in string.");
        return NULL;
    }
    if (!is_high(unit) && !is_low(unit)) {
        *out = (uint32_t)unit;
        return at + 4;
    }
    const char *next = at + 4;
    int32_t low = -1;
    if (is_high(unit) && json->end - next >= 6 && next[0] == '\\' && next[1] == 'u')
        low = hex_unit(next + 2, json->end);
    if (low < 0 || !is_low(low)) {
        gw_json_fail(json, at - 2, "The surrogate pair in string is invalid.");
        return NULL;
    }
    *out = 0x10000 + (((uint32_t)unit & 0x3FF) << 10 | ((uint32_t)low & 0x3FF));
    return next + 6;
}

/* What the letter behind a backslash stands for, or 0. */
static char escape_byte(char letter)
{
    static const char letters[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
    const char *found = letter != '\0' ? strchr(letters, letter) : NULL;
    return found ? bytes[found - letters] : '\0';
}

static const char *check_escape(struct gw_json *json, const char *at)
{
    uint32_t character;
    if (json->end - at >= 2 && at[1] == 'u')
        return unicode_escape(json, at + 2, &character);
    if (json->end - at >= 2 && escape_byte(at[1]) != '\0')
        return at + 2;
    gw_json_fail(json, at, "Invalid escape character in string.");
    return NULL;
}

/* Past the plain ASCII at `at`: bytes that are neither '"', '\\', a control character nor
 * part of a longer character. Eight at a time; a false alarm only ends the stride early.
 */
static const char *past_plain(const char *at, const char *end)
{
    const uint64_t ones = 0x0101010101010101, tops = 0x8080808080808080;
    while (end - at >= 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        uint64_t quote = word ^ (ones * '"'), slash = word ^ (ones * '\\');
        uint64_t stop = word | ((word - ones * 0x20) & ~word) |
                        ((quote - ones) & ~quote) | ((slash - ones) & ~slash);
        if (stop & tops)
            break;
        at += 8;
    }
    while (at < end && (unsigned char)*at >= 0x20 && (unsigned char)*at < 0x80 &&
           *at != '"' && *at != '\\')
        at++;
    return at;
}

static const char *past_odd(struct gw_json *json, const char *at, int *escaped)
{
    if (*at == '\\') {
        *escaped = 1;
        return check_escape(json, at);
    }
    size_t length = gw_utf8_char(at, (size_t)(json->end - at));
    if (length > 1)
        return at + length;
    gw_json_fail(json, at,
                 length == 0 ? "Invalid encoding in string."
                             : "Control character in string.");
    return NULL;
}

int gw_json_scan_string(struct gw_json *json, struct roost_text *raw, int *escaped)
{
    const char *first = json->at + 1, *at = first;
    *escaped = 0;
    for (;;) {
        at = past_plain(at, json->end);
        if (at == json->end)
            return gw_json_fail(json, json->at,
                                "Missing a closing quotation mark in string.");
        if (*at == '"')
            break;
        at = past_odd(json, at, escaped);
        if (at == NULL)
            return -1;
    }
    if ((size_t)(at - first) > json->limits.text)
        return gw_fault_set(
            json->fault, GW_FAULT_TOO_MANY,
            "A string has %zu bytes, more than the limit of %u, at offset: %zu",
            (size_t)(at - first), json->limits.text, (size_t)(json->at - json->start));
    *raw = (struct roost_text){first, (uint32_t)(at - first)};
    json->at = at + 1;
    return 0;
}

static size_t put_utf8(char *out, uint32_t character)
{
    if (character < 0x80) {
        out[0] = (char)character;
        return 1;
    }
    size_t length = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = length; i-- > 1; character >>= 6)
        out[i] = (char)(0x80 | (character & 0x3F));
    out[0] = (char)(leads[length] | character);
    return length;
}

/* The escapes were checked, so that nothing can fail but the arena. An escape is never
 * shorter than what it stands for. */
static int unescape(struct gw_json *json, struct roost_text raw, struct roost_text *out)
{
    char *text = eng_arena_take(json->arena, raw.size, 1);
    if (text == NULL)
        return gw_fault_set(json->fault, GW_FAULT_NO_MEMORY,
                            "The request takes more memory than one may");
    const char *at = raw.at, *end = raw.at + raw.size;
    size_t size = 0;
    while (at < end) {
        if (*at != '\\') {
            text[size++] = *at++;
        } else if (at[1] == 'u') {
            uint32_t character = 0;
            at = unicode_escape(json, at + 2, &character);
            size += put_utf8(text + size, character);
        } else {
            text[size++] = escape_byte(at[1]);
            at += 2;
        }
    }
    *out = (struct roost_text){text, (uint32_t)size};
    return 0;
}

int gw_json_string(struct gw_json *json, struct roost_text *out)
{
    int escaped;
    if (gw_json_scan_string(json, out, &escaped) != 0)
        return -1;
    return escaped ? unescape(json, *out, out) : 0;
}
