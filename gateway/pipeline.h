/* SPDX-License-Identifier: MIT
 * pipeline.h - decode, transform, score, encode: a body that is in, to its answer.
 * Threads  The worker's; its reader is online.
 * Memory   The worker's arena, reset at the start of each run. No heap.
 * Errors   -1 with the request's fault filled. */
#ifndef ROOST_GATEWAY_PIPELINE_H
#define ROOST_GATEWAY_PIPELINE_H
#include "gateway/http.h"
#include "gateway/metrics.h"
#include "gateway/request.h"

/* Answers the exchange, or leaves that to the caller and returns -1. */
int gw_pipeline_run(struct gw_worker *worker, struct gw_exchange *exchange);

/* The account a serving counts under. */
struct gw_account *gw_pipeline_account(const struct gw_worker *worker,
                                       const struct reg_serving *serving);

/* A stage ends now: its span grows by the time since the last edge. */
void gw_pipeline_edge(struct gw_request *request, enum gw_stage stage);

#endif
