/* SPDX-License-Identifier: MIT
 * When what was replaced may be freed. */
#include "registry/readers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void an_epoch_passes_when_every_reader_is_quiet_or_offline(void **state)
{
    struct reg_readers readers;
    (void)state;
    assert_int_equal(reg_readers_init(&readers, 2), ROOST_OK);
    struct reg_reader *a = reg_readers_take(&readers), *b = reg_readers_take(&readers);
    assert_non_null(a);
    assert_non_null(b);
    uint64_t epoch = reg_readers_advance(&readers);
    assert_true(reg_readers_passed(&readers, epoch));
    reg_reader_online(a);
    reg_reader_online(b);
    assert_true(reg_readers_passed(&readers, epoch));
    epoch = reg_readers_advance(&readers);
    assert_false(reg_readers_passed(&readers, epoch));
    reg_reader_quiet(a);
    assert_false(reg_readers_passed(&readers, epoch));
    reg_reader_offline(b);
    assert_true(reg_readers_passed(&readers, epoch));
    reg_readers_clear(&readers);
}

static void there_are_as_many_readers_as_were_asked_for(void **state)
{
    struct reg_readers readers;
    (void)state;
    assert_int_equal(reg_readers_init(&readers, 1), ROOST_OK);
    struct reg_reader *only = reg_readers_take(&readers);
    assert_non_null(only);
    assert_null(reg_readers_take(&readers));
    reg_reader_online(only);
    uint64_t epoch = reg_readers_advance(&readers);
    reg_reader_free(only);
    assert_true(reg_readers_passed(&readers, epoch));
    assert_ptr_equal(reg_readers_take(&readers), only);
    reg_reader_free(NULL);
    reg_readers_clear(&readers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_epoch_passes_when_every_reader_is_quiet_or_offline),
        cmocka_unit_test(there_are_as_many_readers_as_were_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
