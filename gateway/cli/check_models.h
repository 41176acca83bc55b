/* SPDX-License-Identifier: MIT
 * check_models.h - every version of every model of a directory, loaded and judged.
 * Threads  One.
 * Memory   `_open` pairs with `_close`, also after an error.
 * Errors   A status for what makes all checking impossible; what is wrong with a version
 *          is in the snapshot. */
#ifndef ROOST_GATEWAY_CLI_CHECK_MODELS_H
#define ROOST_GATEWAY_CLI_CHECK_MODELS_H
#include "config/config.h"
#include "gateway/replay.h"
#include "registry/registry.h"

struct gw_checked {
    struct gw_replay replay;
    struct reg_model_options *models; /* [count] every directory, policy ALL */
    uint32_t count;
    struct reg_registry *registry;
    struct reg_reader *reader;
    const struct reg_snapshot *snapshot; /* valid until closed */
};

/* all: load every version (else the newest of each) and replay its goldens. */
roost_status gw_checked_open(const struct cfg *cfg, const char *dir, int all,
                             struct gw_checked *out, struct roost_error *err);
void gw_checked_close(struct gw_checked *checked);

/* The decoding limits of a configuration. */
void gw_cli_limits(const struct cfg *cfg, struct gw_decode_limits *out);

#endif
