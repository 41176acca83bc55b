/* SPDX-License-Identifier: MIT
 * versions.h - which versions a model should have in memory and which one serves: a pure
 * function of what there is, what the policy says and what admins asked for.
 * Threads  Pure functions.
 * Memory   The caller's.
 * Errors   None. */
#ifndef ROOST_REGISTRY_VERSIONS_H
#define ROOST_REGISTRY_VERSIONS_H
#include "registry/registry.h"

struct reg_candidate {
    int64_t version;
    uint8_t usable; /* loaded, or it may be tried now */
    uint8_t loaded;
    uint8_t rolled_back; /* never chosen by the policy */
    uint8_t asked;       /* a label's target, or loaded by an admin */
    uint8_t wanted;      /* set by reg_versions_want */
};

/* c: [n], newest first. Of LATEST n a pinned version counts as one. */
void reg_versions_want(const struct reg_model_options *options, int64_t pin,
                       struct reg_candidate *c, uint32_t n);
/* Index of the one that serves, of those loaded: the pinned one, else the newest of the
 * policy's; -1: none. */
int32_t reg_versions_choose(const struct reg_model_options *options, int64_t pin,
                            const struct reg_candidate *c, uint32_t n);
/* Targets of labels that are AVAILABLE ones: what a snapshot may show. Returns how many
 * were put to out ([options->label_count]). */
uint32_t reg_labels_live(const struct reg_model_options *options,
                         const struct reg_candidate *c, uint32_t n,
                         struct reg_label *out);
int reg_labels_name(const struct reg_model_options *options, int64_t version);

#endif
