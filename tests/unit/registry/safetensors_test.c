/* SPDX-License-Identifier: MIT
 * safetensors_test.c - tensors come out as they were put in; a header that lies about the
 * bytes in any way is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "registry/formats/safetensors.h"
#include "support/models.h"

static void tensors_of_every_type_are_found_by_name(void **state)
{
    (void)state;
    struct reg_files files = {0};
    struct reg_tensors tensors;
    const int64_t big[] = {-1, INT64_MAX};
    const double reals[] = {0.5, -2, 3, 4, 5, 6};
    const float halves[] = {1.5F};
    const uint16_t shorts[] = {65535};
    const uint8_t bytes[] = {1, 0, 255};
    const struct test_tensor in[] = {{"z", "I64", "[2]", big, sizeof big},
                                     {"m", "F64", "[2,3]", reals, sizeof reals},
                                     {"a", "F32", "[]", halves, sizeof halves},
                                     {"s", "U16", "[1]", shorts, sizeof shorts},
                                     {"b", "BOOL", "[3]", bytes, sizeof bytes},
                                     {"none", "F32", "[0]", "", 0}};
    test_tensors(&files, "w", in, 6);
    assert_int_equal(reg_tensors_read(&tensors, &files.file[0], NULL), ROOST_OK);
    const struct eng_tensor *z = reg_tensors_take(&tensors, "z", 1);
    assert_int_equal(z->dtype, ENG_DT_I64);
    assert_true(eng_tensor_integer(z, 0) == -1 && eng_tensor_integer(z, 1) == INT64_MAX);
    const struct eng_tensor *m = reg_tensors_take(&tensors, "m", 1);
    assert_true(m->rank == 2 && m->dim[0] == 2 && m->dim[1] == 3 && m->count == 6);
    assert_true(eng_tensor_number(m, 5) == 6);
    const struct eng_tensor *a = reg_tensors_take(&tensors, "a", 1);
    assert_true(a->rank == 0 && a->count == 1 && eng_tensor_number(a, 0) == 1.5);
    assert_int_equal(eng_tensor_integer(reg_tensors_take(&tensors, "s", 1), 0), 65535);
    assert_int_equal(reg_tensors_take(&tensors, "b", 1)->dtype, ENG_DT_U8);
    assert_null(reg_tensors_take(&tensors, "nothing", 7));
    assert_memory_equal(reg_tensors_unused(&tensors)->name, "none", 4);
    reg_tensors_take(&tensors, "none", 4);
    assert_null(reg_tensors_unused(&tensors));
    reg_tensors_clear(&tensors);
    reg_files_clear(&files);
}

/* A file of this header and so many zero bytes. */
static roost_status read_header(const char *header, size_t bytes, uint64_t size,
                                struct roost_error *err)
{
    struct reg_files files = {0};
    struct reg_tensors tensors;
    char file[1024] = {0};
    size_t length = strlen(header);
    for (int i = 0; i < 8; i++)
        file[i] = (char)(size >> 8 * i);
    memcpy(file + 8, header, length);
    assert_int_equal(reg_files_add(&files, "w", file, 8 + length + bytes, NULL),
                     ROOST_OK);
    memset(err, 0, sizeof *err);
    roost_status status = reg_tensors_read(&tensors, &files.file[0], err);
    reg_tensors_clear(&tensors);
    reg_files_clear(&files);
    return status;
}

#define T(name, dtype, shape, from, to)                                                  \
    "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":[" from  \
    "," to "]}"

static void headers_that_lie_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        size_t bytes;
        roost_status status;
    } cases[] = {
        {"{}", 0, ROOST_OK},
        {"{\"__metadata__\":{\"format\":\"pt\"}," T("a", "F32", "[1]", "0", "4") "}", 4,
         ROOST_OK},
        {"{" T("b", "F32", "[1]", "4", "8") "," T("a", "F32", "[1]", "0", "4") "}   ", 8,
         ROOST_OK},
        {"{" T("a", "F32", "[1]", "0", "4") "}", 5, ROOST_FORMAT}, /* bytes left over */
        {"{" T("a", "F32", "[1]", "0", "4") "}", 3, ROOST_FORMAT}, /* too few */
        {"{" T("a", "F32", "[1]", "1", "5") "}", 5, ROOST_FORMAT}, /* a hole */
        {"{" T("a", "F32", "[1]", "0", "4") "," T("b", "F32", "[1]", "0", "4") "}", 4,
         ROOST_FORMAT}, /* an overlap */
        {"{" T("a", "F32", "[1]", "0", "4") "," T("a", "F32", "[1]", "4", "8") "}", 8,
         ROOST_FORMAT}, /* a name twice */
        {"{" T("a", "F32", "[2]", "0", "4") "}", 4, ROOST_SHAPE},
        {"{" T("a", "F32", "[0]", "0", "4") "}", 4, ROOST_SHAPE},
        {"{" T("a", "F16", "[2]", "0", "4") "}", 4, ROOST_FORMAT},
        {"{" T("a", "F32", "[-1]", "0", "4") "}", 4, ROOST_SHAPE},
        {"{" T("a", "F32", "[1.5]", "0", "4") "}", 4, ROOST_SHAPE},
        {"{" T("a", "F32", "[1,1,1,1,1]", "0", "4") "}", 4, ROOST_SHAPE},
        {"{" T("a", "F32", "\"1\"", "0", "4") "}", 4, ROOST_SHAPE},
        {"{" T("a", "F32", "[1]", "4", "0") "}", 4, ROOST_FORMAT},
        {"{" T("a", "F32", "[1]", "-4", "0") "}", 4, ROOST_FORMAT},
        {"{" T("a", "F32", "[1]", "0", "1e300") "}", 4, ROOST_FORMAT},
        /* products that overflow 64 bits: 2^32 * 2^32, and 2^62 * 4 bytes */
        {"{" T("a", "F32", "[4294967296,4294967296]", "0", "0") "}", 0, ROOST_SHAPE},
        {"{" T("a", "F32", "[2147483648,2147483648]", "0", "0") "}", 0, ROOST_SHAPE},
        {"{" T("a", "F32", "[9007199254740993]", "0", "4") "}", 4, ROOST_SHAPE},
        {"{\"a\":1}", 0, ROOST_FORMAT},
        {"{\"a\":{}}", 0, ROOST_FORMAT},
        {"[]", 0, ROOST_FORMAT},
        {"", 0, ROOST_FORMAT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct roost_error err;
        roost_status status =
            read_header(cases[i].header, cases[i].bytes, strlen(cases[i].header), &err);
        if (status != cases[i].status)
            fail_msg("%s: %d %s", cases[i].header, status, err.text);
        assert_string_equal(err.where, status ? "w" : "");
    }
}

static void a_header_longer_than_the_file_is_refused(void **state)
{
    (void)state;
    struct roost_error err;
    assert_int_equal(read_header("{}", 0, 3, &err), ROOST_FORMAT);
    assert_int_equal(read_header("{}", 0, UINT64_MAX, &err), ROOST_FORMAT);
    assert_int_equal(read_header("{}", 0, UINT64_MAX - 7, &err), ROOST_FORMAT);
    struct reg_files files = {0};
    struct reg_tensors tensors;
    assert_int_equal(reg_files_add(&files, "w", "\2\0\0\0\0\0\0", 7, NULL), ROOST_OK);
    assert_int_equal(reg_tensors_read(&tensors, &files.file[0], &err), ROOST_FORMAT);
    reg_tensors_clear(&tensors);
    reg_files_clear(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tensors_of_every_type_are_found_by_name),
        cmocka_unit_test(headers_that_lie_are_refused),
        cmocka_unit_test(a_header_longer_than_the_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
