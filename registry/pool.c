/* SPDX-License-Identifier: MIT
 * The pool of models in memory: counted units and the bytes they hold against the budget.
 * Before: load.c and group.c make units. After: swap.c lends them to snapshots; the last
 * release detaches the caller's data and gives the memory back. */
#include "registry/room.h"

#include "engine/base/error.h"

#include <stdio.h>
#include <stdlib.h>

/* How long a load waits for a version just retired to be given back before it is refused.
 */
enum { RECLAIM_WAIT_MS = 200 };

struct reg_unit *reg_unit_new(const char *name, int64_t version)
{
    struct reg_unit *unit = calloc(1, sizeof *unit);
    if (!unit) {
        return NULL;
    }
    unit->refs = 1;
    snprintf(unit->name, sizeof unit->name, "%.*s", REG_NAME_MAX, name);
    unit->serving.name = unit->name;
    unit->serving.version = version;
    return unit;
}

roost_status reg_unit_finish(struct reg_registry *registry, struct reg_unit *unit,
                             struct roost_error *err)
{
    const struct reg_hooks *hooks = &registry->options.hooks;
    unit->serving.plan = unit->plan;
    unit->serving.version_header = unit->header;
    if (hooks->attach) {
        unit->serving.user = hooks->attach(hooks->context, &unit->serving);
        if (!unit->serving.user) {
            return eng_fail(err, ROOST_NOMEM, "", 0, "out of memory");
        }
    }
    unit->bytes = roost_plan_bytes(unit->plan);
    if (unit->model) {
        unit->bytes += roost_model_bytes(unit->model);
    }
    atomic_fetch_add_explicit(&registry->bytes, unit->bytes, memory_order_relaxed);
    unit->attached = 1;
    return ROOST_OK;
}

struct reg_unit *reg_unit_retain(struct reg_unit *unit)
{
    if (unit) {
        unit->refs++;
    }
    return unit;
}

void reg_unit_release(struct reg_registry *registry, struct reg_unit *unit)
{
    const struct reg_hooks *hooks = &registry->options.hooks;
    if (!unit || --unit->refs > 0) {
        return;
    }
    if (unit->attached) {
        if (hooks->detach) {
            hooks->detach(hooks->context, unit->serving.user);
        }
        atomic_fetch_sub_explicit(&registry->bytes, unit->bytes, memory_order_relaxed);
        registry->freed_bytes += unit->bytes;
    }
    roost_plan_free(unit->plan);
    roost_model_free(unit->model);
    /* One level only: a group's members are models. */
    for (uint32_t i = 0; unit->member && i < unit->serving.member_count; i++) {
        reg_unit_release(registry, unit->member[i]);
    }
    free(unit->member);
    free((void *)(uintptr_t)unit->serving.members);
    free(unit->header);
    free(unit);
}

static int fits(const struct reg_registry *registry, uint64_t more)
{
    uint64_t budget = registry->options.memory_budget;
    uint64_t used = atomic_load_explicit(&registry->bytes, memory_order_relaxed);
    return !budget || (used <= budget && more <= budget - used);
}

roost_status reg_pool_room(struct reg_registry *registry, uint64_t more,
                           struct roost_error *err)
{
    if (!fits(registry, more)) {
        reg_reclaim_wait(registry, RECLAIM_WAIT_MS);
    }
    if (fits(registry, more)) {
        return ROOST_OK;
    }
    return eng_fail(
        err, ROOST_LIMIT, "", more,
        "it needs about %llu bytes and %llu of the memory budget of %llu are in "
        "use: raise registry.memory_budget or unload a version",
        (unsigned long long)more, (unsigned long long)atomic_load(&registry->bytes),
        (unsigned long long)registry->options.memory_budget);
}
