/* SPDX-License-Identifier: MIT
 * settings.c - the configuration a command works with. Flags are only remembered while
 * they are parsed, since the file and the environment weigh less and must be read first.
 */
#include "engine/base/error.h"
#include "gateway/cli/cli.h"
#include <string.h>
#include <unistd.h>

int gw_settings_add(struct gw_settings *settings, const char *key, const char *value)
{
    if (settings->count == GW_CLI_SETS)
        return -1;
    settings->key[settings->count] = key;
    settings->value[settings->count] = value;
    settings->count++;
    return 0;
}

static roost_status apply_flag(struct cfg *cfg, const char *key, const char *value,
                               struct roost_error *err)
{
    char name[128];
    if (key != NULL)
        return cfg_set(cfg, key, value, err);
    const char *equals = strchr(value, '=');
    if (equals == NULL || (size_t)(equals - value) >= sizeof name)
        return eng_fail(err, ROOST_VALUE, "--set", 0,
                        "takes key=value, such as limits.rows=100, not \"%.64s\"", value);
    memcpy(name, value, (size_t)(equals - value));
    name[equals - value] = '\0';
    return cfg_set(cfg, name, equals + 1, err);
}

int gw_settings_apply(const struct gw_settings *settings, struct cfg *cfg)
{
    struct roost_error err = {.status = ROOST_OK};
    roost_status status = cfg_init(cfg, &err);
    if (status != ROOST_OK)
        return gw_cli_error(&err);
    if (settings->file != NULL)
        status = cfg_read_file(cfg, settings->file, &err);
    if (status == ROOST_OK)
        status = cfg_read_environment(cfg, environ, &err);
    int flags = 0;
    while (status == ROOST_OK && flags < settings->count) {
        status = apply_flag(cfg, settings->key[flags], settings->value[flags], &err);
        flags++;
    }
    if (status == ROOST_OK)
        return GW_EXIT_OK;
    gw_cli_error(&err);
    cfg_clear(cfg);
    /* A wrong file is a failure; a wrong flag is a wrong call, but for memory. */
    return flags > 0 && status != ROOST_NOMEM ? GW_EXIT_USAGE : GW_EXIT_FAILED;
}
