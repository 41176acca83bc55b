/* SPDX-License-Identifier: MIT
 * Counting, beside the path: request.c adds to its worker's shard (plain loads and
 * stores, 2 ns each), the registry attaches an account to each serving, and
 * metrics_render.c sums the shards when somebody scrapes. Nothing here is shared between
 * workers but the lists, which requests do not touch. */
#include "gateway/metrics.h"
#include <stdlib.h>
#include <string.h>

enum {
    IDLE_KEPT = 4,         /* accounts of one model that nobody uses */
    TRANSFORMS_MAX = 4096, /* names of transforms; more are not counted */
};

const int gw_codes[GW_CODES] = {200, 400, 403, 404, 405, 408, 409, 413, 414, 415,
                                422, 429, 431, 499, 501, 502, 503, 504, 505, 500};
const char *const gw_reasons[GW_REASONS] = {
    "bad_input", "not_ready", "rejected", "timeout", "canceled", "engine", "internal"};

static uint32_t code_index(int code)
{
    uint32_t i = 0;
    while (i < GW_CODES - 1 && gw_codes[i] != code)
        i++;
    return i;
}

static uint32_t reason_index(const char *reason)
{
    uint32_t i = 0;
    while (i < GW_REASONS - 1 && strcmp(gw_reasons[i], reason) != 0)
        i++;
    return i;
}

/* `size` bytes, zeroed, on a cache line of their own. */
static void *take_lines(size_t size)
{
    size_t whole = (size + 63) / 64 * 64;
    void *at = aligned_alloc(64, whole);
    return at != NULL ? memset(at, 0, whole) : NULL;
}

static void copy_text(char *out, size_t room, const char *text)
{
    size_t size = strnlen(text, room - 1);
    memcpy(out, text, size);
    out[size] = '\0';
}

/* The lock is held. */
static struct gw_account *find_account(const struct gw_metrics *metrics,
                                       const char *model, int64_t version)
{
    struct gw_account *account = metrics->accounts;
    while (account != NULL &&
           (account->version != version || strcmp(account->model, model) != 0))
        account = account->next;
    return account;
}

/* The lock is held. New accounts go to the end: a scrape shows the order of arrival. */
static struct gw_account *make_account(struct gw_metrics *metrics, const char *model,
                                       int64_t version)
{
    struct gw_account *account = find_account(metrics, model, version);
    if (account != NULL)
        return account;
    account = take_lines(sizeof *account + metrics->workers * sizeof account->shard[0]);
    if (account == NULL)
        return NULL;
    copy_text(account->model, sizeof account->model, model);
    account->version = version;
    struct gw_account **end = &metrics->accounts;
    while (*end != NULL)
        end = &(*end)->next;
    *end = account;
    return account;
}

struct gw_metrics *gw_metrics_new(uint32_t workers)
{
    struct gw_metrics *metrics = calloc(1, sizeof *metrics);
    if (metrics == NULL)
        return NULL;
    metrics->workers = workers;
    pthread_mutex_init(&metrics->lock, NULL);
    metrics->front = take_lines(workers * sizeof metrics->front[0]);
    metrics->unknown = make_account(metrics, "_unknown", -1);
    if (metrics->front == NULL || metrics->unknown == NULL) {
        gw_metrics_free(metrics);
        return NULL;
    }
    return metrics;
}

void gw_metrics_free(struct gw_metrics *metrics)
{
    if (metrics == NULL)
        return;
    while (metrics->accounts != NULL) {
        struct gw_account *account = metrics->accounts;
        metrics->accounts = account->next;
        free(account);
    }
    while (metrics->transforms != NULL) {
        struct gw_transform *transform = metrics->transforms;
        metrics->transforms = transform->next;
        free(transform);
    }
    free(metrics->front);
    pthread_mutex_destroy(&metrics->lock);
    free(metrics);
}

/* The lock is held. NULL: there are too many names, or memory is out. */
static struct gw_transform *make_transform(struct gw_metrics *metrics, const char *name)
{
    struct gw_transform **at = &metrics->transforms;
    for (; *at != NULL; at = &(*at)->next)
        if (strncmp((*at)->name, name, sizeof(*at)->name - 1) == 0)
            return *at;
    if (metrics->transform_count >= TRANSFORMS_MAX)
        return NULL;
    struct gw_transform *made =
        take_lines(sizeof *made + metrics->workers * sizeof made->slot[0]);
    if (made == NULL)
        return NULL;
    copy_text(made->name, sizeof made->name, name);
    metrics->transform_count++;
    *at = made;
    return made;
}

void *gw_metrics_attach(void *context, const struct reg_serving *serving)
{
    struct gw_metrics *metrics = context;
    uint32_t nodes = roost_plan_node_count(serving->plan);
    struct gw_tally *tally = calloc(1, sizeof *tally + nodes * sizeof tally->node[0]);
    if (tally == NULL)
        return NULL;
    pthread_mutex_lock(&metrics->lock);
    tally->account = make_account(metrics, serving->name, serving->version);
    if (tally->account != NULL) {
        tally->account->uses++;
        tally->node_count = nodes;
        for (uint32_t i = 0; i < nodes; i++)
            tally->node[i] =
                make_transform(metrics, roost_plan_node(serving->plan, i)->name);
    }
    pthread_mutex_unlock(&metrics->lock);
    if (tally->account == NULL) {
        free(tally);
        return NULL;
    }
    return tally;
}

/* No request pins it. The acquire pairs with the release of gw_account_end: what a worker
 * wrote before is over and done. New requests reach an account through its servings
 * alone, and it has none. */
static int is_still(const struct gw_account *account, uint32_t workers)
{
    for (uint32_t i = 0; i < workers; i++) {
        const struct gw_shard *shard = &account->shard[i];
        if (atomic_load_explicit(&shard->ended, memory_order_acquire) !=
            atomic_load_explicit(&shard->begun, memory_order_acquire))
            return 0;
    }
    return 1;
}

static uint64_t read_counter(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

/* The lock is held, and `gone` is still: its shards have no writer any more. */
static void bequeath(const struct gw_account *gone, struct gw_account *heir,
                     uint32_t workers)
{
    struct gw_left *left = &heir->left;
    left->unknown += gone->left.unknown;
    for (int stage = 0; stage < GW_STAGES; stage++) {
        left->stage_ns[stage] += gone->left.stage_ns[stage];
        left->stage_count[stage] += gone->left.stage_count[stage];
    }
    for (uint32_t i = 0; i < workers; i++) {
        const struct gw_shard *shard = &gone->shard[i];
        left->unknown += read_counter(&shard->unknown);
        for (int stage = 0; stage < GW_STAGES; stage++) {
            left->stage_ns[stage] += read_counter(&shard->stage_ns[stage]);
            left->stage_count[stage] += read_counter(&shard->stage_count[stage]);
        }
    }
}

/* The lock is held. Keep the accounts of a model that nobody uses within IDLE_KEPT. */
static void prune(struct gw_metrics *metrics, const char *model)
{
    uint32_t idle = 0;
    struct gw_account *heir = NULL; /* IDLE_KEPT others of the model are there at least */
    struct gw_account **oldest = NULL;
    for (struct gw_account **at = &metrics->accounts; *at != NULL; at = &(*at)->next) {
        if ((*at)->uses > 0 || (*at)->version < 0 || strcmp((*at)->model, model) != 0)
            continue;
        idle++;
        if (is_still(*at, metrics->workers) &&
            (oldest == NULL || (*at)->idle_since < (*oldest)->idle_since))
            oldest = at;
    }
    if (idle <= IDLE_KEPT || oldest == NULL)
        return;
    struct gw_account *gone = *oldest;
    *oldest = gone->next;
    for (struct gw_account *at = metrics->accounts; at != NULL; at = at->next)
        if (strcmp(at->model, model) == 0)
            heir = at;
    if (heir != NULL)
        bequeath(gone, heir, metrics->workers);
    free(gone);
}

void gw_metrics_detach(void *context, void *user)
{
    struct gw_metrics *metrics = context;
    struct gw_tally *tally = user;
    if (tally == NULL)
        return;
    struct gw_account *account = tally->account;
    free(tally);
    pthread_mutex_lock(&metrics->lock);
    account->uses--;
    if (account->uses == 0) {
        account->idle_since = ++metrics->sequence;
        char model[REG_NAME_MAX + 1];
        copy_text(model, sizeof model, account->model);
        prune(metrics, model);
    }
    pthread_mutex_unlock(&metrics->lock);
}

struct gw_account *gw_metrics_model(struct gw_metrics *metrics, const char *model)
{
    pthread_mutex_lock(&metrics->lock);
    struct gw_account *account = make_account(metrics, model, -1);
    pthread_mutex_unlock(&metrics->lock);
    return account != NULL ? account : metrics->unknown;
}

void gw_account_begin(struct gw_account *account, uint32_t worker)
{
    eng_count(&account->shard[worker].begun, 1);
}

void gw_account_end(struct gw_account *account, uint32_t worker)
{
    _Atomic uint64_t *ended = &account->shard[worker].ended;
    uint64_t now = atomic_load_explicit(ended, memory_order_relaxed);
    atomic_store_explicit(ended, now + 1, memory_order_release);
}

void gw_account_count(struct gw_account *account, uint32_t worker,
                      const struct gw_outcome *outcome)
{
    struct gw_shard *shard = &account->shard[worker];
    eng_count(&shard->code[outcome->api][code_index(outcome->code)], 1);
    if (outcome->code == 200)
        eng_count(&shard->success_ns, outcome->duration_ns);
    if (outcome->reason != NULL)
        eng_count(&shard->reason[reason_index(outcome->reason)], 1);
    eng_hist_add(&shard->duration, outcome->duration_ns);
    for (int stage = 0; stage < GW_STAGES; stage++) {
        if (outcome->span_ns[stage] == 0)
            continue;
        eng_count(&shard->stage_ns[stage], outcome->span_ns[stage]);
        eng_count(&shard->stage_count[stage], 1);
    }
}

void gw_account_ran(struct gw_account *account, uint32_t worker, uint32_t rows,
                    uint64_t infer_ns, uint64_t now_ns)
{
    struct gw_shard *shard = &account->shard[worker];
    eng_count(&shard->batches, 1);
    eng_count(&shard->rows, rows);
    eng_count(&shard->infer_ns, infer_ns);
    atomic_store_explicit(&shard->last_ns, now_ns, memory_order_relaxed);
}

void gw_account_scored(struct gw_account *account, uint32_t worker, uint32_t rows)
{
    eng_count(&account->shard[worker].examples, rows);
}

void gw_account_failed(struct gw_account *account, uint32_t worker, const char *reason)
{
    eng_count(&account->shard[worker].reason[reason_index(reason)], 1);
}

void gw_tally_nodes(const struct gw_tally *tally, uint32_t worker,
                    const uint64_t *evaluations, const uint64_t *reuses)
{
    for (uint32_t i = 0; i < tally->node_count; i++) {
        if (tally->node[i] == NULL)
            continue;
        struct gw_transform_slot *slot = &tally->node[i]->slot[worker];
        eng_count(&slot->evaluations, evaluations[i]);
        if (reuses[i] != 0)
            eng_count(&slot->reuses, reuses[i]);
    }
}

void gw_account_sum(const struct gw_account *account, uint32_t workers,
                    struct gw_sums *out)
{
    *out = (struct gw_sums){0};
    for (uint32_t i = 0; i < workers; i++) {
        const struct gw_shard *shard = &account->shard[i];
        for (int api = 0; api < GW_APIS; api++)
            for (int j = 0; j < GW_CODES; j++)
                *(gw_codes[j] == 200 ? &out->success : &out->fail) +=
                    read_counter(&shard->code[api][j]);
        out->success_ns += read_counter(&shard->success_ns);
        out->fail_ns += read_counter(&shard->duration.sum_ns);
        out->decode += read_counter(&shard->stage_count[GW_DECODE]);
        out->decode_ns += read_counter(&shard->stage_ns[GW_DECODE]);
        out->encode += read_counter(&shard->stage_count[GW_ENCODE]);
        out->encode_ns += read_counter(&shard->stage_ns[GW_ENCODE]);
        out->batches += read_counter(&shard->batches);
        out->infer_ns += read_counter(&shard->infer_ns);
        out->rows += read_counter(&shard->rows);
        out->examples += read_counter(&shard->examples);
        uint64_t last = read_counter(&shard->last_ns);
        out->last_ns = last > out->last_ns ? last : out->last_ns;
    }
    /* All durations less those of successes; a request may end between the two reads. */
    out->fail_ns -= out->fail_ns > out->success_ns ? out->success_ns : out->fail_ns;
}

void gw_metrics_refused(struct gw_metrics *metrics, uint32_t worker, int code)
{
    eng_count(&metrics->front[worker].code[code_index(code)], 1);
}
