/* SPDX-License-Identifier: MIT
 * What stands between a version's files and its first request: verification, warming, the
 * memory budget, and what happens when one of them says no. */
#include "tests/unit/registry/support/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

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

static void load_once(struct tr_world *world)
{
    struct roost_error err;
    tr_new(world);
    assert_int_equal(reg_load_once(world->registry, &err), ROOST_OK);
    assert_true(reg_started(world->registry));
}

static void a_version_whose_goldens_agree_is_published(void **state)
{
    struct tr_world *world = *state;
    struct reg_version about;
    tr_model_with(world, "ctr/1", 4, "golden.jsonl", "4\n\n4.0000001\r\n4");
    load_once(world);
    assert_int_equal(tr_serves(world, "ctr"), 1);
    assert_int_equal(world->replayed, 3);
    assert_true(tr_version(world, "ctr", 1, &about));
    assert_true(about.load_ns > 0);
    assert_true(about.loaded_at > 0);
    assert_true(about.bytes > 0);
}

static void a_golden_that_differs_refuses_the_version_and_names_the_line(void **state)
{
    struct tr_world *world = *state;
    struct reg_version about;
    struct reg_counts counts;
    tr_model(world, "ctr/1", 1);
    tr_model_with(world, "ctr/2", 2, "golden.jsonl", "2\n\n3\n2\n");
    load_once(world);
    assert_int_equal(tr_serves(world, "ctr"), 1);
    assert_true(tr_version(world, "ctr", 2, &about));
    assert_int_equal(about.state, REG_FAILED);
    assert_int_equal(about.status, ROOST_VERIFY);
    assert_string_equal(about.text, "golden.jsonl:3: expected 3 and got 2");
    assert_string_equal(reg_state_name(about.state), "END");
    assert_true(reg_model_counts(world->registry, "ctr", &counts));
    assert_int_equal(counts.loads_ok, 1);
    assert_int_equal(counts.loads_failed, 1);
    assert_int_equal(world->attached, 1);
}

static void warmup_lines_are_replayed_but_not_compared(void **state)
{
    struct tr_world *world = *state;
    tr_model_with(world, "ctr/1", 1, "warmup.jsonl", "7\n8\n");
    load_once(world);
    assert_int_equal(tr_serves(world, "ctr"), 1);
    assert_int_equal(world->replayed, 2);
}

static void no_more_lines_are_replayed_than_configured(void **state)
{
    struct tr_world *world = *state;
    world->options.golden_rows = 2;
    tr_model_with(world, "ctr/1", 1, "golden.jsonl", "1\n1\n1\n99\n");
    load_once(world);
    assert_int_equal(tr_serves(world, "ctr"), 1);
    assert_int_equal(world->replayed, 2);
}

static void a_broken_newest_version_falls_back_to_the_one_before(void **state)
{
    struct tr_world *world = *state;
    struct reg_version about;
    tr_model(world, "ctr/1", 1);
    tr_write(world, "ctr/2/model.yaml", "format: 1\ninputs: {x: {type: what}}\n");
    tr_write(world, "ctr/3/model.bin", "no format at all");
    load_once(world);
    assert_int_equal(tr_serves(world, "ctr"), 1);
    assert_true(tr_version(world, "ctr", 2, &about));
    assert_non_null(strstr(about.text, "model.yaml:2:"));
    assert_true(tr_version(world, "ctr", 3, &about));
    assert_int_equal(about.status, ROOST_FORMAT);
}

static void a_failed_version_is_tried_again_when_its_files_change_only(void **state)
{
    struct tr_world *world = *state;
    struct reg_counts counts;
    char yaml[512];
    tr_write(world, "ctr/1/model.yaml", "nonsense");
    tr_start(world);
    tr_sleep_ms(500); /* several polls */
    assert_true(reg_model_counts(world->registry, "ctr", &counts));
    assert_int_equal(counts.loads_failed, 1);
    tr_model_text(3, yaml, sizeof yaml);
    tr_write(world, "ctr/1/model.yaml", yaml);
    assert_true(tr_wait_value(world, "ctr", 3));
}

static void a_version_above_the_memory_budget_is_refused_with_figures(void **state)
{
    struct tr_world *world = *state;
    struct reg_version about;
    struct reg_totals totals;
    char big[4096];
    memset(big, '#', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    world->options.memory_budget = 3000;
    tr_model(world, "ctr/1", 1);
    tr_model_with(world, "ctr/2", 2, "notes.txt", big);
    load_once(world);
    assert_int_equal(tr_serves(world, "ctr"), 1);
    assert_true(tr_version(world, "ctr", 2, &about));
    assert_int_equal(about.status, ROOST_LIMIT);
    assert_non_null(strstr(about.text, "memory budget of 3000"));
    assert_non_null(strstr(about.text, "registry.memory_budget"));
    reg_totals(world->registry, &totals);
    assert_true(totals.bytes > 0 && totals.bytes <= 3000);
}

static void a_swap_counts_the_old_version_and_the_new_one(void **state)
{
    struct tr_world *world = *state;
    struct reg_version about;
    world->options.memory_budget = 3000; /* one such model takes about 1,850 */
    tr_model(world, "ctr/1", 1);
    tr_start(world);
    tr_model(world, "ctr/2", 2);
    assert_true(tr_wait_state(world, "ctr", 2, REG_FAILED));
    assert_int_equal(tr_serves(world, "ctr"), 1);
    assert_true(tr_version(world, "ctr", 2, &about));
    assert_int_equal(about.status, ROOST_LIMIT);
}

static void files_above_the_limit_of_one_model_are_refused(void **state)
{
    struct tr_world *world = *state;
    struct reg_version about;
    world->options.model_bytes = 16;
    tr_model(world, "ctr/1", 1);
    load_once(world);
    assert_int_equal(tr_serves(world, "ctr"), -1);
    assert_true(tr_version(world, "ctr", 1, &about));
    assert_int_equal(about.status, ROOST_LIMIT);
}

/* Memory may become free, so a lack of it is tried again; too large a model stays so. */
static void only_a_lack_of_memory_is_tried_again_by_itself(void **state)
{
    struct tr_world *world = *state;
    struct reg_counts counts;
    world->options.model_bytes = 16;
    tr_model(world, "large/1", 1);
    tr_start(world);
    tr_sleep_ms(1500); /* the first retry would come after 1 s */
    assert_true(reg_model_counts(world->registry, "large", &counts));
    assert_int_equal(counts.loads_failed, 1);
    tr_stop(world);
    world->options.model_bytes = 0;
    world->options.memory_budget = 16;
    tr_start(world);
    tr_sleep_ms(1500);
    assert_true(reg_model_counts(world->registry, "large", &counts));
    assert_int_equal(counts.loads_failed, 2);
}

static void the_snapshot_names_what_serves(void **state)
{
    struct tr_world *world = *state;
    tr_model(world, "ctr/12", 1);
    load_once(world);
    reg_reader_online(world->reader);
    const struct reg_snapshot *snapshot = reg_read(world->registry);
    const struct reg_entry *entry = reg_find(snapshot, "ctr", 3);
    assert_int_equal(snapshot->count, 1);
    assert_string_equal(entry->chosen->version_header, "ctr/12");
    assert_string_equal(entry->chosen->name, "ctr");
    assert_ptr_equal(entry->chosen->user, entry->chosen->name);
    assert_int_equal(entry->chosen->member_count, 0);
    assert_string_equal(entry->versions[0].format, "native");
    assert_ptr_equal(reg_entry_version(entry, 12), entry->chosen);
    assert_null(reg_entry_version(entry, 13));
    assert_null(reg_find(snapshot, "ct", 2));
    assert_null(reg_find(snapshot, "ctrs", 4));
    assert_null(reg_find(snapshot, "ctr\0", 4));
    assert_null(reg_find(snapshot, "", 0));
    reg_reader_offline(world->reader);
}

static void a_directory_that_is_not_there_is_an_error(void **state)
{
    struct tr_world *world = *state;
    struct roost_error err;
    world->options.models_dir = "/nonexistent/models";
    assert_int_equal(reg_new(&world->options, &world->registry, &err), ROOST_IO);
    assert_null(world->registry);
    assert_non_null(strstr(err.text, "cannot be opened"));
    world->options.models_dir = world->models;
}

static void a_directory_without_models_starts_and_serves_nothing(void **state)
{
    struct tr_world *world = *state;
    tr_start(world);
    reg_reader_online(world->reader);
    assert_int_equal(reg_read(world->registry)->count, 0);
    assert_null(reg_find(reg_read(world->registry), "ctr", 3));
    reg_reader_offline(world->reader);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_version_whose_goldens_agree_is_published),
        CASE(a_golden_that_differs_refuses_the_version_and_names_the_line),
        CASE(warmup_lines_are_replayed_but_not_compared),
        CASE(no_more_lines_are_replayed_than_configured),
        CASE(a_broken_newest_version_falls_back_to_the_one_before),
        CASE(a_failed_version_is_tried_again_when_its_files_change_only),
        CASE(a_version_above_the_memory_budget_is_refused_with_figures),
        CASE(a_swap_counts_the_old_version_and_the_new_one),
        CASE(files_above_the_limit_of_one_model_are_refused),
        CASE(only_a_lack_of_memory_is_tried_again_by_itself),
        CASE(the_snapshot_names_what_serves),
        CASE(a_directory_that_is_not_there_is_an_error),
        CASE(a_directory_without_models_starts_and_serves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
