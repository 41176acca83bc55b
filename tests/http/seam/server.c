/* SPDX-License-Identifier: MIT
 * server.c - the server that the seam's tests talk to. Its paths: /echo gives the body
 * back, /early answers at the head, /later suspends and is resumed by another thread,
 * /hold suspends until the test resumes it, /large answers 8 MiB, /see shows what the
 * seam told about the request. */
#include "tests/http/seam/server.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { LARGE = 8 << 20 };

struct gw_http_limits seam_limits(void)
{
    return (struct gw_http_limits){.header_bytes = 32 * 1024,
                                   .line_bytes = 8 * 1024,
                                   .header_count = 100,
                                   .body_bytes = 1 << 20,
                                   .bodies_bytes = 64 << 20,
                                   .connections = 64,
                                   .connections_ip = 32,
                                   .header_ms = 10000,
                                   .body_ms = 10000,
                                   .write_ms = 10000,
                                   .min_rate = 64 * 1024,
                                   .idle_ms = 10000};
}

static int at(const struct gw_exchange *exchange, const char *path)
{
    return strlen(path) == exchange->path_size &&
           memcmp(path, exchange->path, exchange->path_size) == 0;
}

static void on_head(void *context, struct gw_exchange *exchange)
{
    (void)context;
    if (at(exchange, "/early")) {
        eng_buf_text(&exchange->out, "early");
        gw_exchange_answer(exchange, 404, "text/plain");
    }
}

/* Another thread than the loops': resumes what /later suspended, a little later. */
static void *help(void *context)
{
    struct seam *seam = context;
    pthread_mutex_lock(&seam->lock);
    for (;;) {
        while (!seam->later_count && !seam->ending)
            pthread_cond_wait(&seam->changed, &seam->lock);
        if (!seam->later_count)
            break;
        struct gw_exchange *exchange = seam->later[--seam->later_count];
        pthread_mutex_unlock(&seam->lock);
        usleep(2000);
        gw_exchange_resume(exchange);
        pthread_mutex_lock(&seam->lock);
    }
    pthread_mutex_unlock(&seam->lock);
    return NULL;
}

static void suspend(struct seam *seam, struct gw_exchange *exchange)
{
    gw_exchange_suspend(exchange);
    pthread_mutex_lock(&seam->lock);
    if (at(exchange, "/hold"))
        seam->held = exchange;
    else
        seam->later[seam->later_count++] = exchange;
    assert_true(seam->later_count < sizeof seam->later / sizeof seam->later[0]);
    pthread_cond_broadcast(&seam->changed);
    pthread_mutex_unlock(&seam->lock);
}

static void show(struct gw_exchange *exchange)
{
    const char *header = gw_exchange_header(exchange, "x-test");
    eng_buf_format(&exchange->out, "%s|%.*s|%s|%s|%zu", exchange->method,
                   (int)exchange->path_size, exchange->path, exchange->query,
                   header ? header : "-", exchange->body_size);
}

static void on_request(void *context, struct gw_exchange *exchange)
{
    struct seam_loop *loop = context;
    loop->served++;
    if (at(exchange, "/later") || at(exchange, "/hold")) {
        suspend(loop->seam, exchange);
        return;
    }
    if (at(exchange, "/large")) {
        assert_int_equal(eng_buf_reserve(&exchange->out, LARGE), 0);
        memset(exchange->out.at, 'x', LARGE);
        exchange->out.size = LARGE;
    } else if (at(exchange, "/echo")) {
        eng_buf_put(&exchange->out, exchange->body, exchange->body_size);
    } else {
        show(exchange);
    }
    gw_exchange_set(exchange, "x-seam", "one");
    gw_exchange_answer(exchange, 200, "text/plain");
}

static void on_resumed(void *context, struct gw_exchange *exchange)
{
    (void)context;
    eng_buf_text(&exchange->out, "resumed");
    gw_exchange_answer(exchange, 200, "text/plain");
}

static void on_done(void *context, struct gw_exchange *exchange, int status, int sent)
{
    struct seam *seam = ((struct seam_loop *)context)->seam;
    pthread_mutex_lock(&seam->lock);
    seam->record.done++;
    seam->record.lost += !sent;
    seam->record.status = status;
    seam->record.sent = sent;
    strncpy(seam->record.method, exchange->method, sizeof seam->record.method - 1);
    pthread_cond_broadcast(&seam->changed);
    pthread_mutex_unlock(&seam->lock);
}

static void on_awake(void *context, uint64_t now_ns)
{
    (void)context;
    (void)now_ns;
    seam_note_loop();
}

static void on_asleep(void *context)
{
    (void)context;
}

static void *run(void *context)
{
    struct seam_loop *loop = context;
    gw_http_run(loop->http);
    return NULL;
}

struct seam *seam_start(const char *address, const struct gw_http_limits *limits,
                        uint32_t loops)
{
    struct roost_error err = {0};
    struct seam *seam = calloc(1, sizeof *seam);
    assert_non_null(seam);
    pthread_mutex_init(&seam->lock, NULL);
    pthread_cond_init(&seam->changed, NULL);
    if (gw_listener_new(address, limits, &seam->listener, &err) != 0)
        fail_msg("%s: %s", err.where, err.text);
    seam->count = loops;
    assert_int_equal(pthread_create(&seam->helper, NULL, help, seam), 0);
    for (uint32_t i = 0; i < loops; i++) {
        struct seam_loop *loop = &seam->loops[i];
        struct gw_http_options options = {
            .listener = seam->listener,
            .listener_id = 7,
            .calls = {on_head, on_request, on_resumed, on_done, on_awake, on_asleep},
            .context = loop};
        loop->seam = seam;
        assert_int_equal(gw_http_new(&options, &loop->http, &err), 0);
        assert_int_equal(pthread_create(&loop->thread, NULL, run, loop), 0);
    }
    return seam;
}

void seam_stop(struct seam *seam, uint32_t grace_ms)
{
    struct gw_listener_counts counts;
    for (uint32_t i = 0; i < seam->count; i++)
        gw_http_quiesce(seam->loops[i].http);
    for (uint32_t i = 0; i < seam->count; i++)
        gw_http_stop(seam->loops[i].http, grace_ms);
    for (uint32_t i = 0; i < seam->count; i++)
        pthread_join(seam->loops[i].thread, NULL);
    pthread_mutex_lock(&seam->lock);
    seam->ending = 1;
    pthread_cond_broadcast(&seam->changed);
    pthread_mutex_unlock(&seam->lock);
    pthread_join(seam->helper, NULL);
    for (uint32_t i = 0; i < seam->count; i++)
        gw_http_free(seam->loops[i].http);
    /* Whatever the test did, nothing may stay counted. */
    gw_listener_counts(seam->listener, &counts);
    assert_int_equal(counts.open, 0);
    assert_int_equal(counts.body_bytes, 0);
    gw_listener_free(seam->listener);
    pthread_mutex_destroy(&seam->lock);
    pthread_cond_destroy(&seam->changed);
    free(seam);
}

int seam_port(const struct seam *seam)
{
    return gw_listener_port(seam->listener);
}

static void deadline_in(struct timespec *when, int seconds)
{
    clock_gettime(CLOCK_REALTIME, when);
    when->tv_sec += seconds;
}

struct seam_record seam_wait_done(struct seam *seam, uint32_t count)
{
    struct timespec until;
    deadline_in(&until, 10);
    pthread_mutex_lock(&seam->lock);
    while (seam->record.done < count &&
           pthread_cond_timedwait(&seam->changed, &seam->lock, &until) == 0)
        ;
    struct seam_record record = seam->record;
    pthread_mutex_unlock(&seam->lock);
    assert_true(record.done >= count);
    return record;
}

struct gw_exchange *seam_wait_held(struct seam *seam)
{
    struct timespec until;
    deadline_in(&until, 10);
    pthread_mutex_lock(&seam->lock);
    while (!seam->held &&
           pthread_cond_timedwait(&seam->changed, &seam->lock, &until) == 0)
        ;
    struct gw_exchange *held = seam->held;
    seam->held = NULL;
    pthread_mutex_unlock(&seam->lock);
    assert_non_null(held);
    return held;
}
