/* SPDX-License-Identifier: MIT
 * ops.h - the transforms of this build; list.c puts them in order, each file makes one.
 * Threads  Constant tables.
 * Memory   None held.
 * Errors   See op.h. */
#ifndef ROOST_TRANSFORM_OPS_H
#define ROOST_TRANSFORM_OPS_H
#include "engine/transform/op.h"

extern const struct eng_op eng_op_discretize;
extern const struct eng_op eng_op_hash;
extern const struct eng_op eng_op_cross;
extern const struct eng_op eng_op_vocabulary;
extern const struct eng_op eng_op_one_hot;
extern const struct eng_op eng_op_impute;
extern const struct eng_op eng_op_clip;
extern const struct eng_op eng_op_log1p;
extern const struct eng_op eng_op_standardize;
extern const struct eng_op eng_op_concat;
extern const struct eng_op eng_op_tree_leaf;
extern const struct eng_op eng_op_embed;

#endif
