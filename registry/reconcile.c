/* SPDX-License-Identifier: MIT
 * Makes one name be what its files, the policy, pins and admins want: loads what is
 * missing first, then chooses, then drops the rest, in one publication. Before: merge.c
 * or command.c touched the name. After: swap.c. While the newest fails to load, what
 * serves keeps serving. */
#include "registry/room.h"

#include "engine/base/clock.h"

#include <stdlib.h>
#include <string.h>

static const uint64_t MINUTE = 60000000000;

/* What failed may end better: the files changed, or it is time to try again. */
static int worth_another(const struct reg_held *held, uint64_t now)
{
    return held->tried != held->seen.print || (held->retry_ns && held->retry_ns <= now);
}

/* Its files may be read now, and there is a reason to. */
static int tryable(const struct reg_registry *registry, const struct reg_held *held,
                   uint64_t now)
{
    if (!held->on_disk || (held->unit && !held->replaced) ||
        reg_held_settles(registry, held) > now) {
        return 0;
    }
    return !held->failed || worth_another(held, now);
}

static int is_chosen(const struct reg_slot *slot, const struct reg_held *held)
{
    return slot->chosen && slot->chosen->serving.version == held->about.version;
}

void reg_candidates(const struct reg_registry *registry, const struct reg_slot *slot,
                    struct reg_candidate *out)
{
    uint64_t now = eng_clock_ns();
    for (uint32_t i = 0; i < slot->held_count; i++) {
        const struct reg_held *held = &slot->held[i];
        /* What serves may go on without its files; any other version may not. */
        int loaded = held->unit && (held->on_disk || is_chosen(slot, held));
        int usable = loaded || tryable(registry, held, now);
        out[i] = (struct reg_candidate){
            .version = held->about.version,
            .usable = (uint8_t)(usable && !slot->unloaded && !held->unloaded),
            .loaded = held->unit != NULL,
            .rolled_back = held->about.rolled_back,
            .asked = (uint8_t)(held->asked ||
                               reg_labels_name(slot->options, held->about.version)),
        };
    }
}

/* A writer that was there before the watch and pauses: another quiet time for it. */
static int still_written(const struct reg_registry *registry, const struct reg_slot *slot,
                         struct reg_held *held, uint64_t now)
{
    char path[REG_PATH_ROOM];
    reg_held_path(slot, held, path);
    if (held->at_once || !reg_writers_open(registry->models_fd, path)) {
        return 0;
    }
    held->changed_ns = now;
    held->pending = 1;
    return 1;
}

/* Load one version that is wanted. 0: there was none. */
static int load_one(struct reg_registry *registry, struct reg_slot *slot,
                    struct reg_candidate *candidates, struct roost_error *first)
{
    reg_candidates(registry, slot, candidates);
    reg_versions_want(slot->options, slot->pin, candidates, slot->held_count);
    uint64_t now = eng_clock_ns();
    for (uint32_t i = 0; i < slot->held_count; i++) {
        struct reg_held *held = &slot->held[i];
        held->pending = (uint8_t)(held->on_disk && (!held->unit || held->replaced) &&
                                  reg_held_settles(registry, held) > now);
        if (candidates[i].wanted && tryable(registry, held, now) &&
            !still_written(registry, slot, held, now)) {
            struct roost_error err = {.status = ROOST_OK};
            if (reg_load_held(registry, slot, held, &err) && first && !first->status) {
                *first = err;
            }
            return 1;
        }
        if (held->failed && held->retry_ns && held->retry_ns <= now) {
            held->retry_ns = now + MINUTE; /* due, but nobody wants it just now */
        }
    }
    return 0;
}

static void remember_served(struct reg_slot *slot, int64_t version)
{
    if (slot->served_count == REG_SERVED_MAX) {
        memmove(slot->served, slot->served + 1,
                sizeof slot->served - sizeof *slot->served);
        slot->served_count--;
    }
    slot->served[slot->served_count++] = version;
}

static void choose(struct reg_registry *registry, struct reg_slot *slot,
                   struct reg_unit *unit)
{
    struct reg_unit *old = slot->chosen;
    if (old == unit) {
        return;
    }
    if (old && unit && old->serving.version != unit->serving.version) {
        remember_served(slot, old->serving.version);
    }
    slot->chosen = reg_unit_retain(unit);
    if (unit) {
        reg_say(registry, 'i', slot->name, unit->serving.version, "serves");
    } else {
        reg_say(registry, 'w', slot->name, -1, "nothing serves");
    }
    reg_unit_release(registry, old);
}

/* The unit that is to serve. When neither pin nor policy names a loaded one, what serves
 * stays, unless an admin unloaded it. */
static struct reg_unit *pick(const struct reg_slot *slot,
                             const struct reg_candidate *candidates)
{
    int32_t at =
        reg_versions_choose(slot->options, slot->pin, candidates, slot->held_count);
    for (uint32_t i = 0; at < 0 && i < slot->held_count; i++) {
        if (candidates[i].usable && candidates[i].loaded &&
            is_chosen(slot, &slot->held[i])) {
            at = (int32_t)i;
        }
    }
    return at < 0 ? NULL : slot->held[at].unit;
}

static void drop(struct reg_registry *registry, struct reg_slot *slot,
                 struct reg_held *held)
{
    reg_say(registry, 'i', slot->name, held->about.version, "unloaded");
    reg_unit_release(registry, held->unit);
    held->unit = NULL;
    held->replaced = 0;
    held->about.state = REG_END;
    held->about.orphan = 0;
    held->about.bytes = 0;
    held->about.digest[0] = '\0';
}

static void settle(struct reg_registry *registry, struct reg_slot *slot,
                   struct reg_candidate *candidates)
{
    reg_candidates(registry, slot, candidates);
    reg_versions_want(slot->options, slot->pin, candidates, slot->held_count);
    choose(registry, slot, pick(slot, candidates));
    for (uint32_t i = 0; i < slot->held_count; i++) {
        struct reg_held *held = &slot->held[i];
        if (held->unit && !candidates[i].wanted && held->unit != slot->chosen) {
            drop(registry, slot, held);
        }
        if (!held->unit && !held->failed && !held->pending) {
            held->about.state = REG_END;
        }
        if (held->unit && !held->on_disk && !held->about.orphan) {
            held->about.orphan = 1;
            reg_say(registry, 'w', slot->name, held->about.version,
                    "its files are gone: it serves from memory until it is unloaded");
        }
    }
}

static void reconcile_group(struct reg_registry *registry, struct reg_slot *slot,
                            struct roost_error *first)
{
    uint64_t now = eng_clock_ns();
    for (uint32_t i = 0; i < slot->held_count; i++) {
        struct reg_held *held = &slot->held[i];
        held->pending =
            (uint8_t)(held->on_disk && reg_held_settles(registry, held) > now);
        if (held->on_disk && !held->pending && worth_another(held, now)) {
            held->tried = held->seen.print;
            (void)reg_group_load(registry, slot, first);
        }
        if (held->unit && !held->on_disk) {
            held->about.orphan = 1;
        }
    }
}

roost_status reg_reconcile(struct reg_registry *registry, struct reg_slot *slot,
                           struct roost_error *first)
{
    slot->dirty = 0;
    slot->stale = 1;
    if (slot->group) {
        reconcile_group(registry, slot, first);
        return reg_publish(registry);
    }
    struct reg_candidate *candidates =
        calloc(slot->held_count ? slot->held_count : 1, sizeof *candidates);
    if (!candidates) {
        slot->dirty = 1;
        return ROOST_NOMEM;
    }
    /* Each turn loads one version or marks it failed, so that the turns are bounded. */
    for (uint32_t i = 0; i <= slot->held_count; i++) {
        if (!load_one(registry, slot, candidates, first)) {
            break;
        }
    }
    settle(registry, slot, candidates);
    slot->stale = 1; /* again: a load published its own state in between */
    free(candidates);
    return reg_publish(registry);
}
