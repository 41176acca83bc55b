/* SPDX-License-Identifier: MIT
 * file.h - reading a model's files whole, and every durable write.
 * Threads  Plain functions; a struct reg_files serves one thread at a time.
 * Memory   reg_files_read copies files into memory (never a mapping: somebody may
 * truncate a mapped file) and hashes those bytes; `_read` pairs with `_clear`. Errors IO,
 * LIMIT, VERIFY, NOMEM; err->where is the file's name. */
#ifndef ROOST_REGISTRY_FILE_H
#define ROOST_REGISTRY_FILE_H
#include "engine/roost.h"

struct reg_file {
    char *name;    /* relative to the directory, no folders */
    uint8_t *data; /* [size], and a NUL after it */
    size_t size;
    char sha256[65];
};

struct reg_files {
    struct reg_file *file; /* [count], by name */
    uint32_t count;
    size_t bytes;
    char digest[65]; /* sha256 over "name sha256\n" of the files, in order of name */
};

struct reg_file_limits {
    uint64_t bytes; /* of one model's files in all; 0: 4 GiB */
    uint32_t count; /* files; 0: 256 */
};

/* Read the regular files of a version directory (not its folders, dot files, rows.jsonl),
 * or one model file alone. `path` is relative to dirfd and stays below it; no part of it,
 * and no file, may be a symbolic link. If manifest.json is there, {"files": [{"path",
 * "bytes", "sha256"}]}, its files must be there and equal. NULL limits: the defaults. */
roost_status reg_files_read(int dirfd, const char *path,
                            const struct reg_file_limits *limits, struct reg_files *out,
                            struct roost_error *err);
/* Serve files from memory, for tests and fuzzing: data is copied. VALUE: there already.
 */
roost_status reg_files_add(struct reg_files *files, const char *name, const void *data,
                           size_t size, struct roost_error *err);
void reg_files_clear(struct reg_files *files);
const struct reg_file *reg_files_find(const struct reg_files *files, const char *name);
/* Compare with manifest.json, when there is one (registry/formats/manifest.c). VERIFY. */
roost_status reg_files_verify(const struct reg_files *files, struct roost_error *err);

/* openat that never leaves dirfd and follows no link: a descriptor, or -1 and errno. The
 * second does the same step by step, for kernels (or sandboxes) without openat2. */
int reg_open_beneath(int dirfd, const char *path, int flags);
int reg_open_steps(int dirfd, const char *path, int flags);

/* Replace a file so that after a crash either the old or the new content is there whole:
 * write to a temporary name (".tmp-" name), fsync, rename, fsync of the folder. When it
 * fails the old content stands, or, if only the last fsync failed, either. */
roost_status reg_file_replace(int dirfd, const char *name, const void *data, size_t size,
                              struct roost_error *err);

/* The calls that durable writes make; tests replace them to fail or to lose what was not
 * synced. Set before any other thread runs. */
struct reg_file_calls {
    int (*open)(int dirfd, const char *name, int flags, unsigned mode);
    long (*write)(int fd, const void *data, size_t size);
    int (*sync)(int fd);
    int (*rename)(int dirfd, const char *from, const char *to);
    int (*remove)(int dirfd, const char *name);
    int (*close)(int fd);
};
extern struct reg_file_calls reg_file_calls;

#endif
