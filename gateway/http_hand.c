/* SPDX-License-Identifier: MIT
 * http_hand.c - answers written straight to the socket. libmicrohttpd takes an answer
 * only before or after a body, never in its middle, and gives two for some broken heads;
 * at the door it is not there yet. Such an answer is always the last one of its
 * connection. */
#include "gateway/http_seam.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

static const char *reason(int status)
{
    switch (status) {
    case 400:
        return "Bad Request";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 408:
        return "Request Timeout";
    case 413:
        return "Content Too Large";
    case 415:
        return "Unsupported Media Type";
    case 503:
        return "Service Unavailable";
    default:
        return ""; /* RFC 9112, 4: the phrase may be empty and means nothing */
    }
}

static void put_head(struct eng_buf *to, int status, const char *type, const char *id,
                     size_t size)
{
    eng_buf_format(to, "HTTP/1.1 %d %s\r\nConnection: close\r\n", status, reason(status));
    if (type)
        eng_buf_format(to, "Content-Type: %s\r\n", type);
    eng_buf_format(to, "x-request-id: %s\r\nContent-Length: %zu\r\n", id, size);
}

/* Into the socket's own buffer or not at all: waiting is not for a loop. */
static int write_out(int fd, const struct eng_buf *from)
{
    /* What is said when there is no memory to say more. */
    static const char least[] =
        "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n"
        "Retry-After: 1\r\nContent-Length: 0\r\n\r\n";
    const char *at = from->failed ? least : from->at;
    size_t size = from->failed ? sizeof least - 1 : from->size;
    ssize_t wrote;
    do {
        wrote = send(fd, at, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (wrote < 0 && errno == EINTR);
    return wrote >= 0 && (size_t)wrote == size;
}

int gw_hand_answer(struct gw_http *http, struct gw_trip *trip, int fd, int status)
{
    const struct gw_exchange *exchange = &trip->exchange;
    struct eng_buf *to = &http->scratch;
    eng_buf_reset(to);
    put_head(to, status, trip->type, exchange->request_id, exchange->out.size);
    const char *at = trip->set.at;
    for (uint32_t i = 0; i < trip->set_count; i++) {
        const char *value = at + strlen(at) + 1;
        eng_buf_format(to, "%s: %s\r\n", at, value);
        at = value + strlen(value) + 1;
    }
    eng_buf_text(to, "\r\n");
    if (strcmp(exchange->method, "HEAD") != 0)
        eng_buf_put(to, exchange->out.at, exchange->out.size);
    return write_out(fd, to);
}

void gw_hand_refuse(struct gw_http *http, int fd, const char *why)
{
    char id[129];
    struct gw_fault fault = {0};
    struct eng_buf body;
    eng_buf_init(&body, 4096);
    gw_request_id_make(http, id);
    gw_fault_set(&fault, GW_FAULT_OVERLOADED, "%s", why);
    struct eng_buf *to = &http->scratch;
    eng_buf_reset(to);
    if (gw_fault_body(&fault, id, &body) == 0) {
        put_head(to, gw_fault_http(fault.code), "application/json", id, body.size);
        eng_buf_text(to, "Retry-After: 1\r\n\r\n");
        eng_buf_put(to, body.at, body.size);
    } else {
        to->failed = 1;
    }
    write_out(fd, to);
    eng_buf_clear(&body);
}
