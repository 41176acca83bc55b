/* SPDX-License-Identifier: MIT
 * client.c - aim a transfer at a running server, and turn its outcome into an exit code.
 * Before it predict.c or health.c says what to ask; after it the command prints. */
#include "gateway/cli/client.h"
#include "gateway/cli/cli.h"
#include <string.h>

int gw_client_aim(CURL *curl, const char *server, const char *path, char url[GW_URL_ROOM])
{
    int local = strncmp(server, "unix:", 5) == 0;
    const char *base = local ? "http://localhost" : server;
    size_t size = strlen(base);
    while (size > 0 && base[size - 1] == '/')
        size--;
    int length = snprintf(url, GW_URL_ROOM, "%.*s%s", (int)size, base, path);
    if (length <= 0 || length >= GW_URL_ROOM)
        return -1;
    if (local)
        curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, server + 5);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 5L);
    return 0;
}

int gw_client_report(const char *command, const char *server, CURLcode result,
                     long status, const char *why)
{
    if (result == CURLE_COULDNT_CONNECT || result == CURLE_COULDNT_RESOLVE_HOST) {
        fprintf(stderr, "roost %s: nobody answers at %s: is `roost serve` running?\n",
                command, server);
        return GW_EXIT_NOT_READY;
    }
    if (result != CURLE_OK) {
        fprintf(stderr, "roost %s: %s: %s\n", command, server,
                why[0] != '\0' ? why : curl_easy_strerror(result));
        return GW_EXIT_FAILED;
    }
    if (status == 200)
        return GW_EXIT_OK;
    fprintf(stderr, "roost %s: the server answered with status %ld\n", command, status);
    return status == 503 ? GW_EXIT_NOT_READY : GW_EXIT_FAILED;
}
