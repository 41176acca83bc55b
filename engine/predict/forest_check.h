/* SPDX-License-Identifier: MIT
 * forest_check.h - is a loader's description of a forest one that can be
 * packed? Threads  Pure functions. Memory   None held. Errors   SHAPE, VALUE
 * with at = node, leaf or tree as the text says. */
#ifndef ROOST_PREDICT_FOREST_CHECK_H
#define ROOST_PREDICT_FOREST_CHECK_H
#include "engine/model/forest.h"

/* Everything but how nodes hang together: counts, ranges, numbers. */
roost_status eng_forest_check(const struct eng_forest_spec *spec,
                              struct roost_error *err);

#endif
