/* SPDX-License-Identifier: MIT
 * open_test.c - which files are which format, from a directory or a single file, and what
 * is said when they are none. Also the worked examples of docs/model-format.md. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/hash.h"
#include "support/models.h"

static const char linear[] = "format: 1\ninputs: {x: {type: f64}}\n"
                             "predictor: {op: linear, in: x, weights: [1]}\n";
static const char xgboost[] =
    "{\"learner\":{\"gradient_booster\":{\"name\":\"gbtree\",\"model\":{\"tree_info\":[0]"
    ","
    "\"trees\":[{\"left_children\":[-1],\"right_children\":[-1],\"split_indices\":[0],"
    "\"split_conditions\":[1.5],\"default_left\":[0]}]}},\"learner_model_param\":{"
    "\"base_score\":\"5E-1\",\"num_feature\":\"1\"},\"objective\":{\"name\":"
    "\"reg:squarederror\"}}}";

static const char *format_of(const struct reg_files *files, struct roost_error *err)
{
    static char format[32];
    roost_model *model = NULL;
    format[0] = 0;
    if (reg_open_files(files, &model, err) == ROOST_OK)
        snprintf(format, sizeof format, "%s", roost_model_format(model));
    roost_model_free(model);
    return format;
}

static void content_decides_and_not_the_suffix(void **state)
{
    (void)state;
    static const char *const names[] = {"model.json", "model.bst", "model.ubj", "m"};
    struct eng_buf ubj;
    test_ubj(&ubj, xgboost);
    for (size_t i = 0; i < 4; i++) {
        struct reg_files json = {0}, binary = {0};
        struct roost_error err = {0};
        test_text(&json, names[i], xgboost);
        test_text(&json, "model-settings.json", "{\"name\": \"m\"}");
        test_text(&json, "golden.jsonl", "{\"instances\": [[1]]}\n");
        test_text(&json, "NOTICE", "words");
        assert_string_equal(format_of(&json, &err), "xgboost-json");
        assert_int_equal(reg_files_add(&binary, names[i], ubj.at, ubj.size, NULL), 0);
        assert_string_equal(format_of(&binary, &err), "xgboost-ubj");
        reg_files_clear(&json);
        reg_files_clear(&binary);
    }
    eng_buf_clear(&ubj);
}

static void a_model_yaml_comes_before_all_else(void **state)
{
    (void)state;
    struct reg_files files = {0};
    struct roost_error err = {0};
    test_text(&files, "model.json", xgboost);
    test_text(&files, "model.yaml", linear);
    assert_string_equal(format_of(&files, &err), "native");
    reg_files_clear(&files);
}

static void what_is_no_model_is_refused_with_what_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *name, *content, *where, *text;
    } cases[] = {
        {"model.txt", "tree\nversion=v4\n", "model.txt", "model.yaml (native)"},
        {"model.bst", "binf\x01\x02", "model.bst", "old binary format"},
        {"model.json", "{\"other\": 1}", "model.json", "model.yaml (native)"},
        {"empty", "", "empty", "model.yaml (native)"},
    };
    struct reg_files files = {0};
    struct roost_error err;
    roost_model *model = NULL;
    for (size_t i = 0; i < 4; i++) {
        test_text(&files, cases[i].name, cases[i].content);
        assert_int_equal(reg_open_files(&files, &model, &err), ROOST_FORMAT);
        assert_string_equal(err.where, cases[i].where);
        assert_non_null(strstr(err.text, cases[i].text));
        reg_files_clear(&files);
    }
    assert_int_equal(reg_open_files(&files, &model, &err), ROOST_FORMAT);
    test_text(&files, "a.json", xgboost);
    test_text(&files, "b.json", xgboost);
    assert_int_equal(reg_open_files(&files, &model, &err), ROOST_FORMAT);
    assert_string_equal(err.where, "b.json");
    assert_non_null(strstr(err.text, "a.json"));
    reg_files_clear(&files);
}

static void put(int dir, const char *name, const char *text)
{
    int fd = openat(dir, name, O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void directories_and_files_are_opened_also_through_links(void **state)
{
    (void)state;
    char path[] = "/tmp/roost-open-XXXXXX", name[128];
    struct roost_error err;
    roost_model *model = NULL;
    assert_non_null(mkdtemp(path));
    int dir = open(path, O_RDONLY | O_DIRECTORY);
    put(dir, "model.yaml", linear);
    put(dir, "m.json", xgboost);
    assert_int_equal(symlinkat("m.json", dir, "link"), 0);
    static const struct {
        const char *name, *format;
    } cases[] = {{"", "native"}, {"/m.json", "xgboost-json"}, {"/model.yaml", "native"}};
    for (size_t i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%s%s", path, cases[i].name);
        /* Links inside a version are refused, so the directory must not hold one. */
        if (i == 0)
            unlinkat(dir, "link", 0);
        assert_int_equal(roost_model_open(name, &model, &err), ROOST_OK);
        assert_string_equal(roost_model_format(model), cases[i].format);
        assert_int_equal(strlen(roost_model_digest(model)), 64);
        roost_model_free(model);
    }
    assert_int_equal(symlinkat("m.json", dir, "link"), 0);
    snprintf(name, sizeof name, "%s/link", path); /* the caller's own path may be one */
    assert_int_equal(roost_model_open(name, &model, &err), ROOST_OK);
    roost_model_free(model);
    assert_int_equal(roost_model_open(path, &model, &err), ROOST_IO);
    snprintf(name, sizeof name, "%s/none", path);
    assert_int_equal(roost_model_open(name, &model, &err), ROOST_IO);
    assert_null(model);
    unlinkat(dir, "link", 0);
    unlinkat(dir, "m.json", 0);
    unlinkat(dir, "model.yaml", 0);
    close(dir);
    rmdir(path);
}

/* -- docs/model-format.md ------------------------------------------------------------ */

static char *read_docs(void)
{
    FILE *file = fopen(ROOST_SOURCE_DIR "/docs/model-format.md", "rb");
    char *text = calloc(1, 1 << 18);
    assert_non_null(file);
    assert_true(fread(text, 1, (1 << 18) - 1, file) > 0);
    fclose(file);
    return text;
}

static void expect(const char *docs, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void expect(const char *docs, const char *format, ...)
{
    char line[256];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (!strstr(docs, line))
        fail_msg("docs/model-format.md does not say: %s", line);
}

static void the_worked_examples_of_ids_are_right(void **state)
{
    (void)state;
    static const char category[] = "country\0de", discrete[] = "age\0"
                                                               "30";
    char *docs = read_docs();
    uint64_t ids[2] = {eng_hash_id(category, sizeof category - 1),
                       eng_hash_id(discrete, sizeof discrete - 1)};
    expect(docs, "`country` = `de` | `%016llx`", (unsigned long long)ids[0]);
    expect(docs, "`age` = `30` | `%016llx`", (unsigned long long)ids[1]);
    expect(docs, "the two crossed | `%016llx`",
           (unsigned long long)eng_hash_id(ids, sizeof ids));
    expect(docs, "with `bits: 20` | `%llu`", (unsigned long long)(ids[0] & 0xfffff));
    static const char *const features[] = {"user_age", "größe", "user#age"};
    for (size_t i = 0; i < 3; i++)
        expect(docs, "feature `%s` | `%016llx`", features[i],
               (unsigned long long)roost_feature_id(features[i], strlen(features[i])));
    free(docs);
}

static void every_operator_and_parameter_is_documented(void **state)
{
    (void)state;
    char *docs = read_docs();
    uint32_t count;
    const struct eng_op *const *list = eng_op_list(&count);
    for (uint32_t i = 0; i < count; i++) {
        char row[64];
        snprintf(row, sizeof row, "| `%s` | ", list[i]->name);
        const char *line = strstr(docs, row);
        if (!line)
            fail_msg("docs/model-format.md has no row for op %s", list[i]->name);
        const char *end = strchr(line, '\n');
        for (const struct eng_param_spec *p = list[i]->params; p && p->key; p++) {
            char key[64];
            snprintf(key, sizeof key, "`%s`", p->key);
            const char *found = strstr(line, key);
            if (!found || found > end)
                fail_msg("docs/model-format.md: op %s lacks %s", list[i]->name, p->key);
        }
    }
    free(docs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(content_decides_and_not_the_suffix),
        cmocka_unit_test(a_model_yaml_comes_before_all_else),
        cmocka_unit_test(what_is_no_model_is_refused_with_what_is_read),
        cmocka_unit_test(directories_and_files_are_opened_also_through_links),
        cmocka_unit_test(the_worked_examples_of_ids_are_right),
        cmocka_unit_test(every_operator_and_parameter_is_documented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
