/* SPDX-License-Identifier: MIT
 * Admin calls: what their bodies may say, where they may come from, and what a listing
 * shows of a model. */
#include "gateway/admin.h"
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static enum gw_fault_code read_body(enum reg_action action, const char *text,
                                    int64_t *version)
{
    struct gw_admin_body body;
    struct gw_fault fault;
    memset(&fault, 0, sizeof fault);
    int result =
        gw_admin_read(action, (const uint8_t *)text, strlen(text), &body, &fault);
    assert_int_equal(result, fault.code == GW_FAULT_NONE ? 0 : -1);
    *version = body.version;
    return fault.code;
}

static void a_command_names_its_version(void **state)
{
    (void)state;
    int64_t version;
    assert_int_equal(read_body(REG_PROMOTE, "{\"version\": 8}", &version), GW_FAULT_NONE);
    assert_true(version == 8);
    assert_int_equal(read_body(REG_PROMOTE, "{\"version\":0}", &version), GW_FAULT_NONE);
    assert_true(version == 0);
    assert_int_equal(read_body(REG_LOAD, "", &version), GW_FAULT_NONE);
    assert_true(version == -1);
    assert_int_equal(read_body(REG_UNLOAD, "{}", &version), GW_FAULT_NONE);
    assert_int_equal(read_body(REG_ROLLBACK, "{}", &version), GW_FAULT_NONE);
}

static void a_body_that_says_something_else_is_refused(void **state)
{
    (void)state;
    int64_t version;
    assert_int_equal(read_body(REG_PROMOTE, "", &version), GW_FAULT_MISSING_INPUT);
    assert_int_equal(read_body(REG_PROMOTE, "{}", &version), GW_FAULT_MISSING_INPUT);
    assert_int_equal(read_body(REG_PROMOTE, "{", &version), GW_FAULT_BAD_JSON);
    assert_int_equal(read_body(REG_PROMOTE, "{\"version\":1} x", &version),
                     GW_FAULT_BAD_JSON);
    assert_int_equal(read_body(REG_PROMOTE, "{\"version\":1,\"version\":2}", &version),
                     GW_FAULT_BAD_JSON);
    assert_int_equal(read_body(REG_PROMOTE, "[8]", &version), GW_FAULT_BAD_TYPE);
    assert_int_equal(read_body(REG_PROMOTE, "8", &version), GW_FAULT_BAD_TYPE);
    assert_int_equal(read_body(REG_PROMOTE, "{\"version\":\"8\"}", &version),
                     GW_FAULT_BAD_TYPE);
    assert_int_equal(read_body(REG_PROMOTE, "{\"version\":8.0}", &version),
                     GW_FAULT_BAD_TYPE);
    assert_int_equal(read_body(REG_PROMOTE, "{\"version\":-1}", &version),
                     GW_FAULT_BAD_VALUE);
    assert_int_equal(
        read_body(REG_PROMOTE, "{\"version\":9223372036854775808}", &version),
        GW_FAULT_BAD_JSON);
    assert_int_equal(read_body(REG_PROMOTE, "{\"verison\":8}", &version),
                     GW_FAULT_BAD_REQUEST);
    assert_int_equal(read_body(REG_ROLLBACK, "{\"version\":8}", &version),
                     GW_FAULT_BAD_REQUEST);
}

static int allowed(const char *host, const char *origin)
{
    struct gw_fault fault;
    memset(&fault, 0, sizeof fault);
    int result = gw_admin_guard(host, origin, &fault);
    assert_int_equal(fault.code, result == 0 ? GW_FAULT_NONE : GW_FAULT_FORBIDDEN);
    return result == 0;
}

static void only_loopback_names_reach_the_admin_calls(void **state)
{
    (void)state;
    assert_true(allowed(NULL, NULL));
    assert_true(allowed("localhost", NULL));
    assert_true(allowed("LocalHost:8502", NULL));
    assert_true(allowed("127.0.0.1:8502", NULL));
    assert_true(allowed("127.1.2.3", NULL));
    assert_true(allowed("[::1]:8502", NULL));
    assert_false(allowed("evil.example:8502", NULL));
    assert_false(allowed("127.evil.example", NULL));
    assert_false(allowed("localhost.evil.example", NULL));
    assert_false(allowed("[::1]evil", NULL));
    assert_false(allowed("10.0.0.1:8502", NULL));
    assert_false(allowed("", NULL));
}

static void a_page_of_another_origin_is_refused(void **state)
{
    (void)state;
    assert_true(allowed("127.0.0.1:8502", "http://127.0.0.1:8502"));
    assert_false(allowed("127.0.0.1:8502", "http://evil.example"));
    assert_false(allowed("127.0.0.1:8502", "http://127.0.0.1:8503"));
    assert_false(allowed("127.0.0.1:8502", "null"));
    assert_false(allowed(NULL, "http://127.0.0.1:8502"));
}

static void a_listing_shows_every_version_with_its_reason(void **state)
{
    (void)state;
    struct reg_version versions[2] = {
        {.version = 9, .state = REG_FAILED, .status = ROOST_FORMAT},
        {.version = 8,
         .state = REG_AVAILABLE,
         .format = "native",
         .bytes = 4096,
         .orphan = 1,
         .load_ns = 1500000,
         .loaded_at = 1000000000}};
    static const char reason[] = "model.yaml:3:1: \"quoted\" \xFF";
    memcpy(versions[0].text, reason, sizeof reason);
    memcpy(versions[1].digest, "abc", 4);
    struct reg_label label = {"canary", 9};
    struct reg_serving serving = {.name = "ctr", .version = 8};
    struct reg_entry entry = {.name = "ctr",
                              .pin = 8,
                              .reason = "",
                              .chosen = &serving,
                              .label_count = 1,
                              .labels = &label,
                              .version_count = 2,
                              .versions = versions};
    struct eng_buf out;
    eng_buf_init(&out, 65536);
    gw_admin_put_model(&entry, &out);
    json_t *model = json_loadb(out.at, out.size, 0, NULL);
    assert_non_null(model);
    assert_int_equal(json_integer_value(json_object_get(model, "serving")), 8);
    assert_int_equal(json_integer_value(json_object_get(model, "pin")), 8);
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(model, "labels"), "canary")),
        9);
    json_t *list = json_object_get(model, "versions");
    assert_int_equal(json_array_size(list), 2);
    json_t *bad = json_array_get(list, 0), *good = json_array_get(list, 1);
    assert_string_equal(json_string_value(json_object_get(bad, "state")), "FAILED");
    assert_string_equal(json_string_value(json_object_get(bad, "reason")),
                        "model.yaml:3:1: \"quoted\" \xEF\xBF\xBD");
    assert_true(json_is_true(json_object_get(good, "orphan")));
    assert_string_equal(json_string_value(json_object_get(good, "loaded_at")),
                        "2001-09-09T01:46:40Z");
    json_decref(model);
    eng_buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_names_its_version),
        cmocka_unit_test(a_body_that_says_something_else_is_refused),
        cmocka_unit_test(only_loopback_names_reach_the_admin_calls),
        cmocka_unit_test(a_page_of_another_origin_is_refused),
        cmocka_unit_test(a_listing_shows_every_version_with_its_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
