/* SPDX-License-Identifier: MIT
 * Base64 text -> bytes, for strings given as {"b64": ...}. As kind as the peers: padding
 * may be missing, spaces are passed over, and the URL-safe letters are not taken. Comes
 * between decode_value.c and the column. */
#include "gateway/decode_state.h"

static int letter_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static int is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

int64_t gw_decode_base64(struct roost_text text, char *out)
{
    uint32_t bits = 0, letters = 0, padding = 0;
    int64_t size = 0;
    for (uint32_t i = 0; i < text.size; i++) {
        if (is_space(text.at[i]))
            continue;
        padding += text.at[i] == '=';
        int value = letter_value(text.at[i]);
        if (padding > 0 && text.at[i] == '=')
            continue;
        if (value < 0 || padding > 0)
            return -1;
        bits = bits << 6 | (uint32_t)value;
        if (++letters % 4 != 1)
            out[size++] = (char)(bits >> (6 - 2 * ((letters - 1) % 4)) & 0xFF);
    }
    /* Padding, if any, fills up the last group of four. */
    uint32_t rest = letters % 4;
    if (rest == 1 || (padding > 0 && (rest == 0 || rest + padding != 4)))
        return -1;
    return size;
}
