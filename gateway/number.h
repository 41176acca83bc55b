/* SPDX-License-Identifier: MIT
 * number.h - numbers as text: correctly rounded in, shortest that reads back the same
 * out. Threads  Pure functions. Memory  None. Errors   As each function says. */
#ifndef ROOST_GATEWAY_NUMBER_H
#define ROOST_GATEWAY_NUMBER_H
#include <stddef.h>
#include <stdint.h>

enum { GW_NUMBER_ROOM = 32 }; /* bytes that any number takes, no NUL */

/* A JSON number's parts, as the scanner meets them. */
struct gw_decimal {
    uint64_t digits;  /* the first 19 significant digits */
    int32_t exponent; /* value = digits * 10^exponent, when not truncated */
    uint8_t negative;
    uint8_t truncated; /* there were more digits than fit */
    uint8_t integer;   /* no fraction and no exponent stood in the text */
};

/* Scan a number of RFC 8259's grammar at text[0..size). Bytes used, or 0 when none
 * stands there. */
size_t gw_number_scan(const char *text, size_t size, struct gw_decimal *out);

/* The nearest double (ties to even); +-inf on overflow. text, size: what was scanned. */
double gw_number_double(const struct gw_decimal *decimal, const char *text, size_t size);

/* The integer, exactly. 0, or -1 when it is not one or does not fit. */
int gw_number_int64(const struct gw_decimal *decimal, const char *text, size_t size,
                    int64_t *out);

/* Write the shortest text that reads back as the same float or double, always with `.0`
 * or an exponent; NaN, Infinity, -Infinity as such. Bytes written, <= GW_NUMBER_ROOM. */
size_t gw_number_print_f32(char *out, float value);
size_t gw_number_print_f64(char *out, double value);
size_t gw_number_print_i64(char *out, int64_t value);

#endif
