/* SPDX-License-Identifier: MIT
 * id.h - ids of categories: MurmurHash3_x64_128 over a fixed name, a NUL and a value.
 * Threads  A stem never changes once made.
 * Memory   Plain data.
 * Errors   None.
 * The name is hashed once, at load; a value may have any length, and is not copied. */
#ifndef ROOST_TRANSFORM_ID_H
#define ROOST_TRANSFORM_ID_H
#include "engine/base/hash.h"

#include <stddef.h>
#include <stdint.h>

/* A hash that has taken the name and its NUL, and is copied for each value. */
void eng_id_stem(struct eng_hash *stem, const char *name);

/* First 8 bytes, little-endian, of the hash of name NUL value. */
uint64_t eng_id_text(const struct eng_hash *stem, const void *value, size_t size);
/* The same for a number's decimal text. */
uint64_t eng_id_integer(const struct eng_hash *stem, int64_t value);

enum { ENG_DECIMAL_MAX = 20 }; /* "-9223372036854775808" */

/* Writes the decimal text (no NUL) and returns its size. */
size_t eng_decimal(int64_t value, char text[ENG_DECIMAL_MAX]);

/* The ids that `bits` keep: 0 bits keep all of them. */
static inline uint64_t eng_id_mask(uint32_t bits)
{
    return bits == 0 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

#endif
