/* SPDX-License-Identifier: MIT
 * The same rows through TensorFlow Serving's columns, an infer request in JSON, one with
 * binary data, and the dense input by position: the same scores, to the last bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gateway/support/v2.h"

enum { ROWS = 100, ROOM = 1 << 16 };

struct rows {
    double income[ROWS];
    int64_t count[ROWS];
    float age[ROWS];
};

/* Numbers of all sizes, few of which are short in decimal. */
static void make_rows(struct rows *rows)
{
    uint64_t seed = 1;
    for (int i = 0; i < ROWS; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        rows->age[i] = (float)(seed >> 40) / 1000.0f;
        rows->income[i] = (double)(seed >> 11) * (i % 2 ? 1e-20 : 1e-3);
        rows->count[i] = (int64_t)(seed >> 12) - ((int64_t)1 << 51);
    }
}

struct text {
    char at[ROOM];
    size_t size;
};

static void put(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void put(struct text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    text->size +=
        (size_t)vsnprintf(text->at + text->size, ROOM - text->size, format, args);
    va_end(args);
    assert_true(text->size < ROOM);
}

static void put_columns(struct text *text, const struct rows *rows, const char *open,
                        const char *middle, const char *close)
{
    static const char *const names[] = {"age", "income", "count"};
    static const char *const types[] = {"FP32", "FP64", "INT64"};
    for (int column = 0; column < 3; column++) {
        put(text, "%s%s\"%s\"%s", column > 0 ? "," : "", open, names[column], middle);
        if (middle[0] == ',')
            put(text, "\"datatype\":\"%s\",\"data\":", types[column]);
        for (int i = 0; i < ROWS; i++) {
            put(text, "%c", i > 0 ? ',' : '[');
            if (column == 0)
                put(text, "%.9g", (double)rows->age[i]);
            else if (column == 1)
                put(text, "%.17g", rows->income[i]);
            else
                put(text, "%" PRId64, rows->count[i]);
        }
        put(text, "]%s", close);
    }
}

static double *score_json(struct v2 *v, const struct rows *rows)
{
    static struct text text;
    text.size = 0;
    put(&text, "{\"inputs\":[");
    put_columns(&text, rows, "{\"name\":", ",\"shape\":[100,1],", "}");
    put(&text, "]}");
    v2_accepts(v, text.at);
    return scores_of(&v->d);
}

static double *score_binary(struct v2 *v, const struct rows *rows)
{
    static const char json[] =
        "{\"inputs\":[{\"name\":\"income\",\"shape\":[100,1],\"datatype\":\"FP64\","
        "\"parameters\":{\"binary_data_size\":800}},{\"name\":\"count\",\"shape\":[100],"
        "\"datatype\":\"INT64\",\"parameters\":{\"binary_data_size\":800}},{\"name\":"
        "\"age\",\"shape\":[100,1],\"datatype\":\"FP32\",\"parameters\":{"
        "\"binary_data_size\":400}}]}";
    v2_accepts_binary(v, json, rows, 2000);
    return scores_of(&v->d);
}

static void the_same_rows_get_the_same_scores_through_every_api(void **state)
{
    (void)state;
    static struct rows rows;
    static struct text text;
    struct v2 v;
    make_rows(&rows);
    v2_open(&v, plan_of_all_types(0));
    v.d.limits.list = ROWS;
    put(&text, "{\"inputs\":{");
    put_columns(&text, &rows, "", ":", "");
    put(&text, "}}");
    accepts(&v.d, text.at);
    double *columns = scores_of(&v.d);
    double *json = score_json(&v, &rows), *binary = score_binary(&v, &rows);
    assert_memory_equal(columns, json, ROWS * sizeof *json);
    assert_memory_equal(columns, binary, ROWS * sizeof *binary);
    free(columns);
    free(json);
    free(binary);
    v2_close(&v);
}

static void by_position_is_the_same_as_by_name(void **state)
{
    (void)state;
    static const char named[] =
        "{\"inputs\":[{\"name\":\"b\",\"shape\":[3,1],\"datatype\":\"INT64\",\"data\":[2,"
        "-3,4]},{\"name\":\"a\",\"shape\":[3,1],\"datatype\":\"FP32\",\"data\":[0.1,1e-7,"
        "NaN]}]}";
    static const char dense[] =
        "{\"inputs\":[{\"name\":\"any\",\"shape\":[3,3],\"datatype\":\"FP32\",\"data\":[["
        "0.1,2,1],[1e-7,-3,0],[NaN,4,NaN]]}]}";
    static const char tfs[] = "{\"instances\":[[0.1,2,1],[1e-7,-3,0],[NaN,4,NaN]]}";
    struct v2 v;
    v2_open(&v, plan_by_position());
    v2_accepts(&v, named);
    double *first = scores_of(&v.d);
    v2_accepts(&v, dense);
    double *second = scores_of(&v.d);
    accepts(&v.d, tfs);
    double *third = scores_of(&v.d);
    assert_memory_equal(first, second, 3 * sizeof *first);
    assert_memory_equal(first, third, 3 * sizeof *first);
    free(first);
    free(second);
    free(third);
    v2_close(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_rows_get_the_same_scores_through_every_api),
        cmocka_unit_test(by_position_is_the_same_as_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
