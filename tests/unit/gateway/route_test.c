/* SPDX-License-Identifier: MIT
 * What a method and a path mean: TensorFlow Serving's shapes below /v1, those of the Open
 * Inference Protocol below /v2, the probes, the admin calls, and all that is none. */
#include "gateway/route.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct gw_route_rules data_rules = {GW_DATA, 1, 0};
static const struct gw_route_rules admin_rules = {GW_ADMIN, 1, 0};
static const struct gw_route_rules control_rules = {GW_DATA, 1, 1};

/* The path is copied into a block of its very size, so that ASan sees a byte too many. */
static int parse(const struct gw_route_rules *rules, const char *method, const char *path,
                 struct gw_route *route, struct gw_fault *fault)
{
    size_t size = strlen(path);
    char *exact = test_malloc(size + (size == 0));
    memcpy(exact, path, size);
    memset(fault, 0, sizeof *fault);
    memset(route, 0, sizeof *route);
    int result = gw_route_parse(rules, method, exact, size, route, fault);
    test_free(exact);
    return result;
}

struct good {
    const char *method, *path;
    enum gw_kind kind;
    const char *model, *label;
    int64_t version;
};

static void expect_routes(const struct gw_route_rules *rules, const struct good *cases,
                          size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct gw_route route;
        struct gw_fault fault;
        if (parse(rules, cases[i].method, cases[i].path, &route, &fault) != 0)
            fail_msg("%s %s: %s", cases[i].method, cases[i].path, fault.text);
        assert_int_equal(route.kind, cases[i].kind);
        assert_string_equal(route.model, cases[i].model);
        assert_string_equal(route.label, cases[i].label);
        assert_true(route.version == cases[i].version);
        int v2 = strncmp(cases[i].path, "/v2", 3) == 0;
        assert_int_equal(route.api, v2 ? GW_API_V2 : GW_API_V1);
    }
}

static void tensorflow_servings_paths_are_understood(void **state)
{
    (void)state;
    static const struct good cases[] = {
        {"POST", "/v1/models/ctr:predict", GW_ROUTE_PREDICT, "ctr", "", -1},
        {"POST", "/v1/models/ctr/versions/8:predict", GW_ROUTE_PREDICT, "ctr", "", 8},
        {"POST", "/v1/models/ctr/versions/0:predict", GW_ROUTE_PREDICT, "ctr", "", 0},
        {"POST", "/v1/models/ctr/versions/9223372036854775807:predict", GW_ROUTE_PREDICT,
         "ctr", "", INT64_MAX},
        {"POST", "/v1/models/ctr/labels/canary:predict", GW_ROUTE_PREDICT, "ctr",
         "canary", -1},
        {"POST", "/V1/Models/CTR:PREDICT", GW_ROUTE_PREDICT, "CTR", "", -1},
        {"POST", "/v1/models/a%20b%2Fc:predict", GW_ROUTE_PREDICT, "a b/c", "", -1},
        {"POST", "/v1/models/%C3%A9t%c3%a9:predict", GW_ROUTE_PREDICT,
         "\xC3\xA9t\xC3\xA9", "", -1},
        {"GET", "/v1/models/ctr", GW_ROUTE_STATUS, "ctr", "", -1},
        {"HEAD", "/v1/models/ctr", GW_ROUTE_STATUS, "ctr", "", -1},
        {"GET", "/v1/models/ctr/versions/12", GW_ROUTE_STATUS, "ctr", "", 12},
        {"GET", "/v1/models/ctr/LABELS/stable", GW_ROUTE_STATUS, "ctr", "stable", -1},
        {"GET", "/v1/models", GW_ROUTE_MODELS, "", "", -1},
        {"POST", "/v1/models/ctr:classify", GW_ROUTE_CLASSIFY, "ctr", "", -1},
        {"POST", "/v1/models/ctr/versions/8:Classify", GW_ROUTE_CLASSIFY, "ctr", "", 8},
        {"POST", "/v1/models/ctr/labels/a:regress", GW_ROUTE_REGRESS, "ctr", "a", -1},
        {"GET", "/v1/models/ctr/metadata", GW_ROUTE_METADATA, "ctr", "", -1},
        {"GET", "/v1/models/ctr/versions/8/METADATA", GW_ROUTE_METADATA, "ctr", "", 8},
        {"GET", "/v1/models/ctr/labels/a/metadata", GW_ROUTE_METADATA, "ctr", "a", -1},
    };
    expect_routes(&data_rules, cases, sizeof cases / sizeof cases[0]);
}

static void probes_and_metrics_stand_on_both_listeners(void **state)
{
    (void)state;
    static const struct good cases[] = {
        {"GET", "/livez", GW_ROUTE_LIVE, "", "", -1},
        {"HEAD", "/readyz", GW_ROUTE_READY, "", "", -1},
        {"GET", "/healthz", GW_ROUTE_READY, "", "", -1},
        {"GET", "/startupz", GW_ROUTE_STARTED, "", "", -1},
        {"GET", "/metrics", GW_ROUTE_METRICS, "", "", -1},
        {"GET", "/monitoring/prometheus/metrics", GW_ROUTE_METRICS, "", "", -1},
    };
    expect_routes(&data_rules, cases, sizeof cases / sizeof cases[0]);
    expect_routes(&admin_rules, cases, sizeof cases / sizeof cases[0]);
}

static void metrics_can_be_taken_off_the_data_listener(void **state)
{
    (void)state;
    struct gw_route_rules rules = {GW_DATA, 0, 0};
    struct gw_route route;
    struct gw_fault fault;
    assert_int_equal(parse(&rules, "GET", "/metrics", &route, &fault), -1);
    assert_int_equal(fault.code, GW_FAULT_NOT_FOUND);
    rules.listener = GW_ADMIN;
    assert_int_equal(parse(&rules, "GET", "/metrics", &route, &fault), 0);
}

static void admin_calls_exist_on_the_admin_listener_alone(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        enum reg_action action;
    } commands[] = {{"/admin/v1/models/ctr:promote", REG_PROMOTE},
                    {"/admin/v1/models/ctr:rollback", REG_ROLLBACK},
                    {"/admin/v1/models/ctr:load", REG_LOAD},
                    {"/admin/v1/models/ctr:unload", REG_UNLOAD}};
    struct gw_route route;
    struct gw_fault fault;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        assert_int_equal(parse(&admin_rules, "POST", commands[i].path, &route, &fault),
                         0);
        assert_int_equal(route.kind, GW_ROUTE_ADMIN_COMMAND);
        assert_int_equal(route.action, commands[i].action);
        assert_string_equal(route.model, "ctr");
        assert_int_equal(parse(&data_rules, "POST", commands[i].path, &route, &fault),
                         -1);
        assert_int_equal(fault.code, GW_FAULT_NOT_FOUND);
    }
    static const struct good lists[] = {
        {"GET", "/admin/v1/models", GW_ROUTE_ADMIN_MODELS, "", "", -1},
        {"GET", "/admin/v1/models/ctr", GW_ROUTE_ADMIN_MODEL, "ctr", "", -1}};
    expect_routes(&admin_rules, lists, 2);
}

static void the_open_inference_protocols_paths_are_understood(void **state)
{
    (void)state;
    static const struct good cases[] = {
        {"GET", "/v2", GW_ROUTE_V2_SERVER, "", "", -1},
        {"GET", "/v2/", GW_ROUTE_V2_SERVER, "", "", -1},
        {"HEAD", "/v2/health/live", GW_ROUTE_V2_LIVE, "", "", -1},
        {"GET", "/v2/health/ready", GW_ROUTE_V2_READY, "", "", -1},
        {"GET", "/v2/models", GW_ROUTE_MODELS, "", "", -1},
        {"GET", "/v2/models/ctr", GW_ROUTE_V2_MODEL, "ctr", "", -1},
        {"GET", "/v2/models/ctr/versions/8", GW_ROUTE_V2_MODEL, "ctr", "", 8},
        {"GET", "/v2/models/ctr/ready", GW_ROUTE_V2_MODEL_READY, "ctr", "", -1},
        {"GET", "/v2/models/ctr/versions/8/ready", GW_ROUTE_V2_MODEL_READY, "ctr", "", 8},
        {"GET", "/v2/models/ctr/config", GW_ROUTE_V2_CONFIG, "ctr", "", -1},
        {"GET", "/v2/models/ctr/versions/8/config", GW_ROUTE_V2_CONFIG, "ctr", "", 8},
        {"GET", "/v2/models/stats", GW_ROUTE_V2_STATS, "", "", -1},
        {"GET", "/v2/models/ctr/stats", GW_ROUTE_V2_STATS, "ctr", "", -1},
        {"GET", "/v2/models/ctr/versions/8/stats", GW_ROUTE_V2_STATS, "ctr", "", 8},
        {"POST", "/v2/models/ctr/infer", GW_ROUTE_INFER, "ctr", "", -1},
        {"POST", "/v2/models/ctr/versions/8/infer", GW_ROUTE_INFER, "ctr", "", 8},
        {"POST", "/v2/models/a:b%2Fc/infer", GW_ROUTE_INFER, "a:b/c", "", -1},
        {"POST", "/v2/models/stats/infer", GW_ROUTE_INFER, "stats", "", -1},
    };
    expect_routes(&data_rules, cases, sizeof cases / sizeof cases[0]);
}

static const struct good repository[] = {
    {"POST", "/v2/repository/index", GW_ROUTE_V2_INDEX, "", "", -1},
    {"POST", "/v2/repository/models/ctr/load", GW_ROUTE_V2_COMMAND, "ctr", "", -1},
    {"POST", "/v2/repository/models/ctr/unload", GW_ROUTE_V2_COMMAND, "ctr", "", -1},
    {"POST", "/v2/repository/models/ctr/versions/8/load", GW_ROUTE_V2_COMMAND, "ctr", "",
     8},
    {"POST", "/v2/repository/models/ctr/versions/8/unload", GW_ROUTE_V2_COMMAND, "ctr",
     "", 8},
};
enum { REPOSITORY_ROUTES = sizeof repository / sizeof repository[0] };

static void
repository_calls_stand_on_the_admin_listener_and_where_configured(void **state)
{
    (void)state;
    expect_routes(&admin_rules, repository, REPOSITORY_ROUTES);
    expect_routes(&control_rules, repository, REPOSITORY_ROUTES);
    static const struct good admin[] = {
        {"GET", "/admin/v1/models", GW_ROUTE_ADMIN_MODELS, "", "", -1},
        {"POST", "/admin/v1/models/ctr:load", GW_ROUTE_ADMIN_COMMAND, "ctr", "", -1}};
    expect_routes(&control_rules, admin, 2);
    struct gw_route route;
    struct gw_fault fault;
    for (int i = 0; i < REPOSITORY_ROUTES; i++) {
        int result = parse(&data_rules, "POST", repository[i].path, &route, &fault);
        assert_int_equal(result, -1);
        assert_int_equal(fault.code, GW_FAULT_FORBIDDEN);
        assert_non_null(strstr(fault.text, "compat.control_on_data_port"));
    }
}

static void load_and_unload_are_told_apart(void **state)
{
    (void)state;
    struct gw_route route;
    struct gw_fault fault;
    for (int i = 1; i < REPOSITORY_ROUTES; i++) {
        assert_int_equal(parse(&admin_rules, "POST", repository[i].path, &route, &fault),
                         0);
        assert_int_equal(route.action, i % 2 == 1 ? REG_LOAD : REG_UNLOAD);
    }
}

static void health_and_the_server_are_told_of_on_both_listeners(void **state)
{
    (void)state;
    static const struct good cases[] = {
        {"GET", "/v2", GW_ROUTE_V2_SERVER, "", "", -1},
        {"GET", "/v2/health/live", GW_ROUTE_V2_LIVE, "", "", -1},
        {"GET", "/v2/health/ready", GW_ROUTE_V2_READY, "", "", -1}};
    expect_routes(&admin_rules, cases, 3);
}

struct bad {
    const char *method, *path;
    enum gw_fault_code code;
    const char *text; /* or NULL */
};

static void expect_faults(const struct gw_route_rules *rules, const struct bad *cases,
                          size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct gw_route route;
        struct gw_fault fault;
        if (parse(rules, cases[i].method, cases[i].path, &route, &fault) == 0)
            fail_msg("%s %s was accepted", cases[i].method, cases[i].path);
        if (fault.code != cases[i].code)
            fail_msg("%s %s: %s", cases[i].method, cases[i].path, fault.text);
        if (cases[i].text != NULL)
            assert_string_equal(fault.text, cases[i].text);
    }
}

static void what_is_below_v1_and_no_route_is_malformed(void **state)
{
    (void)state;
    static const struct bad cases[] = {
        {"POST", "/v1/models/ctr", GW_FAULT_MALFORMED_PATH,
         "Malformed request: POST /v1/models/ctr"},
        {"GET", "/v1/models/ctr:predict", GW_FAULT_MALFORMED_PATH,
         "Malformed request: GET /v1/models/ctr:predict"},
        {"DELETE", "/v1/models/ctr", GW_FAULT_MALFORMED_PATH,
         "Malformed request: DELETE /v1/models/ctr"},
        {"GET", "/v1", GW_FAULT_MALFORMED_PATH, "Malformed request: GET /v1"},
        {"GET", "/v1/", GW_FAULT_MALFORMED_PATH, "Malformed request: GET /v1/"},
        {"GET", "/v1/models/", GW_FAULT_MALFORMED_PATH, NULL},
        {"POST", "/v1/models", GW_FAULT_MALFORMED_PATH, NULL},
        {"GET", "/v1/modelsx", GW_FAULT_MALFORMED_PATH, NULL},
        {"GET", "/v1/models/a/b", GW_FAULT_MALFORMED_PATH, NULL},
        {"POST", "/v1/models/a:predictx", GW_FAULT_MALFORMED_PATH, NULL},
        {"POST", "/v1/models/a:", GW_FAULT_MALFORMED_PATH, NULL},
        {"POST", "/v1/models/:predict", GW_FAULT_MALFORMED_PATH, NULL},
        {"POST", "/v1/models/a/versions/:predict", GW_FAULT_MALFORMED_PATH, NULL},
        {"POST", "/v1/models/a/versions/-1:predict", GW_FAULT_MALFORMED_PATH, NULL},
        {"POST", "/v1/models/a/versions/1x:predict", GW_FAULT_MALFORMED_PATH, NULL},
        {"POST", "/v1/models/a/labels/:predict", GW_FAULT_MALFORMED_PATH, NULL},
        {"POST", "/v1/models/a/versions/1/labels/b:predict", GW_FAULT_MALFORMED_PATH,
         NULL},
        {"POST", "/v1/models/%:predict", GW_FAULT_MALFORMED_PATH, NULL},
        {"POST", "/v1/models/%4:predict", GW_FAULT_MALFORMED_PATH, NULL},
        {"POST", "/v1/models/%zz:predict", GW_FAULT_MALFORMED_PATH, NULL},
        {"POST", "/v1/models/%00:predict", GW_FAULT_MALFORMED_PATH, NULL},
        {"POST", "/v1/models/%ff:predict", GW_FAULT_MALFORMED_PATH, NULL},
        {"POST", "/v1/models/%0a:predict", GW_FAULT_MALFORMED_PATH, NULL},
        {"POST", "/v1/models/\xFF\x01:x", GW_FAULT_MALFORMED_PATH,
         "Malformed request: POST /v1/models/?"
         "?:x"},
    };
    expect_faults(&data_rules, cases, sizeof cases / sizeof cases[0]);
}

static void a_version_beyond_int64_is_named(void **state)
{
    (void)state;
    static const struct bad cases[] = {
        {"POST", "/v1/models/a/versions/9223372036854775808:predict",
         GW_FAULT_MALFORMED_PATH,
         "Failed to convert version: 9223372036854775808 to numeric."},
        {"GET", "/v1/models/a/versions/18446744073709551615", GW_FAULT_MALFORMED_PATH,
         "Failed to convert version: 18446744073709551615 to numeric."},
        {"GET", "/v1/models/a/versions/99999999999999999999999999999999",
         GW_FAULT_MALFORMED_PATH, NULL},
    };
    expect_faults(&data_rules, cases, sizeof cases / sizeof cases[0]);
}

static void what_is_not_there_is_404_and_the_wrong_verb_405(void **state)
{
    (void)state;
    static const struct bad data[] = {
        {"GET", "/", GW_FAULT_NOT_FOUND, NULL},
        {"GET", "", GW_FAULT_NOT_FOUND, NULL},
        {"GET", "/v10/models", GW_FAULT_NOT_FOUND, NULL},
        {"GET", "/livez/", GW_FAULT_NOT_FOUND, NULL},
        {"GET", "/LIVEZ", GW_FAULT_NOT_FOUND, NULL},
        {"POST", "/livez", GW_FAULT_BAD_METHOD, NULL},
        {"POST", "/metrics", GW_FAULT_BAD_METHOD, NULL},
        {"GET", "/admin/v1/models", GW_FAULT_NOT_FOUND, NULL},
    };
    expect_faults(&data_rules, data, sizeof data / sizeof data[0]);
    static const struct bad admin[] = {
        {"GET", "/v1/models", GW_FAULT_NOT_FOUND, NULL},
        {"GET", "/admin/v1/models/", GW_FAULT_NOT_FOUND, NULL},
        {"GET", "/admin/v1/models/a/b", GW_FAULT_NOT_FOUND, NULL},
        {"POST", "/admin/v1/models/a:explode", GW_FAULT_NOT_FOUND, NULL},
        {"POST", "/admin/v1/models/a", GW_FAULT_BAD_METHOD, NULL},
        {"GET", "/admin/v1/models/a:promote", GW_FAULT_BAD_METHOD, NULL},
        {"PUT", "/admin/v1/models/a:promote", GW_FAULT_BAD_METHOD, NULL},
    };
    expect_faults(&admin_rules, admin, sizeof admin / sizeof admin[0]);
}

static void below_v2_the_texts_are_tritons(void **state)
{
    (void)state;
    static const struct bad data[] = {
        {"GET", "/v2/nope", GW_FAULT_NOT_FOUND, "Not Found"},
        {"GET", "/v2/models/", GW_FAULT_NOT_FOUND, "Not Found"},
        {"GET", "/V2/health/live", GW_FAULT_NOT_FOUND, NULL},
        {"GET", "/v2/Health/live", GW_FAULT_NOT_FOUND, "Not Found"},
        {"GET", "/v20", GW_FAULT_NOT_FOUND, NULL},
        {"GET", "/v2/models/a/versions/v10", GW_FAULT_NOT_FOUND, "Not Found"},
        {"GET", "/v2/models/a/versions/", GW_FAULT_NOT_FOUND, "Not Found"},
        {"GET", "/v2/models/a/labels/b", GW_FAULT_NOT_FOUND, "Not Found"},
        {"POST", "/v2/models/%ff/infer", GW_FAULT_NOT_FOUND, "Not Found"},
        {"GET", "/v2/models/a/infer", GW_FAULT_BAD_METHOD, "Method Not Allowed"},
        {"POST", "/v2/models/a", GW_FAULT_BAD_METHOD, "Method Not Allowed"},
        {"DELETE", "/v2/health/live", GW_FAULT_BAD_METHOD, "Method Not Allowed"},
        {"POST", "/v2/models/a/versions/9223372036854775808/infer",
         GW_FAULT_MALFORMED_PATH,
         "failed to get model version from specified version string "
         "'9223372036854775808', version should be an integral value"},
    };
    expect_faults(&data_rules, data, sizeof data / sizeof data[0]);
    static const struct bad admin[] = {
        {"GET", "/v2/repository/index", GW_FAULT_BAD_METHOD, "Method Not Allowed"},
        {"POST", "/v2/repository/other/index", GW_FAULT_UNIMPLEMENTED, NULL},
        {"POST", "/v2/repository/other/models/a/load", GW_FAULT_UNIMPLEMENTED, NULL},
        {"POST", "/v2/repository/other/models/a/versions/1/unload",
         GW_FAULT_UNIMPLEMENTED, NULL},
        {"GET", "/v2/models/a", GW_FAULT_NOT_FOUND, "Not Found"},
    };
    expect_faults(&admin_rules, admin, sizeof admin / sizeof admin[0]);
}

static void a_405_tells_which_verb_is_right(void **state)
{
    (void)state;
    struct gw_route route;
    struct gw_fault fault;
    assert_int_equal(parse(&data_rules, "POST", "/readyz", &route, &fault), -1);
    assert_int_equal(fault.allow_get, 1);
    assert_int_equal(
        parse(&admin_rules, "GET", "/admin/v1/models/a:load", &route, &fault), -1);
    assert_int_equal(fault.allow_get, 0);
}

static void a_name_longer_than_any_model_is_cut_and_stays_unknown(void **state)
{
    (void)state;
    char path[4096] = "/v1/models/";
    memset(path + 11, 'a', 3000);
    memcpy(path + 3011, ":predict", 9);
    struct gw_route route;
    struct gw_fault fault;
    assert_int_equal(parse(&data_rules, "POST", path, &route, &fault), 0);
    assert_true(strlen(route.model) > REG_NAME_MAX);
}

static void every_prefix_of_a_path_is_judged_without_harm(void **state)
{
    (void)state;
    static const char path[] = "/v1/models/%41b/versions/12345678901234567890:predict";
    for (size_t size = 0; size < sizeof path; size++) {
        char part[sizeof path];
        memcpy(part, path, size);
        part[size] = '\0';
        struct gw_route route;
        struct gw_fault fault;
        int result = parse(&data_rules, "POST", part, &route, &fault);
        assert_true((result == 0) == (fault.code == GW_FAULT_NONE));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tensorflow_servings_paths_are_understood),
        cmocka_unit_test(probes_and_metrics_stand_on_both_listeners),
        cmocka_unit_test(metrics_can_be_taken_off_the_data_listener),
        cmocka_unit_test(admin_calls_exist_on_the_admin_listener_alone),
        cmocka_unit_test(what_is_below_v1_and_no_route_is_malformed),
        cmocka_unit_test(a_version_beyond_int64_is_named),
        cmocka_unit_test(what_is_not_there_is_404_and_the_wrong_verb_405),
        cmocka_unit_test(the_open_inference_protocols_paths_are_understood),
        cmocka_unit_test(
            repository_calls_stand_on_the_admin_listener_and_where_configured),
        cmocka_unit_test(load_and_unload_are_told_apart),
        cmocka_unit_test(health_and_the_server_are_told_of_on_both_listeners),
        cmocka_unit_test(below_v2_the_texts_are_tritons),
        cmocka_unit_test(a_405_tells_which_verb_is_right),
        cmocka_unit_test(a_name_longer_than_any_model_is_cut_and_stays_unknown),
        cmocka_unit_test(every_prefix_of_a_path_is_judged_without_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
