/* SPDX-License-Identifier: MIT
 * yaml.h - a small YAML file as a tree of nodes that know their line and column.
 * Threads  A tree serves one thread.
 * Memory   cfg_yaml_read pairs with cfg_yaml_clear; nodes and texts live in the tree.
 * Errors   FORMAT with err->where, line and column; LIMIT; NOMEM. */
#ifndef ROOST_CONFIG_YAML_H
#define ROOST_CONFIG_YAML_H
#include "config/config.h"
#include "engine/base/arena.h"

enum {
    CFG_YAML_BYTES = 1048576, /* of a file */
    CFG_YAML_DEPTH = 32,      /* of nesting: libyaml takes quadratic time beyond */
    CFG_YAML_NODES = 65536
};

enum cfg_node_kind { CFG_NODE_SCALAR, CFG_NODE_LIST, CFG_NODE_MAP };

struct cfg_node {
    enum cfg_node_kind kind;
    uint8_t plain;    /* a scalar without quotes */
    uint32_t line;    /* from 1 */
    uint32_t column;  /* from 1 */
    uint32_t count;   /* children */
    const char *text; /* of a scalar; NUL-terminated, holds no other NUL */
    size_t size;
    const struct cfg_node *key; /* in a map: the scalar before the colon */
    struct cfg_node *parent;
    struct cfg_node *first;
    struct cfg_node *last;
    struct cfg_node *next;
};

struct cfg_yaml {
    const char *name; /* of the file, for messages; borrowed */
    struct eng_arena arena;
    struct cfg_node *root; /* a map, or NULL when the file is empty */
    uint32_t nodes;
};

roost_status cfg_yaml_read(struct cfg_yaml *yaml, const char *name, const char *text,
                           size_t size, struct roost_error *err);
void cfg_yaml_clear(struct cfg_yaml *yaml);

/* Say that a node is wrong. Returns the status. */
roost_status cfg_yaml_fail(const struct cfg_yaml *yaml, const struct cfg_node *node,
                           roost_status status, struct roost_error *err,
                           const char *format, ...) __attribute__((format(printf, 5, 6)));
/* Put the place into an error whose text another function filled. */
roost_status cfg_yaml_place(const struct cfg_yaml *yaml, const struct cfg_node *node,
                            roost_status status, struct roost_error *err);
/* The end of a long file name is what tells files apart: 95 bytes of it. */
void cfg_place_name(char out[96], const char *name);

#endif
