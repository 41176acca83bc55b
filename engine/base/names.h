/* SPDX-License-Identifier: MIT
 * names.h - a map from names or 64-bit keys to indices (open addressing).
 * Threads  Read by any thread once made.
 * Memory   eng_names_new copies the names; pairs with `_free`.
 * Errors   NULL when memory is out; a duplicate gives -2 from eng_names_add. */
#ifndef ROOST_BASE_NAMES_H
#define ROOST_BASE_NAMES_H
#include <stddef.h>
#include <stdint.h>

struct eng_names;
struct eng_keys;

/* Room for `count` names; names are indexed 0, 1, ... in the order they are added. */
struct eng_names *eng_names_new(uint32_t count);
void eng_names_free(struct eng_names *names);
/* Make room for `count` names in all; indices stay. 0, or -1 when memory is out. */
int eng_names_grow(struct eng_names *names, uint32_t count);
/* The new name's index; -1: no memory or no room; -2: already there. */
int32_t eng_names_add(struct eng_names *names, const char *name, size_t size);
int32_t eng_names_find(const struct eng_names *names, const char *name, size_t size);
size_t eng_names_bytes(const struct eng_names *names);

struct eng_keys *eng_keys_new(uint32_t count);
void eng_keys_free(struct eng_keys *keys);
int eng_keys_grow(struct eng_keys *keys, uint32_t count);
int32_t eng_keys_add(struct eng_keys *keys, uint64_t key);
int32_t eng_keys_find(const struct eng_keys *keys, uint64_t key);
size_t eng_keys_bytes(const struct eng_keys *keys);

#endif
