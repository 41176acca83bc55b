/* SPDX-License-Identifier: MIT
 * Labels: names for versions that clients may address. Before: versions.c decides what is
 * loaded, and keeps labels' targets. After: swap.c puts the live ones into the snapshot.
 * A label never leads to a version that is not AVAILABLE. */
#include "registry/versions.h"

uint32_t reg_labels_live(const struct reg_model_options *options,
                         const struct reg_candidate *c, uint32_t n, struct reg_label *out)
{
    uint32_t live = 0;
    for (uint32_t i = 0; i < options->label_count; i++) {
        for (uint32_t j = 0; j < n; j++) {
            if (c[j].loaded && c[j].version == options->labels[i].version) {
                out[live++] = options->labels[i];
            }
        }
    }
    return live;
}

int reg_labels_name(const struct reg_model_options *options, int64_t version)
{
    for (uint32_t i = 0; i < options->label_count; i++) {
        if (options->labels[i].version == version) {
            return 1;
        }
    }
    return 0;
}
