/* SPDX-License-Identifier: MIT
 * suggest.h - 'did you mean': of the words that would do, the one closest to what stands.
 * Threads  Plain data. Memory  Words are borrowed. Errors  None. */
#ifndef ROOST_REGISTRY_FORMATS_SUGGEST_H
#define ROOST_REGISTRY_FORMATS_SUGGEST_H
#include <stddef.h>

struct reg_suggest {
    const char *word;
    size_t size;
    size_t distance;  /* a candidate must be closer than this */
    const char *best; /* NULL: none is close */
    size_t best_size;
};

void reg_suggest_init(struct reg_suggest *suggest, const char *word, size_t size);
void reg_suggest_try(struct reg_suggest *suggest, const char *candidate, size_t size);

#endif
