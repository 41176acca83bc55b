/* SPDX-License-Identifier: MIT
 * UTF-8 and JSON strings, as written. Used by errors.c and encode_tfs.c for everything
 * that a client may have chosen (feature names, request ids), and by the JSON decoder to
 * check what comes in. Nothing here trusts its input. */
#include "gateway/text.h"
#include <stdint.h>

static int continues(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* The second byte's range depends on the first (Unicode 15, table 3-7): that is what
 * keeps overlong forms, surrogates and values above U+10FFFF out. */
static int second_ok(unsigned char first, unsigned char second)
{
    unsigned char low = 0x80, high = 0xBF;
    if (first == 0xE0)
        low = 0xA0;
    else if (first == 0xED)
        high = 0x9F;
    else if (first == 0xF0)
        low = 0x90;
    else if (first == 0xF4)
        high = 0x8F;
    return second >= low && second <= high;
}

size_t gw_utf8_char(const char *text, size_t size)
{
    const unsigned char *at = (const unsigned char *)text;
    if (size == 0)
        return 0;
    if (at[0] < 0x80)
        return 1;
    size_t need = at[0] >= 0xF0 ? 4 : at[0] >= 0xE0 ? 3 : 2;
    if (at[0] < 0xC2 || at[0] > 0xF4 || size < need || !second_ok(at[0], at[1]))
        return 0;
    for (size_t i = 2; i < need; i++)
        if (!continues(at[i]))
            return 0;
    return need;
}

size_t gw_utf8_cut(const char *text, size_t size)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t start = size;
    /* At most three bytes can belong to a character whose end is missing. */
    while (start > 0 && size - start < 3 && continues(at[start - 1]))
        start--;
    if (start == 0 || at[start - 1] < 0xC0)
        return size;
    start--;
    return gw_utf8_char(text + start, size - start) > 0 ? size : start;
}

/* The two-character escape of a byte, or 0 when it has none. */
static char escape_of(unsigned char byte)
{
    switch (byte) {
    case '"':
        return '"';
    case '\\':
        return '\\';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return 0;
    }
}

static int put_escaped(struct eng_buf *out, unsigned char byte)
{
    char letter = escape_of(byte);
    if (letter != 0) {
        char pair[2] = {'\\', letter};
        return eng_buf_put(out, pair, sizeof pair);
    }
    return eng_buf_format(out, "\\u%04x", (unsigned)byte);
}

/* Control characters never stand raw, those from U+0080 to U+009F included: what is
 * written here is read on terminals, and some take U+009B for the start of a command. */
static int is_control(const char *at, size_t length)
{
    unsigned char byte = (unsigned char)at[0];
    return byte < 0x20 || byte == 0x7F ||
           (length == 2 && byte == 0xC2 && (unsigned char)at[1] < 0xA0);
}

int gw_text_json(struct eng_buf *out, const char *text, size_t size)
{
    if (eng_buf_put(out, "\"", 1) != 0)
        return -1;
    size_t from = 0, i = 0;
    while (i < size) {
        unsigned char byte = (unsigned char)text[i];
        size_t length = gw_utf8_char(text + i, size - i);
        int control = is_control(text + i, length);
        if (length > 0 && !control && byte != '"' && byte != '\\') {
            i += length;
            continue;
        }
        if (eng_buf_put(out, text + from, i - from) != 0)
            return -1;
        /* The second byte of a control character of two is its number. */
        int failed = length == 0 ? eng_buf_text(out, "\xEF\xBF\xBD")
                                 : put_escaped(out, (unsigned char)text[i + length - 1]);
        if (failed != 0)
            return -1;
        i += length > 0 ? length : 1;
        from = i;
    }
    if (eng_buf_put(out, text + from, size - from) != 0)
        return -1;
    return eng_buf_put(out, "\"", 1);
}
