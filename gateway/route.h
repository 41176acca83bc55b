/* SPDX-License-Identifier: MIT
 * route.h - method and path -> what is asked for: one table of shapes, no state.
 * Threads  Pure functions.
 * Memory   A route holds its names inline.
 * Errors   -1 with *fault filled: the peer's text and the status that belongs to it. */
#ifndef ROOST_GATEWAY_ROUTE_H
#define ROOST_GATEWAY_ROUTE_H
#include "gateway/errors.h"
#include "registry/registry.h"

/* Where a request came in decides which routes exist. */
enum gw_listener_id { GW_DATA, GW_ADMIN };

/* Which of the two APIs a path belongs to: the label `api` on /metrics, and how texts are
 * worded. What belongs to neither counts as v1. */
enum gw_api { GW_API_V1, GW_API_V2, GW_APIS };

enum gw_kind {
    GW_ROUTE_PREDICT,  /* POST /v1/models/M[...]:predict; these four have a body that */
    GW_ROUTE_CLASSIFY, /* the pipeline scores: they index its table of calls */
    GW_ROUTE_REGRESS,
    GW_ROUTE_INFER,    /* POST /v2/models/M[...]/infer */
    GW_ROUTE_STATUS,   /* GET  /v1/models/M[...] */
    GW_ROUTE_METADATA, /* GET  /v1/models/M[...]/metadata */
    GW_ROUTE_MODELS,   /* GET  /v1/models, /v2/models */
    GW_ROUTE_LIVE,
    GW_ROUTE_READY,
    GW_ROUTE_STARTED,
    GW_ROUTE_METRICS,
    GW_ROUTE_V2_SERVER,      /* GET  /v2 */
    GW_ROUTE_V2_LIVE,        /* GET  /v2/health/live */
    GW_ROUTE_V2_READY,       /* GET  /v2/health/ready */
    GW_ROUTE_V2_MODEL,       /* GET  /v2/models/M[...] */
    GW_ROUTE_V2_MODEL_READY, /* GET  /v2/models/M[...]/ready */
    GW_ROUTE_V2_CONFIG,      /* GET  /v2/models/M[...]/config */
    GW_ROUTE_V2_STATS,       /* GET  /v2/models[/M[...]]/stats */
    GW_ROUTE_V2_INDEX,       /* POST /v2/repository/index */
    GW_ROUTE_V2_COMMAND,     /* POST /v2/repository/models/M[...]/load, /unload */
    GW_ROUTE_ADMIN_MODELS,   /* GET  /admin/v1/models */
    GW_ROUTE_ADMIN_MODEL,    /* GET  /admin/v1/models/M */
    GW_ROUTE_ADMIN_COMMAND   /* POST /admin/v1/models/M:promote ... */
};

/* Room for a name from a path. A registry name is at most REG_NAME_MAX bytes, so a longer
 * one is cut here and stays unknown. */
enum { GW_ROUTE_NAME = REG_NAME_MAX + 32 };

struct gw_route {
    enum gw_kind kind;
    enum gw_api api;               /* set whatever comes out */
    char model[GW_ROUTE_NAME + 1]; /* percent-decoded UTF-8 */
    char label[GW_ROUTE_NAME + 1]; /* "" = none */
    int64_t version;               /* -1 = none */
    enum reg_action action;        /* of the two commands */
};

struct gw_route_rules {
    enum gw_listener_id listener;
    int metrics_on_data;
    int control_on_data; /* admin and repository calls stand on the data listener too */
};

/* path is as sent, without the query. MALFORMED_PATH, NOT_FOUND, BAD_METHOD,
 * FORBIDDEN, UNIMPLEMENTED. */
int gw_route_parse(const struct gw_route_rules *rules, const char *method,
                   const char *path, size_t size, struct gw_route *out,
                   struct gw_fault *fault);

#endif
