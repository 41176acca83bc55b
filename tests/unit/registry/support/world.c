/* SPDX-License-Identifier: MIT
 * A models directory and a registry for tests: real files, real threads, real models (a
 * linear one whose bias is its canary). */
#include "tests/unit/registry/support/world.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <ftw.h>

enum { WAIT_STEPS = 2000, STEP_MS = 5 };

void tr_sleep_ms(uint32_t ms)
{
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    nanosleep(&time, NULL);
}

static void *attach(void *context, const struct reg_serving *serving)
{
    struct tr_world *world = context;
    atomic_fetch_add(&world->attached, 1);
    return (void *)(uintptr_t)serving->name;
}

static void detach(void *context, void *user)
{
    struct tr_world *world = context;
    assert_non_null(user);
    atomic_fetch_add(&world->detached, 1);
}

static void event(void *context, const struct reg_event *said)
{
    struct tr_world *world = context;
    pthread_mutex_lock(&world->lock);
    size_t used = strlen(world->log);
    snprintf(world->log + used, sizeof world->log - used, "%s/%lld %s\n", said->model,
             (long long)said->version, said->text);
    pthread_mutex_unlock(&world->lock);
}

static double score_plan(const roost_plan *plan, uint32_t member)
{
    struct roost_rows rows = {.n = 1};
    double out[16] = {NAN};
    size_t size = (roost_plan_scratch(plan, &rows) + 127) / 64 * 64;
    void *scratch = aligned_alloc(64, size);
    assert_true(roost_plan_width(plan) <= 16);
    struct roost_call call = {.rows = &rows, .scratch = scratch, .out = out};
    roost_status status = roost_score(plan, &call, NULL);
    free(scratch);
    return status ? NAN : out[member];
}

double tr_score(const struct reg_serving *serving, uint32_t member)
{
    return score_plan(serving->plan, member);
}

/* A golden line of these tests is a number: what an empty row scores. */
static roost_status replay(void *context, const roost_plan *plan, const char *line,
                           size_t size, int compare, struct roost_error *err)
{
    struct tr_world *world = context;
    char text[64];
    snprintf(text, sizeof text, "%.*s", (int)size, line);
    double want = strtod(text, NULL), got = score_plan(plan, 0);
    atomic_fetch_add(&world->replayed, 1);
    if (compare && fabs(want - got) > 1e-6) {
        snprintf(err->text, sizeof err->text, "expected %g and got %g", want, got);
        err->status = ROOST_VERIFY;
        return ROOST_VERIFY;
    }
    return ROOST_OK;
}

void tr_init(struct tr_world *world)
{
    memset(world, 0, sizeof *world);
    pthread_mutex_init(&world->lock, NULL);
    snprintf(world->dir, sizeof world->dir, "/tmp/roost-registry-XXXXXX");
    assert_non_null(mkdtemp(world->dir));
    snprintf(world->models, sizeof world->models, "%.400s/models", world->dir);
    snprintf(world->state, sizeof world->state, "%.400s/state.json", world->dir);
    assert_int_equal(mkdir(world->models, 0777), 0);
    world->options = (struct reg_options){
        .models_dir = world->models,
        .state_file = world->state,
        .poll_ms = 100,
        .quiet_ms = 150,
        .golden_rows = 100,
        .readers = 8,
        .hooks = {world, replay, attach, detach, event},
    };
}

void tr_new(struct tr_world *world)
{
    struct roost_error err;
    assert_int_equal(reg_new(&world->options, &world->registry, &err), ROOST_OK);
    world->reader = reg_reader_new(world->registry);
    assert_non_null(world->reader);
}

void tr_start(struct tr_world *world)
{
    struct roost_error err;
    tr_new(world);
    assert_int_equal(reg_start(world->registry, &err), ROOST_OK);
    for (int i = 0; i < WAIT_STEPS && !reg_started(world->registry); i++) {
        tr_sleep_ms(STEP_MS);
    }
    assert_true(reg_started(world->registry));
}

void tr_stop(struct tr_world *world)
{
    reg_reader_free(world->reader);
    reg_free(world->registry);
    world->registry = NULL;
    world->reader = NULL;
    assert_int_equal(atomic_load(&world->attached), atomic_load(&world->detached));
}

static int remove_one(const char *path, const struct stat *about, int flag,
                      struct FTW *ftw)
{
    (void)about;
    (void)flag;
    (void)ftw;
    return remove(path);
}

void tr_clear(struct tr_world *world)
{
    if (getenv("TR_LOG")) { /* what the registry said, for whoever debugs a test */
        fprintf(stderr, "%s", world->log);
    }
    if (world->registry) {
        tr_stop(world);
    }
    nftw(world->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    pthread_mutex_destroy(&world->lock);
}

static void full_path(const struct tr_world *world, const char *path, char *out)
{
    int size = snprintf(out, TR_PATH, "%s/%s", world->models, path);
    assert_true(size > 0 && size < TR_PATH);
}

void tr_write(const struct tr_world *world, const char *path, const char *text)
{
    char full[TR_PATH];
    full_path(world, path, full);
    for (char *at = full + strlen(world->models) + 1; (at = strchr(at, '/')); at++) {
        *at = '\0';
        (void)mkdir(full, 0777);
        *at = '/';
    }
    FILE *file = fopen(full, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

void tr_remove(const struct tr_world *world, const char *path)
{
    char full[TR_PATH];
    full_path(world, path, full);
    assert_int_equal(nftw(full, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

void tr_rename(const struct tr_world *world, const char *from, const char *to)
{
    char old[TR_PATH], new[TR_PATH];
    full_path(world, from, old);
    full_path(world, to, new);
    assert_int_equal(rename(old, new), 0);
}

void tr_model_text(double value, char *out, size_t size)
{
    snprintf(out, size,
             "format: 1\n"
             "inputs: {x: {type: f32}}\n"
             "predictor: {op: linear, in: [x], weights: [1.0], bias: %.9g,\n"
             "            link: identity}\n",
             value);
}

void tr_model_with(const struct tr_world *world, const char *path, double value,
                   const char *file, const char *text)
{
    char yaml[512], name[TR_PATH], folder[TR_PATH];
    tr_model_text(value, yaml, sizeof yaml);
    tr_write(world, ".tmp-upload/model.yaml", yaml);
    if (file) {
        snprintf(name, sizeof name, ".tmp-upload/%s", file);
        tr_write(world, name, text);
    }
    full_path(world, path, folder);
    char *slash = strrchr(folder, '/');
    if (strchr(path, '/')) {
        *slash = '\0';
        (void)mkdir(folder, 0777);
    }
    tr_rename(world, ".tmp-upload", path);
}

void tr_model(const struct tr_world *world, const char *path, double value)
{
    tr_model_with(world, path, value, NULL, NULL);
}

/* The reader goes online, looks, and goes offline again. */
static const struct reg_entry *look(struct tr_world *world, const char *name)
{
    reg_reader_online(world->reader);
    return reg_find(reg_read(world->registry), name, strlen(name));
}

int64_t tr_serves(struct tr_world *world, const char *name)
{
    const struct reg_entry *entry = look(world, name);
    int64_t version = entry && entry->chosen ? entry->chosen->version : -1;
    reg_reader_offline(world->reader);
    return version;
}

double tr_value(struct tr_world *world, const char *name)
{
    const struct reg_entry *entry = look(world, name);
    double value = entry && entry->chosen ? tr_score(entry->chosen, 0) : NAN;
    reg_reader_offline(world->reader);
    return value;
}

int tr_version(struct tr_world *world, const char *name, int64_t version,
               struct reg_version *out)
{
    const struct reg_entry *entry = look(world, name);
    int found = 0;
    for (uint32_t i = 0; entry && i < entry->version_count; i++) {
        if (entry->versions[i].version == version) {
            *out = entry->versions[i];
            out->format = NULL; /* it lives no longer than this look */
            found = 1;
        }
    }
    reg_reader_offline(world->reader);
    return found;
}

int tr_wait_serves(struct tr_world *world, const char *name, int64_t version)
{
    for (int i = 0; i < WAIT_STEPS; i++) {
        if (tr_serves(world, name) == version) {
            return 1;
        }
        tr_sleep_ms(STEP_MS);
    }
    return 0;
}

int tr_wait_value(struct tr_world *world, const char *name, double value)
{
    for (int i = 0; i < WAIT_STEPS; i++) {
        if (fabs(tr_value(world, name) - value) < 1e-6) {
            return 1;
        }
        tr_sleep_ms(STEP_MS);
    }
    return 0;
}

int tr_wait_state(struct tr_world *world, const char *name, int64_t version,
                  enum reg_state state)
{
    struct reg_version about;
    for (int i = 0; i < WAIT_STEPS; i++) {
        if (tr_version(world, name, version, &about) && about.state == state) {
            return 1;
        }
        tr_sleep_ms(STEP_MS);
    }
    return 0;
}

int tr_wait_log(struct tr_world *world, const char *text)
{
    for (int i = 0; i < WAIT_STEPS; i++) {
        pthread_mutex_lock(&world->lock);
        int found = strstr(world->log, text) != NULL;
        pthread_mutex_unlock(&world->lock);
        if (found) {
            return 1;
        }
        tr_sleep_ms(STEP_MS);
    }
    return 0;
}

struct outcome {
    pthread_mutex_t lock;
    pthread_cond_t came;
    int done;
};

static void command_done(struct reg_command *command)
{
    struct outcome *outcome = command->user;
    pthread_mutex_lock(&outcome->lock);
    outcome->done = 1;
    pthread_cond_signal(&outcome->came);
    pthread_mutex_unlock(&outcome->lock);
}

roost_status tr_command(struct tr_world *world, enum reg_action action, const char *model,
                        int64_t version, struct reg_command *out)
{
    struct outcome outcome = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
    struct reg_command own, *command = out ? out : &own;
    struct timespec limit;
    memset(command, 0, sizeof *command);
    command->action = action;
    command->version = version;
    command->done = command_done;
    command->user = &outcome;
    snprintf(command->model, sizeof command->model, "%s", model);
    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += 10;
    reg_submit(world->registry, command);
    pthread_mutex_lock(&outcome.lock);
    while (!outcome.done) {
        assert_int_equal(pthread_cond_timedwait(&outcome.came, &outcome.lock, &limit), 0);
    }
    pthread_mutex_unlock(&outcome.lock);
    return command->status;
}
