/* SPDX-License-Identifier: MIT
 * plans.h - small plans, built in memory, for the tests of decoding and encoding. */
#ifndef ROOST_TESTS_GATEWAY_PLANS_H
#define ROOST_TESTS_GATEWAY_PLANS_H
#include "engine/roost.h"

/* A feature of each type: age f32, income f64, count i64, member bool, city string, tags
 * strings, bag sparse, vec f32 [2]. Score: age + income + count, as f64 "score". */
roost_plan *plan_of_all_types(int strict);
/* a f32, b i64, c bool, and by position as "input-0". Score: a + b + c, as f32. */
roost_plan *plan_by_position(void);
/* Tensor signature: a f32 [2], b f32 [1]. Score: a[0] + a[1] + b[0], as f32. */
roost_plan *plan_of_two_tensors(void);
/* Tensor signature with one input, x f32 [2]; with positions it is called input-0 too. */
roost_plan *plan_of_one_tensor(int positions);
/* One feature, x f32. Score: x, as f32. */
roost_plan *plan_of_one_number(void);
/* Feature x f64; outputs "twice" f32 and "both" f64 [2] = (x, 10 x). */
roost_plan *plan_of_two_outputs(void);
/* A group: "one" (score x as f32), "two" (the two outputs above), on the same x. */
roost_plan *plan_of_a_group(void);

#endif
