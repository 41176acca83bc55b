/* SPDX-License-Identifier: MIT
 * The statistics extension: what accounts count, in its shape. */
#include "gateway/v2_stats.h"
#include "tests/unit/gateway/support/json.h"
#include "tests/unit/gateway/support/plans.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct bench {
    struct gw_metrics *metrics;
    struct reg_serving serving;
    struct reg_version version;
    struct reg_entry entry;
};

static void open_bench(struct bench *b)
{
    memset(b, 0, sizeof *b);
    b->metrics = gw_metrics_new(2);
    assert_non_null(b->metrics);
    b->serving =
        (struct reg_serving){.name = "ctr", .version = 8, .plan = plan_of_one_number()};
    b->serving.user = gw_metrics_attach(b->metrics, &b->serving);
    assert_non_null(b->serving.user);
    b->version = (struct reg_version){.version = 8, .bytes = 4096};
    b->entry =
        (struct reg_entry){.name = "ctr", .version_count = 1, .versions = &b->version};
}

static void close_bench(struct bench *b)
{
    gw_metrics_detach(b->metrics, b->serving.user);
    roost_plan_free((roost_plan *)(uintptr_t)b->serving.plan);
    gw_metrics_free(b->metrics);
}

static json_t *stats(struct bench *b)
{
    const struct gw_v2_now now = {5000000000, 1700000000000};
    struct eng_buf out;
    eng_buf_init(&out, 1 << 16);
    gw_v2_put_stats(&b->entry, &b->serving, 2, &now, &out);
    return document_of(&out);
}

static void a_model_nobody_asked_stands_at_zero(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b);
    json_t *s = stats(&b);
    assert_string_equal(text_at(s, "name"), "ctr");
    assert_string_equal(text_at(s, "version"), "8");
    assert_int_equal(int_at(s, "last_inference"), 0);
    assert_int_equal(int_at(s, "inference_count"), 0);
    assert_int_equal(int_at(s, "execution_count"), 0);
    static const char *const spans[] = {"success",       "fail",          "queue",
                                        "compute_input", "compute_infer", "cache_hit",
                                        "cache_miss",    "compute_output"};
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
        json_t *span = json_object_get(at(s, "inference_stats"), spans[i]);
        assert_int_equal(int_at(span, "count"), 0);
        assert_int_equal(int_at(span, "ns"), 0);
    }
    assert_int_equal(json_object_size(at(s, "response_stats")), 0);
    assert_int_equal(json_array_size(at(s, "batch_stats")), 0);
    assert_string_equal(text_at(s, "memory_usage/0/type"), "CPU");
    assert_int_equal(int_at(s, "memory_usage/0/byte_size"), 4096);
    json_decref(s);
    close_bench(&b);
}

static void requests_of_both_apis_and_all_workers_are_summed(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b);
    struct gw_account *account = ((struct gw_tally *)b.serving.user)->account;
    uint64_t spans[GW_STAGES] = {0};
    spans[GW_DECODE] = 100;
    spans[GW_ENCODE] = 30;
    struct gw_outcome good = {GW_API_V2, 200, NULL, 1000, spans};
    struct gw_outcome bad = {GW_API_V1, 400, "bad_input", 70, spans};
    gw_account_ran(account, 0, 5, 400, 2000000000);
    gw_account_scored(account, 0, 5);
    gw_account_count(account, 0, &good);
    gw_account_ran(account, 1, 2, 600, 3000000000);
    gw_account_scored(account, 1, 2);
    good.api = GW_API_V1;
    gw_account_count(account, 1, &good);
    gw_account_count(account, 1, &bad);
    json_t *s = stats(&b);
    assert_int_equal(int_at(s, "inference_count"), 7);
    assert_int_equal(int_at(s, "execution_count"), 2);
    assert_int_equal(int_at(s, "inference_stats/success/count"), 2);
    assert_int_equal(int_at(s, "inference_stats/success/ns"), 2000);
    assert_int_equal(int_at(s, "inference_stats/fail/count"), 1);
    assert_int_equal(int_at(s, "inference_stats/fail/ns"), 70);
    assert_int_equal(int_at(s, "inference_stats/compute_input/count"), 3);
    assert_int_equal(int_at(s, "inference_stats/compute_input/ns"), 300);
    assert_int_equal(int_at(s, "inference_stats/compute_infer/count"), 2);
    assert_int_equal(int_at(s, "inference_stats/compute_infer/ns"), 1000);
    assert_int_equal(int_at(s, "inference_stats/compute_output/ns"), 90);
    /* Two seconds before now, which is 5 s on the clock. */
    assert_int_equal(int_at(s, "last_inference"), 1700000000000 - 2000);
    json_decref(s);
    close_bench(&b);
}

static void the_rows_of_a_group_are_those_of_its_own_requests(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b);
    b.serving.member_count = 2;
    gw_account_ran(((struct gw_tally *)b.serving.user)->account, 0, 5, 400, 1);
    json_t *s = stats(&b);
    assert_int_equal(int_at(s, "inference_count"), 5);
    json_decref(s);
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_nobody_asked_stands_at_zero),
        cmocka_unit_test(requests_of_both_apis_and_all_workers_are_summed),
        cmocka_unit_test(the_rows_of_a_group_are_those_of_its_own_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
