/* SPDX-License-Identifier: MIT
 * status_tfs.h - GET /v1/models, /v1/models/M[/metadata] and /v2/models: what serves, as
 * TensorFlow Serving (and, of the list, KServe) says. Threads  The worker's; its reader
 * is online. Memory   Appends to the exchange's buffer. Errors   -1 with *fault; nothing
 * was answered then. */
#ifndef ROOST_GATEWAY_STATUS_TFS_H
#define ROOST_GATEWAY_STATUS_TFS_H
#include "gateway/http.h"
#include "gateway/route.h"

int gw_status_tfs(const struct reg_registry *registry, const struct gw_route *route,
                  struct gw_exchange *exchange, struct gw_fault *fault);

#endif
