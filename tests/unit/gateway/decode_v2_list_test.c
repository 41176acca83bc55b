/* SPDX-License-Identifier: MIT
 * Bags and lists of strings in an infer request: f.offsets, f.ids or f.names, f.values,
 * in any order; and lists of strings as a matrix. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gateway/support/v2.h"

/* The objects of inputs, as a request. */
static const char *request(const char *inputs)
{
    static char text[2048];
    snprintf(text, sizeof text, "{\"inputs\":[%s]}", inputs);
    return text;
}

#define INPUT(name, type, shape, data)                                                   \
    "{\"name\":\"" name "\",\"datatype\":\"" type "\",\"shape\":" shape                  \
    ",\"data\":" data "}"
#define COMMON(name, type, shape, data)                                                  \
    "{\"name\":\"" name "\",\"datatype\":\"" type "\",\"shape\":" shape                  \
    ",\"data\":" data ",\"parameters\":{\"context\":true}}"
#define OFFSETS INPUT("bag.offsets", "INT64", "[4]", "[0,2,2,3]")
#define IDS     INPUT("bag.ids", "INT64", "[3]", "[7,-1,9]")
#define VALUES  INPUT("bag.values", "FP32", "[3]", "[0.5,NaN,2]")

static void check_bag(struct v2 *v)
{
    const struct roost_column *bag = column_of(&v->d, "bag");
    assert_int_equal(v->d.batch.rows.n, 3);
    assert_int_equal(bag->start[0], 0);
    assert_int_equal(bag->start[1], 2);
    assert_int_equal(bag->start[2], 2);
    assert_int_equal(bag->start[3], 3);
    assert_true(bag->ids[0] == 7 && bag->ids[1] == UINT64_MAX && bag->ids[2] == 9);
}

static void a_bag_is_offsets_ids_and_values_in_any_order(void **state)
{
    (void)state;
    static const char *const orders[] = {OFFSETS "," IDS "," VALUES,
                                         VALUES "," IDS "," OFFSETS,
                                         IDS "," OFFSETS "," VALUES};
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        v2_accepts(&v, request(orders[i]));
        check_bag(&v);
        const float *amounts = column_of(&v.d, "bag")->amounts;
        assert_true(amounts[0] == 0.5f && isnan(amounts[1]) && amounts[2] == 2);
        free(scores_of(&v.d));
    }
    v2_close(&v);
}

static void without_values_every_entry_counts_one(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    v2_accepts(&v, request(OFFSETS "," IDS));
    check_bag(&v);
    assert_null(column_of(&v.d, "bag")->amounts);
    v2_close(&v);
}

static void names_become_the_ids_that_they_hash_to(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    v2_accepts(&v, request(OFFSETS "," INPUT("bag.names", "BYTES", "[3]",
                                             "[\"a\",\"g#b\",\"\"]")));
    const uint64_t *ids = column_of(&v.d, "bag")->ids;
    assert_true(ids[0] == roost_feature_id("a", 1));
    assert_true(ids[1] == roost_feature_id("g#b", 3));
    assert_true(ids[2] == roost_feature_id("", 0));
    v2_refuses(&v,
               request(OFFSETS "," IDS "," INPUT("bag.names", "BYTES", "[3]",
                                                 "[\"a\",\"b\",\"c\"]")),
               GW_FAULT_BAD_REQUEST,
               "'bag.ids' and 'bag.names' cannot stand beside each other",
               "/inputs/2/name");
    v2_close(&v);
}

static void an_id_beyond_2_to_the_63_is_a_uint64(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    v2_accepts(&v, request(INPUT("bag.offsets", "INT32", "[2]", "[0,3]") "," INPUT(
                       "bag.ids", "UINT64", "[3]",
                       "[9223372036854775807,9223372036854775808,"
                       "18446744073709551615]")));
    const uint64_t *ids = column_of(&v.d, "bag")->ids;
    assert_true(ids[0] == (uint64_t)INT64_MAX);
    assert_true(ids[1] == (uint64_t)INT64_MAX + 1);
    assert_true(ids[2] == UINT64_MAX);
    v2_refuses(&v,
               request(INPUT("bag.offsets", "INT64", "[2]", "[0,1]") "," INPUT(
                   "bag.ids", "INT64", "[1]", "[9223372036854775808]")),
               GW_FAULT_BAD_VALUE,
               "Unable to parse 'data': 9223372036854775808 is out of the range of INT64",
               "/inputs/1/data/0");
    v2_close(&v);
}

static void shorter_integers_are_ids_too(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    v2_accepts(&v, request(OFFSETS "," INPUT("bag.ids", "INT8", "[3]", "[7,-1,9]")));
    check_bag(&v);
    v2_refuses(&v, request(OFFSETS "," INPUT("bag.ids", "FP32", "[3]", "[7,-1,9]")),
               GW_FAULT_BAD_TYPE,
               "inference input 'bag.ids' data-type is 'FP32', but model 'm' expects "
               "'INT64'",
               "/inputs/1/datatype");
    v2_close(&v);
}

static void offsets_start_with_0_and_never_decrease(void **state)
{
    (void)state;
    static const char *const bad[] = {"[1,2,3]", "[0,2,1]", "[0,-1,3]",
                                      "[0,3,4294967295]"};
    static const char *const at[] = {"0", "2", "1", "2"};
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    v.d.limits.list = UINT32_MAX;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char inputs[512], text[160], pointer[64];
        snprintf(inputs, sizeof inputs,
                 "{\"name\":\"bag.offsets\",\"datatype\":\"INT64\",\"shape\":[3],"
                 "\"data\":%s}," IDS,
                 bad[i]);
        snprintf(text, sizeof text,
                 "input 'bag.offsets' must start with 0, never decrease and stay below "
                 "2^32: element %s does not",
                 at[i]);
        snprintf(pointer, sizeof pointer, "/inputs/0/data/%s", at[i]);
        v2_refuses(&v, request(inputs), GW_FAULT_BAD_VALUE, text, pointer);
    }
    v2_refuses(&v, request(INPUT("bag.offsets", "INT64", "[0]", "[]") "," IDS),
               GW_FAULT_BAD_SHAPE,
               "unexpected shape for input 'bag.offsets' for model 'm'. Expected [-1], a "
               "row more than there are, got [0]",
               "/inputs/0/shape");
    v2_refuses(&v, request(INPUT("bag.offsets", "FP32", "[2]", "[0,3]") "," IDS),
               GW_FAULT_BAD_TYPE,
               "inference input 'bag.offsets' data-type is 'FP32', but model 'm' expects "
               "'INT64'",
               "/inputs/0/datatype");
    v2_close(&v);
}

static void the_parts_of_a_bag_agree(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    v2_refuses(&v, request(INPUT("bag.offsets", "INT64", "[2]", "[0,2]") "," IDS),
               GW_FAULT_BAD_SHAPE,
               "input 'bag.ids' has 3 entries, but the offsets end at 2",
               "/inputs/1/shape");
    v2_refuses(
        &v, request(OFFSETS "," IDS "," INPUT("bag.values", "FP32", "[2]", "[1,2]")),
        GW_FAULT_BAD_SHAPE, "input 'bag.values' has 2 entries, but the offsets end at 3",
        "/inputs/2/shape");
    v2_refuses(&v, request(IDS "," VALUES), GW_FAULT_MISSING_INPUT,
               "input 'bag.ids' needs an input 'bag.offsets' beside it",
               "/inputs/0/name");
    v2_refuses(&v, request(VALUES "," OFFSETS), GW_FAULT_MISSING_INPUT,
               "input 'bag.offsets' needs an input 'bag.ids' beside it",
               "/inputs/1/name");
    v2_refuses(&v, request(OFFSETS "," OFFSETS), GW_FAULT_DUPLICATE_KEY,
               "input 'bag.offsets' already exists in request", "/inputs/1/name");
    v2_refuses(&v, request(OFFSETS "," IDS "," INPUT("age", "FP32", "[2]", "[1,2]")),
               GW_FAULT_BAD_SHAPE,
               "input 'bag.offsets' batch size does not match other inputs for 'm'",
               "/inputs/0/shape");
    v2_refuses(&v, request(INPUT("bag", "INT64", "[1]", "[1]")), GW_FAULT_BAD_TYPE,
               "inference input 'bag' data-type is 'INT64', but model 'm' expects "
               "'offsets, ids or names, and values'",
               "/inputs/0/datatype");
    v2_close(&v);
}

static void the_parts_of_a_bag_have_their_types_and_one_dimension(void **state)
{
    (void)state;
    static const struct {
        const char *input, *text, *pointer;
    } cases[] = {
        {INPUT("bag.ids", "BYTES", "[3]", "[\"\",\"\",\"\"]"),
         "inference input 'bag.ids' data-type is 'BYTES', but model 'm' expects 'INT64'",
         "/inputs/1/datatype"},
        {INPUT("bag.ids", "INT64", "[3,1]", "[1,2,3]"),
         "unexpected shape for input 'bag.ids' for model 'm'. Expected [-1], an entry "
         "after another, got [3,1]",
         "/inputs/1/shape"},
        {INPUT("bag.names", "INT64", "[3]", "[1,2,3]"),
         "inference input 'bag.names' data-type is 'INT64', but model 'm' expects "
         "'BYTES'",
         "/inputs/1/datatype"},
        {IDS "," INPUT("bag.values", "BYTES", "[3]", "[\"\",\"\",\"\"]"),
         "inference input 'bag.values' data-type is 'BYTES', but model 'm' expects "
         "'FP32'",
         "/inputs/2/datatype"},
    };
    struct v2 v;
    char inputs[512];
    v2_open(&v, plan_of_all_types(0));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum gw_fault_code code =
            strstr(cases[i].pointer, "shape") ? GW_FAULT_BAD_SHAPE : GW_FAULT_BAD_TYPE;
        snprintf(inputs, sizeof inputs, OFFSETS ",%s", cases[i].input);
        v2_refuses(&v, request(inputs), code, cases[i].text, cases[i].pointer);
    }
    v2_close(&v);
}

static void an_amount_must_be_finite_as_a_float(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    v2_refuses(
        &v,
        request(OFFSETS "," IDS "," INPUT("bag.values", "FP64", "[3]", "[1,[2],1e39]")),
        GW_FAULT_BAD_VALUE, "An amount of a sparse feature must be finite as a float",
        "/inputs/2/data/2");
    v2_accepts(
        &v, request(OFFSETS "," IDS "," INPUT("bag.values", "INT32", "[3]", "[1,2,3]")));
    assert_true(column_of(&v.d, "bag")->amounts[2] == 3);
    v2_close(&v);
}

static void a_row_has_no_more_entries_than_the_limit(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    v.d.limits.list = 1;
    v2_refuses(&v, request(OFFSETS "," IDS), GW_FAULT_TOO_MANY,
               "There are more than 1 entries in a list", "/inputs/0/data/1");
    v2_refuses(&v, request(INPUT("tags", "BYTES", "[1,2]", "[\"a\",\"b\"]")),
               GW_FAULT_TOO_MANY, "There are more than 1 entries in a list",
               "/inputs/0/shape");
    v2_close(&v);
}

static void a_bag_may_be_common_to_all_rows(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    v2_accepts(&v, request(COMMON("bag.offsets", "INT64", "[2]", "[0,2]") "," COMMON(
                       "bag.ids", "INT64", "[2]", "[4,5]") "," INPUT("age", "FP32", "[3]",
                                                                     "[1,2,3]")));
    assert_int_equal(v.d.batch.rows.n, 3);
    assert_null(column_of(&v.d, "bag"));
    assert_int_equal(context_of(&v.d, "bag")->ids[1], 5);
    v2_refuses(&v, request(COMMON("bag.offsets", "INT64", "[2]", "[0,3]") "," IDS),
               GW_FAULT_MISSING_INPUT,
               "input 'bag.ids' needs an input 'bag.offsets' beside it",
               "/inputs/1/name");
    v2_refuses(&v,
               request(COMMON("bag.offsets", "INT64", "[2]",
                              "[0,3]") "," INPUT("age", "FP32", "[3]", "[1,2,3]")),
               GW_FAULT_MISSING_INPUT,
               "input 'bag.offsets' needs an input 'bag.ids' beside it, common to all "
               "rows as well",
               "/inputs/0/name");
    v2_refuses(&v,
               request(COMMON("bag.offsets", "INT64", "[3]",
                              "[0,1,2]") "," COMMON("bag.ids", "INT64", "[2]", "[4,5]")),
               GW_FAULT_BAD_SHAPE,
               "input 'bag.offsets' is common to all rows: it must have one row, not 2",
               "/inputs/0/shape");
    v2_close(&v);
}

static void a_list_of_strings_is_offsets_and_values(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    v2_accepts(
        &v, request(INPUT("tags.values", "BYTES", "[3]", "[\"a\",\"b\",\"c\"]") "," INPUT(
                "tags.offsets", "INT64", "[3]", "[0,1,3]")));
    assert_int_equal(v.d.batch.rows.n, 2);
    assert_int_equal(column_of(&v.d, "tags")->start[1], 1);
    assert_true(text_is(&v.d, "tags", 2, "c"));
    v2_refuses(&v,
               request(INPUT("tags.offsets", "INT64", "[2]",
                             "[0,1]") "," INPUT("tags.values", "FP32", "[1]", "[1]")),
               GW_FAULT_BAD_TYPE,
               "inference input 'tags.values' data-type is 'FP32', but model 'm' expects "
               "'BYTES'",
               "/inputs/1/datatype");
    v2_refuses(&v, request(INPUT("tags.offsets", "INT64", "[2]", "[0,1]")),
               GW_FAULT_MISSING_INPUT,
               "input 'tags.offsets' needs an input 'tags.values' beside it",
               "/inputs/0/name");
    v2_close(&v);
}

static void a_list_of_strings_is_a_matrix_of_bytes_as_well(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    v2_accepts(&v,
               request(INPUT("tags", "BYTES", "[2,2]", "[[\"a\",\"b\"],[\"c\",\"d\"]]")));
    assert_int_equal(column_of(&v.d, "tags")->start[2], 4);
    assert_true(text_is(&v.d, "tags", 3, "d"));
    v2_accepts(&v, request(INPUT("tags", "BYTES", "[2]", "[\"a\",\"b\"]")));
    assert_int_equal(column_of(&v.d, "tags")->start[1], 1);
    v2_accepts(&v, request(INPUT("tags", "BYTES", "[2,0]", "[]")));
    assert_int_equal(v.d.batch.rows.n, 2);
    free(scores_of(&v.d));
    v2_refuses(&v, request(INPUT("tags", "BYTES", "[1,1,1]", "[\"a\"]")),
               GW_FAULT_BAD_SHAPE,
               "unexpected shape for input 'tags' for model 'm'. Expected [-1,-1], got "
               "[1,1,1]",
               "/inputs/0/shape");
    v2_refuses(&v,
               request(INPUT("tags", "BYTES", "[1,1]", "[\"a\"]") "," INPUT(
                   "tags.offsets", "INT64", "[2]", "[0,1]")),
               GW_FAULT_DUPLICATE_KEY, "input 'tags.offsets' already exists in request",
               "/inputs/1/name");
    v2_close(&v);
}

static void a_part_of_what_is_no_list_is_an_unknown_input(void **state)
{
    (void)state;
    struct v2 v;
    v2_open(&v, plan_of_all_types(0));
    v2_accepts(&v,
               request(INPUT("age", "FP32", "[1]", "[1]") "," INPUT(
                   "age.values", "FP32", "[1]",
                   "[1]") "," INPUT("hat.ids", "INT64", "[3]",
                                    "[1,2,3]") "," INPUT("tags.ids", "INT64", "[1]",
                                                         "[1]") "," INPUT(".ids", "INT64",
                                                                          "[1]", "[1]")));
    assert_int_equal(v.d.batch.unknown_features, 4);
    v2_close(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bag_is_offsets_ids_and_values_in_any_order),
        cmocka_unit_test(without_values_every_entry_counts_one),
        cmocka_unit_test(names_become_the_ids_that_they_hash_to),
        cmocka_unit_test(an_id_beyond_2_to_the_63_is_a_uint64),
        cmocka_unit_test(shorter_integers_are_ids_too),
        cmocka_unit_test(offsets_start_with_0_and_never_decrease),
        cmocka_unit_test(the_parts_of_a_bag_agree),
        cmocka_unit_test(the_parts_of_a_bag_have_their_types_and_one_dimension),
        cmocka_unit_test(an_amount_must_be_finite_as_a_float),
        cmocka_unit_test(a_row_has_no_more_entries_than_the_limit),
        cmocka_unit_test(a_bag_may_be_common_to_all_rows),
        cmocka_unit_test(a_list_of_strings_is_offsets_and_values),
        cmocka_unit_test(a_list_of_strings_is_a_matrix_of_bytes_as_well),
        cmocka_unit_test(a_part_of_what_is_no_list_is_an_unknown_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
