/* SPDX-License-Identifier: MIT
 * The command line inside the process: what weighs more than what, and the exit codes of
 * wrong calls. tests/cli calls the built program. */
#include "gateway/cli/cli.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* after the above */
#include <cmocka.h>

static int call(const char *first, const char *second, const char *third)
{
    char *argv[] = {(char[]){"roost"}, NULL, NULL, NULL, NULL};
    const char *const words[] = {first, second, third};
    int argc = 1;
    for (int i = 0; i < 3 && words[i] != NULL; i++) {
        argv[argc] = strdup(words[i]);
        assert_non_null(argv[argc++]);
    }
    char *given[5];
    memcpy(given, argv, sizeof argv);
    int code = gw_cli_run(argc, argv);
    for (int i = 1; i < argc; i++)
        free(given[i]);
    return code;
}

static void file_environment_and_flags_weigh_more_in_this_order(void **state)
{
    (void)state;
    char path[] = "/tmp/roost-settings-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    const char yaml[] = "limits: {rows: 10, keys: 10, list: 10}\n";
    assert_int_equal(write(fd, yaml, sizeof yaml - 1), sizeof yaml - 1);
    close(fd);
    setenv("ROOST_LIMITS__KEYS", "20", 1);
    setenv("ROOST_LIMITS__LIST", "20", 1);
    struct gw_settings settings = {.file = path};
    struct cfg cfg;
    assert_int_equal(gw_settings_add(&settings, NULL, "limits.list=30"), 0);
    assert_int_equal(gw_settings_add(&settings, "workers", "3"), 0);
    assert_int_equal(gw_settings_add(&settings, NULL, "workers=5"), 0);
    assert_int_equal(gw_settings_apply(&settings, &cfg), GW_EXIT_OK);
    assert_int_equal(cfg.rows, 10);
    assert_int_equal(cfg.keys, 20);
    assert_int_equal(cfg.list, 30);
    assert_int_equal(cfg.workers, 5);
    assert_int_equal(cfg.text, 1048576);
    cfg_clear(&cfg);
    unsetenv("ROOST_LIMITS__KEYS");
    unsetenv("ROOST_LIMITS__LIST");
    unlink(path);
}

static void a_wrong_file_fails_and_a_wrong_flag_is_wrong_usage(void **state)
{
    (void)state;
    struct cfg cfg;
    struct gw_settings missing = {.file = "/nonexistent/roost.yaml"};
    assert_int_equal(gw_settings_apply(&missing, &cfg), GW_EXIT_FAILED);
    const char *const wrong[] = {"workers", "=", "workers=", "workers=x", "nothing=1"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct gw_settings settings = {0};
        assert_int_equal(gw_settings_add(&settings, NULL, wrong[i]), 0);
        assert_int_equal(gw_settings_apply(&settings, &cfg), GW_EXIT_USAGE);
    }
    setenv("ROOST_NOTHING", "1", 1);
    struct gw_settings none = {0};
    assert_int_equal(gw_settings_apply(&none, &cfg), GW_EXIT_FAILED);
    unsetenv("ROOST_NOTHING");
}

static void the_number_of_flags_is_bounded(void **state)
{
    (void)state;
    struct gw_settings settings = {0};
    for (int i = 0; i < GW_CLI_SETS; i++)
        assert_int_equal(gw_settings_add(&settings, "workers", "1"), 0);
    assert_int_equal(gw_settings_add(&settings, "workers", "1"), -1);
}

static void calls_end_with_their_exit_codes(void **state)
{
    (void)state;
    assert_int_equal(call(NULL, NULL, NULL), GW_EXIT_USAGE);
    assert_int_equal(call("--help", NULL, NULL), GW_EXIT_OK);
    assert_int_equal(call("help", "score", NULL), GW_EXIT_OK);
    assert_int_equal(call("help", "nothing", NULL), GW_EXIT_USAGE);
    assert_int_equal(call("version", NULL, NULL), GW_EXIT_OK);
    assert_int_equal(call("version", "--json", NULL), GW_EXIT_OK);
    assert_int_equal(call("version", "extra", NULL), GW_EXIT_USAGE);
    assert_int_equal(call("vresion", NULL, NULL), GW_EXIT_USAGE);
    assert_int_equal(call("score", "--file", NULL), GW_EXIT_USAGE);
    assert_int_equal(call("score", "/nonexistent", NULL), GW_EXIT_USAGE);
    assert_int_equal(call("score", "/nonexistent", "-f/nonexistent"), GW_EXIT_FAILED);
    assert_int_equal(call("serve", "--workers=many", NULL), GW_EXIT_USAGE);
    assert_int_equal(call("serve", "--workers", "257"), GW_EXIT_USAGE);
    assert_int_equal(call("config", "show", "--set=limits.rows=7"), GW_EXIT_OK);
    assert_int_equal(call("check", "--models", "/nonexistent"), GW_EXIT_FAILED);
}

/* getopt keeps its place in globals: one command must not disturb the next. */
static void commands_can_follow_each_other(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(call("config", "--set", "workers"), GW_EXIT_USAGE);
        assert_int_equal(call("config", "docs", "--help"), GW_EXIT_OK);
        assert_int_equal(call("version", "--nothing", NULL), GW_EXIT_USAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_environment_and_flags_weigh_more_in_this_order),
        cmocka_unit_test(a_wrong_file_fails_and_a_wrong_flag_is_wrong_usage),
        cmocka_unit_test(the_number_of_flags_is_bounded),
        cmocka_unit_test(calls_end_with_their_exit_codes),
        cmocka_unit_test(commands_can_follow_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
