/* SPDX-License-Identifier: MIT
 * Quiescent-state reclamation. Before: swap.c stores a new snapshot's pointer and
 * advances the epoch. After: it frees the old snapshot once every reader is offline or
 * has said `quiet` in the new epoch. Readers never wait; the writer only looks.
 *
 * Why it is right, in C11's words. The writer stores the pointer, then adds to the epoch
 * (seq_cst), then loads `seen` (seq_cst). A reader that goes online stores `seen`, then
 * loads the epoch again (both seq_cst). In the single order of those four, either the
 * writer sees the reader, and waits for it; or the reader's second load sees the new
 * epoch, which makes the new pointer visible to every load that follows. */
#include "registry/readers.h"

#include <stdlib.h>
#include <string.h>

enum { READER_LINE = 64 };

struct reg_reader {
    _Alignas(
        READER_LINE) _Atomic uint64_t seen; /* 0: offline; else the epoch last seen */
    _Atomic int taken;
    struct reg_readers *all;
};

roost_status reg_readers_init(struct reg_readers *readers, uint32_t count)
{
    size_t size;
    if (__builtin_mul_overflow((size_t)count, sizeof(struct reg_reader), &size)) {
        return ROOST_NOMEM;
    }
    readers->reader = aligned_alloc(READER_LINE, size ? size : READER_LINE);
    if (!readers->reader) {
        return ROOST_NOMEM;
    }
    memset(readers->reader, 0, size);
    readers->count = count;
    atomic_init(&readers->epoch, 1);
    for (uint32_t i = 0; i < count; i++) {
        readers->reader[i].all = readers;
    }
    return ROOST_OK;
}

void reg_readers_clear(struct reg_readers *readers)
{
    free(readers->reader);
    readers->reader = NULL;
    readers->count = 0;
}

struct reg_reader *reg_readers_take(struct reg_readers *readers)
{
    for (uint32_t i = 0; i < readers->count; i++) {
        int free_slot = 0;
        if (atomic_compare_exchange_strong(&readers->reader[i].taken, &free_slot, 1)) {
            return &readers->reader[i];
        }
    }
    return NULL;
}

void reg_reader_free(struct reg_reader *reader)
{
    if (reader) {
        reg_reader_offline(reader);
        atomic_store(&reader->taken, 0);
    }
}

void reg_reader_online(struct reg_reader *reader)
{
    atomic_store(&reader->seen, atomic_load(&reader->all->epoch));
    /* The load that pairs with the writer's: see above. */
    (void)atomic_load(&reader->all->epoch);
}

void reg_reader_quiet(struct reg_reader *reader)
{
    uint64_t epoch = atomic_load_explicit(&reader->all->epoch, memory_order_acquire);
    atomic_store_explicit(&reader->seen, epoch, memory_order_release);
}

void reg_reader_offline(struct reg_reader *reader)
{
    atomic_store_explicit(&reader->seen, 0, memory_order_release);
}

uint64_t reg_readers_advance(struct reg_readers *readers)
{
    return atomic_fetch_add(&readers->epoch, 1) + 1;
}

int reg_readers_passed(struct reg_readers *readers, uint64_t epoch)
{
    for (uint32_t i = 0; i < readers->count; i++) {
        uint64_t seen = atomic_load(&readers->reader[i].seen);
        if (seen != 0 && seen < epoch) {
            return 0;
        }
    }
    return 1;
}
