/* SPDX-License-Identifier: MIT
 * check.c - `roost check`: would this configuration serve, and would every version of
 * every model load? Nothing is served and nothing is written. */
#include "engine/base/buf.h"
#include "gateway/cli/check_models.h"
#include "gateway/cli/cli.h"
#include "gateway/text.h"
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Examples\n"
    "  roost check -c roost.yaml\n"
    "  roost check --models registry/demo/models\n"
    "  roost check --models models --json | jq '.versions[] | select(.ok | not)'\n"
    "\n"
    "Options\n"
    "  -c, --config FILE    YAML, see `roost config docs`\n"
    "  --models DIR         directory of the models (registry.dir)\n"
    "  --set KEY=VALUE      any other option; may stand often\n"
    "  --json               as a JSON object\n"
    "\n"
    "Reads the configuration, loads every version of every model, replays its "
    "golden.jsonl\n"
    "and warmup.jsonl. Mistakes go to stderr as file:line:column: text; exit code 1.\n";

enum { REPORT_MAX = 256 << 20 };

struct report {
    const struct cfg *cfg;
    const struct reg_snapshot *snapshot;
    struct eng_buf out;
    int json;
    uint32_t versions;
    uint32_t failed;
};

/* A reason names a file of the version first when it is about one: make that a path that
 * an editor can open. */
static void complain(const struct report *report, const char *name, int64_t version,
                     const char *reason)
{
    char path[4096], file[128];
    snprintf(file, sizeof file, "%.*s", (int)strcspn(reason, ":"), reason);
    snprintf(path, sizeof path, "%s/%s/%" PRId64 "/%s", report->cfg->models_dir, name,
             version, file);
    int about_file = strchr(file, '/') == NULL && access(path, F_OK) == 0;
    fprintf(stderr, "%s/%s/%" PRId64 "%s%s\n", report->cfg->models_dir, name, version,
            about_file ? "/" : ": ", reason);
}

static void json_text(struct eng_buf *out, const char *key, const char *text)
{
    eng_buf_format(out, ", \"%s\": ", key);
    gw_text_json(out, text, strlen(text));
}

static void put_version(struct report *report, const char *name,
                        const struct reg_version *version)
{
    struct eng_buf *out = &report->out;
    int ok = version->state == REG_AVAILABLE;
    const char *format = version->format != NULL ? version->format : "";
    if (report->json) {
        eng_buf_text(out,
                     report->versions > 0 ? ",\n  {\"model\": " : "\n  {\"model\": ");
        gw_text_json(out, name, strlen(name));
        eng_buf_format(out, ", \"version\": %" PRId64 ", \"ok\": %s, \"bytes\": %zu",
                       version->version, ok ? "true" : "false", version->bytes);
        json_text(out, "format", format);
        json_text(out, "digest", version->digest);
        json_text(out, "reason", ok ? "" : version->text);
        eng_buf_text(out, "}");
    } else {
        eng_buf_format(out, "%s %s/%" PRId64 "  %s, %zu bytes\n",
                       ok ? "ok    " : "failed", name, version->version,
                       format[0] ? format : "not loaded", version->bytes);
    }
    report->versions++;
    if (!ok) {
        report->failed++;
        complain(report, name, version->version,
                 version->text[0] ? version->text : "was not loaded");
    }
}

static void put_group(struct report *report, const struct reg_entry *entry)
{
    struct eng_buf *out = &report->out;
    int ok = entry->chosen != NULL;
    const char *what = ok ? entry->chosen->version_header : entry->reason;
    if (report->json) {
        eng_buf_text(out,
                     report->versions > 0 ? ",\n  {\"group\": " : "\n  {\"group\": ");
        gw_text_json(out, entry->name, strlen(entry->name));
        eng_buf_format(out, ", \"ok\": %s", ok ? "true" : "false");
        json_text(out, ok ? "members" : "reason", what);
        eng_buf_text(out, "}");
    } else {
        eng_buf_format(out, "%s %s  group: %s\n", ok ? "ok    " : "failed", entry->name,
                       what);
    }
    report->versions++;
    if (!ok) {
        report->failed++;
        fprintf(stderr, "%s/%s/group.yaml: %s\n", report->cfg->models_dir, entry->name,
                what);
    }
}

static void put_entry(struct report *report, const struct reg_entry *entry)
{
    if (entry->group) {
        put_group(report, entry);
        return;
    }
    for (uint32_t i = 0; i < entry->version_count; i++)
        put_version(report, entry->name, &entry->versions[i]);
    if (entry->version_count == 0) {
        report->failed++;
        fprintf(stderr, "%s/%s: holds no version\n", report->cfg->models_dir,
                entry->name);
    }
}

static int has_version(const struct reg_entry *entry, int64_t version)
{
    for (uint32_t i = 0; i < entry->version_count; i++)
        if (entry->versions[i].version == version)
            return 1;
    return 0;
}

/* What roost.yaml says of a model must exist: a label of a version that is not there
 * would be a 400 on the first request that uses it. */
static void check_promises(struct report *report, const struct cfg_model *model)
{
    const struct reg_entry *entry =
        reg_find(report->snapshot, model->name, strlen(model->name));
    if (entry == NULL) {
        report->failed++;
        fprintf(stderr, "models.%s: there is no such model in %s\n", model->name,
                report->cfg->models_dir);
        return;
    }
    for (uint32_t i = 0; i < model->version_count; i++) {
        if (has_version(entry, model->versions[i]))
            continue;
        report->failed++;
        fprintf(stderr, "models.%s.versions: there is no version %" PRId64 "\n",
                model->name, model->versions[i]);
    }
    for (uint32_t i = 0; i < model->label_count; i++) {
        if (has_version(entry, model->labels[i].version))
            continue;
        report->failed++;
        fprintf(stderr, "models.%s.labels.%s: there is no version %" PRId64 "\n",
                model->name, model->labels[i].name, model->labels[i].version);
    }
}

static int print_report(struct report *report)
{
    struct eng_buf *out = &report->out;
    if (report->json)
        eng_buf_text(out, "{\"versions\": [");
    for (uint32_t i = 0; i < report->snapshot->count; i++)
        put_entry(report, report->snapshot->entries[i]);
    for (uint32_t i = 0; i < report->cfg->model_count; i++)
        check_promises(report, &report->cfg->models[i]);
    if (report->json)
        eng_buf_format(out, "\n], \"ok\": %s}\n", report->failed == 0 ? "true" : "false");
    int code = out->failed ? gw_cli_error(&(struct roost_error){.status = ROOST_NOMEM})
                           : gw_cli_print(out->at != NULL ? out->at : "", out->size);
    fprintf(stderr,
            "roost check: %u of models, versions and groups looked at, %u wrong\n",
            (unsigned)report->versions, (unsigned)report->failed);
    return report->failed > 0 ? GW_EXIT_FAILED : code;
}

static int check(const struct cfg *cfg, int json)
{
    struct gw_checked checked;
    struct roost_error err = {.status = ROOST_OK};
    int code;
    if (gw_checked_open(cfg, cfg->models_dir, 1, &checked, &err) != ROOST_OK) {
        code = gw_cli_error(&err);
    } else {
        struct report report = {.cfg = cfg, .snapshot = checked.snapshot, .json = json};
        eng_buf_init(&report.out, REPORT_MAX);
        code = print_report(&report);
        eng_buf_clear(&report.out);
    }
    gw_checked_close(&checked);
    return code;
}

static int run(const struct gw_command *self, int argc, char **argv)
{
    static const struct option flags[] = {
        {"config", 1, NULL, 'c'}, {"models", 1, NULL, 'm'}, {"set", 1, NULL, 's'},
        {"json", 0, NULL, 'j'},   {"help", 0, NULL, 'h'},   {NULL, 0, NULL, 0}};
    struct gw_settings settings = {0};
    struct cfg cfg;
    int letter, json = 0, full = 0;
    gw_cli_start();
    while ((letter = gw_cli_option(self, argc, argv, ":hc:", flags)) != -1) {
        if (letter == 'c')
            settings.file = optarg;
        else if (letter == 'j')
            json = 1;
        else if (letter == 'm')
            full |= gw_settings_add(&settings, "registry.dir", optarg);
        else if (letter == 's')
            full |= gw_settings_add(&settings, NULL, optarg);
        else
            return letter == 'h' ? GW_EXIT_OK : GW_EXIT_USAGE;
    }
    if (optind < argc)
        return gw_cli_usage(self, "\"%s\" is not expected here", argv[optind]);
    if (full != 0)
        return gw_cli_usage(self, "more than %d settings", GW_CLI_SETS);
    int code = gw_settings_apply(&settings, &cfg);
    if (code != GW_EXIT_OK)
        return code;
    code = check(&cfg, json);
    cfg_clear(&cfg);
    return code;
}

const struct gw_command gw_command_check = {
    "check", "read the configuration and load every model, without serving", help, run};
