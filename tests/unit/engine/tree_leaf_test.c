/* SPDX-License-Identifier: MIT
 * tree_leaf_test.c - the leaf of each tree as an id. */
#include "tests/unit/engine/support/forest_case.h"
#include "tests/unit/engine/support/op_case.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct forest_case fc;

static void a_row_yields_the_leaf_of_each_tree_in_order(void **state)
{
    (void)state;
    enum { ROWS = 40 };
    static double rows[ROWS * 3], column[3][ROWS];
    for (int style = FC_XGBOOST; style <= FC_MIXED; style++) {
        const uint32_t codes[] = {1, 2};
        struct eng_forest *forest = NULL;
        fc_init(&fc, 3);
        fc_set(&fc, 2, codes);
        for (int t = 0; t < 7; t++)
            fc_grow(&fc, (enum fc_style)style, 15);
        for (int i = 0; i < ROWS * 3; i++)
            column[i % 3][i / 3] = rows[i] = fc_probe(&fc);
        assert_int_equal(eng_forest_new(&fc.spec, &forest, NULL), ROOST_OK);
        for (int form = 0; form < 2; form++) {
            struct op_case c;
            op_case(&c, "tree_leaf");
            if (form == 0)
                op_dense64(&c, "v", 3, rows);
            for (int i = 0; form == 1 && i < 3; i++)
                op_number(&c, "n", column[i]);
            op_set_forest(&c, "forest", forest);
            assert_int_equal(op_make(&c), ROOST_OK);
            assert_int_equal(c.shape.kind, ENG_IDS);
            assert_int_equal(c.shape.bound, 7 * 16);
            assert_int_equal(c.shape.entries, 7);
            assert_int_equal(op_run(&c, ROWS), ROOST_OK);
            for (uint32_t r = 0; r < ROWS; r++) {
                uint64_t ids[7];
                for (uint32_t t = 0; t < 7; t++)
                    ids[t] = fc_leaf(&fc, t, rows + (size_t)r * 3);
                op_row_is(&c, r, 7, ids);
            }
            op_done(&c);
        }
        eng_forest_free(forest);
    }
}

static void a_forest_without_trees_or_of_other_width_is_refused(void **state)
{
    (void)state;
    struct eng_forest *forest = NULL;
    fc_init(&fc, 2);
    assert_int_equal(eng_forest_new(&fc.spec, &forest, NULL), ROOST_OK);
    struct op_case c;
    op_case(&c, "tree_leaf");
    op_dense(&c, "v", 2, NULL);
    op_set_forest(&c, "forest", forest);
    op_refused(&c, ROOST_VALUE, "no trees");
    op_done(&c);
    eng_forest_free(forest);
    fc_grow(&fc, FC_XGBOOST, 1);
    assert_int_equal(eng_forest_new(&fc.spec, &forest, NULL), ROOST_OK);
    op_case(&c, "tree_leaf");
    op_dense(&c, "v", 1, NULL);
    op_set_forest(&c, "forest", forest);
    op_refused(&c, ROOST_SHAPE, "the forest splits on 2");
    op_done(&c);
    eng_forest_free(forest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_yields_the_leaf_of_each_tree_in_order),
        cmocka_unit_test(a_forest_without_trees_or_of_other_width_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
