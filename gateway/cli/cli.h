/* SPDX-License-Identifier: MIT
 * cli.h - the command line: one table of commands, and what they share.
 * Threads  The main thread, before or without a server.
 * Memory   As each function says; nothing is kept between commands.
 * Errors   Commands return an exit code. Data goes to stdout, talk to stderr. */
#ifndef ROOST_GATEWAY_CLI_CLI_H
#define ROOST_GATEWAY_CLI_CLI_H
#include "config/config.h"
#include "engine/roost.h"
#include <getopt.h>
#include <stdio.h>

enum gw_exit {
    GW_EXIT_OK = 0,
    GW_EXIT_FAILED = 1,
    GW_EXIT_USAGE = 2,
    GW_EXIT_NOT_READY = 3 /* nobody answers, or the model is not loaded yet */
};

struct gw_command {
    const char *name;
    const char *summary; /* one line, for the list of commands */
    const char *help;    /* examples first */
    int (*run)(const struct gw_command *self, int argc, char **argv); /* argv[0]: name */
};

extern const struct gw_command gw_command_serve;
extern const struct gw_command gw_command_check;
extern const struct gw_command gw_command_score;
extern const struct gw_command gw_command_predict;
extern const struct gw_command gw_command_health;
extern const struct gw_command gw_command_config;
extern const struct gw_command gw_command_version;

/* The whole program: find the command and run it. Returns the exit code. */
int gw_cli_run(int argc, char **argv);

/* The next option's letter, as getopt_long gives it; -1 after the last. A wrong option is
 * reported here and gives '?': return GW_EXIT_USAGE then. 'h' has printed the help:
 * return GW_EXIT_OK. flags hold a row for
 * --help and end with a row of zeros. */
int gw_cli_option(const struct gw_command *self, int argc, char **argv,
                  const char *letters, const struct option *flags);
/* getopt keeps its place in globals: call this before the first gw_cli_option. */
void gw_cli_start(void);
/* Complain about how the command was called, with a pointer to its help; GW_EXIT_USAGE.
 */
int gw_cli_usage(const struct gw_command *self, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* An error as file:line:column: text, as far as it has them; GW_EXIT_FAILED. */
int gw_cli_error(const struct roost_error *err);

/* How a configuration is put together: defaults < file < environment < flags. */
enum { GW_CLI_SETS = 64 };
struct gw_settings {
    const char *file; /* -c, or NULL */
    int count;
    const char *key[GW_CLI_SETS];   /* NULL: the value is "key=value", from --set */
    const char *value[GW_CLI_SETS]; /* borrowed from argv */
};
/* Remember a flag. -1 when there are too many. */
int gw_settings_add(struct gw_settings *settings, const char *key, const char *value);
/* Fill *cfg, to be cleared by the caller when 0 is returned. Otherwise the mistake has
 * been reported and the exit code is returned. */
int gw_settings_apply(const struct gw_settings *settings, struct cfg *cfg);

/* Write all of a buffer to stdout; GW_EXIT_OK or GW_EXIT_FAILED with a complaint. */
int gw_cli_print(const char *data, size_t size);

#endif
