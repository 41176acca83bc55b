/* SPDX-License-Identifier: MIT
 * world.h - a models directory of a test's own, and a registry that watches it.
 * Threads  The test's thread; tr_score may be called from any.
 * Memory   `tr_init` pairs with `tr_clear`, which removes the directory.
 * Errors   Helpers fail the test (cmocka) when the file system does not do as told. No
 *          wait lasts longer than 10 s. */
#ifndef ROOST_TESTS_WORLD_H
#define ROOST_TESTS_WORLD_H
#include "registry/registry.h"

#include <pthread.h>
#include <stdatomic.h>

enum { TR_PATH = 512, TR_LOG = 65536 };

struct tr_world {
    char dir[TR_PATH];    /* temporary, holds all */
    char models[TR_PATH]; /* dir/models */
    char state[TR_PATH];  /* dir/state.json */
    struct reg_options options;
    struct reg_registry *registry;
    struct reg_reader *reader;
    _Atomic int attached;
    _Atomic int detached;
    _Atomic int replayed;
    pthread_mutex_t lock;
    char log[TR_LOG]; /* "model/version text\n" of the events so far; under lock */
};

/* An empty models directory; polls each 100 ms, quiet time 150 ms; hooks that count. */
void tr_init(struct tr_world *world);
void tr_new(struct tr_world *world);   /* reg_new and a reader */
void tr_start(struct tr_world *world); /* tr_new, reg_start, and wait until started */
void tr_stop(struct tr_world *world);  /* reg_free */
void tr_clear(struct tr_world *world);

/* Files under models/, with their folders. */
void tr_write(const struct tr_world *world, const char *path, const char *text);
void tr_remove(const struct tr_world *world, const char *path); /* with all in it */
void tr_rename(const struct tr_world *world, const char *from, const char *to);
/* A version that scores `value`: written beside, then renamed in. */
void tr_model(const struct tr_world *world, const char *path, double value);
/* The same with one more file, e.g. golden.jsonl. */
void tr_model_with(const struct tr_world *world, const char *path, double value,
                   const char *file, const char *text);
/* What model.yaml of such a version says. */
void tr_model_text(double value, char *out, size_t size);

/* What a row without features scores: the value above. */
double tr_score(const struct reg_serving *serving, uint32_t member);
/* The reader's look at what serves; -1: nothing. */
int64_t tr_serves(struct tr_world *world, const char *name);
double tr_value(struct tr_world *world, const char *name); /* NaN: nothing serves */
/* A copy of one version's status. 0: it is not listed. */
int tr_version(struct tr_world *world, const char *name, int64_t version,
               struct reg_version *out);
/* Wait until it serves this version (-1: nothing); until this value is scored; until a
 * version is in a state; until an event has a text. 1: it came so. */
int tr_wait_serves(struct tr_world *world, const char *name, int64_t version);
int tr_wait_value(struct tr_world *world, const char *name, double value);
int tr_wait_state(struct tr_world *world, const char *name, int64_t version,
                  enum reg_state state);
int tr_wait_log(struct tr_world *world, const char *text);
void tr_sleep_ms(uint32_t ms);

/* Submit a command and wait for its outcome. */
roost_status tr_command(struct tr_world *world, enum reg_action action, const char *model,
                        int64_t version, struct reg_command *out);

#endif
