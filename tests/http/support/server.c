/* SPDX-License-Identifier: MIT
 * server.c - start `roost serve` on ports of the kernel's choice and read them from its
 * log. A thread-free reader: the log is drained by the pipe's own buffer after `ready`,
 * so the child's stderr is then handed to a `cat` that passes on what it says. */
#include "tests/http/support/server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_ARGS = 40 };

static void die(const char *what)
{
    fprintf(stderr, "server: %s\n", what);
    exit(1);
}

static int port_in(const char *line, const char *key)
{
    const char *at = strstr(line, key);
    return at ? (int)strtol(at + strlen(key), NULL, 10) : -1;
}

/* Copy the rest of the log to our stderr for as long as the server lives. */
static void pass_on(FILE *log)
{
    pid_t pid = fork();
    if (pid < 0)
        die("cannot fork");
    if (pid == 0) {
        char line[4096];
        while (fgets(line, sizeof line, log))
            fputs(line, stderr);
        _exit(0);
    }
    fclose(log);
}

void server_start(struct server *server, const char *binary, const char *models,
                  const char *state_file, const char *const *options)
{
    int ends[2];
    if (pipe(ends) != 0)
        die("cannot make a pipe");
    char state[600];
    snprintf(state, sizeof state, "registry.state_file=%s", state_file);
    const char *args[MAX_ARGS] = {binary,           "serve",       "--models",
                                  models,           "--listen",    "127.0.0.1:0",
                                  "--admin-listen", "127.0.0.1:0", "--set",
                                  "drain.delay=0",  "--set",       state};
    int n = 12;
    for (; options && *options && n < MAX_ARGS - 1; options++)
        args[n++] = *options;
    server->pid = fork();
    if (server->pid < 0)
        die("cannot fork");
    if (server->pid == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        execv(binary, (char *const *)args);
        _exit(127);
    }
    close(ends[1]);
    FILE *log = fdopen(ends[0], "r");
    char line[4096];
    while (log && fgets(line, sizeof line, log)) {
        fputs(line, stderr);
        if (!strstr(line, "\"msg\":\"ready\""))
            continue;
        server->port = port_in(line, "\"data_port\":");
        server->admin_port = port_in(line, "\"admin_port\":");
        server->log = -1;
        pass_on(log);
        return;
    }
    die("the log ended before `ready`");
}

int server_stop(struct server *server)
{
    int status = 0;
    kill(server->pid, SIGTERM);
    if (waitpid(server->pid, &status, 0) != server->pid || !WIFEXITED(status))
        return -1;
    return WEXITSTATUS(status);
}
