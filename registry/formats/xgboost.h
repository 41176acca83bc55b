/* SPDX-License-Identifier: MIT
 * xgboost.h - what an XGBoost file says, whether it came as JSON or as UBJSON.
 * Threads  Plain data.
 * Memory   `_read` pairs with `_clear`, also after a failure.
 * Errors   FORMAT, SHAPE, VALUE, LIMIT, NOMEM; err->where is the file's name. */
#ifndef ROOST_REGISTRY_FORMATS_XGBOOST_H
#define ROOST_REGISTRY_FORMATS_XGBOOST_H
#include "registry/formats/doc.h"
#include "registry/formats/format.h"

enum reg_xgboost_kind { REG_XGBOOST_NONE, REG_XGBOOST_JSON, REG_XGBOOST_UBJ };

struct reg_xgboost {
    uint32_t features;
    uint32_t groups;           /* numbers a row: classes or targets */
    const char *link;          /* as the forest operator calls it */
    double *base;              /* [groups] margin added to the sum */
    char **names;              /* [features], or NULL */
    struct eng_forest *forest; /* gbtree and dart; NULL: gblinear */
    float *weights;            /* gblinear: [features * groups], row-major */
    float *bias;               /* gblinear: [groups], without the base */
};

/* Which of the two encodings these bytes are, by content. */
enum reg_xgboost_kind reg_xgboost_sniff(const struct reg_file *file);
/* The one file of a directory that is an XGBoost model; NULL: none, or several. */
const struct reg_file *reg_xgboost_find(const struct reg_files *files);

roost_status reg_xgboost_read(const struct reg_file *file, struct reg_xgboost *out,
                              struct roost_error *err);
void reg_xgboost_clear(struct reg_xgboost *model);

/* The trees of gradient_booster (xgboost_trees.c): fills out->forest; features and groups
 * are known. best: the last iteration to use, -1: all. */
roost_status reg_xgboost_trees(const struct reg_doc *doc,
                               const struct reg_doc_node *booster, int64_t best,
                               struct reg_xgboost *out, struct roost_error *err);

extern const struct reg_format reg_format_xgboost_json;
extern const struct reg_format reg_format_xgboost_ubj;

#endif
