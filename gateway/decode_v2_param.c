/* SPDX-License-Identifier: MIT
 * "parameters" of an infer request, and the small values that all of its objects hold:
 * members told by name, texts, lengths, truth values, refused in Triton's words. Called
 * by decode_v2.c, decode_v2_input.c and decode_v2_output.c. */
#include "gateway/decode_v2_state.h"
#include <string.h>

int gw_v2_member(struct gw_v2 *v, const char *const *names, unsigned *seen,
                 struct roost_text key)
{
    for (int i = 0; names[i] != NULL; i++) {
        if (!gw_decode_equals(key, names[i]))
            continue;
        if (*seen >> i & 1)
            return gw_fault_set(v->d.fault, GW_FAULT_DUPLICATE_KEY,
                                "The key \"%s\" stands twice", names[i]);
        *seen |= 1u << i;
        return i;
    }
    return -2;
}

/* The value that comes next is not what it should be. */
static int not_a(struct gw_v2 *v, const char *what, const char *kind, const char *as)
{
    return gw_fault_set(v->d.fault, GW_FAULT_BAD_TYPE,
                        "Unable to parse '%s': attempt to access JSON non-%s as %s", what,
                        kind, as);
}

int gw_v2_enter(struct gw_v2 *v, int kind, const char *what)
{
    int found = gw_json_peek(&v->d.json);
    const char *name = kind == GW_JSON_LIST ? "array" : "object";
    if (found < 0)
        return -1;
    return found == kind ? gw_json_enter(&v->d.json) : not_a(v, what, name, name);
}

int gw_v2_text(struct gw_v2 *v, const char *what, struct roost_text *out)
{
    int kind = gw_json_peek(&v->d.json);
    if (kind < 0)
        return -1;
    return kind == GW_JSON_STRING ? gw_json_string(&v->d.json, out)
                                  : not_a(v, what, "string", "string");
}

int gw_v2_uint64(const struct gw_decimal *decimal, struct roost_text text, uint64_t *out)
{
    int64_t small;
    if (gw_number_int64(decimal, text.at, text.size, &small) == 0) {
        *out = (uint64_t)small;
        return small < 0 ? -1 : 0;
    }
    if (!decimal->integer || decimal->negative)
        return -1;
    uint64_t value = 0;
    for (uint32_t i = 0; i < text.size; i++)
        if (__builtin_mul_overflow(value, 10u, &value) ||
            __builtin_add_overflow(value, (uint64_t)(text.at[i] - '0'), &value))
            return -1;
    *out = value;
    return 0;
}

int gw_v2_unsigned(struct gw_v2 *v, const char *what, uint64_t *out)
{
    struct gw_decimal decimal;
    struct roost_text text = {NULL, 0};
    int kind = gw_json_peek(&v->d.json);
    if (kind < 0)
        return -1;
    int word = kind == GW_JSON_NUMBER ? gw_json_number(&v->d.json, &decimal, &text) : 1;
    if (word < 0)
        return -1;
    if (word == 0 && gw_v2_uint64(&decimal, text, out) == 0)
        return 0;
    return not_a(v, what, "unsigned-integer", "unsigned-integer");
}

int gw_v2_bool(struct gw_v2 *v, const char *what, uint8_t *out)
{
    int kind = gw_json_peek(&v->d.json);
    if (kind < 0)
        return -1;
    *out = kind == GW_JSON_TRUE;
    return kind == GW_JSON_TRUE || kind == GW_JSON_FALSE
               ? gw_json_skip(&v->d.json)
               : not_a(v, what, "boolean", "boolean");
}

static int read_parameter(struct gw_v2 *v, struct roost_text key, unsigned *seen)
{
    static const char *const names[] = {"timeout", "priority", "binary_data_output",
                                        NULL};
    static const char reserved[] = "triton_";
    switch (gw_v2_member(v, names, seen, key)) {
    case -1:
        return -1;
    case 0:
        return gw_v2_unsigned(v, names[0], &v->request->timeout_us);
    case 1:
        return gw_v2_unsigned(v, names[1], &v->request->priority);
    case 2:
        return gw_v2_bool(v, names[2], &v->binary_outputs);
    default:
        break;
    }
    if (key.size >= sizeof reserved - 1 &&
        memcmp(key.at, reserved, sizeof reserved - 1) == 0)
        return gw_fault_set(v->d.fault, GW_FAULT_BAD_REQUEST,
                            "parameter keys starting with 'triton_' are reserved for "
                            "Triton usage and should not be specified.");
    /* Others are for somebody else on the way. */
    return gw_json_skip(&v->d.json);
}

int gw_v2_read_parameters(struct gw_v2 *v)
{
    struct roost_text key;
    unsigned seen = 0;
    int more;
    if (gw_v2_enter(v, GW_JSON_OBJECT, "parameters") != 0)
        return -1;
    for (uint32_t keys = 0; (more = gw_json_next_key(&v->d.json, &key)) > 0; keys++) {
        v->d.place.key = key;
        if (keys == v->d.limits->keys)
            return gw_decode_too_many(&v->d, "keys in an object", v->d.limits->keys);
        if (read_parameter(v, key, &seen) != 0)
            return -1;
    }
    return more;
}
