/* SPDX-License-Identifier: MIT
 * A configuration file: what it may say, and where each mistake is reported. */
#include "support/config_case.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* after the above */
#include <cmocka.h>

static void an_empty_file_and_a_comment_leave_the_defaults(void **state)
{
    (void)state;
    const char *const files[] = {"", "\n", "# nothing\n", "---\n"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct cfg cfg;
        struct roost_error err;
        assert_int_equal(case_read(&cfg, files[i], &err), ROOST_OK);
        assert_string_equal(cfg.listen, "127.0.0.1:8501");
        assert_string_equal(cfg.admin_listen, "127.0.0.1:8502");
        assert_string_equal(cfg.models_dir, "models");
        assert_string_equal(cfg.state_file, "");
        assert_int_equal(cfg.rows, 4096);
        assert_int_equal(cfg.body_bytes, 64 << 20);
        assert_int_equal(cfg.json_depth, 100);
        assert_int_equal(cfg.log_level, 1);
        assert_int_equal(cfg.metrics_on_data, 1);
        cfg_clear(&cfg);
    }
}

static void nested_and_dotted_keys_mean_the_same(void **state)
{
    (void)state;
    const char *const files[] = {
        "limits: {rows: 7, keys: 9}\nregistry:\n  dir: /m\n",
        "limits.rows: 7\nlimits.keys: 9\nregistry.dir: /m\n",
        "limits:\n  rows: 7\nlimits.keys: '9'\nregistry: {dir: \"/m\"}\n"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct cfg cfg;
        struct roost_error err;
        assert_int_equal(case_read(&cfg, files[i], &err), ROOST_OK);
        assert_int_equal(cfg.rows, 7);
        assert_int_equal(cfg.keys, 9);
        assert_string_equal(cfg.models_dir, "/m");
        cfg_clear(&cfg);
    }
}

static void an_empty_section_changes_nothing(void **state)
{
    (void)state;
    struct cfg cfg;
    struct roost_error err;
    assert_int_equal(case_read(&cfg, "limits: {}\nworkers: 3\n", &err), ROOST_OK);
    assert_int_equal(cfg.rows, 4096);
    assert_int_equal(cfg.workers, 3);
    cfg_clear(&cfg);
}

static void an_unknown_key_is_refused_with_a_suggestion(void **state)
{
    (void)state;
    case_refused("workers: 1\nlimits:\n  row: 3\n", ROOST_VALUE, 3, 3,
                 "limits.row; did you mean limits.rows?");
    case_refused("limts: {rows: 3}\n", ROOST_VALUE, 1, 1, "did you mean limits?");
    case_refused("rows: 3\n", ROOST_VALUE, 1, 1, "did you mean limits.rows?");
    case_refused("workers: 1\n  \nlistem: a\n", ROOST_VALUE, 3, 1,
                 "did you mean listen?");
    case_refused("quite_another_word: 1\n", ROOST_VALUE, 1, 1, "roost config defaults");
    case_refused("limits: {rows: {x: 1}}\n", ROOST_VALUE, 1, 16, "takes one value");
    case_refused("limits: {rows.x: 1}\n", ROOST_VALUE, 1, 10, "no option limits.rows.x");
}

static void a_key_longer_than_any_option_is_refused(void **state)
{
    (void)state;
    char yaml[512] = "";
    memset(yaml, 'a', 300);
    memcpy(yaml + 300, ": 1\n", 5);
    case_refused(yaml, ROOST_VALUE, 1, 1, "no option aaaa");
}

static void a_key_that_stands_twice_is_refused(void **state)
{
    (void)state;
    case_refused("workers: 1\nworkers: 2\n", ROOST_FORMAT, 2, 1,
                 "workers stands twice; it is already on line 1");
    case_refused("limits: {rows: 1}\nlimits.rows: 2\n", ROOST_FORMAT, 2, 1,
                 "limits.rows stands twice; it is already on line 1");
    case_refused("limits: {rows: 1}\nlimits: {keys: 1}\n", ROOST_FORMAT, 2, 1, "twice");
    case_refused("models:\n  a: {versions: all}\n  a: {}\n", ROOST_FORMAT, 3, 3, "twice");
}

static void a_section_or_option_of_the_wrong_kind_is_refused(void **state)
{
    (void)state;
    case_refused("limits: 3\n", ROOST_VALUE, 1, 9, "limits is a section");
    case_refused("limits: [rows]\n", ROOST_VALUE, 1, 9, "limits is a section");
    case_refused("workers: [1]\n", ROOST_VALUE, 1, 10, "workers takes one value");
    case_refused("workers:\n", ROOST_VALUE, 1, 9, "workers has no value");
    case_refused("workers: ~\n", ROOST_VALUE, 1, 10, "workers has no value");
    case_refused("- workers\n", ROOST_FORMAT, 1, 1, "must be a map");
    case_refused("workers\n", ROOST_FORMAT, 1, 1, "must be a map");
    case_refused("? [a]\n: 1\n", ROOST_FORMAT, 1, 3, "a key must be text");
}

static void values_out_of_range_name_the_range(void **state)
{
    (void)state;
    case_refused("limits:\n  rows: 0\n", ROOST_VALUE, 2, 9,
                 "limits.rows: 0 is out of range, 1 to 1048576");
    case_refused("limits.rows: 1048577\n", ROOST_VALUE, 1, 14, "out of range");
    case_refused("limits.rows: 99999999999999999999\n", ROOST_VALUE, 1, 14,
                 "out of range");
    case_refused("limits: {body: 3GiB}\n", ROOST_VALUE, 1, 16,
                 "limits.body: 3GiB is out of range, 1KiB to 2GiB");
    case_refused("drain.delay: 1000m\n", ROOST_VALUE, 1, 14, "0 to 10m");
}

static void values_of_the_wrong_form_say_what_is_taken(void **state)
{
    (void)state;
    case_refused("limits.rows: -1\n", ROOST_VALUE, 1, 14, "takes a whole number");
    case_refused("limits.rows: 1.5\n", ROOST_VALUE, 1, 14, "takes a whole number");
    case_refused("limits.rows: 0x10\n", ROOST_VALUE, 1, 14, "takes a whole number");
    case_refused("limits.body: 64MB\n", ROOST_VALUE, 1, 14, "KiB, MiB or GiB");
    case_refused("drain.delay: 5 h\n", ROOST_VALUE, 1, 14, "with ms, s or m");
    case_refused("json.strict: maybe\n", ROOST_VALUE, 1, 14, "true or false");
    case_refused("log.level: loud\n", ROOST_VALUE, 1, 12,
                 "one of debug|info|warning|error, not \"loud\"");
    case_refused("server.name: \"a\\nb\"\n", ROOST_VALUE, 1, 14, "control characters");
    case_refused("server.name: \"\"\n", ROOST_VALUE, 1, 14, "must not be empty");
}

static void the_admin_listener_must_not_leave_the_machine(void **state)
{
    (void)state;
    case_refused("admin_listen: 0.0.0.0:8502\n", ROOST_VALUE, 1, 15,
                 "can be reached from other machines");
    case_refused("admin_listen: \"[::]:8502\"\n", ROOST_VALUE, 1, 15, "other machines");
    case_refused("admin_listen: 127.0.0.1.example.org:80\n", ROOST_VALUE, 1, 15, "other");
    case_refused("admin_listen: 8502\n", ROOST_VALUE, 1, 15, "is no address");
    case_refused("listen: \"127.0.0.1:65536\"\n", ROOST_VALUE, 1, 9, "is no address");
    case_refused("listen: \"unix:\"\n", ROOST_VALUE, 1, 9, "needs a path");
    const char *const good[] = {"127.0.0.1:0", "127.3.2.1:8502", "[::1]:8502",
                                "localhost:8502", "unix:/run/roost/admin.sock"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct cfg cfg;
        struct roost_error err;
        assert_int_equal(cfg_init(&cfg, &err), ROOST_OK);
        assert_int_equal(cfg_set(&cfg, "admin_listen", good[i], &err), ROOST_OK);
        assert_string_equal(cfg.admin_listen, good[i]);
        cfg_clear(&cfg);
    }
}

static void broken_yaml_is_refused_at_its_place(void **state)
{
    (void)state;
    case_refused("workers: 1\nlimits: {rows: 3\n", ROOST_FORMAT, 3, 1, "");
    case_refused("a: b: c\n", ROOST_FORMAT, 1, 5, "mapping values");
    case_refused("a: \"x\n", ROOST_FORMAT, 2, 1, "");
    case_refused("workers: 1\n---\nworkers: 2\n", ROOST_FORMAT, 2, 1, "second document");
    case_refused("workers: &a 1\n", ROOST_FORMAT, 1, 10, "anchors");
    case_refused("workers: *a\n", ROOST_FORMAT, 1, 10, "aliases");
    case_refused("workers: !!int 1\n", ROOST_FORMAT, 1, 10, "tags");
    case_refused("server.name: \"a\\0b\"\n", ROOST_FORMAT, 1, 14, "NUL");
}

static void bytes_that_are_no_utf8_are_refused(void **state)
{
    (void)state;
    struct cfg cfg;
    struct roost_error err;
    assert_int_equal(case_read(&cfg, "server.name: \xff\xfe\n", &err), ROOST_FORMAT);
    cfg_clear(&cfg);
}

static void a_nesting_bomb_ends_at_depth_32(void **state)
{
    (void)state;
    size_t size = 1000000;
    char *yaml = malloc(size + 1);
    assert_non_null(yaml);
    memset(yaml, '[', size);
    yaml[size] = '\0';
    memcpy(yaml, "a: ", 3);
    case_refused(yaml, ROOST_LIMIT, 1, 35, "deeper than 32");
    free(yaml);
}

static void too_many_values_and_too_many_bytes_are_refused(void **state)
{
    (void)state;
    struct cfg cfg;
    struct roost_error err;
    size_t size = 200000;
    char *yaml = malloc(size + 1);
    assert_non_null(yaml);
    for (size_t i = 0; i < size; i += 2)
        memcpy(yaml + i, "1,", 2);
    memcpy(yaml, "a: [", 4);
    yaml[size] = '\0';
    assert_int_equal(case_read(&cfg, yaml, &err), ROOST_LIMIT);
    assert_non_null(strstr(err.text, "65536"));
    cfg_clear(&cfg);
    free(yaml);

    char *large = calloc(1, (1 << 20) + 1);
    assert_non_null(large);
    memset(large, '#', (1 << 20) + 1);
    assert_int_equal(cfg_init(&cfg, &err), ROOST_OK);
    assert_int_equal(cfg_read_yaml(&cfg, "t.yaml", large, (1 << 20) + 1, &err),
                     ROOST_LIMIT);
    assert_int_equal(cfg_read_yaml(&cfg, "t.yaml", large, 1 << 20, &err), ROOST_OK);
    cfg_clear(&cfg);
    free(large);
}

static void every_prefix_of_a_file_is_read_or_refused_in_peace(void **state)
{
    (void)state;
    const char yaml[] = "limits: {rows: 7, body: 1MiB}\n# c\nmodels:\n  'a.b':\n"
                        "    versions: {specific: [1, 2]}\n    labels: {x: 1}\n"
                        "server.name: \"a \\u00e9\"\n";
    for (size_t size = 0; size < sizeof yaml; size++) {
        struct cfg cfg;
        struct roost_error err;
        assert_int_equal(cfg_init(&cfg, &err), ROOST_OK);
        roost_status status = cfg_read_yaml(&cfg, "t.yaml", yaml, size, &err);
        if (status != ROOST_OK)
            assert_true(err.line > 0 && err.text[0] != '\0');
        cfg_clear(&cfg);
    }
}

static void a_file_is_read_and_a_missing_one_is_named(void **state)
{
    (void)state;
    char dir[] = "/tmp/roost-config-XXXXXX", path[64];
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/roost.yaml", dir);
    struct cfg cfg;
    struct roost_error err;
    assert_int_equal(cfg_init(&cfg, &err), ROOST_OK);
    assert_int_equal(cfg_read_file(&cfg, path, &err), ROOST_IO);
    assert_string_equal(err.where, path);
    assert_non_null(strstr(err.text, "No such file"));
    assert_int_equal(cfg_read_file(&cfg, dir, &err), ROOST_IO);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("workers: 5\nlog.level: debug\n", file);
    fclose(file);
    assert_int_equal(cfg_read_file(&cfg, path, &err), ROOST_OK);
    assert_int_equal(cfg.workers, 5);
    assert_int_equal(cfg.log_level, 0);
    cfg_clear(&cfg);
    unlink(path);
    rmdir(dir);
}

static void a_long_file_name_keeps_its_end_in_messages(void **state)
{
    (void)state;
    char name[200];
    memset(name, 'd', sizeof name);
    memcpy(name + 180, "/roost.yaml", 12);
    struct cfg cfg;
    struct roost_error err;
    assert_int_equal(cfg_init(&cfg, &err), ROOST_OK);
    assert_int_equal(cfg_read_yaml(&cfg, name, "x: 1\n", 5, &err), ROOST_VALUE);
    assert_int_equal(strlen(err.where), 95);
    assert_string_equal(err.where + 95 - 11, "/roost.yaml");
    cfg_clear(&cfg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_file_and_a_comment_leave_the_defaults),
        cmocka_unit_test(nested_and_dotted_keys_mean_the_same),
        cmocka_unit_test(an_empty_section_changes_nothing),
        cmocka_unit_test(an_unknown_key_is_refused_with_a_suggestion),
        cmocka_unit_test(a_key_longer_than_any_option_is_refused),
        cmocka_unit_test(a_key_that_stands_twice_is_refused),
        cmocka_unit_test(a_section_or_option_of_the_wrong_kind_is_refused),
        cmocka_unit_test(values_out_of_range_name_the_range),
        cmocka_unit_test(values_of_the_wrong_form_say_what_is_taken),
        cmocka_unit_test(the_admin_listener_must_not_leave_the_machine),
        cmocka_unit_test(broken_yaml_is_refused_at_its_place),
        cmocka_unit_test(bytes_that_are_no_utf8_are_refused),
        cmocka_unit_test(a_nesting_bomb_ends_at_depth_32),
        cmocka_unit_test(too_many_values_and_too_many_bytes_are_refused),
        cmocka_unit_test(every_prefix_of_a_file_is_read_or_refused_in_peace),
        cmocka_unit_test(a_file_is_read_and_a_missing_one_is_named),
        cmocka_unit_test(a_long_file_name_keeps_its_end_in_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
