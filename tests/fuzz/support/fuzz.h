/* SPDX-License-Identifier: MIT
 * fuzz.h - what the fuzz targets share: the entry point, bytes taken from the front of an
 *          input, and the checks that every text and every error must pass.
 * Threads  One.
 * Memory   None held.
 * Errors   A rule that does not hold aborts with its text, in every build. */
#ifndef ROOST_FUZZ_H
#define ROOST_FUZZ_H
#include "engine/roost.h"
#include "gateway/errors.h"

/* One input, of any bytes. Deterministic: the same bytes always do the same. Gives 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An invariant. Unlike assert it is there in every build. */
#define FUZZ_MUST(condition)                                                             \
    ((condition) ? (void)0 : fuzz_broken(#condition, __FILE__, __LINE__))
_Noreturn void fuzz_broken(const char *condition, const char *file, int line);

/* Bytes taken from the front choose what is done with the rest; 0 once there are none. */
struct fuzz_bytes {
    const uint8_t *at;
    size_t left;
};
uint8_t fuzz_byte(struct fuzz_bytes *bytes);

/* 1 when all of it is well-formed UTF-8. */
int fuzz_is_utf8(const char *text, size_t size);

/* A refusal says what, where, and gives a body that is JSON. */
void fuzz_check_fault(const struct gw_fault *fault);
/* Likewise an error of the engine, the registry or the configuration. */
void fuzz_check_error(roost_status status, const struct roost_error *err);

/* The bytes are one JSON value: by the server's own decoder, strict, and by jansson. */
void fuzz_check_json(const char *text, size_t size);

#endif
