/* SPDX-License-Identifier: MIT
 * yaml_value.c - single values out of the tree, each with an error that says where it
 * stands, what was expected and, for a misspelt word, which one was probably meant. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/error.h"
#include "registry/formats/doc.h"
#include "registry/formats/suggest.h"
#include "registry/formats/yaml_tree.h"

enum { NAME_MAX_BYTES = 255 };

roost_status reg_yaml_fail(const struct reg_yaml *tree, const struct reg_yaml_node *node,
                           struct roost_error *err, roost_status status,
                           const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    eng_fail(err, status, tree->name, 0, "%s", n < 0 ? "" : text);
    if (err && node) {
        err->line = node->line;
        err->column = node->column;
    }
    return status;
}

/* The index of a word in "a|b|c", or -1 with the closest one offered. */
static int32_t find_word(const char *words, const char *text, size_t size,
                         struct reg_suggest *close)
{
    reg_suggest_init(close, text, size);
    int32_t index = 0;
    for (const char *at = words; *at; index++) {
        size_t length = strcspn(at, "|");
        if (length == size && !memcmp(at, text, size))
            return index;
        reg_suggest_try(close, at, length);
        at += length + (at[length] == '|');
    }
    return -1;
}

roost_status reg_yaml_keys(const struct reg_yaml *tree, const struct reg_yaml_node *map,
                           const char *keys, const char *what, struct roost_error *err)
{
    struct reg_suggest close;
    if (map->kind != REG_YAML_MAP)
        return reg_yaml_fail(tree, map, err, ROOST_FORMAT, "%s must be a map", what);
    for (const struct reg_yaml_node *key = reg_yaml_first(tree, map); key;
         key = reg_yaml_next_pair(tree, key)) {
        if (find_word(keys, key->text, key->size, &close) >= 0)
            continue;
        if (close.best)
            return reg_yaml_fail(tree, key, err, ROOST_FORMAT,
                                 "%s has no key '%.60s'; did you mean '%.*s'?", what,
                                 key->text, (int)close.best_size, close.best);
        return reg_yaml_fail(tree, key, err, ROOST_FORMAT, "%s has no key '%.60s'", what,
                             key->text);
    }
    return ROOST_OK;
}

roost_status reg_yaml_word(const struct reg_yaml *tree, const struct reg_yaml_node *node,
                           const char *words, const char *what, uint32_t *index,
                           struct roost_error *err)
{
    struct reg_suggest close;
    if (node->kind != REG_YAML_SCALAR)
        return reg_yaml_fail(tree, node, err, ROOST_FORMAT, "%s must be one of %s", what,
                             words);
    int32_t found = find_word(words, node->text, node->size, &close);
    if (found < 0 && close.best)
        return reg_yaml_fail(tree, node, err, ROOST_FORMAT,
                             "%s: no '%.60s' among %s; did you mean '%.*s'?", what,
                             node->text, words, (int)close.best_size, close.best);
    if (found < 0)
        return reg_yaml_fail(tree, node, err, ROOST_FORMAT, "%s: no '%.60s' among %s",
                             what, node->text, words);
    *index = (uint32_t)found;
    return ROOST_OK;
}

roost_status reg_yaml_bool(const struct reg_yaml *tree, const struct reg_yaml_node *node,
                           const char *what, int *out, struct roost_error *err)
{
    *out = reg_yaml_is(node, "true");
    if (node->quoted || (!*out && !reg_yaml_is(node, "false")))
        return reg_yaml_fail(tree, node, err, ROOST_FORMAT, "%s must be true or false",
                             what);
    return ROOST_OK;
}

roost_status reg_yaml_number(const struct reg_yaml *tree,
                             const struct reg_yaml_node *node, const char *what,
                             double *out, struct roost_error *err)
{
    if (node->kind != REG_YAML_SCALAR || node->quoted ||
        reg_number(node->text, node->size, out))
        return reg_yaml_fail(tree, node, err, ROOST_FORMAT, "%s must be a number", what);
    return ROOST_OK;
}

roost_status reg_yaml_integer(const struct reg_yaml *tree,
                              const struct reg_yaml_node *node, const char *what,
                              int64_t *out, struct roost_error *err)
{
    if (node->kind != REG_YAML_SCALAR || node->quoted ||
        reg_integer(node->text, node->size, out))
        return reg_yaml_fail(tree, node, err, ROOST_FORMAT, "%s must be a whole number",
                             what);
    return ROOST_OK;
}

roost_status reg_yaml_name(const struct reg_yaml *tree, const struct reg_yaml_node *node,
                           const char *what, struct roost_error *err)
{
    if (!node || node->kind != REG_YAML_SCALAR || node->size == 0 ||
        node->size > NAME_MAX_BYTES)
        return reg_yaml_fail(tree, node, err, ROOST_FORMAT,
                             "%s must be a name of 1 to %d bytes", what, NAME_MAX_BYTES);
    return ROOST_OK;
}
