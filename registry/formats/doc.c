/* SPDX-License-Identifier: MIT
 * doc.c - the tree itself: doc_json.c and doc_ubj.c put values in, xgboost.c,
 * safetensors.c and manifest.c look at them. Nodes lie in one array in the order of
 * reading and refer to each other by index, so that the array may move while it grows. */
#include "registry/formats/doc.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/names.h"

/* Strings with escapes are rare; their sum can never exceed the bytes read anyway. */
enum { TEXTS_MAX = 1 << 30, FEW_KEYS = 24 };

/* A node takes far more memory than the one to three bytes of an empty value, so a file
 * of those could ask for fifty times its size. Models spend 12 bytes a node and more,
 * their numbers being no nodes: 8 are asked for, beyond what is free. */
enum { NODES_FREE = 1 << 20, NODE_BYTES = 8 };

void reg_doc_init(struct reg_doc *doc)
{
    memset(doc, 0, sizeof *doc);
    eng_arena_init(&doc->texts, TEXTS_MAX);
}

void reg_doc_expect(struct reg_doc *doc, size_t size)
{
    size_t most = NODES_FREE + size / NODE_BYTES;
    doc->most = most < UINT32_MAX / 2 ? (uint32_t)most : UINT32_MAX / 2;
}

void reg_doc_clear(struct reg_doc *doc)
{
    free(doc->node);
    free(doc->number);
    eng_arena_clear(&doc->texts);
    memset(doc, 0, sizeof *doc);
}

/* The readers know where they stand, so they put the words into an error of theirs. */
static roost_status fail(struct reg_doc_writer *writer, roost_status status,
                         const char *wrong)
{
    writer->wrong = wrong;
    return status;
}

/* The index of a new node in *out. The array may move: pointers into it end here. */
static roost_status new_node(struct reg_doc_writer *writer,
                             const struct reg_doc_node *value, uint32_t *out)
{
    struct reg_doc *doc = writer->doc;
    if (doc->nodes == doc->most)
        return fail(writer, ROOST_LIMIT, "too many values for a file of this size");
    if (doc->nodes == doc->room) {
        uint32_t room = doc->room ? doc->room * 2 : 64;
        room = room < doc->most ? room : doc->most;
        struct reg_doc_node *node = realloc(doc->node, room * sizeof *node);
        if (!node)
            return fail(writer, ROOST_NOMEM, "out of memory");
        doc->node = node;
        doc->room = room;
    }
    doc->node[doc->nodes] = *value;
    *out = doc->nodes++;
    return ROOST_OK;
}

/* Add a node to the list or map that is open, or as the root. */
static roost_status attach(struct reg_doc_writer *writer, struct reg_doc_node value,
                           uint32_t *out)
{
    struct reg_doc_frame *frame =
        writer->depth ? &writer->frame[writer->depth - 1] : NULL;
    if (frame) {
        assert(writer->doc->node); /* what is open is in it */
        struct reg_doc_node *open = &writer->doc->node[frame->node];
        if (open->kind == REG_DOC_NUMBERS && open->count > 0)
            return fail(writer, ROOST_FORMAT, "a list mixes numbers and other values");
        if (open->kind == REG_DOC_NUMBERS)
            open->kind = REG_DOC_LIST;
        value.key = frame->key;
        value.key_size = frame->key_size;
    }
    roost_status status = new_node(writer, &value, out);
    if (status || !frame)
        return status;
    struct reg_doc *doc = writer->doc; /* the array may have moved */
    if (frame->last)
        doc->node[frame->last].next = *out;
    else
        doc->node[frame->node].child = *out;
    frame->last = *out;
    doc->node[frame->node].count++;
    return ROOST_OK;
}

roost_status reg_doc_put(struct reg_doc_writer *writer, const struct reg_doc_node *value)
{
    uint32_t at;
    return attach(writer, *value, &at);
}

/* In a list that holds only numbers so far a number takes 8 bytes instead of a node. */
roost_status reg_doc_put_number(struct reg_doc_writer *writer, double number)
{
    struct reg_doc *doc = writer->doc;
    struct reg_doc_node *open =
        writer->depth ? &doc->node[writer->frame[writer->depth - 1].node] : NULL;
    if (open && open->kind == REG_DOC_LIST)
        return fail(writer, ROOST_FORMAT, "a list mixes numbers and other values");
    if (!open || open->kind != REG_DOC_NUMBERS) {
        struct reg_doc_node value = {.kind = REG_DOC_NUMBER, .as.number = number};
        return reg_doc_put(writer, &value);
    }
    if (open->count == UINT32_MAX)
        return fail(writer, ROOST_LIMIT, "a list is too long");
    if (doc->numbers == doc->number_room) {
        size_t room = doc->number_room ? doc->number_room * 2 : 256;
        double *grown = realloc(doc->number, room * sizeof *grown);
        if (!grown)
            return fail(writer, ROOST_NOMEM, "out of memory");
        doc->number = grown;
        doc->number_room = room;
    }
    /* A list of numbers holds no other list, so its numbers lie side by side. */
    doc->number[doc->numbers++] = number;
    open->count++;
    return ROOST_OK;
}

/* A list begins as one of numbers; its first element that is none turns it into a LIST.
 */
roost_status reg_doc_begin(struct reg_doc_writer *writer, enum reg_doc_kind kind)
{
    if (writer->depth == REG_DOC_DEPTH)
        return fail(writer, ROOST_LIMIT, "nested more than 64 deep");
    struct reg_doc_node value = {.kind = kind};
    if (kind == REG_DOC_NUMBERS)
        value.as.first = writer->doc->numbers;
    uint32_t at;
    roost_status status = attach(writer, value, &at);
    if (status)
        return status;
    writer->frame[writer->depth++] = (struct reg_doc_frame){.node = at};
    return ROOST_OK;
}

/* Few keys are compared pair by pair; many go through a table, so that a map of 100,000
 * keys takes linear time. */
static roost_status check_keys(struct reg_doc_writer *writer,
                               const struct reg_doc_node *map)
{
    const struct reg_doc *doc = writer->doc;
    struct eng_names *names = NULL;
    if (map->count > FEW_KEYS) {
        names = eng_names_new(map->count);
        if (!names)
            return fail(writer, ROOST_NOMEM, "out of memory");
    }
    int twice = 0;
    for (const struct reg_doc_node *a = reg_doc_child(doc, map); a && !twice;
         a = reg_doc_next(doc, a)) {
        if (names) {
            twice = eng_names_add(names, a->key, a->key_size) < 0;
            continue;
        }
        for (const struct reg_doc_node *b = reg_doc_child(doc, map); b != a && !twice;
             b = reg_doc_next(doc, b))
            twice = a->key_size == b->key_size && !memcmp(a->key, b->key, a->key_size);
    }
    eng_names_free(names);
    return twice ? fail(writer, ROOST_FORMAT, "a key is there twice") : ROOST_OK;
}

roost_status reg_doc_end(struct reg_doc_writer *writer)
{
    const struct reg_doc_node *open =
        &writer->doc->node[writer->frame[--writer->depth].node];
    return open->kind == REG_DOC_MAP ? check_keys(writer, open) : ROOST_OK;
}

const struct reg_doc_node *reg_doc_root(const struct reg_doc *doc)
{
    return doc->nodes ? doc->node : NULL;
}

const struct reg_doc_node *reg_doc_child(const struct reg_doc *doc,
                                         const struct reg_doc_node *node)
{
    return node && node->child ? &doc->node[node->child] : NULL;
}

const struct reg_doc_node *reg_doc_next(const struct reg_doc *doc,
                                        const struct reg_doc_node *node)
{
    return node && node->next ? &doc->node[node->next] : NULL;
}

const struct reg_doc_node *reg_doc_get(const struct reg_doc *doc,
                                       const struct reg_doc_node *map, const char *key)
{
    if (!map || map->kind != REG_DOC_MAP)
        return NULL;
    size_t size = strlen(key);
    const struct reg_doc_node *at = reg_doc_child(doc, map);
    while (at && (at->key_size != size || memcmp(at->key, key, size) != 0))
        at = reg_doc_next(doc, at);
    return at;
}

const double *reg_doc_numbers(const struct reg_doc *doc, const struct reg_doc_node *node)
{
    return doc->number + (node->count ? node->as.first : 0);
}

int reg_doc_is(const struct reg_doc_node *node, const char *text)
{
    return node && node->kind == REG_DOC_TEXT && node->size == strlen(text) &&
           !memcmp(node->as.text, text, node->size);
}

int64_t reg_doc_count(const struct reg_doc_node *node, int64_t max)
{
    int64_t value = -1;
    if (node && node->kind == REG_DOC_NUMBER) {
        double number = node->as.number;
        if (number >= 0 && number <= 0x1p53 && floor(number) == number)
            value = (int64_t)number;
    } else if (node && node->kind == REG_DOC_TEXT) {
        if (reg_integer(node->as.text, node->size, &value))
            value = -1;
    }
    return value >= 0 && value <= max ? value : -1;
}
