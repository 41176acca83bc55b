/* SPDX-License-Identifier: MIT
 * model.h - what must hold of any files that load as a model: it can be planned, its
 *          schema is whole, and it scores whatever rows its schema allows.
 * Threads  One.
 * Memory   None held.
 * Errors   A rule that does not hold aborts. */
#ifndef ROOST_FUZZ_MODEL_H
#define ROOST_FUZZ_MODEL_H
#include "registry/file.h"

/* Add a file made of a text or of bytes. */
void fuzz_add(struct reg_files *files, const char *name, const void *data, size_t size);

/* Load; a refusal must say where and why; a model is planned and scored. Clears files. */
void fuzz_open(struct reg_files *files);

#endif
