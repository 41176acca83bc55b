/* SPDX-License-Identifier: MIT
 * fuzz.c - see fuzz.h. Texts that reach people or clients are held to one standard here,
 * whatever target they came from. */
#include "tests/fuzz/support/fuzz.h"
#include "engine/base/arena.h"
#include "gateway/json.h"
#include "gateway/text.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_MAX = 64 << 20, BODY_MAX = 64 << 10 };

void fuzz_broken(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: this must hold: %s\n", file, line, condition);
    abort();
}

uint8_t fuzz_byte(struct fuzz_bytes *bytes)
{
    if (bytes->left == 0)
        return 0;
    bytes->left--;
    return *bytes->at++;
}

int fuzz_is_utf8(const char *text, size_t size)
{
    for (size_t i = 0; i < size;) {
        size_t step = gw_utf8_char(text + i, size - i);
        if (step == 0)
            return 0;
        i += step;
    }
    return 1;
}

/* RFC 6901: "" or tokens that each begin with '/', where '~' stands only before 0 or 1.
 */
static void check_pointer(const char *pointer)
{
    FUZZ_MUST(pointer[0] == '\0' || pointer[0] == '/');
    FUZZ_MUST(fuzz_is_utf8(pointer, strlen(pointer)));
    for (const char *at = strchr(pointer, '~'); at != NULL; at = strchr(at + 1, '~'))
        FUZZ_MUST(at[1] == '0' || at[1] == '1');
}

void fuzz_check_json(const char *text, size_t size)
{
    struct gw_fault fault = {.code = GW_FAULT_NONE};
    struct gw_json_limits limits = {
        .depth = GW_JSON_DEPTH_MAX, .text = UINT32_MAX, .strict = 1};
    struct eng_arena arena;
    struct gw_json json;
    eng_arena_init(&arena, ARENA_MAX);
    FUZZ_MUST(gw_json_init(&json, (const uint8_t *)text, size, &limits, &arena, &fault) ==
              0);
    FUZZ_MUST(gw_json_skip(&json) == 0 && gw_json_end(&json) == 0);
    eng_arena_clear(&arena);
    json_t *other = json_loadb(text, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    FUZZ_MUST(other != NULL);
    json_decref(other);
}

void fuzz_check_fault(const struct gw_fault *fault)
{
    FUZZ_MUST(fault->code > GW_FAULT_NONE && fault->code < GW_FAULTS);
    FUZZ_MUST(memchr(fault->text, '\0', sizeof fault->text) != NULL);
    FUZZ_MUST(memchr(fault->pointer, '\0', sizeof fault->pointer) != NULL);
    FUZZ_MUST(fault->text[0] != '\0');
    FUZZ_MUST(fuzz_is_utf8(fault->text, strlen(fault->text)));
    FUZZ_MUST(gw_fault_http(fault->code) >= 400 && gw_fault_http(fault->code) <= 599);
    check_pointer(fault->pointer);
    struct eng_buf body;
    eng_buf_init(&body, BODY_MAX);
    FUZZ_MUST(gw_fault_body(fault, "fuzz", &body) == 0);
    fuzz_check_json(body.at, body.size);
    eng_buf_clear(&body);
}

void fuzz_check_error(roost_status status, const struct roost_error *err)
{
    FUZZ_MUST(status < 0 && err->status == status);
    FUZZ_MUST(strcmp(roost_status_name(status), "UNKNOWN") != 0);
    FUZZ_MUST(memchr(err->text, '\0', sizeof err->text) != NULL);
    FUZZ_MUST(memchr(err->where, '\0', sizeof err->where) != NULL);
    FUZZ_MUST(err->text[0] != '\0');
    FUZZ_MUST(fuzz_is_utf8(err->text, strlen(err->text)));
    FUZZ_MUST(fuzz_is_utf8(err->where, strlen(err->where)));
    FUZZ_MUST(err->column == 0 || err->line > 0);
}
