/* SPDX-License-Identifier: MIT
 * The server in this process, and its client. The server's main thread and workers are
 * its own; the reader of its log never stops reading, so that no log line waits. */
#include "tests/oom/support/host.h"
#include "gateway/log.h"
#include "gateway/server.h"
#include "tests/oom/support/fault.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static struct cfg cfg;
static struct gw_log *server_log;
static int ends[2];
static int exit_code;
static pthread_t server, reader;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t news = PTHREAD_COND_INITIALIZER;
static int ready, ended; /* under lock, as is the log */
static char log_text[HOST_LOG + 1];
static size_t log_size;

void host_configure(const char *models, const char *state_file)
{
    static const char *const settings[][2] = {
        {"listen", "127.0.0.1:0"}, {"admin_listen", "127.0.0.1:0"},
        {"workers", "1"},          {"registry.poll", "60m"},
        {"registry.quiet", "0"},   {"limits.connections", "100"},
        {"drain.delay", "0"}};
    static const char labels[] = "models: {tiny: {labels: {stable: 2}}}\n";
    sigset_t term;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    /* The server's main thread takes it. */
    assert_int_equal(pthread_sigmask(SIG_BLOCK, &term, NULL), 0);
    assert_int_equal(cfg_init(&cfg, NULL), ROOST_OK);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        assert_int_equal(cfg_set(&cfg, settings[i][0], settings[i][1], NULL), ROOST_OK);
    assert_int_equal(cfg_read_yaml(&cfg, "labels", labels, sizeof labels - 1, NULL),
                     ROOST_OK);
    assert_int_equal(cfg_set(&cfg, "registry.dir", models, NULL), ROOST_OK);
    assert_int_equal(cfg_set(&cfg, "registry.state_file", state_file, NULL), ROOST_OK);
}

void host_forget(void)
{
    cfg_clear(&cfg);
}

static void *read_log(void *unused)
{
    static char piece[4096];
    ssize_t size;
    oom_spare_this_thread();
    while ((size = read(ends[0], piece, sizeof piece)) > 0) {
        pthread_mutex_lock(&lock);
        size_t room = HOST_LOG - log_size,
               some = (size_t)size < room ? (size_t)size : room;
        memcpy(log_text + log_size, piece, some);
        log_size += some;
        log_text[log_size] = '\0';
        ready |= strstr(log_text, "\"data_port\":") != NULL;
        pthread_cond_broadcast(&news);
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

static void *serve(void *unused)
{
    exit_code = gw_server_run(&cfg, server_log);
    pthread_mutex_lock(&lock);
    ended = 1;
    pthread_cond_broadcast(&news);
    pthread_mutex_unlock(&lock);
    return unused;
}

void host_start(unsigned long site, enum oom_mode mode)
{
    ready = ended = 0;
    log_size = 0;
    log_text[0] = '\0';
    assert_int_equal(pipe(ends), 0);
    server_log = gw_log_new(GW_INFO, ends[1]);
    assert_non_null(server_log);
    assert_int_equal(pthread_create(&reader, NULL, read_log, NULL), 0);
    oom_arm(site, mode);
    assert_int_equal(pthread_create(&server, NULL, serve, NULL), 0);
}

int host_wait(int ms)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    int late = 0;
    pthread_mutex_lock(&lock);
    while (!ready && !ended && !late)
        late = pthread_cond_timedwait(&news, &lock, &until) != 0;
    int result = ended ? 0 : ready ? 1 : -1;
    pthread_mutex_unlock(&lock);
    return result;
}

int host_stop(void)
{
    pthread_mutex_lock(&lock);
    int over = ended;
    pthread_mutex_unlock(&lock);
    if (!over)
        assert_int_equal(pthread_sigqueue(server, SIGTERM, (union sigval){0}), 0);
    assert_int_equal(pthread_join(server, NULL), 0);
    assert_int_equal(close(ends[1]), 0);
    assert_int_equal(pthread_join(reader, NULL), 0);
    assert_int_equal(close(ends[0]), 0);
    gw_log_free(server_log);
    return exit_code;
}

static int port_of(const char *key)
{
    pthread_mutex_lock(&lock);
    const char *at = strstr(log_text, key);
    int port = at ? (int)strtol(at + strlen(key), NULL, 10) : -1;
    pthread_mutex_unlock(&lock);
    return port;
}

int host_port(void)
{
    return port_of("\"data_port\":");
}

int host_admin_port(void)
{
    return port_of("\"admin_port\":");
}

const char *host_log(void)
{
    return log_text;
}

size_t host_request(char *out, size_t room, const char *method, const char *target,
                    const char *headers, const void *body, size_t size)
{
    int head = snprintf(out, room,
                        "%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n"
                        "%s\r\n",
                        method, target, size, headers);
    assert_true(head > 0 && (size_t)head + size < room);
    if (size)
        memcpy(out + head, body, size);
    return (size_t)head + size;
}

/* The whole answer is there: as many bytes as its head promises. */
static int complete(struct answer *out)
{
    const char *end = strstr(out->text, "\r\n\r\n");
    const char *length = strcasestr(out->text, "\r\nContent-Length: ");
    if (!end || !length || length > end)
        return 0;
    out->body = end + 4;
    size_t want = strtoul(length + 18, NULL, 10);
    return out->size - (size_t)(out->body - out->text) >= want;
}

void host_ask(int port, const char *request, size_t size, struct answer *out)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct timeval limit = {.tv_sec = 10};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    /* It may be closed already, after a refusal at the door. */
    (void)!send(fd, request, size, MSG_NOSIGNAL);
    out->status = 0;
    out->size = 0;
    out->text[0] = '\0';
    out->body = out->text;
    int whole = 0;
    ssize_t got = 1;
    while (!whole && out->size < HOST_ANSWER &&
           (got = recv(fd, out->text + out->size, HOST_ANSWER - out->size, 0)) > 0) {
        out->size += (size_t)got;
        out->text[out->size] = '\0';
        whole = complete(out);
    }
    if (got < 0 && out->size == 0 && errno == EAGAIN)
        fail_msg("no answer in 10 s");
    if (!whole && out->size)
        fail_msg("half an answer: %s", out->text);
    if (whole && sscanf(out->text, "HTTP/1.1 %d ", &out->status) != 1)
        fail_msg("no answer of HTTP: %s", out->text);
    assert_int_equal(close(fd), 0);
}
