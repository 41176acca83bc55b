/* SPDX-License-Identifier: MIT
 * Reads group.yaml from libyaml's events, without a tree, so that nesting costs nothing.
 * Before: group.c has the file's bytes. After: it makes one plan of the members' models.
 */
#include "registry/manifest.h"

#include "engine/base/error.h"
#include "registry/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct reader {
    yaml_parser_t parser;
    struct reg_group group;
    int has_format;
    int has_members;
    struct roost_error *err;
};

static roost_status fail_at(struct reader *reader, const yaml_mark_t *mark,
                            roost_status status, const char *text)
{
    eng_fail(reader->err, status, "group.yaml", 0, "%s", text);
    if (reader->err) {
        reader->err->line = (uint32_t)mark->line + 1;
        reader->err->column = (uint32_t)mark->column + 1;
    }
    return status;
}

/* The next event. text: what to say of what is no YAML here; NULL: libyaml's words. */
static roost_status next_event(struct reader *reader, yaml_event_t *event,
                               const char *text)
{
    if (yaml_parser_parse(&reader->parser, event)) {
        return ROOST_OK;
    }
    memset(event, 0, sizeof *event);
    if (reader->parser.error == YAML_MEMORY_ERROR) {
        return fail_at(reader, &reader->parser.mark, ROOST_NOMEM, "out of memory");
    }
    const char *problem = reader->parser.problem;
    return fail_at(reader, &reader->parser.problem_mark, ROOST_FORMAT,
                   text      ? text
                   : problem ? problem
                             : "this is not YAML");
}

/* The next event, which must be of the given type. */
static roost_status expect(struct reader *reader, yaml_event_t *event,
                           yaml_event_type_t type, const char *text)
{
    roost_status status = next_event(reader, event, NULL);
    if (status) {
        return status;
    }
    if (event->type != type) {
        status = fail_at(reader, &event->start_mark, ROOST_FORMAT, text);
        yaml_event_delete(event);
        return status;
    }
    return ROOST_OK;
}

static roost_status skip_event(struct reader *reader, yaml_event_type_t type,
                               const char *text)
{
    yaml_event_t event;
    roost_status status = expect(reader, &event, type, text);
    if (!status) {
        yaml_event_delete(&event);
    }
    return status;
}

static roost_status add_member(struct reader *reader, const yaml_event_t *event)
{
    struct reg_group *group = &reader->group;
    const char *name = (const char *)event->data.scalar.value;
    size_t size = event->data.scalar.length;
    if (!reg_name_valid(name, size)) {
        return fail_at(reader, &event->start_mark, ROOST_VALUE,
                       "a member is the name of a model: letters, digits, _ . -");
    }
    for (uint32_t i = 0; i < group->count; i++) {
        if (strcmp(group->member[i], name) == 0) {
            return fail_at(reader, &event->start_mark, ROOST_VALUE,
                           "this member is named twice");
        }
    }
    if (group->count == REG_MEMBERS_MAX) {
        return fail_at(reader, &event->start_mark, ROOST_LIMIT,
                       "a group has at most 256 members");
    }
    void *more = realloc(group->member, (group->count + 1) * sizeof *group->member);
    if (!more) {
        return fail_at(reader, &event->start_mark, ROOST_NOMEM, "out of memory");
    }
    group->member = more;
    memcpy(group->member[group->count++], name, size + 1);
    return ROOST_OK;
}

static roost_status read_members(struct reader *reader)
{
    yaml_event_t event;
    roost_status status = expect(reader, &event, YAML_SEQUENCE_START_EVENT,
                                 "members is a list: members: [a, b]");
    if (status) {
        return status;
    }
    yaml_mark_t start = event.start_mark;
    yaml_event_delete(&event);
    for (;;) {
        status = next_event(reader, &event, "the list of members is not closed");
        if (status) {
            return status;
        }
        yaml_event_type_t type = event.type;
        if (type == YAML_SCALAR_EVENT) {
            status = add_member(reader, &event);
        } else if (type != YAML_SEQUENCE_END_EVENT) {
            status = fail_at(reader, &event.start_mark, ROOST_FORMAT,
                             "a member is the name of a model");
        }
        yaml_event_delete(&event);
        if (status || type == YAML_SEQUENCE_END_EVENT) {
            break;
        }
    }
    if (!status && reader->group.count == 0) {
        return fail_at(reader, &start, ROOST_VALUE, "a group has at least one member");
    }
    reader->has_members = 1;
    return status;
}

static roost_status read_format(struct reader *reader)
{
    yaml_event_t event;
    roost_status status =
        expect(reader, &event, YAML_SCALAR_EVENT, "format is a number: format: 1");
    if (status) {
        return status;
    }
    if (strcmp((const char *)event.data.scalar.value, "1") != 0) {
        status = fail_at(reader, &event.start_mark, ROOST_FORMAT,
                         "this build reads groups of format 1");
    }
    reader->has_format = 1;
    yaml_event_delete(&event);
    return status;
}

static roost_status read_key(struct reader *reader, const yaml_event_t *event)
{
    const char *key = (const char *)event->data.scalar.value;
    int format = strcmp(key, "format") == 0;
    if (!format && strcmp(key, "members") != 0) {
        char text[128];
        snprintf(text, sizeof text, "unknown key '%.60s': a group has format and members",
                 key);
        return fail_at(reader, &event->start_mark, ROOST_FORMAT, text);
    }
    if (format ? reader->has_format : reader->has_members) {
        return fail_at(reader, &event->start_mark, ROOST_FORMAT, "this key stands twice");
    }
    return format ? read_format(reader) : read_members(reader);
}

static roost_status read_map(struct reader *reader)
{
    yaml_event_t event;
    for (;;) {
        roost_status status = next_event(reader, &event, NULL);
        if (status) {
            return status;
        }
        yaml_event_type_t type = event.type;
        yaml_mark_t mark = event.start_mark;
        if (type == YAML_SCALAR_EVENT) {
            status = read_key(reader, &event);
        } else if (type != YAML_MAPPING_END_EVENT) {
            status = fail_at(reader, &mark, ROOST_FORMAT, "a key is a word");
        }
        yaml_event_delete(&event);
        if (status) {
            return status;
        }
        if (type == YAML_MAPPING_END_EVENT) {
            if (!reader->has_format || !reader->has_members) {
                return fail_at(reader, &mark, ROOST_FORMAT,
                               reader->has_format ? "members is missing: members: [a, b]"
                                                  : "format is missing: format: 1");
            }
            return ROOST_OK;
        }
    }
}

static roost_status read_document(struct reader *reader)
{
    static const char *const map = "a group is a map: format: 1, members: [a, b]";
    roost_status status = skip_event(reader, YAML_STREAM_START_EVENT, map);
    if (!status) {
        status = skip_event(reader, YAML_DOCUMENT_START_EVENT, map);
    }
    if (!status) {
        status = skip_event(reader, YAML_MAPPING_START_EVENT, map);
    }
    if (!status) {
        status = read_map(reader);
    }
    if (!status) {
        status = skip_event(reader, YAML_DOCUMENT_END_EVENT, map);
    }
    return status ? status
                  : skip_event(reader, YAML_STREAM_END_EVENT, "one document is enough");
}

roost_status reg_group_read(const char *text, size_t size, struct reg_group *out,
                            struct roost_error *err)
{
    struct reader reader = {.err = err};
    if (!yaml_parser_initialize(&reader.parser)) {
        return eng_fail(err, ROOST_NOMEM, "group.yaml", 0, "out of memory");
    }
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, size);
    roost_status status = read_document(&reader);
    yaml_parser_delete(&reader.parser);
    if (status) {
        reg_group_clear(&reader.group);
    } else {
        *out = reader.group;
    }
    return status;
}

void reg_group_clear(struct reg_group *group)
{
    free(group->member);
    group->member = NULL;
    group->count = 0;
}
