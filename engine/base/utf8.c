/* SPDX-License-Identifier: MIT
 * utf8.c - decodes UTF-8 strictly: no overlong forms, no surrogates, nothing above
 * U+10FFFF. Feature names pass here on their way to an id (api.c). */
#include "engine/base/utf8.h"

enum { BROKEN = 0xfffd };

/* A lead byte fixes how many bytes follow, and the range of the first of them; the others
 * are 80..BF (Unicode 15, table 3-7). */
static uint32_t lead(uint8_t first, uint32_t *follow, uint8_t *low, uint8_t *high)
{
    *low = 0x80;
    *high = 0xbf;
    if (first < 0xc2 || first > 0xf4)
        return BROKEN;
    if (first < 0xe0) {
        *follow = 1;
        return first & 0x1fu;
    }
    if (first < 0xf0) {
        *follow = 2;
        *low = first == 0xe0 ? 0xa0 : 0x80;
        *high = first == 0xed ? 0x9f : 0xbf;
        return first & 0x0fu;
    }
    *follow = 3;
    *low = first == 0xf0 ? 0x90 : 0x80;
    *high = first == 0xf4 ? 0x8f : 0xbf;
    return first & 0x07u;
}

uint32_t eng_utf8_next(const char **at, const char *end)
{
    const uint8_t *byte = (const uint8_t *)*at;
    const uint8_t *stop = (const uint8_t *)end;
    uint8_t first = *byte++, low, high;
    uint32_t follow = 0, code = first;
    if (first >= 0x80)
        code = lead(first, &follow, &low, &high);
    for (; follow; follow--, byte++) {
        if (byte == stop || *byte < low || *byte > high) {
            code = BROKEN;
            break;
        }
        code = code << 6 | (*byte & 0x3fu);
        low = 0x80;
        high = 0xbf;
    }
    *at = (const char *)byte;
    return code;
}

uint32_t eng_utf8_cut(const char *text, uint32_t size, uint32_t max)
{
    if (size <= max)
        return size;
    /* At most three bytes follow a lead; more of them are not UTF-8, and nothing to save.
     */
    uint32_t at = max;
    while (at && max - at < 3 && ((uint8_t)text[at] & 0xc0) == 0x80)
        at--;
    return ((uint8_t)text[at] & 0xc0) == 0x80 ? max : at;
}
