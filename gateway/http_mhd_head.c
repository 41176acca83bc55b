/* SPDX-License-Identifier: MIT
 * http_mhd_head.c - a head as libmicrohttpd parsed it, given to the strict check, and the
 * cure for heads that it refuses by itself (a bad Content-Length, too many cookies):
 * those it answers twice, in HTML. Before it: libmicrohttpd; after it: http_head.c. */
#include "gateway/http_seam.h"
#include <microhttpd.h>
#include <string.h>
#include <sys/socket.h>

struct collector {
    struct gw_head_field *fields;
    uint32_t count, room;
    int overflow;
};

static enum MHD_Result collect(void *context, enum MHD_ValueKind kind, const char *name,
                               size_t name_size, const char *value, size_t value_size)
{
    struct collector *to = context;
    (void)kind;
    if (to->count == to->room) {
        to->overflow = 1;
        return MHD_NO;
    }
    to->fields[to->count++] =
        (struct gw_head_field){name, name_size, value ? value : "", value_size};
    return MHD_YES;
}

static struct collector fields_of(const struct gw_trip *trip)
{
    struct gw_http *http = trip->http;
    struct collector found = {.fields = http->fields, .room = http->limits->header_count};
    MHD_get_connection_values_n(trip->carrier, MHD_HEADER_KIND, collect, &found);
    return found;
}

int gw_mhd_check(struct gw_trip *trip, const char *method, const char *version,
                 struct gw_head_facts *facts, struct gw_fault *fault)
{
    struct gw_http *http = trip->http;
    if (trip->no_memory)
        return gw_fault_set(fault, GW_FAULT_NO_MEMORY,
                            "There is no memory for the request.");
    if (trip->target.failed)
        return gw_fault_set(fault, GW_FAULT_URI_TOO_LONG,
                            "The request line may have at most %u bytes.",
                            (unsigned)http->limits->line_bytes);
    const union MHD_ConnectionInfo *size =
        MHD_get_connection_info(trip->carrier, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    struct collector found = fields_of(trip);
    struct gw_head head = {.method = method,
                           .target = trip->raw,
                           .text = trip->target.at,
                           .target_size = trip->target.size,
                           .version = version,
                           .size = size ? size->header_size : 0,
                           .fields = found.fields,
                           .count = found.count,
                           .overflow = found.overflow};
    return gw_head_check(&head, http->limits, facts, fault);
}

/* Between the end of the head and the first call of the handler nothing happens but
 * libmicrohttpd's own refusals; in that state the size of the head is known and no answer
 * is set, so the request that it is about is found for certain. */
static int being_refused(const struct gw_conn *conn)
{
    const struct gw_trip *trip = conn->trip;
    return conn->doing == GW_DOING_HEAD && trip && !trip->seen &&
           MHD_get_connection_info(trip->carrier,
                                   MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE) &&
           !MHD_get_connection_info(trip->carrier, MHD_CONNECTION_INFO_HTTP_STATUS);
}

void gw_mhd_refusing(struct gw_http *http)
{
    /* Messages are cheap to provoke, so the search ends with the last candidate; mostly
     * there is none. */
    uint32_t left = http->head_count;
    for (struct gw_conn *conn = http->open; conn && left; conn = conn->next) {
        left -= conn->doing == GW_DOING_HEAD;
        if (!being_refused(conn))
            continue;
        struct gw_trip *trip = conn->trip;
        struct gw_fault fault = {0};
        struct collector found = fields_of(trip);
        gw_head_refused(found.fields, found.count, &fault);
        gw_trip_fault(trip, &fault);
        trip->by_hand = 1;
        trip->queued = (uint8_t)gw_hand_answer(http, trip, conn->fd, trip->status);
        /* What libmicrohttpd writes after this goes nowhere. */
        shutdown(conn->fd, SHUT_WR);
        gw_conn_doing(conn, GW_DOING_LINGER);
        return;
    }
}
