/* SPDX-License-Identifier: MIT
 * id.c - ids of category values, for hash and (the decimal text) vocabulary. The rule is
 * public, so that a trainer can make the same ids (docs/model-format.md, Ids); nothing
 * here may change without every trained model changing its meaning. */
#include "engine/transform/id.h"

#include <string.h>

void eng_id_stem(struct eng_hash *stem, const char *name)
{
    eng_hash_start(stem, 0);
    eng_hash_add(stem, name, strlen(name) + 1);
}

uint64_t eng_id_text(const struct eng_hash *stem, const void *value, size_t size)
{
    struct eng_hash hash = *stem;
    uint64_t out[2];
    eng_hash_add(&hash, value, size);
    eng_hash_end(&hash, out);
    return out[0];
}

size_t eng_decimal(int64_t value, char text[ENG_DECIMAL_MAX])
{
    char reversed[ENG_DECIMAL_MAX];
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    size_t digits = 0, size = 0;
    do {
        reversed[digits++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (value < 0)
        text[size++] = '-';
    while (digits > 0)
        text[size++] = reversed[--digits];
    return size;
}

uint64_t eng_id_integer(const struct eng_hash *stem, int64_t value)
{
    char text[ENG_DECIMAL_MAX];
    return eng_id_text(stem, text, eng_decimal(value, text));
}
