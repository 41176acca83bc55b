/* SPDX-License-Identifier: MIT
 * The first half of `admit`: a request's method and path become a struct gw_route, by one
 * table of shapes. Before it the HTTP layer has checked the head; after it request.c,
 * admin.c, v2_answer.c or health.c answer. The shapes below /v1 are TensorFlow Serving's,
 * letters of either case included; those below /v2 are Triton's, exact. */
#include "gateway/route.h"
#include "gateway/text.h"
#include <string.h>

/* In a shape, * stands for a model's name, ~ for a repository's, # for "/versions/D",
 * "/labels/L" or nothing, @ for "/versions/D" or nothing; all else for itself. */
enum { ON_DATA = 1, ON_ADMIN = 2, METRICS = 4, CONTROL = 8, POST = 16 };
enum { PROBE = ON_DATA | ON_ADMIN, REPOSITORY = CONTROL | POST };

struct shape {
    const char *path;
    enum gw_kind kind;
    int flags;
    enum reg_action action; /* of commands */
};

/* The first that fits is taken: the hot ones stand first, and "/v2/models/stats" before
 * the model of that name. A repository of a name (~) is Triton's; there is only one here.
 */
static const struct shape shapes[] = {
    {"/v1/models/*#:predict", GW_ROUTE_PREDICT, ON_DATA | POST, 0},
    {"/v2/models/*@/infer", GW_ROUTE_INFER, ON_DATA | POST, 0},
    {"/v1/models/*#:classify", GW_ROUTE_CLASSIFY, ON_DATA | POST, 0},
    {"/v1/models/*#:regress", GW_ROUTE_REGRESS, ON_DATA | POST, 0},
    {"/v1/models/*#", GW_ROUTE_STATUS, ON_DATA, 0},
    {"/v1/models/*#/metadata", GW_ROUTE_METADATA, ON_DATA, 0},
    {"/v1/models", GW_ROUTE_MODELS, ON_DATA, 0},
    {"/livez", GW_ROUTE_LIVE, PROBE, 0},
    {"/healthz", GW_ROUTE_READY, PROBE, 0},
    {"/readyz", GW_ROUTE_READY, PROBE, 0},
    {"/startupz", GW_ROUTE_STARTED, PROBE, 0},
    {"/metrics", GW_ROUTE_METRICS, METRICS, 0},
    {"/monitoring/prometheus/metrics", GW_ROUTE_METRICS, METRICS, 0},
    {"/v2", GW_ROUTE_V2_SERVER, PROBE, 0},
    {"/v2/", GW_ROUTE_V2_SERVER, PROBE, 0},
    {"/v2/health/live", GW_ROUTE_V2_LIVE, PROBE, 0},
    {"/v2/health/ready", GW_ROUTE_V2_READY, PROBE, 0},
    {"/v2/models", GW_ROUTE_MODELS, ON_DATA, 0},
    {"/v2/models/stats", GW_ROUTE_V2_STATS, ON_DATA, 0},
    {"/v2/models/*@", GW_ROUTE_V2_MODEL, ON_DATA, 0},
    {"/v2/models/*@/ready", GW_ROUTE_V2_MODEL_READY, ON_DATA, 0},
    {"/v2/models/*@/config", GW_ROUTE_V2_CONFIG, ON_DATA, 0},
    {"/v2/models/*@/stats", GW_ROUTE_V2_STATS, ON_DATA, 0},
    {"/v2/repository/index", GW_ROUTE_V2_INDEX, REPOSITORY, 0},
    {"/v2/repository/models/*@/load", GW_ROUTE_V2_COMMAND, REPOSITORY, REG_LOAD},
    {"/v2/repository/models/*@/unload", GW_ROUTE_V2_COMMAND, REPOSITORY, REG_UNLOAD},
    {"/v2/repository/~/index", GW_ROUTE_V2_INDEX, REPOSITORY, 0},
    {"/v2/repository/~/models/*@/load", GW_ROUTE_V2_COMMAND, REPOSITORY, REG_LOAD},
    {"/v2/repository/~/models/*@/unload", GW_ROUTE_V2_COMMAND, REPOSITORY, REG_UNLOAD},
    {"/admin/v1/models", GW_ROUTE_ADMIN_MODELS, CONTROL, 0},
    {"/admin/v1/models/*", GW_ROUTE_ADMIN_MODEL, CONTROL, 0},
    {"/admin/v1/models/*:promote", GW_ROUTE_ADMIN_COMMAND, CONTROL | POST, REG_PROMOTE},
    {"/admin/v1/models/*:rollback", GW_ROUTE_ADMIN_COMMAND, CONTROL | POST, REG_ROLLBACK},
    {"/admin/v1/models/*:load", GW_ROUTE_ADMIN_COMMAND, CONTROL | POST, REG_LOAD},
    {"/admin/v1/models/*:unload", GW_ROUTE_ADMIN_COMMAND, CONTROL | POST, REG_UNLOAD},
};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

/* What is left to read of a path, and what was learnt on the way. */
struct cursor {
    const char *at;
    const char *end;
    const char *stops;  /* bytes that end a name */
    int fold;           /* letters of either case are the same */
    const char *digits; /* of a version that is no int64, else NULL */
    int digit_count;
};

static size_t left(const struct cursor *c)
{
    return (size_t)(c->end - c->at);
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static int next_is(const struct cursor *c, char wanted)
{
    return left(c) > 0 &&
           (*c->at == wanted || (c->fold && lower(*c->at) == lower(wanted)));
}

/* Step over `word` when it stands there. */
static int skip_word(struct cursor *c, const char *word)
{
    struct cursor from = *c;
    for (; *word != '\0'; word++, from.at++)
        if (!next_is(&from, *word))
            return 0;
    *c = from;
    return 1;
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

/* Read a name up to a stop into `out`, cut to its room. 0 when it is empty or no text. */
static int take_name(struct cursor *c, char out[GW_ROUTE_NAME + 1])
{
    size_t size = 0, seen = 0;
    while (left(c) > 0 && strchr(c->stops, *c->at) == NULL) {
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

/* Digits into *version; those beyond int64 are remembered, since only a shape that fits
 * to its end and has the right method may complain of them. 0 when there are none. */
static int take_version(struct cursor *c, int64_t *version)
{
    const char *start = c->at;
    int64_t value = 0;
    int over = 0;
    for (; left(c) > 0 && *c->at >= '0' && *c->at <= '9'; c->at++)
        over |= __builtin_mul_overflow(value, (int64_t)10, &value) ||
                __builtin_add_overflow(value, (int64_t)(*c->at - '0'), &value);
    if (over) {
        c->digits = start;
        c->digit_count = (int)(c->at - start);
    }
    *version = over ? INT64_MAX : value;
    return c->at > start;
}

/* "/versions/D" or, where labels are known, "/labels/L"; or neither. */
static int take_choice(struct cursor *c, int labels, struct gw_route *out)
{
    if (skip_word(c, "/versions/"))
        return take_version(c, &out->version);
    if (labels && skip_word(c, "/labels/"))
        return take_name(c, out->label);
    return 1;
}

/* Does the whole path fit? Fills the names, also when it does not. */
static int fits(const struct shape *shape, struct cursor *c, struct gw_route *out)
{
    char repository[GW_ROUTE_NAME + 1];
    for (const char *at = shape->path; *at != '\0'; at++) {
        int good;
        if (*at == '*')
            good = take_name(c, out->model);
        else if (*at == '~')
            good = take_name(c, repository);
        else if (*at == '#' || *at == '@')
            good = take_choice(c, *at == '#', out);
        else if ((good = next_is(c, *at)))
            c->at++;
        if (!good)
            return 0;
    }
    return left(c) == 0;
}

static int below(const char *path, size_t size, const char *top)
{
    struct cursor c = {.at = path, .end = path + size, .fold = 1};
    return skip_word(&c, top) && (left(&c) == 0 || *c.at == '/');
}

/* "Malformed request: POST /v1/...", as TensorFlow Serving words every path below /v1
 * that it has no route for; "Not Found", as Triton does; and our own. */
static int no_route(const struct gw_route_rules *rules, enum gw_api api,
                    const char *method, const char *path, size_t size,
                    struct gw_fault *fault)
{
    char shown[256];
    size_t n = size < sizeof shown ? size : sizeof shown - 1;
    for (size_t i = 0; i < n; i++)
        shown[i] = (char)(path[i] >= 0x20 && path[i] < 0x7F ? path[i] : '?');
    if (api == GW_API_V2)
        return gw_fault_set(fault, GW_FAULT_NOT_FOUND, "Not Found");
    if (rules->listener == GW_DATA && below(path, size, "/v1"))
        return gw_fault_set(fault, GW_FAULT_MALFORMED_PATH,
                            "Malformed request: %.16s %.*s", method, (int)n, shown);
    return gw_fault_set(fault, GW_FAULT_NOT_FOUND, "Not Found: there is nothing at %.*s",
                        (int)(n < 128 ? n : 128), shown);
}

static int wrong_method(enum gw_api api, int post, struct gw_fault *fault)
{
    fault->allow_get = !post;
    if (api == GW_API_V2)
        return gw_fault_set(fault, GW_FAULT_BAD_METHOD, "Method Not Allowed");
    return gw_fault_set(fault, GW_FAULT_BAD_METHOD, "Method Not Allowed: use %s here",
                        post ? "POST" : "GET");
}

static int right_method(const char *method, int post)
{
    if (post)
        return strcmp(method, "POST") == 0;
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

/* Does the route exist on this listener? Repository calls do, to be refused by `judge`.
 */
static int stands(const struct gw_route_rules *rules, const struct shape *shape)
{
    if (shape->flags & METRICS)
        return rules->listener == GW_ADMIN || rules->metrics_on_data;
    if (shape->flags & CONTROL)
        return rules->listener == GW_ADMIN || rules->control_on_data ||
               shape->kind == GW_ROUTE_V2_INDEX || shape->kind == GW_ROUTE_V2_COMMAND;
    return shape->flags & (rules->listener == GW_ADMIN ? ON_ADMIN : ON_DATA);
}

/* The path fits and so does the method: is there anything else against it? */
static int judge(const struct gw_route_rules *rules, const struct shape *shape,
                 const struct cursor *c, struct gw_route *out, struct gw_fault *fault)
{
    out->kind = shape->kind;
    out->action = shape->action;
    if ((shape->flags & CONTROL) && rules->listener == GW_DATA && !rules->control_on_data)
        return gw_fault_set(fault, GW_FAULT_FORBIDDEN,
                            "Repository calls are answered on the admin listener; "
                            "compat.control_on_data_port allows them here");
    if (strchr(shape->path, '~') != NULL)
        return gw_fault_set(fault, GW_FAULT_UNIMPLEMENTED,
                            "'repository_name' specification is not supported: there is "
                            "one repository");
    if (c->digits == NULL)
        return 0;
    return gw_fault_set(fault, GW_FAULT_MALFORMED_PATH,
                        out->api == GW_API_V2
                            ? "failed to get model version from specified version "
                              "string '%.*s', version should be an integral value"
                            : "Failed to convert version: %.*s to numeric.",
                        c->digit_count, c->digits);
}

int gw_route_parse(const struct gw_route_rules *rules, const char *method,
                   const char *path, size_t size, struct gw_route *out,
                   struct gw_fault *fault)
{
    const struct shape *other = NULL; /* fits, but for the method */
    int v1 = below(path, size, "/v1");
    out->api = below(path, size, "/v2") && path[1] == 'v' ? GW_API_V2 : GW_API_V1;
    for (int i = 0; i < SHAPES; i++) {
        const struct shape *shape = &shapes[i];
        struct cursor c = {.at = path,
                           .end = path + size,
                           .stops = out->api == GW_API_V2 ? "/" : "/:",
                           .fold = v1};
        out->model[0] = '\0';
        out->label[0] = '\0';
        out->version = -1;
        if (!stands(rules, shape) || !fits(shape, &c, out))
            continue;
        if (right_method(method, shape->flags & POST))
            return judge(rules, shape, &c, out, fault);
        other = other != NULL ? other : shape;
    }
    out->model[0] = '\0';
    if (other != NULL && !(v1 && rules->listener == GW_DATA))
        return wrong_method(out->api, other->flags & POST, fault);
    return no_route(rules, out->api, method, path, size, fault);
}
