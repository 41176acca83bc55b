/* SPDX-License-Identifier: MIT
 * replay.c - the plain main of every fuzz target: each argument is an input, or a folder
 * of them. With it the committed corpus is a test wherever a C compiler is. */
#include "tests/fuzz/support/fuzz.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A copy of exactly the file's size: a byte read too far is seen by the sanitizer. */
static int replay_file(const char *path)
{
    struct stat info;
    FILE *file = fopen(path, "rb");
    if (file == NULL || fstat(fileno(file), &info) != 0) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        if (file != NULL)
            fclose(file);
        return -1;
    }
    size_t size = (size_t)info.st_size;
    uint8_t *data = malloc(size > 0 ? size : 1);
    int failed = data == NULL || fread(data, 1, size, file) != size;
    fclose(file);
    if (failed)
        fprintf(stderr, "%s: cannot be read\n", path);
    else
        LLVMFuzzerTestOneInput(data, size);
    free(data);
    return failed ? -1 : 0;
}

/* How many inputs were replayed, or -1. */
static int replay_folder(const char *path)
{
    char name[4096];
    int count = 0;
    DIR *folder = opendir(path);
    if (folder == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -1;
    }
    const struct dirent *entry;
    while (count >= 0 && (entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        count = replay_file(name) == 0 ? count + 1 : -1;
    }
    closedir(folder);
    return count;
}

int main(int argc, char **argv)
{
    int total = 0;
    for (int i = 1; i < argc; i++) {
        struct stat info;
        int folder = stat(argv[i], &info) == 0 && S_ISDIR(info.st_mode);
        int count = folder ? replay_folder(argv[i]) : replay_file(argv[i]) + 1;
        if (count < 0 || (!folder && count == 0))
            return 1;
        total += count;
    }
    printf("%d inputs replayed\n", total);
    /* A corpus that is gone must not look like one that passes. */
    return total > 0 ? 0 : 1;
}
