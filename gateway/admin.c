/* SPDX-License-Identifier: MIT
 * Admin and repository calls, on the admin listener (and the data listener where
 * compat.control_on_data_port says so): two spellings of the same commands. A command
 * goes to the registry thread, which loads, verifies and swaps; the exchange is suspended
 * meanwhile and answered with the outcome, so that whoever asked knows what serves when
 * the answer is there. */
#include "gateway/admin.h"
#include "gateway/answer.h"
#include "gateway/worker.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* How a V2 client is told: those of Triton look for these words. */
static const char *failed_to(const struct gw_route *route)
{
    if (route->kind != GW_ROUTE_V2_COMMAND)
        return "";
    return route->action == REG_LOAD ? "failed to load: " : "failed to unload: ";
}

/* Who frees a command: the second of the two to be done with it. */
enum { WAITING, FINISHED, ABANDONED };

struct gw_admin_pending {
    struct reg_command command;
    struct gw_exchange *exchange;
    _Atomic int state;
};

/* Clients of the data listener name it as they like; a page of another origin may reach
 * neither. */
static int guard(const struct gw_worker *worker, struct gw_exchange *exchange)
{
    struct gw_request *request = exchange->user;
    const char *host = gw_exchange_header(exchange, "host");
    const char *origin = gw_exchange_header(exchange, "origin");
    if (worker->listener == GW_DATA)
        return gw_admin_origin(host, origin, &request->fault);
    return gw_admin_guard(host, origin, &request->fault);
}

static int answer_list(struct gw_exchange *exchange)
{
    struct gw_request *request = exchange->user;
    if (exchange->out.failed)
        return gw_fault_set(&request->fault, GW_FAULT_NO_MEMORY,
                            "The listing does not fit in memory");
    gw_exchange_set(exchange, "Cache-Control", "no-store");
    gw_exchange_answer(exchange, 200, "application/json");
    return 0;
}

int gw_admin_get(struct gw_worker *worker, struct gw_exchange *exchange)
{
    struct gw_request *request = exchange->user;
    const struct gw_route *route = &request->route;
    if (guard(worker, exchange) != 0)
        return -1;
    const struct reg_snapshot *snapshot = reg_read(worker->server->registry);
    if (route->kind == GW_ROUTE_ADMIN_MODELS) {
        gw_admin_put_models(snapshot, &exchange->out);
        return answer_list(exchange);
    }
    const struct reg_entry *entry =
        reg_find(snapshot, route->model, strlen(route->model));
    if (entry == NULL)
        return gw_fault_set(&request->fault, GW_FAULT_UNKNOWN_MODEL,
                            "There is no model %s in the registry", route->model);
    gw_admin_put_model(entry, &exchange->out);
    return answer_list(exchange);
}

int gw_admin_index(struct gw_worker *worker, struct gw_exchange *exchange)
{
    struct gw_request *request = exchange->user;
    int ready = 0;
    if (gw_admin_read_index(exchange->body, exchange->body_size, &ready,
                            &request->fault) != 0)
        return -1;
    gw_admin_put_index(reg_read(worker->server->registry), ready, &exchange->out);
    return answer_list(exchange);
}

/* A body must say that it is JSON: a form in a web page cannot, so that no page makes a
 * browser send a command. Published V2 clients say nothing or call it a form; there the
 * Origin, which browsers send with every such request, must do. */
static int check_type(const struct gw_exchange *exchange, struct gw_fault *fault)
{
    static const char json[] = "application/json";
    const char *type = gw_exchange_header(exchange, "content-type");
    if (exchange->content_length == 0)
        return 0;
    if (type != NULL && strncasecmp(type, json, sizeof json - 1) == 0 &&
        strchr("; \t", type[sizeof json - 1]) != NULL)
        return 0;
    return gw_fault_set(fault, GW_FAULT_BAD_HEADER,
                        "A command with a body needs Content-Type: application/json");
}

int gw_admin_head(struct gw_worker *worker, struct gw_exchange *exchange)
{
    struct gw_request *request = exchange->user;
    if (guard(worker, exchange) != 0)
        return -1;
    return request->route.kind == GW_ROUTE_ADMIN_COMMAND
               ? check_type(exchange, &request->fault)
               : 0;
}

/* On the registry thread. */
static void command_done(struct reg_command *command)
{
    struct gw_admin_pending *pending = command->user;
    struct gw_exchange *exchange = pending->exchange;
    if (atomic_exchange(&pending->state, FINISHED) == ABANDONED)
        free(pending);
    else
        gw_exchange_resume(exchange);
}

void gw_admin_abandon(struct gw_request *request)
{
    struct gw_admin_pending *pending = request->pending;
    request->pending = NULL;
    if (pending != NULL && atomic_exchange(&pending->state, ABANDONED) == FINISHED)
        free(pending);
}

/* The version a command is about: of the body, or of the path. */
static int read_body(const struct gw_request *request, const struct gw_exchange *exchange,
                     struct gw_admin_body *out, struct gw_fault *fault)
{
    const struct gw_route *route = &request->route;
    out->version = route->version;
    if (route->kind == GW_ROUTE_V2_COMMAND)
        return gw_admin_read_v2(route->action, route->model, exchange->body,
                                exchange->body_size, fault);
    return gw_admin_read(route->action, exchange->body, exchange->body_size, out, fault);
}

int gw_admin_command(struct gw_worker *worker, struct gw_exchange *exchange)
{
    struct gw_request *request = exchange->user;
    const struct gw_route *route = &request->route;
    struct gw_admin_body body;
    const size_t size = strlen(route->model);
    if (read_body(request, exchange, &body, &request->fault) != 0)
        return -1;
    if (size > REG_NAME_MAX)
        return gw_fault_set(&request->fault, GW_FAULT_UNKNOWN_MODEL,
                            "%sThere is no model %s in the registry", failed_to(route),
                            route->model);
    struct gw_admin_pending *pending = calloc(1, sizeof *pending);
    if (pending == NULL)
        return gw_fault_set(&request->fault, GW_FAULT_NO_MEMORY, "Out of memory");
    pending->exchange = exchange;
    pending->command.action = route->action;
    memcpy(pending->command.model, route->model, size + 1);
    pending->command.version = body.version;
    pending->command.done = command_done;
    pending->command.user = pending;
    request->pending = pending;
    /* Suspended first: the outcome may be there before reg_submit returns. */
    gw_exchange_suspend(exchange);
    reg_submit(worker->server->registry, &pending->command);
    return 0;
}

static enum gw_fault_code code_of(roost_status status, enum gw_api api)
{
    if (status == ROOST_MISSING)
        return GW_FAULT_NOT_FOUND;
    if (status == ROOST_CONFLICT)
        return GW_FAULT_CONFLICT;
    if (status == ROOST_NOMEM)
        return GW_FAULT_NO_MEMORY;
    return api == GW_API_V2 ? GW_FAULT_LOAD_REFUSED : GW_FAULT_LOAD_FAILED;
}

static void explain(const struct gw_route *route, const struct reg_command *command,
                    struct gw_fault *fault)
{
    const struct roost_error *err = &command->error;
    const char *text =
        err->text[0] != '\0' ? err->text : roost_status_text(command->status);
    enum gw_fault_code code = code_of(command->status, route->api);
    const char *lead = failed_to(route);
    /* The model's name says nothing that the text does not. */
    if (err->where[0] == '\0' || strcmp(err->where, command->model) == 0)
        gw_fault_set(fault, code, "%s%s", lead, text);
    else if (err->line == 0)
        gw_fault_set(fault, code, "%s%s: %s", lead, err->where, text);
    else
        gw_fault_set(fault, code, "%s%s:%u:%u: %s", lead, err->where, (unsigned)err->line,
                     (unsigned)err->column, text);
}

static const char *action_name(enum reg_action action)
{
    switch (action) {
    case REG_PROMOTE:
        return "promote";
    case REG_ROLLBACK:
        return "rollback";
    case REG_LOAD:
        return "load";
    case REG_UNLOAD:
        return "unload";
    }
    return "";
}

/* {"name": "ctr", "version": 8, "action": "promote"}; null when nothing serves now. */
static int put_outcome(const struct reg_command *command, struct eng_buf *out)
{
    /* A registry name holds nothing that JSON escapes. */
    (void)eng_buf_format(out, "{\"name\":\"%s\",\"version\":", command->model);
    if (command->now >= 0)
        (void)eng_buf_format(out, "%lld", (long long)command->now);
    else
        (void)eng_buf_text(out, "null");
    (void)eng_buf_format(out, ",\"action\":\"%s\"}", action_name(command->action));
    return out->failed ? -1 : 0;
}

void gw_admin_resumed(struct gw_worker *worker, struct gw_exchange *exchange)
{
    struct gw_request *request = exchange->user;
    if (request == NULL || request->pending == NULL)
        return;
    const struct reg_command *command = &request->pending->command;
    GW_LOG(worker->server->log, command->status == ROOST_OK ? GW_INFO : GW_WARNING,
           "admin", action_name(command->action),
           gw_text("request_id", exchange->request_id), gw_text("model", command->model),
           gw_number("version", command->version), gw_number("now", command->now),
           gw_text("result", roost_status_name(command->status)),
           gw_text("reason", command->error.text));
    if (command->status != ROOST_OK)
        explain(&request->route, command, &request->fault);
    else if (request->route.kind == GW_ROUTE_ADMIN_COMMAND &&
             put_outcome(command, &exchange->out) != 0)
        gw_fault_set(&request->fault, GW_FAULT_NO_MEMORY,
                     "The command is carried out; there is no memory for its answer");
    gw_admin_abandon(request);
    if (request->fault.code != GW_FAULT_NONE)
        gw_answer_fault(exchange, &request->fault, worker->listener);
    else
        gw_exchange_answer(exchange, 200, "application/json");
}
