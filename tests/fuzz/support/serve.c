/* SPDX-License-Identifier: MIT
 * serve.c - see serve.h. The targets of the protocols come here after their decoder, so
 * that what one lets through is tried on everything behind it. */
#include "tests/fuzz/support/serve.h"
#include "tests/fuzz/support/fuzz.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN = 64 };

struct gw_decode_limits fuzz_limits(uint8_t bits)
{
    int small = bits & 1;
    return (struct gw_decode_limits){.rows = small ? 3 : 4096,
                                     .depth = small ? 4 : 100,
                                     .list = small ? 5 : 65536,
                                     .keys = small ? 9 : 65536,
                                     .text = small ? 40 : 1 << 20,
                                     .strict_json = (bits & 2) != 0};
}

static void check_text(struct roost_text text)
{
    FUZZ_MUST(text.at != NULL || text.size == 0);
    /* Read all of it: the sanitizer says whether it is there. */
    volatile char last = 0;
    for (uint32_t i = 0; i < text.size; i++)
        last = (char)(last ^ text.at[i]);
}

/* Lists: where each row's entries begin. Gives how many there are. */
static uint32_t check_start(const struct roost_column *column, uint32_t n, uint32_t most)
{
    FUZZ_MUST(column->start != NULL && column->start[0] == 0);
    for (uint32_t i = 0; i < n; i++) {
        FUZZ_MUST(column->start[i + 1] >= column->start[i]);
        FUZZ_MUST(column->start[i + 1] - column->start[i] <= most);
    }
    return column->start[n];
}

static void check_sparse(const struct roost_column *column, uint32_t n, uint32_t most)
{
    uint32_t count = check_start(column, n, most);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        sum += column->ids[i];
        FUZZ_MUST(column->amounts == NULL || !isinf(column->amounts[i]));
    }
    volatile uint64_t seen = sum;
    (void)seen;
}

static void check_discrete(const struct roost_feature *feature,
                           const struct roost_column *column, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        int given = column->present == NULL || column->present[i];
        FUZZ_MUST(column->present == NULL || column->present[i] <= 1);
        if (feature->type == ROOST_BOOL && given)
            FUZZ_MUST(((const uint8_t *)column->values)[i] <= 1);
    }
}

/* Gives 1 when an infinity is among the values. */
static int check_numbers(const struct roost_feature *feature,
                         const struct roost_column *column, uint32_t n)
{
    int infinite = 0;
    for (size_t i = 0; i < (size_t)n * feature->width; i++)
        infinite |= feature->type == ROOST_F32
                        ? isinf(((const float *)column->values)[i]) != 0
                        : isinf(((const double *)column->values)[i]) != 0;
    return infinite;
}

static int check_column(const struct roost_feature *feature,
                        const struct roost_column *column, uint32_t n, uint32_t most)
{
    if (column->values == NULL && column->start == NULL)
        return 0;
    switch (feature->type) {
    case ROOST_F32:
    case ROOST_F64:
        return check_numbers(feature, column, n);
    case ROOST_I64:
    case ROOST_I32:
    case ROOST_BOOL:
        check_discrete(feature, column, n);
        return 0;
    case ROOST_STRING:
        for (uint32_t i = 0; i < n; i++)
            check_text(((const struct roost_text *)column->values)[i]);
        return 0;
    case ROOST_STRINGS:
        for (uint32_t i = 0, count = check_start(column, n, most); i < count; i++)
            check_text(((const struct roost_text *)column->values)[i]);
        return 0;
    case ROOST_SPARSE:
        check_sparse(column, n, most);
        return 0;
    }
    fuzz_broken("a feature has one of the types", feature->name, (int)feature->type);
}

void fuzz_check_batch(const roost_plan *plan, const struct gw_batch *batch,
                      uint32_t least, const struct gw_decode_limits *limits)
{
    const struct roost_rows *rows = &batch->rows;
    int infinite = 0, told = 0;
    FUZZ_MUST(rows->n >= least && rows->n <= limits->rows);
    FUZZ_MUST(batch->form == GW_FORM_ROWS || batch->form == GW_FORM_COLUMNS);
    for (uint32_t i = 0; i < roost_plan_feature_count(plan); i++) {
        const struct roost_feature *feature = roost_plan_feature(plan, i);
        if (rows->columns != NULL)
            infinite |= check_column(feature, &rows->columns[i], rows->n, limits->list);
        if (rows->context != NULL)
            infinite |= check_column(feature, &rows->context[i], 1, limits->list);
    }
    FUZZ_MUST(batch->infinite || !infinite);
    for (uint32_t row = 0; row < rows->n; row++)
        told |= gw_batch_infinity(plan, batch, row) != GW_FINITE;
    FUZZ_MUST(batch->infinite || !told);
}

/* Bytes aligned as the engine wants them, filled with something. */
static void *room(size_t size, int fill)
{
    void *at = NULL;
    FUZZ_MUST(posix_memalign(&at, ALIGN, size > 0 ? size : 1) == 0);
    memset(at, fill, size);
    return at;
}

static roost_status score_once(const roost_plan *plan, const struct roost_rows *rows,
                               int fill, struct gw_scores *scores)
{
    uint32_t models = roost_plan_model_count(plan);
    struct roost_error err = {.status = ROOST_OK};
    size_t size = roost_plan_scratch(plan, rows);
    void *scratch = size > 0 ? room(size, fill) : NULL;
    double *out = room((size_t)rows->n * roost_plan_width(plan) * sizeof *out, fill);
    struct roost_verdict *verdict = room(models * sizeof *verdict, 0);
    uint64_t *counts = room(2 * roost_plan_node_count(plan) * sizeof *counts, 0);
    struct roost_call call = {.rows = rows,
                              .scratch = scratch,
                              .out = out,
                              .verdict = verdict,
                              .evaluations = counts,
                              .reuses = counts + roost_plan_node_count(plan)};
    roost_status status = roost_score(plan, &call, &err);
    if (status != ROOST_OK)
        fuzz_check_error(status, &err);
    FUZZ_MUST(status == ROOST_OK || status == ROOST_VALUE || status == ROOST_LIMIT);
    FUZZ_MUST(size > 0 || rows->n == 0 || status == ROOST_LIMIT);
    free(scratch);
    free(counts);
    *scores =
        (struct gw_scores){.plan = plan, .out = out, .verdict = verdict, .n = rows->n};
    return status;
}

void fuzz_scores_clear(struct gw_scores *scores)
{
    free((void *)scores->out);
    free((void *)scores->verdict);
}

/* What a model whose verdict is OK gave: finite, and the same as the other time. */
static void check_output(const struct gw_scores *a, const struct gw_scores *b,
                         const struct roost_output *output)
{
    size_t width = roost_plan_width(a->plan);
    FUZZ_MUST(output->offset + output->width <= width);
    for (uint32_t row = 0; row < a->n; row++)
        for (uint32_t i = 0; i < output->width; i++) {
            size_t at = row * width + output->offset + i;
            FUZZ_MUST(isfinite(a->out[at]));
            FUZZ_MUST(memcmp(&a->out[at], &b->out[at], sizeof(double)) == 0);
        }
}

int fuzz_score(const roost_plan *plan, const struct roost_rows *rows,
               struct gw_scores *scores)
{
    struct gw_scores again;
    roost_status status = score_once(plan, rows, 0xff, scores);
    FUZZ_MUST(score_once(plan, rows, 0x01, &again) == status);
    for (uint32_t i = 0; status == ROOST_OK && i < roost_plan_output_count(plan); i++) {
        const struct roost_output *output = roost_plan_output(plan, i);
        const struct roost_verdict *verdict = &scores->verdict[output->model];
        FUZZ_MUST(verdict->status == again.verdict[output->model].status);
        FUZZ_MUST(verdict->status == ROOST_OK || verdict->status == ROOST_SCORE);
        FUZZ_MUST(verdict->status == ROOST_OK || verdict->at < rows->n);
        if (verdict->status == ROOST_OK)
            check_output(scores, &again, output);
    }
    fuzz_scores_clear(&again);
    if (status == ROOST_OK)
        return 1;
    fuzz_scores_clear(scores);
    return 0;
}
