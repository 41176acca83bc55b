/* SPDX-License-Identifier: MIT
 * config_case.c - reading YAML in a test and checking a refusal with its place. */
#include "config_case.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
/* after the above */
#include <cmocka.h>

roost_status case_read(struct cfg *cfg, const char *yaml, struct roost_error *err)
{
    assert_int_equal(cfg_init(cfg, err), ROOST_OK);
    return cfg_read_yaml(cfg, "t.yaml", yaml, strlen(yaml), err);
}

void case_refused(const char *yaml, roost_status status, uint32_t line, uint32_t column,
                  const char *part)
{
    struct cfg cfg;
    struct roost_error err;
    roost_status got = case_read(&cfg, yaml, &err);
    cfg_clear(&cfg);
    assert_int_equal(got, status);
    assert_int_equal(err.status, status);
    assert_string_equal(err.where, "t.yaml");
    if (strstr(err.text, part) == NULL)
        print_message("expected \"%s\" in: %s\n", part, err.text);
    assert_non_null(strstr(err.text, part));
    if (err.line != line || err.column != column)
        print_message("%s\n", err.text);
    assert_int_equal(err.line, line);
    assert_int_equal(err.column, column);
}
