/* SPDX-License-Identifier: MIT
 * v2_model.h - what the V2 API says of a model: its inputs and outputs, as metadata and
 * as a Triton model configuration.
 * Threads  The worker's; its reader is online.
 * Memory   Appends to the caller's buffer. Errors  The buffer remembers a failure. */
#ifndef ROOST_GATEWAY_V2_MODEL_H
#define ROOST_GATEWAY_V2_MODEL_H
#include "config/config.h"
#include "registry/registry.h"

/* {"name","versions","platform","inputs","outputs"}; one: only the version of `serving`
 * is listed, since the client asked for it by number. */
void gw_v2_put_metadata(const struct reg_entry *entry, const struct reg_serving *serving,
                        int one, struct eng_buf *out);
/* A ModelConfig as Triton prints it, of what it has in common with roost. */
void gw_v2_put_config(const struct reg_entry *entry, const struct reg_serving *serving,
                      const struct cfg *cfg, struct eng_buf *out);

#endif
