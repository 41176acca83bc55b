/* SPDX-License-Identifier: MIT
 * The end of a request that failed: errors.c gives status and body, here the headers that
 * belong to them are added. Called by request.c, admin.c and status_tfs.c alike, so that
 * a client meets one shape of error whatever it asked for. */
#include "gateway/answer.h"
#include <string.h>

/* Clients of the two APIs expect plain JSON, wherever their calls came in. */
static const char *media_type(const struct gw_exchange *exchange,
                              enum gw_listener_id listener)
{
    const char *accept = gw_exchange_header(exchange, "accept");
    int v2 = exchange->path_size >= 3 && memcmp(exchange->path, "/v2", 3) == 0;
    int problem = (listener == GW_ADMIN && !v2) ||
                  (accept != NULL && strstr(accept, "application/problem+json") != NULL);
    return problem ? "application/problem+json" : "application/json";
}

void gw_answer_fault(struct gw_exchange *exchange, const struct gw_fault *fault,
                     enum gw_listener_id listener)
{
    int status = gw_fault_http(fault->code);
    eng_buf_reset(&exchange->out);
    /* Without memory for a body the status alone is the answer. */
    if (gw_fault_body(fault, exchange->request_id, &exchange->out) != 0)
        eng_buf_reset(&exchange->out);
    if (status == 405)
        gw_exchange_set(exchange, "Allow", fault->allow_get ? "GET, HEAD" : "POST");
    if (status == 503)
        gw_exchange_set(exchange, "Retry-After", "1");
    if (fault->code == GW_FAULT_DRAINING)
        gw_exchange_set(exchange, "Connection", "close");
    gw_exchange_answer(exchange, status, media_type(exchange, listener));
}
