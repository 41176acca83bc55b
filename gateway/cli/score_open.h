/* SPDX-License-Identifier: MIT
 * score_open.h - what `roost score` was pointed at -> a plan to score on.
 * Threads  One.
 * Memory   `_open` pairs with `_close`, also after an error.
 * Errors   As roost_model_open and roost_plan_new; MISSING for a group that cannot serve.
 */
#ifndef ROOST_GATEWAY_CLI_SCORE_OPEN_H
#define ROOST_GATEWAY_CLI_SCORE_OPEN_H
#include "gateway/cli/check_models.h"

struct gw_scored {
    const roost_plan *plan;
    int group;
    roost_model *model;        /* owned; NULL for a group */
    roost_plan *own;           /* owned; NULL for a group, whose plan the registry has */
    struct gw_checked checked; /* of a group */
};

/* path: a model file, a version's directory, a model's directory (its newest version), or
 * a group's directory (the newest versions of its members, which stand beside it). */
roost_status gw_scored_open(const struct cfg *cfg, const char *path,
                            struct gw_scored *out, struct roost_error *err);
void gw_scored_close(struct gw_scored *scored);

#endif
