/* SPDX-License-Identifier: MIT
 * http_test.c - listeners, the table of client addresses, and loops without traffic.
 * Traffic: tests/http/seam. */
#include "gateway/http.h"
#include "gateway/http_peers.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static struct gw_http_limits limits_of_test(void)
{
    return (struct gw_http_limits){1024, 1024, 10,   1024, 4096, 8,
                                   4,    1000, 1000, 1000, 1024, 1000};
}

static int listen_on(const char *address, struct roost_error *err)
{
    struct gw_http_limits limits = limits_of_test();
    struct gw_listener *listener;
    memset(err, 0, sizeof *err);
    int status = gw_listener_new(address, &limits, &listener, err);
    assert_true((status == 0) == (listener != NULL));
    gw_listener_free(listener);
    return status;
}

static void port_0_is_chosen_by_the_kernel(void **state)
{
    struct gw_http_limits limits = limits_of_test();
    struct gw_listener_counts counts;
    struct gw_listener *first, *second;
    (void)state;
    assert_int_equal(gw_listener_new("127.0.0.1:0", &limits, &first, NULL), 0);
    assert_int_equal(gw_listener_new(":0", &limits, &second, NULL), 0);
    assert_true(gw_listener_port(first) > 0);
    assert_true(gw_listener_port(second) > 0);
    assert_int_not_equal(gw_listener_port(first), gw_listener_port(second));
    char address[64];
    snprintf(address, sizeof address, "127.0.0.1:%d", gw_listener_port(first));
    assert_string_equal(gw_listener_address(first), address);
    snprintf(address, sizeof address, ":%d", gw_listener_port(second));
    assert_string_equal(gw_listener_address(second), address);
    gw_listener_counts(first, &counts);
    assert_int_equal(counts.accepted + counts.refused + counts.open + counts.body_bytes,
                     0);
    gw_listener_free(first);
    gw_listener_free(second);
}

static void an_address_that_cannot_be_read_is_refused(void **state)
{
    static const char *const bad[] = {
        "",      "8501",          "127.0.0.1",   "127.0.0.1:",
        "[::1:", "127.0.0.1:abc", "1.2.3.4.5:1", "unix:"};
    struct roost_error err;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(listen_on(bad[i], &err), ROOST_VALUE);
        assert_true(strlen(err.text) > 0);
    }
}

static void a_taken_port_is_told(void **state)
{
    struct gw_http_limits limits = limits_of_test();
    struct gw_listener *listener;
    struct roost_error err;
    char address[64];
    (void)state;
    assert_int_equal(gw_listener_new("127.0.0.1:0", &limits, &listener, NULL), 0);
    snprintf(address, sizeof address, "127.0.0.1:%d", gw_listener_port(listener));
    assert_int_equal(listen_on(address, &err), ROOST_IO);
    assert_string_equal(err.where, address);
    gw_listener_free(listener);
}

static void a_limit_of_0_is_not_unlimited(void **state)
{
    struct gw_http_limits limits = limits_of_test();
    struct gw_listener *listener;
    (void)state;
    limits.idle_ms = 0;
    assert_int_equal(gw_listener_new("127.0.0.1:0", &limits, &listener, NULL),
                     ROOST_LIMIT);
    assert_null(listener);
}

static void a_dead_unix_socket_is_replaced_and_a_live_one_is_not(void **state)
{
    char folder[] = "/tmp/roost-http-XXXXXX";
    char address[128];
    struct gw_http_limits limits = limits_of_test();
    struct gw_listener *listener;
    struct sockaddr_un path = {.sun_family = AF_UNIX};
    struct roost_error err;
    struct stat info;
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path.sun_path, sizeof path.sun_path, "%s/socket", folder);
    snprintf(address, sizeof address, "unix:%s", path.sun_path);
    int dead = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(dead, (struct sockaddr *)&path, sizeof path), 0);
    close(dead);
    assert_int_equal(gw_listener_new(address, &limits, &listener, NULL), 0);
    assert_int_equal(gw_listener_port(listener), -1);
    assert_string_equal(gw_listener_address(listener), address);
    assert_int_equal(stat(path.sun_path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0660);
    assert_int_equal(listen_on(address, &err), ROOST_IO);
    assert_int_equal(stat(path.sun_path, &info), 0);
    gw_listener_free(listener);
    assert_int_not_equal(stat(path.sun_path, &info), 0);
    /* What is no socket is never removed. */
    FILE *file = fopen(path.sun_path, "w");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(listen_on(address, &err), ROOST_IO);
    assert_int_equal(stat(path.sun_path, &info), 0);
    unlink(path.sun_path);
    rmdir(folder);
}

static void nothing(void *context, struct gw_exchange *exchange)
{
    (void)context;
    (void)exchange;
}

static void nothing_done(void *context, struct gw_exchange *exchange, int status,
                         int sent)
{
    (void)context;
    (void)exchange;
    (void)status;
    (void)sent;
}

static void count_awake(void *context, uint64_t now_ns)
{
    assert_true(now_ns > 0);
    ++*(int *)context;
}

static void nothing_asleep(void *context)
{
    (void)context;
}

static void *run(void *http)
{
    gw_http_run(http);
    return NULL;
}

static void an_idle_loop_sleeps_and_stops_at_once(void **state)
{
    struct gw_http_limits limits = limits_of_test();
    struct gw_listener *listener;
    struct gw_http *http;
    pthread_t thread;
    int awake = 0;
    (void)state;
    assert_int_equal(gw_listener_new("127.0.0.1:0", &limits, &listener, NULL), 0);
    struct gw_http_options options = {
        listener,
        0,
        {nothing, nothing, nothing, nothing_done, count_awake, nothing_asleep},
        &awake};
    assert_int_equal(gw_http_new(&options, &http, NULL), 0);
    assert_int_equal(pthread_create(&thread, NULL, run, http), 0);
    usleep(600000);
    gw_http_quiesce(http);
    gw_http_stop(http, 60000);
    pthread_join(thread, NULL);
    assert_in_range(awake, 1, 10);
    gw_http_free(http);
    gw_listener_free(listener);
}

static struct gw_peer peer_of(const char *address)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    struct gw_peer peer;
    memset(&peer, 0, sizeof peer);
    if (inet_pton(AF_INET, address, &in.sin_addr) == 1)
        peer.count = (uint32_t)gw_peer_of((struct sockaddr *)&in, &peer);
    else if (inet_pton(AF_INET6, address, &in6.sin6_addr) == 1)
        peer.count = (uint32_t)gw_peer_of((struct sockaddr *)&in6, &peer);
    else
        fail_msg("%s", address);
    return peer;
}

static void loopback_is_not_counted(void **state)
{
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    struct gw_peer peer;
    (void)state;
    assert_false(gw_peer_of((struct sockaddr *)&local, &peer));
    assert_false(peer_of("127.0.0.1").count);
    assert_false(peer_of("127.9.9.9").count);
    assert_false(peer_of("::1").count);
    assert_false(peer_of("::ffff:127.0.0.1").count);
    assert_true(peer_of("10.0.0.1").count);
    assert_true(peer_of("2001:db8::1").count);
}

static void one_client_is_an_address_or_a_64_bit_prefix(void **state)
{
    (void)state;
    struct gw_peer a = peer_of("10.0.0.1"), b = peer_of("::ffff:10.0.0.1");
    assert_memory_equal(a.at, b.at, sizeof a.at);
    a = peer_of("2001:db8::1");
    b = peer_of("2001:db8::ffff:1");
    assert_memory_equal(a.at, b.at, sizeof a.at);
    b = peer_of("2001:db8:0:1::1");
    assert_memory_not_equal(a.at, b.at, sizeof a.at);
}

static void addresses_are_counted_in_and_out(void **state)
{
    enum { ADDRESSES = 500, TURNS = 20000 };
    static uint32_t model[ADDRESSES];
    struct gw_peers peers;
    char address[32];
    uint32_t seed = 3, open = 0;
    (void)state;
    assert_int_equal(gw_peers_init(&peers, ADDRESSES), 0);
    /* Random arrivals and departures, against a plain array. */
    for (int turn = 0; turn < TURNS; turn++) {
        seed = seed * 1664525u + 1013904223u;
        uint32_t who = (seed >> 8) % ADDRESSES;
        snprintf(address, sizeof address, "10.0.%u.%u", who / 200, who % 200);
        struct gw_peer peer = peer_of(address);
        if ((seed >> 30) % 2 && open < ADDRESSES) {
            int taken = gw_peers_enter(&peers, &peer, 3) == 0;
            assert_int_equal(taken, model[who] < 3);
            model[who] += (uint32_t)taken;
            open += (uint32_t)taken;
        } else if (model[who]) {
            gw_peers_leave(&peers, &peer);
            model[who]--;
            open--;
        }
    }
    uint32_t held = 0;
    for (uint32_t i = 0; i <= peers.mask; i++)
        held += peers.cells[i].count;
    assert_int_equal(held, open);
    gw_peers_clear(&peers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(port_0_is_chosen_by_the_kernel),
        cmocka_unit_test(an_address_that_cannot_be_read_is_refused),
        cmocka_unit_test(a_taken_port_is_told),
        cmocka_unit_test(a_limit_of_0_is_not_unlimited),
        cmocka_unit_test(a_dead_unix_socket_is_replaced_and_a_live_one_is_not),
        cmocka_unit_test(an_idle_loop_sleeps_and_stops_at_once),
        cmocka_unit_test(loopback_is_not_counted),
        cmocka_unit_test(one_client_is_an_address_or_a_64_bit_prefix),
        cmocka_unit_test(addresses_are_counted_in_and_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
