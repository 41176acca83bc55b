/* SPDX-License-Identifier: MIT
 * link.h - from the margins of a row to what a predictor yields, in double or in float.
 * Threads  Pure functions.
 * Memory   Rows are changed in place.
 * Errors   eng_link_find gives -1 for a word it does not know. */
#ifndef ROOST_PREDICT_LINK_H
#define ROOST_PREDICT_LINK_H
#include <stdint.h>

enum eng_link {
    ENG_LINK_IDENTITY, /* the margins as they are                                */
    ENG_LINK_LOGISTIC, /* 1 / (1 + exp(-m)) of each                              */
    ENG_LINK_EXP,      /* exp(m) of each                                         */
    ENG_LINK_SOFTMAX,  /* exp(m) over their sum                                  */
    ENG_LINK_ARGMAX,   /* one value: the first index of the greatest margin      */
    ENG_LINK_HINGE     /* 1 when m > 0, else 0, of each                          */
};

/* The words of all links, as a parameter table lists them. */
#define ENG_LINK_WORDS "identity|logistic|exp|softmax|argmax|hinge"

/* 0 and *out, or -1. */
int eng_link_find(const char *word, enum eng_link *out);

/* Values that a row of k margins becomes: 1 after ARGMAX, else k. */
uint32_t eng_link_width(enum eng_link link, uint32_t k);

/* row [k], k >= 1. A NaN margin stays NaN, save in ARGMAX (never chosen, index 0 when all
 * are) and HINGE (0). Only row[0] is set by ARGMAX. */
void eng_link_apply(enum eng_link link, double *row, uint32_t k);

/* The same in float, by XGBoost's formulas; each element is rounded to float first. */
void eng_link_apply_f32(enum eng_link link, double *row, uint32_t k);

#endif
