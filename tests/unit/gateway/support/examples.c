/* SPDX-License-Identifier: MIT
 * Classify and regress bodies against real plans, which are built as a loader builds
 * them. */
#include "tests/unit/gateway/support/examples.h"
#include "engine/model/builder.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
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

static struct eng_param tensor(const char *key, const float *data, uint32_t rows,
                               uint32_t columns)
{
    return (struct eng_param){.key = key,
                              .type = ENG_PARAM_TENSOR,
                              .tensor = {.dtype = ENG_DT_F32,
                                         .rank = rows > 0 ? 2 : 1,
                                         .dim = {rows > 0 ? rows : columns, columns},
                                         .count = (rows > 0 ? rows : 1) * columns,
                                         .data = data}};
}

static uint32_t node(struct eng_builder *builder, const char *name, const char *op,
                     const uint32_t *inputs, uint32_t n, const struct eng_param *params,
                     uint32_t n_params)
{
    struct eng_node_spec spec = {.name = name,
                                 .op = eng_op_find(op, strlen(op)),
                                 .n_inputs = n,
                                 .inputs = inputs,
                                 .n_params = n_params,
                                 .params = params};
    uint32_t value;
    struct roost_error err = {0};
    assert_non_null(spec.op);
    if (eng_builder_node(builder, &spec, &value, &err) != ROOST_OK)
        fail_msg("%s: %s", err.where, err.text);
    return value;
}

static roost_plan *plan_of(struct eng_builder *builder,
                           const struct eng_output_spec *output)
{
    roost_model *model;
    roost_plan *plan;
    struct roost_error err = {0};
    if (eng_builder_output(builder, output, &err) != ROOST_OK)
        fail_msg("%s: %s", err.where, err.text);
    eng_builder_about(builder, "native", "");
    if (eng_builder_finish(builder, &model, &err) != ROOST_OK ||
        roost_plan_new(&model, NULL, 1, NULL, &plan, &err) != ROOST_OK)
        fail_msg("%s: %s", err.where, err.text);
    roost_model_free(model);
    return plan;
}

roost_plan *plan_about(const struct plan_about *about)
{
    float weights[4] = {about->weight, 10 * about->weight, 100 * about->weight};
    float bias[4] = {about->bias, about->bias, about->bias};
    struct eng_builder *builder = builder_new();
    uint32_t x = feature(builder, "x", about->feature, 0);
    assert_true(about->width <= 3);
    struct eng_param params[2] = {tensor("weights", weights, 1, about->width),
                                  tensor("bias", bias, 0, about->width)};
    struct eng_output_spec output = {
        .name = about->name ? about->name : "y",
        .value = node(builder, "score", "linear", &x, 1, params, 2),
        .type = about->output,
        .label_count = about->label_count,
        .labels = about->labels};
    return plan_of(builder, &output);
}

roost_plan *plan_half_plus_two(void)
{
    return plan_about(&(struct plan_about){.feature = ROOST_F32,
                                           .output = ROOST_F32,
                                           .weight = 0.5f,
                                           .bias = 2,
                                           .width = 1});
}

roost_plan *plan_of_whole_numbers(void)
{
    static const float ones[3] = {1, 1, 1};
    struct eng_builder *builder = builder_new();
    uint32_t inputs[2] = {feature(builder, "a", ROOST_I32, 0),
                          feature(builder, "b", ROOST_I32, 2)};
    feature(builder, "c", ROOST_I64, 2);
    feature(builder, "d", ROOST_F32, 1);
    feature(builder, "s", ROOST_STRING, 0);
    struct eng_param weights = tensor("weights", ones, 3, 1);
    struct eng_output_spec output = {
        .name = "sum",
        .value = node(builder, "sum", "linear", inputs, 2, &weights, 1),
        .type = ROOST_I32};
    return plan_of(builder, &output);
}

roost_plan *plan_of_one_string(void)
{
    static const float none[2] = {0, 0};
    struct eng_builder *builder = builder_new();
    uint32_t s = feature(builder, "s", ROOST_STRING, 0);
    uint32_t ids = node(builder, "ids", "hash", &s, 1, NULL, 0);
    struct eng_param params[2] = {tensor("weights", none, 2, 1),
                                  {.key = "bits", .type = ENG_PARAM_INT, .integer = 1}};
    struct eng_output_spec output = {
        .name = "y",
        .value = node(builder, "score", "linear", &ids, 1, params, 2),
        .type = ROOST_F32};
    return plan_of(builder, &output);
}

int decode_examples(struct decoding *d, enum gw_examples method, const char *body,
                    size_t size)
{
    free(d->body);
    d->body = malloc(size > 0 ? size : 1);
    assert_non_null(d->body);
    memcpy(d->body, body, size);
    eng_arena_reset(&d->arena, (size_t)1 << 26);
    memset(&d->fault, 0, sizeof d->fault);
    int failed = gw_decode_tfs_examples(d->plan, method, d->body, size, &d->limits,
                                        &d->arena, &d->batch, &d->fault);
    assert_int_equal(failed != 0, d->fault.code != GW_FAULT_NONE);
    return failed;
}

void takes(struct decoding *d, const char *body)
{
    if (decode_examples(d, GW_EXAMPLES_CLASSIFY, body, strlen(body)) != 0)
        fail_msg("%s\n  was refused: %s (%s)", body, d->fault.text, d->fault.pointer);
}

void rejects(struct decoding *d, const char *body, enum gw_fault_code code,
             const char *text, const char *pointer)
{
    if (decode_examples(d, GW_EXAMPLES_CLASSIFY, body, strlen(body)) == 0)
        fail_msg("%s\n  was accepted", body);
    assert_string_equal(d->fault.text, text);
    assert_string_equal(d->fault.pointer, pointer);
    assert_string_equal(gw_fault_slug(d->fault.code), gw_fault_slug(code));
}

void examples_answer(roost_plan *plan, enum gw_examples method, const char *body,
                     const char *want)
{
    struct decoding d;
    struct gw_fault fault = {.code = GW_FAULT_NONE};
    const struct roost_verdict verdict = {ROOST_OK, 0};
    struct eng_buf out;
    eng_buf_init(&out, 1 << 16);
    decoding_open(&d, plan);
    if (gw_examples_allowed(plan, 0, method, &fault) != 0)
        fail_msg("%s", fault.text);
    if (decode_examples(&d, method, body, strlen(body)) != 0)
        fail_msg("%s\n  was refused: %s (%s)", body, d.fault.text, d.fault.pointer);
    double *scores = scores_of(&d);
    struct gw_scores about = {plan, scores, &verdict, d.batch.rows.n, 0};
    int failed = method == GW_EXAMPLES_CLASSIFY ? gw_encode_tfs_classify(&about, &out)
                                                : gw_encode_tfs_regress(&about, &out);
    assert_int_equal(failed, 0);
    assert_string_equal(out.at, want);
    free(scores);
    eng_buf_clear(&out);
    decoding_close(&d);
}
