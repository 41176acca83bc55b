/* SPDX-License-Identifier: MIT
 * plan_lists_test.c - lists that multiply: room for every combination, up to a bound. */
#include "tests/unit/engine/support/kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Crosses a list with itself: as many ids as the square of its entries. */
static roost_plan *squared(void)
{
    struct eng_builder *builder = kit_builder();
    uint32_t texts = kit_feature(builder, "texts", ROOST_STRINGS);
    uint32_t other = kit_feature(builder, "other", ROOST_I64);
    uint32_t ids = kit_hashed(builder, "ids", texts, 0);
    uint32_t bins = kit_bins(builder, "bins", other);
    const struct eng_param bits = kit_integer("bits", 6);
    uint32_t square =
        kit_node(builder, "square", "cross", KIT_IN(ids, ids, bins), 1, &bits);
    roost_model *model =
        kit_finish(builder, kit_linear(builder, KIT_IN(square), 64, 1, 0));
    roost_plan *plan = kit_plan(1, &model, NULL);
    roost_model_free(model); /* the plan holds it */
    return plan;
}

static void a_cross_of_lists_has_room_for_every_combination(void **state)
{
    (void)state;
    enum { MANY = 200 };
    static struct roost_text texts[MANY];
    uint32_t start[71];
    const int64_t other[70] = {0};
    double out[70];
    roost_plan *plan = squared();
    for (int i = 0; i < MANY; i++)
        texts[i] = kit_text(&"abcdefghijklmnopqrstuvwxyz"[i % 26]);
    for (uint32_t i = 0; i <= 70; i++)
        start[i] = i < 66 ? i : i < 68 ? 67 : MANY; /* the longest row in block two */
    const struct roost_column columns[] = {{.values = texts, .start = start},
                                           {.values = other}};
    const struct roost_column context[] = {{.values = texts, .start = start},
                                           {.values = NULL}};
    struct roost_rows rows = {.n = 70, .columns = columns};
    assert_int_equal(kit_score(plan, &rows, out, NULL, NULL), ROOST_OK);
    rows.context = context;
    assert_int_equal(kit_score(plan, &rows, out, NULL, NULL), ROOST_OK);
    roost_plan_free(plan);
}

static void rows_that_multiply_beyond_the_bound_are_refused(void **state)
{
    (void)state;
    enum { MANY = 100000 };
    struct roost_text *texts = calloc(MANY, sizeof *texts);
    const int64_t other = 0;
    uint32_t start[] = {0, MANY};
    double out;
    struct roost_error err;
    roost_plan *plan = squared();
    for (int i = 0; i < MANY; i++)
        texts[i] = kit_text("a");
    const struct roost_column columns[] = {{.values = texts, .start = start},
                                           {.values = &other}};
    const struct roost_rows rows = {.n = 1, .columns = columns};
    assert_int_equal(roost_plan_scratch(plan, &rows), 0);
    /* Nor is such a call scored, with no scratch or with a small one kept from before. */
    uint8_t *kept = aligned_alloc(64, 64);
    assert_non_null(kept);
    struct roost_call call = {.rows = &rows, .out = &out};
    assert_int_equal(roost_score(plan, &call, &err), ROOST_LIMIT);
    call.scratch = kept;
    assert_int_equal(roost_score(plan, &call, &err), ROOST_LIMIT);
    assert_non_null(strstr(err.text, "lists"));
    free(kept);
    /* Below the bound of scratch, the operator has its own. */
    start[1] = 300;
    assert_int_equal(kit_score(plan, &rows, &out, NULL, &err), ROOST_VALUE);
    free(texts);
    roost_plan_free(plan);
}

/* A vector of the greatest width that `links` transforms copy one after the other. */
static roost_model *chained(uint32_t links)
{
    struct eng_builder *builder = kit_builder();
    const double zero = 0;
    const struct eng_param param = kit_tensor("value", &zero, 1, 0);
    uint32_t at = kit_vector(builder, "x", ROOST_F64, ENG_WIDTH_MAX);
    for (uint32_t i = 0; i < links; i++) {
        char name[16];
        snprintf(name, sizeof name, "t%u", i);
        at = kit_node(builder, name, "impute", KIT_IN(at), 1, &param);
    }
    return kit_finish(builder, kit_linear(builder, KIT_IN(at), ENG_WIDTH_MAX, 1, 0));
}

static void the_greatest_rows_take_the_scratch_of_one_row_or_are_refused(void **state)
{
    (void)state;
    const double nothing = 0; /* only looked at, never read: scratch needs no values */
    const struct roost_column column = {.values = &nothing};
    struct roost_rows rows = {.n = 1, .columns = &column};
    roost_model *model = chained(3);
    roost_plan *plan = kit_plan(1, &model, NULL), *none = NULL;
    size_t one = roost_plan_scratch(plan, &rows);
    assert_true(one > 3 * (size_t)ENG_WIDTH_MAX * sizeof(double));
    rows.n = 1 << 20;
    assert_int_equal(roost_plan_scratch(plan, &rows), one);
    rows.n = UINT32_MAX;
    assert_int_equal(roost_plan_scratch(plan, &rows), one);
    roost_plan_free(plan);
    roost_model_free(model);
    struct roost_error err;
    model = chained(33); /* 264 MiB a row, where a call may have 256 */
    assert_int_equal(roost_plan_new(&model, NULL, 1, NULL, &none, &err), ROOST_LIMIT);
    assert_null(none);
    assert_non_null(strstr(err.text, "one row"));
    roost_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cross_of_lists_has_room_for_every_combination),
        cmocka_unit_test(rows_that_multiply_beyond_the_bound_are_refused),
        cmocka_unit_test(the_greatest_rows_take_the_scratch_of_one_row_or_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
