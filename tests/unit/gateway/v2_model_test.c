/* SPDX-License-Identifier: MIT
 * What the V2 API says of a model: metadata, and a Triton model configuration. */
#include "gateway/v2_model.h"
#include "tests/unit/gateway/support/json.h"
#include "tests/unit/gateway/support/plans.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* A model of two versions, 8 and 7, both of one plan. */
struct bench {
    struct reg_version versions[2];
    struct reg_serving serving[2];
    const struct reg_serving *list[2];
    struct reg_entry entry;
    struct cfg cfg;
};

static void open_bench(struct bench *b, roost_plan *plan)
{
    struct roost_error err;
    memset(b, 0, sizeof *b);
    for (int i = 0; i < 2; i++) {
        b->versions[i].version = b->serving[i].version = 8 - i;
        b->versions[i].format = i == 0 ? "xgboost" : "native";
        b->serving[i].name = "ctr";
        b->serving[i].plan = plan;
        b->list[i] = &b->serving[i];
    }
    b->entry = (struct reg_entry){.name = "ctr",
                                  .chosen = &b->serving[0],
                                  .serving_count = 2,
                                  .serving = b->list,
                                  .version_count = 2,
                                  .versions = b->versions};
    assert_int_equal(cfg_init(&b->cfg, &err), ROOST_OK);
}

static void close_bench(struct bench *b)
{
    roost_plan_free((roost_plan *)(uintptr_t)b->serving[0].plan);
    cfg_clear(&b->cfg);
}

static json_t *metadata(struct bench *b, int version)
{
    struct eng_buf out;
    eng_buf_init(&out, 1 << 20);
    gw_v2_put_metadata(&b->entry, &b->serving[version == 7], version >= 0, &out);
    return document_of(&out);
}

static json_t *config(struct bench *b)
{
    struct eng_buf out;
    eng_buf_init(&out, 1 << 20);
    gw_v2_put_config(&b->entry, &b->serving[0], &b->cfg, &out);
    return document_of(&out);
}

static void expect_tensor(json_t *list, size_t i, const char *name, const char *datatype,
                          int rank, json_int_t width)
{
    json_t *tensor = json_array_get(list, i);
    assert_string_equal(text_at(tensor, "name"), name);
    assert_string_equal(text_at(tensor, "datatype"), datatype);
    assert_int_equal(json_array_size(at(tensor, "shape")), rank);
    assert_int_equal(int_at(tensor, "shape/0"), -1);
    if (rank == 2)
        assert_int_equal(int_at(tensor, "shape/1"), width);
}

static void metadata_names_the_versions_that_serve(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, plan_of_one_number());
    json_t *all = metadata(&b, -1), *one = metadata(&b, 7);
    assert_string_equal(text_at(all, "name"), "ctr");
    assert_string_equal(text_at(all, "platform"), "roost_xgboost");
    assert_int_equal(json_array_size(at(all, "versions")), 2);
    assert_string_equal(text_at(all, "versions/0"), "8");
    assert_string_equal(text_at(all, "versions/1"), "7");
    assert_int_equal(json_array_size(at(one, "versions")), 1);
    assert_string_equal(text_at(one, "versions/0"), "7");
    assert_string_equal(text_at(one, "platform"), "roost_native");
    json_decref(all);
    json_decref(one);
    close_bench(&b);
}

static void each_type_of_feature_is_the_inputs_that_infer_takes(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, plan_of_all_types(0));
    json_t *model = metadata(&b, -1);
    json_t *inputs = at(model, "inputs");
    assert_int_equal(json_array_size(inputs), 11);
    expect_tensor(inputs, 0, "age", "FP32", 2, 1);
    expect_tensor(inputs, 1, "income", "FP64", 2, 1);
    expect_tensor(inputs, 2, "count", "INT64", 2, 1);
    expect_tensor(inputs, 3, "member", "BOOL", 2, 1);
    expect_tensor(inputs, 4, "city", "BYTES", 2, 1);
    expect_tensor(inputs, 5, "tags.offsets", "INT64", 1, 0);
    expect_tensor(inputs, 6, "tags.values", "BYTES", 1, 0);
    expect_tensor(inputs, 7, "bag.offsets", "INT64", 1, 0);
    expect_tensor(inputs, 8, "bag.ids", "INT64", 1, 0);
    expect_tensor(inputs, 9, "bag.values", "FP32", 1, 0);
    expect_tensor(inputs, 10, "vec", "FP32", 2, 2);
    expect_tensor(at(model, "outputs"), 0, "score", "FP64", 2, 1);
    json_decref(model);
    close_bench(&b);
}

static void the_dense_input_stands_behind_the_named_ones(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, plan_by_position());
    json_t *model = metadata(&b, -1);
    assert_int_equal(json_array_size(at(model, "inputs")), 4);
    expect_tensor(at(model, "inputs"), 3, "input-0", "FP32", 2, 3);
    json_decref(model);
    close_bench(&b);
}

static void outputs_have_their_widths_and_types(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, plan_of_two_outputs());
    json_t *model = metadata(&b, -1);
    assert_int_equal(json_array_size(at(model, "outputs")), 2);
    expect_tensor(at(model, "outputs"), 0, "twice", "FP32", 2, 1);
    expect_tensor(at(model, "outputs"), 1, "both", "FP64", 2, 2);
    json_decref(model);
    close_bench(&b);
}

static void outputs_of_a_group_are_called_after_its_members(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, plan_of_a_group());
    b.serving[0].member_count = 2;
    json_t *model = metadata(&b, -1);
    assert_string_equal(text_at(model, "platform"), "roost_group");
    assert_int_equal(json_array_size(at(model, "outputs")), 3);
    expect_tensor(at(model, "outputs"), 0, "one", "FP32", 2, 1);
    expect_tensor(at(model, "outputs"), 1, "two.twice", "FP32", 2, 1);
    expect_tensor(at(model, "outputs"), 2, "two.both", "FP64", 2, 2);
    json_decref(model);
    close_bench(&b);
}

static void a_configuration_has_tritons_names_and_no_batch_dimension(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, plan_of_all_types(0));
    b.cfg.rows = 77;
    json_t *model = config(&b);
    assert_string_equal(text_at(model, "name"), "ctr");
    assert_string_equal(text_at(model, "platform"), "roost_xgboost");
    assert_string_equal(text_at(model, "backend"), "roost");
    assert_int_equal(int_at(model, "max_batch_size"), 77);
    assert_string_equal(text_at(model, "input/0/data_type"), "TYPE_FP32");
    assert_int_equal(json_array_size(at(model, "input/0/dims")), 1);
    assert_int_equal(int_at(model, "input/0/dims/0"), 1);
    assert_true(json_is_true(at(model, "input/0/optional")));
    assert_string_equal(text_at(model, "input/4/data_type"), "TYPE_STRING");
    assert_int_equal(int_at(model, "input/7/dims/0"), -1);
    assert_int_equal(int_at(model, "input/10/dims/0"), 2);
    assert_string_equal(text_at(model, "output/0/name"), "score");
    assert_string_equal(text_at(model, "output/0/data_type"), "TYPE_FP64");
    assert_int_equal(int_at(model, "version_policy/latest/num_versions"), 1);
    json_decref(model);
    close_bench(&b);
}

static void a_tensor_signatures_inputs_are_not_optional(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, plan_of_two_tensors());
    json_t *model = config(&b);
    assert_false(json_is_true(at(model, "input/0/optional")));
    json_decref(model);
    close_bench(&b);
}

static void the_version_policy_is_the_configurations(void **state)
{
    (void)state;
    static const char all[] = "models: {ctr: {versions: all}}";
    static const char some[] = "models: {ctr: {versions: {specific: [7, 8]}}}";
    static const char newest[] = "models: {ctr: {versions: {latest: 3}}}";
    struct bench b;
    struct roost_error err;
    open_bench(&b, plan_of_one_number());
    assert_int_equal(cfg_read_yaml(&b.cfg, "t", all, sizeof all - 1, &err), ROOST_OK);
    json_t *model = config(&b);
    assert_true(json_is_object(at(model, "version_policy/all")));
    json_decref(model);
    assert_int_equal(cfg_read_yaml(&b.cfg, "t", some, sizeof some - 1, &err), ROOST_OK);
    model = config(&b);
    assert_int_equal(int_at(model, "version_policy/specific/versions/1"), 8);
    json_decref(model);
    assert_int_equal(cfg_read_yaml(&b.cfg, "t", newest, sizeof newest - 1, &err),
                     ROOST_OK);
    model = config(&b);
    assert_int_equal(int_at(model, "version_policy/latest/num_versions"), 3);
    json_decref(model);
    close_bench(&b);
}

static void a_buffer_that_is_full_says_so_and_nothing_else_happens(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, plan_of_a_group());
    b.serving[0].member_count = 2;
    for (size_t room = 0; room < 600; room++) {
        struct eng_buf out;
        eng_buf_init(&out, room);
        gw_v2_put_metadata(&b.entry, &b.serving[0], 0, &out);
        gw_v2_put_config(&b.entry, &b.serving[0], &b.cfg, &out);
        assert_true(out.failed);
        eng_buf_clear(&out);
    }
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metadata_names_the_versions_that_serve),
        cmocka_unit_test(each_type_of_feature_is_the_inputs_that_infer_takes),
        cmocka_unit_test(the_dense_input_stands_behind_the_named_ones),
        cmocka_unit_test(outputs_have_their_widths_and_types),
        cmocka_unit_test(outputs_of_a_group_are_called_after_its_members),
        cmocka_unit_test(a_configuration_has_tritons_names_and_no_batch_dimension),
        cmocka_unit_test(a_tensor_signatures_inputs_are_not_optional),
        cmocka_unit_test(the_version_policy_is_the_configurations),
        cmocka_unit_test(a_buffer_that_is_full_says_so_and_nothing_else_happens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
