/* SPDX-License-Identifier: MIT
 * number_read.h - the exact half of reading a double, for the rare hard cases.
 * Threads  Pure functions. Memory  A few kilobytes of stack. Errors  None. */
#ifndef ROOST_GATEWAY_NUMBER_READ_H
#define ROOST_GATEWAY_NUMBER_READ_H
#include <stddef.h>
#include <stdint.h>

/* The bits of the positive double nearest to the scanned text (ties to even), compared in
 * whole numbers. text: a number of RFC 8259's grammar, in value between 1e-362 and 1e328;
 * low: bits of a double not above it and at most a few steps below. */
uint64_t gw_number_exact(const char *text, size_t size, uint64_t low);

#endif
