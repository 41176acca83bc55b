/* SPDX-License-Identifier: MIT
 * build.h - the inside of a builder, shared by builder.c, build_feature.c, build_node.c.
 * Threads  A builder serves one thread.
 * Memory   A builder owns its tables, and the model until it is finished.
 * Errors   As the functions of builder.h. */
#ifndef ROOST_MODEL_BUILD_H
#define ROOST_MODEL_BUILD_H
#include "engine/base/names.h"
#include "engine/model/model.h"

struct eng_builder {
    roost_model *model;
    uint32_t value_room, feature_room, node_room, output_room;
    struct eng_names *feature_names; /* index: in features */
    struct eng_names *node_names;    /* index: in nodes    */
    struct eng_keys *ids;            /* index: in features */
    uint8_t broken;                  /* after an error only _free is allowed */
};

roost_status eng_build_no_memory(struct roost_error *err, const char *where);

/* Make room for one element more in *array of *room elements. 0, or -1. */
int eng_build_grow(void **array, uint32_t *room, uint32_t count, size_t size);

/* LIMIT when a name is too long, VALUE when it is empty. what: "a feature". */
roost_status eng_build_name(const char *what, const char *name, struct roost_error *err);

/* Enter a name into a growing table of `count` names. -1: no memory; -2: there already.
 */
int32_t eng_build_enter(struct eng_names *names, uint32_t count, const char *name);

/* Where the next value goes, with room for it; NULL without memory. */
struct eng_model_value *eng_build_value(struct eng_builder *builder);

#endif
