/* SPDX-License-Identifier: MIT
 * readers.h - quiescent-state reclamation: who may still look at an old snapshot.
 * Threads  One writer (the registry thread) advances and asks; each reader slot belongs
 *          to one thread at a time.
 * Memory   `_init` pairs with `_clear`; slots are cache lines of one array.
 * Errors   NOMEM from `_init`; NULL when all slots are taken. */
#ifndef ROOST_REGISTRY_READERS_H
#define ROOST_REGISTRY_READERS_H
#include "registry/registry.h"

#include <stdatomic.h>

struct reg_readers {
    _Atomic uint64_t epoch; /* grows by one with each publication; never 0 */
    uint32_t count;
    struct reg_reader *reader; /* [count] */
};

roost_status reg_readers_init(struct reg_readers *readers, uint32_t count);
void reg_readers_clear(struct reg_readers *readers);
struct reg_reader *reg_readers_take(struct reg_readers *readers);
/* Call after the new pointer is stored. What was replaced may be freed once
 * reg_readers_passed says so of the epoch returned. */
uint64_t reg_readers_advance(struct reg_readers *readers);
int reg_readers_passed(struct reg_readers *readers, uint64_t epoch);

#endif
