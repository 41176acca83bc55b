/* SPDX-License-Identifier: MIT
 * yaml_tree.h - a small, bounded tree of a YAML file, with the place of every node.
 * Threads  A tree serves one thread.
 * Memory   Texts are copied; `_read` pairs with `_clear`, also after a failure.
 * Errors   FORMAT with line and column, LIMIT (1 MiB, 32 levels), NOMEM. */
#ifndef ROOST_REGISTRY_FORMATS_YAML_TREE_H
#define ROOST_REGISTRY_FORMATS_YAML_TREE_H
#include "engine/base/arena.h"
#include "registry/file.h"

enum { REG_YAML_DEPTH = 32, REG_YAML_BYTES = 1 << 20 };
enum reg_yaml_kind { REG_YAML_SCALAR, REG_YAML_LIST, REG_YAML_MAP };

/* In a map, children come in pairs: a key (a scalar) and its value. */
struct reg_yaml_node {
    uint8_t kind;   /* enum reg_yaml_kind */
    uint8_t quoted; /* the scalar stood in quotes: a text, never a number */
    uint32_t line;  /* from 1 */
    uint32_t column;
    uint32_t next;  /* sibling, 0: none */
    uint32_t child; /* 0: none */
    uint32_t count; /* elements of a list, pairs of a map */
    uint32_t size;
    const char *text; /* scalar: NUL-terminated, no NUL inside, valid UTF-8 */
};

struct reg_yaml {
    const char *name;           /* of the file, for messages; borrowed */
    struct reg_yaml_node *node; /* 0 is the root */
    uint32_t nodes;
    uint32_t room;
    struct eng_arena texts;
};

/* One document; no anchors, aliases or tags; duplicate keys are refused. */
roost_status reg_yaml_read(struct reg_yaml *tree, const struct reg_file *file,
                           struct roost_error *err);
void reg_yaml_clear(struct reg_yaml *tree);

/* Walking: a NULL node gives NULL. A pair is its key node; value gives the other half. */
const struct reg_yaml_node *reg_yaml_root(const struct reg_yaml *tree);
const struct reg_yaml_node *reg_yaml_first(const struct reg_yaml *tree,
                                           const struct reg_yaml_node *node);
const struct reg_yaml_node *reg_yaml_next(const struct reg_yaml *tree,
                                          const struct reg_yaml_node *node);
const struct reg_yaml_node *reg_yaml_value(const struct reg_yaml *tree,
                                           const struct reg_yaml_node *key);
const struct reg_yaml_node *reg_yaml_next_pair(const struct reg_yaml *tree,
                                               const struct reg_yaml_node *key);
/* The value of this key in a map, or NULL. */
const struct reg_yaml_node *reg_yaml_get(const struct reg_yaml *tree,
                                         const struct reg_yaml_node *map,
                                         const char *key);
int reg_yaml_is(const struct reg_yaml_node *node, const char *text);

/* An error at a node: fills in file, line and column. */
roost_status reg_yaml_fail(const struct reg_yaml *tree, const struct reg_yaml_node *node,
                           struct roost_error *err, roost_status status,
                           const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Every key of a map must be one of `keys` ("a|b|c"); else an error at the key that names
 * the closest. what: "model.yaml", "an input". The node must be a map. */
roost_status reg_yaml_keys(const struct reg_yaml *tree, const struct reg_yaml_node *map,
                           const char *keys, const char *what, struct roost_error *err);
/* One of `words` ("a|b|c"): *index; else an error at the node. */
roost_status reg_yaml_word(const struct reg_yaml *tree, const struct reg_yaml_node *node,
                           const char *words, const char *what, uint32_t *index,
                           struct roost_error *err);
roost_status reg_yaml_bool(const struct reg_yaml *tree, const struct reg_yaml_node *node,
                           const char *what, int *out, struct roost_error *err);
roost_status reg_yaml_number(const struct reg_yaml *tree,
                             const struct reg_yaml_node *node, const char *what,
                             double *out, struct roost_error *err);
roost_status reg_yaml_integer(const struct reg_yaml *tree,
                              const struct reg_yaml_node *node, const char *what,
                              int64_t *out, struct roost_error *err);
/* A name: a scalar of 1 to 255 bytes. */
roost_status reg_yaml_name(const struct reg_yaml *tree, const struct reg_yaml_node *node,
                           const char *what, struct roost_error *err);

#endif
