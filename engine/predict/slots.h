/* SPDX-License-Identifier: MIT
 * slots.h - which row of a table of weights an entry of an input means.
 *
 *     bounded inputs, in order, side by side | one region for all inputs of full ids
 *     0 ..                                   | 2^bits slots, or one for each key
 *
 * Threads  Slots never change once made.
 * Memory   `_init` pairs with `_clear`, also after a failure.
 * Errors   SHAPE, VALUE, LIMIT, NOMEM; err->where is the node. */
#ifndef ROOST_PREDICT_SLOTS_H
#define ROOST_PREDICT_SLOTS_H
#include "engine/base/names.h"
#include "engine/transform/op.h"

/* From an entry's id to its slot within the input's slots. */
enum eng_slot_rule {
    ENG_SLOT_DIRECT, /* bounded ids, the columns of a vector, a number: the index itself
                      */
    ENG_SLOT_MASK, /* full ids: id & mask                                              */
    ENG_SLOT_KEYS  /* full ids: position in keys; others are skipped                   */
};

struct eng_slot_input {
    struct eng_shape shape;
    enum eng_slot_rule rule;
    uint64_t base;  /* first slot */
    uint64_t slots; /* slots it can reach */
};

struct eng_slots {
    uint32_t n;
    struct eng_slot_input *inputs; /* [n] */
    uint64_t total;
    uint64_t mask;         /* of rule MASK */
    struct eng_keys *keys; /* of rule KEYS, or NULL */
    uint64_t keys_digest[2];
};

/* Lay the node's inputs out (numbers, integers, ids, vectors), with its parameters `bits`
 * or `keys` for those of full ids. */
roost_status eng_slots_init(struct eng_slots *slots, const struct eng_op_args *args,
                            struct roost_error *err);
void eng_slots_clear(struct eng_slots *slots);
size_t eng_slots_bytes(const struct eng_slots *slots);

/* The slot of an id of this input, over all slots; -1: it has none. */
static inline int64_t eng_slot_of(const struct eng_slots *slots,
                                  const struct eng_slot_input *input, uint64_t id)
{
    if (input->rule == ENG_SLOT_MASK)
        id &= slots->mask;
    if (input->rule == ENG_SLOT_KEYS) {
        const int32_t at = eng_keys_find(slots->keys, id);
        if (at < 0)
            return -1;
        id = (uint64_t)at;
    }
    return (int64_t)(input->base + id);
}

/* The tensor `key` as floats, 64-byte aligned, `rows` rows of *width columns: [rows] or
 * [rows, columns], all finite, at most `most` columns. The caller frees it. Memory
 * follows the tensor's own count, which the loader has checked against the file. */
roost_status eng_slot_table(const struct eng_op_args *args, const char *key,
                            uint64_t rows, uint32_t most, float **table, uint32_t *width,
                            struct roost_error *err);

/* The table's parameters, for an operator's list: rows of its params array. */
#define ENG_SLOT_PARAMS                                                                  \
    {"bits", ENG_PARAM_INT, 0, NULL, "full ids: slot = id & (2^bits - 1)"},              \
    {                                                                                    \
        "keys", ENG_PARAM_TENSOR, 0, NULL,                                               \
            "full ids: slot = position of the id in this list"                           \
    }

#endif
