/* SPDX-License-Identifier: MIT
 * The registry thread's share of the processors. Before: load.c begins a load that the
 * watcher found. After: it takes what the workers leave. On a machine that is always busy
 * that is a few milliseconds a second, while a new version is to serve within one; so a
 * load that starves goes on at normal priority, as do the loads that an admin waits for.
 * Going back up takes CAP_SYS_NICE or a high enough RLIMIT_NICE. A process without them
 * would be stuck at idle priority, and is nice instead. */
#include "registry/priority.h"

#include "engine/base/clock.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { NICE = 10 };
static const uint64_t STARVED_NS = 50000000;

/* On Linux a policy and a nice value belong to a thread; 0 means the calling one. */
static int set_policy(int policy)
{
    struct sched_param param = {.sched_priority = 0};
    return sched_setscheduler(0, policy, &param);
}

/* The way back is tried out on a thread that can afford to be stuck. */
static void *try_return(void *result)
{
    *(int *)result = set_policy(SCHED_IDLE) == 0 && set_policy(SCHED_OTHER) == 0;
    return NULL;
}

void reg_priority_init(struct reg_priority *priority)
{
    pthread_t probe;
    if (pthread_create(&probe, NULL, try_return, &priority->can_return) == 0) {
        pthread_join(probe, NULL);
    }
    if (!priority->can_return) {
        (void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICE);
    }
}

static uint64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void reg_priority_low(struct reg_priority *priority)
{
    if (priority->can_return && !priority->urgent && set_policy(SCHED_IDLE) == 0) {
        priority->low = 1;
        priority->wall_ns = eng_clock_ns();
        priority->cpu_ns = cpu_ns();
    }
}

void reg_priority_check(struct reg_priority *priority, int wanted)
{
    if (!priority->low) {
        return;
    }
    uint64_t wall = eng_clock_ns() - priority->wall_ns;
    if (wanted || (wall > STARVED_NS && cpu_ns() - priority->cpu_ns < wall / 4)) {
        reg_priority_normal(priority);
    }
}

void reg_priority_normal(struct reg_priority *priority)
{
    if (priority->low) {
        (void)set_policy(SCHED_OTHER);
        priority->low = 0;
    }
}
