/* SPDX-License-Identifier: MIT
 * The second half of `admit`: route.c has read what is asked for, here it is looked up in
 * the snapshot and its deadline is fixed. Runs at the head, before a byte of the body is
 * decoded, and the look-up once more when the body is there, since the worker may have
 * slept in between. The texts are the peers'. */
#include "gateway/admit.h"
#include <stdio.h>
#include <string.h>

/* What is asked for as the peers name it: "Latest(ctr)" and "Specific(ctr, 8)". */
static void name_servable(const struct gw_route *route, char *out, size_t room)
{
    if (route->version >= 0)
        snprintf(out, room, "Specific(%s, %lld)", route->model,
                 (long long)route->version);
    else
        snprintf(out, room, "Latest(%s)", route->model);
}

/* It is not there: nobody knows the name or the version, or (nothing_serves) all of a
 * known model's versions failed. Clients of Triton look for the words of its text. */
static void absent(const struct gw_route *route, enum gw_fault_code code,
                   int nothing_serves, struct gw_fault *fault)
{
    char servable[GW_ROUTE_NAME + 40];
    name_servable(route, servable, sizeof servable);
    if (route->api == GW_API_V1)
        gw_fault_set(fault, code, "Servable not found for request: %s", servable);
    else if (route->version >= 0)
        gw_fault_set(fault, code,
                     "Request for unknown model: '%s' version %lld is not found",
                     route->model, (long long)route->version);
    else
        gw_fault_set(fault, code, "Request for unknown model: '%s' %s", route->model,
                     nothing_serves ? "has no available versions" : "is not found");
}

static void coming(const struct gw_route *route, struct gw_fault *fault)
{
    char servable[GW_ROUTE_NAME + 40];
    name_servable(route, servable, sizeof servable);
    if (route->api == GW_API_V1)
        gw_fault_set(fault, GW_FAULT_NOT_READY,
                     "Servable not yet available: %s is being loaded", servable);
    else
        gw_fault_set(fault, GW_FAULT_NOT_READY,
                     "Model version not ready: '%s' is being loaded", route->model);
}

/* Nothing of the model serves. A client may try again when it is being loaded; when it
 * failed, it is not there, as TensorFlow Serving sees it. */
static void explain_absence(const struct reg_entry *entry, const struct gw_route *route,
                            struct gw_fault *fault)
{
    int loading = 0;
    for (uint32_t i = 0; i < entry->version_count; i++)
        loading |= entry->versions[i].state == REG_START ||
                   entry->versions[i].state == REG_LOADING;
    if (loading)
        coming(route, fault);
    else
        absent(route, GW_FAULT_UNKNOWN_MODEL, 1, fault);
}

static const struct reg_serving *find_version(const struct reg_entry *entry,
                                              int64_t version,
                                              const struct gw_route *route,
                                              struct gw_fault *fault)
{
    const struct reg_serving *serving = reg_entry_version(entry, version);
    if (serving != NULL)
        return serving;
    struct gw_route meant = *route; /* a label stands for its version */
    meant.version = version;
    for (uint32_t i = 0; i < entry->version_count; i++) {
        const struct reg_version *known = &entry->versions[i];
        if (known->version != version || known->state > REG_LOADING)
            continue;
        coming(&meant, fault);
        return NULL;
    }
    absent(&meant, GW_FAULT_UNKNOWN_VERSION, 0, fault);
    return NULL;
}

int64_t gw_admit_label(const struct reg_entry *entry, const char *label,
                       struct gw_fault *fault)
{
    int64_t version = reg_entry_label(entry, label, strlen(label));
    if (version < 0)
        gw_fault_set(fault, GW_FAULT_UNKNOWN_LABEL,
                     "Unrecognized servable version label: %s", label);
    return version;
}

const struct reg_serving *gw_admit_find(const struct reg_snapshot *snapshot,
                                        const struct gw_route *route,
                                        const struct reg_entry **entry,
                                        struct gw_fault *fault)
{
    *entry = reg_find(snapshot, route->model, strlen(route->model));
    if (*entry == NULL) {
        absent(route, GW_FAULT_UNKNOWN_MODEL, 0, fault);
        return NULL;
    }
    int64_t version = route->version;
    if (route->label[0] != '\0') {
        version = gw_admit_label(*entry, route->label, fault);
        if (version < 0)
            return NULL;
    }
    if (version >= 0)
        return find_version(*entry, version, route, fault);
    if ((*entry)->chosen == NULL)
        explain_absence(*entry, route, fault);
    return (*entry)->chosen;
}

/* Whole milliseconds, at most nine digits; -1 for anything else. */
static int64_t read_ms(const char *text)
{
    int64_t value = 0;
    size_t i = 0;
    for (; text[i] >= '0' && text[i] <= '9' && i < 9; i++)
        value = value * 10 + (text[i] - '0');
    return i > 0 && text[i] == '\0' ? value : -1;
}

uint64_t gw_admit_deadline(const char *timeout_ms, const char *envoy_ms,
                           uint64_t start_ns, struct gw_fault *fault)
{
    const char *const given[2] = {timeout_ms, envoy_ms};
    const char *const names[2] = {"x-request-timeout-ms",
                                  "x-envoy-expected-rq-timeout-ms"};
    int64_t least = GW_DEADLINE_CAP_MS;
    for (int i = 0; i < 2; i++) {
        int64_t ms = given[i] != NULL ? read_ms(given[i]) : GW_DEADLINE_CAP_MS;
        if (ms < 0) {
            gw_fault_set(fault, GW_FAULT_BAD_HEADER,
                         "%s must be a whole number of milliseconds", names[i]);
            return 0;
        }
        least = ms < least ? ms : least;
    }
    return start_ns + (uint64_t)least * 1000000u;
}

int gw_admit_in_time(uint64_t deadline_ns, uint64_t now_ns, struct gw_fault *fault)
{
    if (now_ns < deadline_ns)
        return 0;
    return gw_fault_set(fault, GW_FAULT_DEADLINE,
                        "Request timeout expired: the deadline passed before it was "
                        "scored");
}
