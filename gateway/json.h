/* SPDX-License-Identifier: MIT
 * json.h - a pull decoder of RFC 8259 over (pointer, length): the caller asks for what it
 *          expects, value by value; no tree is built and nothing recurses on the input.
 * Threads  A gw_json serves one thread.
 * Memory   Strings point into the body, or into the arena when they held escapes.
 * Errors   -1 with *fault filled: "JSON Parse error: <reason> at offset: N". */
#ifndef ROOST_GATEWAY_JSON_H
#define ROOST_GATEWAY_JSON_H
#include "engine/base/arena.h"
#include "engine/roost.h"
#include "gateway/errors.h"
#include "gateway/number.h"

enum {
    GW_JSON_DEPTH_MAX = 1024, /* what a configured depth may be at most */
    GW_JSON_NUMBER_MAX = 1024 /* bytes of one number's text */
};

enum gw_json_kind {
    GW_JSON_NULL,
    GW_JSON_FALSE,
    GW_JSON_TRUE,
    GW_JSON_OBJECT,
    GW_JSON_LIST,
    GW_JSON_STRING,
    GW_JSON_NUMBER
};

struct gw_json_limits {
    uint32_t depth; /* containers within each other, <= GW_JSON_DEPTH_MAX */
    uint32_t text;  /* bytes of one string as it stands in the body */
    uint8_t strict; /* refuse NaN and Infinity */
};

struct gw_json {
    const char *start;
    const char *at;
    const char *end;
    struct eng_arena *arena;
    struct gw_fault *fault;
    struct gw_json_limits limits;
    uint32_t depth; /* containers open now */
    uint8_t fresh;  /* the innermost was just opened: no comma stands before its first */
    uint8_t too_deep; /* it failed at the limit of depth, which each API words its way */
};

/* Start on a body: refuses an empty one and a byte order mark. */
int gw_json_init(struct gw_json *json, const uint8_t *body, size_t size,
                 const struct gw_json_limits *limits, struct eng_arena *arena,
                 struct gw_fault *fault);
/* After the one value: nothing but spaces may follow. */
int gw_json_end(struct gw_json *json);

/* The kind of the value that comes next, told by its first byte; -1 when none starts
 * there. Consumes spaces only. */
int gw_json_peek(struct gw_json *json);

/* Open the object or list that comes next (its kind was peeked). */
int gw_json_enter(struct gw_json *json);
/* 1: a key was read and its value comes next; 0: the object ended; key NULL: checked
 * only. */
int gw_json_next_key(struct gw_json *json, struct roost_text *key);
/* 1: an item comes next; 0: the list ended. */
int gw_json_next_item(struct gw_json *json);

/* Read the value that comes next, whose kind was peeked. number: its text and parts; a
 * word (NaN, Infinity, Inf, with or without a minus) is no number here: 1 is returned and
 * nothing consumed. double: words included; a finite text beyond the range is BAD_VALUE.
 */
int gw_json_number(struct gw_json *json, struct gw_decimal *decimal,
                   struct roost_text *text);
int gw_json_double(struct gw_json *json, double *out);
int gw_json_string(struct gw_json *json, struct roost_text *out);

/* Pass over the value that comes next, whatever it is, checking all of it. */
int gw_json_skip(struct gw_json *json);

/* Fill the fault with a syntax error at a place of the body. */
int gw_json_fail(struct gw_json *json, const char *at, const char *reason);

/* For json.c and json_skip.c (json_string.c): a string at '"', checked; its raw bytes. */
int gw_json_scan_string(struct gw_json *json, struct roost_text *raw, int *escaped);

#endif
