/* SPDX-License-Identifier: MIT
 * parts.h - small valid files to lie beside a model.yaml that is being fuzzed.
 * Threads  One. Memory  The files own what is added. Errors  Aborts. */
#ifndef ROOST_FUZZ_PARTS_H
#define ROOST_FUZZ_PARTS_H
#include "registry/file.h"

/* weights.safetensors: e F64 [2], w F32 [5], b F32 [1], k I64 [2]. */
void fuzz_add_linear_tensors(struct reg_files *files);
/* weights.safetensors: gbdt.root, ...: two trees over two features, in doubles. */
void fuzz_add_forest_tensors(struct reg_files *files);
/* weights.safetensors: t F32 [4, 2], w1 [3, 2], b1 [2], w2 [2, 1], b2 [1], all F32. */
void fuzz_add_mlp_tensors(struct reg_files *files);
/* weights.safetensors: t F32 [4, 2], w F32 [4]. */
void fuzz_add_fm_tensors(struct reg_files *files);
/* model.json: one XGBoost tree over two features; words.txt: three words. */
void fuzz_add_xgboost(struct reg_files *files);

#endif
