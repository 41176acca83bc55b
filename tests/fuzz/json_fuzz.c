/* SPDX-License-Identifier: MIT
 * The pull decoder of JSON. Byte 0 chooses depth and strictness. Three readers of the
 * same bytes must agree: the one that skips, a walk that asks for every value by its
 * type, and jansson (whose own limits are allowed for). */
#include "gateway/json.h"
#include "tests/fuzz/support/fuzz.h"
#include <jansson.h>
#include <math.h>
#include <string.h>

enum { ARENA = 1 << 20 };

struct reading {
    struct eng_arena arena;
    struct gw_json json;
    struct gw_fault fault;
    uint64_t object[GW_JSON_DEPTH_MAX / 64]; /* a bit for each open container */
};

static int is_object(const struct reading *r)
{
    uint32_t last = r->json.depth - 1;
    return (int)(r->object[last / 64] >> (last % 64) & 1);
}

static int enter(struct reading *r, int object)
{
    if (gw_json_enter(&r->json) != 0)
        return -1;
    uint32_t last = r->json.depth - 1;
    FUZZ_MUST(last < r->json.limits.depth);
    uint64_t bit = (uint64_t)1 << (last % 64);
    r->object[last / 64] =
        object ? r->object[last / 64] | bit : r->object[last / 64] & ~bit;
    return 0;
}

/* A value, or into a container. */
static int read_value(struct reading *r)
{
    struct roost_text text;
    double number;
    int kind = gw_json_peek(&r->json);
    switch (kind) {
    case GW_JSON_OBJECT:
    case GW_JSON_LIST:
        return enter(r, kind == GW_JSON_OBJECT);
    case GW_JSON_STRING:
        if (gw_json_string(&r->json, &text) != 0)
            return -1;
        FUZZ_MUST(fuzz_is_utf8(text.at, text.size));
        return 0;
    case GW_JSON_NUMBER:
        if (gw_json_double(&r->json, &number) != 0)
            return -1;
        FUZZ_MUST(isfinite(number) || !r->json.limits.strict);
        return 0;
    default:
        return kind < 0 ? -1 : gw_json_skip(&r->json);
    }
}

static int walk(struct reading *r)
{
    struct roost_text key;
    do {
        if (read_value(r) != 0)
            return -1;
        int more = 0;
        while (r->json.depth > 0 && more == 0) {
            more = is_object(r) ? gw_json_next_key(&r->json, &key)
                                : gw_json_next_item(&r->json);
            if (more < 0)
                return -1;
            if (more > 0 && is_object(r))
                FUZZ_MUST(fuzz_is_utf8(key.at, key.size));
        }
    } while (r->json.depth > 0);
    return gw_json_end(&r->json);
}

static int skip(struct reading *r)
{
    return gw_json_skip(&r->json) != 0 ? -1 : gw_json_end(&r->json);
}

static int run(struct reading *r, struct fuzz_bytes body,
               const struct gw_json_limits *limits, int (*read)(struct reading *))
{
    memset(r, 0, sizeof *r);
    eng_arena_init(&r->arena, ARENA);
    int failed =
        gw_json_init(&r->json, body.at, body.left, limits, &r->arena, &r->fault) != 0 ||
        read(r) != 0;
    FUZZ_MUST(failed == (r->fault.code != GW_FAULT_NONE));
    FUZZ_MUST(failed || r->json.at == r->json.end);
    if (failed)
        fuzz_check_fault(&r->fault);
    eng_arena_clear(&r->arena);
    return failed;
}

/* jansson reads numbers to a double and no NUL in keys (and overlooks a NUL byte that
 * follows a number); depth and sizes are limits of either. Everything else both must
 * judge alike. */
static void check_with_jansson(struct fuzz_bytes body, const struct reading *r,
                               int failed)
{
    json_error_t error;
    json_t *value =
        json_loadb((const char *)body.at, body.left,
                   JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &error);
    if (value != NULL) {
        FUZZ_MUST(!failed || r->fault.code == GW_FAULT_TOO_MANY ||
                  strstr(r->fault.text, "Nested deeper") != NULL);
    } else if (!failed) {
        enum json_error_code code = json_error_code(&error);
        FUZZ_MUST(code == json_error_numeric_overflow ||
                  code == json_error_null_byte_in_key);
    }
    json_decref(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes body = {data, size};
    uint8_t bits = fuzz_byte(&body);
    struct gw_json_limits limits = {.depth = bits & 2 ? 1000 : 5,
                                    .text = bits & 4 ? UINT32_MAX : 30,
                                    .strict = bits & 1};
    static struct reading skipped, walked;
    int failed = run(&skipped, body, &limits, skip);
    int refused = run(&walked, body, &limits, walk);
    /* Only the walk looks at what numbers are worth. */
    FUZZ_MUST(failed == refused || walked.fault.code == GW_FAULT_BAD_VALUE);
    if (failed && refused && walked.fault.code != GW_FAULT_BAD_VALUE)
        FUZZ_MUST(strcmp(skipped.fault.text, walked.fault.text) == 0);
    if (limits.strict && memchr(data, '\0', size) == NULL)
        check_with_jansson(body, &skipped, failed);
    return 0;
}
