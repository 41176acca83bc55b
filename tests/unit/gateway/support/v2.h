/* SPDX-License-Identifier: MIT
 * v2.h - decode one Open Inference Protocol request in a test, and look at what came out.
 */
#ifndef ROOST_TESTS_GATEWAY_V2_H
#define ROOST_TESTS_GATEWAY_V2_H
#include "gateway/decode_v2.h"
#include "gateway/encode_v2.h"
#include "tests/unit/gateway/support/decoding.h"
#include "tests/unit/gateway/support/plans.h"

struct v2 {
    struct decoding d; /* its batch, fault and limits are this request's */
    struct gw_v2_model model;
    struct gw_v2_request request;
};

/* The plan is owned from here on; the model is called "m". */
void v2_open(struct v2 *v, roost_plan *plan);
void v2_close(struct v2 *v);

/* Decode a body of exactly `size` bytes, in a block of its own. */
int v2_decode(struct v2 *v, const void *body, size_t size, int64_t header);

/* Fails the test unless the JSON alone is accepted, or is refused with exactly this. */
void v2_accepts(struct v2 *v, const char *json);
void v2_refuses(struct v2 *v, const char *json, enum gw_fault_code code, const char *text,
                const char *pointer);
/* Likewise with binary data behind the JSON; json NULL: a raw request. */
void v2_accepts_binary(struct v2 *v, const char *json, const void *data, size_t size);
void v2_refuses_binary(struct v2 *v, const char *json, const void *data, size_t size,
                       enum gw_fault_code code, const char *text, const char *pointer);

/* i i32, v i32 [2], w i64 [2]. Outputs "sum" i32 = i + v0 + v1, "wide" i64 = w0 + w1,
 * "both" f64 [2] = w. */
roost_plan *plan_of_integers(void);
/* x f32 [4]. Outputs "c" f32 [3] = (x0, x1, x2), with labels; "p" f32 = x3, the
 * probability of the second of two labels; "plain" f32 [3], as c but without labels. */
roost_plan *plan_of_classes(void);
/* By position as "input-0": a f64, b i64. Score: a + b. */
roost_plan *plan_of_wide_positions(void);
/* s string. Score: 0, from a vocabulary of "a" and "b". */
roost_plan *plan_of_one_text(void);

#endif
