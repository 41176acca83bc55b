/* SPDX-License-Identifier: MIT
 * join.c - columns become rows: the step before concat, forest and tree_leaf, which
 * index a row of numbers. An input goes through all rows before the next one, so that
 * each is read in order; a missing value or index is NaN. */
#include "engine/transform/join.h"

#include "engine/base/error.h"
#include "engine/transform/args.h"
#include "engine/transform/value.h"

#include <stdlib.h>
#include <string.h>

/* Of a gathered row; a product with a block's rows and an element's size fits size_t. */
static const uint64_t WIDTH_MAX = UINT64_C(1) << 24;

void eng_join_clear(struct eng_join *join)
{
    free(join->parts);
    join->parts = NULL;
}

size_t eng_join_bytes(const struct eng_join *join)
{
    return join->n * sizeof *join->parts;
}

static roost_status check_input(const struct eng_op_args *args, uint32_t i,
                                struct roost_error *err)
{
    roost_status status = eng_arg_kind(
        args, i,
        ENG_IS_NUMBER | ENG_IS_INTEGER | ENG_IS_IDS | ENG_IS_DENSE | ENG_IS_DENSE64, err);
    if (status == ROOST_OK && args->inputs[i].kind == ENG_IDS &&
        !eng_shape_is_index(&args->inputs[i]))
        status = eng_fail(err, ROOST_SHAPE, args->name, i,
                          "input '%s' is not a single index below a bound",
                          args->input_names[i]);
    return status;
}

roost_status eng_join_init(struct eng_join *join, const struct eng_op_args *args,
                           struct roost_error *err)
{
    uint64_t width = 0;
    memset(join, 0, sizeof *join);
    if (args->n_inputs == 0)
        return eng_fail(err, ROOST_SHAPE, args->name, 0, "there is no input");
    join->parts = calloc(args->n_inputs, sizeof *join->parts);
    if (join->parts == NULL)
        return eng_fail(err, ROOST_NOMEM, args->name, 0, "out of memory");
    for (uint32_t i = 0; i < args->n_inputs; i++) {
        const struct eng_shape *in = &args->inputs[i];
        roost_status status = check_input(args, i, err);
        int dense = in->kind == ENG_DENSE || in->kind == ENG_DENSE64;
        uint32_t add = dense ? in->width : 1;
        if (status == ROOST_OK && width + add > WIDTH_MAX)
            status = eng_fail(err, ROOST_SHAPE, args->name, i,
                              "the inputs have more than %llu values together",
                              (unsigned long long)WIDTH_MAX);
        if (status != ROOST_OK) {
            eng_join_clear(join);
            return status;
        }
        join->parts[i] = (struct eng_join_part){in->kind, add, (uint32_t)width};
        width += add;
    }
    join->n = args->n_inputs;
    join->width = (uint32_t)width;
    return ROOST_OK;
}

int eng_join_is(const struct eng_join *join, enum eng_kind kind)
{
    return join->n == 1 && join->parts[0].kind == kind;
}

/* A part of width 1 that is not dense. */
static double scalar_at(const struct eng_value *in, enum eng_kind kind, uint32_t row)
{
    if (kind != ENG_IDS)
        return eng_number_at(in, kind, row);
    uint32_t start = in->start[row];
    return start < in->start[row + 1] ? (double)in->id[start] : (double)NAN;
}

void eng_join_f64(const struct eng_join *join, const struct eng_value *const *in,
                  uint32_t first, uint32_t n, double *to)
{
    for (uint32_t i = 0; i < join->n; i++) {
        const struct eng_join_part *part = &join->parts[i];
        for (uint32_t r = 0; r < n; r++) {
            uint32_t row = eng_row(in[i], first + r);
            size_t from = (size_t)row * part->width;
            double *at = to + (size_t)r * join->width + part->column;
            if (part->kind == ENG_DENSE64)
                memcpy(at, in[i]->f64 + from, part->width * sizeof *at);
            else if (part->kind != ENG_DENSE)
                *at = scalar_at(in[i], part->kind, row);
            else
                for (uint32_t j = 0; j < part->width; j++)
                    at[j] = (double)in[i]->f32[from + j];
        }
    }
}

void eng_join_f32(const struct eng_join *join, const struct eng_value *const *in,
                  uint32_t first, uint32_t n, float *to)
{
    for (uint32_t i = 0; i < join->n; i++) {
        const struct eng_join_part *part = &join->parts[i];
        for (uint32_t r = 0; r < n; r++) {
            uint32_t row = eng_row(in[i], first + r);
            size_t from = (size_t)row * part->width;
            float *at = to + (size_t)r * join->width + part->column;
            if (part->kind == ENG_DENSE)
                memcpy(at, in[i]->f32 + from, part->width * sizeof *at);
            else if (part->kind != ENG_DENSE64)
                *at = (float)scalar_at(in[i], part->kind, row);
            else
                for (uint32_t j = 0; j < part->width; j++)
                    at[j] = (float)in[i]->f64[from + j];
        }
    }
}
