/* SPDX-License-Identifier: MIT
 * admit.h - may this request in: the model it names, and the time it has left.
 * Threads  Pure functions; the clock and the snapshot are passed in.
 * Memory   None. What gw_admit_find gives is valid as long as the snapshot.
 * Errors   -1 with *fault: UNKNOWN_MODEL, UNKNOWN_VERSION, UNKNOWN_LABEL, NOT_READY,
 *          BAD_HEADER, DEADLINE. */
#ifndef ROOST_GATEWAY_ADMIT_H
#define ROOST_GATEWAY_ADMIT_H
#include "gateway/http.h"
#include "gateway/route.h"

enum { GW_DEADLINE_CAP_MS = 30000 }; /* of a request that brings none of its own */

/* The serving a route means. *entry is the model's, NULL when nobody knows the name. */
const struct reg_serving *gw_admit_find(const struct reg_snapshot *snapshot,
                                        const struct gw_route *route,
                                        const struct reg_entry **entry,
                                        struct gw_fault *fault);

/* The version a label stands for at an entry, checked; -1 with *fault. */
int64_t gw_admit_label(const struct reg_entry *entry, const char *label,
                       struct gw_fault *fault);

/* When the request must be answered, from two header values (NULL: absent) and its
 * start: the smallest of those present and the cap. 0 with *fault when one is malformed.
 */
uint64_t gw_admit_deadline(const char *timeout_ms, const char *envoy_ms,
                           uint64_t start_ns, struct gw_fault *fault);

/* 0 while there is time left. */
int gw_admit_in_time(uint64_t deadline_ns, uint64_t now_ns, struct gw_fault *fault);

#endif
