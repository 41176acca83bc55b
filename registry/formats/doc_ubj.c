/* SPDX-License-Identifier: MIT
 * doc_ubj.c - the subset of UBJSON that XGBoost writes, into a document tree, without
 * recursion. Big-endian. { } [ ] with keys of any integer size, S and C texts, Z T F,
 * i U I l L d D numbers, lists with a count (`[#`) and of one type (`[$`). */
#include <math.h>
#include <string.h>

#include "engine/base/error.h"
#include "registry/formats/doc.h"

struct ubj {
    const uint8_t *at;
    const uint8_t *end;
    const uint8_t *start;
    struct reg_doc_writer writer;
    struct reg_doc *doc;
    uint64_t left[REG_DOC_DEPTH]; /* elements still to come in a counted list */
    uint8_t counted[REG_DOC_DEPTH];
};

static roost_status fail(const struct ubj *ubj, roost_status status, const char *wrong,
                         struct roost_error *err)
{
    uint64_t byte = (uint64_t)(ubj->at - ubj->start);
    return eng_fail(err, status, NULL, byte, "%s (byte %llu)", wrong,
                    (unsigned long long)byte);
}

/* Bytes of a number of this type; 0: not a number. */
static size_t number_size(uint8_t type)
{
    switch (type) {
    case 'i':
    case 'U':
        return 1;
    case 'I':
        return 2;
    case 'l':
    case 'd':
        return 4;
    case 'L':
    case 'D':
        return 8;
    default:
        return 0;
    }
}

static uint64_t big_endian(const uint8_t *at, size_t size)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < size; i++)
        bits = bits << 8 | at[i];
    return bits;
}

/* i, I and l are signed and sign-extended by the casts. */
static int64_t get_integer(const uint8_t *at, uint8_t type)
{
    uint64_t bits = big_endian(at, number_size(type));
    switch (type) {
    case 'i':
        return (int8_t)bits;
    case 'I':
        return (int16_t)bits;
    case 'l':
        return (int32_t)bits;
    default: /* U is never negative; L is all 64 bits */
        return (int64_t)bits;
    }
}

static double get_number(const uint8_t *at, uint8_t type)
{
    uint64_t bits = big_endian(at, number_size(type));
    if (type == 'd') {
        uint32_t half = (uint32_t)bits;
        float value;
        memcpy(&value, &half, sizeof value);
        return (double)value;
    }
    if (type == 'D') {
        double value;
        memcpy(&value, &bits, sizeof value);
        return value;
    }
    return (double)get_integer(at, type);
}

static size_t left(const struct ubj *ubj)
{
    return (size_t)(ubj->end - ubj->at);
}

/* A length: an integer with its type before it. */
static roost_status read_length(struct ubj *ubj, uint64_t *out, struct roost_error *err)
{
    if (!left(ubj))
        return fail(ubj, ROOST_FORMAT, "the file ends in the middle", err);
    uint8_t type = *ubj->at;
    size_t size = type == 'd' || type == 'D' ? 0 : number_size(type);
    if (!size)
        return fail(ubj, ROOST_FORMAT, "a length is expected", err);
    if (left(ubj) - 1 < size)
        return fail(ubj, ROOST_FORMAT, "the file ends in the middle", err);
    int64_t value = get_integer(ubj->at + 1, type);
    if (value < 0)
        return fail(ubj, ROOST_FORMAT, "a length is negative", err);
    ubj->at += 1 + size;
    *out = (uint64_t)value;
    return ROOST_OK;
}

/* Borrowed from the bytes: nothing is copied, whatever length is declared. */
static roost_status read_text(struct ubj *ubj, const char **text, uint32_t *size,
                              struct roost_error *err)
{
    uint64_t length = 0;
    roost_status status = read_length(ubj, &length, err);
    if (status)
        return status;
    if (length > left(ubj) || length > UINT32_MAX)
        return fail(ubj, ROOST_FORMAT, "a text is longer than the file", err);
    if (!reg_utf8_valid(ubj->at, (size_t)length))
        return fail(ubj, ROOST_FORMAT, "a text is not valid UTF-8", err);
    *text = (const char *)ubj->at;
    *size = (uint32_t)length;
    ubj->at += length;
    return ROOST_OK;
}

/* `[$` type `#` count, then raw numbers. A count that the bytes left cannot hold is
 * refused before anything is stored. */
static roost_status read_typed(struct ubj *ubj, struct roost_error *err)
{
    if (left(ubj) < 2 || !number_size(ubj->at[0]) || ubj->at[1] != '#')
        return fail(ubj, ROOST_FORMAT, "a typed list holds numbers and has a count", err);
    uint8_t type = ubj->at[0];
    size_t size = number_size(type);
    uint64_t count = 0;
    ubj->at += 2;
    roost_status status = read_length(ubj, &count, err);
    if (status)
        return status;
    if (count > left(ubj) / size)
        return fail(ubj, ROOST_FORMAT, "a list is longer than the file", err);
    for (uint64_t i = 0; i < count && !status; i++, ubj->at += size)
        status = reg_doc_put_number(&ubj->writer, get_number(ubj->at, type));
    if (!status)
        status = reg_doc_end(&ubj->writer);
    return status ? fail(ubj, status, ubj->writer.wrong, err) : ROOST_OK;
}

/* An opening bracket has been taken. A typed list is read whole and closed at once. */
static roost_status begin(struct ubj *ubj, uint8_t type, struct roost_error *err)
{
    roost_status status =
        reg_doc_begin(&ubj->writer, type == '{' ? REG_DOC_MAP : REG_DOC_NUMBERS);
    if (status)
        return fail(ubj, status, ubj->writer.wrong, err);
    uint32_t depth = ubj->writer.depth - 1;
    ubj->counted[depth] = 0;
    if (type == '{' || !left(ubj))
        return ROOST_OK;
    if (*ubj->at == '$') {
        ubj->at++;
        return read_typed(ubj, err);
    }
    if (*ubj->at != '#')
        return ROOST_OK;
    ubj->at++;
    status = read_length(ubj, &ubj->left[depth], err);
    /* Every element takes a byte at least. */
    if (!status && ubj->left[depth] > left(ubj))
        return fail(ubj, ROOST_FORMAT, "a list is longer than the file", err);
    ubj->counted[depth] = 1;
    return status;
}

/* What is no list or map. T and F among numbers are the numbers 1 and 0, as default_left
 * was written before version 1.6. */
static roost_status read_scalar(struct ubj *ubj, uint8_t type, struct roost_error *err)
{
    struct reg_doc_writer *writer = &ubj->writer;
    struct reg_doc_node value = {.kind = REG_DOC_NULL};
    roost_status status = ROOST_OK;
    size_t size = number_size(type);
    if (size && left(ubj) < size)
        return fail(ubj, ROOST_FORMAT, "the file ends in the middle", err);
    if (size) {
        status = reg_doc_put_number(writer, get_number(ubj->at, type));
        ubj->at += size;
    } else if (type == 'S') {
        value.kind = REG_DOC_TEXT;
        status = read_text(ubj, &value.as.text, &value.size, err);
        if (status)
            return status;
        status = reg_doc_put(writer, &value);
    } else if (type == 'T' || type == 'F') {
        value.kind = REG_DOC_BOOL;
        value.as.number = type == 'T';
        int listed =
            writer->depth &&
            ubj->doc->node[writer->frame[writer->depth - 1].node].kind == REG_DOC_NUMBERS;
        status = listed ? reg_doc_put_number(writer, value.as.number)
                        : reg_doc_put(writer, &value);
    } else if (type == 'Z') {
        status = reg_doc_put(writer, &value);
    } else {
        return fail(ubj, ROOST_FORMAT, "not a UBJSON type that models use", err);
    }
    return status ? fail(ubj, status, writer->wrong, err) : ROOST_OK;
}

static roost_status read_value(struct ubj *ubj, struct roost_error *err)
{
    if (!left(ubj))
        return fail(ubj, ROOST_FORMAT, "the file ends in the middle", err);
    uint8_t type = *ubj->at++;
    if (type == '{' || type == '[')
        return begin(ubj, type, err);
    return read_scalar(ubj, type, err);
}

/* One step inside an open list or map: its end, or the next element. */
static roost_status step(struct ubj *ubj, struct roost_error *err)
{
    struct reg_doc_writer *writer = &ubj->writer;
    uint32_t depth = writer->depth - 1;
    struct reg_doc_frame *frame = &writer->frame[depth];
    int is_map = ubj->doc->node[frame->node].kind == REG_DOC_MAP;
    int ends = ubj->counted[depth] && !ubj->left[depth];
    if (!ends && !left(ubj))
        return fail(ubj, ROOST_FORMAT, "the file ends in the middle", err);
    if (!ends && !ubj->counted[depth] && *ubj->at == (is_map ? '}' : ']')) {
        ends = 1;
        ubj->at++;
    }
    if (ends) {
        roost_status status = reg_doc_end(writer);
        return status ? fail(ubj, status, writer->wrong, err) : ROOST_OK;
    }
    ubj->left[depth] -= ubj->counted[depth];
    roost_status status =
        is_map ? read_text(ubj, &frame->key, &frame->key_size, err) : ROOST_OK;
    return status ? status : read_value(ubj, err);
}

roost_status reg_doc_ubj(struct reg_doc *doc, const void *data, size_t size,
                         struct roost_error *err)
{
    struct ubj ubj = {.at = data, .start = data, .doc = doc, .writer = {.doc = doc}};
    ubj.end = ubj.start + size;
    reg_doc_expect(doc, size);
    roost_status status = read_value(&ubj, err);
    while (!status && ubj.writer.depth)
        status = step(&ubj, err);
    if (!status && left(&ubj))
        status = fail(&ubj, ROOST_FORMAT, "something follows the end", err);
    return status;
}
