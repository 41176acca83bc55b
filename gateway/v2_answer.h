/* SPDX-License-Identifier: MIT
 * v2_answer.h - the calls of the Open Inference Protocol that need no body.
 * Threads  The worker's; its reader is online. Memory  Appends to the exchange's buffer.
 * Errors   -1 with *fault; nothing was answered then. */
#ifndef ROOST_GATEWAY_V2_ANSWER_H
#define ROOST_GATEWAY_V2_ANSWER_H
#include "gateway/http.h"
#include "gateway/route.h"

struct gw_server;

int gw_v2_answer(struct gw_server *server, const struct gw_route *route,
                 struct gw_exchange *exchange, struct gw_fault *fault);

#endif
