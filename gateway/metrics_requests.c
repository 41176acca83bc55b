/* SPDX-License-Identifier: MIT
 * The families of requests: the shards of every account are summed here, at the scrape.
 * Counts may lag each other by a request; each of them never goes back. */
#include "gateway/metrics_text.h"
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define X(name, word) word,
static const char *const stages[GW_STAGES] = {GW_STAGE_MAP(X)};
#undef X

/* What several families need to walk the accounts. */
struct walk {
    const struct gw_metrics *metrics;
    struct eng_buf *out;
};

static uint64_t read_at(const struct gw_shard *shard, size_t offset)
{
    const _Atomic uint64_t *counter =
        (const _Atomic uint64_t *)(const void *)((const char *)shard + offset);
    return atomic_load_explicit(counter, memory_order_relaxed);
}

/* One counter of an account, over its workers. */
static uint64_t sum_account(const struct walk *w, const struct gw_account *account,
                            size_t offset)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < w->metrics->workers; i++)
        sum += read_at(&account->shard[i], offset);
    return sum;
}

/* The same over all versions of a model; and, where `left` is the offset of a counter of
 * struct gw_left (else NO_LEFT), over those that are gone. */
enum { NO_LEFT = -1 };
static uint64_t sum_model(const struct walk *w, const char *model, size_t offset,
                          ptrdiff_t left)
{
    uint64_t sum = 0;
    const struct gw_account *account = w->metrics->accounts;
    for (; account != NULL; account = account->next) {
        uint64_t more = 0;
        if (strcmp(account->model, model) != 0)
            continue;
        if (left != NO_LEFT)
            memcpy(&more, (const char *)&account->left + left, sizeof more);
        sum += more + sum_account(w, account, offset);
    }
    return sum;
}

/* The first account of its model: families without a version walk those. */
static int is_first(const struct walk *w, const struct gw_account *account)
{
    const struct gw_account *first = w->metrics->accounts;
    while (strcmp(first->model, account->model) != 0)
        first = first->next;
    return first == account;
}

static void render_codes(const struct walk *w, const struct gw_account *account,
                         const char *version)
{
    static const char *const apis[GW_APIS] = {"v1", "v2"};
    for (int i = 0; i < GW_APIS * GW_CODES; i++) {
        const int api = i / GW_CODES, number = gw_codes[i % GW_CODES];
        uint64_t n =
            sum_account(w, account, offsetof(struct gw_shard, code) + (size_t)i * 8);
        if (n == 0 && (number != 200 || account->version < 0))
            continue;
        char code[12];
        snprintf(code, sizeof code, "%d", number);
        struct gw_sample sample = {
            GW_METRIC_REQUESTS, "", {account->model, version, apis[api], code}, NULL};
        gw_sample_u64(w->out, &sample, n);
    }
}

/* All reasons stand at 0 from the load on, so that a rate over the first failure is
 * right; of codes only 200, since most of the others never happen. */
static void render_reasons(const struct walk *w, const struct gw_account *account,
                           const char *version)
{
    for (int i = 0; i < GW_REASONS; i++) {
        uint64_t n =
            sum_account(w, account, offsetof(struct gw_shard, reason) + (size_t)i * 8);
        if (n == 0 && account->version < 0)
            continue;
        struct gw_sample sample = {
            GW_METRIC_FAILURES, "", {account->model, version, gw_reasons[i]}, NULL};
        gw_sample_u64(w->out, &sample, n);
    }
}

static void render_examples(const struct walk *w, const struct gw_account *account,
                            const char *version)
{
    struct gw_sample sample = {GW_METRIC_EXAMPLES, "", {account->model, version}, NULL};
    gw_sample_u64(w->out, &sample,
                  sum_account(w, account, offsetof(struct gw_shard, examples)));
}

static void render_batches(const struct walk *w, const struct gw_account *account,
                           const char *version)
{
    struct gw_sample sample = {GW_METRIC_BATCHES, "", {account->model, version}, NULL};
    gw_sample_u64(w->out, &sample,
                  sum_account(w, account, offsetof(struct gw_shard, batches)));
}

static void render_duration(const struct walk *w, const struct gw_account *account,
                            const char *version)
{
    const size_t base = offsetof(struct gw_shard, duration);
    struct gw_sample sample = {
        GW_METRIC_DURATION, "_bucket", {account->model, version}, NULL};
    uint64_t below = 0;
    for (size_t i = 0; i <= ENG_HIST_BOUNDS; i++) {
        below += sum_account(w, account, base + offsetof(struct eng_hist, count) + i * 8);
        sample.le = i < ENG_HIST_BOUNDS ? eng_hist_labels[i] : "+Inf";
        gw_sample_u64(w->out, &sample, below);
    }
    sample.le = NULL;
    sample.suffix = "_sum";
    uint64_t ns = sum_account(w, account, base + offsetof(struct eng_hist, sum_ns));
    gw_sample_f64(w->out, &sample, (double)ns / 1e9);
    sample.suffix = "_count";
    gw_sample_u64(w->out, &sample, below);
}

static void render_stages(const struct walk *w, const struct gw_account *account)
{
    for (size_t i = 0; i < GW_STAGES; i++) {
        uint64_t count =
            sum_model(w, account->model, offsetof(struct gw_shard, stage_count) + i * 8,
                      (ptrdiff_t)(offsetof(struct gw_left, stage_count) + i * 8));
        uint64_t ns =
            sum_model(w, account->model, offsetof(struct gw_shard, stage_ns) + i * 8,
                      (ptrdiff_t)(offsetof(struct gw_left, stage_ns) + i * 8));
        struct gw_sample sample = {
            GW_METRIC_STAGES, "_sum", {account->model, stages[i]}, NULL};
        gw_sample_f64(w->out, &sample, (double)ns / 1e9);
        sample.suffix = "_count";
        gw_sample_u64(w->out, &sample, count);
    }
}

static void render_in_flight(const struct walk *w, const struct gw_account *account)
{
    /* `ended` first: read the other way round, the difference could be negative. */
    uint64_t ended =
        sum_model(w, account->model, offsetof(struct gw_shard, ended), NO_LEFT);
    uint64_t begun =
        sum_model(w, account->model, offsetof(struct gw_shard, begun), NO_LEFT);
    struct gw_sample sample = {GW_METRIC_IN_FLIGHT, "", {account->model}, NULL};
    gw_sample_u64(w->out, &sample, begun > ended ? begun - ended : 0);
}

static void render_unknown(const struct walk *w, const struct gw_account *account)
{
    struct gw_sample sample = {GW_METRIC_UNKNOWN_FEATURES, "", {account->model}, NULL};
    gw_sample_u64(w->out, &sample,
                  sum_model(w, account->model, offsetof(struct gw_shard, unknown),
                            (ptrdiff_t)offsetof(struct gw_left, unknown)));
}

static void by_version(const struct walk *w, enum gw_metric metric,
                       void (*render)(const struct walk *, const struct gw_account *,
                                      const char *))
{
    gw_sample_family(w->out, metric);
    const struct gw_account *account = w->metrics->accounts;
    for (; account != NULL; account = account->next) {
        char version[24];
        render(w, account, gw_sample_version(version, sizeof version, account->version));
    }
}

static void by_model(const struct walk *w, enum gw_metric metric,
                     void (*render)(const struct walk *, const struct gw_account *))
{
    gw_sample_family(w->out, metric);
    const struct gw_account *account = w->metrics->accounts;
    for (; account != NULL; account = account->next)
        if (is_first(w, account))
            render(w, account);
}

static void render_transforms(const struct walk *w, enum gw_metric metric)
{
    gw_sample_family(w->out, metric);
    const struct gw_transform *transform = w->metrics->transforms;
    for (; transform != NULL; transform = transform->next) {
        uint64_t sum = 0;
        for (uint32_t i = 0; i < w->metrics->workers; i++) {
            const struct gw_transform_slot *slot = &transform->slot[i];
            sum += atomic_load_explicit(
                metric == GW_METRIC_EVALUATIONS ? &slot->evaluations : &slot->reuses,
                memory_order_relaxed);
        }
        struct gw_sample sample = {metric, "", {transform->name}, NULL};
        gw_sample_u64(w->out, &sample, sum);
    }
}

void gw_metrics_render_requests(struct gw_metrics *metrics, struct eng_buf *out)
{
    struct walk w = {metrics, out};
    /* The registry thread waits for this at worst; workers do not take the lock. */
    pthread_mutex_lock(&metrics->lock);
    by_version(&w, GW_METRIC_REQUESTS, render_codes);
    by_version(&w, GW_METRIC_FAILURES, render_reasons);
    by_version(&w, GW_METRIC_EXAMPLES, render_examples);
    by_version(&w, GW_METRIC_BATCHES, render_batches);
    by_version(&w, GW_METRIC_DURATION, render_duration);
    by_model(&w, GW_METRIC_STAGES, render_stages);
    by_model(&w, GW_METRIC_IN_FLIGHT, render_in_flight);
    by_model(&w, GW_METRIC_UNKNOWN_FEATURES, render_unknown);
    render_transforms(&w, GW_METRIC_EVALUATIONS);
    render_transforms(&w, GW_METRIC_REUSES);
    pthread_mutex_unlock(&metrics->lock);
}
