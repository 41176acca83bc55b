/* SPDX-License-Identifier: MIT
 * intern.h - the states of operators, each content held once in the process.
 * Threads  Any thread; one mutex guards the table. Only making and freeing models takes
 *          it, never scoring. It is held for no other lock and for no allocation by ops.
 * Memory   A state is counted: `_make` and `_retain` each pair with one `_release`.
 * Errors   Those of the operator's make; NOMEM. */
#ifndef ROOST_MODEL_INTERN_H
#define ROOST_MODEL_INTERN_H
#include "engine/transform/op.h"

/* What an operator made of its parameters and the shapes of its inputs. */
struct eng_state {
    struct eng_state *next; /* in its bucket; unused when it stands alone */
    const struct eng_op *op;
    void *state;
    struct eng_shape shape;
    size_t bytes;
    uint64_t digest[2]; /* op, input shapes, parameters (and input names if op->named) */
    uint32_t owners;    /* guarded by the mutex */
    uint8_t shared;     /* is in the table */
};

roost_status eng_state_make(const struct eng_op *op, const struct eng_op_args *args,
                            struct eng_state **out, struct roost_error *err);
struct eng_state *eng_state_retain(struct eng_state *state);
void eng_state_release(struct eng_state *state); /* NULL is allowed */

/* States in the table, for tests. */
uint32_t eng_state_count(void);

#endif
