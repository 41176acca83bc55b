/* SPDX-License-Identifier: MIT
 * The state file: pins and rolled-back versions, which survive a restart. Before: an
 * admin command changed them. After: the command is published only once the file is on
 * disk, so that a crash never forgets what was acknowledged. Layout:
 *   {"format": 1, "models": {"ctr": {"pin": 7, "rolled_back": [8, 9]}}} */
#include "registry/room.h"

#include "engine/base/error.h"
#include "registry/file.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STATE_MAX = 16 << 20 };
static const char no_memory[] = "out of memory";

/* The file's bytes, or NULL with *why set ("" when there is no file). */
static char *read_all(const struct reg_registry *registry, size_t *size, const char **why)
{
    struct stat about;
    *why = "";
    int fd = open(registry->options.state_file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        *why = errno == ENOENT ? "" : errno == ENOMEM ? no_memory : strerror(errno);
        return NULL;
    }
    char *data = NULL;
    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode) || about.st_size > STATE_MAX) {
        *why = "it is not a file of at most 16 MiB";
    } else if (!(data = malloc((size_t)about.st_size + 1))) {
        *why = no_memory;
    } else {
        ssize_t got = 1;
        for (*size = 0; got > 0 && *size < (size_t)about.st_size; *size += (size_t)got) {
            got = read(fd, data + *size, (size_t)about.st_size - *size);
            got = got < 0 ? 0 : got;
        }
    }
    close(fd);
    return data;
}

static roost_status read_model(struct reg_registry *registry, const char *name,
                               json_t *model)
{
    if (!reg_name_valid(name, strlen(name))) {
        return ROOST_OK;
    }
    struct reg_slot *slot = reg_slot_add(registry, name);
    if (!slot) {
        return ROOST_NOMEM;
    }
    json_t *pin = json_object_get(model, "pin");
    if (json_is_integer(pin) && json_integer_value(pin) >= 0) {
        slot->pin = json_integer_value(pin);
    }
    json_t *list = json_object_get(model, "rolled_back");
    size_t count = json_array_size(list);
    for (size_t i = 0; i < count && i < REG_HISTORY_MAX; i++) {
        json_t *version = json_array_get(list, i);
        if (!json_is_integer(version) || json_integer_value(version) < 0) {
            continue;
        }
        struct reg_held *held = reg_held_add(slot, json_integer_value(version));
        if (!held) {
            return ROOST_NOMEM;
        }
        held->about.rolled_back = 1;
        held->about.state = REG_END;
    }
    return ROOST_OK;
}

roost_status reg_state_read(struct reg_registry *registry, struct roost_error *err)
{
    roost_status status = ROOST_OK;
    size_t size = 0;
    const char *why, *name;
    json_error_t error = {.line = -1};
    json_t *model;
    if (!registry->options.state_file) {
        return ROOST_OK;
    }
    char *data = read_all(registry, &size, &why);
    /* Out of memory jansson may speak of an invalid token: only errno is sure. */
    errno = 0;
    json_t *root = data ? json_loadb(data, size, JSON_REJECT_DUPLICATES, &error) : NULL;
    if (data && !root && errno == ENOMEM) {
        why = no_memory;
    }
    free(data);
    json_t *models = json_object_get(root, "models");
    if (root && json_integer_value(json_object_get(root, "format")) == 1 &&
        json_is_object(models)) {
        json_object_foreach(models, name, model)
        {
            status = status ? status : read_model(registry, name, model);
        }
    } else if (why == no_memory) {
        status = ROOST_NOMEM;
    } else if (data || *why) {
        reg_say(registry, 'e', "", -1,
                "the state file %s cannot be used, pins and rollbacks are forgotten: %s",
                registry->options.state_file,
                *why   ? why
                : root ? "it is not a state file of format 1"
                       : error.text);
    }
    json_decref(root);
    return status ? eng_fail(err, status, "", 0, "no memory to read the state file")
                  : ROOST_OK;
}

static json_t *model_state(const struct reg_slot *slot)
{
    json_t *model = json_object(), *list = json_array();
    int failed = !model || !list;
    for (uint32_t i = 0; !failed && i < slot->held_count; i++) {
        if (slot->held[i].about.rolled_back) {
            failed =
                json_array_append_new(list, json_integer(slot->held[i].about.version));
        }
    }
    if (!failed && slot->pin >= 0) {
        failed = json_object_set_new(model, "pin", json_integer(slot->pin));
    }
    if (!failed && json_array_size(list) > 0) {
        failed = json_object_set(model, "rolled_back", list);
    }
    json_decref(list);
    if (failed) {
        json_decref(model);
        return NULL;
    }
    return model;
}

/* The whole state as text for json_free; NULL when memory is out. */
static char *state_text(const struct reg_registry *registry)
{
    json_t *root = json_object(), *models = json_object();
    int failed = json_object_set_new(root, "format", json_integer(1)) ||
                 json_object_set(root, "models", models);
    for (uint32_t i = 0; !failed && i < registry->slot_count; i++) {
        json_t *model = model_state(registry->slot[i]);
        failed = !model;
        if (model && json_object_size(model) > 0) {
            failed = json_object_set(models, registry->slot[i]->name, model);
        }
        json_decref(model);
    }
    char *text = failed ? NULL : json_dumps(root, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    json_decref(models);
    json_decref(root);
    return text;
}

/* The folder is opened anew each time: it may have been replaced since. */
static int open_folder(const char *path, const char **name)
{
    const char *slash = strrchr(path, '/');
    *name = slash ? slash + 1 : path;
    if (!slash) {
        return open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    char *folder = strndup(path, slash == path ? 1 : (size_t)(slash - path));
    int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    int kept = errno;
    free(folder);
    errno = kept;
    return fd;
}

roost_status reg_state_write(struct reg_registry *registry, struct roost_error *err)
{
    const char *path = registry->options.state_file, *name;
    if (!path) {
        return ROOST_OK;
    }
    char *text = state_text(registry);
    if (!text) {
        return eng_fail(err, ROOST_NOMEM, "", 0, "out of memory");
    }
    struct roost_error own = {.status = ROOST_OK};
    int folder = open_folder(path, &name);
    roost_status status =
        folder < 0 ? eng_fail(&own, errno == ENOMEM ? ROOST_NOMEM : ROOST_IO, name, 0,
                              "its folder cannot be opened: %s", strerrordesc_np(errno))
                   : reg_file_replace(folder, name, text, strlen(text), &own);
    if (folder >= 0) {
        close(folder);
    }
    free(text);
    if (status) {
        /* The admin asked for a version, not for a file: say what came of that. */
        eng_fail(err, status, name, 0,
                 "the state file could not be saved, so nothing is changed: %s; "
                 "registry.state_file says where it lies",
                 own.text);
    }
    return status;
}
