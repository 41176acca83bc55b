/* SPDX-License-Identifier: MIT
 * client.c - raw sockets for the seam's tests: nothing is added to the bytes sent, and
 * nothing that comes back is forgiven. */
#include "tests/http/seam/client.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 10000 };

long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

void client_open_at(struct client *client, const char *address, int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    memset(client, 0, sizeof *client);
    assert_int_equal(inet_pton(AF_INET, address, &to.sin_addr), 1);
    int on = 1;
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(client->fd >= 0);
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    assert_int_equal(connect(client->fd, (struct sockaddr *)&to, sizeof to), 0);
}

void client_open(struct client *client, int port)
{
    client_open_at(client, "127.0.0.1", port);
}

void client_open_unix(struct client *client, const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    memset(client, 0, sizeof *client);
    assert_true(strlen(path) < sizeof to.sun_path);
    memcpy(to.sun_path, path, strlen(path) + 1);
    client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(client->fd >= 0);
    assert_int_equal(connect(client->fd, (struct sockaddr *)&to, sizeof to), 0);
}

void client_close(struct client *client)
{
    close(client->fd);
    free(client->data);
    memset(client, 0, sizeof *client);
    client->fd = -1;
}

/* A server that has answered and closed may refuse the rest: that is its right. */
void client_send(struct client *client, const char *data, size_t size)
{
    long long until = now_ms() + PATIENCE_MS;
    while (size) {
        struct pollfd set = {.fd = client->fd, .events = POLLOUT};
        assert_true(now_ms() < until);
        poll(&set, 1, 1000);
        ssize_t sent = send(client->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && !(set.revents & POLLOUT))
            continue;
        if (sent < 0)
            return;
        data += sent;
        size -= (size_t)sent;
    }
}

void client_text(struct client *client, const char *text)
{
    client_send(client, text, strlen(text));
}

/* More bytes; 0 when the connection has ended, -1 when nothing came in time. */
static int more(struct client *client, int ms)
{
    struct pollfd set = {.fd = client->fd, .events = POLLIN};
    if (poll(&set, 1, ms) <= 0)
        return -1;
    if (client->room - client->size < 65536) {
        client->room = client->size + 131072;
        client->data = realloc(client->data, client->room);
        assert_non_null(client->data);
    }
    ssize_t got = recv(client->fd, client->data + client->size, 65535, 0);
    if (got <= 0)
        return 0;
    client->size += (size_t)got;
    client->data[client->size] = '\0';
    return 1;
}

static size_t head_end(const struct client *client)
{
    const char *end = client->size ? strstr(client->data, "\r\n\r\n") : NULL;
    return end ? (size_t)(end - client->data) + 4 : 0;
}

static size_t length_in(const char *head)
{
    const char *found = strcasestr(head, "\r\nContent-Length:");
    return found ? strtoul(found + 17, NULL, 10) : 0;
}

void client_answer(struct client *client, struct answer *out, int head)
{
    size_t end, body;
    memset(out, 0, sizeof *out);
    while ((end = head_end(client)) == 0) {
        int got = more(client, PATIENCE_MS);
        if (got < 0)
            fail_msg("no answer within %d ms", PATIENCE_MS);
        if (got == 0)
            return;
    }
    assert_true(end < sizeof out->head);
    memcpy(out->head, client->data, end);
    assert_int_equal(sscanf(out->head, "HTTP/1.1 %d", &out->status), 1);
    body = head || out->status == 100 ? 0 : length_in(out->head);
    while (client->size < end + body)
        assert_int_equal(more(client, PATIENCE_MS), 1);
    out->body_size = body;
    size_t kept = body < sizeof out->body - 1 ? body : sizeof out->body - 1;
    memcpy(out->body, client->data + end, kept);
    client->size -= end + body;
    memmove(client->data, client->data + end + body, client->size + 1);
}

int client_ask(struct client *client, const char *text)
{
    static struct answer answer;
    client_text(client, text);
    client_answer(client, &answer, 0);
    return answer.status;
}

int client_sees_end(struct client *client, int ms)
{
    long long until = now_ms() + ms;
    for (;;) {
        long long left = until - now_ms();
        if (left <= 0)
            return 0;
        client->size = 0;
        if (more(client, (int)left) == 0)
            return 1;
    }
}

size_t client_count(struct client *client, int ms)
{
    size_t all = client->size;
    int got;
    do {
        client->size = 0;
        got = more(client, ms);
        all += client->size;
    } while (got > 0);
    client->size = 0;
    return all;
}

int answer_says(const struct answer *answer, const char *text)
{
    return strcasestr(answer->head, text) != NULL || strstr(answer->body, text) != NULL;
}
