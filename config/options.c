/* SPDX-License-Identifier: MIT
 * options.c - CFG_OPTION_MAP as an array, and the search for a key. Everything that reads
 * or prints configuration (YAML, environment, flags, documentation) goes through here, so
 * that an option is declared in one line of config.h and nowhere else. */
#include "config/options.h"
#include "config/models.h"
#include "engine/base/error.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(field) offsetof(struct cfg, field)
#define TEXT(key, field, value, help)                                                    \
    {key, CFG_TYPE_TEXT, AT(field), 0, value, 0, 0, NULL, help},
#define U32(key, field, value, least, most, help)                                        \
    {key, CFG_TYPE_U32, AT(field), value, NULL, least, most, NULL, help},
#define U64(key, field, value, least, most, help)                                        \
    {key, CFG_TYPE_U64, AT(field), value, NULL, least, most, NULL, help},
#define BOOL(key, field, value, help)                                                    \
    {key, CFG_TYPE_BOOL, AT(field), value, NULL, 0, 1, NULL, help},
#define SIZE(key, field, value, least, most, help)                                       \
    {key, CFG_TYPE_SIZE, AT(field), value, NULL, least, most, NULL, help},
#define TIME(key, field, value, least, most, help)                                       \
    {key, CFG_TYPE_TIME, AT(field), value, NULL, least, most, NULL, help},
#define WORD(key, field, value, words, help)                                             \
    {key, CFG_TYPE_WORD, AT(field), 0, value, 0, 0, words, help},

const struct cfg_option cfg_options[] = {
    CFG_OPTION_MAP(TEXT, U32, U64, BOOL, SIZE, TIME, WORD)};
const uint32_t cfg_option_count = sizeof cfg_options / sizeof cfg_options[0];

#define KEY(key, ...) key,
static const char *const keys[] = {CFG_OPTION_MAP(KEY, KEY, KEY, KEY, KEY, KEY, KEY)
                                       NULL};

int32_t cfg_option_find(const char *key, size_t size)
{
    for (uint32_t i = 0; i < cfg_option_count; i++)
        if (strlen(keys[i]) == size && memcmp(keys[i], key, size) == 0)
            return (int32_t)i;
    return -1;
}

int cfg_option_section(const char *key, size_t size)
{
    for (uint32_t i = 0; i < cfg_option_count; i++)
        if (strncmp(keys[i], key, size) == 0 && keys[i][size] == '.')
            return 1;
    return 0;
}

void cfg_option_nearest(const char *key, char out[CFG_KEY_MAX])
{
    const char *near = cfg_nearest(key, keys);
    snprintf(out, CFG_KEY_MAX, "%s", near != NULL ? near : "");
    for (uint32_t i = 0; i < cfg_option_count; i++) {
        const char *dot = strchr(keys[i], '.');
        if (dot == NULL)
            continue;
        /* `rows` at the top level: the section was forgotten. */
        if (strcmp(dot + 1, key) == 0) {
            snprintf(out, CFG_KEY_MAX, "%s", keys[i]);
            return;
        }
        char section[CFG_KEY_MAX];
        snprintf(section, sizeof section, "%.*s", (int)(dot - keys[i]), keys[i]);
        const char *const one[] = {section, NULL};
        if (near == NULL && cfg_nearest(key, one) != NULL)
            snprintf(out, CFG_KEY_MAX, "%s", section);
    }
}

roost_status cfg_option_unknown(const char *key, struct roost_error *err)
{
    char near[CFG_KEY_MAX];
    cfg_option_nearest(key, near);
    if (near[0] == '\0')
        return eng_fail(err, ROOST_VALUE, NULL, 0,
                        "there is no option %.64s; `roost config defaults` lists all",
                        key);
    return eng_fail(err, ROOST_VALUE, NULL, 0,
                    "there is no option %.64s; did you mean %s?", key, near);
}

roost_status cfg_init(struct cfg *cfg, struct roost_error *err)
{
    memset(cfg, 0, sizeof *cfg);
    for (uint32_t i = 0; i < cfg_option_count; i++) {
        const struct cfg_option *option = &cfg_options[i];
        char shown[CFG_VALUE_ROOM];
        const char *text = option->text;
        if (text == NULL) {
            cfg_option_show(option, option->standard, shown);
            text = shown;
        }
        roost_status status = cfg_option_set(cfg, option, text, strlen(text), err);
        /* A default that its own table row refuses is a mistake in the table. */
        assert(status == ROOST_OK || status == ROOST_NOMEM);
        if (status != ROOST_OK) {
            cfg_clear(cfg);
            return status;
        }
    }
    return ROOST_OK;
}

void cfg_clear(struct cfg *cfg)
{
    for (uint32_t i = 0; i < cfg_option_count; i++)
        if (cfg_options[i].type == CFG_TYPE_TEXT)
            free(*cfg_option_text(cfg, &cfg_options[i]));
    cfg_models_clear(cfg);
    memset(cfg, 0, sizeof *cfg);
}

roost_status cfg_set(struct cfg *cfg, const char *key, const char *value,
                     struct roost_error *err)
{
    int32_t found = cfg_option_find(key, strlen(key));
    if (found >= 0)
        return cfg_option_set(cfg, &cfg_options[found], value, strlen(value), err);
    return cfg_option_unknown(key, err);
}
