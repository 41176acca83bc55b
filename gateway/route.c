/* SPDX-License-Identifier: MIT
 * The first half of `admit`: a request's method and path become a struct gw_route. Before
 * it the HTTP layer has checked the head; after it request.c, admin.c or health.c answer.
 * The shapes below /v1 are TensorFlow Serving's, letters of either case included. */
#include "gateway/route.h"
#include "gateway/text.h"
#include <string.h>
#include <strings.h>

/* What is left to read of a path. */
struct cursor {
    const char *at;
    const char *end;
};

static size_t left(const struct cursor *c)
{
    return (size_t)(c->end - c->at);
}

/* Step over `word`, whatever its case. */
static int skip_word(struct cursor *c, const char *word)
{
    size_t size = strlen(word);
    if (left(c) < size || strncasecmp(c->at, word, size) != 0)
        return 0;
    c->at += size;
    return 1;
}

static int rest_is(const struct cursor *c, const char *word)
{
    return left(c) == strlen(word) && strncasecmp(c->at, word, left(c)) == 0;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The next byte of a name, decoded; -1 when a percent sign has no two digits after it. */
static int next_byte(struct cursor *c)
{
    if (*c->at != '%')
        return (unsigned char)*c->at++;
    if (left(c) < 3 || hex_value(c->at[1]) < 0 || hex_value(c->at[2]) < 0)
        return -1;
    int byte = hex_value(c->at[1]) * 16 + hex_value(c->at[2]);
    c->at += 3;
    return byte;
}

/* Names end up in messages, so they are text: no control byte, no broken UTF-8. */
static int is_text(const char *name, size_t size)
{
    for (size_t i = 0; i < size;) {
        size_t step = gw_utf8_char(name + i, size - i);
        if (step == 0 || (unsigned char)name[i] < 0x20 || name[i] == 0x7F)
            return 0;
        i += step;
    }
    return 1;
}

/* Read a name up to '/' or ':' into `out`, cut to its room. 0 when it is empty or no
 * text. */
static int take_name(struct cursor *c, char out[GW_ROUTE_NAME + 1])
{
    size_t size = 0, seen = 0;
    while (left(c) > 0 && *c->at != '/' && *c->at != ':') {
        int byte = next_byte(c);
        if (byte < 0)
            return 0;
        if (size < GW_ROUTE_NAME)
            out[size++] = (char)byte;
        seen++;
    }
    if (seen > size)
        size = gw_utf8_cut(out, size);
    out[size] = '\0';
    return seen > 0 && is_text(out, size);
}

/* Digits into *version. 1; 0 when there are none; -1 when they exceed int64. */
static int take_version(struct cursor *c, int64_t *version)
{
    const char *start = c->at;
    int64_t value = 0;
    int over = 0;
    for (; left(c) > 0 && *c->at >= '0' && *c->at <= '9'; c->at++)
        over |= __builtin_mul_overflow(value, (int64_t)10, &value) ||
                __builtin_add_overflow(value, (int64_t)(*c->at - '0'), &value);
    if (c->at == start)
        return 0;
    *version = value;
    return over ? -1 : 1;
}

/* "Malformed request: POST /v1/...", as TensorFlow Serving words every path below /v1
 * that it has no route for. */
static int malformed(const char *method, const char *path, size_t size,
                     struct gw_fault *fault)
{
    char shown[256];
    size_t n = size < sizeof shown ? size : sizeof shown - 1;
    for (size_t i = 0; i < n; i++)
        shown[i] = (char)(path[i] >= 0x20 && path[i] < 0x7F ? path[i] : '?');
    return gw_fault_set(fault, GW_FAULT_MALFORMED_PATH, "Malformed request: %.16s %.*s",
                        method, (int)n, shown);
}

static int is_get(const char *method)
{
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

static int expect_method(const char *method, int get, struct gw_fault *fault)
{
    if (get ? is_get(method) : strcmp(method, "POST") == 0)
        return 0;
    fault->allow_get = get;
    return gw_fault_set(fault, GW_FAULT_BAD_METHOD, "Method Not Allowed: use %s here",
                        get ? "GET" : "POST");
}

/* "/versions/D" or "/labels/L", if one stands there. 0, or -1 for no route; *over when
 * the version is no int64. */
static int take_choice(struct cursor *c, struct gw_route *out, int *over)
{
    if (skip_word(c, "/versions/")) {
        int found = take_version(c, &out->version);
        *over = found < 0;
        return found == 0 ? -1 : 0;
    }
    if (skip_word(c, "/labels/"))
        return take_name(c, out->label) ? 0 : -1;
    return 0;
}

static int not_yet(struct gw_fault *fault, const char *what)
{
    return gw_fault_set(fault, GW_FAULT_UNIMPLEMENTED,
                        "%s is not implemented by this server yet: use :predict", what);
}

/* What may follow the model (and version or label) decides the route. */
static int route_verb(const char *method, struct cursor *c, struct gw_route *out,
                      struct gw_fault *fault)
{
    int post = strcmp(method, "POST") == 0;
    if (is_get(method) && left(c) == 0) {
        out->kind = GW_ROUTE_STATUS;
        return 1;
    }
    if (post && rest_is(c, ":predict")) {
        out->kind = GW_ROUTE_PREDICT;
        return 1;
    }
    if (post && (rest_is(c, ":classify") || rest_is(c, ":regress")))
        return not_yet(fault, c->at + 1 < c->end && (c->at[1] | 32) == 'c' ? "classify"
                                                                           : "regress");
    if (is_get(method) && rest_is(c, "/metadata"))
        return not_yet(fault, "metadata");
    return 0;
}

static int route_tfs(const char *method, const char *path, size_t size,
                     struct gw_route *out, struct gw_fault *fault)
{
    struct cursor c = {path, path + size};
    if (!skip_word(&c, "/v1/models"))
        return malformed(method, path, size, fault);
    if (left(&c) == 0 && is_get(method)) {
        out->kind = GW_ROUTE_MODELS;
        return 0;
    }
    int over = 0;
    if (!skip_word(&c, "/") || !take_name(&c, out->model))
        return malformed(method, path, size, fault);
    struct cursor version = c;
    if (take_choice(&c, out, &over) != 0)
        return malformed(method, path, size, fault);
    int found = route_verb(method, &c, out, fault);
    if (found == 0)
        return malformed(method, path, size, fault);
    if (found > 0 && over) {
        skip_word(&version, "/versions/");
        const char *digits = version.at;
        while (left(&version) > 0 && *version.at >= '0' && *version.at <= '9')
            version.at++;
        return gw_fault_set(fault, GW_FAULT_MALFORMED_PATH,
                            "Failed to convert version: %.*s to numeric.",
                            (int)(version.at - digits), digits);
    }
    return found > 0 ? 0 : -1;
}

static int route_command(const struct cursor *c, struct gw_route *out)
{
    static const struct {
        const char *word;
        enum reg_action action;
    } commands[] = {{":promote", REG_PROMOTE},
                    {":rollback", REG_ROLLBACK},
                    {":load", REG_LOAD},
                    {":unload", REG_UNLOAD}};
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (rest_is(c, commands[i].word)) {
            out->kind = GW_ROUTE_ADMIN_COMMAND;
            out->action = commands[i].action;
            return 1;
        }
    return 0;
}

static int not_found(const char *path, size_t size, struct gw_fault *fault)
{
    char shown[128];
    size_t n = size < sizeof shown ? size : sizeof shown - 1;
    for (size_t i = 0; i < n; i++)
        shown[i] = (char)(path[i] >= 0x20 && path[i] < 0x7F ? path[i] : '?');
    return gw_fault_set(fault, GW_FAULT_NOT_FOUND, "Not Found: there is nothing at %.*s",
                        (int)n, shown);
}

static int route_admin(const char *method, const char *path, size_t size,
                       struct gw_route *out, struct gw_fault *fault)
{
    struct cursor c = {path, path + size};
    if (!skip_word(&c, "/admin/v1/models"))
        return not_found(path, size, fault);
    if (left(&c) == 0) {
        out->kind = GW_ROUTE_ADMIN_MODELS;
        return expect_method(method, 1, fault);
    }
    if (!skip_word(&c, "/") || !take_name(&c, out->model))
        return not_found(path, size, fault);
    if (left(&c) == 0) {
        out->kind = GW_ROUTE_ADMIN_MODEL;
        return expect_method(method, 1, fault);
    }
    if (route_command(&c, out))
        return expect_method(method, 0, fault);
    return not_found(path, size, fault);
}

/* The routes of both listeners that are one fixed word. 1 found, 0 none. */
static int route_word(const struct gw_route_rules *rules, const struct cursor *c,
                      struct gw_route *out)
{
    static const struct {
        const char *path;
        enum gw_kind kind;
    } words[] = {{"/livez", GW_ROUTE_LIVE},
                 {"/healthz", GW_ROUTE_READY},
                 {"/readyz", GW_ROUTE_READY},
                 {"/startupz", GW_ROUTE_STARTED},
                 {"/metrics", GW_ROUTE_METRICS},
                 {"/monitoring/prometheus/metrics", GW_ROUTE_METRICS}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (left(c) != strlen(words[i].path) ||
            memcmp(c->at, words[i].path, left(c)) != 0)
            continue;
        out->kind = words[i].kind;
        return out->kind != GW_ROUTE_METRICS || rules->listener == GW_ADMIN ||
               rules->metrics_on_data;
    }
    return 0;
}

int gw_route_parse(const struct gw_route_rules *rules, const char *method,
                   const char *path, size_t size, struct gw_route *out,
                   struct gw_fault *fault)
{
    out->model[0] = '\0';
    out->label[0] = '\0';
    out->version = -1;
    struct cursor c = {path, path + size};
    if (route_word(rules, &c, out))
        return expect_method(method, 1, fault);
    if (rules->listener == GW_ADMIN)
        return route_admin(method, path, size, out, fault);
    if (skip_word(&c, "/v1") && (left(&c) == 0 || *c.at == '/'))
        return route_tfs(method, path, size, out, fault);
    return not_found(path, size, fault);
}
