/* SPDX-License-Identifier: MIT
 * The registry as a whole: making and freeing it, and the loop of its thread, which takes
 * in turn admins' commands, file events, scans and one name's reconciliation, and sleeps
 * for the rest. Commands go first, so that an admin waits for one load at most. */
#include "registry/room.h"

#include "engine/base/clock.h"
#include "engine/base/error.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { COMMANDS_A_TURN = 8 }; /* so that a storm of them does not stop the watch */
static const uint64_t SCAN_GAP_NS = 20000000; /* a burst of events is one scan */
static const uint64_t RETIRE_NS = 1000000;
static const uint64_t RETRY_NS = 100000000;

/* The next name that has work; NULL: none has. */
static struct reg_slot *next_dirty(const struct reg_registry *registry, uint64_t now)
{
    for (uint32_t i = 0; i < registry->slot_count; i++) {
        struct reg_slot *slot = registry->slot[i];
        if (slot->dirty || reg_slot_due(registry, slot) <= now) {
            return slot;
        }
    }
    return NULL;
}

/* Whether a version that was there at the start still waits for its quiet time while
 * nothing of its name serves. */
static int startup_waits(const struct reg_registry *registry)
{
    for (uint32_t i = 0; i < registry->slot_count; i++) {
        const struct reg_slot *slot = registry->slot[i];
        for (uint32_t j = 0; !slot->chosen && j < slot->held_count; j++) {
            if (slot->held[j].pending) {
                return 1;
            }
        }
    }
    return 0;
}

static void finish_startup(struct reg_registry *registry)
{
    registry->startup_done = 1;
    for (uint32_t i = 0; i < registry->slot_count; i++) {
        registry->slot[i]->stale |= registry->slot[i]->group;
    }
    /* Once more, since groups may now say what they lack. */
    (void)reg_publish(registry);
    atomic_store(&registry->started, 1);
}

static uint64_t scan_due(const struct reg_registry *registry)
{
    uint64_t least = registry->scanned_ns ? registry->scanned_ns + SCAN_GAP_NS : 0;
    return registry->next_scan_ns > least ? registry->next_scan_ns : least;
}

static void take_commands(struct reg_registry *registry)
{
    struct reg_command *command;
    registry->priority.urgent = 1;
    for (int i = 0; i < COMMANDS_A_TURN && (command = reg_command_next(registry)); i++) {
        reg_command_run(registry, command);
        (void)reg_reclaim(registry);
    }
    registry->priority.urgent = 0;
}

/* One turn of the loop. 1: there may be more to do at once. */
static int turn(struct reg_registry *registry)
{
    reg_watch_read(registry);
    take_commands(registry);
    if (eng_clock_ns() >= scan_due(registry)) {
        (void)reg_rescan(registry, NULL);
        if (reg_watch_sync(registry)) {
            registry->next_scan_ns = 0;
        }
    }
    struct reg_slot *slot = next_dirty(registry, eng_clock_ns());
    if (slot) {
        /* Out of memory: a moment's sleep may help, a spin would not. */
        registry->unpublished |= reg_reconcile(registry, slot, NULL) == ROOST_NOMEM;
        return !registry->unpublished;
    }
    if (registry->unpublished) {
        (void)reg_publish(registry);
    }
    if (!registry->startup_done && !startup_waits(registry)) {
        finish_startup(registry);
    }
    return reg_command_waits(registry);
}

/* Sleep until an event, a command, or the next thing that is due. */
static void wait_for_work(struct reg_registry *registry)
{
    uint64_t now = eng_clock_ns(), due = scan_due(registry);
    for (uint32_t i = 0; i < registry->slot_count; i++) {
        uint64_t at = reg_slot_due(registry, registry->slot[i]);
        due = at < due ? at : due;
    }
    if (!reg_reclaim(registry) && due > now + RETIRE_NS) {
        due = now + RETIRE_NS;
    }
    if (registry->unpublished && due > now + RETRY_NS) {
        due = now + RETRY_NS;
    }
    uint64_t wait = due > now ? due - now : 0;
    struct timespec timeout = {.tv_sec = (time_t)(wait / 1000000000),
                               .tv_nsec = (long)(wait % 1000000000)};
    struct pollfd fds[2] = {{.fd = registry->wake_fd, .events = POLLIN},
                            {.fd = registry->watch_fd, .events = POLLIN}};
    if (ppoll(fds, 2, &timeout, NULL) > 0 && (fds[0].revents & POLLIN)) {
        eventfd_t count;
        (void)eventfd_read(registry->wake_fd, &count);
    }
}

static void *run(void *argument)
{
    struct reg_registry *registry = argument;
    reg_priority_init(&registry->priority);
    reg_watch_open(registry);
    registry->next_scan_ns = registry->scanned_ns = 0; /* once more, with watches */
    while (!atomic_load(&registry->stop)) {
        if (!turn(registry)) {
            wait_for_work(registry);
        }
    }
    reg_commands_close(registry);
    reg_watch_close(registry);
    return NULL;
}

roost_status reg_new(const struct reg_options *options, struct reg_registry **out,
                     struct roost_error *err)
{
    eng_error_clear(err);
    struct reg_registry *registry = calloc(1, sizeof *registry);
    *out = NULL;
    if (!registry) {
        return eng_fail(err, ROOST_NOMEM, "", 0, "out of memory");
    }
    pthread_mutex_init(&registry->lock, NULL);
    registry->models_fd = registry->watch_fd = -1;
    registry->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    roost_status status = reg_options_copy(registry, options, err);
    if (!status) {
        status = reg_readers_init(&registry->readers, options->readers);
    }
    if (!status && registry->wake_fd < 0) {
        status =
            eng_fail(err, ROOST_IO, "", 0, "no event descriptor: %s", strerror(errno));
    }
    if (!status) {
        status = reg_state_read(registry, err);
    }
    if (!status) {
        status = reg_rescan(registry, err);
    }
    if (!status) {
        status = reg_publish(registry);
    }
    if (status) {
        reg_free(registry);
        return err && err->status ? status
                                  : eng_fail(err, status, "", 0, "out of memory");
    }
    *out = registry;
    return ROOST_OK;
}

roost_status reg_start(struct reg_registry *registry, struct roost_error *err)
{
    sigset_t all, before;
    eng_error_clear(err);
    /* Signals are for the program's own threads. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&registry->thread, NULL, run, registry);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed) {
        return eng_fail(err, ROOST_NOMEM, "", 0, "no thread for the registry: %s",
                        strerror(failed));
    }
    registry->running = 1;
    return ROOST_OK;
}

roost_status reg_load_once(struct reg_registry *registry, struct roost_error *err)
{
    eng_error_clear(err);
    roost_status status = reg_rescan(registry, err);
    if (status) {
        return status;
    }
    for (uint32_t i = 0; i < registry->slot_count; i++) {
        struct reg_slot *slot = registry->slot[i];
        for (uint32_t j = 0; j < slot->held_count; j++) {
            slot->held[j].at_once = 1;
        }
        status = reg_reconcile(registry, slot, NULL);
        if (status) {
            return eng_fail(err, status, slot->name, 0, "out of memory");
        }
    }
    finish_startup(registry);
    /* Nobody comes back for what was left unsaid. */
    return registry->unpublished ? eng_fail(err, ROOST_NOMEM, "", 0, "out of memory")
                                 : ROOST_OK;
}

int reg_started(const struct reg_registry *registry)
{
    return atomic_load(&registry->started);
}

void reg_free(struct reg_registry *registry)
{
    if (!registry) {
        return;
    }
    if (registry->running) {
        atomic_store(&registry->stop, 1);
        (void)eventfd_write(registry->wake_fd, 1);
        pthread_join(registry->thread, NULL);
    }
    reg_commands_close(registry);
    reg_snapshots_free(registry);
    while (registry->slot_count) {
        reg_slot_remove(registry, registry->slot_count - 1);
    }
    free(registry->slot);
    reg_scan_clear(&registry->last);
    reg_readers_clear(&registry->readers);
    if (registry->models_fd >= 0) {
        close(registry->models_fd);
    }
    if (registry->wake_fd >= 0) {
        close(registry->wake_fd);
    }
    pthread_mutex_destroy(&registry->lock);
    reg_options_clear(registry);
    free(registry);
}

int reg_model_counts(struct reg_registry *registry, const char *name,
                     struct reg_counts *out)
{
    pthread_mutex_lock(&registry->lock);
    const struct reg_slot *slot = reg_slot_find(registry, name);
    if (slot) {
        *out = slot->counts;
    }
    pthread_mutex_unlock(&registry->lock);
    return slot != NULL;
}

void reg_totals(const struct reg_registry *registry, struct reg_totals *out)
{
    out->scans_ok = atomic_load_explicit(&registry->scans_ok, memory_order_relaxed);
    out->scans_failed =
        atomic_load_explicit(&registry->scans_failed, memory_order_relaxed);
    out->last_scan = atomic_load_explicit(&registry->last_scan, memory_order_relaxed);
    out->bytes = atomic_load_explicit(&registry->bytes, memory_order_relaxed);
    out->swaps = atomic_load_explicit(&registry->swaps, memory_order_relaxed);
}
