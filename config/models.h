/* SPDX-License-Identifier: MIT
 * models.h - the `models` section: which versions of a model serve, and their labels.
 * Threads  Functions over the caller's struct cfg.
 * Memory   cfg_read_models replaces the section; cfg_models_clear frees it.
 * Errors   VALUE or NOMEM at the node that is wrong. */
#ifndef ROOST_CONFIG_MODELS_H
#define ROOST_CONFIG_MODELS_H
#include "config/yaml.h"

roost_status cfg_read_models(struct cfg *cfg, const struct cfg_yaml *yaml,
                             const struct cfg_node *models, struct roost_error *err);
void cfg_models_clear(struct cfg *cfg);

#endif
