/* SPDX-License-Identifier: MIT
 * Compressed bodies. Byte 0 chooses the encoding, the maximum, and whether the bytes are
 * inflated as they are or compressed first. An inflater that was used before must do as a
 * fresh one does; nothing passes the maximum; what was compressed comes back whole, and
 * cut by a byte it is broken. */
#include "gateway/inflate.h"
#include "tests/fuzz/support/fuzz.h"
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { LARGE = 1 << 20, SMALL = 100, ROOM = 64 << 10, WINDOW_ZLIB = 15 };

static enum gw_inflated inflate_with(struct gw_inflater *inflater,
                                     enum gw_encoding encoding, const uint8_t *data,
                                     size_t size, struct eng_buf *out)
{
    enum gw_inflated result = gw_inflate(inflater, encoding, data, size, out);
    FUZZ_MUST(result == GW_INFLATED || result == GW_INFLATE_BROKEN ||
              result == GW_INFLATE_LARGE);
    FUZZ_MUST(out->size <= out->max);
    return result;
}

/* The one that is kept over all inputs, and one made for this input. */
static enum gw_inflated check(enum gw_encoding encoding, const uint8_t *data, size_t size,
                              size_t max, struct eng_buf *out)
{
    static struct gw_inflater *kept;
    if (kept == NULL)
        kept = gw_inflater_new();
    struct gw_inflater *fresh = gw_inflater_new();
    FUZZ_MUST(kept != NULL && fresh != NULL);
    struct eng_buf other;
    eng_buf_init(out, max);
    eng_buf_init(&other, max);
    enum gw_inflated result = inflate_with(kept, encoding, data, size, out);
    FUZZ_MUST(inflate_with(fresh, encoding, data, size, &other) == result);
    FUZZ_MUST(other.size == out->size);
    FUZZ_MUST(out->size == 0 || memcmp(out->at, other.at, out->size) == 0);
    eng_buf_clear(&other);
    gw_inflater_free(fresh);
    return result;
}

static size_t compress_body(int window, const uint8_t *data, size_t size, uint8_t *out)
{
    z_stream stream = {.next_in = (z_const Bytef *)data, .avail_in = (uInt)size};
    FUZZ_MUST(deflateInit2(&stream, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) ==
              Z_OK);
    stream.next_out = out;
    stream.avail_out = ROOM;
    FUZZ_MUST(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    deflateEnd(&stream);
    return ROOM - stream.avail_out;
}

static void there_and_back(int window, enum gw_encoding encoding, const uint8_t *data,
                           size_t size)
{
    uint8_t *sent = malloc(ROOM);
    FUZZ_MUST(sent != NULL);
    size_t length = compress_body(window, data, size, sent);
    struct eng_buf out;
    FUZZ_MUST(check(encoding, sent, length, size + 1, &out) == GW_INFLATED);
    FUZZ_MUST(out.size == size && (size == 0 || memcmp(out.at, data, size) == 0));
    eng_buf_clear(&out);
    FUZZ_MUST(check(encoding, sent, length, size, &out) == GW_INFLATED);
    eng_buf_clear(&out);
    if (size > 0) {
        FUZZ_MUST(check(encoding, sent, length, size - 1, &out) == GW_INFLATE_LARGE);
        eng_buf_clear(&out);
    }
    /* zlib's form, cut, may happen to be a whole stream of the bare one. */
    enum gw_inflated cut = check(encoding, sent, length - 1, size + 1, &out);
    FUZZ_MUST(cut == GW_INFLATE_BROKEN || window == WINDOW_ZLIB);
    eng_buf_clear(&out);
    free(sent);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes body = {data, size};
    uint8_t bits = fuzz_byte(&body);
    enum gw_encoding encoding = bits & 1 ? GW_DEFLATE : GW_GZIP;
    if (body.left > 4096)
        return 0;
    if (bits & 2) {
        int window = encoding == GW_GZIP ? 31 : bits & 4 ? WINDOW_ZLIB : -15;
        there_and_back(window, encoding, body.at, body.left);
        return 0;
    }
    struct eng_buf out;
    check(encoding, body.at, body.left, bits & 4 ? SMALL : LARGE, &out);
    eng_buf_clear(&out);
    (void)gw_encoding_of((const char *)body.at, body.left);
    return 0;
}
