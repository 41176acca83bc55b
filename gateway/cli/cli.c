/* SPDX-License-Identifier: MIT
 * cli.c - the table of commands, help, and wrong calls. main.c comes before; each command
 * is a file of its own beside this one. */
#include "gateway/cli/cli.h"
#include <errno.h>
#include <stdarg.h>
#include <string.h>

static const struct gw_command *const commands[] = {
    &gw_command_serve,  &gw_command_check,  &gw_command_score,  &gw_command_predict,
    &gw_command_health, &gw_command_config, &gw_command_version};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void print_overview(FILE *out)
{
    fputs("roost - a model gateway: many small models behind one HTTP server\n"
          "\n"
          "Examples\n"
          "  roost serve --models registry/demo/models\n"
          "  roost check -c roost.yaml\n"
          "  roost score models/ctr/17 -f rows.jsonl\n"
          "  roost predict ctr -f request.json\n"
          "\n"
          "Commands\n",
          out);
    for (int i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-9s %s\n", commands[i]->name, commands[i]->summary);
    fputs("\n"
          "`roost COMMAND --help` tells more of each.\n"
          "Exit codes: 0 ok, 1 failed, 2 wrong usage, 3 not ready.\n",
          out);
}

static const struct gw_command *find_command(const char *name)
{
    for (int i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static int unknown_command(const char *name)
{
    const char *names[COMMANDS + 1];
    for (int i = 0; i < COMMANDS; i++)
        names[i] = commands[i]->name;
    names[COMMANDS] = NULL;
    const char *near = cfg_nearest(name, names);
    fprintf(stderr, "roost: there is no command \"%s\"", name);
    if (near != NULL)
        fprintf(stderr, "; did you mean `roost %s`?\n", near);
    else
        fputs("; `roost --help` lists them\n", stderr);
    return GW_EXIT_USAGE;
}

static void print_help(const struct gw_command *command)
{
    printf("roost %s - %s\n\n%s", command->name, command->summary, command->help);
}

static int help(int argc, char **argv)
{
    if (argc < 2) {
        print_overview(stdout);
        return GW_EXIT_OK;
    }
    const struct gw_command *command = find_command(argv[1]);
    if (command == NULL)
        return unknown_command(argv[1]);
    print_help(command);
    return GW_EXIT_OK;
}

int gw_cli_run(int argc, char **argv)
{
    if (argc < 2) {
        print_overview(stderr);
        return GW_EXIT_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 ||
        strcmp(name, "help") == 0)
        return help(argc - 1, argv + 1);
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0)
        name = "version";
    const struct gw_command *command = find_command(name);
    if (command == NULL)
        return unknown_command(name);
    return command->run(command, argc - 1, argv + 1);
}

void gw_cli_start(void)
{
    optind = 0;
    opterr = 0;
}

/* getopt tells of a wrong long option only that it was one: find it in argv again. */
static void report_unknown(const struct gw_command *self, const char *word,
                           const struct option *flags)
{
    const char *names[32];
    char name[64];
    int count = 0;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word + 2, "="), word + 2);
    for (int i = 0; flags[i].name != NULL && count < 30; i++)
        names[count++] = flags[i].name;
    names[count] = NULL;
    const char *near = cfg_nearest(name, names);
    if (near != NULL)
        gw_cli_usage(self, "there is no option --%s; did you mean --%s?", name, near);
    else
        gw_cli_usage(self, "there is no option --%s", name);
}

int gw_cli_option(const struct gw_command *self, int argc, char **argv,
                  const char *letters, const struct option *flags)
{
    int letter = getopt_long(argc, argv, letters, flags, NULL);
    if (letter == 'h')
        print_help(self);
    if (letter == ':') {
        gw_cli_usage(self, "%s needs a value", argv[optind - 1]);
        return '?';
    }
    if (letter != '?')
        return letter;
    const char *word = argv[optind - 1];
    if (optopt != 0 && strncmp(word, "--", 2) != 0)
        gw_cli_usage(self, "there is no option -%c", optopt);
    else if (optopt != 0)
        gw_cli_usage(self, "%.*s takes no value", (int)strcspn(word, "="), word);
    else
        report_unknown(self, word, flags);
    return '?';
}

int gw_cli_usage(const struct gw_command *self, const char *format, ...)
{
    va_list args;
    fprintf(stderr, "roost %s: ", self->name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\nTry `roost %s --help`.\n", self->name);
    return GW_EXIT_USAGE;
}

int gw_cli_error(const struct roost_error *err)
{
    const char *text = err->text[0] != '\0' ? err->text : roost_status_text(err->status);
    if (err->where[0] == '\0')
        fprintf(stderr, "roost: %s\n", text);
    else if (err->line == 0)
        fprintf(stderr, "%s: %s\n", err->where, text);
    else
        fprintf(stderr, "%s:%u:%u: %s\n", err->where, (unsigned)err->line,
                (unsigned)err->column, text);
    return GW_EXIT_FAILED;
}

int gw_cli_print(const char *data, size_t size)
{
    if (fwrite(data, 1, size, stdout) == size && fflush(stdout) == 0)
        return GW_EXIT_OK;
    fprintf(stderr, "roost: stdout cannot be written: %s\n", strerror(errno));
    return GW_EXIT_FAILED;
}
