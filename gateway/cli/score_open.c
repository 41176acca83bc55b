/* SPDX-License-Identifier: MIT
 * score_open.c - a path on the command line -> a plan. A model is opened as a program
 * that embeds libroost would; a group goes through the registry, as in the server. */
#include "gateway/cli/score_open.h"
#include "engine/base/error.h"
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A version's number from its folder's name, or -1. */
static int64_t version_of(const char *name)
{
    int64_t value = 0;
    size_t digits = strspn(name, "0123456789");
    if (digits == 0 || digits > 19 || name[digits] != '\0')
        return -1;
    for (size_t i = 0; i < digits; i++)
        if (__builtin_mul_overflow(value, (int64_t)10, &value) ||
            __builtin_add_overflow(value, (int64_t)(name[i] - '0'), &value))
            return -1;
    return value;
}

/* The newest version's folder in a directory, or the directory itself when it has none.
 */
static void newest_version(const char *path, char out[PATH_MAX])
{
    int64_t best = -1;
    snprintf(out, PATH_MAX, "%s", path);
    DIR *stream = opendir(path);
    const struct dirent *entry;
    while (stream != NULL && (entry = readdir(stream)) != NULL) {
        int64_t version = entry->d_type == DT_REG ? -1 : version_of(entry->d_name);
        if (version <= best)
            continue;
        best = version;
        snprintf(out, PATH_MAX, "%.3900s/%.19s", path, entry->d_name);
    }
    if (stream != NULL)
        closedir(stream);
}

static roost_status open_model(const char *path, struct gw_scored *out,
                               struct roost_error *err)
{
    char place[PATH_MAX];
    newest_version(path, place);
    roost_status status = roost_model_open(place, &out->model, err);
    if (status != ROOST_OK)
        return status;
    status = roost_plan_new(&out->model, NULL, 1, NULL, &out->own, err);
    out->plan = out->own;
    return status;
}

/* real: DIR/GROUP without a slash at the end. */
static roost_status open_group(const struct cfg *cfg, char *real, struct gw_scored *out,
                               struct roost_error *err)
{
    char *slash = strrchr(real, '/');
    const char *name = slash + 1;
    *slash = '\0';
    const char *dir = real[0] != '\0' ? real : "/";
    roost_status status = gw_checked_open(cfg, dir, 0, &out->checked, err);
    if (status != ROOST_OK)
        return status;
    const struct reg_entry *entry = reg_find(out->checked.snapshot, name, strlen(name));
    if (entry == NULL)
        return eng_fail(err, ROOST_MISSING, name, 0, "is not a group of %s", dir);
    if (entry->chosen == NULL)
        return eng_fail(err, ROOST_MISSING, name, 0, "the group cannot be scored: %s",
                        entry->reason);
    out->plan = entry->chosen->plan;
    out->group = 1;
    return ROOST_OK;
}

roost_status gw_scored_open(const struct cfg *cfg, const char *path,
                            struct gw_scored *out, struct roost_error *err)
{
    char real[PATH_MAX], manifest[PATH_MAX + 16];
    struct stat info;
    memset(out, 0, sizeof *out);
    if (realpath(path, real) == NULL)
        return eng_fail(err, ROOST_IO, path, 0, "cannot be opened: %s", strerror(errno));
    snprintf(manifest, sizeof manifest, "%s/group.yaml", real);
    if (stat(manifest, &info) == 0)
        return open_group(cfg, real, out, err);
    return open_model(path, out, err);
}

void gw_scored_close(struct gw_scored *scored)
{
    roost_plan_free(scored->own);
    roost_model_free(scored->model);
    gw_checked_close(&scored->checked);
}
