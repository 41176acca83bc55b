/* SPDX-License-Identifier: MIT
 * error.c - fills the caller's struct roost_error, for every room that reports one. The
 * texts reach people through logs, the terminal and JSON, so that a cut never leaves half
 * a character behind. */
#include "engine/base/error.h"
#include "engine/base/utf8.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Drop the start of a UTF-8 character that the cut at `size` - 1 bytes has split. */
static void trim_partial(char *text, size_t size)
{
    size_t length = strlen(text);
    if (length + 1 < size)
        return;
    size_t lead = length;
    while (lead && length - lead < 4 && ((unsigned char)text[lead - 1] & 0xc0) == 0x80)
        lead--;
    if (lead == 0)
        return;
    unsigned char first = (unsigned char)text[lead - 1];
    size_t want = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
    if (length - lead + 1 < want)
        text[lead - 1] = '\0';
}

/* What a caller's "%.60s" has split, and bytes of files that are no text: '?' each. */
static void make_utf8(char *text)
{
    const char *at = text, *end = text + strlen(text);
    while (at < end) {
        char *from = text + (at - text);
        uint32_t code = eng_utf8_next(&at, end);
        if (code == 0xfffd && strncmp(from, "\xEF\xBF\xBD", 3) != 0)
            memset(from, '?', (size_t)(at - from));
    }
}

void eng_error_clear(struct roost_error *err)
{
    if (err)
        memset(err, 0, sizeof *err);
}

roost_status(eng_fail)(struct roost_error *err, roost_status status, const char *where,
                       uint64_t at, const char *format, ...)
{
    if (!err)
        return status;
    /* The arguments may point into err itself, when a caller wraps a message. */
    char text[sizeof err->text];
    char place[sizeof err->where];
    va_list args;
    va_start(args, format);
    int size = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (size < 0)
        text[0] = '\0';
    trim_partial(text, sizeof text);
    make_utf8(text);
    if (where) {
        snprintf(place, sizeof place, "%s", where);
        trim_partial(place, sizeof place);
        make_utf8(place);
        memcpy(err->where, place, sizeof place);
        err->line = 0;
        err->column = 0;
    }
    memcpy(err->text, text, sizeof text);
    err->status = status;
    err->at = at;
    return status;
}
