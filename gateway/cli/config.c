/* SPDX-License-Identifier: MIT
 * config.c - `roost config`: the options as a file to start from, as documentation, or as
 * they are in force. */
#include "gateway/cli/cli.h"
#include <string.h>

enum { PRINT_MAX = 16 << 20 };

static const char help[] =
    "Examples\n"
    "  roost config defaults > roost.yaml\n"
    "  roost config show -c roost.yaml\n"
    "  roost config docs > docs/config.md\n"
    "\n"
    "What\n"
    "  defaults    every option with its default, as YAML\n"
    "  show        what is in force: defaults, file, environment, --set\n"
    "  docs        the table of options, as Markdown\n"
    "\n"
    "Options\n"
    "  -c, --config FILE    for show\n"
    "  --set KEY=VALUE      for show; may stand often\n";

static int print_what(const char *what, const struct cfg *cfg)
{
    struct eng_buf buf;
    eng_buf_init(&buf, PRINT_MAX);
    int failed =
        strcmp(what, "docs") == 0 ? cfg_print_markdown(&buf) : cfg_print_yaml(cfg, &buf);
    int code = failed ? gw_cli_error(&(struct roost_error){.status = ROOST_NOMEM})
                      : gw_cli_print(buf.at, buf.size);
    eng_buf_clear(&buf);
    return code;
}

static int print_made(const char *what, const struct gw_settings *settings)
{
    struct cfg cfg;
    struct roost_error err = {.status = ROOST_OK};
    if (strcmp(what, "show") == 0) {
        int code = gw_settings_apply(settings, &cfg);
        if (code != GW_EXIT_OK)
            return code;
    } else if (cfg_init(&cfg, &err) != ROOST_OK) {
        return gw_cli_error(&err);
    }
    int code = print_what(what, &cfg);
    cfg_clear(&cfg);
    return code;
}

static int run(const struct gw_command *self, int argc, char **argv)
{
    static const struct option flags[] = {{"config", 1, NULL, 'c'},
                                          {"set", 1, NULL, 's'},
                                          {"help", 0, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    static const char *const whats[] = {"defaults", "show", "docs", NULL};
    struct gw_settings settings = {0};
    int letter;
    gw_cli_start();
    while ((letter = gw_cli_option(self, argc, argv, ":hc:", flags)) != -1) {
        if (letter == 'c')
            settings.file = optarg;
        else if (letter != 's')
            return letter == 'h' ? GW_EXIT_OK : GW_EXIT_USAGE;
        else if (gw_settings_add(&settings, NULL, optarg) != 0)
            return gw_cli_usage(self, "more than %d settings", GW_CLI_SETS);
    }
    if (argc - optind != 1)
        return gw_cli_usage(self, "say what: defaults, show or docs");
    const char *what = argv[optind];
    for (int i = 0; whats[i] != NULL; i++)
        if (strcmp(whats[i], what) == 0)
            return print_made(what, &settings);
    const char *near = cfg_nearest(what, whats);
    return gw_cli_usage(self, "nothing is called \"%s\"; did you mean %s?", what,
                        near != NULL ? near : "defaults, show or docs");
}

const struct gw_command gw_command_config = {
    "config", "print the options: defaults, documentation, what is in force", help, run};
