/* SPDX-License-Identifier: MIT
 * kit.h - small models, plans and calls for the tests of the builder and of plans.
 * Threads  For tests.
 * Memory   Scratch has exactly the size that was asked for, so that a sanitizer sees one
 *          byte more. Models, plans and builders are freed by the test.
 * Errors   Functions without a status assert that all went well. */
#ifndef ROOST_TEST_KIT_H
#define ROOST_TEST_KIT_H
#include "engine/model/builder.h"
#include "engine/plan/plan.h"

struct eng_builder *kit_builder(void);
uint32_t kit_feature(struct eng_builder *builder, const char *name, enum roost_type type);
uint32_t kit_vector(struct eng_builder *builder, const char *name, enum roost_type type,
                    uint32_t width);
uint32_t kit_number_or(struct eng_builder *builder, const char *name,
                       enum roost_type type, double missing);

/* A node over the values `inputs` (which end with KIT_END). */
enum { KIT_END = UINT16_MAX };
uint32_t kit_node(struct eng_builder *builder, const char *name, const char *op,
                  const uint32_t *inputs, uint32_t n_params,
                  const struct eng_param *params);
#define KIT_IN(...) ((const uint32_t[]){__VA_ARGS__, KIT_END})

struct eng_param kit_tensor(const char *key, const double *values, uint64_t rows,
                            uint64_t columns);
struct eng_param kit_integer(const char *key, int64_t value);
struct eng_param kit_word(const char *key, const char *word);

/* bins: value -> bins of edges 0, 10, 20; hashed: value -> ids of `bits`. */
uint32_t kit_bins(struct eng_builder *builder, const char *name, uint32_t value);
uint32_t kit_hashed(struct eng_builder *builder, const char *name, uint32_t value,
                    int64_t bits);
/* A linear of `slots` pseudo-random weights that follow from the seed; width 1. */
uint32_t kit_linear(struct eng_builder *builder, const uint32_t *inputs, uint64_t slots,
                    uint32_t seed, int64_t bits);

roost_model *kit_finish(struct eng_builder *builder, uint32_t value);
/* age (f32) and tags (strings): tags -> hash -> embed; outputs mlp and fm, f64. */
roost_model *kit_deep(uint32_t seed);
roost_plan *kit_plan(uint32_t n, roost_model *const *models, const roost_plan *previous);

/* Score and give the status; out [rows->n * width]. call: more than rows, or NULL. */
roost_status kit_score(const roost_plan *plan, const struct roost_rows *rows, double *out,
                       const struct roost_call *more, struct roost_error *err);
struct roost_text kit_text(const char *text);

#endif
