/* SPDX-License-Identifier: MIT
 * Model status, metadata and the list of models, answered at the head of a request from
 * the current snapshot. Names, texts and codes are those of TensorFlow Serving; a version
 * that failed is END with an error. The list of models is KServe's, which TensorFlow
 * Serving has no answer to. */
#include "gateway/status_tfs.h"
#include "gateway/admit.h"
#include "gateway/metadata_tfs.h"
#include "gateway/text.h"
#include <string.h>

static void put_json(struct eng_buf *out, const char *text)
{
    (void)gw_text_json(out, text, strlen(text));
}

/* The name that TensorFlow Serving has for such an error. */
static const char *error_name(roost_status status)
{
    switch (status) {
    case ROOST_OK:
        return "OK";
    case ROOST_NOMEM:
    case ROOST_LIMIT:
        return "RESOURCE_EXHAUSTED";
    case ROOST_IO:
        return "UNAVAILABLE";
    case ROOST_MISSING:
        return "NOT_FOUND";
    case ROOST_VERIFY:
        return "DATA_LOSS";
    case ROOST_CONFLICT:
        return "ABORTED";
    case ROOST_FORMAT:
    case ROOST_SHAPE:
    case ROOST_VALUE:
    case ROOST_SCORE:
        break;
    }
    return "INVALID_ARGUMENT";
}

static void put_status(struct eng_buf *out, int64_t version, enum reg_state state,
                       roost_status status, const char *text)
{
    (void)eng_buf_format(out,
                         "{\"version\":\"%lld\",\"state\":\"%s\",\"status\":"
                         "{\"error_code\":\"%s\",\"error_message\":",
                         (long long)version, reg_state_name(state), error_name(status));
    put_json(out, text);
    (void)eng_buf_text(out, "}}");
}

/* A group has one version, 1, and stands as its members do. */
static void put_group(struct eng_buf *out, const struct reg_entry *entry)
{
    int serves = entry->chosen != NULL;
    int failed = !serves && entry->reason[0] != '\0';
    put_status(out, 1,
               serves   ? REG_AVAILABLE
               : failed ? REG_FAILED
                        : REG_LOADING,
               failed ? ROOST_MISSING : ROOST_OK, failed ? entry->reason : "");
}

static int put_versions(struct eng_buf *out, const struct reg_entry *entry,
                        int64_t wanted)
{
    int count = 0;
    for (uint32_t i = 0; i < entry->version_count; i++) {
        const struct reg_version *known = &entry->versions[i];
        if (wanted >= 0 && known->version != wanted)
            continue;
        if (count++ > 0)
            (void)eng_buf_text(out, ",");
        int failed = known->state == REG_FAILED;
        put_status(out, known->version, known->state, failed ? known->status : ROOST_OK,
                   failed ? known->text : "");
    }
    return count;
}

static int answer_model(const struct reg_snapshot *snapshot, const struct gw_route *route,
                        struct gw_exchange *exchange, struct gw_fault *fault)
{
    struct eng_buf *out = &exchange->out;
    const struct reg_entry *entry =
        reg_find(snapshot, route->model, strlen(route->model));
    if (entry == NULL)
        return gw_fault_set(fault, GW_FAULT_UNKNOWN_MODEL,
                            "Could not find any versions of model %s", route->model);
    int64_t version = route->version;
    if (route->label[0] != '\0') {
        version = gw_admit_label(entry, route->label, fault);
        if (version < 0)
            return -1;
    }
    (void)eng_buf_text(out, "{\"model_version_status\":[");
    int count = 1;
    if (!entry->group)
        count = put_versions(out, entry, version);
    else if (version < 0 || version == 1)
        put_group(out, entry);
    else
        count = 0;
    (void)eng_buf_text(out, "]}");
    if (count == 0 && version >= 0)
        return gw_fault_set(fault, GW_FAULT_UNKNOWN_VERSION,
                            "Could not find version %lld of model %s", (long long)version,
                            route->model);
    if (count == 0)
        return gw_fault_set(fault, GW_FAULT_UNKNOWN_MODEL,
                            "Could not find any versions of model %s", route->model);
    return 0;
}

/* {"models": ["a", "b"], "details": [{"name", "version", "state"}]}: KServe's list, and
 * beside it what a person wants to know. */
static void answer_list(const struct reg_snapshot *snapshot, struct eng_buf *out)
{
    (void)eng_buf_text(out, "{\"models\":[");
    for (uint32_t i = 0; i < snapshot->count; i++) {
        (void)eng_buf_text(out, i > 0 ? "," : "");
        put_json(out, snapshot->entries[i]->name);
    }
    (void)eng_buf_text(out, "],\"details\":[");
    for (uint32_t i = 0; i < snapshot->count; i++) {
        const struct reg_entry *entry = snapshot->entries[i];
        enum reg_state state = entry->chosen != NULL      ? REG_AVAILABLE
                               : entry->version_count > 0 ? entry->versions[0].state
                                                          : REG_START;
        (void)eng_buf_text(out, i > 0 ? ",{\"name\":" : "{\"name\":");
        put_json(out, entry->name);
        if (entry->chosen != NULL)
            (void)eng_buf_format(out, ",\"version\":\"%lld\"",
                                 (long long)entry->chosen->version);
        (void)eng_buf_format(out, ",\"state\":\"%s\"}", reg_state_name(state));
    }
    (void)eng_buf_text(out, "]}");
}

/* Of the serving that a prediction would use, so that it is refused as one would be. */
static int answer_metadata(const struct reg_snapshot *snapshot,
                           const struct gw_route *route, struct eng_buf *out,
                           struct gw_fault *fault)
{
    const struct reg_entry *entry = NULL;
    const struct reg_serving *serving = gw_admit_find(snapshot, route, &entry, fault);
    if (serving == NULL)
        return -1;
    /* A failure stays in the buffer, which is asked below. */
    (void)gw_metadata_tfs(serving, out);
    return 0;
}

static int answer(const struct reg_snapshot *snapshot, const struct gw_route *route,
                  struct gw_exchange *exchange, struct gw_fault *fault)
{
    if (route->kind == GW_ROUTE_METADATA)
        return answer_metadata(snapshot, route, &exchange->out, fault);
    if (route->kind == GW_ROUTE_STATUS)
        return answer_model(snapshot, route, exchange, fault);
    answer_list(snapshot, &exchange->out);
    return 0;
}

int gw_status_tfs(const struct reg_registry *registry, const struct gw_route *route,
                  struct gw_exchange *exchange, struct gw_fault *fault)
{
    if (answer(reg_read(registry), route, exchange, fault) != 0)
        return -1;
    if (exchange->out.failed)
        return gw_fault_set(fault, GW_FAULT_NO_MEMORY, "The list does not fit in memory");
    gw_exchange_answer(exchange, 200, "application/json");
    return 0;
}
