/* SPDX-License-Identifier: MIT
 * health.h - /livez, /readyz, /startupz, /healthz: does the process live, may it get
 * work. Threads  Any worker; reads two atomics of the server. Memory   Appends to the
 * exchange's buffer. Errors   None: the answer is the state. */
#ifndef ROOST_GATEWAY_HEALTH_H
#define ROOST_GATEWAY_HEALTH_H
#include "gateway/http.h"
#include "gateway/route.h"

struct gw_server;

void gw_health_answer(struct gw_server *server, enum gw_kind kind,
                      struct gw_exchange *exchange);

#endif
