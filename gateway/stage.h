/* SPDX-License-Identifier: MIT
 * stage.h - the stages of a request, in order. The same words name the files, the stage
 * labels on /metrics, Server-Timing and the headings of docs/architecture.md.
 * Threads  Constants. Memory  None. Errors  None. */
#ifndef ROOST_GATEWAY_STAGE_H
#define ROOST_GATEWAY_STAGE_H

#define GW_STAGE_MAP(X)                                                                  \
    X(READ, "read")                                                                      \
    X(ADMIT, "admit")                                                                    \
    X(DECODE, "decode")                                                                  \
    X(TRANSFORM, "transform")                                                            \
    X(SCORE, "score")                                                                    \
    X(ENCODE, "encode")                                                                  \
    X(WRITE, "write")

#define X(name, word) GW_##name,
enum gw_stage { GW_STAGE_MAP(X) GW_STAGES };
#undef X

#endif
