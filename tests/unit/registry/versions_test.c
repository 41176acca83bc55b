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

/* DESIGN, "Versions": a pin, else the policy; never one that was rolled back from unless
 * it was promoted (then it is the pin); never one that does not load. Versions 4 3 2 1;
 * a text names those that are loaded, rolled back, kept for a label or for an admin. */
static void what_serves_follows_pin_then_policy_and_nothing_else(void **state)
{
    static const struct {
        const struct reg_model_options *options;
        int pin;
        const char *loaded, *rolled_back, *asked;
        int serves;
    } row[] = {
        {&latest_1, -1, "4321", "", "", 4},   {&latest_1, -1, "321", "", "", 3},
        {&latest_1, 1, "4321", "", "", 1},    {&latest_1, 1, "432", "", "", 4},
        {&latest_1, -1, "4321", "4", "", 3},  {&latest_1, -1, "4321", "43", "", 2},
        {&latest_1, -1, "4", "4", "", -1},    {&latest_1, 4, "4321", "4", "", 4},
        {&latest_1, -1, "41", "", "1", 4},    {&latest_1, -1, "41", "4", "4", 1},
        {&latest_2, 2, "42", "", "", 2},      {&latest_2, 2, "42", "2", "", 2},
        {&some, -1, "4321", "", "4", 2},      {&some, -1, "43", "", "43", -1},
        {&some, 4, "4321", "", "", 4},        {&some, -1, "4321", "2", "", 1},
        {&every, -1, "4321", "", "", 4},      {&every, -1, "4321", "42", "", 3},
        {&every, 3, "421", "", "", 4},        {&every, -1, "", "", "", -1},
        {&latest_1, -1, "21", "21", "2", -1}, {&latest_1, 9, "4321", "", "", 4},
    };
    (void)state;
    for (size_t r = 0; r < sizeof row / sizeof *row; r++) {
        struct reg_candidate c[N];
        all_usable(c);
        for (int i = 0; i < N; i++) {
            int digit = '0' + (int)c[i].version;
            c[i].loaded = strchr(row[r].loaded, digit) != NULL;
            c[i].rolled_back = strchr(row[r].rolled_back, digit) != NULL;
            c[i].asked = strchr(row[r].asked, digit) != NULL;
        }
        int32_t at = reg_versions_choose(row[r].options, row[r].pin, c, N);
        int serves = at < 0 ? -1 : (int)c[at].version;
        if (serves != row[r].serves) {
            fail_msg("row %zu: %d serves, not %d", r, serves, row[r].serves);
        }
        /* What serves is kept, else its own reconciliation would drop it. */
        reg_versions_want(row[r].options, row[r].pin, c, N);
        if (at >= 0 && strlen(row[r].loaded) == N) {
            assert_true(c[at].wanted);
        }
    }
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
        cmocka_unit_test(what_serves_follows_pin_then_policy_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
