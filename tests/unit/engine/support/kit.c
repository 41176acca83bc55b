/* SPDX-License-Identifier: MIT
 * kit.c - makes the models that tests of plans score; see kit.h. */
#include "tests/unit/engine/support/kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct eng_builder *kit_builder(void)
{
    struct eng_builder *builder = NULL;
    assert_int_equal(eng_builder_new(&builder, NULL), ROOST_OK);
    return builder;
}

static uint32_t add(struct eng_builder *builder, const struct eng_feature_spec *spec)
{
    uint32_t value = UINT32_MAX;
    struct roost_error err = {.status = ROOST_OK};
    if (eng_builder_feature(builder, spec, &value, &err) != ROOST_OK)
        fail_msg("%s: %s", err.where, err.text);
    return value;
}

uint32_t kit_feature(struct eng_builder *builder, const char *name, enum roost_type type)
{
    return add(builder,
               &(struct eng_feature_spec){.name = name, .type = type, .width = 1});
}

uint32_t kit_vector(struct eng_builder *builder, const char *name, enum roost_type type,
                    uint32_t width)
{
    return add(builder, &(struct eng_feature_spec){
                            .name = name, .type = type, .width = width, .vector = 1});
}

uint32_t kit_number_or(struct eng_builder *builder, const char *name,
                       enum roost_type type, double missing)
{
    return add(builder, &(struct eng_feature_spec){.name = name,
                                                   .type = type,
                                                   .width = 1,
                                                   .has_default = 1,
                                                   .default_number = missing});
}

uint32_t kit_node(struct eng_builder *builder, const char *name, const char *op,
                  const uint32_t *inputs, uint32_t n_params,
                  const struct eng_param *params)
{
    uint32_t value = UINT32_MAX, n = 0;
    struct roost_error err = {.status = ROOST_OK};
    while (inputs[n] != KIT_END)
        n++;
    struct eng_node_spec spec = {.name = name,
                                 .op = eng_op_find(op, strlen(op)),
                                 .n_inputs = n,
                                 .inputs = inputs,
                                 .n_params = n_params,
                                 .params = params};
    assert_non_null(spec.op);
    if (eng_builder_node(builder, &spec, &value, &err) != ROOST_OK)
        fail_msg("%s: %s", err.where, err.text);
    return value;
}

struct eng_param kit_tensor(const char *key, const double *values, uint64_t rows,
                            uint64_t columns)
{
    struct eng_param param = {.key = key, .type = ENG_PARAM_TENSOR};
    param.tensor = (struct eng_tensor){.dtype = ENG_DT_F64,
                                       .rank = columns ? 2 : 1,
                                       .dim = {rows, columns},
                                       .count = rows * (columns ? columns : 1),
                                       .data = values};
    return param;
}

struct eng_param kit_integer(const char *key, int64_t value)
{
    return (struct eng_param){.key = key, .type = ENG_PARAM_INT, .integer = value};
}

struct eng_param kit_word(const char *key, const char *word)
{
    return (struct eng_param){.key = key, .type = ENG_PARAM_WORD, .word = word};
}

uint32_t kit_bins(struct eng_builder *builder, const char *name, uint32_t value)
{
    static const double edges[] = {0, 10, 20};
    const struct eng_param param = kit_tensor("edges", edges, 3, 0);
    return kit_node(builder, name, "discretize", KIT_IN(value), 1, &param);
}

uint32_t kit_hashed(struct eng_builder *builder, const char *name, uint32_t value,
                    int64_t bits)
{
    const struct eng_param param = kit_integer("bits", bits);
    return kit_node(builder, name, "hash", KIT_IN(value), bits ? 1 : 0, &param);
}

uint32_t kit_linear(struct eng_builder *builder, const uint32_t *inputs, uint64_t slots,
                    uint32_t seed, int64_t bits)
{
    double *weights = calloc(slots, sizeof *weights);
    assert_non_null(weights);
    uint32_t x = seed * 2654435761u + 1;
    for (uint64_t i = 0; i < slots; i++) {
        x = x * 1664525u + 1013904223u;
        weights[i] = ((double)(x >> 8) / (1 << 24) - 0.5) * 0.3;
    }
    const double bias = 0.1 * (double)seed;
    struct eng_param params[4] = {
        kit_tensor("weights", weights, slots, 0), kit_tensor("bias", &bias, 1, 0),
        kit_word("link", "logistic"), kit_integer("bits", bits)};
    uint32_t value =
        kit_node(builder, "predictor", "linear", inputs, bits ? 4 : 3, params);
    free(weights);
    return value;
}

roost_model *kit_finish(struct eng_builder *builder, uint32_t value)
{
    roost_model *model = NULL;
    struct roost_error err = {.status = ROOST_OK};
    struct eng_output_spec output = {.name = "score", .value = value, .type = ROOST_F64};
    assert_int_equal(eng_builder_output(builder, &output, &err), ROOST_OK);
    assert_int_equal(eng_builder_finish(builder, &model, &err), ROOST_OK);
    return model;
}

static roost_model *finish_both(struct eng_builder *builder, uint32_t mlp, uint32_t fm)
{
    roost_model *model = NULL;
    const struct eng_output_spec first = {.name = "mlp", .value = mlp, .type = ROOST_F64};
    const struct eng_output_spec second = {.name = "fm", .value = fm, .type = ROOST_F64};
    assert_int_equal(eng_builder_output(builder, &first, NULL), ROOST_OK);
    assert_int_equal(eng_builder_output(builder, &second, NULL), ROOST_OK);
    assert_int_equal(eng_builder_finish(builder, &model, NULL), ROOST_OK);
    return model;
}

roost_model *kit_deep(uint32_t seed)
{
    enum { BITS = 4, SLOTS = 16, WIDTH = 8, HIDDEN = 12 };
    static double table[SLOTS * WIDTH], w1[(WIDTH + 1) * HIDDEN], w2[HIDDEN];
    double *const all[] = {table, w1, w2};
    const int count[] = {SLOTS * WIDTH, (WIDTH + 1) * HIDDEN, HIDDEN};
    for (int t = 0; t < 3; t++) {
        for (int i = 0; i < count[t]; i++) {
            seed = seed * 1664525u + 1013904223u;
            all[t][i] = (double)(seed >> 8) / (1 << 23) - 1;
        }
    }
    struct eng_builder *builder = kit_builder();
    uint32_t age = kit_feature(builder, "age", ROOST_F32);
    uint32_t tags = kit_feature(builder, "tags", ROOST_STRINGS);
    uint32_t ids = kit_hashed(builder, "ids", tags, BITS);
    const struct eng_param rows = kit_tensor("table", table, SLOTS, WIDTH);
    uint32_t bag = kit_node(builder, "bag", "embed", KIT_IN(ids), 1, &rows);
    const struct eng_layer layers[] = {
        {.weights = kit_tensor("", w1, WIDTH + 1, HIDDEN).tensor, .activation = "relu"},
        {.weights = kit_tensor("", w2, HIDDEN, 1).tensor}};
    const struct eng_param network = {
        .key = "layers", .type = ENG_PARAM_LAYERS, .layers = layers, .count = 2};
    uint32_t mlp = kit_node(builder, "mlp", "mlp", KIT_IN(age, bag), 1, &network);
    const struct eng_param pairs = kit_tensor("factors", w1, SLOTS + 1, 4);
    uint32_t fm = kit_node(builder, "fm", "fm", KIT_IN(ids, age), 1, &pairs);
    return finish_both(builder, mlp, fm);
}

roost_plan *kit_plan(uint32_t n, roost_model *const *models, const roost_plan *previous)
{
    static const char *const names[] = {"first", "second", "third", "fourth"};
    roost_plan *plan = NULL;
    struct roost_error err = {.status = ROOST_OK};
    if (roost_plan_new(models, n <= 4 ? names : NULL, n, previous, &plan, &err) !=
        ROOST_OK)
        fail_msg("%s: %s", err.where, err.text);
    return plan;
}

roost_status kit_score(const roost_plan *plan, const struct roost_rows *rows, double *out,
                       const struct roost_call *more, struct roost_error *err)
{
    size_t bytes = roost_plan_scratch(plan, rows);
    assert_true(bytes > 0 && bytes % 64 == 0);
    void *scratch = aligned_alloc(64, bytes);
    assert_non_null(scratch);
    memset(scratch, 0xa5, bytes); /* nothing may rest on what lay here before */
    struct roost_call call = more ? *more : (struct roost_call){.skip = NULL};
    call.rows = rows;
    call.scratch = scratch;
    call.out = out;
    roost_status status = roost_score(plan, &call, err);
    free(scratch);
    return status;
}

struct roost_text kit_text(const char *text)
{
    return (struct roost_text){.at = text, .size = text ? (uint32_t)strlen(text) : 0};
}
