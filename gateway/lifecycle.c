/* SPDX-License-Identifier: MIT
 * Making and unmaking a server. The order of unmaking matters: threads end, their readers
 * leave, then the registry goes (its last commands may still resume an exchange), then
 * the HTTP loops, then what the registry's hooks counted into. */
#include "gateway/lifecycle.h"
#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "gateway/metrics.h"
#include "gateway/replay.h"
#include "gateway/worker.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { JOIN_POLL_MS = 10, ADMIN_GRACE_MS = 1000 };

static const char state_name[] = ".roost-state.json";

/* The registry's hooks have one context, the server. */
static roost_status replay(void *context, const roost_plan *plan, const char *line,
                           size_t size, int compare, struct roost_error *err)
{
    struct gw_server *server = context;
    return gw_replay_line(server->replay, plan, line, size, compare, err);
}

static void *attach(void *context, const struct reg_serving *serving)
{
    struct gw_server *server = context;
    return gw_metrics_attach(server->metrics, serving);
}

static void detach(void *context, void *user)
{
    struct gw_server *server = context;
    gw_metrics_detach(server->metrics, user);
}

static void event(void *context, const struct reg_event *event)
{
    struct gw_server *server = context;
    enum gw_level level = event->level == 'e'   ? GW_ERROR
                          : event->level == 'w' ? GW_WARNING
                          : event->level == 'd' ? GW_DEBUG
                                                : GW_INFO;
    if (event->version >= 0)
        GW_LOG(server->log, level, "registry", event->text,
               gw_text("model", event->model), gw_number("version", event->version));
    else if (event->model[0] != '\0')
        GW_LOG(server->log, level, "registry", event->text,
               gw_text("model", event->model));
    else
        gw_log_line(server->log, level, "registry", event->text, NULL, 0);
}

static uint64_t half_of_memory(void)
{
    long pages = sysconf(_SC_PHYS_PAGES);
    long size = sysconf(_SC_PAGESIZE);
    return pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size / 2 : 0;
}

static uint32_t data_workers(const struct cfg *cfg)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (cfg->workers > 0)
        return cfg->workers;
    return cores < 1 ? 1 : cores > 256 ? 256 : (uint32_t)cores;
}

static void free_model_options(const struct cfg *cfg, struct reg_model_options *models)
{
    for (uint32_t i = 0; models != NULL && i < cfg->model_count; i++)
        free((void *)(uintptr_t)models[i].labels);
    free(models);
}

/* The configuration's models, as the registry words them; they borrow from cfg. */
static struct reg_model_options *model_options(const struct cfg *cfg)
{
    struct reg_model_options *models = calloc(cfg->model_count + 1, sizeof *models);
    if (models == NULL)
        return NULL;
    for (uint32_t i = 0; i < cfg->model_count; i++) {
        const struct cfg_model *model = &cfg->models[i];
        struct reg_label *labels = calloc(model->label_count + 1, sizeof *labels);
        if (labels == NULL) {
            free_model_options(cfg, models);
            return NULL;
        }
        models[i] = (struct reg_model_options){
            .name = model->name,
            .policy = model->policy == CFG_POLICY_ALL        ? REG_POLICY_ALL
                      : model->policy == CFG_POLICY_SPECIFIC ? REG_POLICY_SPECIFIC
                                                             : REG_POLICY_LATEST,
            .latest = model->latest,
            .version_count = model->version_count,
            .versions = model->versions,
            .label_count = model->label_count,
            .labels = labels};
        for (uint32_t j = 0; j < model->label_count; j++)
            labels[j] =
                (struct reg_label){model->labels[j].name, model->labels[j].version};
    }
    return models;
}

/* DIR/.roost-state.json, or what the configuration says. */
static char *state_file(const struct cfg *cfg)
{
    if (cfg->state_file[0] != '\0')
        return strdup(cfg->state_file);
    size_t room = strlen(cfg->models_dir) + sizeof state_name + 1;
    char *path = malloc(room);
    if (path != NULL)
        snprintf(path, room, "%s/%s", cfg->models_dir, state_name);
    return path;
}

static roost_status make_registry(struct gw_server *server, struct roost_error *err)
{
    const struct cfg *cfg = server->cfg;
    struct reg_model_options *models = model_options(cfg);
    char *state = state_file(cfg);
    roost_status status = ROOST_NOMEM;
    if (models != NULL && state != NULL) {
        struct reg_options options = {.models_dir = cfg->models_dir,
                                      .state_file = state,
                                      .poll_ms = (uint32_t)cfg->poll_ms,
                                      .quiet_ms = (uint32_t)cfg->quiet_ms,
                                      .memory_budget = cfg->memory_budget > 0
                                                           ? cfg->memory_budget
                                                           : half_of_memory(),
                                      .model_bytes = cfg->model_bytes,
                                      .golden_rows = cfg->golden_rows,
                                      .readers = server->worker_count,
                                      .model_count = cfg->model_count,
                                      .models = models,
                                      .hooks = {server, replay, attach, detach, event}};
        status = reg_new(&options, &server->registry, err);
    } else {
        (void)eng_fail(err, status, "", 0, "no memory for the registry's options");
    }
    free(state);
    free_model_options(cfg, models);
    return status;
}

static struct gw_replay *make_replay(const struct cfg *cfg)
{
    struct gw_replay *made = calloc(1, sizeof *made);
    if (made != NULL)
        made->limits = gw_decode_limits_of(cfg);
    return made;
}

roost_status gw_server_make(struct gw_server *server, struct roost_error *err)
{
    for (int i = 0; i < GW_LISTENERS; i++) {
        pthread_mutex_init(&server->scrapes[i].lock, NULL);
        eng_buf_init(&server->scrapes[i].text, GW_ANSWER_BYTES);
    }
    server->worker_count = data_workers(server->cfg) + 1;
    server->metrics = gw_metrics_new(server->worker_count);
    server->replay = make_replay(server->cfg);
    server->workers = calloc(server->worker_count, sizeof(struct gw_worker *));
    if (server->metrics == NULL || server->replay == NULL || server->workers == NULL)
        return eng_fail(err, ROOST_NOMEM, "", 0, "no memory for the server");
    roost_status status = make_registry(server, err);
    for (uint32_t i = 0; status == ROOST_OK && i < server->worker_count; i++) {
        int last = i + 1 == server->worker_count;
        status =
            gw_worker_new(server, last ? GW_ADMIN : GW_DATA, i, &server->workers[i], err);
    }
    return status;
}

int gw_startup_good(struct gw_server *server)
{
    struct gw_worker *worker = server->workers[0];
    int good = 1;
    /* The data workers have no thread yet: their readers are free for the main one. */
    reg_reader_online(worker->reader);
    const struct reg_snapshot *snapshot = reg_read(server->registry);
    for (uint32_t i = 0; i < snapshot->count; i++) {
        const struct reg_entry *entry = snapshot->entries[i];
        int failed = entry->chosen == NULL;
        const char *reason = entry->reason != NULL ? entry->reason : "";
        for (uint32_t j = 0; j < entry->version_count; j++) {
            const struct reg_version *known = &entry->versions[j];
            if (known->state != REG_FAILED)
                continue;
            failed = 1;
            reason = known->text;
        }
        if (!failed)
            continue;
        good = 0;
        GW_LOG(server->log, GW_ERROR, "server",
               "startup.strict: a startup model cannot be loaded",
               gw_text("model", entry->name), gw_text("reason", reason));
    }
    reg_reader_offline(worker->reader);
    return good;
}

int gw_wait_signal(struct gw_server *server, const sigset_t *signals, uint32_t ms)
{
    const uint64_t end_ns = eng_clock_ns() + (uint64_t)ms * 1000000;
    for (;;) {
        uint64_t now_ns = eng_clock_ns();
        uint64_t left = end_ns > now_ns ? end_ns - now_ns : 0;
        if (ms == UINT32_MAX)
            left = UINT64_C(3600) * 1000000000;
        struct timespec span = {(time_t)(left / 1000000000), (long)(left % 1000000000)};
        int number = sigtimedwait(signals, NULL, &span);
        if (number == SIGHUP)
            GW_LOG(server->log, GW_WARNING, "server",
                   "SIGHUP does nothing: models are reloaded by themselves, the "
                   "configuration at a restart",
                   gw_text("signal", "SIGHUP"));
        else if (number > 0)
            return number;
        else if (left == 0)
            return 0;
    }
}

/* Quiesce and stop workers [from, to), then join them. A signal meanwhile ends the wait:
 * the grace of all that still run becomes 0. All are told before any is joined, or the
 * graces would add up. */
static void stop_some(struct gw_server *server, const sigset_t *signals, uint32_t from,
                      uint32_t to, uint32_t grace_ms)
{
    for (uint32_t i = from; i < to; i++) {
        struct gw_worker *worker = server->workers[i];
        if (worker == NULL || !worker->running)
            continue;
        gw_http_quiesce(worker->http);
        gw_http_stop(worker->http, grace_ms);
    }
    for (uint32_t i = from; i < to; i++) {
        struct gw_worker *worker = server->workers[i];
        while (worker != NULL && worker->running) {
            if (pthread_tryjoin_np(worker->thread, NULL) == 0) {
                worker->running = 0;
                break;
            }
            if (gw_wait_signal(server, signals, JOIN_POLL_MS) == 0)
                continue;
            for (uint32_t j = i; j < to; j++)
                if (server->workers[j] != NULL && server->workers[j]->running)
                    gw_http_stop(server->workers[j]->http, 0);
        }
    }
}

void gw_stop_workers(struct gw_server *server, const sigset_t *signals, uint32_t grace_ms)
{
    atomic_store_explicit(&server->phase, GW_STOPPING, memory_order_release);
    if (server->workers == NULL)
        return;
    uint32_t data = server->worker_count - 1;
    stop_some(server, signals, 0, data, grace_ms);
    /* Probes and scrapes are answered until the last prediction is. */
    stop_some(server, signals, data, server->worker_count,
              grace_ms < ADMIN_GRACE_MS ? grace_ms : ADMIN_GRACE_MS);
}

void gw_server_clear(struct gw_server *server)
{
    uint32_t count = server->workers != NULL ? server->worker_count : 0;
    for (uint32_t i = 0; i < count; i++)
        if (server->workers[i] != NULL)
            gw_worker_leave(server->workers[i]);
    reg_free(server->registry);
    for (uint32_t i = 0; i < count; i++)
        gw_worker_free(server->workers[i]);
    free(server->workers);
    if (server->data != NULL)
        gw_listener_free(server->data);
    if (server->admin != NULL)
        gw_listener_free(server->admin);
    gw_metrics_free(server->metrics);
    for (int i = 0; i < GW_LISTENERS; i++) {
        pthread_mutex_destroy(&server->scrapes[i].lock);
        eng_buf_clear(&server->scrapes[i].text);
    }
    free(server->replay);
}
