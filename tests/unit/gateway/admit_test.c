/* SPDX-License-Identifier: MIT
 * The deadline of a request: the smallest that anybody asked for, within the cap. */
#include "gateway/admit.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static uint64_t deadline_ms(const char *own, const char *envoy)
{
    struct gw_fault fault;
    memset(&fault, 0, sizeof fault);
    uint64_t ns = gw_admit_deadline(own, envoy, 1000000000, &fault);
    assert_int_equal(fault.code, ns == 0 ? GW_FAULT_BAD_HEADER : GW_FAULT_NONE);
    return ns == 0 ? UINT64_MAX : (ns - 1000000000) / 1000000;
}

static void the_smallest_of_all_present_counts(void **state)
{
    (void)state;
    assert_int_equal(deadline_ms(NULL, NULL), GW_DEADLINE_CAP_MS);
    assert_int_equal(deadline_ms("250", NULL), 250);
    assert_int_equal(deadline_ms(NULL, "80"), 80);
    assert_int_equal(deadline_ms("250", "80"), 80);
    assert_int_equal(deadline_ms("0", NULL), 0);
    assert_int_equal(deadline_ms("999999999", NULL), GW_DEADLINE_CAP_MS);
}

static void what_is_no_number_of_milliseconds_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",   " ",    "-1",  "1.5",
                                      "1s", "0x10", "1e3", "9999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_true(deadline_ms(bad[i], NULL) == UINT64_MAX);
        assert_true(deadline_ms(NULL, bad[i]) == UINT64_MAX);
    }
}

static void a_deadline_that_is_reached_has_passed(void **state)
{
    (void)state;
    struct gw_fault fault;
    memset(&fault, 0, sizeof fault);
    assert_int_equal(gw_admit_in_time(100, 99, &fault), 0);
    assert_int_equal(fault.code, GW_FAULT_NONE);
    assert_int_equal(gw_admit_in_time(100, 100, &fault), -1);
    assert_int_equal(gw_fault_http(fault.code), 504);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smallest_of_all_present_counts),
        cmocka_unit_test(what_is_no_number_of_milliseconds_is_refused),
        cmocka_unit_test(a_deadline_that_is_reached_has_passed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
