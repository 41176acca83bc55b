/* SPDX-License-Identifier: MIT
 * builder_test.c - what a builder accepts, what it refuses, and what it keeps only once.
 */
#include "engine/model/model.h"
#include "tests/unit/engine/support/kit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void feature_refused(const struct eng_feature_spec *before,
                            const struct eng_feature_spec *spec, roost_status status,
                            const char *part)
{
    struct eng_builder *builder = kit_builder();
    struct roost_error err;
    uint32_t value;
    if (before)
        assert_int_equal(eng_builder_feature(builder, before, &value, &err), ROOST_OK);
    assert_int_equal(eng_builder_feature(builder, spec, &value, &err), status);
    assert_int_equal(err.status, status);
    if (!strstr(err.text, part))
        fail_msg("'%s' is not in: %s", part, err.text);
    eng_builder_free(builder);
}

static void a_features_name_and_id_must_be_new(void **state)
{
    (void)state;
    const struct eng_feature_spec age = {.name = "age", .type = ROOST_F32, .width = 1};
    feature_refused(&age, &age, ROOST_VALUE, "already");
    /* Found by search: both hash the same 10 bytes. */
    const struct eng_feature_spec one = {.name = "g5022#b", .width = 1};
    const struct eng_feature_spec other = {
        .name = "\xde\x8a\xe1\xbd\xb1\xe1\xae\xbc\xe0\xac\x92"
                "b",
        .width = 1};
    assert_int_equal(roost_feature_id(one.name, strlen(one.name)),
                     roost_feature_id(other.name, strlen(other.name)));
    feature_refused(&one, &other, ROOST_VALUE, "'g5022#b'");
}

static void a_feature_that_makes_no_sense_is_refused(void **state)
{
    (void)state;
    char name[ENG_NAME_MAX + 2];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    const struct {
        struct eng_feature_spec spec;
        roost_status status;
        const char *part;
    } cases[] = {
        {{.name = "", .width = 1}, ROOST_VALUE, "empty"},
        {{.name = name, .width = 1}, ROOST_LIMIT, "256 bytes"},
        {{.name = "x", .width = 0}, ROOST_SHAPE, "width"},
        {{.name = "x", .width = 2}, ROOST_SHAPE, "width"},
        {{.name = "x", .width = ENG_WIDTH_MAX + 1, .vector = 1}, ROOST_SHAPE, "width"},
        {{.name = "x", .type = ROOST_BOOL, .width = 2, .vector = 1},
         ROOST_SHAPE,
         "vector"},
        {{.name = "x", .type = ROOST_STRING, .width = 1, .vector = 1},
         ROOST_SHAPE,
         "vector"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        feature_refused(NULL, &cases[i].spec, cases[i].status, cases[i].part);
}

static void a_default_that_its_type_cannot_hold_is_refused(void **state)
{
    (void)state;
    const struct {
        struct eng_feature_spec spec;
        roost_status status;
        const char *part;
    } cases[] = {
        {{.name = "x",
          .type = ROOST_I32,
          .width = 1,
          .has_default = 1,
          .default_number = 2147483648.0},
         ROOST_VALUE,
         "2^31"},
        {{.name = "x",
          .type = ROOST_I32,
          .width = 1,
          .has_default = 1,
          .default_number = (double)NAN},
         ROOST_VALUE,
         "whole"},
        {{.name = "x", .type = ROOST_SPARSE, .width = 1, .has_default = 1},
         ROOST_VALUE,
         "default"},
        {{.name = "x", .width = 1, .has_default = 1, .default_number = (double)NAN},
         ROOST_VALUE,
         "finite"},
        {{.name = "x", .width = 1, .has_default = 1, .default_number = 1e39},
         ROOST_VALUE,
         "float"},
        {{.name = "x",
          .type = ROOST_I64,
          .width = 1,
          .has_default = 1,
          .default_number = 9223372036854775808.0},
         ROOST_VALUE,
         "2^63"},
        {{.name = "x",
          .type = ROOST_I64,
          .width = 1,
          .has_default = 1,
          .default_number = 2.5},
         ROOST_VALUE,
         "whole"},
        {{.name = "x",
          .type = ROOST_BOOL,
          .width = 1,
          .has_default = 1,
          .default_number = 2},
         ROOST_VALUE,
         "bool"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        feature_refused(NULL, &cases[i].spec, cases[i].status, cases[i].part);
}

/* A node over the feature `age` and over bins of it must be refused. */
static void node_refused(const char *name, const char *op, uint32_t n_inputs,
                         const struct eng_param *params, uint32_t n_params,
                         roost_status status, const char *part)
{
    struct eng_builder *builder = kit_builder();
    uint32_t age = kit_feature(builder, "age", ROOST_F32);
    uint32_t bins = kit_bins(builder, "bins", age);
    const uint32_t inputs[] = {age, bins, bins, bins, bins};
    struct roost_error err;
    struct eng_node_spec spec = {.name = name,
                                 .op = eng_op_find(op, strlen(op)),
                                 .n_inputs = n_inputs,
                                 .inputs = inputs,
                                 .n_params = n_params,
                                 .params = params};
    uint32_t value;
    assert_int_equal(eng_builder_node(builder, &spec, &value, &err), status);
    assert_int_equal(err.status, status);
    assert_string_equal(err.where, name);
    if (!strstr(err.text, part))
        fail_msg("'%s' is not in: %s", part, err.text);
    eng_builder_free(builder);
}

static void a_node_that_its_operator_does_not_take_is_refused(void **state)
{
    (void)state;
    const double one = 1;
    const struct eng_param twice[] = {kit_tensor("value", &one, 1, 0),
                                      kit_tensor("value", &one, 1, 0)};
    const struct eng_param wrong = kit_integer("value", 1);
    const struct eng_param unknown = kit_integer("valve", 1);
    node_refused("bins", "impute", 1, twice, 1, ROOST_VALUE, "already");
    node_refused("age", "impute", 1, twice, 1, ROOST_VALUE, "feature");
    node_refused("", "impute", 1, twice, 1, ROOST_VALUE, "empty");
    node_refused("x", "impute", 1, twice, 2, ROOST_VALUE, "twice");
    node_refused("x", "impute", 1, &wrong, 1, ROOST_VALUE, "type");
    node_refused("x", "impute", 1, &unknown, 1, ROOST_VALUE, "'valve'");
    node_refused("x", "impute", 1, NULL, 0, ROOST_VALUE, "missing");
    node_refused("x", "impute", 5, twice, 1, ROOST_SHAPE, "inputs");
    node_refused("x", "isotonic", 1, NULL, 0, ROOST_SHAPE, "must follow a predictor");
}

static void a_predictor_may_be_called_as_a_feature_is(void **state)
{
    (void)state;
    struct eng_builder *builder = kit_builder();
    uint32_t value = kit_feature(builder, "predictor", ROOST_F32);
    roost_model_free(kit_finish(builder, kit_linear(builder, KIT_IN(value), 1, 1, 0)));
}

static void output_refused(const struct eng_output_spec *output, int of_feature,
                           roost_status status)
{
    struct eng_builder *builder = kit_builder();
    struct eng_output_spec spec = *output;
    struct roost_error err;
    uint32_t age = kit_feature(builder, "age", ROOST_F32);
    uint32_t predictor = kit_linear(builder, KIT_IN(age), 1, 1, 0);
    spec.value = of_feature ? age : predictor;
    assert_int_equal(eng_builder_output(builder, &spec, &err), status);
    assert_int_equal(err.status, status);
    eng_builder_free(builder);
}

static void an_output_is_a_predictor_with_as_many_labels_as_values(void **state)
{
    (void)state;
    static const char *const labels[] = {"a", "b", "c"};
    struct eng_output_spec spec = {.name = "score", .type = ROOST_F32, .labels = labels};
    output_refused(&spec, 1, ROOST_SHAPE);
    spec.label_count = 3;
    output_refused(&spec, 0, ROOST_SHAPE);
    spec.label_count = ENG_LABELS_MAX + 1;
    output_refused(&spec, 0, ROOST_LIMIT);
    spec.label_count = 2;
    spec.type = ROOST_BOOL;
    output_refused(&spec, 0, ROOST_SHAPE);
    spec.type = ROOST_STRING;
    output_refused(&spec, 0, ROOST_SHAPE);
    spec.type = ROOST_F32;
    spec.name = "";
    output_refused(&spec, 0, ROOST_VALUE);
}

static void a_model_needs_an_output(void **state)
{
    (void)state;
    struct eng_builder *builder = kit_builder();
    struct roost_error err;
    roost_model *model = NULL;
    kit_feature(builder, "age", ROOST_F32);
    assert_int_equal(eng_builder_finish(builder, &model, &err), ROOST_SHAPE);
    assert_null(model);
}

static void positions_are_scalar_numbers_or_one_vector(void **state)
{
    (void)state;
    struct roost_error err;
    const uint32_t refused[][3] = {
        {0, 2, KIT_END}, {0, 0, KIT_END}, {0, 3, KIT_END}, {0, 4, KIT_END}, {KIT_END}};
    for (size_t i = 0; i < 5; i++) {
        struct eng_builder *builder = kit_builder();
        kit_feature(builder, "a", ROOST_F32);
        kit_feature(builder, "b", ROOST_BOOL);
        kit_vector(builder, "v", ROOST_F32, 3);
        kit_feature(builder, "text", ROOST_STRING);
        kit_linear(builder, KIT_IN(0), 1, 1, 0);
        uint32_t n = 0;
        while (refused[i][n] != KIT_END)
            n++;
        assert_true(eng_builder_positions(builder, "input-0", refused[i], n, &err) < 0);
        eng_builder_free(builder);
    }
}

static roost_model *scored_by(struct eng_builder *builder, uint32_t value, uint64_t slots)
{
    return kit_finish(builder, kit_linear(builder, KIT_IN(value), slots, 1, 0));
}

static void signatures_follow_from_the_features(void **state)
{
    (void)state;
    struct eng_builder *builder = kit_builder();
    roost_model *model = scored_by(builder, kit_feature(builder, "a", ROOST_F32), 1);
    assert_int_equal(model->signatures, ROOST_SIGNATURE_FEATURES);
    roost_model_free(model);
    builder = kit_builder();
    model = scored_by(builder, kit_vector(builder, "v", ROOST_F32, 3), 3);
    assert_int_equal(model->signatures, ROOST_SIGNATURE_TENSOR);
    roost_model_free(model);
    builder = kit_builder();
    uint32_t value = kit_feature(builder, "a", ROOST_F32);
    assert_int_equal(eng_builder_positions(builder, "input-0", &value, 1, NULL),
                     ROOST_OK);
    model = scored_by(builder, value, 1);
    assert_int_equal(model->signatures,
                     ROOST_SIGNATURE_FEATURES | ROOST_SIGNATURE_TENSOR);
    roost_model_free(model);
}

static void a_model_says_what_it_is(void **state)
{
    (void)state;
    struct eng_builder *builder = kit_builder();
    eng_builder_about(builder, "native", "0123abcd");
    roost_model *model = scored_by(builder, kit_feature(builder, "a", ROOST_F32), 1);
    assert_string_equal(roost_model_format(model), "native");
    assert_string_equal(roost_model_digest(model), "0123abcd");
    assert_true(roost_model_bytes(model) > sizeof *model);
    assert_ptr_equal(roost_model_retain(model), model);
    roost_model_free(model);
    roost_model_free(model);
    roost_model_free(NULL);
}

static roost_model *binned(const char *feature, uint32_t seed)
{
    struct eng_builder *builder = kit_builder();
    uint32_t value = kit_feature(builder, feature, ROOST_F32);
    uint32_t bins = kit_bins(builder, "bins", value);
    return kit_finish(builder, kit_linear(builder, KIT_IN(bins), 4, seed, 0));
}

static void equal_contents_are_held_once_in_the_process(void **state)
{
    (void)state;
    assert_int_equal(eng_state_count(), 0);
    roost_model *first = binned("age", 1);
    assert_int_equal(eng_state_count(), 2);
    roost_model *same = binned("age", 1);
    assert_int_equal(eng_state_count(), 2);
    assert_ptr_equal(first->nodes[0].state, same->nodes[0].state);
    /* The edges are equal whatever the feature is called, the weights are not. */
    roost_model *other = binned("height", 2);
    assert_int_equal(eng_state_count(), 3);
    assert_ptr_equal(first->nodes[0].state, other->nodes[0].state);
    assert_int_not_equal(first->values[1].digest[0], other->values[1].digest[0]);
    assert_int_equal(first->values[1].digest[0], same->values[1].digest[0]);
    roost_model_free(first);
    assert_int_equal(eng_state_count(), 3);
    roost_model_free(same);
    assert_int_equal(eng_state_count(), 2);
    roost_model_free(other);
    assert_int_equal(eng_state_count(), 0);
}

static void hashes_over_differently_named_inputs_are_different_values(void **state)
{
    (void)state;
    uint64_t digest[2];
    static const char *const names[] = {"one", "other"};
    for (int i = 0; i < 2; i++) {
        struct eng_builder *builder = kit_builder();
        uint32_t bins =
            kit_bins(builder, names[i], kit_feature(builder, "age", ROOST_F32));
        uint32_t hashed = kit_hashed(builder, "hashed", bins, 4);
        roost_model *model =
            kit_finish(builder, kit_linear(builder, KIT_IN(hashed), 16, 1, 0));
        digest[i] = model->values[hashed].digest[0];
        roost_model_free(model);
    }
    assert_int_not_equal(digest[0], digest[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_features_name_and_id_must_be_new),
        cmocka_unit_test(a_feature_that_makes_no_sense_is_refused),
        cmocka_unit_test(a_default_that_its_type_cannot_hold_is_refused),
        cmocka_unit_test(a_node_that_its_operator_does_not_take_is_refused),
        cmocka_unit_test(a_predictor_may_be_called_as_a_feature_is),
        cmocka_unit_test(an_output_is_a_predictor_with_as_many_labels_as_values),
        cmocka_unit_test(a_model_needs_an_output),
        cmocka_unit_test(positions_are_scalar_numbers_or_one_vector),
        cmocka_unit_test(signatures_follow_from_the_features),
        cmocka_unit_test(a_model_says_what_it_is),
        cmocka_unit_test(equal_contents_are_held_once_in_the_process),
        cmocka_unit_test(hashes_over_differently_named_inputs_are_different_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
