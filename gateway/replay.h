/* SPDX-License-Identifier: MIT
 * replay.h - a line of golden.jsonl or warmup.jsonl, scored before a version serves.
 * Threads  The registry thread's, or the one of `roost check`.
 * Memory   Takes and gives back what one line needs.
 * Errors   VERIFY with row, expected and got when the scores disagree; VALUE when the
 * line is no request of the model; what roost_score gives; NOMEM. */
#ifndef ROOST_GATEWAY_REPLAY_H
#define ROOST_GATEWAY_REPLAY_H
#include "gateway/decode.h"

/* How a line is decoded: the server's limits. */
struct gw_replay {
    struct gw_decode_limits limits;
};

/* For reg_hooks.replay; context is a struct gw_replay. */
roost_status gw_replay_line(void *context, const roost_plan *plan, const char *line,
                            size_t size, int compare, struct roost_error *err);

#endif
