/* SPDX-License-Identifier: MIT
 * file.h - reading a model's files whole, and every durable write.
 * Threads  Plain functions; a struct reg_files serves one thread at a time.
 * Memory   reg_files_read copies files into memory (never a mapping: somebody may truncate
 *          a mapped file) and hashes those bytes; `_read` pairs with `_clear`.
 * Errors   IO, LIMIT, VERIFY, NOMEM; err->where is the file's name. */
#ifndef ROOST_REGISTRY_FILE_H
#define ROOST_REGISTRY_FILE_H
#include "engine/roost.h"

struct reg_file {
    char *name; /* relative to the directory, no folders */
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
    uint64_t bytes;  /* of one model's files in all; 0: 4 GiB */
    uint32_t count;  /* files; 0: 256 */
};

/* Read the regular files of a version directory (not its folders, dot files, rows.jsonl),
 * or one model file alone. Links that leave the directory are refused. If manifest.json
 * is there, {"files": [{"path", "bytes", "sha256"}]}, its files must be there and equal. */
roost_status reg_files_read(int dirfd, const char *path,
                            const struct reg_file_limits *limits, struct reg_files *out,
                            struct roost_error *err);
/* Serve files from memory, for tests and fuzzing: data is copied. */
roost_status reg_files_add(struct reg_files *files, const char *name, const void *data,
                           size_t size, struct roost_error *err);
void reg_files_clear(struct reg_files *files);
const struct reg_file *reg_files_find(const struct reg_files *files, const char *name);

/* Replace a file so that after a crash either the old or the new content is there whole:
 * write to a temporary name, fsync, rename, fsync of the folder. */
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
