/* SPDX-License-Identifier: MIT
 * http_listener.c - a listening socket and what all its loops share. Before it: the
 * configuration's address; after it: each loop's accept (http_door.c). */
#include "engine/base/error.h"
#include "gateway/http_seam.h"
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

static int limits_given(const struct gw_http_limits *limits)
{
    return limits->header_bytes && limits->line_bytes && limits->header_count &&
           limits->body_bytes && limits->bodies_bytes && limits->connections &&
           limits->connections_ip && limits->header_ms && limits->body_ms &&
           limits->write_ms && limits->min_rate && limits->idle_ms;
}

/* A socket file that nobody listens on is what a killed server leaves behind. Any other
 * file there is somebody's, though connecting to it fails in the same way. */
static int bind_unix(int fd, const struct sockaddr_un *path)
{
    const struct sockaddr *at = (const struct sockaddr *)path;
    if (bind(fd, at, sizeof *path) == 0)
        return 0;
    if (errno != EADDRINUSE)
        return -1;
    struct stat info;
    int is_socket = lstat(path->sun_path, &info) == 0 && S_ISSOCK(info.st_mode);
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int dead = is_socket && probe >= 0 && connect(probe, at, sizeof *path) != 0 &&
               errno == ECONNREFUSED;
    if (probe >= 0)
        close(probe);
    if (!dead) {
        errno = EADDRINUSE;
        return -1;
    }
    unlink(path->sun_path);
    return bind(fd, at, sizeof *path);
}

static roost_status listen_unix(struct gw_listener *listener, const char *path,
                                struct roost_error *err)
{
    struct sockaddr_un *name = &listener->path;
    if (!*path || strlen(path) >= sizeof name->sun_path)
        return eng_fail(err, ROOST_VALUE, path, 0,
                        "the path of a unix socket needs 1 to %zu bytes",
                        sizeof name->sun_path - 1);
    name->sun_family = AF_UNIX;
    memcpy(name->sun_path, path, strlen(path) + 1);
    listener->port = -1;
    snprintf(listener->address, sizeof listener->address, "unix:%s", path);
    listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener->fd < 0 || bind_unix(listener->fd, name) != 0) {
        name->sun_path[0] = '\0'; /* not ours to remove */
        return eng_fail(err, ROOST_IO, path, 0, "cannot listen here: %s",
                        strerror(errno));
    }
    /* Nobody can connect between bind and chmod: that needs the listen that follows. */
    if (chmod(path, 0660) != 0 || listen(listener->fd, BACKLOG) != 0)
        return eng_fail(err, ROOST_IO, path, 0, "cannot listen here: %s",
                        strerror(errno));
    return ROOST_OK;
}

/* "host:port" or "[host]:port" into host (may be empty) and port. */
static int split(const char *address, char host[256], char port[16])
{
    const char *colon = strrchr(address, ':');
    if (!colon || strlen(colon + 1) >= 16 || !colon[1])
        return -1;
    const char *from = address;
    const char *to = colon;
    if (*from == '[') {
        if (to == from || to[-1] != ']')
            return -1;
        from++;
        to--;
    }
    if (to < from || to - from >= 256)
        return -1;
    memcpy(host, from, (size_t)(to - from));
    host[to - from] = '\0';
    memcpy(port, colon + 1, strlen(colon + 1) + 1);
    return 0;
}

/* SO_REUSEADDR lets a restarted server bind while connections of the one before linger;
 * it does not let two listen at once. */
static int open_tcp(const struct addrinfo *at)
{
    int on = 1;
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, at->ai_addr, at->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0) {
        int reason = errno;
        close(fd);
        errno = reason;
        return -1;
    }
    return fd;
}

static int port_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } name;
    socklen_t size = sizeof name;
    memset(&name, 0, sizeof name);
    if (getsockname(fd, &name.any, &size) != 0)
        return -1;
    return ntohs(name.any.sa_family == AF_INET6 ? name.in6.sin6_port : name.in.sin_port);
}

static roost_status listen_tcp(struct gw_listener *listener, const char *address,
                               struct roost_error *err)
{
    char host[256], port[16];
    if (split(address, host, port) != 0)
        return eng_fail(err, ROOST_VALUE, address, 0,
                        "an address is host:port, [host]:port or unix:/path");
    const struct addrinfo want = {.ai_socktype = SOCK_STREAM,
                                  .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    int code = getaddrinfo(*host ? host : NULL, port, &want, &found);
    if (code != 0)
        return eng_fail(err, ROOST_VALUE, address, 0, "the address cannot be read: %s",
                        gai_strerror(code));
    listener->fd = open_tcp(found);
    int reason = errno;
    freeaddrinfo(found);
    if (listener->fd < 0)
        return eng_fail(err, ROOST_IO, address, 0, "cannot listen here: %s",
                        strerror(reason));
    listener->port = port_of(listener->fd);
    snprintf(listener->address, sizeof listener->address, "%.*s:%d",
             (int)(strrchr(address, ':') - address), address, listener->port);
    return ROOST_OK;
}

int gw_listener_new(const char *address, const struct gw_http_limits *limits,
                    struct gw_listener **out, struct roost_error *err)
{
    *out = NULL;
    if (!limits_given(limits))
        return eng_fail(err, ROOST_LIMIT, address, 0,
                        "a limit of the listener is 0; every one must be given");
    struct gw_listener *listener = calloc(1, sizeof *listener);
    if (!listener)
        return eng_fail(err, ROOST_NOMEM, address, 0, "no memory for the listener");
    listener->fd = -1;
    listener->limits = *limits;
    roost_status status;
    if (gw_peers_init(&listener->peers, limits->connections) != 0)
        status = eng_fail(err, ROOST_NOMEM, address, 0, "no memory for the listener");
    else if (strncmp(address, "unix:", 5) == 0)
        status = listen_unix(listener, address + 5, err);
    else
        status = listen_tcp(listener, address, err);
    if (status != ROOST_OK) {
        gw_listener_free(listener);
        return status;
    }
    *out = listener;
    return ROOST_OK;
}

void gw_listener_free(struct gw_listener *listener)
{
    if (!listener)
        return;
    if (listener->fd >= 0)
        close(listener->fd);
    if (listener->path.sun_path[0])
        unlink(listener->path.sun_path);
    gw_peers_clear(&listener->peers);
    free(listener);
}

int gw_listener_port(const struct gw_listener *listener)
{
    return listener->port;
}

const char *gw_listener_address(const struct gw_listener *listener)
{
    return listener->address;
}

void gw_listener_counts(const struct gw_listener *listener,
                        struct gw_listener_counts *out)
{
    out->accepted = atomic_load_explicit(&listener->accepted, memory_order_relaxed);
    out->refused = atomic_load_explicit(&listener->refused, memory_order_relaxed);
    out->open = atomic_load_explicit(&listener->open, memory_order_relaxed);
    out->body_bytes = atomic_load_explicit(&listener->body_bytes, memory_order_relaxed);
}
