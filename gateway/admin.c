/* SPDX-License-Identifier: MIT
 * Admin calls, on the admin listener alone. A command goes to the registry thread, which
 * loads, verifies and swaps; the exchange is suspended meanwhile and answered with the
 * outcome, so that whoever asked knows what serves when the answer is there. */
#include "gateway/admin.h"
#include "gateway/answer.h"
#include "gateway/worker.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Who frees a command: the second of the two to be done with it. */
enum { WAITING, FINISHED, ABANDONED };

struct gw_admin_pending {
    struct reg_command command;
    struct gw_exchange *exchange;
    _Atomic int state;
};

static void refuse(struct gw_worker *worker, struct gw_exchange *exchange)
{
    struct gw_request *request = exchange->user;
    request->answered = 1;
    gw_answer_fault(exchange, &request->fault, worker->listener);
}

static int guard(struct gw_exchange *exchange, struct gw_fault *fault)
{
    return gw_admin_guard(gw_exchange_header(exchange, "host"),
                          gw_exchange_header(exchange, "origin"), fault);
}

void gw_admin_get(struct gw_worker *worker, struct gw_exchange *exchange)
{
    struct gw_request *request = exchange->user;
    const struct gw_route *route = &request->route;
    if (guard(exchange, &request->fault) != 0) {
        refuse(worker, exchange);
        return;
    }
    const struct reg_snapshot *snapshot = reg_read(worker->server->registry);
    if (route->kind == GW_ROUTE_ADMIN_MODELS) {
        gw_admin_put_models(snapshot, &exchange->out);
    } else {
        const struct reg_entry *entry =
            reg_find(snapshot, route->model, strlen(route->model));
        if (entry == NULL)
            gw_fault_set(&request->fault, GW_FAULT_UNKNOWN_MODEL,
                         "There is no model %s in the registry", route->model);
        else
            gw_admin_put_model(entry, &exchange->out);
    }
    if (exchange->out.failed)
        gw_fault_set(&request->fault, GW_FAULT_NO_MEMORY,
                     "The listing does not fit in memory");
    if (request->fault.code != GW_FAULT_NONE) {
        refuse(worker, exchange);
        return;
    }
    gw_exchange_set(exchange, "Cache-Control", "no-store");
    gw_exchange_answer(exchange, 200, "application/json");
}

/* A body must say that it is JSON: a form in a web page cannot, so that no page makes a
 * browser send a command. */
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
    if (guard(exchange, &request->fault) == 0 &&
        check_type(exchange, &request->fault) == 0)
        return 0;
    refuse(worker, exchange);
    return -1;
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

void gw_admin_command(struct gw_worker *worker, struct gw_exchange *exchange)
{
    struct gw_request *request = exchange->user;
    struct gw_admin_body body = {.version = -1};
    const size_t size = strlen(request->route.model);
    struct gw_admin_pending *pending = NULL;
    if (size > REG_NAME_MAX)
        gw_fault_set(&request->fault, GW_FAULT_UNKNOWN_MODEL,
                     "There is no model %s in the registry", request->route.model);
    else if (gw_admin_read(request->route.action, exchange->body, exchange->body_size,
                           &body, &request->fault) == 0) {
        pending = calloc(1, sizeof *pending);
        if (pending == NULL)
            gw_fault_set(&request->fault, GW_FAULT_NO_MEMORY, "Out of memory");
    }
    if (pending == NULL) {
        refuse(worker, exchange);
        return;
    }
    pending->exchange = exchange;
    pending->command.action = request->route.action;
    memcpy(pending->command.model, request->route.model, size + 1);
    pending->command.version = body.version;
    pending->command.done = command_done;
    pending->command.user = pending;
    request->pending = pending;
    request->answered = 1;
    /* Suspended first: the outcome may be there before reg_submit returns. */
    gw_exchange_suspend(exchange);
    reg_submit(worker->server->registry, &pending->command);
}

static void explain(const struct reg_command *command, struct gw_fault *fault)
{
    const struct roost_error *err = &command->error;
    const char *text =
        err->text[0] != '\0' ? err->text : roost_status_text(command->status);
    enum gw_fault_code code = GW_FAULT_LOAD_FAILED;
    if (command->status == ROOST_MISSING)
        code = GW_FAULT_NOT_FOUND;
    else if (command->status == ROOST_CONFLICT)
        code = GW_FAULT_CONFLICT;
    else if (command->status == ROOST_NOMEM)
        code = GW_FAULT_NO_MEMORY;
    /* The model's name says nothing that the text does not. */
    if (err->where[0] == '\0' || strcmp(err->where, command->model) == 0)
        gw_fault_set(fault, code, "%s", text);
    else if (err->line == 0)
        gw_fault_set(fault, code, "%s: %s", err->where, text);
    else
        gw_fault_set(fault, code, "%s:%u:%u: %s", err->where, (unsigned)err->line,
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
static void put_outcome(const struct reg_command *command, struct eng_buf *out)
{
    /* A registry name holds nothing that JSON escapes. */
    (void)eng_buf_format(out, "{\"name\":\"%s\",\"version\":", command->model);
    if (command->now >= 0)
        (void)eng_buf_format(out, "%lld", (long long)command->now);
    else
        (void)eng_buf_text(out, "null");
    (void)eng_buf_format(out, ",\"action\":\"%s\"}", action_name(command->action));
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
        explain(command, &request->fault);
    else
        put_outcome(command, &exchange->out);
    gw_admin_abandon(request);
    if (request->fault.code != GW_FAULT_NONE)
        refuse(worker, exchange);
    else
        gw_exchange_answer(exchange, 200, "application/json");
}
