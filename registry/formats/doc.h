/* SPDX-License-Identifier: MIT
 * doc.h - a small document tree that the JSON and the UBJSON reader both fill.
 * Threads  A document serves one thread.
 * Memory   Texts without escapes are borrowed from the bytes read, which must outlive the
 *          document. What is allocated grows with the bytes present, never with a size
 *          that the bytes declare. `_init` pairs with `_clear`, also after a failure.
 * Errors   FORMAT (JSON: line and column; UBJSON: at = byte), LIMIT, NOMEM. */
#ifndef ROOST_REGISTRY_FORMATS_DOC_H
#define ROOST_REGISTRY_FORMATS_DOC_H
#include "engine/base/arena.h"
#include "engine/roost.h"

enum { REG_DOC_DEPTH = 64 };

/* A list is either of numbers only (NUMBERS, kept as doubles side by side; true and false
 * count as 1 and 0) or of anything but numbers (LIST). An empty one is NUMBERS. */
enum reg_doc_kind {
    REG_DOC_NULL,
    REG_DOC_BOOL,
    REG_DOC_NUMBER,
    REG_DOC_TEXT,
    REG_DOC_NUMBERS,
    REG_DOC_LIST,
    REG_DOC_MAP
};

struct reg_doc_node {
    enum reg_doc_kind kind;
    uint32_t key_size;
    const char *key; /* in a map: the node's key, not NUL-terminated */
    uint32_t next;   /* the next sibling's index, 0: none */
    uint32_t child;  /* LIST, MAP: the first child's index, 0: none */
    uint32_t count;  /* children, or numbers */
    uint32_t size;   /* TEXT: bytes */
    union {
        double number;
        const char *text; /* TEXT: not NUL-terminated, valid UTF-8 without NUL */
        size_t first;     /* NUMBERS: index of its first number in doc->number */
    } as;
};

struct reg_doc {
    struct reg_doc_node *node; /* [nodes], 0 is the root */
    uint32_t nodes;
    uint32_t room;
    uint32_t most;  /* nodes that a document of these bytes may have */
    double *number; /* [numbers] of all number lists */
    size_t numbers;
    size_t number_room;
    struct eng_arena texts; /* of strings that had escapes */
};

void reg_doc_init(struct reg_doc *doc);
void reg_doc_clear(struct reg_doc *doc);

/* Read a whole document. Duplicate keys are refused. JSON is RFC 8259 plus the tokens
 * NaN, Infinity and -Infinity, which XGBoost writes. */
roost_status reg_doc_json(struct reg_doc *doc, const void *data, size_t size,
                          struct roost_error *err);
roost_status reg_doc_ubj(struct reg_doc *doc, const void *data, size_t size,
                         struct roost_error *err);

/* Looking at it. A NULL node gives NULL. get: the child of a map with this key. */
const struct reg_doc_node *reg_doc_root(const struct reg_doc *doc);
const struct reg_doc_node *reg_doc_get(const struct reg_doc *doc,
                                       const struct reg_doc_node *map, const char *key);
const struct reg_doc_node *reg_doc_child(const struct reg_doc *doc,
                                         const struct reg_doc_node *node);
const struct reg_doc_node *reg_doc_next(const struct reg_doc *doc,
                                        const struct reg_doc_node *node);
/* The numbers of a NUMBERS node: [node->count]. */
const double *reg_doc_numbers(const struct reg_doc *doc, const struct reg_doc_node *node);
/* 1 when the node is this text. */
int reg_doc_is(const struct reg_doc_node *node, const char *text);
/* A whole number in [0, max] out of a NUMBER, or of a TEXT of digits (as XGBoost writes
 * its parameters); -1 otherwise. */
int64_t reg_doc_count(const struct reg_doc_node *node, int64_t max);

/* For the readers: put values one after the other. A frame is an open list or map. */
struct reg_doc_frame {
    uint32_t node;
    uint32_t last;   /* last child, 0: none yet */
    const char *key; /* of the value that comes next */
    uint32_t key_size;
};
struct reg_doc_writer {
    struct reg_doc *doc;
    struct reg_doc_frame frame[REG_DOC_DEPTH];
    uint32_t depth;
    const char *wrong; /* what the last REG status meant, in words */
};
/* Before the first value: how many nodes may come of this many bytes. */
void reg_doc_expect(struct reg_doc *doc, size_t size);
/* Each gives 0, or a status with writer->wrong set. */
roost_status reg_doc_put(struct reg_doc_writer *writer, const struct reg_doc_node *value);
roost_status reg_doc_put_number(struct reg_doc_writer *writer, double number);
roost_status reg_doc_begin(struct reg_doc_writer *writer, enum reg_doc_kind kind);
roost_status reg_doc_end(struct reg_doc_writer *writer);

/* 1 when the bytes are valid UTF-8 and hold no NUL. */
int reg_utf8_valid(const void *data, size_t size);
/* A decimal number, whatever the process's locale: 0 and *out, or -1 when the text (at
 * most 63 bytes) is not one number from its first to its last byte, or is too large. */
int reg_number(const char *text, size_t size, double *out);
int reg_integer(const char *text, size_t size, int64_t *out);

#endif
