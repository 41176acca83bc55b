/* SPDX-License-Identifier: MIT
 * nearest.c - the nearest of some words in spelling: "did you mean", for option keys and,
 * on the command line, for commands and flags. */
#include "config/config.h"
#include <string.h>

enum { WORD_MAX = 64 };

static size_t least_of(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

/* Edits (insert, delete, replace a byte; swap two neighbours) from a to b, both of at
 * most WORD_MAX bytes: three rows of the usual table are enough. */
static size_t distance(const char *a, size_t na, const char *b, size_t nb)
{
    size_t rows[3][WORD_MAX + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2];
    memset(rows, 0, sizeof rows);
    for (size_t j = 0; j <= nb; j++)
        last[j] = j;
    for (size_t i = 1; i <= na; i++) {
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            size_t replaced = last[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = least_of(last[j] + 1, row[j - 1] + 1, replaced);
            int swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && before[j - 2] + 1 < row[j])
                row[j] = before[j - 2] + 1;
        }
        size_t *free_row = before;
        before = last;
        last = row;
        row = free_row;
    }
    return last[nb];
}

const char *cfg_nearest(const char *word, const char *const *candidates)
{
    const char *best = NULL;
    size_t size = strlen(word);
    /* One wrong letter in three is still a slip; more is another word. */
    size_t bound = size / 3 + 1;
    if (size == 0 || size > WORD_MAX)
        return NULL;
    for (uint32_t i = 0; candidates[i] != NULL; i++) {
        size_t other = strlen(candidates[i]);
        if (other > WORD_MAX)
            continue;
        size_t edits = distance(word, size, candidates[i], other);
        if (edits < bound) {
            bound = edits;
            best = candidates[i];
        }
    }
    return best;
}
