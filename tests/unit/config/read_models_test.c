/* SPDX-License-Identifier: MIT
 * The `models` section: policies, labels, and its mistakes. */
#include "support/config_case.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* after the above */
#include <cmocka.h>

static void policies_and_labels_are_read(void **state)
{
    (void)state;
    struct cfg cfg;
    struct roost_error err;
    const char yaml[] = "models:\n"
                        "  ctr: {versions: {latest: 2}, labels: {canary: 8, stable: 7}}\n"
                        "  home.v2: {versions: {specific: [7, 9223372036854775807]}}\n"
                        "  old:\n    versions: all\n"
                        "  plain: {}\n";
    assert_int_equal(case_read(&cfg, yaml, &err), ROOST_OK);
    assert_int_equal(cfg.model_count, 4);
    assert_string_equal(cfg.models[0].name, "ctr");
    assert_int_equal(cfg.models[0].policy, CFG_POLICY_LATEST);
    assert_int_equal(cfg.models[0].latest, 2);
    assert_int_equal(cfg.models[0].label_count, 2);
    assert_string_equal(cfg.models[0].labels[1].name, "stable");
    assert_int_equal(cfg.models[0].labels[1].version, 7);
    assert_string_equal(cfg.models[1].name, "home.v2");
    assert_int_equal(cfg.models[1].policy, CFG_POLICY_SPECIFIC);
    assert_int_equal(cfg.models[1].version_count, 2);
    assert_true(cfg.models[1].versions[1] == INT64_MAX);
    assert_int_equal(cfg.models[2].policy, CFG_POLICY_ALL);
    assert_int_equal(cfg.models[3].policy, CFG_POLICY_LATEST);
    assert_int_equal(cfg.models[3].latest, 1);
    cfg_clear(&cfg);
}

static void a_second_file_replaces_the_section(void **state)
{
    (void)state;
    struct cfg cfg;
    struct roost_error err;
    const char second[] = "models: {b: {}}\n", none[] = "models: {}\n";
    assert_int_equal(case_read(&cfg, "models: {a: {labels: {x: 1}}}\n", &err), ROOST_OK);
    assert_int_equal(cfg_read_yaml(&cfg, "u", second, strlen(second), &err), ROOST_OK);
    assert_int_equal(cfg.model_count, 1);
    assert_string_equal(cfg.models[0].name, "b");
    assert_int_equal(cfg_read_yaml(&cfg, "u", none, strlen(none), &err), ROOST_OK);
    assert_int_equal(cfg.model_count, 0);
    cfg_clear(&cfg);
}

static void mistakes_are_refused_at_their_place(void **state)
{
    (void)state;
    case_refused("models: [a]\n", ROOST_VALUE, 1, 9, "a map from names");
    case_refused("models:\n  a: 1\n", ROOST_VALUE, 2, 6, "takes a map");
    case_refused("models:\n  ../a: {}\n", ROOST_VALUE, 2, 3, "a model is named by");
    case_refused("models:\n  '': {}\n", ROOST_VALUE, 2, 3, "a model is named by");
    case_refused("models: {a: {version: all}}\n", ROOST_VALUE, 1, 14,
                 "no setting version; did you mean versions?");
    case_refused("models: {a: {versions: some}}\n", ROOST_VALUE, 1, 24, "or all");
    case_refused("models: {a: {versions: {latest: 0}}}\n", ROOST_VALUE, 1, 33,
                 "1 to 1000");
    case_refused("models: {a: {versions: {newest: 1}}}\n", ROOST_VALUE, 1, 25, "or all");
    case_refused("models: {a: {versions: {latest: 1, specific: [1]}}}\n", ROOST_VALUE, 1,
                 24, "or all");
    case_refused("models: {a: {versions: {specific: []}}}\n", ROOST_VALUE, 1, 35,
                 "a list of versions");
    case_refused("models: {a: {versions: {specific: [1, -1]}}}\n", ROOST_VALUE, 1, 39,
                 "whole number from 0");
    case_refused("models: {a: {versions: {specific: [9223372036854775808]}}}\n",
                 ROOST_VALUE, 1, 36, "whole number from 0");
    case_refused("models: {a: {labels: [x]}}\n", ROOST_VALUE, 1, 22, "a map of versions");
    case_refused("models: {a: {labels: {x/y: 1}}}\n", ROOST_VALUE, 1, 23, "a label is");
    case_refused("models: {a: {labels: {x: b}}}\n", ROOST_VALUE, 1, 26,
                 "a label stands for a version");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policies_and_labels_are_read),
        cmocka_unit_test(a_second_file_replaces_the_section),
        cmocka_unit_test(mistakes_are_refused_at_their_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
