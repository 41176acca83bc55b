/* SPDX-License-Identifier: MIT
 * What GET /admin/v1/models shows: all that the snapshot knows of a model, each version
 * with its state and the reason for it. Written directly, without a document in between.
 */
#include "gateway/admin.h"
#include "gateway/text.h"
#include <string.h>
#include <time.h>

/* Results of the buffer are not looked at on the way: it remembers a failure, and
 * gw_admin_get asks once at the end. */
static void put_key(struct eng_buf *out, const char *key)
{
    (void)eng_buf_format(out, "\"%s\":", key);
}

static void put_text(struct eng_buf *out, const char *key, const char *text)
{
    put_key(out, key);
    (void)gw_text_json(out, text, strlen(text));
}

static void put_flag(struct eng_buf *out, const char *key, int flag)
{
    (void)eng_buf_format(out, ",\"%s\":%s", key, flag ? "true" : "false");
}

static void put_version_or_null(struct eng_buf *out, const char *key, int64_t version)
{
    put_key(out, key);
    if (version >= 0)
        (void)eng_buf_format(out, "%lld", (long long)version);
    else
        (void)eng_buf_text(out, "null");
}

/* Seconds since 1970 as RFC 3339. */
static void put_time(struct eng_buf *out, const char *key, int64_t seconds)
{
    time_t at = (time_t)seconds;
    struct tm parts;
    char text[32];
    if (gmtime_r(&at, &parts) != NULL &&
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts) > 0)
        put_text(out, key, text);
    else
        put_text(out, key, "");
}

static void put_version(struct eng_buf *out, const struct reg_version *known)
{
    (void)eng_buf_format(out, "{\"version\":%lld,", (long long)known->version);
    put_text(out, "state",
             known->state == REG_FAILED ? "FAILED" : reg_state_name(known->state));
    if (known->state == REG_FAILED) {
        (void)eng_buf_text(out, ",");
        put_text(out, "status", roost_status_name(known->status));
    }
    if (known->text[0] != '\0') {
        (void)eng_buf_text(out, ",");
        put_text(out, "reason", known->text);
    }
    if (known->digest[0] != '\0') {
        (void)eng_buf_text(out, ",");
        put_text(out, "digest", known->digest);
    }
    if (known->format != NULL) {
        (void)eng_buf_text(out, ",");
        put_text(out, "format", known->format);
    }
    (void)eng_buf_format(out, ",\"bytes\":%zu", known->bytes);
    put_flag(out, "orphan", known->orphan);
    put_flag(out, "rolled_back", known->rolled_back);
    if (known->loaded_at > 0) {
        (void)eng_buf_format(out, ",\"load_seconds\":%.6f,",
                             (double)known->load_ns / 1e9);
        put_time(out, "loaded_at", known->loaded_at);
    }
    (void)eng_buf_text(out, "}");
}

static void put_labels(struct eng_buf *out, const struct reg_entry *entry)
{
    (void)eng_buf_text(out, ",\"labels\":{");
    for (uint32_t i = 0; i < entry->label_count; i++) {
        const struct reg_label *label = &entry->labels[i];
        (void)eng_buf_text(out, i > 0 ? "," : "");
        (void)gw_text_json(out, label->name, strlen(label->name));
        (void)eng_buf_format(out, ":%lld", (long long)label->version);
    }
    (void)eng_buf_text(out, "}");
}

/* The versions that the group's plan was made of, which may differ for a moment from what
 * the members serve by themselves. */
static void put_members(struct eng_buf *out, const struct reg_serving *serving)
{
    (void)eng_buf_text(out, ",\"members\":[");
    for (uint32_t i = 0; serving != NULL && i < serving->member_count; i++) {
        const struct reg_serving *member = serving->members[i];
        (void)eng_buf_text(out, i > 0 ? ",{" : "{");
        put_text(out, "name", member->name);
        (void)eng_buf_format(out, ",\"version\":%lld}", (long long)member->version);
    }
    (void)eng_buf_text(out, "]");
}

void gw_admin_put_model(const struct reg_entry *entry, struct eng_buf *out)
{
    (void)eng_buf_text(out, "{");
    put_text(out, "name", entry->name);
    put_flag(out, "group", entry->group);
    (void)eng_buf_text(out, ",");
    put_version_or_null(out, "serving",
                        entry->chosen != NULL ? entry->chosen->version : -1);
    (void)eng_buf_text(out, ",");
    put_version_or_null(out, "pin", entry->pin);
    if (entry->reason != NULL && entry->reason[0] != '\0') {
        (void)eng_buf_text(out, ",");
        put_text(out, "reason", entry->reason);
    }
    put_labels(out, entry);
    if (entry->group)
        put_members(out, entry->chosen);
    (void)eng_buf_text(out, ",\"versions\":[");
    for (uint32_t i = 0; i < entry->version_count; i++) {
        (void)eng_buf_text(out, i > 0 ? "," : "");
        put_version(out, &entry->versions[i]);
    }
    (void)eng_buf_text(out, "]}");
}

void gw_admin_put_models(const struct reg_snapshot *snapshot, struct eng_buf *out)
{
    (void)eng_buf_text(out, "{\"items\":[");
    for (uint32_t i = 0; i < snapshot->count; i++) {
        (void)eng_buf_text(out, i > 0 ? "," : "");
        gw_admin_put_model(snapshot->entries[i], out);
    }
    (void)eng_buf_text(out, "]}");
}
