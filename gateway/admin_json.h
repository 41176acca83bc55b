/* SPDX-License-Identifier: MIT
 * admin_json.h - the body of an admin or repository call as a document.
 * Threads  Pure functions. Memory  The caller gives the document back (json_decref).
 * Errors   NULL with *fault: BAD_JSON, BAD_TYPE, NO_MEMORY. */
#ifndef ROOST_GATEWAY_ADMIN_JSON_H
#define ROOST_GATEWAY_ADMIN_JSON_H
#include "gateway/admin.h"
#include <jansson.h>

/* A JSON object; that of an empty body is empty. */
json_t *gw_admin_parse(const uint8_t *body, size_t size, struct gw_fault *fault);

#endif
