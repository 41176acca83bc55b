/* SPDX-License-Identifier: MIT
 * http_mhd.c - a worker's loop: one libmicrohttpd daemon, driven from outside. Before it:
 * gateway/worker.c starts the thread; after it: http_door.c accepts, http_mhd_calls.c is
 * called with requests, http_sweep.c keeps deadlines. libmicrohttpd's epoll descriptor is
 * only ever waited on with poll(): reading events from it would eat its edges. */
#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "gateway/http_seam.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

enum { ACCEPT_MOST = 8, LAST_ROUNDS = 16 };

static void wake(struct gw_http *http)
{
    uint64_t one = 1;
    (void)!write(http->wake_fd, &one, sizeof one); /* full means it is awake anyway */
}

void gw_http_quiesce(struct gw_http *http)
{
    atomic_store(&http->quiesce, 1);
    wake(http);
}

void gw_http_stop(struct gw_http *http, uint32_t grace_ms)
{
    atomic_store(&http->stop_ns, eng_clock_ns() + grace_ms * UINT64_C(1000000));
    wake(http);
}

void gw_exchange_resume(struct gw_exchange *exchange)
{
    struct gw_trip *trip = (struct gw_trip *)exchange;
    struct gw_http *http = trip->http;
    pthread_mutex_lock(&http->lock);
    assert(!trip->resuming);
    trip->resuming = 1;
    trip->next = http->resumed;
    http->resumed = trip;
    pthread_mutex_unlock(&http->lock);
    wake(http);
}

int gw_http_new(const struct gw_http_options *options, struct gw_http **out,
                struct roost_error *err)
{
    *out = NULL;
    struct gw_http *http = calloc(1, sizeof *http);
    if (!http)
        return eng_fail(err, ROOST_NOMEM, NULL, 0, "no memory for a worker's loop");
    http->options = *options;
    http->listener = options->listener;
    http->limits = &options->listener->limits;
    http->reserve_fd = http->carrier_fd = -1;
    pthread_mutex_init(&http->lock, NULL);
    /* An answer written by hand: a fault, or what `head` answered. */
    eng_buf_init(&http->scratch, GW_ANSWER_BYTES);
    atomic_fetch_add(&http->listener->loops, 1);
    atomic_fetch_add(&http->listener->serving, 1);
    http->fields = calloc(http->limits->header_count, sizeof *http->fields);
    http->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (!http->fields || http->wake_fd < 0 ||
        getrandom(http->id, sizeof http->id, 0) != (ssize_t)sizeof http->id ||
        gw_mhd_start(http) != 0) {
        gw_http_free(http);
        return eng_fail(err, ROOST_IO, NULL, 0,
                        "a worker's loop cannot be made: out of memory or descriptors");
    }
    http->id[1] |= 1; /* xorshift's state is never 0 */
    http->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    *out = http;
    return ROOST_OK;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Milliseconds that poll() may wait: until libmicrohttpd, a sweep, the door or the end
 * needs the loop; -1 when nothing is open and nothing is due. */
static int wait_ms(const struct gw_http *http)
{
    MHD_UNSIGNED_LONG_LONG pending;
    uint64_t due = UINT64_MAX;
    if (MHD_get_timeout(http->daemon, &pending) == MHD_YES)
        due = http->now_ns + pending * UINT64_C(1000000);
    if (http->open)
        due = sooner(due, http->sweep_ns);
    if (!http->quiesced && http->accept_ns > http->now_ns)
        due = sooner(due, http->accept_ns);
    uint64_t stop = atomic_load(&http->stop_ns);
    if (stop)
        due = sooner(due, sooner(stop, http->sweep_ns));
    if (due == UINT64_MAX)
        return -1;
    if (due <= http->now_ns)
        return 0;
    return (int)sooner((due - http->now_ns + 999999) / 1000000, 60000);
}

static void take_resumed(struct gw_http *http)
{
    uint64_t count;
    (void)!read(http->wake_fd, &count, sizeof count);
    pthread_mutex_lock(&http->lock);
    struct gw_trip *trip = http->resumed;
    http->resumed = NULL;
    pthread_mutex_unlock(&http->lock);
    while (trip) {
        struct gw_trip *next = trip->next;
        trip->next = NULL;
        assert(trip->suspended);
        gw_mhd_resume(trip);
        trip = next;
    }
}

/* Wait, stamp the clock, and do what woke the loop. */
static void turn(struct gw_http *http)
{
    const struct gw_http_calls *calls = &http->options.calls;
    struct pollfd set[3] = {{.fd = http->carrier_fd, .events = POLLIN},
                            {.fd = http->wake_fd, .events = POLLIN},
                            {.fd = -1, .events = POLLIN}};
    if (gw_door_open(http))
        set[2].fd = http->listener->fd;
    int wait = wait_ms(http);
    calls->asleep(http->options.context);
    poll(set, 3, wait);
    http->now_ns = eng_clock_ns();
    calls->awake(http->options.context, http->now_ns);
    if (set[1].revents)
        take_resumed(http);
    if (atomic_load(&http->quiesce) && !http->quiesced)
        gw_door_quiesce(http);
    else if (set[2].revents)
        gw_door_accept(http, ACCEPT_MOST);
    MHD_run_wait(http->daemon, 0);
    if (http->now_ns >= http->sweep_ns) {
        http->sweep_ns = http->now_ns + GW_SWEEP_MS * UINT64_C(1000000);
        gw_sweep(http);
    }
}

void gw_http_run(struct gw_http *http)
{
    http->now_ns = eng_clock_ns();
    http->options.calls.awake(http->options.context, http->now_ns);
    uint64_t stop = 0;
    while (!stop || (http->open && http->now_ns < stop)) {
        turn(http);
        stop = atomic_load(&http->stop_ns);
        if (stop)
            gw_sweep_out(http, 0);
    }
    /* The time is over: cut the rest and let libmicrohttpd notice. Those suspended stay
     * until gw_http_free, since another thread still holds them. */
    if (!http->quiesced)
        gw_door_quiesce(http);
    gw_sweep_out(http, 1);
    for (int i = 0; i < LAST_ROUNDS && http->open_count > http->suspended_count; i++)
        turn(http);
    http->options.calls.asleep(http->options.context);
}

void gw_http_free(struct gw_http *http)
{
    if (!http)
        return;
    if (!http->quiesced)
        atomic_fetch_sub(&http->listener->serving, 1);
    atomic_fetch_sub(&http->listener->loops, 1);
    /* libmicrohttpd aborts when it is stopped with a connection suspended. */
    for (struct gw_conn *conn = http->open; conn; conn = conn->next)
        if (conn->trip && conn->trip->suspended)
            gw_mhd_resume(conn->trip);
    if (http->daemon)
        MHD_stop_daemon(http->daemon);
    if (http->no_memory)
        MHD_destroy_response(http->no_memory);
    gw_trip_free_all(http);
    gw_conn_free_all(http);
    gw_inflater_free(http->inflater);
    gw_deflater_free(http->deflater);
    eng_buf_clear(&http->scratch);
    free(http->fields);
    if (http->wake_fd >= 0)
        close(http->wake_fd);
    if (http->reserve_fd >= 0)
        close(http->reserve_fd);
    pthread_mutex_destroy(&http->lock);
    free(http);
}
