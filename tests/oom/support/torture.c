/* SPDX-License-Identifier: MIT
 * The loop over all sites: fail one, look at the outcome, look at what is left behind. */
#include "tests/oom/support/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *const mode_names[OOM_MODES] = {"once", "for ever"};

unsigned long oom_next(const struct oom_sample *sample, unsigned long site,
                       unsigned long sites)
{
    if (site >= sites)
        return 0;
    if (site < sample->dense || sites <= sample->most)
        return site + 1;
    unsigned long places =
        sample->most > sample->dense ? sample->most - sample->dense : 1;
    unsigned long step = (sites - sample->dense + places - 1) / places;
    return site + step < sites ? site + step : sites;
}

int oom_check_outcome(const char *what, enum oom_mode mode, unsigned long site,
                      roost_status status, const struct roost_error *err)
{
    if (status == ROOST_OK)
        return 0;
    if (status != ROOST_NOMEM || !strstr(err->text, "memory"))
        fail_msg("%s, site %lu failing %s: %s, where '%s', text '%s'", what, site,
                 mode_names[mode], roost_status_name(status), err->where, err->text);
    return 1;
}

static int attempt_site(const char *what, oom_attempt *attempt, void *world,
                        unsigned long site, enum oom_mode mode)
{
    struct roost_error err = {.status = ROOST_OK};
    long before = oom_live();
    oom_arm(site, mode);
    roost_status status = attempt(world, &err);
    (void)oom_disarm();
    long left = oom_live() - before;
    if (left != 0)
        fail_msg("%s, site %lu failing %s: %ld blocks or bytes are left behind (%s: %s)",
                 what, site, mode_names[mode], left, roost_status_name(status), err.text);
    return oom_check_outcome(what, mode, site, status, &err);
}

void oom_torture(const char *what, oom_attempt *attempt, void *world,
                 const struct oom_sample *sample)
{
    struct roost_error err = {.status = ROOST_OK};
    /* Twice, so that what a library keeps for good is there before anything is counted.
     */
    for (int i = 0; i < 2; i++)
        if (attempt(world, &err) != ROOST_OK)
            fail_msg("%s: %s: %s", what, err.where, err.text);
    long before = oom_live();
    oom_arm(0, OOM_ONCE);
    assert_int_equal(attempt(world, &err), ROOST_OK);
    unsigned long sites = oom_disarm(), tried = 0, refused = 0;
    assert_int_equal(oom_live(), before);
    assert_true(sites > 0);
    for (int mode = OOM_ONCE; mode <= OOM_FOR_EVER; mode++)
        for (unsigned long site = 0; (site = oom_next(sample, site, sites)) != 0; tried++)
            refused += (unsigned long)attempt_site(what, attempt, world, site,
                                                   (enum oom_mode)mode);
    assert_true(refused > 0); /* else nothing failed at all */
    assert_int_equal(attempt(world, &err), ROOST_OK);
    printf("%s: %lu sites, %lu of %lu failures tried: %lu refused, %lu went on\n", what,
           sites, tried, sites * OOM_MODES, refused, tried - refused);
}
