/* SPDX-License-Identifier: MIT
 * open.c - a directory or a file -> a model. Reads the files (file.c), finds the format
 * that knows them, lets it fill a builder, and finishes the builder. After: a plan. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/error.h"
#include "registry/formats/format.h"
#include "registry/formats/native.h"
#include "registry/formats/xgboost.h"

static const struct reg_format *const formats[] = {
    &reg_format_native, &reg_format_xgboost_ubj, &reg_format_xgboost_json};

const struct reg_format *const *reg_formats(uint32_t *count)
{
    *count = sizeof formats / sizeof *formats;
    return formats;
}

/* Why no format knows these files, with the likeliest reasons first. */
static roost_status unknown(const struct reg_files *files, struct roost_error *err)
{
    const struct reg_file *first = NULL;
    for (uint32_t i = 0; i < files->count; i++) {
        const struct reg_file *file = &files->file[i];
        if (file->size >= 4 && !memcmp(file->data, "binf", 4))
            return eng_fail(err, ROOST_FORMAT, file->name, 0,
                            "XGBoost's old binary format is not read: load it in XGBoost "
                            "and save_model(\"model.ubj\")");
        if (reg_xgboost_sniff(file) == REG_XGBOOST_NONE)
            continue;
        if (first)
            return eng_fail(err, ROOST_FORMAT, file->name, 0,
                            "both this and %s are XGBoost models: keep one, or say in "
                            "model.yaml which",
                            first->name);
        first = file;
    }
    return eng_fail(err, ROOST_FORMAT, files->count == 1 ? files->file[0].name : "", 0,
                    "no model that this build reads: model.yaml (native), or one XGBoost "
                    "model saved as .json or .ubj");
}

static const struct reg_format *find_format(const struct reg_files *files)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (formats[i]->sniff(files))
            return formats[i];
    return NULL;
}

roost_status reg_open_files(const struct reg_files *files, roost_model **out,
                            struct roost_error *err)
{
    struct eng_builder *builder = NULL;
    if (err)
        memset(err, 0, sizeof *err);
    *out = NULL;
    const struct reg_format *format = find_format(files);
    if (!format)
        return unknown(files, err);
    roost_status status = eng_builder_new(&builder, err);
    if (status)
        return status;
    eng_builder_about(builder, format->name, files->digest);
    status = format->load(files, builder, err);
    if (status) {
        eng_builder_free(builder);
        return status;
    }
    return eng_builder_finish(builder, out, err);
}

/* The user's own path may go through links, so it is resolved first; what lies below it
 * may not. *name: the file in that directory, or "." when path is the directory. */
static int open_parent(char *real, const char **name)
{
    struct stat info;
    if (stat(real, &info))
        return -1;
    if (S_ISDIR(info.st_mode)) {
        *name = ".";
        return open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    char *slash = strrchr(real, '/'); /* realpath always gives one */
    *name = slash + 1;
    *slash = '\0';
    return open(slash == real ? "/" : real, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

roost_status roost_model_open(const char *path, roost_model **out,
                              struct roost_error *err)
{
    struct reg_files files;
    const char *name = ".";
    if (err)
        memset(err, 0, sizeof *err);
    *out = NULL;
    char *real = realpath(path, NULL);
    int dir = real ? open_parent(real, &name) : -1;
    if (dir < 0) {
        int kept = errno;
        free(real);
        return eng_fail(err, kept == ENOMEM ? ROOST_NOMEM : ROOST_IO, "", 0,
                        "the model's path cannot be opened: %s", strerrordesc_np(kept));
    }
    roost_status status = reg_files_read(dir, name, NULL, &files, err);
    close(dir);
    free(real);
    if (status)
        return status;
    status = reg_open_files(&files, out, err);
    reg_files_clear(&files);
    return status;
}
