/* SPDX-License-Identifier: MIT
 * Open Inference Protocol requests, decoded one at a time from a block of exactly their
 * size, and the plans that only they need. */
#include "tests/unit/gateway/support/v2.h"
#include "engine/model/builder.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

void v2_open(struct v2 *v, roost_plan *plan)
{
    memset(v, 0, sizeof *v);
    decoding_open(&v->d, plan);
    v->model = (struct gw_v2_model){.plan = plan, .name = "m"};
}

void v2_close(struct v2 *v)
{
    decoding_close(&v->d);
}

/* The body lies at the start of its block, which is aligned for any type. */
int v2_decode(struct v2 *v, const void *body, size_t size, int64_t header)
{
    struct decoding *d = &v->d;
    free(d->body);
    d->body = malloc(size > 0 ? size : 1);
    assert_non_null(d->body);
    memcpy(d->body, body, size);
    eng_arena_reset(&d->arena, (size_t)1 << 26);
    memset(&d->fault, 0, sizeof d->fault);
    const struct gw_v2_body about = {d->body, size, header};
    int failed = gw_decode_v2(&v->model, &about, &d->limits, &d->arena, &d->batch,
                              &v->request, &d->fault);
    assert_int_equal(failed != 0, d->fault.code != GW_FAULT_NONE);
    return failed;
}

static int decode_binary(struct v2 *v, const char *json, const void *data, size_t size)
{
    const size_t header = json != NULL ? strlen(json) : 0;
    char *body = malloc(header + size + 1);
    assert_non_null(body);
    memcpy(body, json != NULL ? json : "", header);
    memcpy(body + header, size > 0 ? data : "", size);
    int failed = v2_decode(v, body, header + size, (int64_t)header);
    free(body);
    return failed;
}

static void check_refusal(const struct v2 *v, enum gw_fault_code code, const char *text,
                          const char *pointer)
{
    assert_string_equal(v->d.fault.text, text);
    assert_string_equal(v->d.fault.pointer, pointer);
    assert_string_equal(gw_fault_slug(v->d.fault.code), gw_fault_slug(code));
}

void v2_accepts(struct v2 *v, const char *json)
{
    if (v2_decode(v, json, strlen(json), -1) != 0)
        fail_msg("%s\n  was refused: %s (%s)", json, v->d.fault.text, v->d.fault.pointer);
}

void v2_refuses(struct v2 *v, const char *json, enum gw_fault_code code, const char *text,
                const char *pointer)
{
    if (v2_decode(v, json, strlen(json), -1) == 0)
        fail_msg("%s\n  was accepted", json);
    check_refusal(v, code, text, pointer);
}

void v2_accepts_binary(struct v2 *v, const char *json, const void *data, size_t size)
{
    if (decode_binary(v, json, data, size) != 0)
        fail_msg("%s\n  was refused: %s (%s)", json, v->d.fault.text, v->d.fault.pointer);
}

void v2_refuses_binary(struct v2 *v, const char *json, const void *data, size_t size,
                       enum gw_fault_code code, const char *text, const char *pointer)
{
    if (decode_binary(v, json, data, size) == 0)
        fail_msg("%s\n  was accepted", json);
    check_refusal(v, code, text, pointer);
}

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

static uint32_t linear(struct eng_builder *builder, const char *name,
                       const uint32_t *inputs, uint32_t n_inputs, const float *weights,
                       uint32_t slots, uint32_t columns)
{
    struct eng_param param = {.key = "weights",
                              .type = ENG_PARAM_TENSOR,
                              .tensor = {.dtype = ENG_DT_F32,
                                         .rank = 2,
                                         .dim = {slots, columns},
                                         .count = (uint64_t)slots * columns,
                                         .data = weights}};
    struct eng_node_spec node = {.name = name,
                                 .op = eng_op_find("linear", 6),
                                 .n_inputs = n_inputs,
                                 .inputs = inputs,
                                 .n_params = 1,
                                 .params = &param};
    struct roost_error err = {0};
    uint32_t value = 0;
    if (eng_builder_node(builder, &node, &value, &err) != ROOST_OK)
        fail_msg("%s: %s", err.where, err.text);
    return value;
}

static void output(struct eng_builder *builder, const char *name, uint32_t value,
                   enum roost_type type, const char *const *labels, uint32_t label_count)
{
    struct eng_output_spec spec = {.name = name,
                                   .value = value,
                                   .type = type,
                                   .labels = labels,
                                   .label_count = label_count};
    struct roost_error err = {0};
    if (eng_builder_output(builder, &spec, &err) != ROOST_OK)
        fail_msg("%s: %s", err.where, err.text);
}

static roost_plan *plan_of(struct eng_builder *builder)
{
    roost_model *model = NULL;
    roost_plan *plan = NULL;
    struct roost_error err = {0};
    eng_builder_about(builder, "native", "");
    if (eng_builder_finish(builder, &model, &err) != ROOST_OK ||
        roost_plan_new(&model, NULL, 1, NULL, &plan, &err) != ROOST_OK)
        fail_msg("%s: %s", err.where, err.text);
    roost_model_free(model);
    return plan;
}

roost_plan *plan_of_integers(void)
{
    static const float ones[] = {1, 1, 1}, both[] = {1, 0, 0, 1};
    struct eng_builder *builder = builder_new();
    uint32_t i[2] = {feature(builder, "i", ROOST_I32, 0),
                     feature(builder, "v", ROOST_I32, 2)};
    uint32_t w = feature(builder, "w", ROOST_I64, 2);
    output(builder, "sum", linear(builder, "sum_n", i, 2, ones, 3, 1), ROOST_I32, NULL,
           0);
    output(builder, "wide", linear(builder, "wide_n", &w, 1, ones, 2, 1), ROOST_I64, NULL,
           0);
    output(builder, "both", linear(builder, "both_n", &w, 1, both, 2, 2), ROOST_F64, NULL,
           0);
    return plan_of(builder);
}

roost_plan *plan_of_classes(void)
{
    static const float three[] = {1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0},
                       last[] = {0, 0, 0, 1};
    static const char *const animals[] = {"cat", "a \"dog\"", "bird"};
    static const char *const answers[] = {"no", "yes"};
    struct eng_builder *builder = builder_new();
    uint32_t x = feature(builder, "x", ROOST_F32, 4);
    uint32_t c = linear(builder, "c_n", &x, 1, three, 4, 3);
    output(builder, "c", c, ROOST_F32, animals, 3);
    output(builder, "p", linear(builder, "p_n", &x, 1, last, 4, 1), ROOST_F32, answers,
           2);
    output(builder, "plain", c, ROOST_F32, NULL, 0);
    return plan_of(builder);
}

roost_plan *plan_of_wide_positions(void)
{
    static const float ones[] = {1, 1};
    struct eng_builder *builder = builder_new();
    uint32_t x[2] = {feature(builder, "a", ROOST_F64, 0),
                     feature(builder, "b", ROOST_I64, 0)};
    struct roost_error err = {0};
    output(builder, "score", linear(builder, "score_n", x, 2, ones, 2, 1), ROOST_F64,
           NULL, 0);
    if (eng_builder_positions(builder, "input-0", x, 2, &err) != ROOST_OK)
        fail_msg("%s: %s", err.where, err.text);
    return plan_of(builder);
}

roost_plan *plan_of_one_text(void)
{
    static const float weights[] = {0, 0};
    struct eng_builder *builder = builder_new();
    uint32_t s = feature(builder, "s", ROOST_STRING, 0), words = 0;
    const struct roost_text listed[] = {{"a", 1}, {"b", 1}};
    const struct eng_param param = {
        .key = "values", .type = ENG_PARAM_STRINGS, .strings = listed, .count = 2};
    struct eng_node_spec node = {.name = "words",
                                 .op = eng_op_find("vocabulary", 10),
                                 .n_inputs = 1,
                                 .inputs = &s,
                                 .n_params = 1,
                                 .params = &param};
    struct roost_error err = {0};
    if (eng_builder_node(builder, &node, &words, &err) != ROOST_OK)
        fail_msg("%s: %s", err.where, err.text);
    output(builder, "score", linear(builder, "score_n", &words, 1, weights, 2, 1),
           ROOST_F32, NULL, 0);
    return plan_of(builder);
}
