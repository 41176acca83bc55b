/* SPDX-License-Identifier: MIT
 * args.c - the checks that operators have in common, run once when a model is loaded. All
 * that a file can get wrong about a parameter ends here or in the make function after it,
 * so that run can trust its state. */
#include "engine/transform/args.h"

#include "engine/base/error.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>

static const char *const kind_names[] = {
    [ENG_NUMBER] = "a number",
    [ENG_INTEGER] = "an integer",
    [ENG_TEXT] = "a string",
    [ENG_TEXTS] = "a list of strings",
    [ENG_IDS] = "ids",
    [ENG_DENSE] = "a dense vector (f32)",
    [ENG_DENSE64] = "a dense vector (f64)",
};

roost_status eng_arg_kind(const struct eng_op_args *args, uint32_t input, unsigned kinds,
                          struct roost_error *err)
{
    if (input >= args->n_inputs)
        return eng_fail(err, ROOST_SHAPE, args->name, input, "input %u is missing",
                        input + 1);
    enum eng_kind kind = args->inputs[input].kind;
    if ((kinds & 1u << kind) != 0)
        return ROOST_OK;
    return eng_fail(err, ROOST_SHAPE, args->name, input,
                    "input '%s' is %s, which this operator does not take",
                    args->input_names[input], kind_names[kind]);
}

roost_status eng_arg_score(const struct eng_op_args *args, struct roost_error *err)
{
    roost_status status = eng_arg_kind(args, 0, ENG_IS_DENSE64, err);
    if (status == ROOST_OK && args->inputs[0].width != 1)
        status = eng_fail(err, ROOST_SHAPE, args->name, args->inputs[0].width,
                          "'%s' yields %u scores; a calibration takes one",
                          args->input_names[0], args->inputs[0].width);
    return status;
}

int eng_shape_is_index(const struct eng_shape *shape)
{
    return shape->kind == ENG_IDS && shape->entries == 1 && shape->bound > 0 &&
           !shape->weighted;
}

void eng_arg_bool(const struct eng_op_args *args, const char *key, uint8_t *out)
{
    const struct eng_param *param = eng_op_arg(args, key);
    if (param != NULL)
        *out = param->integer != 0;
}

roost_status eng_arg_integer(const struct eng_op_args *args, const char *key, int64_t low,
                             int64_t high, int64_t *out, struct roost_error *err)
{
    const struct eng_param *param = eng_op_arg(args, key);
    if (param == NULL)
        return ROOST_OK;
    if (param->integer < low || param->integer > high)
        return eng_fail(err, ROOST_VALUE, args->name, 0,
                        "'%s' is %lld; it must be from %lld to %lld", key,
                        (long long)param->integer, (long long)low, (long long)high);
    *out = param->integer;
    return ROOST_OK;
}

static roost_status absent(const struct eng_op_args *args, const char *key,
                           struct roost_error *err)
{
    return eng_fail(err, ROOST_VALUE, args->name, 0, "the parameter '%s' is missing",
                    key);
}

roost_status eng_arg_number(const struct eng_op_args *args, const char *key, double *out,
                            struct roost_error *err)
{
    const struct eng_param *param = eng_op_arg(args, key);
    if (param == NULL)
        return absent(args, key, err);
    if (!isfinite(param->number))
        return eng_fail(err, ROOST_VALUE, args->name, 0, "'%s' is not a finite number",
                        key);
    *out = param->number;
    return ROOST_OK;
}

roost_status eng_arg_numbers(const struct eng_op_args *args, const char *key,
                             double **values, uint32_t *count, struct roost_error *err)
{
    const struct eng_param *param = eng_op_arg(args, key);
    if (param == NULL)
        return absent(args, key, err);
    const struct eng_tensor *tensor = &param->tensor;
    if (tensor->count < 1 || tensor->count > INT_MAX)
        return eng_fail(err, ROOST_SHAPE, args->name, 0,
                        "'%s' has %llu values; it needs at least one", key,
                        (unsigned long long)tensor->count);
    double *made = malloc((size_t)tensor->count * sizeof *made);
    if (made == NULL)
        return eng_fail(err, ROOST_NOMEM, args->name, 0, "no memory for '%s'", key);
    for (uint64_t i = 0; i < tensor->count; i++) {
        made[i] = eng_tensor_number(tensor, i);
        if (!isfinite(made[i])) {
            free(made);
            return eng_fail(err, ROOST_VALUE, args->name, i,
                            "'%s' is not finite at index %llu", key,
                            (unsigned long long)i);
        }
    }
    *values = made;
    *count = (uint32_t)tensor->count;
    return ROOST_OK;
}

roost_status eng_arg_increasing(const struct eng_op_args *args, const char *key,
                                const double *values, uint32_t count,
                                struct roost_error *err)
{
    for (uint32_t i = 1; i < count; i++)
        if (!(values[i - 1] < values[i]))
            return eng_fail(err, ROOST_VALUE, args->name, i,
                            "'%s' must increase: %.17g at index %u follows %.17g", key,
                            values[i], i, values[i - 1]);
    return ROOST_OK;
}

/* Invariant: all values before `at` are <= x, and the answer lies in [at, at + n]. */
uint32_t eng_rank(const double *values, uint32_t n, double x)
{
    assert(n >= 1);
    uint32_t at = 0;
    while (n > 1) {
        uint32_t half = n / 2;
        at += values[at + half - 1] <= x ? half : 0;
        n -= half;
    }
    return at + (values[at] <= x);
}
