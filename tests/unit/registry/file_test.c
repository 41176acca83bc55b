/* SPDX-License-Identifier: MIT
 * file_test.c - files come in whole and hashed, links and escapes are refused, the
 * manifest is held to; a replaced file survives every failing call, whole. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "registry/file.h"

struct folder {
    char path[64];
    int fd;
};

static int set_up(void **state)
{
    struct folder *folder = calloc(1, sizeof *folder);
    snprintf(folder->path, sizeof folder->path, "/tmp/roost-file-XXXXXX");
    if (!mkdtemp(folder->path))
        return -1;
    folder->fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *state = folder;
    return folder->fd < 0;
}

static void empty(int dirfd)
{
    int own = dup(dirfd);
    lseek(own, 0, SEEK_SET);
    DIR *dir = fdopendir(own);
    for (struct dirent *at = readdir(dir); at; at = readdir(dir))
        if (strcmp(at->d_name, ".") != 0 && strcmp(at->d_name, "..") != 0 &&
            unlinkat(dirfd, at->d_name, 0)) {
            int sub = openat(dirfd, at->d_name, O_RDONLY | O_DIRECTORY);
            if (sub >= 0)
                empty(sub);
            close(sub);
            unlinkat(dirfd, at->d_name, AT_REMOVEDIR);
        }
    closedir(dir);
}

static int tear_down(void **state)
{
    struct folder *folder = *state;
    empty(folder->fd);
    close(folder->fd);
    rmdir(folder->path);
    free(folder);
    return 0;
}

static void put(int dirfd, const char *name, const char *text)
{
    int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void a_directory_is_read_in_order_of_name_with_digests(void **state)
{
    struct folder *folder = *state;
    struct reg_files files;
    struct roost_error err;
    mkdirat(folder->fd, "7", 0700);
    int dir = openat(folder->fd, "7", O_RDONLY | O_DIRECTORY);
    put(dir, "b.txt", "abc");
    put(dir, "a.txt", "");
    put(dir, ".hidden", "x");
    put(dir, "rows.jsonl", "{}");
    mkdirat(dir, "sub", 0700);
    mkfifoat(dir, "pipe", 0600);
    assert_int_equal(reg_files_read(folder->fd, "7", NULL, &files, &err), ROOST_OK);
    assert_int_equal(files.count, 2);
    assert_string_equal(files.file[0].name, "a.txt");
    assert_string_equal((const char *)files.file[1].data, "abc");
    assert_int_equal(files.bytes, 3);
    assert_string_equal(
        files.file[1].sha256,
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    /* printf 'a.txt SHA\nb.txt SHA\n' | sha256sum */
    assert_string_equal(
        files.digest, "ba73174448aec9d14a738cc3603bf430de141d18f83476bb1cc274e09af6cbf3");
    assert_null(reg_files_find(&files, "rows.jsonl"));
    reg_files_clear(&files);
    close(dir);
}

static void one_file_is_read_alone(void **state)
{
    struct folder *folder = *state;
    struct reg_files files;
    mkdirat(folder->fd, "m", 0700);
    int dir = openat(folder->fd, "m", O_RDONLY | O_DIRECTORY);
    put(dir, "model.bst", "{}");
    put(dir, "other", "{}");
    assert_int_equal(reg_files_read(folder->fd, "m/model.bst", NULL, &files, NULL),
                     ROOST_OK);
    assert_int_equal(files.count, 1);
    assert_string_equal(files.file[0].name, "model.bst");
    reg_files_clear(&files);
    close(dir);
}

static void files_added_from_memory_have_the_digest_of_files_read(void **state)
{
    struct folder *folder = *state;
    struct reg_files disk, memory = {0};
    put(folder->fd, "x", "1");
    put(folder->fd, "a", "22");
    assert_int_equal(reg_files_read(folder->fd, ".", NULL, &disk, NULL), ROOST_OK);
    assert_int_equal(reg_files_add(&memory, "x", "1", 1, NULL), ROOST_OK);
    assert_int_equal(reg_files_add(&memory, "a", "22", 2, NULL), ROOST_OK);
    assert_int_equal(reg_files_add(&memory, "a", "22", 2, NULL), ROOST_VALUE);
    assert_string_equal(disk.digest, memory.digest);
    reg_files_clear(&disk);
    reg_files_clear(&memory);
}

static void links_and_paths_that_leave_are_refused(void **state)
{
    struct folder *folder = *state;
    struct reg_files files;
    struct roost_error err;
    static const char *const out[] = {"../etc", "/etc", "v/../../etc", "link/passwd",
                                      "link"};
    mkdirat(folder->fd, "v", 0700);
    assert_int_equal(symlinkat("/etc", folder->fd, "link"), 0);
    for (size_t i = 0; i < sizeof out / sizeof *out; i++) {
        assert_int_equal(reg_files_read(folder->fd, out[i], NULL, &files, &err),
                         ROOST_IO);
        assert_true(reg_open_steps(folder->fd, out[i], O_RDONLY) < 0);
        assert_true(errno == ELOOP || errno == EXDEV || errno == ENOTDIR);
    }
    int dir = openat(folder->fd, "v", O_RDONLY | O_DIRECTORY);
    assert_int_equal(symlinkat("/etc/passwd", dir, "weights.safetensors"), 0);
    assert_int_equal(reg_files_read(folder->fd, "v", NULL, &files, &err), ROOST_IO);
    assert_string_equal(err.where, "weights.safetensors");
    assert_non_null(strstr(err.text, "link"));
    close(dir);
}

static void opening_step_by_step_finds_what_openat2_finds(void **state)
{
    struct folder *folder = *state;
    mkdirat(folder->fd, "a", 0700);
    int dir = openat(folder->fd, "a", O_RDONLY | O_DIRECTORY);
    put(dir, "f", "x");
    close(dir);
    static const char *const found[] = {"a/f", "a", "./a//f", "."};
    for (size_t i = 0; i < sizeof found / sizeof *found; i++) {
        int steps = reg_open_steps(folder->fd, found[i], O_RDONLY);
        int beneath = reg_open_beneath(folder->fd, found[i], O_RDONLY);
        assert_true(steps >= 0 && beneath >= 0);
        close(steps);
        close(beneath);
    }
    assert_int_equal(reg_open_steps(folder->fd, "a/none", O_RDONLY), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(reg_open_steps(folder->fd, "", O_RDONLY), -1);
}

static void limits_on_bytes_and_files_hold(void **state)
{
    struct folder *folder = *state;
    struct reg_files files;
    struct roost_error err;
    put(folder->fd, "a", "12345");
    put(folder->fd, "b", "12345");
    struct reg_file_limits limits = {.bytes = 10, .count = 2};
    assert_int_equal(reg_files_read(folder->fd, ".", &limits, &files, &err), ROOST_OK);
    reg_files_clear(&files);
    limits.bytes = 9;
    assert_int_equal(reg_files_read(folder->fd, ".", &limits, &files, &err), ROOST_LIMIT);
    limits = (struct reg_file_limits){.bytes = 10, .count = 1};
    assert_int_equal(reg_files_read(folder->fd, ".", &limits, &files, &err), ROOST_LIMIT);
    /* A sparse file that claims 1 TiB costs nothing to refuse. */
    int fd = openat(folder->fd, "huge", O_WRONLY | O_CREAT, 0600);
    assert_int_equal(ftruncate(fd, (off_t)1 << 40), 0);
    close(fd);
    assert_int_equal(reg_files_read(folder->fd, "huge", NULL, &files, &err), ROOST_LIMIT);
}

#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void a_manifest_is_held_to(void **state)
{
    static const struct {
        const char *text;
        roost_status status;
        const char *where;
    } cases[] = {
        {"{\"files\":[{\"path\":\"m\",\"bytes\":3,\"sha256\":\"" ABC "\"}]}", ROOST_OK,
         ""},
        {"{\"files\":[{\"path\":\"rows.jsonl\",\"bytes\":9,\"sha256\":\"" ABC "\"}]}",
         ROOST_OK, ""},
        {"{\"files\":[]}", ROOST_OK, ""},
        {"{\"files\":[{\"path\":\"m\",\"bytes\":4,\"sha256\":\"" ABC "\"}]}",
         ROOST_VERIFY, "m"},
        {"{\"files\":[{\"path\":\"n\",\"bytes\":3,\"sha256\":\"" ABC "\"}]}",
         ROOST_VERIFY, "n"},
        {"{\"files\":[{\"path\":\"manifest.json\",\"sha256\":\"" ABC "\"}]}",
         ROOST_VERIFY, "manifest.json"},
        {"{\"files\":[{\"path\":\"m\"}]}", ROOST_FORMAT, "manifest.json"},
        {"{\"files\":[1]}", ROOST_FORMAT, "manifest.json"},
        {"{\"files\":{}}", ROOST_FORMAT, "manifest.json"},
        {"{", ROOST_FORMAT, "manifest.json"},
        {"[]", ROOST_FORMAT, "manifest.json"},
    };
    struct folder *folder = *state;
    put(folder->fd, "m", "abc");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reg_files files;
        struct roost_error err;
        put(folder->fd, "manifest.json", cases[i].text);
        roost_status status = reg_files_read(folder->fd, ".", NULL, &files, &err);
        if (status != cases[i].status)
            fail_msg("%s: %d %s", cases[i].text, status, err.text);
        assert_string_equal(err.where, cases[i].where);
        reg_files_clear(&files);
    }
}

/* -- Durable writes: a double that counts calls, and fails the Nth ------------------- */

static struct reg_file_calls real;
static int calls_left; /* the call that brings this to 0 fails */
static int short_writes;
static int synced; /* bit 0: the file, bit 1: its folder, after the rename */
static int renamed;

static int fails(void)
{
    if (--calls_left)
        return 0;
    errno = EIO;
    return 1;
}

static int bad_open(int dirfd, const char *name, int flags, unsigned mode)
{
    return fails() ? -1 : real.open(dirfd, name, flags, mode);
}

static long bad_write(int fd, const void *data, size_t size)
{
    if (fails())
        return -1;
    if (short_writes++ % 2 == 0) { /* interrupted, then a byte at a time */
        errno = EINTR;
        return -1;
    }
    return real.write(fd, data, size > 1 ? 1 : size);
}

static int bad_sync(int fd)
{
    synced |= renamed ? 2 : 1;
    return fails() ? -1 : real.sync(fd);
}

static int bad_rename(int dirfd, const char *from, const char *to)
{
    assert_int_equal(synced, 1); /* never renamed before the content is down */
    renamed = 1;
    return fails() ? -1 : real.rename(dirfd, from, to);
}

static int bad_close(int fd)
{
    int closed = real.close(fd);
    return fails() ? -1 : closed;
}

static char *content(int dirfd, const char *name)
{
    static char text[64];
    int fd = openat(dirfd, name, O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    close(fd);
    text[n > 0 ? n : 0] = 0;
    return text;
}

static void a_replaced_file_is_old_or_new_whichever_call_fails(void **state)
{
    struct folder *folder = *state;
    real = reg_file_calls;
    struct reg_file_calls bad = {bad_open,   bad_write,   bad_sync,
                                 bad_rename, real.remove, bad_close};
    int succeeded = 0;
    for (int n = 1; n < 40 && !succeeded; n++) {
        put(folder->fd, "state", "old");
        calls_left = n;
        short_writes = synced = renamed = 0;
        reg_file_calls = bad;
        roost_status status = reg_file_replace(folder->fd, "state", "newer", 5, NULL);
        reg_file_calls = real;
        const char *text = content(folder->fd, "state");
        if (status == ROOST_OK && calls_left > 0) {
            succeeded = 1;
            assert_int_equal(synced, 3);
        } else if (status) {
            assert_int_equal(status, ROOST_IO);
        }
        assert_true(!strcmp(text, "newer") || (status && !strcmp(text, "old")));
        assert_int_equal(faccessat(folder->fd, ".tmp-state", F_OK, 0), -1);
    }
    assert_true(succeeded);
}

static void a_name_with_a_folder_in_it_is_not_written(void **state)
{
    struct folder *folder = *state;
    char big[300];
    memset(big, 'a', sizeof big);
    big[sizeof big - 1] = 0;
    assert_int_equal(reg_file_replace(folder->fd, "../x", "1", 1, NULL), ROOST_IO);
    assert_int_equal(reg_file_replace(folder->fd, big, "1", 1, NULL), ROOST_IO);
}

#define FOLDER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(a_directory_is_read_in_order_of_name_with_digests),
        FOLDER_TEST(one_file_is_read_alone),
        FOLDER_TEST(files_added_from_memory_have_the_digest_of_files_read),
        FOLDER_TEST(links_and_paths_that_leave_are_refused),
        FOLDER_TEST(opening_step_by_step_finds_what_openat2_finds),
        FOLDER_TEST(limits_on_bytes_and_files_hold),
        FOLDER_TEST(a_manifest_is_held_to),
        FOLDER_TEST(a_replaced_file_is_old_or_new_whichever_call_fails),
        FOLDER_TEST(a_name_with_a_folder_in_it_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
