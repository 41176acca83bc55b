/* SPDX-License-Identifier: MIT
 * build_feature.c - declares a model's features: what callers will give as columns. Two
 * models share one when name, type, shape and default agree, which its digest says. */
#include "engine/base/error.h"
#include "engine/base/hash.h"
#include "engine/model/build.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A default must be a value that the type has: what a row could not hold, an absent one
 * must not become. */
static roost_status check_default(const struct eng_feature_spec *spec,
                                  struct roost_error *err)
{
    const double value = spec->default_number;
    const char *why = NULL;
    switch (spec->type) {
    case ROOST_STRING:
        break;
    case ROOST_STRINGS:
    case ROOST_SPARSE:
        why = "a list has no default value";
        break;
    case ROOST_F32:
        if (!isfinite(value) || !isfinite((float)value))
            why = "the default is not finite as a float";
        break;
    case ROOST_F64:
        if (!isfinite(value))
            why = "the default is not finite";
        break;
    case ROOST_I64:
        /* The bounds are exact as doubles; the upper one is the first that is too large.
         */
        if (!(value >= -9223372036854775808.0 && value < 9223372036854775808.0) ||
            value != trunc(value))
            why = "the default of an i64 must be a whole number from -2^63 to below 2^63";
        break;
    case ROOST_I32:
        if (!(value >= INT32_MIN && value <= INT32_MAX) || value != trunc(value))
            why = "the default of an i32 must be a whole number from -2^31 to below 2^31";
        break;
    case ROOST_BOOL:
        if (value != 0 && value != 1)
            why = "the default of a bool must be true or false";
        break;
    }
    return why ? eng_fail(err, ROOST_VALUE, spec->name, 0, "%s", why) : ROOST_OK;
}

static roost_status check_feature(const struct eng_builder *builder,
                                  const struct eng_feature_spec *spec,
                                  struct roost_error *err)
{
    roost_status status = eng_build_name("a feature", spec->name, err);
    if (status != ROOST_OK)
        return status;
    const int number = spec->type == ROOST_F32 || spec->type == ROOST_F64 ||
                       spec->type == ROOST_I64 || spec->type == ROOST_I32;
    if (builder->model->feature_count >= ENG_FEATURES_MAX)
        return eng_fail(err, ROOST_LIMIT, spec->name, 0, "more than %d features",
                        ENG_FEATURES_MAX);
    if (spec->vector && !number)
        return eng_fail(err, ROOST_SHAPE, spec->name, 0,
                        "a vector must be of type f32, f64, i64 or i32");
    if (spec->width < 1 || spec->width > ENG_WIDTH_MAX ||
        (!spec->vector && spec->width > 1))
        return eng_fail(err, ROOST_SHAPE, spec->name, spec->width,
                        "a width of %u; a vector has 1 to %d values, all else 1",
                        spec->width, ENG_WIDTH_MAX);
    if (spec->has_default)
        status = check_default(spec, err);
    if (status != ROOST_OK)
        return status;
    if (eng_names_find(builder->node_names, spec->name, strlen(spec->name)) >= 0)
        return eng_fail(err, ROOST_VALUE, spec->name, 0,
                        "a transform has this name already");
    return ROOST_OK;
}

/* The feature's name and id, both new. */
static roost_status enter_feature(struct eng_builder *builder, const char *name,
                                  uint64_t id, struct roost_error *err)
{
    uint32_t count = builder->model->feature_count;
    int32_t at = eng_build_enter(builder->feature_names, count, name);
    if (at == -2)
        return eng_fail(err, ROOST_VALUE, name, 0, "a feature has this name already");
    if (at < 0)
        return eng_build_no_memory(err, name);
    at = eng_keys_add(builder->ids, id);
    if (at == -1 && eng_keys_grow(builder->ids, count * 2 + 16) == 0)
        at = eng_keys_add(builder->ids, id);
    if (at == -2)
        return eng_fail(
            err, ROOST_VALUE, name, 0,
            "its id %016llx is that of feature '%s' as well; rename one",
            (unsigned long long)id,
            builder->model->features[eng_keys_find(builder->ids, id)].about.name);
    return at < 0 ? eng_build_no_memory(err, name) : ROOST_OK;
}

static struct eng_shape feature_shape(const struct eng_feature_spec *spec)
{
    struct eng_shape shape = {.kind = ENG_NUMBER, .width = 1, .entries = 1};
    switch (spec->type) {
    case ROOST_F32:
    case ROOST_F64:
        if (spec->vector)
            shape.kind = spec->type == ROOST_F32 ? ENG_DENSE : ENG_DENSE64;
        shape.width = spec->width;
        break;
    case ROOST_I64:
    case ROOST_I32:
    case ROOST_BOOL:
        /* What takes vectors computes with them: integers become numbers there. */
        shape.kind = spec->vector ? ENG_DENSE64 : ENG_INTEGER;
        shape.width = spec->width;
        break;
    case ROOST_STRING:
        shape.kind = ENG_TEXT;
        break;
    case ROOST_STRINGS:
        shape.kind = ENG_TEXTS;
        shape.entries = 0;
        break;
    case ROOST_SPARSE:
        shape.kind = ENG_IDS;
        shape.entries = 0;
        shape.weighted = 1;
        break;
    }
    return shape;
}

static void feature_digest(const struct eng_feature_spec *spec, uint64_t out[2])
{
    struct eng_digest digest;
    uint64_t bits = 0;
    eng_digest_init(&digest);
    eng_digest_put(&digest, spec->name, strlen(spec->name));
    eng_digest_u64(&digest, spec->type);
    eng_digest_u64(&digest, spec->vector);
    eng_digest_u64(&digest, spec->width);
    if (spec->has_default && spec->type == ROOST_STRING) {
        eng_digest_put(&digest, spec->default_text.at, spec->default_text.size);
    } else if (spec->has_default) {
        memcpy(&bits, &spec->default_number, sizeof bits);
        eng_digest_u64(&digest, bits);
    }
    memcpy(out, digest.state, sizeof digest.state);
}

static int copy_feature(const struct eng_feature_spec *spec, struct eng_feature *out)
{
    memset(out, 0, sizeof *out);
    out->about.type = spec->type;
    out->about.width = spec->width;
    out->about.vector = spec->vector ? 1 : 0;
    out->about.context = spec->context ? 1 : 0;
    out->has_default = spec->has_default ? 1 : 0;
    out->default_number = spec->default_number;
    out->about.id = roost_feature_id(spec->name, strlen(spec->name));
    out->about.name = strdup(spec->name);
    if (!out->about.name)
        return -1;
    if (!spec->has_default || spec->type != ROOST_STRING)
        return 0;
    /* One byte more, so that an empty default is a text and not a missing one. */
    char *text = malloc((size_t)spec->default_text.size + 1);
    if (!text)
        return -1;
    if (spec->default_text.size)
        memcpy(text, spec->default_text.at, spec->default_text.size);
    out->default_text.at = text;
    out->default_text.size = spec->default_text.size;
    return 0;
}

static roost_status add_feature(struct eng_builder *builder,
                                const struct eng_feature_spec *spec, uint32_t *value,
                                struct roost_error *err)
{
    roost_model *model = builder->model;
    roost_status status = check_feature(builder, spec, err);
    if (status != ROOST_OK)
        return status;
    if (eng_build_grow((void **)&model->features, &builder->feature_room,
                       model->feature_count, sizeof *model->features) != 0 ||
        !eng_build_value(builder))
        return eng_build_no_memory(err, spec->name);
    struct eng_feature *feature = &model->features[model->feature_count];
    status = enter_feature(builder, spec->name,
                           roost_feature_id(spec->name, strlen(spec->name)), err);
    if (status != ROOST_OK)
        return status;
    /* Counted before it is whole, so that freeing the model frees what it has. */
    int copied = copy_feature(spec, feature);
    model->feature_count++;
    if (copied != 0)
        return eng_build_no_memory(err, spec->name);
    struct eng_model_value *made = eng_build_value(builder);
    made->is_node = 0;
    made->index = model->feature_count - 1;
    made->shape = feature_shape(spec);
    feature_digest(spec, made->digest);
    *value = model->value_count++;
    return ROOST_OK;
}

roost_status eng_builder_feature(struct eng_builder *builder,
                                 const struct eng_feature_spec *spec, uint32_t *value,
                                 struct roost_error *err)
{
    assert(!builder->broken);
    roost_status status = add_feature(builder, spec, value, err);
    builder->broken = status != ROOST_OK;
    return status;
}
