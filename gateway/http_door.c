/* SPDX-License-Identifier: MIT
 * http_door.c - accept, read stage. Before it: the listening socket that all loops share;
 * after it: libmicrohttpd owns the connection. Three things are decided here: whether
 * this loop should take it or leave it to one with fewer, whether there is room for it,
 * and what to do when descriptors run out (never to spin). */
#include "gateway/http_seam.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

int gw_door_open(const struct gw_http *http)
{
    return !http->quiesced && http->now_ns >= http->accept_ns;
}

/* Two connections above the average is more than a fair share. */
static int has_more_than_share(const struct gw_http *http)
{
    const struct gw_listener *listener = http->listener;
    uint64_t loops = atomic_load_explicit(&listener->serving, memory_order_relaxed);
    uint64_t open = atomic_load_explicit(&listener->open, memory_order_relaxed);
    return loops > 1 && http->open_count * loops >= open + 2 * loops;
}

static void turn_away(struct gw_http *http, int fd, const char *why)
{
    atomic_fetch_add_explicit(&http->listener->refused, 1, memory_order_relaxed);
    gw_hand_refuse(http, fd, why);
    /* What the client has sent already is read, or closing would reset the connection
     * and could take the answer with it. */
    char spill[4096];
    shutdown(fd, SHUT_WR);
    for (int i = 0; i < 16 && recv(fd, spill, sizeof spill, MSG_DONTWAIT) > 0; i++)
        ;
    close(fd);
}

/* Count it in, or say why not. */
static const char *enter(struct gw_http *http, const struct sockaddr *address,
                         struct gw_peer *peer)
{
    struct gw_listener *listener = http->listener;
    if (atomic_fetch_add(&listener->open, 1) >= http->limits->connections) {
        atomic_fetch_sub(&listener->open, 1);
        return "The server has as many connections as it may; try again.";
    }
    peer->count = 0;
    if (gw_peer_of(address, peer)) {
        if (gw_peers_enter(&listener->peers, peer, http->limits->connections_ip) != 0) {
            atomic_fetch_sub(&listener->open, 1);
            return "This address has as many connections as one may; try again.";
        }
        peer->count = 1;
    }
    return NULL;
}

static void leave(struct gw_http *http, const struct gw_peer *peer)
{
    if (peer->count)
        gw_peers_leave(&http->listener->peers, peer);
    atomic_fetch_sub(&http->listener->open, 1);
}

static void welcome(struct gw_http *http, int fd, const struct sockaddr *address,
                    socklen_t size)
{
    int on = 1;
    struct gw_peer peer;
    const char *why = enter(http, address, &peer);
    if (why) {
        turn_away(http, fd, why);
        return;
    }
    struct gw_conn *conn = gw_conn_take(http, fd);
    if (!conn) {
        leave(http, &peer);
        turn_away(http, fd, "The server is out of memory; try again.");
        return;
    }
    conn->peer = peer;
    if (address->sa_family != AF_UNIX)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    atomic_fetch_add_explicit(&http->listener->accepted, 1, memory_order_relaxed);
    /* Whatever happens, the descriptor is libmicrohttpd's now. */
    http->arriving = conn;
    if (gw_mhd_add(http, fd, address, size) != 0 && http->arriving)
        gw_conn_give(conn);
    http->arriving = NULL;
}

/* No descriptor is left: give up the reserve to tell one client, then look away for a
 * while. The listening socket stays readable all the time, so looking would be spinning.
 */
static void out_of_descriptors(struct gw_http *http)
{
    if (http->reserve_fd >= 0) {
        close(http->reserve_fd);
        int fd = accept4(http->listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            turn_away(http, fd, "The server is out of descriptors; try again.");
    }
    http->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    http->accept_ns = http->now_ns + GW_PAUSE_MS * UINT64_C(1000000);
}

void gw_door_accept(struct gw_http *http, uint32_t most)
{
    if (http->reserve_fd < 0)
        http->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    for (uint32_t i = 0; i < most; i++) {
        /* Left to the others for a moment; if they are too busy to take it, one is taken
         * here after all. */
        if (has_more_than_share(http) && !http->yielded) {
            http->yielded = 1;
            http->accept_ns = http->now_ns + GW_YIELD_MS * UINT64_C(1000000);
            return;
        }
        http->yielded = 0;
        struct sockaddr_storage address = {0};
        socklen_t size = sizeof address;
        int fd = accept4(http->listener->fd, (struct sockaddr *)&address, &size,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            welcome(http, fd, (struct sockaddr *)&address, size);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
                   errno == ENOMEM) {
            out_of_descriptors(http);
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return;
        }
    }
}

void gw_door_quiesce(struct gw_http *http)
{
    /* Those who were let in by the kernel before are still served: resetting them would
     * fail a request that came in time. */
    if (atomic_fetch_sub(&http->listener->serving, 1) == 1) {
        http->yielded = 1;
        gw_door_accept(http, http->limits->connections);
        shutdown(http->listener->fd, SHUT_RDWR);
    }
    http->quiesced = 1;
}
