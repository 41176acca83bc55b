/* SPDX-License-Identifier: MIT
 * forest_op.c - the predictor `forest`: inputs become rows of numbers, trees
 * are summed block by block, the link makes scores of the margins. Before it:
 * features, vocabulary, concat; after it: calibration. Sums and link are float
 * where XGBoost's are, so that scores agree to the last digits. */
#include "engine/base/error.h"
#include "engine/model/builder.h"
#include "engine/predict/forest.h"
#include "engine/predict/link.h"
#include "engine/predict/ops.h"
#include "engine/transform/args.h"
#include "engine/transform/join.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 64, BLOCK_MIN = 8, BLOCK_VALUES = 16384 };

struct predictor {
    struct eng_forest *forest;
    struct eng_join join;
    double *base;   /* [groups] margins that sums start from */
    double divisor; /* of the sums, when average */
    uint32_t block; /* rows at a time: their values and margins stay in cache */
    uint8_t average;
    uint8_t copies; /* rows are joined; 0: the only input has their layout */
    uint8_t f32;    /* the only input's are floats */
    enum eng_link link;
};

static void predictor_free(void *state)
{
    struct predictor *self = state;
    if (self == NULL)
        return;
    eng_forest_free(self->forest);
    eng_join_clear(&self->join);
    free(self->base);
    free(self);
}

static size_t align64(size_t bytes)
{
    return (bytes + 63) & ~(size_t)63;
}

/* Scratch for n rows: margins [n * groups], keys [n * columns], then, when copies, rows
 * [n * width]. */
struct rooms {
    size_t keys, rows, end; /* bytes from the start */
};

static struct rooms rooms_of(const struct predictor *self, uint32_t rows)
{
    size_t n = rows < self->block ? rows : self->block;
    struct rooms at;
    at.keys = align64(n * self->forest->groups * sizeof(double));
    at.rows = at.keys + align64(n * self->forest->columns * sizeof(uint64_t));
    at.end = at.rows + (self->copies ? n * self->join.width * sizeof(double) : 0);
    return at;
}

static size_t predictor_scratch(const void *state, uint32_t rows)
{
    return rooms_of(state, rows).end;
}

static roost_status read_base(struct predictor *self, const struct eng_op_args *args,
                              struct roost_error *err)
{
    uint32_t groups = self->forest->groups, count = 1;
    double *given = NULL;
    roost_status status = ROOST_OK;
    if (eng_op_arg(args, "base") != NULL)
        status = eng_arg_numbers(args, "base", &given, &count, err);
    if (status == ROOST_OK && count != 1 && count != groups)
        status =
            eng_fail(err, ROOST_SHAPE, args->name, count,
                     "'base' has %u values; the forest has %u outputs", count, groups);
    self->base = calloc(groups, sizeof *self->base);
    if (status == ROOST_OK && self->base == NULL)
        status = eng_fail(err, ROOST_NOMEM, args->name, 0, "out of memory");
    for (uint32_t k = 0; k < groups && status == ROOST_OK && given != NULL; k++) {
        double base = given[count == 1 ? 0 : k];
        self->base[k] = self->forest->sum_f32 ? (double)(float)base : base;
        if (!isfinite(self->base[k]))
            status = eng_fail(err, ROOST_VALUE, args->name, k,
                              "'base' is above what a float holds at index %u", k);
    }
    free(given);
    return status;
}

static roost_status read_average(struct predictor *self, const struct eng_op_args *args,
                                 struct roost_error *err)
{
    const struct eng_forest *forest = self->forest;
    uint32_t groups = forest->leaf_width == 1 ? forest->groups : 1;
    self->average = forest->average;
    eng_arg_bool(args, "average", &self->average);
    if (self->average && (forest->trees == 0 || forest->trees % groups != 0))
        return eng_fail(err, ROOST_SHAPE, args->name, forest->trees,
                        "an average of %u trees over %u outputs is not possible",
                        forest->trees, groups);
    uint32_t rounds = forest->trees / groups;
    self->divisor = (double)rounds;
    return ROOST_OK;
}

static roost_status read_forest(struct predictor *self, const struct eng_op_args *args,
                                struct roost_error *err)
{
    const struct eng_param *param = eng_op_arg(args, "forest");
    const struct eng_param *link = eng_op_arg(args, "link");
    if (param == NULL || param->forest == NULL)
        return eng_fail(err, ROOST_VALUE, args->name, 0, "'forest' is missing");
    if (link != NULL && eng_link_find(link->word, &self->link) != 0)
        return eng_fail(err, ROOST_VALUE, args->name, 0,
                        "'link' is '%s'; it must be one of " ENG_LINK_WORDS, link->word);
    self->forest = eng_forest_retain(param->forest);
    if (self->join.width != self->forest->features)
        return eng_fail(err, ROOST_SHAPE, args->name, self->join.width,
                        "the inputs have %u values together; the forest splits on %u",
                        self->join.width, self->forest->features);
    return ROOST_OK;
}

static void choose_block(struct predictor *self)
{
    self->f32 = eng_join_is(&self->join, ENG_DENSE) != 0;
    self->copies = !self->f32 && !eng_join_is(&self->join, ENG_DENSE64);
    uint64_t values = (uint64_t)self->forest->columns + self->forest->groups +
                      (self->copies ? self->join.width : 0);
    self->block = BLOCK;
    while (self->block > BLOCK_MIN && self->block * values > BLOCK_VALUES)
        self->block /= 2;
}

static roost_status predictor_make(const struct eng_op_args *args, struct eng_shape *out,
                                   void **state, size_t *bytes, struct roost_error *err)
{
    struct predictor *self = calloc(1, sizeof *self);
    if (self == NULL)
        return eng_fail(err, ROOST_NOMEM, args->name, 0, "out of memory");
    roost_status status = eng_join_init(&self->join, args, err);
    if (status == ROOST_OK)
        status = read_forest(self, args, err);
    if (status == ROOST_OK)
        status = read_base(self, args, err);
    if (status == ROOST_OK)
        status = read_average(self, args, err);
    if (status != ROOST_OK) {
        predictor_free(self);
        return status;
    }
    choose_block(self);
    *out = (struct eng_shape){.kind = ENG_DENSE64,
                              .width = eng_link_width(self->link, self->forest->groups)};
    *state = self;
    *bytes = sizeof *self + eng_join_bytes(&self->join) +
             self->forest->groups * sizeof *self->base + self->forest->bytes;
    return ROOST_OK;
}

/* Margins of n rows into sum [n * groups]. An average is taken of the trees
 * alone, and the base added after. */
static void margins(const struct predictor *self, const uint64_t *keys, uint32_t n,
                    double *sum)
{
    uint32_t groups = self->forest->groups;
    size_t row = groups * sizeof *sum;
    for (uint32_t r = 0; r < n; r++) {
        if (self->average)
            memset(sum + (size_t)r * groups, 0, row);
        else
            memcpy(sum + (size_t)r * groups, self->base, row);
    }
    eng_forest_sum(self->forest, keys, n, sum);
    for (size_t i = 0; self->average && i < (size_t)n * groups; i++)
        sum[i] = sum[i] / self->divisor + self->base[i % groups];
}

/* Keys of rows first ... first + n - 1 of the block, from where the only input
 * has them or from `room`. */
static void make_keys(const struct predictor *self, const struct eng_value *const *in,
                      uint32_t first, uint32_t n, double *room, uint64_t *keys)
{
    size_t from = (size_t)eng_row(in[0], first) * self->join.width;
    size_t stride = !self->copies && in[0]->common ? 0 : self->join.width;
    if (self->f32) {
        eng_forest_keys_f32(self->forest, in[0]->f32 + from, stride, n, keys);
        return;
    }
    const double *rows = room;
    if (self->copies)
        eng_join_f64(&self->join, in, first, n, room);
    else
        rows = in[0]->f64 + from;
    eng_forest_keys_f64(self->forest, rows, stride, n, keys);
}

static roost_status predictor_run(const void *state, const struct eng_block *block,
                                  const struct eng_value *const *in,
                                  struct eng_value *out, struct roost_error *err)
{
    const struct predictor *self = state;
    uint32_t groups = self->forest->groups, width = eng_link_width(self->link, groups);
    struct rooms at = rooms_of(self, block->n);
    double *sum = block->scratch;
    uint64_t *keys = (void *)((char *)block->scratch + at.keys);
    double *room = (void *)((char *)block->scratch + at.rows);
    (void)err;
    for (uint32_t first = 0; first < block->n; first += self->block) {
        uint32_t n = block->n - first < self->block ? block->n - first : self->block;
        make_keys(self, in, first, n, room, keys);
        margins(self, keys, n, sum);
        for (uint32_t r = 0; r < n; r++) {
            double *row = sum + (size_t)r * groups;
            if (self->forest->sum_f32)
                eng_link_apply_f32(self->link, row, groups);
            else
                eng_link_apply(self->link, row, groups);
            memcpy(out->f64 + (size_t)(first + r) * width, row, width * sizeof *row);
        }
    }
    return ROOST_OK;
}

static const struct eng_param_spec params[] = {
    {"forest", ENG_PARAM_FOREST, 1, NULL,
     "the trees: a name before .root, .feature, ... in the weights, or {file: "
     "model.ubj}"},
    {"link", ENG_PARAM_WORD, 0, ENG_LINK_WORDS,
     "from margins to scores; default identity; argmax yields the index alone"},
    {"base", ENG_PARAM_TENSOR, 0, NULL,
     "margins that the sums start from, one or one an output; default 0"},
    {"average", ENG_PARAM_BOOL, 0, NULL,
     "true: the sums are divided by the trees of an output; default: as the "
     "forest says"},
    {NULL, ENG_PARAM_INT, 0, NULL, NULL},
};

const struct eng_op eng_op_forest = {
    .name = "forest",
    .role = ENG_PREDICTOR,
    .min_inputs = 1,
    .max_inputs = ENG_FEATURES_MAX,
    .params = params,
    .help = "numbers, indices and dense -> a score for each output",
    .make = predictor_make,
    .free = predictor_free,
    .scratch = predictor_scratch,
    .run = predictor_run,
};
