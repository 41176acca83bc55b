/* SPDX-License-Identifier: MIT
 * server.h - a roost server as a child process, for tests in C.
 * Threads  One thread starts and stops it; ports may be read by any.
 * Memory   Plain data. Errors  A test that cannot start its server ends with a message.
 */
#ifndef ROOST_TESTS_HTTP_SERVER_H
#define ROOST_TESTS_HTTP_SERVER_H
#include <sys/types.h>

struct server {
    pid_t pid;
    int log; /* its stderr */
    int port;
    int admin_port;
};

/* Serve `models` with up to a few extra options (NULL-terminated list); waits for the
 * log's `ready` line, whose data_port and admin_port it takes. */
void server_start(struct server *server, const char *binary, const char *models,
                  const char *state_file, const char *const *options);
/* SIGTERM, wait; the exit status, or -1 when a signal ended it. */
int server_stop(struct server *server);

#endif
