/* SPDX-License-Identifier: MIT
 * examples.h - decode one classify or regress body in a test, and plans to ask so. */
#ifndef ROOST_TESTS_GATEWAY_EXAMPLES_H
#define ROOST_TESTS_GATEWAY_EXAMPLES_H
#include "gateway/decode_examples.h"
#include "tests/unit/gateway/support/decoding.h"

/* One output of `width` numbers from the number x: x times 1, 10, 100, ... plus `bias`,
 * with labels or NULL. */
struct plan_about {
    const char *name; /* of the output; NULL: "y" */
    enum roost_type feature;
    enum roost_type output;
    float weight;
    float bias;
    uint32_t width;
    uint32_t label_count;
    const char *const *labels;
};
roost_plan *plan_about(const struct plan_about *about);
/* The model of TensorFlow Serving's documentation: x f32, y = 0.5 x + 2. */
roost_plan *plan_half_plus_two(void);
/* a i32, b i32 [2], c i64 [2], d f32 [1], s string. Score: a + b[0] + b[1]. */
roost_plan *plan_of_whole_numbers(void);
/* One feature, s, a string. Score: always 0 (a bag of its hash that weighs nothing). */
roost_plan *plan_of_one_string(void);

/* The decoder's result. The body is copied to a block of exactly its size. */
int decode_examples(struct decoding *d, enum gw_examples method, const char *body,
                    size_t size);
/* Fails the test unless the classify body is accepted, or is refused with exactly this.
 */
void takes(struct decoding *d, const char *body);
void rejects(struct decoding *d, const char *body, enum gw_fault_code code,
             const char *text, const char *pointer);

/* Decode, score with the real engine and encode; fails the test unless the answer is
 * this. Closes the plan. */
void examples_answer(roost_plan *plan, enum gw_examples method, const char *body,
                     const char *want);

#endif
