/* SPDX-License-Identifier: MIT
 * Method and path -> route. Byte 0 chooses listener and method. A route found must belong
 * to its listener and hold names that are text; written down again with every byte of the
 * name escaped, it must lead to the same place. */
#include "gateway/route.h"
#include "tests/fuzz/support/fuzz.h"
#include <stdio.h>
#include <string.h>

static const char *const methods[] = {"GET", "POST", "HEAD", "DELETE"};

static void check_name(const char *name)
{
    size_t size = strnlen(name, GW_ROUTE_NAME + 1);
    FUZZ_MUST(size <= GW_ROUTE_NAME);
    FUZZ_MUST(fuzz_is_utf8(name, size));
    for (size_t i = 0; i < size; i++)
        FUZZ_MUST((unsigned char)name[i] >= 0x20 && name[i] != 0x7f);
}

static int is_admin(enum gw_kind kind)
{
    return kind == GW_ROUTE_ADMIN_MODELS || kind == GW_ROUTE_ADMIN_MODEL ||
           kind == GW_ROUTE_ADMIN_COMMAND;
}

/* 1 yes, 0 no; -1: with a model or without. */
static int has_model(enum gw_kind kind)
{
    switch (kind) {
    case GW_ROUTE_PREDICT:
    case GW_ROUTE_CLASSIFY:
    case GW_ROUTE_REGRESS:
    case GW_ROUTE_INFER:
    case GW_ROUTE_STATUS:
    case GW_ROUTE_METADATA:
    case GW_ROUTE_V2_MODEL:
    case GW_ROUTE_V2_MODEL_READY:
    case GW_ROUTE_V2_CONFIG:
    case GW_ROUTE_V2_COMMAND:
    case GW_ROUTE_ADMIN_MODEL:
    case GW_ROUTE_ADMIN_COMMAND:
        return 1;
    case GW_ROUTE_V2_STATS:
        return -1;
    default:
        return 0;
    }
}

static void check_route(const struct gw_route_rules *rules, const struct gw_route *route)
{
    if (is_admin(route->kind))
        FUZZ_MUST(rules->listener == GW_ADMIN || rules->control_on_data);
    if (route->kind == GW_ROUTE_PREDICT || route->kind == GW_ROUTE_STATUS)
        FUZZ_MUST(rules->listener == GW_DATA);
    if (route->kind == GW_ROUTE_METRICS)
        FUZZ_MUST(rules->listener == GW_ADMIN || rules->metrics_on_data);
    check_name(route->model);
    check_name(route->label);
    FUZZ_MUST(route->version >= -1);
    FUZZ_MUST(route->label[0] == '\0' || route->version == -1);
    if (has_model(route->kind) >= 0)
        FUZZ_MUST((route->model[0] != '\0') == has_model(route->kind));
}

static size_t put_escaped(char *out, const char *name)
{
    static const char digits[] = "0123456789aBcDeF";
    size_t size = 0;
    for (; *name != '\0'; name++) {
        out[size++] = '%';
        out[size++] = digits[(unsigned char)*name >> 4];
        out[size++] = digits[(unsigned char)*name & 15];
    }
    return size;
}

/* The canonical way to the same route. */
static void check_again(const struct gw_route_rules *rules, const char *method,
                        const struct gw_route *route)
{
    char path[8 * GW_ROUTE_NAME];
    struct gw_route again;
    struct gw_fault fault = {.code = GW_FAULT_NONE};
    if (route->kind != GW_ROUTE_PREDICT && route->kind != GW_ROUTE_STATUS)
        return;
    size_t size = (size_t)snprintf(path, sizeof path, "/v1/models/");
    size += put_escaped(path + size, route->model);
    if (route->version >= 0)
        size += (size_t)snprintf(path + size, sizeof path - size, "/versions/%lld",
                                 (long long)route->version);
    if (route->label[0] != '\0') {
        size += (size_t)snprintf(path + size, sizeof path - size, "/labels/");
        size += put_escaped(path + size, route->label);
    }
    if (route->kind == GW_ROUTE_PREDICT)
        size += (size_t)snprintf(path + size, sizeof path - size, ":predict");
    FUZZ_MUST(gw_route_parse(rules, method, path, size, &again, &fault) == 0);
    FUZZ_MUST(again.kind == route->kind && again.version == route->version);
    FUZZ_MUST(strcmp(again.model, route->model) == 0);
    FUZZ_MUST(strcmp(again.label, route->label) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes path = {data, size};
    uint8_t bits = fuzz_byte(&path);
    struct gw_route_rules rules = {.listener = bits & 1 ? GW_ADMIN : GW_DATA,
                                   .metrics_on_data = (bits & 2) != 0,
                                   .control_on_data = (bits & 16) != 0};
    const char *method = methods[bits >> 2 & 3];
    struct gw_route route;
    struct gw_fault fault = {.code = GW_FAULT_NONE};
    if (gw_route_parse(&rules, method, (const char *)path.at, path.left, &route,
                       &fault) != 0) {
        fuzz_check_fault(&fault);
        return 0;
    }
    FUZZ_MUST(fault.code == GW_FAULT_NONE);
    check_route(&rules, &route);
    check_again(&rules, method, &route);
    return 0;
}
