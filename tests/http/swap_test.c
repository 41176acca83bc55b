/* SPDX-License-Identifier: MIT
 * swap_test.c - versions change under load and no request notices: four connections ask
 * without a pause while versions arrive as new directories and are promoted by the admin
 * call. Every answer must be 200 and hold exactly the scores of the version it names.
 *
 * usage: swap_test ROOST_BINARY SOURCE_DIR PROMOTES DIRECTORIES */
#include "tests/http/support/server.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    CLIENTS = 4,
    BODY_MAX = 1 << 18,
    SETTLE_AT =
        100, /* live bytes are read after this swap (or half of fewer) and the last */
    DIRECTORY_SECONDS = 30
};

/* Bytes by which malloc's own count may differ: it hands out a chunk whole when the rest
 * would be too small to keep. A sanitizer's count is exact. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SLACK = 0 };
#else
enum { SLACK = 1024 };
#endif

struct reply {
    long status;
    size_t size;
    char body[BODY_MAX];
    char version[256]; /* roost-model-version */
};

/* What versions 1, 3, 5, ... and 2, 4, 6, ... of census_trees answer: by model asked. */
static const char *const models[2] = {"census_trees", "census"};
static char expected[2][2][BODY_MAX];
static char request[BODY_MAX];
static struct server server;
static atomic_int stop, paused, waiting;
static atomic_ullong answered, failed;

static double now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static void rest(double seconds)
{
    struct timespec time = {(time_t)seconds, (long)((seconds - (time_t)seconds) * 1e9)};
    nanosleep(&time, NULL);
}

static void die(const char *what, const char *more)
{
    fprintf(stderr, "swap_test: %s %s\n", what, more);
    server_stop(&server);
    exit(1);
}

static size_t take_body(char *data, size_t one, size_t count, void *user)
{
    struct reply *reply = user;
    size_t size = one * count;
    if (reply->size + size >= BODY_MAX)
        size = BODY_MAX - 1 - reply->size;
    memcpy(reply->body + reply->size, data, size);
    reply->size += size;
    reply->body[reply->size] = '\0';
    return one * count;
}

static size_t take_header(char *data, size_t one, size_t count, void *user)
{
    static const char name[] = "roost-model-version: ";
    struct reply *reply = user;
    size_t size = one * count, at = sizeof name - 1;
    if (size > at && strncasecmp(data, name, at) == 0) {
        while (size > at && (data[size - 1] == '\n' || data[size - 1] == '\r'))
            size--;
        snprintf(reply->version, sizeof reply->version, "%.*s", (int)(size - at),
                 data + at);
    }
    return one * count;
}

static CURLcode ask(CURL *curl, int port, const char *path, const char *body,
                    struct reply *reply)
{
    char url[512];
    snprintf(url, sizeof url, "http://127.0.0.1:%d%s", port, path);
    reply->size = 0;
    reply->body[0] = reply->version[0] = '\0';
    reply->status = 0;
    struct curl_slist *headers =
        curl_slist_append(NULL, "Content-Type: application/json");
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, reply);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, reply);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 60L);
    if (body)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    else
        curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply->status);
    curl_slist_free_all(headers);
    return code;
}

/* The version of census_trees that a roost-model-version header names, or 0. */
static long trees_version(const char *header)
{
    const char *at = strstr(header, "census_trees/");
    return at ? strtol(at + strlen("census_trees/"), NULL, 10) : 0;
}

static void check(const struct reply *reply, CURLcode code, int model)
{
    long version = trees_version(reply->version);
    atomic_fetch_add(&answered, 1);
    if (code == CURLE_OK && reply->status == 200 && version > 0 &&
        strcmp(reply->body, expected[version % 2][model]) == 0)
        return;
    if (atomic_fetch_add(&failed, 1) < 5)
        fprintf(stderr, "failed: %s, status %ld, version '%s', body %.300s\n",
                curl_easy_strerror(code), reply->status, reply->version, reply->body);
}

static void *client(void *arg)
{
    int model = (int)(size_t)arg % 2;
    struct reply *reply = malloc(sizeof *reply);
    CURL *curl = curl_easy_init();
    char path[128];
    snprintf(path, sizeof path, "/v1/models/%s:predict", models[model]);
    while (!atomic_load(&stop)) {
        if (atomic_load(&paused)) {
            atomic_fetch_add(&waiting, 1);
            while (atomic_load(&paused))
                rest(0.001);
            atomic_fetch_sub(&waiting, 1);
        }
        check(reply, ask(curl, server.port, path, request, reply), model);
    }
    curl_easy_cleanup(curl);
    free(reply);
    return NULL;
}

static void promote(CURL *curl, struct reply *reply, int version)
{
    char body[64];
    snprintf(body, sizeof body, "{\"version\": %d}", version);
    ask(curl, server.admin_port, "/admin/v1/models/census_trees:promote", body, reply);
    if (reply->status != 200)
        die("promote failed:", reply->body);
}

static void learn_answers(CURL *curl, struct reply *reply)
{
    for (int version = 1; version <= 2; version++) {
        promote(curl, reply, version);
        for (int model = 0; model < 2; model++) {
            char path[128];
            snprintf(path, sizeof path, "/v1/models/%s:predict", models[model]);
            ask(curl, server.port, path, request, reply);
            if (reply->status != 200 || trees_version(reply->version) != version)
                die("no first answer:", reply->body);
            memcpy(expected[version % 2][model], reply->body, reply->size + 1);
        }
    }
}

/* Heap in use with no request under way; 0 when the build cannot tell. */
static double live_bytes(CURL *curl, struct reply *reply)
{
    atomic_store(&paused, 1);
    while (atomic_load(&waiting) < CLIENTS)
        rest(0.001);
    rest(0.3); /* the retired version is freed once every worker was idle */
    double bytes = 0;
    static char metrics[1 << 20];
    struct reply *big = reply; /* only the line sought must fit */
    /* The first answer may have grown the server's buffers, and is kept for a moment. */
    ask(curl, server.admin_port, "/metrics", NULL, big);
    rest(0.2);
    ask(curl, server.admin_port, "/metrics", NULL, big);
    snprintf(metrics, sizeof metrics, "%s", big->body);
    const char *at = strstr(metrics, "\nroost_heap_live_bytes ");
    if (at)
        bytes = strtod(at + strlen("\nroost_heap_live_bytes "), NULL);
    atomic_store(&paused, 0);
    return bytes;
}

static void run_shell(const char *command)
{
    if (system(command) != 0)
        die("cannot run", command);
}

/* Put a copy of an old version in place by rename and wait until it answers. */
static double add_directory(CURL *curl, struct reply *reply, const char *dir, int version)
{
    char command[1200];
    snprintf(command, sizeof command,
             "cp -r %s/census_trees/%d %s/census_trees/.tmp-new && "
             "mv %s/census_trees/.tmp-new %s/census_trees/%d",
             dir, version % 2 ? 1 : 2, dir, dir, dir, version);
    run_shell(command);
    double start = now();
    do {
        rest(0.005);
        ask(curl, server.port, "/v1/models/census_trees:predict", request, reply);
        if (now() - start > DIRECTORY_SECONDS)
            die("a new directory was not taken:", command);
    } while (trees_version(reply->version) != version);
    return now() - start;
}

static void load_directories(CURL *curl, struct reply *reply, const char *dir, int count)
{
    double slowest = 0;
    for (int i = 0; i < count; i++) {
        double took = add_directory(curl, reply, dir, 3 + i);
        if (took > slowest)
            slowest = took;
    }
    printf("%d new directories, the slowest answered after %.3f s\n", count, slowest);
}

/* 1 when memory came back. */
static int load_promotes(CURL *curl, struct reply *reply, int count)
{
    double start = now(), busy = 0, first = 0;
    int settle = count > SETTLE_AT ? SETTLE_AT : count / 2;
    for (int i = 1; i <= count; i++) {
        double at = now();
        promote(curl, reply, i % 2 ? 1 : 2);
        busy += now() - at;
        if (i == settle)
            first = live_bytes(curl, reply);
    }
    double last = live_bytes(curl, reply);
    printf("%d promotes in %.2f s (%.1f a second by themselves)\n", count, now() - start,
           count / busy);
    printf("live bytes after swap %d: %.0f, after swap %d: %.0f\n", settle, first, count,
           last);
    return last - first <= SLACK && first - last <= SLACK;
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return 2;
    char dir[] = "/tmp/roost-swap-XXXXXX", command[1024], state[64];
    if (!mkdtemp(dir))
        return 1;
    snprintf(command, sizeof command, "cp -r %s/registry/demo/models/. %s", argv[2], dir);
    run_shell(command);
    snprintf(command, sizeof command, "%s/registry/demo/request.json", argv[2]);
    FILE *file = fopen(command, "r");
    if (!file || fread(request, 1, sizeof request - 1, file) == 0)
        return 1;
    fclose(file);
    snprintf(state, sizeof state, "%s/.state.json", dir);
    curl_global_init(CURL_GLOBAL_ALL);
    server_start(&server, argv[1], dir, state, NULL);

    static struct reply reply;
    CURL *curl = curl_easy_init();
    learn_answers(curl, &reply);
    server_stop(&server);
    unlink(state); /* no pin: new directories are chosen by the policy */
    server_start(&server, argv[1], dir, state, NULL);

    pthread_t threads[CLIENTS];
    for (size_t i = 0; i < CLIENTS; i++)
        pthread_create(&threads[i], NULL, client, (void *)i);
    load_directories(curl, &reply, dir, (int)strtol(argv[4], NULL, 10));
    int flat = load_promotes(curl, &reply, (int)strtol(argv[3], NULL, 10));
    atomic_store(&stop, 1);
    for (size_t i = 0; i < CLIENTS; i++)
        pthread_join(threads[i], NULL);
    curl_easy_cleanup(curl);
    int status = server_stop(&server);
    snprintf(command, sizeof command, "rm -rf %s", dir);
    run_shell(command);
    printf("%llu requests answered, %llu failed, live bytes %s, exit status %d\n",
           (unsigned long long)answered, (unsigned long long)failed,
           flat ? "equal" : "DIFFER", status);
    return failed == 0 && answered > 0 && flat && status == 0 ? 0 : 1;
}
