/* SPDX-License-Identifier: MIT
 * metadata_tfs.h - GET /v1/models/M[...]/metadata: what a model takes and gives, as
 * TensorFlow Serving words it.
 * Threads  Pure functions; the serving's reader is online.
 * Memory   Appends to the caller's buffer.
 * Errors   -1 when the buffer is at its maximum or memory is out. */
#ifndef ROOST_GATEWAY_METADATA_TFS_H
#define ROOST_GATEWAY_METADATA_TFS_H
#include "engine/base/buf.h"
#include "registry/registry.h"

/* {"model_spec": {"name", "signature_name": "", "version"}, "metadata": {"signature_def":
 * {"signature_def": {"serving_default": {...}, ...}}}}, of a model or a group. The
 * serving is the one that gw_admit_find gives for the route, so that its 404 and label
 * faults are predict's. Content type: application/json. */
int gw_metadata_tfs(const struct reg_serving *serving, struct eng_buf *out);

#endif
