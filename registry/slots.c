/* SPDX-License-Identifier: MIT
 * The names the registry knows and the versions of each: finding, adding, forgetting.
 * merge.c fills them from scans, state.c from the state file, command.c from admins. */
#include "registry/room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the name is or would be. */
static uint32_t slot_place(const struct reg_registry *registry, const char *name)
{
    uint32_t low = 0, high = registry->slot_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (strcmp(registry->slot[middle]->name, name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct reg_slot *reg_slot_find(const struct reg_registry *registry, const char *name)
{
    uint32_t at = slot_place(registry, name);
    return at < registry->slot_count && strcmp(registry->slot[at]->name, name) == 0
               ? registry->slot[at]
               : NULL;
}

static const struct reg_model_options *options_of(const struct reg_registry *registry,
                                                  const char *name)
{
    for (uint32_t i = 0; i < registry->options.model_count; i++) {
        if (strcmp(registry->model_options[i].name, name) == 0) {
            return &registry->model_options[i];
        }
    }
    return &registry->fallback;
}

struct reg_slot *reg_slot_add(struct reg_registry *registry, const char *name)
{
    struct reg_slot *slot = reg_slot_find(registry, name);
    if (slot) {
        return slot;
    }
    slot = calloc(1, sizeof *slot);
    if (!slot) {
        return NULL;
    }
    snprintf(slot->name, sizeof slot->name, "%.*s", REG_NAME_MAX, name);
    slot->options = options_of(registry, name);
    slot->pin = -1;
    uint32_t at = slot_place(registry, name);
    pthread_mutex_lock(&registry->lock);
    if (registry->slot_count == registry->slot_room) {
        uint32_t room = registry->slot_room ? registry->slot_room * 2 : 16;
        struct reg_slot **more = realloc(registry->slot, room * sizeof *more);
        if (!more) {
            pthread_mutex_unlock(&registry->lock);
            free(slot);
            return NULL;
        }
        registry->slot = more;
        registry->slot_room = room;
    }
    memmove(registry->slot + at + 1, registry->slot + at,
            (registry->slot_count - at) * sizeof(struct reg_slot *));
    registry->slot[at] = slot;
    registry->slot_count++;
    pthread_mutex_unlock(&registry->lock);
    return slot;
}

void reg_slot_remove(struct reg_registry *registry, uint32_t index)
{
    struct reg_slot *slot = registry->slot[index];
    pthread_mutex_lock(&registry->lock);
    registry->slot_count--;
    memmove(registry->slot + index, registry->slot + index + 1,
            (registry->slot_count - index) * sizeof(struct reg_slot *));
    pthread_mutex_unlock(&registry->lock);
    for (uint32_t i = 0; i < slot->held_count; i++) {
        reg_unit_release(registry, slot->held[i].unit);
    }
    reg_unit_release(registry, slot->chosen);
    reg_group_clear(&slot->members);
    free(slot->held);
    free(slot);
}

struct reg_held *reg_held_find(const struct reg_slot *slot, int64_t version)
{
    for (uint32_t i = 0; i < slot->held_count; i++) {
        if (slot->held[i].about.version == version) {
            return &slot->held[i];
        }
    }
    return NULL;
}

struct reg_held *reg_held_add(struct reg_slot *slot, int64_t version)
{
    struct reg_held *held = reg_held_find(slot, version);
    if (held) {
        return held;
    }
    if (slot->held_count == slot->held_room) {
        uint32_t room = slot->held_room ? slot->held_room * 2 : 4;
        struct reg_held *more = realloc(slot->held, room * sizeof *more);
        if (!more) {
            return NULL;
        }
        slot->held = more;
        slot->held_room = room;
    }
    uint32_t at = 0;
    while (at < slot->held_count && slot->held[at].about.version > version) {
        at++;
    }
    memmove(slot->held + at + 1, slot->held + at,
            (slot->held_count - at) * sizeof *slot->held);
    slot->held_count++;
    memset(&slot->held[at], 0, sizeof slot->held[at]);
    slot->held[at].about.version = version;
    return &slot->held[at];
}

void reg_held_trim(struct reg_slot *slot)
{
    uint32_t past = 0, kept = 0;
    for (uint32_t i = 0; i < slot->held_count; i++) {
        struct reg_held *held = &slot->held[i];
        int remembered =
            !held->on_disk && !held->unit && held->about.version != slot->pin;
        past += (uint32_t)remembered;
        if (!remembered || past <= REG_HISTORY_MAX) {
            if (kept != i) {
                slot->held[kept] = *held;
            }
            kept++;
        }
    }
    slot->held_count = kept;
}

void reg_slot_touch(struct reg_slot *slot)
{
    slot->dirty = 1;
    slot->stale = 1;
}

void reg_held_path(const struct reg_slot *slot, const struct reg_held *held, char *out)
{
    snprintf(out, REG_PATH_ROOM, "%s%s%s", slot->name, held->seen.folder[0] ? "/" : "",
             held->seen.folder);
}
