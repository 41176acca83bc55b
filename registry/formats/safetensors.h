/* SPDX-License-Identifier: MIT
 * safetensors.h - the tensors of a .safetensors file, by name, borrowed from its bytes.
 * Threads  A table serves one thread.
 * Memory   Names and data are borrowed from the file; `_read` pairs with `_clear`, also
 *          after a failure.
 * Errors   FORMAT, SHAPE, LIMIT, NOMEM; err->where is the file's name. */
#ifndef ROOST_REGISTRY_FORMATS_SAFETENSORS_H
#define ROOST_REGISTRY_FORMATS_SAFETENSORS_H
#include "engine/model/tensor.h"
#include "registry/file.h"
#include "registry/formats/doc.h"

struct reg_tensor {
    const char *name; /* not NUL-terminated */
    uint32_t name_size;
    uint8_t used; /* set by reg_tensors_take */
    uint64_t begin;
    uint64_t end;
    struct eng_tensor tensor;
};

struct reg_tensors {
    struct reg_tensor *tensor; /* [count], by name */
    uint32_t count;
    struct reg_doc header; /* the names lie in it */
};

roost_status reg_tensors_read(struct reg_tensors *tensors, const struct reg_file *file,
                              struct roost_error *err);
void reg_tensors_clear(struct reg_tensors *tensors);
/* A tensor by name, marked as used; NULL: there is none. */
const struct eng_tensor *reg_tensors_take(struct reg_tensors *tensors, const char *name,
                                          size_t size);
/* The first one nobody took, or NULL. */
const struct reg_tensor *reg_tensors_unused(const struct reg_tensors *tensors);

#endif
