/* SPDX-License-Identifier: MIT
 * The stages that work on the body; `run` at the end of this file is the whole way on one
 * screen. Before it request.c has admitted the head; after it the HTTP layer
 * writes what is in exchange->out. The calls of both APIs take the same way: what they
 * differ in is the table `calls`. A group is one plan, so it takes the same way as a
 * model: only `judge` and the counts tell them apart. */
#include "gateway/pipeline.h"
#include "engine/base/clock.h"
#include "gateway/admit.h"
#include "gateway/decode_examples.h"
#include "gateway/encode_v2.h"
#include "gateway/worker.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ARENA_KEEP = 16 << 20 }; /* bytes a worker keeps between requests */

struct job;

/* What a call has of its own: its wire form both ways, and where its rows stand. */
struct call {
    int (*decode)(struct job *job);                                 /* fills the fault */
    int (*encode)(struct job *job, const struct gw_scores *scores); /* -1: no memory */
    const char *rows;    /* member of the body that holds rows, for a pointer */
    const char *columns; /* and columns */
    const char *context; /* and what is common to all rows */
    const char *scores;  /* member of the answer that holds a score a row */
};

/* What the stages of one run hand on. */
struct job {
    struct gw_worker *worker;
    struct gw_request *request;
    struct gw_exchange *exchange;
    const struct call *call;
    struct gw_v2_request v2;           /* of infer alone, set by decode */
    const char *type;                  /* of the answer, set by encode */
    const struct reg_serving *serving; /* set by look_up */
    struct gw_batch batch;             /* set by decode */
    double *out;                       /* set by score */
    struct roost_verdict *verdict;     /* [models] */
};

struct gw_account *gw_pipeline_account(const struct gw_worker *worker,
                                       const struct reg_serving *serving)
{
    const struct gw_tally *tally = serving->user;
    return tally != NULL ? tally->account : worker->server->metrics->unknown;
}

void gw_pipeline_edge(struct gw_request *request, enum gw_stage stage)
{
    uint64_t now = eng_clock_ns();
    request->span_ns[stage] += now - request->edge_ns;
    request->edge_ns = now;
}

/* The snapshot may have changed while the body came in: take what serves now, and count
 * under that. */
static int look_up(struct job *job)
{
    struct gw_request *request = job->request;
    const struct reg_entry *entry = NULL;
    job->serving = gw_admit_find(reg_read(job->worker->server->registry), &request->route,
                                 &entry, &request->fault);
    if (job->serving == NULL)
        return -1;
    struct gw_account *account = gw_pipeline_account(job->worker, job->serving);
    /* Begin before end, so that the request is never counted nowhere. Nothing can free
     * the new account before it is pinned: this thread is an online reader of its
     * serving. */
    if (account != request->account) {
        gw_account_begin(account, job->worker->index);
        gw_account_end(request->account, job->worker->index);
        request->account = account;
    }
    return gw_admit_in_time(request->deadline_ns, request->edge_ns, &request->fault);
}

static int decode_predict(struct job *job)
{
    return gw_decode_tfs_predict(job->serving->plan, job->exchange->body,
                                 job->exchange->body_size, &job->worker->limits,
                                 &job->worker->arena, &job->batch, &job->request->fault);
}

static int decode_examples(struct job *job)
{
    const roost_plan *plan = job->serving->plan;
    struct gw_request *request = job->request;
    const int group = job->serving->member_count > 0;
    enum gw_examples method = request->route.kind == GW_ROUTE_CLASSIFY
                                  ? GW_EXAMPLES_CLASSIFY
                                  : GW_EXAMPLES_REGRESS;
    if (gw_examples_allowed(plan, group, method, &request->fault) != 0)
        return -1;
    return gw_decode_tfs_examples(plan, method, job->exchange->body,
                                  job->exchange->body_size, &job->worker->limits,
                                  &job->worker->arena, &job->batch, &request->fault);
}

/* A timeout in the body joins those of the headers: the smallest wins. */
static void shorten(struct job *job, uint64_t timeout_us)
{
    uint64_t *deadline = &job->request->deadline_ns;
    uint64_t ns, end;
    if (timeout_us > 0 && !__builtin_mul_overflow(timeout_us, UINT64_C(1000), &ns) &&
        !__builtin_add_overflow(job->exchange->start_ns, ns, &end) && end < *deadline)
        *deadline = end;
}

static int decode_infer(struct job *job)
{
    const struct gw_exchange *exchange = job->exchange;
    struct gw_fault *fault = &job->request->fault;
    int64_t header = gw_v2_header_length(
        gw_exchange_header(exchange, "inference-header-content-length"),
        exchange->body_size, fault);
    if (header < -1)
        return -1;
    struct gw_v2_model model = {job->serving->plan, job->serving->name,
                                job->serving->member_count > 0};
    const struct gw_v2_body body = {exchange->body, exchange->body_size, header};
    if (gw_decode_v2(&model, &body, &job->worker->limits, &job->worker->arena,
                     &job->batch, &job->v2, fault) != 0)
        return -1;
    shorten(job, job->v2.timeout_us);
    return 0;
}

static int decode(struct job *job)
{
    struct gw_worker *worker = job->worker;
    memset(&job->batch, 0, sizeof job->batch);
    int failed = job->call->decode(job);
    gw_pipeline_edge(job->request, GW_DECODE);
    if (failed != 0)
        return -1;
    eng_count(&job->request->account->shard[worker->index].unknown,
              job->batch.unknown_features);
    return gw_admit_in_time(job->request->deadline_ns, job->request->edge_ns,
                            &job->request->fault);
}

static int no_memory(struct job *job)
{
    (void)gw_fault_set(&job->request->fault, GW_FAULT_NO_MEMORY,
                       "There is no memory for this request now");
    return -1;
}

/* Room for what the call needs, zeroed where it is added to. */
static int take_rooms(struct job *job, struct roost_call *call)
{
    struct eng_arena *arena = &job->worker->arena;
    const roost_plan *plan = job->serving->plan;
    uint32_t models = roost_plan_model_count(plan);
    uint32_t nodes = roost_plan_node_count(plan);
    size_t scratch = roost_plan_scratch(plan, call->rows);
    if (scratch == 0 && call->rows->n > 0) {
        (void)gw_fault_set(&job->request->fault, GW_FAULT_TOO_MANY,
                           "The rows expand to more than one request may hold");
        return -1;
    }
    size_t scores, bytes;
    if (__builtin_mul_overflow((size_t)call->rows->n, roost_plan_width(plan), &scores) ||
        __builtin_mul_overflow(scores, sizeof(double), &bytes))
        return no_memory(job);
    call->scratch = eng_arena_take(arena, scratch, 64);
    call->out = eng_arena_take(arena, bytes, 64);
    call->verdict = eng_arena_take(arena, models * sizeof *call->verdict, 8);
    call->evaluations = eng_arena_take(arena, nodes * sizeof(uint64_t), 8);
    call->reuses = eng_arena_take(arena, nodes * sizeof(uint64_t), 8);
    if (call->scratch == NULL || call->out == NULL || call->verdict == NULL ||
        call->evaluations == NULL || call->reuses == NULL)
        return no_memory(job);
    memset(call->verdict, 0, models * sizeof *call->verdict);
    memset(call->evaluations, 0, nodes * sizeof(uint64_t));
    memset(call->reuses, 0, nodes * sizeof(uint64_t));
    return 0;
}

/* What the engine refuses is a value of a row, or beyond what one call may hold. */
static int engine_fault(struct job *job, const struct roost_error *err)
{
    struct gw_fault *fault = &job->request->fault;
    gw_fault_set(fault, gw_fault_of_status(err->status), "%s%s%s", err->where,
                 err->where[0] != '\0' ? ": " : "",
                 err->text[0] != '\0' ? err->text : roost_status_text(err->status));
    if (err->status == ROOST_VALUE && job->batch.form == GW_FORM_ROWS)
        snprintf(fault->pointer, sizeof fault->pointer, "/%s/%llu", job->call->rows,
                 (unsigned long long)err->at);
    else if (err->status == ROOST_VALUE)
        snprintf(fault->pointer, sizeof fault->pointer, "/%s", job->call->columns);
    return -1;
}

static int score(struct job *job)
{
    struct gw_request *request = job->request;
    struct roost_call call = {.rows = &job->batch.rows};
    if (take_rooms(job, &call) != 0)
        return -1;
    struct roost_error err = {.status = ROOST_OK};
    struct roost_timing timing = {0, 0};
    roost_status status =
        request->timed ? roost_score_timed(job->serving->plan, &call, &timing, &err)
                       : roost_score(job->serving->plan, &call, &err);
    request->span_ns[GW_TRANSFORM] = timing.transform;
    request->span_ns[GW_SCORE] = timing.score;
    uint64_t began_ns = request->edge_ns;
    request->edge_ns = eng_clock_ns();
    if (status != ROOST_OK) {
        err.status = status;
        return engine_fault(job, &err);
    }
    job->out = call.out;
    job->verdict = call.verdict;
    gw_account_ran(request->account, job->worker->index, call.rows->n,
                   request->edge_ns - began_ns, request->edge_ns);
    if (job->serving->user != NULL)
        gw_tally_nodes(job->serving->user, job->worker->index, call.evaluations,
                       call.reuses);
    return 0;
}

/* A score that is not finite is the client's fault when an infinity came in with its row,
 * else the model's: an infinity elsewhere in the request excuses no model. */
static enum gw_fault_code verdict_code(const struct job *job,
                                       const struct roost_verdict *verdict)
{
    return gw_batch_infinity(job->serving->plan, &job->batch, verdict->at) == GW_FINITE
               ? GW_FAULT_NOT_FINITE
               : GW_FAULT_BAD_VALUE;
}

static int is_finite(const struct roost_output *about, const double *values)
{
    uint32_t k = 0;
    while (k < about->width &&
           (about->type == ROOST_F32 ? isfinite((float)values[k]) : isfinite(values[k])))
        k++;
    return k == about->width;
}

/* Where the row would stand in the answer to infer: at its first number in the first
 * output asked for that is not finite. Raw numbers and classes are no numbers of the
 * JSON, so there the output is all that can be named; one that was not asked for has no
 * place at all. */
static void point_at_output(struct job *job, const struct roost_verdict *verdict)
{
    const roost_plan *plan = job->serving->plan;
    const double *row = job->out + (size_t)verdict->at * roost_plan_width(plan);
    struct gw_fault *fault = &job->request->fault;
    for (uint32_t i = 0; i < job->v2.output_count; i++) {
        const struct gw_v2_output *output = &job->v2.outputs[i];
        const struct roost_output *about = roost_plan_output(plan, output->output);
        if (&job->verdict[about->model] != verdict ||
            is_finite(about, row + about->offset))
            continue;
        if (output->binary || output->classification > 0)
            snprintf(fault->pointer, sizeof fault->pointer, "/outputs/%u", (unsigned)i);
        else
            snprintf(fault->pointer, sizeof fault->pointer, "/outputs/%u/data/%llu",
                     (unsigned)i, (unsigned long long)verdict->at * about->width);
        return;
    }
}

static int verdict_fault(struct job *job, const struct roost_verdict *verdict)
{
    struct gw_fault *fault = &job->request->fault;
    enum gw_infinity infinity =
        gw_batch_infinity(job->serving->plan, &job->batch, verdict->at);
    const struct call *call = job->call;
    int columns = job->batch.form == GW_FORM_COLUMNS;
    const char *section = infinity == GW_FINITE             ? call->scores
                          : infinity == GW_INFINITE_CONTEXT ? call->context
                          : columns                         ? call->columns
                                                            : call->rows;
    if (infinity == GW_FINITE)
        gw_fault_set(fault, GW_FAULT_NOT_FINITE,
                     "The model's score of row %u is not finite", (unsigned)verdict->at);
    else
        gw_fault_set(fault, GW_FAULT_BAD_VALUE,
                     "An infinite value in %s %u gives a score that is not finite",
                     infinity == GW_INFINITE_CONTEXT ? "the context of row" : "row",
                     (unsigned)verdict->at);
    if (infinity == GW_FINITE && job->call->decode == decode_infer)
        point_at_output(job, verdict);
    /* Columns have no place that is one row. */
    else if (infinity == GW_INFINITE_CONTEXT || (infinity == GW_INFINITE_ROW && columns))
        snprintf(fault->pointer, sizeof fault->pointer, "/%s", section);
    else
        snprintf(fault->pointer, sizeof fault->pointer, "/%s/%u", section,
                 (unsigned)verdict->at);
    return -1;
}

/* "name=why, name=why" over the members that failed, in the arena: a group has up to 256
 * of them, with names of 128 bytes. */
static void name_failed(struct job *job)
{
    const struct reg_serving *serving = job->serving;
    const size_t each = REG_NAME_MAX + 40; /* and a slug, which is shorter */
    const size_t room = serving->member_count * each;
    char *text = eng_arena_take(&job->worker->arena, room, 1);
    size_t used = 0;
    for (uint32_t i = 0; text != NULL && i < serving->member_count; i++) {
        const struct roost_verdict *verdict = &job->verdict[i];
        if (verdict->status == ROOST_OK)
            continue;
        int more = snprintf(text + used, room - used, "%s%s=%s", used > 0 ? ", " : "",
                            serving->members[i]->name,
                            gw_fault_slug(verdict_code(job, verdict)));
        used += more > 0 ? (size_t)more : 0;
    }
    if (used > 0)
        gw_exchange_set(job->exchange, "roost-partial", text);
}

/* Count a group's rows and failures under its members, and name the failed ones in the
 * header roost-partial. -1 when all of them failed: the first one's fault is the answer.
 */
static int judge_group(struct job *job)
{
    const struct reg_serving *serving = job->serving;
    const uint32_t index = job->worker->index;
    uint32_t failed = 0;
    for (uint32_t i = 0; i < serving->member_count; i++) {
        struct gw_account *account =
            gw_pipeline_account(job->worker, serving->members[i]);
        if (job->verdict[i].status == ROOST_OK) {
            gw_account_scored(account, index, job->batch.rows.n);
            continue;
        }
        gw_account_failed(account, index,
                          gw_fault_reason(verdict_code(job, &job->verdict[i])));
        failed++;
    }
    if (failed == serving->member_count)
        return verdict_fault(job, &job->verdict[0]);
    if (failed > 0)
        name_failed(job);
    return 0;
}

static int judge(struct job *job)
{
    if (job->serving->member_count > 0)
        return judge_group(job);
    if (job->verdict[0].status != ROOST_OK)
        return verdict_fault(job, &job->verdict[0]);
    gw_account_scored(job->request->account, job->worker->index, job->batch.rows.n);
    return 0;
}

static int encode_predict(struct job *job, const struct gw_scores *scores)
{
    return gw_encode_tfs_predict(scores, job->batch.form, &job->exchange->out);
}

static int encode_classify(struct job *job, const struct gw_scores *scores)
{
    return gw_encode_tfs_classify(scores, &job->exchange->out);
}

static int encode_regress(struct job *job, const struct gw_scores *scores)
{
    return gw_encode_tfs_regress(scores, &job->exchange->out);
}

/* Raw data stand behind the JSON, whose length a header tells then. */
static int encode_infer(struct job *job, const struct gw_scores *scores)
{
    char version[24], length[24];
    size_t json_size = 0;
    snprintf(version, sizeof version, "%lld", (long long)job->serving->version);
    if (gw_encode_v2(scores, &job->v2, job->serving->name, version, &job->exchange->out,
                     &json_size) != 0)
        return -1;
    if (json_size > 0) {
        snprintf(length, sizeof length, "%zu", json_size);
        gw_exchange_set(job->exchange, "Inference-Header-Content-Length", length);
        job->type = "application/octet-stream";
    }
    return 0;
}

static int encode(struct job *job)
{
    struct gw_scores scores = {.plan = job->serving->plan,
                               .out = job->out,
                               .verdict = job->verdict,
                               .n = job->batch.rows.n,
                               .group = job->serving->member_count > 0};
    job->type = "application/json";
    int failed = job->call->encode(job, &scores);
    gw_pipeline_edge(job->request, GW_ENCODE);
    return failed != 0 ? no_memory(job) : 0;
}

/* By enum gw_kind. */
static const struct call calls[] = {
    [GW_ROUTE_PREDICT] = {decode_predict, encode_predict, "instances", "inputs",
                          "context", "predictions"},
    [GW_ROUTE_CLASSIFY] = {decode_examples, encode_classify, "examples", "examples",
                           "context", "results"},
    [GW_ROUTE_REGRESS] = {decode_examples, encode_regress, "examples", "examples",
                          "context", "results"},
    [GW_ROUTE_INFER] = {decode_infer, encode_infer, "inputs", "inputs", "inputs",
                        "outputs"}};

/* What was measured until now, in milliseconds, as Server-Timing words it. */
static void show_timing(const struct job *job)
{
#define X(name, word) word,
    static const char *const words[GW_STAGES] = {GW_STAGE_MAP(X)};
#undef X
    char text[256];
    size_t used = 0;
    for (int stage = GW_READ; stage < GW_WRITE; stage++) {
        int more = snprintf(text + used, sizeof text - used, "%s%s;dur=%.4f",
                            stage > GW_READ ? ", " : "", words[stage],
                            (double)job->request->span_ns[stage] / 1e6);
        used += more > 0 && (size_t)more < sizeof text - used ? (size_t)more : 0;
    }
    text[used] = '\0';
    gw_exchange_set(job->exchange, "Server-Timing", text);
}

static int run(struct job *job)
{
    if (look_up(job) != 0)
        return -1;
    if (decode(job) != 0)
        return -1;
    if (score(job) != 0)
        return -1;
    if (judge(job) != 0)
        return -1;
    if (encode(job) != 0)
        return -1;
    gw_exchange_set(job->exchange, "roost-model-version", job->serving->version_header);
    if (job->request->show_timing)
        show_timing(job);
    gw_exchange_answer(job->exchange, 200, job->type);
    return 0;
}

int gw_pipeline_run(struct gw_worker *worker, struct gw_exchange *exchange)
{
    struct gw_request *request = exchange->user;
    struct job job = {.worker = worker,
                      .request = request,
                      .exchange = exchange,
                      .call = &calls[request->route.kind]};
    int result = run(&job);
    /* Answer and fault hold copies. Given back here and not at the next request, which
     * may be long in coming: one large request must not hold its memory until then. */
    eng_arena_reset(&worker->arena, ARENA_KEEP);
    return result;
}
