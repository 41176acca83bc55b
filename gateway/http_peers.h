/* SPDX-License-Identifier: MIT
 * http_peers.h - how many connections each client address holds.
 * Threads  All workers of a listener share one table; a lock, taken at accept and close.
 * Memory   A table of fixed size, made for the listener's connection limit.
 * Errors   -1: no memory, or the address is at its limit. */
#ifndef ROOST_GATEWAY_HTTP_PEERS_H
#define ROOST_GATEWAY_HTTP_PEERS_H
#include <pthread.h>
#include <stdint.h>
#include <sys/socket.h>

/* An IPv4 address (mapped), or the /64 of an IPv6 one: what one client may own. */
struct gw_peer {
    uint8_t at[16];
    uint32_t count; /* connections; 0: the cell is empty */
};

struct gw_peers {
    pthread_mutex_t lock;
    struct gw_peer *cells; /* [mask + 1], linear probing */
    uint32_t mask;
    uint64_t key; /* of the hash, random */
};

int gw_peers_init(struct gw_peers *peers, uint32_t connections);
void gw_peers_clear(struct gw_peers *peers);
/* 1 when the address is counted; 0 for unix sockets and loopback, which never are. */
int gw_peer_of(const struct sockaddr *address, struct gw_peer *out);
/* One connection more; -1 when the address has `limit` of them. */
int gw_peers_enter(struct gw_peers *peers, const struct gw_peer *peer, uint32_t limit);
void gw_peers_leave(struct gw_peers *peers, const struct gw_peer *peer);

#endif
