/* SPDX-License-Identifier: MIT
 * list_test.c - the table of operators is complete, since docs and messages come from it.
 */
#include "tests/unit/engine/support/op_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void every_operator_of_the_format_is_there_in_the_order_of_the_docs(void **state)
{
    (void)state;
    const char *const names[] = {
        "discretize", "hash",   "cross",       "vocabulary", "one_hot",   "impute",
        "clip",       "log1p",  "standardize", "concat",     "tree_leaf", "embed",
        "linear",     "forest", "mlp",         "fm",         "isotonic",  "platt"};
    uint32_t count;
    const struct eng_op *const *ops = eng_op_list(&count);
    assert_int_equal(count, sizeof names / sizeof names[0]);
    for (uint32_t i = 0; i < count; i++) {
        assert_string_equal(ops[i]->name, names[i]);
        assert_ptr_equal(eng_op_find(names[i], strlen(names[i])), ops[i]);
    }
}

static void a_name_is_found_whole_or_not_at_all(void **state)
{
    (void)state;
    assert_null(eng_op_find("has", 3));
    assert_null(eng_op_find("hashes", 6));
    assert_null(eng_op_find("", 0));
    assert_non_null(eng_op_find("hashes", 4));
}

static void every_operator_and_parameter_has_its_line_of_help(void **state)
{
    (void)state;
    uint32_t count;
    const struct eng_op *const *ops = eng_op_list(&count);
    for (uint32_t i = 0; i < count; i++) {
        assert_true(strlen(ops[i]->help) > 0);
        assert_non_null(ops[i]->make);
        assert_non_null(ops[i]->free);
        assert_non_null(ops[i]->run);
        assert_true(ops[i]->min_inputs >= 1 && ops[i]->max_inputs >= ops[i]->min_inputs);
        for (const struct eng_param_spec *spec = ops[i]->params; spec->key; spec++) {
            assert_true(strlen(spec->help) > 0);
            assert_null(strchr(spec->help, '\n'));
            const int has_words =
                spec->type == ENG_PARAM_WORD || spec->type == ENG_PARAM_LAYERS;
            assert_int_equal(has_words, spec->words != NULL);
        }
    }
}

static void a_parameter_is_found_by_its_key(void **state)
{
    (void)state;
    struct op_case c;
    op_case(&c, "hash");
    op_set_int(&c, "bits", 3);
    assert_ptr_equal(eng_op_arg(&c.args, "bits"), &c.params[0]);
    assert_null(eng_op_arg(&c.args, "bit"));
    op_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operator_of_the_format_is_there_in_the_order_of_the_docs),
        cmocka_unit_test(a_name_is_found_whole_or_not_at_all),
        cmocka_unit_test(every_operator_and_parameter_has_its_line_of_help),
        cmocka_unit_test(a_parameter_is_found_by_its_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
