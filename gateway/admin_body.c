/* SPDX-License-Identifier: MIT
 * What comes in with an admin call is judged here, before admin.c acts on it: where the
 * request comes from, and what its body says. Pure functions, so that tests need no
 * server. Unlike a prediction's, a command's unknown members are refused: a misspelt one
 * must not turn into another command. */
#include "gateway/admin_json.h"
#include <errno.h>
#include <string.h>
#include <strings.h>

/* The host of "host:port", without the port; a "[...]" is left whole. */
static size_t host_size(const char *host)
{
    const char *end = host[0] == '[' ? strchr(host, ']') : NULL;
    if (end != NULL)
        return (size_t)(end - host) + 1;
    return strcspn(host, ":");
}

static int is_loopback(const char *host)
{
    size_t size = host_size(host);
    if (host[size] != '\0' && host[size] != ':')
        return 0;
    if (size == 9 && strncasecmp(host, "localhost", 9) == 0)
        return 1;
    if (size == 5 && memcmp(host, "[::1]", 5) == 0)
        return 1;
    return strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == size;
}

int gw_admin_origin(const char *host, const char *origin, struct gw_fault *fault)
{
    static const char scheme[] = "http://";
    if (origin == NULL)
        return 0;
    if (host != NULL && strncmp(origin, scheme, sizeof scheme - 1) == 0 &&
        strcasecmp(origin + sizeof scheme - 1, host) == 0)
        return 0;
    return gw_fault_set(fault, GW_FAULT_FORBIDDEN,
                        "Admin calls from the web pages of another origin are refused");
}

int gw_admin_guard(const char *host, const char *origin, struct gw_fault *fault)
{
    if (host != NULL && !is_loopback(host))
        return gw_fault_set(fault, GW_FAULT_FORBIDDEN,
                            "Admin calls must name localhost or a loopback address as "
                            "their Host");
    return gw_admin_origin(host, origin, fault);
}

static int read_version(const json_t *value, int64_t *version, struct gw_fault *fault)
{
    if (!json_is_integer(value)) {
        memcpy(fault->pointer, "/version", sizeof "/version");
        return gw_fault_set(fault, GW_FAULT_BAD_TYPE, "'version' must be an integer");
    }
    *version = json_integer_value(value);
    if (*version >= 0)
        return 0;
    memcpy(fault->pointer, "/version", sizeof "/version");
    return gw_fault_set(fault, GW_FAULT_BAD_VALUE, "'version' must not be negative");
}

static int read_members(enum reg_action action, json_t *object, struct gw_admin_body *out,
                        struct gw_fault *fault)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        if (strcmp(key, "version") != 0 || action == REG_ROLLBACK)
            return gw_fault_set(fault, GW_FAULT_BAD_REQUEST, "Unknown member '%.64s': %s",
                                key,
                                action == REG_ROLLBACK ? "rollback takes none"
                                                       : "only 'version' is known");
        if (read_version(value, &out->version, fault) != 0)
            return -1;
    }
    return 0;
}

json_t *gw_admin_parse(const uint8_t *body, size_t size, struct gw_fault *fault)
{
    json_error_t error;
    /* Out of memory jansson may speak of an invalid token: only errno is sure. */
    errno = 0;
    json_t *object = size == 0
                         ? json_object()
                         : json_loadb((const char *)body, size,
                                      JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (object == NULL && (size == 0 || errno == ENOMEM))
        gw_fault_set(fault, GW_FAULT_NO_MEMORY, "Out of memory");
    else if (object == NULL)
        gw_fault_set(fault, GW_FAULT_BAD_JSON, "%s at line %d, column %d", error.text,
                     error.line, error.column);
    if (object == NULL || json_is_object(object))
        return object;
    json_decref(object);
    gw_fault_set(fault, GW_FAULT_BAD_TYPE, "The body must be a JSON object");
    return NULL;
}

int gw_admin_read(enum reg_action action, const uint8_t *body, size_t size,
                  struct gw_admin_body *out, struct gw_fault *fault)
{
    out->version = -1;
    json_t *object = gw_admin_parse(body, size, fault);
    if (object == NULL)
        return -1;
    int failed = read_members(action, object, out, fault);
    json_decref(object);
    if (failed != 0)
        return -1;
    if (action == REG_PROMOTE && out->version < 0)
        return gw_fault_set(fault, GW_FAULT_MISSING_INPUT,
                            "promote needs {\"version\": V}");
    return 0;
}
