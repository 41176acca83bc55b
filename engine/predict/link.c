/* SPDX-License-Identifier: MIT
 * link.c - links: the last step of a predictor, after its margins are summed. Comes after
 * forest.c and linear.c, before calibration. The float forms follow XGBoost operation by
 * operation, since its users compare scores to the last digits. */
#include "engine/predict/link.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const struct {
    const char *word;
    enum eng_link link;
} links[] = {
    {"identity", ENG_LINK_IDENTITY}, {"logistic", ENG_LINK_LOGISTIC},
    {"exp", ENG_LINK_EXP},           {"softmax", ENG_LINK_SOFTMAX},
    {"argmax", ENG_LINK_ARGMAX},     {"hinge", ENG_LINK_HINGE},
};

int eng_link_find(const char *word, enum eng_link *out)
{
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        if (strcmp(word, links[i].word) == 0) {
            *out = links[i].link;
            return 0;
        }
    }
    return -1;
}

uint32_t eng_link_width(enum eng_link link, uint32_t k)
{
    return link == ENG_LINK_ARGMAX ? 1 : k;
}

/* In this form, since it is LightGBM's; exp of a large number is an infinity: 0, as due.
 */
static double logistic(double margin)
{
    return 1 / (1 + exp(-margin));
}

/* XGBoost's bound: expf of more is an infinity. The order of operands keeps a NaN. */
static float logistic_f32(float margin)
{
    const float most = 88.7f;
    float x = most < -margin ? most : -margin;
    return 1.0f / (expf(x) + 1.0f);
}

/* The greatest margin; NaN are passed over, unless all are NaN. */
static uint32_t greatest(const double *row, uint32_t k)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < k; i++)
        if (row[i] > row[best] || (isnan(row[best]) && !isnan(row[i])))
            best = i;
    return isnan(row[best]) ? 0 : best;
}

static void softmax(double *row, uint32_t k)
{
    double most = row[greatest(row, k)], sum = 0;
    for (uint32_t i = 0; i < k; i++) {
        row[i] = exp(row[i] - most);
        sum += row[i];
    }
    for (uint32_t i = 0; i < k; i++)
        row[i] /= sum;
}

/* Floats, but for their sum, which XGBoost keeps in double and rounds once. */
static void softmax_f32(double *row, uint32_t k)
{
    float most = (float)row[greatest(row, k)];
    double sum = 0;
    for (uint32_t i = 0; i < k; i++) {
        float e = expf((float)row[i] - most);
        row[i] = (double)e;
        sum += (double)e;
    }
    for (uint32_t i = 0; i < k; i++)
        row[i] = (double)((float)row[i] / (float)sum);
}

void eng_link_apply(enum eng_link link, double *row, uint32_t k)
{
    assert(k >= 1);
    switch (link) {
    case ENG_LINK_IDENTITY:
        return;
    case ENG_LINK_LOGISTIC:
        for (uint32_t i = 0; i < k; i++)
            row[i] = logistic(row[i]);
        return;
    case ENG_LINK_EXP:
        for (uint32_t i = 0; i < k; i++)
            row[i] = exp(row[i]);
        return;
    case ENG_LINK_SOFTMAX:
        softmax(row, k);
        return;
    case ENG_LINK_ARGMAX:
        row[0] = greatest(row, k);
        return;
    case ENG_LINK_HINGE:
        for (uint32_t i = 0; i < k; i++)
            row[i] = row[i] > 0 ? 1 : 0;
        return;
    }
}

void eng_link_apply_f32(enum eng_link link, double *row, uint32_t k)
{
    assert(k >= 1);
    for (uint32_t i = 0; i < k; i++)
        row[i] = (double)(float)row[i];
    switch (link) {
    case ENG_LINK_LOGISTIC:
        for (uint32_t i = 0; i < k; i++)
            row[i] = (double)logistic_f32((float)row[i]);
        return;
    case ENG_LINK_EXP:
        for (uint32_t i = 0; i < k; i++)
            row[i] = (double)expf((float)row[i]);
        return;
    case ENG_LINK_SOFTMAX:
        softmax_f32(row, k);
        return;
    case ENG_LINK_IDENTITY:
    case ENG_LINK_ARGMAX:
    case ENG_LINK_HINGE:
        eng_link_apply(link, row, k);
        return;
    }
}
