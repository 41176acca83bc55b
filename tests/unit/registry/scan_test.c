/* SPDX-License-Identifier: MIT
 * What in a models directory is a model, a group, a version, or nothing. */
#include "registry/scan.h"
#include "tests/unit/registry/support/world.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
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

static void scan(const struct tr_world *world, struct reg_scan *out)
{
    struct roost_error err;
    int fd = open(world->models, O_RDONLY | O_DIRECTORY);
    assert_true(fd >= 0);
    assert_int_equal(reg_scan_read(fd, out, &err), ROOST_OK);
    close(fd);
}

static void a_name_is_letters_digits_and_some_marks(void **state)
{
    char longest[REG_NAME_MAX + 2];
    (void)state;
    memset(longest, 'a', sizeof longest);
    assert_true(reg_name_valid("ctr", 3));
    assert_true(reg_name_valid("9.a_b-C", 7));
    assert_true(reg_name_valid(longest, REG_NAME_MAX));
    assert_false(reg_name_valid(longest, REG_NAME_MAX + 1));
    assert_false(reg_name_valid("", 0));
    assert_false(reg_name_valid(".ctr", 4));
    assert_false(reg_name_valid("-ctr", 4));
    assert_false(reg_name_valid("a/b", 3));
    assert_false(reg_name_valid("a\0b", 3));
    assert_false(reg_name_valid("a b", 3));
    assert_false(reg_name_valid("\xc3\xa9", 2));
}

static void a_version_is_a_number_of_63_bits(void **state)
{
    (void)state;
    assert_int_equal(reg_folder_version("0"), 0);
    assert_int_equal(reg_folder_version("007"), 7);
    assert_true(reg_folder_version("9223372036854775807") == INT64_MAX);
    assert_int_equal(reg_folder_version("9223372036854775808"), -2);
    assert_int_equal(reg_folder_version(""), -1);
    assert_int_equal(reg_folder_version("-1"), -1);
    assert_int_equal(reg_folder_version("1a"), -1);
}

static void versions_are_listed_newest_first_and_models_by_name(void **state)
{
    struct tr_world *world = *state;
    struct reg_scan found;
    tr_write(world, "b/9/model.yaml", "x");
    tr_write(world, "b/10/model.yaml", "x");
    tr_write(world, "a/1/model.yaml", "xyz");
    scan(world, &found);
    assert_int_equal(found.count, 2);
    assert_string_equal(found.model[0].name, "a");
    assert_int_equal(found.model[0].version[0].bytes, 3);
    assert_string_equal(found.model[1].name, "b");
    assert_int_equal(found.model[1].count, 2);
    assert_int_equal(found.model[1].version[0].version, 10);
    assert_int_equal(found.model[1].version[1].version, 9);
    assert_string_equal(found.model[1].version[1].folder, "9");
    reg_scan_clear(&found);
}

static void files_without_a_numeric_folder_are_version_1(void **state)
{
    struct tr_world *world = *state;
    struct reg_scan found;
    tr_write(world, "flat/model.json", "{}");
    tr_write(world, "flat/assets/words.txt", "a");
    tr_write(world, "deep/model.json", "{}");
    tr_write(world, "deep/4/model.json", "{}");
    scan(world, &found);
    assert_int_equal(found.count, 2);
    assert_int_equal(found.model[0].version[0].version, 4);
    assert_int_equal(found.model[0].count, 1);
    assert_int_equal(found.model[1].version[0].version, 1);
    assert_string_equal(found.model[1].version[0].folder, "");
    reg_scan_clear(&found);
}

static void what_is_no_model_is_left_out(void **state)
{
    struct tr_world *world = *state;
    struct reg_scan found;
    char link[TR_PATH];
    tr_write(world, "README.md", "a file beside the models");
    tr_write(world, ".tmp-ctr/1/model.yaml", "x");
    tr_write(world, "ctr/.tmp-2/model.yaml", "x");
    tr_write(world, "ctr/1/.hidden", "x");
    tr_write(world, "ctr/1/rows.jsonl", "{}");
    tr_write(world, "with space/1/model.yaml", "x");
    snprintf(link, sizeof link, "%.480s/linked", world->models);
    assert_int_equal(symlink("/etc", link), 0);
    scan(world, &found);
    assert_int_equal(found.count, 1);
    assert_string_equal(found.model[0].name, "ctr");
    assert_int_equal(found.model[0].count, 0);
    assert_int_equal(found.note_count, 1);
    assert_non_null(strstr(found.note[0].text, "with space is ignored"));
    reg_scan_clear(&found);
}

static void of_two_folders_for_one_version_the_shorter_name_stands(void **state)
{
    struct tr_world *world = *state;
    struct reg_scan found;
    tr_write(world, "ctr/007/model.yaml", "x");
    tr_write(world, "ctr/7/model.yaml", "x");
    tr_write(world, "ctr/99999999999999999999/model.yaml", "x");
    scan(world, &found);
    assert_int_equal(found.model[0].count, 1);
    assert_string_equal(found.model[0].version[0].folder, "7");
    assert_int_equal(found.note_count, 2);
    reg_scan_clear(&found);
}

static void a_group_file_makes_a_group(void **state)
{
    struct tr_world *world = *state;
    struct reg_scan found;
    tr_write(world, "both/group.yaml", "format: 1\nmembers: [a]\n");
    scan(world, &found);
    assert_true(found.model[0].group);
    assert_int_equal(found.model[0].count, 1);
    assert_int_equal(found.model[0].version[0].version, 1);
    reg_scan_clear(&found);
}

static void the_print_changes_with_the_files_and_only_with_them(void **state)
{
    struct tr_world *world = *state;
    struct reg_scan first, second, third;
    tr_write(world, "ctr/1/a", "x");
    tr_write(world, "ctr/1/b", "x");
    scan(world, &first);
    tr_write(world, "ctr/1/rows.jsonl", "{}");
    scan(world, &second);
    tr_write(world, "ctr/1/c", "x");
    scan(world, &third);
    assert_true(first.model[0].version[0].print == second.model[0].version[0].print);
    assert_true(first.model[0].version[0].print != third.model[0].version[0].print);
    reg_scan_clear(&first);
    reg_scan_clear(&second);
    reg_scan_clear(&third);
}

/* Size and time of change may be put back by whoever copies (cp -p, rsync -t); the time
 * of the inode's change cannot. A chmod shows too: what was unreadable may be tried. */
static void the_print_changes_when_content_does_though_size_and_time_stay(void **state)
{
    struct tr_world *world = *state;
    struct reg_scan first, second;
    const struct timespec then[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    char path[TR_PATH + 16];
    snprintf(path, sizeof path, "%s/ctr/1/a", world->models);
    tr_write(world, "ctr/1/a", "x");
    assert_int_equal(utimensat(AT_FDCWD, path, then, 0), 0);
    scan(world, &first);
    tr_sleep_ms(20); /* longer than the kernel's clock tick */
    tr_write(world, "ctr/1/a", "y");
    assert_int_equal(utimensat(AT_FDCWD, path, then, 0), 0);
    scan(world, &second);
    assert_true(first.model[0].version[0].print != second.model[0].version[0].print);
    reg_scan_clear(&first);
    reg_scan_clear(&second);
}

/* A look that ran out of descriptors says nothing of what is there. */
static void a_scan_without_descriptors_fails_rather_than_find_nothing(void **state)
{
    struct tr_world *world = *state;
    struct reg_scan found;
    struct roost_error err = {.status = ROOST_OK};
    struct rlimit before, few;
    tr_model(world, "ctr/1", 1);
    int fd = open(world->models, O_RDONLY | O_DIRECTORY);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = before;
    int failed = 0;
    /* One more for the models directory, then one for the model's, then its version's. */
    for (rlim_t more = 1; more <= 3; more++) {
        few.rlim_cur = (rlim_t)fd + more;
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
        roost_status status = reg_scan_read(fd, &found, &err);
        setrlimit(RLIMIT_NOFILE, &before);
        failed += status == ROOST_IO && strstr(err.text, "Too many open files") != NULL;
    }
    assert_int_equal(failed, 3);
    close(fd);
}

/* One model's folder with the wrong mode is that model's trouble. */
static void a_folder_that_may_not_be_read_is_noted_and_the_others_are_found(void **state)
{
    struct tr_world *world = *state;
    struct reg_scan found;
    struct roost_error err;
    char path[TR_PATH + 16];
    static const struct {
        const char *name;
        mode_t mode;
    } folder[] = {{"flat", 0444}, {"shut", 0}, {"more/2", 0}, {"more/3", 0444}};
    tr_model(world, "ctr/1", 1);
    tr_model(world, "flat", 1);
    tr_model(world, "shut/1", 1);
    tr_model(world, "more/1", 1);
    tr_model(world, "more/2", 1);
    tr_model(world, "more/3", 1);
    for (size_t i = 0; i < sizeof folder / sizeof *folder; i++) {
        snprintf(path, sizeof path, "%s/%s", world->models, folder[i].name);
        assert_int_equal(chmod(path, folder[i].mode), 0);
    }
    int fd = open(world->models, O_RDONLY | O_DIRECTORY), root = geteuid() == 0;
    assert_true(!root || seteuid(65534) == 0); /* root may read all */
    roost_status status = reg_scan_read(fd, &found, &err);
    assert_true(!root || seteuid(0) == 0);
    for (size_t i = 0; i < sizeof folder / sizeof *folder; i++) {
        snprintf(path, sizeof path, "%s/%s", world->models, folder[i].name);
        assert_int_equal(chmod(path, 0755), 0);
    }
    close(fd);
    assert_int_equal(status, ROOST_OK);
    assert_string_equal(found.model[0].name, "ctr");
    assert_int_equal(found.model[0].count, 1);
    assert_string_equal(found.model[2].name, "more");
    assert_int_equal(found.model[2].count, 1);
    assert_int_equal(found.note_count, 4);
    for (uint32_t i = 0; i < found.note_count; i++) {
        assert_non_null(strstr(found.note[i].text, "permission denied"));
    }
    reg_scan_clear(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_letters_digits_and_some_marks),
        cmocka_unit_test(a_version_is_a_number_of_63_bits),
        cmocka_unit_test_setup_teardown(
            versions_are_listed_newest_first_and_models_by_name, setup, teardown),
        cmocka_unit_test_setup_teardown(files_without_a_numeric_folder_are_version_1,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_model_is_left_out, setup, teardown),
        cmocka_unit_test_setup_teardown(
            of_two_folders_for_one_version_the_shorter_name_stands, setup, teardown),
        cmocka_unit_test_setup_teardown(a_group_file_makes_a_group, setup, teardown),
        cmocka_unit_test_setup_teardown(
            the_print_changes_with_the_files_and_only_with_them, setup, teardown),
        cmocka_unit_test_setup_teardown(
            the_print_changes_when_content_does_though_size_and_time_stay, setup,
            teardown),
        cmocka_unit_test_setup_teardown(
            a_scan_without_descriptors_fails_rather_than_find_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_folder_that_may_not_be_read_is_noted_and_the_others_are_found, setup,
            teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
