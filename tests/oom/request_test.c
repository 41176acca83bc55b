/* SPDX-License-Identifier: MIT
 * request_test.c - requests while memory runs out, through the whole server: sockets,
 * libmicrohttpd, decoding, scoring, encoding, admin commands, metrics. For every site the
 * server is cold, since a warm one asks for nothing. The answer is whole and right, or a
 * 503, or the connection is closed; the next request is answered as ever; nothing is left
 * behind when the server stops. */
#include "engine/base/buf.h"
#include "tests/oom/support/fault.h"
#include "tests/oom/support/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MODELS ROOST_SOURCE_DIR "/tests/cli/models"

enum { REQUEST_MAX = 1 << 18, ROWS = 3000, WRONG_BODY = 4 };

struct kind {
    const char *name;
    int admin;
    const char *method;
    const char *target;
    const char *headers;
    const char *body;
    size_t size; /* of the body; 0: it is text */
    int same;    /* its answer is always the same */
};

static char many_rows[REQUEST_MAX / 2]; /* filled at the start */

/* gzip of {"instances": [{"x":1, "y":2}]} */
static const char gzipped[] =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\xca\xcc\x2b\x2e\x49\xcc\x4b\x4e"
    "\x2d\x56\xb2\x52\x88\xae\x56\xaa\x50\xb2\x32\xd4\x51\x50\xaa\x54\xb2\x32\xaa\x8d"
    "\xad\x05\x00\xc4\x7a\x62\x5a\x1f\x00\x00\x00";

#define V2_INPUT                                                                         \
    "{\"inputs\":[{\"name\":\"x\",\"shape\":[2,1],\"datatype\":\"FP32\","                \
    "\"data\":[1,2]}]"
#define PREDICT(model) "/v1/models/" model ":predict"
static const struct kind kinds[] = {
    {"predict", 0, "POST", PREDICT("tiny"), "",
     "{\"instances\": [{\"x\": 1, \"y\": 2}, {\"x\": 3}]}", 0, 1},
    {"predict a group", 0, "POST", PREDICT("pair"), "x-roost-timing: 1\r\n",
     "{\"inputs\": {\"x\": [1, 2]}, \"context\": {\"place\": \"north\"}}", 0, 1},
    {"predict from gzip", 0, "POST", PREDICT("tiny"), "Content-Encoding: gzip\r\n",
     gzipped, sizeof gzipped - 1, 1},
    {"predict many rows", 0, "POST", PREDICT("tiny"), "", many_rows, 0, 1},
    {"a wrong body", 0, "POST", PREDICT("tiny"), "", "{\"instances\": [{\"x\": }]}", 0,
     0},
    {"status", 0, "GET", "/v1/models/tiny", "", "", 0, 1},
    {"metrics", 0, "GET", "/metrics", "", "", 0, 0},
    {"predict, answered in gzip", 0, "POST", PREDICT("tiny"), "Accept-Encoding: gzip\r\n",
     many_rows, 0, 0},
    {"classify", 0, "POST", "/v1/models/tiny:classify", "",
     "{\"examples\": [{\"x\": 1}, {\"x\": 3}]}", 0, 1},
    {"metadata", 0, "GET", "/v1/models/tiny/metadata", "", "", 0, 1},
    {"infer", 0, "POST", "/v2/models/pair/infer", "", V2_INPUT "}", 0, 1},
    {"infer, answered in binary", 0, "POST", "/v2/models/tiny/infer", "",
     V2_INPUT ",\"id\":\"a\",\"outputs\":[{\"name\":\"score\",\"parameters\":"
              "{\"binary_data\":true}}]}",
     0, 0},
    {"v2 model", 0, "GET", "/v2/models/tiny", "", "", 0, 1},
    {"v2 statistics", 0, "GET", "/v2/models/tiny/stats", "", "", 0, 0},
    {"v2 repository index", 1, "POST", "/v2/repository/index", "", "", 0, 1},
    {"admin list", 1, "GET", "/admin/v1/models", "", "", 0, 0},
    {"admin model", 1, "GET", "/admin/v1/models/tiny", "", "", 0, 0},
    {"admin promote", 1, "POST", "/admin/v1/models/tiny:promote",
     "Content-Type: application/json\r\n", "{\"version\": 1}", 0, 1},
};

static char state_file[] = "/tmp/roost-oom-state-XXXXXX";

static int open_host(void **state)
{
    (void)state;
    int fd = mkstemp(state_file);
    if (fd < 0 || close(fd) != 0 || unlink(state_file) != 0)
        return -1;
    struct eng_buf rows;
    eng_buf_init(&rows, sizeof many_rows - 1);
    for (int i = 0; i < ROWS; i++)
        eng_buf_format(&rows, "%s{\"x\": %d, \"y\": 2.5}", i ? ", " : "{\"instances\": [",
                       i);
    eng_buf_text(&rows, "]}");
    if (rows.failed)
        return -1;
    memcpy(many_rows, rows.at, rows.size + 1);
    eng_buf_clear(&rows);
    oom_spare_this_thread();
    host_configure(MODELS, state_file);
    return 0;
}

static int close_host(void **state)
{
    (void)state;
    host_forget();
    (void)unlink(state_file);
    return 0;
}

static void start_ready(void)
{
    (void)unlink(state_file);
    host_start(0, OOM_ONCE);
    if (host_wait(10000) != 1)
        fail_msg("the server is not ready: %s", host_log());
    (void)oom_disarm();
}

static void ask(const struct kind *kind, struct answer *out)
{
    static char request[REQUEST_MAX];
    size_t size = kind->size ? kind->size : strlen(kind->body);
    size_t whole = host_request(request, sizeof request, kind->method, kind->target,
                                kind->headers, kind->body, size);
    host_ask(kind->admin ? host_admin_port() : host_port(), request, whole, out);
}

/* -- Requests ------------------------------------------------------------------------ */

/* What the server answers when it has memory. */
static struct answer usual;

static void check_refused(const struct kind *kind, unsigned long site,
                          const struct answer *answer)
{
    if (answer->status == 0)
        return;
    /* A body that lacked memory itself is empty; else it says what happened. */
    int empty = answer->body[0] == '\0';
    if (answer->status != 503 || (!empty && !strstr(answer->body, "{\"error\":") &&
                                  !strstr(answer->body, "\"error\"")))
        fail_msg("%s, site %lu: answered %s", kind->name, site, answer->text);
}

static int is_usual(const struct kind *kind, const struct answer *answer)
{
    return answer->status == usual.status &&
           (!kind->same || strcmp(answer->body, usual.body) == 0);
}

/* 1: the request was refused. */
static int ask_at_site(const struct kind *kind, unsigned long site, enum oom_mode mode,
                       unsigned long *asked)
{
    static struct answer answer, again;
    start_ready();
    oom_arm(site, mode);
    ask(kind, &answer);
    *asked = oom_disarm();
    int refused = !is_usual(kind, &answer);
    if (refused)
        check_refused(kind, site, &answer);
    ask(kind, &again);
    if (!is_usual(kind, &again))
        fail_msg("%s, after site %lu: answered %s", kind->name, site, again.text);
    ask(&kinds[0], &again);
    assert_int_equal(again.status, 200);
    assert_int_equal(host_stop(), 0);
    return refused;
}

static void torture_kind(const struct kind *kind, const struct oom_sample *sample)
{
    unsigned long sites = 0, some, tried = 0, refused = 0;
    for (int i = 0; i < 2; i++) {
        start_ready();
        oom_arm(0, OOM_ONCE);
        ask(kind, &usual);
        some = oom_disarm();
        sites = some > sites ? some : sites;
        if (usual.status != (kind == &kinds[WRONG_BODY] ? 400 : 200))
            fail_msg("%s is answered %s", kind->name, usual.text);
        assert_int_equal(host_stop(), 0);
    }
    for (int mode = OOM_ONCE; mode <= OOM_FOR_EVER; mode++) {
        for (unsigned long site = 0; (site = oom_next(sample, site, sites)) != 0;
             tried++) {
            long live = oom_live();
            refused += (unsigned long)ask_at_site(kind, site, (enum oom_mode)mode, &some);
            if (oom_live() != live)
                fail_msg("%s, site %lu, mode %d: %ld blocks or bytes are left behind",
                         kind->name, site, mode, oom_live() - live);
        }
    }
    assert_true(sites > 0 && refused > 0);
    printf("%s: %lu sites, %lu of %lu failures tried: %lu refused, %lu went on\n",
           kind->name, sites, tried, sites * OOM_MODES, refused, tried - refused);
}

static void requests_on_a_cold_server(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        torture_kind(&kinds[i], &(struct oom_sample){25, 50});
}

/* -- Start --------------------------------------------------------------------------- */

/* Models that could not be loaded for lack of memory come when they are asked for. */
static void assert_serves_after_all(unsigned long site)
{
    static const struct kind load = {"load", 1,  "POST", "/admin/v1/models/tiny:load",
                                     "",     "", 0,      0};
    static const struct kind by_label = {
        "by label", 0,
        "POST",     "/v1/models/tiny/labels/stable:predict",
        "",         "{\"instances\": [{\"x\": 1}]}",
        0,          1};
    const struct kind *const both[] = {&kinds[0], &by_label};
    static struct answer answer;
    for (size_t i = 0; i < 2; i++) {
        ask(both[i], &answer);
        if (answer.status == 200)
            continue;
        ask(&load, &answer);
        if (answer.status != 200)
            fail_msg("start, site %lu: not loaded afterwards: %s", site, answer.text);
        ask(both[i], &answer);
        if (answer.status != 200)
            fail_msg("start, site %lu: %s: %s", site, both[i]->name, answer.text);
    }
}

/* 1: it ended, having said why. Else it serves, at the latest once there is memory. */
static int start_at_site(unsigned long site, enum oom_mode mode, unsigned long *asked)
{
    enum { WHILE_MS = 60 };
    (void)unlink(state_file);
    host_start(site, mode);
    int state = host_wait(WHILE_MS);
    *asked = oom_disarm();
    if (state < 0)
        state = host_wait(10000);
    if (state < 0)
        fail_msg("start, site %lu, mode %d: neither ready nor ended: %s", site, (int)mode,
                 host_log());
    if (state == 1)
        assert_serves_after_all(site);
    int code = host_stop();
    if (state == 0 && (code != 1 || !strstr(host_log(), "memory")))
        fail_msg("start, site %lu, mode %d: exit code %d: %s", site, (int)mode, code,
                 host_log());
    assert_true(state == 0 || code == 0);
    return state == 0;
}

static void a_server_that_starts(void **state)
{
    const struct oom_sample sample = {20, 50};
    unsigned long sites = 0, some, tried = 0, ended = 0;
    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(start_at_site(0, OOM_ONCE, &some), 0);
        sites = some > sites ? some : sites;
    }
    for (int mode = OOM_ONCE; mode <= OOM_FOR_EVER; mode++) {
        for (unsigned long site = 0; (site = oom_next(&sample, site, sites)) != 0;
             tried++) {
            long live = oom_live();
            ended += (unsigned long)start_at_site(site, (enum oom_mode)mode, &some);
            if (oom_live() != live)
                fail_msg("start, site %lu, mode %d: %ld blocks or bytes are left behind",
                         site, mode, oom_live() - live);
        }
    }
    assert_true(sites > 0 && ended > 0);
    printf("start: %lu sites, %lu of %lu failures tried: %lu ended it, %lu went on\n",
           sites, tried, sites * OOM_MODES, ended, tried - ended);
}

int main(void)
{
    /* SIGTERM is for the server: a test that hangs must be ended by another signal. */
    (void)alarm(110);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_on_a_cold_server),
        cmocka_unit_test(a_server_that_starts),
    };
    return cmocka_run_group_tests(tests, open_host, close_host);
}
