/* SPDX-License-Identifier: MIT
 * http_trip.c - exchanges: their pool, their bodies, and what the layer above calls on
 * them. Before it: a checked head and pieces of a body; after it: an answer that
 * http_mhd_calls.c queues. Nothing here knows who carries the bytes. */
#include "gateway/http_seam.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { SET_BYTES = 16 * 1024, FIRST_BYTES = 64 * 1024 };

/* xorshift64* over a random start: ids need not be secret, only never the same. */
void gw_request_id_make(struct gw_http *http, char out[129])
{
    static const char digits[] = "0123456789abcdef";
    uint64_t x = http->id[1];
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    http->id[1] = x;
    uint64_t half[2] = {http->id[0], x * UINT64_C(0x2545F4914F6CDD1D)};
    for (int i = 0; i < 32; i++)
        out[i] = digits[(half[i / 16] >> (60 - 4 * (i % 16))) & 15];
    out[32] = '\0';
}

static struct gw_trip *make(struct gw_http *http)
{
    struct gw_trip *trip = calloc(1, sizeof *trip);
    if (!trip)
        return NULL;
    trip->http = http;
    eng_buf_init(&trip->target, http->limits->line_bytes);
    eng_buf_init(&trip->in, (size_t)http->limits->body_bytes);
    eng_buf_init(&trip->plain, (size_t)http->limits->body_bytes);
    eng_buf_init(&trip->packed, GW_ANSWER_BYTES);
    eng_buf_init(&trip->set, SET_BYTES);
    eng_buf_init(&trip->exchange.out, GW_ANSWER_BYTES);
    return trip;
}

/* Bytes of the buffers that are kept for the next exchange. */
static size_t kept_by(const struct gw_trip *trip)
{
    return trip->in.room + trip->plain.room + trip->packed.room + trip->exchange.out.room;
}

struct gw_trip *gw_trip_take(struct gw_http *http, struct gw_conn *conn)
{
    struct gw_trip *trip = http->spare;
    if (trip) {
        http->spare = trip->next;
        http->kept -= kept_by(trip);
    } else if (!(trip = make(http))) {
        return NULL;
    }
    trip->next = NULL;
    trip->conn = conn;
    conn->trip = trip;
    struct gw_exchange *exchange = &trip->exchange;
    exchange->method = exchange->path = exchange->query = "";
    exchange->start_ns = exchange->now_ns = http->now_ns;
    exchange->listener = http->options.listener_id;
    gw_request_id_make(http, exchange->request_id);
    return trip;
}

/* Back to a new trip, but for the memory of its buffers: small ones are what makes a warm
 * request free of the heap, large ones would pile up with every spare trip. */
static void wipe(struct gw_trip *trip)
{
    struct gw_exchange *exchange = &trip->exchange;
    struct eng_buf *const large[] = {&trip->in, &trip->plain, &trip->packed,
                                     &exchange->out};
    for (size_t i = 0; i < sizeof large / sizeof large[0]; i++) {
        if (large[i]->room > GW_KEEP_BUFFER)
            eng_buf_clear(large[i]);
        else
            eng_buf_reset(large[i]);
    }
    eng_buf_reset(&trip->target);
    eng_buf_reset(&trip->set);
    struct gw_trip kept = {.http = trip->http,
                           .target = trip->target,
                           .in = trip->in,
                           .plain = trip->plain,
                           .packed = trip->packed,
                           .set = trip->set};
    kept.exchange.out = exchange->out;
    *trip = kept;
}

static void release(struct gw_trip *trip)
{
    eng_buf_clear(&trip->target);
    eng_buf_clear(&trip->in);
    eng_buf_clear(&trip->plain);
    eng_buf_clear(&trip->packed);
    eng_buf_clear(&trip->set);
    eng_buf_clear(&trip->exchange.out);
    free(trip);
}

/* Every byte charged is given back here and nowhere else, whatever ends the trip:
 * `charged` says how many, so that calling it twice does no harm. */
static void uncharge(struct gw_trip *trip)
{
    if (trip->charged)
        atomic_fetch_sub_explicit(&trip->http->listener->body_bytes, trip->charged,
                                  memory_order_relaxed);
    trip->charged = 0;
}

void gw_trip_end(struct gw_trip *trip, int status, int sent)
{
    struct gw_http *http = trip->http;
    trip->exchange.now_ns = http->now_ns;
    /* A request line alone, whose sender went away, was no exchange. */
    if (trip->seen || status)
        http->options.calls.done(http->options.context, &trip->exchange, status, sent);
    uncharge(trip);
    if (trip->suspended)
        http->suspended_count--;
    if (trip->conn)
        trip->conn->trip = NULL;
    wipe(trip);
    size_t bytes = kept_by(trip);
    if (http->kept + bytes > GW_KEEP_ALL) {
        release(trip);
        return;
    }
    http->kept += bytes;
    trip->next = http->spare;
    http->spare = trip;
}

void gw_trip_free_all(struct gw_http *http)
{
    while (http->spare) {
        struct gw_trip *trip = http->spare;
        http->spare = trip->next;
        release(trip);
    }
}

void gw_trip_fault(struct gw_trip *trip, const struct gw_fault *fault)
{
    struct gw_exchange *exchange = &trip->exchange;
    eng_buf_reset(&exchange->out);
    /* Without memory for a text, the status alone must do. */
    if (gw_fault_body(fault, exchange->request_id, &exchange->out) != 0)
        eng_buf_reset(&exchange->out);
    trip->set_count = 0;
    eng_buf_reset(&trip->set);
    if (gw_fault_http(fault->code) == 503)
        gw_exchange_set(exchange, "Retry-After", "1");
    if (fault->code == GW_FAULT_UNSUPPORTED_ENCODING)
        gw_exchange_set(exchange, "Accept-Encoding", "gzip, deflate");
    gw_exchange_answer(exchange, gw_fault_http(fault->code), "application/json");
}

void gw_trip_failed(struct gw_trip *trip, enum gw_fault_code code, const char *text)
{
    struct gw_fault fault = {0};
    gw_fault_set(&fault, code, "%s", text);
    gw_trip_fault(trip, &fault);
}

static void too_large(struct gw_trip *trip)
{
    struct gw_fault fault = {0};
    gw_fault_set(&fault, GW_FAULT_BODY_TOO_LARGE, "The body may have at most %llu bytes.",
                 (unsigned long long)trip->http->limits->body_bytes);
    gw_trip_fault(trip, &fault);
}

void gw_trip_head(struct gw_trip *trip, const struct gw_head_facts *facts)
{
    struct gw_http *http = trip->http;
    struct gw_exchange *exchange = &trip->exchange;
    if (facts->request_id)
        memcpy(exchange->request_id, facts->request_id, strlen(facts->request_id) + 1);
    exchange->content_length = facts->content_length;
    exchange->path = facts->path;
    exchange->path_size = facts->path_size;
    exchange->query = facts->query;
    /* The query lies behind the '?' in our copy of the target: end the path there. */
    if (*facts->query)
        trip->target.at[facts->query - trip->target.at - 1] = '\0';
    trip->encoding = facts->encoding;
    trip->expects = facts->expects;
    uint64_t length = facts->content_length;
    if (length != UINT64_MAX && length > http->limits->body_bytes)
        too_large(trip);
    else if (length != 0 && facts->encoding == GW_ENCODING_OTHER)
        gw_trip_failed(trip, GW_FAULT_UNSUPPORTED_ENCODING,
                       "Content-Encoding may be gzip, deflate or identity.");
    else
        http->options.calls.head(http->options.context, exchange);
}

/* What the listener's bodies hold in all; refused above the limit, so that many large
 * requests at once cannot take the machine's memory. */
static int charge(struct gw_trip *trip, uint64_t size)
{
    struct gw_listener *listener = trip->http->listener;
    uint64_t before =
        atomic_fetch_add_explicit(&listener->body_bytes, size, memory_order_relaxed);
    trip->charged += size;
    return before + size > trip->http->limits->bodies_bytes ? -1 : 0;
}

static void overloaded(struct gw_trip *trip)
{
    uncharge(trip);
    eng_buf_clear(&trip->in);
    eng_buf_clear(&trip->plain);
    gw_trip_failed(trip, GW_FAULT_OVERLOADED,
                   "The server holds as many bytes of unfinished requests as it may; "
                   "try again.");
}

int gw_trip_gather(struct gw_trip *trip, const void *data, size_t size)
{
    const struct gw_http_limits *limits = trip->http->limits;
    uint64_t declared = trip->exchange.content_length;
    trip->received += size;
    if (!trip->answered && trip->received > limits->body_bytes) {
        uncharge(trip);
        eng_buf_clear(&trip->in);
        too_large(trip);
    }
    if (trip->answered)
        return trip->received > limits->body_bytes + GW_SWALLOW_EXTRA ? -1 : 0;
    if (charge(trip, size) != 0) {
        overloaded(trip);
        return 0;
    }
    /* A small body takes one allocation at most; a large one grows with what comes, never
     * with what was promised. */
    if (trip->in.size == 0 && declared != UINT64_MAX)
        eng_buf_reserve(&trip->in,
                        declared < FIRST_BYTES ? (size_t)declared : FIRST_BYTES);
    if (eng_buf_put(&trip->in, data, size) != 0) {
        uncharge(trip);
        eng_buf_clear(&trip->in);
        gw_trip_failed(trip, GW_FAULT_NO_MEMORY, "There is no memory for the body.");
    }
    return 0;
}

static int inflate_body(struct gw_trip *trip)
{
    struct gw_http *http = trip->http;
    if (!http->inflater)
        http->inflater = gw_inflater_new();
    enum gw_inflated result = !http->inflater
                                  ? GW_INFLATE_MEMORY
                                  : gw_inflate(http->inflater, trip->encoding,
                                               trip->in.at, trip->in.size, &trip->plain);
    if (result == GW_INFLATED && charge(trip, trip->plain.size) != 0)
        overloaded(trip);
    else if (result == GW_INFLATE_BROKEN)
        gw_trip_failed(trip, GW_FAULT_BAD_ENCODING,
                       "The body is not whole and valid in its Content-Encoding.");
    else if (result == GW_INFLATE_LARGE)
        too_large(trip);
    else if (result == GW_INFLATE_MEMORY)
        gw_trip_failed(trip, GW_FAULT_NO_MEMORY, "There is no memory for the body.");
    return trip->answered ? -1 : 0;
}

int gw_trip_body(struct gw_trip *trip)
{
    struct gw_exchange *exchange = &trip->exchange;
    const struct eng_buf *from = &trip->in;
    if (trip->encoding != GW_PLAIN && trip->in.size) {
        if (inflate_body(trip) != 0)
            return -1;
        from = &trip->plain;
    }
    exchange->body = from->size ? (const uint8_t *)from->at : (const uint8_t *)"";
    exchange->body_size = from->size;
    return 0;
}

enum gw_encoding gw_trip_pack(struct gw_trip *trip)
{
    struct gw_http *http = trip->http;
    const struct eng_buf *out = &trip->exchange.out;
    enum gw_encoding wanted =
        gw_encoding_wanted(gw_exchange_header(&trip->exchange, "accept-encoding"));
    if (wanted == GW_PLAIN)
        return GW_PLAIN;
    if (!http->deflater)
        http->deflater = gw_deflater_new();
    if (!http->deflater ||
        gw_deflate(http->deflater, wanted, out->at, out->size, &trip->packed) != 0)
        return GW_PLAIN;
    return wanted;
}

void gw_exchange_set(struct gw_exchange *exchange, const char *name, const char *value)
{
    struct gw_trip *trip = (struct gw_trip *)exchange;
    size_t before = trip->set.size;
    assert(trip->set_count < GW_ANSWER_HEADERS);
    if (trip->set_count == GW_ANSWER_HEADERS || strpbrk(value, "\r\n"))
        return;
    if (eng_buf_put(&trip->set, name, strlen(name) + 1) != 0 ||
        eng_buf_put(&trip->set, value, strlen(value) + 1) != 0) {
        trip->set.size = before;
        return;
    }
    trip->set_count++;
}

void gw_exchange_answer(struct gw_exchange *exchange, int status, const char *type)
{
    struct gw_trip *trip = (struct gw_trip *)exchange;
    assert(!trip->answered);
    trip->answered = 1;
    trip->status = status;
    trip->type = type;
}

void gw_exchange_suspend(struct gw_exchange *exchange)
{
    struct gw_trip *trip = (struct gw_trip *)exchange;
    assert(!trip->answered && !trip->suspending);
    trip->suspending = 1;
}
