/* SPDX-License-Identifier: MIT
 * file.c - bytes in and out. A version's files are copied into memory and hashed, and
 * only those bytes are parsed afterwards, so that nobody can change a model between its
 * check and its use, nor kill the process by truncating a mapped file. And every durable
 * write. Before: the registry's scan or roost_model_open. After: open.c finds the format.
 */
#include "registry/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/error.h"

/* OPEN_TRIES: openat2 asks to try again while somebody renames folders on the path, and a
 * file under a lease looks the same; neither may keep the registry thread for ever. */
enum { COUNT_DEFAULT = 256, NAME_ROOM = 255, OPEN_TRIES = 64 };
static const uint64_t bytes_default = UINT64_C(4) << 30;

/* Each step opens one part of the path relative to the folder before it and never follows
 * a link, so that no rename or link made meanwhile can lead the walk out of dirfd. */
int reg_open_steps(int dirfd, const char *path, int flags)
{
    char part[NAME_ROOM + 1];
    int at = dirfd;
    if (path[0] == '/' || path[0] == '\0') {
        errno = path[0] ? EXDEV : ENOENT;
        return -1;
    }
    for (;;) {
        size_t size = strcspn(path, "/");
        const char *rest = path + size + strspn(path + size, "/");
        int last = *rest == '\0', kept;
        if (size > NAME_ROOM || (size == 2 && path[0] == '.' && path[1] == '.')) {
            kept = size > NAME_ROOM ? ENAMETOOLONG : EXDEV;
            if (at != dirfd)
                close(at);
            errno = kept;
            return -1;
        }
        memcpy(part, path, size);
        part[size] = '\0';
        int mode = last ? flags : O_PATH | O_DIRECTORY;
        int next = openat(at, part, mode | O_NOFOLLOW | O_CLOEXEC);
        kept = errno;
        if (at != dirfd)
            close(at);
        errno = kept;
        if (next < 0 || last)
            return next;
        at = next;
        path = rest;
    }
}

int reg_open_beneath(int dirfd, const char *path, int flags)
{
    struct open_how how = {0};
    how.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS;
    for (int tries = 0;; tries++) {
        long fd = syscall(SYS_openat2, dirfd, path, &how, sizeof how);
        if (fd >= 0)
            return (int)fd;
        /* EPERM is what some sandboxes answer to calls they do not know. */
        if (errno == ENOSYS || errno == EPERM)
            return reg_open_steps(dirfd, path, flags);
        if ((errno != EINTR && errno != EAGAIN) || tries == OPEN_TRIES)
            return -1;
    }
}

/* The text goes to people who put files there, so it says what to do where that is clear.
 * strerrordesc_np, unlike strerror, is safe in threads and free of the locale. */
static roost_status fail_errno(struct roost_error *err, const char *name,
                               const char *what)
{
    int kept = errno;
    if (kept == ELOOP)
        return eng_fail(err, ROOST_IO, name, 0,
                        "it is a symbolic link, which is not followed: copy the file");
    if (kept == EXDEV)
        return eng_fail(err, ROOST_IO, name, 0, "the path leaves its directory");
    return eng_fail(err, kept == ENOMEM ? ROOST_NOMEM : ROOST_IO, name, 0, "%s: %s", what,
                    strerrordesc_np(kept));
}

static void to_hex(const uint8_t *bytes, char hex[65])
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < 32; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    hex[64] = '\0';
}

static roost_status sha256(const void *data, size_t size, char hex[65],
                           struct roost_error *err)
{
    uint8_t hash[32];
    if (gnutls_hash_fast(GNUTLS_DIG_SHA256, data, size, hash) < 0)
        return eng_fail(err, ROOST_IO, NULL, 0, "sha256 is not available");
    to_hex(hash, hex);
    return ROOST_OK;
}

const struct reg_file *reg_files_find(const struct reg_files *files, const char *name)
{
    for (uint32_t i = 0; i < files->count; i++)
        if (!strcmp(files->file[i].name, name))
            return &files->file[i];
    return NULL;
}

/* Put a file in its place by name; takes `data` over, also when it fails. */
static roost_status insert(struct reg_files *files, const char *name, uint8_t *data,
                           size_t size, struct roost_error *err)
{
    struct reg_file file = {.data = data, .size = size};
    struct reg_file *grown = NULL;
    roost_status status = sha256(data, size, file.sha256, err);
    file.name = strdup(name);
    if (!status)
        grown = realloc(files->file, (files->count + 1u) * sizeof *grown);
    if (!status && (!file.name || !grown))
        status = eng_fail(err, ROOST_NOMEM, name, 0, "out of memory");
    if (grown)
        files->file = grown;
    if (status) {
        free(file.name);
        free(data);
        return status;
    }
    uint32_t at = files->count++;
    for (; at > 0 && strcmp(files->file[at - 1].name, name) > 0; at--)
        files->file[at] = files->file[at - 1];
    files->file[at] = file;
    files->bytes += size;
    return ROOST_OK;
}

/* The digest of the whole: it changes when a file's name or content does, and does not
 * depend on the order in which the directory lists them. In one piece, since a hash that
 * is fed piece by piece lives on the heap and is lost when gnutls runs out of memory. */
static roost_status seal(struct reg_files *files, struct roost_error *err)
{
    struct eng_buf text;
    eng_buf_init(&text, SIZE_MAX / 2);
    for (uint32_t i = 0; i < files->count; i++) {
        const struct reg_file *file = &files->file[i];
        eng_buf_text(&text, file->name);
        eng_buf_text(&text, " ");
        eng_buf_put(&text, file->sha256, 64);
        eng_buf_text(&text, "\n");
    }
    roost_status status =
        text.failed ? eng_fail(err, ROOST_NOMEM, NULL, 0, "out of memory")
                    : sha256(text.at ? text.at : "", text.size, files->digest, err);
    eng_buf_clear(&text);
    return status;
}

roost_status reg_files_add(struct reg_files *files, const char *name, const void *data,
                           size_t size, struct roost_error *err)
{
    if (reg_files_find(files, name))
        return eng_fail(err, ROOST_VALUE, name, 0, "the file is there already");
    uint8_t *copy = malloc(size + 1);
    if (!copy)
        return eng_fail(err, ROOST_NOMEM, name, 0, "out of memory");
    if (size)
        memcpy(copy, data, size);
    copy[size] = 0;
    roost_status status = insert(files, name, copy, size, err);
    return status ? status : seal(files, err);
}

void reg_files_clear(struct reg_files *files)
{
    for (uint32_t i = 0; i < files->count; i++) {
        free(files->file[i].name);
        free(files->file[i].data);
    }
    free(files->file);
    memset(files, 0, sizeof *files);
}

/* Read until `size` bytes are there or the file ends; one more byte than stat said is
 * asked for, so that a file that still grows is noticed. */
static ssize_t read_all(int fd, uint8_t *to, size_t size)
{
    size_t have = 0;
    while (have < size) {
        ssize_t got = read(fd, to + have, size - have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        have += (size_t)got;
    }
    return (ssize_t)have;
}

/* Size and time of change together: a writer that puts back the same number of bytes is
 * noticed as well. */
static int changed(const struct stat *a, const struct stat *b)
{
    return a->st_size != b->st_size || a->st_mtim.tv_sec != b->st_mtim.tv_sec ||
           a->st_mtim.tv_nsec != b->st_mtim.tv_nsec;
}

/* The content of an open regular file. The limit is checked before memory is taken, since
 * a sparse file may claim any size. */
static roost_status read_open(int fd, const struct stat *before, const char *name,
                              const struct reg_file_limits *limits, struct reg_files *out,
                              struct roost_error *err)
{
    struct stat after;
    uint64_t size = (uint64_t)before->st_size;
    if (size > limits->bytes - out->bytes)
        return eng_fail(err, ROOST_LIMIT, name, 0,
                        "the model's files exceed %llu bytes in all",
                        (unsigned long long)limits->bytes);
    if (out->count == limits->count)
        return eng_fail(err, ROOST_LIMIT, name, 0, "more than %u files",
                        (unsigned)limits->count);
    uint8_t *data = malloc((size_t)size + 1);
    if (!data)
        return eng_fail(err, ROOST_NOMEM, name, 0, "no memory for %llu bytes",
                        (unsigned long long)size);
    ssize_t got = read_all(fd, data, (size_t)size + 1);
    if (got < 0 || fstat(fd, &after)) {
        free(data);
        return fail_errno(err, name, "it cannot be read");
    }
    if ((uint64_t)got != size || changed(before, &after)) {
        free(data);
        return eng_fail(err, ROOST_IO, name, 0, "the file changed while it was read");
    }
    data[size] = 0;
    return insert(out, name, data, (size_t)size, err);
}

/* One entry of the directory. Folders and special files are passed over. */
static roost_status read_entry(int dir, const char *name,
                               const struct reg_file_limits *limits,
                               struct reg_files *out, struct roost_error *err)
{
    struct stat info;
    if (name[0] == '.' || !strcmp(name, "rows.jsonl"))
        return ROOST_OK;
    if (fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW))
        return fail_errno(err, name, "it cannot be looked at");
    if (!S_ISREG(info.st_mode) && !S_ISLNK(info.st_mode))
        return ROOST_OK;
    int fd = reg_open_beneath(dir, name, O_RDONLY | O_NONBLOCK);
    if (fd < 0)
        return fail_errno(err, name, "it cannot be opened");
    roost_status status = ROOST_OK;
    if (fstat(fd, &info))
        status = fail_errno(err, name, "it cannot be looked at");
    else if (S_ISREG(info.st_mode))
        status = read_open(fd, &info, name, limits, out, err);
    close(fd);
    return status;
}

/* readdir wants a descriptor of its own: the caller's keeps its place and is closed by
 * the caller. The first file that cannot be read ends it, since half a model is none. */
static roost_status read_directory(int fd, const struct reg_file_limits *limits,
                                   struct reg_files *out, struct roost_error *err)
{
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    DIR *dir = own < 0 ? NULL : fdopendir(own);
    if (!dir) {
        roost_status status = fail_errno(err, NULL, "the directory cannot be read");
        if (own >= 0)
            close(own);
        return status;
    }
    roost_status status = ROOST_OK;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (!entry) {
            if (errno)
                status = fail_errno(err, NULL, "the directory cannot be read");
            break;
        }
        status = read_entry(fd, entry->d_name, limits, out, err);
        if (status)
            break;
    }
    closedir(dir);
    return status;
}

roost_status reg_files_read(int dirfd, const char *path,
                            const struct reg_file_limits *limits, struct reg_files *out,
                            struct roost_error *err)
{
    struct reg_file_limits use = {limits && limits->bytes ? limits->bytes : bytes_default,
                                  limits && limits->count ? limits->count
                                                          : COUNT_DEFAULT};
    struct stat info;
    if (err)
        memset(err, 0, sizeof *err);
    memset(out, 0, sizeof *out);
    int fd = reg_open_beneath(dirfd, path, O_RDONLY | O_NONBLOCK);
    if (fd < 0)
        return fail_errno(err, path, "it cannot be opened");
    roost_status status;
    const char *slash = strrchr(path, '/');
    if (fstat(fd, &info))
        status = fail_errno(err, path, "it cannot be looked at");
    else if (S_ISDIR(info.st_mode))
        status = read_directory(fd, &use, out, err);
    else if (S_ISREG(info.st_mode))
        status = read_open(fd, &info, slash ? slash + 1 : path, &use, out, err);
    else
        status = eng_fail(err, ROOST_IO, path, 0, "neither a directory nor a file");
    close(fd);
    if (!status)
        status = seal(out, err);
    if (!status)
        status = reg_files_verify(out, err);
    if (status)
        reg_files_clear(out);
    return status;
}

/* -- Durable writes ------------------------------------------------------------------ */

/* The real calls, behind the table that tests replace. */
static int call_open(int dirfd, const char *name, int flags, unsigned mode)
{
    return openat(dirfd, name, flags, mode);
}

static long call_write(int fd, const void *data, size_t size)
{
    return write(fd, data, size);
}

static int call_rename(int dirfd, const char *from, const char *to)
{
    return renameat(dirfd, from, dirfd, to);
}

static int call_remove(int dirfd, const char *name)
{
    return unlinkat(dirfd, name, 0);
}

struct reg_file_calls reg_file_calls = {call_open,   call_write,  fsync,
                                        call_rename, call_remove, close};

/* A write may be cut short or interrupted; a write of nothing is an error, or the loop
 * would never end. */
static int write_all(int fd, const uint8_t *data, size_t size)
{
    while (size) {
        long put = reg_file_calls.write(fd, data, size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0) {
            errno = put < 0 ? errno : EIO;
            return -1;
        }
        data += put;
        size -= (size_t)put;
    }
    return 0;
}

/* Content and fsync into a new file. A failed fsync may have dropped the pages, so the
 * file counts as lost and is never synced again. */
static int write_new(int dirfd, const char *name, const void *data, size_t size)
{
    int flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC;
    int fd = reg_file_calls.open(dirfd, name, flags, 0640);
    if (fd < 0)
        return -1;
    int wrong = write_all(fd, data, size) || reg_file_calls.sync(fd);
    int kept = errno;
    if (reg_file_calls.close(fd) && !wrong)
        return -1;
    errno = kept;
    return wrong ? -1 : 0;
}

/* A rename is only durable once the folder that holds the name is synced. */
static int sync_folder(int dirfd)
{
    int fd = reg_file_calls.open(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    int wrong = reg_file_calls.sync(fd);
    int kept = errno;
    (void)reg_file_calls.close(fd); /* nothing was written through it */
    errno = kept;
    return wrong;
}

roost_status reg_file_replace(int dirfd, const char *name, const void *data, size_t size,
                              struct roost_error *err)
{
    char temporary[NAME_ROOM + 1];
    int n = snprintf(temporary, sizeof temporary, ".tmp-%s", name);
    if (n < 0 || (size_t)n >= sizeof temporary || strchr(name, '/'))
        return eng_fail(err, ROOST_IO, name, 0, "not a file name");
    if (write_new(dirfd, temporary, data, size) ||
        reg_file_calls.rename(dirfd, temporary, name)) {
        roost_status status = fail_errno(err, name, "it cannot be written");
        /* What a crash leaves behind here the next write takes over: same name, cut. */
        (void)reg_file_calls.remove(dirfd, temporary);
        return status;
    }
    if (sync_folder(dirfd))
        return fail_errno(err, name, "its folder cannot be synced");
    return ROOST_OK;
}
