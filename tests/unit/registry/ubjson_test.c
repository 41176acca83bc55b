/* SPDX-License-Identifier: MIT
 * ubjson_test.c - the UBJSON and JSON readers: the same tree from both, and no way for
 * bytes to make them crash, loop, or take memory that the bytes do not pay for. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "registry/formats/doc.h"

static roost_status read_json(struct reg_doc *doc, const char *text,
                              struct roost_error *err)
{
    memset(err, 0, sizeof *err);
    reg_doc_init(doc);
    return reg_doc_json(doc, text, strlen(text), err);
}

static roost_status read_ubj(struct reg_doc *doc, const char *bytes, size_t size,
                             struct roost_error *err)
{
    memset(err, 0, sizeof *err);
    reg_doc_init(doc);
    return reg_doc_ubj(doc, bytes, size, err);
}

static void json_gives_texts_numbers_lists_and_maps(void **state)
{
    (void)state;
    struct reg_doc doc;
    struct roost_error err;
    static const char text[] =
        " {\"a\": [1, -2.5e3, true, NaN, -Infinity], \"b\\u00e9\\n\": "
        "\"x\\ud83d\\ude00\","
        "\"c\": {\"d\": null}, \"e\": [\"p\", \"q\"], \"n\": \"42\", \"f\": false} ";
    assert_int_equal(read_json(&doc, text, &err), ROOST_OK);
    const struct reg_doc_node *root = reg_doc_root(&doc);
    const struct reg_doc_node *a = reg_doc_get(&doc, root, "a");
    assert_int_equal(a->kind, REG_DOC_NUMBERS);
    assert_int_equal(a->count, 5);
    const double *numbers = reg_doc_numbers(&doc, a);
    assert_true(numbers[0] == 1 && numbers[1] == -2500 && numbers[2] == 1);
    assert_true(isnan(numbers[3]) && isinf(numbers[4]));
    assert_true(reg_doc_is(reg_doc_get(&doc, root, "b\xc3\xa9\n"), "x\xf0\x9f\x98\x80"));
    assert_int_equal(reg_doc_get(&doc, reg_doc_get(&doc, root, "c"), "d")->kind,
                     REG_DOC_NULL);
    const struct reg_doc_node *e = reg_doc_get(&doc, root, "e");
    assert_int_equal(e->kind, REG_DOC_LIST);
    assert_true(reg_doc_is(reg_doc_next(&doc, reg_doc_child(&doc, e)), "q"));
    assert_int_equal(reg_doc_count(reg_doc_get(&doc, root, "n"), 100), 42);
    assert_int_equal(reg_doc_count(reg_doc_get(&doc, root, "n"), 41), -1);
    assert_int_equal(reg_doc_get(&doc, root, "f")->kind, REG_DOC_BOOL);
    assert_null(reg_doc_get(&doc, root, "g"));
    reg_doc_clear(&doc);
}

static void json_that_is_not_json_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      " ",
                                      "{",
                                      "}",
                                      "[1,]",
                                      "[1 2]",
                                      "{\"a\"}",
                                      "{\"a\":}",
                                      "{\"a\":1,}",
                                      "{a:1}",
                                      "01",
                                      "+1",
                                      "1.",
                                      ".5",
                                      "1e",
                                      "1e400",
                                      "--1",
                                      "0x10",
                                      "nul",
                                      "tru",
                                      "nan",
                                      "\"a",
                                      "\"\\x\"",
                                      "\"\\u12\"",
                                      "1 2",
                                      "\"\\ud800\"",
                                      "\"\\udc00\"",
                                      "\"\\u0000\"",
                                      "\"\xff\"",
                                      "\"\xc0\x80\"",
                                      "\"a\nb\"",
                                      "[1, \"a\"]",
                                      "[\"a\", 1]",
                                      "[[1], 2]",
                                      "{\"a\":1,\"a\":2}",
                                      "{\"a\":1,\"\\u0061\":2}",
                                      "\"\\ud800\\u0041\""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct reg_doc doc;
        struct roost_error err;
        if (read_json(&doc, bad[i], &err) != ROOST_FORMAT)
            fail_msg("accepted: %s", bad[i]);
        assert_true(err.line >= 1 && err.column >= 1 && err.text[0]);
        reg_doc_clear(&doc);
    }
}

static void an_error_in_json_has_line_and_column(void **state)
{
    (void)state;
    struct reg_doc doc;
    struct roost_error err;
    assert_int_equal(read_json(&doc, "{\n \"a\": 1,\n  oops}", &err), ROOST_FORMAT);
    assert_int_equal(err.line, 3);
    assert_int_equal(err.column, 3);
    reg_doc_clear(&doc);
}

static void a_key_twice_among_many_is_found(void **state)
{
    (void)state;
    struct reg_doc doc;
    struct roost_error err;
    char text[4096] = "{";
    size_t at = 1;
    for (int i = 0; i < 100; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "\"k%d\":0,", i);
    snprintf(text + at, sizeof text - at, "\"k57\":0}");
    assert_int_equal(read_json(&doc, text, &err), ROOST_FORMAT);
    assert_non_null(strstr(err.text, "twice"));
    reg_doc_clear(&doc);
}

/* 100,000 levels cost as little as 64: reading stops at the 65th. */
static void deep_nesting_is_refused_in_both(void **state)
{
    (void)state;
    enum { LEVELS = 100000 };
    char *deep = malloc(LEVELS + 1);
    struct reg_doc doc;
    struct roost_error err;
    memset(deep, '[', LEVELS);
    deep[LEVELS] = 0;
    assert_int_equal(read_json(&doc, deep, &err), ROOST_LIMIT);
    assert_int_equal(err.column, 65);
    reg_doc_clear(&doc);
    assert_int_equal(read_ubj(&doc, deep, LEVELS, &err), ROOST_LIMIT);
    reg_doc_clear(&doc);
    free(deep);
}

static void ubj_numbers_of_every_type_are_read_big_endian(void **state)
{
    (void)state;
    static const char bytes[] = "[i\xff"
                                "U\xff"
                                "I\xff\xfe"
                                "l\x00\x00\x01\x00"
                                "L\x00\x00\x00\x01\x00\x00\x00\x00"
                                "d\x3f\xc0\x00\x00"
                                "D\xc0\x04\x00\x00\x00\x00\x00\x00TF]";
    static const double want[] = {-1, 255, -2, 256, 4294967296.0, 1.5, -2.5, 1, 0};
    struct reg_doc doc;
    struct roost_error err;
    assert_int_equal(read_ubj(&doc, bytes, sizeof bytes - 1, &err), ROOST_OK);
    const struct reg_doc_node *root = reg_doc_root(&doc);
    assert_int_equal(root->count, 9);
    for (uint32_t i = 0; i < 9; i++)
        assert_true(reg_doc_numbers(&doc, root)[i] == want[i]);
    reg_doc_clear(&doc);
}

static void ubj_typed_and_counted_lists_are_read(void **state)
{
    (void)state;
    static const char bytes[] = "{i\x01"
                                "a[$d#L\x00\x00\x00\x00\x00\x00\x00\x02"
                                "\x3f\x80\x00\x00\x40\x00\x00\x00"
                                "U\x01"
                                "b[#i\x02Si\x01xSi\x01y"
                                "i\x01"
                                "c[$U#i\x00"
                                "}";
    struct reg_doc doc;
    struct roost_error err;
    assert_int_equal(read_ubj(&doc, bytes, sizeof bytes - 1, &err), ROOST_OK);
    const struct reg_doc_node *root = reg_doc_root(&doc);
    const struct reg_doc_node *a = reg_doc_get(&doc, root, "a");
    assert_int_equal(a->count, 2);
    assert_true(reg_doc_numbers(&doc, a)[1] == 2);
    const struct reg_doc_node *b = reg_doc_get(&doc, root, "b");
    assert_true(reg_doc_is(reg_doc_next(&doc, reg_doc_child(&doc, b)), "y"));
    assert_int_equal(reg_doc_get(&doc, root, "c")->count, 0);
    reg_doc_clear(&doc);
}

/* Each declares far more than its bytes hold. None may be believed. */
static void ubj_sizes_that_lie_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
    } bad[] = {
        {"[$d#L\x7f\xff\xff\xff\xff\xff\xff\xff", 13},
        {"[$D#l\x10\x00\x00\x00\x00", 10},
        {"[#L\x7f\xff\xff\xff\xff\xff\xff\xff", 11},
        {"[#L\xff\xff\xff\xff\xff\xff\xff\xff", 11},
        {"SL\x7f\xff\xff\xff\xff\xff\xff\xff", 10},
        {"{L\x7f\xff\xff\xff\xff\xff\xff\xff", 10},
        {"[$S#i\x01", 6},
        {"[$d]", 4},
        {"[#d\x3f\x80\x00\x00", 7},
        {"l\x00\x00", 3},
        {"{i\x01"
         "aZi\x01"
         "aZ}",
         10},
        {"Si\x01\x00", 4},
        {"N", 1},
        {"ZZ", 2},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct reg_doc doc;
        struct roost_error err;
        if (read_ubj(&doc, bad[i].bytes, bad[i].size, &err) != ROOST_FORMAT)
            fail_msg("accepted: %zu", i);
        assert_true(err.text[0]);
        reg_doc_clear(&doc);
    }
}

static void numbers_and_whole_numbers_ignore_what_strtod_would_take(void **state)
{
    (void)state;
    static const char *const bad[] = {"",    " 1", "1 ", "inf",  "nan",
                                      "0x1", "1e", ".",  "1e999"};
    double real;
    int64_t whole;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(reg_number(bad[i], strlen(bad[i]), &real), -1);
    assert_int_equal(reg_number("-2.5e-3", 7, &real), 0);
    assert_true(real == -2.5e-3);
    /* The short way and strtod's give the same bits. */
    uint64_t seed = 1;
    for (int i = 0; i < 200000; i++) {
        char text[64];
        double same;
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        uint64_t digits = (seed >> 20) >> (seed >> 58);
        size_t size = (size_t)snprintf(text, sizeof text, "%s%llu.%0*dE%d",
                                       i % 2 ? "-" : "", (unsigned long long)digits,
                                       1 + i % 9, i, (int)(seed % 61) - 30);
        assert_int_equal(reg_number(text, size, &real), 0);
        same = strtod(text, NULL);
        assert_memory_equal(&real, &same, sizeof same);
    }
    assert_int_equal(reg_integer("-9223372036854775808", 20, &whole), 0);
    assert_true(whole == INT64_MIN);
    assert_int_equal(reg_integer("9223372036854775808", 19, &whole), -1);
    assert_int_equal(reg_integer("1.0", 3, &whole), -1);
}

/* A null takes one byte of UBJSON, an empty list three of JSON, and either a node in
 * memory, some 50 bytes. */
static void more_values_than_the_bytes_pay_for_are_refused(void **state)
{
    enum { COUNT = 3 << 20 };
    struct reg_doc doc;
    struct roost_error err;
    (void)state;
    char *text = malloc(2 * COUNT + 2);
    assert_non_null(text);
    memset(text, 'Z', COUNT + 1);
    text[0] = '[';
    text[COUNT + 1] = ']';
    assert_int_equal(read_ubj(&doc, text, COUNT + 2, &err), ROOST_LIMIT);
    assert_true(doc.room <= 2 << 20);
    reg_doc_clear(&doc);
    size_t size = 0;
    text[size++] = '[';
    while (size + 4 < 2 * COUNT) {
        memcpy(text + size, size > 1 ? ",[]" : "[]", size > 1 ? 3 : 2);
        size += size > 1 ? 3 : 2;
    }
    text[size++] = ']';
    text[size] = '\0';
    assert_int_equal(read_json(&doc, text, &err), ROOST_LIMIT);
    assert_non_null(strstr(err.text, "values"));
    reg_doc_clear(&doc);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_gives_texts_numbers_lists_and_maps),
        cmocka_unit_test(json_that_is_not_json_is_refused),
        cmocka_unit_test(an_error_in_json_has_line_and_column),
        cmocka_unit_test(a_key_twice_among_many_is_found),
        cmocka_unit_test(deep_nesting_is_refused_in_both),
        cmocka_unit_test(ubj_numbers_of_every_type_are_read_big_endian),
        cmocka_unit_test(ubj_typed_and_counted_lists_are_read),
        cmocka_unit_test(ubj_sizes_that_lie_are_refused),
        cmocka_unit_test(more_values_than_the_bytes_pay_for_are_refused),
        cmocka_unit_test(numbers_and_whole_numbers_ignore_what_strtod_would_take),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
