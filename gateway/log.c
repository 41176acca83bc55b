/* SPDX-License-Identifier: MIT
 * log.c - the log of the server: everything above the registry ends here, on stderr, read
 * by whatever collects the output of the process. A log must not hurt what it reports on:
 * it is bounded in lines and bytes, and a reader that stops reading costs lines, not
 * time. */
#include "gateway/log.h"
#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/hash.h"
#include "gateway/text.h"
#include <assert.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    SLOTS = 64,   /* repeating messages remembered at a time */
    TELLERS = 24, /* bytes of a logger's and a message's name kept for the late report */
    MESSAGE = 80,
    TAIL = 96 /* room kept for the counters and the end of the line */
};
static const uint64_t SECOND = 1000000000;

/* A warning or error written at `since`; `hidden` equal ones came within its second. */
struct slot {
    uint64_t key; /* 0: free */
    uint64_t since;
    uint64_t hidden;
    enum gw_level level;
    char logger[TELLERS];
    char msg[MESSAGE];
};

struct gw_log {
    enum gw_level least;
    int fd;
    _Atomic uint64_t messages[GW_LEVELS];
    _Atomic uint64_t unwritten;
    /* All below belong to whoever holds the lock; no other lock is taken inside. */
    pthread_mutex_t lock;
    struct eng_buf line;
    uint64_t window;  /* start of the second whose lines are counted */
    uint32_t written; /* in that second */
    uint64_t dropped; /* above the rate, or the reader was slow; not told yet */
    struct slot slots[SLOTS];
};

const char *gw_level_name(enum gw_level level)
{
    static const char *const names[GW_LEVELS] = {"debug", "info", "warning", "error"};
    return names[level];
}

struct gw_log *gw_log_new(enum gw_level least, int fd)
{
    struct gw_log *log = calloc(1, sizeof *log);
    if (log == NULL)
        return NULL;
    log->least = least;
    log->fd = fd;
    eng_buf_init(&log->line, GW_LOG_LINE);
    if (eng_buf_reserve(&log->line, GW_LOG_LINE - 1) != 0) {
        free(log);
        return NULL;
    }
    pthread_mutex_init(&log->lock, NULL);
    return log;
}

int gw_log_on(const struct gw_log *log, enum gw_level level)
{
    return log != NULL && level >= log->least;
}

uint64_t gw_log_messages(const struct gw_log *log, enum gw_level level)
{
    return atomic_load_explicit(&log->messages[level], memory_order_relaxed);
}

uint64_t gw_log_unwritten(const struct gw_log *log)
{
    return atomic_load_explicit(&log->unwritten, memory_order_relaxed);
}

/* Append a string, cut at a character where the line would become too long. */
static void put_text(struct eng_buf *line, const char *text)
{
    size_t start = line->size, size = strlen(text);
    while (gw_text_json(line, text, size) != 0 && size > 0) {
        line->size = start;
        line->failed = 0;
        size = gw_utf8_cut(text, size - (size + 3) / 4);
    }
}

/* A member is added whole or, when even its start does not fit, not at all. */
static void put_field(struct eng_buf *line, const struct gw_field *field)
{
    size_t before = line->size;
    int failed = eng_buf_format(line, ",\"%s\":", field->key);
    if (failed == 0 && field->text != NULL)
        put_text(line, field->text);
    else if (failed == 0)
        eng_buf_format(line, "%" PRId64, field->number);
    if (line->failed) {
        line->size = before;
        line->failed = 0;
    }
}

static void put_head(struct eng_buf *line, enum gw_level level, const char *logger,
                     const char *msg)
{
    struct timespec now;
    struct tm parts;
    char date[32];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    size_t size = strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts);
    assert(size > 0);
    eng_buf_reset(line);
    line->max = GW_LOG_LINE - TAIL;
    eng_buf_format(line, "{\"ts\":\"%.*s.%03ldZ\",\"level\":\"%s\",\"msg\":", (int)size,
                   date, now.tv_nsec / 1000000, gw_level_name(level));
    put_text(line, msg);
    put_field(line, &(struct gw_field){"logger", logger, 0});
}

/* End the line and write it at once. A pipe or socket that has no room now costs the
 * line: waiting would stop the thread that answers requests. */
static void write_line(struct gw_log *log)
{
    struct eng_buf *line = &log->line;
    line->max = GW_LOG_LINE;
    if (log->dropped > 0)
        put_field(line, &(struct gw_field){"dropped", NULL, (int64_t)log->dropped});
    eng_buf_text(line, "}\n");
    struct pollfd ready = {log->fd, POLLOUT, 0};
    ssize_t sent = -1;
    if (poll(&ready, 1, 0) == 1 && ready.revents == POLLOUT)
        sent = write(log->fd, line->at, line->size);
    if (sent == (ssize_t)line->size) {
        log->dropped = 0;
        return;
    }
    log->dropped++;
    atomic_fetch_add_explicit(&log->unwritten, 1, memory_order_relaxed);
}

/* Tell of repetitions whose second is over (or of all of them) and free their slots. */
static void tell_hidden(struct gw_log *log, uint64_t now, int all)
{
    for (int i = 0; i < SLOTS; i++) {
        struct slot *slot = &log->slots[i];
        if (slot->key == 0 || (!all && now - slot->since < SECOND))
            continue;
        slot->key = 0;
        if (slot->hidden == 0)
            continue;
        put_head(&log->line, slot->level, slot->logger, slot->msg);
        put_field(&log->line,
                  &(struct gw_field){"suppressed", NULL, (int64_t)slot->hidden});
        log->written++;
        write_line(log);
    }
}

static uint64_t repeat_key(const char *logger, const char *msg,
                           const struct gw_field *fields, size_t count)
{
    const char *model = "";
    for (size_t i = 0; i < count; i++)
        if (fields[i].text != NULL && strcmp(fields[i].key, "model") == 0)
            model = fields[i].text;
    struct eng_digest digest;
    eng_digest_init(&digest);
    eng_digest_put(&digest, logger, strlen(logger));
    eng_digest_put(&digest, msg, strlen(msg));
    eng_digest_put(&digest, model, strlen(model));
    return digest.state[0] | 1;
}

static void copy_name(char *out, size_t room, const char *name)
{
    size_t size = strlen(name);
    if (size >= room)
        size = gw_utf8_cut(name, room - 1);
    memcpy(out, name, size);
    out[size] = '\0';
}

/* 1 when an equal message was written less than a second ago: it is counted there.
 * Otherwise the message is remembered; when all slots are taken it is just written. */
static int hidden_as_repeat(struct gw_log *log, uint64_t key, uint64_t now,
                            enum gw_level level, const char *logger, const char *msg)
{
    struct slot *free_slot = NULL;
    for (int i = 0; i < SLOTS; i++) {
        struct slot *slot = &log->slots[i];
        if (slot->key == key) {
            slot->hidden++;
            return 1;
        }
        if (slot->key == 0)
            free_slot = slot;
    }
    if (free_slot != NULL) {
        *free_slot = (struct slot){.key = key, .since = now, .level = level};
        copy_name(free_slot->logger, sizeof free_slot->logger, logger);
        copy_name(free_slot->msg, sizeof free_slot->msg, msg);
    }
    return 0;
}

static int above_rate(struct gw_log *log, uint64_t now)
{
    if (now - log->window >= SECOND) {
        log->window = now;
        log->written = 0;
    }
    return log->written++ >= GW_LOG_RATE;
}

void gw_log_line(struct gw_log *log, enum gw_level level, const char *logger,
                 const char *msg, const struct gw_field *fields, size_t count)
{
    if (!gw_log_on(log, level))
        return;
    atomic_fetch_add_explicit(&log->messages[level], 1, memory_order_relaxed);
    uint64_t now = eng_clock_ns();
    pthread_mutex_lock(&log->lock);
    tell_hidden(log, now, 0);
    int repeat = level >= GW_WARNING &&
                 hidden_as_repeat(log, repeat_key(logger, msg, fields, count), now, level,
                                  logger, msg);
    int refused = !repeat && above_rate(log, now);
    if (refused)
        log->dropped++;
    if (repeat || refused) {
        atomic_fetch_add_explicit(&log->unwritten, 1, memory_order_relaxed);
    } else {
        put_head(&log->line, level, logger, msg);
        for (size_t i = 0; i < count; i++)
            put_field(&log->line, &fields[i]);
        write_line(log);
    }
    pthread_mutex_unlock(&log->lock);
}

void gw_log_free(struct gw_log *log)
{
    if (log == NULL)
        return;
    tell_hidden(log, eng_clock_ns(), 1);
    if (log->dropped > 0) {
        put_head(&log->line, GW_WARNING, "log", "lines were dropped");
        write_line(log);
    }
    pthread_mutex_destroy(&log->lock);
    eng_buf_clear(&log->line);
    free(log);
}
