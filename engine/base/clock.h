/* SPDX-License-Identifier: MIT
 * clock.h - the one monotonic clock. A read costs about 25 ns: callers stamp edges.
 * Threads  Any. Memory  None. Errors  None. */
#ifndef ROOST_BASE_CLOCK_H
#define ROOST_BASE_CLOCK_H
#include <stdint.h>

uint64_t eng_clock_ns(void); /* CLOCK_MONOTONIC */

#endif
