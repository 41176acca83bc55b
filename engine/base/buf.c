/* SPDX-License-Identifier: MIT
 * buf.c - growing bytes: answers, log lines and generated texts are put together here.
 * Every buffer knows its maximum from the start; one that reached it stays failed, so
 * that a writer may put many pieces and look once at the end. */
#include "engine/base/buf.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUF_FIRST = 256 };

void eng_buf_init(struct eng_buf *buf, size_t max)
{
    memset(buf, 0, sizeof *buf);
    buf->max = max;
}

void eng_buf_clear(struct eng_buf *buf)
{
    free(buf->at);
    eng_buf_init(buf, buf->max);
}

void eng_buf_reset(struct eng_buf *buf)
{
    buf->size = 0;
    buf->failed = 0;
    if (buf->at)
        buf->at[0] = '\0';
}

/* Invariant: at != NULL means size < room, which leaves a byte for the NUL. */
int eng_buf_reserve(struct eng_buf *buf, size_t more)
{
    if (buf->failed || more > buf->max - buf->size) {
        buf->failed = 1;
        return -1;
    }
    size_t need = buf->size + more + 1;
    if (need <= buf->room)
        return 0;
    size_t room = buf->room ? buf->room : BUF_FIRST;
    while (room < need && room <= SIZE_MAX / 2)
        room *= 2;
    if (room > buf->max + 1 && buf->max < SIZE_MAX)
        room = buf->max + 1;
    char *at = need <= room ? realloc(buf->at, room) : NULL;
    if (!at) {
        buf->failed = 1;
        return -1;
    }
    buf->at = at;
    buf->room = room;
    buf->at[buf->size] = '\0';
    return 0;
}

int eng_buf_put(struct eng_buf *buf, const void *data, size_t size)
{
    if (eng_buf_reserve(buf, size) != 0)
        return -1;
    if (size)
        memcpy(buf->at + buf->size, data, size);
    buf->size += size;
    buf->at[buf->size] = '\0';
    return 0;
}

int eng_buf_text(struct eng_buf *buf, const char *text)
{
    return eng_buf_put(buf, text, strlen(text));
}

int eng_buf_format(struct eng_buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int size = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (size < 0 || eng_buf_reserve(buf, (size_t)size) != 0) {
        buf->failed = 1;
        return -1;
    }
    va_start(args, format);
    vsnprintf(buf->at + buf->size, (size_t)size + 1, format, args);
    va_end(args);
    buf->size += (size_t)size;
    return 0;
}

char *eng_buf_take(struct eng_buf *buf, size_t *size)
{
    char *at = buf->at;
    if (size)
        *size = buf->size;
    eng_buf_init(buf, buf->max);
    return at;
}
