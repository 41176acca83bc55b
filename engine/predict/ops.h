/* SPDX-License-Identifier: MIT
 * ops.h - the predictors and calibrations of this build (linear has a header of its own).
 * Threads  Constant tables.
 * Memory   None held.
 * Errors   See op.h. */
#ifndef ROOST_PREDICT_OPS_H
#define ROOST_PREDICT_OPS_H
#include "engine/transform/op.h"

extern const struct eng_op eng_op_forest;
extern const struct eng_op eng_op_mlp;
extern const struct eng_op eng_op_fm;
extern const struct eng_op eng_op_isotonic;
extern const struct eng_op eng_op_platt;

#endif
