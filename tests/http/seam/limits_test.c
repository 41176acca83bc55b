/* SPDX-License-Identifier: MIT
 * limits_test.c - deadlines, connection limits, descriptors running out, and the end of
 * serving, over the seam. Deadlines are short here; a sweep comes every 250 ms. */
#include "tests/http/seam/client.h"
#include "tests/http/seam/server.h"
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { SLACK_MS = 1000 };

static struct answer answer;

void seam_note_loop(void) {}

static struct seam *start(const struct gw_http_limits *limits)
{
    return seam_start("127.0.0.1:0", limits, 1);
}

/* Send a byte every 50 ms until the server ends it; how long that took. */
static long long trickle(struct client *client, const char *first, char byte)
{
    long long began = now_ms();
    client_text(client, first);
    while (now_ms() - began < 8000) {
        client_send(client, &byte, 1);
        if (client_sees_end(client, 50))
            return now_ms() - began;
    }
    return now_ms() - began;
}

static void a_slow_head_is_cut_at_its_deadline(void **state)
{
    struct gw_http_limits limits = seam_limits();
    struct client client;
    (void)state;
    limits.header_ms = 600;
    struct seam *seam = start(&limits);
    client_open(&client, seam_port(seam));
    long long took = trickle(&client, "GET /see HTTP/1.1\r\nx-slow: ", 'a');
    assert_in_range(took, 500, 600 + SLACK_MS);
    client_close(&client);
    client_open(&client, seam_port(seam));
    took = trickle(&client, "GE", 'T');
    assert_in_range(took, 500, 600 + SLACK_MS);
    client_close(&client);
    seam_stop(seam, 1000);
}

static void a_slow_body_is_told_so_and_cut_at_its_deadline(void **state)
{
    struct gw_http_limits limits = seam_limits();
    struct client client;
    (void)state;
    limits.body_ms = 600;
    struct seam *seam = start(&limits);
    client_open(&client, seam_port(seam));
    /* A large promise buys no time. */
    client_text(&client,
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n");
    long long began = now_ms();
    client_answer(&client, &answer, 0);
    assert_int_equal(answer.status, 408);
    assert_in_range(now_ms() - began, 500, 600 + SLACK_MS);
    assert_true(client_sees_end(&client, 1000));
    client_close(&client);
    client_open(&client, seam_port(seam));
    long long took = trickle(&client,
                             "POST /echo HTTP/1.1\r\nHost: a\r\n"
                             "Content-Length: 900000\r\n\r\n",
                             'b');
    assert_in_range(took, 500, 600 + SLACK_MS);
    client_close(&client);
    assert_int_equal(seam_wait_done(seam, 2).status, 408);
    seam_stop(seam, 1000);
}

static void a_client_that_does_not_read_is_cut(void **state)
{
    struct gw_http_limits limits = seam_limits();
    struct client client;
    (void)state;
    limits.write_ms = 600;
    limits.min_rate = 1u << 30;
    struct seam *seam = start(&limits);
    client_open(&client, seam_port(seam));
    long long began = now_ms();
    client_text(&client, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
    struct seam_record record = seam_wait_done(seam, 1);
    assert_in_range(now_ms() - began, 500, 600 + SLACK_MS);
    assert_int_equal(record.status, 200);
    assert_int_equal(record.sent, 0);
    client_close(&client);
    seam_stop(seam, 1000);
}

static void an_idle_connection_is_closed(void **state)
{
    struct gw_http_limits limits = seam_limits();
    struct client client;
    (void)state;
    limits.idle_ms = 600;
    struct seam *seam = start(&limits);
    client_open(&client, seam_port(seam));
    assert_int_equal(client_ask(&client, "GET /see HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
    long long began = now_ms();
    assert_true(client_sees_end(&client, 4000));
    assert_in_range(now_ms() - began, 400, 600 + SLACK_MS);
    client_close(&client);
    seam_stop(seam, 1000);
}

/* Request and FIN in one packet, as `nc -N` sends them: one edge for both. */
static void a_hang_up_that_came_with_the_request_is_noticed(void **state)
{
    struct gw_http_limits limits = seam_limits();
    struct client client;
    (void)state;
    struct seam *seam = start(&limits);
    for (int i = 0; i < 8; i++) {
        client_open(&client, seam_port(seam));
        client_text(&client, "GET /see HTTP/1.1\r\n");
        usleep(4000); /* the loop waits for the rest, which comes with the end */
        client_text(&client, "Host: a\r\n\r\n");
        shutdown(client.fd, SHUT_WR);
        client_answer(&client, &answer, 0);
        assert_int_equal(answer.status, 200);
        assert_true(client_sees_end(&client, SLACK_MS));
        client_close(&client);
    }
    /* In the middle of a body the rest can never come. */
    client_open(&client, seam_port(seam));
    client_text(&client, "POST /see HTTP/1.1\r\nHost: a\r\n");
    usleep(4000);
    client_text(&client, "Content-Length: 9\r\n\r\nfour");
    shutdown(client.fd, SHUT_WR);
    assert_true(client_sees_end(&client, SLACK_MS));
    client_close(&client);
    seam_stop(seam, 1000);
}

static void one_connection_too_many_is_told_so(void **state)
{
    struct gw_http_limits limits = seam_limits();
    struct gw_listener_counts counts;
    struct client clients[3], late;
    (void)state;
    limits.connections = 3;
    struct seam *seam = start(&limits);
    for (int i = 0; i < 3; i++) {
        client_open(&clients[i], seam_port(seam));
        assert_int_equal(client_ask(&clients[i], "GET /see HTTP/1.1\r\nHost: a\r\n\r\n"),
                         200);
    }
    client_open(&late, seam_port(seam));
    client_answer(&late, &answer, 0);
    assert_int_equal(answer.status, 503);
    assert_true(answer_says(&answer, "Retry-After: 1"));
    assert_true(answer_says(&answer, "Connection: close"));
    assert_true(answer_says(&answer, "urn:roost:error:overloaded"));
    assert_true(client_sees_end(&late, 2000));
    client_close(&late);
    gw_listener_counts(seam->listener, &counts);
    assert_int_equal(counts.refused, 1);
    assert_int_equal(counts.open, 3);
    client_close(&clients[0]);
    usleep(200000);
    client_open(&clients[0], seam_port(seam));
    assert_int_equal(client_ask(&clients[0], "GET /see HTTP/1.1\r\nHost: a\r\n\r\n"),
                     200);
    for (int i = 0; i < 3; i++)
        client_close(&clients[i]);
    seam_stop(seam, 1000);
}

/* This machine's own address on some network, since loopback has no limit. */
static int own_address(char out[INET_ADDRSTRLEN])
{
    struct ifaddrs *all = NULL;
    int found = 0;
    if (getifaddrs(&all) != 0)
        return 0;
    for (struct ifaddrs *at = all; at && !found; at = at->ifa_next) {
        if (!at->ifa_addr || at->ifa_addr->sa_family != AF_INET)
            continue;
        struct sockaddr_in in;
        memcpy(&in, at->ifa_addr, sizeof in);
        found = (ntohl(in.sin_addr.s_addr) >> 24) != 127 &&
                inet_ntop(AF_INET, &in.sin_addr, out, INET_ADDRSTRLEN) != NULL;
    }
    freeifaddrs(all);
    return found;
}

static void one_address_may_not_take_all_connections(void **state)
{
    struct gw_http_limits limits = seam_limits();
    struct client clients[2], late;
    char address[INET_ADDRSTRLEN];
    (void)state;
    if (!own_address(address))
        skip();
    limits.connections_ip = 2;
    struct seam *seam = seam_start("0.0.0.0:0", &limits, 1);
    for (int i = 0; i < 2; i++) {
        client_open_at(&clients[i], address, seam_port(seam));
        assert_int_equal(client_ask(&clients[i], "GET /see HTTP/1.1\r\nHost: a\r\n\r\n"),
                         200);
    }
    client_open_at(&late, address, seam_port(seam));
    client_answer(&late, &answer, 0);
    assert_int_equal(answer.status, 503);
    client_close(&late);
    client_open(&late, seam_port(seam)); /* loopback */
    assert_int_equal(client_ask(&late, "GET /see HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
    client_close(&late);
    for (int i = 0; i < 2; i++)
        client_close(&clients[i]);
    seam_stop(seam, 1000);
}

static void bodies_in_all_are_bounded(void **state)
{
    static char piece[60000];
    struct gw_http_limits limits = seam_limits();
    struct gw_listener_counts counts;
    struct client first, second;
    (void)state;
    limits.bodies_bytes = 100000;
    struct seam *seam = start(&limits);
    const char *head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 60001\r\n\r\n";
    client_open(&first, seam_port(seam));
    client_text(&first, head);
    client_send(&first, piece, sizeof piece);
    do {
        usleep(1000);
        gw_listener_counts(seam->listener, &counts);
    } while (counts.body_bytes < sizeof piece);
    client_open(&second, seam_port(seam));
    client_text(&second, head);
    client_send(&second, piece, sizeof piece);
    assert_int_equal(client_ask(&second, "x"), 503);
    assert_int_equal(client_ask(&first, "x"), 200);
    client_text(&second, head);
    client_send(&second, piece, sizeof piece);
    assert_int_equal(client_ask(&second, "x"), 200);
    client_close(&first);
    client_close(&second);
    seam_stop(seam, 1000);
}

static double cpu_seconds(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
           (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

/* In a process of its own: a server with hardly a descriptor to spare. Ends with 0 when
 * it used little of the processor while it had none. */
static void starve(int tell, int told)
{
    struct gw_http_limits limits = seam_limits();
    struct rlimit few;
    char byte = 0;
    struct seam *seam = start(&limits);
    int port = seam_port(seam);
    int next = dup(0);
    getrlimit(RLIMIT_NOFILE, &few);
    few.rlim_cur = (rlim_t)next + 4;
    close(next);
    setrlimit(RLIMIT_NOFILE, &few);
    if (write(tell, &port, sizeof port) != sizeof port)
        _exit(3);
    double before = cpu_seconds();
    if (read(told, &byte, 1) != 1) /* the parent has filled it and waited */
        _exit(4);
    double used = cpu_seconds() - before;
    if (read(told, &byte, 1) != 1)
        _exit(5);
    _exit(used < 0.4 ? 0 : 6);
}

static void running_out_of_descriptors_is_no_spinning(void **state)
{
    enum { CLIENTS = 20, FIT = 4 };
    struct client clients[CLIENTS], late;
    int down[2], up[2], port = 0, status = 0, refused = 0;
    (void)state;
    assert_int_equal(pipe(down) | pipe(up), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        starve(up[1], down[0]);
    assert_int_equal(read(up[0], &port, sizeof port), sizeof port);
    for (int i = 0; i < CLIENTS; i++)
        client_open(&clients[i], port);
    usleep(1200000);
    for (int i = 0; i < CLIENTS; i++) {
        if (i < FIT) {
            assert_int_equal(
                client_ask(&clients[i], "GET /see HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
            continue;
        }
        if (refused < 5) {
            client_answer(&clients[i], &answer, 0);
            assert_int_equal(answer.status, 503);
            refused++;
        }
    }
    assert_int_equal(write(down[1], "a", 1), 1);
    for (int i = 0; i < CLIENTS; i++)
        client_close(&clients[i]);
    usleep(500000);
    client_open(&late, port); /* normal again */
    assert_int_equal(client_ask(&late, "GET /see HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
    client_close(&late);
    assert_int_equal(write(down[1], "b", 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    for (int i = 0; i < 2; i++) {
        close(down[i]);
        close(up[i]);
    }
}

static void stopping_finishes_what_is_under_way(void **state)
{
    struct gw_http_limits limits = seam_limits();
    struct client held, half, idle, none;
    (void)state;
    struct seam *seam = start(&limits);
    client_open(&none, seam_port(seam));
    client_open(&idle, seam_port(seam));
    assert_int_equal(client_ask(&idle, "GET /see HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
    client_open(&half, seam_port(seam));
    client_text(&half, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nha");
    client_open(&held, seam_port(seam));
    client_text(&held, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
    struct gw_exchange *exchange = seam_wait_held(seam);
    gw_http_quiesce(seam->loops[0].http);
    gw_http_stop(seam->loops[0].http, 5000);
    assert_true(client_sees_end(&idle, 2000));
    client_text(&half, "lf");
    client_answer(&half, &answer, 0);
    assert_string_equal(answer.body, "half");
    assert_true(answer_says(&answer, "Connection: close"));
    gw_exchange_resume(exchange);
    client_answer(&held, &answer, 0);
    assert_string_equal(answer.body, "resumed");
    assert_true(client_sees_end(&none, 2000));
    long long began = now_ms();
    seam_stop(seam, 5000);
    assert_true(now_ms() - began < 2000);
    client_close(&held);
    client_close(&half);
    client_close(&idle);
    client_close(&none);
}

static void stopping_waits_no_longer_than_the_grace(void **state)
{
    struct gw_http_limits limits = seam_limits();
    struct client held, half;
    (void)state;
    struct seam *seam = start(&limits);
    client_open(&half, seam_port(seam));
    client_text(&half, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nha");
    client_open(&held, seam_port(seam));
    client_text(&held, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
    seam_wait_held(seam);
    long long began = now_ms();
    seam_stop(seam, 300); /* checks that nothing stays counted */
    assert_in_range(now_ms() - began, 250, 2000);
    assert_true(client_sees_end(&half, 2000));
    assert_true(client_sees_end(&held, 2000));
    client_close(&half);
    client_close(&held);
}

static void a_quiesced_listener_refuses_new_connections(void **state)
{
    struct gw_http_limits limits = seam_limits();
    struct client open;
    (void)state;
    struct seam *seam = seam_start("127.0.0.1:0", &limits, 2);
    client_open(&open, seam_port(seam));
    assert_int_equal(client_ask(&open, "GET /see HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
    gw_http_quiesce(seam->loops[0].http);
    gw_http_quiesce(seam->loops[1].http);
    usleep(100000);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)seam_port(seam)),
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_not_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    close(fd);
    client_text(&open, "GET /see HTTP/1.1\r\nHost: a\r\n\r\n");
    client_answer(&open, &answer, 0);
    assert_int_equal(answer.status, 200);
    assert_true(answer_says(&answer, "Connection: close"));
    client_close(&open);
    seam_stop(seam, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slow_head_is_cut_at_its_deadline),
        cmocka_unit_test(a_slow_body_is_told_so_and_cut_at_its_deadline),
        cmocka_unit_test(a_client_that_does_not_read_is_cut),
        cmocka_unit_test(an_idle_connection_is_closed),
        cmocka_unit_test(a_hang_up_that_came_with_the_request_is_noticed),
        cmocka_unit_test(one_connection_too_many_is_told_so),
        cmocka_unit_test(one_address_may_not_take_all_connections),
        cmocka_unit_test(bodies_in_all_are_bounded),
        cmocka_unit_test(running_out_of_descriptors_is_no_spinning),
        cmocka_unit_test(stopping_finishes_what_is_under_way),
        cmocka_unit_test(stopping_waits_no_longer_than_the_grace),
        cmocka_unit_test(a_quiesced_listener_refuses_new_connections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
