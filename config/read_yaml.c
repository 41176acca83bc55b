/* SPDX-License-Identifier: MIT
 * read_yaml.c - the tree of a configuration file -> options. Maps are walked with a path
 * ("limits" + "rows"), so that nested and dotted keys mean the same; the `models` section
 * goes to read_models.c. */
#include "config/models.h"
#include "config/options.h"
#include "engine/base/error.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct walk {
    struct cfg *cfg;
    const struct cfg_yaml *yaml;
    uint32_t *line; /* [cfg_option_count] where an option stood; 0: not yet */
    char path[CFG_KEY_MAX];
};

/* The full path of a node from its ancestors' keys; -1 when it is longer than any key. */
static int node_path(const struct cfg_node *node, char path[CFG_KEY_MAX])
{
    size_t start = CFG_KEY_MAX - 1;
    char whole[CFG_KEY_MAX];
    whole[start] = '\0';
    for (; node->key != NULL; node = node->parent) {
        size_t size = node->key->size, dot = whole[start] != '\0';
        if (size + dot > start)
            return -1;
        if (dot)
            whole[--start] = '.';
        start -= size;
        memcpy(whole + start, node->key->text, size);
    }
    memcpy(path, whole + start, CFG_KEY_MAX - start);
    return 0;
}

static int is_null(const struct cfg_node *node)
{
    return node->plain && (node->size == 0 || strcmp(node->text, "~") == 0 ||
                           strcmp(node->text, "null") == 0);
}

static roost_status set_option(struct walk *walk, const struct cfg_node *node,
                               int32_t found, struct roost_error *err)
{
    if (node->kind != CFG_NODE_SCALAR)
        return cfg_yaml_fail(walk->yaml, node, ROOST_VALUE, err, "%s takes one value",
                             walk->path);
    if (is_null(node))
        return cfg_yaml_fail(walk->yaml, node, ROOST_VALUE, err,
                             "%s has no value; without the line its default applies",
                             walk->path);
    /* The same option may stand once as `limits.rows` and once inside `limits:`. */
    if (walk->line[found] != 0)
        return cfg_yaml_fail(walk->yaml, node->key, ROOST_FORMAT, err,
                             "%s stands twice; it is already on line %u", walk->path,
                             (unsigned)walk->line[found]);
    walk->line[found] = node->key->line;
    roost_status status =
        cfg_option_set(walk->cfg, &cfg_options[found], node->text, node->size, err);
    return status == ROOST_OK ? status : cfg_yaml_place(walk->yaml, node, status, err);
}

/* One member of a map. *enter is set when it is a section to walk into. */
static roost_status on_member(struct walk *walk, const struct cfg_node *node, int *enter,
                              struct roost_error *err)
{
    *enter = 0;
    if (node_path(node, walk->path) != 0)
        return cfg_yaml_fail(walk->yaml, node->key, ROOST_VALUE, err,
                             "there is no option %.64s", node->key->text);
    size_t size = strlen(walk->path);
    if (strcmp(walk->path, "models") == 0)
        return cfg_read_models(walk->cfg, walk->yaml, node, err);
    int32_t found = cfg_option_find(walk->path, size);
    if (found >= 0)
        return set_option(walk, node, found, err);
    if (!cfg_option_section(walk->path, size)) {
        roost_status status = cfg_option_unknown(walk->path, err);
        return cfg_yaml_place(walk->yaml, node->key, status, err);
    }
    if (node->kind != CFG_NODE_MAP)
        return cfg_yaml_fail(walk->yaml, node, ROOST_VALUE, err,
                             "%s is a section: write `%s: {key: value}`", walk->path,
                             walk->path);
    *enter = 1;
    return ROOST_OK;
}

/* Depth first without recursion: down into sections, else on to the next member, else up
 * to the first ancestor that has one. */
static roost_status walk_map(struct walk *walk, const struct cfg_node *root,
                             struct roost_error *err)
{
    const struct cfg_node *at = root->first;
    while (at != NULL) {
        int enter;
        roost_status status = on_member(walk, at, &enter, err);
        if (status != ROOST_OK)
            return status;
        if (enter && at->first != NULL) {
            at = at->first;
            continue;
        }
        while (at != root && at->next == NULL)
            at = at->parent;
        at = at == root ? NULL : at->next;
    }
    return ROOST_OK;
}

roost_status cfg_read_yaml(struct cfg *cfg, const char *name, const char *text,
                           size_t size, struct roost_error *err)
{
    struct cfg_yaml yaml;
    eng_error_clear(err);
    roost_status status = cfg_yaml_read(&yaml, name, text, size, err);
    if (status != ROOST_OK)
        return status;
    struct walk walk = {.cfg = cfg, .yaml = &yaml};
    walk.line = calloc(cfg_option_count, sizeof *walk.line);
    if (walk.line == NULL)
        status = eng_fail(err, ROOST_NOMEM, name, 0, "out of memory");
    else if (yaml.root != NULL)
        status = walk_map(&walk, yaml.root, err);
    free(walk.line);
    cfg_yaml_clear(&yaml);
    return status;
}

static roost_status fail_io(const char *path, const char *what, struct roost_error *err)
{
    int cause = errno;
    char name[96];
    cfg_place_name(name, path);
    return eng_fail(err, ROOST_IO, name, 0, "%s: %s", what, strerror(cause));
}

/* The whole file, or one byte more than is allowed, which cfg_read_yaml then refuses. */
static roost_status read_whole(int fd, const char *path, struct eng_buf *buf,
                               struct roost_error *err)
{
    char piece[8192];
    while (buf->size <= CFG_YAML_BYTES) {
        ssize_t got = read(fd, piece, sizeof piece);
        if (got == 0)
            return ROOST_OK;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_io(path, "cannot be read", err);
        if (eng_buf_put(buf, piece, (size_t)got) != 0)
            return eng_fail(err, ROOST_NOMEM, path, 0, "out of memory");
    }
    return ROOST_OK;
}

roost_status cfg_read_file(struct cfg *cfg, const char *path, struct roost_error *err)
{
    eng_error_clear(err);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_io(path, "cannot be opened", err);
    struct eng_buf buf;
    eng_buf_init(&buf, CFG_YAML_BYTES + 8192);
    roost_status status = read_whole(fd, path, &buf, err);
    close(fd);
    if (status == ROOST_OK)
        status = cfg_read_yaml(cfg, path, buf.size > 0 ? buf.at : "", buf.size, err);
    eng_buf_clear(&buf);
    return status;
}
