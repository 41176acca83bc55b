/* SPDX-License-Identifier: MIT
 * deflate.h - answers that leave compressed, for clients that ask for it.
 * Threads  A deflater serves one thread.
 * Memory   `_new` pairs with `_free`; its state is kept from answer to answer, so that a
 *          warm one takes nothing from the heap but what the output buffer grows by.
 * Errors   gw_deflate: -1 when there is no gain or no memory; send it plain then. */
#ifndef ROOST_GATEWAY_DEFLATE_H
#define ROOST_GATEWAY_DEFLATE_H
#include "gateway/inflate.h"

enum { GW_DEFLATE_LEAST = 4096 }; /* bytes; below, packets are not saved */

struct gw_deflater;
struct gw_deflater *gw_deflater_new(void); /* NULL: no memory */
void gw_deflater_free(struct gw_deflater *deflater);

/* What an Accept-Encoding value (NULL: none) likes best of gzip, deflate and plain:
 * RFC 9110, 12.5.3. gzip when it likes both alike; plain when it cannot be read. */
enum gw_encoding gw_encoding_wanted(const char *accept);

/* All of `size` bytes as one gzip or zlib stream, in place of what is in `out`. */
int gw_deflate(struct gw_deflater *deflater, enum gw_encoding encoding, const void *data,
               size_t size, struct eng_buf *out);

#endif
