/* SPDX-License-Identifier: MIT
 * registry.h - the models a process serves: watched, loaded, verified, swapped, retired.
 * Threads  One registry thread scans, loads and publishes. Any number of readers (one per
 *          thread) look at the current snapshot without a lock; a snapshot and all it
 *          points to stay valid until the reader that saw it next says it is quiet.
 * Memory   Snapshots, entries and servings belong to the registry. A retired one is freed
 *          once no reader can hold it.
 * Errors   A load that fails changes nothing that serves; its reason is in the version's
 *          status, in an event, and in the counters. */
#ifndef ROOST_REGISTRY_REGISTRY_H
#define ROOST_REGISTRY_REGISTRY_H
#include "engine/roost.h"

enum { REG_NAME_MAX = 128, REG_TEXT_MAX = 256 };

/* States as TensorFlow Serving names them; FAILED is END with an error. */
enum reg_state {
    REG_START,
    REG_LOADING,
    REG_AVAILABLE,
    REG_UNLOADING,
    REG_END,
    REG_FAILED
};
const char *reg_state_name(enum reg_state state); /* "AVAILABLE"; FAILED: "END" */

/* One version of a model (or a group as its members stand, version 1), ready to score.
 * A name that did not change keeps its serving over snapshots. */
struct reg_serving {
    const char *name;
    int64_t version;
    const roost_plan *plan;
    const char *version_header; /* "ctr/8"; of a group "a/3, b/7" */
    uint32_t member_count;      /* 0: a model; else the members of a group, in order */
    const struct reg_serving *const *members;
    void *user; /* what hooks.attach returned */
};

struct reg_label {
    const char *name;
    int64_t version;
};

struct reg_version {
    int64_t version;
    enum reg_state state;    /* AVAILABLE with a status: its replacement was refused */
    roost_status status;     /* why it failed */
    char text[REG_TEXT_MAX]; /* the reason in a sentence, with file:line:column */
    uint8_t orphan;          /* its files are gone, it serves from memory */
    uint8_t rolled_back;     /* not chosen again unless promoted */
    char digest[65];         /* "" until loaded */
    const char *format;      /* NULL until loaded; "group" of a group */
    size_t bytes;            /* memory of model and plan; 0 unless loaded */
    uint64_t load_ns;        /* how long the last load took: read, verify, warm, swap */
    int64_t loaded_at;       /* seconds since 1970; 0: never */
};

/* What a snapshot knows of one name. */
struct reg_entry {
    const char *name;
    uint8_t group;
    int64_t pin;                      /* -1: none */
    const char *reason;               /* a group that cannot serve: why; or "" */
    const struct reg_serving *chosen; /* NULL: nothing serves */
    uint32_t serving_count;
    const struct reg_serving *const *serving; /* AVAILABLE ones, newest first */
    uint32_t label_count;
    const struct reg_label *labels;
    uint32_t version_count;
    const struct reg_version *versions; /* all known, newest first */
};

struct reg_snapshot {
    uint64_t number; /* grows with each publication */
    uint32_t count;
    const struct reg_entry *const *entries; /* by name */
    const void *index;                      /* for reg_find */
};

/* Something worth a log line. level: 'd', 'i', 'w', 'e'. Called on the registry thread
 * (as all hooks: before reg_start on the thread that calls reg_new or reg_load_once). */
struct reg_event {
    char level;
    const char *model; /* "" when none */
    int64_t version;   /* -1 when none */
    const char *text;
};

/* What the program around the registry adds. All may be NULL. */
struct reg_hooks {
    void *context;
    /* Score one line of golden.jsonl (compare: its predictions must agree) or
     * warmup.jsonl. Called on the registry thread before a version is published. */
    roost_status (*replay)(void *context, const roost_plan *plan, const char *line,
                           size_t size, int compare, struct roost_error *err);
    /* Per-serving data of the caller's, before publication and after retirement. attach
     * gives NULL when memory is out: the version is then refused. */
    void *(*attach)(void *context, const struct reg_serving *serving);
    void (*detach)(void *context, void *user);
    void (*event)(void *context, const struct reg_event *event);
};

enum reg_policy_kind { REG_POLICY_LATEST, REG_POLICY_SPECIFIC, REG_POLICY_ALL };

struct reg_model_options { /* what the configuration says of one model */
    const char *name;
    enum reg_policy_kind policy;
    uint32_t latest;        /* LATEST: how many, >= 1 */
    uint32_t version_count; /* SPECIFIC */
    const int64_t *versions;
    uint32_t label_count;
    const struct reg_label *labels;
};

struct reg_options {
    const char *models_dir;
    const char *state_file; /* pins and rollbacks survive a restart; NULL: not kept */
    uint32_t poll_ms;       /* the slow poll beside inotify */
    uint32_t quiet_ms;      /* of a copied-in version, after its last writer closed */
    uint64_t memory_budget; /* bytes of all loaded models; 0: no limit but memory */
    uint64_t model_bytes;   /* files of one model */
    uint32_t golden_rows;   /* most lines of golden.jsonl and warmup.jsonl read */
    uint32_t readers;       /* most readers */
    uint32_t model_count;
    const struct reg_model_options *models; /* others: latest 1, no labels */
    struct reg_hooks hooks;
};

struct reg_registry;
struct reg_reader;

/* Options are copied. IO when the directory cannot be read. Nothing is loaded yet. */
roost_status reg_new(const struct reg_options *options, struct reg_registry **out,
                     struct roost_error *err);
/* Start the registry thread: it loads what the policy chooses, then watches. */
roost_status reg_start(struct reg_registry *registry, struct roost_error *err);
/* Load the startup set on the calling thread instead and return, for `roost check`. */
roost_status reg_load_once(struct reg_registry *registry, struct roost_error *err);
/* 1 once every startup model is AVAILABLE or has failed. */
int reg_started(const struct reg_registry *registry);
/* Stop the thread. No reader may be online. Pairs with reg_new; NULL is allowed. */
void reg_free(struct reg_registry *registry);

/* A reader: online while it may hold a snapshot. `quiet` says that it holds none just now
 * (call it once per loop iteration); go offline before waiting. NULL: too many. */
struct reg_reader *reg_reader_new(struct reg_registry *registry);
void reg_reader_free(struct reg_reader *reader);
void reg_reader_online(struct reg_reader *reader);
void reg_reader_quiet(struct reg_reader *reader);
void reg_reader_offline(struct reg_reader *reader);

/* The current snapshot (reader online), and an entry by name: NULL when unknown. */
const struct reg_snapshot *reg_read(const struct reg_registry *registry);
const struct reg_entry *reg_find(const struct reg_snapshot *snapshot, const char *name,
                                 size_t size);
const struct reg_serving *reg_entry_version(const struct reg_entry *entry,
                                            int64_t version);
/* A label's version, or -1. */
int64_t reg_entry_label(const struct reg_entry *entry, const char *label, size_t size);

/* A change an admin asks for. `done` is called once, with the outcome filled in, on the
 * registry thread (once that has stopped, on the caller's: CONFLICT); the command belongs
 * to the caller and must live until then. A command that fails changes nothing, except
 * that ROLLBACK and PROMOTE may have learnt that a version does not load, and that what
 * only lacks memory to be published (the error's text says so) comes later. A group can
 * be loaded and unloaded; it has no versions to promote: VALUE. A promoted version stays
 * pinned until another is promoted, it is rolled back from, or it is unloaded by its
 * number; unloading a whole model keeps the pin for its next load. */
enum reg_action { REG_PROMOTE, REG_ROLLBACK, REG_LOAD, REG_UNLOAD };
struct reg_command {
    enum reg_action action;
    char model[REG_NAME_MAX + 1];
    int64_t version; /* -1: what the policy chooses (LOAD), all (UNLOAD) */
    void (*done)(struct reg_command *command);
    void *user;
    roost_status status; /* outcome; MISSING: no such model or version; or as load */
    struct roost_error error;
    int64_t now; /* version that serves afterwards, -1: none */
    struct reg_command *next;
};
void reg_submit(struct reg_registry *registry, struct reg_command *command);

/* Counters since start, per model name, kept while the model's directory is known. */
struct reg_counts {
    uint64_t loads_ok;
    uint64_t loads_failed;
    uint64_t rolled_back;
};
/* 0 when the name is unknown. */
int reg_model_counts(struct reg_registry *registry, const char *name,
                     struct reg_counts *out);
struct reg_totals {
    uint64_t scans_ok;
    uint64_t scans_failed;
    int64_t last_scan; /* seconds since 1970 */
    uint64_t bytes;    /* memory of all loaded models and plans */
    uint64_t swaps;    /* publications that changed what serves */
};
void reg_totals(const struct reg_registry *registry, struct reg_totals *out);

#endif
