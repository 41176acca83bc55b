/* SPDX-License-Identifier: MIT
 * config_case.h - what the tests of config/ share. Threads  One.
 * Memory   As each function says. Errors   Failures fail the test. */
#ifndef ROOST_TESTS_CONFIG_CASE_H
#define ROOST_TESTS_CONFIG_CASE_H
#include "config/config.h"

/* Read YAML over defaults; the caller clears *cfg whatever is returned. */
roost_status case_read(struct cfg *cfg, const char *yaml, struct roost_error *err);
/* The YAML must be refused with this status at "t.yaml:line:column", and the message must
 * hold `part`. */
void case_refused(const char *yaml, roost_status status, uint32_t line, uint32_t column,
                  const char *part);

#endif
