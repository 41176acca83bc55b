/* SPDX-License-Identifier: MIT
 * mlp.c - the predictor `mlp`: inputs joined to rows of floats go through layers of
 * y = activation(x W + b), eight rows at a time, and a link. Before it: number
 * transforms, one_hot, embed; after it: calibration. The product is OpenBLAS's where
 * there is one. */
#include "engine/predict/mlp.h"
#include "engine/base/error.h"
#include "engine/model/builder.h"
#include "engine/predict/link.h"
#include "engine/predict/mlp_layer.h"
#include "engine/predict/ops.h"
#include "engine/transform/join.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#ifdef ROOST_OPENBLAS
#include <cblas.h>
#endif

/* Far more than any network that one row a microsecond is asked of. */
enum { LAYERS_MAX = 64 };

struct mlp {
    struct eng_join join;
    uint32_t n;
    struct eng_mlp_layer *layers; /* [n] */
    uint32_t widest;              /* values of a row before or after any layer */
    enum eng_link link;
    eng_mlp_product *product;
};

void eng_mlp_product_ref(const float *x, const float *w, float *y, uint32_t n,
                         uint32_t columns)
{
    memset(y, 0, (size_t)ENG_MLP_ROWS * columns * sizeof *y);
    for (uint32_t r = 0; r < ENG_MLP_ROWS; r++) {
        float *to = y + (size_t)r * columns;
        for (uint32_t i = 0; i < n; i++) {
            const float from = x[(size_t)r * n + i];
            const float *row = w + (size_t)i * columns;
            for (uint32_t k = 0; k < columns; k++)
                to[k] += from * row[k];
        }
    }
}

#ifdef ROOST_OPENBLAS
static void product_blas(const float *x, const float *w, float *y, uint32_t n,
                         uint32_t columns)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, ENG_MLP_ROWS, (int)columns,
                (int)n, 1, x, (int)n, w, (int)columns, 0, y, (int)columns);
}
#endif

eng_mlp_product *eng_mlp_product_best(void)
{
#ifdef ROOST_OPENBLAS
    return product_blas;
#else
    return eng_mlp_product_ref;
#endif
}

static void mlp_free(void *state)
{
    struct mlp *self = state;
    if (!self)
        return;
    for (uint32_t i = 0; i < self->n; i++)
        eng_mlp_layer_clear(&self->layers[i]);
    free(self->layers);
    eng_join_clear(&self->join);
    free(self);
}

static roost_status read_layers(const struct eng_op_args *args, struct mlp *self,
                                struct roost_error *err)
{
    const struct eng_param *param = eng_op_arg(args, "layers");
    if (!param || param->count < 1 || param->count > LAYERS_MAX)
        return eng_fail(err, ROOST_SHAPE, args->name, param ? param->count : 0,
                        "'layers' must be a list of 1 to %d layers", LAYERS_MAX);
    self->layers = calloc(param->count, sizeof *self->layers);
    if (!self->layers)
        return eng_fail(err, ROOST_NOMEM, args->name, 0, "no memory for 'layers'");
    roost_status status = ROOST_OK;
    uint32_t width = self->join.width;
    self->widest = width;
    for (uint32_t i = 0; i < param->count && status == ROOST_OK; i++) {
        const uint32_t most = i + 1 < param->count ? ENG_WIDTH_MAX : ENG_LABELS_MAX;
        /* Counted before it is whole, so that freeing takes what it has. */
        struct eng_mlp_layer *layer = &self->layers[self->n++];
        status = eng_mlp_layer_read(args->name, &param->layers[i], i + 1, width, most,
                                    layer, err);
        width = layer->columns;
        self->widest = width > self->widest ? width : self->widest;
    }
    return status;
}

static size_t mlp_bytes(const struct mlp *self)
{
    size_t bytes = sizeof *self + eng_join_bytes(&self->join);
    for (uint32_t i = 0; i < self->n; i++) {
        const struct eng_mlp_layer *layer = &self->layers[i];
        bytes += sizeof *layer +
                 ((size_t)layer->rows + 1) * layer->columns * sizeof *layer->weights;
    }
    return bytes;
}

static roost_status mlp_make(const struct eng_op_args *args, struct eng_shape *out,
                             void **state, size_t *bytes, struct roost_error *err)
{
    struct mlp *self = calloc(1, sizeof *self);
    if (!self)
        return eng_fail(err, ROOST_NOMEM, args->name, 0, "no memory for the predictor");
    roost_status status = eng_join_init(&self->join, args, err);
    if (status == ROOST_OK)
        status = read_layers(args, self, err);
    const struct eng_param *link = eng_op_arg(args, "link");
    if (status == ROOST_OK && link && eng_link_find(link->word, &self->link) != 0)
        status = eng_fail(err, ROOST_VALUE, args->name, 0, "'link' %s is not known",
                          link->word);
    if (status != ROOST_OK) {
        mlp_free(self);
        return status;
    }
    self->product = eng_mlp_product_best();
    *out = (struct eng_shape){.kind = ENG_DENSE64,
                              .width = self->layers[self->n - 1].columns};
    *state = self;
    *bytes = mlp_bytes(self);
    return ROOST_OK;
}

/* Two sets of rows: what a layer reads, and what it writes. */
static size_t mlp_scratch(const void *state, uint32_t rows)
{
    const struct mlp *self = state;
    (void)rows;
    return (size_t)2 * ENG_MLP_ROWS * self->widest * sizeof(float);
}

/* Rows first .. first + n - 1, the missing values as 0, and rows of 0 below them. */
static void load_rows(const struct mlp *self, const struct eng_value *const *in,
                      uint32_t first, uint32_t n, float *x)
{
    const size_t used = (size_t)n * self->join.width;
    eng_join_f32(&self->join, in, first, n, x);
    for (size_t i = 0; i < used; i++)
        x[i] = isnan(x[i]) ? 0 : x[i];
    memset(x + used, 0, ((size_t)ENG_MLP_ROWS * self->join.width - used) * sizeof *x);
}

static roost_status mlp_run(const void *state, const struct eng_block *block,
                            const struct eng_value *const *in, struct eng_value *out,
                            struct roost_error *err)
{
    const struct mlp *self = state;
    const uint32_t width = self->layers[self->n - 1].columns;
    (void)err;
    for (uint32_t first = 0; first < block->n; first += ENG_MLP_ROWS) {
        const uint32_t left = block->n - first;
        const uint32_t n = left < ENG_MLP_ROWS ? left : ENG_MLP_ROWS;
        float *x = block->scratch;
        float *y = x + (size_t)ENG_MLP_ROWS * self->widest;
        load_rows(self, in, first, n, x);
        for (uint32_t i = 0; i < self->n; i++) {
            const struct eng_mlp_layer *layer = &self->layers[i];
            self->product(x, layer->weights, y, layer->rows, layer->columns);
            eng_mlp_layer_finish(layer, n, y);
            float *done = y;
            y = x;
            x = done;
        }
        for (uint32_t r = 0; r < n; r++) {
            double *scores = out->f64 + (size_t)(first + r) * width;
            for (uint32_t k = 0; k < width; k++)
                scores[k] = (double)x[(size_t)r * width + k];
            eng_link_apply(self->link, scores, width);
        }
    }
    return ROOST_OK;
}

static const struct eng_param_spec params[] = {
    {"layers", ENG_PARAM_LAYERS, 1, ENG_MLP_ACTIVATIONS,
     "list of {weights: [in, out], bias: [out], activation}"},
    {"link", ENG_PARAM_WORD, 0, "identity|logistic|exp|softmax", "identity when absent"},
    {NULL, ENG_PARAM_INT, 0, NULL, NULL},
};

const struct eng_op eng_op_mlp = {
    .name = "mlp",
    .role = ENG_PREDICTOR,
    .min_inputs = 1,
    .max_inputs = ENG_FEATURES_MAX,
    .params = params,
    .help = "numbers, indices and dense, in order -> a score per output",
    .make = mlp_make,
    .free = mlp_free,
    .scratch = mlp_scratch,
    .run = mlp_run,
};
