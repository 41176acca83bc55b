/* SPDX-License-Identifier: MIT
 * utf8.h - one code point after another out of text that may not be UTF-8.
 * Threads  Pure functions.
 * Memory   None held.
 * Errors   None: each maximal part of a broken sequence reads as U+FFFD (Unicode 3.9). */
#ifndef ROOST_BASE_UTF8_H
#define ROOST_BASE_UTF8_H
#include <stdint.h>

/* The code point at *at, which moves behind it. Needs *at < end. */
uint32_t eng_utf8_next(const char **at, const char *end);

/* How many bytes of the text to show when `max` are allowed: no character is cut in two.
 */
uint32_t eng_utf8_cut(const char *text, uint32_t size, uint32_t max);

#endif
