/* SPDX-License-Identifier: MIT
 * environment.c - ROOST_LIMITS__ROWS=100 -> limits.rows. Read after the file and before
 * the flags. A variable that names no option is an error, so that a slip does not go
 * unseen, save for names that others own. */
#include "config/options.h"
#include "engine/base/error.h"
#include <stdio.h>
#include <string.h>

/* ROOST_KERNEL is the engine's own switch. Kubernetes gives every pod variables of the
 * services beside it: for one called `roost`, ROOST_SERVICE_... and ROOST_PORT... */
static int owned_by_others(const char *name, size_t size)
{
    static const char *const others[] = {"KERNEL", "SERVICE_HOST", "SERVICE_PORT*",
                                         "PORT", "PORT_*"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        size_t length = strlen(others[i]);
        if (others[i][length - 1] == '*' && size >= length - 1 &&
            memcmp(others[i], name, length - 1) == 0)
            return 1;
        if (length == size && memcmp(others[i], name, size) == 0)
            return 1;
    }
    return 0;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* LIMITS__ROWS -> limits.rows. -1 when it is longer than any key. */
static int key_of(const char *name, size_t size, char key[CFG_KEY_MAX])
{
    size_t at = 0;
    for (size_t i = 0; i < size; i++) {
        if (at + 1 >= CFG_KEY_MAX)
            return -1;
        int level = name[i] == '_' && i + 1 < size && name[i + 1] == '_';
        key[at++] = level ? '.' : lower(name[i]);
        i += (size_t)level;
    }
    key[at] = '\0';
    return 0;
}

static roost_status set_variable(struct cfg *cfg, const char *entry, size_t size,
                                 struct roost_error *err)
{
    char key[CFG_KEY_MAX], name[96];
    const char *value = entry + size + 1;
    snprintf(name, sizeof name, "%.*s", (int)(size < 95 ? size : 95), entry);
    int32_t found = -1;
    if (key_of(entry + 6, size - 6, key) == 0)
        found = cfg_option_find(key, strlen(key));
    else
        snprintf(key, sizeof key, "%.60s", entry + 6);
    /* The place first: the message is added to it. */
    eng_fail(err, ROOST_VALUE, name, 0, "is wrong");
    if (found < 0)
        return cfg_option_unknown(key, err);
    roost_status status =
        cfg_option_set(cfg, &cfg_options[found], value, strlen(value), err);
    if (status == ROOST_OK)
        eng_error_clear(err);
    return status;
}

roost_status cfg_read_environment(struct cfg *cfg, char *const *environment,
                                  struct roost_error *err)
{
    eng_error_clear(err);
    for (; *environment != NULL; environment++) {
        const char *entry = *environment;
        const char *equals = strchr(entry, '=');
        if (equals == NULL || strncmp(entry, "ROOST_", 6) != 0)
            continue;
        size_t size = (size_t)(equals - entry);
        if (owned_by_others(entry + 6, size - 6))
            continue;
        roost_status status = set_variable(cfg, entry, size, err);
        if (status != ROOST_OK)
            return status;
    }
    return ROOST_OK;
}
