/* SPDX-License-Identifier: MIT
 * each.c - impute, clip, log1p and standardize differ in one line each; all around it is
 * here: which kinds, parameters for all columns or one a column, and the loop. Values
 * pass in small pieces through doubles, so that float vectors need no second set of
 * loops. */
#include "engine/transform/each.h"

#include "engine/base/error.h"
#include "engine/transform/args.h"
#include "engine/transform/value.h"

#include <stdlib.h>
#include <string.h>

enum { PIECE = 128 }; /* doubles on the stack at a time */

struct eng_each {
    struct eng_each_param param[2];
    enum eng_kind kind; /* of the input */
    uint32_t width;
    uint8_t by_column; /* a parameter has step 1 */
};

void eng_each_free(void *state)
{
    struct eng_each *each = state;
    if (each == NULL)
        return;
    free(each->param[0].values);
    free(each->param[1].values);
    free(each);
}

uint32_t eng_each_width(const struct eng_each *each)
{
    return each->width;
}

const struct eng_each_param *eng_each_params(const struct eng_each *each)
{
    return each->param;
}

static roost_status read_param(struct eng_each *each, uint32_t i,
                               const struct eng_op_args *args, const char *key,
                               size_t *bytes, struct roost_error *err)
{
    uint32_t count = 0;
    roost_status status = eng_arg_numbers(args, key, &each->param[i].values, &count, err);
    if (status != ROOST_OK)
        return status;
    if (count != 1 && count != each->width)
        return eng_fail(err, ROOST_SHAPE, args->name, count,
                        "'%s' has %u values; it needs 1, or %u as input '%s'", key, count,
                        each->width, args->input_names[0]);
    each->param[i].step = count > 1;
    each->by_column |= count > 1;
    *bytes += count * sizeof(double);
    return ROOST_OK;
}

roost_status eng_each_new(const struct eng_op_args *args, const char *const keys[2],
                          struct eng_shape *out, struct eng_each **each, size_t *bytes,
                          struct roost_error *err)
{
    roost_status status = eng_arg_kind(
        args, 0, ENG_IS_NUMBER | ENG_IS_INTEGER | ENG_IS_DENSE | ENG_IS_DENSE64, err);
    if (status != ROOST_OK)
        return status;
    struct eng_each *made = calloc(1, sizeof *made);
    if (made == NULL)
        return eng_fail(err, ROOST_NOMEM, args->name, 0, "out of memory");
    const struct eng_shape *in = &args->inputs[0];
    int dense = in->kind == ENG_DENSE || in->kind == ENG_DENSE64;
    made->kind = in->kind;
    made->width = dense ? in->width : 1;
    *bytes = sizeof *made;
    for (uint32_t i = 0; i < 2 && keys[i] != NULL && status == ROOST_OK; i++)
        status = read_param(made, i, args, keys[i], bytes, err);
    if (status != ROOST_OK) {
        eng_each_free(made);
        return status;
    }
    *out =
        (struct eng_shape){.kind = dense ? in->kind : ENG_NUMBER, .width = made->width};
    *each = made;
    return ROOST_OK;
}

/* Columns first ... first + n - 1 of a row, which lie at `from` in the input and at `to`
 * in the output. */
static void run_piece(const struct eng_each *each, eng_each_change *change,
                      uint32_t first, uint32_t n, const struct eng_value *in, size_t from,
                      struct eng_value *out, size_t to)
{
    double piece[PIECE];
    assert(n <= PIECE);
    if (each->kind == ENG_DENSE) {
        for (uint32_t i = 0; i < n; i++)
            piece[i] = (double)in->f32[from + i];
        change(each->param, first, piece, n);
        for (uint32_t i = 0; i < n; i++)
            out->f32[to + i] = (float)piece[i];
        return;
    }
    double *x = each->kind == ENG_DENSE64 ? out->f64 : out->number;
    if (each->kind == ENG_DENSE64)
        memcpy(x + to, in->f64 + from, n * sizeof *x);
    else
        x[to] = eng_number_at(in, each->kind, (uint32_t)from);
    change(each->param, first, x + to, n);
}

void eng_each_run(const struct eng_each *each, eng_each_change *change,
                  const struct eng_block *block, const struct eng_value *in,
                  struct eng_value *out)
{
    for (uint32_t r = 0; r < block->n; r++) {
        size_t from = (size_t)eng_row(in, r) * each->width;
        size_t to = (size_t)r * each->width;
        for (uint32_t j = 0; j < each->width; j += PIECE) {
            uint32_t n = each->width - j < PIECE ? each->width - j : PIECE;
            run_piece(each, change, j, n, in, from + j, out, to + j);
        }
    }
}
