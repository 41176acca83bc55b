/* SPDX-License-Identifier: MIT
 * http_sweep.c - connections and their absolute deadlines, read and write stage.
 * libmicrohttpd knows only a timeout of inactivity, which a byte a second defeats; so
 * every connection is looked at four times a second and shut down when its time is over,
 * whatever it sent meanwhile. libmicrohttpd notices and closes it. */
#include "gateway/http_seam.h"
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

void gw_conn_doing(struct gw_conn *conn, enum gw_doing doing)
{
    if (conn->doing == GW_DOING_DYING)
        return;
    conn->http->head_count += doing == GW_DOING_HEAD;
    conn->http->head_count -= conn->doing == GW_DOING_HEAD;
    conn->doing = doing;
    conn->looked = 0;
    conn->since_ns = conn->http->now_ns;
}

struct gw_conn *gw_conn_take(struct gw_http *http, int fd)
{
    struct gw_conn *conn = http->spare_conns;
    if (conn)
        http->spare_conns = conn->next;
    else if (!(conn = malloc(sizeof *conn)))
        return NULL;
    memset(conn, 0, sizeof *conn);
    conn->http = http;
    conn->fd = fd;
    conn->since_ns = http->now_ns;
    conn->next = http->open;
    if (http->open)
        http->open->prev = conn;
    http->open = conn;
    http->open_count++;
    return conn;
}

void gw_conn_give(struct gw_conn *conn)
{
    struct gw_http *http = conn->http;
    if (conn->prev)
        conn->prev->next = conn->next;
    else
        http->open = conn->next;
    if (conn->next)
        conn->next->prev = conn->prev;
    http->open_count--;
    http->head_count -= conn->doing == GW_DOING_HEAD;
    if (conn->peer.count)
        gw_peers_leave(&http->listener->peers, &conn->peer);
    atomic_fetch_sub(&http->listener->open, 1);
    conn->next = http->spare_conns;
    http->spare_conns = conn;
}

void gw_conn_free_all(struct gw_http *http)
{
    while (http->spare_conns) {
        struct gw_conn *conn = http->spare_conns;
        http->spare_conns = conn->next;
        free(conn);
    }
}

static uint64_t at_rate(const struct gw_http_limits *limits, uint64_t bytes)
{
    return bytes / limits->min_rate * UINT64_C(1000000000) +
           bytes % limits->min_rate * UINT64_C(1000000000) / limits->min_rate;
}

/* How long may it go on doing this? For a body, the bytes that came count, not those that
 * were promised: a promise would buy a slow sender time. */
static uint64_t allowed_ns(const struct gw_conn *conn)
{
    const struct gw_http_limits *limits = conn->http->limits;
    const struct gw_trip *trip = conn->trip;
    const uint64_t ms = UINT64_C(1000000);
    switch (conn->doing) {
    case GW_DOING_FRESH:
    case GW_DOING_HEAD:
        return limits->header_ms * ms;
    case GW_DOING_LINGER:
        return limits->body_ms * ms;
    case GW_DOING_BODY:
        return limits->body_ms * ms + (trip ? at_rate(limits, trip->received) : 0);
    case GW_DOING_WRITE:
        return limits->write_ms * ms +
               (trip ? at_rate(limits, trip->exchange.out.size) : 0);
    case GW_DOING_IDLE:
        return limits->idle_ms * ms;
    case GW_DOING_WORK:
    case GW_DOING_DYING:
        break;
    }
    return UINT64_MAX;
}

static void cut(struct gw_conn *conn)
{
    shutdown(conn->fd, SHUT_RDWR);
    gw_conn_doing(conn, GW_DOING_DYING);
}

/* A request that did not arrive in time is told so, if nothing was answered yet. */
static void expire(struct gw_conn *conn)
{
    struct gw_trip *trip = conn->trip;
    if (trip && (conn->doing == GW_DOING_HEAD || conn->doing == GW_DOING_BODY) &&
        !trip->answered) {
        gw_trip_failed(trip, GW_FAULT_TIMEOUT,
                       conn->doing == GW_DOING_HEAD
                           ? "The head of the request did not arrive in time."
                           : "The body of the request did not arrive in time.");
        trip->by_hand = 1;
        trip->queued = (uint8_t)gw_hand_answer(conn->http, trip, conn->fd, trip->status);
    }
    cut(conn);
}

/* A client that sends bytes and its FIN together makes one edge of both; libmicrohttpd
 * reads the bytes and never hears of the FIN, so the connection would hold its place
 * until its deadline. While a request comes in, every look may find that; once idle, the
 * first does, since a FIN that comes later makes an edge of its own. */
static int hung_up(struct gw_conn *conn)
{
    char byte;
    int reads = conn->doing == GW_DOING_FRESH || conn->doing == GW_DOING_HEAD ||
                conn->doing == GW_DOING_BODY;
    if (!reads && (conn->doing != GW_DOING_IDLE || conn->looked))
        return 0;
    conn->looked = 1;
    return recv(conn->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

void gw_sweep(struct gw_http *http)
{
    for (struct gw_conn *conn = http->open; conn; conn = conn->next) {
        if (hung_up(conn)) {
            cut(conn);
            continue;
        }
        uint64_t allowed = allowed_ns(conn);
        if (allowed != UINT64_MAX && http->now_ns - conn->since_ns >= allowed)
            expire(conn);
    }
}

/* libmicrohttpd has just read all there was; what is there now came this moment. */
static int has_unread(const struct gw_conn *conn)
{
    int bytes = 0;
    return ioctl(conn->fd, FIONREAD, &bytes) == 0 && bytes > 0;
}

void gw_sweep_out(struct gw_http *http, int all)
{
    const uint64_t young = GW_SWEEP_MS * UINT64_C(1000000);
    for (struct gw_conn *conn = http->open; conn; conn = conn->next) {
        /* One that has just come is likely to be about to send. */
        int waits =
            conn->doing == GW_DOING_IDLE ||
            (conn->doing == GW_DOING_FRESH && http->now_ns - conn->since_ns > young);
        if (conn->doing != GW_DOING_DYING && (all || (waits && !has_unread(conn))))
            cut(conn);
    }
}
