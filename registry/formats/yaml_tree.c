/* SPDX-License-Identifier: MIT
 * yaml_tree.c - libyaml's events into a bounded tree. libyaml itself has no limit on
 * depth and takes quadratic time in it, so the events are watched and reading stops at
 * the 33rd level. Anchors, aliases and tags are refused: a model needs none, and aliases
 * are how a few bytes become gigabytes. After: yaml_value.c checks single values,
 * native.c the whole. */
#include "registry/formats/yaml_tree.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "engine/base/error.h"
#include "engine/base/names.h"
#include "registry/formats/doc.h"

/* The texts of 1 MiB of YAML fit well below 8 MiB, escapes included. */
enum { TEXTS_MAX = 8 << 20, FEW_KEYS = 16 };

/* The lists and maps that are open, outermost first. */
struct reader {
    struct reg_yaml *tree;
    struct {
        uint32_t node;
        uint32_t last;
        uint32_t parts; /* children so far; in a map keys and values both count */
    } open[REG_YAML_DEPTH];
    uint32_t depth;
    int done;
};

/* Fails at the place of an event. */
static roost_status fail_at(const struct reg_yaml *tree, yaml_mark_t mark,
                            struct roost_error *err, roost_status status,
                            const char *text)
{
    struct reg_yaml_node place = {.line = (uint32_t)mark.line + 1,
                                  .column = (uint32_t)mark.column + 1};
    return reg_yaml_fail(tree, &place, err, status, "%s", text);
}

/* Append a node to what is open. In a map parts alternate between keys and values. */
static roost_status add_node(struct reader *reader, const struct reg_yaml_node *value,
                             yaml_mark_t mark, uint32_t *at, struct roost_error *err)
{
    struct reg_yaml *tree = reader->tree;
    if (tree->nodes == tree->room) {
        uint32_t room = tree->room ? tree->room * 2 : 64;
        struct reg_yaml_node *grown = realloc(tree->node, room * sizeof *grown);
        if (!grown)
            return fail_at(tree, mark, err, ROOST_NOMEM, "out of memory");
        tree->node = grown;
        tree->room = room;
    }
    *at = tree->nodes++;
    tree->node[*at] = *value;
    tree->node[*at].line = (uint32_t)mark.line + 1;
    tree->node[*at].column = (uint32_t)mark.column + 1;
    if (!reader->depth)
        return ROOST_OK;
    struct reg_yaml_node *parent = &tree->node[reader->open[reader->depth - 1].node];
    uint32_t *last = &reader->open[reader->depth - 1].last;
    uint32_t parts = ++reader->open[reader->depth - 1].parts;
    if (*last)
        tree->node[*last].next = *at;
    else
        parent->child = *at;
    *last = *at;
    if (parent->kind == REG_YAML_MAP && parts % 2 == 1 && value->kind != REG_YAML_SCALAR)
        return fail_at(tree, mark, err, ROOST_FORMAT, "a key must be a plain word");
    parent->count = parent->kind == REG_YAML_MAP ? parts / 2 : parts;
    return ROOST_OK;
}

/* libyaml lets a NUL through when it is escaped; no name or text may hold one, since they
 * go on as C strings. */
static roost_status on_scalar(struct reader *reader, const yaml_event_t *event,
                              struct roost_error *err)
{
    struct reg_yaml *tree = reader->tree;
    const char *text = (const char *)event->data.scalar.value;
    size_t size = event->data.scalar.length;
    if (event->data.scalar.anchor || event->data.scalar.tag)
        return fail_at(tree, event->start_mark, err, ROOST_FORMAT,
                       "anchors and tags are not allowed");
    if (!reg_utf8_valid(text, size))
        return fail_at(tree, event->start_mark, err, ROOST_FORMAT,
                       "the text holds a NUL or is not valid UTF-8");
    char *copy = eng_arena_take(&tree->texts, size + 1, 1);
    if (!copy)
        return fail_at(tree, event->start_mark, err, ROOST_NOMEM, "out of memory");
    memcpy(copy, text, size);
    copy[size] = '\0';
    struct reg_yaml_node value = {.kind = REG_YAML_SCALAR,
                                  .quoted =
                                      event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE,
                                  .text = copy,
                                  .size = (uint32_t)size};
    uint32_t at = 0;
    return add_node(reader, &value, event->start_mark, &at, err);
}

static roost_status on_open(struct reader *reader, const yaml_event_t *event,
                            enum reg_yaml_kind kind, struct roost_error *err)
{
    int is_map = kind == REG_YAML_MAP;
    const void *anchor = is_map ? (const void *)event->data.mapping_start.anchor
                                : (const void *)event->data.sequence_start.anchor;
    const void *tag = is_map ? (const void *)event->data.mapping_start.tag
                             : (const void *)event->data.sequence_start.tag;
    if (anchor || tag)
        return fail_at(reader->tree, event->start_mark, err, ROOST_FORMAT,
                       "anchors and tags are not allowed");
    if (reader->depth == REG_YAML_DEPTH)
        return fail_at(reader->tree, event->start_mark, err, ROOST_LIMIT,
                       "nested more than 32 deep");
    struct reg_yaml_node value = {.kind = (uint8_t)kind};
    uint32_t at = 0;
    roost_status status = add_node(reader, &value, event->start_mark, &at, err);
    if (status)
        return status;
    reader->open[reader->depth].node = at;
    reader->open[reader->depth].last = 0;
    reader->open[reader->depth++].parts = 0;
    return ROOST_OK;
}

/* Few keys pair by pair, many through a table, so that the time stays linear. */
static roost_status on_map_end(const struct reg_yaml *tree,
                               const struct reg_yaml_node *map, struct roost_error *err)
{
    struct eng_names *names = NULL;
    const struct reg_yaml_node *twice = NULL;
    if (map->count > FEW_KEYS) {
        names = eng_names_new(map->count);
        if (!names)
            return reg_yaml_fail(tree, map, err, ROOST_NOMEM, "out of memory");
    }
    for (const struct reg_yaml_node *a = reg_yaml_first(tree, map); a && !twice;
         a = reg_yaml_next_pair(tree, a)) {
        if (names && eng_names_add(names, a->text, a->size) < 0)
            twice = a;
        for (const struct reg_yaml_node *b = reg_yaml_first(tree, map);
             !names && b != a && !twice; b = reg_yaml_next_pair(tree, b))
            if (a->size == b->size && !memcmp(a->text, b->text, a->size))
                twice = a;
    }
    eng_names_free(names);
    return twice ? reg_yaml_fail(tree, twice, err, ROOST_FORMAT, "'%.60s' is there twice",
                                 twice->text)
                 : ROOST_OK;
}

static roost_status on_event(struct reader *reader, const yaml_event_t *event,
                             struct roost_error *err)
{
    struct reg_yaml *tree = reader->tree;
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return on_scalar(reader, event, err);
    case YAML_SEQUENCE_START_EVENT:
        return on_open(reader, event, REG_YAML_LIST, err);
    case YAML_MAPPING_START_EVENT:
        return on_open(reader, event, REG_YAML_MAP, err);
    case YAML_SEQUENCE_END_EVENT:
        reader->depth--;
        return ROOST_OK;
    case YAML_MAPPING_END_EVENT:
        return on_map_end(tree, &tree->node[reader->open[--reader->depth].node], err);
    case YAML_ALIAS_EVENT:
        return fail_at(tree, event->start_mark, err, ROOST_FORMAT,
                       "aliases are not allowed");
    case YAML_DOCUMENT_START_EVENT:
        return tree->nodes ? fail_at(tree, event->start_mark, err, ROOST_FORMAT,
                                     "a second document is not allowed")
                           : ROOST_OK;
    case YAML_STREAM_END_EVENT:
        reader->done = 1;
        return ROOST_OK;
    default: /* the start of the stream, the end of the document */
        return ROOST_OK;
    }
}

/* libyaml's own words for what it did not expect are good enough to pass on. */
static roost_status fail_parse(const struct reg_yaml *tree, const yaml_parser_t *parser,
                               struct roost_error *err)
{
    if (parser->error == YAML_MEMORY_ERROR)
        return fail_at(tree, parser->mark, err, ROOST_NOMEM, "out of memory");
    if (parser->error == YAML_READER_ERROR)
        return fail_at(tree, parser->mark, err, ROOST_FORMAT,
                       "a byte that YAML does not allow");
    return fail_at(tree, parser->problem_mark, err, ROOST_FORMAT,
                   parser->problem ? parser->problem : "not valid YAML");
}

roost_status reg_yaml_read(struct reg_yaml *tree, const struct reg_file *file,
                           struct roost_error *err)
{
    yaml_parser_t parser;
    yaml_event_t event;
    struct reader reader = {.tree = tree};
    memset(tree, 0, sizeof *tree);
    tree->name = file->name;
    eng_arena_init(&tree->texts, TEXTS_MAX);
    if (file->size > REG_YAML_BYTES)
        return eng_fail(err, ROOST_LIMIT, file->name, 0, "larger than 1 MiB");
    if (!yaml_parser_initialize(&parser))
        return eng_fail(err, ROOST_NOMEM, file->name, 0, "out of memory");
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, file->data, file->size);
    roost_status status = ROOST_OK;
    while (!status && !reader.done) {
        if (!yaml_parser_parse(&parser, &event)) {
            status = fail_parse(tree, &parser, err);
            break;
        }
        status = on_event(&reader, &event, err);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    if (!status && !tree->nodes)
        status = eng_fail(err, ROOST_FORMAT, file->name, 0, "the file is empty");
    return status;
}

void reg_yaml_clear(struct reg_yaml *tree)
{
    free(tree->node);
    eng_arena_clear(&tree->texts);
    memset(tree, 0, sizeof *tree);
}

const struct reg_yaml_node *reg_yaml_root(const struct reg_yaml *tree)
{
    return tree->nodes ? tree->node : NULL;
}

const struct reg_yaml_node *reg_yaml_first(const struct reg_yaml *tree,
                                           const struct reg_yaml_node *node)
{
    return node && node->child ? &tree->node[node->child] : NULL;
}

const struct reg_yaml_node *reg_yaml_next(const struct reg_yaml *tree,
                                          const struct reg_yaml_node *node)
{
    return node && node->next ? &tree->node[node->next] : NULL;
}

const struct reg_yaml_node *reg_yaml_value(const struct reg_yaml *tree,
                                           const struct reg_yaml_node *key)
{
    return reg_yaml_next(tree, key);
}

const struct reg_yaml_node *reg_yaml_next_pair(const struct reg_yaml *tree,
                                               const struct reg_yaml_node *key)
{
    return reg_yaml_next(tree, reg_yaml_next(tree, key));
}

int reg_yaml_is(const struct reg_yaml_node *node, const char *text)
{
    return node && node->kind == REG_YAML_SCALAR && !strcmp(node->text, text);
}

const struct reg_yaml_node *reg_yaml_get(const struct reg_yaml *tree,
                                         const struct reg_yaml_node *map, const char *key)
{
    if (!map || map->kind != REG_YAML_MAP)
        return NULL;
    const struct reg_yaml_node *at = reg_yaml_first(tree, map);
    while (at && !reg_yaml_is(at, key))
        at = reg_yaml_next_pair(tree, at);
    return reg_yaml_value(tree, at);
}
