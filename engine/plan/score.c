/* SPDX-License-Identifier: MIT
 * score.c - scores a call: first, once, what depends on the context alone; then block
 * after block of rows, transforms before predictors; then the outputs. Rows come from a
 * decoder, scores go to an encoder. Nothing here allocates, locks or, but for the timed
 * variant, reads a clock. */
#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/plan/call.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A linear's margins from the partial sums of its inputs, or the inputs themselves where
 * they are scalars: predict/linear.h says in which order, which is what makes scores
 * equal in any company. */
static void run_linear(const roost_plan *plan, const struct eng_step *step,
                       const struct eng_value *const *in, struct eng_value *out)
{
    const struct eng_linear *linear = step->state;
    const uint32_t width = linear->width;
    for (uint32_t r = 0; r < out->n; r++)
        memcpy(out->f64 + (size_t)r * width, linear->bias, width * sizeof(double));
    for (uint32_t i = 0; i < step->n_inputs; i++) {
        if (eng_linear_is_scalar(linear, i)) {
            eng_linear_add_scalar(linear, i, in[i], out->n, out->f64);
            continue;
        }
        const uint32_t *column = step->columns + (size_t)i * width;
        const size_t columns = eng_plan_shape(plan, step->inputs[i])->width;
        for (uint32_t r = 0; r < out->n; r++) {
            const double *sum = in[i]->f64 + eng_row(in[i], r) * columns;
            for (uint32_t k = 0; k < width; k++)
                out->f64[(size_t)r * width + k] += sum[column[k]];
        }
    }
    for (uint32_t r = 0; r < out->n; r++)
        eng_link_apply(linear->link, out->f64 + (size_t)r * width, width);
}

/* The feature that a refused value came from. Operators cannot say it: models and inputs
 * share their states by content. An operator that names another place keeps it. */
static void name_feature(const roost_plan *plan, const struct eng_step *step,
                         struct roost_error *err)
{
    if (!err || err->where[0] || step->inputs[0] >= plan->source_count)
        return;
    const uint32_t feature = plan->sources[step->inputs[0]].feature;
    snprintf(err->where, sizeof err->where, "%s", plan->features[feature].name);
}

static roost_status run_step(struct eng_call *call, uint32_t at, uint32_t first,
                             uint32_t n, struct roost_error *err)
{
    const roost_plan *plan = call->plan;
    const struct eng_step *step = &plan->steps[at];
    struct eng_value *out = &call->values[plan->source_count + at];
    for (uint32_t i = 0; i < step->n_inputs; i++)
        call->in[i] = &call->values[step->inputs[i]];
    out->n = n;
    switch (step->kind) {
    case ENG_STEP_OP: {
        const struct eng_block block = {
            .n = n, .first = first, .scratch = call->op_scratch};
        roost_status status = step->op->run(step->state, &block, call->in, out, err);
        if (status != ROOST_OK)
            name_feature(plan, step, err);
        return status;
    }
    case ENG_STEP_GATHER:
        eng_gather_run(&step->gather, call->in[0], n, out->f64);
        return ROOST_OK;
    case ENG_STEP_LINEAR:
        run_linear(plan, step, call->in, out);
        return ROOST_OK;
    }
    return ROOST_OK;
}

/* Steps from .. to - 1 that are needed, and are common as asked. */
static roost_status run_steps(struct eng_call *call, uint32_t from, uint32_t to,
                              int common, uint32_t first, uint32_t n,
                              struct roost_error *err)
{
    const struct eng_value *values = call->values + call->plan->source_count;
    for (uint32_t i = from; i < to; i++) {
        if (!call->active[i] || values[i].common != common)
            continue;
        roost_status status = run_step(call, i, first, n, err);
        if (status != ROOST_OK)
            return status;
    }
    return ROOST_OK;
}

static int skipped(const struct roost_call *args, uint32_t model)
{
    return args->skip && args->skip[model];
}

/* Which steps are needed, and which have one row for all. Inputs come before their users,
 * so that one pass is enough; a step all of whose users are skipped costs nothing. */
static void prepare(struct eng_call *call, const struct roost_call *args)
{
    const roost_plan *plan = call->plan;
    for (uint32_t i = 0; i < plan->source_count; i++) {
        call->values[i].common =
            eng_source_bind(&plan->sources[i], call->rows) == ENG_BIND_COMMON;
        if (call->values[i].common)
            eng_call_bind(call, i, 0, 1);
    }
    for (uint32_t i = 0; i < plan->step_count; i++) {
        const struct eng_step *step = &plan->steps[i];
        uint8_t common = 1;
        for (uint32_t j = 0; j < step->n_inputs; j++)
            common &= call->values[step->inputs[j]].common;
        call->values[plan->source_count + i].common = common;
        call->active[i] = 0;
        for (uint32_t j = 0; j < step->user_count; j++)
            call->active[i] += !skipped(args, step->users[j]);
    }
}

static double output_number(const struct eng_value *value, uint32_t row, uint32_t width,
                            uint32_t k)
{
    size_t at = (size_t)eng_row(value, row) * width + k;
    return value->f64 ? value->f64[at] : value->number[at];
}

/* A score as its output's type shows it. Floats are left to whoever shows them, since a
 * caller may want the double; a whole number is final here, the same for all. NaN stays.
 */
static double as_type(enum roost_type type, double score)
{
    /* The second is the last double below 2^63: any cast of what this gives is defined.
     */
    const double most = type == ROOST_I32 ? (double)INT32_MAX : 0x1.fffffffffffffp62;
    const double least = type == ROOST_I32 ? (double)INT32_MIN : -0x1p63;
    if ((type != ROOST_I32 && type != ROOST_I64) || !isfinite(score))
        return score;
    const double whole = nearbyint(score);
    return whole > most ? most : whole < least ? least : whole;
}

/* One output of a block into the rows of scores. *bad: the first row that holds a number
 * that is not finite in the output's type, or else UINT32_MAX. An infinity of that type
 * is as little a score as NaN: a double that fits no float would be shown as one. */
static void write_output(const struct eng_call *call,
                         const struct eng_plan_output *output,
                         const struct roost_call *args, uint32_t first, uint32_t n,
                         uint32_t *bad)
{
    const struct eng_value *value = &call->values[output->value];
    const struct roost_output *about = &output->about;
    *bad = UINT32_MAX;
    for (uint32_t r = 0; r < n; r++) {
        double *out = args->out + (size_t)(first + r) * call->plan->width + about->offset;
        for (uint32_t k = 0; k < about->width; k++) {
            double score = output_number(value, r, about->width, k);
            int finite =
                about->type == ROOST_F32 ? isfinite((float)score) : isfinite(score);
            out[k] = as_type(about->type, score);
            if (!finite && *bad == UINT32_MAX)
                *bad = first + r;
        }
    }
}

static roost_status write_outputs(const struct eng_call *call,
                                  const struct roost_call *args, uint32_t first,
                                  uint32_t n, struct roost_error *err)
{
    const roost_plan *plan = call->plan;
    for (uint32_t i = 0; i < plan->output_count; i++) {
        const struct eng_plan_output *output = &plan->outputs[i];
        const uint32_t model = output->about.model;
        uint32_t bad;
        if (skipped(args, model))
            continue;
        write_output(call, output, args, first, n, &bad);
        if (bad == UINT32_MAX)
            continue;
        if (!args->verdict)
            return eng_fail(err, ROOST_SCORE, output->about.name, bad,
                            "model '%s' yields a score that is not finite",
                            plan->models[model].name);
        struct roost_verdict *verdict = &args->verdict[model];
        if (verdict->status == ROOST_OK || bad < verdict->at)
            *verdict = (struct roost_verdict){.status = ROOST_SCORE, .at = bad};
    }
    return ROOST_OK;
}

static void start_verdicts(const roost_plan *plan, const struct roost_call *args)
{
    for (uint32_t m = 0; args->verdict && m < plan->model_count; m++)
        args->verdict[m] =
            (struct roost_verdict){.status = skipped(args, m) ? ROOST_MISSING : ROOST_OK};
}

/* Every model that a node serves would have computed all rows by itself. */
static void count(const struct eng_call *call, const struct roost_call *args)
{
    const roost_plan *plan = call->plan;
    for (uint32_t i = 0; i < plan->step_count; i++) {
        const int32_t node = plan->steps[i].node;
        if (node < 0 || !call->active[i])
            continue;
        const uint64_t all = (uint64_t)call->active[i] * call->rows->n;
        const uint64_t done =
            call->values[plan->source_count + i].common ? 1 : call->rows->n;
        if (args->evaluations)
            args->evaluations[node] += done;
        if (args->reuses)
            args->reuses[node] += all - done;
    }
}

/* Adds what passed since *edge, when the call is timed at all. */
static void lap(struct roost_timing *timing, uint64_t *into, uint64_t *edge)
{
    if (!timing)
        return;
    uint64_t now = eng_clock_ns();
    *into += now - *edge;
    *edge = now;
}

/* The steps of the call, or of one block, with the clock read between the halves. */
static roost_status run_halves(struct eng_call *call, int common, uint32_t first,
                               uint32_t n, struct roost_timing *timing, uint64_t *edge,
                               struct roost_error *err)
{
    const roost_plan *plan = call->plan;
    uint64_t unused = 0;
    roost_status status =
        run_steps(call, 0, plan->transform_count, common, first, n, err);
    lap(timing, timing ? &timing->transform : &unused, edge);
    if (status == ROOST_OK)
        status = run_steps(call, plan->transform_count, plan->step_count, common, first,
                           n, err);
    lap(timing, timing ? &timing->score : &unused, edge);
    return status;
}

/* Common steps run first and once; their values stay where they are over all blocks,
 * while those of the others are overwritten by each. */
static roost_status run_blocks(struct eng_call *call, const struct roost_call *args,
                               struct roost_timing *timing, uint64_t *edge,
                               struct roost_error *err)
{
    const roost_plan *plan = call->plan;
    const uint32_t rows = call->rows->n;
    roost_status status = run_halves(call, 1, 0, 1, timing, edge, err);
    uint32_t n;
    for (uint32_t first = 0; status == ROOST_OK && first < rows; first += n) {
        n = rows - first < plan->block ? rows - first : plan->block;
        for (uint32_t i = 0; i < plan->source_count; i++) {
            if (!call->values[i].common)
                eng_call_bind(call, i, first, n);
        }
        status = run_halves(call, 0, first, n, timing, edge, err);
        if (status == ROOST_OK)
            status = write_outputs(call, args, first, n, err);
    }
    return status;
}

/* Lists may be longer than a call may hold, which is the client's doing. Whoever was told
 * so by roost_plan_scratch may come with a scratch of an earlier call, so that the size
 * must be known before a byte of it is written; without lists the plan has proved it. */
static int lay_out(const roost_plan *plan, const struct roost_call *args,
                   struct eng_call *call)
{
    if (!args->scratch ||
        (plan->variable_count && eng_call_layout(plan, args->rows, NULL, NULL) == 0))
        return -1;
    return eng_call_layout(plan, args->rows, args->scratch, call) ? 0 : -1;
}

roost_status roost_score_timed(const roost_plan *plan, const struct roost_call *args,
                               struct roost_timing *timing, struct roost_error *err)
{
    struct eng_call call;
    eng_error_clear(err);
    start_verdicts(plan, args);
    if (args->rows->n == 0)
        return ROOST_OK;
    assert(((uintptr_t)args->scratch & 63) == 0);
    uint64_t edge = timing ? eng_clock_ns() : 0;
    if (lay_out(plan, args, &call) != 0)
        return eng_fail(
            err, ROOST_LIMIT, "", 0,
            "the rows' lists expand to more than the %d bytes that a call may "
            "have, or it came without scratch; send fewer rows or entries",
            ENG_SCRATCH_MAX);
    prepare(&call, args);
    roost_status status = run_blocks(&call, args, timing, &edge, err);
    if (status == ROOST_OK)
        count(&call, args);
    return status;
}

roost_status roost_score(const roost_plan *plan, const struct roost_call *call,
                         struct roost_error *err)
{
    return roost_score_timed(plan, call, NULL, err);
}
