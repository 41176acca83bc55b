/* SPDX-License-Identifier: MIT
 * check_models.c - a registry without a thread: what the server would do with a directory
 * is done once, here, and left to be looked at. Used by check.c, and by score_open.c for
 * groups, so that both judge models exactly as the server does. */
#include "gateway/cli/check_models.h"
#include "engine/base/error.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void gw_cli_limits(const struct cfg *cfg, struct gw_decode_limits *out)
{
    *out = (struct gw_decode_limits){.rows = cfg->rows,
                                     .depth = cfg->json_depth,
                                     .list = cfg->list,
                                     .keys = cfg->keys,
                                     .text = (uint32_t)cfg->text,
                                     .strict_json = cfg->json_strict};
}

static int add_model(struct gw_checked *checked, const char *name)
{
    struct reg_model_options *models =
        realloc(checked->models, (checked->count + 1) * sizeof *models);
    if (models == NULL)
        return -1;
    checked->models = models;
    char *copy = strdup(name);
    if (copy == NULL)
        return -1;
    models[checked->count++] =
        (struct reg_model_options){.name = copy, .policy = REG_POLICY_ALL, .latest = 1};
    return 0;
}

/* Every directory gets the policy ALL: a version that serves only after a promote or a
 * rollback is to be good as well. Names that are no models are the registry's to skip. */
static roost_status list_models(const char *dir, struct gw_checked *checked,
                                struct roost_error *err)
{
    DIR *stream = opendir(dir);
    if (stream == NULL)
        return eng_fail(err, ROOST_IO, dir, 0, "the models cannot be listed: %s",
                        strerror(errno));
    roost_status status = ROOST_OK;
    const struct dirent *entry;
    while (status == ROOST_OK && (entry = readdir(stream)) != NULL) {
        int skip = entry->d_name[0] == '.' || entry->d_type == DT_REG ||
                   strlen(entry->d_name) > REG_NAME_MAX;
        if (!skip && add_model(checked, entry->d_name) != 0)
            status = eng_fail(err, ROOST_NOMEM, dir, 0, "out of memory");
    }
    closedir(stream);
    return status;
}

roost_status gw_checked_open(const struct cfg *cfg, const char *dir, int all,
                             struct gw_checked *out, struct roost_error *err)
{
    memset(out, 0, sizeof *out);
    gw_cli_limits(cfg, &out->replay.limits);
    roost_status status = all ? list_models(dir, out, err) : ROOST_OK;
    if (status != ROOST_OK)
        return status;
    /* No budget: all versions are in memory at once, as never while serving. */
    struct reg_options options = {.models_dir = dir,
                                  .poll_ms = cfg->poll_ms,
                                  .quiet_ms = cfg->quiet_ms,
                                  .model_bytes = cfg->model_bytes,
                                  .golden_rows = cfg->golden_rows,
                                  .readers = 1,
                                  .model_count = out->count,
                                  .models = out->models};
    if (all) {
        options.hooks.context = &out->replay;
        options.hooks.replay = gw_replay_line;
    }
    status = reg_new(&options, &out->registry, err);
    if (status != ROOST_OK)
        return status;
    status = reg_load_once(out->registry, err);
    if (status != ROOST_OK)
        return status;
    out->reader = reg_reader_new(out->registry);
    if (out->reader == NULL)
        return eng_fail(err, ROOST_NOMEM, dir, 0, "out of memory");
    reg_reader_online(out->reader);
    out->snapshot = reg_read(out->registry);
    return ROOST_OK;
}

void gw_checked_close(struct gw_checked *checked)
{
    if (checked->reader != NULL) {
        reg_reader_offline(checked->reader);
        reg_reader_free(checked->reader);
    }
    reg_free(checked->registry);
    for (uint32_t i = 0; i < checked->count; i++)
        free((void *)(uintptr_t)checked->models[i].name);
    free(checked->models);
    memset(checked, 0, sizeof *checked);
}
