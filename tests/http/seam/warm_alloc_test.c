/* SPDX-License-Identifier: MIT
 * warm_alloc_test.c - a warm request takes nothing from the heap by our code, and one
 * that gets nothing from it is refused. The linker sends every allocation of our objects
 * (not of libmicrohttpd) through the counters here; only those made on a loop's thread
 * count. */
#include "tests/http/seam/client.h"
#include "tests/http/seam/server.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static _Thread_local int on_loop;
static _Atomic uint64_t allocations;
static _Atomic int failing; /* every allocation of a loop fails */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *at, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *at, size_t size);
char *__wrap_strdup(const char *text);

void seam_note_loop(void)
{
    on_loop = 1;
}

static int fails(void)
{
    if (on_loop)
        atomic_fetch_add(&allocations, 1);
    return on_loop && atomic_load(&failing);
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *at, size_t size)
{
    return fails() ? NULL : __real_realloc(at, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

/* gzip of "hello" */
static const char gzipped[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xcb\x48\xcd\xc9"
                              "\xc9\x07\x00\x86\xa6\x10\x36\x05\x00\x00\x00";

static void round_trip(struct client *client)
{
    static struct answer answer;
    static char body[20000];
    memset(body, 'b', sizeof body);
    client_text(client, "POST /echo?a=1 HTTP/1.1\r\nHost: a\r\nx-request-id: mine\r\n"
                        "Content-Length: 20000\r\n\r\n");
    client_send(client, body, sizeof body);
    client_answer(client, &answer, 0);
    assert_int_equal(answer.body_size, sizeof body);
    client_text(client, "POST /echo HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n"
                        "Content-Length: 20000\r\n\r\n");
    client_send(client, body, sizeof body);
    client_answer(client, &answer, 0);
    assert_true(answer_says(&answer, "Content-Encoding: gzip"));
    client_text(client, "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                        "\r\n5\r\nhello\r\n0\r\n\r\n");
    client_answer(client, &answer, 0);
    assert_string_equal(answer.body, "hello");
    client_text(client, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\n"
                        "Content-Length: 25\r\n\r\n");
    client_send(client, gzipped, 25);
    client_answer(client, &answer, 0);
    assert_string_equal(answer.body, "hello");
    assert_int_equal(client_ask(client, "GET /early HTTP/1.1\r\nHost: a\r\n\r\n"), 404);
    assert_int_equal(client_ask(client, "GET /see HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
}

static void a_warm_request_allocates_nothing(void **state)
{
    struct gw_http_limits limits = seam_limits();
    struct seam *seam = seam_start("127.0.0.1:0", &limits, 1);
    struct client client;
    (void)state;
    client_open(&client, seam_port(seam));
    round_trip(&client);
    round_trip(&client);
    uint64_t cold = atomic_load(&allocations);
    assert_true(cold > 0); /* else nothing is counted at all */
    for (int i = 0; i < 100; i++)
        round_trip(&client);
    assert_int_equal(atomic_load(&allocations) - cold, 0);
    client_close(&client);
    seam_stop(seam, 1000);
}

static void without_memory_a_request_is_refused_and_the_server_lives(void **state)
{
    static char body[200000];
    static struct answer answer;
    const char *head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n";
    struct gw_http_limits limits = seam_limits();
    struct seam *seam = seam_start("127.0.0.1:0", &limits, 1);
    struct client old, new;
    (void)state;
    client_open(&old, seam_port(seam));
    assert_int_equal(client_ask(&old, "GET /see HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
    atomic_store(&failing, 1);
    client_text(&old, head);
    client_send(&old, body, sizeof body);
    client_answer(&old, &answer, 0);
    assert_int_equal(answer.status, 503);
    client_open(&new, seam_port(seam));
    client_answer(&new, &answer, 0);
    assert_int_equal(answer.status, 503);
    client_close(&new);
    atomic_store(&failing, 0);
    client_text(&old, head);
    client_send(&old, body, sizeof body);
    client_answer(&old, &answer, 0);
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.body_size, sizeof body);
    client_open(&new, seam_port(seam));
    assert_int_equal(client_ask(&new, "GET /see HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
    client_close(&new);
    client_close(&old);
    seam_stop(seam, 1000);
}

static void without_memory_for_the_request_itself_it_is_refused_too(void **state)
{
    struct gw_http_limits limits = seam_limits();
    struct seam *seam = seam_start("127.0.0.1:0", &limits, 1);
    struct gw_listener_counts counts;
    struct client client;
    (void)state;
    client_open(&client, seam_port(seam));
    do {
        usleep(1000);
        gw_listener_counts(seam->listener, &counts);
    } while (counts.accepted == 0);
    atomic_store(&failing, 1);
    assert_int_equal(client_ask(&client, "POST /echo HTTP/1.1\r\nHost: a\r\n"
                                         "Content-Length: 5\r\n\r\nhello"),
                     503);
    assert_true(client_sees_end(&client, 2000));
    atomic_store(&failing, 0);
    client_close(&client);
    client_open(&client, seam_port(seam));
    assert_int_equal(client_ask(&client, "GET /see HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
    client_close(&client);
    seam_stop(seam, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_warm_request_allocates_nothing),
        cmocka_unit_test(without_memory_a_request_is_refused_and_the_server_lives),
        cmocka_unit_test(without_memory_for_the_request_itself_it_is_refused_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
