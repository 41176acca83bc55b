/* SPDX-License-Identifier: MIT
 * buf.h - a growing array of bytes with a maximum given at init.
 * Threads  A buffer serves one thread.
 * Memory   `_init` pairs with `_clear`; eng_buf_take hands the bytes to the caller.
 * Errors   0, or -1 when the maximum is reached or memory is out; nothing is added then
 *          and the buffer remembers it in `failed` until reset. */
#ifndef ROOST_BASE_BUF_H
#define ROOST_BASE_BUF_H
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct eng_buf {
    char *at; /* NUL follows the last byte once anything was put */
    size_t size;
    size_t room;
    size_t max;
    int failed;
};

void eng_buf_init(struct eng_buf *buf, size_t max);
void eng_buf_clear(struct eng_buf *buf);
void eng_buf_reset(struct eng_buf *buf); /* size 0, memory kept */
int eng_buf_reserve(struct eng_buf *buf, size_t more);
int eng_buf_put(struct eng_buf *buf, const void *data, size_t size);
int eng_buf_text(struct eng_buf *buf, const char *text);
int eng_buf_format(struct eng_buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The bytes, malloc'ed (the buffer is empty after); NULL when it holds none. */
char *eng_buf_take(struct eng_buf *buf, size_t *size);

#endif
