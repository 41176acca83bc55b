/* SPDX-License-Identifier: MIT
 * client.h - what the commands that ask a running server share: where it is, and what it
 * means when it does not answer.
 * Threads  The main thread.
 * Memory   url is the caller's; the curl handle borrows it until the transfer is over.
 * Errors   As each function says; complaints name the command. */
#ifndef ROOST_GATEWAY_CLI_CLIENT_H
#define ROOST_GATEWAY_CLI_CLIENT_H
#include <curl/curl.h>

enum { GW_URL_ROOM = 2048 };
#define GW_DEFAULT_SERVER "http://127.0.0.1:8501"

/* Aim the handle at `path` of a server given as http://host:port or unix:/path. -1 when
 * the name is too long. */
int gw_client_aim(CURL *curl, const char *server, const char *path,
                  char url[GW_URL_ROOM]);

/* The exit code of a transfer: 200 is OK, 503 or nobody there NOT_READY, all else FAILED.
 * Complains on stderr; `why` is curl's own sentence, or "". */
int gw_client_report(const char *command, const char *server, CURLcode result,
                     long status, const char *why);

#endif
