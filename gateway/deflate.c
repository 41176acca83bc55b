/* SPDX-License-Identifier: MIT
 * deflate.c - answers compressed, write stage. Before it: an answer's body as it was
 * encoded; after it: what the HTTP layer sends. Level 1: on text of numbers the higher
 * ones take three times the time for a tenth less (spec: 63 KB against 57 KB). */
#include "gateway/deflate.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

enum { LEVEL = 1, WINDOW_GZIP = 15 + 16, WINDOW_ZLIB = 15, MEMORY = 8 };

/* A stream for each form, since zlib cannot change it on a reset. Made when first asked
 * for: most clients know one. */
struct gw_deflater {
    z_stream gzip;
    z_stream zlib;
};

struct gw_deflater *gw_deflater_new(void)
{
    return calloc(1, sizeof(struct gw_deflater));
}

void gw_deflater_free(struct gw_deflater *deflater)
{
    if (!deflater)
        return;
    deflateEnd(&deflater->gzip); /* harmless on one that was never made */
    deflateEnd(&deflater->zlib);
    free(deflater);
}

/* qvalue = "0" [ "." 0*3DIGIT ] / "1" [ "." 0*3("0") ], in thousandths; -1: malformed. */
static int read_quality(const char *at, const char *end)
{
    int value = 0, digits = 0;
    if (at == end || (*at != '0' && *at != '1'))
        return -1;
    value = *at++ - '0';
    if (at < end && *at == '.')
        at++;
    for (; at < end && *at >= '0' && *at <= '9' && digits < 3; at++, digits++)
        value = value * 10 + (*at - '0');
    for (; digits < 3; digits++)
        value *= 10;
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return at == end && value <= 1000 ? value : -1;
}

/* What the list says of each coding, in thousandths; -1: nothing. */
struct wishes {
    int gzip, deflate, identity, any;
};

/* One element: a coding and, perhaps, ";q=0.5". 0, or -1 when it is malformed. */
static int read_wish(const char *at, const char *end, struct wishes *wishes)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    const char *name = at;
    while (at < end && !strchr(" \t;", *at))
        at++;
    size_t size = (size_t)(at - name);
    int quality = 1000;
    while (at < end && strchr(" \t;", *at))
        at++;
    if (at < end) {
        if (end - at < 2 || (*at != 'q' && *at != 'Q') || at[1] != '=')
            return -1;
        quality = read_quality(at + 2, end);
    }
    if (quality < 0)
        return -1;
    enum gw_encoding encoding = gw_encoding_of(name, size);
    if (size == 1 && *name == '*')
        wishes->any = quality;
    else if (encoding == GW_GZIP)
        wishes->gzip = quality;
    else if (encoding == GW_DEFLATE)
        wishes->deflate = quality;
    else if (encoding == GW_PLAIN && size > 0)
        wishes->identity = quality;
    return 0;
}

enum gw_encoding gw_encoding_wanted(const char *accept)
{
    struct wishes wishes = {-1, -1, -1, -1};
    for (const char *at = accept; at && *at;) {
        const char *end = at + strcspn(at, ",");
        if (read_wish(at, end, &wishes) != 0)
            return GW_PLAIN;
        at = *end == ',' ? end + 1 : end;
    }
    /* '*' speaks for what is not named; what nobody speaks for is not wanted, and plain
     * is always good enough but never better than what is named. */
    int gzip = wishes.gzip >= 0 ? wishes.gzip : wishes.any;
    int deflate = wishes.deflate >= 0 ? wishes.deflate : wishes.any;
    int best = gzip >= deflate ? gzip : deflate;
    if (best <= 0 || wishes.identity > best)
        return GW_PLAIN;
    return gzip >= deflate ? GW_GZIP : GW_DEFLATE;
}

/* The stream of a form, ready for a new answer. NULL: no memory. */
static z_stream *ready(struct gw_deflater *deflater, enum gw_encoding encoding)
{
    z_stream *stream = encoding == GW_GZIP ? &deflater->gzip : &deflater->zlib;
    int window = encoding == GW_GZIP ? WINDOW_GZIP : WINDOW_ZLIB;
    int code = stream->state ? deflateReset(stream)
                             : deflateInit2(stream, LEVEL, Z_DEFLATED, window, MEMORY,
                                            Z_DEFAULT_STRATEGY);
    return code == Z_OK ? stream : NULL;
}

int gw_deflate(struct gw_deflater *deflater, enum gw_encoding encoding, const void *data,
               size_t size, struct eng_buf *out)
{
    eng_buf_reset(out);
    z_stream *stream = size <= UINT32_MAX ? ready(deflater, encoding) : NULL;
    /* Room for less than the plain text: what does not fit is not worth sending. */
    if (!stream || size < 2 || eng_buf_reserve(out, size - 1) != 0)
        return -1;
    stream->next_in = (z_const Bytef *)data;
    stream->avail_in = (uInt)size;
    stream->next_out = (Bytef *)out->at;
    stream->avail_out = (uInt)(size - 1);
    if (deflate(stream, Z_FINISH) != Z_STREAM_END)
        return -1;
    out->size = size - 1 - stream->avail_out;
    return 0;
}
