/* SPDX-License-Identifier: MIT
 * options.h - the option table as data, for the files of this folder.
 * Threads  Constants, and functions over the caller's struct cfg.
 * Memory   cfg_option_set replaces (and frees) a TEXT option's string.
 * Errors   VALUE with a sentence that names the option and what it accepts; NOMEM. */
#ifndef ROOST_CONFIG_OPTIONS_H
#define ROOST_CONFIG_OPTIONS_H
#include "config/config.h"

enum cfg_type {
    CFG_TYPE_TEXT,
    CFG_TYPE_U32,
    CFG_TYPE_U64,
    CFG_TYPE_BOOL,
    CFG_TYPE_SIZE, /* uint64_t, bytes */
    CFG_TYPE_TIME, /* uint32_t, milliseconds */
    CFG_TYPE_WORD  /* uint32_t, index into words */
};

struct cfg_option {
    const char *key; /* "limits.rows" */
    enum cfg_type type;
    size_t offset;     /* of the field in struct cfg */
    uint64_t standard; /* the default of all types but TEXT and WORD */
    const char *text;  /* the default of TEXT and WORD */
    uint64_t least;
    uint64_t most;
    const char *words; /* "debug|info|warning|error" */
    const char *help;
};

enum { CFG_TEXT_MAX = 4096, CFG_KEY_MAX = 64, CFG_VALUE_ROOM = 32 };

extern const struct cfg_option cfg_options[];
extern const uint32_t cfg_option_count;

/* An option's index by key, or -1; whether "key." begins some option's key. */
int32_t cfg_option_find(const char *key, size_t size);
int cfg_option_section(const char *key, size_t size);
/* The key or section nearest to what was written, or "". */
void cfg_option_nearest(const char *key, char out[CFG_KEY_MAX]);
/* The VALUE error for a key that is none, with a suggestion. */
roost_status cfg_option_unknown(const char *key, struct roost_error *err);

/* Set from text, checked against type, range and the option's own rule. */
roost_status cfg_option_set(struct cfg *cfg, const struct cfg_option *option,
                            const char *text, size_t size, struct roost_error *err);
/* The value of a number, size, time, bool or word as cfg_option_set reads it back. */
void cfg_option_show(const struct cfg_option *option, uint64_t value,
                     char out[CFG_VALUE_ROOM]);
/* The field of any type but TEXT; the field of a TEXT. */
uint64_t cfg_option_value(const struct cfg *cfg, const struct cfg_option *option);
char **cfg_option_text(const struct cfg *cfg, const struct cfg_option *option);

/* Names of models and labels: [A-Za-z0-9][A-Za-z0-9_.-]{0,127}. */
int cfg_name_valid(const char *name);

/* Addresses, as far as they can be judged without a socket: NULL, or what is wrong. */
const char *cfg_address_wrong(const char *address);
const char *cfg_address_not_local(const char *address);

#endif
