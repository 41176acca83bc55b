/* SPDX-License-Identifier: MIT
 * swap_test.c - the registry while memory runs out: start, promote, roll back, load and
 * unload. Whatever fails, what serves keeps serving whole, the reason is told, the same
 * command succeeds once there is memory, and nothing is left behind. Most cases run the
 * registry's work on this thread, so that every site is reached; the last ones with its
 * own thread, which must come back to what it could not publish. */
#include "registry/file.h"
#include "registry/room.h"
#include "tests/oom/support/fault.h"
#include "tests/unit/registry/support/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* alpha has versions 1 and 2, which score 1 and 2; beta one that scores 5; pair is both.
 * A label pins nothing, but is looked up whenever a snapshot is made. */
static const struct reg_label labels[] = {{"stable", 2}};
static const struct reg_model_options options[] = {
    {.name = "alpha", .latest = 1, .label_count = 1, .labels = labels}};

/* Thousands of state files are written here and none need outlive the test. */
static int no_sync(int fd)
{
    (void)fd;
    return 0;
}

/* Hooks that need memory, as the gateway's do. */
static void *attach(void *context, const struct reg_serving *serving)
{
    struct tr_world *world = context;
    int64_t *made = malloc(sizeof *made);
    if (made) {
        *made = serving->version;
        world->attached++;
    }
    return made;
}

static void detach(void *context, void *user)
{
    struct tr_world *world = context;
    assert_non_null(user);
    free(user);
    world->detached++;
}

static int open_world(void **state)
{
    static struct tr_world world;
    reg_file_calls.sync = no_sync;
    tr_init(&world);
    world.options.poll_ms = 3600000;
    world.options.quiet_ms = 0;
    world.options.hooks.attach = attach;
    world.options.hooks.detach = detach;
    world.options.model_count = 1;
    world.options.models = options;
    tr_model(&world, "alpha/1", 1);
    tr_model_with(&world, "alpha/2", 2, "golden.jsonl", "2\n");
    tr_model(&world, "beta/1", 5);
    tr_write(&world, "pair/group.yaml", "format: 1\nmembers: [alpha, beta]\n");
    *state = &world;
    return 0;
}

static int close_world(void **state)
{
    tr_clear(*state);
    return 0;
}

static void forget_state(const struct tr_world *world)
{
    (void)unlink(world->state);
}

/* What a version that does not serve says must be lack of memory. */
static int all_loaded(struct tr_world *world, struct roost_error *err)
{
    static const char *const names[] = {"alpha", "beta", "pair"};
    for (size_t i = 0; i < 3; i++) {
        if (tr_serves(world, names[i]) >= 0)
            continue;
        struct reg_version about;
        int64_t version = i == 0 ? 2 : 1;
        if (!tr_version(world, names[i], version, &about) ||
            (!strstr(about.text, "memory") && !strstr(about.text, "serves no version")))
            fail_msg("%s/%lld does not serve: state %s, '%s'", names[i],
                     (long long)version, reg_state_name(about.state), about.text);
        snprintf(err->text, sizeof err->text, "memory: %.200s", about.text);
        err->status = ROOST_NOMEM;
        return 0;
    }
    return 1;
}

static roost_status start(void *world_, struct roost_error *err)
{
    struct tr_world *world = world_;
    roost_status status = reg_new(&world->options, &world->registry, err);
    if (status)
        return status;
    status = reg_load_once(world->registry, err);
    world->reader = status ? NULL : reg_reader_new(world->registry);
    if (world->reader && !all_loaded(world, err))
        status = ROOST_NOMEM;
    if (world->reader)
        reg_reader_free(world->reader);
    reg_free(world->registry);
    world->registry = NULL;
    world->reader = NULL;
    assert_int_equal(world->attached, world->detached);
    return status;
}

static void a_registry_that_starts(void **state)
{
    struct tr_world *world = *state;
    forget_state(world);
    oom_torture("start", start, world, &(struct oom_sample){300, 1200});
}

/* With a state file there is more to lose: a pin that is not read must not be forgotten.
 */
static roost_status start_pinned(void *world_, struct roost_error *err)
{
    struct tr_world *world = world_;
    struct reg_registry *registry;
    roost_status status = reg_new(&world->options, &registry, err);
    if (status)
        return status;
    const struct reg_slot *slot = reg_slot_find(registry, "alpha");
    assert_true(slot && slot->pin == 1 && reg_held_find(slot, 2)->about.rolled_back);
    reg_free(registry);
    return ROOST_OK;
}

static void a_state_file_that_is_read(void **state)
{
    struct tr_world *world = *state;
    FILE *file = fopen(world->state, "we");
    assert_non_null(file);
    assert_true(fputs("{\"format\": 1, \"models\": {\"alpha\": {\"pin\": 1, "
                      "\"rolled_back\": [2]}}}",
                      file) > 0);
    assert_int_equal(fclose(file), 0);
    oom_torture("start with a state file", start_pinned, world,
                &(struct oom_sample){300, 2000});
    forget_state(world);
}

static void note_done(struct reg_command *command)
{
    command->user = command;
}

static roost_status run(struct tr_world *world, enum reg_action action, const char *model,
                        int64_t version, struct roost_error *err)
{
    struct reg_command command = {
        .action = action, .version = version, .done = note_done};
    snprintf(command.model, sizeof command.model, "%s", model);
    reg_command_run(world->registry, &command);
    assert_ptr_equal(command.user, &command);
    assert_int_equal(command.error.status, command.status);
    if (err)
        *err = command.error;
    return command.status;
}

/* What the registry's thread does next: what is dirty, and what was not published. */
static void settle(struct tr_world *world)
{
    struct reg_registry *registry = world->registry;
    for (uint32_t i = 0; i < registry->slot_count; i++)
        if (registry->slot[i]->dirty)
            assert_int_equal(reg_reconcile(registry, registry->slot[i], NULL), ROOST_OK);
    if (registry->unpublished)
        assert_int_equal(reg_publish(registry), ROOST_OK);
    assert_false(registry->unpublished);
    assert_true(reg_reclaim(registry));
}

static void assert_serves(struct tr_world *world, int64_t version)
{
    reg_reader_online(world->reader);
    const struct reg_snapshot *now = reg_read(world->registry);
    const struct reg_entry *alpha = reg_find(now, "alpha", 5);
    const struct reg_entry *pair = reg_find(now, "pair", 4);
    assert_true(alpha && alpha->chosen && pair && pair->chosen);
    assert_int_equal(alpha->chosen->version, version);
    assert_int_equal(*(int64_t *)alpha->chosen->user, version);
    assert_int_equal(*(int64_t *)pair->chosen->user, 1);
    assert_true(tr_score(alpha->chosen, 0) == (double)version);
    assert_ptr_equal(pair->chosen->members[0], alpha->chosen);
    assert_true(tr_score(pair->chosen, 0) == (double)version);
    assert_true(tr_score(pair->chosen, 1) == 5);
    reg_reader_offline(world->reader);
}

/* During the lack of memory a reader sees one version or the other, whole. */
static void assert_whole(struct tr_world *world, int64_t before, int64_t after)
{
    static const char *const names[] = {"alpha", "pair"};
    for (size_t i = 0; i < 2; i++) {
        double value = tr_value(world, names[i]);
        assert_true(value == (double)before || value == (double)after);
    }
}

/* One kind of command: from what serves before to what serves after, and back. */
struct change {
    struct tr_world *world;
    const char *what;
    enum reg_action action;
    int64_t version; /* of the command */
    int64_t before;
    int64_t after;
    enum reg_action undo;
    int64_t undo_version;
};

static void undo(const struct change *change)
{
    struct roost_error err;
    if (run(change->world, change->undo, "alpha", change->undo_version, &err))
        fail_msg("%s is not undone: %s", change->what, err.text);
    settle(change->world);
    assert_serves(change->world, change->before);
}

static roost_status attempt_change(const struct change *change, struct roost_error *err)
{
    return run(change->world, change->action, "alpha", change->version, err);
}

static int change_at_site(const struct change *change, unsigned long site,
                          enum oom_mode mode)
{
    struct roost_error err;
    struct tr_world *world = change->world;
    long live = oom_live();
    oom_arm(site, mode);
    roost_status status = attempt_change(change, &err);
    (void)oom_disarm();
    int refused = oom_check_outcome(change->what, mode, site, status, &err);
    assert_whole(world, change->before, change->after);
    if (!refused)
        assert_int_equal(tr_serves(world, "alpha"), change->after);
    /* What was accepted comes by itself; anything else is asked for again. */
    if (refused && !strstr(err.text, "accepted") && attempt_change(change, &err))
        fail_msg("%s, site %lu: not even tried again: %s", change->what, site, err.text);
    settle(world);
    assert_serves(world, change->after);
    undo(change);
    if (oom_live() != live)
        fail_msg("%s, site %lu, mode %d: %ld blocks or bytes are left behind (%s)",
                 change->what, site, (int)mode, oom_live() - live, err.text);
    return refused;
}

static void torture_change(struct change *change, const struct oom_sample *sample)
{
    struct roost_error err;
    for (int i = 0; i < 20; i++) { /* until lists that grow are full */
        if (attempt_change(change, &err))
            fail_msg("%s: %s", change->what, err.text);
        undo(change);
    }
    oom_arm(0, OOM_ONCE);
    assert_int_equal(attempt_change(change, &err), ROOST_OK);
    unsigned long sites = oom_disarm(), tried = 0, refused = 0;
    undo(change);
    for (int mode = OOM_ONCE; mode <= OOM_FOR_EVER; mode++)
        for (unsigned long site = 0; (site = oom_next(sample, site, sites)) != 0; tried++)
            refused += (unsigned long)change_at_site(change, site, (enum oom_mode)mode);
    assert_true(sites > 0 && refused > 0);
    printf("%s: %lu sites, %lu of %lu failures tried: %lu refused, %lu went on\n",
           change->what, sites, tried, sites * OOM_MODES, refused, tried - refused);
}

static void load_here(struct tr_world *world)
{
    struct roost_error err;
    forget_state(world);
    tr_new(world);
    assert_int_equal(reg_load_once(world->registry, &err), ROOST_OK);
    assert_serves(world, 2);
}

static void a_promote(void **state)
{
    struct tr_world *world = *state;
    load_here(world);
    struct change change = {world, "promote", REG_PROMOTE, 1, 2, 1, REG_PROMOTE, 2};
    torture_change(&change, &(struct oom_sample){300, 1000});
    tr_stop(world);
}

static void a_rollback(void **state)
{
    struct tr_world *world = *state;
    load_here(world);
    assert_int_equal(run(world, REG_PROMOTE, "alpha", 2, NULL), ROOST_OK);
    struct change change = {world, "rollback", REG_ROLLBACK, -1, 2, 1, REG_PROMOTE, 2};
    torture_change(&change, &(struct oom_sample){300, 1000});
    tr_stop(world);
}

/* The newest version is not loaded: what serves is the older one, until it comes. */
static void a_load(void **state)
{
    struct tr_world *world = *state;
    load_here(world);
    assert_int_equal(run(world, REG_UNLOAD, "alpha", 2, NULL), ROOST_OK);
    settle(world);
    assert_serves(world, 1);
    struct change change = {world, "load", REG_LOAD, 2, 1, 2, REG_UNLOAD, 2};
    torture_change(&change, &(struct oom_sample){300, 1000});
    tr_stop(world);
}

/* Version 1 is in memory beside version 2, so that it can take over at once. */
static void an_unload(void **state)
{
    struct tr_world *world = *state;
    load_here(world);
    assert_int_equal(run(world, REG_LOAD, "alpha", 1, NULL), ROOST_OK);
    struct change change = {world, "unload", REG_UNLOAD, 2, 2, 1, REG_LOAD, 2};
    torture_change(&change, &(struct oom_sample){300, 1000});
    tr_stop(world);
}

/* A name that only a new look at the directory would find: out of memory is not "there is
 * no such model". */
static roost_status promote_unknown(void *world_, struct roost_error *err)
{
    struct tr_world *world = world_;
    roost_status status = run(world, REG_PROMOTE, "nobody", 1, err);
    assert_true(status == ROOST_MISSING || status == ROOST_NOMEM);
    settle(world);
    return status == ROOST_MISSING ? ROOST_OK : status;
}

static void a_command_for_an_unknown_model(void **state)
{
    struct tr_world *world = *state;
    load_here(world);
    oom_torture("unknown model", promote_unknown, world, &(struct oom_sample){300, 1000});
    tr_stop(world);
}

/* -- With the registry's own thread ---------------------------------------------------
 */

/* Until the group scores what alpha does: the thread tries again by itself. */
static int pair_follows(struct tr_world *world, double value)
{
    return tr_wait_value(world, "alpha", value) && tr_wait_value(world, "pair", value);
}

static void the_registry_thread_comes_back_to_what_it_could_not_do(void **state)
{
    struct tr_world *world = *state;
    struct reg_command command;
    const struct oom_sample sample = {4, 24};
    unsigned long tried = 0, refused = 0;
    forget_state(world);
    tr_start(world);
    oom_spare_this_thread();
    oom_arm(0, OOM_ONCE);
    assert_int_equal(tr_command(world, REG_PROMOTE, "alpha", 1, NULL), ROOST_OK);
    unsigned long sites = oom_disarm();
    assert_int_equal(tr_command(world, REG_PROMOTE, "alpha", 2, NULL), ROOST_OK);
    for (int mode = OOM_ONCE; mode <= OOM_FOR_EVER; mode++) {
        for (unsigned long site = 0; (site = oom_next(&sample, site, sites)) != 0;
             tried++) {
            oom_arm(site, (enum oom_mode)mode);
            roost_status status = tr_command(world, REG_PROMOTE, "alpha", 1, &command);
            (void)oom_disarm();
            assert_whole(world, 2, 1);
            int said = oom_check_outcome("promote on its thread", (enum oom_mode)mode,
                                         site, status, &command.error);
            refused += (unsigned long)said;
            if (said)
                assert_int_equal(tr_command(world, REG_PROMOTE, "alpha", 1, NULL), 0);
            assert_true(pair_follows(world, 1));
            assert_int_equal(tr_command(world, REG_PROMOTE, "alpha", 2, NULL), ROOST_OK);
            assert_true(pair_follows(world, 2));
        }
    }
    assert_true(refused > 0);
    printf("promote on its thread: %lu sites, %lu of %lu failures tried: %lu refused\n",
           sites, tried, sites * OOM_MODES, refused);
    tr_stop(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_registry_that_starts),
        cmocka_unit_test(a_state_file_that_is_read),
        cmocka_unit_test(a_promote),
        cmocka_unit_test(a_rollback),
        cmocka_unit_test(a_load),
        cmocka_unit_test(an_unload),
        cmocka_unit_test(a_command_for_an_unknown_model),
        cmocka_unit_test(the_registry_thread_comes_back_to_what_it_could_not_do),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
