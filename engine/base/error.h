/* SPDX-License-Identifier: MIT
 * error.h - filling a struct roost_error in one line.
 * Threads  Any.
 * Memory   Texts are cut to the struct's room; err may be NULL.
 * Errors   eng_fail returns the status it is given, so that callers can return it. */
#ifndef ROOST_BASE_ERROR_H
#define ROOST_BASE_ERROR_H
#include "engine/roost.h"

/* Forget an earlier error. Public functions call it first, since callers need not. */
void eng_error_clear(struct roost_error *err);

/* where may be NULL: kept as it is when err already names a place in this call chain. */
roost_status eng_fail(struct roost_error *err, roost_status status, const char *where,
                      uint64_t at, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
#ifdef __clang_analyzer__ /* it reads one file at a time: tell it what is returned */
#define eng_fail(err, status, ...) ((eng_fail)(err, status, __VA_ARGS__), (status))
#endif

#endif
