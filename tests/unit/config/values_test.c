/* SPDX-License-Identifier: MIT
 * Single options: units and words, flags, environment variables, suggestions. */
#include "support/config_case.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* after the above */
#include <cmocka.h>

static struct cfg cfg_made(void)
{
    struct cfg cfg;
    assert_int_equal(cfg_init(&cfg, NULL), ROOST_OK);
    return cfg;
}

static void sizes_and_times_take_units(void **state)
{
    (void)state;
    struct cfg cfg = cfg_made();
    assert_int_equal(cfg_set(&cfg, "limits.body", "5MiB", NULL), ROOST_OK);
    assert_int_equal(cfg.body_bytes, 5 << 20);
    assert_int_equal(cfg_set(&cfg, "limits.body", "2 GiB", NULL), ROOST_OK);
    assert_true(cfg.body_bytes == 2147483648u);
    assert_int_equal(cfg_set(&cfg, "limits.body", "4096", NULL), ROOST_OK);
    assert_int_equal(cfg.body_bytes, 4096);
    assert_int_equal(cfg_set(&cfg, "drain.delay", "0", NULL), ROOST_OK);
    assert_int_equal(cfg.drain_delay_ms, 0);
    assert_int_equal(cfg_set(&cfg, "drain.delay", "3s", NULL), ROOST_OK);
    assert_int_equal(cfg.drain_delay_ms, 3000);
    assert_int_equal(cfg_set(&cfg, "drain.delay", "2m", NULL), ROOST_OK);
    assert_int_equal(cfg.drain_delay_ms, 120000);
    assert_int_equal(cfg_set(&cfg, "drain.delay", "250ms", NULL), ROOST_OK);
    assert_int_equal(cfg.drain_delay_ms, 250);
    cfg_clear(&cfg);
}

static void a_product_beyond_64_bits_is_out_of_range(void **state)
{
    (void)state;
    struct cfg cfg = cfg_made();
    struct roost_error err;
    assert_int_equal(
        cfg_set(&cfg, "registry.memory_budget", "18446744073709551615GiB", &err),
        ROOST_VALUE);
    assert_non_null(strstr(err.text, "out of range"));
    assert_int_equal(
        cfg_set(&cfg, "registry.memory_budget", "18446744073709551615", &err), ROOST_OK);
    assert_true(cfg.memory_budget == UINT64_MAX);
    cfg_clear(&cfg);
}

static void a_refused_value_leaves_the_option_as_it_was(void **state)
{
    (void)state;
    struct cfg cfg = cfg_made();
    assert_int_equal(cfg_set(&cfg, "limits.rows", "0", NULL), ROOST_VALUE);
    assert_int_equal(cfg.rows, 4096);
    assert_int_equal(cfg_set(&cfg, "admin_listen", "0.0.0.0:1", NULL), ROOST_VALUE);
    assert_string_equal(cfg.admin_listen, "127.0.0.1:8502");
    cfg_clear(&cfg);
}

static void words_and_switches_are_read(void **state)
{
    (void)state;
    struct cfg cfg = cfg_made();
    assert_int_equal(cfg_set(&cfg, "log.level", "error", NULL), ROOST_OK);
    assert_int_equal(cfg.log_level, 3);
    assert_int_equal(cfg_set(&cfg, "log.level", "err", NULL), ROOST_VALUE);
    assert_int_equal(cfg_set(&cfg, "log.level", "", NULL), ROOST_VALUE);
    assert_int_equal(cfg_set(&cfg, "json.strict", "on", NULL), ROOST_OK);
    assert_int_equal(cfg.json_strict, 1);
    assert_int_equal(cfg_set(&cfg, "json.strict", "no", NULL), ROOST_OK);
    assert_int_equal(cfg.json_strict, 0);
    cfg_clear(&cfg);
}

static void a_flag_with_an_unknown_key_gets_a_suggestion(void **state)
{
    (void)state;
    struct cfg cfg = cfg_made();
    struct roost_error err;
    assert_int_equal(cfg_set(&cfg, "limits.rwos", "1", &err), ROOST_VALUE);
    assert_non_null(strstr(err.text, "did you mean limits.rows?"));
    cfg_clear(&cfg);
}

static void the_environment_sets_options(void **state)
{
    (void)state;
    struct cfg cfg = cfg_made();
    struct roost_error err;
    char *const environment[] = {(char[]){"PATH=/bin"},
                                 (char[]){"ROOST_LIMITS__ROWS=100"},
                                 (char[]){"ROOST_ADMIN_LISTEN=unix:/run/a=b.sock"},
                                 (char[]){"ROOST_REGISTRY__STATE_FILE="},
                                 (char[]){"ROOST_KERNEL=ref"},
                                 (char[]){"ROOST_SERVICE_HOST=10.0.0.1"},
                                 (char[]){"ROOST_SERVICE_PORT_HTTP=8501"},
                                 (char[]){"ROOST_PORT=tcp://10.0.0.1:8501"},
                                 (char[]){"ROOST_PORT_8501_TCP_ADDR=10.0.0.1"},
                                 NULL};
    assert_int_equal(cfg_read_environment(&cfg, environment, &err), ROOST_OK);
    assert_int_equal(cfg.rows, 100);
    assert_string_equal(cfg.admin_listen, "unix:/run/a=b.sock");
    cfg_clear(&cfg);
}

static void a_wrong_variable_is_named(void **state)
{
    (void)state;
    struct cfg cfg = cfg_made();
    struct roost_error err;
    char *const unknown[] = {(char[]){"ROOST_LIMITS__ROW=1"}, NULL};
    char *const value[] = {(char[]){"ROOST_LIMITS__ROWS=many"}, NULL};
    char *const empty[] = {(char[]){"ROOST_=1"}, NULL};
    assert_int_equal(cfg_read_environment(&cfg, unknown, &err), ROOST_VALUE);
    assert_string_equal(err.where, "ROOST_LIMITS__ROW");
    assert_non_null(strstr(err.text, "did you mean limits.rows?"));
    assert_int_equal(cfg_read_environment(&cfg, value, &err), ROOST_VALUE);
    assert_string_equal(err.where, "ROOST_LIMITS__ROWS");
    assert_non_null(strstr(err.text, "takes a whole number, not \"many\""));
    assert_int_equal(err.line, 0);
    assert_int_equal(cfg_read_environment(&cfg, empty, &err), ROOST_VALUE);
    cfg_clear(&cfg);
}

static void values_that_are_no_utf8_are_refused(void **state)
{
    (void)state;
    struct cfg cfg = cfg_made();
    const char *const wrong[] = {"\xff",         "a\xc3", "\xc0\xaf",
                                 "\xed\xa0\x80", "\x7f",  "\xf4\x90\x80\x80",
                                 "\xe2\x82"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(cfg_set(&cfg, "server.name", wrong[i], NULL), ROOST_VALUE);
    assert_int_equal(cfg_set(&cfg, "server.name", "caf\xc3\xa9 \xf0\x9f\x90\x94", NULL),
                     ROOST_OK);
    cfg_clear(&cfg);
}

static void nearest_finds_slips_and_nothing_else(void **state)
{
    (void)state;
    const char *const words[] = {"serve", "check", "score", "predict", NULL};
    assert_string_equal(cfg_nearest("serv", words), "serve");
    assert_string_equal(cfg_nearest("chekc", words), "check");
    assert_string_equal(cfg_nearest("pridict", words), "predict");
    assert_null(cfg_nearest("banana", words));
    assert_null(cfg_nearest("", words));
    assert_null(cfg_nearest("a_word_that_is_much_longer_than_any_word_ought_to_be_in_a_"
                            "program_like_this_one",
                            words));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_and_times_take_units),
        cmocka_unit_test(a_product_beyond_64_bits_is_out_of_range),
        cmocka_unit_test(a_refused_value_leaves_the_option_as_it_was),
        cmocka_unit_test(words_and_switches_are_read),
        cmocka_unit_test(a_flag_with_an_unknown_key_gets_a_suggestion),
        cmocka_unit_test(the_environment_sets_options),
        cmocka_unit_test(a_wrong_variable_is_named),
        cmocka_unit_test(values_that_are_no_utf8_are_refused),
        cmocka_unit_test(nearest_finds_slips_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
