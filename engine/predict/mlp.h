/* SPDX-License-Identifier: MIT
 * mlp.h - the one product that networks need, in the two forms that tests compare.
 * Threads  Pure functions. OpenBLAS runs in the caller's thread; how many it may start
 *          itself is set by the program that links libroost, not here.
 * Memory   Nothing is kept, but for the buffer that OpenBLAS maps at its first product.
 * Errors   None. */
#ifndef ROOST_PREDICT_MLP_H
#define ROOST_PREDICT_MLP_H
#include <stdint.h>

/* Rows of every product, whatever a block holds: the last ones are padded. BLAS kernels
 * add in an order that depends on the number of rows (measured: OpenBLAS 0.3.21, kernels
 * of Haswell and later, differ in the last bits between 1 and 64 rows; with 8 rows each
 * has the same bits at any place). So a row's score does not depend on its company. */
enum { ENG_MLP_ROWS = 8 };

/* y [ENG_MLP_ROWS, columns] = x [ENG_MLP_ROWS, n] w [n, columns], row-major floats. */
typedef void eng_mlp_product(const float *x, const float *w, float *y, uint32_t n,
                             uint32_t columns);

/* Plain C, in the order of n. */
void eng_mlp_product_ref(const float *x, const float *w, float *y, uint32_t n,
                         uint32_t columns);

/* OpenBLAS's where this build has it, else the plain one. */
eng_mlp_product *eng_mlp_product_best(void);

#endif
