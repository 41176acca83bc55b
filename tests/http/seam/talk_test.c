/* SPDX-License-Identifier: MIT
 * talk_test.c - ordinary HTTP/1.1 over the seam: what well-behaved clients may expect. */
#include "gateway/deflate.h"
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

#include <cmocka.h>

static struct answer answer;

void seam_note_loop(void) {}

static int start(void **state)
{
    struct gw_http_limits limits = seam_limits();
    *state = seam_start("127.0.0.1:0", &limits, 1);
    return 0;
}

static int stop(void **state)
{
    seam_stop(*state, 2000);
    return 0;
}

static void many_requests_share_a_connection(void **state)
{
    struct client client;
    client_open(&client, seam_port(*state));
    for (int i = 0; i < 50; i++) {
        char body[64], request[256];
        int size = snprintf(body, sizeof body, "body %d", i);
        snprintf(request, sizeof request,
                 "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", size,
                 body);
        client_text(&client, request);
        client_answer(&client, &answer, 0);
        assert_int_equal(answer.status, 200);
        assert_string_equal(answer.body, body);
        assert_true(answer_says(&answer, "x-seam: one"));
        assert_true(answer_says(&answer, "Content-Type: text/plain"));
    }
    client_close(&client);
    assert_int_equal(seam_wait_done(*state, 50).lost, 0);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    struct client client;
    client_open(&client, seam_port(*state));
    client_text(&client,
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nfirst"
                "POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"
                "GET /early HTTP/1.1\r\nHost: a\r\n\r\n"
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nlast");
    client_answer(&client, &answer, 0);
    assert_string_equal(answer.body, "first");
    client_answer(&client, &answer, 0);
    assert_string_equal(answer.body, "resumed");
    client_answer(&client, &answer, 0);
    assert_string_equal(answer.body, "early");
    client_answer(&client, &answer, 0);
    assert_string_equal(answer.body, "last");
    client_close(&client);
}

/* The answer to an echo of `size` times 'b', asked for with these headers. */
static void ask_echo(struct client *client, const char *headers, int size)
{
    static char body[GW_DEFLATE_LEAST];
    char request[512];
    assert_true((size_t)size <= sizeof body);
    memset(body, 'b', sizeof body);
    snprintf(request, sizeof request,
             "POST /echo HTTP/1.1\r\nHost: a\r\n%sContent-Length: %d\r\n\r\n", headers,
             size);
    client_text(client, request);
    client_send(client, body, (size_t)size);
    client_answer(client, &answer, 0);
    assert_int_equal(answer.status, 200);
}

static void a_large_answer_leaves_compressed_for_those_who_ask(void **state)
{
    static const struct {
        const char *headers;
        enum gw_encoding encoding;
        const char *says;
    } cases[] = {
        {"Accept-Encoding: gzip\r\n", GW_GZIP, "Content-Encoding: gzip"},
        {"accept-encoding: deflate\r\n", GW_DEFLATE, "Content-Encoding: deflate"},
        {"Accept-Encoding: gzip, deflate\r\n", GW_GZIP, "Content-Encoding: gzip"}};
    struct client client;
    struct gw_inflater *inflater = gw_inflater_new();
    client_open(&client, seam_port(*state));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct eng_buf plain;
        eng_buf_init(&plain, 1 << 20);
        ask_echo(&client, cases[i].headers, GW_DEFLATE_LEAST);
        assert_true(answer_says(&answer, cases[i].says));
        assert_true(answer_says(&answer, "Vary: Accept-Encoding"));
        assert_true(answer.body_size < 100);
        assert_int_equal(gw_inflate(inflater, cases[i].encoding, answer.body,
                                    answer.body_size, &plain),
                         GW_INFLATED);
        assert_int_equal(plain.size, GW_DEFLATE_LEAST);
        eng_buf_clear(&plain);
    }
    gw_inflater_free(inflater);
    client_close(&client);
}

static void other_answers_stay_plain(void **state)
{
    struct client client;
    client_open(&client, seam_port(*state));
    ask_echo(&client, "Accept-Encoding: gzip\r\n", GW_DEFLATE_LEAST - 1);
    assert_false(answer_says(&answer, "Content-Encoding"));
    assert_int_equal(answer.body_size, GW_DEFLATE_LEAST - 1);
    ask_echo(&client, "Accept-Encoding: gzip;q=0, br\r\n", GW_DEFLATE_LEAST);
    assert_false(answer_says(&answer, "Content-Encoding"));
    assert_true(answer_says(&answer, "Vary: Accept-Encoding"));
    assert_int_equal(answer.body_size, GW_DEFLATE_LEAST);
    ask_echo(&client, "", GW_DEFLATE_LEAST);
    assert_false(answer_says(&answer, "Content-Encoding"));
    client_close(&client);
}

static void a_chunked_body_arrives_whole(void **state)
{
    struct client client;
    client_open(&client, seam_port(*state));
    client_text(&client,
                "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                "\r\n5\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\n\r\n");
    client_answer(&client, &answer, 0);
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.body, "hello world");
    assert_int_equal(client_ask(&client, "GET /see HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
    client_close(&client);
}

static void a_request_may_come_byte_by_byte(void **state)
{
    static const char request[] =
        "\r\nPOST /see?q=1 HTTP/1.1\r\nHost: a\r\nx-test: \t v\r\n"
        "Content-Length: 3\r\n\r\nabc";
    struct client client;
    client_open(&client, seam_port(*state));
    for (size_t i = 0; i + 1 < sizeof request; i++) {
        client_send(&client, request + i, 1);
        usleep(500);
    }
    client_answer(&client, &answer, 0);
    assert_string_equal(answer.body, "POST|/see|q=1|v|3");
    client_close(&client);
}

static void a_large_head_may_come_in_pieces(void **state)
{
    struct client client;
    char line[400];
    client_open(&client, seam_port(*state));
    client_text(&client, "GET /see HTTP/1.1\r\nHost: a\r\n");
    for (int i = 0; i < 95; i++) {
        snprintf(line, sizeof line, "x-fill-%02d: %0300d\r\n", i, i);
        client_text(&client, line);
        usleep(500);
    }
    assert_int_equal(client_ask(&client, "\r\n"), 200);
    client_close(&client);
}

static void path_and_query_are_as_sent(void **state)
{
    struct client client;
    client_open(&client, seam_port(*state));
    client_text(&client, "GET /v1/a%2Fb+c;d?x=%41&y HTTP/1.1\r\nHost: a\r\n\r\n");
    client_answer(&client, &answer, 0);
    assert_string_equal(answer.body, "GET|/v1/a%2Fb+c;d|x=%41&y|-|0");
    client_text(&client, "GET http://h:1/v1? HTTP/1.1\r\nHost: a\r\n\r\n");
    client_answer(&client, &answer, 0);
    assert_string_equal(answer.body, "GET|/v1||-|0");
    client_close(&client);
}

static void a_query_of_thousands_of_arguments_is_no_trouble(void **state)
{
    static char request[8192] = "GET /see?";
    struct client client;
    for (int i = 0; i < 3500; i++)
        memcpy(request + 9 + 2 * i, "a&", 2);
    snprintf(request + 9 + 7000, 100, " HTTP/1.1\r\nHost: a\r\n\r\n");
    client_open(&client, seam_port(*state));
    assert_int_equal(client_ask(&client, request), 200);
    assert_int_equal(client_ask(&client, "GET /see HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
    client_close(&client);
}

static void head_has_the_length_but_no_body(void **state)
{
    struct client client;
    client_open(&client, seam_port(*state));
    client_text(&client, "HEAD /see HTTP/1.1\r\nHost: a\r\n\r\n");
    client_answer(&client, &answer, 1);
    assert_int_equal(answer.status, 200);
    assert_true(answer_says(&answer, "Content-Length: 14"));
    assert_int_equal(client_ask(&client, "GET /see HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
    client_close(&client);
}

static void an_early_answer_keeps_the_connection(void **state)
{
    static char body[20000];
    struct client client;
    memset(body, 'b', sizeof body - 1);
    client_open(&client, seam_port(*state));
    for (int i = 0; i < 3; i++) {
        client_text(&client,
                    "POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 19999\r\n"
                    "\r\n");
        client_text(&client, body);
        client_answer(&client, &answer, 0);
        assert_int_equal(answer.status, 404);
        assert_false(answer_says(&answer, "Connection: close"));
    }
    assert_int_equal(client_ask(&client, "POST /early HTTP/1.1\r\nHost: a\r\n"
                                         "Transfer-Encoding: chunked\r\n\r\n"
                                         "3\r\nabc\r\n0\r\n\r\n"),
                     404);
    assert_int_equal(client_ask(&client, "GET /see HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
    client_close(&client);
}

static void a_client_that_asks_first_is_told_to_continue(void **state)
{
    struct client client;
    client_open(&client, seam_port(*state));
    assert_int_equal(client_ask(&client,
                                "POST /echo HTTP/1.1\r\nHost: a\r\n"
                                "Expect: 100-continue\r\nContent-Length: 4\r\n\r\n"),
                     100);
    assert_int_equal(client_ask(&client, "body"), 200);
    client_close(&client);
}

static void a_client_that_asks_first_for_too_much_is_told_at_once(void **state)
{
    struct client client;
    client_open(&client, seam_port(*state));
    client_text(&client, "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                         "Content-Length: 99999999\r\n\r\n");
    client_answer(&client, &answer, 0);
    assert_int_equal(answer.status, 413);
    assert_true(client_sees_end(&client, 2000));
    client_close(&client);
}

static void a_good_request_id_is_kept_and_a_bad_one_replaced(void **state)
{
    struct client client;
    client_open(&client, seam_port(*state));
    client_text(&client, "GET /see HTTP/1.1\r\nHost: a\r\nx-request-id: my-id:1\r\n\r\n");
    client_answer(&client, &answer, 0);
    assert_true(answer_says(&answer, "x-request-id: my-id:1\r\n"));
    client_text(&client,
                "GET /see HTTP/1.1\r\nHost: a\r\nx-request-id: two words\r\n\r\n");
    client_answer(&client, &answer, 0);
    const char *id = strstr(answer.head, "x-request-id: ");
    assert_non_null(id);
    assert_int_equal(strspn(id + 14, "0123456789abcdef"), 32);
    client_close(&client);
}

static void http_1_0_closes_unless_asked(void **state)
{
    struct client client;
    client_open(&client, seam_port(*state));
    assert_int_equal(
        client_ask(&client, "GET /see HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), 200);
    assert_int_equal(client_ask(&client, "GET /see HTTP/1.0\r\n\r\n"), 200);
    assert_true(client_sees_end(&client, 2000));
    client_close(&client);
}

static void a_large_answer_arrives_whole(void **state)
{
    struct client client;
    client_open(&client, seam_port(*state));
    client_text(&client, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
    client_answer(&client, &answer, 0);
    assert_int_equal(answer.body_size, 8 << 20);
    client_close(&client);
}

static void another_thread_may_resume(void **state)
{
    struct client clients[16];
    for (int i = 0; i < 16; i++) {
        client_open(&clients[i], seam_port(*state));
        client_text(&clients[i], "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    for (int i = 0; i < 16; i++) {
        client_answer(&clients[i], &answer, 0);
        assert_string_equal(answer.body, "resumed");
        client_close(&clients[i]);
    }
}

static void a_unix_socket_serves_and_is_removed(void **state)
{
    char folder[] = "/tmp/roost-seam-XXXXXX";
    char address[128], path[96];
    struct gw_http_limits limits = seam_limits();
    struct client client;
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/s", folder);
    snprintf(address, sizeof address, "unix:%s", path);
    for (int i = 0; i < 2; i++) {
        struct seam *seam = seam_start(address, &limits, 1);
        assert_int_equal(seam_port(seam), -1);
        client_open_unix(&client, path);
        assert_int_equal(client_ask(&client, "GET /see HTTP/1.1\r\nHost: a\r\n\r\n"),
                         200);
        client_close(&client);
        seam_stop(seam, 2000);
        assert_int_not_equal(access(path, F_OK), 0);
    }
    rmdir(folder);
}

static void loops_share_the_connections(void **state)
{
    struct gw_http_limits limits = seam_limits();
    struct seam *seam = seam_start("127.0.0.1:0", &limits, 2);
    struct client clients[24];
    (void)state;
    for (int i = 0; i < 24; i++) {
        client_open(&clients[i], seam_port(seam));
        assert_int_equal(client_ask(&clients[i], "GET /see HTTP/1.1\r\nHost: a\r\n\r\n"),
                         200);
    }
    for (int i = 0; i < 24; i++)
        client_close(&clients[i]);
    seam_wait_done(seam, 24);
    uint64_t first = seam->loops[0].served, second = seam->loops[1].served;
    assert_int_equal(first + second, 24);
    assert_true(first >= 9 && second >= 9);
    seam_stop(seam, 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(many_requests_share_a_connection, start, stop),
        cmocka_unit_test_setup_teardown(pipelined_requests_are_answered_in_order, start,
                                        stop),
        cmocka_unit_test_setup_teardown(
            a_large_answer_leaves_compressed_for_those_who_ask, start, stop),
        cmocka_unit_test_setup_teardown(other_answers_stay_plain, start, stop),
        cmocka_unit_test_setup_teardown(a_chunked_body_arrives_whole, start, stop),
        cmocka_unit_test_setup_teardown(a_request_may_come_byte_by_byte, start, stop),
        cmocka_unit_test_setup_teardown(a_large_head_may_come_in_pieces, start, stop),
        cmocka_unit_test_setup_teardown(path_and_query_are_as_sent, start, stop),
        cmocka_unit_test_setup_teardown(a_query_of_thousands_of_arguments_is_no_trouble,
                                        start, stop),
        cmocka_unit_test_setup_teardown(head_has_the_length_but_no_body, start, stop),
        cmocka_unit_test_setup_teardown(an_early_answer_keeps_the_connection, start,
                                        stop),
        cmocka_unit_test_setup_teardown(a_client_that_asks_first_is_told_to_continue,
                                        start, stop),
        cmocka_unit_test_setup_teardown(
            a_client_that_asks_first_for_too_much_is_told_at_once, start, stop),
        cmocka_unit_test_setup_teardown(a_good_request_id_is_kept_and_a_bad_one_replaced,
                                        start, stop),
        cmocka_unit_test_setup_teardown(http_1_0_closes_unless_asked, start, stop),
        cmocka_unit_test_setup_teardown(a_large_answer_arrives_whole, start, stop),
        cmocka_unit_test_setup_teardown(another_thread_may_resume, start, stop),
        cmocka_unit_test(a_unix_socket_serves_and_is_removed),
        cmocka_unit_test(loops_share_the_connections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
