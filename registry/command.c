/* SPDX-License-Identifier: MIT
 * What an admin asks for: promote, roll back, load, unload. Before: reg_submit queued it
 * from any thread. After: `done` has the outcome, the change is published and, where it
 * must survive a restart, in the state file. A command that fails changes nothing. */
#include "registry/room.h"

#include "engine/base/clock.h"
#include "engine/base/error.h"

#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

void reg_submit(struct reg_registry *registry, struct reg_command *command)
{
    command->next = NULL;
    command->status = ROOST_OK;
    command->now = -1;
    eng_error_clear(&command->error);
    pthread_mutex_lock(&registry->lock);
    int closed = registry->closed;
    if (!closed) {
        if (registry->last_command) {
            registry->last_command->next = command;
        } else {
            registry->first = command;
        }
        registry->last_command = command;
        atomic_fetch_add(&registry->waiting, 1);
    }
    pthread_mutex_unlock(&registry->lock);
    if (closed) {
        command->status = eng_fail(&command->error, ROOST_CONFLICT, command->model, 0,
                                   "the server is shutting down");
        command->done(command);
        return;
    }
    (void)eventfd_write(registry->wake_fd, 1);
}

struct reg_command *reg_command_next(struct reg_registry *registry)
{
    pthread_mutex_lock(&registry->lock);
    struct reg_command *command = registry->first;
    if (command) {
        registry->first = command->next;
        registry->last_command = registry->first ? registry->last_command : NULL;
        command->next = NULL;
        atomic_fetch_sub(&registry->waiting, 1);
    }
    pthread_mutex_unlock(&registry->lock);
    return command;
}

/* Without the lock: a load asks this at idle priority, and a thread that has to wait for
 * the processor there must not hold what admins and the metrics wait for. */
int reg_command_waits(const struct reg_registry *registry)
{
    return atomic_load(&registry->waiting) != 0;
}

void reg_commands_close(struct reg_registry *registry)
{
    pthread_mutex_lock(&registry->lock);
    registry->closed = 1;
    pthread_mutex_unlock(&registry->lock);
    for (struct reg_command *command; (command = reg_command_next(registry)) != NULL;) {
        command->status = eng_fail(&command->error, ROOST_CONFLICT, command->model, 0,
                                   "the server is shutting down");
        command->done(command);
    }
}

/* What a command may change, so that it can be put back when it fails. */
struct before {
    int64_t pin;
    uint8_t slot_unloaded;
    uint8_t unloaded;
    uint8_t rolled_back; /* of the version that is promoted or rolled back to */
};

static struct before remember(const struct reg_slot *slot, const struct reg_held *held)
{
    return (struct before){.pin = slot->pin,
                           .slot_unloaded = slot->unloaded,
                           .unloaded = held->unloaded,
                           .rolled_back = held->about.rolled_back};
}

static void put_back(struct reg_slot *slot, struct reg_held *held,
                     const struct before *before)
{
    slot->pin = before->pin;
    slot->unloaded = before->slot_unloaded;
    held->unloaded = before->unloaded;
    held->about.rolled_back = before->rolled_back;
}

static roost_status no_version(struct reg_command *command)
{
    return eng_fail(&command->error, ROOST_MISSING, command->model, 0,
                    "model %s has no version %lld", command->model,
                    (long long)command->version);
}

/* The version a command names; what has just been put there is found too. */
static struct reg_held *find_version(const struct reg_slot *slot,
                                     const struct reg_command *command)
{
    struct reg_held *held =
        command->version < 0 ? NULL : reg_held_find(slot, command->version);
    return held && (held->on_disk || held->unit) ? held : NULL;
}

/* Bring it into memory unless it is there as its files are. An admin does not wait for
 * the quiet time, but a file still being written is no version yet. */
static roost_status bring(struct reg_registry *registry, struct reg_slot *slot,
                          struct reg_held *held, struct reg_command *command)
{
    if (held->unit && !(held->on_disk && held->replaced)) {
        return ROOST_OK;
    }
    if (held->writer_count && reg_held_settles(registry, held) > eng_clock_ns()) {
        return eng_fail(&command->error, ROOST_CONFLICT, command->model, 0,
                        "version %lld is still being written: try again",
                        (long long)held->about.version);
    }
    return reg_load_held(registry, slot, held, &command->error);
}

/* What is decided, and where it must survive written down, can no more be refused when
 * there is no memory to publish it: the registry's thread goes on trying. */
static roost_status not_yet(roost_status published, struct reg_command *command)
{
    return published ? eng_fail(&command->error, published, command->model, 0,
                                "out of memory: the change is accepted and takes effect "
                                "as soon as there is some")
                     : ROOST_OK;
}

/* Load, write down, publish: the order in which nothing acknowledged can be lost. */
static roost_status serve_version(struct reg_registry *registry, struct reg_slot *slot,
                                  struct reg_held *held, int64_t pin,
                                  struct reg_command *command)
{
    struct before before = remember(slot, held);
    roost_status status = bring(registry, slot, held, command);
    if (status) {
        return status;
    }
    slot->pin = pin;
    slot->unloaded = 0;
    held->unloaded = 0;
    held->about.rolled_back = 0;
    status = reg_state_write(registry, &command->error);
    if (status) {
        put_back(slot, held, &before);
    }
    return status;
}

static roost_status promote(struct reg_registry *registry, struct reg_slot *slot,
                            struct reg_command *command)
{
    struct reg_held *held = find_version(slot, command);
    if (command->version < 0) {
        return eng_fail(&command->error, ROOST_VALUE, command->model, 0,
                        "promote needs a version: {\"version\": 8}");
    }
    if (!held) {
        return no_version(command);
    }
    if (slot->pin == command->version && slot->chosen && held->unit == slot->chosen &&
        !held->replaced && !slot->unloaded && !slot->stale) {
        return ROOST_OK;
    }
    roost_status status = serve_version(registry, slot, held, command->version, command);
    roost_status published = reg_reconcile(registry, slot, NULL);
    return status ? status : not_yet(published, command);
}

/* Index in held of the version to go back to; -1: none. The list of what served before is
 * this process's; after a restart the next older version stands in for it. */
static int32_t rollback_target(struct reg_slot *slot, int64_t now)
{
    while (slot->served_count) {
        int64_t version = slot->served[slot->served_count - 1];
        struct reg_held *held = reg_held_find(slot, version);
        if (version != now && held && !held->about.rolled_back &&
            (held->on_disk || held->unit)) {
            return (int32_t)(held - slot->held);
        }
        slot->served_count--;
    }
    for (uint32_t i = 0; i < slot->held_count; i++) {
        const struct reg_held *held = &slot->held[i];
        if (held->about.version < now && !held->about.rolled_back && !held->failed &&
            held->on_disk) {
            return (int32_t)i;
        }
    }
    return -1;
}

/* What the policy alone would serve once `to` is loaded and `from` is rolled back. When
 * that is `to`, no pin is needed, and a newer version will be taken as it comes. */
static int64_t rollback_pin(struct reg_slot *slot, int64_t to)
{
    for (uint32_t i = 0; i < slot->held_count; i++) {
        const struct reg_held *held = &slot->held[i];
        if (held->about.version > to && held->on_disk && !held->about.rolled_back &&
            !held->failed) {
            return to;
        }
    }
    return slot->options->policy == REG_POLICY_SPECIFIC ? to : -1;
}

static roost_status rollback(struct reg_registry *registry, struct reg_slot *slot,
                             struct reg_command *command)
{
    int64_t from = slot->chosen ? slot->chosen->serving.version : -1;
    int32_t to = from < 0 ? -1 : rollback_target(slot, from);
    if (to < 0) {
        return eng_fail(&command->error, ROOST_MISSING, command->model, 0,
                        "model %s has no earlier version to go back to", command->model);
    }
    struct reg_held *target = &slot->held[to], *present = reg_held_find(slot, from);
    uint8_t was = present ? present->about.rolled_back : 0;
    uint32_t served = slot->served_count;
    if (present) {
        present->about.rolled_back = 1;
    }
    roost_status status = serve_version(
        registry, slot, target, rollback_pin(slot, target->about.version), command);
    if (status && present) {
        present->about.rolled_back = was;
    }
    int64_t version = target->about.version;
    roost_status published = reg_reconcile(registry, slot, NULL);
    if (status) {
        return status;
    }
    /* Going back is not a step forward: the next rollback goes further back. */
    slot->served_count = served;
    while (slot->served_count && slot->served[slot->served_count - 1] == version) {
        slot->served_count--;
    }
    pthread_mutex_lock(&registry->lock);
    slot->counts.rolled_back++;
    pthread_mutex_unlock(&registry->lock);
    reg_say(registry, 'w', slot->name, from, "rolled back: version %lld serves",
            (long long)version);
    return not_yet(published, command);
}

/* Try again what failed and what was unloaded, as the policy wants it. */
static roost_status load_policy(struct reg_registry *registry, struct reg_slot *slot,
                                struct reg_command *command)
{
    slot->unloaded = 0;
    for (uint32_t i = 0; i < slot->held_count; i++) {
        struct reg_held *held = &slot->held[i];
        held->unloaded = 0;
        held->at_once = held->writer_count == 0;
        if (held->failed) {
            held->failed = 0;
            held->tried = slot->group ? 0 : held->tried;
        }
    }
    roost_status published = reg_reconcile(registry, slot, &command->error);
    if (command->error.status) {
        return command->error.status;
    }
    if (!published && !slot->chosen) {
        return eng_fail(&command->error, ROOST_MISSING, command->model, 0, "%s",
                        slot->reason[0] ? slot->reason : "no version can serve");
    }
    return not_yet(published, command);
}

static roost_status load(struct reg_registry *registry, struct reg_slot *slot,
                         struct reg_command *command)
{
    if (command->version < 0 || slot->group) {
        return load_policy(registry, slot, command);
    }
    struct reg_held *held = find_version(slot, command);
    if (!held) {
        return no_version(command);
    }
    roost_status status = bring(registry, slot, held, command);
    if (!status) {
        slot->unloaded = 0;
        held->unloaded = 0;
        held->asked = 1;
    }
    roost_status published = reg_reconcile(registry, slot, NULL);
    return status ? status : not_yet(published, command);
}

static roost_status unload(struct reg_registry *registry, struct reg_slot *slot,
                           struct reg_command *command)
{
    if (command->version < 0 || slot->group) {
        slot->unloaded = 1;
        for (uint32_t i = 0; i < slot->held_count; i++) {
            slot->held[i].asked = 0;
        }
        return not_yet(reg_reconcile(registry, slot, NULL), command);
    }
    struct reg_held *held = find_version(slot, command);
    if (!held) {
        return no_version(command);
    }
    int64_t pin = slot->pin;
    if (pin == command->version) {
        slot->pin = -1;
        roost_status status = reg_state_write(registry, &command->error);
        if (status) {
            slot->pin = pin;
            return status;
        }
    }
    held->unloaded = 1;
    held->asked = 0;
    return not_yet(reg_reconcile(registry, slot, NULL), command);
}

static roost_status run(struct reg_registry *registry, struct reg_slot *slot,
                        struct reg_command *command)
{
    int picks = command->action == REG_PROMOTE || command->action == REG_ROLLBACK;
    if (slot->group && picks) {
        return eng_fail(
            &command->error, ROOST_VALUE, command->model, 0,
            "%s is a group, which has no versions of its own: promote or roll "
            "back its members",
            command->model);
    }
    switch (command->action) {
    case REG_PROMOTE:
        return promote(registry, slot, command);
    case REG_ROLLBACK:
        return rollback(registry, slot, command);
    case REG_LOAD:
        return load(registry, slot, command);
    case REG_UNLOAD:
        return unload(registry, slot, command);
    }
    return eng_fail(&command->error, ROOST_VALUE, command->model, 0, "unknown action");
}

void reg_command_run(struct reg_registry *registry, struct reg_command *command)
{
    struct reg_slot *slot = reg_slot_find(registry, command->model);
    struct roost_error scan = {.status = ROOST_OK};
    if (!slot || (command->version >= 0 && !find_version(slot, command))) {
        /* It may have been put there a moment ago. */
        (void)reg_rescan(registry, &scan);
        slot = reg_slot_find(registry, command->model);
    }
    if (scan.status == ROOST_NOMEM) {
        /* Nobody knows what is there. */
        command->error = scan;
        command->status = scan.status;
    } else if (!slot || (!slot->on_disk && !slot->chosen)) {
        command->status = eng_fail(&command->error, ROOST_MISSING, command->model, 0,
                                   "there is no model %s", command->model);
    } else {
        command->status = run(registry, slot, command);
        command->now = slot->chosen ? slot->chosen->serving.version : -1;
    }
    command->error.status = command->status;
    command->done(command);
}
