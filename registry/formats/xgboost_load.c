/* SPDX-License-Identifier: MIT
 * xgboost_load.c - an XGBoost file with nothing beside it, as a model: its features, one
 * predictor and the output 'score'; and the forest of such a file for a model.yaml. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/error.h"
#include "registry/formats/xgboost.h"

static const char input_name[] = "input-0";

/* One vector feature, or the file's names as numbers; either way they can be given by
 * position as `input-0`. */
static roost_status add_features(const struct reg_xgboost *model,
                                 struct eng_builder *builder, uint32_t *handles,
                                 uint32_t *count, struct roost_error *err)
{
    struct eng_feature_spec spec = {.type = ROOST_F32, .width = 1};
    *count = model->names ? model->features : 1;
    if (!model->names) {
        spec.name = input_name;
        spec.width = model->features;
        spec.vector = 1;
    }
    for (uint32_t i = 0; i < *count; i++) {
        if (model->names)
            spec.name = model->names[i];
        roost_status status = eng_builder_feature(builder, &spec, &handles[i], err);
        if (status)
            return status;
    }
    return eng_builder_positions(builder, input_name, handles, *count, err);
}

/* columns 0: a list of `rows` values. */
static struct eng_param tensor(const char *key, enum eng_dtype dtype, const void *data,
                               uint32_t rows, uint32_t columns)
{
    struct eng_param param = {.key = key, .type = ENG_PARAM_TENSOR};
    param.tensor.dtype = dtype;
    param.tensor.rank = columns ? 2 : 1;
    param.tensor.dim[0] = rows;
    param.tensor.dim[1] = columns;
    param.tensor.count = (uint64_t)rows * (columns ? columns : 1);
    param.tensor.data = data;
    return param;
}

/* gblinear's bias and the base margin are both added to the sum, in float. */
static void add_base(struct reg_xgboost *model)
{
    for (uint32_t k = 0; model->bias && k < model->groups; k++)
        model->bias[k] += (float)model->base[k];
}

/* What model.yaml would say: {op: forest, forest, base, link}, or {op: linear, weights,
 * bias, link}. */
static roost_status add_predictor(struct reg_xgboost *model, struct eng_builder *builder,
                                  const uint32_t *inputs, uint32_t count, uint32_t *value,
                                  struct roost_error *err)
{
    struct eng_param params[3] = {
        {.key = "link", .type = ENG_PARAM_WORD, .word = model->link}};
    const char *op = model->forest ? "forest" : "linear";
    if (model->forest) {
        params[1] = tensor("base", ENG_DT_F64, model->base, model->groups, 0);
        params[2].key = "forest";
        params[2].type = ENG_PARAM_FOREST;
        params[2].forest = model->forest;
    } else {
        add_base(model);
        params[1] = tensor("bias", ENG_DT_F32, model->bias, model->groups, 0);
        params[2] =
            tensor("weights", ENG_DT_F32, model->weights, model->features, model->groups);
    }
    struct eng_node_spec node = {.name = "predictor",
                                 .op = eng_op_find(op, strlen(op)),
                                 .n_inputs = count,
                                 .inputs = inputs,
                                 .n_params = 3,
                                 .params = params};
    if (!node.op)
        return eng_fail(err, ROOST_FORMAT, NULL, 0, "this build has no operator '%s'",
                        op);
    return eng_builder_node(builder, &node, value, err);
}

/* Both encodings load alike: reg_xgboost_read looks at the bytes again. */
static roost_status load(const struct reg_files *files, struct eng_builder *builder,
                         struct roost_error *err)
{
    struct reg_xgboost model;
    const struct reg_file *file = reg_xgboost_find(files);
    if (!file)
        return eng_fail(err, ROOST_FORMAT, NULL, 0, "there is not one XGBoost file");
    roost_status status = reg_xgboost_read(file, &model, err);
    uint32_t count = 0, value = 0;
    uint32_t *handles = status ? NULL : calloc(model.features, sizeof *handles);
    if (!status && !handles)
        status = eng_fail(err, ROOST_NOMEM, file->name, 0, "out of memory");
    if (!status)
        status = add_features(&model, builder, handles, &count, err);
    if (!status)
        status = add_predictor(&model, builder, handles, count, &value, err);
    if (!status) {
        struct eng_output_spec output = {
            .name = "score", .value = value, .type = ROOST_F32};
        status = eng_builder_output(builder, &output, err);
    }
    free(handles);
    reg_xgboost_clear(&model);
    return status;
}

static int sniff(const struct reg_files *files, enum reg_xgboost_kind kind)
{
    const struct reg_file *file = reg_xgboost_find(files);
    return file && reg_xgboost_sniff(file) == kind;
}

static int sniff_json(const struct reg_files *files)
{
    return sniff(files, REG_XGBOOST_JSON);
}

static int sniff_ubj(const struct reg_files *files)
{
    return sniff(files, REG_XGBOOST_UBJ);
}

const struct reg_format reg_format_xgboost_json = {"xgboost-json", sniff_json, load};
const struct reg_format reg_format_xgboost_ubj = {"xgboost-ubj", sniff_ubj, load};

roost_status reg_forest_read(const struct reg_file *file, struct reg_forest *out,
                             struct roost_error *err)
{
    struct reg_xgboost model;
    memset(out, 0, sizeof *out);
    roost_status status = reg_xgboost_read(file, &model, err);
    if (!status && !model.forest)
        status = eng_fail(err, ROOST_FORMAT, file->name, 0,
                          "a gblinear model holds no forest");
    if (!status) {
        out->forest = model.forest;
        out->base = model.base;
        out->feature_names = model.names;
        out->link = model.link;
        model.forest = NULL; /* moved out */
        model.base = NULL;
        model.names = NULL;
    }
    reg_xgboost_clear(&model);
    return status;
}

void reg_forest_clear(struct reg_forest *forest)
{
    uint32_t features = forest->forest ? eng_forest_features(forest->forest) : 0;
    for (uint32_t i = 0; forest->feature_names && i < features; i++)
        free(forest->feature_names[i]);
    free(forest->feature_names);
    free(forest->base);
    eng_forest_free(forest->forest);
    memset(forest, 0, sizeof *forest);
}
