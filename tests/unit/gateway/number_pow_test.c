/* SPDX-License-Identifier: MIT
 * The table of powers of ten is checked entry by entry against its definition, in whole
 * numbers of its own, so that neither the script that wrote it nor the reader is trusted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "gateway/number_pow.h"

enum { WORDS = 48 }; /* 1536 bits: 10^342 * 2^128 takes 1265 */

struct whole {
    uint32_t word[WORDS];
};

static void times(struct whole *a, uint32_t factor)
{
    uint64_t carry = 0;
    for (int i = 0; i < WORDS; i++) {
        carry += (uint64_t)a->word[i] * factor;
        a->word[i] = (uint32_t)carry;
        carry >>= 32;
    }
    assert_int_equal(carry, 0);
}

static void times_ten(struct whole *a, int power)
{
    for (int i = 0; i < power; i++)
        times(a, 10);
}

static void times_two(struct whole *a, int power)
{
    for (int i = 0; i < power; i++)
        times(a, 2);
}

static int order(const struct whole *a, const struct whole *b)
{
    for (int i = WORDS; i-- > 0;)
        if (a->word[i] != b->word[i])
            return a->word[i] < b->word[i] ? -1 : 1;
    return 0;
}

static struct whole of_entry(const struct gw_pow *entry)
{
    struct whole a = {{(uint32_t)entry->low, (uint32_t)(entry->low >> 32),
                       (uint32_t)entry->high, (uint32_t)(entry->high >> 32)}};
    return a;
}

static void plus_one(struct whole *a)
{
    for (int i = 0; i < WORDS && ++a->word[i] == 0; i++)
        continue;
}

/* entry * 2^(log2 - 127) <= 10^q < (entry + 1) * 2^(log2 - 127), both sides made whole.
 */
static void check(int q)
{
    const struct gw_pow *entry = gw_pow_ten(q);
    int two = gw_pow_log2(q) - 127;
    struct whole ten = {{1}}, low = of_entry(entry), next = of_entry(entry);
    plus_one(&next);
    times_ten(q >= 0 ? &ten : &low, q >= 0 ? q : -q);
    times_ten(&next, q >= 0 ? 0 : -q);
    times_two(two >= 0 ? &low : &ten, two >= 0 ? two : -two);
    times_two(&next, two >= 0 ? two : 0);
    assert_true(order(&low, &ten) <= 0);
    assert_true(order(&ten, &next) < 0);
    assert_int_equal(order(&low, &ten) == 0, q >= 0 && q <= GW_POW_EXACT);
    assert_true(entry->high >> 63 == 1);
}

static void every_entry_is_the_power_rounded_down_to_128_bits(void **state)
{
    (void)state;
    for (int q = GW_POW_MIN; q <= GW_POW_MAX; q++)
        check(q);
}

static void every_entry_can_be_rounded_up_in_its_low_word(void **state)
{
    (void)state;
    for (int q = GW_POW_MIN; q <= GW_POW_MAX; q++)
        assert_true(gw_pow_ten(q)->low != UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_entry_is_the_power_rounded_down_to_128_bits),
        cmocka_unit_test(every_entry_can_be_rounded_up_in_its_low_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
