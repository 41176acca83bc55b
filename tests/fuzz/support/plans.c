/* SPDX-License-Identifier: MIT
 * plans.c - the plans that requests are decoded for (serve.h): the small ones of the unit
 * tests, and one whose model.yaml has a transform of every kind that takes names. */
#include "tests/unit/gateway/support/plans.h"
#include "registry/formats/format.h"
#include "tests/fuzz/support/fuzz.h"
#include "tests/fuzz/support/serve.h"
#include <string.h>

/* Slots: 4 + 1 bins, 8 + 8 + 8 ids, 2 words, income, count, vec, and 4 of the bag. */
static const char census[] =
    "format: 1\n"
    "inputs:\n"
    "  age: {type: f32}\n"
    "  income: {type: f64, missing: 2}\n"
    "  count: {type: i64}\n"
    "  member: {type: bool}\n"
    "  city: {type: string}\n"
    "  tags: {type: strings}\n"
    "  bag: {type: sparse}\n"
    "  vec: {type: f32, shape: [2]}\n"
    "context: [city]\n"
    "transforms:\n"
    "  bins: {op: discretize, in: age, edges: [20, 30, 40], missing_bin: true}\n"
    "  city_id: {op: hash, in: city, bits: 3}\n"
    "  tag_id: {op: hash, in: tags, bits: 3}\n"
    "  pair: {op: cross, in: [city_id, tag_id, bag], bits: 3}\n"
    "  known: {op: vocabulary, in: city, values: [berlin, paris]}\n"
    "  filled: {op: impute, in: vec, value: [1, 2]}\n"
    "  cut: {op: clip, in: filled, low: -5, high: 5}\n"
    "  logged: {op: log1p, in: income}\n"
    "predictor:\n"
    "  op: linear\n"
    "  in: [bins, city_id, tag_id, pair, known, logged, count, cut, bag]\n"
    "  weights: [1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8,\n"
    "    1, 2, 3, 4, 5, 6, 7, 8, 0.5, -0.5, 0.1, 0.2, 1, -1, 4, 3, 2, 1]\n"
    "  bits: 2\n"
    "  link: logistic\n"
    "calibration: {op: platt, a: -2, b: 0.5}\n"
    "outputs: {score: {labels: [\"no\", \"yes\"], type: f64}}\n";

static roost_plan *plan_of_census(void)
{
    struct reg_files files = {.count = 0};
    struct roost_error err = {.status = ROOST_OK};
    roost_model *model = NULL;
    roost_plan *plan = NULL;
    FUZZ_MUST(reg_files_add(&files, "model.yaml", census, strlen(census), &err) == 0);
    roost_status status = reg_open_files(&files, &model, &err);
    if (status != ROOST_OK)
        fuzz_broken(err.text, err.where, (int)err.line);
    FUZZ_MUST(roost_plan_new(&model, NULL, 1, NULL, &plan, &err) == ROOST_OK);
    roost_model_free(model);
    reg_files_clear(&files);
    return plan;
}

static roost_plan *make(uint32_t i)
{
    switch (i) {
    case 0:
        return plan_of_census();
    case 1:
        return plan_of_two_tensors();
    case 2:
        return plan_of_all_types(0);
    case 3:
        return plan_of_all_types(1);
    case 4:
        return plan_by_position();
    case 5:
        return plan_of_one_tensor(0);
    case 6:
        return plan_of_one_tensor(1);
    case 7:
        return plan_of_one_number();
    case 8:
        return plan_of_two_outputs();
    default:
        return plan_of_a_group();
    }
}

const roost_plan *fuzz_plan(uint32_t i, int *group)
{
    static roost_plan *plans[FUZZ_PLANS];
    i %= FUZZ_PLANS;
    if (plans[i] == NULL)
        plans[i] = make(i);
    *group = i == FUZZ_PLANS - 1;
    return plans[i];
}
