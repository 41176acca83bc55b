/* SPDX-License-Identifier: MIT
 * The one table of failures (GW_FAULT_MAP), read in three ways: by decoders and routes
 * that fill a fault, by the metrics that count reasons, and by request.c and admin.c that
 * turn a fault into a status and a body. A body answers clients of the peers ("error")
 * and of RFC 9457 (the other members) at once. */
#include "gateway/errors.h"
#include "gateway/text.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct row {
    int http;
    const char *slug;
    const char *reason;
    const char *title;
};

#define X(code, http, slug, reason, title)                                               \
    [GW_FAULT_##code] = {http, slug, reason, title},
static const struct row rows[GW_FAULTS] = {
    [GW_FAULT_NONE] = {200, "none", "none", "Nothing is wrong"}, GW_FAULT_MAP(X)};
#undef X

static const struct row *row_of(enum gw_fault_code code)
{
    assert((unsigned)code < GW_FAULTS);
    return &rows[code];
}

int gw_fault_http(enum gw_fault_code code)
{
    return row_of(code)->http;
}

const char *gw_fault_slug(enum gw_fault_code code)
{
    return row_of(code)->slug;
}

const char *gw_fault_reason(enum gw_fault_code code)
{
    return row_of(code)->reason;
}

const char *gw_fault_title(enum gw_fault_code code)
{
    return row_of(code)->title;
}

/* Keep the text well-formed in place: a byte that is not UTF-8 becomes '?'. */
static void make_utf8(char *text, size_t size)
{
    size_t i = 0;
    while (i < size) {
        size_t length = gw_utf8_char(text + i, size - i);
        if (length == 0) {
            text[i] = '?';
            length = 1;
        }
        i += length;
    }
}

int(gw_fault_set)(struct gw_fault *fault, enum gw_fault_code code, const char *format,
                  ...)
{
    assert(code != GW_FAULT_NONE);
    if (fault->code != GW_FAULT_NONE)
        return -1;
    fault->code = code;
    va_list args;
    va_start(args, format);
    int wanted = vsnprintf(fault->text, sizeof fault->text, format, args);
    va_end(args);
    if (wanted < 0)
        fault->text[0] = '\0';
    size_t size = strlen(fault->text);
    if (wanted >= (int)sizeof fault->text)
        size = gw_utf8_cut(fault->text, size);
    fault->text[size] = '\0';
    make_utf8(fault->text, size);
    return -1;
}

enum gw_fault_code gw_fault_of_status(roost_status status)
{
    switch (status) {
    case ROOST_OK:
        return GW_FAULT_NONE;
    case ROOST_NOMEM:
        return GW_FAULT_NO_MEMORY;
    case ROOST_VALUE:
        return GW_FAULT_BAD_VALUE;
    case ROOST_LIMIT:
        return GW_FAULT_TOO_MANY;
    case ROOST_MISSING:
        return GW_FAULT_NOT_FOUND;
    case ROOST_SCORE:
        return GW_FAULT_NOT_FINITE;
    case ROOST_CONFLICT:
        return GW_FAULT_CONFLICT;
    case ROOST_IO:
    case ROOST_FORMAT:
    case ROOST_SHAPE:
    case ROOST_VERIFY:
        return GW_FAULT_LOAD_FAILED;
    }
    return GW_FAULT_INTERNAL;
}

static int put_member(struct eng_buf *out, const char *lead, const char *text)
{
    return eng_buf_text(out, lead) || gw_text_json(out, text, strlen(text));
}

int gw_fault_body(const struct gw_fault *fault, const char *request_id,
                  struct eng_buf *out)
{
    const struct row *row = row_of(fault->code);
    const char *text = fault->text[0] != '\0' ? fault->text : row->title;
    int failed = put_member(out, "{\"error\":", text) ||
                 eng_buf_format(out, ",\"type\":\"urn:roost:error:%s\"", row->slug) ||
                 put_member(out, ",\"title\":", row->title) ||
                 eng_buf_format(out, ",\"status\":%d", row->http) ||
                 put_member(out, ",\"detail\":", text);
    char instance[160];
    snprintf(instance, sizeof instance, "/requests/%s", request_id);
    failed = failed || put_member(out, ",\"instance\":", instance);
    if (fault->pointer[0] != '\0')
        failed = failed || put_member(out, ",\"pointer\":", fault->pointer);
    return failed || eng_buf_text(out, "}") ? -1 : 0;
}
