/* SPDX-License-Identifier: MIT
 * Which versions a policy wants and which one serves. */
#include "registry/versions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { N = 4 };

/* Versions 4 3 2 1, all on disk, none loaded. */
static void all_usable(struct reg_candidate *c)
{
    memset(c, 0, N * sizeof *c);
    for (int i = 0; i < N; i++) {
        c[i].version = N - i;
        c[i].usable = 1;
    }
}

/* The wanted ones as text, newest first: "43". */
static const char *wanted(const struct reg_model_options *options, int64_t pin,
                          struct reg_candidate *c)
{
    static char text[N + 1];
    size_t at = 0;
    reg_versions_want(options, pin, c, N);
    for (int i = 0; i < N; i++) {
        if (c[i].wanted) {
            text[at++] = (char)('0' + c[i].version);
        }
    }
    text[at] = '\0';
    return text;
}

static const int64_t two_and_one[] = {1, 2};
static const struct reg_model_options latest_1 = {.policy = REG_POLICY_LATEST,
                                                  .latest = 1};
static const struct reg_model_options latest_2 = {.policy = REG_POLICY_LATEST,
                                                  .latest = 2};
static const struct reg_model_options every = {.policy = REG_POLICY_ALL};
static const struct reg_model_options some = {
    .policy = REG_POLICY_SPECIFIC, .version_count = 2, .versions = two_and_one};

static void the_policy_wants_the_newest_the_named_or_all(void **state)
{
    struct reg_candidate c[N];
    (void)state;
    all_usable(c);
    assert_string_equal(wanted(&latest_1, -1, c), "4");
    assert_string_equal(wanted(&latest_2, -1, c), "43");
    assert_string_equal(wanted(&some, -1, c), "21");
    assert_string_equal(wanted(&every, -1, c), "4321");
}

static void a_version_that_cannot_be_used_gives_its_place_to_the_next(void **state)
{
    struct reg_candidate c[N];
    (void)state;
    all_usable(c);
    c[0].usable = 0;
    assert_string_equal(wanted(&latest_1, -1, c), "3");
    assert_string_equal(wanted(&latest_2, -1, c), "32");
}

static void a_pinned_version_counts_as_one_of_the_latest(void **state)
{
    struct reg_candidate c[N];
    (void)state;
    all_usable(c);
    assert_string_equal(wanted(&latest_1, 2, c), "2");
    assert_string_equal(wanted(&latest_2, 2, c), "42");
    assert_string_equal(wanted(&some, 4, c), "421");
    c[2].usable = 0;
    assert_string_equal(wanted(&latest_1, 2, c), "4");
}

static void a_rolled_back_version_is_passed_over(void **state)
{
    struct reg_candidate c[N];
    (void)state;
    all_usable(c);
    c[0].rolled_back = 1;
    assert_string_equal(wanted(&latest_1, -1, c), "3");
    assert_string_equal(wanted(&latest_1, 4, c), "4");
}

static void what_was_asked_for_is_kept_beside_the_policy(void **state)
{
    struct reg_candidate c[N];
    (void)state;
    all_usable(c);
    c[3].asked = 1;
    assert_string_equal(wanted(&latest_1, -1, c), "41");
}

static void the_pinned_one_serves_else_the_newest_loaded_of_the_policy(void **state)
{
    struct reg_candidate c[N];
    (void)state;
    all_usable(c);
    assert_int_equal(reg_versions_choose(&latest_1, -1, c, N), -1);
    c[1].loaded = c[2].loaded = c[3].loaded = 1;
    assert_int_equal(reg_versions_choose(&latest_1, -1, c, N), 1);
    assert_int_equal(reg_versions_choose(&latest_1, 1, c, N), 3);
    assert_int_equal(reg_versions_choose(&latest_1, 4, c, N), 1);
    assert_int_equal(reg_versions_choose(&some, -1, c, N), 2);
    c[1].rolled_back = 1;
    assert_int_equal(reg_versions_choose(&every, -1, c, N), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_policy_wants_the_newest_the_named_or_all),
        cmocka_unit_test(a_version_that_cannot_be_used_gives_its_place_to_the_next),
        cmocka_unit_test(a_pinned_version_counts_as_one_of_the_latest),
        cmocka_unit_test(a_rolled_back_version_is_passed_over),
        cmocka_unit_test(what_was_asked_for_is_kept_beside_the_policy),
        cmocka_unit_test(the_pinned_one_serves_else_the_newest_loaded_of_the_policy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
