/* SPDX-License-Identifier: MIT
 * Groups: models scored together, rebuilt in the same step as their members. */
#include "tests/unit/registry/support/world.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static int setup(void **state)
{
    static struct tr_world world;
    tr_init(&world);
    tr_model(&world, "a/1", 10);
    tr_model(&world, "b/1", 20);
    tr_write(&world, "both/group.yaml", "format: 1\nmembers: [b, a]\n");
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    tr_clear(*state);
    return 0;
}

/* What the group scores for its members and how it calls itself. */
struct view {
    int serves;
    double first, second;
    char header[64];
    char reason[REG_TEXT_MAX];
    uint64_t number;
};

static struct view look(struct tr_world *world)
{
    struct view view = {.serves = 0};
    reg_reader_online(world->reader);
    const struct reg_snapshot *snapshot = reg_read(world->registry);
    const struct reg_entry *entry = reg_find(snapshot, "both", 4);
    view.number = snapshot->number;
    assert_non_null(entry);
    assert_true(entry->group);
    strncpy(view.reason, entry->reason, sizeof view.reason - 1);
    if (entry->chosen) {
        view.serves = 1;
        view.first = tr_score(entry->chosen, 0);
        view.second = tr_score(entry->chosen, 1);
        strncpy(view.header, entry->chosen->version_header, sizeof view.header - 1);
        assert_int_equal(entry->chosen->member_count, 2);
        /* The members are what they serve by themselves in this same snapshot. */
        assert_ptr_equal(entry->chosen->members[0], reg_find(snapshot, "b", 1)->chosen);
        assert_ptr_equal(entry->chosen->members[1], reg_find(snapshot, "a", 1)->chosen);
    }
    reg_reader_offline(world->reader);
    return view;
}

static int wait_reason(struct tr_world *world, const char *text)
{
    for (int i = 0; i < 2000; i++) {
        struct view view = look(world);
        if (!view.serves && strstr(view.reason, text)) {
            return 1;
        }
        tr_sleep_ms(5);
    }
    return 0;
}

static void a_group_scores_its_members_in_the_order_of_its_file(void **state)
{
    struct tr_world *world = *state;
    struct reg_version about;
    tr_start(world);
    struct view view = look(world);
    assert_true(view.serves);
    assert_true(view.first == 20 && view.second == 10);
    assert_string_equal(view.header, "b/1, a/1");
    assert_true(tr_version(world, "both", 1, &about));
    assert_int_equal(about.state, REG_AVAILABLE);
}

static void a_members_new_version_is_in_the_group_in_the_same_snapshot(void **state)
{
    struct tr_world *world = *state;
    tr_start(world);
    tr_model(world, "a/2", 11);
    assert_true(tr_wait_serves(world, "a", 2));
    struct view view = look(world);
    assert_true(view.first == 20 && view.second == 11);
    assert_string_equal(view.header, "b/1, a/2");
}

static void a_group_whose_members_stay_keeps_its_serving(void **state)
{
    struct tr_world *world = *state;
    tr_start(world);
    int attached = world->attached;
    assert_int_equal(attached, 3);
    tr_model(world, "other/1", 1);
    assert_true(tr_wait_serves(world, "other", 1));
    assert_int_equal(world->attached, attached + 1);
    assert_int_equal(world->detached, 0);
}

static void a_group_serves_only_while_all_its_members_do(void **state)
{
    struct tr_world *world = *state;
    struct reg_version about;
    tr_start(world);
    assert_int_equal(tr_command(world, REG_UNLOAD, "a", -1, NULL), ROOST_OK);
    assert_true(wait_reason(world, "member a serves no version"));
    assert_true(tr_version(world, "both", 1, &about));
    assert_int_equal(about.state, REG_FAILED);
    assert_int_equal(about.status, ROOST_MISSING);
    assert_int_equal(tr_command(world, REG_LOAD, "a", -1, NULL), ROOST_OK);
    assert_true(look(world).serves);
}

static void a_member_that_is_missing_or_a_group_is_the_reason(void **state)
{
    struct tr_world *world = *state;
    tr_write(world, "both/group.yaml", "format: 1\nmembers: [a, c]\n");
    tr_write(world, "more/group.yaml", "format: 1\nmembers: [both]\n");
    tr_start(world);
    assert_true(wait_reason(world, "member c is not there"));
    reg_reader_online(world->reader);
    const struct reg_entry *entry = reg_find(reg_read(world->registry), "more", 4);
    assert_null(entry->chosen);
    assert_non_null(strstr(entry->reason, "member both is a group itself"));
    reg_reader_offline(world->reader);
}

static void a_broken_group_file_is_told_with_its_line(void **state)
{
    struct tr_world *world = *state;
    tr_write(world, "both/group.yaml", "format: 1\nmembers: [b, a]\nextra: 1\n");
    tr_start(world);
    assert_true(wait_reason(world, "group.yaml:3:1: unknown key"));
    tr_write(world, "both/group.yaml", "format: 1\nmembers: [b, a]\n");
    for (int i = 0; i < 2000 && !look(world).serves; i++) {
        tr_sleep_ms(5);
    }
    assert_true(look(world).serves);
    /* Broken once more, it keeps serving what it was. */
    tr_write(world, "both/group.yaml", "format: 1\nmembers: [b a\n");
    assert_true(tr_wait_log(world, "refused: group.yaml:3"));
    assert_true(look(world).serves);
}

static void a_group_follows_promotes_of_its_members(void **state)
{
    struct tr_world *world = *state;
    tr_model(world, "a/2", 12);
    tr_start(world);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(tr_command(world, REG_PROMOTE, "a", 1 + i % 2, NULL), ROOST_OK);
        struct view view = look(world);
        assert_true(view.second == (i % 2 ? 12 : 10));
        assert_true(view.first == 20);
    }
}

static void a_group_has_no_versions_to_promote(void **state)
{
    struct tr_world *world = *state;
    struct reg_command command;
    tr_start(world);
    assert_int_equal(tr_command(world, REG_PROMOTE, "both", 1, &command), ROOST_VALUE);
    assert_non_null(strstr(command.error.text, "is a group"));
    assert_int_equal(tr_command(world, REG_ROLLBACK, "both", -1, &command), ROOST_VALUE);
    assert_int_equal(tr_command(world, REG_UNLOAD, "both", -1, NULL), ROOST_OK);
    assert_true(wait_reason(world, "unloaded by an admin"));
    assert_int_equal(tr_command(world, REG_LOAD, "both", -1, &command), ROOST_OK);
    assert_int_equal(command.now, 1);
    assert_true(look(world).serves);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_group_scores_its_members_in_the_order_of_its_file),
        CASE(a_members_new_version_is_in_the_group_in_the_same_snapshot),
        CASE(a_group_whose_members_stay_keeps_its_serving),
        CASE(a_group_serves_only_while_all_its_members_do),
        CASE(a_member_that_is_missing_or_a_group_is_the_reason),
        CASE(a_broken_group_file_is_told_with_its_line),
        CASE(a_group_follows_promotes_of_its_members),
        CASE(a_group_has_no_versions_to_promote),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
