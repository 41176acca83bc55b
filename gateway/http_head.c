/* SPDX-License-Identifier: MIT
 * http_head.c - the strict check of a head, read stage. Before it: libmicrohttpd's
 * parser, which is lenient; after it: `head` above the seam. What a lenient parser lets
 * through (two lengths, a length and chunked, a name with a space, a folded line, a bare
 * LF, a NUL) is how a request is smuggled past a proxy, so all of it ends in 400 and a
 * close. */
#include "gateway/http_head.h"
#include <string.h>
#include <strings.h>

/* tchar of RFC 9110, 5.6.2. */
static int is_token(unsigned char byte)
{
    if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
        (byte >= '0' && byte <= '9'))
        return 1;
    return byte && strchr("!#$%&'*+-.^_`|~", byte) != NULL;
}

static int all_token(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!is_token((unsigned char)text[i]))
            return 0;
    return size > 0;
}

static int named(const struct gw_head_field *field, const char *name)
{
    return strlen(name) == field->name_size &&
           !strncasecmp(name, field->name, field->name_size);
}

static int valued(const struct gw_head_field *field, const char *value)
{
    return strlen(value) == field->value_size &&
           !strncasecmp(value, field->value, field->value_size);
}

int gw_head_request_id(const char *value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (value[i] < 0x21 || value[i] > 0x7e)
            return 0;
    return size >= 1 && size <= 128;
}

int gw_head_target(const char *target, size_t size, const char **path, size_t *path_size,
                   const char **query)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)target[i];
        if (byte <= 0x20 || byte == 0x7f || byte == '#')
            return -1;
    }
    const char *end = target + size;
    const char *at = target;
    size_t scheme = 0;
    if (size >= 7 && !strncasecmp(target, "http://", 7))
        scheme = 7;
    else if (size >= 8 && !strncasecmp(target, "https://", 8))
        scheme = 8;
    if (scheme) {
        at += scheme;
        while (at < end && *at != '/' && *at != '?')
            at++;
    } else if (!(size >= 1 && *at == '/') && !(size == 1 && *at == '*')) {
        return -1;
    }
    const char *mark = memchr(at, '?', (size_t)(end - at));
    *path_size = (size_t)((mark ? mark : end) - at);
    *path = at;
    *query = mark ? mark + 1 : "";
    if (*path_size == 0) { /* http://host: the root */
        *path = "/";
        *path_size = 1;
    }
    return 0;
}

static int check_line(const struct gw_head *head, const struct gw_http_limits *limits,
                      struct gw_head_facts *out, struct gw_fault *fault)
{
    size_t version_size = strlen(head->version);
    size_t line = (size_t)(head->version - head->method) + version_size;
    if (line > limits->line_bytes)
        return gw_fault_set(fault, GW_FAULT_URI_TOO_LONG,
                            "The request line has %zu bytes; at most %u are allowed.",
                            line, (unsigned)limits->line_bytes);
    if (!all_token(head->method, strlen(head->method)))
        return gw_fault_set(fault, GW_FAULT_BAD_HEADER, "The method is not a token.");
    if (head->method + strlen(head->method) + 1 != head->target ||
        head->target + head->target_size + 1 != head->version)
        return gw_fault_set(fault, GW_FAULT_BAD_HEADER,
                            "The request line must be a method, a target and a version "
                            "with one space between them and no NUL byte.");
    if (gw_head_target(head->text, head->target_size, &out->path, &out->path_size,
                       &out->query) != 0)
        return gw_fault_set(fault, GW_FAULT_MALFORMED_PATH,
                            "The request target must begin with '/' and hold no space, "
                            "control byte or '#'.");
    return 0;
}

/* Every byte of the head must be accounted for: each line follows the one before after
 * exactly CR LF, and each value its name after a colon and blanks. A gap of another size
 * is a bare LF, a NUL that cut a value, or a folded line (which libmicrohttpd glues to
 * the name, in other memory). */
static int check_layout(const struct gw_head *head, struct gw_fault *fault)
{
    uintptr_t next = (uintptr_t)head->version + strlen(head->version) + 2;
    for (uint32_t i = 0; i < head->count; i++) {
        const struct gw_head_field *field = &head->fields[i];
        uintptr_t value = (uintptr_t)field->value;
        uintptr_t colon = (uintptr_t)field->name + field->name_size;
        if ((uintptr_t)field->name != next || value <= colon ||
            value - colon - 1 > head->size)
            return gw_fault_set(fault, GW_FAULT_BAD_HEADER,
                                "Header %u is not one line that ends in CR LF.", i + 1);
        for (const char *at = field->name + field->name_size + 1; at < field->value; at++)
            if (*at != ' ' && *at != '\t')
                return gw_fault_set(fault, GW_FAULT_BAD_HEADER,
                                    "Header %u is not one line that ends in CR LF.",
                                    i + 1);
        if (field->value[field->value_size] || field->value[field->value_size + 1])
            return gw_fault_set(fault, GW_FAULT_BAD_HEADER,
                                "Header %u is not one line that ends in CR LF.", i + 1);
        next = value + field->value_size + 2;
    }
    if (next + 2 != (uintptr_t)head->method + head->size)
        return gw_fault_set(fault, GW_FAULT_BAD_HEADER,
                            "The headers must end in CR LF CR LF and hold no NUL byte.");
    return 0;
}

static int check_field(const struct gw_head_field *field, uint32_t index,
                       struct gw_fault *fault)
{
    if (!all_token(field->name, field->name_size))
        return gw_fault_set(fault, GW_FAULT_BAD_HEADER,
                            "The name of header %u is not a token: no space may stand "
                            "before the colon.",
                            index + 1);
    for (size_t i = 0; i < field->value_size; i++) {
        unsigned char byte = (unsigned char)field->value[i];
        if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
            return gw_fault_set(fault, GW_FAULT_BAD_HEADER,
                                "The value of header %u holds a control byte.",
                                index + 1);
    }
    /* A name that goes on after one that frames the body: glued by some parser. */
    static const char *const framing[] = {"transfer-encoding", "content-length"};
    for (size_t i = 0; i < 2; i++) {
        size_t size = strlen(framing[i]);
        if (field->name_size > size && !strncasecmp(field->name, framing[i], size))
            return gw_fault_set(fault, GW_FAULT_BAD_HEADER,
                                "The name of header %u is a mangled %s.", index + 1,
                                framing[i]);
    }
    return 0;
}

struct framing {
    const struct gw_head_field *host, *length, *transfer, *encoding;
    uint32_t hosts, lengths, transfers, encodings;
};

static void note(struct framing *seen, const struct gw_head_field *field,
                 struct gw_head_facts *out)
{
    if (named(field, "host")) {
        seen->host = field;
        seen->hosts++;
    } else if (named(field, "content-length")) {
        seen->length = field;
        seen->lengths++;
    } else if (named(field, "transfer-encoding")) {
        seen->transfer = field;
        seen->transfers++;
    } else if (named(field, "content-encoding")) {
        seen->encoding = field;
        seen->encodings++;
    } else if (named(field, "expect")) {
        out->expects = valued(field, "100-continue") ? 1 : 0;
    } else if (named(field, "x-request-id")) {
        out->request_id =
            gw_head_request_id(field->value, field->value_size) ? field->value : NULL;
    }
}

static int check_host(const struct gw_head *head, const struct framing *seen,
                      struct gw_fault *fault)
{
    if (seen->hosts > 1 || (!seen->hosts && strcmp(head->version, "HTTP/1.0") != 0))
        return gw_fault_set(
            fault, GW_FAULT_BAD_HEADER,
            "A request must have exactly one Host header; this one has %u.",
            (unsigned)seen->hosts);
    for (size_t i = 0; seen->host && i < seen->host->value_size; i++) {
        unsigned char byte = (unsigned char)seen->host->value[i];
        if (byte <= 0x20 || byte >= 0x7f || strchr("\"/<>?@\\^`{|}#", byte))
            return gw_fault_set(fault, GW_FAULT_BAD_HEADER,
                                "The Host header is not a host name and a port.");
    }
    return 0;
}

/* Digits only; UINT64_MAX - 1 at most, so that it differs from chunked. */
static int read_length(const struct gw_head_field *field, uint64_t *out)
{
    uint64_t value = 0;
    for (size_t i = 0; i < field->value_size; i++) {
        if (field->value[i] < '0' || field->value[i] > '9')
            return -1;
        uint64_t digit = (uint64_t)(field->value[i] - '0');
        value =
            value > (UINT64_MAX - 1 - digit) / 10 ? UINT64_MAX - 1 : value * 10 + digit;
    }
    *out = value;
    return field->value_size ? 0 : -1;
}

static int check_framing(const struct gw_head *head, const struct framing *seen,
                         struct gw_head_facts *out, struct gw_fault *fault)
{
    if (seen->lengths > 1 || seen->transfers > 1 || (seen->lengths && seen->transfers))
        return gw_fault_set(fault, GW_FAULT_BAD_HEADER,
                            "A request may have one Content-Length or one "
                            "Transfer-Encoding, not both or several.");
    if (seen->transfers && strcmp(head->version, "HTTP/1.0") == 0)
        return gw_fault_set(fault, GW_FAULT_BAD_HEADER,
                            "HTTP/1.0 has no Transfer-Encoding; send a Content-Length.");
    if (seen->transfers && !valued(seen->transfer, "chunked"))
        return gw_fault_set(fault, GW_FAULT_BAD_HEADER,
                            "Transfer-Encoding must be exactly \"chunked\".");
    if (seen->lengths && read_length(seen->length, &out->content_length) != 0)
        return gw_fault_set(fault, GW_FAULT_BAD_HEADER,
                            "Content-Length must be a number of digits only.");
    if (seen->transfers)
        out->content_length = UINT64_MAX;
    if (seen->encodings > 1)
        out->encoding = GW_ENCODING_OTHER;
    else if (seen->encodings)
        out->encoding = gw_encoding_of(seen->encoding->value, seen->encoding->value_size);
    return 0;
}

int gw_head_check(const struct gw_head *head, const struct gw_http_limits *limits,
                  struct gw_head_facts *out, struct gw_fault *fault)
{
    struct framing seen = {0};
    memset(out, 0, sizeof *out);
    out->encoding = GW_PLAIN;
    if (check_line(head, limits, out, fault) != 0)
        return -1;
    if (head->overflow)
        return gw_fault_set(fault, GW_FAULT_HEADERS_TOO_LARGE,
                            "There are more than %u headers.",
                            (unsigned)limits->header_count);
    if (head->size > limits->header_bytes)
        return gw_fault_set(fault, GW_FAULT_HEADERS_TOO_LARGE,
                            "The head has %zu bytes; at most %u are allowed.", head->size,
                            (unsigned)limits->header_bytes);
    for (uint32_t i = 0; i < head->count; i++) {
        if (check_field(&head->fields[i], i, fault) != 0)
            return -1;
        note(&seen, &head->fields[i], out);
    }
    if (check_layout(head, fault) != 0 || check_host(head, &seen, fault) != 0)
        return -1;
    return check_framing(head, &seen, out, fault);
}

void gw_head_refused(const struct gw_head_field *fields, uint32_t count,
                     struct gw_fault *fault)
{
    uint64_t length;
    for (uint32_t i = 0; i < count; i++) {
        if (!named(&fields[i], "content-length"))
            continue;
        if (read_length(&fields[i], &length) != 0)
            gw_fault_set(fault, GW_FAULT_BAD_HEADER,
                         "Content-Length must be a number of digits only.");
        else if (length == UINT64_MAX - 1)
            gw_fault_set(fault, GW_FAULT_BODY_TOO_LARGE,
                         "Content-Length is larger than any body may be.");
        else
            continue; /* any other is fine: it is not what was refused */
        return;
    }
    gw_fault_set(fault, GW_FAULT_HEADERS_TOO_LARGE, "The headers are too large.");
}
