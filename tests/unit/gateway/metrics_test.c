/* SPDX-License-Identifier: MIT
 * What is counted, how long an account lives, and that a scrape is valid text in which
 * every family stands once. */
#include "gateway/metrics.h"
#include "gateway/metrics_text.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint64_t no_spans[GW_STAGES] = {0};

static struct gw_account *account_of(struct gw_metrics *metrics, const char *model,
                                     int64_t version)
{
    struct gw_account *account = metrics->accounts;
    while (account != NULL &&
           (account->version != version || strcmp(account->model, model) != 0))
        account = account->next;
    return account;
}

/* A tally as attach makes it, for an account made by hand: attach needs a plan. */
static struct gw_tally *attached(struct gw_metrics *metrics, const char *model,
                                 int64_t version)
{
    struct gw_account *account = account_of(metrics, model, version);
    if (account == NULL) {
        account = gw_metrics_model(metrics, model);
        assert_int_equal(account->version, -1);
        account->version = version;
    }
    account->uses++;
    struct gw_tally *tally = calloc(1, sizeof *tally);
    tally->account = account;
    return tally;
}

static void count(struct gw_account *account, uint32_t worker, int code,
                  const char *reason, uint64_t duration_ns,
                  const uint64_t span_ns[GW_STAGES])
{
    struct gw_outcome outcome = {GW_API_V1, code, reason, duration_ns, span_ns};
    gw_account_count(account, worker, &outcome);
}

static char *render(struct gw_metrics *metrics, struct eng_buf *out)
{
    eng_buf_init(out, 1 << 22);
    gw_metrics_render_requests(metrics, out);
    assert_false(out->failed);
    return out->at;
}

static void expect_line(const char *text, const char *line)
{
    const char *at = strstr(text, line);
    if (at == NULL || (at != text && at[-1] != '\n') || at[strlen(line)] != '\n')
        fail_msg("no line \"%s\" in\n%s", line, text);
}

static void requests_are_counted_by_code_and_reason(void **state)
{
    (void)state;
    struct gw_metrics *metrics = gw_metrics_new(2);
    struct gw_tally *tally = attached(metrics, "ctr", 8);
    struct gw_account *account = tally->account;
    gw_account_begin(account, 0);
    count(account, 0, 200, NULL, 60000, no_spans);
    gw_account_end(account, 0);
    gw_account_begin(account, 1);
    count(account, 1, 400, "bad_input", 40000, no_spans);
    gw_account_end(account, 1);
    gw_account_begin(account, 1);
    gw_account_scored(account, 0, 7);
    struct eng_buf out;
    const char *text = render(metrics, &out);
    expect_line(text, "roost_requests_total{model=\"ctr\",version=\"8\",api=\"v1\","
                      "code=\"200\"} 1");
    expect_line(text, "roost_requests_total{model=\"ctr\",version=\"8\",api=\"v1\","
                      "code=\"400\"} 1");
    expect_line(text, "roost_request_failures_total{model=\"ctr\",version=\"8\","
                      "reason=\"bad_input\"} 1");
    expect_line(text, "roost_request_failures_total{model=\"ctr\",version=\"8\","
                      "reason=\"engine\"} 0");
    expect_line(text, "roost_examples_total{model=\"ctr\",version=\"8\"} 7");
    expect_line(text, "roost_requests_in_flight{model=\"ctr\"} 1");
    expect_line(text, "roost_request_duration_seconds_bucket{model=\"ctr\",version=\"8\","
                      "le=\"+Inf\"} 2");
    expect_line(text, "roost_request_duration_seconds_count{model=\"ctr\",version=\"8\"} "
                      "2");
    expect_line(text, "roost_request_duration_seconds_sum{model=\"ctr\",version=\"8\"} "
                      "0.0001");
    eng_buf_clear(&out);
    gw_metrics_detach(metrics, tally);
    gw_metrics_free(metrics);
}

static void a_version_without_requests_stands_at_zero(void **state)
{
    (void)state;
    struct gw_metrics *metrics = gw_metrics_new(1);
    struct gw_tally *tally = attached(metrics, "ctr", 1);
    struct eng_buf out;
    const char *text = render(metrics, &out);
    expect_line(text, "roost_requests_total{model=\"ctr\",version=\"1\",api=\"v1\","
                      "code=\"200\"} 0");
    expect_line(text, "roost_stage_duration_seconds_count{model=\"ctr\","
                      "stage=\"decode\"} 0");
    eng_buf_clear(&out);
    gw_metrics_detach(metrics, tally);
    gw_metrics_free(metrics);
}

static void stages_are_summed_over_versions_and_skipped_when_not_measured(void **state)
{
    (void)state;
    struct gw_metrics *metrics = gw_metrics_new(1);
    struct gw_tally *one = attached(metrics, "ctr", 1);
    struct gw_tally *two = attached(metrics, "ctr", 2);
    uint64_t spans[GW_STAGES] = {0};
    spans[GW_DECODE] = 1000000;
    count(one->account, 0, 200, NULL, 1, spans);
    count(two->account, 0, 200, NULL, 1, spans);
    struct eng_buf out;
    const char *text = render(metrics, &out);
    expect_line(text, "roost_stage_duration_seconds_sum{model=\"ctr\",stage=\"decode\"} "
                      "0.002");
    expect_line(text, "roost_stage_duration_seconds_count{model=\"ctr\","
                      "stage=\"decode\"} 2");
    expect_line(text, "roost_stage_duration_seconds_count{model=\"ctr\","
                      "stage=\"score\"} 0");
    eng_buf_clear(&out);
    gw_metrics_detach(metrics, one);
    gw_metrics_detach(metrics, two);
    gw_metrics_free(metrics);
}

static void counters_go_on_when_a_version_comes_back(void **state)
{
    (void)state;
    struct gw_metrics *metrics = gw_metrics_new(1);
    struct gw_tally *tally = attached(metrics, "ctr", 3);
    count(tally->account, 0, 200, NULL, 1, no_spans);
    gw_metrics_detach(metrics, tally);
    tally = attached(metrics, "ctr", 3);
    count(tally->account, 0, 200, NULL, 1, no_spans);
    struct eng_buf out;
    expect_line(render(metrics, &out), "roost_requests_total{model=\"ctr\",version=\"3\","
                                       "api=\"v1\",code=\"200\"} 2");
    eng_buf_clear(&out);
    gw_metrics_detach(metrics, tally);
    gw_metrics_free(metrics);
}

static void of_the_versions_that_are_gone_a_few_are_kept(void **state)
{
    (void)state;
    struct gw_metrics *metrics = gw_metrics_new(1);
    for (int64_t version = 1; version <= 100; version++)
        gw_metrics_detach(metrics, attached(metrics, "ctr", version));
    int kept = 0;
    const struct gw_account *account = metrics->accounts;
    for (; account != NULL; account = account->next)
        kept += strcmp(account->model, "ctr") == 0;
    assert_in_range(kept, 1, 8);
    assert_non_null(account_of(metrics, "ctr", 100));
    assert_null(account_of(metrics, "ctr", 1));
    gw_metrics_free(metrics);
}

/* A promise of every counter; a model's sum must keep what a freed version had counted.
 */
static void sums_over_a_models_versions_never_go_back(void **state)
{
    (void)state;
    struct gw_metrics *metrics = gw_metrics_new(2);
    uint64_t spans[GW_STAGES] = {0};
    spans[GW_DECODE] = 1000000;
    for (int64_t version = 1; version <= 30; version++) {
        struct gw_tally *tally = attached(metrics, "ctr", version);
        count(tally->account, 1, 200, NULL, 1, spans);
        eng_count(&tally->account->shard[0].unknown, 2);
        gw_metrics_detach(metrics, tally);
    }
    assert_null(account_of(metrics, "ctr", 1));
    struct eng_buf out;
    const char *text = render(metrics, &out);
    expect_line(text, "roost_stage_duration_seconds_sum{model=\"ctr\",stage=\"decode\"} "
                      "0.03");
    expect_line(text, "roost_stage_duration_seconds_count{model=\"ctr\","
                      "stage=\"decode\"} 30");
    expect_line(text, "roost_unknown_features_total{model=\"ctr\"} 60");
    eng_buf_clear(&out);
    gw_metrics_free(metrics);
}

static void a_request_in_flight_keeps_its_account(void **state)
{
    (void)state;
    struct gw_metrics *metrics = gw_metrics_new(1);
    struct gw_tally *first = attached(metrics, "ctr", 1);
    struct gw_account *account = first->account;
    gw_account_begin(account, 0);
    gw_metrics_detach(metrics, first);
    for (int64_t version = 2; version <= 50; version++)
        gw_metrics_detach(metrics, attached(metrics, "ctr", version));
    assert_ptr_equal(account_of(metrics, "ctr", 1), account);
    gw_account_end(account, 0);
    gw_metrics_detach(metrics, attached(metrics, "ctr", 51));
    assert_null(account_of(metrics, "ctr", 1));
    gw_metrics_free(metrics);
}

static void an_unlisted_code_counts_as_500(void **state)
{
    (void)state;
    struct gw_metrics *metrics = gw_metrics_new(1);
    count(metrics->unknown, 0, 599, "never heard of", 1, no_spans);
    struct eng_buf out;
    const char *text = render(metrics, &out);
    expect_line(text, "roost_requests_total{model=\"_unknown\",version=\"\",api=\"v1\","
                      "code=\"500\"} 1");
    expect_line(text, "roost_request_failures_total{model=\"_unknown\",version=\"\","
                      "reason=\"internal\"} 1");
    eng_buf_clear(&out);
    gw_metrics_free(metrics);
}

static void labels_are_escaped(void **state)
{
    (void)state;
    struct eng_buf out;
    eng_buf_init(&out, 4096);
    struct gw_sample sample = {GW_METRIC_MODEL_ALIAS, "", {"a\"b", "c\\d", "e\nf"}, NULL};
    gw_sample_u64(&out, &sample, 1);
    assert_string_equal(out.at, "roost_model_alias{model=\"a\\\"b\",alias=\"c\\\\d\","
                                "version=\"e\\nf\"} 1\n");
    eng_buf_clear(&out);
}

/* A small reader of the text format: name, labels, value; families announced before. */
static const char *read_name(const char *at)
{
    while ((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || *at == '_' ||
           (*at >= '0' && *at <= '9'))
        at++;
    return at;
}

static void check_sample(const char *line)
{
    const char *at = read_name(line);
    assert_true(at > line);
    if (*at == '{') {
        do {
            const char *name = ++at;
            at = read_name(name);
            assert_true(at > name && at[0] == '=' && at[1] == '"');
            for (at += 2; *at != '"'; at++) {
                assert_true(*at != '\0' && *at != '\n');
                at += *at == '\\';
            }
            at++;
        } while (*at == ',');
        assert_int_equal(*at, '}');
        at++;
    }
    assert_int_equal(*at, ' ');
    char *end;
    (void)strtod(at + 1, &end);
    assert_true(end > at + 1 && *end == '\0');
}

static void every_line_of_a_scrape_is_valid_and_families_stand_once(void **state)
{
    (void)state;
    struct gw_metrics *metrics = gw_metrics_new(2);
    struct gw_tally *tally = attached(metrics, "ctr", 8);
    struct eng_buf out;
    char *text = render(metrics, &out);
    int helps = 0, types = 0, samples = 0;
    for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        helps += strncmp(line, "# HELP ", 7) == 0;
        types += strncmp(line, "# TYPE ", 7) == 0;
        if (line[0] == '#')
            continue;
        check_sample(line);
        samples++;
    }
    assert_int_equal(helps, GW_METRIC_REUSES + 1);
    assert_int_equal(types, helps);
    assert_true(samples > 20);
    eng_buf_clear(&out);
    gw_metrics_detach(metrics, tally);
    gw_metrics_free(metrics);
}

static void the_docs_list_every_family(void **state)
{
    (void)state;
    FILE *file = fopen(ROOST_SOURCE_DIR "/docs/operations.md", "r");
    assert_non_null(file);
    static char text[1 << 18];
    size_t size = fread(text, 1, sizeof text - 1, file);
    text[size] = '\0';
    fclose(file);
    for (int i = 0; i < GW_METRICS; i++) {
        const struct gw_family *family = gw_family((enum gw_metric)i);
        char row[512];
        snprintf(row, sizeof row, "| `%s` | %s | %s | %s | %s |\n", family->name,
                 family->type, family->labels, family->stability, family->help);
        if (strstr(text, row) == NULL)
            fail_msg("docs/operations.md lacks the row:\n%s", row);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_counted_by_code_and_reason),
        cmocka_unit_test(a_version_without_requests_stands_at_zero),
        cmocka_unit_test(stages_are_summed_over_versions_and_skipped_when_not_measured),
        cmocka_unit_test(counters_go_on_when_a_version_comes_back),
        cmocka_unit_test(of_the_versions_that_are_gone_a_few_are_kept),
        cmocka_unit_test(sums_over_a_models_versions_never_go_back),
        cmocka_unit_test(a_request_in_flight_keeps_its_account),
        cmocka_unit_test(an_unlisted_code_counts_as_500),
        cmocka_unit_test(labels_are_escaped),
        cmocka_unit_test(every_line_of_a_scrape_is_valid_and_families_stand_once),
        cmocka_unit_test(the_docs_list_every_family),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
