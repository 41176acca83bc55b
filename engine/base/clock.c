/* SPDX-License-Identifier: MIT
 * clock.c - reads CLOCK_MONOTONIC for whoever stamps the edges of a request's stages.
 * Nothing in the scoring path calls it but roost_score_timed. */
#include "engine/base/clock.h"
#include <time.h>

uint64_t eng_clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
