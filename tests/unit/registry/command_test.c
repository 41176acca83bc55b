/* SPDX-License-Identifier: MIT
 * What admins may ask for, and what they are told. */
#include "tests/unit/registry/support/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static int setup(void **state)
{
    static struct tr_world world;
    tr_init(&world);
    tr_model(&world, "ctr/1", 1);
    tr_model(&world, "ctr/2", 2);
    tr_model(&world, "ctr/3", 3);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    tr_clear(*state);
    return 0;
}

static void promote_serves_the_version_and_retires_the_one_before(void **state)
{
    struct tr_world *world = *state;
    struct reg_version about;
    struct reg_command command;
    tr_start(world);
    assert_int_equal(tr_serves(world, "ctr"), 3);
    assert_int_equal(tr_command(world, REG_PROMOTE, "ctr", 1, &command), ROOST_OK);
    assert_int_equal(command.now, 1);
    assert_int_equal(tr_serves(world, "ctr"), 1);
    assert_true(tr_version(world, "ctr", 3, &about));
    assert_int_equal(about.state, REG_END);
    assert_true(tr_version(world, "ctr", 1, &about));
    assert_int_equal(about.state, REG_AVAILABLE);
    assert_int_equal(strlen(about.digest), 64);
}

static void promoting_what_is_pinned_and_serves_changes_nothing(void **state)
{
    struct tr_world *world = *state;
    struct reg_totals before, after;
    tr_start(world);
    assert_int_equal(tr_command(world, REG_PROMOTE, "ctr", 2, NULL), ROOST_OK);
    reg_totals(world->registry, &before);
    int attached = world->attached;
    assert_int_equal(tr_command(world, REG_PROMOTE, "ctr", 2, NULL), ROOST_OK);
    reg_totals(world->registry, &after);
    assert_int_equal(after.swaps, before.swaps);
    assert_int_equal(world->attached, attached);
}

static void a_pin_survives_a_restart_and_goes_before_newer_versions(void **state)
{
    struct tr_world *world = *state;
    tr_start(world);
    assert_int_equal(tr_command(world, REG_PROMOTE, "ctr", 1, NULL), ROOST_OK);
    tr_stop(world);
    tr_model(world, "ctr/4", 4);
    tr_start(world);
    assert_int_equal(tr_serves(world, "ctr"), 1);
}

static void rollback_goes_to_the_version_that_served_before(void **state)
{
    struct tr_world *world = *state;
    struct reg_version about;
    struct reg_command command;
    struct reg_counts counts;
    tr_start(world);
    assert_int_equal(tr_command(world, REG_PROMOTE, "ctr", 1, NULL), ROOST_OK);
    assert_int_equal(tr_command(world, REG_PROMOTE, "ctr", 2, NULL), ROOST_OK);
    assert_int_equal(tr_command(world, REG_ROLLBACK, "ctr", -1, &command), ROOST_OK);
    assert_int_equal(command.now, 1);
    assert_true(tr_version(world, "ctr", 2, &about));
    assert_true(about.rolled_back);
    assert_int_equal(tr_command(world, REG_ROLLBACK, "ctr", -1, &command), ROOST_OK);
    assert_int_equal(command.now, 3);
    assert_true(reg_model_counts(world->registry, "ctr", &counts));
    assert_int_equal(counts.rolled_back, 2);
}

static void a_rolled_back_version_is_not_chosen_again_until_promoted(void **state)
{
    struct tr_world *world = *state;
    tr_start(world);
    assert_int_equal(tr_command(world, REG_ROLLBACK, "ctr", -1, NULL), ROOST_OK);
    assert_int_equal(tr_serves(world, "ctr"), 2);
    tr_stop(world);
    tr_start(world);
    assert_int_equal(tr_serves(world, "ctr"), 2);
    tr_model(world, "ctr/4", 4);
    assert_true(tr_wait_serves(world, "ctr", 4));
    tr_remove(world, "ctr/4");
    assert_int_equal(tr_command(world, REG_PROMOTE, "ctr", 3, NULL), ROOST_OK);
    tr_stop(world);
    tr_start(world);
    assert_int_equal(tr_serves(world, "ctr"), 3);
}

static void rollback_with_nothing_before_says_so(void **state)
{
    struct tr_world *world = *state;
    struct reg_command command;
    tr_remove(world, "ctr/1");
    tr_remove(world, "ctr/2");
    tr_start(world);
    assert_int_equal(tr_command(world, REG_ROLLBACK, "ctr", -1, &command), ROOST_MISSING);
    assert_non_null(strstr(command.error.text, "no earlier version"));
    assert_int_equal(command.now, 3);
}

static void what_is_not_there_is_missing(void **state)
{
    struct tr_world *world = *state;
    struct reg_command command;
    tr_start(world);
    assert_int_equal(tr_command(world, REG_PROMOTE, "nope", 1, &command), ROOST_MISSING);
    assert_string_equal(command.error.text, "there is no model nope");
    assert_int_equal(tr_command(world, REG_PROMOTE, "ctr", 9, &command), ROOST_MISSING);
    assert_string_equal(command.error.text, "model ctr has no version 9");
    assert_int_equal(tr_command(world, REG_LOAD, "ctr", 9, NULL), ROOST_MISSING);
    assert_int_equal(tr_command(world, REG_UNLOAD, "ctr", 9, NULL), ROOST_MISSING);
    assert_int_equal(tr_command(world, REG_PROMOTE, "ctr", -1, NULL), ROOST_VALUE);
    assert_int_equal(tr_serves(world, "ctr"), 3);
}

static void promoting_a_broken_version_fails_and_keeps_what_serves(void **state)
{
    struct tr_world *world = *state;
    struct reg_command command;
    struct reg_counts counts;
    tr_write(world, "ctr/1/model.yaml", "format: 1\nwrong: 1\n");
    tr_start(world);
    assert_int_not_equal(tr_command(world, REG_PROMOTE, "ctr", 1, &command), ROOST_OK);
    assert_string_equal(command.error.where, "model.yaml");
    assert_int_equal(command.error.line, 2);
    assert_int_equal(command.now, 3);
    assert_int_equal(tr_serves(world, "ctr"), 3);
    assert_true(reg_model_counts(world->registry, "ctr", &counts));
    assert_int_equal(counts.loads_failed, 1);
    tr_stop(world);
    tr_start(world);
    assert_int_equal(tr_serves(world, "ctr"), 3);
}

static void a_promote_that_cannot_be_written_down_changes_nothing(void **state)
{
    struct tr_world *world = *state;
    struct reg_command command;
    struct reg_version about;
    snprintf(world->state, sizeof world->state, "%.400s/gone/state.json", world->dir);
    tr_start(world);
    assert_int_equal(tr_command(world, REG_PROMOTE, "ctr", 1, &command), ROOST_IO);
    assert_string_equal(command.error.where, "state.json");
    assert_non_null(strstr(command.error.text, "nothing is changed"));
    assert_non_null(strstr(command.error.text, "No such file or directory"));
    assert_non_null(strstr(command.error.text, "registry.state_file"));
    assert_int_equal(command.now, 3);
    assert_int_equal(tr_serves(world, "ctr"), 3);
    assert_int_equal(tr_command(world, REG_ROLLBACK, "ctr", -1, &command), ROOST_IO);
    assert_int_equal(tr_serves(world, "ctr"), 3);
    assert_true(tr_version(world, "ctr", 3, &about));
    assert_false(about.rolled_back);
}

static void load_keeps_a_version_beside_the_chosen_one(void **state)
{
    struct tr_world *world = *state;
    struct reg_version about;
    tr_start(world);
    assert_int_equal(tr_command(world, REG_LOAD, "ctr", 1, NULL), ROOST_OK);
    assert_int_equal(tr_serves(world, "ctr"), 3);
    assert_true(tr_version(world, "ctr", 1, &about));
    assert_int_equal(about.state, REG_AVAILABLE);
    assert_int_equal(tr_command(world, REG_UNLOAD, "ctr", 1, NULL), ROOST_OK);
    assert_true(tr_version(world, "ctr", 1, &about));
    assert_int_equal(about.state, REG_END);
    assert_int_equal(about.bytes, 0);
}

static void unloading_the_chosen_version_falls_to_the_next(void **state)
{
    struct tr_world *world = *state;
    struct reg_command command;
    tr_start(world);
    assert_int_equal(tr_command(world, REG_UNLOAD, "ctr", 3, &command), ROOST_OK);
    assert_int_equal(command.now, 2);
    assert_int_equal(tr_command(world, REG_LOAD, "ctr", -1, &command), ROOST_OK);
    assert_int_equal(command.now, 3);
}

static void unloading_all_leaves_nothing_until_load(void **state)
{
    struct tr_world *world = *state;
    struct reg_command command;
    struct reg_totals totals;
    tr_start(world);
    assert_int_equal(tr_command(world, REG_UNLOAD, "ctr", -1, &command), ROOST_OK);
    assert_int_equal(command.now, -1);
    tr_model(world, "ctr/4", 4);
    tr_sleep_ms(400);
    assert_int_equal(tr_serves(world, "ctr"), -1);
    reg_totals(world->registry, &totals);
    assert_int_equal(totals.bytes, 0);
    assert_int_equal(tr_command(world, REG_LOAD, "ctr", -1, &command), ROOST_OK);
    assert_int_equal(command.now, 4);
}

static void load_tries_a_failed_version_again_and_tells_why_it_fails(void **state)
{
    struct tr_world *world = *state;
    struct reg_command command;
    tr_model_with(world, "ctr/4", 4, "golden.jsonl", "5\n");
    tr_start(world);
    assert_int_equal(tr_serves(world, "ctr"), 3);
    assert_int_equal(tr_command(world, REG_LOAD, "ctr", -1, &command), ROOST_VERIFY);
    assert_string_equal(command.error.where, "golden.jsonl");
    assert_int_equal(command.now, 3);
}

static void command_answered(struct reg_command *answered)
{
    answered->user = answered;
}

static void commands_left_at_the_end_are_answered(void **state)
{
    struct tr_world *world = *state;
    tr_new(world);
    /* The registry's thread was never started: only reg_free can answer. */
    struct reg_command command = {.action = REG_PROMOTE, .version = 1, .model = "ctr"};
    command.done = command_answered;
    reg_submit(world->registry, &command);
    tr_stop(world);
    assert_int_equal(command.status, ROOST_CONFLICT);
    assert_ptr_equal(command.user, &command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            promote_serves_the_version_and_retires_the_one_before, setup, teardown),
        cmocka_unit_test_setup_teardown(
            promoting_what_is_pinned_and_serves_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_pin_survives_a_restart_and_goes_before_newer_versions, setup, teardown),
        cmocka_unit_test_setup_teardown(rollback_goes_to_the_version_that_served_before,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_rolled_back_version_is_not_chosen_again_until_promoted, setup, teardown),
        cmocka_unit_test_setup_teardown(rollback_with_nothing_before_says_so, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_is_not_there_is_missing, setup, teardown),
        cmocka_unit_test_setup_teardown(
            promoting_a_broken_version_fails_and_keeps_what_serves, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_promote_that_cannot_be_written_down_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(load_keeps_a_version_beside_the_chosen_one, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(unloading_the_chosen_version_falls_to_the_next,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(unloading_all_leaves_nothing_until_load, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            load_tries_a_failed_version_again_and_tells_why_it_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(commands_left_at_the_end_are_answered, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
