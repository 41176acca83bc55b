/* SPDX-License-Identifier: MIT
 * text.h - UTF-8 checked and JSON strings written: what decoding, encoding and errors
 * share. Threads  Pure functions. Memory  Appends to the caller's buffer. Errors   -1
 * when the buffer is at its maximum or memory is out. */
#ifndef ROOST_GATEWAY_TEXT_H
#define ROOST_GATEWAY_TEXT_H
#include "engine/base/buf.h"
#include <stddef.h>

/* Bytes (1 to 4) of the well-formed UTF-8 character at text[0..size), or 0 when none
 * stands there: overlong forms, surrogates and values above U+10FFFF are not well-formed.
 */
size_t gw_utf8_char(const char *text, size_t size);

/* The largest length <= size at which text[0..size) can be cut without splitting the
 * character at its end. */
size_t gw_utf8_cut(const char *text, size_t size);

/* Append a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD, so that
 * the answer is valid JSON whatever the client sent; control characters, those above
 * U+007F included, are escaped. */
int gw_text_json(struct eng_buf *out, const char *text, size_t size);

#endif
