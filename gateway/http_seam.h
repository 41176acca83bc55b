/* SPDX-License-Identifier: MIT
 * http_seam.h - what the files behind http.h share: listener, loop, connection, trip.
 * Threads  A listener is shared, all that changes in it is atomic or locked. Everything
 *          else belongs to one loop's thread, but for what gw_http says.
 * Memory   Connections and trips are pooled in their loop and freed with it.
 * Errors   As each function says. Only http_mhd*.c know libmicrohttpd's types. */
#ifndef ROOST_GATEWAY_HTTP_SEAM_H
#define ROOST_GATEWAY_HTTP_SEAM_H
#include "gateway/deflate.h"
#include "gateway/http.h"
#include "gateway/http_head.h"
#include "gateway/http_peers.h"
#include "gateway/inflate.h"
#include <pthread.h>
#include <stdatomic.h>
#include <sys/un.h>

struct MHD_Connection;
struct MHD_Daemon;
struct MHD_Response;

enum {
    GW_ADDRESS_BYTES = 280, /* "[host]:port", the host below 256 bytes */
    GW_SWEEP_MS = 250,      /* how late a deadline may be noticed */
    GW_PAUSE_MS = 100,      /* no accept after descriptors ran out */
    GW_YIELD_MS = 2,        /* a loop with more than its share leaves others time */
    GW_SWALLOW_EXTRA =
        64 * 1024,            /* bytes over the limit that are read for good manners */
    GW_KEEP_BUFFER = 1 << 20, /* a larger buffer is given back after use */
    GW_KEEP_ALL = 32 << 20    /* bytes of buffers that spare trips of a loop keep */
};

struct gw_listener {
    int fd;
    int port;
    char address[GW_ADDRESS_BYTES]; /* as gw_listener_address tells it */
    struct sockaddr_un path;        /* of a unix socket, to remove at the end */
    struct gw_http_limits limits;
    struct gw_peers peers;
    _Atomic uint64_t accepted;
    _Atomic uint64_t refused;
    _Atomic uint64_t body_bytes;
    _Atomic uint32_t open;
    _Atomic uint32_t loops;   /* gw_http made on it */
    _Atomic uint32_t serving; /* of those, not quiesced */
};

/* What a connection is doing decides which deadline it is under. */
enum gw_doing {
    GW_DOING_FRESH,  /* accepted, nothing parsed: header_ms */
    GW_DOING_HEAD,   /* the request line is in: header_ms since it began */
    GW_DOING_BODY,   /* body_ms and min_rate */
    GW_DOING_WORK,   /* answering, or suspended: none of ours */
    GW_DOING_WRITE,  /* write_ms and min_rate */
    GW_DOING_IDLE,   /* idle_ms */
    GW_DOING_LINGER, /* answered by hand, reading what still comes: body_ms */
    GW_DOING_DYING   /* shut down; libmicrohttpd will close it */
};

struct gw_conn {
    struct gw_conn *prev, *next; /* open ones of the loop; next also: spare ones */
    struct gw_http *http;
    struct gw_trip *trip; /* the request under way */
    int fd;
    enum gw_doing doing;
    uint64_t since_ns;   /* began doing it */
    uint8_t looked;      /* idle, and looked at for a hang-up since it is */
    struct gw_peer peer; /* .count 1: counted in the listener's table */
};

/* An exchange and what the seam keeps beside it. */
struct gw_trip {
    struct gw_exchange exchange; /* first, so that one is the other */
    struct gw_http *http;
    struct gw_conn *conn;
    struct MHD_Connection *carrier;
    struct gw_trip *next;  /* spare ones; or those to be resumed */
    struct eng_buf target; /* the request target as sent */
    const char *raw;       /* where it stands in libmicrohttpd's memory */
    struct eng_buf in;     /* the body as sent */
    struct eng_buf plain;  /* the body inflated */
    struct eng_buf packed; /* the answer's body compressed; empty: it goes as it is */
    struct eng_buf set;    /* headers of the answer: name NUL value NUL ... */
    uint32_t set_count;
    enum gw_encoding encoding;
    uint64_t received; /* bytes of the body that came, kept or not */
    uint64_t charged;  /* of these, counted in the listener's body_bytes */
    const char *type;  /* of the answer */
    int status;        /* of the answer; 0: none yet */
    uint8_t no_memory; /* the target could not be kept */
    uint8_t seen;      /* the head is complete */
    uint8_t expects;
    uint8_t answered;
    uint8_t suspending; /* gw_exchange_suspend was called */
    uint8_t suspended;  /* libmicrohttpd was told */
    uint8_t resuming;
    uint8_t queued;  /* libmicrohttpd has the answer */
    uint8_t by_hand; /* the answer was written to the socket by us */
    uint8_t close;   /* after the answer */
};

struct gw_http {
    struct gw_http_options options;
    struct gw_listener *listener;
    const struct gw_http_limits *limits;
    struct MHD_Daemon *daemon;
    struct MHD_Response *no_memory; /* made at start, for when nothing can be made */
    int carrier_fd;                 /* libmicrohttpd's epoll: only ever waited on */
    int wake_fd;                    /* eventfd: quiesce, stop, resume */
    int reserve_fd;                 /* given up to answer when descriptors run out */
    uint64_t now_ns;                /* of this iteration */
    uint64_t sweep_ns;              /* next sweep */
    uint64_t accept_ns;             /* do not look at the listening socket before */
    struct gw_conn *open;
    struct gw_conn *spare_conns;
    uint32_t open_count;
    uint32_t suspended_count;
    uint32_t head_count;      /* connections in GW_DOING_HEAD */
    struct gw_conn *arriving; /* handed to MHD_add_connection, not yet taken */
    struct gw_trip *spare;
    size_t kept;                  /* bytes that spare trips hold */
    struct gw_head_field *fields; /* [limits->header_count], of the head being checked */
    struct gw_inflater *inflater;
    struct gw_deflater *deflater; /* either made when first needed */
    struct eng_buf scratch;       /* an answer written by hand */
    uint64_t id[2];               /* request ids: a random start, and a counter's state */
    uint8_t quiesced;             /* seen by the loop */
    uint8_t yielded;              /* the last look at the door left it to other loops */
    pthread_mutex_t lock;         /* of `resumed` alone; nothing else is taken under it */
    struct gw_trip *resumed;
    _Atomic int quiesce;
    _Atomic uint64_t stop_ns; /* 0: not stopping */
};

/* http_door.c: connections in. */
/* Accept a few, unless others should; refuse those above a limit. */
void gw_door_accept(struct gw_http *http, uint32_t most);
/* Should the listening socket be looked at now? */
int gw_door_open(const struct gw_http *http);
void gw_door_quiesce(struct gw_http *http);

/* http_hand.c: answers written straight to the socket, where libmicrohttpd gives none. */
/* Write a whole answer that ends the connection. 1 when all of it was taken. */
int gw_hand_answer(struct gw_http *http, struct gw_trip *trip, int fd, int status);
/* A fault for a connection that has no trip: the 503 at the door. */
void gw_hand_refuse(struct gw_http *http, int fd, const char *why);

/* http_trip.c: exchanges, their pool, their bodies. */
struct gw_trip *gw_trip_take(struct gw_http *http, struct gw_conn *conn);
/* Tell `done` when there is anything to tell, and put the trip back. */
void gw_trip_end(struct gw_trip *trip, int status, int sent);
void gw_trip_free_all(struct gw_http *http);
/* Answer with a fault; the body of the answer is filled, nothing is sent yet. */
void gw_trip_fault(struct gw_trip *trip, const struct gw_fault *fault);
void gw_trip_failed(struct gw_trip *trip, enum gw_fault_code code, const char *text);
/* A piece of the body: kept, or thrown away once answered. -1: the rest of it is not
 * worth reading, answer by hand and close. */
int gw_trip_gather(struct gw_trip *trip, const void *data, size_t size);
/* All of the body is there: inflate it and point the exchange to it. -1: answered. */
int gw_trip_body(struct gw_trip *trip);
/* The answer is about to be sent: compress it when the client asked for that and it is
 * worth it. The encoding that was chosen, with its bytes in trip->packed; or GW_PLAIN. */
enum gw_encoding gw_trip_pack(struct gw_trip *trip);
/* The head is good: fill the exchange, answer what can never succeed, else call `head`.
 */
void gw_trip_head(struct gw_trip *trip, const struct gw_head_facts *facts);
void gw_request_id_make(struct gw_http *http, char out[129]);

/* http_sweep.c: deadlines. */
void gw_conn_doing(struct gw_conn *conn, enum gw_doing doing);
struct gw_conn *gw_conn_take(struct gw_http *http, int fd);
void gw_conn_give(struct gw_conn *conn); /* and uncount it in the listener */
void gw_conn_free_all(struct gw_http *http);
/* Shut down what is past its deadline. */
void gw_sweep(struct gw_http *http);
/* Shut down what waits for a next request (all = 0), or everything. */
void gw_sweep_out(struct gw_http *http, int all);

/* http_mhd_head.c: libmicrohttpd's view of a head, checked. */
int gw_mhd_check(struct gw_trip *trip, const char *method, const char *version,
                 struct gw_head_facts *facts, struct gw_fault *fault);
/* libmicrohttpd is about to refuse some request by itself: if it is one whose head is
 * complete, answer it by hand before, once and in JSON. */
void gw_mhd_refusing(struct gw_http *http);

/* http_mhd_calls.c: libmicrohttpd's callbacks. */
int gw_mhd_start(struct gw_http *http);
/* -1: closed already. Either way the descriptor is not the caller's any more. */
int gw_mhd_add(struct gw_http *http, int fd, const struct sockaddr *address,
               socklen_t size);
void gw_mhd_resume(struct gw_trip *trip);

#endif
