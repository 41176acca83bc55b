/* SPDX-License-Identifier: MIT
 * The swap: what the names say becomes one immutable snapshot behind an atomic pointer,
 * and the old one is retired. Before: reconcile.c has chosen. After: readers see the new
 * snapshot at their next look; the old is freed when none can hold it. Entries of names
 * that did not change are shared by the snapshots. */
#include "registry/room.h"

#include "engine/base/clock.h"
#include "engine/base/hash.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const uint64_t TRIM_BYTES = 64 << 20;
static const uint64_t TRIM_NS = 10000000000;

static struct reg_live_entry *live_entry(const struct reg_entry *entry)
{
    return (struct reg_live_entry *)(uintptr_t)entry;
}

static void release_entry(struct reg_registry *registry, struct reg_live_entry *entry)
{
    if (--entry->refs > 0) {
        return;
    }
    for (uint32_t i = 0; i < entry->unit_count; i++) {
        reg_unit_release(registry, entry->unit[i]);
    }
    free(entry);
}

/* Room for an entry and all it points to (at most `units` of them), in one piece:
 *   entry | units | servings | labels | versions | name | reason
 * Every part but the strings is a multiple of 8 bytes. */
static struct reg_live_entry *place_entry(const struct reg_slot *slot, uint32_t units)
{
    size_t name = strlen(slot->name) + 1, reason = strlen(slot->reason) + 1;
    size_t labels = slot->options->label_count * sizeof(struct reg_label);
    size_t versions = slot->held_count * sizeof(struct reg_version);
    size_t size = sizeof(struct reg_live_entry) + units * 2 * sizeof(void *) + labels +
                  versions + name + reason;
    struct reg_live_entry *live = calloc(1, size);
    if (!live) {
        return NULL;
    }
    char *at = (char *)(live + 1);
    live->refs = 1;
    live->unit = (struct reg_unit **)(void *)at;
    at += units * sizeof(void *);
    live->entry.serving = (const struct reg_serving *const *)(void *)at;
    at += units * sizeof(void *);
    live->entry.labels = (const struct reg_label *)(void *)at;
    at += labels;
    live->entry.versions = (const struct reg_version *)(void *)at;
    at += versions;
    live->entry.name = memcpy(at, slot->name, name);
    live->entry.reason = memcpy(at + name, slot->reason, reason);
    return live;
}

static void fill_versions(struct reg_live_entry *live, const struct reg_slot *slot)
{
    const struct reg_serving **serving =
        (const struct reg_serving **)(uintptr_t)live->entry.serving;
    struct reg_version *version = (struct reg_version *)(uintptr_t)live->entry.versions;
    for (uint32_t i = 0; i < slot->held_count; i++) {
        const struct reg_held *held = &slot->held[i];
        version[i] = held->about;
        if (held->unit) {
            roost_model *model = held->unit->model;
            version[i].format = model ? roost_model_format(model) : "group";
            serving[live->unit_count] = &held->unit->serving;
            live->unit[live->unit_count++] = reg_unit_retain(held->unit);
        }
    }
    live->entry.version_count = slot->held_count;
    live->entry.serving_count = live->unit_count;
}

static void fill_labels(const struct reg_registry *registry, struct reg_live_entry *live,
                        const struct reg_slot *slot, struct reg_candidate *candidates)
{
    if (slot->options->label_count == 0) {
        return;
    }
    reg_candidates(registry, slot, candidates);
    live->entry.label_count =
        reg_labels_live(slot->options, candidates, slot->held_count,
                        (struct reg_label *)(uintptr_t)live->entry.labels);
}

static struct reg_live_entry *make_entry(const struct reg_registry *registry,
                                         const struct reg_slot *slot)
{
    uint32_t units = 0;
    for (uint32_t i = 0; i < slot->held_count; i++) {
        units += slot->held[i].unit != NULL;
    }
    struct reg_candidate *candidates = calloc(slot->held_count + 1, sizeof *candidates);
    struct reg_live_entry *live = candidates ? place_entry(slot, units + 1) : NULL;
    if (live) {
        live->entry.group = slot->group;
        live->entry.pin = slot->pin;
        live->entry.chosen = slot->chosen ? &slot->chosen->serving : NULL;
        fill_versions(live, slot);
        /* By a reference of its own: between a reload and the choice of it what serves is
         * not among the held versions any more. */
        if (slot->chosen) {
            live->unit[live->unit_count++] = reg_unit_retain(slot->chosen);
        }
        fill_labels(registry, live, slot, candidates);
    }
    free(candidates);
    return live;
}

static int shown(const struct reg_slot *slot)
{
    return slot->on_disk || slot->chosen;
}

static void free_live(struct reg_registry *registry, struct reg_live *live)
{
    for (uint32_t i = 0; i < live->snapshot.count; i++) {
        release_entry(registry, live_entry(live->entry[i]));
    }
    free(live->entry);
    free(live->index);
    free(live);
}

/* index[0] is the mask, then the table: 1 + the entry's number, 0 = none; open addressing
 * at a load of at most one half. */
static uint32_t *make_index(const struct reg_live *live)
{
    uint32_t size = 4;
    while (size < live->snapshot.count * 2) {
        size *= 2;
    }
    uint32_t *index = calloc((size_t)size + 1, sizeof *index);
    if (!index) {
        return NULL;
    }
    index[0] = size - 1;
    for (uint32_t i = 0; i < live->snapshot.count; i++) {
        const char *name = live->entry[i]->name;
        uint32_t at = (uint32_t)eng_hash_id(name, strlen(name)) & index[0];
        while (index[1 + at]) {
            at = (at + 1) & index[0];
        }
        index[1 + at] = i + 1;
    }
    return index;
}

/* Entries of the names to show: made anew where stale, else shared with the current
 * snapshot. On failure what was put so far is left to free_live. */
static int fill_live(struct reg_registry *registry, struct reg_live *live, int *changes)
{
    for (uint32_t i = 0; i < registry->slot_count; i++) {
        struct reg_slot *slot = registry->slot[i];
        const struct reg_serving *chosen = slot->chosen ? &slot->chosen->serving : NULL;
        const struct reg_serving *before = slot->entry ? slot->entry->entry.chosen : NULL;
        *changes += chosen != before;
        if (!shown(slot)) {
            continue;
        }
        struct reg_live_entry *entry = slot->entry;
        if (slot->stale || !entry) {
            entry = make_entry(registry, slot);
        } else {
            entry->refs++;
        }
        if (!entry) {
            return -1;
        }
        live->entry[live->snapshot.count++] = &entry->entry;
    }
    return 0;
}

static struct reg_live *make_live(struct reg_registry *registry, int *changes)
{
    struct reg_live *live = calloc(1, sizeof *live);
    if (!live) {
        return NULL;
    }
    live->entry = calloc(registry->slot_count + 1, sizeof(struct reg_entry *));
    if (!live->entry || fill_live(registry, live, changes) != 0 ||
        !(live->index = make_index(live))) {
        free_live(registry, live);
        return NULL;
    }
    live->snapshot.entries = live->entry;
    live->snapshot.index = live->index;
    return live;
}

static void retire(struct reg_registry *registry, struct reg_live *old)
{
    struct reg_live **end = &registry->retired;
    old->epoch = reg_readers_advance(&registry->readers);
    while (*end) {
        end = &(*end)->next;
    }
    *end = old;
}

/* The order matters. Groups first, so that they and their members change in one snapshot.
 * Then the new snapshot is complete before the pointer is stored (release, so that a
 * reader who loads it sees all of it), and only after that the epoch advances: a reader
 * that has seen the new epoch cannot load the old pointer any more (readers.c). What was
 * made before a failure holds references, so that nothing is freed under the old one. */
roost_status reg_publish(struct reg_registry *registry)
{
    int changes = 0, again = 0;
    for (uint32_t i = 0; i < registry->slot_count; i++) {
        struct reg_slot *slot = registry->slot[i];
        again |= slot->group && reg_group_refresh(registry, slot) == ROOST_NOMEM;
    }
    struct reg_live *live = make_live(registry, &changes);
    registry->unpublished = again || !live;
    if (!live) {
        return ROOST_NOMEM;
    }
    struct reg_live *old = atomic_load_explicit(&registry->live, memory_order_relaxed);
    live->snapshot.number = old ? old->snapshot.number + 1 : 1;
    uint32_t next = 0;
    /* From here on nothing fails: the slots may point into the new snapshot. */
    for (uint32_t i = 0; i < registry->slot_count; i++) {
        struct reg_slot *slot = registry->slot[i];
        slot->entry = shown(slot) ? live_entry(live->entry[next++]) : NULL;
        slot->stale = 0;
    }
    atomic_store_explicit(&registry->live, live, memory_order_release);
    if (changes) {
        atomic_fetch_add_explicit(&registry->swaps, 1, memory_order_relaxed);
    }
    if (old) {
        retire(registry, old);
    }
    (void)reg_reclaim(registry);
    return ROOST_OK;
}

int reg_reclaim(struct reg_registry *registry)
{
    while (registry->retired &&
           reg_readers_passed(&registry->readers, registry->retired->epoch)) {
        struct reg_live *next = registry->retired->next;
        free_live(registry, registry->retired);
        registry->retired = next;
    }
    /* Rarely, since a trim walks the heap: large models give their pages back at once,
     * small ones are used again by the next. */
    uint64_t now = registry->freed_bytes < TRIM_BYTES ? 0 : eng_clock_ns();
    if (now && now - registry->trimmed_ns > TRIM_NS) {
        malloc_trim(0);
        registry->trimmed_ns = now;
        registry->freed_bytes = 0;
    }
    return registry->retired == NULL;
}

void reg_reclaim_wait(struct reg_registry *registry, uint32_t ms)
{
    const struct timespec half = {.tv_nsec = 500000};
    for (uint32_t i = 0; i < ms * 2 && !reg_reclaim(registry); i++) {
        nanosleep(&half, NULL);
    }
}

void reg_snapshots_free(struct reg_registry *registry)
{
    struct reg_live *live = atomic_load(&registry->live);
    atomic_store(&registry->live, NULL);
    if (live) {
        live->next = registry->retired;
        registry->retired = live;
    }
    while (registry->retired) {
        struct reg_live *next = registry->retired->next;
        free_live(registry, registry->retired);
        registry->retired = next;
    }
}
