/* SPDX-License-Identifier: MIT
 * models.h - model files made in memory, and one-line loading and scoring, for tests.
 * Threads  One. Memory  Helpers fail the test rather than return NULL.
 * Errors   None: a helper that cannot do its work fails the test. */
#ifndef ROOST_TEST_MODELS_H
#define ROOST_TEST_MODELS_H
#include "engine/base/buf.h"
#include "registry/formats/doc.h"
#include "registry/formats/format.h"

struct test_tensor {
    const char *name;
    const char *dtype;
    const char *shape; /* "[2,3]" */
    const void *data;
    size_t size;
};

/* A safetensors file of these tensors, in order, added to files under `name`. */
void test_tensors(struct reg_files *files, const char *name,
                  const struct test_tensor *tensors, size_t count);
void test_text(struct reg_files *files, const char *name, const char *text);
/* The UBJSON form of a JSON text: typed arrays of float32 for numbers with a point, of
 * int32 for the others, as XGBoost writes them. Free with eng_buf_clear. */
void test_ubj(struct eng_buf *out, const char *json);

/* Load files and free what came of it; gives the status. */
roost_status test_load(const struct reg_files *files, struct roost_error *err);
/* Load, plan, and score rows given as columns; `out` is [n * width]. */
uint32_t test_score(const struct reg_files *files, const struct roost_rows *rows,
                    double *out, uint32_t room);

/* What a hostile file must not do: load each mutation of `data` as file `name` beside the
 * other files, under any status, without a crash. Prefixes of every length, then `flips`
 * copies with 1 to 3 bytes changed, seeded. Gives how many still loaded. */
uint32_t test_hostile(const struct reg_files *others, const char *name, const void *data,
                      size_t size, uint32_t flips);

#endif
