/* SPDX-License-Identifier: MIT
 * The answer of an infer request: its JSON, the raw data behind it, classes, and the
 * names of outputs. The scores are made up, so that every number is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gateway/support/v2.h"

struct answer {
    struct v2 v;
    struct eng_buf out;
    size_t json_size;
    struct roost_verdict verdict[2];
};

static void answer_open(struct answer *a, roost_plan *plan)
{
    memset(a, 0, sizeof *a);
    v2_open(&a->v, plan);
    eng_buf_init(&a->out, 1 << 16);
}

static void answer_close(struct answer *a)
{
    eng_buf_clear(&a->out);
    v2_close(&a->v);
}

/* Answer a request with these scores for n rows. */
static const char *answer(struct answer *a, const char *request, const double *scores,
                          uint32_t n)
{
    v2_accepts(&a->v, request);
    struct gw_scores about = {.plan = a->v.d.plan,
                              .out = scores,
                              .verdict = a->verdict,
                              .n = n,
                              .group = a->v.model.group};
    eng_buf_reset(&a->out);
    if (gw_encode_v2(&about, &a->v.request, "m", "3", &a->out, &a->json_size) != 0)
        fail_msg("not encoded");
    return a->out.at;
}

#define X1                                                                               \
    "\"inputs\":[{\"name\":\"x\",\"shape\":[1,1],\"datatype\":\"FP64\",\"data\":[1]}]"
#define HEAD "\"model_name\":\"m\",\"model_version\":\"3\",\"outputs\":["

static void all_outputs_are_lists_of_numbers_with_a_shape(void **state)
{
    (void)state;
    static const double scores[] = {0.1, 1, 1e300, -3, 0.5, 2};
    struct answer a;
    answer_open(&a, plan_of_two_outputs());
    assert_string_equal(
        answer(&a, "{" X1 "}", scores, 2),
        "{" HEAD
        "{\"name\":\"twice\",\"datatype\":\"FP32\",\"shape\":[2,1],\"data\":[0.1,"
        "-3.0]},{\"name\":\"both\",\"datatype\":\"FP64\",\"shape\":[2,2],\"data\":[1.0,"
        "1e300,0.5,2.0]}]}");
    assert_int_equal(a.json_size, 0);
    answer_close(&a);
}

static void an_id_is_echoed_and_outputs_come_as_asked(void **state)
{
    (void)state;
    static const double scores[] = {1, 2, 3};
    struct answer a;
    answer_open(&a, plan_of_two_outputs());
    assert_string_equal(
        answer(&a, "{\"id\":\"a\\\"b\",\"outputs\":[{\"name\":\"both\"}]," X1 "}", scores,
               1),
        "{\"id\":\"a\\\"b\"," HEAD
        "{\"name\":\"both\",\"datatype\":\"FP64\",\"shape\":[1,2],\"data\":[2.0,3.0]}]}");
    assert_non_null(
        strstr(answer(&a, "{\"id\":\"\"," X1 "}", scores, 1), "{\"id\":\"\","));
    answer_close(&a);
}

static void integers_are_bare(void **state)
{
    (void)state;
    static const double scores[] = {-2147483648.0, 9007199254740992, 1, 2};
    struct answer a;
    answer_open(&a, plan_of_integers());
    assert_string_equal(
        answer(&a,
               "{\"inputs\":[{\"name\":\"i\",\"shape\":[1],\"datatype\":\"INT32\","
               "\"data\":[1]}]}",
               scores, 1),
        "{" HEAD "{\"name\":\"sum\",\"datatype\":\"INT32\",\"shape\":[1,1],\"data\":["
        "-2147483648]},{\"name\":\"wide\",\"datatype\":\"INT64\",\"shape\":[1,1],"
        "\"data\":[9007199254740992]},{\"name\":\"both\",\"datatype\":\"FP64\",\"shape\":"
        "[1,2],\"data\":[1.0,2.0]}]}");
    answer_close(&a);
}

static void binary_outputs_follow_the_json_little_endian(void **state)
{
    (void)state;
    static const double scores[] = {-2, -3, 0.5, 0.25};
    static const char json[] =
        "{" HEAD "{\"name\":\"sum\",\"datatype\":\"INT32\",\"shape\":[1,1],"
        "\"parameters\":{\"binary_data_size\":4}},{\"name\":\"wide\",\"datatype\":"
        "\"INT64\",\"shape\":[1,1],\"parameters\":{\"binary_data_size\":8}},{\"name\":"
        "\"both\",\"datatype\":\"FP64\",\"shape\":[1,2],\"parameters\":{"
        "\"binary_data_size\":16}}]}";
    struct {
        int64_t wide;
        double both[2];
    } rest = {-3, {0.5, 0.25}};
    int32_t sum = -2;
    struct answer a;
    answer_open(&a, plan_of_integers());
    const char *text = answer(&a,
                              "{\"inputs\":[{\"name\":\"i\",\"shape\":[1],\"datatype\":"
                              "\"INT32\",\"data\":[1]}],\"parameters\":{"
                              "\"binary_data_output\":true}}",
                              scores, 1);
    assert_int_equal(a.json_size, sizeof json - 1);
    assert_memory_equal(text, json, a.json_size);
    assert_int_equal(a.out.size, a.json_size + 28);
    assert_memory_equal(text + a.json_size, &sum, 4);
    assert_memory_equal(text + a.json_size + 4, &rest, 24);
    answer_close(&a);
}

static void an_output_of_its_own_mind_stays_json_among_binary_ones(void **state)
{
    (void)state;
    static const double scores[] = {0.5, 2, 3};
    static const char json[] =
        "{" HEAD "{\"name\":\"both\",\"datatype\":\"FP64\",\"shape\":[1,2],\"data\":[2.0,"
        "3.0]},{\"name\":\"twice\",\"datatype\":\"FP32\",\"shape\":[1,1],\"parameters\":{"
        "\"binary_data_size\":4}}]}";
    const float twice = 0.5f;
    struct answer a;
    answer_open(&a, plan_of_two_outputs());
    const char *text = answer(
        &a,
        "{\"outputs\":[{\"name\":\"both\",\"parameters\":{\"binary_data\":false}},"
        "{\"name\":\"twice\"}]," X1 ",\"parameters\":{\"binary_data_output\":true}}",
        scores, 1);
    assert_int_equal(a.json_size, sizeof json - 1);
    assert_memory_equal(text, json, a.json_size);
    assert_int_equal(a.out.size, a.json_size + sizeof twice);
    assert_memory_equal(text + a.json_size, &twice, sizeof twice);
    answer_close(&a);
}

static void a_batch_of_no_rows_has_no_data_and_no_header(void **state)
{
    (void)state;
    static const char inputs[] =
        "\"inputs\":[{\"name\":\"x\",\"shape\":[0,1],\"datatype\":\"FP64\",\"data\":[]}]";
    char body[256];
    struct answer a;
    answer_open(&a, plan_of_two_outputs());
    snprintf(body, sizeof body, "{\"outputs\":[{\"name\":\"both\"}],%s}", inputs);
    assert_string_equal(answer(&a, body, NULL, 0),
                        "{" HEAD
                        "{\"name\":\"both\",\"datatype\":\"FP64\",\"shape\":[0,2],"
                        "\"data\":[]}]}");
    snprintf(body, sizeof body,
             "{\"outputs\":[{\"name\":\"both\",\"parameters\":{\"binary_data\":true}},{"
             "\"name\":\"twice\",\"parameters\":{\"binary_data\":true,\"classification\":"
             "1}}],%s}",
             inputs);
    assert_string_equal(
        answer(&a, body, NULL, 0),
        "{" HEAD
        "{\"name\":\"both\",\"datatype\":\"FP64\",\"shape\":[0,2],\"parameters\":"
        "{\"binary_data_size\":0}},{\"name\":\"twice\",\"datatype\":\"BYTES\",\"shape\":"
        "[0,1],\"parameters\":{\"binary_data_size\":0}}]}");
    assert_int_equal(a.json_size, 0);
    answer_close(&a);
}

#define X4                                                                               \
    "\"inputs\":[{\"name\":\"x\",\"shape\":[1,4],\"datatype\":\"FP32\",\"data\":[0,0,0," \
    "0]"                                                                                 \
    "}]"

/* c, p and plain of two rows. */
static const double classes[] = {0.5, 0.25, 0.5, 0.75, 1, 2, 3, -1.0, 4, 2, 0.5, 2, 2, 2};

static void classification_gives_the_k_best_as_value_index_label(void **state)
{
    (void)state;
    struct answer a;
    answer_open(&a, plan_of_classes());
    assert_string_equal(
        answer(&a,
               "{\"outputs\":[{\"name\":\"c\",\"parameters\":{\"classification\":2}}]," X4
               "}",
               classes, 2),
        "{" HEAD "{\"name\":\"c\",\"datatype\":\"BYTES\",\"shape\":[2,2],\"data\":["
        "\"0.5:0:cat\",\"0.5:2:bird\",\"4.0:1:a \\\"dog\\\"\",\"2.0:2:bird\"]}]}");
    answer_close(&a);
}

static void a_k_beyond_the_classes_gives_all_of_them(void **state)
{
    (void)state;
    struct answer a;
    answer_open(&a, plan_of_classes());
    assert_string_equal(
        answer(&a,
               "{\"outputs\":[{\"name\":\"plain\",\"parameters\":{\"classification\":"
               "99999999999}}]," X4 "}",
               classes, 2),
        "{" HEAD "{\"name\":\"plain\",\"datatype\":\"BYTES\",\"shape\":[2,3],\"data\":["
        "\"3.0:2\",\"2.0:1\",\"1.0:0\",\"2.0:0\",\"2.0:1\",\"2.0:2\"]}]}");
    answer_close(&a);
}

static void one_probability_is_the_second_of_two_labels(void **state)
{
    (void)state;
    struct answer a;
    answer_open(&a, plan_of_classes());
    assert_string_equal(
        answer(&a,
               "{\"outputs\":[{\"name\":\"p\",\"parameters\":{\"classification\":2}}]," X4
               "}",
               classes, 2),
        "{" HEAD "{\"name\":\"p\",\"datatype\":\"BYTES\",\"shape\":[2,2],\"data\":["
        "\"0.75:1:yes\",\"0.25:0:no\",\"0.5:0:no\",\"0.5:1:yes\"]}]}");
    answer_close(&a);
}

static void classes_come_binary_with_their_lengths(void **state)
{
    (void)state;
    struct answer a;
    answer_open(&a, plan_of_classes());
    const char *text = answer(&a,
                              "{\"outputs\":[{\"name\":\"c\",\"parameters\":{"
                              "\"classification\":1,\"binary_data\":true}}]," X4 "}",
                              classes, 2);
    static const char data[] = "\11\0\0\0"
                               "0.5:0:cat"
                               "\15\0\0\0"
                               "4.0:1:a \"dog\"";
    static const char json[] =
        "{" HEAD "{\"name\":\"c\",\"datatype\":\"BYTES\",\"shape\":[2,1],\"parameters\":{"
        "\"binary_data_size\":30}}]}";
    assert_int_equal(a.json_size, sizeof json - 1);
    assert_memory_equal(text, json, a.json_size);
    assert_int_equal(a.out.size - a.json_size, sizeof data - 1);
    assert_memory_equal(text + a.json_size, data, sizeof data - 1);
    answer_close(&a);
}

/* The order is that of sorting all of them, whatever the values. */
static void any_k_is_the_head_of_the_sorted_classes(void **state)
{
    (void)state;
    struct answer a;
    char body[256];
    answer_open(&a, plan_of_classes());
    for (unsigned order = 0; order < 27; order++) {
        const unsigned digit[3] = {order % 3, order / 3 % 3, order / 9};
        const double row[7] = {0, 0, 0, 0, digit[0], digit[1], digit[2]};
        char all[64] = "";
        for (int k = 3; k >= 1; k--) {
            snprintf(body, sizeof body,
                     "{\"outputs\":[{\"name\":\"plain\",\"parameters\":{"
                     "\"classification\":%d}}]," X4 "}",
                     k);
            const char *data = strstr(answer(&a, body, row, 1), "\"data\":[") + 8;
            size_t size = strlen(data) - 4; /* without "]}]}" */
            if (k == 3) {
                snprintf(all, sizeof all, "%.*s", (int)size, data);
                assert_true(strtod(all + 1, NULL) >= strtod(all + 9, NULL));
                assert_true(strtod(all + 9, NULL) >= strtod(all + 17, NULL));
            }
            assert_memory_equal(data, all, size);
        }
    }
    answer_close(&a);
}

static void a_group_names_its_outputs_after_members(void **state)
{
    (void)state;
    static const double scores[] = {1, 2, 3, 4};
    struct answer a;
    answer_open(&a, plan_of_a_group());
    a.v.model.group = 1;
    assert_string_equal(
        answer(&a, "{" X1 "}", scores, 1),
        "{" HEAD "{\"name\":\"one\",\"datatype\":\"FP32\",\"shape\":[1,1],\"data\":[1.0]}"
        ",{\"name\":\"two.twice\",\"datatype\":\"FP32\",\"shape\":[1,1],\"data\":[2.0]},{"
        "\"name\":\"two.both\",\"datatype\":\"FP64\",\"shape\":[1,2],\"data\":[3.0,4.0]}]"
        "}");
    answer_close(&a);
}

static void a_member_that_failed_is_left_out(void **state)
{
    (void)state;
    static const double scores[] = {1, 2, 3, 4};
    struct answer a;
    answer_open(&a, plan_of_a_group());
    a.v.model.group = 1;
    a.verdict[1].status = ROOST_SCORE;
    assert_string_equal(answer(&a, "{" X1 "}", scores, 1),
                        "{" HEAD
                        "{\"name\":\"one\",\"datatype\":\"FP32\",\"shape\":[1,1],"
                        "\"data\":[1.0]}]}");
    assert_string_equal(
        answer(&a, "{\"outputs\":[{\"name\":\"two.both\"}]," X1 "}", scores, 1),
        "{" HEAD "]}");
    a.verdict[0].status = ROOST_SCORE;
    a.verdict[1].status = ROOST_OK;
    answer(&a, "{" X1 ",\"parameters\":{\"binary_data_output\":true}}", scores, 1);
    assert_int_equal(a.out.size - a.json_size, 4 + 16);
    answer_close(&a);
}

static void a_buffer_at_its_maximum_fails_wherever_it_is(void **state)
{
    (void)state;
    struct answer a;
    answer_open(&a, plan_of_classes());
    const char *request =
        "{\"id\":\"7\",\"outputs\":[{\"name\":\"c\",\"parameters\":{\"classification\":2}"
        "},{\"name\":\"p\",\"parameters\":{\"classification\":2,\"binary_data\":true}},{"
        "\"name\":\"plain\",\"parameters\":{\"binary_data\":true}}]," X4 "}";
    answer(&a, request, classes, 2);
    const size_t whole = a.out.size;
    struct gw_scores about = {
        .plan = a.v.d.plan, .out = classes, .verdict = a.verdict, .n = 2};
    for (size_t max = 0; max < whole; max++) {
        eng_buf_clear(&a.out);
        eng_buf_init(&a.out, max);
        assert_int_equal(
            gw_encode_v2(&about, &a.v.request, "m", "3", &a.out, &a.json_size), -1);
    }
    answer_close(&a);
}

static void datatypes_are_named_as_the_protocol_does(void **state)
{
    (void)state;
    assert_string_equal(gw_v2_datatype(ROOST_F32), "FP32");
    assert_string_equal(gw_v2_datatype(ROOST_F64), "FP64");
    assert_string_equal(gw_v2_datatype(ROOST_I32), "INT32");
    assert_string_equal(gw_v2_datatype(ROOST_I64), "INT64");
    assert_string_equal(gw_v2_datatype(ROOST_BOOL), "BOOL");
    assert_string_equal(gw_v2_datatype(ROOST_STRING), "BYTES");
    assert_string_equal(gw_v2_datatype(ROOST_STRINGS), "BYTES");
    roost_plan *plan = plan_by_position();
    assert_string_equal(gw_v2_dense_datatype(plan), "FP32");
    roost_plan_free(plan);
    plan = plan_of_wide_positions();
    assert_string_equal(gw_v2_dense_datatype(plan), "FP64");
    roost_plan_free(plan);
    plan = plan_of_one_tensor(1);
    assert_string_equal(gw_v2_dense_datatype(plan), "FP32");
    roost_plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_outputs_are_lists_of_numbers_with_a_shape),
        cmocka_unit_test(an_id_is_echoed_and_outputs_come_as_asked),
        cmocka_unit_test(integers_are_bare),
        cmocka_unit_test(binary_outputs_follow_the_json_little_endian),
        cmocka_unit_test(an_output_of_its_own_mind_stays_json_among_binary_ones),
        cmocka_unit_test(a_batch_of_no_rows_has_no_data_and_no_header),
        cmocka_unit_test(classification_gives_the_k_best_as_value_index_label),
        cmocka_unit_test(a_k_beyond_the_classes_gives_all_of_them),
        cmocka_unit_test(one_probability_is_the_second_of_two_labels),
        cmocka_unit_test(classes_come_binary_with_their_lengths),
        cmocka_unit_test(any_k_is_the_head_of_the_sorted_classes),
        cmocka_unit_test(a_group_names_its_outputs_after_members),
        cmocka_unit_test(a_member_that_failed_is_left_out),
        cmocka_unit_test(a_buffer_at_its_maximum_fails_wherever_it_is),
        cmocka_unit_test(datatypes_are_named_as_the_protocol_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
