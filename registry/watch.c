/* SPDX-License-Identifier: MIT
 * inotify on the models directory, each model's and each version's. Before: merge.c told
 * what there is. After: an event makes the next scan due, and says what a scan cannot
 * see: that a directory was renamed in whole, or that a file is being written. What is
 * missed (no inotify, no watches left, a full queue) the slow poll finds. */
#include "registry/room.h"

#include "engine/base/clock.h"
#include "engine/base/hash.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

enum { EVENT_ROOM = 8192, PATH_ROOM = PATH_MAX };

static const uint32_t WATCHED_EVENTS =
    IN_CREATE | IN_DELETE | IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO |
    IN_ATTRIB | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK;

void reg_watch_open(struct reg_registry *registry)
{
    registry->watch_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    registry->root_wd = -1;
    if (registry->watch_fd < 0) {
        reg_say(registry, 'w', "", -1, "the models directory is polled only: %s",
                strerror(errno));
    }
}

void reg_watch_close(struct reg_registry *registry)
{
    if (registry->watch_fd >= 0) {
        close(registry->watch_fd);
    }
    registry->watch_fd = -1;
    free(registry->watched);
    registry->watched = NULL;
    registry->watched_count = registry->watched_room = 0;
}

static struct reg_watched *find_wd(const struct reg_registry *registry, int wd)
{
    for (uint32_t i = 0; i < registry->watched_count; i++) {
        if (registry->watched[i].wd == wd) {
            return &registry->watched[i];
        }
    }
    return NULL;
}

static struct reg_watched *find_place(const struct reg_registry *registry,
                                      const char *name, const char *folder)
{
    for (uint32_t i = 0; i < registry->watched_count; i++) {
        struct reg_watched *watched = &registry->watched[i];
        if (strcmp(watched->name, name) == 0 && strcmp(watched->folder, folder) == 0) {
            return watched;
        }
    }
    return NULL;
}

/* Stop watching, unless another place has taken the descriptor over by a rename. */
static void end_watch(struct reg_registry *registry, const struct reg_watched *watched)
{
    for (uint32_t i = 0; i < registry->watched_count; i++) {
        const struct reg_watched *other = &registry->watched[i];
        if (other != watched && other->wd == watched->wd && other->seen) {
            return;
        }
    }
    inotify_rm_watch(registry->watch_fd, watched->wd);
}

static int add_watch(struct reg_registry *registry, const char *name, const char *folder)
{
    char path[PATH_ROOM];
    int size = snprintf(path, sizeof path, "%s/%s/%s", registry->options.models_dir, name,
                        folder);
    if (size < 0 || (size_t)size >= sizeof path) {
        return -1;
    }
    int wd = inotify_add_watch(registry->watch_fd, path, WATCHED_EVENTS);
    if (wd < 0 && (errno == ENOSPC || errno == ENOMEM) && !registry->watch_full) {
        registry->watch_full = 1;
        reg_say(registry, 'w', "", -1,
                "no more watches (fs.inotify.max_user_watches): the rest is polled only");
    }
    return wd;
}

/* Watch one directory, unless it is watched already. 1: a watch was added. */
static int watch_place(struct reg_registry *registry, const char *name,
                       const char *folder, uint64_t inode)
{
    struct reg_watched *watched = find_place(registry, name, folder);
    if (watched && watched->inode == inode) {
        watched->seen = 1;
        return 0;
    }
    int wd = add_watch(registry, name, folder);
    if (wd < 0) {
        return 0;
    }
    if (!watched) {
        /* A directory that was renamed keeps its descriptor and gets its new name. */
        watched = find_wd(registry, wd);
    }
    if (!watched && registry->watched_count == registry->watched_room) {
        uint32_t room = registry->watched_room ? registry->watched_room * 2 : 16;
        struct reg_watched *more = realloc(registry->watched, room * sizeof *more);
        if (!more) {
            inotify_rm_watch(registry->watch_fd, wd);
            return 0;
        }
        registry->watched = more;
        registry->watched_room = room;
    }
    if (!watched) {
        watched = &registry->watched[registry->watched_count++];
    } else if (watched->wd != wd) {
        end_watch(registry, watched);
    }
    *watched = (struct reg_watched){.wd = wd, .seen = 1, .inode = inode};
    snprintf(watched->name, sizeof watched->name, "%s", name);
    snprintf(watched->folder, sizeof watched->folder, "%s", folder);
    return 1;
}

static void drop_unseen(struct reg_registry *registry)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < registry->watched_count; i++) {
        if (!registry->watched[i].seen) {
            end_watch(registry, &registry->watched[i]);
            registry->watch_full = 0;
        }
    }
    for (uint32_t i = 0; i < registry->watched_count; i++) {
        if (registry->watched[i].seen) {
            registry->watched[kept++] = registry->watched[i];
        }
    }
    registry->watched_count = kept;
}

int reg_watch_sync(struct reg_registry *registry)
{
    int added = 0;
    if (registry->watch_fd < 0) {
        return 0;
    }
    /* The root is added at each scan: it may have been replaced as a whole. */
    int root = add_watch(registry, "", "");
    added |= root >= 0 && root != registry->root_wd;
    registry->root_wd = root;
    for (uint32_t i = 0; i < registry->watched_count; i++) {
        registry->watched[i].seen = 0;
    }
    for (uint32_t i = 0; i < registry->slot_count; i++) {
        const struct reg_slot *slot = registry->slot[i];
        if (!slot->on_disk) {
            continue;
        }
        added |= watch_place(registry, slot->name, "", slot->inode);
        for (uint32_t j = 0; j < slot->held_count; j++) {
            const struct reg_held *held = &slot->held[j];
            if (held->on_disk && held->seen.folder[0]) {
                added |= watch_place(registry, slot->name, held->seen.folder,
                                     held->seen.inode);
            }
        }
    }
    drop_unseen(registry);
    return added;
}

static void add_arrival(struct reg_registry *registry, const char *name,
                        const char *folder)
{
    if (registry->arrival_count == REG_ARRIVALS_MAX || strlen(name) > REG_NAME_MAX ||
        strlen(folder) >= REG_FOLDER_MAX) {
        return; /* it waits for the quiet time instead */
    }
    struct reg_arrival *arrival = &registry->arrival[registry->arrival_count++];
    snprintf(arrival->name, sizeof arrival->name, "%s", name);
    snprintf(arrival->folder, sizeof arrival->folder, "%s", folder);
}

static void set_writer(struct reg_held *held, const char *file, int open)
{
    uint32_t hash = (uint32_t)eng_hash_id(file, strlen(file));
    uint32_t at = 0;
    while (at < held->writer_count && held->writer[at] != hash) {
        at++;
    }
    if (open && at == held->writer_count && at < REG_WRITERS_MAX) {
        held->writer[held->writer_count++] = hash;
    } else if (!open && at < held->writer_count) {
        held->writer[at] = held->writer[--held->writer_count];
    }
}

/* A file of a version changed: its quiet time starts again. */
static void touch_file(struct reg_registry *registry, const struct reg_watched *watched,
                       const struct inotify_event *event)
{
    struct reg_slot *slot = reg_slot_find(registry, watched->name);
    if (!slot) {
        return;
    }
    for (uint32_t i = 0; i < slot->held_count; i++) {
        struct reg_held *held = &slot->held[i];
        if (!held->on_disk || strcmp(held->seen.folder, watched->folder) != 0) {
            continue;
        }
        held->changed_ns = eng_clock_ns();
        held->at_once = 0;
        if (event->mask & IN_MODIFY) {
            set_writer(held, event->name, 1);
        } else if (event->mask & (IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_FROM)) {
            set_writer(held, event->name, 0);
        }
    }
}

static void lost_events(struct reg_registry *registry)
{
    reg_say(registry, 'w', "", -1, "file events were lost: everything is scanned");
    for (uint32_t i = 0; i < registry->slot_count; i++) {
        for (uint32_t j = 0; j < registry->slot[i]->held_count; j++) {
            registry->slot[i]->held[j].writer_count = 0;
        }
    }
    registry->next_scan_ns = 0;
}

static void take_event(struct reg_registry *registry, const struct inotify_event *event)
{
    if (event->mask & IN_Q_OVERFLOW) {
        lost_events(registry);
        return;
    }
    if (event->mask & IN_IGNORED) {
        /* The directory is gone; its inode's number may be another's soon. */
        struct reg_watched *gone = find_wd(registry, event->wd);
        if (gone) {
            gone->inode = 0;
        }
        return;
    }
    /* Dot names are nobody's model: the state file and uploads under way. */
    if (event->len == 0 || event->name[0] == '.') {
        return;
    }
    int folder = (event->mask & IN_ISDIR) != 0;
    if (event->wd == registry->root_wd) {
        if (folder && (event->mask & IN_MOVED_TO)) {
            add_arrival(registry, event->name, "");
        }
    } else {
        const struct reg_watched *watched = find_wd(registry, event->wd);
        if (!watched) {
            return;
        }
        if (folder && !watched->folder[0] && (event->mask & IN_MOVED_TO)) {
            add_arrival(registry, watched->name, event->name);
        } else if (!folder) {
            touch_file(registry, watched, event);
        }
    }
    /* While a writer is at work its close will come; until then a scan finds nothing. */
    if (!(event->mask & IN_MODIFY)) {
        registry->next_scan_ns = 0;
    }
}

void reg_watch_read(struct reg_registry *registry)
{
    _Alignas(struct inotify_event) char room[EVENT_ROOM];
    while (registry->watch_fd >= 0) {
        ssize_t got = read(registry->watch_fd, room, sizeof room);
        if (got <= 0) {
            return;
        }
        for (ssize_t at = 0; at < got;) {
            const struct inotify_event *event =
                (const struct inotify_event *)(const void *)(room + at);
            take_event(registry, event);
            at += (ssize_t)(sizeof *event + event->len);
        }
    }
}
