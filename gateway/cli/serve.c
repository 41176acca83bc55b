/* SPDX-License-Identifier: MIT
 * serve.c - `roost serve`: configuration, log, then the server, which does the rest and
 * says on its log when it is ready. */
#include "gateway/cli/cli.h"
#include "gateway/log.h"
#include "gateway/server.h"
#include <unistd.h>

static const char help[] =
    "Examples\n"
    "  roost serve --models models\n"
    "  roost serve -c roost.yaml --listen 0.0.0.0:8501\n"
    "  ROOST_LOG__LEVEL=debug roost serve --set limits.rows=1024\n"
    "\n"
    "Options\n"
    "  -c, --config FILE      YAML, see `roost config docs`\n"
    "  --models DIR           directory of the models (registry.dir)\n"
    "  --listen ADDR          data listener: host:port, [ipv6]:port or unix:/path;\n"
    "                         port 0: any that is free\n"
    "  --admin-listen ADDR    admin listener: loopback or unix:/path\n"
    "  --workers N            threads that answer requests; 0: one per core\n"
    "  --set KEY=VALUE        any other option; may stand often\n"
    "\n"
    "Flags weigh more than ROOST_... variables, those more than the file. The log goes "
    "to\n"
    "stderr, one JSON object a line; `ready` tells the addresses. SIGTERM and SIGINT "
    "stop\n"
    "in order: not ready, then finish what is under way.\n";

static int parse(const struct gw_command *self, int argc, char **argv,
                 struct gw_settings *settings)
{
    static const struct option flags[] = {
        {"config", 1, NULL, 'c'},  {"models", 1, NULL, 'm'},
        {"listen", 1, NULL, 'l'},  {"admin-listen", 1, NULL, 'a'},
        {"workers", 1, NULL, 'w'}, {"set", 1, NULL, 's'},
        {"help", 0, NULL, 'h'},    {NULL, 0, NULL, 0}};
    int letter;
    gw_cli_start();
    while ((letter = gw_cli_option(self, argc, argv, ":hc:", flags)) != -1) {
        int full = 0;
        if (letter == 'c')
            settings->file = optarg;
        else if (letter == 'm')
            full = gw_settings_add(settings, "registry.dir", optarg);
        else if (letter == 'l')
            full = gw_settings_add(settings, "listen", optarg);
        else if (letter == 'a')
            full = gw_settings_add(settings, "admin_listen", optarg);
        else if (letter == 'w')
            full = gw_settings_add(settings, "workers", optarg);
        else if (letter == 's')
            full = gw_settings_add(settings, NULL, optarg);
        else
            return letter == 'h' ? GW_EXIT_OK : GW_EXIT_USAGE;
        if (full != 0)
            return gw_cli_usage(self, "more than %d settings", GW_CLI_SETS);
    }
    if (optind < argc)
        return gw_cli_usage(self, "\"%s\" is not expected here", argv[optind]);
    return -1;
}

static int run(const struct gw_command *self, int argc, char **argv)
{
    struct gw_settings settings = {0};
    struct cfg cfg;
    int code = parse(self, argc, argv, &settings);
    if (code < 0)
        code = gw_settings_apply(&settings, &cfg);
    else
        return code;
    if (code != GW_EXIT_OK)
        return code;
    struct gw_log *log = gw_log_new((enum gw_level)cfg.log_level, STDERR_FILENO);
    if (log != NULL)
        code = gw_server_run(&cfg, log);
    else
        code = gw_cli_error(&(struct roost_error){.status = ROOST_NOMEM});
    gw_log_free(log);
    cfg_clear(&cfg);
    return code;
}

const struct gw_command gw_command_serve = {
    "serve", "serve the models of a directory over HTTP", help, run};
