/* SPDX-License-Identifier: MIT
 * The families of the process: connections, log lines, build, heap, and the standard set
 * that every Prometheus client library gives. Read from /proc at the scrape. */
#include "gateway/metrics_text.h"
#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void put_plain(struct eng_buf *out, enum gw_metric metric, double value)
{
    struct gw_sample sample = {metric, "", {NULL}, NULL};
    gw_sample_family(out, metric);
    gw_sample_f64(out, &sample, value);
}

static uint64_t count_of(const struct gw_listener_counts *counts, enum gw_metric metric)
{
    switch (metric) {
    case GW_METRIC_CONNECTIONS:
        return counts->open;
    case GW_METRIC_ACCEPTED:
        return counts->accepted;
    case GW_METRIC_DOOR:
        return counts->refused;
    default:
        return counts->body_bytes;
    }
}

static void render_listeners(const struct gw_server *server, struct eng_buf *out)
{
    static const enum gw_metric metrics[4] = {GW_METRIC_CONNECTIONS, GW_METRIC_ACCEPTED,
                                              GW_METRIC_DOOR, GW_METRIC_BODIES};
    struct gw_listener *const listeners[2] = {
        atomic_load_explicit(&server->data_open, memory_order_acquire), server->admin};
    struct gw_listener_counts counts[2];
    memset(counts, 0, sizeof counts);
    for (int i = 0; i < 2; i++)
        if (listeners[i] != NULL)
            gw_listener_counts(listeners[i], &counts[i]);
    for (int m = 0; m < 4; m++) {
        gw_sample_family(out, metrics[m]);
        for (int i = 0; i < 2; i++) {
            struct gw_sample sample = {metrics[m], "", {i == 0 ? "data" : "admin"}, NULL};
            gw_sample_u64(out, &sample, count_of(&counts[i], metrics[m]));
        }
    }
}

static void render_front(const struct gw_metrics *metrics, struct eng_buf *out)
{
    gw_sample_family(out, GW_METRIC_REFUSED);
    for (int i = 0; i < GW_CODES; i++) {
        uint64_t sum = 0;
        for (uint32_t j = 0; j < metrics->workers; j++)
            sum += atomic_load_explicit(&metrics->front[j].code[i], memory_order_relaxed);
        if (sum == 0 && gw_codes[i] != 400)
            continue;
        char code[12];
        snprintf(code, sizeof code, "%d", gw_codes[i]);
        struct gw_sample sample = {GW_METRIC_REFUSED, "", {code}, NULL};
        gw_sample_u64(out, &sample, sum);
    }
}

/* There when a sanitizer brings its own allocator, of which mallinfo2 knows nothing. */
extern size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static size_t heap_live_bytes(void)
{
    if (__sanitizer_get_current_allocated_bytes != NULL)
        return __sanitizer_get_current_allocated_bytes();
    struct mallinfo2 heap = mallinfo2();
    return heap.uordblks + heap.hblkhd;
}

static void render_self(const struct gw_server *server, struct eng_buf *out)
{
    gw_sample_family(out, GW_METRIC_LOG_MESSAGES);
    for (int level = 0; level < GW_LEVELS; level++) {
        struct gw_sample sample = {
            GW_METRIC_LOG_MESSAGES, "", {gw_level_name((enum gw_level)level)}, NULL};
        gw_sample_u64(out, &sample, gw_log_messages(server->log, (enum gw_level)level));
    }
    put_plain(out, GW_METRIC_LOG_UNWRITTEN, (double)gw_log_unwritten(server->log));
    struct gw_sample build = {GW_METRIC_BUILD_INFO, "", {roost_version()}, NULL};
    gw_sample_family(out, build.metric);
    gw_sample_u64(out, &build, 1);
    struct gw_sample pool = {GW_METRIC_WORKERS, "", {"data"}, NULL};
    gw_sample_family(out, pool.metric);
    gw_sample_u64(out, &pool, server->worker_count - 1);
    pool.values[0] = "admin";
    gw_sample_u64(out, &pool, 1);
    put_plain(out, GW_METRIC_HEAP, (double)heap_live_bytes());
}

/* The whole of a small file of /proc, with a NUL; 0 when it cannot be read. */
static int read_small(const char *path, char *out, size_t room)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    size_t size = fread(out, 1, room - 1, file);
    out[size] = '\0';
    fclose(file);
    return size > 0;
}

/* Field `number` of /proc/self/stat, counted from 1 as in proc(5). Fields from 3 on stand
 * after the last ')', since the name in field 2 may hold anything. */
static double stat_field(const char *stat, int number)
{
    const char *at = strrchr(stat, ')');
    for (int i = 2; at != NULL && i < number; i++) {
        at = strchr(at, ' ');
        at = at != NULL ? at + 1 : NULL;
    }
    return at != NULL ? strtod(at, NULL) : 0;
}

/* When the machine started. The line is far down a file that grows with the machine. */
static double boot_seconds(void)
{
    FILE *file = fopen("/proc/stat", "re");
    if (file == NULL)
        return 0;
    char *line = NULL;
    size_t room = 0;
    double seconds = 0;
    while (seconds == 0 && getline(&line, &room, file) > 0)
        if (strncmp(line, "btime ", 6) == 0)
            seconds = strtod(line + 6, NULL);
    free(line);
    fclose(file);
    return seconds;
}

static double count_fds(void)
{
    DIR *dir = opendir("/proc/self/fd");
    if (dir == NULL)
        return 0;
    int count = 0;
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count - 3; /* ".", ".." and the directory itself */
}

static void render_standard(struct eng_buf *out)
{
    char stat[1024];
    if (!read_small("/proc/self/stat", stat, sizeof stat))
        stat[0] = '\0';
    double tick = (double)sysconf(_SC_CLK_TCK);
    struct rlimit files = {0};
    (void)getrlimit(RLIMIT_NOFILE, &files);
    put_plain(out, GW_METRIC_CPU, (stat_field(stat, 14) + stat_field(stat, 15)) / tick);
    put_plain(out, GW_METRIC_OPEN_FDS, count_fds());
    put_plain(out, GW_METRIC_MAX_FDS, (double)files.rlim_cur);
    put_plain(out, GW_METRIC_VIRTUAL, stat_field(stat, 23));
    put_plain(out, GW_METRIC_RESIDENT,
              stat_field(stat, 24) * (double)sysconf(_SC_PAGESIZE));
    put_plain(out, GW_METRIC_START_TIME, boot_seconds() + stat_field(stat, 22) / tick);
    put_plain(out, GW_METRIC_THREADS, stat_field(stat, 20));
}

void gw_metrics_render_process(const struct gw_server *server, struct eng_buf *out)
{
    render_listeners(server, out);
    render_front(server->metrics, out);
    render_self(server, out);
    render_standard(out);
}
