/* SPDX-License-Identifier: MIT
 * score.c - `roost score`: rows.jsonl -> scores, in this process. The same decoder,
 * engine and number printer as in the server, so that the digits are the same. */
#include "engine/base/arena.h"
#include "gateway/cli/cli.h"
#include "gateway/cli/score_open.h"
#include "gateway/encode.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Examples\n"
    "  roost score models/ctr/17 -f rows.jsonl\n"
    "  roost score models/ctr -f rows.jsonl > scores.jsonl\n"
    "  head -3 rows.jsonl | roost score model.ubj -f -\n"
    "\n"
    "  roost score DIR -f FILE\n"
    "\n"
    "DIR   a version's directory, a model's (then its newest version), a group's, or "
    "one\n"
    "      model file\n"
    "FILE  one row a line, each a JSON object as in \"instances\"; - is stdin\n"
    "\n"
    "Prints one score a line, as it would stand in \"predictions\". The first wrong "
    "line\n"
    "ends it, with exit code 1.\n";

enum { ARENA_MAX = 1 << 30, ARENA_KEEP = 16 << 20, OUT_FLUSH = 65536, ALIGN = 64 };

struct scorer {
    struct gw_scored scored;
    struct gw_decode_limits limits;
    struct eng_arena arena; /* of the line under way */
    struct eng_buf out;
    const char *file;
    uint64_t line;
};

static int fail_line(const struct scorer *scorer, const char *pointer, const char *text)
{
    fflush(stdout);
    fprintf(stderr, "%s:%llu: %s%s%s\n", scorer->file, (unsigned long long)scorer->line,
            text, pointer[0] != '\0' ? ", at " : "", pointer);
    return GW_EXIT_FAILED;
}

/* What the verdicts say of a row. A member of a group that fails is a null in its row, as
 * in the server; a model alone has nothing to show then. */
static int judge(const struct scorer *scorer, const struct roost_verdict *verdict,
                 const struct gw_batch *batch)
{
    uint32_t models = roost_plan_model_count(scorer->scored.plan);
    for (uint32_t i = 0; i < models; i++)
        if (verdict[i].status == ROOST_OK)
            return GW_EXIT_OK;
    return fail_line(scorer, "",
                     batch->infinite ? "an infinity makes a score that is not finite"
                                     : "the model gave a score that is not finite");
}

static int score_batch(struct scorer *scorer, const struct gw_batch *batch)
{
    const roost_plan *plan = scorer->scored.plan;
    struct eng_arena *arena = &scorer->arena;
    size_t size = roost_plan_scratch(plan, &batch->rows);
    size_t models = roost_plan_model_count(plan);
    double *out = eng_arena_take(arena, roost_plan_width(plan) * sizeof *out, ALIGN);
    struct roost_verdict *verdict =
        eng_arena_take(arena, models * sizeof *verdict, ALIGN);
    void *scratch = size > 0 ? eng_arena_take(arena, size, ALIGN) : NULL;
    if (out == NULL || verdict == NULL || scratch == NULL)
        return fail_line(scorer, "", "the row expands to more than can be scored");
    struct roost_error err = {.status = ROOST_OK};
    struct roost_call call = {
        .rows = &batch->rows, .scratch = scratch, .out = out, .verdict = verdict};
    if (roost_score(plan, &call, &err) != ROOST_OK)
        return fail_line(scorer, err.where, err.text);
    int code = judge(scorer, verdict, batch);
    struct gw_scores scores = {plan, out, verdict, batch->rows.n, scorer->scored.group};
    for (uint32_t row = 0; code == GW_EXIT_OK && row < scores.n; row++)
        if (gw_encode_tfs_row(&scores, row, &scorer->out) != 0 ||
            eng_buf_put(&scorer->out, "\n", 1) != 0)
            code = fail_line(scorer, "", "out of memory");
    return code;
}

static int flush_scores(struct scorer *scorer, size_t least)
{
    if (scorer->out.size == 0 || scorer->out.size < least)
        return GW_EXIT_OK;
    int code = gw_cli_print(scorer->out.at, scorer->out.size);
    eng_buf_reset(&scorer->out);
    return code;
}

static int score_line(struct scorer *scorer, const char *line, size_t size)
{
    struct gw_batch batch;
    struct gw_fault fault = {GW_FAULT_NONE, "", "", 0};
    eng_arena_reset(&scorer->arena, ARENA_KEEP);
    if (strspn(line, " \t\r\n") == size)
        return GW_EXIT_OK;
    int failed = gw_decode_row(scorer->scored.plan, (const uint8_t *)line, size,
                               &scorer->limits, &scorer->arena, &batch, &fault);
    if (failed)
        return fail_line(scorer, fault.pointer, fault.text);
    int code = score_batch(scorer, &batch);
    return code == GW_EXIT_OK ? flush_scores(scorer, OUT_FLUSH) : code;
}

/* Line by line: the first mistake is known by its line, and memory stays that of a row.
 */
static int score_stream(struct scorer *scorer, FILE *stream)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t size;
    int code = GW_EXIT_OK;
    while (code == GW_EXIT_OK && (size = getline(&line, &room, stream)) >= 0) {
        scorer->line++;
        code = score_line(scorer, line, (size_t)size);
    }
    free(line);
    if (code == GW_EXIT_OK && ferror(stream)) {
        scorer->line++;
        code = fail_line(scorer, "", "cannot be read");
    }
    /* Rows before a wrong one have their scores. */
    int written = flush_scores(scorer, 0);
    return code != GW_EXIT_OK ? code : written;
}

static int score(const struct cfg *cfg, const char *dir, const char *file)
{
    struct scorer scorer = {.file = file};
    struct roost_error err = {.status = ROOST_OK};
    FILE *stream = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");
    if (stream == NULL) {
        fprintf(stderr, "%s: cannot be opened: %s\n", file, strerror(errno));
        return GW_EXIT_FAILED;
    }
    gw_cli_limits(cfg, &scorer.limits);
    eng_arena_init(&scorer.arena, ARENA_MAX);
    eng_buf_init(&scorer.out, ARENA_MAX);
    int code = gw_scored_open(cfg, dir, &scorer.scored, &err) == ROOST_OK
                   ? score_stream(&scorer, stream)
                   : gw_cli_error(&err);
    gw_scored_close(&scorer.scored);
    eng_buf_clear(&scorer.out);
    eng_arena_clear(&scorer.arena);
    if (stream != stdin)
        fclose(stream);
    return code;
}

static int run(const struct gw_command *self, int argc, char **argv)
{
    static const struct option flags[] = {
        {"file", 1, NULL, 'f'}, {"help", 0, NULL, 'h'}, {NULL, 0, NULL, 0}};
    const char *file = NULL;
    struct cfg cfg;
    struct roost_error err = {.status = ROOST_OK};
    int letter;
    gw_cli_start();
    while ((letter = gw_cli_option(self, argc, argv, ":hf:", flags)) != -1) {
        if (letter != 'f')
            return letter == 'h' ? GW_EXIT_OK : GW_EXIT_USAGE;
        file = optarg;
    }
    if (argc - optind != 1)
        return gw_cli_usage(self, "name one directory or model file");
    if (file == NULL)
        return gw_cli_usage(self, "name the rows with -f FILE, or -f - for stdin");
    if (cfg_init(&cfg, &err) != ROOST_OK)
        return gw_cli_error(&err);
    int code = score(&cfg, argv[optind], file);
    cfg_clear(&cfg);
    return code;
}

const struct gw_command gw_command_score = {
    "score", "score rows in this process, without a server", help, run};
