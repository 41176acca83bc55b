/* SPDX-License-Identifier: MIT
 * Groups: models scored together under one name. Before: group.yaml is read when its
 * files are settled. After: at each publication the group's plan is made anew if what a
 * member serves has changed, so that both change in one step for every reader. */
#include "registry/room.h"

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "registry/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUP_FILE_MAX = 1 << 20 };

roost_status reg_group_load(struct reg_registry *registry, struct reg_slot *slot,
                            struct roost_error *err)
{
    struct reg_file_limits limits = {.bytes = GROUP_FILE_MAX};
    struct reg_files files = {.count = 0};
    struct reg_group members = {.count = 0};
    struct roost_error own = {.status = ROOST_OK};
    struct reg_held *held = &slot->held[0];
    roost_status status =
        reg_files_read(registry->models_fd, slot->name, &limits, &files, &own);
    if (!status) {
        const struct reg_file *file = reg_files_find(&files, "group.yaml");
        status =
            file ? reg_group_read((const char *)file->data, file->size, &members, &own)
                 : eng_fail(&own, ROOST_IO, "group.yaml", 0, "the file is gone");
    }
    if (!status) {
        memcpy(held->about.digest, files.digest, sizeof held->about.digest);
        reg_group_clear(&slot->members);
        slot->members = members;
        slot->reason[0] = '\0';
        held->retry_ns = 0;
        held->tries = 0;
    } else {
        own.status = status;
        reg_error_text(&own, slot->reason, sizeof slot->reason);
        reg_say(registry, 'e', slot->name, -1, "refused: %s", slot->reason);
        held->about.state = held->unit ? REG_AVAILABLE : REG_FAILED;
        held->retry_ns = reg_next_try(held, status);
        if (err && !err->status) {
            *err = own;
        }
    }
    held->failed = status != ROOST_OK;
    held->about.status = status;
    memcpy(held->about.text, slot->reason, sizeof held->about.text);
    reg_files_clear(&files);
    return status;
}

/* Why a member cannot be scored, or NULL. */
static const char *member_lacks(const struct reg_slot *member)
{
    if (!member || (!member->on_disk && !member->chosen)) {
        return "is not there";
    }
    if (member->group) {
        return "is a group itself: members are models";
    }
    return member->chosen ? NULL : "serves no version";
}

static void release_unit(struct reg_registry *registry, struct reg_slot *slot,
                         struct reg_held *held)
{
    reg_unit_release(registry, held->unit);
    reg_unit_release(registry, slot->chosen);
    held->unit = NULL;
    slot->chosen = NULL;
    held->about.bytes = 0;
    slot->stale = 1;
}

/* The reason goes to the status and, when it is news, to the log. */
static void set_reason(struct reg_registry *registry, struct reg_slot *slot,
                       struct reg_held *held, roost_status status, const char *text)
{
    if (strcmp(slot->reason, text) != 0) {
        snprintf(slot->reason, sizeof slot->reason, "%s", text);
        if (*text && registry->startup_done) {
            reg_say(registry, 'w', slot->name, -1, "%s", text);
        }
        slot->stale = 1;
    }
    snprintf(held->about.text, sizeof held->about.text, "%s", text);
    held->about.status = status;
    enum reg_state state = held->unit               ? REG_AVAILABLE
                           : registry->startup_done ? REG_FAILED
                                                    : REG_START;
    slot->stale |= held->about.state != state;
    held->about.state = state;
}

static int unchanged(const struct reg_registry *registry, const struct reg_slot *slot,
                     const struct reg_unit *unit)
{
    if (!unit || unit->serving.member_count != slot->members.count) {
        return 0;
    }
    for (uint32_t i = 0; i < slot->members.count; i++) {
        const struct reg_slot *member = reg_slot_find(registry, slot->members.member[i]);
        if (unit->member[i] != member->chosen) {
            return 0;
        }
    }
    return 1;
}

static roost_status name_group(struct reg_unit *unit)
{
    struct eng_buf header;
    eng_buf_init(&header, (size_t)REG_MEMBERS_MAX * (REG_NAME_MAX + 24));
    for (uint32_t i = 0; i < unit->serving.member_count; i++) {
        eng_buf_format(&header, "%s%s", i ? ", " : "", unit->member[i]->header);
    }
    int failed = header.failed;
    unit->header = failed ? NULL : eng_buf_take(&header, NULL);
    eng_buf_clear(&header);
    return unit->header ? ROOST_OK : ROOST_NOMEM;
}

/* References to what the members serve. */
static roost_status take_members(const struct reg_registry *registry,
                                 const struct reg_slot *slot, struct reg_unit *unit)
{
    uint32_t n = slot->members.count;
    const struct reg_serving **members = calloc(n, sizeof *members);
    unit->serving.members = members;
    unit->member = calloc(n, sizeof(struct reg_unit *));
    if (!members || !unit->member) {
        return ROOST_NOMEM;
    }
    unit->serving.member_count = n;
    for (uint32_t i = 0; i < n; i++) {
        struct reg_slot *member = reg_slot_find(registry, slot->members.member[i]);
        unit->member[i] = reg_unit_retain(member->chosen);
        members[i] = &member->chosen->serving;
    }
    return ROOST_OK;
}

static roost_status make_plan(struct reg_registry *registry, const struct reg_unit *old,
                              struct reg_unit *unit, struct roost_error *err)
{
    roost_model *models[REG_MEMBERS_MAX];
    const char *names[REG_MEMBERS_MAX];
    uint32_t n = unit->serving.member_count;
    for (uint32_t i = 0; i < n; i++) {
        models[i] = unit->member[i]->model;
        names[i] = unit->member[i]->name;
    }
    roost_status status =
        roost_plan_new(models, names, n, old ? old->plan : NULL, &unit->plan, err);
    return status ? status : reg_pool_room(registry, roost_plan_bytes(unit->plan), err);
}

static roost_status rebuild(struct reg_registry *registry, struct reg_slot *slot,
                            struct reg_held *held, struct roost_error *err)
{
    uint64_t start = eng_clock_ns();
    struct reg_unit *unit = reg_unit_new(slot->name, 1);
    roost_status status = unit ? take_members(registry, slot, unit) : ROOST_NOMEM;
    if (!status) {
        status = name_group(unit);
    }
    if (status) {
        eng_fail(err, status, "", 0, "out of memory");
    } else {
        status = make_plan(registry, held->unit, unit, err);
    }
    if (!status) {
        status = reg_unit_finish(registry, unit, err);
    }
    if (status) {
        reg_unit_release(registry, unit);
        return status;
    }
    /* The current snapshot has references of its own to the old unit, so it may be let go
     * here; its hooks.detach comes when the last reader has passed. */
    release_unit(registry, slot, held);
    held->unit = unit;
    slot->chosen = reg_unit_retain(unit);
    held->about.bytes = unit->bytes;
    held->about.load_ns = eng_clock_ns() - start;
    held->about.loaded_at = reg_now();
    return ROOST_OK;
}

roost_status reg_group_refresh(struct reg_registry *registry, struct reg_slot *slot)
{
    struct reg_held *held = slot->held;
    struct roost_error err = {.status = ROOST_OK};
    char text[REG_TEXT_MAX];
    if (slot->held_count == 0 || (slot->members.count == 0 && !slot->unloaded)) {
        return ROOST_OK; /* group.yaml was never read whole: its own reason stands */
    }
    if (slot->unloaded) {
        release_unit(registry, slot, held);
        set_reason(registry, slot, held, ROOST_MISSING, "it was unloaded by an admin");
        return ROOST_OK;
    }
    for (uint32_t i = 0; i < slot->members.count; i++) {
        const char *name = slot->members.member[i];
        const char *lacks = member_lacks(reg_slot_find(registry, name));
        if (lacks) {
            release_unit(registry, slot, held);
            snprintf(text, sizeof text, "member %.*s %s", REG_NAME_MAX, name, lacks);
            set_reason(registry, slot, held, ROOST_MISSING, text);
            return ROOST_OK;
        }
    }
    roost_status status = ROOST_OK;
    if (!unchanged(registry, slot, held->unit)) {
        status = rebuild(registry, slot, held, &err);
    }
    if (status) {
        /* What serves, with its old members, keeps serving. */
        err.status = status;
        reg_error_text(&err, text, sizeof text);
        set_reason(registry, slot, held, status, text);
    } else if (!held->failed) {
        set_reason(registry, slot, held, ROOST_OK, "");
    }
    return status;
}
