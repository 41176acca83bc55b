/* SPDX-License-Identifier: MIT
 * Brings what a scan found together with what the registry knows: new, changed and
 * vanished versions become work for reconcile.c. Before: scan.c. Nothing here reads a
 * model's files; that waits until they are settled. */
#include "registry/room.h"

#include "engine/base/clock.h"
#include "engine/base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const uint64_t MS = 1000000;
/* A writer that neither writes nor closes for so long is taken for dead. */
static const uint64_t WRITER_NS = 60000000000;

uint64_t reg_held_settles(const struct reg_registry *registry,
                          const struct reg_held *held)
{
    if (held->writer_count) {
        return held->changed_ns + WRITER_NS;
    }
    return held->at_once ? 0 : held->changed_ns + registry->options.quiet_ms * MS;
}

uint64_t reg_slot_due(const struct reg_registry *registry, const struct reg_slot *slot)
{
    uint64_t due = UINT64_MAX;
    for (uint32_t i = 0; i < slot->held_count; i++) {
        const struct reg_held *held = &slot->held[i];
        uint64_t at = UINT64_MAX;
        if (held->on_disk && held->pending) {
            at = reg_held_settles(registry, held);
        } else if (held->on_disk && held->failed && held->retry_ns) {
            at = held->retry_ns;
        }
        due = at < due ? at : due;
    }
    return due;
}

/* Files that have not changed for longer than the quiet time when the process starts were
 * complete before it. Wall clocks may lie; then the quiet time is kept from now. */
static int settled_before_start(const struct reg_registry *registry,
                                const struct reg_seen *seen)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t age = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec - seen->newest;
    return !registry->startup_done &&
           age >= (int64_t)((uint64_t)registry->options.quiet_ms * MS);
}

static int arrived(const struct reg_registry *registry, const char *name,
                   const char *folder)
{
    for (uint32_t i = 0; i < registry->arrival_count; i++) {
        const struct reg_arrival *arrival = &registry->arrival[i];
        if (strcmp(arrival->name, name) == 0 &&
            (!arrival->folder[0] || strcmp(arrival->folder, folder) == 0)) {
            return 1;
        }
    }
    return 0;
}

static roost_status merge_version(struct reg_registry *registry, struct reg_slot *slot,
                                  const struct reg_seen *seen)
{
    struct reg_held *held = reg_held_add(slot, seen->version);
    if (!held) {
        return ROOST_NOMEM;
    }
    int renamed = arrived(registry, slot->name, seen->folder);
    int changed = !held->on_disk || held->seen.print != seen->print ||
                  held->seen.inode != seen->inode ||
                  strcmp(held->seen.folder, seen->folder) != 0;
    held->found = 1;
    if (!changed && !renamed) {
        return ROOST_OK;
    }
    if (!held->on_disk && !held->unit) {
        held->about.state = REG_START;
    }
    if (!held->on_disk) {
        held->unloaded = 0;
    }
    held->on_disk = 1;
    held->about.orphan = 0;
    held->seen = *seen;
    held->changed_ns = eng_clock_ns();
    held->at_once = (uint8_t)(renamed || settled_before_start(registry, seen));
    if (renamed) {
        held->writer_count = 0;
    }
    held->replaced = (uint8_t)(held->unit && seen->print != held->tried);
    reg_slot_touch(slot);
    return ROOST_OK;
}

/* A model that became a group, or the other way round, starts from nothing. */
static void change_kind(struct reg_registry *registry, struct reg_slot *slot, int group)
{
    if (slot->held_count) {
        reg_say(registry, 'w', slot->name, -1, "this name is now a %s",
                group ? "group" : "model");
    }
    for (uint32_t i = 0; i < slot->held_count; i++) {
        reg_unit_release(registry, slot->held[i].unit);
    }
    reg_unit_release(registry, slot->chosen);
    slot->chosen = NULL;
    slot->held_count = 0;
    slot->served_count = 0;
    slot->reason[0] = '\0';
    reg_group_clear(&slot->members);
    slot->group = (uint8_t)group;
    reg_slot_touch(slot);
}

static roost_status merge_model(struct reg_registry *registry,
                                const struct reg_seen_model *model)
{
    struct reg_slot *slot = reg_slot_add(registry, model->name);
    if (!slot) {
        return ROOST_NOMEM;
    }
    /* An empty directory says nothing: what was a group stays one until files say more.
     */
    if (model->count && model->group != slot->group) {
        change_kind(registry, slot, model->group);
    }
    if (!slot->on_disk) {
        slot->unloaded = 0; /* what an admin unloaded is not what comes now */
        reg_slot_touch(slot);
    }
    slot->found = 1;
    slot->on_disk = 1;
    slot->inode = model->inode;
    for (uint32_t i = 0; i < model->count; i++) {
        roost_status status = merge_version(registry, slot, &model->version[i]);
        if (status) {
            return status;
        }
    }
    return ROOST_OK;
}

static void merge_vanished(struct reg_slot *slot)
{
    for (uint32_t i = 0; i < slot->held_count; i++) {
        struct reg_held *held = &slot->held[i];
        if (!held->on_disk || held->found) {
            continue;
        }
        held->on_disk = 0;
        held->writer_count = 0;
        held->asked = 0;
        held->failed = 0;
        held->pending = 0;
        held->unloaded = 0;
        if (!held->unit) {
            held->about.state = REG_END;
        }
        reg_slot_touch(slot);
    }
    if (slot->on_disk && !slot->found) {
        slot->on_disk = 0;
        reg_slot_touch(slot);
    }
    reg_held_trim(slot);
}

static roost_status merge(struct reg_registry *registry, const struct reg_scan *scan)
{
    for (uint32_t i = 0; i < registry->slot_count; i++) {
        struct reg_slot *slot = registry->slot[i];
        slot->found = 0;
        for (uint32_t j = 0; j < slot->held_count; j++) {
            slot->held[j].found = 0;
        }
    }
    for (uint32_t i = 0; i < scan->count; i++) {
        roost_status status = merge_model(registry, &scan->model[i]);
        if (status) {
            return status;
        }
    }
    for (uint32_t i = 0; i < registry->slot_count; i++) {
        merge_vanished(registry->slot[i]);
    }
    registry->arrival_count = 0;
    return ROOST_OK;
}

/* Nothing of this name is left but what a state file may remember. */
static int forgettable(const struct reg_slot *slot)
{
    if (slot->on_disk || slot->entry || slot->chosen || slot->pin >= 0) {
        return 0;
    }
    for (uint32_t i = 0; i < slot->held_count; i++) {
        if (slot->held[i].unit || slot->held[i].about.rolled_back) {
            return 0;
        }
    }
    return 1;
}

static void forget(struct reg_registry *registry)
{
    for (uint32_t i = registry->slot_count; i > 0; i--) {
        if (forgettable(registry->slot[i - 1])) {
            reg_slot_remove(registry, i - 1);
        }
    }
}

/* A note is said when the scan before did not have it. */
static void say_notes(struct reg_registry *registry, const struct reg_scan *scan)
{
    for (uint32_t i = 0; i < scan->note_count; i++) {
        const struct reg_note *note = &scan->note[i];
        int known = 0;
        for (uint32_t j = 0; !known && j < registry->last.note_count; j++) {
            known = strcmp(note->name, registry->last.note[j].name) == 0 &&
                    strcmp(note->text, registry->last.note[j].text) == 0;
        }
        if (!known) {
            reg_say(registry, 'w', note->name, -1, "%s", note->text);
        }
    }
}

/* The directory is opened anew by each scan: it may have been replaced as a whole. */
static roost_status reopen(struct reg_registry *registry, struct roost_error *err)
{
    int fd = open(registry->options.models_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return eng_fail(err, ROOST_IO, "", 0,
                        "the models directory %.100s cannot be opened: %s",
                        registry->options.models_dir, strerror(errno));
    }
    if (registry->models_fd >= 0) {
        close(registry->models_fd);
    }
    registry->models_fd = fd;
    return ROOST_OK;
}

roost_status reg_rescan(struct reg_registry *registry, struct roost_error *err)
{
    struct reg_scan scan;
    struct roost_error own = {.status = ROOST_OK};
    roost_status status = reopen(registry, &own);
    if (!status) {
        status = reg_scan_read(registry->models_fd, &scan, &own);
    }
    if (!status) {
        status = merge(registry, &scan);
        say_notes(registry, &scan);
        reg_scan_clear(&registry->last);
        registry->last = scan;
    }
    registry->scanned_ns = eng_clock_ns();
    registry->next_scan_ns = registry->scanned_ns + registry->options.poll_ms * MS;
    if (status) {
        atomic_fetch_add_explicit(&registry->scans_failed, 1, memory_order_relaxed);
        if (!registry->scan_failing) {
            reg_say(registry, 'e', "", -1, "%s; what serves keeps serving",
                    own.text[0] ? own.text : roost_status_text(status));
        }
        registry->scan_failing = 1;
        return eng_fail(err, status, "", 0, "%s",
                        own.text[0] ? own.text : roost_status_text(status));
    }
    registry->scan_failing = 0;
    forget(registry);
    atomic_fetch_add_explicit(&registry->scans_ok, 1, memory_order_relaxed);
    atomic_store_explicit(&registry->last_scan, reg_now(), memory_order_relaxed);
    return ROOST_OK;
}
