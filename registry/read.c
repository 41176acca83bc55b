/* SPDX-License-Identifier: MIT
 * The readers' side: the current snapshot and what is in it. Before: swap.c published it.
 * After: the gateway scores on the serving it finds. No lock, no wait, no write. */
#include "registry/room.h"

#include "engine/base/hash.h"

#include <string.h>

const struct reg_snapshot *reg_read(const struct reg_registry *registry)
{
    const struct reg_live *live =
        atomic_load_explicit(&registry->live, memory_order_acquire);
    return &live->snapshot;
}

struct reg_reader *reg_reader_new(struct reg_registry *registry)
{
    return reg_readers_take(&registry->readers);
}

const struct reg_entry *reg_find(const struct reg_snapshot *snapshot, const char *name,
                                 size_t size)
{
    const uint32_t *index = snapshot->index;
    if (size == 0 || size > REG_NAME_MAX) {
        return NULL;
    }
    uint32_t at = (uint32_t)eng_hash_id(name, size) & index[0];
    for (; index[1 + at]; at = (at + 1) & index[0]) {
        const struct reg_entry *entry = snapshot->entries[index[1 + at] - 1];
        if (strlen(entry->name) == size && memcmp(entry->name, name, size) == 0) {
            return entry;
        }
    }
    return NULL;
}

const struct reg_serving *reg_entry_version(const struct reg_entry *entry,
                                            int64_t version)
{
    for (uint32_t i = 0; i < entry->serving_count; i++) {
        if (entry->serving[i]->version == version) {
            return entry->serving[i];
        }
    }
    return NULL;
}

int64_t reg_entry_label(const struct reg_entry *entry, const char *label, size_t size)
{
    for (uint32_t i = 0; i < entry->label_count; i++) {
        const struct reg_label *known = &entry->labels[i];
        if (strlen(known->name) == size && memcmp(known->name, label, size) == 0) {
            return known->version;
        }
    }
    return -1;
}
