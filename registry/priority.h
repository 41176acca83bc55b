/* SPDX-License-Identifier: MIT
 * priority.h - loads that nobody waits for run when nothing else wants to, but not never.
 * Threads  Of the registry thread only; plain zeros do nothing, for other threads.
 * Memory   Plain data.
 * Errors   None: all is best effort. */
#ifndef ROOST_REGISTRY_PRIORITY_H
#define ROOST_REGISTRY_PRIORITY_H
#include <stdint.h>

struct reg_priority {
    int can_return; /* this process may leave idle priority again */
    int urgent;     /* an admin waits for what is done now: stay as any other thread */
    int low;        /* at idle priority just now */
    uint64_t wall_ns, cpu_ns; /* when it went there */
};

void reg_priority_init(struct reg_priority *priority);
void reg_priority_low(struct reg_priority *priority);
/* Between the steps of a load: go on as any other thread when others have taken nearly
 * all time for a while, or when `wanted`. */
void reg_priority_check(struct reg_priority *priority, int wanted);
void reg_priority_normal(struct reg_priority *priority);

#endif
