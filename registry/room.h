/* SPDX-License-Identifier: MIT
 * room.h - what the registry's own files share: names, versions, units, and the registry.
 * Threads  The registry thread owns all of it, but for the queue and the counts (both
 *          under `lock`) and the atomics. Before reg_start the caller's thread does.
 * Memory   A unit (a version in memory) and an entry (what a snapshot says of a name)
 *          are counted; the last release frees. Only the registry thread counts.
 * Errors   As in registry.h. */
#ifndef ROOST_REGISTRY_ROOM_H
#define ROOST_REGISTRY_ROOM_H
#include "engine/base/buf.h"
#include "registry/manifest.h"
#include "registry/priority.h"
#include "registry/readers.h"
#include "registry/scan.h"
#include "registry/versions.h"

#include <pthread.h>

enum {
    REG_HISTORY_MAX = 32, /* versions listed though neither files nor memory are there */
    REG_SERVED_MAX = 16,  /* versions remembered for a rollback */
    REG_WRITERS_MAX = 16, /* open writers of one version that are told apart */
    REG_ARRIVALS_MAX = 64
};

/* A version (or a group) in memory: the serving that readers see, and what it holds. */
struct reg_unit {
    struct reg_serving serving;
    uint32_t refs;
    roost_model *model; /* NULL: a group */
    roost_plan *plan;
    size_t bytes;             /* counted in the registry's total until freed */
    struct reg_unit **member; /* [serving.member_count] references */
    char digest[65];
    char *header;
    char name[REG_NAME_MAX + 1];
    int attached;
};

/* One version of a name: on disk, in memory, or only remembered. */
struct reg_held {
    struct reg_version about; /* as the next snapshot shows it */
    struct reg_seen seen;     /* as the last scan saw it */
    uint8_t on_disk;
    uint8_t at_once;     /* renamed in, or old enough: no quiet time */
    uint8_t asked;       /* loaded by an admin beside the policy's */
    uint8_t unloaded;    /* by an admin; until loaded or promoted */
    uint8_t replaced;    /* its files changed since they were read */
    uint8_t failed;      /* the last read of its files did not end well */
    uint8_t no_room;     /* and that for the memory budget alone */
    uint8_t pending;     /* reconcile saw it before it was settled */
    uint8_t found;       /* by the scan that is being merged */
    uint64_t tried;      /* print of the files that were last read; 0: never */
    uint64_t changed_ns; /* when the files last changed, as far as we saw */
    uint64_t retry_ns;   /* when a failed load is tried again; 0: never */
    uint32_t tries;
    uint32_t writer_count;
    uint32_t writer[REG_WRITERS_MAX]; /* hashes of the names of files being written */
    struct reg_unit *unit;
};

/* One name. */
struct reg_slot {
    char name[REG_NAME_MAX + 1];
    const struct reg_model_options *options;
    uint8_t on_disk;
    uint8_t group;
    uint8_t unloaded; /* by an admin: nothing is to serve */
    uint8_t dirty;    /* reconcile it */
    uint8_t stale;    /* its entry must be made anew */
    uint8_t found;
    uint64_t inode;
    int64_t pin;
    uint32_t held_count;
    uint32_t held_room;
    struct reg_held *held; /* newest first; a group has one */
    uint32_t served_count;
    int64_t served[REG_SERVED_MAX]; /* what served before, latest last */
    struct reg_unit *chosen;        /* a reference */
    struct reg_group members;       /* of a group, as its file last read said */
    char reason[REG_TEXT_MAX];    /* why a group does not serve, or serves old members */
    struct reg_counts counts;     /* under `lock` */
    struct reg_live_entry *entry; /* in the current snapshot; NULL: not there */
};

/* An entry with what it holds. It begins with the entry, so that a pointer to one is a
 * pointer to the other. */
struct reg_live_entry {
    struct reg_entry entry;
    uint32_t refs;
    uint32_t unit_count;
    struct reg_unit **unit; /* [unit_count] references */
};

/* A snapshot with what it takes to free it. */
struct reg_live {
    struct reg_snapshot snapshot;
    const struct reg_entry **entry; /* [snapshot.count] references to live entries */
    uint32_t *index;                /* see swap.c */
    uint64_t epoch;                 /* it may go once all readers have seen this one */
    struct reg_live *next;
};

struct reg_watched { /* one inotify watch */
    int wd;
    uint8_t seen;
    uint8_t version; /* 1: a version's folder; 0: a model's */
    uint64_t inode;
    char name[REG_NAME_MAX + 1];
    char folder[REG_FOLDER_MAX];
};

struct reg_arrival { /* a directory that was renamed in and not yet scanned */
    char name[REG_NAME_MAX + 1];
    char folder[REG_FOLDER_MAX]; /* "": the model with all its versions */
};

struct reg_registry {
    struct reg_options options; /* copied */
    struct reg_model_options *model_options;
    struct reg_model_options fallback; /* latest 1 */
    int models_fd;                     /* reopened by each scan */
    int wake_fd;

    uint32_t slot_count;
    uint32_t slot_room;
    struct reg_slot **slot; /* by name */
    struct reg_scan last;   /* for its notes */
    int scan_failing;
    uint64_t next_scan_ns;
    uint64_t scanned_ns;
    int unpublished;  /* the last publication, or a group in it, found no memory: again */
    int startup_done; /* of this thread; `started` is what others see */

    int watch_fd; /* -1: polled only */
    int watch_full;
    int root_wd;
    uint32_t watched_count;
    uint32_t watched_room;
    struct reg_watched *watched;
    uint32_t arrival_count;
    struct reg_arrival arrival[REG_ARRIVALS_MAX];

    struct reg_priority priority;
    struct reg_readers readers;
    _Atomic(struct reg_live *) live;
    struct reg_live *retired; /* oldest first */
    uint64_t freed_bytes;     /* since the last malloc_trim */
    uint64_t trimmed_ns;

    pthread_mutex_t lock; /* over the queue, `closed`, the slots' names and counts */
    struct reg_command *first, *last_command;
    _Atomic uint32_t waiting; /* commands in the queue; written under `lock` */
    int closed;
    pthread_t thread;
    int running;
    _Atomic int stop;
    _Atomic int started;
    _Atomic uint64_t scans_ok, scans_failed, bytes, swaps;
    _Atomic int64_t last_scan;
};

/* events.c, slots.c */
void reg_say(struct reg_registry *registry, char level, const char *model,
             int64_t version, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* "file:line:column: sentence", cut to size. */
void reg_error_text(const struct roost_error *err, char *out, size_t size);
int64_t reg_now(void); /* seconds since 1970 */
struct reg_slot *reg_slot_find(const struct reg_registry *registry, const char *name);
struct reg_slot *reg_slot_add(struct reg_registry *registry, const char *name);
void reg_slot_remove(struct reg_registry *registry, uint32_t index);
struct reg_held *reg_held_find(const struct reg_slot *slot, int64_t version);
struct reg_held *reg_held_add(struct reg_slot *slot, int64_t version);
/* Forget the oldest of those that are neither on disk nor in memory. */
void reg_held_trim(struct reg_slot *slot);
void reg_slot_touch(struct reg_slot *slot); /* reconcile it and show it anew */
/* merge.c: what a scan found -> the slots. IO, NOMEM, LIMIT. */
roost_status reg_rescan(struct reg_registry *registry, struct roost_error *err);
/* When its files may be read: no writer, and quiet for long enough. */
uint64_t reg_held_settles(const struct reg_registry *registry,
                          const struct reg_held *held);
/* When this slot has to be looked at again without an event; UINT64_MAX: never. */
uint64_t reg_slot_due(const struct reg_registry *registry, const struct reg_slot *slot);

enum { REG_PATH_ROOM = REG_NAME_MAX + REG_FOLDER_MAX + 2 }; /* a version below models/ */
void reg_held_path(const struct reg_slot *slot, const struct reg_held *held, char *out);
/* load.c: read, verify, warm. On success *out has one reference; it is left NULL when the
 * files' content is what is in memory already. */
roost_status reg_load(struct reg_registry *registry, struct reg_slot *slot,
                      struct reg_held *held, struct reg_unit **out,
                      struct roost_error *err);
/* When a load that failed so is tried again, after growing waits; 0: never by itself. */
uint64_t reg_next_try(struct reg_held *held, roost_status status);
/* The same with the version's state, counts, events and next try kept. */
roost_status reg_load_held(struct reg_registry *registry, struct reg_slot *slot,
                           struct reg_held *held, struct roost_error *err);

/* pool.c: units. finish: the plan is there; call hooks.attach (NOMEM), count bytes. */
struct reg_unit *reg_unit_new(const char *name, int64_t version);
roost_status reg_unit_finish(struct reg_registry *registry, struct reg_unit *unit,
                             struct roost_error *err);
struct reg_unit *reg_unit_retain(struct reg_unit *unit);
void reg_unit_release(struct reg_registry *registry, struct reg_unit *unit);
/* LIMIT, with figures, when `more` bytes do not fit in the budget. */
roost_status reg_pool_room(struct reg_registry *registry, uint64_t more,
                           struct roost_error *err);
/* group.c */
roost_status reg_group_load(struct reg_registry *registry, struct reg_slot *slot,
                            struct roost_error *err);
/* Make the group's serving agree with what its members serve. NOMEM: try again. */
roost_status reg_group_refresh(struct reg_registry *registry, struct reg_slot *slot);

/* reconcile.c: one name -> what policy, pins and admins want. `first` gets the first
 * failure of a load; NULL is allowed. */
roost_status reg_reconcile(struct reg_registry *registry, struct reg_slot *slot,
                           struct roost_error *first);
void reg_candidates(const struct reg_registry *registry, const struct reg_slot *slot,
                    struct reg_candidate *out);

/* swap.c: publish what the slots say; retire what was. NOMEM: nothing has changed. */
roost_status reg_publish(struct reg_registry *registry);
/* Free what no reader can hold; 1 when all is freed. */
int reg_reclaim(struct reg_registry *registry);
void reg_reclaim_wait(struct reg_registry *registry, uint32_t ms);
/* The current snapshot and all retired ones; no reader is left. */
void reg_snapshots_free(struct reg_registry *registry);
/* options.c */
roost_status reg_options_copy(struct reg_registry *registry,
                              const struct reg_options *options, struct roost_error *err);
void reg_options_clear(struct reg_registry *registry);

/* state.c. read: an unusable file is said and ignored; NOMEM: its pins are not known. */
roost_status reg_state_read(struct reg_registry *registry, struct roost_error *err);
roost_status reg_state_write(struct reg_registry *registry, struct roost_error *err);

/* watch.c. sync watches what the slots say is on disk: 1 when a watch was added, so that
 * something may have changed between the scan and the watch. */
void reg_watch_open(struct reg_registry *registry);
void reg_watch_close(struct reg_registry *registry);
int reg_watch_sync(struct reg_registry *registry);
void reg_watch_read(struct reg_registry *registry);

/* command.c */
void reg_command_run(struct reg_registry *registry, struct reg_command *command);
struct reg_command *reg_command_next(struct reg_registry *registry);
int reg_command_waits(const struct reg_registry *registry);
void reg_commands_close(struct reg_registry *registry);

#endif
