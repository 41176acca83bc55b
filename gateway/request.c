/* SPDX-License-Identifier: MIT
 * One request through the stages, in the order of stage.h; pipeline.c
 * holds those that work on the body. The worker calls the three entries: head (route and
 * admit), body (decode, score, encode) and done (count). Everything a snapshot gives is
 * looked up anew in each of them, since the worker may sleep in between. */
#include "gateway/request.h"
#include "engine/base/clock.h"
#include "gateway/admin.h"
#include "gateway/admit.h"
#include "gateway/answer.h"
#include "gateway/health.h"
#include "gateway/metrics_text.h"
#include "gateway/pipeline.h"
#include "gateway/status_tfs.h"
#include "gateway/v2_answer.h"
#include "gateway/worker.h"
#include <stdlib.h>
#include <string.h>

enum { TIMED_SHARE = 16 }; /* one request in so many shows transform and score apart */

/* A request from the spare ones, or a new one; NULL when memory is out. */
static struct gw_request *take_request(struct gw_worker *worker)
{
    struct gw_request *request = worker->spare;
    if (request != NULL)
        worker->spare = request->next;
    else
        request = malloc(sizeof *request);
    if (request == NULL)
        return NULL;
    /* The texts of a fault are large and only read when its code is set. */
    request->next = NULL;
    request->fault.code = GW_FAULT_NONE;
    request->fault.text[0] = '\0';
    request->fault.pointer[0] = '\0';
    request->fault.allow_get = 0;
    request->account = NULL;
    request->pending = NULL;
    request->deadline_ns = 0;
    request->timed = 0;
    request->show_timing = 0;
    request->answered = 0;
    memset(request->span_ns, 0, sizeof request->span_ns);
    return request;
}

void gw_request_spares_free(struct gw_worker *worker)
{
    while (worker->spare != NULL) {
        struct gw_request *request = worker->spare;
        worker->spare = request->next;
        free(request);
    }
}

static void refuse(struct gw_worker *worker, struct gw_exchange *exchange)
{
    const struct gw_request *request = exchange->user;
    gw_answer_fault(exchange, &request->fault, worker->listener);
}

/* admit: who is meant, is it there, is there time. The account is pinned whatever comes
 * out, so that a refusal counts under the model it concerns. */
static int admit(struct gw_worker *worker, struct gw_exchange *exchange)
{
    struct gw_request *request = exchange->user;
    struct gw_server *server = worker->server;
    const struct reg_entry *entry = NULL;
    const struct reg_serving *serving = gw_admit_find(
        reg_read(server->registry), &request->route, &entry, &request->fault);
    request->account = server->metrics->unknown;
    if (serving != NULL)
        request->account = gw_pipeline_account(worker, serving);
    else if (entry != NULL)
        request->account = gw_metrics_model(server->metrics, entry->name);
    gw_account_begin(request->account, worker->index);
    if (serving == NULL)
        return -1;
    if (atomic_load_explicit(&server->phase, memory_order_acquire) == GW_STOPPING)
        return gw_fault_set(&request->fault, GW_FAULT_DRAINING,
                            "The server is shutting down");
    request->deadline_ns =
        gw_admit_deadline(gw_exchange_header(exchange, "x-request-timeout-ms"),
                          gw_exchange_header(exchange, "x-envoy-expected-rq-timeout-ms"),
                          exchange->start_ns, &request->fault);
    if (request->deadline_ns == 0 ||
        gw_admit_in_time(request->deadline_ns, request->edge_ns, &request->fault) != 0)
        return -1;
    const char *timing = gw_exchange_header(exchange, "x-roost-timing");
    request->show_timing = timing != NULL && strcmp(timing, "1") == 0;
    request->timed = request->show_timing || worker->sampled++ % TIMED_SHARE == 0;
    return 0;
}

static int answer_metrics(struct gw_worker *worker, struct gw_exchange *exchange)
{
    struct gw_request *request = exchange->user;
    if (gw_metrics_scrape(worker->server, worker->listener, exchange->now_ns,
                          &exchange->out) != 0)
        return gw_fault_set(&request->fault, GW_FAULT_NO_MEMORY,
                            "The metrics do not fit in memory");
    gw_exchange_answer(exchange, 200, GW_METRICS_TYPE);
    return 0;
}

/* What needs no body is answered at the head. 1: wait for the body, -1: a fault. */
static int dispatch(struct gw_worker *worker, struct gw_exchange *exchange)
{
    struct gw_request *request = exchange->user;
    struct gw_server *server = worker->server;
    switch (request->route.kind) {
    case GW_ROUTE_PREDICT:
    case GW_ROUTE_CLASSIFY:
    case GW_ROUTE_REGRESS:
    case GW_ROUTE_INFER:
        return admit(worker, exchange) == 0 ? 1 : -1;
    case GW_ROUTE_LIVE:
    case GW_ROUTE_READY:
    case GW_ROUTE_STARTED:
        gw_health_answer(server, request->route.kind, exchange);
        return 0;
    case GW_ROUTE_METRICS:
        return answer_metrics(worker, exchange);
    case GW_ROUTE_MODELS:
    case GW_ROUTE_STATUS:
    case GW_ROUTE_METADATA:
        return gw_status_tfs(server->registry, &request->route, exchange,
                             &request->fault);
    case GW_ROUTE_V2_SERVER:
    case GW_ROUTE_V2_LIVE:
    case GW_ROUTE_V2_READY:
    case GW_ROUTE_V2_MODEL:
    case GW_ROUTE_V2_MODEL_READY:
    case GW_ROUTE_V2_CONFIG:
    case GW_ROUTE_V2_STATS:
        return gw_v2_answer(server, &request->route, exchange, &request->fault);
    case GW_ROUTE_ADMIN_MODELS:
    case GW_ROUTE_ADMIN_MODEL:
        return gw_admin_get(worker, exchange);
    case GW_ROUTE_V2_INDEX:
    case GW_ROUTE_V2_COMMAND:
    case GW_ROUTE_ADMIN_COMMAND:
        return gw_admin_head(worker, exchange) == 0 ? 1 : -1;
    }
    return gw_fault_set(&request->fault, GW_FAULT_INTERNAL, "The route leads nowhere");
}

void gw_request_head(struct gw_worker *worker, struct gw_exchange *exchange)
{
    struct gw_request *request = take_request(worker);
    exchange->user = request;
    if (request == NULL) {
        struct gw_fault fault = {.code = GW_FAULT_NO_MEMORY};
        gw_answer_fault(exchange, &fault, worker->listener);
        return;
    }
    request->edge_ns = eng_clock_ns();
    request->span_ns[GW_READ] = request->edge_ns - exchange->start_ns;
    struct gw_server *server = worker->server;
    if (atomic_load_explicit(&server->phase, memory_order_relaxed) != GW_SERVING)
        gw_exchange_set(exchange, "Connection", "close");
    struct gw_route_rules rules = {.listener = worker->listener,
                                   .metrics_on_data = server->cfg->metrics_on_data,
                                   .control_on_data = server->cfg->control_on_data};
    int result;
    if (gw_route_parse(&rules, exchange->method, exchange->path, exchange->path_size,
                       &request->route, &request->fault) == 0) {
        result = dispatch(worker, exchange);
    } else {
        result = -1;
        if (worker->listener == GW_DATA) {
            request->account = server->metrics->unknown;
            gw_account_begin(request->account, worker->index);
        }
    }
    request->answered = result <= 0;
    if (result < 0)
        refuse(worker, exchange);
    gw_pipeline_edge(request, GW_ADMIT);
}

void gw_request_body(struct gw_worker *worker, struct gw_exchange *exchange)
{
    struct gw_request *request = exchange->user;
    int result;
    if (request == NULL || request->answered)
        return;
    request->answered = 1;
    switch (request->route.kind) {
    case GW_ROUTE_ADMIN_COMMAND:
    case GW_ROUTE_V2_COMMAND:
        result = gw_admin_command(worker, exchange);
        break;
    case GW_ROUTE_V2_INDEX:
        result = gw_admin_index(worker, exchange);
        break;
    default: /* the calls that are scored: no other route waits for its body */
        gw_pipeline_edge(request, GW_READ);
        result = gw_pipeline_run(worker, exchange);
    }
    if (result != 0)
        refuse(worker, exchange);
}

/* Why a request failed, when the HTTP layer ended it and no stage did. */
static const char *reason_of_status(int status)
{
    if (status == 408)
        return "timeout";
    if (status == 503)
        return "rejected";
    return status >= 500 ? "internal" : "bad_input";
}

/* Failures of the server always, the rest as log.access_sample says. What a client wrote
 * (the model's name, the fault's text) is escaped by the log. */
static void log_request(struct gw_worker *worker, const struct gw_exchange *exchange,
                        const struct gw_outcome *outcome)
{
    const struct gw_request *request = exchange->user;
    uint32_t share = worker->server->cfg->access_sample;
    int failed = outcome->code >= 500;
    if (!failed && (share == 0 || worker->logged++ % share != 0))
        return;
    GW_LOG(worker->server->log, failed ? GW_WARNING : GW_INFO, "request",
           failed ? "failed" : "answered", gw_text("request_id", exchange->request_id),
           gw_text("model", request->route.model), gw_number("code", outcome->code),
           gw_number("dur_us", (int64_t)(outcome->duration_ns / 1000)),
           gw_text("reason", outcome->reason != NULL ? outcome->reason : ""),
           gw_text("detail", request->fault.text));
}

void gw_request_done(struct gw_worker *worker, struct gw_exchange *exchange, int status,
                     int sent)
{
    struct gw_request *request = exchange->user;
    if (request == NULL) {
        gw_metrics_refused(worker->server->metrics, worker->index, status);
        return;
    }
    /* First, since the registry thread may be about to finish the command: from here on
     * it must not touch the exchange. */
    gw_admin_abandon(request);
    gw_pipeline_edge(request, GW_WRITE);
    int code = sent ? status : 499;
    const char *reason = NULL;
    if (!sent)
        reason = "canceled";
    else if (request->fault.code != GW_FAULT_NONE)
        reason = gw_fault_reason(request->fault.code);
    else if (status >= 400)
        reason = reason_of_status(status);
    /* `end` comes last: it unpins the account, which may be freed at once. */
    if (request->account != NULL) {
        struct gw_outcome outcome = {.api = request->route.api,
                                     .code = code,
                                     .reason = reason,
                                     .duration_ns = request->edge_ns - exchange->start_ns,
                                     .span_ns = request->span_ns};
        gw_account_count(request->account, worker->index, &outcome);
        log_request(worker, exchange, &outcome);
        gw_account_end(request->account, worker->index);
    }
    exchange->user = NULL;
    request->next = worker->spare;
    worker->spare = request;
}
