/* SPDX-License-Identifier: MIT
 * metrics.h - what is counted for each model, by each worker, without a lock.
 * Threads  A shard has one writer, its worker; a scrape reads all shards. Accounts are
 *          made and freed under one mutex, by the registry thread and by a failing
 *          request of a model that does not serve.
 * Memory   An account lives while a serving or a request in flight uses it; of those
 *          that nobody uses, the last few of each model are kept, so that their counters
 *          go on when the version comes back.
 * Errors   NULL when memory is out; counting then leaves the model out. */
#ifndef ROOST_GATEWAY_METRICS_H
#define ROOST_GATEWAY_METRICS_H
#include "engine/base/buf.h"
#include "engine/base/hist.h"
#include "gateway/route.h"
#include "gateway/stage.h"
#include "registry/registry.h"
#include <pthread.h>

/* Values of the label `code`; anything else counts as the last. */
enum { GW_CODES = 20 };
extern const int gw_codes[GW_CODES];
/* Values of the label `reason`. */
enum { GW_REASONS = 7 };
extern const char *const gw_reasons[GW_REASONS];

struct gw_shard {
    _Alignas(64) _Atomic uint64_t code[GW_APIS][GW_CODES];
    _Atomic uint64_t reason[GW_REASONS];
    _Atomic uint64_t examples;
    _Atomic uint64_t batches;
    _Atomic uint64_t rows;       /* of batches: those of a group count here too */
    _Atomic uint64_t infer_ns;   /* of batches: transform and score, all requests */
    _Atomic uint64_t last_ns;    /* when the last batch ended, on the monotonic clock */
    _Atomic uint64_t success_ns; /* of requests answered with 200 */
    _Atomic uint64_t unknown;
    _Atomic uint64_t begun; /* begun - ended = in flight, and pins the account */
    _Atomic uint64_t ended;
    _Atomic uint64_t stage_ns[GW_STAGES];
    _Atomic uint64_t stage_count[GW_STAGES];
    struct eng_hist duration;
};

/* What accounts that were freed had counted in the families that are summed over a
 * model's versions: left to another account of the model, since a counter may not go
 * back.
 */
struct gw_left {
    uint64_t unknown;
    uint64_t stage_ns[GW_STAGES];
    uint64_t stage_count[GW_STAGES];
};

struct gw_account {
    struct gw_account *next;
    char model[REG_NAME_MAX + 1];
    int64_t version;         /* -1: the model as such, when no version serves */
    uint32_t uses;           /* servings attached */
    uint64_t idle_since;     /* a sequence number, when uses is 0 */
    struct gw_left left;     /* by those that are gone; under the lock */
    struct gw_shard shard[]; /* [workers] */
};

/* A transform's counts, by name, over all plans that have it. */
struct gw_transform_slot {
    _Alignas(64) _Atomic uint64_t evaluations;
    _Atomic uint64_t reuses;
};
struct gw_transform {
    struct gw_transform *next;
    char name[REG_TEXT_MAX];
    struct gw_transform_slot slot[]; /* [workers] */
};

/* What a serving carries as `user`. */
struct gw_tally {
    struct gw_account *account;
    uint32_t node_count;
    struct gw_transform *node[]; /* [node_count]; NULL: not counted */
};

/* Requests that never reached the stages, by worker. */
struct gw_front {
    _Alignas(64) _Atomic uint64_t code[GW_CODES];
};

struct gw_metrics {
    pthread_mutex_t lock; /* accounts and transforms: the lists, not the shards */
    uint32_t workers;
    uint64_t sequence;
    uint32_t transform_count;
    struct gw_account *accounts;
    struct gw_transform *transforms;
    struct gw_account *unknown; /* model="_unknown" */
    struct gw_front *front;     /* [workers] */
};

struct gw_metrics *gw_metrics_new(uint32_t workers);
void gw_metrics_free(struct gw_metrics *metrics);

/* For reg_hooks; context is the struct gw_metrics. */
void *gw_metrics_attach(void *context, const struct reg_serving *serving);
void gw_metrics_detach(void *context, void *user);

/* The account of a name without a version, made when there is none: only for names that
 * the registry knows. Never NULL (the unknown one when memory is out). */
struct gw_account *gw_metrics_model(struct gw_metrics *metrics, const char *model);

/* A request of this account begins and ends. */
void gw_account_begin(struct gw_account *account, uint32_t worker);
void gw_account_end(struct gw_account *account, uint32_t worker);
/* It is answered. */
struct gw_outcome {
    enum gw_api api;
    int code;
    const char *reason; /* NULL: success */
    uint64_t duration_ns;
    const uint64_t *span_ns; /* [GW_STAGES], 0: not measured */
};
void gw_account_count(struct gw_account *account, uint32_t worker,
                      const struct gw_outcome *outcome);
/* The engine ran for it, until now_ns. */
void gw_account_ran(struct gw_account *account, uint32_t worker, uint32_t rows,
                    uint64_t infer_ns, uint64_t now_ns);
/* It scored so many rows; or, as a member of a group, failed to. */
void gw_account_scored(struct gw_account *account, uint32_t worker, uint32_t rows);
void gw_account_failed(struct gw_account *account, uint32_t worker, const char *reason);
/* What each node of the plan did in a call. */
void gw_tally_nodes(const struct gw_tally *tally, uint32_t worker,
                    const uint64_t *evaluations, const uint64_t *reuses);

/* An account over all its workers, for the statistics of the V2 API. */
struct gw_sums {
    uint64_t success, success_ns, fail, fail_ns;
    uint64_t decode, decode_ns, encode, encode_ns;
    uint64_t batches, infer_ns, rows, examples, last_ns;
};
void gw_account_sum(const struct gw_account *account, uint32_t workers,
                    struct gw_sums *out);
void gw_metrics_refused(struct gw_metrics *metrics, uint32_t worker, int code);

#endif
