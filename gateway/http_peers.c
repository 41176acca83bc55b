/* SPDX-License-Identifier: MIT
 * http_peers.c - the per-address limit at the door. Before it: accept; after it: the
 * connection joins the loop or gets a 503. The table never fills, since it has twice as
 * many cells as there may be connections, and every cell in use holds one at least. */
#include "gateway/http_peers.h"
#include "engine/base/hash.h"
#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

int gw_peers_init(struct gw_peers *peers, uint32_t connections)
{
    memset(peers, 0, sizeof *peers);
    uint64_t cells = 16;
    while (cells < 2 * ((uint64_t)connections + 1))
        cells *= 2;
    if (cells > UINT32_MAX)
        return -1;
    peers->cells = calloc((size_t)cells, sizeof *peers->cells);
    if (!peers->cells)
        return -1;
    peers->mask = (uint32_t)cells - 1;
    /* A hash that nobody outside can steer; without entropy it is merely a hash. */
    if (getrandom(&peers->key, sizeof peers->key, GRND_NONBLOCK) < 0)
        peers->key = (uint64_t)(uintptr_t)peers->cells;
    pthread_mutex_init(&peers->lock, NULL);
    return 0;
}

void gw_peers_clear(struct gw_peers *peers)
{
    if (!peers->cells)
        return;
    free(peers->cells);
    peers->cells = NULL;
    pthread_mutex_destroy(&peers->lock);
}

int gw_peer_of(const struct sockaddr *address, struct gw_peer *out)
{
    memset(out, 0, sizeof *out);
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof in);
        out->at[10] = out->at[11] = 0xff;
        memcpy(out->at + 12, &in.sin_addr, 4);
        return out->at[12] != 127;
    }
    if (address->sa_family != AF_INET6)
        return 0;
    struct sockaddr_in6 in6;
    memcpy(&in6, address, sizeof in6);
    if (IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr))
        return 0;
    if (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr)) {
        memcpy(out->at, &in6.sin6_addr, 16);
        return out->at[12] != 127;
    }
    memcpy(out->at, &in6.sin6_addr, 8);
    return 1;
}

static uint32_t home(const struct gw_peers *peers, const struct gw_peer *peer)
{
    return (uint32_t)eng_hash_keyed(peer->at, sizeof peer->at, peers->key) & peers->mask;
}

/* The peer's cell, or the empty one where it would stand. */
static uint32_t find(const struct gw_peers *peers, const struct gw_peer *peer)
{
    uint32_t at = home(peers, peer);
    while (peers->cells[at].count &&
           memcmp(peers->cells[at].at, peer->at, sizeof peer->at) != 0)
        at = (at + 1) & peers->mask;
    return at;
}

int gw_peers_enter(struct gw_peers *peers, const struct gw_peer *peer, uint32_t limit)
{
    pthread_mutex_lock(&peers->lock);
    struct gw_peer *cell = &peers->cells[find(peers, peer)];
    int result = -1;
    if (cell->count < limit) {
        memcpy(cell->at, peer->at, sizeof cell->at);
        cell->count++;
        result = 0;
    }
    pthread_mutex_unlock(&peers->lock);
    return result;
}

/* Empty a cell, and move back those behind it that probed past it, so that no search
 * stops too early and no tombstones pile up. */
static void erase(struct gw_peers *peers, uint32_t hole)
{
    uint32_t at = hole;
    for (;;) {
        at = (at + 1) & peers->mask;
        if (!peers->cells[at].count)
            break;
        uint32_t from = home(peers, &peers->cells[at]);
        if (((at - from) & peers->mask) < ((at - hole) & peers->mask))
            continue;
        peers->cells[hole] = peers->cells[at];
        hole = at;
    }
    peers->cells[hole].count = 0;
}

void gw_peers_leave(struct gw_peers *peers, const struct gw_peer *peer)
{
    pthread_mutex_lock(&peers->lock);
    uint32_t at = find(peers, peer);
    assert(peers->cells[at].count > 0);
    if (--peers->cells[at].count == 0)
        erase(peers, at);
    pthread_mutex_unlock(&peers->lock);
}
