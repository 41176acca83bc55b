/* SPDX-License-Identifier: MIT
 * config.h - the configuration of a server: one table of options, read from YAML,
 * environment (ROOST_LIMITS__ROWS=...) and command line, in that order of growing weight.
 * Threads  Plain data.
 * Memory   A struct cfg owns its strings; `cfg_init` pairs with `cfg_clear`.
 * Errors   VALUE or FORMAT with err->where (file or variable), line and column; IO;
 * NOMEM. */
#ifndef ROOST_CONFIG_CONFIG_H
#define ROOST_CONFIG_CONFIG_H
#include "engine/base/buf.h"
#include "engine/roost.h"

/* What roost.yaml says of one model: models: {ctr: {versions: {latest: 2}, ...}}. */
enum cfg_policy { CFG_POLICY_LATEST, CFG_POLICY_SPECIFIC, CFG_POLICY_ALL };
struct cfg_label {
    char *name;
    int64_t version;
};
struct cfg_model {
    char *name;
    enum cfg_policy policy; /* versions: {latest: N} | {specific: [..]} | all */
    uint32_t latest;
    uint32_t version_count;
    int64_t *versions;
    uint32_t label_count;
    struct cfg_label *labels; /* labels: {canary: 8} */
};

/* key in roost.yaml, type, field, default, least, most, help. Types: TEXT (char *), U32,
 * U64, BOOL (uint8_t), WORD (uint32_t index into `words`). Sizes are bytes and accept
 * KiB, MiB, GiB; times are milliseconds and accept ms, s, m. */
#define CFG_OPTION_MAP(TEXT, U32, U64, BOOL, SIZE, TIME, WORD)                           \
    TEXT("listen", listen, "127.0.0.1:8501", "address of the data listener")             \
    TEXT("admin_listen", admin_listen, "127.0.0.1:8502",                                 \
         "address of the admin listener; loopback or unix: only")                        \
    U32("workers", workers, 0, 0, 256, "threads that answer requests; 0: one per core")  \
    TEXT("registry.dir", models_dir, "models", "directory of the models")                \
    TEXT("registry.state_file", state_file, "",                                          \
         "file that keeps pins over a restart; empty: DIR/.roost-state.json")            \
    TIME("registry.poll", poll_ms, 2000, 100, 3600000, "slow poll beside inotify")       \
    TIME("registry.quiet", quiet_ms, 500, 0, 60000,                                      \
         "quiet time of a copied-in version after its last writer closed")               \
    SIZE("registry.memory_budget", memory_budget, 0, 0, UINT64_MAX,                      \
         "memory of all loaded models; 0: half of the machine's")                        \
    SIZE("registry.model_bytes", model_bytes, 4294967296, 4096, UINT64_MAX,              \
         "files of one version in all")                                                  \
    U32("registry.golden_rows", golden_rows, 1000, 1, 1000000,                           \
        "lines of golden.jsonl and of warmup.jsonl that are replayed")                   \
    BOOL("startup.strict", startup_strict, 0,                                            \
         "refuse to start when a startup model cannot be loaded")                        \
    SIZE("limits.body", body_bytes, 67108864, 1024, 2147483648,                          \
         "bytes of one body, as sent and inflated")                                      \
    SIZE("limits.bodies", bodies_bytes, 1073741824, 1024, UINT64_MAX,                    \
         "bytes of all unfinished bodies together")                                      \
    SIZE("limits.headers", header_bytes, 32768, 1024, 61440,                             \
         "bytes of a request's head")                                                    \
    SIZE("limits.request_line", line_bytes, 8192, 256, 32768, "bytes of a request line") \
    U32("limits.header_count", header_count, 100, 8, 1000, "headers of a request")       \
    U32("limits.connections", connections, 8192, 1, 1000000, "open connections")         \
    U32("limits.connections_per_address", connections_ip, 1024, 1, 1000000,              \
        "open connections of one address, loopback excepted")                            \
    U32("limits.rows", rows, 4096, 1, 1048576, "rows of one request")                    \
    U32("limits.list", list, 65536, 1, 16777216,                                         \
        "entries of one list or sparse feature in one row")                              \
    U32("limits.keys", keys, 65536, 1, 16777216, "keys of one JSON object")              \
    SIZE("limits.text", text, 1048576, 1, 67108864, "bytes of one string")               \
    U32("json.depth", json_depth, 100, 4, 1000, "nesting of a JSON body")                \
    BOOL("json.strict", json_strict, 0, "refuse the tokens NaN and Infinity")            \
    TIME("timeouts.head", header_ms, 5000, 100, 600000, "a request's head, absolute")    \
    TIME("timeouts.body", body_ms, 10000, 100, 600000,                                   \
         "a request's body, plus its size at timeouts.min_rate")                         \
    TIME("timeouts.write", write_ms, 10000, 100, 600000, "an answer, likewise")          \
    SIZE("timeouts.min_rate", min_rate, 65536, 1, 1073741824, "bytes a second")          \
    TIME("timeouts.idle", idle_ms, 75000, 100, 3600000, "a connection between requests") \
    TIME("drain.delay", drain_delay_ms, 5000, 0, 600000,                                 \
         "not ready but still serving after SIGTERM")                                    \
    TIME("drain.timeout", drain_timeout_ms, 20000, 0, 600000,                            \
         "for requests in flight after that")                                            \
    BOOL("metrics.on_data_port", metrics_on_data, 1,                                     \
         "/metrics on the data listener too")                                            \
    BOOL("compat.control_on_data_port", control_on_data, 0,                              \
         "admin and repository calls on the data listener too, for clients that know "   \
         "one port; whoever reaches it can then load and unload models")                 \
    WORD("log.level", log_level, "info", "debug|info|warning|error",                     \
         "least level logged")                                                           \
    U32("log.access_sample", access_sample, 0, 0, 1000000,                               \
        "log one request in N; 0: only failures of the server")                          \
    TEXT("server.name", server_name, "roost", "name shown to clients")

#define CFG_TEXT(key, field, value, help)             char *field;
#define CFG_U32(key, field, value, least, most, help) uint32_t field;
#define CFG_U64(key, field, value, least, most, help) uint64_t field;
#define CFG_BOOL(key, field, value, help)             uint8_t field;
#define CFG_WORD(key, field, value, words, help)      uint32_t field;
struct cfg {
    CFG_OPTION_MAP(CFG_TEXT, CFG_U32, CFG_U64, CFG_BOOL, CFG_U64, CFG_U32, CFG_WORD)
    uint32_t model_count;
    struct cfg_model *models;
};
#undef CFG_TEXT
#undef CFG_U32
#undef CFG_U64
#undef CFG_BOOL
#undef CFG_WORD

/* Fill with the defaults. NOMEM. */
roost_status cfg_init(struct cfg *cfg, struct roost_error *err);
void cfg_clear(struct cfg *cfg);

/* After an error of the functions below, options that stood before the wrong one are set
 * already: start again with cfg_init. */

/* Read a YAML file (at most 1 MiB, depth 32, no aliases); an unknown key is an error. A
 * `models` section replaces an earlier one. */
roost_status cfg_read_file(struct cfg *cfg, const char *path, struct roost_error *err);
roost_status cfg_read_yaml(struct cfg *cfg, const char *name, const char *text,
                           size_t size, struct roost_error *err);
/* Every ROOST_... variable of environ ("__" between levels); unknown ones are errors, but
 * for those that other parts of the process or Kubernetes own (environment.c). */
roost_status cfg_read_environment(struct cfg *cfg, char *const *environment,
                                  struct roost_error *err);
/* One option by its key, for the command line. */
roost_status cfg_set(struct cfg *cfg, const char *key, const char *value,
                     struct roost_error *err);
/* All options as YAML that cfg_read_yaml reads back, and docs/config.md. 0, or -1 when
 * the buffer is full or memory is out. */
int cfg_print_yaml(const struct cfg *cfg, struct eng_buf *out);
int cfg_print_markdown(struct eng_buf *out);

/* The candidate (of a NULL-terminated list) that is nearest to a word in spelling, for
 * "did you mean"; NULL when none is near. */
const char *cfg_nearest(const char *word, const char *const *candidates);

#endif
