/* SPDX-License-Identifier: MIT
 * hist_test.c - latency histograms, and the clock that feeds them. */
#include "engine/base/clock.h"
#include "engine/base/hist.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void a_duration_on_a_bound_belongs_to_that_bound(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ENG_HIST_BOUNDS; i++) {
        struct eng_hist hist = {.sum_ns = 0};
        eng_hist_add(&hist, eng_hist_bounds[i]);
        eng_hist_add(&hist, eng_hist_bounds[i] + 1);
        assert_int_equal(hist.count[i], 1);
        assert_int_equal(hist.count[i + 1], 1);
        assert_int_equal(hist.sum_ns, 2 * eng_hist_bounds[i] + 1);
    }
}

static void what_is_above_all_bounds_is_counted_last(void **state)
{
    (void)state;
    struct eng_hist hist = {.sum_ns = 0};
    eng_hist_add(&hist, 0);
    eng_hist_add(&hist, UINT64_MAX / 2);
    assert_int_equal(hist.count[0], 1);
    assert_int_equal(hist.count[ENG_HIST_BOUNDS], 1);
}

static void labels_are_the_bounds_in_seconds(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ENG_HIST_BOUNDS; i++) {
        double seconds = strtod(eng_hist_labels[i], NULL);
        assert_true(fabs(seconds * 1e9 - (double)eng_hist_bounds[i]) < 0.5);
    }
}

static void the_clock_never_goes_back(void **state)
{
    (void)state;
    uint64_t before = eng_clock_ns();
    for (int i = 0; i < 1000; i++) {
        uint64_t now = eng_clock_ns();
        assert_true(now >= before);
        before = now;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_duration_on_a_bound_belongs_to_that_bound),
        cmocka_unit_test(what_is_above_all_bounds_is_counted_last),
        cmocka_unit_test(labels_are_the_bounds_in_seconds),
        cmocka_unit_test(the_clock_never_goes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
