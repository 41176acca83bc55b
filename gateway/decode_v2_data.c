/* SPDX-License-Identifier: MIT
 * The elements of one input: JSON, flat or nested, becomes an array of its data type; the
 * bytes behind the JSON stay where they are, and only BYTES are looked through. Either
 * way decode_v2_place.c finds the same thing. Comes after decode_v2_input.c. */
#include "gateway/decode_v2_state.h"
#include <string.h>

static int not_a(struct gw_v2 *v, const char *kind, const char *as)
{
    return gw_fault_set(v->d.fault, GW_FAULT_BAD_TYPE,
                        "Unable to parse 'data': attempt to access JSON non-%s as %s",
                        kind, as);
}

static int out_of_range(struct gw_v2 *v, struct roost_text text, enum gw_v2_type type)
{
    struct roost_text shown = gw_decode_shown(text);
    return gw_fault_set(v->d.fault, GW_FAULT_BAD_VALUE,
                        "Unable to parse 'data': %.*s is out of the range of %s",
                        (int)shown.size, shown.at, gw_v2_type_name(type));
}

/* An integer of the type's width as its lowest bytes. */
static int read_integer(struct gw_v2 *v, enum gw_v2_type type, uint64_t *out)
{
    const int is_unsigned = type <= GW_V2_UINT64;
    const uint32_t bits = gw_v2_type_bytes(type) * 8;
    const char *kind = is_unsigned ? "unsigned-integer" : "signed-integer";
    struct gw_decimal decimal;
    struct roost_text text = {NULL, 0};
    int64_t value = 0;
    int word = gw_json_number(&v->d.json, &decimal, &text);
    if (word != 0)
        return word < 0 ? -1 : not_a(v, kind, kind);
    if (is_unsigned && gw_v2_uint64(&decimal, text, out) == 0)
        return bits == 64 || *out >> bits == 0 ? 0 : out_of_range(v, text, type);
    if (gw_number_int64(&decimal, text.at, text.size, &value) != 0)
        return decimal.integer ? out_of_range(v, text, type) : not_a(v, kind, kind);
    const int64_t most = (int64_t)(((uint64_t)1 << (bits - 1)) - 1);
    if (is_unsigned || value > most || value < -most - 1)
        return out_of_range(v, text, type);
    *out = (uint64_t)value;
    return 0;
}

static int read_bool(struct gw_v2 *v, int kind, uint8_t *out)
{
    *out = kind == GW_JSON_TRUE;
    if (kind != GW_JSON_TRUE && kind != GW_JSON_FALSE)
        return not_a(v, "boolean", "boolean");
    return gw_json_skip(&v->d.json);
}

static int read_number(struct gw_v2 *v, enum gw_v2_type type, uint64_t i, void *data)
{
    double number = 0;
    uint64_t bits = 0;
    if (gw_v2_type_whole(type)) {
        if (read_integer(v, type, &bits) != 0)
            return -1;
        const uint32_t bytes = gw_v2_type_bytes(type);
        memcpy((uint8_t *)data + i * bytes, &bits, bytes);
        return 0;
    }
    if (gw_json_double(&v->d.json, &number) != 0)
        return -1;
    if (type == GW_V2_FP32)
        ((float *)data)[i] = (float)number;
    else
        ((double *)data)[i] = number;
    return 0;
}

/* The value that comes next, of `kind`, as element i. */
static int read_element(struct gw_v2 *v, enum gw_v2_type type, int kind, uint64_t i,
                        void *data)
{
    if (type == GW_V2_BYTES)
        return kind == GW_JSON_STRING
                   ? gw_json_string(&v->d.json, (struct roost_text *)data + i)
                   : not_a(v, "string", "string");
    if (type == GW_V2_BOOL)
        return read_bool(v, kind, (uint8_t *)data + i);
    if (kind == GW_JSON_NUMBER)
        return read_number(v, type, i, data);
    return !gw_v2_type_whole(type) ? not_a(v, "number", "double")
           : type <= GW_V2_UINT64  ? not_a(v, "unsigned-integer", "unsigned-integer")
                                   : not_a(v, "signed-integer", "signed-integer");
}

static int wrong_count(struct gw_v2 *v)
{
    v->leaf = -1;
    return gw_fault_set(
        v->d.fault, GW_FAULT_BAD_SHAPE,
        "Unable to parse 'data': Shape does not match true shape of 'data' field");
}

/* All values within the list that comes next, however deep its lists go: only their
 * number must be right. */
static int read_list(struct gw_v2 *v, const struct gw_v2_input *input, void *data)
{
    const uint32_t outside = v->d.json.depth;
    uint64_t count = 0;
    if (gw_json_enter(&v->d.json) != 0)
        return -1;
    while (v->d.json.depth > outside) {
        int more = gw_json_next_item(&v->d.json);
        if (more == 0)
            continue; /* a list ended, maybe the last */
        int kind = more > 0 ? gw_json_peek(&v->d.json) : -1;
        if (kind < 0)
            return -1;
        if (kind == GW_JSON_LIST) {
            if (gw_json_enter(&v->d.json) != 0)
                return -1;
            continue;
        }
        v->leaf = (int64_t)count;
        if (count == input->count)
            return wrong_count(v);
        if (read_element(v, input->type, kind, count++, data) != 0)
            return -1;
    }
    v->leaf = -1;
    return count == input->count ? 0 : wrong_count(v);
}

static size_t element_bytes(enum gw_v2_type type)
{
    return type == GW_V2_BYTES ? sizeof(struct roost_text) : gw_v2_type_bytes(type);
}

/* Numbers of elements or of bytes that nothing can have. */
static int check_size(struct gw_v2 *v, const struct gw_v2_input *input)
{
    struct roost_text name = gw_decode_shown(input->name);
    struct roost_text shape = gw_decode_shown(input->shape);
    uint64_t bytes;
    if (input->count == UINT64_MAX)
        return gw_fault_set(v->d.fault, GW_FAULT_BAD_SHAPE,
                            "shape %.*s for input '%.*s' causes total element count to "
                            "exceed maximum size of %lld",
                            (int)shape.size, shape.at, (int)name.size, name.at,
                            (long long)INT64_MAX);
    if (__builtin_mul_overflow(input->count, element_bytes(input->type), &bytes) ||
        bytes > INT64_MAX)
        return gw_fault_set(v->d.fault, GW_FAULT_BAD_SHAPE,
                            "byte size overflow for input '%.*s'", (int)name.size,
                            name.at);
    return 0;
}

int gw_v2_read_data(struct gw_v2 *v, struct gw_v2_input *input)
{
    const uint64_t left = (uint64_t)(v->d.json.end - v->d.json.at);
    struct roost_text name = gw_decode_shown(input->name);
    int kind = gw_json_peek(&v->d.json);
    if (kind < 0 || check_size(v, input) != 0)
        return -1;
    if (kind != GW_JSON_LIST)
        return not_a(v, "array", "array");
    if (input->type == GW_V2_FP16 || input->type == GW_V2_BF16)
        return gw_fault_set(v->d.fault, GW_FAULT_BAD_TYPE,
                            "receiving %s data via JSON is not supported. Please use the "
                            "binary data format for input '%.*s'",
                            gw_v2_type_name(input->type), (int)name.size, name.at);
    /* A value and its comma take two bytes, so that no shape can ask for more memory than
     * a few times what was sent. */
    if (input->count > left / 2)
        return wrong_count(v);
    void *data =
        eng_arena_take(v->d.arena, (size_t)input->count * element_bytes(input->type), 8);
    if (data == NULL)
        return gw_decode_no_memory(&v->d);
    input->data = data;
    return read_list(v, input, data);
}

static int wrong_text(struct gw_v2 *v, const struct gw_v2_input *input, const char *what,
                      uint64_t wanted, uint64_t left)
{
    struct roost_text name = gw_decode_shown(input->name);
    return gw_fault_set(v->d.fault, GW_FAULT_BAD_VALUE,
                        "incomplete string %s for inference input '%.*s' for model '%s', "
                        "expecting %llu bytes but only %llu bytes available",
                        what, (int)name.size, name.at, v->model->name,
                        (unsigned long long)wanted, (unsigned long long)left);
}

static int wrong_texts(struct gw_v2 *v, const struct gw_v2_input *input, uint64_t found)
{
    struct roost_text name = gw_decode_shown(input->name);
    return gw_fault_set(v->d.fault, GW_FAULT_BAD_SHAPE,
                        "unexpected number of string elements %llu for inference input "
                        "'%.*s' for model '%s', expecting %llu",
                        (unsigned long long)found, (int)name.size, name.at,
                        v->model->name, (unsigned long long)input->count);
}

/* One text: 4 bytes of length, and as many as they say. */
static int take_text(struct gw_v2 *v, const struct gw_v2_input *input, const uint8_t **at,
                     const uint8_t *end, struct roost_text *out)
{
    const uint64_t left = (uint64_t)(end - *at);
    uint32_t size;
    if (left < sizeof size)
        return wrong_text(v, input, "length indicator", sizeof size, left);
    memcpy(&size, *at, sizeof size);
    if (size > left - sizeof size)
        return wrong_text(v, input, "data", size, left - sizeof size);
    if (size > v->d.limits->text)
        return gw_decode_too_many(&v->d, "bytes in a string", v->d.limits->text);
    *out = (struct roost_text){(const char *)*at + sizeof size, size};
    *at += sizeof size + size;
    return 0;
}

static int take_texts(struct gw_v2 *v, struct gw_v2_input *input, uint64_t size)
{
    const uint8_t *at = v->raw + v->raw_used, *end = at + size;
    if (input->count > size / sizeof(uint32_t))
        return wrong_texts(v, input, size / sizeof(uint32_t));
    struct roost_text *texts = eng_arena_take(
        v->d.arena, (size_t)input->count * sizeof *texts, _Alignof(struct roost_text));
    if (texts == NULL)
        return gw_decode_no_memory(&v->d);
    for (uint64_t i = 0; i < input->count; i++)
        if (take_text(v, input, &at, end, &texts[i]) != 0)
            return -1;
    input->data = texts;
    return at == end ? 0 : wrong_texts(v, input, input->count + 1);
}

int gw_v2_take_binary(struct gw_v2 *v, struct gw_v2_input *input, uint64_t size)
{
    const uint64_t left = v->raw_size - v->raw_used;
    struct roost_text name = gw_decode_shown(input->name);
    if (check_size(v, input) != 0)
        return -1;
    if (size > left)
        return gw_fault_set(v->d.fault, GW_FAULT_BAD_REQUEST,
                            "unexpected size for input '%.*s', expecting %llu additional "
                            "bytes for model '%s'",
                            (int)name.size, name.at, (unsigned long long)(size - left),
                            v->model->name);
    const uint64_t wanted = input->count * gw_v2_type_bytes(input->type);
    if (input->type == GW_V2_BYTES) {
        if (take_texts(v, input, size) != 0)
            return -1;
    } else if (size != wanted) {
        return gw_fault_set(v->d.fault, GW_FAULT_BAD_SHAPE,
                            "input byte size mismatch for input '%.*s' for model '%s'. "
                            "Expected %llu, got %llu",
                            (int)name.size, name.at, v->model->name,
                            (unsigned long long)wanted, (unsigned long long)size);
    } else {
        input->data = v->raw + v->raw_used;
    }
    v->raw_used += (size_t)size;
    return 0;
}

int gw_v2_raw_data(struct gw_v2 *v, struct gw_v2_input *input)
{
    if (input->type != GW_V2_BYTES)
        return gw_v2_take_binary(v, input, v->raw_size);
    /* The body is the one text, without a length. */
    struct roost_text *text =
        eng_arena_take(v->d.arena, sizeof *text, _Alignof(struct roost_text));
    if (text == NULL)
        return gw_decode_no_memory(&v->d);
    if (v->raw_size > v->d.limits->text)
        return gw_decode_too_many(&v->d, "bytes in a string", v->d.limits->text);
    *text = (struct roost_text){(const char *)v->raw, (uint32_t)v->raw_size};
    v->raw_used = v->raw_size;
    input->data = text;
    return 0;
}
