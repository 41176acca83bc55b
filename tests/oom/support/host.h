/* SPDX-License-Identifier: MIT
 * host.h - a whole server in this process, one worker, and a client on raw sockets.
 * Threads  The test's thread, which spares itself, starts, asks and stops; one more reads
 *          the server's log.
 * Memory   Static: the client allocates nothing. host_start pairs with host_stop.
 * Errors   Helpers fail the test; a server that does not answer in 10 s is one. */
#ifndef ROOST_TESTS_OOM_HOST_H
#define ROOST_TESTS_OOM_HOST_H
#include "config/config.h"
#include "tests/oom/support/fault.h"

#include <stddef.h>

enum { HOST_ANSWER = 1 << 18, HOST_LOG = 1 << 16 };

/* The configuration that all servers of the test have; tiny/2 has the label stable. */
void host_configure(const char *models, const char *state_file);
void host_forget(void);

/* Start, without waiting, with this allocation of the server's failing (0: none). */
void host_start(unsigned long site, enum oom_mode mode);
/* Wait until it is ready (1), has ended by itself (0), or `ms` are over (-1). */
int host_wait(int ms);
/* SIGTERM if it still runs, join; its exit code. */
int host_stop(void);
int host_port(void);
int host_admin_port(void);
/* What it logged since host_start. */
const char *host_log(void);

struct answer {
    int status; /* 0: the connection was closed without a byte of an answer */
    size_t size;
    const char *body;
    char text[HOST_ANSWER + 1];
};
/* One request on a connection of its own. */
void host_ask(int port, const char *request, size_t size, struct answer *out);
/* The text of a request: its size. */
size_t host_request(char *out, size_t room, const char *method, const char *target,
                    const char *headers, const void *body, size_t size);

#endif
