/* SPDX-License-Identifier: MIT
 * http_head.h - is a request's head exactly what RFC 9112 allows, byte for byte?
 * Threads  Pure functions over the carrier's memory. Memory  None.
 * Errors   -1 with the fault filled: 400, 413, 414 or 431. */
#ifndef ROOST_GATEWAY_HTTP_HEAD_H
#define ROOST_GATEWAY_HTTP_HEAD_H
#include "gateway/http.h"
#include "gateway/inflate.h"

struct gw_head_field {
    const char *name;
    size_t name_size;
    const char *value;
    size_t value_size;
};

/* A head as libmicrohttpd leaves it in its buffer: all pieces in one block of memory in
 * the order they were sent, with NUL bytes where separators stood. That order is used to
 * see what the parser hides: see gw_head_check. */
struct gw_head {
    const char *method; /* where the head starts */
    const char *target; /* where the request target starts; clobbered by the parser */
    const char *text;   /* a copy of it, made before, up to its first NUL */
    size_t target_size;
    const char *version; /* "HTTP/1.1" */
    size_t size;         /* from method to the end of the empty line */
    const struct gw_head_field *fields;
    uint32_t count;
    int overflow; /* there are more fields than the limit */
};

struct gw_head_facts {
    uint64_t content_length;   /* 0: none; UINT64_MAX: chunked */
    enum gw_encoding encoding; /* of the body */
    uint8_t expects;           /* Expect: 100-continue */
    const char *request_id;    /* the client's, acceptable as it is; or NULL */
    const char *path;          /* in the text of the target */
    size_t path_size;
    const char *query; /* after the '?', or "" */
};

int gw_head_check(const struct gw_head *head, const struct gw_http_limits *limits,
                  struct gw_head_facts *out, struct gw_fault *fault);

/* Split a target into path and query, both within it. 0, or -1 when it is neither
 * "/...", "*" nor "http://host/...", or has a byte that may not stand there. */
int gw_head_target(const char *target, size_t size, const char **path, size_t *path_size,
                   const char **query);

/* Why does a parser refuse these fields by itself? Always fills the fault. */
void gw_head_refused(const struct gw_head_field *fields, uint32_t count,
                     struct gw_fault *fault);

/* May this stand in the request-id header and in logs as it is? */
int gw_head_request_id(const char *value, size_t size);

#endif
