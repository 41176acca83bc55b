/* SPDX-License-Identifier: MIT
 * What is printed reads back the same, and docs/config.md is what the table says. */
#include "support/config_case.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after the above */
#include <cmocka.h>

enum { PRINT_MAX = 65536 };

static void check_round_trip(const char *yaml)
{
    struct cfg first, second;
    struct roost_error err;
    struct eng_buf once, twice;
    eng_buf_init(&once, PRINT_MAX);
    eng_buf_init(&twice, PRINT_MAX);
    assert_int_equal(case_read(&first, yaml, &err), ROOST_OK);
    assert_int_equal(cfg_print_yaml(&first, &once), 0);
    if (case_read(&second, once.at, &err) != ROOST_OK)
        fail_msg("%u:%u: %s\n%s", err.line, err.column, err.text, once.at);
    assert_int_equal(cfg_print_yaml(&second, &twice), 0);
    assert_string_equal(once.at, twice.at);
    assert_int_equal(first.rows, second.rows);
    assert_int_equal(first.drain_delay_ms, second.drain_delay_ms);
    assert_true(first.memory_budget == second.memory_budget);
    assert_string_equal(first.server_name, second.server_name);
    assert_int_equal(first.model_count, second.model_count);
    eng_buf_clear(&once);
    eng_buf_clear(&twice);
    cfg_clear(&first);
    cfg_clear(&second);
}

static void printed_yaml_reads_back_the_same(void **state)
{
    (void)state;
    check_round_trip("");
    check_round_trip("limits: {rows: 1, body: 1025, bodies: 3MiB}\n"
                     "drain: {delay: 1500ms, timeout: 0}\n"
                     "registry.memory_budget: 18446744073709551615\n"
                     "server.name: \"a \\\"quoted\\\" \\\\ # caf\\u00e9: {x}\"\n"
                     "log: {level: warning}\njson.strict: true\n");
    check_round_trip("models:\n  'true': {versions: all}\n"
                     "  '1': {versions: {specific: [0, 9223372036854775807]}}\n"
                     "  a: {labels: {'null': 3, b: 4}}\n");
}

static void a_printer_without_room_says_so(void **state)
{
    (void)state;
    struct cfg cfg;
    struct eng_buf small;
    assert_int_equal(cfg_init(&cfg, NULL), ROOST_OK);
    eng_buf_init(&small, 100);
    assert_int_equal(cfg_print_yaml(&cfg, &small), -1);
    eng_buf_reset(&small);
    assert_int_equal(cfg_print_markdown(&small), -1);
    eng_buf_clear(&small);
    cfg_clear(&cfg);
}

static void docs_config_md_is_what_the_table_says(void **state)
{
    (void)state;
    struct eng_buf printed;
    eng_buf_init(&printed, PRINT_MAX);
    assert_int_equal(cfg_print_markdown(&printed), 0);
    FILE *file = fopen(ROOST_SOURCE_DIR "/docs/config.md", "r");
    assert_non_null(file);
    char *text = calloc(1, PRINT_MAX);
    assert_non_null(text);
    size_t size = fread(text, 1, PRINT_MAX - 1, file);
    fclose(file);
    if (size != printed.size || memcmp(text, printed.at, size) != 0)
        fail_msg("docs/config.md is stale: write it with `roost config docs`");
    free(text);
    eng_buf_clear(&printed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(printed_yaml_reads_back_the_same),
        cmocka_unit_test(a_printer_without_room_says_so),
        cmocka_unit_test(docs_config_md_is_what_the_table_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
