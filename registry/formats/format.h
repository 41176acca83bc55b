/* SPDX-License-Identifier: MIT
 * format.h - the one interface behind every model format: bytes in, builder calls out.
 * Threads  Loaders keep no state.
 * Memory   Files are borrowed for the call; the builder copies what it keeps.
 * Errors   FORMAT (with line and column, or at = byte), SHAPE, VALUE, LIMIT, NOMEM;
 *          err->where is the file's name. */
#ifndef ROOST_REGISTRY_FORMATS_FORMAT_H
#define ROOST_REGISTRY_FORMATS_FORMAT_H
#include "engine/model/builder.h"
#include "registry/file.h"

struct reg_format {
    const char *name; /* "native", "xgboost-json", "xgboost-ubj" */
    /* 1 when these files are a model of this format. Looks at names and first bytes. */
    int (*sniff)(const struct reg_files *files);
    roost_status (*load)(const struct reg_files *files, struct eng_builder *builder,
                         struct roost_error *err);
};

/* In the order in which they are tried. */
const struct reg_format *const *reg_formats(uint32_t *count);

/* Files -> model: sniff, load, finish. */
roost_status reg_open_files(const struct reg_files *files, roost_model **out,
                            struct roost_error *err);

/* The forest in a foreign model file (what `forest: {file: model.ubj}` names), with its
 * base scores (margins, [groups]), feature names (NULL: none) and link, for native.c. */
struct reg_forest {
    struct eng_forest *forest;
    double *base;         /* [groups] margin added to the sum */
    char **feature_names; /* [features] or NULL */
    const char *link;     /* "identity", "logistic", "exp", "softmax" */
};
roost_status reg_forest_read(const struct reg_file *file, struct reg_forest *out,
                             struct roost_error *err);
void reg_forest_clear(struct reg_forest *forest);

#endif
