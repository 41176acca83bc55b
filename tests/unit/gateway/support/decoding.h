/* SPDX-License-Identifier: MIT
 * decoding.h - decode one body in a test, and look at what came out. */
#ifndef ROOST_TESTS_GATEWAY_DECODING_H
#define ROOST_TESTS_GATEWAY_DECODING_H
#include "gateway/decode.h"

struct decoding {
    roost_plan *plan; /* owned */
    struct gw_decode_limits limits;
    struct eng_arena arena;
    struct gw_batch batch;
    struct gw_fault fault;
    uint8_t *body; /* a copy of exactly the text's size, so that overreading is seen */
};

void decoding_open(struct decoding *d, roost_plan *plan);
void decoding_close(struct decoding *d);

/* The decoder's result for a body, or for one row of rows.jsonl. */
int decode_body(struct decoding *d, const char *body);
int decode_sized(struct decoding *d, const char *body, size_t size);
int decode_line(struct decoding *d, const char *line);

/* Fails the test unless the body is accepted, or is refused with exactly this. */
void accepts(struct decoding *d, const char *body);
void refuses(struct decoding *d, const char *body, enum gw_fault_code code,
             const char *text, const char *pointer);

/* The columns of a feature; NULL when it is missing in every row. */
const struct roost_column *column_of(const struct decoding *d, const char *feature);
const struct roost_column *context_of(const struct decoding *d, const char *feature);
float f32_at(const struct decoding *d, const char *feature, uint32_t i);
double f64_at(const struct decoding *d, const char *feature, uint32_t i);
int64_t i64_at(const struct decoding *d, const char *feature, uint32_t i);
/* 1 when string i of the column is this text. */
int text_is(const struct decoding *d, const char *feature, uint32_t i, const char *text);

/* The scores of what was decoded, row after row, malloc'ed. */
double *scores_of(const struct decoding *d);

#endif
