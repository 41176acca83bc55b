/* SPDX-License-Identifier: MIT
 * yaml.c - libyaml's events -> a tree, with everything refused that a configuration does
 * not need (aliases, anchors, tags, several documents) and every map checked for keys
 * that stand twice. Comes before read_yaml.c, which knows what the keys mean. */
#include "config/yaml.h"
#include "engine/base/error.h"
#include "engine/base/names.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

struct reader {
    struct cfg_yaml *yaml;
    struct cfg_node *open;                      /* innermost list or map, or NULL */
    const struct cfg_node *key[CFG_YAML_DEPTH]; /* waiting for its value, by depth */
    int depth;
    int documents;
};

void cfg_place_name(char out[96], const char *name)
{
    size_t size = strlen(name);
    if (size <= 95)
        snprintf(out, 96, "%s", name);
    else
        snprintf(out, 96, "...%s", name + size - 92);
}

static roost_status place(const struct cfg_yaml *yaml, size_t line, size_t column,
                          roost_status status, struct roost_error *err)
{
    if (err != NULL) {
        cfg_place_name(err->where, yaml->name);
        err->line = (uint32_t)line;
        err->column = (uint32_t)column;
    }
    return status;
}

roost_status cfg_yaml_place(const struct cfg_yaml *yaml, const struct cfg_node *node,
                            roost_status status, struct roost_error *err)
{
    return place(yaml, node->line, node->column, status, err);
}

roost_status cfg_yaml_fail(const struct cfg_yaml *yaml, const struct cfg_node *node,
                           roost_status status, struct roost_error *err,
                           const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    eng_fail(err, status, NULL, 0, "%s", text);
    return cfg_yaml_place(yaml, node, status, err);
}

static roost_status fail_at(const struct reader *reader, const yaml_mark_t *mark,
                            roost_status status, struct roost_error *err,
                            const char *text)
{
    eng_fail(err, status, NULL, 0, "%s", text);
    return place(reader->yaml, mark->line + 1, mark->column + 1, status, err);
}

static roost_status fail_parse(const struct reader *reader, const yaml_parser_t *parser,
                               struct roost_error *err)
{
    if (parser->error == YAML_MEMORY_ERROR)
        return eng_fail(err, ROOST_NOMEM, reader->yaml->name, 0, "out of memory");
    const char *problem = parser->problem != NULL ? parser->problem : "not valid YAML";
    char text[200];
    snprintf(text, sizeof text, "%s%s%s", parser->context != NULL ? parser->context : "",
             parser->context != NULL ? ", " : "", problem);
    /* An encoding error has no mark of its own: the parser's is where reading stands. */
    const yaml_mark_t *mark =
        parser->error == YAML_READER_ERROR ? &parser->mark : &parser->problem_mark;
    return fail_at(reader, mark, ROOST_FORMAT, err, text);
}

static roost_status add_node(struct reader *reader, enum cfg_node_kind kind,
                             const yaml_mark_t *mark, struct cfg_node **out,
                             struct roost_error *err)
{
    struct cfg_yaml *yaml = reader->yaml;
    if (yaml->nodes++ >= CFG_YAML_NODES)
        return fail_at(reader, mark, ROOST_LIMIT, err, "more than 65536 values");
    struct cfg_node *node =
        eng_arena_take(&yaml->arena, sizeof *node, _Alignof(struct cfg_node));
    if (node == NULL)
        return fail_at(reader, mark, ROOST_NOMEM, err, "out of memory");
    *node = (struct cfg_node){.kind = kind,
                              .line = (uint32_t)mark->line + 1,
                              .column = (uint32_t)mark->column + 1,
                              .parent = reader->open};
    *out = node;
    return ROOST_OK;
}

/* Give a value its place in the list or map that is open. */
static roost_status attach(struct reader *reader, struct cfg_node *node,
                           const yaml_mark_t *mark, struct roost_error *err)
{
    struct cfg_node *parent = reader->open;
    if (parent == NULL) {
        if (node->kind != CFG_NODE_MAP)
            return fail_at(reader, mark, ROOST_FORMAT, err,
                           "the file must be a map of options, such as `workers: 2`");
        reader->yaml->root = node;
        return ROOST_OK;
    }
    if (parent->kind == CFG_NODE_MAP) {
        const struct cfg_node **key = &reader->key[reader->depth - 1];
        if (*key == NULL && node->kind != CFG_NODE_SCALAR)
            return fail_at(reader, mark, ROOST_FORMAT, err, "a key must be text");
        if (*key == NULL) {
            *key = node;
            return ROOST_OK;
        }
        node->key = *key;
        *key = NULL;
    }
    if (parent->last != NULL)
        parent->last->next = node;
    else
        parent->first = node;
    parent->last = node;
    parent->count++;
    return ROOST_OK;
}

static roost_status on_scalar(struct reader *reader, const yaml_event_t *event,
                              struct roost_error *err)
{
    const yaml_mark_t *mark = &event->start_mark;
    size_t size = event->data.scalar.length;
    const char *text = (const char *)event->data.scalar.value;
    struct cfg_node *node;
    if (event->data.scalar.anchor != NULL || event->data.scalar.tag != NULL)
        return fail_at(reader, mark, ROOST_FORMAT, err,
                       "anchors and tags are not allowed here");
    if (memchr(text, '\0', size) != NULL)
        return fail_at(reader, mark, ROOST_FORMAT, err, "the text holds a NUL");
    roost_status status = add_node(reader, CFG_NODE_SCALAR, mark, &node, err);
    if (status != ROOST_OK)
        return status;
    char *copy = eng_arena_take(&reader->yaml->arena, size + 1, 1);
    if (copy == NULL)
        return fail_at(reader, mark, ROOST_NOMEM, err, "out of memory");
    memcpy(copy, text, size);
    copy[size] = '\0';
    node->text = copy;
    node->size = size;
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    return attach(reader, node, mark, err);
}

static roost_status on_open(struct reader *reader, const yaml_event_t *event,
                            struct roost_error *err)
{
    const yaml_mark_t *mark = &event->start_mark;
    int map = event->type == YAML_MAPPING_START_EVENT;
    const void *anchor =
        map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
    const void *tag =
        map ? event->data.mapping_start.tag : event->data.sequence_start.tag;
    struct cfg_node *node;
    if (anchor != NULL || tag != NULL)
        return fail_at(reader, mark, ROOST_FORMAT, err,
                       "anchors and tags are not allowed here");
    if (reader->depth == CFG_YAML_DEPTH)
        return fail_at(reader, mark, ROOST_LIMIT, err, "nested deeper than 32 levels");
    roost_status status =
        add_node(reader, map ? CFG_NODE_MAP : CFG_NODE_LIST, mark, &node, err);
    if (status == ROOST_OK)
        status = attach(reader, node, mark, err);
    if (status != ROOST_OK)
        return status;
    reader->key[reader->depth++] = NULL;
    reader->open = node;
    return ROOST_OK;
}

/* A map is complete: no key may stand twice in it. */
static roost_status check_keys(const struct reader *reader, const struct cfg_node *map,
                               struct roost_error *err)
{
    roost_status status = ROOST_OK;
    if (map->count < 2)
        return ROOST_OK;
    struct eng_names *names = eng_names_new(map->count);
    if (names == NULL)
        return cfg_yaml_fail(reader->yaml, map, ROOST_NOMEM, err, "out of memory");
    for (const struct cfg_node *at = map->first; at && status == ROOST_OK;
         at = at->next) {
        int32_t added = eng_names_add(names, at->key->text, at->key->size);
        if (added == -1)
            status = cfg_yaml_fail(reader->yaml, map, ROOST_NOMEM, err, "out of memory");
        if (added != -2)
            continue;
        int32_t index = eng_names_find(names, at->key->text, at->key->size);
        const struct cfg_node *earlier = map->first;
        while (index-- > 0)
            earlier = earlier->next;
        status = cfg_yaml_fail(reader->yaml, at->key, ROOST_FORMAT, err,
                               "%.64s stands twice; it is already on line %u",
                               at->key->text, (unsigned)earlier->key->line);
    }
    eng_names_free(names);
    return status;
}

static roost_status on_close(struct reader *reader, struct roost_error *err)
{
    struct cfg_node *node = reader->open;
    assert(node != NULL); /* libyaml ends only what it began */
    reader->open = node->parent;
    reader->depth--;
    return node->kind == CFG_NODE_MAP ? check_keys(reader, node, err) : ROOST_OK;
}

static roost_status on_event(struct reader *reader, const yaml_event_t *event,
                             struct roost_error *err)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        /* An empty document (only comments) comes as one empty scalar. */
        if (reader->open == NULL && event->data.scalar.length == 0)
            return ROOST_OK;
        return on_scalar(reader, event, err);
    case YAML_MAPPING_START_EVENT:
    case YAML_SEQUENCE_START_EVENT:
        return on_open(reader, event, err);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        return on_close(reader, err);
    case YAML_ALIAS_EVENT:
        return fail_at(reader, &event->start_mark, ROOST_FORMAT, err,
                       "aliases are not allowed here");
    case YAML_DOCUMENT_START_EVENT:
        if (reader->documents++ > 0)
            return fail_at(reader, &event->start_mark, ROOST_FORMAT, err,
                           "a second document; only one is read");
        return ROOST_OK;
    default:
        return ROOST_OK;
    }
}

roost_status cfg_yaml_read(struct cfg_yaml *yaml, const char *name, const char *text,
                           size_t size, struct roost_error *err)
{
    memset(yaml, 0, sizeof *yaml);
    yaml->name = name;
    eng_arena_init(&yaml->arena, (size_t)16 << 20);
    if (size > CFG_YAML_BYTES)
        return eng_fail(err, ROOST_LIMIT, name, size, "the file is larger than 1 MiB");
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return eng_fail(err, ROOST_NOMEM, name, 0, "out of memory");
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
    struct reader reader = {.yaml = yaml};
    roost_status status = ROOST_OK;
    int ended = 0;
    while (status == ROOST_OK && !ended) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            status = fail_parse(&reader, &parser, err);
            break;
        }
        ended = event.type == YAML_STREAM_END_EVENT;
        status = on_event(&reader, &event, err);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    if (status != ROOST_OK)
        cfg_yaml_clear(yaml);
    return status;
}

void cfg_yaml_clear(struct cfg_yaml *yaml)
{
    eng_arena_clear(&yaml->arena);
    yaml->root = NULL;
}
