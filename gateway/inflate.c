/* SPDX-License-Identifier: MIT
 * inflate.c - gzip and deflate bodies, read stage. Before it: the body as it was sent;
 * after it: the bytes that the decoders see. The only bound on the ratio is the output's
 * maximum: memory grows by doubling with what has come out, so a bomb costs the limit and
 * no more. */
#include "gateway/inflate.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

enum { WINDOW_GZIP = 15 + 16, WINDOW_ZLIB = 15, WINDOW_BARE = -15, STEP_FIRST = 4096 };

struct gw_inflater {
    z_stream stream;
};

struct gw_inflater *gw_inflater_new(void)
{
    struct gw_inflater *inflater = calloc(1, sizeof *inflater);
    if (inflater && inflateInit2(&inflater->stream, WINDOW_GZIP) != Z_OK) {
        free(inflater);
        return NULL;
    }
    return inflater;
}

void gw_inflater_free(struct gw_inflater *inflater)
{
    if (!inflater)
        return;
    inflateEnd(&inflater->stream);
    free(inflater);
}

enum gw_encoding gw_encoding_of(const char *value, size_t size)
{
    static const struct {
        const char *name;
        enum gw_encoding encoding;
    } known[] = {{"identity", GW_PLAIN},
                 {"gzip", GW_GZIP},
                 {"x-gzip", GW_GZIP},
                 {"deflate", GW_DEFLATE}};
    while (size && (value[size - 1] == ' ' || value[size - 1] == '\t'))
        size--;
    if (size == 0)
        return GW_PLAIN;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strlen(known[i].name) == size && !strncasecmp(known[i].name, value, size))
            return known[i].encoding;
    return GW_ENCODING_OTHER;
}

/* Room for the next piece: as much as is there already, within the maximum. The one byte
 * over the maximum is never filled: asking for it is how LARGE shows. */
static enum gw_inflated grow(struct eng_buf *out)
{
    size_t left = out->max - out->size;
    size_t step = out->size > STEP_FIRST ? out->size : STEP_FIRST;
    if (left == 0)
        return GW_INFLATE_LARGE;
    return eng_buf_reserve(out, step < left ? step : left) == 0 ? GW_INFLATED
                                                                : GW_INFLATE_MEMORY;
}

/* At the maximum exactly, a stream may still have nothing more to say than its end. */
static int ends_here(z_stream *stream)
{
    Bytef spare;
    stream->next_out = &spare;
    stream->avail_out = 1;
    int code = inflate(stream, Z_NO_FLUSH);
    return code == Z_STREAM_END && stream->avail_out == 1;
}

/* One stream to its end. avail_in keeps what follows it. */
static enum gw_inflated run(z_stream *stream, struct eng_buf *out)
{
    for (;;) {
        enum gw_inflated grown = grow(out);
        if (grown == GW_INFLATE_LARGE && ends_here(stream))
            return GW_INFLATED;
        if (grown != GW_INFLATED)
            return grown;
        size_t room = out->room - out->size - 1;
        if (room > out->max - out->size)
            room = out->max - out->size;
        stream->next_out = (Bytef *)out->at + out->size;
        stream->avail_out = room > UINT32_MAX ? UINT32_MAX : (uInt)room;
        uInt asked = stream->avail_out;
        int code = inflate(stream, Z_NO_FLUSH);
        out->size += asked - stream->avail_out;
        out->at[out->size] = '\0';
        if (code == Z_STREAM_END)
            return GW_INFLATED;
        if (code == Z_MEM_ERROR)
            return GW_INFLATE_MEMORY;
        /* With output room left and no input, the stream is cut. */
        if (code != Z_OK || (stream->avail_out > 0 && stream->avail_in == 0))
            return GW_INFLATE_BROKEN;
    }
}

static enum gw_inflated whole(z_stream *stream, int window, const uint8_t *body,
                              size_t size, struct eng_buf *out)
{
    if (size > UINT32_MAX)
        return GW_INFLATE_LARGE;
    stream->next_in = (z_const Bytef *)body;
    stream->avail_in = (uInt)size;
    do {
        if (inflateReset2(stream, window) != Z_OK)
            return GW_INFLATE_MEMORY;
        enum gw_inflated result = run(stream, out);
        if (result != GW_INFLATED)
            return result;
    } while (window == WINDOW_GZIP && stream->avail_in > 0);
    return stream->avail_in == 0 ? GW_INFLATED : GW_INFLATE_BROKEN;
}

enum gw_inflated gw_inflate(struct gw_inflater *inflater, enum gw_encoding encoding,
                            const void *body, size_t size, struct eng_buf *out)
{
    const uint8_t *bytes = body;
    z_stream *stream = &inflater->stream;
    if (size == 0)
        return GW_INFLATED;
    if (encoding == GW_GZIP)
        return whole(stream, WINDOW_GZIP, bytes, size, out);
    /* RFC 9110 means zlib's form by "deflate"; many clients send the bare one. The two
     * header bytes tell them apart but for 1 in 1000 bare ones, hence the second try. */
    size_t before = out->size;
    if (size >= 2 && (bytes[0] & 0x0f) == 8 && (bytes[0] * 256 + bytes[1]) % 31 == 0) {
        enum gw_inflated result = whole(stream, WINDOW_ZLIB, bytes, size, out);
        if (result != GW_INFLATE_BROKEN)
            return result;
        out->size = before;
    }
    return whole(stream, WINDOW_BARE, bytes, size, out);
}
