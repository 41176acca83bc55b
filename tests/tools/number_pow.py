#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Print gateway/number_pow.c, the table of powers of ten: number_pow.py > number_pow.c.
tests/unit/gateway/number_pow_test.c checks every entry against its definition."""

LOW, HIGH = -342, 324


def entry(q):
    """floor(10^q * 2^(127 - floor(log2 10^q))) as two 64-bit words."""
    if q >= 0:
        power = 10**q
        shift = 128 - power.bit_length()
        value = power << shift if shift >= 0 else power >> -shift
    else:
        power = 10**-q
        value = (1 << (power.bit_length() + 127)) // power
    assert value.bit_length() == 128
    return "{0x%016x, 0x%016x}" % (value >> 64, value & (2**64 - 1))


entries = [entry(q) for q in range(LOW, HIGH + 1)]
print("/* SPDX-License-Identifier: MIT")
print(" * The powers of ten from 1e%d to 1e%d (number_pow.h), written by" % (LOW, HIGH))
print(" * tests/tools/number_pow.py. Read by number_read.c and number_print.c. */")
print('#include "gateway/number_pow.h"')
print()
print("const struct gw_pow gw_pow_table[GW_POW_MAX - GW_POW_MIN + 1] = {")
for i in range(0, len(entries), 2):
    print("    " + " ".join(e + "," for e in entries[i : i + 2]))
print("};")
