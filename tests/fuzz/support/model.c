/* SPDX-License-Identifier: MIT
 * model.c - see model.h. The targets of the model formats come here with the files that
 * they made; rows are filled from the schema, so that any model that loads is scored. */
#include "tests/fuzz/support/model.h"
#include "registry/formats/format.h"
#include "tests/fuzz/support/fuzz.h"
#include "tests/fuzz/support/serve.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A model of a few bytes may have wide vectors; beyond this only its plan is looked at.
 */
enum { ROWS = 4, CELLS_MOST = 1 << 16, ENTRIES = 2 };

void fuzz_add(struct reg_files *files, const char *name, const void *data, size_t size)
{
    FUZZ_MUST(reg_files_add(files, name, data, size, NULL) == ROOST_OK);
}

static void check_features(const roost_plan *plan)
{
    for (uint32_t i = 0; i < roost_plan_feature_count(plan); i++) {
        const struct roost_feature *feature = roost_plan_feature(plan, i);
        size_t size = strlen(feature->name);
        FUZZ_MUST(size >= 1 && size <= ENG_NAME_MAX);
        FUZZ_MUST(fuzz_is_utf8(feature->name, size));
        FUZZ_MUST(feature->id == roost_feature_id(feature->name, size));
        FUZZ_MUST(roost_plan_find(plan, feature->name, size) == (int32_t)i);
        FUZZ_MUST(roost_plan_find_id(plan, feature->id) == (int32_t)i);
        FUZZ_MUST(feature->type <= ROOST_I32);
        FUZZ_MUST(feature->width >= 1 && (feature->vector || feature->width == 1));
    }
}

static void check_outputs(const roost_plan *plan)
{
    uint32_t width = 0;
    FUZZ_MUST(roost_plan_output_count(plan) >= 1);
    for (uint32_t i = 0; i < roost_plan_output_count(plan); i++) {
        const struct roost_output *output = roost_plan_output(plan, i);
        FUZZ_MUST(output->name[0] != '\0' && output->model == 0 && output->width >= 1);
        FUZZ_MUST(output->type <= ROOST_I64 || output->type == ROOST_I32);
        FUZZ_MUST(output->offset == width);
        FUZZ_MUST(output->label_count == 0 || output->label_count == output->width ||
                  (output->width == 1 && output->label_count == 2));
        for (uint32_t j = 0; j < output->label_count; j++)
            FUZZ_MUST(fuzz_is_utf8(output->labels[j], strlen(output->labels[j])));
        width += output->width;
    }
    FUZZ_MUST(width == roost_plan_width(plan));
    for (uint32_t i = 0; i < roost_plan_node_count(plan); i++)
        FUZZ_MUST(roost_plan_node(plan, i)->op[0] != '\0' &&
                  roost_plan_node(plan, i)->users == 1);
}

/* -- Rows ---------------------------------------------------------------------------- */

static void *cells(size_t count, size_t size)
{
    void *at = calloc(count > 0 ? count : 1, size);
    FUZZ_MUST(at != NULL);
    return at;
}

/* Numbers on both sides of everything, whole and not, and a missing one. */
static double number(size_t i)
{
    static const double values[] = {0, 1, -1, 0.5, 1e6, -3.75, 30, 1e-40, 1e30, -1e9, 2};
    size_t count = sizeof values / sizeof values[0];
    return i % (count + 1) == count ? (double)NAN : values[i % (count + 1)];
}

static struct roost_text word(size_t i)
{
    static const char *const words[] = {"a", "b", "", "1", "berlin", NULL};
    const char *text = words[i % 6];
    return (struct roost_text){text, text != NULL ? (uint32_t)strlen(text) : 0};
}

static void fill_numbers(struct roost_column *column, const struct roost_feature *feature,
                         uint32_t seed)
{
    size_t count = (size_t)ROWS * feature->width;
    if (feature->type == ROOST_F32) {
        float *values = cells(count, sizeof *values);
        for (size_t i = 0; i < count; i++)
            values[i] = (float)number(i * 7 + seed);
        column->values = values;
    } else {
        double *values = cells(count, sizeof *values);
        for (size_t i = 0; i < count; i++)
            values[i] = number(i * 7 + seed);
        column->values = values;
    }
}

static void fill_discrete(struct roost_column *column,
                          const struct roost_feature *feature, uint32_t seed)
{
    static const int64_t whole[] = {0, 1, -1, 2, 33, INT64_MAX, INT64_MIN};
    size_t count = (size_t)ROWS * feature->width;
    uint8_t *present = cells(ROWS, 1);
    int64_t *values = cells(count, sizeof *values);
    for (uint32_t i = 0; i < ROWS; i++)
        present[i] = (i + seed) % 3 != 2;
    for (size_t i = 0; i < count; i++) {
        if (feature->type == ROOST_BOOL)
            ((uint8_t *)values)[i] = (i + seed) % 2;
        else if (feature->type == ROOST_I32)
            ((int32_t *)values)[i] = (int32_t)(whole[(i + seed) % 7] & INT32_MAX);
        else
            values[i] = whole[(i + seed) % 7];
    }
    column->values = values;
    column->present = present;
}

static void fill_lists(struct roost_column *column, enum roost_type type, uint32_t seed)
{
    uint32_t *start = cells(ROWS + 1, sizeof *start);
    struct roost_text *texts = cells(ROWS * ENTRIES, sizeof *texts);
    uint64_t *ids = cells(ROWS * ENTRIES, sizeof *ids);
    float *amounts = cells(ROWS * ENTRIES, sizeof *amounts);
    for (uint32_t i = 0; i < ROWS; i++)
        start[i + 1] = start[i] + (i + seed) % (ENTRIES + 1);
    for (uint32_t i = 0; i < ROWS * ENTRIES; i++) {
        texts[i] = word(i % 5);
        ids[i] = (uint64_t)i * (seed % 2 ? 1 : UINT64_C(0x9e3779b97f4a7c15));
        amounts[i] = (float)i - 3;
    }
    column->start = start;
    if (type == ROOST_STRINGS) {
        column->values = texts;
        free(ids);
        free(amounts);
    } else {
        column->ids = ids;
        column->amounts = amounts;
        free(texts);
    }
}

static void fill(struct roost_column *column, const struct roost_feature *feature,
                 uint32_t seed)
{
    struct roost_text *texts;
    switch (feature->type) {
    case ROOST_F32:
    case ROOST_F64:
        fill_numbers(column, feature, seed);
        return;
    case ROOST_I64:
    case ROOST_I32:
    case ROOST_BOOL:
        fill_discrete(column, feature, seed);
        return;
    case ROOST_STRING:
        texts = cells(ROWS, sizeof *texts);
        for (uint32_t i = 0; i < ROWS; i++)
            texts[i] = word(i + seed);
        column->values = texts;
        return;
    case ROOST_STRINGS:
    case ROOST_SPARSE:
        fill_lists(column, feature->type, seed);
        return;
    }
}

static void drop(struct roost_column *columns, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        free((void *)columns[i].values);
        free((void *)columns[i].present);
        free((void *)columns[i].start);
        free((void *)columns[i].ids);
        free((void *)columns[i].amounts);
    }
    free(columns);
}

/* The first row alone scores as it does among others. */
static void check_alone(const roost_plan *plan, const struct roost_rows *rows,
                        const struct gw_scores *all)
{
    struct roost_rows first = *rows;
    struct gw_scores one;
    first.n = 1;
    if (!fuzz_score(plan, &first, &one))
        fuzz_broken("a row that was scored among others is scored alone", __FILE__,
                    __LINE__);
    if (all->verdict[0].status == ROOST_OK) {
        FUZZ_MUST(one.verdict[0].status == ROOST_OK);
        FUZZ_MUST(memcmp(one.out, all->out, roost_plan_width(plan) * sizeof(double)) ==
                  0);
    }
    fuzz_scores_clear(&one);
}

static void score_rows(const roost_plan *plan, const struct roost_rows *rows)
{
    struct gw_scores scores;
    struct eng_buf out;
    if (!fuzz_score(plan, rows, &scores))
        return;
    if (rows->n > 1)
        check_alone(plan, rows, &scores);
    if (scores.verdict[0].status == ROOST_OK) {
        eng_buf_init(&out, FUZZ_ANSWER);
        FUZZ_MUST(gw_encode_tfs_predict(&scores, GW_FORM_ROWS, &out) == 0);
        fuzz_check_json(out.at, out.size);
        eng_buf_clear(&out);
    }
    fuzz_scores_clear(&scores);
}

static void check_scores(const roost_plan *plan)
{
    uint32_t count = roost_plan_feature_count(plan);
    size_t total = (size_t)roost_plan_width(plan) * ROWS;
    for (uint32_t i = 0; i < count; i++)
        total += (size_t)roost_plan_feature(plan, i)->width * ROWS;
    if (total > CELLS_MOST)
        return;
    struct roost_column *columns = cells(count, sizeof *columns);
    struct roost_rows rows = {.n = ROWS};
    score_rows(plan, &rows); /* nothing given at all */
    rows.columns = columns;
    score_rows(plan, &rows); /* every column missing */
    for (uint32_t i = 0; i < count; i++)
        fill(&columns[i], roost_plan_feature(plan, i), i);
    score_rows(plan, &rows);
    /* The same as context: a column of one row is the first of many. */
    struct roost_rows common = {.n = ROWS, .context = columns};
    score_rows(plan, &common);
    drop(columns, count);
}

void fuzz_open(struct reg_files *files)
{
    struct roost_error err = {.status = ROOST_OK};
    roost_model *model = NULL;
    roost_plan *plan = NULL;
    roost_status status = reg_open_files(files, &model, &err);
    FUZZ_MUST((status == ROOST_OK) == (model != NULL));
    if (status != ROOST_OK)
        fuzz_check_error(status, &err);
    reg_files_clear(files); /* nothing of the model may point into them */
    if (status != ROOST_OK)
        return;
    FUZZ_MUST(roost_model_bytes(model) > 0);
    FUZZ_MUST(strlen(roost_model_digest(model)) == 64);
    status = roost_plan_new(&model, NULL, 1, NULL, &plan, &err);
    roost_model_free(model);
    if (status != ROOST_OK) {
        fuzz_check_error(status, &err);
        return;
    }
    check_features(plan);
    check_outputs(plan);
    check_scores(plan);
    roost_plan_free(plan);
}
