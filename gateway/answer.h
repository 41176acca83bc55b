/* SPDX-License-Identifier: MIT
 * answer.h - a fault as an answer, the same for every route.
 * Threads  The exchange's. Memory  Fills the exchange's buffer. Errors  None. */
#ifndef ROOST_GATEWAY_ANSWER_H
#define ROOST_GATEWAY_ANSWER_H
#include "gateway/http.h"
#include "gateway/route.h"

/* Body, type, Allow and Retry-After. What was in the buffer is dropped. */
void gw_answer_fault(struct gw_exchange *exchange, const struct gw_fault *fault,
                     enum gw_listener_id listener);

#endif
