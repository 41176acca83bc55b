/* SPDX-License-Identifier: MIT
 * version.c - `roost version`. */
#include "gateway/cli/cli.h"

static const char help[] = "Examples\n"
                           "  roost version\n"
                           "  roost version --json\n"
                           "\n"
                           "Options\n"
                           "  --json    as a JSON object\n";

static int run(const struct gw_command *self, int argc, char **argv)
{
    static const struct option flags[] = {
        {"json", 0, NULL, 'j'}, {"help", 0, NULL, 'h'}, {NULL, 0, NULL, 0}};
    int letter, json = 0;
    gw_cli_start();
    while ((letter = gw_cli_option(self, argc, argv, ":h", flags)) != -1) {
        if (letter != 'j')
            return letter == 'h' ? GW_EXIT_OK : GW_EXIT_USAGE;
        json = 1;
    }
    if (optind < argc)
        return gw_cli_usage(self, "\"%s\" is not expected here", argv[optind]);
    printf(json ? "{\"name\": \"roost\", \"version\": \"%s\"}\n" : "roost %s\n",
           roost_version());
    return gw_cli_print("", 0);
}

const struct gw_command gw_command_version = {"version", "print the version", help, run};
