/* SPDX-License-Identifier: MIT
 * Labels keep their targets loaded and lead to AVAILABLE versions only. */
#include "tests/unit/registry/support/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct reg_label labels[] = {{"stable", 1}, {"canary", 9}};
static const struct reg_model_options options[] = {{.name = "ctr",
                                                    .policy = REG_POLICY_LATEST,
                                                    .latest = 1,
                                                    .label_count = 2,
                                                    .labels = labels}};

static int setup(void **state)
{
    static struct tr_world world;
    tr_init(&world);
    world.options.models = options;
    world.options.model_count = 1;
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

static int64_t label(struct tr_world *world, const char *name)
{
    reg_reader_online(world->reader);
    const struct reg_entry *entry = reg_find(reg_read(world->registry), "ctr", 3);
    int64_t version = reg_entry_label(entry, name, strlen(name));
    if (version >= 0) {
        assert_non_null(reg_entry_version(entry, version));
    }
    reg_reader_offline(world->reader);
    return version;
}

static void a_label_keeps_its_version_loaded(void **state)
{
    struct tr_world *world = *state;
    struct reg_version about;
    tr_start(world);
    assert_int_equal(tr_serves(world, "ctr"), 3);
    assert_int_equal(label(world, "stable"), 1);
    assert_true(tr_version(world, "ctr", 2, &about));
    assert_int_equal(about.state, REG_END);
}

static void a_label_appears_once_its_version_is_available(void **state)
{
    struct tr_world *world = *state;
    tr_model_with(world, "ctr/9", 9, "golden.jsonl", "8\n");
    tr_start(world);
    assert_int_equal(tr_serves(world, "ctr"), 3);
    assert_int_equal(label(world, "canary"), -1);
    assert_int_equal(label(world, "none"), -1);
    assert_int_equal(label(world, "stab"), -1);
    tr_remove(world, "ctr/9");
    tr_model(world, "ctr/9", 9);
    assert_true(tr_wait_serves(world, "ctr", 9));
    assert_int_equal(label(world, "canary"), 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_label_keeps_its_version_loaded, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_label_appears_once_its_version_is_available,
                                        setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
