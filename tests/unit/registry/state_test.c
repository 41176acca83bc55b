/* SPDX-License-Identifier: MIT
 * The state file: what it keeps, and what becomes of one that cannot be used. */
#include "registry/file.h"
#include "tests/unit/registry/support/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static int setup(void **state)
{
    static struct tr_world world;
    tr_init(&world);
    tr_model(&world, "ctr/1", 1);
    tr_model(&world, "ctr/2", 2);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    tr_clear(*state);
    return 0;
}

static void put_state(const struct tr_world *world, const char *text)
{
    FILE *file = fopen(world->state, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    fclose(file);
}

static void get_state(const struct tr_world *world, char *out, size_t size)
{
    FILE *file = fopen(world->state, "r");
    assert_non_null(file);
    size_t got = fread(out, 1, size - 1, file);
    out[got] = '\0';
    fclose(file);
}

static void pins_and_rollbacks_are_written_for_people_to_read(void **state)
{
    struct tr_world *world = *state;
    char text[512];
    tr_start(world);
    assert_int_equal(tr_command(world, REG_PROMOTE, "ctr", 1, NULL), ROOST_OK);
    get_state(world, text, sizeof text);
    assert_non_null(strstr(text, "\"pin\": 1"));
    assert_int_equal(tr_command(world, REG_ROLLBACK, "ctr", -1, NULL), ROOST_OK);
    get_state(world, text, sizeof text);
    assert_null(strstr(text, "pin"));
    assert_non_null(strstr(text, "\"rolled_back\": ["));
}

static void what_the_file_says_holds_after_a_start(void **state)
{
    struct tr_world *world = *state;
    struct reg_version about;
    put_state(world,
              "{\"format\": 1, \"models\": {\"ctr\": {\"pin\": 1, \"rolled_back\": "
              "[2, 77]}, \"gone\": {\"pin\": 5}, \"../x\": {\"pin\": 1}}}");
    tr_start(world);
    assert_int_equal(tr_serves(world, "ctr"), 1);
    assert_true(tr_version(world, "ctr", 2, &about));
    assert_true(about.rolled_back);
    /* A model that is away just now keeps its pin. */
    assert_int_equal(tr_command(world, REG_PROMOTE, "ctr", 2, NULL), ROOST_OK);
    char text[512];
    get_state(world, text, sizeof text);
    assert_non_null(strstr(text, "\"gone\""));
}

static void a_pin_on_a_version_that_is_gone_leaves_the_choice_to_the_policy(void **state)
{
    struct tr_world *world = *state;
    put_state(world, "{\"format\": 1, \"models\": {\"ctr\": {\"pin\": 9}}}");
    tr_start(world);
    assert_int_equal(tr_serves(world, "ctr"), 2);
    tr_model(world, "ctr/10", 10);
    tr_model(world, "ctr/9", 9);
    assert_true(tr_wait_serves(world, "ctr", 9));
}

static void a_file_that_cannot_be_used_is_said_and_left_aside(void **state)
{
    static const char *const bad[] = {"",
                                      "nonsense",
                                      "{\"format\": 2, \"models\": {}}",
                                      "[]",
                                      "{\"format\": 1, \"models\": []}",
                                      "{\"format\": 1, \"models\": {\"ctr\"",
                                      "{\"format\": 1, \"format\": 1, \"models\": {}}"};
    struct tr_world *world = *state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        world->log[0] = '\0';
        put_state(world, bad[i]);
        tr_new(world);
        assert_true(tr_wait_log(world, "cannot be used"));
        tr_stop(world);
    }
    /* Odd values in a sound file are passed over. */
    put_state(world,
              "{\"format\": 1, \"models\": {\"ctr\": {\"pin\": -3, \"rolled_back\": "
              "[\"a\", -1, 1.5]}, \"b\": 7}}");
    tr_start(world);
    assert_int_equal(tr_serves(world, "ctr"), 2);
}

static void a_hostile_file_is_read_without_harm(void **state)
{
    enum { DEEP = 200000 };
    struct tr_world *world = *state;
    char *deep = malloc(DEEP + 1);
    assert_non_null(deep);
    memset(deep, '[', DEEP);
    deep[DEEP] = '\0';
    put_state(world, deep);
    free(deep);
    tr_start(world);
    assert_int_equal(tr_serves(world, "ctr"), 2);
}

static void without_a_state_file_a_promote_works_and_is_forgotten(void **state)
{
    struct tr_world *world = *state;
    world->options.state_file = NULL;
    tr_start(world);
    assert_int_equal(tr_command(world, REG_PROMOTE, "ctr", 1, NULL), ROOST_OK);
    tr_stop(world);
    tr_start(world);
    assert_int_equal(tr_serves(world, "ctr"), 2);
}

static int fail_sync(int fd)
{
    (void)fd;
    return -1;
}

static void a_disk_that_fails_to_sync_fails_the_promote(void **state)
{
    struct tr_world *world = *state;
    struct reg_file_calls calls = reg_file_calls;
    tr_new(world);
    reg_file_calls.sync = fail_sync;
    struct roost_error err;
    assert_int_equal(reg_start(world->registry, &err), ROOST_OK);
    assert_true(tr_wait_serves(world, "ctr", 2));
    assert_int_equal(tr_command(world, REG_PROMOTE, "ctr", 1, NULL), ROOST_IO);
    assert_int_equal(tr_serves(world, "ctr"), 2);
    tr_stop(world);
    reg_file_calls = calls;
    tr_start(world);
    assert_int_equal(tr_serves(world, "ctr"), 2);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(pins_and_rollbacks_are_written_for_people_to_read),
        CASE(what_the_file_says_holds_after_a_start),
        CASE(a_pin_on_a_version_that_is_gone_leaves_the_choice_to_the_policy),
        CASE(a_file_that_cannot_be_used_is_said_and_left_aside),
        CASE(a_hostile_file_is_read_without_harm),
        CASE(without_a_state_file_a_promote_works_and_is_forgotten),
        CASE(a_disk_that_fails_to_sync_fails_the_promote),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
