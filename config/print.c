/* SPDX-License-Identifier: MIT
 * print.c - the configuration for people: as YAML that reads back the same, and the
 * option table as docs/config.md (a test compares the committed file with what is
 * printed). */
#include "config/options.h"
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A double-quoted YAML scalar. Options hold no control characters, so that only the quote
 * and the backslash need care. */
static void put_quoted(struct eng_buf *out, const char *text)
{
    eng_buf_text(out, "\"");
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            eng_buf_text(out, "\\");
        eng_buf_put(out, text, 1);
    }
    eng_buf_text(out, "\"");
}

static void put_value(struct eng_buf *out, const struct cfg *cfg,
                      const struct cfg_option *option)
{
    char shown[CFG_VALUE_ROOM];
    if (option->type == CFG_TYPE_TEXT) {
        put_quoted(out, *cfg_option_text(cfg, option));
        return;
    }
    cfg_option_show(option, cfg_option_value(cfg, option), shown);
    eng_buf_text(out, shown);
}

static void put_options(struct eng_buf *out, const struct cfg *cfg)
{
    const char *section = "";
    size_t section_size = 0;
    for (uint32_t i = 0; i < cfg_option_count; i++) {
        const struct cfg_option *option = &cfg_options[i];
        const char *dot = strchr(option->key, '.');
        size_t size = dot != NULL ? (size_t)(dot - option->key) : 0;
        const char *indent = size > 0 ? "  " : "";
        if (size > 0 && (size != section_size || memcmp(section, option->key, size) != 0))
            eng_buf_format(out, "\n%.*s:\n", (int)size, option->key);
        section = option->key;
        section_size = size;
        eng_buf_format(out, "%s# %s\n%s%s: ", indent, option->help, indent,
                       dot != NULL ? dot + 1 : option->key);
        put_value(out, cfg, option);
        eng_buf_text(out, "\n");
    }
}

static void put_model(struct eng_buf *out, const struct cfg_model *model)
{
    eng_buf_text(out, "  ");
    put_quoted(out, model->name);
    if (model->policy == CFG_POLICY_ALL) {
        eng_buf_text(out, ":\n    versions: all\n");
    } else if (model->policy == CFG_POLICY_LATEST) {
        eng_buf_format(out, ":\n    versions: {latest: %" PRIu32 "}\n", model->latest);
    } else {
        eng_buf_text(out, ":\n    versions: {specific: [");
        for (uint32_t i = 0; i < model->version_count; i++)
            eng_buf_format(out, "%s%" PRId64, i > 0 ? ", " : "", model->versions[i]);
        eng_buf_text(out, "]}\n");
    }
    if (model->label_count > 0)
        eng_buf_text(out, "    labels:\n");
    for (uint32_t i = 0; i < model->label_count; i++) {
        eng_buf_text(out, "      ");
        put_quoted(out, model->labels[i].name);
        eng_buf_format(out, ": %" PRId64 "\n", model->labels[i].version);
    }
}

int cfg_print_yaml(const struct cfg *cfg, struct eng_buf *out)
{
    put_options(out, cfg);
    if (cfg->model_count > 0)
        eng_buf_text(out, "\nmodels:\n");
    for (uint32_t i = 0; i < cfg->model_count; i++)
        put_model(out, &cfg->models[i]);
    return out->failed ? -1 : 0;
}

static const char markdown_head[] =
    "<!-- Written by `roost config docs` from the table in config/config.h. -->\n"
    "# Configuration\n"
    "\n"
    "Every option has a default, and is set, in order of growing weight, by\n"
    "\n"
    "1. the file given with `-c`: YAML, either nested (`limits: {rows: 100}`) or dotted\n"
    "   (`limits.rows: 100`),\n"
    "2. an environment variable: `ROOST_`, the key in capitals, `__` for the dot\n"
    "   (`ROOST_LIMITS__ROWS=100`),\n"
    "3. the command line: `--set limits.rows=100`, or a flag of its own (`--models`,\n"
    "   `--listen`, `--admin-listen`, `--workers`).\n"
    "\n"
    "An unknown key, a key that stands twice, or a value out of range is refused with "
    "its\n"
    "file, line and column. `roost check -c FILE` looks without serving, `roost config\n"
    "defaults` prints a whole file to start from, and `roost config show -c FILE` "
    "prints\n"
    "what would be in force.\n"
    "\n"
    "Sizes are bytes, or carry KiB, MiB or GiB. Times are milliseconds, or carry ms, s "
    "or\n"
    "m. A file has at most 1 MiB, 32 levels, no anchors, aliases or tags.\n"
    "\n"
    "| key | default | accepts | what it is |\n"
    "| --- | --- | --- | --- |\n";

static const char markdown_models[] =
    "\n"
    "## models\n"
    "\n"
    "A model that is not named here serves its newest version. For the others:\n"
    "\n"
    "```yaml\n"
    "models:\n"
    "  home_ctr:\n"
    "    versions: {latest: 2}        # the two newest, or\n"
    "    # versions: {specific: [7, 8]} or all\n"
    "    labels: {canary: 8}          # /v1/models/home_ctr/labels/canary\n"
    "```\n"
    "\n"
    "A version that an administrator pinned (promote) or rolled back from weighs more "
    "than\n"
    "what stands here; see operations.md.\n"
    "\n"
    "## Environment\n"
    "\n"
    "A variable that begins with `ROOST_` and names no option is an error. Exceptions:\n"
    "`ROOST_KERNEL`, and what Kubernetes sets for a service called `roost`\n"
    "(`ROOST_SERVICE_HOST`, `ROOST_SERVICE_PORT...`, `ROOST_PORT...`).\n";

/* "1 to 4096"; the words of a WORD separated by commas. */
static void put_accepts(struct eng_buf *out, const struct cfg_option *option)
{
    char least[CFG_VALUE_ROOM], most[CFG_VALUE_ROOM];
    switch (option->type) {
    case CFG_TYPE_TEXT:
        eng_buf_text(out, "text");
        return;
    case CFG_TYPE_BOOL:
        eng_buf_text(out, "true, false");
        return;
    case CFG_TYPE_WORD:
        for (const char *at = option->words; *at != '\0'; at++)
            eng_buf_text(out, *at == '|' ? ", " : (char[]){*at, '\0'});
        return;
    default:
        cfg_option_show(option, option->least, least);
        cfg_option_show(option, option->most, most);
        if (option->most == UINT64_MAX)
            eng_buf_format(out, "%s or more", least);
        else
            eng_buf_format(out, "%s to %s", least, most);
    }
}

static void put_default(struct eng_buf *out, const struct cfg_option *option)
{
    char shown[CFG_VALUE_ROOM];
    if (option->text != NULL && option->text[0] == '\0') {
        eng_buf_text(out, "empty");
        return;
    }
    if (option->text == NULL)
        cfg_option_show(option, option->standard, shown);
    eng_buf_format(out, "`%s`", option->text != NULL ? option->text : shown);
}

int cfg_print_markdown(struct eng_buf *out)
{
    eng_buf_text(out, markdown_head);
    for (uint32_t i = 0; i < cfg_option_count; i++) {
        const struct cfg_option *option = &cfg_options[i];
        eng_buf_format(out, "| `%s` | ", option->key);
        put_default(out, option);
        eng_buf_text(out, " | ");
        put_accepts(out, option);
        eng_buf_format(out, " | %s |\n", option->help);
    }
    eng_buf_text(out, markdown_models);
    return out->failed ? -1 : 0;
}
