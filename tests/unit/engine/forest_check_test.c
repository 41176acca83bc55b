/* SPDX-License-Identifier: MIT
 * forest_check_test.c - what is refused of a loader's arrays, and where it was. */
#include "engine/model/builder.h"
#include "tests/unit/engine/support/forest_case.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct forest_case c;

/* Two trees: splits 0 and 1 with leaves 0-2, split 2 with leaves 3 and 4. */
static void sound(void)
{
    const uint32_t codes[] = {1};
    fc_init(&c, 3);
    fc_set(&c, 1, codes);
    fc_grow(&c, FC_XGBOOST, 2);
    fc_grow(&c, FC_XGBOOST, 1);
}

static void refused(roost_status status, uint64_t at, const char *part)
{
    struct roost_error err = {0};
    struct eng_forest *forest = NULL;
    assert_int_equal(eng_forest_new(&c.spec, &forest, &err), status);
    assert_null(forest);
    if (strstr(err.text, part) == NULL)
        fail_msg("'%s' does not hold '%s'", err.text, part);
    assert_int_equal(err.at, at);
    assert_int_equal(eng_forest_new(&c.spec, &forest, NULL), status);
}

static void a_sound_forest_is_made_and_tells_its_numbers(void **state)
{
    (void)state;
    struct eng_forest *forest = NULL;
    sound();
    assert_int_equal(eng_forest_new(&c.spec, &forest, NULL), ROOST_OK);
    assert_int_equal(eng_forest_trees(forest), 2);
    assert_int_equal(eng_forest_leaves(forest), 5);
    assert_int_equal(eng_forest_features(forest), 3);
    assert_int_equal(eng_forest_groups(forest), 1);
    assert_true(eng_forest_bytes(forest) > 5 * 16);
    eng_forest_free(forest);
}

static void a_child_before_its_parent_is_refused(void **state)
{
    (void)state;
    for (int32_t child = 0; child < 2; child++) {
        sound();
        c.left[1] = child;
        refused(ROOST_VALUE, 1, "does not come after it");
        sound();
        c.right[1] = child;
        refused(ROOST_VALUE, 1, "does not come after it");
    }
}

static void a_child_or_leaf_that_is_not_there_is_refused(void **state)
{
    (void)state;
    sound();
    c.left[0] = 3;
    refused(ROOST_VALUE, 0, "does not come after it");
    sound();
    c.right[2] = ~5;
    refused(ROOST_VALUE, 2, "a leaf that is not there");
    sound();
    c.right[2] = INT32_MIN;
    refused(ROOST_VALUE, 2, "a leaf that is not there");
}

static void outputs_that_a_file_merely_claims_are_not_allocated(void **state)
{
    (void)state;
    sound();
    c.spec.groups = ENG_LABELS_MAX + 1;
    refused(ROOST_SHAPE, 0, "more than 65536 outputs");
    sound();
    c.spec.groups = ENG_LABELS_MAX;
    struct eng_forest *forest = NULL;
    assert_int_equal(eng_forest_new(&c.spec, &forest, NULL), ROOST_OK);
    eng_forest_free(forest);
}

static void a_node_with_two_parents_is_refused(void **state)
{
    (void)state;
    sound();
    c.left[0] = 1;
    c.right[0] = 1;
    refused(ROOST_VALUE, 1, "two parents");
    sound();
    c.root[1] = 0;
    refused(ROOST_VALUE, 0, "two parents");
}

static void a_root_or_leaf_of_another_tree_is_refused(void **state)
{
    (void)state;
    sound();
    c.root[1] = 3;
    refused(ROOST_VALUE, 3, "not there");
    sound();
    c.left[2] = ~0;
    refused(ROOST_VALUE, 0, "not one of tree 1");
    sound();
    c.root[1] = ~99;
    refused(ROOST_VALUE, 99, "not one of tree 1");
}

static void a_feature_out_of_range_is_refused(void **state)
{
    (void)state;
    sound();
    c.feature[2] = 3;
    refused(ROOST_VALUE, 2, "a feature that is not there");
}

static void numbers_that_are_not_finite_are_refused(void **state)
{
    (void)state;
    sound();
    c.threshold[1] = NAN;
    refused(ROOST_VALUE, 1, "not a number");
    sound();
    c.leaf[3] = INFINITY;
    refused(ROOST_VALUE, 3, "is not finite");
    sound();
    c.leaf[4] = NAN;
    refused(ROOST_VALUE, 4, "is not finite");
    sound();
    c.leaf[0] = 1e39;
    c.spec.sum_f32 = 1; /* an infinity as a float */
    refused(ROOST_VALUE, 0, "is not finite");
}

static void infinite_thresholds_are_accepted(void **state)
{
    (void)state;
    struct eng_forest *forest = NULL;
    sound();
    c.threshold[0] = INFINITY;
    c.threshold[1] = -INFINITY;
    assert_int_equal(eng_forest_new(&c.spec, &forest, NULL), ROOST_OK);
    eng_forest_free(forest);
}

static void flags_that_mean_nothing_are_refused(void **state)
{
    (void)state;
    const uint8_t both = ENG_SPLIT_MISSING_ZERO | ENG_SPLIT_MISSING_NAN;
    sound();
    c.flags[1] = 64;
    refused(ROOST_VALUE, 1, "a flag that is not known");
    sound();
    c.flags[1] = both;
    refused(ROOST_VALUE, 1, "exclude each other");
    sound();
    c.flags[1] = ENG_SPLIT_LESS | ENG_SPLIT_MISSING_ZERO;
    refused(ROOST_VALUE, 1, "exclude each other");
}

static void a_category_set_that_is_not_there_is_refused(void **state)
{
    (void)state;
    const double bad[] = {1, -1, 0.5, INFINITY, 1e300};
    for (int i = 0; i < 5; i++) {
        sound();
        c.flags[2] = ENG_SPLIT_CATEGORICAL;
        c.threshold[2] = bad[i];
        refused(ROOST_VALUE, 2, "a category set that is not there");
    }
    sound();
    c.set_start[0] = 9;
    refused(ROOST_VALUE, 0, "ends before it starts");
}

static void trees_without_leaves_or_output_are_refused(void **state)
{
    (void)state;
    sound();
    c.leaf_start[1] = 0;
    refused(ROOST_VALUE, 0, "has no leaves");
    sound();
    c.leaf_start[2] = 6;
    refused(ROOST_VALUE, 1, "more than the forest");
    sound();
    c.group[1] = 1;
    refused(ROOST_VALUE, 1, "an output that is not there");
}

static void counts_that_make_no_forest_are_refused(void **state)
{
    (void)state;
    sound();
    c.spec.features = 0;
    refused(ROOST_SHAPE, 0, "features");
    sound();
    c.spec.groups = 0;
    refused(ROOST_SHAPE, 0, "no output");
    sound();
    c.spec.groups = 3;
    c.spec.leaf_width = 2;
    refused(ROOST_SHAPE, 0, "neither one value");
    sound();
    c.spec.nodes = UINT32_MAX;
    refused(ROOST_SHAPE, 0, "2^30 nodes");
    sound();
    c.spec.groups = 4;
    c.spec.average = 1;
    refused(ROOST_SHAPE, 0, "average");
}

static void the_digest_follows_the_content(void **state)
{
    (void)state;
    struct eng_forest *forest[3] = {NULL};
    uint64_t digest[3][2];
    for (int i = 0; i < 3; i++) {
        sound();
        c.threshold[1] += i == 2 ? 1 : 0;
        assert_int_equal(eng_forest_new(&c.spec, &forest[i], NULL), ROOST_OK);
        eng_forest_digest(forest[i], digest[i]);
    }
    assert_memory_equal(digest[0], digest[1], sizeof digest[0]);
    assert_memory_not_equal(digest[0], digest[2], sizeof digest[0]);
    for (int i = 0; i < 3; i++)
        eng_forest_free(forest[i]);
}

static void a_retained_forest_lives_until_its_last_owner_lets_go(void **state)
{
    (void)state;
    struct eng_forest *forest = NULL;
    sound();
    assert_int_equal(eng_forest_new(&c.spec, &forest, NULL), ROOST_OK);
    assert_ptr_equal(eng_forest_retain(forest), forest);
    eng_forest_free(forest);
    assert_int_equal(eng_forest_trees(forest), 2);
    eng_forest_free(forest);
    eng_forest_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_forest_is_made_and_tells_its_numbers),
        cmocka_unit_test(a_child_before_its_parent_is_refused),
        cmocka_unit_test(a_child_or_leaf_that_is_not_there_is_refused),
        cmocka_unit_test(outputs_that_a_file_merely_claims_are_not_allocated),
        cmocka_unit_test(a_node_with_two_parents_is_refused),
        cmocka_unit_test(a_root_or_leaf_of_another_tree_is_refused),
        cmocka_unit_test(a_feature_out_of_range_is_refused),
        cmocka_unit_test(numbers_that_are_not_finite_are_refused),
        cmocka_unit_test(infinite_thresholds_are_accepted),
        cmocka_unit_test(flags_that_mean_nothing_are_refused),
        cmocka_unit_test(a_category_set_that_is_not_there_is_refused),
        cmocka_unit_test(trees_without_leaves_or_output_are_refused),
        cmocka_unit_test(counts_that_make_no_forest_are_refused),
        cmocka_unit_test(the_digest_follows_the_content),
        cmocka_unit_test(a_retained_forest_lives_until_its_last_owner_lets_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
