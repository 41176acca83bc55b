/* SPDX-License-Identifier: MIT
 * serve.h - what must hold of any batch that a decoder accepts: it is well laid out, it
 *          can be scored, and its scores can be encoded.
 * Threads  One.
 * Memory   Arrays of exactly the size asked for, so that a sanitizer sees one byte more.
 * Errors   A rule that does not hold aborts. */
#ifndef ROOST_FUZZ_SERVE_H
#define ROOST_FUZZ_SERVE_H
#include "engine/base/buf.h"
#include "gateway/decode.h"
#include "gateway/encode.h"

enum { FUZZ_PLANS = 10, FUZZ_ARENA = 64 << 20, FUZZ_ANSWER = 64 << 20 };

/* Plan i of FUZZ_PLANS, made once and kept: every kind of feature and signature. group:
 * its rows are {"member": score}. */
const roost_plan *fuzz_plan(uint32_t i, int *group);

/* Limits small enough that an input of 4 KiB meets them; chosen by bits. */
struct gw_decode_limits fuzz_limits(uint8_t bits);

/* The layout that engine/roost.h promises; finite, or flagged as infinite. least: rows.
 */
void fuzz_check_batch(const roost_plan *plan, const struct gw_batch *batch,
                      uint32_t least, const struct gw_decode_limits *limits);

/* Score twice, over memory that held different bytes: the same scores to the last bit.
 * Returns scores->out and scores->verdict malloc'ed, or 0 when the engine refused. */
int fuzz_score(const roost_plan *plan, const struct roost_rows *rows,
               struct gw_scores *scores);
void fuzz_scores_clear(struct gw_scores *scores);

#endif
