/* SPDX-License-Identifier: MIT
 * The version policy. Before: reconcile.c lists what is on disk and in memory. After: it
 * loads what is wanted and not there, publishes the chosen one and drops the rest. A pin
 * goes before the policy; a version that failed is passed over, so that the next older
 * one serves after a restart as it did before. */
#include "registry/versions.h"

static int specific(const struct reg_model_options *options, int64_t version)
{
    for (uint32_t i = 0; i < options->version_count; i++) {
        if (options->versions[i] == version) {
            return 1;
        }
    }
    return 0;
}

/* Whether the policy would have this one, were there room for any number. */
static int fits(const struct reg_model_options *options, const struct reg_candidate *c)
{
    return options->policy != REG_POLICY_SPECIFIC || specific(options, c->version);
}

void reg_versions_want(const struct reg_model_options *options, int64_t pin,
                       struct reg_candidate *c, uint32_t n)
{
    uint32_t room = options->policy == REG_POLICY_LATEST ? options->latest : UINT32_MAX;
    for (uint32_t i = 0; i < n; i++) {
        c[i].wanted = 0;
        if (c[i].usable && c[i].version == pin) {
            c[i].wanted = 1;
            room -= room > 0;
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        if (!c[i].usable || c[i].wanted) {
            continue;
        }
        if (room && !c[i].rolled_back && fits(options, &c[i])) {
            c[i].wanted = 1;
            room--;
        }
        if (c[i].asked) {
            c[i].wanted = 1;
        }
    }
}

int32_t reg_versions_choose(const struct reg_model_options *options, int64_t pin,
                            const struct reg_candidate *c, uint32_t n)
{
    int32_t newest = -1;
    for (uint32_t i = 0; i < n; i++) {
        if (!c[i].loaded || !c[i].usable) {
            continue;
        }
        if (c[i].version == pin) {
            return (int32_t)i;
        }
        if (newest < 0 && !c[i].rolled_back && fits(options, &c[i])) {
            newest = (int32_t)i;
        }
    }
    return newest;
}
