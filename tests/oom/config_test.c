/* SPDX-License-Identifier: MIT
 * config_test.c - reading and printing the configuration while memory runs out: NOMEM in
 * words, and a struct cfg that cfg_clear still clears whole. */
#include "config/config.h"
#include "tests/oom/support/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char yaml[] = "listen: 127.0.0.1:0\n"
                           "workers: 3\n"
                           "registry:\n"
                           "  dir: \"some\\u00e9where\"\n"
                           "  poll: 3s\n"
                           "limits: {rows: 100, body: 1MiB}\n"
                           "json: {strict: true}\n"
                           "log: {level: warning}\n"
                           "models:\n"
                           "  a:\n"
                           "    versions: {specific: [1, 2, 3]}\n"
                           "    labels: {stable: 1, canary: 2}\n"
                           "  b: {versions: all}\n"
                           "  c: {versions: {latest: 2}}\n";

/* The sources of a configuration, in the order in which `roost serve` reads them. */
static roost_status read_all(void *world, struct roost_error *err)
{
    static char *const environment[] = {"PATH=/bin", "ROOST_SERVER__NAME=other",
                                        "ROOST_LIMITS__ROWS=1000", NULL};
    const char *path = world;
    struct cfg cfg;
    roost_status status = cfg_init(&cfg, err);
    if (status != ROOST_OK)
        return status;
    status = path ? cfg_read_file(&cfg, path, err)
                  : cfg_read_yaml(&cfg, "roost.yaml", yaml, sizeof yaml - 1, err);
    if (status == ROOST_OK)
        status = cfg_read_environment(&cfg, environment, err);
    if (status == ROOST_OK)
        status = cfg_set(&cfg, "admin_listen", "unix:/run/roost", err);
    if (status == ROOST_OK) {
        assert_int_equal(cfg.model_count, 3);
        assert_int_equal(cfg.models[0].label_count, 2);
        assert_int_equal(cfg.rows, 1000);
        assert_string_equal(cfg.server_name, "other");
        assert_string_equal(cfg.admin_listen, "unix:/run/roost");
    }
    cfg_clear(&cfg);
    return status;
}

static void reading_yaml_environment_and_flags(void **state)
{
    (void)state;
    oom_torture("configuration from a text", read_all, NULL,
                &(struct oom_sample){300, 4000});
}

static void reading_a_file(void **state)
{
    (void)state;
    char path[] = "/tmp/roost-oom-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, yaml, sizeof yaml - 1), sizeof yaml - 1);
    assert_int_equal(close(fd), 0);
    oom_torture("configuration from a file", read_all, path,
                &(struct oom_sample){300, 4000});
    assert_int_equal(unlink(path), 0);
}

/* A second `models` section replaces the first, which must go whole even then. */
static roost_status replace_models(void *world, struct roost_error *err)
{
    static const char again[] = "models: {z: {labels: {l: 1}}}\n";
    struct cfg cfg;
    (void)world;
    roost_status status = cfg_init(&cfg, err);
    if (status != ROOST_OK)
        return status;
    status = cfg_read_yaml(&cfg, "first.yaml", yaml, sizeof yaml - 1, err);
    if (status == ROOST_OK)
        status = cfg_read_yaml(&cfg, "second.yaml", again, sizeof again - 1, err);
    assert_true(status != ROOST_OK || cfg.model_count == 1);
    cfg_clear(&cfg);
    return status;
}

static void a_second_models_section(void **state)
{
    (void)state;
    oom_torture("models replaced", replace_models, NULL, &(struct oom_sample){300, 4000});
}

/* Wrong text stays wrong text, whatever else fails on the way. */
static roost_status read_wrong(void *world, struct roost_error *err)
{
    const char *text = world;
    struct cfg cfg;
    roost_status status = cfg_init(&cfg, err);
    if (status != ROOST_OK)
        return status;
    status = cfg_read_yaml(&cfg, "roost.yaml", text, strlen(text), err);
    cfg_clear(&cfg);
    assert_true(status != ROOST_OK && err->text[0] != '\0');
    return status == ROOST_NOMEM ? status : ROOST_OK;
}

static void wrong_configurations(void **state)
{
    (void)state;
    static char texts[][80] = {"limits: {row: 5}\n", "workers: [1, 2\n",
                               "models: {a: {labels: {x: y}}}\n", "a: 1\na: 2\n",
                               "models: {a: {versions: {specific: [1, x]}}}\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        oom_torture("wrong configuration", read_wrong, texts[i],
                    &(struct oom_sample){300, 4000});
}

static roost_status print_both(void *world, struct roost_error *err)
{
    struct eng_buf out;
    eng_buf_init(&out, 1 << 20);
    int failed = cfg_print_yaml(world, &out) || cfg_print_markdown(&out);
    if (failed) {
        err->status = ROOST_NOMEM;
        snprintf(err->text, sizeof err->text, "the buffer found no memory");
    }
    assert_true(failed || out.size > 1000);
    eng_buf_clear(&out);
    return err->status;
}

static void printing_it(void **state)
{
    (void)state;
    struct cfg cfg;
    assert_int_equal(cfg_init(&cfg, NULL), ROOST_OK);
    assert_int_equal(cfg_read_yaml(&cfg, "r", yaml, sizeof yaml - 1, NULL), ROOST_OK);
    oom_torture("printing", print_both, &cfg, &(struct oom_sample){300, 4000});
    cfg_clear(&cfg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_yaml_environment_and_flags),
        cmocka_unit_test(reading_a_file),
        cmocka_unit_test(a_second_models_section),
        cmocka_unit_test(wrong_configurations),
        cmocka_unit_test(printing_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
