/* SPDX-License-Identifier: MIT
 * Reads the models directory into a struct reg_scan: which names and versions there are
 * and a print of each one's files, by which a change is seen. Before: watch.c or the slow
 * poll asks for it. After: merge.c compares it with what the registry knows. Never
 * follows a link to a directory and never opens a file. */
#include "registry/scan.h"

#include "engine/base/error.h"
#include "engine/base/hash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOTES_MAX = 256 };

static int alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

int reg_name_valid(const char *name, size_t size)
{
    if (size == 0 || size > REG_NAME_MAX || !alphanumeric(name[0])) {
        return 0;
    }
    for (size_t i = 1; i < size; i++) {
        char c = name[i];
        if (!alphanumeric(c) && c != '_' && c != '.' && c != '-') {
            return 0;
        }
    }
    return 1;
}

int64_t reg_folder_version(const char *name)
{
    int64_t version = 0;
    if (!*name) {
        return -1;
    }
    for (const char *at = name; *at; at++) {
        if (*at < '0' || *at > '9') {
            return -1;
        }
    }
    for (const char *at = name; *at; at++) {
        if (__builtin_mul_overflow(version, 10, &version) ||
            __builtin_add_overflow(version, *at - '0', &version)) {
            return -2;
        }
    }
    return version;
}

/* A note more or less changes nothing that serves, so a lack of memory drops it. */
__attribute__((format(printf, 3, 4))) static void
note(struct reg_scan *scan, const char *name, const char *format, ...)
{
    if (scan->note_count >= NOTES_MAX) {
        return;
    }
    if (scan->note_count == scan->note_room) {
        uint32_t room = scan->note_room ? scan->note_room * 2 : 8;
        struct reg_note *more = realloc(scan->note, room * sizeof *more);
        if (!more) {
            return;
        }
        scan->note = more;
        scan->note_room = room;
    }
    struct reg_note *new = &scan->note[scan->note_count++];
    snprintf(new->name, sizeof new->name, "%s", name);
    va_list args;
    va_start(args, format);
    vsnprintf(new->text, sizeof new->text, format, args);
    va_end(args);
}

static int absent(int error)
{
    return error == ENOENT || error == ENOTDIR || error == ELOOP;
}

/* What a failure means for the scan. What is gone, or was never a directory, is no part
 * of it. A wrong mode concerns this model alone and lasts, so it is noted. Any other
 * failure (no descriptors, no memory, a disk's error) says nothing of what is there: the
 * scan as a whole must fail, or everything would look deleted. */
static roost_status not_seen(struct reg_scan *scan, const char *model, const char *folder,
                             int error)
{
    if (!error || absent(error)) {
        return ROOST_OK;
    }
    if (error != EACCES) {
        scan->error = error;
        return error == ENOMEM ? ROOST_NOMEM : ROOST_IO;
    }
    note(scan, model, "%s%s is left out: permission denied",
         folder[0] ? "folder " : "the directory", folder);
    return ROOST_OK;
}

/* The next entry; NULL with errno 0 at the end, with another when the listing is cut. */
static struct dirent *next_entry(DIR *dir)
{
    errno = 0;
    return readdir(dir);
}

/* A directory that is no link; NULL with errno. */
static DIR *open_folder(int at, const char *name, struct stat *about)
{
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return NULL;
    }
    DIR *dir = fstat(fd, about) == 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        int kept = errno;
        close(fd);
        errno = kept;
    }
    return dir;
}

/* Sums, so that the order in which the directory lists its files does not matter. */
static void print_file(struct reg_seen *seen, const char *name, const struct stat *file)
{
    struct eng_digest digest;
    eng_digest_init(&digest);
    eng_digest_put(&digest, name, strlen(name));
    eng_digest_u64(&digest, (uint64_t)file->st_size);
    eng_digest_u64(&digest, (uint64_t)file->st_mtim.tv_sec);
    eng_digest_u64(&digest, (uint64_t)file->st_mtim.tv_nsec);
    /* Whoever copies may put size and st_mtim back (cp -p, rsync -t), but not st_ctim. It
     * also tells of a chmod, after which an unreadable file is worth another try. */
    eng_digest_u64(&digest, (uint64_t)file->st_ctim.tv_sec);
    eng_digest_u64(&digest, (uint64_t)file->st_ctim.tv_nsec);
    eng_digest_u64(&digest, (uint64_t)file->st_ino);
    seen->print += digest.state[0] | 1;
    seen->bytes += (uint64_t)file->st_size;
    int64_t changed = (int64_t)file->st_ctim.tv_sec * 1000000000 + file->st_ctim.tv_nsec;
    if (changed > seen->newest) {
        seen->newest = changed;
    }
}

/* Files that are no part of a version: notes to people and examples. */
static int counts(const char *name)
{
    return name[0] != '.' && strcmp(name, "rows.jsonl") != 0;
}

int reg_scan_files(int at, const char *folder, struct reg_seen *seen)
{
    struct stat about;
    DIR *dir = open_folder(at, folder, &about);
    if (!dir) {
        return absent(errno) ? 0 : -1;
    }
    seen->inode = (uint64_t)about.st_ino;
    int wrong = 0;
    for (struct dirent *entry; !wrong && (entry = next_entry(dir)) != NULL;) {
        struct stat file;
        if (!counts(entry->d_name)) {
            continue;
        }
        if (fstatat(dirfd(dir), entry->d_name, &file, 0) != 0) {
            wrong = absent(errno) ? 0 : errno; /* a link may lead nowhere */
        } else if (S_ISREG(file.st_mode)) {
            print_file(seen, entry->d_name, &file);
        }
    }
    wrong = wrong ? wrong : errno; /* of the listing, which has just ended */
    closedir(dir);
    errno = wrong;
    return wrong ? -1 : seen->print != 0;
}

static int newest_first(const void *left, const void *right)
{
    const struct reg_seen *a = left, *b = right;
    if (a->version != b->version) {
        return a->version < b->version ? 1 : -1;
    }
    /* Of two names for one version the shorter, canonical one stands first. */
    size_t a_size = strlen(a->folder), b_size = strlen(b->folder);
    return a_size < b_size ? -1 : a_size > b_size;
}

static roost_status add_version(struct reg_seen_model *model, uint32_t *room,
                                const struct reg_seen *seen)
{
    if (model->count == *room) {
        uint32_t more = *room ? *room * 2 : 4;
        struct reg_seen *grown = realloc(model->version, more * sizeof *grown);
        if (!grown) {
            return ROOST_NOMEM;
        }
        model->version = grown;
        *room = more;
    }
    model->version[model->count++] = *seen;
    return ROOST_OK;
}

/* Sort, and leave out the second of two folders that mean the same version. */
static void order_versions(struct reg_scan *scan, struct reg_seen_model *model)
{
    uint32_t kept = 0;
    if (model->count) {
        qsort(model->version, model->count, sizeof *model->version, newest_first);
    }
    for (uint32_t i = 0; i < model->count; i++) {
        if (kept && model->version[kept - 1].version == model->version[i].version) {
            note(scan, model->name,
                 "folder %s is ignored: a shorter name means the same version",
                 model->version[i].folder);
        } else {
            model->version[kept++] = model->version[i];
        }
    }
    model->count = kept;
}

/* What one entry of a model's directory means. */
static roost_status read_entry(struct reg_scan *scan, struct reg_seen_model *model,
                               int at, const char *name, uint32_t *room, int *numeric)
{
    int64_t version = reg_folder_version(name);
    struct stat about;
    if (version == -1) {
        return ROOST_OK;
    }
    if (fstatat(at, name, &about, AT_SYMLINK_NOFOLLOW) != 0) {
        return not_seen(scan, model->name, name, errno);
    }
    if (S_ISLNK(about.st_mode)) {
        note(scan, model->name, "folder %s is ignored: it is a link", name);
        return ROOST_OK;
    }
    if (!S_ISDIR(about.st_mode)) {
        return ROOST_OK;
    }
    *numeric = 1;
    if (version < 0 || strlen(name) >= REG_FOLDER_MAX ||
        model->count >= REG_VERSIONS_MAX) {
        note(scan, model->name, "folder %.64s is ignored: a version is at most 2^63 - 1",
             name);
        return ROOST_OK;
    }
    struct reg_seen seen = {.version = version};
    snprintf(seen.folder, sizeof seen.folder, "%.*s", REG_FOLDER_MAX - 1, name);
    int files = reg_scan_files(at, name, &seen);
    if (files < 0) {
        return not_seen(scan, model->name, name, errno);
    }
    return files ? add_version(model, room, &seen) : ROOST_OK;
}

static int has_group_file(int at)
{
    struct stat about;
    return fstatat(at, "group.yaml", &about, 0) == 0 && S_ISREG(about.st_mode);
}

static roost_status read_model(struct reg_scan *scan, DIR *dir,
                               struct reg_seen_model *model)
{
    uint32_t room = 0;
    int numeric = 0;
    roost_status status = ROOST_OK;
    struct dirent *entry = next_entry(dir);
    for (; !status && entry; entry = status ? NULL : next_entry(dir)) {
        if (entry->d_name[0] != '.') {
            status = read_entry(scan, model, dirfd(dir), entry->d_name, &room, &numeric);
        }
    }
    if (!status && errno) {
        status = not_seen(scan, model->name, "", errno);
    }
    if (status) {
        return status;
    }
    model->group = (uint8_t)has_group_file(dirfd(dir));
    if (model->group && numeric) {
        note(scan, model->name,
             "group.yaml makes this a group: its version folders are ignored");
    }
    if (model->group || !numeric) {
        struct reg_seen flat = {.version = 1};
        model->count = 0;
        int files = reg_scan_files(dirfd(dir), ".", &flat);
        if (files < 0) {
            return not_seen(scan, model->name, "", errno);
        }
        return files ? add_version(model, &room, &flat) : ROOST_OK;
    }
    order_versions(scan, model);
    return ROOST_OK;
}

static roost_status add_model(struct reg_scan *scan, int at, const char *name)
{
    if (scan->count == scan->room) {
        uint32_t room = scan->room ? scan->room * 2 : 16;
        struct reg_seen_model *more = realloc(scan->model, room * sizeof *more);
        if (!more) {
            return ROOST_NOMEM;
        }
        scan->model = more;
        scan->room = room;
    }
    struct stat about;
    DIR *dir = open_folder(at, name, &about);
    if (!dir) {
        return not_seen(scan, name, "", errno);
    }
    struct reg_seen_model *model = &scan->model[scan->count++];
    memset(model, 0, sizeof *model);
    snprintf(model->name, sizeof model->name, "%.*s", REG_NAME_MAX, name);
    model->inode = (uint64_t)about.st_ino;
    roost_status status = read_model(scan, dir, model);
    closedir(dir);
    return status;
}

static int by_name(const void *left, const void *right)
{
    const struct reg_seen_model *a = left, *b = right;
    return strcmp(a->name, b->name);
}

static roost_status read_names(struct reg_scan *scan, DIR *dir)
{
    for (struct dirent *entry; (entry = next_entry(dir)) != NULL;) {
        const char *name = entry->d_name;
        if (name[0] == '.') {
            continue;
        }
        if (!reg_name_valid(name, strlen(name))) {
            note(scan, "",
                 "%.100s is ignored: a model's name is letters, digits, _ . - "
                 "and at most 128 of them",
                 name);
            continue;
        }
        if (scan->count >= REG_MODELS_MAX) {
            return ROOST_LIMIT;
        }
        roost_status status = add_model(scan, dirfd(dir), name);
        if (status) {
            return status;
        }
    }
    return not_seen(scan, "", "", errno);
}

roost_status reg_scan_read(int at, struct reg_scan *out, struct roost_error *err)
{
    struct stat about;
    memset(out, 0, sizeof *out);
    DIR *dir = open_folder(at, ".", &about);
    if (!dir) {
        int error = errno;
        return eng_fail(err, error == ENOMEM ? ROOST_NOMEM : ROOST_IO, "", 0,
                        "the models directory cannot be read: %s",
                        strerrordesc_np(error));
    }
    roost_status status = read_names(out, dir);
    closedir(dir);
    if (status) {
        int error = out->error;
        reg_scan_clear(out);
        return eng_fail(err, status, "", 0, "the models directory cannot be scanned: %s",
                        error ? strerrordesc_np(error) : roost_status_text(status));
    }
    if (out->count) {
        qsort(out->model, out->count, sizeof *out->model, by_name);
    }
    return ROOST_OK;
}

void reg_scan_clear(struct reg_scan *scan)
{
    for (uint32_t i = 0; i < scan->count; i++) {
        free(scan->model[i].version);
    }
    free(scan->model);
    free(scan->note);
    memset(scan, 0, sizeof *scan);
}
