/* SPDX-License-Identifier: MIT
 * The log: one whole JSON object a line, never too long, never too many, never waiting.
 */
#include "gateway/log.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
/* after the above */
#include <cmocka.h>

enum { TAKEN_MAX = 4 << 20, THREADS = 4, LINES_EACH = 200 };

/* A log that writes into a file which the test reads back. */
struct taken {
    struct gw_log *log;
    int fd;
    char *text;
    char *next;
};

static void taken_open(struct taken *taken, enum gw_level least)
{
    char path[] = "/tmp/roost-log-XXXXXX";
    taken->fd = mkstemp(path);
    assert_true(taken->fd >= 0);
    unlink(path);
    taken->log = gw_log_new(least, taken->fd);
    assert_non_null(taken->log);
    taken->text = NULL;
}

static void taken_read(struct taken *taken)
{
    free(taken->text);
    taken->text = calloc(1, TAKEN_MAX);
    assert_non_null(taken->text);
    ssize_t size = pread(taken->fd, taken->text, TAKEN_MAX - 1, 0);
    assert_true(size >= 0);
    taken->next = taken->text;
}

/* The next line as JSON, or NULL after the last. The caller gives it back. */
static json_t *taken_line(struct taken *taken)
{
    json_error_t error;
    char *end = strchr(taken->next, '\n');
    if (end == NULL) {
        assert_string_equal(taken->next, "");
        return NULL;
    }
    assert_true(end - taken->next < GW_LOG_LINE);
    json_t *line = json_loadb(taken->next, (size_t)(end - taken->next), 0, &error);
    if (line == NULL)
        fail_msg("%s: %.*s", error.text, (int)(end - taken->next), taken->next);
    taken->next = end + 1;
    return line;
}

static void taken_close(struct taken *taken)
{
    gw_log_free(taken->log);
    close(taken->fd);
    free(taken->text);
}

static const char *text_of(const json_t *line, const char *key)
{
    const char *text = json_string_value(json_object_get(line, key));
    return text != NULL ? text : "(none)";
}

static void nap_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static void a_line_is_one_object_with_time_level_message_and_logger(void **state)
{
    (void)state;
    struct taken taken;
    taken_open(&taken, GW_INFO);
    GW_LOG(taken.log, GW_INFO, "server", "ready", gw_text("address", "127.0.0.1:1"),
           gw_number("workers", 2), gw_number("least", INT64_MIN));
    gw_log_line(taken.log, GW_ERROR, "registry", "load failed", NULL, 0);
    taken_read(&taken);
    json_t *line = taken_line(&taken);
    assert_string_equal(text_of(line, "level"), "info");
    assert_string_equal(text_of(line, "msg"), "ready");
    assert_string_equal(text_of(line, "logger"), "server");
    assert_string_equal(text_of(line, "address"), "127.0.0.1:1");
    assert_int_equal(json_integer_value(json_object_get(line, "workers")), 2);
    assert_true(json_integer_value(json_object_get(line, "least")) == INT64_MIN);
    const char *ts = text_of(line, "ts");
    assert_int_equal(strlen(ts), strlen("2026-01-01T00:00:00.000Z"));
    assert_true(ts[10] == 'T' && ts[19] == '.' && ts[23] == 'Z');
    assert_true(strncmp(ts, "20", 2) == 0);
    json_decref(line);
    line = taken_line(&taken);
    assert_string_equal(text_of(line, "level"), "error");
    assert_int_equal(json_object_size(line), 4);
    json_decref(line);
    assert_null(taken_line(&taken));
    taken_close(&taken);
}

static void lines_below_the_least_level_are_not_written_nor_counted(void **state)
{
    (void)state;
    struct taken taken;
    taken_open(&taken, GW_WARNING);
    gw_log_line(taken.log, GW_DEBUG, "a", "b", NULL, 0);
    gw_log_line(taken.log, GW_INFO, "a", "b", NULL, 0);
    gw_log_line(taken.log, GW_WARNING, "a", "b", NULL, 0);
    assert_false(gw_log_on(taken.log, GW_INFO));
    assert_true(gw_log_on(taken.log, GW_ERROR));
    assert_int_equal(gw_log_messages(taken.log, GW_INFO), 0);
    assert_int_equal(gw_log_messages(taken.log, GW_WARNING), 1);
    taken_read(&taken);
    json_decref(taken_line(&taken));
    assert_null(taken_line(&taken));
    taken_close(&taken);
}

static void no_log_at_all_is_allowed(void **state)
{
    (void)state;
    gw_log_line(NULL, GW_ERROR, "a", "b", NULL, 0);
    assert_false(gw_log_on(NULL, GW_ERROR));
    gw_log_free(NULL);
}

static void hostile_text_stays_inside_its_string(void **state)
{
    (void)state;
    struct taken taken;
    taken_open(&taken, GW_INFO);
    GW_LOG(taken.log, GW_INFO, "a", "quote \" slash \\ line\nbreak\ttab \x01 \x7f",
           gw_text("reason", "bad \xff\xc3 utf8 \xed\xa0\x80 \xe2\x82\xac"),
           gw_text("model", "\",\"level\":\"error"), gw_text("empty", NULL));
    taken_read(&taken);
    json_t *line = taken_line(&taken);
    assert_string_equal(text_of(line, "msg"),
                        "quote \" slash \\ line\nbreak\ttab \x01 \x7f");
    assert_non_null(strstr(text_of(line, "reason"), "\xe2\x82\xac"));
    assert_non_null(strstr(text_of(line, "reason"), "\xef\xbf\xbd"));
    assert_string_equal(text_of(line, "model"), "\",\"level\":\"error");
    assert_string_equal(text_of(line, "level"), "info");
    assert_string_equal(text_of(line, "empty"), "");
    json_decref(line);
    assert_null(taken_line(&taken));
    taken_close(&taken);
}

static void a_long_line_is_cut_and_stays_valid(void **state)
{
    (void)state;
    struct taken taken;
    taken_open(&taken, GW_INFO);
    char *text = malloc(100001);
    assert_non_null(text);
    const char *const fill[] = {"x", "\x01", "\xe2\x82\xac", "\xff"};
    for (size_t i = 0; i < sizeof fill / sizeof fill[0]; i++) {
        size_t width = strlen(fill[i]);
        for (size_t at = 0; at + width <= 100000; at += width)
            memcpy(text + at, fill[i], width);
        text[100000 / width * width] = '\0';
        GW_LOG(taken.log, GW_INFO, "a", "b", gw_number("code", 7),
               gw_text("reason", text), gw_text("rest", "r"));
        GW_LOG(taken.log, GW_INFO, "a", text, gw_number("code", 7));
    }
    taken_read(&taken);
    for (size_t i = 0; i < sizeof fill / sizeof fill[0]; i++) {
        json_t *line = taken_line(&taken);
        assert_int_equal(json_integer_value(json_object_get(line, "code")), 7);
        assert_true(json_string_length(json_object_get(line, "reason")) > 200);
        json_decref(line);
        line = taken_line(&taken);
        assert_true(json_string_length(json_object_get(line, "msg")) > 200);
        json_decref(line);
    }
    assert_null(taken_line(&taken));
    free(text);
    taken_close(&taken);
}

static void a_repeated_error_is_counted_and_told_later(void **state)
{
    (void)state;
    struct taken taken;
    taken_open(&taken, GW_INFO);
    for (int i = 0; i < 500; i++)
        GW_LOG(taken.log, GW_ERROR, "registry", "load failed", gw_text("model", "ctr"));
    GW_LOG(taken.log, GW_ERROR, "registry", "load failed", gw_text("model", "home"));
    assert_int_equal(gw_log_messages(taken.log, GW_ERROR), 501);
    assert_int_equal(gw_log_unwritten(taken.log), 499);
    nap_ms(1050);
    gw_log_line(taken.log, GW_INFO, "x", "y", NULL, 0);
    taken_read(&taken);
    json_t *line = taken_line(&taken);
    assert_string_equal(text_of(line, "model"), "ctr");
    json_decref(line);
    line = taken_line(&taken);
    assert_string_equal(text_of(line, "model"), "home");
    json_decref(line);
    line = taken_line(&taken);
    assert_string_equal(text_of(line, "msg"), "load failed");
    assert_string_equal(text_of(line, "level"), "error");
    assert_int_equal(json_integer_value(json_object_get(line, "suppressed")), 499);
    json_decref(line);
    line = taken_line(&taken);
    assert_string_equal(text_of(line, "msg"), "y");
    json_decref(line);
    assert_null(taken_line(&taken));
    taken_close(&taken);
}

static void what_was_counted_is_told_when_the_log_ends(void **state)
{
    (void)state;
    struct taken taken;
    taken_open(&taken, GW_INFO);
    for (int i = 0; i < 3; i++)
        gw_log_line(taken.log, GW_WARNING, "a", "b", NULL, 0);
    gw_log_free(taken.log);
    taken.log = NULL;
    taken_read(&taken);
    json_decref(taken_line(&taken));
    json_t *line = taken_line(&taken);
    assert_int_equal(json_integer_value(json_object_get(line, "suppressed")), 2);
    json_decref(line);
    taken_close(&taken);
}

static void more_than_a_thousand_lines_a_second_are_dropped_and_counted(void **state)
{
    (void)state;
    struct taken taken;
    taken_open(&taken, GW_INFO);
    enum { ASKED = 2500 };
    for (int i = 0; i < ASKED; i++)
        GW_LOG(taken.log, GW_INFO, "a", "request", gw_number("i", i));
    uint64_t dropped = gw_log_unwritten(taken.log);
    /* A slow machine may spread them over two seconds or more. */
    nap_ms(1050);
    gw_log_line(taken.log, GW_INFO, "a", "after", NULL, 0);
    taken_read(&taken);
    uint64_t lines = 0, told = 0;
    json_t *line;
    while ((line = taken_line(&taken)) != NULL) {
        lines++;
        told += (uint64_t)json_integer_value(json_object_get(line, "dropped"));
        json_decref(line);
    }
    assert_int_equal(lines + dropped, ASKED + 1);
    assert_int_equal(told, dropped);
    assert_int_equal(gw_log_messages(taken.log, GW_INFO), ASKED + 1);
    taken_close(&taken);
}

static void a_reader_that_stopped_reading_costs_lines_but_no_time(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct gw_log *log = gw_log_new(GW_INFO, ends[1]);
    char text[1500];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    /* A pipe holds 64 KiB: were a write to wait, this would never end. */
    for (int i = 0; i < 200; i++)
        GW_LOG(log, GW_INFO, "a", "b", gw_text("reason", text));
    assert_true(gw_log_unwritten(log) > 100);
    assert_true(gw_log_unwritten(log) < 200);
    gw_log_free(log);
    close(ends[0]);
    close(ends[1]);
}

static void *log_much(void *log)
{
    for (int i = 0; i < LINES_EACH; i++)
        GW_LOG(log, GW_INFO, "a", "from a thread", gw_number("i", i));
    return NULL;
}

static void lines_of_several_threads_do_not_mix(void **state)
{
    (void)state;
    struct taken taken;
    pthread_t threads[THREADS];
    taken_open(&taken, GW_INFO);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, log_much, taken.log), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    taken_read(&taken);
    int lines = 0;
    json_t *line;
    while ((line = taken_line(&taken)) != NULL) {
        assert_string_equal(text_of(line, "msg"), "from a thread");
        lines++;
        json_decref(line);
    }
    assert_int_equal(lines, THREADS * LINES_EACH);
    taken_close(&taken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_one_object_with_time_level_message_and_logger),
        cmocka_unit_test(lines_below_the_least_level_are_not_written_nor_counted),
        cmocka_unit_test(no_log_at_all_is_allowed),
        cmocka_unit_test(hostile_text_stays_inside_its_string),
        cmocka_unit_test(a_long_line_is_cut_and_stays_valid),
        cmocka_unit_test(a_repeated_error_is_counted_and_told_later),
        cmocka_unit_test(what_was_counted_is_told_when_the_log_ends),
        cmocka_unit_test(more_than_a_thousand_lines_a_second_are_dropped_and_counted),
        cmocka_unit_test(a_reader_that_stopped_reading_costs_lines_but_no_time),
        cmocka_unit_test(lines_of_several_threads_do_not_mix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
