/* SPDX-License-Identifier: MIT
 * hostile_test.c - malformed and malicious requests over the seam: each gets one refusal,
 * nothing hidden in it is ever answered, and the server goes on. */
#include "tests/http/seam/client.h"
#include "tests/http/seam/server.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

static struct answer answer;

void seam_note_loop(void) {}

static int start(void **state)
{
    struct gw_http_limits limits = seam_limits();
    limits.body_bytes = 100000;
    *state = seam_start("127.0.0.1:0", &limits, 1);
    return 0;
}

static int stop(void **state)
{
    seam_stop(*state, 2000);
    return 0;
}

static void still_serves(void **state)
{
    struct client client;
    client_open(&client, seam_port(*state));
    assert_int_equal(client_ask(&client, "GET /see HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
    client_close(&client);
}

/* One refusal with this status, then the end of the connection and nothing else. */
static void is_refused(void **state, const char *request, size_t size, int status,
                       int json)
{
    struct client client;
    client_open(&client, seam_port(*state));
    client_send(&client, request, size);
    client_answer(&client, &answer, 0);
    if (answer.status != status)
        fail_msg("%d instead of %d for: %.300s", answer.status, status, request);
    if (json && !(answer_says(&answer, "application/json") &&
                  strncmp(answer.body, "{\"error\":\"", 10) == 0 &&
                  answer_says(&answer, "Connection: close")))
        fail_msg("not a JSON refusal that closes: %s%s", answer.head, answer.body);
    size_t rest = client_count(&client, 3000);
    if (rest)
        fail_msg("%zu bytes after the refusal of: %.300s", rest, request);
    client_close(&client);
}

#define HIDDEN "GET /see HTTP/1.1\r\nHost: a\r\n\r\n"

struct bad {
    const char *request;
    size_t size;
    int status;
};
#define BAD(text, status)                                                                \
    {                                                                                    \
        text, sizeof(text) - 1, status                                                   \
    }

static const struct bad hiding[] = {
    BAD("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n"
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" HIDDEN,
        400),
    BAD("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: "
        "30\r\n"
        "\r\n" HIDDEN,
        400),
    BAD("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n"
        "\r\nhello",
        400),
    BAD("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length : 30\r\n\r\n" HIDDEN, 400),
    BAD("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n"
        "0\r\n\r\n" HIDDEN,
        400),
    BAD("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n"
        "0\r\n\r\n" HIDDEN,
        400),
    BAD("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\n chunked\r\n\r\n"
        "0\r\n\r\n" HIDDEN,
        400),
    BAD("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
        "xchunked\r\n\r\n" HIDDEN,
        400),
    BAD("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, "
        "identity\r\n\r\n"
        "0\r\n\r\n" HIDDEN,
        400),
    BAD("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" HIDDEN,
        400),
    BAD("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
        "\vchunked\r\n\r\n" HIDDEN,
        400),
    BAD("POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "0\r\n\r\n" HIDDEN,
        400),
    BAD("GET /see HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    BAD("GET /see HTTP/1.1\r\n\r\n", 400),
    BAD("GET /see HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
    BAD("GET /see HTTP/1.1\r\nHost: a\r\nx-a: b\r\n c\r\n\r\n", 400),
    BAD("GET /see HTTP/1.1\r\nHost: a\r\nx-a: b\n\r\n", 400),
    BAD("GET /see HTTP/1.1\nHost: a\r\n\r\n", 400),
    BAD("GET /see HTTP/1.1\r\nHost: a\r\n\n", 400),
    BAD("GET /see HTTP/1.1\r\nHost: a\r\nx-a: b\0c\r\n\r\n", 400),
    BAD("GET /see\0/x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    BAD("GET /see?\0/x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    BAD("GE\0T /see HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    BAD("GET /see HTTP/1.1\r\nHost: a\r\nx-a: b\001\r\n\r\n", 400),
    BAD("GET /see HTTP/1.1\r\nHost: a\r\nx-a: b\rc\r\n\r\n", 400),
    BAD("GET /see HTTP/1.1\r\nHost: a\r\n: empty\r\n\r\n", 400),
    BAD("GET /see HTTP/1.1\r\nHost: a\r\nx(a): b\r\n\r\n", 400),
    BAD("GET  /see HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    BAD("GET /see  HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    BAD("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    BAD("GET see HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    BAD("G@T /see HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    BAD("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n" HIDDEN, 400),
    BAD("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello" HIDDEN, 400),
    BAD("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\nhello" HIDDEN, 400),
    BAD("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n" HIDDEN, 400),
    BAD("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nhello", 400),
    BAD("POST /echo HTTP/1.1\r\nHost: a\r\n"
        "Content-Length: 99999999999999999999999999\r\n\r\n",
        413),
};

static void heads_that_hide_a_request_are_refused_once(void **state)
{
    for (size_t i = 0; i < sizeof hiding / sizeof hiding[0]; i++)
        is_refused(state, hiding[i].request, hiding[i].size, hiding[i].status, 1);
    still_serves(state);
}

/* libmicrohttpd refuses these before any callback: one answer, but in its own words. */
static void heads_that_are_no_http_are_refused_once(void **state)
{
    static const struct bad cases[] = {
        BAD("GET /see HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n" HIDDEN, 400),
        BAD("GET /see HTTP/1.1\r\nHost: a\r\nx\0-a: b\r\n\r\n", 400),
        BAD("GET /see\r\n\r\n" HIDDEN, 400),
        BAD("GET /see HTTP/9.9\r\nHost: a\r\n\r\n" HIDDEN, 505),
        BAD("GET /see HTTP/1.1 \r\nHost: a\r\n\r\n" HIDDEN, 400),
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        is_refused(state, cases[i].request, cases[i].size, cases[i].status, 0);
    still_serves(state);
}

static void broken_chunks_are_refused_once(void **state)
{
    static const struct bad cases[] = {
        BAD("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            "zz\r\nhello\r\n0\r\n\r\n" HIDDEN,
            400),
        BAD("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            "5\r\nhelloX\r\n0\r\n\r\n" HIDDEN,
            400),
        BAD("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            "fffffffffffffffffff\r\nhello" HIDDEN,
            413),
        BAD("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            "5\r\nhello\r\n0\r\nx-a: trailer\r\n\r\n" HIDDEN,
            400),
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        is_refused(state, cases[i].request, cases[i].size, cases[i].status, 0);
    still_serves(state);
}

/* Append to a text that has 256 bytes of room left at least. */
static size_t put(char *at, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static size_t put(char *at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int size = vsnprintf(at, 256, format, args);
    va_end(args);
    assert_in_range(size, 1, 255);
    return (size_t)size;
}

static void too_many_headers_or_too_long_ones_are_refused(void **state)
{
    static char request[120000];
    size_t size = put(request, "GET /see HTTP/1.1\r\nHost: a\r\n");
    for (int i = 0; i < 100; i++)
        size += put(request + size, "x-%d: y\r\n", i);
    size += put(request + size, "\r\n");
    is_refused(state, request, size, 431, 1);

    size = put(request, "GET /see HTTP/1.1\r\nHost: a\r\nx-long: ");
    memset(request + size, 'y', 33000);
    size += 33000;
    size += put(request + size, "\r\n\r\n");
    is_refused(state, request, size, 431, 1);

    size = put(request, "GET /see HTTP/1.1\r\nHost: a\r\nCookie: ");
    for (int i = 0; i < 10000; i++)
        size += put(request + size, "a;");
    size += put(request + size, "\r\n\r\n");
    is_refused(state, request, size, 431, 1);

    /* Whose fault it is does not depend on a body that is fine. */
    size = put(request, "POST /see HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nCookie: ");
    for (int i = 0; i < 10000; i++)
        size += put(request + size, "a;");
    size += put(request + size, "\r\n\r\n{}");
    is_refused(state, request, size, 431, 1);

    size = put(request, "GET /");
    memset(request + size, 'p', 9000);
    size += 9000;
    size += put(request + size, " HTTP/1.1\r\nHost: a\r\n\r\n");
    is_refused(state, request, size, 414, 1);
    still_serves(state);
}

static void a_head_larger_than_memory_is_refused(void **state)
{
    static char request[100000];
    memset(request, 'z', sizeof request);
    memcpy(request, "GET /", 5);
    is_refused(state, request, sizeof request, 414, 0);
    still_serves(state);
}

static void a_body_a_little_too_large_costs_no_connection(void **state)
{
    static char body[100001];
    struct client client;
    memset(body, 'b', sizeof body);
    client_open(&client, seam_port(*state));
    client_text(&client,
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100001\r\n\r\n");
    client_send(&client, body, sizeof body);
    client_answer(&client, &answer, 0);
    assert_int_equal(answer.status, 413);
    assert_true(answer_says(&answer, "urn:roost:error:body-too-large"));

    client_text(&client,
                "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                "\r\n186a1\r\n");
    client_send(&client, body, sizeof body);
    assert_int_equal(client_ask(&client, "\r\n0\r\n\r\n"), 413);

    client_text(&client,
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
    client_send(&client, body, 100000);
    client_answer(&client, &answer, 0);
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.body_size, 100000);
    client_close(&client);
}

static void a_huge_body_is_refused_before_it_ends(void **state)
{
    static char piece[65536];
    struct client client;
    client_open(&client, seam_port(*state));
    client_text(&client,
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n");
    client_send(&client, piece, 1000);
    client_answer(&client, &answer, 0);
    assert_int_equal(answer.status, 413);
    assert_true(answer_says(&answer, "Connection: close"));
    client_close(&client);
    assert_int_equal(seam_wait_done(*state, 1).sent, 1);

    client_open(&client, seam_port(*state));
    client_text(&client,
                "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                "\r\nffffff\r\n");
    for (int i = 0; i < 3; i++)
        client_send(&client, piece, sizeof piece);
    client_answer(&client, &answer, 0);
    assert_int_equal(answer.status, 413);
    /* It may go on sending for a while, but not for ever. */
    for (int i = 0; i < 40; i++)
        client_send(&client, piece, sizeof piece);
    assert_true(client_sees_end(&client, 5000));
    client_close(&client);
    assert_int_equal(seam_wait_done(*state, 2).status, 413);
    still_serves(state);
}

static void a_length_that_lies_harms_only_its_sender(void **state)
{
    struct client client;
    client_open(&client, seam_port(*state));
    assert_int_equal(client_ask(&client,
                                "POST /echo HTTP/1.1\r\nHost: a\r\n"
                                "Content-Length: 2\r\n\r\n{\"instances\": 1}\r\n"),
                     200);
    client_answer(&client, &answer, 0);
    assert_int_not_equal(answer.status, 200);
    assert_true(client_sees_end(&client, 2000) || answer.status == 0);
    client_close(&client);
    still_serves(state);
}

static void a_client_that_leaves_is_noticed(void **state)
{
    struct client client;
    client_open(&client, seam_port(*state));
    client_text(&client,
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nhalf");
    usleep(50000);
    client_close(&client);
    struct seam_record record = seam_wait_done(*state, 1);
    assert_int_equal(record.sent, 0);
    assert_int_equal(record.status, 0);
    assert_string_equal(record.method, "POST");

    client_open(&client, seam_port(*state));
    client_text(&client, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
    struct gw_exchange *held = seam_wait_held(*state);
    client_close(&client);
    usleep(20000);
    gw_exchange_resume(held);
    seam_wait_done(*state, 2);
    still_serves(state);
}

static size_t deflated(char *to, size_t room, const char *from, size_t size, int window)
{
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    stream.next_in = (z_const Bytef *)from;
    stream.avail_in = (uInt)size;
    stream.next_out = (Bytef *)to;
    stream.avail_out = (uInt)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return room - stream.avail_out;
}

static int ask_encoded(struct client *client, const char *encoding, const char *body,
                       size_t size)
{
    char head[256];
    snprintf(head, sizeof head,
             "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Encoding: %s\r\n"
             "Content-Length: %zu\r\n\r\n",
             encoding, size);
    client_text(client, head);
    client_send(client, body, size);
    client_answer(client, &answer, 0);
    return answer.status;
}

static void compressed_bodies_are_inflated_or_refused(void **state)
{
    static char zeros[10 << 20];
    static char packed[20000];
    struct client client;
    client_open(&client, seam_port(*state));
    size_t size = deflated(packed, sizeof packed, "hello", 5, 31);
    assert_int_equal(ask_encoded(&client, "gzip", packed, size), 200);
    assert_string_equal(answer.body, "hello");
    packed[size] = 'x';
    assert_int_equal(ask_encoded(&client, "gzip", packed, size + 1), 400);
    assert_int_equal(ask_encoded(&client, "gzip", packed, size - 1), 400);
    size = deflated(packed, sizeof packed, "hello", 5, 15);
    assert_int_equal(ask_encoded(&client, "deflate", packed, size), 200);
    size = deflated(packed, sizeof packed, "hello", 5, -15);
    assert_int_equal(ask_encoded(&client, "deflate", packed, size), 200);
    assert_string_equal(answer.body, "hello");
    assert_int_equal(ask_encoded(&client, "identity", "plain", 5), 200);
    assert_int_equal(ask_encoded(&client, "br", "plain", 5), 415);
    assert_true(answer_says(&answer, "Accept-Encoding: gzip, deflate"));
    assert_int_equal(ask_encoded(&client, "gzip", "", 0), 200);
    size = deflated(packed, sizeof packed, zeros, sizeof zeros, 31);
    assert_int_equal(ask_encoded(&client, "gzip", packed, size), 413);
    assert_int_equal(ask_encoded(&client, "identity", "plain", 5), 200);
    client_close(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(heads_that_hide_a_request_are_refused_once, start,
                                        stop),
        cmocka_unit_test_setup_teardown(heads_that_are_no_http_are_refused_once, start,
                                        stop),
        cmocka_unit_test_setup_teardown(broken_chunks_are_refused_once, start, stop),
        cmocka_unit_test_setup_teardown(too_many_headers_or_too_long_ones_are_refused,
                                        start, stop),
        cmocka_unit_test_setup_teardown(a_head_larger_than_memory_is_refused, start,
                                        stop),
        cmocka_unit_test_setup_teardown(a_body_a_little_too_large_costs_no_connection,
                                        start, stop),
        cmocka_unit_test_setup_teardown(a_huge_body_is_refused_before_it_ends, start,
                                        stop),
        cmocka_unit_test_setup_teardown(a_length_that_lies_harms_only_its_sender, start,
                                        stop),
        cmocka_unit_test_setup_teardown(a_client_that_leaves_is_noticed, start, stop),
        cmocka_unit_test_setup_teardown(compressed_bodies_are_inflated_or_refused, start,
                                        stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
