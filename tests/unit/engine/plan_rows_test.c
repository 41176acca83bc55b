/* SPDX-License-Identifier: MIT
 * plan_rows_test.c - how rows reach a plan: every type of column, context, missing
 * values, defaults, blocks, and the scratch they take. */
#include "engine/base/hash.h"
#include "tests/unit/engine/support/kit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The sum of all inputs, each times a weight that tells them apart. */
static roost_model *sum(struct eng_builder *builder, const uint32_t *inputs,
                        uint64_t slots)
{
    static double weights[64];
    for (int i = 0; i < 64; i++)
        weights[i] = 1 << (i % 12);
    const struct eng_param param = kit_tensor("weights", weights, slots, 0);
    return kit_finish(builder,
                      kit_node(builder, "predictor", "linear", inputs, 1, &param));
}

static roost_plan *plan_of(roost_model *model)
{
    roost_plan *plan = kit_plan(1, &model, NULL);
    roost_model_free(model); /* the plan holds it */
    return plan;
}

/* Scores of rows equal these, whatever is common. */
static void scores_are(const roost_plan *plan, const struct roost_rows *rows,
                       const double *want)
{
    double out[64];
    struct roost_error err;
    if (kit_score(plan, rows, out, NULL, &err) != ROOST_OK)
        fail_msg("%s: %s", err.where, err.text);
    for (uint32_t r = 0; r < rows->n; r++) {
        if (!(out[r] == want[r]))
            fail_msg("row %u: %.17g, not %.17g", r, out[r], want[r]);
    }
}

static void numbers_of_every_type_are_read(void **state)
{
    (void)state;
    struct eng_builder *builder = kit_builder();
    uint32_t a = kit_feature(builder, "f32", ROOST_F32);
    uint32_t b = kit_feature(builder, "f64", ROOST_F64);
    uint32_t c = kit_feature(builder, "i64", ROOST_I64);
    uint32_t d = kit_feature(builder, "bool", ROOST_BOOL);
    roost_plan *plan = plan_of(sum(builder, KIT_IN(a, b, c, d), 4));
    const float f32[] = {0.5f, NAN, 3};
    const double f64[] = {0.25, 1, NAN};
    const int64_t i64[] = {-3, 1000000, 5};
    const uint8_t bools[] = {1, 0, 7}, present[] = {1, 1, 0};
    const struct roost_column columns[] = {{.values = f32},
                                           {.values = f64},
                                           {.values = i64, .present = present},
                                           {.values = bools}};
    const struct roost_rows rows = {.n = 3, .columns = columns};
    scores_are(plan, &rows, (const double[]){0.5 + 0.5 - 12 + 8, 2 + 4e6, 3 + 8});
    roost_plan_free(plan);
}

static void what_is_missing_everywhere_counts_nothing(void **state)
{
    (void)state;
    struct eng_builder *builder = kit_builder();
    uint32_t a = kit_feature(builder, "f32", ROOST_F32);
    uint32_t b = kit_feature(builder, "i64", ROOST_I64);
    uint32_t c = kit_vector(builder, "vector", ROOST_F64, 2);
    uint32_t d = kit_hashed(builder, "d", kit_feature(builder, "s", ROOST_STRING), 2);
    uint32_t e = kit_hashed(builder, "e", kit_feature(builder, "l", ROOST_STRINGS), 2);
    uint32_t f = kit_hashed(builder, "f", kit_feature(builder, "p", ROOST_SPARSE), 2);
    roost_plan *plan = plan_of(sum(builder, KIT_IN(a, b, c, d, e, f), 16));
    const struct roost_column columns[6] = {{.values = NULL}};
    struct roost_rows rows = {.n = 2};
    scores_are(plan, &rows, (const double[]){0, 0});
    rows.columns = columns;
    scores_are(plan, &rows, (const double[]){0, 0});
    rows.context = columns;
    scores_are(plan, &rows, (const double[]){0, 0});
    roost_plan_free(plan);
}

static void a_default_stands_for_a_missing_value(void **state)
{
    (void)state;
    struct eng_builder *builder = kit_builder();
    uint32_t a = kit_number_or(builder, "f32", ROOST_F32, 0.1);
    uint32_t b = kit_number_or(builder, "f64", ROOST_F64, 0.1);
    uint32_t c = kit_number_or(builder, "i64", ROOST_I64, 7);
    roost_plan *plan = plan_of(sum(builder, KIT_IN(a, b, c), 3));
    const float f32[] = {NAN, 1};
    const double f64[] = {NAN, 1};
    const int64_t i64[] = {9, 1};
    const uint8_t present[] = {0, 1};
    const double missing = (double)0.1f + 0.2 + 28;
    struct roost_column columns[] = {
        {.values = f32}, {.values = f64}, {.values = i64, .present = present}};
    struct roost_rows rows = {.n = 2, .columns = columns};
    scores_are(plan, &rows, (const double[]){missing, 1 + 2 + 4});
    rows.columns = NULL;
    scores_are(plan, &rows, (const double[]){missing, missing});
    roost_plan_free(plan);
}

static void a_default_text_stands_for_a_missing_one(void **state)
{
    (void)state;
    for (int with = 0; with <= 1; with++) {
        struct eng_builder *builder = kit_builder();
        struct eng_feature_spec spec = {.name = "s",
                                        .type = ROOST_STRING,
                                        .width = 1,
                                        .has_default = (uint8_t)with,
                                        .default_text = kit_text("b")};
        const struct roost_text values[] = {kit_text("a"), kit_text("b")};
        const struct eng_param param = {
            .key = "values", .type = ENG_PARAM_STRINGS, .strings = values, .count = 2};
        uint32_t s;
        assert_int_equal(eng_builder_feature(builder, &spec, &s, NULL), ROOST_OK);
        uint32_t v = kit_node(builder, "v", "vocabulary", KIT_IN(s), 1, &param);
        roost_plan *plan = plan_of(sum(builder, KIT_IN(v), 2));
        const struct roost_text texts[] = {kit_text("a"), kit_text(NULL), kit_text("c")};
        const struct roost_column column = {.values = texts};
        const struct roost_rows rows = {.n = 3, .columns = &column};
        scores_are(plan, &rows, (const double[]){1, with ? 2 : 0, 0});
        roost_plan_free(plan);
    }
}

static void vectors_are_read_where_they_lie(void **state)
{
    (void)state;
    struct eng_builder *builder = kit_builder();
    uint32_t a = kit_vector(builder, "a", ROOST_F32, 3);
    uint32_t b = kit_vector(builder, "b", ROOST_F64, 2);
    roost_plan *plan = plan_of(sum(builder, KIT_IN(a, b), 5));
    const float f32[] = {1, 1, 1, NAN, 1, NAN};
    const double f64[] = {1, 1, NAN, 0.5};
    const struct roost_column columns[] = {{.values = f32}, {.values = f64}};
    struct roost_rows rows = {.n = 2, .columns = columns};
    scores_are(plan, &rows, (const double[]){7 + 24, 2 + 8});
    const size_t in_place = roost_plan_scratch(plan, &rows);
    rows.context = columns;
    /* Filled up from a context, they must be copied. */
    assert_true(in_place < roost_plan_scratch(plan, &rows));
    roost_plan_free(plan);
}

/* A list of strings and a sparse feature, hashed to full ids, over keys. */
static roost_plan *lists(uint64_t *ids)
{
    static const double weights[] = {1, 2, 4, 8};
    struct eng_builder *builder = kit_builder();
    uint32_t texts = kit_feature(builder, "texts", ROOST_STRINGS);
    uint32_t sparse = kit_feature(builder, "sparse", ROOST_SPARSE);
    uint32_t hashed = kit_hashed(builder, "hashed", texts, 0);
    struct eng_param params[] = {kit_tensor("weights", weights, 4, 0),
                                 {.key = "keys", .type = ENG_PARAM_TENSOR}};
    params[1].tensor = (struct eng_tensor){
        .dtype = ENG_DT_U64, .rank = 1, .dim = {4}, .count = 4, .data = ids};
    return plan_of(kit_finish(builder, kit_node(builder, "predictor", "linear",
                                                KIT_IN(hashed, sparse), 2, params)));
}

static uint64_t hash_id(const char *text)
{
    char bytes[32] = "texts";
    uint64_t out[2];
    snprintf(bytes + 6, sizeof bytes - 6, "%s", text);
    eng_hash_128(bytes, 6 + strlen(text), 0, out);
    return out[0];
}

static void lists_and_sparse_features_are_read_by_their_starts(void **state)
{
    (void)state;
    uint64_t keys[] = {hash_id("x"), hash_id("y"), 77, UINT64_MAX};
    roost_plan *plan = lists(keys);
    const struct roost_text texts[] = {kit_text("x"), kit_text("y"), kit_text("unknown"),
                                       kit_text("x")};
    const uint32_t text_start[] = {0, 2, 2, 4}, id_start[] = {0, 0, 3, 4};
    const uint64_t ids[] = {77, 5, UINT64_MAX, 77};
    const float amounts[] = {0.5f, 100, -1, NAN};
    struct roost_column columns[] = {{.values = texts, .start = text_start},
                                     {.start = id_start, .ids = ids, .amounts = amounts}};
    struct roost_rows rows = {.n = 3, .columns = columns};
    scores_are(plan, &rows, (const double[]){3, 2 - 8, 1});
    columns[1].amounts = NULL;
    scores_are(plan, &rows, (const double[]){3, 4 + 8, 1 + 4});
    roost_plan_free(plan);
}

static void a_row_without_entries_takes_those_of_the_context(void **state)
{
    (void)state;
    uint64_t keys[] = {hash_id("x"), hash_id("y"), 77, UINT64_MAX};
    roost_plan *plan = lists(keys);
    const struct roost_text texts[] = {kit_text("x")};
    const struct roost_text common[] = {kit_text("x"), kit_text("y"), kit_text("y")};
    const uint32_t text_start[] = {0, 0, 1, 1}, id_start[] = {0, 1, 1, 1};
    const uint32_t three[] = {0, 3}, two[] = {0, 2};
    const uint64_t ids[] = {77}, common_ids[] = {77, UINT64_MAX};
    const float amounts[] = {0.5f}, common_amounts[] = {0.25f, 0.5f};
    const struct roost_column columns[] = {
        {.values = texts, .start = text_start},
        {.start = id_start, .ids = ids, .amounts = amounts}};
    const struct roost_column context[] = {
        {.values = common, .start = three},
        {.start = two, .ids = common_ids, .amounts = common_amounts}};
    struct roost_rows rows = {.n = 3, .columns = columns, .context = context};
    scores_are(plan, &rows, (const double[]){5 + 2, 1 + 5, 5 + 5});
    rows.columns = NULL;
    scores_are(plan, &rows, (const double[]){10, 10, 10});
    roost_plan_free(plan);
}

static roost_plan *user_and_item(void)
{
    struct eng_builder *builder = kit_builder();
    uint32_t age = kit_feature(builder, "age", ROOST_F32);
    uint32_t item = kit_feature(builder, "item", ROOST_STRING);
    uint32_t bins = kit_bins(builder, "bins", age);
    uint32_t hashed = kit_hashed(builder, "hashed", item, 5);
    const struct eng_param bits = kit_integer("bits", 6);
    uint32_t crossed =
        kit_node(builder, "cross", "cross", KIT_IN(bins, hashed), 1, &bits);
    return plan_of(kit_finish(
        builder, kit_linear(builder, KIT_IN(bins, hashed, crossed), 4 + 32 + 64, 1, 0)));
}

enum { ITEMS = 130 };

static void context_scores_as_if_every_row_repeated_it(void **state)
{
    (void)state;
    roost_plan *plan = user_and_item();
    static struct roost_text items[ITEMS];
    float age[ITEMS];
    double repeated[ITEMS], once[ITEMS];
    uint64_t evaluations[3] = {0}, reuses[3] = {0};
    for (int i = 0; i < ITEMS; i++) {
        items[i] = kit_text(&"abcdefghijklmnopqrstuvwxyz"[i % 26]);
        age[i] = 12;
    }
    struct roost_column columns[] = {{.values = age}, {.values = items}};
    const struct roost_column context[] = {{.values = age}, {.values = NULL}};
    struct roost_rows rows = {.n = ITEMS, .columns = columns};
    struct roost_call call = {.evaluations = evaluations, .reuses = reuses};
    assert_int_equal(kit_score(plan, &rows, repeated, &call, NULL), ROOST_OK);
    assert_int_equal(evaluations[0], ITEMS);
    assert_int_equal(reuses[0], 0);
    columns[0].values = NULL;
    rows.context = context;
    assert_int_equal(kit_score(plan, &rows, once, &call, NULL), ROOST_OK);
    assert_memory_equal(once, repeated, sizeof once);
    /* The bins of the one age, once; what depends on the items, once a row. */
    assert_int_equal(evaluations[0], ITEMS + 1);
    assert_int_equal(reuses[0], ITEMS - 1);
    assert_int_equal(evaluations[2], 2 * ITEMS);
    roost_plan_free(plan);
}

static void a_rows_own_value_wins_over_the_context(void **state)
{
    (void)state;
    roost_plan *plan = user_and_item();
    const float own[] = {NAN, 25, NAN, 5}, all[] = {12, 25, 12, 5}, common[] = {12};
    const struct roost_text items[] = {kit_text("a"), kit_text(NULL), kit_text("b"),
                                       kit_text("a")};
    const struct roost_text full[] = {kit_text("a"), kit_text("z"), kit_text("b"),
                                      kit_text("a")};
    const struct roost_text z = kit_text("z");
    const struct roost_column spelt[] = {{.values = all}, {.values = full}};
    const struct roost_column columns[] = {{.values = own}, {.values = items}};
    const struct roost_column context[] = {{.values = common}, {.values = &z}};
    struct roost_rows rows = {.n = 4, .columns = spelt};
    double want[4];
    assert_int_equal(kit_score(plan, &rows, want, NULL, NULL), ROOST_OK);
    rows.columns = columns;
    rows.context = context;
    scores_are(plan, &rows, want);
    roost_plan_free(plan);
}

static void integers_and_vectors_fall_back_to_the_context_too(void **state)
{
    (void)state;
    struct eng_builder *builder = kit_builder();
    uint32_t a = kit_feature(builder, "i64", ROOST_I64);
    uint32_t b = kit_feature(builder, "bool", ROOST_BOOL);
    uint32_t c = kit_vector(builder, "vector", ROOST_F32, 2);
    roost_plan *plan = plan_of(sum(builder, KIT_IN(a, b, c), 4));
    const int64_t i64[] = {1, 2}, user = 10;
    const uint8_t bools[] = {0, 1}, yes = 1, present[] = {1, 0};
    const float vector[] = {NAN, NAN, NAN, 1}, common[] = {2, 3};
    const struct roost_column columns[] = {{.values = i64, .present = present},
                                           {.values = bools, .present = present},
                                           {.values = vector}};
    const struct roost_column context[] = {
        {.values = &user}, {.values = &yes}, {.values = common}};
    const struct roost_rows rows = {.n = 2, .columns = columns, .context = context};
    /* A vector that a row gives in part is that row's own. */
    scores_are(plan, &rows, (const double[]){1 + 0 + 8 + 24, 10 + 2 + 8});
    roost_plan_free(plan);
}

static void scores_do_not_depend_on_where_a_block_ends(void **state)
{
    (void)state;
    enum { MOST = 1000 };
    static const uint32_t counts[] = {1, 2, 63, 64, 65, 127, 128, 129, MOST};
    roost_plan *plan = user_and_item();
    static float age[MOST];
    static struct roost_text items[MOST];
    static double all[MOST], some[MOST];
    for (int i = 0; i < MOST; i++) {
        age[i] = i % 11 == 0 ? NAN : (float)(i % 40);
        items[i] = kit_text(i % 13 == 0 ? NULL : &"abcdefghijklmnopqrstuvwxyz"[i % 26]);
    }
    for (uint32_t i = 0; i < MOST; i++) {
        const struct roost_column one[] = {{.values = age + i}, {.values = items + i}};
        const struct roost_rows rows = {.n = 1, .columns = one};
        assert_int_equal(kit_score(plan, &rows, all + i, NULL, NULL), ROOST_OK);
    }
    const struct roost_column columns[] = {{.values = age}, {.values = items}};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        const struct roost_rows rows = {.n = counts[i], .columns = columns};
        assert_int_equal(kit_score(plan, &rows, some, NULL, NULL), ROOST_OK);
        assert_memory_equal(some, all, counts[i] * sizeof *some);
    }
    roost_plan_free(plan);
}

static void scratch_does_not_grow_with_the_number_of_rows(void **state)
{
    (void)state;
    roost_plan *plan = user_and_item();
    static float age[10000];
    static struct roost_text items[10000];
    const struct roost_column columns[] = {{.values = age}, {.values = items}};
    struct roost_rows rows = {.n = 64, .columns = columns};
    size_t block = roost_plan_scratch(plan, &rows);
    rows.n = 10000;
    assert_int_equal(roost_plan_scratch(plan, &rows), block);
    rows.n = 1;
    assert_true(roost_plan_scratch(plan, &rows) < block);
    roost_plan_free(plan);
}

static void no_rows_give_no_scores_and_no_error(void **state)
{
    (void)state;
    roost_plan *plan = user_and_item();
    const struct roost_rows rows = {.n = 0};
    uint64_t evaluations[3] = {0};
    struct roost_verdict verdict = {.status = ROOST_IO};
    struct roost_call call = {.evaluations = evaluations, .verdict = &verdict};
    assert_int_equal(kit_score(plan, &rows, NULL, &call, NULL), ROOST_OK);
    assert_int_equal(verdict.status, ROOST_OK);
    assert_int_equal(evaluations[0], 0);
    roost_plan_free(plan);
}

static void a_value_that_a_transform_refuses_names_its_row(void **state)
{
    (void)state;
    struct eng_builder *builder = kit_builder();
    const struct roost_text value = kit_text("a");
    const struct eng_param params[] = {
        {.key = "values", .type = ENG_PARAM_STRINGS, .strings = &value, .count = 1},
        kit_word("unknown", "error")};
    uint32_t s = kit_feature(builder, "s", ROOST_STRING);
    uint32_t v = kit_node(builder, "v", "vocabulary", KIT_IN(s), 2, params);
    roost_plan *plan = plan_of(sum(builder, KIT_IN(v), 1));
    struct roost_text texts[100];
    double out[100];
    struct roost_error err;
    for (int i = 0; i < 100; i++)
        texts[i] = kit_text(i == 77 ? "b" : "a");
    const struct roost_column column = {.values = texts};
    const struct roost_rows rows = {.n = 100, .columns = &column};
    assert_int_equal(kit_score(plan, &rows, out, NULL, &err), ROOST_VALUE);
    assert_int_equal(err.at, 77);
    roost_plan_free(plan);
}

static void
a_refused_value_names_its_own_feature_though_the_vocabulary_is_shared(void **state)
{
    (void)state;
    struct eng_builder *builder = kit_builder();
    const struct roost_text value = kit_text("a");
    const struct eng_param params[] = {
        {.key = "values", .type = ENG_PARAM_STRINGS, .strings = &value, .count = 1},
        kit_word("unknown", "error")};
    uint32_t s = kit_feature(builder, "s", ROOST_STRING);
    uint32_t t = kit_feature(builder, "t", ROOST_STRING);
    uint32_t v = kit_node(builder, "v", "vocabulary", KIT_IN(s), 2, params);
    uint32_t w = kit_node(builder, "w", "vocabulary", KIT_IN(t), 2, params);
    roost_plan *plan = plan_of(sum(builder, KIT_IN(v, w), 2));
    const struct roost_text good = kit_text("a"), bad = kit_text("b");
    const struct roost_column columns[] = {{.values = &good}, {.values = &bad}};
    const struct roost_rows rows = {.n = 1, .columns = columns};
    double out;
    struct roost_error err;
    assert_int_equal(kit_score(plan, &rows, &out, NULL, &err), ROOST_VALUE);
    assert_string_equal(err.where, "t");
    assert_int_equal(kit_score(plan, &rows, &out, NULL, NULL), ROOST_VALUE);
    roost_plan_free(plan);
}

static void the_timed_variant_scores_alike_and_splits_the_time(void **state)
{
    (void)state;
    roost_plan *plan = user_and_item();
    float age[500];
    struct roost_text items[500];
    static double out[500], timed[500];
    for (int i = 0; i < 500; i++) {
        age[i] = (float)i;
        items[i] = kit_text("item");
    }
    const struct roost_column columns[] = {{.values = age}, {.values = items}};
    const struct roost_rows rows = {.n = 500, .columns = columns};
    assert_int_equal(kit_score(plan, &rows, out, NULL, NULL), ROOST_OK);
    struct roost_timing timing = {.transform = 5, .score = 7};
    size_t bytes = roost_plan_scratch(plan, &rows);
    struct roost_call call = {
        .rows = &rows, .scratch = aligned_alloc(64, bytes), .out = timed};
    assert_int_equal(roost_score_timed(plan, &call, &timing, NULL), ROOST_OK);
    free(call.scratch);
    assert_memory_equal(out, timed, sizeof out);
    assert_true(timing.transform > 5 && timing.score > 7);
    roost_plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_every_type_are_read),
        cmocka_unit_test(what_is_missing_everywhere_counts_nothing),
        cmocka_unit_test(a_default_stands_for_a_missing_value),
        cmocka_unit_test(a_default_text_stands_for_a_missing_one),
        cmocka_unit_test(vectors_are_read_where_they_lie),
        cmocka_unit_test(lists_and_sparse_features_are_read_by_their_starts),
        cmocka_unit_test(a_row_without_entries_takes_those_of_the_context),
        cmocka_unit_test(context_scores_as_if_every_row_repeated_it),
        cmocka_unit_test(a_rows_own_value_wins_over_the_context),
        cmocka_unit_test(integers_and_vectors_fall_back_to_the_context_too),
        cmocka_unit_test(scores_do_not_depend_on_where_a_block_ends),
        cmocka_unit_test(scratch_does_not_grow_with_the_number_of_rows),
        cmocka_unit_test(no_rows_give_no_scores_and_no_error),
        cmocka_unit_test(a_value_that_a_transform_refuses_names_its_row),
        cmocka_unit_test(
            a_refused_value_names_its_own_feature_though_the_vocabulary_is_shared),
        cmocka_unit_test(the_timed_variant_scores_alike_and_splits_the_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
