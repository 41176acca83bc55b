/* SPDX-License-Identifier: MIT
 * health.c - `roost health`: is a server there and ready? For probes and scripts, where
 * curl is not installed. */
#include "gateway/cli/cli.h"
#include "gateway/cli/client.h"

static const char help[] =
    "Examples\n"
    "  roost health\n"
    "  roost health --live --server http://10.0.0.7:8501\n"
    "\n"
    "Options\n"
    "  --server URL         http://host:port or unix:/path; http://127.0.0.1:8501\n"
    "  --live               ask whether it runs, not whether it is ready\n"
    "\n"
    "Exit code 0: ready; 3: nobody answers there, or not ready; 1: anything else.\n";

static size_t ignore(char *data, size_t size, size_t count, void *user)
{
    (void)data;
    (void)user;
    return size * count;
}

static int health(const char *server, const char *path)
{
    char url[GW_URL_ROOM], why[CURL_ERROR_SIZE] = "";
    long status = 0;
    CURL *curl = curl_easy_init();
    if (curl == NULL)
        return GW_EXIT_FAILED;
    int code = GW_EXIT_USAGE;
    if (gw_client_aim(curl, server, path, url) == 0) {
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore);
        curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
        curl_easy_setopt(curl, CURLOPT_TIMEOUT, 10L);
        CURLcode result = curl_easy_perform(curl);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        code = gw_client_report("health", server, result, status, why);
    } else {
        fprintf(stderr, "roost health: the server's name is too long\n");
    }
    curl_easy_cleanup(curl);
    return code;
}

static int run(const struct gw_command *self, int argc, char **argv)
{
    static const struct option flags[] = {{"server", 1, NULL, 's'},
                                          {"live", 0, NULL, 'l'},
                                          {"help", 0, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    const char *server = GW_DEFAULT_SERVER, *path = "/readyz";
    int letter;
    gw_cli_start();
    while ((letter = gw_cli_option(self, argc, argv, ":h", flags)) != -1) {
        if (letter == 's')
            server = optarg;
        else if (letter == 'l')
            path = "/livez";
        else
            return letter == 'h' ? GW_EXIT_OK : GW_EXIT_USAGE;
    }
    if (argc != optind)
        return gw_cli_usage(self, "it takes no arguments");
    return health(server, path);
}

const struct gw_command gw_command_health = {
    "health", "ask a running server whether it is ready", help, run};
