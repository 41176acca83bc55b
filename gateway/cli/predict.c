/* SPDX-License-Identifier: MIT
 * predict.c - `roost predict`: send a request to a running server and print its answer.
 * The body goes as it is, so that what the server says about it is about what the file
 * says. */
#include "engine/base/buf.h"
#include "gateway/cli/cli.h"
#include "gateway/cli/client.h"
#include <errno.h>
#include <string.h>

static const char help[] =
    "Examples\n"
    "  roost predict ctr -f request.json\n"
    "  echo '{\"instances\": [{\"age\": 39}]}' | roost predict census_trees -f -\n"
    "  roost predict ctr --version 17 --server http://10.0.0.7:8501 -f request.json\n"
    "\n"
    "  roost predict MODEL -f FILE\n"
    "\n"
    "Options\n"
    "  -f, --file FILE      a predict body; - is stdin\n"
    "  --server URL         http://host:port or unix:/path; http://127.0.0.1:8501\n"
    "  --version N          another version than the one that serves\n"
    "\n"
    "Prints the answer's body. Exit code 1: the server refused; 3: nobody answers there, "
    "or\n"
    "the model is not ready (503).\n";

enum { BODY_MAX = 1 << 30 };

struct ask {
    const char *model;
    const char *file;
    const char *server;
    const char *version; /* digits, or NULL */
};

static int read_body(const char *file, struct eng_buf *body)
{
    char piece[8192];
    size_t got;
    FILE *stream = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");
    int failed = stream == NULL;
    while (!failed && (got = fread(piece, 1, sizeof piece, stream)) > 0)
        failed = eng_buf_put(body, piece, got) != 0;
    if (failed || ferror(stream))
        fprintf(stderr, "%s: cannot be read: %s\n", file,
                body->failed ? "too large" : strerror(errno));
    failed = failed || ferror(stream);
    if (stream != NULL && stream != stdin)
        fclose(stream);
    return failed ? -1 : 0;
}

/* curl's write callback has this shape. */
static size_t on_answer(char *data, size_t size, size_t count, void *user)
{
    (void)user;
    return fwrite(data, size, count, stdout);
}

/* The path of the model's predict call; -1 when it is too long or memory is out. */
static int make_path(CURL *curl, const struct ask *ask, char path[GW_URL_ROOM])
{
    char *model = curl_easy_escape(curl, ask->model, 0);
    if (model == NULL)
        return -1;
    int length = snprintf(path, GW_URL_ROOM, "/v1/models/%s%s%s:predict", model,
                          ask->version != NULL ? "/versions/" : "",
                          ask->version != NULL ? ask->version : "");
    curl_free(model);
    return length > 0 && length < GW_URL_ROOM ? 0 : -1;
}

static int post(CURL *curl, const struct ask *ask, const struct eng_buf *body)
{
    char path[GW_URL_ROOM], url[GW_URL_ROOM], why[CURL_ERROR_SIZE] = "";
    long status = 0;
    if (make_path(curl, ask, path) != 0 ||
        gw_client_aim(curl, ask->server, path, url) != 0) {
        fprintf(stderr, "roost predict: the server's or model's name is too long\n");
        return GW_EXIT_USAGE;
    }
    struct curl_slist *headers =
        curl_slist_append(NULL, "Content-Type: application/json");
    /* Without it curl waits a second for a 100 before it sends a large body. */
    struct curl_slist *more = curl_slist_append(headers, "Expect:");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, more != NULL ? more : headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->at != NULL ? body->at : "");
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->size);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_answer);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 120L);
    CURLcode result = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(more != NULL ? more : headers);
    if (result == CURLE_OK)
        fputc('\n', stdout);
    fflush(stdout);
    return gw_client_report("predict", ask->server, result, status, why);
}

static int predict(const struct ask *ask)
{
    struct eng_buf body;
    eng_buf_init(&body, BODY_MAX);
    int code = GW_EXIT_FAILED;
    if (read_body(ask->file, &body) == 0) {
        CURL *curl = curl_easy_init();
        if (curl != NULL)
            code = post(curl, ask, &body);
        curl_easy_cleanup(curl);
    }
    eng_buf_clear(&body);
    return code;
}

static int run(const struct gw_command *self, int argc, char **argv)
{
    static const struct option flags[] = {{"file", 1, NULL, 'f'},
                                          {"server", 1, NULL, 's'},
                                          {"version", 1, NULL, 'v'},
                                          {"help", 0, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    struct ask ask = {.server = GW_DEFAULT_SERVER};
    int letter;
    gw_cli_start();
    while ((letter = gw_cli_option(self, argc, argv, ":hf:", flags)) != -1) {
        if (letter == 'f')
            ask.file = optarg;
        else if (letter == 's')
            ask.server = optarg;
        else if (letter == 'v')
            ask.version = optarg;
        else
            return letter == 'h' ? GW_EXIT_OK : GW_EXIT_USAGE;
    }
    if (argc - optind != 1)
        return gw_cli_usage(self, "name one model");
    if (ask.file == NULL)
        return gw_cli_usage(self, "name the request with -f FILE, or -f - for stdin");
    if (ask.version != NULL && (ask.version[0] == '\0' ||
                                strspn(ask.version, "0123456789") != strlen(ask.version)))
        return gw_cli_usage(self, "a version is a whole number, not \"%s\"", ask.version);
    ask.model = argv[optind];
    return predict(&ask);
}

const struct gw_command gw_command_predict = {
    "predict", "ask a running server for scores", help, run};
