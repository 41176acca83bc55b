/* SPDX-License-Identifier: MIT
 * scan.h - what lies in the models directory just now: names, versions, prints.
 * Threads  Plain functions over the caller's data.
 * Memory   A struct reg_scan owns its arrays; `reg_scan_read` pairs with `_clear`.
 * Errors   IO, NOMEM, LIMIT. What does not follow the convention (layout.md) is left out
 *          and said in a note. */
#ifndef ROOST_REGISTRY_SCAN_H
#define ROOST_REGISTRY_SCAN_H
#include "registry/registry.h"

enum { REG_FOLDER_MAX = 32, REG_MODELS_MAX = 65536, REG_VERSIONS_MAX = 65536 };

/* One version's files as they look from outside. */
struct reg_seen {
    int64_t version;
    char
        folder[REG_FOLDER_MAX]; /* "7", "007"; "" when the model's directory holds them */
    uint64_t inode;             /* of the directory that holds the files */
    uint64_t print; /* over names, sizes, times and inodes of the files; not 0 */
    uint64_t bytes; /* of the files in all */
    int64_t newest; /* latest change of a file, ns since 1970 */
};

struct reg_seen_model {
    char name[REG_NAME_MAX + 1];
    uint64_t inode;
    uint8_t group;
    uint32_t count;
    struct reg_seen *version; /* [count], newest first; a group has one, version 1 */
};

struct reg_note {
    char name[REG_NAME_MAX + 1];
    char text[REG_TEXT_MAX];
};

struct reg_scan {
    uint32_t count;
    uint32_t room;
    struct reg_seen_model *model; /* [count], by name */
    uint32_t note_count;
    uint32_t note_room;
    struct reg_note *note; /* worth a warning, once */
    int error;             /* errno of what ended the scan, for its message */
};

/* 1 when size bytes are a name: [A-Za-z0-9][A-Za-z0-9_.-]{0,127}. */
int reg_name_valid(const char *name, size_t size);
/* The version a folder's name means; -1: not digits alone; -2: more than 2^63 - 1. */
int64_t reg_folder_version(const char *name);

roost_status reg_scan_read(int at, struct reg_scan *out, struct roost_error *err);
void reg_scan_clear(struct reg_scan *scan);
/* The files of one folder, added to *seen: 1; 0 when there are none, or it is gone; -1
 * with errno when it cannot be looked at. */
int reg_scan_files(int at, const char *folder, struct reg_seen *seen);
/* 1 when a file of this folder is open for writing, as far as can be seen. */
int reg_writers_open(int at, const char *path);

#endif
