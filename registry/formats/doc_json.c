/* SPDX-License-Identifier: MIT
 * doc_json.c - JSON bytes into a document tree, without recursion. Model files,
 * safetensors headers and manifests come through here; requests never do (gateway/json.c
 * has them). Why not jansson: XGBoost writes NaN for the threshold of a categorical
 * split, and a tree of millions of boxed numbers would take forty times the file. */
#include <math.h>
#include <string.h>

#include "engine/base/error.h"
#include "registry/formats/doc.h"

struct json {
    const char *at;
    const char *end;
    const char *start;
    struct reg_doc_writer writer;
    struct reg_doc *doc;
};

/* Line and column of where the reader stands are worked out only once it fails. */
static roost_status fail(const struct json *json, roost_status status, const char *wrong,
                         struct roost_error *err)
{
    uint32_t line = 1, column = 1;
    for (const char *c = json->start; c < json->at; c++) {
        column = *c == '\n' ? 1 : column + 1;
        line += *c == '\n';
    }
    eng_fail(err, status, NULL, (uint64_t)(json->at - json->start), "%s", wrong);
    if (err) {
        err->line = line;
        err->column = column;
    }
    return status;
}

static void skip_space(struct json *json)
{
    while (json->at < json->end && (*json->at == ' ' || *json->at == '\n' ||
                                    *json->at == '\t' || *json->at == '\r'))
        json->at++;
}

/* The next byte that is not space, not taken; 0 at the end. */
static char peek(struct json *json)
{
    skip_space(json);
    return json->at < json->end ? *json->at : '\0';
}

/* The four digits of an escaped code unit. */
static int hex4(const char *at, const char *end, uint32_t *out)
{
    if (end - at < 4)
        return -1;
    *out = 0;
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        uint32_t digit;
        if (c >= '0' && c <= '9')
            digit = (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            digit = (uint32_t)(c - 'a') + 10;
        else if (c >= 'A' && c <= 'F')
            digit = (uint32_t)(c - 'A') + 10;
        else
            return -1;
        *out = *out << 4 | digit;
    }
    return 0;
}

static char *put_utf8(char *to, uint32_t code)
{
    if (code < 0x80) {
        *to++ = (char)code;
    } else if (code < 0x800) {
        *to++ = (char)(0xc0 | code >> 6);
        *to++ = (char)(0x80 | (code & 63));
    } else if (code < 0x10000) {
        *to++ = (char)(0xe0 | code >> 12);
        *to++ = (char)(0x80 | (code >> 6 & 63));
        *to++ = (char)(0x80 | (code & 63));
    } else {
        *to++ = (char)(0xf0 | code >> 18);
        *to++ = (char)(0x80 | (code >> 12 & 63));
        *to++ = (char)(0x80 | (code >> 6 & 63));
        *to++ = (char)(0x80 | (code & 63));
    }
    return to;
}

/* One escape after its backslash. Gives what follows it, or NULL. Never writes more bytes
 * than it reads. */
static const char *unescape(const char *at, const char *end, char **to)
{
    static const char plain[] = "\"\\/bfnrt";
    static const char meant[] = "\"\\/\b\f\n\r\t";
    if (at == end || !*at)
        return NULL;
    const char *known = strchr(plain, *at);
    if (known) {
        *(*to)++ = meant[known - plain];
        return at + 1;
    }
    uint32_t code, low;
    if (*at != 'u' || hex4(at + 1, end, &code) || code == 0)
        return NULL;
    at += 5;
    if (code >= 0xdc00 && code <= 0xdfff)
        return NULL;
    if (code >= 0xd800 && code <= 0xdbff) {
        if (end - at < 6 || at[0] != '\\' || at[1] != 'u' || hex4(at + 2, end, &low) ||
            low < 0xdc00 || low > 0xdfff)
            return NULL;
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        at += 6;
    }
    *to = put_utf8(*to, code);
    return at;
}

/* A string whose opening quote is next. Borrowed when it has no escapes. */
static roost_status read_text(struct json *json, const char **text, uint32_t *size,
                              struct roost_error *err)
{
    const char *from = json->at + 1, *at = from;
    int escapes = 0;
    while (at < json->end && *at != '"' && (uint8_t)*at >= 0x20) {
        escapes |= *at == '\\';
        at += *at == '\\' && json->end - at > 1 ? 2 : 1;
    }
    if (at >= json->end || *at != '"')
        return fail(json, ROOST_FORMAT, "a string does not end", err);
    size_t length = (size_t)(at - from);
    if (length > UINT32_MAX || !reg_utf8_valid(from, length))
        return fail(json, ROOST_FORMAT, "a string is not valid UTF-8", err);
    *text = from;
    *size = (uint32_t)length;
    if (escapes) {
        char *copy = eng_arena_take(&json->doc->texts, length, 1), *to = copy;
        if (!copy)
            return fail(json, ROOST_NOMEM, "out of memory", err);
        for (const char *c = from; c < at;) {
            if (*c != '\\')
                *to++ = *c++;
            else if (!(c = unescape(c + 1, at, &to)))
                return fail(json, ROOST_FORMAT, "an escape is not valid", err);
        }
        *text = copy;
        *size = (uint32_t)(to - copy);
    }
    json->at = at + 1;
    return ROOST_OK;
}

static int take_word(struct json *json, const char *word)
{
    size_t size = strlen(word);
    if ((size_t)(json->end - json->at) < size || memcmp(json->at, word, size) != 0)
        return 0;
    json->at += size;
    return 1;
}

/* JSON's own grammar is narrower than reg_number's: no plus sign, no leading zero, digits
 * on both sides of a point. */
static int is_json_number(const char *at, size_t size)
{
    const char *end = at + size;
    if (at < end && *at == '-')
        at++;
    if (at == end || *at < '0' || *at > '9')
        return 0;
    if (*at == '0' && end - at > 1 && at[1] >= '0' && at[1] <= '9')
        return 0;
    const char *point = memchr(at, '.', (size_t)(end - at));
    return !point || (end - point > 1 && point[1] >= '0' && point[1] <= '9');
}

static roost_status read_number(struct json *json, struct roost_error *err)
{
    double value = 0;
    const char *from = json->at;
    if (take_word(json, "NaN")) {
        value = NAN;
    } else if (take_word(json, "Infinity")) {
        value = INFINITY;
    } else if (take_word(json, "-Infinity")) {
        value = -INFINITY;
    } else {
        const char *to = from;
        while (to < json->end && *to && strchr("+-.0123456789eE", *to))
            to++;
        size_t size = (size_t)(to - from);
        if (!is_json_number(from, size) || reg_number(from, size, &value))
            return fail(json, ROOST_FORMAT, "not a JSON value (or a number too long)",
                        err);
        json->at = to;
    }
    roost_status status = reg_doc_put_number(&json->writer, value);
    return status ? fail(json, status, json->writer.wrong, err) : ROOST_OK;
}

/* true and false count as numbers inside a list of numbers only. */
static roost_status read_word(struct json *json, struct roost_error *err)
{
    struct reg_doc_writer *writer = &json->writer;
    struct reg_doc_node value = {.kind = REG_DOC_BOOL};
    roost_status status;
    if (take_word(json, "null"))
        value.kind = REG_DOC_NULL;
    else if (take_word(json, "true"))
        value.as.number = 1;
    else if (!take_word(json, "false"))
        return fail(json, ROOST_FORMAT, "not a JSON value", err);
    const struct reg_doc_node *open =
        writer->depth ? &json->doc->node[writer->frame[writer->depth - 1].node] : NULL;
    if (value.kind == REG_DOC_BOOL && open && open->kind == REG_DOC_NUMBERS)
        status = reg_doc_put_number(writer, value.as.number);
    else
        status = reg_doc_put(writer, &value);
    return status ? fail(json, status, writer->wrong, err) : ROOST_OK;
}

/* A scalar, or the opening of a list or map. */
static roost_status read_value(struct json *json, struct roost_error *err)
{
    roost_status status;
    char c = peek(json);
    if (c == '"') {
        struct reg_doc_node value = {.kind = REG_DOC_TEXT};
        status = read_text(json, &value.as.text, &value.size, err);
        if (status)
            return status;
        status = reg_doc_put(&json->writer, &value);
    } else if (c == '{' || c == '[') {
        status = reg_doc_begin(&json->writer, c == '{' ? REG_DOC_MAP : REG_DOC_NUMBERS);
        json->at += status == ROOST_OK;
    } else if (c == 't' || c == 'f' || c == 'n') {
        return read_word(json, err);
    } else {
        return read_number(json, err);
    }
    return status ? fail(json, status, json->writer.wrong, err) : ROOST_OK;
}

static roost_status read_key(struct json *json, struct reg_doc_frame *frame,
                             struct roost_error *err)
{
    if (peek(json) != '"')
        return fail(json, ROOST_FORMAT, "a key in quotes is expected", err);
    roost_status status = read_text(json, &frame->key, &frame->key_size, err);
    if (status)
        return status;
    if (peek(json) != ':')
        return fail(json, ROOST_FORMAT, "a ':' is expected", err);
    json->at++;
    return ROOST_OK;
}

/* One step inside an open list or map: its end, or the next element. */
static roost_status step(struct json *json, struct roost_error *err)
{
    struct reg_doc_writer *writer = &json->writer;
    struct reg_doc_frame *frame = &writer->frame[writer->depth - 1];
    const struct reg_doc_node *open = &json->doc->node[frame->node];
    int is_map = open->kind == REG_DOC_MAP;
    char c = peek(json);
    if (c == (is_map ? '}' : ']')) {
        roost_status status = reg_doc_end(writer);
        json->at++;
        return status ? fail(json, status, writer->wrong, err) : ROOST_OK;
    }
    if (open->count > 0) {
        if (c != ',')
            return fail(json, ROOST_FORMAT,
                        is_map ? "a ',' or '}' is expected" : "a ',' or ']' is expected",
                        err);
        json->at++;
    }
    roost_status status = is_map ? read_key(json, frame, err) : ROOST_OK;
    return status ? status : read_value(json, err);
}

roost_status reg_doc_json(struct reg_doc *doc, const void *data, size_t size,
                          struct roost_error *err)
{
    struct json json = {.at = data, .start = data, .doc = doc, .writer = {.doc = doc}};
    json.end = json.start + size;
    reg_doc_expect(doc, size);
    roost_status status = read_value(&json, err);
    while (!status && json.writer.depth)
        status = step(&json, err);
    if (!status && peek(&json))
        status = fail(&json, ROOST_FORMAT, "something follows the JSON value", err);
    /* peek gives 0 for a NUL byte as well as for the end. */
    if (!status && json.at < json.end)
        status = fail(&json, ROOST_FORMAT, "a NUL byte follows the JSON value", err);
    return status;
}
