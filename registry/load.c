/* SPDX-License-Identifier: MIT
 * One version's way into memory: read, verify (digest, structure, goldens), warm. Before:
 * reconcile.c or an admin's command wants it and its files are settled. After: swap.c
 * publishes it. A failure leaves all that serves as it is. */
#include "registry/room.h"

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "registry/formats/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t SECOND = 1000000000;
enum { BACKOFF_MAX_S = 60 };

struct load {
    struct reg_registry *registry;
    struct reg_held *held;
    struct reg_files files;
    struct reg_unit *unit;
    struct roost_error *err;
};

/* Of all that is over a limit only a full budget may pass by itself: see reg_next_try. */
static roost_status find_room(struct load *load, uint64_t bytes)
{
    roost_status status = reg_pool_room(load->registry, bytes, load->err);
    load->held->no_room = status == ROOST_LIMIT;
    return status;
}

/* Before anything is read: the files as the scan saw them, and the model, which will take
 * about as much as they. */
static roost_status check_sizes(struct load *load)
{
    uint64_t bytes = load->held->seen.bytes;
    uint64_t most = load->registry->options.model_bytes;
    if (most && bytes > most) {
        return eng_fail(load->err, ROOST_LIMIT, "", bytes,
                        "its files have %llu bytes, registry.model_bytes allows %llu",
                        (unsigned long long)bytes, (unsigned long long)most);
    }
    return find_room(load, bytes);
}

/* Between two steps: how urgent has this become? */
static void step(struct reg_registry *registry)
{
    reg_priority_check(&registry->priority, reg_command_waits(registry));
}

/* A line that fails is named by its file and number. */
static roost_status replay_line(struct load *load, const char *file, uint32_t line,
                                const char *text, size_t size, int compare)
{
    const struct reg_hooks *hooks = &load->registry->options.hooks;
    struct roost_error own = {.status = ROOST_OK};
    roost_status status =
        hooks->replay(hooks->context, load->unit->plan, text, size, compare, &own);
    if (status) {
        eng_fail(load->err, status, file, own.at, "%s%s%s", own.where,
                 own.where[0] ? ": " : "",
                 own.text[0] ? own.text : roost_status_text(status));
        if (load->err) {
            load->err->line = line;
            load->err->column = own.column;
        }
    }
    return status;
}

static roost_status replay_file(struct load *load, const char *name, int compare)
{
    const struct reg_file *file = reg_files_find(&load->files, name);
    if (!file || !load->registry->options.hooks.replay) {
        return ROOST_OK;
    }
    const char *at = (const char *)file->data, *end = at + file->size;
    uint32_t replayed = 0;
    for (uint32_t line = 1; at < end; line++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        stop = stop ? stop : end;
        size_t size = (size_t)(stop - at);
        size_t blank = 0;
        while (blank < size && strchr(" \t\r", at[blank])) {
            blank++;
        }
        if (blank < size) {
            if (replayed++ == load->registry->options.golden_rows) {
                break;
            }
            roost_status status = replay_line(load, name, line, at, size, compare);
            if (status) {
                return status;
            }
            step(load->registry);
        }
        at = stop < end ? stop + 1 : end;
    }
    return ROOST_OK;
}

static roost_status name_unit(struct reg_unit *unit, int64_t version)
{
    size_t room = strlen(unit->name) + 24;
    unit->header = malloc(room);
    if (!unit->header) {
        return ROOST_NOMEM;
    }
    snprintf(unit->header, room, "%s/%lld", unit->name, (long long)version);
    return ROOST_OK;
}

/* Files in memory -> a unit that has shown what it can. */
static roost_status make_unit(struct load *load, const char *name, int64_t version)
{
    load->unit = reg_unit_new(name, version);
    if (!load->unit || name_unit(load->unit, version)) {
        return eng_fail(load->err, ROOST_NOMEM, "", 0, "out of memory");
    }
    struct reg_unit *unit = load->unit;
    memcpy(unit->digest, load->files.digest, sizeof unit->digest);
    roost_status status = reg_open_files(&load->files, &unit->model, load->err);
    const char *names[] = {unit->name};
    step(load->registry);
    if (!status) {
        status = roost_plan_new(&unit->model, names, 1, NULL, &unit->plan, load->err);
    }
    if (!status) {
        uint64_t bytes = roost_model_bytes(unit->model) + roost_plan_bytes(unit->plan);
        status = find_room(load, bytes);
    }
    if (!status) {
        status = replay_file(load, "golden.jsonl", 1);
    }
    return status ? status : replay_file(load, "warmup.jsonl", 0);
}

roost_status reg_load(struct reg_registry *registry, struct reg_slot *slot,
                      struct reg_held *held, struct reg_unit **out,
                      struct roost_error *err)
{
    struct load load = {.registry = registry, .held = held, .err = err};
    struct reg_file_limits limits = {.bytes = registry->options.model_bytes};
    char path[REG_PATH_ROOM];
    reg_held_path(slot, held, path);
    *out = NULL;
    held->no_room = 0;
    roost_status status = check_sizes(&load);
    if (!status) {
        status = reg_files_read(registry->models_fd, path, &limits, &load.files, err);
    }
    if (status) {
        return status;
    }
    step(registry);
    if (!held->unit || strcmp(held->unit->digest, load.files.digest) != 0) {
        status = make_unit(&load, slot->name, held->about.version);
    }
    reg_files_clear(&load.files);
    if (!status && load.unit) {
        status = reg_unit_finish(registry, load.unit, err);
    }
    if (status) {
        reg_unit_release(registry, load.unit);
        return status;
    }
    *out = load.unit;
    return ROOST_OK;
}

/* Lack of memory or of a readable disk may pass by itself; bad content does not, nor do
 * files that are too large or too many. */
uint64_t reg_next_try(struct reg_held *held, roost_status status)
{
    if (status != ROOST_IO && status != ROOST_NOMEM && !held->no_room) {
        return 0;
    }
    uint64_t wait = held->tries < 6 ? 1u << held->tries : BACKOFF_MAX_S;
    held->tries++;
    return eng_clock_ns() + (wait < BACKOFF_MAX_S ? wait : BACKOFF_MAX_S) * SECOND;
}

static void note_failure(struct reg_registry *registry, struct reg_slot *slot,
                         struct reg_held *held, const struct roost_error *err)
{
    char text[REG_TEXT_MAX];
    reg_error_text(err, text, sizeof text);
    /* A reason that stays the same over retries is said once. */
    if (!held->failed || strcmp(text, held->about.text) != 0) {
        reg_say(registry, 'e', slot->name, held->about.version, "refused: %s", text);
    }
    memcpy(held->about.text, text, sizeof text);
    held->failed = 1;
    held->about.status = err->status;
    held->about.state = held->unit ? REG_AVAILABLE : REG_FAILED;
    held->retry_ns = reg_next_try(held, err->status);
}

/* Whether the files are others by now than those that were read, or gone: then what went
 * wrong says nothing about the version. */
static int overtaken(struct reg_registry *registry, const struct reg_slot *slot,
                     struct reg_held *held)
{
    char path[REG_PATH_ROOM];
    struct reg_seen now = {.version = held->about.version};
    reg_held_path(slot, held, path);
    int files = reg_scan_files(registry->models_fd, path, &now);
    /* A folder that cannot be looked at is no other: the failure stands, and is tried
     * again after growing waits. */
    if (files < 0 || (files && now.print == held->seen.print)) {
        return 0;
    }
    held->about.state = held->unit ? REG_AVAILABLE : REG_START;
    held->at_once = 0;
    held->pending = 1;
    held->changed_ns = eng_clock_ns();
    registry->next_scan_ns = 0;
    return 1;
}

/* slot->chosen may still be the unit that is replaced here: it keeps its own reference,
 * and so does every snapshot that shows it, until reconcile.c chooses anew. */
static void note_success(struct reg_registry *registry, struct reg_slot *slot,
                         struct reg_held *held, struct reg_unit *unit)
{
    held->replaced = 0;
    held->failed = 0;
    held->retry_ns = 0;
    held->tries = 0;
    held->about.status = ROOST_OK;
    held->about.text[0] = '\0';
    held->about.state = REG_AVAILABLE;
    if (!unit) {
        return;
    }
    reg_unit_release(registry, held->unit);
    held->unit = unit;
    held->about.bytes = unit->bytes;
    held->about.loaded_at = reg_now();
    memcpy(held->about.digest, unit->digest, sizeof held->about.digest);
    reg_say(registry, 'i', slot->name, held->about.version,
            "loaded: %s, %zu bytes, %.1f ms", roost_model_format(unit->model),
            unit->bytes, (double)held->about.load_ns / 1e6);
}

roost_status reg_load_held(struct reg_registry *registry, struct reg_slot *slot,
                           struct reg_held *held, struct roost_error *err)
{
    struct roost_error own = {.status = ROOST_OK};
    struct reg_unit *unit;
    uint64_t start = eng_clock_ns();
    if (!held->unit) {
        held->about.state = REG_LOADING;
        slot->stale = 1;
        (void)reg_publish(registry); /* a status only; the next publication has it too */
    }
    held->tried = held->seen.print;
    reg_priority_low(&registry->priority);
    roost_status status = reg_load(registry, slot, held, &unit, &own);
    reg_priority_normal(&registry->priority);
    held->about.load_ns = eng_clock_ns() - start;
    int changed = status && overtaken(registry, slot, held);
    own.status = status;
    if (status && !changed) {
        note_failure(registry, slot, held, &own);
    } else if (!status) {
        note_success(registry, slot, held, unit);
    }
    slot->stale = 1;
    pthread_mutex_lock(&registry->lock);
    slot->counts.loads_failed += status && !changed;
    slot->counts.loads_ok += status == ROOST_OK && unit != NULL;
    pthread_mutex_unlock(&registry->lock);
    if (status && err) {
        *err = own;
    }
    return status;
}
