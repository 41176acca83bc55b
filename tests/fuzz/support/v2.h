/* SPDX-License-Identifier: MIT
 * v2.h - what must hold of an Open Inference Protocol request that was accepted, and of
 *        its answer: JSON of the documented form, followed by exactly the bytes it names.
 * Threads  One. Memory  None held. Errors  A rule that does not hold aborts. */
#ifndef ROOST_FUZZ_V2_H
#define ROOST_FUZZ_V2_H
#include <stddef.h>
#include <stdint.h>

/* Decode, check, score, encode, check. header: as gw_decode_v2 takes it. */
void fuzz_v2(uint8_t plan, uint8_t limits, const uint8_t *body, size_t size,
             int64_t header);

#endif
