/* SPDX-License-Identifier: MIT
 * log.h - one JSON object a line: ts, level, msg, logger, then whatever the caller adds.
 * Threads  Any thread may log; lines never mix, since each is one write(2).
 * Memory   `_new` pairs with `_free`. Texts are copied into the line, nothing is kept.
 * Errors   Logging never fails towards its caller and never waits for a slow reader: a
 * line that cannot be written now is dropped and counted.
 *
 * A warning or error that repeats (same logger, msg and model) within a second is counted
 * instead of written; the next such line, or a line of its own, tells how many. At most
 * GW_LOG_RATE lines a second are written, each of at most GW_LOG_LINE bytes. */
#ifndef ROOST_GATEWAY_LOG_H
#define ROOST_GATEWAY_LOG_H
#include <stddef.h>
#include <stdint.h>

/* In the order of the words of the option log.level. */
enum gw_level { GW_DEBUG, GW_INFO, GW_WARNING, GW_ERROR, GW_LEVELS };
enum { GW_LOG_LINE = 2048, GW_LOG_RATE = 1000 };

/* A member of the line beside the four that always stand: text, or a number when text is
 * NULL. Keys in use: request_id, model, version, code, dur_us, reason, address. */
struct gw_field {
    const char *key; /* a JSON key that needs no escaping */
    const char *text;
    int64_t number;
};
static inline struct gw_field gw_text(const char *key, const char *text)
{
    return (struct gw_field){key, text != NULL ? text : "", 0};
}
static inline struct gw_field gw_number(const char *key, int64_t number)
{
    return (struct gw_field){key, NULL, number};
}

struct gw_log;

/* fd is borrowed. NULL when memory is out. */
struct gw_log *gw_log_new(enum gw_level least, int fd);
/* Writes what was counted but not told yet. NULL is allowed. */
void gw_log_free(struct gw_log *log);

/* 1 when lines of this level are written: to spare the work of making fields. */
int gw_log_on(const struct gw_log *log, enum gw_level level);

/* fields: [count], may be NULL with 0. log may be NULL: nothing is written. */
void gw_log_line(struct gw_log *log, enum gw_level level, const char *logger,
                 const char *msg, const struct gw_field *fields, size_t count);

/* GW_LOG(log, GW_INFO, "server", "ready", gw_text("address", a), gw_number("port", p));
 */
#define GW_LOG(log, level, logger, msg, ...)                                             \
    gw_log_line(log, level, logger, msg, (const struct gw_field[]){__VA_ARGS__},         \
                sizeof((const struct gw_field[]){__VA_ARGS__}) /                         \
                    sizeof(struct gw_field))

const char *gw_level_name(enum gw_level level); /* "debug", "info", "warning", "error" */
/* Lines asked for at this level since the start, written or not: for
 * roost_log_messages_total; and those not written, whatever the reason. */
uint64_t gw_log_messages(const struct gw_log *log, enum gw_level level);
uint64_t gw_log_unwritten(const struct gw_log *log);

#endif
