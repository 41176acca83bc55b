/* SPDX-License-Identifier: MIT
 * http_mhd_calls.c - what libmicrohttpd calls: a target, a head, pieces of a body, the
 * end of a request, of a connection. Before it: http_mhd.c runs the daemon; after it:
 * trips (http_trip.c), which call the layer above, and the queue of answers here. */
#include "gateway/http_seam.h"
#include <assert.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct gw_conn *conn_of(struct MHD_Connection *carrier)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(carrier, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info->socket_context;
}

static void on_connection(void *context, struct MHD_Connection *carrier,
                          void **socket_context, enum MHD_ConnectionNotificationCode code)
{
    struct gw_http *http = context;
    (void)carrier;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *socket_context = http->arriving;
        http->arriving = NULL;
    } else {
        gw_conn_give(*socket_context);
        *socket_context = NULL;
    }
}

/* The request line is in. The target is copied before libmicrohttpd takes it to pieces;
 * its query is then hidden from it, since it would store every argument, and 8 KiB of
 * "a&a&" are more than its memory holds: it would answer by itself, in a state in which
 * it spins. */
static void *on_target(void *context, const char *target, struct MHD_Connection *carrier)
{
    struct gw_http *http = context;
    struct gw_conn *conn = conn_of(carrier);
    struct gw_trip *trip = gw_trip_take(http, conn);
    gw_conn_doing(conn, GW_DOING_HEAD);
    if (trip) {
        trip->carrier = carrier;
        trip->raw = target;
        size_t size = strlen(target);
        trip->no_memory = eng_buf_put(&trip->target, target, size) != 0 &&
                          size <= http->limits->line_bytes;
    }
    const char *mark = strchr(target, '?');
    if (mark && mark[1])
        *(char *)(uintptr_t)(mark + 1) = '\0';
    return trip;
}

/* Targets stay as they were sent: decoding is for those who know what a path means. */
static size_t keep_escapes(void *context, struct MHD_Connection *carrier, char *text)
{
    (void)context;
    (void)carrier;
    return strlen(text);
}

static int add_headers(const struct gw_trip *trip, struct MHD_Response *response)
{
    if (trip->type &&
        MHD_add_response_header(response, "Content-Type", trip->type) != MHD_YES)
        return -1;
    if (MHD_add_response_header(response, "x-request-id", trip->exchange.request_id) !=
        MHD_YES)
        return -1;
    const char *at = trip->set.at;
    for (uint32_t i = 0; i < trip->set_count; i++) {
        const char *value = at + strlen(at) + 1;
        MHD_add_response_header(response, at, value); /* a bad one is left out */
        at = value + strlen(value) + 1;
    }
    if ((trip->close || trip->http->quiesced) &&
        MHD_add_response_header(response, "Connection", "close") != MHD_YES)
        return -1;
    return 0;
}

/* An answer that is large enough to be compressed depends on Accept-Encoding, also when
 * it is not: caches must know. */
static int add_encoding(enum gw_encoding encoding, struct MHD_Response *response)
{
    if (MHD_add_response_header(response, "Vary", "Accept-Encoding") != MHD_YES)
        return -1;
    if (encoding == GW_PLAIN)
        return 0;
    return MHD_add_response_header(response, "Content-Encoding",
                                   encoding == GW_GZIP ? "gzip" : "deflate") == MHD_YES
               ? 0
               : -1;
}

/* Hand the answer to libmicrohttpd. The body stays where it is until `done`. */
static enum MHD_Result queue(struct gw_trip *trip)
{
    int large = trip->exchange.out.size >= GW_DEFLATE_LEAST;
    enum gw_encoding encoding = large ? gw_trip_pack(trip) : GW_PLAIN;
    struct eng_buf *out = encoding == GW_PLAIN ? &trip->exchange.out : &trip->packed;
    struct MHD_Response *response = MHD_create_response_from_buffer(
        out->size, out->at ? out->at : (char *)(uintptr_t) "", MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    enum MHD_Result result = MHD_NO;
    if (add_headers(trip, response) == 0 &&
        (!large || add_encoding(encoding, response) == 0))
        result = MHD_queue_response(trip->carrier, (unsigned)trip->status, response);
    MHD_destroy_response(response);
    trip->queued = result == MHD_YES;
    gw_conn_doing(trip->conn, GW_DOING_WRITE);
    return result;
}

/* Answer in the middle of a body: by hand, then read on for a while so that the client
 * gets to see the answer, since closing on unread bytes resets the connection. */
static void answer_by_hand(struct gw_trip *trip)
{
    trip->by_hand = 1;
    trip->queued =
        (uint8_t)gw_hand_answer(trip->http, trip, trip->conn->fd, trip->status);
    shutdown(trip->conn->fd, SHUT_WR);
    gw_conn_doing(trip->conn, GW_DOING_LINGER);
}

static enum MHD_Result first_call(struct gw_trip *trip, const char *method,
                                  const char *version)
{
    struct gw_fault fault = {0};
    struct gw_head_facts facts;
    trip->seen = 1;
    trip->exchange.method = method;
    gw_conn_doing(trip->conn, GW_DOING_BODY);
    if (gw_mhd_check(trip, method, version, &facts, &fault) != 0) {
        /* Where this request ends is not certain, so nothing after it may be read. */
        gw_trip_fault(trip, &fault);
        trip->close = 1;
        return queue(trip);
    }
    gw_trip_head(trip, &facts);
    assert(!trip->suspending);
    uint64_t length = facts.content_length;
    if (!trip->answered || length == 0)
        return MHD_YES;
    /* Queued here, an answer ends the connection; that is right for a client that waits
     * to be asked for a large body. All others get theirs when the body was swallowed. */
    if (trip->expects && length > GW_SWALLOW_EXTRA) {
        trip->close = 1;
        return queue(trip);
    }
    if (length != UINT64_MAX &&
        length > trip->http->limits->body_bytes + GW_SWALLOW_EXTRA)
        answer_by_hand(trip);
    return MHD_YES;
}

static enum MHD_Result body_call(struct gw_trip *trip, const char *data, size_t *size)
{
    size_t piece = *size;
    *size = 0;
    if (trip->by_hand) {
        trip->received += piece;
        return trip->received > 2 * (trip->http->limits->body_bytes + GW_SWALLOW_EXTRA)
                   ? MHD_NO
                   : MHD_YES;
    }
    if (gw_trip_gather(trip, data, piece) != 0)
        answer_by_hand(trip);
    return MHD_YES;
}

static void call_above(struct gw_trip *trip)
{
    struct gw_http *http = trip->http;
    if (trip->suspended) {
        trip->suspended = 0;
        trip->resuming = 0;
        http->suspended_count--;
        http->options.calls.resumed(http->options.context, &trip->exchange);
        return;
    }
    gw_conn_doing(trip->conn, GW_DOING_WORK);
    if (trip->exchange.content_length == UINT64_MAX &&
        MHD_get_connection_values_n(trip->carrier, MHD_FOOTER_KIND, NULL, NULL) > 0) {
        gw_trip_failed(trip, GW_FAULT_BAD_HEADER,
                       "Trailers after a chunked body are not accepted.");
        trip->close = 1;
        return;
    }
    if (gw_trip_body(trip) == 0)
        http->options.calls.request(http->options.context, &trip->exchange);
}

/* The body is over, or the request was resumed. */
static enum MHD_Result last_call(struct gw_trip *trip)
{
    if (trip->by_hand)
        return MHD_NO;
    if (!trip->answered)
        call_above(trip);
    if (!trip->answered && trip->suspending) {
        trip->suspending = 0;
        trip->suspended = 1;
        trip->http->suspended_count++;
        MHD_suspend_connection(trip->carrier);
        return MHD_YES;
    }
    assert(trip->answered);
    if (!trip->answered)
        gw_trip_failed(trip, GW_FAULT_INTERNAL,
                       "The request was left without an answer.");
    return queue(trip);
}

static enum MHD_Result on_access(void *context, struct MHD_Connection *carrier,
                                 const char *url, const char *method, const char *version,
                                 const char *data, size_t *size, void **request_context)
{
    struct gw_http *http = context;
    struct gw_trip *trip = *request_context;
    (void)url;
    if (!trip) {
        if (*size == 0)
            return MHD_queue_response(carrier, MHD_HTTP_SERVICE_UNAVAILABLE,
                                      http->no_memory);
        *size = 0;
        return MHD_YES;
    }
    trip->exchange.now_ns = http->now_ns;
    if (!trip->seen)
        return first_call(trip, method, version);
    if (*size)
        return body_call(trip, data, size);
    return last_call(trip);
}

static void on_completed(void *context, struct MHD_Connection *carrier,
                         void **request_context, enum MHD_RequestTerminationCode code)
{
    struct gw_trip *trip = *request_context;
    (void)context;
    *request_context = NULL;
    gw_conn_doing(conn_of(carrier), GW_DOING_IDLE);
    if (!trip)
        return;
    int status = trip->status;
    int sent = trip->by_hand
                   ? trip->queued
                   : trip->queued && code == MHD_REQUEST_TERMINATED_COMPLETED_OK;
    if (!status) {
        /* A refusal of libmicrohttpd's own: a broken chunk, a line without a colon. */
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(carrier, MHD_CONNECTION_INFO_HTTP_STATUS);
        status = info ? (int)info->http_status : 0;
        sent = status != 0;
    }
    gw_trip_end(trip, status, sent);
}

/* Nothing is printed: a client could fill the log. Every message tells of a refusal. */
static void on_message(void *context, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
static void on_message(void *context, const char *format, va_list args)
{
    (void)format;
    (void)args;
    gw_mhd_refusing(context);
}

static void on_panic(void *context, const char *file, unsigned line, const char *reason)
{
    static const char text[] = "roost: libmicrohttpd found itself inconsistent\n";
    (void)context;
    (void)file;
    (void)line;
    (void)reason;
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    abort();
}

int gw_mhd_start(struct gw_http *http)
{
    const struct gw_http_limits *limits = http->limits;
    /* A head and what libmicrohttpd notes about each of its lines must fit. */
    size_t memory = (size_t)limits->header_bytes * 2;
    if (memory < 64 * 1024)
        memory = 64 * 1024;
    MHD_set_panic_func(on_panic, NULL);
    http->daemon = MHD_start_daemon(
        MHD_USE_ERROR_LOG | MHD_USE_EPOLL | MHD_USE_TURBO | MHD_USE_NO_LISTEN_SOCKET |
            MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME,
        0, NULL, NULL, on_access, http, MHD_OPTION_EXTERNAL_LOGGER, on_message, http,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, memory, MHD_OPTION_CONNECTION_LIMIT,
        limits->connections + 16, MHD_OPTION_CONNECTION_TIMEOUT, 0U,
        /* 0: what 1 would refuse by itself (no Host, a space in the target) it refuses
         * twice and in HTML; the strict check does it once and in JSON. */
        MHD_OPTION_STRICT_FOR_CLIENT, 0, MHD_OPTION_URI_LOG_CALLBACK, on_target, http,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, http, MHD_OPTION_NOTIFY_CONNECTION, on_connection, http,
        MHD_OPTION_END);
    if (!http->daemon)
        return -1;
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    http->carrier_fd = info ? info->epoll_fd : -1;
    http->no_memory = MHD_create_response_from_buffer(0, (char *)(uintptr_t) "",
                                                      MHD_RESPMEM_PERSISTENT);
    return http->carrier_fd >= 0 && http->no_memory ? 0 : -1;
}

int gw_mhd_add(struct gw_http *http, int fd, const struct sockaddr *address,
               socklen_t size)
{
    return MHD_add_connection(http->daemon, fd, address, size) == MHD_YES ? 0 : -1;
}

void gw_mhd_resume(struct gw_trip *trip)
{
    MHD_resume_connection(trip->carrier);
}

const char *gw_exchange_header(const struct gw_exchange *exchange, const char *name)
{
    const struct gw_trip *trip = (const struct gw_trip *)exchange;
    return MHD_lookup_connection_value(trip->carrier, MHD_HEADER_KIND, name);
}
