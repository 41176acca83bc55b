/* SPDX-License-Identifier: MIT
 * manifest.h - group.yaml: which models are scored together.
 * Threads  Plain functions.
 * Memory   A struct reg_group owns its members; `reg_group_read` pairs with `_clear`.
 * Errors   FORMAT, VALUE, LIMIT with where = "group.yaml", line and column; NOMEM. */
#ifndef ROOST_REGISTRY_MANIFEST_H
#define ROOST_REGISTRY_MANIFEST_H
#include "registry/registry.h"

enum { REG_MEMBERS_MAX = 256 };

struct reg_group {
    uint32_t count;
    char (*member)[REG_NAME_MAX + 1]; /* [count], in the order of the file */
};

/* The text of a group.yaml: `format: 1` and `members: [a, b]`, nothing else. *out is
 * left alone on failure. */
roost_status reg_group_read(const char *text, size_t size, struct reg_group *out,
                            struct roost_error *err);
void reg_group_clear(struct reg_group *group);

#endif
