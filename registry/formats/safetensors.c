/* SPDX-License-Identifier: MIT
 * safetensors.c - u64 little-endian header size, a JSON header, then the bytes. Every
 * byte must belong to exactly one tensor: no hole, no overlap, nothing behind. The data
 * is used in place, since the file is already in memory. After: native.c hands tensors
 * out. */
#include "registry/formats/safetensors.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/error.h"

enum { HEADER_MAX = 100 << 20, PREFIX = 8 }; /* the header's limit is the format's own */

static const struct dtype {
    const char *name;
    enum eng_dtype dtype;
    uint32_t size;
} dtypes[] = {{"F32", ENG_DT_F32, 4}, {"F64", ENG_DT_F64, 8}, {"U8", ENG_DT_U8, 1},
              {"BOOL", ENG_DT_U8, 1}, {"U16", ENG_DT_U16, 2}, {"U32", ENG_DT_U32, 4},
              {"I32", ENG_DT_I32, 4}, {"I64", ENG_DT_I64, 8}, {"U64", ENG_DT_U64, 8}};

static const struct dtype *find_dtype(const struct reg_doc_node *node)
{
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++)
        if (reg_doc_is(node, dtypes[i].name))
            return &dtypes[i];
    return NULL;
}

/* 2^53 is where doubles, in which the header's numbers are kept, stop being exact. */
static int whole(double value, uint64_t *out)
{
    if (!(value >= 0 && value <= 0x1p53) || (double)(uint64_t)value != value)
        return -1;
    *out = (uint64_t)value;
    return 0;
}

/* The text up to 60 bytes of a name, for messages. */
static int shown(const struct reg_tensor *tensor)
{
    return tensor->name_size < 60 ? (int)tensor->name_size : 60;
}

/* The product may overflow 64 bits, or say 2^60 elements of no bytes at all; it is
 * compared with the bytes that are there before anything is done with it. */
static roost_status read_shape(const struct reg_doc *doc,
                               const struct reg_doc_node *entry, struct reg_tensor *out,
                               struct roost_error *err)
{
    const struct reg_doc_node *shape = reg_doc_get(doc, entry, "shape");
    if (!shape || shape->kind != REG_DOC_NUMBERS || shape->count > ENG_TENSOR_MAX_RANK)
        return eng_fail(err, ROOST_SHAPE, NULL, 0,
                        "tensor '%.*s' needs a shape of at most %d sizes", shown(out),
                        out->name, ENG_TENSOR_MAX_RANK);
    const double *dim = reg_doc_numbers(doc, shape);
    out->tensor.rank = shape->count;
    out->tensor.count = 1;
    for (uint32_t i = 0; i < shape->count; i++)
        if (whole(dim[i], &out->tensor.dim[i]) ||
            __builtin_mul_overflow(out->tensor.count, out->tensor.dim[i],
                                   &out->tensor.count))
            return eng_fail(err, ROOST_SHAPE, NULL, 0,
                            "tensor '%.*s' has a shape that no file can hold", shown(out),
                            out->name);
    return ROOST_OK;
}

/* One entry of the header: its type, its shape, and data_offsets that hold just that. */
static roost_status read_entry(const struct reg_doc *doc,
                               const struct reg_doc_node *entry, const uint8_t *data,
                               uint64_t size, struct reg_tensor *out,
                               struct roost_error *err)
{
    out->name = entry->key;
    out->name_size = entry->key_size;
    const struct dtype *dtype = find_dtype(reg_doc_get(doc, entry, "dtype"));
    if (!dtype)
        return eng_fail(err, ROOST_FORMAT, NULL, 0,
                        "tensor '%.*s' is not of F32 F64 U8 U16 U32 U64 I32 I64 BOOL",
                        shown(out), out->name);
    roost_status status = read_shape(doc, entry, out, err);
    if (status)
        return status;
    const struct reg_doc_node *offsets = reg_doc_get(doc, entry, "data_offsets");
    uint64_t bytes;
    if (!offsets || offsets->kind != REG_DOC_NUMBERS || offsets->count != 2 ||
        whole(reg_doc_numbers(doc, offsets)[0], &out->begin) ||
        whole(reg_doc_numbers(doc, offsets)[1], &out->end) || out->begin > out->end ||
        out->end > size)
        return eng_fail(err, ROOST_FORMAT, NULL, 0,
                        "tensor '%.*s' has data_offsets outside the file", shown(out),
                        out->name);
    if (__builtin_mul_overflow(out->tensor.count, dtype->size, &bytes) ||
        bytes != out->end - out->begin)
        return eng_fail(err, ROOST_SHAPE, NULL, 0,
                        "tensor '%.*s' has %llu bytes, which is not what its shape takes",
                        shown(out), out->name,
                        (unsigned long long)(out->end - out->begin));
    out->tensor.dtype = dtype->dtype;
    out->tensor.data = data + out->begin;
    return ROOST_OK;
}

/* An empty tensor sorts before one that begins at the same byte. */
static int by_place(const void *a, const void *b)
{
    const struct reg_tensor *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

static int compare_names(const char *a, size_t n, const char *b, size_t m)
{
    int order = memcmp(a, b, n < m ? n : m);
    return order ? order : (n > m) - (n < m);
}

static int by_name(const void *a, const void *b)
{
    const struct reg_tensor *x = a, *y = b;
    return compare_names(x->name, x->name_size, y->name, y->name_size);
}

/* The tensors in the order of their bytes must cover the data without hole or overlap. */
static roost_status check_cover(struct reg_tensors *tensors, uint64_t size,
                                struct roost_error *err)
{
    uint64_t at = 0;
    if (tensors->count)
        qsort(tensors->tensor, tensors->count, sizeof *tensors->tensor, by_place);
    for (uint32_t i = 0; i < tensors->count; at = tensors->tensor[i++].end)
        if (tensors->tensor[i].begin != at)
            return eng_fail(err, ROOST_FORMAT, NULL, at,
                            "tensor '%.*s' leaves a hole or overlaps another",
                            shown(&tensors->tensor[i]), tensors->tensor[i].name);
    if (at != size)
        return eng_fail(err, ROOST_FORMAT, NULL, at,
                        "%llu bytes at the end belong to no tensor",
                        (unsigned long long)(size - at));
    if (tensors->count)
        qsort(tensors->tensor, tensors->count, sizeof *tensors->tensor, by_name);
    return ROOST_OK;
}

/* The table is as long as the header has keys, so it grows with the file. */
static roost_status read_header(struct reg_tensors *tensors, const uint8_t *data,
                                uint64_t size, struct roost_error *err)
{
    const struct reg_doc *doc = &tensors->header;
    const struct reg_doc_node *root = reg_doc_root(doc);
    if (root->kind != REG_DOC_MAP)
        return eng_fail(err, ROOST_FORMAT, NULL, 0, "the header is not a JSON object");
    tensors->tensor = calloc(root->count + 1u, sizeof *tensors->tensor);
    if (!tensors->tensor)
        return eng_fail(err, ROOST_NOMEM, NULL, 0, "out of memory");
    for (const struct reg_doc_node *entry = reg_doc_child(doc, root); entry;
         entry = reg_doc_next(doc, entry)) {
        static const char metadata[] = "__metadata__";
        if (entry->key_size == sizeof metadata - 1 &&
            !memcmp(entry->key, metadata, sizeof metadata - 1))
            continue;
        roost_status status =
            read_entry(doc, entry, data, size, &tensors->tensor[tensors->count++], err);
        if (status)
            return status;
    }
    return check_cover(tensors, size, err);
}

roost_status reg_tensors_read(struct reg_tensors *tensors, const struct reg_file *file,
                              struct roost_error *err)
{
    uint64_t header = 0;
    memset(tensors, 0, sizeof *tensors);
    reg_doc_init(&tensors->header);
    for (size_t i = 0; i < PREFIX && i < file->size; i++)
        header |= (uint64_t)file->data[i] << 8 * i;
    roost_status status;
    if (file->size < PREFIX || header > file->size - PREFIX || header > HEADER_MAX)
        status = eng_fail(err, ROOST_FORMAT, file->name, 0,
                          "not a safetensors file: its header is longer than the file");
    else
        status = reg_doc_json(&tensors->header, file->data + PREFIX, (size_t)header, err);
    if (!status)
        status = read_header(tensors, file->data + PREFIX + header,
                             file->size - PREFIX - header, err);
    if (status && err && !err->where[0])
        (void)strncat(err->where, file->name, sizeof err->where - 1);
    return status;
}

void reg_tensors_clear(struct reg_tensors *tensors)
{
    free(tensors->tensor);
    reg_doc_clear(&tensors->header);
    memset(tensors, 0, sizeof *tensors);
}

const struct eng_tensor *reg_tensors_take(struct reg_tensors *tensors, const char *name,
                                          size_t size)
{
    uint32_t low = 0, high = tensors->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        struct reg_tensor *at = &tensors->tensor[middle];
        int order = compare_names(name, size, at->name, at->name_size);
        if (!order) {
            at->used = 1;
            return &at->tensor;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct reg_tensor *reg_tensors_unused(const struct reg_tensors *tensors)
{
    for (uint32_t i = 0; i < tensors->count; i++)
        if (!tensors->tensor[i].used)
            return &tensors->tensor[i];
    return NULL;
}
