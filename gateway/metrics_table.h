/* SPDX-License-Identifier: MIT
 * metrics_table.h - every metric family there is: name, type, stability, labels, help.
 * Threads  Constants.
 * Memory   None.
 * Errors   None. The HELP and TYPE lines and the list in docs/operations.md come from
 *          here; a test fails when the docs lack a family. */
#ifndef ROOST_GATEWAY_METRICS_TABLE_H
#define ROOST_GATEWAY_METRICS_TABLE_H

#define GW_METRIC_MAP(X)                                                                 \
    X(REQUESTS, "roost_requests_total", "counter", "stable", "model,version,api,code",   \
      "Finished prediction requests.")                                                   \
    X(FAILURES, "roost_request_failures_total", "counter", "stable",                     \
      "model,version,reason",                                                            \
      "Failed predictions: bad_input, not_ready, rejected, timeout, canceled, engine, "  \
      "internal.")                                                                       \
    X(EXAMPLES, "roost_examples_total", "counter", "stable", "model,version",            \
      "Rows predicted; those of a group count under its members.")                       \
    X(BATCHES, "roost_batches_total", "counter", "stable", "model,version",              \
      "Engine executions.")                                                              \
    X(DURATION, "roost_request_duration_seconds", "histogram", "stable",                 \
      "model,version",                                                                   \
      "From the first byte of a request to the last of its answer, all outcomes.")       \
    X(STAGES, "roost_stage_duration_seconds", "summary", "stable", "model,stage",        \
      "Time by stage; transform and score are timed on 1 request in 16.")                \
    X(IN_FLIGHT, "roost_requests_in_flight", "gauge", "stable", "model",                 \
      "Requests admitted and not yet answered.")                                         \
    X(UNKNOWN_FEATURES, "roost_unknown_features_total", "counter", "stable", "model",    \
      "Values skipped since the model has no such feature.")                             \
    X(EVALUATIONS, "roost_transform_evaluations_total", "counter", "stable",             \
      "transform", "Rows for which a transform was computed.")                           \
    X(REUSES, "roost_transform_reuses_total", "counter", "stable", "transform",          \
      "Evaluations of a transform saved since models share it.")                         \
    X(MODEL_STATE, "roost_model_state", "gauge", "stable", "model,version,state",        \
      "1 for the state a version is in: start, loading, available, unloading, end, "     \
      "failed.")                                                                         \
    X(MODEL_INFO, "roost_model_info", "gauge", "stable", "model,version,format,digest",  \
      "1 for each loaded version.")                                                      \
    X(MODEL_ALIAS, "roost_model_alias", "gauge", "stable", "model,alias,version",        \
      "1 for each label and the version it stands for.")                                 \
    X(MODEL_MEMORY, "roost_model_memory_bytes", "gauge", "stable", "model,version",      \
      "Memory of a loaded version and its plan.")                                        \
    X(MODEL_LOADS, "roost_model_loads_total", "counter", "stable", "model,result",       \
      "Loads: success, failure, rolled_back.")                                           \
    X(LOAD_DURATION, "roost_model_load_duration_seconds", "gauge", "stable",             \
      "model,version",                                                                   \
      "How long the last load took, verification and warming included.")                 \
    X(LOADED_AT, "roost_model_loaded_timestamp_seconds", "gauge", "stable",              \
      "model,version", "When the version was loaded.")                                   \
    X(SCANS, "roost_registry_scans_total", "counter", "stable", "result",                \
      "Scans of the models directory: success, failure.")                                \
    X(LAST_SCAN, "roost_registry_last_scan_timestamp_seconds", "gauge", "stable", "",    \
      "When the models directory was last scanned.")                                     \
    X(SWAPS, "roost_registry_swaps_total", "counter", "stable", "",                      \
      "Publications that changed what serves.")                                          \
    X(CONNECTIONS, "roost_http_connections", "gauge", "stable", "listener",              \
      "Open connections.")                                                               \
    X(ACCEPTED, "roost_http_connections_total", "counter", "stable", "listener",         \
      "Connections accepted.")                                                           \
    X(DOOR, "roost_http_connections_refused_total", "counter", "stable", "listener",     \
      "Connections answered 503 at the door, over a limit.")                             \
    X(BODIES, "roost_http_body_bytes", "gauge", "experimental", "listener",              \
      "Memory of unfinished request bodies.")                                            \
    X(REFUSED, "roost_http_requests_refused_total", "counter", "stable", "code",         \
      "Requests the HTTP layer answered itself: malformed, too large, too slow.")        \
    X(LOG_MESSAGES, "roost_log_messages_total", "counter", "stable", "level",            \
      "Log lines asked for.")                                                            \
    X(LOG_UNWRITTEN, "roost_log_unwritten_total", "counter", "experimental", "",         \
      "Log lines held back: repeated, over the rate, or the reader was too slow.")       \
    X(BUILD_INFO, "roost_build_info", "gauge", "stable", "version", "1; the version.")   \
    X(WORKERS, "roost_workers", "gauge", "stable", "pool", "Threads that answer.")       \
    X(HEAP, "roost_heap_live_bytes", "gauge", "experimental", "",                        \
      "Bytes allocated and not freed, as the C library counts them.")                    \
    X(CPU, "process_cpu_seconds_total", "counter", "stable", "",                         \
      "User and system CPU time.")                                                       \
    X(OPEN_FDS, "process_open_fds", "gauge", "stable", "", "Open file descriptors.")     \
    X(MAX_FDS, "process_max_fds", "gauge", "stable", "",                                 \
      "Most file descriptors allowed.")                                                  \
    X(VIRTUAL, "process_virtual_memory_bytes", "gauge", "stable", "",                    \
      "Virtual memory size.")                                                            \
    X(RESIDENT, "process_resident_memory_bytes", "gauge", "stable", "",                  \
      "Resident memory size.")                                                           \
    X(START_TIME, "process_start_time_seconds", "gauge", "stable", "",                   \
      "When the process started, since 1970.")                                           \
    X(THREADS, "process_threads", "gauge", "stable", "", "Threads of the process.")

#define X(id, name, type, stability, labels, help) GW_METRIC_##id,
enum gw_metric { GW_METRIC_MAP(X) GW_METRICS };
#undef X

struct gw_family {
    const char *name;
    const char *type;
    const char *stability;
    const char *labels; /* in the order they are written, separated by commas */
    const char *help;
};
const struct gw_family *gw_family(enum gw_metric metric);

#endif
