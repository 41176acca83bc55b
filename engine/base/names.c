/* SPDX-License-Identifier: MIT
 * names.c - maps from names and from 64-bit keys to indices, by open addressing with
 * linear probing at no more than half load. Schemas and vocabularies are looked up here
 * once a feature, so a probe compares a 32-bit tag before it touches the name's bytes.
 * Who fills a table is a model's owner; clients can only look up, and so lengthen
 * nothing. */
#include "engine/base/names.h"
#include "engine/base/hash.h"
#include <stdlib.h>
#include <string.h>

struct name_slot {
    uint32_t tag;
    uint32_t next; /* index + 1, 0: empty */
};

struct name_ref {
    size_t at; /* in the pool: names move when it grows */
    size_t size;
};

struct eng_names {
    uint32_t count, max;
    size_t mask; /* slots - 1 */
    struct name_slot *slots;
    struct name_ref *refs; /* [max] */
    char *pool;
    size_t used, room;
};

/* A power of two >= 2 * count, so that a probe always meets an empty slot. */
static size_t table_slots(uint32_t count)
{
    size_t slots = 8;
    while (slots < (size_t)count * 2)
        slots *= 2;
    return slots;
}

struct eng_names *eng_names_new(uint32_t count)
{
    size_t slots = table_slots(count);
    struct eng_names *names = calloc(1, sizeof *names);
    if (!names)
        return NULL;
    names->max = count;
    names->mask = slots - 1;
    names->slots = calloc(slots, sizeof *names->slots);
    names->refs = calloc(count ? count : 1, sizeof *names->refs);
    if (!names->slots || !names->refs) {
        eng_names_free(names);
        return NULL;
    }
    return names;
}

void eng_names_free(struct eng_names *names)
{
    if (!names)
        return;
    free(names->slots);
    free(names->refs);
    free(names->pool);
    free(names);
}

/* The slot that holds the name, or the empty one where it would go. */
static struct name_slot *names_slot(const struct eng_names *names, const char *name,
                                    size_t size, uint32_t *tag)
{
    uint64_t hash = eng_hash_keyed(name, size, 0);
    *tag = (uint32_t)(hash >> 32);
    for (size_t i = hash & names->mask;; i = (i + 1) & names->mask) {
        struct name_slot *slot = &names->slots[i];
        if (!slot->next)
            return slot;
        const struct name_ref *ref = &names->refs[slot->next - 1];
        if (slot->tag == *tag && ref->size == size &&
            (size == 0 || memcmp(names->pool + ref->at, name, size) == 0))
            return slot;
    }
}

int eng_names_grow(struct eng_names *names, uint32_t count)
{
    if (count <= names->max)
        return 0;
    size_t slots = table_slots(count);
    struct name_slot *fresh = calloc(slots, sizeof *fresh);
    struct name_ref *refs = realloc(names->refs, count * sizeof *refs);
    if (refs)
        names->refs = refs;
    if (!fresh || !refs) {
        free(fresh);
        return -1;
    }
    free(names->slots);
    names->slots = fresh;
    names->mask = slots - 1;
    names->max = count;
    for (uint32_t i = 0; i < names->count; i++) {
        uint32_t tag;
        const char *name = names->pool ? names->pool + refs[i].at : "";
        struct name_slot *slot = names_slot(names, name, refs[i].size, &tag);
        slot->tag = tag;
        slot->next = i + 1;
    }
    return 0;
}

static int names_keep(struct eng_names *names, const char *name, size_t size)
{
    if (size > names->room - names->used) {
        size_t room = names->room ? names->room : 256;
        while (room - names->used < size)
            room *= 2;
        char *pool = realloc(names->pool, room);
        if (!pool)
            return -1;
        names->pool = pool;
        names->room = room;
    }
    if (size)
        memcpy(names->pool + names->used, name, size);
    names->refs[names->count].at = names->used;
    names->refs[names->count].size = size;
    names->used += size;
    return 0;
}

int32_t eng_names_add(struct eng_names *names, const char *name, size_t size)
{
    uint32_t tag;
    struct name_slot *slot = names_slot(names, name, size, &tag);
    if (slot->next)
        return -2;
    if (names->count == names->max || names->count == INT32_MAX ||
        names_keep(names, name, size) != 0)
        return -1;
    slot->tag = tag;
    slot->next = ++names->count;
    return (int32_t)(names->count - 1);
}

int32_t eng_names_find(const struct eng_names *names, const char *name, size_t size)
{
    uint32_t tag;
    return (int32_t)names_slot(names, name, size, &tag)->next - 1;
}

size_t eng_names_bytes(const struct eng_names *names)
{
    return sizeof *names + (names->mask + 1) * sizeof *names->slots +
           names->max * sizeof *names->refs + names->room;
}

struct key_slot {
    uint64_t key;
    uint32_t next; /* index + 1, 0: empty */
};

struct eng_keys {
    uint32_t count, max;
    size_t mask;
    struct key_slot *slots;
};

struct eng_keys *eng_keys_new(uint32_t count)
{
    struct eng_keys *keys = calloc(1, sizeof *keys);
    if (!keys)
        return NULL;
    size_t slots = table_slots(count);
    keys->max = count;
    keys->mask = slots - 1;
    keys->slots = calloc(slots, sizeof *keys->slots);
    if (!keys->slots) {
        free(keys);
        return NULL;
    }
    return keys;
}

void eng_keys_free(struct eng_keys *keys)
{
    if (!keys)
        return;
    free(keys->slots);
    free(keys);
}

static struct key_slot *keys_slot(const struct eng_keys *keys, uint64_t key)
{
    /* Ids may be small counters or hashes; the product spreads both over the table. */
    uint64_t hash = key * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 32;
    for (size_t i = hash & keys->mask;; i = (i + 1) & keys->mask) {
        struct key_slot *slot = &keys->slots[i];
        if (!slot->next || slot->key == key)
            return slot;
    }
}

int eng_keys_grow(struct eng_keys *keys, uint32_t count)
{
    if (count <= keys->max)
        return 0;
    size_t slots = table_slots(count);
    struct key_slot *fresh = calloc(slots, sizeof *fresh);
    if (!fresh)
        return -1;
    struct key_slot *old = keys->slots;
    size_t old_slots = keys->mask + 1;
    keys->slots = fresh;
    keys->mask = slots - 1;
    keys->max = count;
    for (size_t i = 0; i < old_slots; i++) {
        if (old[i].next)
            *keys_slot(keys, old[i].key) = old[i];
    }
    free(old);
    return 0;
}

int32_t eng_keys_add(struct eng_keys *keys, uint64_t key)
{
    struct key_slot *slot = keys_slot(keys, key);
    if (slot->next)
        return -2;
    if (keys->count == keys->max || keys->count == INT32_MAX)
        return -1;
    slot->key = key;
    slot->next = ++keys->count;
    return (int32_t)(keys->count - 1);
}

int32_t eng_keys_find(const struct eng_keys *keys, uint64_t key)
{
    return (int32_t)keys_slot(keys, key)->next - 1;
}

size_t eng_keys_bytes(const struct eng_keys *keys)
{
    return sizeof *keys + (keys->mask + 1) * sizeof *keys->slots;
}
