/* SPDX-License-Identifier: MIT
 * inflate.h - request bodies that came compressed.
 * Threads  An inflater serves one thread.
 * Memory   `_new` pairs with `_free`; its state is kept from body to body. The output is
 *          the caller's buffer, and grows with what is really there.
 * Errors   enum gw_inflated. */
#ifndef ROOST_GATEWAY_INFLATE_H
#define ROOST_GATEWAY_INFLATE_H
#include "engine/base/buf.h"

enum gw_encoding { GW_PLAIN, GW_GZIP, GW_DEFLATE, GW_ENCODING_OTHER };
enum gw_inflated { GW_INFLATED, GW_INFLATE_BROKEN, GW_INFLATE_LARGE, GW_INFLATE_MEMORY };

struct gw_inflater;
struct gw_inflater *gw_inflater_new(void); /* NULL: no memory */
void gw_inflater_free(struct gw_inflater *inflater);

/* A Content-Encoding value: identity (or empty), gzip, x-gzip, deflate, anything else. */
enum gw_encoding gw_encoding_of(const char *value, size_t size);

/* Append the whole body, inflated, to `out`: LARGE when it would pass out->max, BROKEN
 * when it is cut, damaged or followed by something else. `deflate` may be zlib's form or
 * the bare one; gzip may have several members. An empty body is empty. */
enum gw_inflated gw_inflate(struct gw_inflater *inflater, enum gw_encoding encoding,
                            const void *body, size_t size, struct eng_buf *out);

#endif
