/* SPDX-License-Identifier: MIT
 * models.c - see models.h. */
#include "models.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void test_text(struct reg_files *files, const char *name, const char *text)
{
    assert_int_equal(reg_files_add(files, name, text, strlen(text), NULL), ROOST_OK);
}

void test_tensors(struct reg_files *files, const char *name,
                  const struct test_tensor *tensors, size_t count)
{
    struct eng_buf body;
    eng_buf_init(&body, 1 << 24);
    eng_buf_put(&body, "????????{", 9);
    size_t at = 0;
    for (size_t i = 0; i < count; at += tensors[i++].size)
        eng_buf_format(
            &body, "%s\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%zu,%zu]}",
            i ? "," : "", tensors[i].name, tensors[i].dtype, tensors[i].shape, at,
            at + tensors[i].size);
    eng_buf_put(&body, "}", 1);
    uint64_t size = body.size - 8;
    for (int i = 0; i < 8; i++)
        body.at[i] = (char)(size >> 8 * i);
    for (size_t i = 0; i < count; i++)
        eng_buf_put(&body, tensors[i].data, tensors[i].size);
    assert_int_equal(reg_files_add(files, name, body.at, body.size, NULL), ROOST_OK);
    eng_buf_clear(&body);
}

static void put_bits(struct eng_buf *out, uint64_t bits, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--) {
        char byte = (char)(bits >> 8 * i);
        eng_buf_put(out, &byte, 1);
    }
}

static void put_length(struct eng_buf *out, uint64_t length)
{
    eng_buf_put(out, "L", 1);
    put_bits(out, length, 8);
}

static void put_float(struct eng_buf *out, double value)
{
    float f = (float)value;
    uint32_t bits;
    memcpy(&bits, &f, 4);
    put_bits(out, bits, 4);
}

static void put_numbers(struct eng_buf *out, const double *values, uint32_t count)
{
    int whole = 1;
    for (uint32_t i = 0; i < count; i++)
        whole = whole && values[i] == (double)(int32_t)values[i];
    eng_buf_put(out, whole ? "[$l#" : "[$d#", 4);
    put_length(out, count);
    for (uint32_t i = 0; i < count; i++)
        if (whole)
            put_bits(out, (uint32_t)(int32_t)values[i], 4);
        else
            put_float(out, values[i]);
}

static void put_node(struct eng_buf *out, const struct reg_doc *doc,
                     const struct reg_doc_node *node)
{
    int is_map = node->kind == REG_DOC_MAP;
    if (node->kind == REG_DOC_NUMBER) {
        eng_buf_put(out, "d", 1);
        put_float(out, node->as.number);
    } else if (node->kind == REG_DOC_TEXT) {
        eng_buf_put(out, "S", 1);
        put_length(out, node->size);
        eng_buf_put(out, node->as.text, node->size);
    } else if (node->kind == REG_DOC_NUMBERS) {
        put_numbers(out, reg_doc_numbers(doc, node), node->count);
    } else if (is_map || node->kind == REG_DOC_LIST) {
        eng_buf_put(out, is_map ? "{" : "[#", is_map ? 1 : 2);
        if (!is_map)
            put_length(out, node->count);
        for (const struct reg_doc_node *at = reg_doc_child(doc, node); at;
             at = reg_doc_next(doc, at)) {
            if (is_map) {
                put_length(out, at->key_size);
                eng_buf_put(out, at->key, at->key_size);
            }
            put_node(out, doc, at); /* as deep as a test's own text */
        }
        eng_buf_put(out, "}", is_map ? 1 : 0);
    } else {
        fail_msg("test_ubj does not write this kind");
    }
}

void test_ubj(struct eng_buf *out, const char *json)
{
    struct reg_doc doc;
    reg_doc_init(&doc);
    assert_int_equal(reg_doc_json(&doc, json, strlen(json), NULL), ROOST_OK);
    eng_buf_init(out, 1 << 20);
    put_node(out, &doc, reg_doc_root(&doc));
    assert_false(out->failed);
    reg_doc_clear(&doc);
}

roost_status test_load(const struct reg_files *files, struct roost_error *err)
{
    roost_model *model = NULL;
    roost_status status = reg_open_files(files, &model, err);
    assert_true(status || model);
    roost_model_free(model);
    return status;
}

uint32_t test_score(const struct reg_files *files, const struct roost_rows *rows,
                    double *out, uint32_t room)
{
    struct roost_error err = {0};
    roost_model *model = NULL;
    roost_plan *plan = NULL;
    if (reg_open_files(files, &model, &err))
        fail_msg("%s:%u:%u: %s", err.where, err.line, err.column, err.text);
    assert_int_equal(roost_plan_new(&model, NULL, 1, NULL, &plan, &err), ROOST_OK);
    uint32_t width = roost_plan_width(plan);
    assert_true(rows->n * width <= room);
    size_t bytes = (roost_plan_scratch(plan, rows) + 64) / 64 * 64;
    struct roost_call call = {
        .rows = rows, .out = out, .scratch = aligned_alloc(64, bytes)};
    if (roost_score(plan, &call, &err))
        fail_msg("%s: %s", err.where, err.text);
    free(call.scratch);
    roost_plan_free(plan);
    roost_model_free(model);
    return width;
}

static int load_bytes(const struct reg_files *others, const char *name, const void *data,
                      size_t size)
{
    struct reg_files files = {0};
    struct roost_error err = {0};
    for (uint32_t i = 0; i < others->count; i++)
        if (strcmp(others->file[i].name, name) != 0)
            assert_int_equal(reg_files_add(&files, others->file[i].name,
                                           others->file[i].data, others->file[i].size,
                                           NULL),
                             ROOST_OK);
    assert_int_equal(reg_files_add(&files, name, data, size, NULL), ROOST_OK);
    roost_status status = test_load(&files, &err);
    if (status) /* every refusal says why */
        assert_true(err.text[0] && err.status == status);
    reg_files_clear(&files);
    return status == ROOST_OK;
}

uint32_t test_hostile(const struct reg_files *others, const char *name, const void *data,
                      size_t size, uint32_t flips)
{
    uint64_t state = 0x9e3779b97f4a7c15;
    uint32_t loaded = 0;
    uint8_t *copy = malloc(size + 1);
    assert_non_null(copy);
    for (size_t n = 0; n < size; n++)
        load_bytes(others, name, data, n);
    for (uint32_t i = 0; i < flips; i++) {
        memcpy(copy, data, size);
        for (uint32_t j = 0; j <= i % 3; j++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            copy[(state >> 33) % size] = (uint8_t)(state >> 24);
        }
        loaded += (uint32_t)load_bytes(others, name, copy, size);
    }
    free(copy);
    return loaded;
}
