/* SPDX-License-Identifier: MIT
 * Linear models over a few features, made with the engine's builder as a loader makes
 * them. */
#include "tests/unit/gateway/support/plans.h"
#include "engine/model/builder.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

static struct eng_builder *builder_new(void)
{
    struct eng_builder *builder;
    struct roost_error err = {0};
    if (eng_builder_new(&builder, &err) != ROOST_OK)
        fail_msg("%s", err.text);
    return builder;
}

static uint32_t feature(struct eng_builder *builder, const char *name,
                        enum roost_type type, uint32_t width)
{
    struct eng_feature_spec spec = {
        .name = name, .type = type, .width = width > 0 ? width : 1, .vector = width > 0};
    uint32_t value;
    struct roost_error err = {0};
    if (eng_builder_feature(builder, &spec, &value, &err) != ROOST_OK)
        fail_msg("%s: %s", err.where, err.text);
    return value;
}

/* The inputs' values times weights[slots][outputs], as an output. */
static void linear(struct eng_builder *builder, const char *name, const uint32_t *inputs,
                   uint32_t n_inputs, const float *weights, uint32_t slots,
                   uint32_t outputs, enum roost_type type)
{
    struct eng_param param = {.key = "weights",
                              .type = ENG_PARAM_TENSOR,
                              .tensor = {.dtype = ENG_DT_F32,
                                         .rank = 2,
                                         .dim = {slots, outputs},
                                         .count = (uint64_t)slots * outputs,
                                         .data = weights}};
    struct eng_node_spec node = {.name = name,
                                 .op = eng_op_find("linear", 6),
                                 .n_inputs = n_inputs,
                                 .inputs = inputs,
                                 .n_params = 1,
                                 .params = &param};
    struct eng_output_spec output = {.name = name, .type = type};
    struct roost_error err = {0};
    assert_non_null(node.op);
    if (eng_builder_node(builder, &node, &output.value, &err) != ROOST_OK ||
        eng_builder_output(builder, &output, &err) != ROOST_OK)
        fail_msg("%s: %s", err.where, err.text);
}

static roost_model *finish(struct eng_builder *builder)
{
    roost_model *model;
    struct roost_error err = {0};
    eng_builder_about(builder, "native", "");
    if (eng_builder_finish(builder, &model, &err) != ROOST_OK)
        fail_msg("%s: %s", err.where, err.text);
    return model;
}

static roost_plan *plan(roost_model **models, const char *const *names, uint32_t n)
{
    roost_plan *made;
    struct roost_error err = {0};
    if (roost_plan_new(models, names, n, NULL, &made, &err) != ROOST_OK)
        fail_msg("%s: %s", err.where, err.text);
    for (uint32_t i = 0; i < n; i++)
        roost_model_free(models[i]);
    return made;
}

static roost_plan *plan_of(struct eng_builder *builder)
{
    roost_model *model = finish(builder);
    return plan(&model, NULL, 1);
}

static const float ones[4] = {1, 1, 1, 1};

roost_plan *plan_of_all_types(int strict)
{
    struct eng_builder *builder = builder_new();
    uint32_t inputs[3] = {feature(builder, "age", ROOST_F32, 0),
                          feature(builder, "income", ROOST_F64, 0),
                          feature(builder, "count", ROOST_I64, 0)};
    feature(builder, "member", ROOST_BOOL, 0);
    feature(builder, "city", ROOST_STRING, 0);
    feature(builder, "tags", ROOST_STRINGS, 0);
    feature(builder, "bag", ROOST_SPARSE, 0);
    feature(builder, "vec", ROOST_F32, 2);
    linear(builder, "score", inputs, 3, ones, 3, 1, ROOST_F64);
    eng_builder_strict(builder, strict);
    return plan_of(builder);
}

roost_plan *plan_by_position(void)
{
    struct eng_builder *builder = builder_new();
    struct roost_error err = {0};
    uint32_t inputs[3] = {feature(builder, "a", ROOST_F32, 0),
                          feature(builder, "b", ROOST_I64, 0),
                          feature(builder, "c", ROOST_BOOL, 0)};
    linear(builder, "score", inputs, 2, ones, 2, 1, ROOST_F32);
    if (eng_builder_positions(builder, "input-0", inputs, 3, &err) != ROOST_OK)
        fail_msg("%s: %s", err.where, err.text);
    return plan_of(builder);
}

roost_plan *plan_of_two_tensors(void)
{
    struct eng_builder *builder = builder_new();
    uint32_t inputs[2] = {feature(builder, "a", ROOST_F32, 2),
                          feature(builder, "b", ROOST_F32, 1)};
    linear(builder, "score", inputs, 2, ones, 3, 1, ROOST_F32);
    return plan_of(builder);
}

roost_plan *plan_of_one_tensor(int positions)
{
    struct eng_builder *builder = builder_new();
    struct roost_error err = {0};
    uint32_t x = feature(builder, "x", ROOST_F32, 2);
    linear(builder, "score", &x, 1, ones, 2, 1, ROOST_F32);
    if (positions && eng_builder_positions(builder, "input-0", &x, 1, &err) != ROOST_OK)
        fail_msg("%s: %s", err.where, err.text);
    return plan_of(builder);
}

roost_plan *plan_of_one_number(void)
{
    struct eng_builder *builder = builder_new();
    uint32_t x = feature(builder, "x", ROOST_F32, 0);
    linear(builder, "score", &x, 1, ones, 1, 1, ROOST_F32);
    return plan_of(builder);
}

static roost_model *model_of_two_outputs(void)
{
    static const float two[1] = {2}, both[2] = {1, 10};
    struct eng_builder *builder = builder_new();
    uint32_t x = feature(builder, "x", ROOST_F64, 0);
    linear(builder, "twice", &x, 1, two, 1, 1, ROOST_F32);
    linear(builder, "both", &x, 1, both, 1, 2, ROOST_F64);
    return finish(builder);
}

roost_plan *plan_of_two_outputs(void)
{
    roost_model *model = model_of_two_outputs();
    return plan(&model, NULL, 1);
}

roost_plan *plan_of_a_group(void)
{
    static const char *const names[2] = {"one", "two"};
    struct eng_builder *builder = builder_new();
    uint32_t x = feature(builder, "x", ROOST_F64, 0);
    linear(builder, "score", &x, 1, ones, 1, 1, ROOST_F32);
    roost_model *models[2] = {finish(builder), model_of_two_outputs()};
    return plan(models, names, 2);
}
