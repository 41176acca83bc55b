/* SPDX-License-Identifier: MIT
 * json.h - look into a JSON document that a buffer holds. */
#ifndef ROOST_TESTS_GATEWAY_JSON_H
#define ROOST_TESTS_GATEWAY_JSON_H
#include "engine/base/buf.h"
#include <jansson.h>

/* The buffer's document (the buffer is cleared); fails the test when it is not JSON. */
json_t *document_of(struct eng_buf *out);
/* A member by its path, "inputs/0/name": fails the test when it is not there. */
json_t *at(json_t *document, const char *path);
const char *text_at(json_t *document, const char *path);
json_int_t int_at(json_t *document, const char *path);

#endif
