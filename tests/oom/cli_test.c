/* SPDX-License-Identifier: MIT
 * cli_test.c - `roost check` and `roost config` while memory runs out: exit code 1 and a
 * sentence on stderr, never half a report that says all is well. */
#include "gateway/cli/cli.h"
#include "tests/oom/support/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { SAID_MAX = 4000 };

struct call {
    int argc;
    char **argv;
    int out, err; /* what the command wrote */
    char said[SAID_MAX + 1];
    char whole[SAID_MAX + 1]; /* stdout of a run without failures */
};

static char small[] = ROOST_SOURCE_DIR "/tests/cli/models";
static char demo[] = ROOST_SOURCE_DIR "/registry/demo/models";

static void empty(int fd)
{
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
}

static void take(int fd, char *to)
{
    ssize_t size = pread(fd, to, SAID_MAX, 0);
    assert_true(size >= 0);
    to[size] = '\0';
}

/* The command with stdout and stderr led into memory files; its exit code. */
static int run_command(struct call *call)
{
    int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
    (void)fflush(stdout);
    empty(call->out);
    empty(call->err);
    assert_true(dup2(call->out, STDOUT_FILENO) >= 0);
    assert_true(dup2(call->err, STDERR_FILENO) >= 0);
    int code = gw_cli_run(call->argc, call->argv);
    (void)fflush(stdout);
    assert_true(dup2(out, STDOUT_FILENO) >= 0);
    assert_true(dup2(err, STDERR_FILENO) >= 0);
    assert_int_equal(close(out) | close(err), 0);
    return code;
}

static roost_status attempt(void *world, struct roost_error *err)
{
    struct call *call = world;
    int code = run_command(call);
    if (code == GW_EXIT_OK) {
        take(call->out, call->said);
        /* Whoever is told that all is well was told all. */
        if (call->whole[0] && strcmp(call->whole, call->said) != 0)
            fail_msg("exit code 0, and on stdout: %s", call->said);
        memcpy(call->whole, call->said, sizeof call->whole);
        return ROOST_OK;
    }
    take(call->err, call->said);
    if (code != GW_EXIT_FAILED || strstr(call->said, "memory") == NULL)
        fail_msg("exit code %d, site failed %lu, and on stderr: %s", code, oom_failed(),
                 call->said);
    snprintf(err->text, sizeof err->text, "out of memory");
    return err->status = ROOST_NOMEM;
}

static void torture(const char *what, char **argv, const struct oom_sample *sample)
{
    static struct call call;
    memset(&call, 0, sizeof call);
    call.argv = argv;
    while (argv[call.argc])
        call.argc++;
    call.out = memfd_create("out", MFD_CLOEXEC);
    call.err = memfd_create("err", MFD_CLOEXEC);
    assert_true(call.out >= 0 && call.err >= 0);
    oom_torture(what, attempt, &call, sample);
    assert_int_equal(close(call.out) | close(call.err), 0);
}

static void check_of_small_models(void **state)
{
    (void)state;
    static char *argv[] = {"roost", "check", "--models", small, NULL};
    torture("roost check", argv, &(struct oom_sample){200, 300});
    static char *json[] = {"roost", "check", "--json", "--models", small, NULL};
    torture("roost check --json", json, &(struct oom_sample){30, 100});
}

static void check_of_the_demo(void **state)
{
    (void)state;
    static char *argv[] = {"roost", "check", "--models", demo, NULL};
    torture("roost check of the demo", argv, &(struct oom_sample){10, 30});
}

static void configuration_that_is_printed(void **state)
{
    (void)state;
    static char *argv[] = {"roost", "config", "show", "--set", "server.name=x", NULL};
    torture("roost config show", argv, &(struct oom_sample){300, 1000});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_of_small_models),
        cmocka_unit_test(check_of_the_demo),
        cmocka_unit_test(configuration_that_is_printed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
