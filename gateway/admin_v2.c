/* SPDX-License-Identifier: MIT
 * The V2 repository extension's own words: what the bodies of index, load and unload may
 * say, and the index. admin.c calls them; a load itself goes the same way as an admin's.
 */
#include "gateway/admin_json.h"
#include "gateway/text.h"
#include <string.h>

int gw_admin_read_index(const uint8_t *body, size_t size, int *ready,
                        struct gw_fault *fault)
{
    json_t *object = gw_admin_parse(body, size, fault);
    if (object == NULL)
        return -1;
    const json_t *value = json_object_get(object, "ready");
    *ready = json_is_true(value);
    if (value != NULL && !json_is_boolean(value)) {
        memcpy(fault->pointer, "/ready", sizeof "/ready");
        gw_fault_set(fault, GW_FAULT_BAD_TYPE,
                     "Invalid value for 'ready': expected a boolean");
    }
    json_decref(object);
    return fault->code != GW_FAULT_NONE ? -1 : 0;
}

/* The only parameter that changes nothing is unload_dependents: false; a group goes on
 * without a member anyway. */
static int read_parameters(enum reg_action action, const char *model, json_t *parameters,
                           struct gw_fault *fault)
{
    const char *verb = action == REG_LOAD ? "load" : "unload";
    memcpy(fault->pointer, "/parameters", sizeof "/parameters");
    if (!json_is_object(parameters))
        return gw_fault_set(fault, GW_FAULT_BAD_TYPE, "'parameters' must be an object");
    const char *key;
    json_t *value;
    json_object_foreach(parameters, key, value)
    {
        if (strcmp(key, "unload_dependents") == 0 && !json_is_boolean(value))
            return gw_fault_set(fault, GW_FAULT_BAD_TYPE,
                                "'unload_dependents' must be true or false");
        if (strcmp(key, "unload_dependents") != 0 || json_is_true(value))
            return gw_fault_set(fault, GW_FAULT_UNIMPLEMENTED,
                                "failed to %s %s: the parameter '%.64s' is not "
                                "supported; models come from their directory alone",
                                verb, model, key);
    }
    fault->pointer[0] = '\0';
    return 0;
}

int gw_admin_read_v2(enum reg_action action, const char *model, const uint8_t *body,
                     size_t size, struct gw_fault *fault)
{
    json_t *object = gw_admin_parse(body, size, fault);
    if (object == NULL)
        return -1;
    json_t *parameters = json_object_get(object, "parameters");
    int failed = 0;
    if (parameters != NULL)
        failed = read_parameters(action, model, parameters, fault);
    json_decref(object);
    return failed;
}

static const char *state_word(enum reg_state state)
{
    switch (state) {
    case REG_START:
    case REG_LOADING:
        return "LOADING";
    case REG_AVAILABLE:
        return "READY";
    case REG_UNLOADING:
        return "UNLOADING";
    case REG_END:
    case REG_FAILED:
        break;
    }
    return "UNAVAILABLE";
}

/* Results of the buffer are not looked at on the way: it remembers a failure. */
static void put_line(struct eng_buf *out, const char *name, int64_t version,
                     enum reg_state state, const char *reason)
{
    (void)eng_buf_text(out, out->size > 1 ? ",{\"name\":" : "{\"name\":");
    (void)gw_text_json(out, name, strlen(name));
    if (version >= 0)
        (void)eng_buf_format(out, ",\"version\":\"%lld\"", (long long)version);
    else
        (void)eng_buf_text(out, ",\"version\":\"\"");
    (void)eng_buf_format(out, ",\"state\":\"%s\",\"reason\":", state_word(state));
    (void)gw_text_json(out, reason, strlen(reason));
    (void)eng_buf_text(out, "}");
}

void gw_admin_put_index(const struct reg_snapshot *snapshot, int ready,
                        struct eng_buf *out)
{
    (void)eng_buf_text(out, "[");
    for (uint32_t i = 0; i < snapshot->count; i++) {
        const struct reg_entry *entry = snapshot->entries[i];
        /* A group has one version, 1, and stands as its members do. */
        int serves = entry->chosen != NULL;
        const char *reason = entry->reason != NULL ? entry->reason : "";
        if (entry->group && (serves || !ready))
            put_line(out, entry->name, 1,
                     serves              ? REG_AVAILABLE
                     : reason[0] != '\0' ? REG_FAILED
                                         : REG_LOADING,
                     serves ? "" : reason);
        else if (!entry->group && entry->version_count == 0 && !ready)
            put_line(out, entry->name, -1, REG_END, reason);
        for (uint32_t j = 0; !entry->group && j < entry->version_count; j++) {
            const struct reg_version *known = &entry->versions[j];
            if (!ready || known->state == REG_AVAILABLE)
                put_line(out, entry->name, known->version, known->state, known->text);
        }
    }
    (void)eng_buf_text(out, "]");
}
