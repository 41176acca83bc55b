/* SPDX-License-Identifier: MIT
 * headers_test.c - the strict check of a head, on heads laid out in memory as the carrier
 * leaves them. The same attacks through real sockets: tests/http/seam/hostile_test.c. */
#include "gateway/http_head.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { FIELDS = 8 };

static const struct gw_http_limits limits = {
    .header_bytes = 400, .line_bytes = 60, .header_count = FIELDS};

static char memory[4096], text[4096];
static struct gw_head_field fields[FIELDS];
static struct gw_head head;
static struct gw_head_facts facts;
static struct gw_fault fault;

/* Cut a well-formed head in place: NUL bytes where separators stood. */
static void lay_out(const char *request)
{
    size_t size = strlen(request);
    assert_true(size < sizeof memory);
    memcpy(memory, request, size + 1);
    memset(&head, 0, sizeof head);
    memset(&fault, 0, sizeof fault);
    head.method = memory;
    head.size = size;
    char *target = strchr(memory, ' ') + 1;
    char *version = strchr(target, ' ') + 1;
    target[-1] = version[-1] = '\0';
    head.target = target;
    head.text = text;
    head.target_size = strlen(target);
    memcpy(text, target, head.target_size + 1);
    head.version = version;
    char *line = strstr(version, "\r\n");
    while (strncmp(line, "\r\n\r\n", 4) != 0) {
        char *name = line + 2;
        char *colon = strchr(name, ':');
        char *value = colon + 1 + strspn(colon + 1, " \t");
        line[0] = line[1] = colon[0] = '\0';
        line = strstr(value, "\r\n");
        if (head.count == FIELDS)
            head.overflow = 1;
        else
            fields[head.count++] = (struct gw_head_field){name, (size_t)(colon - name),
                                                          value, (size_t)(line - value)};
    }
    memset(line, 0, 4);
    head.fields = fields;
}

static int check(const char *request)
{
    lay_out(request);
    return gw_head_check(&head, &limits, &facts, &fault);
}

static void passes(const char *request)
{
    if (check(request) != 0)
        fail_msg("%s: %s", request, fault.text);
}

static void refused(const char *request, enum gw_fault_code code)
{
    assert_int_equal(check(request), -1);
    if (fault.code != code)
        fail_msg("%s: code %d: %s", request, (int)fault.code, fault.text);
}

static void a_plain_head_passes_with_its_facts(void **state)
{
    (void)state;
    passes("POST /v1/m:predict?a=b HTTP/1.1\r\nHost: a:1\r\nContent-Length: 12\r\n"
           "content-encoding: gzip\r\nExpect: 100-continue\r\nX-Request-Id: me\r\n\r\n");
    assert_int_equal(facts.content_length, 12);
    assert_int_equal(facts.encoding, GW_GZIP);
    assert_true(facts.expects);
    assert_string_equal(facts.request_id, "me");
    assert_int_equal(facts.path_size, strlen("/v1/m:predict"));
    assert_memory_equal(facts.path, "/v1/m:predict", facts.path_size);
    assert_string_equal(facts.query, "a=b");
}

static void a_body_is_framed_one_way_or_not_at_all(void **state)
{
    (void)state;
    passes("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(facts.content_length, 0);
    passes("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n");
    assert_true(facts.content_length == UINT64_MAX);
    refused("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
            "Content-Length: 1\r\n\r\n",
            GW_FAULT_BAD_HEADER);
    refused(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
        GW_FAULT_BAD_HEADER);
    refused("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            GW_FAULT_BAD_HEADER);
    refused("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked \r\n\r\n",
            GW_FAULT_BAD_HEADER);
    refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", GW_FAULT_BAD_HEADER);
}

static void a_length_is_digits_only(void **state)
{
    static const char *const bad[] = {"+1", "-1", "1a", "0x1", "1 2", "1,1", "1.0", ""};
    char request[200];
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(request, sizeof request,
                 "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %s\r\n\r\n", bad[i]);
        refused(request, GW_FAULT_BAD_HEADER);
    }
    passes("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 007\r\n\r\n");
    assert_int_equal(facts.content_length, 7);
    /* Beyond 64 bits it stays large, and never looks like chunked. */
    passes(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n");
    assert_true(facts.content_length == UINT64_MAX - 1);
    passes("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551615\r\n\r\n");
    assert_true(facts.content_length == UINT64_MAX - 1);
}

static void there_is_one_host(void **state)
{
    (void)state;
    refused("GET / HTTP/1.1\r\n\r\n", GW_FAULT_BAD_HEADER);
    refused("GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", GW_FAULT_BAD_HEADER);
    refused("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", GW_FAULT_BAD_HEADER);
    refused("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", GW_FAULT_BAD_HEADER);
    passes("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n");
    passes("GET / HTTP/1.1\r\nHost:\r\n\r\n");
    passes("GET / HTTP/1.0\r\n\r\n");
}

static void names_are_tokens_and_values_have_no_control_bytes(void **state)
{
    (void)state;
    refused("GET / HTTP/1.1\r\nHost: a\r\nx : y\r\n\r\n", GW_FAULT_BAD_HEADER);
    refused("GET / HTTP/1.1\r\nHost: a\r\n: y\r\n\r\n", GW_FAULT_BAD_HEADER);
    refused("GET / HTTP/1.1\r\nHost: a\r\nx: \x7f\r\n\r\n", GW_FAULT_BAD_HEADER);
    refused("GET / HTTP/1.1\r\nHost: a\r\nx: a\rb\r\n\r\n", GW_FAULT_BAD_HEADER);
    refused("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encodingchunked: x\r\n\r\n",
            GW_FAULT_BAD_HEADER);
    passes("GET / HTTP/1.1\r\nHost: a\r\nx-!#$%&'*+.^_`|~1: \xc3\xa9\tb\r\n\r\n");
}

static void the_request_line_is_bounded_and_exact(void **state)
{
    (void)state;
    refused("G@T / HTTP/1.1\r\nHost: a\r\n\r\n", GW_FAULT_BAD_HEADER);
    refused("GET x HTTP/1.1\r\nHost: a\r\n\r\n", GW_FAULT_MALFORMED_PATH);
    refused("GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", GW_FAULT_MALFORMED_PATH);
    refused("GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", GW_FAULT_MALFORMED_PATH);
    refused("GET /56789012345678901234567890123456789012345678901234567 HTTP/1.1\r\n"
            "Host: a\r\n\r\n",
            GW_FAULT_URI_TOO_LONG);
    passes("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    passes("GET http://h:8/a HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_memory_equal(facts.path, "/a", 2);
    passes("GET HTTP://h HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_memory_equal(facts.path, "/", 1);
}

static void counts_and_bytes_are_bounded(void **state)
{
    char request[600];
    (void)state;
    refused(
        "GET / HTTP/1.1\r\nHost: a\r\nb: 1\r\nc: 1\r\nd: 1\r\ne: 1\r\nf: 1\r\ng: 1\r\n"
        "h: 1\r\ni: 1\r\n\r\n",
        GW_FAULT_HEADERS_TOO_LARGE);
    snprintf(request, sizeof request, "GET / HTTP/1.1\r\nHost: a\r\nx: %0400d\r\n\r\n",
             1);
    refused(request, GW_FAULT_HEADERS_TOO_LARGE);
}

static void a_gap_in_the_layout_is_seen(void **state)
{
    static const char request[] =
        "GET /abc HTTP/1.1\r\nHost: a\r\nx: 123\r\ny: 4\r\n\r\n";
    (void)state;
    lay_out(request); /* a NUL in a value: the parser stops there */
    memory[strlen("GET /abc HTTP/1.1\r\nHost: a\r\nx: 1")] = '\0';
    fields[1].value_size = 1;
    assert_int_equal(gw_head_check(&head, &limits, &facts, &fault), -1);
    lay_out(request); /* the same in the last one */
    fields[2].value_size = 0;
    assert_int_equal(gw_head_check(&head, &limits, &facts, &fault), -1);
    lay_out(request); /* a NUL in the target */
    head.target_size = 2;
    assert_int_equal(gw_head_check(&head, &limits, &facts, &fault), -1);
    lay_out(request); /* a folded line: the name was moved elsewhere */
    static const char moved[] = "xfolded";
    fields[1].name = moved;
    fields[1].name_size = 7;
    assert_int_equal(gw_head_check(&head, &limits, &facts, &fault), -1);
    lay_out(request); /* a bare LF: one byte less than CR LF */
    fields[1].value_size++;
    assert_int_equal(gw_head_check(&head, &limits, &facts, &fault), -1);
}

static void request_ids_are_short_and_visible(void **state)
{
    char id[130];
    (void)state;
    memset(id, 'i', sizeof id);
    assert_true(gw_head_request_id(id, 1));
    assert_true(gw_head_request_id(id, 128));
    assert_false(gw_head_request_id(id, 129));
    assert_false(gw_head_request_id(id, 0));
    assert_false(gw_head_request_id("a b", 3));
    assert_false(gw_head_request_id("\xc3\xa9", 2));
    assert_false(gw_head_request_id("\x1b[31m", 5));
}

static void the_reason_of_a_foreign_refusal_is_found(void **state)
{
    (void)state;
    lay_out("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n");
    gw_head_refused(fields, head.count, &fault);
    assert_int_equal(fault.code, GW_FAULT_BAD_HEADER);
    lay_out("POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n");
    gw_head_refused(fields, head.count, &fault);
    assert_int_equal(fault.code, GW_FAULT_BODY_TOO_LARGE);
    /* Too many cookies beside a body whose length is fine are no large body. */
    lay_out("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 31\r\nCookie: a=b\r\n\r\n");
    gw_head_refused(fields, head.count, &fault);
    assert_int_equal(fault.code, GW_FAULT_HEADERS_TOO_LARGE);
    lay_out("POST / HTTP/1.1\r\nHost: a\r\n\r\n");
    gw_head_refused(fields, head.count, &fault);
    assert_int_equal(fault.code, GW_FAULT_HEADERS_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_head_passes_with_its_facts),
        cmocka_unit_test(a_body_is_framed_one_way_or_not_at_all),
        cmocka_unit_test(a_length_is_digits_only),
        cmocka_unit_test(there_is_one_host),
        cmocka_unit_test(names_are_tokens_and_values_have_no_control_bytes),
        cmocka_unit_test(the_request_line_is_bounded_and_exact),
        cmocka_unit_test(counts_and_bytes_are_bounded),
        cmocka_unit_test(a_gap_in_the_layout_is_seen),
        cmocka_unit_test(request_ids_are_short_and_visible),
        cmocka_unit_test(the_reason_of_a_foreign_refusal_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
