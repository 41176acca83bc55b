/* SPDX-License-Identifier: MIT
 * The repository extension: what its bodies may say, and its index. */
#include "gateway/admin.h"
#include "tests/unit/gateway/support/json.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static enum gw_fault_code read_index(const char *text, int *ready, struct gw_fault *fault)
{
    memset(fault, 0, sizeof *fault);
    int result = gw_admin_read_index((const uint8_t *)text, strlen(text), ready, fault);
    assert_int_equal(result, fault->code == GW_FAULT_NONE ? 0 : -1);
    return fault->code;
}

static void an_index_may_be_asked_for_with_an_empty_body(void **state)
{
    (void)state;
    struct gw_fault fault;
    int ready = 1;
    assert_int_equal(read_index("", &ready, &fault), GW_FAULT_NONE);
    assert_int_equal(ready, 0);
    assert_int_equal(read_index("{}", &ready, &fault), GW_FAULT_NONE);
    assert_int_equal(ready, 0);
    assert_int_equal(read_index("{\"ready\": true}", &ready, &fault), GW_FAULT_NONE);
    assert_int_equal(ready, 1);
    assert_int_equal(read_index("{\"ready\":false,\"x\":1}", &ready, &fault),
                     GW_FAULT_NONE);
    assert_int_equal(ready, 0);
}

static void ready_must_be_a_boolean(void **state)
{
    (void)state;
    static const char *const bad[] = {"{\"ready\":1}", "{\"ready\":\"true\"}",
                                      "{\"ready\":null}", "{\"ready\":{}}"};
    struct gw_fault fault;
    int ready;
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(read_index(bad[i], &ready, &fault), GW_FAULT_BAD_TYPE);
        assert_string_equal(fault.text, "Invalid value for 'ready': expected a boolean");
        assert_string_equal(fault.pointer, "/ready");
    }
    assert_int_equal(read_index("[]", &ready, &fault), GW_FAULT_BAD_TYPE);
    assert_int_equal(read_index("{", &ready, &fault), GW_FAULT_BAD_JSON);
    assert_int_equal(read_index("{\"ready\":true,\"ready\":true}", &ready, &fault),
                     GW_FAULT_BAD_JSON);
}

static enum gw_fault_code read_load(enum reg_action action, const char *text,
                                    struct gw_fault *fault)
{
    memset(fault, 0, sizeof *fault);
    int result =
        gw_admin_read_v2(action, "ctr", (const uint8_t *)text, strlen(text), fault);
    assert_int_equal(result, fault->code == GW_FAULT_NONE ? 0 : -1);
    if (fault->code == GW_FAULT_NONE)
        assert_string_equal(fault->pointer, "");
    return fault->code;
}

static void what_published_clients_send_is_taken(void **state)
{
    (void)state;
    struct gw_fault fault;
    assert_int_equal(read_load(REG_LOAD, "", &fault), GW_FAULT_NONE);
    assert_int_equal(read_load(REG_LOAD, "{}", &fault), GW_FAULT_NONE);
    assert_int_equal(read_load(REG_LOAD, "{\"parameters\":{}}", &fault), GW_FAULT_NONE);
    assert_int_equal(
        read_load(REG_UNLOAD, "{\"parameters\":{\"unload_dependents\":false}}", &fault),
        GW_FAULT_NONE);
}

static void a_parameter_that_would_change_what_is_loaded_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"{\"parameters\":{\"config\":\"{}\"}}",
                                      "{\"parameters\":{\"file:1/model.bin\":\"aGk=\"}}",
                                      "{\"parameters\":{\"unload_dependents\":true}}"};
    struct gw_fault fault;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(read_load(REG_LOAD, bad[i], &fault), GW_FAULT_UNIMPLEMENTED);
        assert_non_null(strstr(fault.text, "failed to load"));
        assert_string_equal(fault.pointer, "/parameters");
    }
    assert_int_equal(read_load(REG_LOAD, "{\"parameters\":[]}", &fault),
                     GW_FAULT_BAD_TYPE);
    assert_int_equal(
        read_load(REG_UNLOAD, "{\"parameters\":{\"unload_dependents\":0}}", &fault),
        GW_FAULT_BAD_TYPE);
    assert_int_equal(read_load(REG_LOAD, "\"x\"", &fault), GW_FAULT_BAD_TYPE);
    assert_int_equal(read_load(REG_LOAD, "{\"a\"", &fault), GW_FAULT_BAD_JSON);
}

/* Three models: of four versions, of none, and a group. */
struct bench {
    struct reg_version versions[4];
    struct reg_serving serving;
    struct reg_entry entries[3];
    const struct reg_entry *list[3];
    struct reg_snapshot snapshot;
};

static void open_bench(struct bench *b)
{
    static const enum reg_state states[4] = {REG_FAILED, REG_AVAILABLE, REG_UNLOADING,
                                             REG_LOADING};
    memset(b, 0, sizeof *b);
    for (int i = 0; i < 4; i++)
        b->versions[i] = (struct reg_version){.version = 9 - i, .state = states[i]};
    memcpy(b->versions[0].text, "a \"bad\" file", 13);
    b->serving = (struct reg_serving){.name = "ctr", .version = 8};
    b->entries[0] = (struct reg_entry){.name = "ctr",
                                       .reason = "",
                                       .chosen = &b->serving,
                                       .version_count = 4,
                                       .versions = b->versions};
    b->entries[1] = (struct reg_entry){.name = "empty", .reason = ""};
    b->entries[2] =
        (struct reg_entry){.name = "group", .group = 1, .reason = "ctr is out"};
    for (int i = 0; i < 3; i++)
        b->list[i] = &b->entries[i];
    b->snapshot = (struct reg_snapshot){.count = 3, .entries = b->list};
}

static json_t *index_of(const struct bench *b, int ready)
{
    struct eng_buf out;
    eng_buf_init(&out, 1 << 16);
    gw_admin_put_index(&b->snapshot, ready, &out);
    return document_of(&out);
}

static void expect_line(json_t *list, size_t i, const char *name, const char *version,
                        const char *state, const char *reason)
{
    json_t *line = json_array_get(list, i);
    assert_string_equal(text_at(line, "name"), name);
    assert_string_equal(text_at(line, "version"), version);
    assert_string_equal(text_at(line, "state"), state);
    assert_string_equal(text_at(line, "reason"), reason);
}

static void the_index_lists_every_version_with_its_state_and_reason(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b);
    json_t *list = index_of(&b, 0);
    assert_int_equal(json_array_size(list), 6);
    expect_line(list, 0, "ctr", "9", "UNAVAILABLE", "a \"bad\" file");
    expect_line(list, 1, "ctr", "8", "READY", "");
    expect_line(list, 2, "ctr", "7", "UNLOADING", "");
    expect_line(list, 3, "ctr", "6", "LOADING", "");
    expect_line(list, 4, "empty", "", "UNAVAILABLE", "");
    expect_line(list, 5, "group", "1", "UNAVAILABLE", "ctr is out");
    json_decref(list);
}

static void ready_leaves_only_what_serves(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b);
    json_t *list = index_of(&b, 1);
    assert_int_equal(json_array_size(list), 1);
    expect_line(list, 0, "ctr", "8", "READY", "");
    json_decref(list);
    b.entries[2].chosen = &b.serving;
    list = index_of(&b, 1);
    assert_int_equal(json_array_size(list), 2);
    expect_line(list, 1, "group", "1", "READY", "");
    json_decref(list);
    b.snapshot.count = 0;
    list = index_of(&b, 0);
    assert_int_equal(json_array_size(list), 0);
    json_decref(list);
}

static void the_data_listener_refuses_pages_of_another_origin_alone(void **state)
{
    (void)state;
    struct gw_fault fault;
    memset(&fault, 0, sizeof fault);
    assert_int_equal(gw_admin_origin("models.example:8501", NULL, &fault), 0);
    assert_int_equal(gw_admin_origin("a:1", "http://a:1", &fault), 0);
    assert_int_equal(gw_admin_origin("a:1", "http://b:1", &fault), -1);
    assert_int_equal(fault.code, GW_FAULT_FORBIDDEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_index_may_be_asked_for_with_an_empty_body),
        cmocka_unit_test(ready_must_be_a_boolean),
        cmocka_unit_test(what_published_clients_send_is_taken),
        cmocka_unit_test(a_parameter_that_would_change_what_is_loaded_is_refused),
        cmocka_unit_test(the_index_lists_every_version_with_its_state_and_reason),
        cmocka_unit_test(ready_leaves_only_what_serves),
        cmocka_unit_test(the_data_listener_refuses_pages_of_another_origin_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
