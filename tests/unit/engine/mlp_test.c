/* SPDX-License-Identifier: MIT
 * mlp_test.c - networks by themselves: every activation against plain doubles, both forms
 * of the product, a row's bits wherever it stands, and what is refused. */
#include "engine/predict/mlp.h"
#include "tests/unit/engine/support/op_case.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Of scores, relative to max(1, |score|): floats through two layers of up to 40 inputs.
 */
static const double SCORE_TOLERANCE = 1e-5;
/* Of one product, relative to the sum of the magnitudes that went into an element: what
 * n roundings of half a unit can add up to, whatever their order. */
static const double PRODUCT_TOLERANCE_PER_TERM = FLT_EPSILON / 2;

static double chance(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (double)(*seed >> 8) / (1 << 23) - 1;
}

static void fill(double *values, size_t count, uint32_t seed)
{
    for (size_t i = 0; i < count; i++)
        values[i] = (double)(float)chance(&seed);
}

static double activate(const char *word, double x)
{
    if (strcmp(word, "relu") == 0)
        return fmax(x, 0);
    if (strcmp(word, "tanh") == 0)
        return tanh(x);
    if (strcmp(word, "sigmoid") == 0)
        return 1 / (1 + exp(-x));
    if (strcmp(word, "gelu") == 0)
        return x * 0.5 * (1 + erf(x / sqrt(2)));
    if (strcmp(word, "leaky_relu") == 0)
        return x < 0 ? 0.01 * x : x;
    if (strcmp(word, "elu") == 0)
        return x < 0 ? exp(x) - 1 : x;
    if (strcmp(word, "softplus") == 0)
        return log(1 + exp(x));
    return x;
}

/* One layer of one row in double. */
static void layer(const char *word, const double *x, uint32_t n, const double *w,
                  const double *b, uint32_t columns, double *y)
{
    for (uint32_t k = 0; k < columns; k++) {
        double sum = b ? b[k] : 0;
        for (uint32_t i = 0; i < n; i++)
            sum += x[i] * w[i * columns + k];
        y[k] = activate(word, sum);
    }
}

static void near(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance * fmax(1, fabs(want))))
        fail_msg("%.9g, not %.9g", got, want);
}

enum { ROWS = 21, WIDTH = 40, HIDDEN = 24, OUT = 3 };

static void every_activation_agrees_with_doubles(void **state)
{
    (void)state;
    static const char *const words[] = {"identity", "relu",       "tanh", "sigmoid",
                                        "gelu",     "leaky_relu", "elu",  "softplus"};
    static double x[ROWS * WIDTH], w1[WIDTH * HIDDEN], b1[HIDDEN], w2[HIDDEN * OUT];
    fill(x, ROWS * WIDTH, 1);
    fill(w1, WIDTH * HIDDEN, 2);
    fill(b1, HIDDEN, 3);
    fill(w2, HIDDEN * OUT, 4);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct eng_layer layers[2] = {{.weights = op_tensor(w1, WIDTH, HIDDEN),
                                       .bias = op_tensor(b1, HIDDEN, 0),
                                       .activation = words[i]},
                                      {.weights = op_tensor(w2, HIDDEN, OUT)}};
        struct op_case c;
        op_case(&c, "mlp");
        op_dense64(&c, "x", WIDTH, x);
        op_set_layers(&c, layers, 2);
        assert_int_equal(op_make(&c), ROOST_OK);
        assert_int_equal(c.shape.kind, ENG_DENSE64);
        assert_int_equal(c.shape.width, OUT);
        assert_true(c.bytes > sizeof(float) * (WIDTH * HIDDEN + HIDDEN * OUT));
        assert_int_equal(op_run(&c, ROWS), ROOST_OK);
        for (uint32_t r = 0; r < ROWS; r++) {
            double hidden[HIDDEN], want[OUT];
            layer(words[i], x + (size_t)r * WIDTH, WIDTH, w1, b1, HIDDEN, hidden);
            layer("identity", hidden, HIDDEN, w2, NULL, OUT, want);
            for (uint32_t k = 0; k < OUT; k++)
                near(c.out.f64[r * OUT + k], want[k], SCORE_TOLERANCE);
        }
        op_done(&c);
    }
}

static void activations_hold_at_the_ends_of_their_range(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        double low, high; /* of -1000 and 1000 */
    } cases[] = {{"relu", 0, 1000},    {"tanh", -1, 1},           {"sigmoid", 0, 1},
                 {"gelu", 0, 1000},    {"leaky_relu", -10, 1000}, {"elu", -1, 1000},
                 {"softplus", 0, 1000}};
    const double x[] = {-1000, 1000}, w[] = {1};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct eng_layer one = {.weights = op_tensor(w, 1, 1),
                                      .activation = cases[i].word};
        struct op_case c;
        op_case(&c, "mlp");
        op_number(&c, "x", x);
        op_set_layers(&c, &one, 1);
        assert_int_equal(op_make(&c), ROOST_OK);
        assert_int_equal(op_run(&c, 2), ROOST_OK);
        near(c.out.f64[0], cases[i].low, 1e-6);
        near(c.out.f64[1], cases[i].high, 1e-6);
        op_done(&c);
    }
}

static void inputs_are_joined_in_order_and_a_missing_one_is_0(void **state)
{
    (void)state;
    const double number[] = {1, NAN}, wide[] = {2, 4, NAN, 1},
                 w[] = {1, 10, 100, 1000, 5};
    const double b[] = {0.5};
    const float dense[] = {3, NAN};
    const int64_t integer[] = {7, 9};
    const uint8_t present[] = {1, 0};
    const struct eng_layer one = {.weights = op_tensor(w, 5, 0),
                                  .bias = op_tensor(b, 1, 0)};
    struct op_case c;
    op_case(&c, "mlp");
    op_number(&c, "number", number);
    op_dense64(&c, "wide", 2, wide);
    op_dense(&c, "dense", 1, dense);
    op_integer(&c, "integer", integer, present);
    op_set_layers(&c, &one, 1);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 2), ROOST_OK);
    assert_true(c.out.f64[0] == 1 + 20 + 400 + 3000 + 35 + 0.5);
    assert_true(c.out.f64[1] == 100 + 0.5);
    op_done(&c);
}

static void an_infinity_makes_a_score_that_is_not_finite(void **state)
{
    (void)state;
    const double x[] = {INFINITY, 1}, w1[] = {1, -1}, w2[] = {1, 1};
    const struct eng_layer layers[] = {
        {.weights = op_tensor(w1, 1, 2), .activation = "relu"},
        {.weights = op_tensor(w2, 2, 1)}};
    struct op_case c;
    op_case(&c, "mlp");
    op_number(&c, "x", x);
    op_set_layers(&c, layers, 2);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 2), ROOST_OK);
    assert_true(!isfinite(c.out.f64[0]));
    assert_true(c.out.f64[1] == 1); /* the row beside it is none the worse */
    op_done(&c);
}

static void links_follow_the_last_layer(void **state)
{
    (void)state;
    const double x[] = {1, -2}, w[] = {1, 2};
    const struct eng_layer one = {.weights = op_tensor(w, 1, 2)};
    struct op_case c;
    op_case(&c, "mlp");
    op_number(&c, "x", x);
    op_set_layers(&c, &one, 1);
    op_set_word(&c, "link", "softmax");
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 2), ROOST_OK);
    for (uint32_t r = 0; r < 2; r++) {
        near(c.out.f64[2 * r], 1 / (1 + exp(x[r])), 1e-7);
        near(c.out.f64[2 * r] + c.out.f64[2 * r + 1], 1, 1e-12);
    }
    op_done(&c);
}

/* The bits of each row alone, then in every number of rows, at every place. */
static void a_rows_bits_do_not_depend_on_its_company(void **state)
{
    (void)state;
    enum { MOST = 33, K = 300, N = 17 };
    static double x[MOST * K], w[K * N];
    static double alone[MOST * N];
    fill(x, (size_t)MOST * K, 5);
    fill(w, (size_t)K * N, 6);
    const struct eng_layer one = {.weights = op_tensor(w, K, N), .activation = "tanh"};
    for (uint32_t n = 1; n <= MOST; n++) {
        for (uint32_t first = 0; first + n <= MOST; first += n == 1 ? 1 : 7) {
            struct op_case c;
            op_case(&c, "mlp");
            op_dense64(&c, "x", K, x + (size_t)first * K);
            op_set_layers(&c, &one, 1);
            assert_int_equal(op_make(&c), ROOST_OK);
            assert_int_equal(op_run(&c, n), ROOST_OK);
            double *want = alone + (size_t)first * N;
            if (n == 1)
                memcpy(want, c.out.f64, N * sizeof *want);
            assert_memory_equal(c.out.f64, want, n * N * sizeof *want);
            op_done(&c);
        }
    }
}

static void both_products_agree(void **state)
{
    (void)state;
    static const uint32_t sizes[][2] = {{1, 1},  {3, 5},   {8, 8},     {33, 17},
                                        {1, 64}, {100, 1}, {384, 130}, {513, 31}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const uint32_t n = sizes[i][0], columns = sizes[i][1];
        uint32_t seed = (uint32_t)i;
        float *x = malloc(ENG_MLP_ROWS * n * sizeof *x);
        float *w = malloc((size_t)n * columns * sizeof *w);
        float *ref = malloc(ENG_MLP_ROWS * columns * sizeof *ref);
        float *best = malloc(ENG_MLP_ROWS * columns * sizeof *best);
        for (uint32_t j = 0; j < ENG_MLP_ROWS * n; j++)
            x[j] = (float)chance(&seed);
        for (uint32_t j = 0; j < n * columns; j++)
            w[j] = (float)chance(&seed);
        /* What lay there before must not count. */
        memset(ref, 0xff, ENG_MLP_ROWS * columns * sizeof *ref);
        memset(best, 0xff, ENG_MLP_ROWS * columns * sizeof *best);
        eng_mlp_product_ref(x, w, ref, n, columns);
        eng_mlp_product_best()(x, w, best, n, columns);
        for (uint32_t j = 0; j < ENG_MLP_ROWS * columns; j++) {
            double sum = 0, size = 0;
            for (uint32_t k = 0; k < n; k++) {
                double term =
                    (double)x[j / columns * n + k] * (double)w[k * columns + j % columns];
                sum += term;
                size += fabs(term);
            }
            const double room = PRODUCT_TOLERANCE_PER_TERM * n * size * 1.001;
            assert_true(fabs((double)ref[j] - sum) <= room);
            assert_true(fabs((double)best[j] - sum) <= room);
        }
        free(x);
        free(w);
        free(ref);
        free(best);
    }
}

static void a_common_input_stands_for_every_row(void **state)
{
    (void)state;
    const double common[] = {100}, own[] = {1, 2, 3}, w[] = {1, 1};
    const struct eng_layer one = {.weights = op_tensor(w, 2, 1)};
    struct op_case c;
    op_case(&c, "mlp");
    op_number(&c, "common", common)->common = 1;
    op_number(&c, "own", own);
    op_set_layers(&c, &one, 1);
    assert_int_equal(op_make(&c), ROOST_OK);
    assert_int_equal(op_run(&c, 3), ROOST_OK);
    for (int r = 0; r < 3; r++)
        assert_true(c.out.f64[r] == 101 + r);
    op_done(&c);
}

static void layers_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    const double w[] = {1, 2, 3, 4, 5, 6}, bad[] = {1, INFINITY}, x[] = {0};
    struct eng_tensor cube = op_tensor(w, 2, 1);
    struct eng_tensor empty = op_tensor(w, 2, 1);
    cube.rank = 3;
    cube.dim[2] = 1;
    empty.dim[1] = empty.count = 0;
    const struct {
        struct eng_layer layers[2];
        uint32_t count;
        roost_status status;
        const char *part;
    } cases[] = {
        {{{.weights = op_tensor(w, 3, 1)}},
         1,
         ROOST_SHAPE,
         "3 rows, but the inputs have 2"},
        {{{.weights = op_tensor(w, 2, 3)}, {.weights = op_tensor(w, 2, 1)}},
         2,
         ROOST_SHAPE,
         "layer 2: 'weights' has 2 rows, but the layer before yields 3"},
        {{{.weights = op_tensor(w, 2, 2), .bias = op_tensor(w, 3, 0)}},
         1,
         ROOST_SHAPE,
         "'bias' has 3 values; it needs 2"},
        {{{.weights = op_tensor(w, 2, 2), .bias = op_tensor(w, 2, 1)}},
         1,
         ROOST_SHAPE,
         "'bias'"},
        {{{.weights = cube}}, 1, ROOST_SHAPE, "[in, out]"},
        {{{.weights = empty}}, 1, ROOST_SHAPE, "[in, out]"},
        {{{.weights = op_tensor(bad, 2, 0)}}, 1, ROOST_VALUE, "not finite at index 1"},
        {{{.weights = op_tensor(w, 2, 2), .bias = op_tensor(bad, 2, 0)}},
         1,
         ROOST_VALUE,
         "'bias' is not finite at index 1"},
        {{{.weights = op_tensor(w, 2, 1)}}, 0, ROOST_SHAPE, "1 to 64 layers"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct op_case c;
        op_case(&c, "mlp");
        op_dense64(&c, "x", 2, x);
        op_set_layers(&c, cases[i].layers, cases[i].count);
        op_refused(&c, cases[i].status, cases[i].part);
        op_done(&c);
    }
}

static void texts_and_lists_of_ids_are_no_numbers(void **state)
{
    (void)state;
    const double w[] = {1};
    const uint32_t start[] = {0, 1};
    const uint64_t ids[] = {0};
    const struct eng_layer one = {.weights = op_tensor(w, 1, 1)};
    for (int text = 0; text <= 1; text++) {
        const struct roost_text say = op_say("a");
        struct op_case c;
        op_case(&c, "mlp");
        if (text)
            op_text(&c, "x", &say);
        else
            op_ids(&c, "x", 3, 0, start, ids, NULL);
        op_set_layers(&c, &one, 1);
        op_refused(&c, ROOST_SHAPE, "'x'");
        op_done(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_activation_agrees_with_doubles),
        cmocka_unit_test(activations_hold_at_the_ends_of_their_range),
        cmocka_unit_test(inputs_are_joined_in_order_and_a_missing_one_is_0),
        cmocka_unit_test(an_infinity_makes_a_score_that_is_not_finite),
        cmocka_unit_test(links_follow_the_last_layer),
        cmocka_unit_test(a_rows_bits_do_not_depend_on_its_company),
        cmocka_unit_test(both_products_agree),
        cmocka_unit_test(a_common_input_stands_for_every_row),
        cmocka_unit_test(layers_that_do_not_fit_are_refused),
        cmocka_unit_test(texts_and_lists_of_ids_are_no_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
