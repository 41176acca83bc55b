/* SPDX-License-Identifier: MIT
 * errors.h - the one table of what can go wrong with a request.
 * Threads  Plain data.
 * Memory   A fault holds its texts inline.
 * Errors   A fault is the error: errors.c turns it into an HTTP status and a body. */
#ifndef ROOST_GATEWAY_ERRORS_H
#define ROOST_GATEWAY_ERRORS_H
#include "engine/base/buf.h"
#include "engine/roost.h"

/* code, HTTP status, urn:roost:error:<slug>, failure reason label on /metrics, title */
#define GW_FAULT_MAP(X)                                                                  \
    X(BAD_JSON, 400, "bad-json", "bad_input", "The body is not valid JSON")              \
    X(BAD_REQUEST, 400, "bad-request", "bad_input", "The request is malformed")          \
    X(BAD_SHAPE, 400, "bad-shape", "bad_input", "A value has the wrong shape")           \
    X(BAD_TYPE, 400, "bad-type", "bad_input", "A value has the wrong type")              \
    X(BAD_VALUE, 400, "bad-value", "bad_input", "A value is not acceptable")             \
    X(DUPLICATE_KEY, 400, "duplicate-key", "bad_input", "A key stands twice")            \
    X(UNKNOWN_FEATURE, 400, "unknown-feature", "bad_input",                              \
      "The model has no such feature")                                                   \
    X(MISSING_INPUT, 400, "missing-input", "bad_input", "An input is missing")           \
    X(UNKNOWN_SIGNATURE, 400, "unknown-signature", "bad_input", "No such signature")     \
    X(UNKNOWN_LABEL, 400, "unknown-label", "bad_input", "No such version label")         \
    X(BAD_ENCODING, 400, "bad-encoding", "bad_input", "The body cannot be inflated")     \
    X(TOO_MANY, 400, "too-many", "bad_input", "A count is above its limit")              \
    X(MALFORMED_PATH, 400, "malformed-path", "bad_input", "The path is malformed")       \
    X(LOAD_REFUSED, 400, "load-refused", "bad_input",                                    \
      "The repository call cannot be carried out")                                       \
    X(BAD_HEADER, 400, "bad-header", "bad_input", "A header is malformed")               \
    X(FORBIDDEN, 403, "forbidden", "rejected", "The request may not come from there")    \
    X(UNKNOWN_MODEL, 404, "unknown-model", "bad_input", "No such model")                 \
    X(UNKNOWN_VERSION, 404, "unknown-version", "bad_input", "No such version")           \
    X(NOT_FOUND, 404, "not-found", "bad_input", "There is nothing here")                 \
    X(BAD_METHOD, 405, "method-not-allowed", "bad_input", "The method is not allowed")   \
    X(TIMEOUT, 408, "timeout", "timeout", "The request did not arrive in time")          \
    X(CONFLICT, 409, "conflict", "bad_input", "Another operation is under way")          \
    X(BODY_TOO_LARGE, 413, "body-too-large", "bad_input", "The body is too large")       \
    X(URI_TOO_LONG, 414, "uri-too-long", "bad_input", "The request line is too long")    \
    X(UNSUPPORTED_ENCODING, 415, "unsupported-encoding", "bad_input",                    \
      "The content encoding is not supported")                                           \
    X(LOAD_FAILED, 422, "load-failed", "bad_input", "The version cannot be loaded")      \
    X(HEADERS_TOO_LARGE, 431, "headers-too-large", "bad_input",                          \
      "The headers are too large")                                                       \
    X(NOT_FINITE, 500, "not-finite", "engine",                                           \
      "The model gave a score that is not finite")                                       \
    X(INTERNAL, 500, "internal", "internal", "Something went wrong inside")              \
    X(UNIMPLEMENTED, 501, "not-implemented", "bad_input", "This is not implemented")     \
    X(NOT_READY, 503, "not-ready", "not_ready", "The model is not ready")                \
    X(OVERLOADED, 503, "overloaded", "rejected", "The server is at its limit")           \
    X(DRAINING, 503, "draining", "rejected", "The server is shutting down")              \
    X(NO_MEMORY, 503, "no-memory", "rejected", "The server is out of memory")            \
    X(DEADLINE, 504, "deadline", "timeout", "The deadline has passed")

#define X(code, http, slug, reason, title) GW_FAULT_##code,
enum gw_fault_code { GW_FAULT_NONE = 0, GW_FAULT_MAP(X) GW_FAULTS };
#undef X

enum { GW_FAULT_TEXT = 512, GW_FAULT_POINTER = 192 };

struct gw_fault {
    enum gw_fault_code code;
    char text[GW_FAULT_TEXT];       /* as the peer words it; UTF-8, cut at a character */
    char pointer[GW_FAULT_POINTER]; /* JSON Pointer (RFC 6901) to the value, or "" */
    int allow_get;                  /* BAD_METHOD: 1 = "GET, HEAD", 0 = "POST" in Allow */
};

/* Fill a fault (first one wins) and return -1, so that decoders can return it. */
int gw_fault_set(struct gw_fault *fault, enum gw_fault_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
#ifdef __clang_analyzer__ /* it reads one file at a time: tell it what is returned */
#define gw_fault_set(...) ((gw_fault_set)(__VA_ARGS__), -1)
#endif
int gw_fault_http(enum gw_fault_code code);
const char *gw_fault_slug(enum gw_fault_code code);
const char *gw_fault_reason(enum gw_fault_code code);
const char *gw_fault_title(enum gw_fault_code code);
/* The status that an engine or registry error means to a client. */
enum gw_fault_code gw_fault_of_status(roost_status status);

/* The body: {"error","type","title","status","detail","instance","pointer"}, where
 * instance is "/requests/<request id>" and pointer only stands when there is one. */
int gw_fault_body(const struct gw_fault *fault, const char *request_id,
                  struct eng_buf *out);

#endif
