/* SPDX-License-Identifier: MIT
 * xgboost_golden_test.c - models that XGBoost wrote give the scores that XGBoost
 * predicts. trained DIRECTORY   what train.py wrote there: every case, as JSON and as
 * UBJSON shared              models of the shared data folder, saved by KServe and
 * MLServer Exits with 77 (skipped) when there is nothing to compare with. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/roost.h"

enum { SKIPPED = 77, FEATURES_MAX = 256 };
static const double tolerance = 2e-6; /* times max(1, |x|) */

struct grid { /* values [rows, columns], row by row */
    uint32_t rows;
    uint32_t columns;
    float *values;
};

static float *read_floats(const char *path, size_t count)
{
    FILE *file = fopen(path, "rb");
    float *values = malloc((count + 1) * sizeof *values);
    if (!file || !values || fread(values, sizeof *values, count + 1, file) != count) {
        fprintf(stderr, "%s does not hold %zu floats\n", path, count);
        exit(1);
    }
    fclose(file);
    return values;
}

/* Columns in the order of the plan's features, out of values by position. */
static float *lay_out(const roost_plan *plan, const struct grid *in,
                      struct roost_column *columns)
{
    uint32_t count = 0, width = 0;
    const uint32_t *order = roost_plan_positions(plan, &count, &width);
    if (!order || width != in->columns) {
        fprintf(stderr, "the model takes %u values by position, not %u\n", width,
                in->columns);
        exit(1);
    }
    float *copy = malloc((size_t)in->rows * in->columns * sizeof *copy + 1);
    if (count == 1) { /* one vector: the rows as they are */
        memcpy(copy, in->values, (size_t)in->rows * in->columns * sizeof *copy);
        columns[order[0]].values = copy;
        return copy;
    }
    for (uint32_t c = 0; c < count; c++) {
        float *column = copy + (size_t)c * in->rows;
        for (uint32_t r = 0; r < in->rows; r++)
            column[r] = in->values[(size_t)r * in->columns + c];
        columns[order[c]].values = column;
    }
    return copy;
}

/* Scores [rows, *width] of the model at `path`; exits with a message when it fails. */
static double *score(const char *path, const struct grid *in, uint32_t *width)
{
    struct roost_error err = {0};
    roost_model *model = NULL;
    roost_plan *plan = NULL;
    struct roost_column columns[FEATURES_MAX] = {{0}};
    struct roost_rows rows = {.n = in->rows, .columns = columns};
    if (roost_model_open(path, &model, &err) ||
        roost_plan_new(&model, NULL, 1, NULL, &plan, &err)) {
        fprintf(stderr, "%s: %s: %u:%u: %s\n", path, err.where, err.line, err.column,
                err.text);
        exit(1);
    }
    float *copy = lay_out(plan, in, columns);
    *width = roost_plan_width(plan);
    size_t room = (roost_plan_scratch(plan, &rows) + 63) / 64 * 64;
    double *out = calloc((size_t)in->rows * *width, sizeof *out);
    struct roost_call call = {
        .rows = &rows, .out = out, .scratch = aligned_alloc(64, room ? room : 64)};
    if (!call.scratch || roost_score(plan, &call, &err)) {
        fprintf(stderr, "%s: row %llu: %s\n", path, (unsigned long long)err.at, err.text);
        exit(1);
    }
    free(call.scratch);
    free(copy);
    roost_plan_free(plan);
    roost_model_free(model);
    return out;
}

/* Mismatches, and the largest difference relative to max(1, |x|). */
static uint32_t compare(const char *name, const double *have, const float *want,
                        size_t count, double *most)
{
    uint32_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        double x = (double)want[i];
        double off = fabs(have[i] - x) / fmax(1, fabs(x));
        if (off > *most)
            *most = off;
        if (off <= tolerance)
            continue;
        if (wrong++ < 3)
            fprintf(stderr, "%s: score %zu is %.9g, XGBoost says %.9g\n", name, i,
                    have[i], x);
    }
    return wrong;
}

static uint32_t check_case(const char *directory, const char *name, struct grid in,
                           uint32_t outputs, double *most)
{
    static const char *const kinds[] = {"json", "ubj"};
    char path[1024];
    uint32_t width = 0, wrong = 0;
    snprintf(path, sizeof path, "%s/%s.rows", directory, name);
    in.values = read_floats(path, (size_t)in.rows * in.columns);
    snprintf(path, sizeof path, "%s/%s.scores", directory, name);
    float *want = read_floats(path, (size_t)in.rows * outputs);
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s-%s", directory, name, kinds[i]);
        double *have = score(path, &in, &width);
        if (width == outputs) {
            wrong += compare(path, have, want, (size_t)in.rows * outputs, most);
        } else {
            fprintf(stderr, "%s has %u outputs, not %u\n", path, width, outputs);
            wrong++;
        }
        free(have);
    }
    free(in.values);
    free(want);
    return wrong;
}

static int check_trained(const char *directory)
{
    char path[1024], name[128];
    struct grid in = {0};
    uint32_t outputs, cases = 0, wrong = 0;
    double most = 0;
    snprintf(path, sizeof path, "%s/cases.txt", directory);
    FILE *list = fopen(path, "r");
    if (!list) {
        printf("skipped: there is no %s; python3-xgboost trains what is compared\n",
               path);
        return SKIPPED;
    }
    while (fscanf(list, "%127s %u %u %u", name, &in.rows, &in.columns, &outputs) == 4) {
        uint32_t off = check_case(directory, name, in, outputs, &most);
        if (off)
            fprintf(stderr, "%s: %u scores differ\n", name, off);
        wrong += off;
        cases++;
    }
    fclose(list);
    printf("%u models, each as JSON and UBJSON: largest difference %.2g, %u above %g\n",
           cases, most, wrong, tolerance);
    return wrong || cases == 0;
}

/* What XGBoost 1.7.4 predicts for these rows. */
static uint32_t check_iris(const char *path)
{
    float rows[] = {6.8F, 2.8F, 4.8F, 1.4F, 6.0F, 3.4F, 4.5F, 1.6F,
                    5.1F, 3.5F, 1.4F, 0.2F, NAN,  3.0F, 5.9F, 2.1F};
    const float want[] = {1, 1, 0, 2};
    struct grid in = {4, 4, rows};
    uint32_t width = 0;
    double most = 0, *have = score(path, &in, &width);
    uint32_t wrong = width == 1 ? compare("kserve_iris", have, want, 4, &most) : 1;
    free(have);
    return wrong;
}

static uint32_t check_mushroom(const char *path)
{
    float rows[3 * 126] = {0};
    const float want[] = {0.923923909664154F, 0.051698729395866394F,
                          0.00035726153873838484F};
    struct grid in = {3, 126, rows};
    uint32_t width = 0;
    double most = 0;
    rows[126 + 28] = 1;
    rows[2 * 126 + 55] = 1;
    rows[2 * 126 + 59] = 1;
    double *have = score(path, &in, &width);
    uint32_t wrong = width == 1 ? compare("mlserver_mushroom", have, want, 3, &most) : 1;
    free(have);
    return wrong;
}

static int check_shared(void)
{
    static const char iris[] =
        ROOST_SOURCE_DIR "/../shared/data/xgboost/kserve_iris/model.ubj";
    static const char mushroom[] = ROOST_SOURCE_DIR
        "/../shared/data/xgboost/mlserver_mushroom"; /* beside model-settings.json */
    FILE *there = fopen(iris, "rb");
    if (!there) {
        printf("skipped: there is no %s\n", iris);
        return SKIPPED;
    }
    fclose(there);
    uint32_t wrong = check_iris(iris) + check_mushroom(mushroom);
    printf("kserve_iris and mlserver_mushroom: %u scores differ\n", wrong);
    return wrong != 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "trained"))
        return check_trained(argv[2]);
    if (argc == 2 && !strcmp(argv[1], "shared"))
        return check_shared();
    fprintf(stderr, "usage: %s trained DIRECTORY | shared\n", argv[0]);
    return 2;
}
