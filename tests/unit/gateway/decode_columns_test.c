/* SPDX-License-Identifier: MIT
 * The column form, rows by position, and the tensor signature with TensorFlow Serving's
 * own rules and texts (docs/api/tfs.md). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "tests/unit/gateway/support/decoding.h"
#include "tests/unit/gateway/support/plans.h"

static void a_column_holds_one_value_for_each_row(void **state)
{
    (void)state;
    struct decoding d;
    decoding_open(&d, plan_of_all_types(0));
    accepts(
        &d,
        "{\"inputs\":{\"age\":[1,2],\"count\":[3,4],\"member\":[true,false],"
        "\"city\":[\"A\",\"B\"],\"tags\":[[\"x\"],[]],\"bag\":[{\"k\":1},[\"l\",\"m\"]],"
        "\"vec\":[[1,2],[3,4]],\"hat\":[1,2],\"shoe\":0}}");
    assert_int_equal(d.batch.form, GW_FORM_COLUMNS);
    assert_int_equal(d.batch.rows.n, 2);
    assert_true(f32_at(&d, "age", 1) == 2 && i64_at(&d, "count", 1) == 4);
    assert_true(text_is(&d, "city", 1, "B"));
    assert_int_equal(column_of(&d, "tags")->start[1], 1);
    assert_int_equal(column_of(&d, "bag")->start[2], 3);
    assert_true(f32_at(&d, "vec", 3) == 4);
    /* An absent column is missing; a column that nobody knows counts once a row. */
    assert_null(column_of(&d, "income"));
    assert_int_equal(d.batch.missing_features, 2);
    assert_int_equal(d.batch.unknown_features, 4);
    decoding_close(&d);
}

static void columns_must_be_of_one_length(void **state)
{
    (void)state;
    struct decoding d;
    decoding_open(&d, plan_of_all_types(0));
    refuses(&d, "{\"inputs\":{\"age\":[1,2],\"income\":[1,2,3]}}", GW_FAULT_BAD_SHAPE,
            "Tensor name: income has inconsistent batch size: 3 expecting: 2",
            "/inputs/income");
    refuses(&d, "{\"inputs\":{\"age\":[1,2],\"income\":[1]}}", GW_FAULT_BAD_SHAPE,
            "Tensor name: income has inconsistent batch size: 1 expecting: 2",
            "/inputs/income");
    refuses(&d, "{\"inputs\":{\"age\":[]}}", GW_FAULT_MISSING_INPUT,
            "No values in 'inputs'", "/inputs/age");
    refuses(&d, "{\"inputs\":{}}", GW_FAULT_MISSING_INPUT, "No values in 'inputs'", "");
    refuses(&d, "{\"inputs\":{\"age\":3}}", GW_FAULT_BAD_TYPE,
            "JSON Value: 3 Type: Number is not of expected type: list of one value a row",
            "/inputs/age");
    refuses(&d, "{\"inputs\":{\"age\":[1,\"x\"]}}", GW_FAULT_BAD_TYPE,
            "JSON Value: \"x\" Type: String is not of expected type: float",
            "/inputs/age/1");
    refuses(
        &d, "{\"inputs\":[1,2]}", GW_FAULT_BAD_SHAPE,
        "inputs is a plain value/list, but expecting an object as multiple input tensors "
        "required as per tensorinfo_map",
        "/inputs");
    refuses(&d, "{\"inputs\":{\"vec\":[[1,2],[1]]}}", GW_FAULT_BAD_SHAPE,
            "Expecting shape [2] but got: [1]", "/inputs/vec/1");
    decoding_close(&d);
}

static void check_positions(struct decoding *d, const char *body)
{
    accepts(d, body);
    assert_int_equal(d->batch.rows.n, 2);
    assert_true(f32_at(d, "a", 0) == 1.5f && f32_at(d, "a", 1) == 4);
    assert_true(i64_at(d, "b", 0) == 2 && i64_at(d, "b", 1) == 5);
    const uint8_t *c = column_of(d, "c")->values;
    assert_true(c[0] == 1 && c[1] == 0);
    double *scores = scores_of(d);
    assert_true(scores[0] == 3.5 && scores[1] == 9);
    free(scores);
}

static void a_model_with_positions_takes_rows_by_position_and_by_name(void **state)
{
    (void)state;
    struct decoding d;
    decoding_open(&d, plan_by_position());
    check_positions(&d, "{\"instances\":[[1.5,2,1],[4,5.0,0]]}");
    check_positions(
        &d, "{\"instances\":[{\"input-0\":[1.5,2,1]},{\"input-0\":[4,5,false]}]}");
    check_positions(&d, "{\"instances\":[{\"any name\":[1.5,2,true]},[4,5,0]]}");
    check_positions(&d, "{\"instances\":[{\"a\":1.5,\"b\":2,\"c\":true},[4,5,0]]}");
    check_positions(&d, "{\"inputs\":[[1.5,2,1],[4,5,0]]}");
    check_positions(&d, "{\"inputs\":{\"input-0\":[[1.5,2,1],[4,5,0]]}}");
    check_positions(&d, "{\"inputs\":{\"any name\":[[1.5,2,1],[4,5,0]]}}");
    check_positions(&d, "{\"inputs\":{\"a\":[1.5,4],\"b\":[2,5],\"c\":[true,false]}}");
    decoding_close(&d);
}

static void positions_are_a_matrix_of_floats(void **state)
{
    (void)state;
    struct decoding d;
    decoding_open(&d, plan_by_position());
    accepts(&d, "{\"instances\":[[NaN,NaN,NaN],[1,9007199254740993,1.0]]}");
    assert_true(isnan(f32_at(&d, "a", 0)));
    assert_true(column_of(&d, "b")->present[0] == 0 &&
                column_of(&d, "c")->present[0] == 0);
    assert_true(i64_at(&d, "b", 1) == 9007199254740993);
    assert_int_equal(d.batch.missing_features, 3);
    refuses(&d, "{\"instances\":[[1,2]]}", GW_FAULT_BAD_SHAPE,
            "Expecting shape [3] but got: [2]", "/instances/0");
    refuses(&d, "{\"instances\":[[1,2,1],[1,2,1,0,0]]}", GW_FAULT_BAD_SHAPE,
            "Expecting shape [3] but got: [5]", "/instances/1");
    refuses(&d, "{\"instances\":[7]}", GW_FAULT_BAD_SHAPE,
            "Expecting shape [3] but got: []", "/instances/0");
    refuses(&d, "{\"instances\":[[1,2.5,1]]}", GW_FAULT_BAD_TYPE,
            "JSON Value: 2.5 Type: Number is not of expected type: int64",
            "/instances/0/1");
    refuses(&d, "{\"instances\":[[1,1e19,1]]}", GW_FAULT_BAD_TYPE,
            "JSON Value: 1e19 Type: Number is not of expected type: int64",
            "/instances/0/1");
    refuses(&d, "{\"instances\":[[1,2,7]]}", GW_FAULT_BAD_TYPE,
            "JSON Value: 7 Type: Number is not of expected type: bool", "/instances/0/2");
    refuses(&d, "{\"instances\":[[null,2,1]]}", GW_FAULT_BAD_TYPE,
            "JSON Value: null Type: Null is not of expected type: float",
            "/instances/0/0");
    refuses(&d, "{\"inputs\":[[1,2,1],[1,\"x\",1]]}", GW_FAULT_BAD_TYPE,
            "JSON Value: \"x\" Type: String is not of expected type: int64",
            "/inputs/1/1");
    refuses(&d, "{\"instances\":[{\"input-0\":[1,2,1],\"a\":1}]}", GW_FAULT_BAD_REQUEST,
            "keys must be equal to: input-0", "/instances/0/a");
    decoding_close(&d);
}

static void an_unknown_list_beside_features_is_no_dense_input(void **state)
{
    (void)state;
    struct decoding d;
    decoding_open(&d, plan_by_position());
    accepts(&d, "{\"instances\":[{\"other\":[1,2,3],\"a\":1},{\"a\":1,\"other\":[1]}]}");
    assert_int_equal(d.batch.unknown_features, 2);
    assert_true(f32_at(&d, "a", 0) == 1);
    decoding_close(&d);
}

static void keys_must_be_equal_to_the_tensor_inputs(void **state)
{
    (void)state;
    struct decoding d;
    decoding_open(&d, plan_of_two_tensors());
    accepts(&d, "{\"instances\":[{\"b\":[3],\"a\":[1,2]},{\"a\":[4,5],\"b\":6}]}");
    double *scores = scores_of(&d);
    assert_true(scores[0] == 6 && scores[1] == 15);
    free(scores);
    refuses(&d, "{\"instances\":[{\"a\":[1,2],\"b\":[1]},{\"a\":[1,2]}]}",
            GW_FAULT_MISSING_INPUT,
            "Failed to process element: 1 of 'instances' list. JSON object: "
            "{\"a\":[1,2]} keys "
            "must be equal to: a,b",
            "/instances/1");
    refuses(&d, "{\"instances\":[{\"a\":[1,2],\"b\":[1],\"c\":0}]}",
            GW_FAULT_MISSING_INPUT,
            "Failed to process element: 0 of 'instances' list. JSON object: "
            "{\"a\":[1,2],\"b\":[1],\"c\":0} keys must be equal to: a,b",
            "/instances/0");
    refuses(&d, "{\"instances\":[[1,2]]}", GW_FAULT_BAD_SHAPE,
            "instances is a plain list, but expecting list of objects as multiple input "
            "tensors "
            "required as per tensorinfo_map",
            "/instances/0");
    refuses(&d, "{\"instances\":[{\"a\":[1,2],\"b\":[1]},{\"a\":[1,2,3],\"b\":[1]}]}",
            GW_FAULT_BAD_SHAPE, "Expecting shape [2] but got: [3]", "/instances/1/a");
    decoding_close(&d);
}

static void tensor_columns_may_have_extra_keys_but_none_may_lack(void **state)
{
    (void)state;
    struct decoding d;
    decoding_open(&d, plan_of_two_tensors());
    accepts(&d, "{\"inputs\":{\"a\":[[1,2]],\"c\":5,\"b\":[[3]]}}");
    assert_int_equal(d.batch.unknown_features, 0);
    refuses(&d, "{\"inputs\":{\"a\":[[1,2]]}}", GW_FAULT_MISSING_INPUT,
            "Missing named input: b in 'inputs' object.", "/inputs");
    decoding_close(&d);
}

/* NaN is a missing value, but an input that was given. */
static void a_tensor_of_one_may_be_a_bare_number_or_nan(void **state)
{
    (void)state;
    struct decoding d;
    decoding_open(&d, plan_of_two_tensors());
    accepts(&d, "{\"instances\":[{\"a\":[1,2],\"b\":3},{\"a\":[1,2],\"b\":NaN}]}");
    assert_true(f32_at(&d, "b", 0) == 3 && isnan(f32_at(&d, "b", 1)));
    accepts(&d, "{\"inputs\":{\"a\":[[1,2]],\"b\":[NaN]}}");
    accepts(&d, "{\"inputs\":{\"a\":[[1,2]],\"b\":[[NaN]]}}");
    refuses(&d, "{\"instances\":[{\"a\":[1,2],\"b\":\"x\"}]}", GW_FAULT_BAD_TYPE,
            "JSON Value: \"x\" Type: String is not of expected type: float",
            "/instances/0/b");
    decoding_close(&d);
}

static void a_context_may_give_a_tensor_to_all_rows(void **state)
{
    (void)state;
    struct decoding d;
    decoding_open(&d, plan_of_two_tensors());
    accepts(&d, "{\"instances\":[{\"a\":[1,2]},{\"a\":[3,4]}],\"context\":{\"b\":[10]}}");
    double *scores = scores_of(&d);
    assert_true(scores[0] == 13 && scores[1] == 17);
    free(scores);
    accepts(&d, "{\"context\":{\"b\":[10]},\"inputs\":{\"a\":[[1,2]]}}");
    decoding_close(&d);
}

static void the_one_tensor_may_be_bare_or_called_anything(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{\"instances\":[[1,2],[3,4]]}",
        "{\"instances\":[{\"x\":[1,2]},{\"x\":[3,4]}]}",
        "{\"instances\":[{\"input-0\":[1,2]},{\"y\":[3,4]}]}",
        "{\"inputs\":[[1,2],[3,4]]}",
        "{\"inputs\":{\"x\":[[1,2],[3,4]]}}",
        "{\"inputs\":{\"y\":[[1,2],[3,4]]}}",
    };
    for (int positions = 0; positions < 2; positions++) {
        struct decoding d;
        decoding_open(&d, plan_of_one_tensor(positions));
        for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
            accepts(&d, bodies[i]);
            double *scores = scores_of(&d);
            assert_true(scores[0] == 3 && scores[1] == 7);
            free(scores);
        }
        refuses(&d, "{\"instances\":[[1,2],[3]]}", GW_FAULT_BAD_SHAPE,
                "Expecting shape [2] but got: [1]", "/instances/1");
        refuses(&d, "{\"instances\":[{\"y\":[1,2],\"z\":[1,2]}]}", GW_FAULT_MISSING_INPUT,
                "Failed to process element: 0 of 'instances' list. JSON object: "
                "{\"y\":[1,2],\"z\":[1,2]} keys must be equal to: x",
                "/instances/0");
        decoding_close(&d);
    }
}

static void the_one_number_may_be_bare(void **state)
{
    (void)state;
    struct decoding d;
    decoding_open(&d, plan_of_one_number());
    static const char *const bodies[] = {
        "{\"instances\":[1.0,2.0,5.0]}", "{\"instances\":[{\"x\":1},2.0,{\"x\":5}]}",
        "{\"inputs\":[1,2,5]}", "{\"inputs\":{\"x\":[1,2,5]}}"};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        accepts(&d, bodies[i]);
        double *scores = scores_of(&d);
        assert_true(scores[0] == 1 && scores[1] == 2 && scores[2] == 5);
        free(scores);
    }
    refuses(&d, "{\"instances\":[[1]]}", GW_FAULT_BAD_TYPE,
            "JSON Value: [1] Type: Array is not of expected type: float", "/instances/0");
    decoding_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_column_holds_one_value_for_each_row),
        cmocka_unit_test(columns_must_be_of_one_length),
        cmocka_unit_test(a_model_with_positions_takes_rows_by_position_and_by_name),
        cmocka_unit_test(positions_are_a_matrix_of_floats),
        cmocka_unit_test(an_unknown_list_beside_features_is_no_dense_input),
        cmocka_unit_test(keys_must_be_equal_to_the_tensor_inputs),
        cmocka_unit_test(tensor_columns_may_have_extra_keys_but_none_may_lack),
        cmocka_unit_test(a_tensor_of_one_may_be_a_bare_number_or_nan),
        cmocka_unit_test(a_context_may_give_a_tensor_to_all_rows),
        cmocka_unit_test(the_one_tensor_may_be_bare_or_called_anything),
        cmocka_unit_test(the_one_number_may_be_bare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
