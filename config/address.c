/* SPDX-License-Identifier: MIT
 * address.c - listen addresses, judged before any socket is made: the admin listener has
 * no authentication yet, so that it must not be reachable from another machine. */
#include "config/options.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { HOST_MAX = 253, UNIX_PATH_MAX_BYTES = 107 };

static const char *const form_text =
    "is no address; write host:port, [ipv6]:port or unix:/path";

static int port_valid(const char *port)
{
    uint32_t value = 0;
    size_t digits = strspn(port, "0123456789");
    if (digits == 0 || digits > 5 || port[digits] != '\0')
        return 0;
    for (size_t i = 0; i < digits; i++)
        value = value * 10 + (uint32_t)(port[i] - '0');
    return value <= 65535;
}

/* The host of host:port or [host]:port, with *v6 when it stood in brackets. */
static int split_host(const char *address, char host[HOST_MAX + 1], int *v6)
{
    const char *colon = strrchr(address, ':');
    if (colon == NULL || !port_valid(colon + 1))
        return -1;
    size_t size = (size_t)(colon - address);
    *v6 = address[0] == '[';
    if (*v6) {
        if (size < 3 || address[size - 1] != ']')
            return -1;
        address++;
        size -= 2;
    }
    if (size == 0 || size > HOST_MAX)
        return -1;
    memcpy(host, address, size);
    host[size] = '\0';
    return 0;
}

const char *cfg_address_wrong(const char *address)
{
    char host[HOST_MAX + 1];
    int v6;
    if (strncmp(address, "unix:", 5) == 0) {
        size_t size = strlen(address + 5);
        if (size == 0 || size > UNIX_PATH_MAX_BYTES)
            return "needs a path of 1 to 107 bytes after unix:";
        return NULL;
    }
    if (split_host(address, host, &v6) != 0)
        return form_text;
    struct in6_addr parsed;
    if (v6)
        return inet_pton(AF_INET6, host, &parsed) == 1 ? NULL : form_text;
    for (const char *at = host; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at) && *at != '.' && *at != '-')
            return form_text;
    return NULL;
}

const char *cfg_address_not_local(const char *address)
{
    char host[HOST_MAX + 1];
    int v6;
    const char *wrong = cfg_address_wrong(address);
    if (wrong != NULL || strncmp(address, "unix:", 5) == 0)
        return wrong;
    struct in_addr four;
    if (split_host(address, host, &v6) == 0) {
        if (strcmp(host, "localhost") == 0 || (v6 && strcmp(host, "::1") == 0))
            return NULL;
        if (!v6 && inet_pton(AF_INET, host, &four) == 1 &&
            (ntohl(four.s_addr) >> 24) == 127)
            return NULL;
    }
    return "can be reached from other machines, and the admin calls know no password "
           "yet; "
           "use 127.0.0.1:PORT or unix:/path";
}
