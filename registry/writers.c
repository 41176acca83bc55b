/* SPDX-License-Identifier: MIT
 * Whether somebody still has a file of a version open for writing. inotify tells of
 * writes and closes since the watch was set; a writer that was there before and pauses is
 * seen here. Before: reconcile.c is about to load a version that was copied in. After: it
 * waits for another quiet time. Best effort: the kernel answers owners and CAP_LEASE
 * only. */
#include "registry/scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* A read lease is refused with EAGAIN while the file is open for writing. Somebody who
 * opens it in the instant of the lease makes the kernel signal this process: with SIGURG,
 * which by default is ignored, and not with SIGIO, which would end it. */
static int open_for_writing(int at, const char *name)
{
    int fd = openat(at, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    int busy = 0;
    if (fd >= 0 && fcntl(fd, F_SETSIG, SIGURG) == 0) {
        if (fcntl(fd, F_SETLEASE, F_RDLCK) == 0) {
            (void)fcntl(fd, F_SETLEASE, F_UNLCK);
        } else {
            busy = errno == EAGAIN;
        }
    }
    if (fd >= 0) {
        close(fd);
    }
    return busy;
}

int reg_writers_open(int at, const char *path)
{
    int busy = 0;
    int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        if (fd >= 0) {
            close(fd);
        }
        return 0;
    }
    for (struct dirent *entry; !busy && (entry = readdir(dir)) != NULL;) {
        struct stat about;
        if (entry->d_name[0] != '.' && fstatat(fd, entry->d_name, &about, 0) == 0 &&
            S_ISREG(about.st_mode)) {
            busy = open_for_writing(fd, entry->d_name);
        }
    }
    closedir(dir);
    return busy;
}
