/* SPDX-License-Identifier: MIT
 * slots.c - lays the inputs of a model with a table of weights side by side: linear, fm
 * and embed read a table's rows by what this finds. Comes after the transforms that yield
 * ids; all of it happens when a node is made. */
#include "engine/predict/slots.h"
#include "engine/base/error.h"
#include "engine/base/hash.h"
#include "engine/transform/args.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TABLE_ALIGN = 64 };

void eng_slots_clear(struct eng_slots *slots)
{
    free(slots->inputs);
    eng_keys_free(slots->keys);
    memset(slots, 0, sizeof *slots);
}

size_t eng_slots_bytes(const struct eng_slots *slots)
{
    return slots->n * sizeof *slots->inputs +
           (slots->keys ? eng_keys_bytes(slots->keys) : 0);
}

static roost_status read_keys(const struct eng_op_args *args,
                              const struct eng_tensor *tensor, struct eng_slots *slots,
                              struct roost_error *err)
{
    if (tensor->dtype != ENG_DT_I64 && tensor->dtype != ENG_DT_U64)
        return eng_fail(err, ROOST_SHAPE, args->name, 0,
                        "'keys' must be 64-bit integers");
    if (tensor->rank != 1 || tensor->count == 0 || tensor->count > INT32_MAX)
        return eng_fail(err, ROOST_SHAPE, args->name, 0,
                        "'keys' must be a list of 1 to 2147483647 ids");
    slots->keys = eng_keys_new((uint32_t)tensor->count);
    if (!slots->keys)
        return eng_fail(err, ROOST_NOMEM, args->name, 0, "no memory for 'keys'");
    for (uint64_t i = 0; i < tensor->count; i++) {
        int64_t key = eng_tensor_integer(tensor, i);
        if (eng_keys_add(slots->keys, (uint64_t)key) < 0)
            return eng_fail(err, ROOST_VALUE, args->name, i,
                            "'keys' holds %lld twice (again at index %llu)",
                            (long long)key, (unsigned long long)i);
    }
    eng_hash_128(tensor->data, (size_t)tensor->count * 8, 0, slots->keys_digest);
    return ROOST_OK;
}

/* The region that all inputs of full ids share: 2^bits slots, or one for each key. */
static roost_status read_region(const struct eng_op_args *args, struct eng_slots *slots,
                                uint64_t *region, struct roost_error *err)
{
    const struct eng_param *keys = eng_op_arg(args, "keys");
    int64_t bits = -1;
    roost_status status = eng_arg_integer(args, "bits", 1, ENG_BITS_MAX, &bits, err);
    if (status != ROOST_OK)
        return status;
    if (keys && bits >= 0)
        return eng_fail(err, ROOST_VALUE, args->name, 0,
                        "'bits' and 'keys' exclude each other; give one");
    *region = bits >= 0 ? UINT64_C(1) << bits : 0;
    slots->mask = bits >= 0 ? *region - 1 : 0;
    if (!keys)
        return ROOST_OK;
    *region = keys->tensor.count;
    return read_keys(args, &keys->tensor, slots, err);
}

/* Bounded inputs take their slots in order; the shared region comes last. */
static roost_status lay_slots(const struct eng_op_args *args, struct eng_slots *slots,
                              uint64_t region, struct roost_error *err)
{
    const unsigned kinds =
        ENG_IS_NUMBER | ENG_IS_INTEGER | ENG_IS_IDS | ENG_IS_DENSE | ENG_IS_DENSE64;
    uint64_t next = 0;
    int open = 0;
    for (uint32_t i = 0; i < args->n_inputs; i++) {
        roost_status status = eng_arg_kind(args, i, kinds, err);
        if (status != ROOST_OK)
            return status;
        struct eng_slot_input *input = &slots->inputs[i];
        input->shape = args->inputs[i];
        int ids = input->shape.kind == ENG_IDS;
        if (ids && input->shape.bound == 0) {
            input->rule = slots->keys ? ENG_SLOT_KEYS : ENG_SLOT_MASK;
            open = 1;
            continue;
        }
        input->base = next;
        input->slots = ids ? input->shape.bound : input->shape.width;
        if (__builtin_add_overflow(next, input->slots, &next))
            return eng_fail(err, ROOST_LIMIT, args->name, i, "too many slots");
    }
    if (open != (region > 0))
        return eng_fail(err, ROOST_VALUE, args->name, 0,
                        open ? "an input has full 64-bit ids: 'bits' or 'keys' is needed"
                             : "'bits' and 'keys' are for inputs of full 64-bit ids, and "
                               "there is none");
    for (uint32_t i = 0; i < args->n_inputs; i++) {
        if (slots->inputs[i].rule == ENG_SLOT_DIRECT)
            continue;
        slots->inputs[i].base = next;
        slots->inputs[i].slots = region;
    }
    if (__builtin_add_overflow(next, region, &slots->total))
        return eng_fail(err, ROOST_LIMIT, args->name, 0, "too many slots");
    return ROOST_OK;
}

roost_status eng_slots_init(struct eng_slots *slots, const struct eng_op_args *args,
                            struct roost_error *err)
{
    uint64_t region = 0;
    memset(slots, 0, sizeof *slots);
    slots->n = args->n_inputs;
    slots->inputs = calloc(args->n_inputs, sizeof *slots->inputs);
    if (!slots->inputs)
        return eng_fail(err, ROOST_NOMEM, args->name, 0, "no memory for %u inputs",
                        args->n_inputs);
    roost_status status = read_region(args, slots, &region, err);
    return status == ROOST_OK ? lay_slots(args, slots, region, err) : status;
}

roost_status eng_slot_table(const struct eng_op_args *args, const char *key,
                            uint64_t rows, uint32_t most, float **table, uint32_t *width,
                            struct roost_error *err)
{
    const struct eng_param *param = eng_op_arg(args, key);
    if (!param)
        return eng_fail(err, ROOST_VALUE, args->name, 0, "'%s' is missing", key);
    const struct eng_tensor *tensor = &param->tensor;
    const uint64_t columns = tensor->rank == 2 ? tensor->dim[1] : 1;
    const uint64_t given = tensor->rank == 0 ? 1 : tensor->dim[0];
    if (tensor->rank > 2 || columns == 0 || columns > most)
        return eng_fail(err, ROOST_SHAPE, args->name, 0,
                        "'%s' must have the shape [rows] or [rows, columns], with 1 to "
                        "%u columns",
                        key, most);
    if (given != rows)
        return eng_fail(err, ROOST_SHAPE, args->name, 0,
                        "'%s' has %llu rows, but the inputs take %llu slots", key,
                        (unsigned long long)given, (unsigned long long)rows);
    const size_t pieces =
        ((size_t)tensor->count * sizeof(float) + TABLE_ALIGN) / TABLE_ALIGN;
    float *made = aligned_alloc(TABLE_ALIGN, pieces * TABLE_ALIGN);
    if (!made)
        return eng_fail(err, ROOST_NOMEM, args->name, 0, "no memory for '%s'", key);
    for (uint64_t i = 0; i < tensor->count; i++) {
        made[i] = (float)eng_tensor_number(tensor, i);
        if (!isfinite(made[i])) {
            free(made);
            return eng_fail(err, ROOST_VALUE, args->name, i,
                            "'%s' is not finite at index %llu", key,
                            (unsigned long long)i);
        }
    }
    *table = made;
    *width = (uint32_t)columns;
    return ROOST_OK;
}
