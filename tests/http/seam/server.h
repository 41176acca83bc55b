/* SPDX-License-Identifier: MIT
 * server.h - a small server over the seam gateway/http.h, in this process, for tests.
 * Threads  One loop a thread; the recorder is locked.
 * Memory   seam_start pairs with seam_stop.
 * Errors   Anything unexpected fails the running test. */
#ifndef ROOST_TESTS_SEAM_SERVER_H
#define ROOST_TESTS_SEAM_SERVER_H
#include "gateway/http.h"
#include <pthread.h>

enum { SEAM_LOOPS = 4 };

struct seam_loop {
    struct gw_http *http;
    pthread_t thread;
    struct seam *seam;
    uint64_t served; /* requests answered by this loop; read after seam_stop */
};

/* What `done` was told. */
struct seam_record {
    uint32_t done;
    uint32_t lost; /* sent = 0 */
    int status;    /* of the last one */
    int sent;
    char method[16];
};

struct seam {
    struct gw_listener *listener;
    struct seam_loop loops[SEAM_LOOPS];
    uint32_t count;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct seam_record record;
    struct gw_exchange *held;       /* suspended by /hold */
    struct gw_exchange *later[256]; /* suspended by /later, for the helper to resume */
    uint32_t later_count;
    int ending;
    pthread_t helper;
};

struct gw_http_limits seam_limits(void);
struct seam *seam_start(const char *address, const struct gw_http_limits *limits,
                        uint32_t loops);
/* Quiesce, stop with the grace, join, free. */
void seam_stop(struct seam *seam, uint32_t grace_ms);
int seam_port(const struct seam *seam);
/* Wait until `done` was called `count` times; the record then. */
struct seam_record seam_wait_done(struct seam *seam, uint32_t count);
/* Wait for /hold to hold an exchange. */
struct gw_exchange *seam_wait_held(struct seam *seam);

/* Called on the loop's thread around each iteration, for the allocation test. */
void seam_note_loop(void);

#endif
