/* SPDX-License-Identifier: MIT
 * native.c - model.yaml, roost's own format: the top level and the inputs.
 * native_graph.c makes the nodes over them, native_param.c their parameters,
 * native_forest.c their trees, native_head.c and native_output.c the top. Before:
 * open.c. After: the builder, then a plan. */
#include "registry/formats/native.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/error.h"

static const char yaml_name[] = "model.yaml";
static const char weights_name[] = "weights.safetensors";
static const char top_keys[] = "format|inputs|context|transforms|predictor|calibration|"
                               "predictors|calibrations|outputs|strict_features|"
                               "metadata|serving";

/* Of one node's parameters: vocabularies are the largest, and their files count as the
 * model's bytes already. */
enum { ARENA_MAX = 1 << 30 };

/* A model.yaml decides, whatever else lies beside it: it may name those files. */
static int sniff(const struct reg_files *files)
{
    return reg_files_find(files, yaml_name) != NULL;
}

roost_status reg_native_wrap(const struct reg_native *native,
                             const struct reg_yaml_node *node, const char *name,
                             roost_status status, struct roost_error *err)
{
    if (!err)
        return status;
    uint64_t at = err->at;
    reg_yaml_fail(&native->yaml, node, err, status, "%.60s: %.190s", name, err->text);
    err->at = at;
    return status;
}

/* -- Inputs -------------------------------------------------------------------------- */

/* The words of `type`, and what each is; `discrete` is another word for i64. */
static const char type_words[] = "f32|f64|i64|bool|string|strings|sparse|discrete|i32";
static const enum roost_type types[] = {ROOST_F32,    ROOST_F64,    ROOST_I64,
                                        ROOST_BOOL,   ROOST_STRING, ROOST_STRINGS,
                                        ROOST_SPARSE, ROOST_I64,    ROOST_I32};

/* Only numbers can be vectors: truth values and texts have no operator that takes them.
 */
static int is_number(enum roost_type type)
{
    return type == ROOST_F32 || type == ROOST_F64 || type == ROOST_I32 ||
           type == ROOST_I64;
}

/* shape: [28] makes a vector of 28 values. */
static roost_status read_shape(const struct reg_yaml *yaml,
                               const struct reg_yaml_node *node,
                               struct eng_feature_spec *spec, struct roost_error *err)
{
    int64_t width = 0;
    const struct reg_yaml_node *size = reg_yaml_first(yaml, node);
    if (node->kind != REG_YAML_LIST || node->count != 1 || !is_number(spec->type))
        return reg_yaml_fail(yaml, node, err, ROOST_FORMAT,
                             "shape is [n], for f32, f64, i32 and i64 only");
    roost_status status = reg_yaml_integer(yaml, size, "shape", &width, err);
    if (status)
        return status;
    if (width < 1 || width > ENG_WIDTH_MAX)
        return reg_yaml_fail(yaml, size, err, ROOST_LIMIT,
                             "shape must be between 1 and %d", ENG_WIDTH_MAX);
    spec->width = (uint32_t)width;
    spec->vector = 1;
    return ROOST_OK;
}

/* missing: the value that stands in for a missing one. */
static roost_status read_missing(const struct reg_yaml *yaml,
                                 const struct reg_yaml_node *node,
                                 struct eng_feature_spec *spec, struct roost_error *err)
{
    spec->has_default = 1;
    if (spec->type == ROOST_STRING) {
        if (node->kind != REG_YAML_SCALAR)
            return reg_yaml_fail(yaml, node, err, ROOST_FORMAT, "missing must be a text");
        spec->default_text.at = node->text;
        spec->default_text.size = node->size;
        return ROOST_OK;
    }
    if (spec->type == ROOST_STRINGS || spec->type == ROOST_SPARSE)
        return reg_yaml_fail(yaml, node, err, ROOST_FORMAT,
                             "a list or sparse input has no missing value: it is empty");
    if (spec->type == ROOST_BOOL) {
        int flag;
        roost_status status = reg_yaml_bool(yaml, node, "missing", &flag, err);
        spec->default_number = flag;
        return status;
    }
    roost_status status =
        reg_yaml_number(yaml, node, "missing", &spec->default_number, err);
    int64_t whole;
    if (!status && (spec->type == ROOST_I64 || spec->type == ROOST_I32))
        status = reg_yaml_integer(yaml, node, "missing", &whole, err);
    return status;
}

/* Features keep the order of the file: it is the order in which a plan lists them. */
static roost_status add_input(struct reg_native *native, struct reg_native_name *name,
                              struct roost_error *err)
{
    const struct reg_yaml *yaml = &native->yaml;
    const struct reg_yaml_node *map = reg_yaml_value(yaml, name->key);
    struct eng_feature_spec spec = {
        .name = name->key->text, .width = 1, .context = name->context};
    uint32_t type = 0;
    roost_status status = reg_yaml_keys(yaml, map, "type|shape|missing", "an input", err);
    if (status)
        return status;
    const struct reg_yaml_node *word = reg_yaml_get(yaml, map, "type");
    const struct reg_yaml_node *shape = reg_yaml_get(yaml, map, "shape");
    const struct reg_yaml_node *missing = reg_yaml_get(yaml, map, "missing");
    if (!word)
        return reg_yaml_fail(yaml, name->key, err, ROOST_FORMAT,
                             "input '%.60s' has no type", name->key->text);
    status = reg_yaml_word(yaml, word, type_words, "type", &type, err);
    spec.type = types[type];
    if (!status && shape)
        status = read_shape(yaml, shape, &spec, err);
    if (!status && missing)
        status = read_missing(yaml, missing, &spec, err);
    if (status)
        return status;
    status = eng_builder_feature(native->builder, &spec, &name->handle, err);
    name->state = REG_NATIVE_MADE;
    return status ? reg_native_wrap(native, name->key, spec.name, status, err) : ROOST_OK;
}

/* -- The rest ------------------------------------------------------------------------ */

/* serving is a suggestion to the gateway; here only its form is checked. */
static roost_status check_serving(const struct reg_yaml *yaml,
                                  const struct reg_yaml_node *map,
                                  struct roost_error *err)
{
    roost_status status = reg_yaml_keys(yaml, map, "slo_ms|goal", "serving", err);
    const struct reg_yaml_node *slo = reg_yaml_get(yaml, map, "slo_ms");
    const struct reg_yaml_node *goal = reg_yaml_get(yaml, map, "goal");
    double ms = 1;
    uint32_t word;
    if (!status && slo)
        status = reg_yaml_number(yaml, slo, "slo_ms", &ms, err);
    if (!status && !(ms > 0))
        status = reg_yaml_fail(yaml, slo, err, ROOST_VALUE, "slo_ms must be above 0");
    if (!status && goal)
        status = reg_yaml_word(yaml, goal, "latency|throughput", "goal", &word, err);
    return status;
}

/* The keys and values of the top level that make no node. */
static roost_status check_top(struct reg_native *native, const struct reg_yaml_node *root,
                              struct roost_error *err)
{
    const struct reg_yaml *yaml = &native->yaml;
    const struct reg_yaml_node *format = reg_yaml_get(yaml, root, "format");
    roost_status status = reg_yaml_keys(yaml, root, top_keys, yaml_name, err);
    if (status)
        return status;
    if (!format || !reg_yaml_is(format, "1"))
        return reg_yaml_fail(yaml, format ? format : root, err, ROOST_FORMAT,
                             "model.yaml must say 'format: 1'");
    const struct reg_yaml_node *metadata = reg_yaml_get(yaml, root, "metadata");
    const struct reg_yaml_node *serving = reg_yaml_get(yaml, root, "serving");
    const struct reg_yaml_node *strict = reg_yaml_get(yaml, root, "strict_features");
    int is_strict = 0;
    if (metadata && metadata->kind != REG_YAML_MAP)
        return reg_yaml_fail(yaml, metadata, err, ROOST_FORMAT, "metadata must be a map");
    if (serving)
        status = check_serving(yaml, serving, err);
    if (!status && strict)
        status = reg_yaml_bool(yaml, strict, "strict_features", &is_strict, err);
    if (!status)
        eng_builder_strict(native->builder, is_strict);
    return status;
}

/* A tensor that nothing uses is mostly a misspelt name elsewhere, so it is refused. */
static roost_status check_unused(const struct reg_native *native, struct roost_error *err)
{
    const struct reg_tensor *tensor = reg_tensors_unused(&native->tensors);
    if (!tensor)
        return ROOST_OK;
    return eng_fail(
        err, ROOST_FORMAT, weights_name, 0, "model.yaml does not use tensor '%.*s'",
        (int)(tensor->name_size < 100 ? tensor->name_size : 100), tensor->name);
}

/* The order matters: features get their handles before nodes ask for them, and what was
 * not used is known only at the end. */
static roost_status build(struct reg_native *native, struct roost_error *err)
{
    const struct reg_yaml_node *root = reg_yaml_root(&native->yaml);
    roost_status status = check_top(native, root, err);
    if (!status)
        status = reg_native_index(native, err);
    for (uint32_t i = 0; i < native->features && !status; i++)
        status = add_input(native, &native->name[i], err);
    if (!status)
        status = reg_native_transforms(native, err);
    if (!status)
        status = reg_native_heads(native, err);
    if (!status)
        status = reg_native_outputs(native, err);
    return status ? status : check_unused(native, err);
}

/* After success and failure alike; everything in it may still be zero. */
static void release(struct reg_native *native)
{
    for (uint32_t i = 0; i < native->forests; i++)
        reg_forest_clear(&native->forest[i].forest);
    free(native->forest);
    free(native->head);
    free(native->name);
    eng_names_free(native->index);
    eng_arena_clear(&native->arena);
    reg_tensors_clear(&native->tensors);
    reg_yaml_clear(&native->yaml);
}

static roost_status load(const struct reg_files *files, struct eng_builder *builder,
                         struct roost_error *err)
{
    struct reg_native native = {.files = files, .builder = builder};
    const struct reg_file *yaml = reg_files_find(files, yaml_name);
    const struct reg_file *weights = reg_files_find(files, weights_name);
    if (!yaml)
        return eng_fail(err, ROOST_FORMAT, yaml_name, 0, "there is no model.yaml");
    eng_arena_init(&native.arena, ARENA_MAX);
    roost_status status = reg_yaml_read(&native.yaml, yaml, err);
    if (!status && weights)
        status = reg_tensors_read(&native.tensors, weights, err);
    if (!status)
        status = build(&native, err);
    release(&native);
    return status;
}

const struct reg_format reg_format_native = {"native", sniff, load};
