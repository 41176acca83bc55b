/* SPDX-License-Identifier: MIT
 * Versions that arrive, change and vanish while the registry watches. */
#include "tests/unit/registry/support/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static int setup(void **state)
{
    static struct tr_world world;
    tr_init(&world);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    tr_clear(*state);
    return 0;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void a_version_renamed_in_is_taken_at_once(void **state)
{
    struct tr_world *world = *state;
    world->options.quiet_ms = 60000;
    world->options.poll_ms = 60000;
    tr_start(world);
    double start = seconds();
    tr_model(world, "ctr", 1);
    assert_true(tr_wait_serves(world, "ctr", 1));
    tr_remove(world, "ctr");
    tr_model(world, ".tmp-all/2", 2);
    tr_rename(world, ".tmp-all", "ads");
    assert_true(tr_wait_serves(world, "ads", 2));
    tr_model(world, "ads/3", 3);
    assert_true(tr_wait_serves(world, "ads", 3));
    assert_true(seconds() - start < 2.0);
}

static void a_version_copied_in_waits_until_its_writers_are_done(void **state)
{
    struct tr_world *world = *state;
    char yaml[512], path[TR_PATH];
    tr_model(world, "ctr/1", 1);
    tr_start(world);
    tr_write(world, "ctr/2/README.md", "soon");
    snprintf(path, sizeof path, "%.400s/ctr/2/model.yaml", world->models);
    tr_model_text(2, yaml, sizeof yaml);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    /* A slow writer: longer between its pieces than the quiet time. */
    for (size_t at = 0, size = strlen(yaml), step = size / 3 + 1; at < size; at += step) {
        assert_true(fwrite(yaml + at, 1, size - at < step ? size - at : step, file) > 0);
        assert_int_equal(fflush(file), 0);
        tr_sleep_ms(250);
        assert_int_equal(tr_serves(world, "ctr"), 1);
    }
    double start = seconds();
    fclose(file);
    assert_true(tr_wait_serves(world, "ctr", 2));
    assert_true(seconds() - start >= 0.14);
    assert_true(seconds() - start < 1.2);
    struct reg_counts counts;
    assert_true(reg_model_counts(world->registry, "ctr", &counts));
    assert_int_equal(counts.loads_failed, 0);
}

static void a_version_replaced_in_place_is_read_again(void **state)
{
    struct tr_world *world = *state;
    char yaml[512];
    tr_model(world, "ctr/1", 1);
    tr_start(world);
    tr_model_text(5, yaml, sizeof yaml);
    tr_write(world, "ctr/1/model.yaml", yaml);
    assert_true(tr_wait_value(world, "ctr", 5));
    assert_int_equal(tr_serves(world, "ctr"), 1);
}

static void the_same_content_written_again_swaps_nothing(void **state)
{
    struct tr_world *world = *state;
    struct reg_totals before, after;
    char yaml[512];
    tr_model(world, "ctr/1", 1);
    tr_start(world);
    reg_totals(world->registry, &before);
    tr_model_text(1, yaml, sizeof yaml);
    tr_write(world, "ctr/1/model.yaml", yaml);
    tr_sleep_ms(600);
    reg_totals(world->registry, &after);
    assert_int_equal(after.swaps, before.swaps);
    assert_int_equal(world->attached, 1);
}

static void a_broken_replacement_leaves_what_serves_and_says_why(void **state)
{
    struct tr_world *world = *state;
    struct reg_version about;
    char yaml[512];
    tr_model(world, "ctr/1", 1);
    tr_start(world);
    tr_write(world, "ctr/1/model.yaml", "format: 1\n: :\n");
    assert_true(tr_wait_log(world, "refused: model.yaml:2"));
    assert_true(tr_value(world, "ctr") == 1);
    assert_true(tr_version(world, "ctr", 1, &about));
    assert_int_equal(about.state, REG_AVAILABLE);
    assert_int_not_equal(about.status, ROOST_OK);
    tr_model_text(2, yaml, sizeof yaml);
    tr_write(world, "ctr/1/model.yaml", yaml);
    assert_true(tr_wait_value(world, "ctr", 2));
    assert_true(tr_version(world, "ctr", 1, &about));
    assert_int_equal(about.status, ROOST_OK);
    assert_string_equal(about.text, "");
}

static void the_version_that_serves_stays_as_an_orphan(void **state)
{
    struct tr_world *world = *state;
    struct reg_version about;
    struct reg_command command;
    tr_model(world, "ctr/1", 1);
    tr_start(world);
    tr_remove(world, "ctr");
    assert_true(tr_wait_log(world, "its files are gone"));
    assert_true(tr_value(world, "ctr") == 1);
    assert_true(tr_version(world, "ctr", 1, &about));
    assert_int_equal(about.state, REG_AVAILABLE);
    assert_true(about.orphan);
    assert_int_equal(tr_command(world, REG_UNLOAD, "ctr", -1, &command), ROOST_OK);
    assert_int_equal(tr_serves(world, "ctr"), -1);
    assert_int_equal(tr_command(world, REG_LOAD, "ctr", -1, NULL), ROOST_MISSING);
    tr_model(world, "ctr", 7);
    assert_true(tr_wait_value(world, "ctr", 7));
}

static void an_orphan_whose_files_come_back_goes_on(void **state)
{
    struct tr_world *world = *state;
    struct reg_version about;
    tr_model(world, "ctr/1", 1);
    tr_start(world);
    tr_rename(world, "ctr", ".tmp-away");
    assert_true(tr_wait_log(world, "its files are gone"));
    tr_rename(world, ".tmp-away", "ctr");
    for (int i = 0; i < 1000; i++) {
        assert_true(tr_version(world, "ctr", 1, &about));
        if (!about.orphan) {
            break;
        }
        tr_sleep_ms(5);
    }
    assert_false(about.orphan);
    assert_int_equal(world->attached, 1);
}

static void another_version_whose_files_vanish_is_unloaded(void **state)
{
    static const struct reg_model_options options[] = {
        {.name = "ctr", .policy = REG_POLICY_ALL}};
    struct tr_world *world = *state;
    world->options.models = options;
    world->options.model_count = 1;
    tr_model(world, "ctr/1", 1);
    tr_model(world, "ctr/2", 2);
    tr_start(world);
    assert_true(tr_wait_state(world, "ctr", 1, REG_AVAILABLE));
    tr_remove(world, "ctr/1");
    assert_true(tr_wait_state(world, "ctr", 1, REG_END));
    assert_int_equal(tr_serves(world, "ctr"), 2);
}

static void a_newer_version_takes_over_from_an_orphan(void **state)
{
    struct tr_world *world = *state;
    tr_model(world, "ctr/2", 2);
    tr_start(world);
    tr_remove(world, "ctr/2");
    assert_true(tr_wait_log(world, "its files are gone"));
    tr_model(world, "ctr/3", 3);
    assert_true(tr_wait_serves(world, "ctr", 3));
    assert_true(tr_wait_state(world, "ctr", 2, REG_END));
}

static void the_poll_alone_finds_new_versions(void **state)
{
    struct tr_world *world = *state;
    tr_model(world, "ctr/1", 1);
    tr_new(world);
    /* Without the thread there is no inotify: what a poll does is a scan. */
    struct roost_error err;
    assert_int_equal(reg_load_once(world->registry, &err), ROOST_OK);
    assert_int_equal(tr_serves(world, "ctr"), 1);
    tr_model(world, "ctr/2", 2);
    assert_int_equal(reg_load_once(world->registry, &err), ROOST_OK);
    assert_int_equal(tr_serves(world, "ctr"), 2);
}

static void a_models_directory_that_goes_and_comes_back_harms_nothing(void **state)
{
    struct tr_world *world = *state;
    struct reg_totals totals;
    char away[TR_PATH];
    tr_model(world, "ctr/1", 1);
    tr_start(world);
    snprintf(away, sizeof away, "%.400s/away", world->dir);
    assert_int_equal(rename(world->models, away), 0);
    assert_true(tr_wait_log(world, "what serves keeps serving"));
    assert_true(tr_value(world, "ctr") == 1);
    assert_int_equal(rename(away, world->models), 0);
    tr_model(world, "ctr/2", 2);
    assert_true(tr_wait_serves(world, "ctr", 2));
    reg_totals(world->registry, &totals);
    assert_true(totals.scans_failed > 0);
    assert_true(totals.scans_ok > 0);
    assert_true(totals.last_scan > 0);
}

static void many_versions_in_a_row_end_with_the_last(void **state)
{
    struct tr_world *world = *state;
    char path[32];
    tr_model(world, "ctr/1", 1);
    tr_start(world);
    for (int i = 2; i <= 50; i++) {
        snprintf(path, sizeof path, "ctr/%d", i);
        tr_model(world, path, i);
        tr_sleep_ms(10);
        if (i > 4) {
            snprintf(path, sizeof path, "ctr/%d", i - 4);
            tr_remove(world, path);
        }
    }
    assert_true(tr_wait_value(world, "ctr", 50));
    struct reg_counts counts;
    assert_true(reg_model_counts(world->registry, "ctr", &counts));
    assert_int_equal(counts.loads_failed, 0);
}

/* No event tells of a link that now leads elsewhere: only the poll can find it. */
static void the_poll_of_a_running_registry_sees_what_inotify_does_not(void **state)
{
    struct tr_world *world = *state;
    char link[TR_PATH], fresh[TR_PATH], other[TR_PATH];
    snprintf(link, sizeof link, "%.400s/link", world->dir);
    snprintf(fresh, sizeof fresh, "%.400s/fresh", world->dir);
    snprintf(other, sizeof other, "%.400s/other", world->dir);
    tr_model(world, "ctr/1", 1);
    assert_int_equal(symlink(world->models, link), 0);
    world->options.models_dir = link;
    tr_start(world);
    assert_true(tr_value(world, "ctr") == 1);
    assert_int_equal(mkdir(other, 0777), 0);
    snprintf(world->models, sizeof world->models, "%s", other);
    tr_model(world, "ctr/1", 9);
    assert_int_equal(symlink(other, fresh), 0);
    assert_int_equal(rename(fresh, link), 0);
    assert_true(tr_wait_value(world, "ctr", 9));
    /* And what it found is watched from now on. */
    tr_model(world, "ctr/2", 2);
    assert_true(tr_wait_serves(world, "ctr", 2));
}

static _Atomic int held_up; /* the registry thread waits in attach while this is 1 */
static void *(*attach)(void *context, const struct reg_serving *serving);

static void *attach_late(void *context, const struct reg_serving *serving)
{
    while (serving->version == 2 && atomic_load(&held_up)) {
        tr_sleep_ms(1);
    }
    return attach(context, serving);
}

static long most_events(void)
{
    long most = 0;
    FILE *file = fopen("/proc/sys/fs/inotify/max_queued_events", "r");
    if (file) {
        most = fscanf(file, "%ld", &most) == 1 ? most : 0;
        fclose(file);
    }
    return most;
}

static void a_queue_that_overflows_loses_no_version(void **state)
{
    struct tr_world *world = *state;
    long most = most_events();
    if (most <= 0 || most > 100000) {
        skip();
    }
    tr_model(world, "ctr/1", 1);
    attach = world->options.hooks.attach;
    world->options.hooks.attach = attach_late;
    tr_start(world);
    atomic_store(&held_up, 1);
    tr_model(world, "ctr/2", 2);
    assert_true(tr_wait_state(world, "ctr", 2, REG_LOADING));
    for (long i = 0; i < most / 3 + 10; i++) { /* created, closed, deleted */
        tr_write(world, "ctr/note", "");
        tr_remove(world, "ctr/note");
    }
    tr_model(world, "ctr/3", 3);
    atomic_store(&held_up, 0);
    assert_true(tr_wait_log(world, "file events were lost"));
    assert_true(tr_wait_value(world, "ctr", 3));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_version_renamed_in_is_taken_at_once),
        CASE(a_version_copied_in_waits_until_its_writers_are_done),
        CASE(a_version_replaced_in_place_is_read_again),
        CASE(the_same_content_written_again_swaps_nothing),
        CASE(a_broken_replacement_leaves_what_serves_and_says_why),
        CASE(the_version_that_serves_stays_as_an_orphan),
        CASE(an_orphan_whose_files_come_back_goes_on),
        CASE(another_version_whose_files_vanish_is_unloaded),
        CASE(a_newer_version_takes_over_from_an_orphan),
        CASE(the_poll_alone_finds_new_versions),
        CASE(the_poll_of_a_running_registry_sees_what_inotify_does_not),
        CASE(a_queue_that_overflows_loses_no_version),
        CASE(a_models_directory_that_goes_and_comes_back_harms_nothing),
        CASE(many_versions_in_a_row_end_with_the_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
