/* SPDX-License-Identifier: MIT
 * alloc_test.c - a warm request makes no heap allocation in roost's code. The whole
 * server is linked into this program with malloc and its kin wrapped, which catches the
 * calls of our objects and leaves those of shared libraries alone.
 *
 * usage: alloc_test MODELS_DIR REQUEST_FILE */
#include "gateway/server.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WARM = 200, COUNTED = 1000, BODY_MAX = 1 << 16 };

static atomic_ulong allocations;

/* Only what the data worker ("roost-0") does is a request's: the registry's thread looks
 * at its folders when it likes. */
static void count_one(void)
{
    static __thread int worker;
    char name[16] = "";
    if (!worker && pthread_getname_np(pthread_self(), name, sizeof name) == 0)
        worker = strcmp(name, "roost-0") == 0;
    if (worker)
        atomic_fetch_add(&allocations, 1);
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *at, size_t size);
void *__real_aligned_alloc(size_t align, size_t size);
int __real_posix_memalign(void **out, size_t align, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *at, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);
int __wrap_posix_memalign(void **out, size_t align, size_t size);
char *__wrap_strdup(const char *text);

void *__wrap_malloc(size_t size)
{
    count_one();
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    count_one();
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *at, size_t size)
{
    count_one();
    return __real_realloc(at, size);
}

void *__wrap_aligned_alloc(size_t align, size_t size)
{
    count_one();
    return __real_aligned_alloc(align, size);
}

int __wrap_posix_memalign(void **out, size_t align, size_t size)
{
    count_one();
    return __real_posix_memalign(out, align, size);
}

char *__wrap_strdup(const char *text)
{
    count_one();
    return __real_strdup(text);
}

struct job {
    struct cfg cfg;
    struct gw_log *log;
    int status;
};

static void *serve(void *arg)
{
    struct job *job = arg;
    job->status = gw_server_run(&job->cfg, job->log);
    return NULL;
}

static int port_of_ready(FILE *log)
{
    char line[GW_LOG_LINE + 1];
    while (fgets(line, sizeof line, log)) {
        const char *at = strstr(line, "\"data_port\":");
        fputs(line, stderr);
        if (at)
            return (int)strtol(at + strlen("\"data_port\":"), NULL, 10);
    }
    return -1;
}

/* Send the request and read one whole answer. 0 when it is a 200. */
static int ask(int fd, const char *request, size_t size)
{
    static char answer[BODY_MAX + 1];
    size_t got = 0;
    if (send(fd, request, size, 0) != (ssize_t)size)
        return -1;
    for (;;) {
        ssize_t n = recv(fd, answer + got, BODY_MAX - got, 0);
        if (n <= 0)
            return -1;
        got += (size_t)n;
        answer[got] = '\0';
        const char *end = strstr(answer, "\r\n\r\n");
        const char *length = strcasestr(answer, "Content-Length: ");
        if (end && length &&
            got >= (size_t)(end + 4 - answer) + strtoul(length + 16, NULL, 10))
            return strncmp(answer, "HTTP/1.1 200", 12) == 0 ? 0 : -1;
    }
}

static unsigned long count(int port, const char *model, const char *body, int *bad)
{
    static char request[BODY_MAX];
    int size = snprintf(request, sizeof request,
                        "POST /v1/models/%s:predict HTTP/1.1\r\nHost: t\r\n"
                        "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                        model, strlen(body), body);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    *bad = fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0;
    for (int i = 0; i < WARM && !*bad; i++)
        *bad = ask(fd, request, (size_t)size) != 0;
    unsigned long before = atomic_load(&allocations);
    for (int i = 0; i < COUNTED && !*bad; i++)
        *bad = ask(fd, request, (size_t)size) != 0;
    unsigned long made = atomic_load(&allocations) - before;
    close(fd);
    printf("%s: %lu allocations in %d warm requests\n", model, made, COUNTED);
    return made;
}

int main(int argc, char **argv)
{
    static char body[BODY_MAX / 2];
    struct job job = {.status = -1};
    int ends[2];
    FILE *file = argc == 3 ? fopen(argv[2], "r") : NULL;
    if (!file || fread(body, 1, sizeof body - 1, file) == 0 || pipe(ends) != 0)
        return 2;
    fclose(file);
    char state[] = "/tmp/roost-alloc-XXXXXX";
    int state_fd = mkstemp(state);
    struct roost_error err = {0};
    /* One worker, and no scan while requests are counted. */
    if (state_fd < 0 || cfg_init(&job.cfg, &err) || unlink(state) != 0 ||
        cfg_set(&job.cfg, "registry.dir", argv[1], &err) ||
        cfg_set(&job.cfg, "registry.state_file", state, &err) ||
        cfg_set(&job.cfg, "listen", "127.0.0.1:0", &err) ||
        cfg_set(&job.cfg, "admin_listen", "127.0.0.1:0", &err) ||
        cfg_set(&job.cfg, "workers", "1", &err) ||
        cfg_set(&job.cfg, "registry.poll", "60m", &err) ||
        cfg_set(&job.cfg, "drain.delay", "0", &err)) {
        fprintf(stderr, "alloc_test: %s: %s\n", err.where, err.text);
        return 2;
    }
    job.log = gw_log_new(GW_INFO, ends[1]);
    sigset_t term;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &term, NULL); /* the server's thread takes it */
    pthread_t thread;
    pthread_create(&thread, NULL, serve, &job);
    int port = port_of_ready(fdopen(ends[0], "r"));
    unsigned long made = 0;
    int bad = port <= 0;
    static const char *const models[] = {"census_linear", "census_trees", "census_mlp",
                                         "census"};
    for (size_t i = 0; i < 4 && !bad; i++)
        made += count(port, models[i], body, &bad);
    kill(getpid(), SIGTERM);
    pthread_join(thread, NULL);
    gw_log_free(job.log);
    cfg_clear(&job.cfg);
    close(state_fd);
    /* The first requests did allocate, or nothing was counted at all. */
    if (atomic_load(&allocations) == 0)
        fprintf(stderr, "alloc_test: not even cold requests were seen to allocate\n");
    return bad || made != 0 || job.status != 0 || atomic_load(&allocations) == 0;
}
