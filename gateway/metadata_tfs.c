/* SPDX-License-Identifier: MIT
 * What a model takes and gives, as TensorFlow Serving's metadata call words it: its
 * signatures with the types and shapes of their tensors. Called at the head of a request
 * with the serving that predict would use; answer.c sends what it wrote. */
#include "gateway/metadata_tfs.h"
#include "gateway/decode_examples.h"
#include "gateway/text.h"
#include <stdio.h>
#include <string.h>

/* Of a name of 255 bytes at most in a member's of 128. */
enum { KEY_ROOM = 512 };

static const char *dtype_of(enum roost_type type)
{
    switch (type) {
    case ROOST_F32:
        return "DT_FLOAT";
    case ROOST_F64:
        return "DT_DOUBLE";
    case ROOST_I64:
        return "DT_INT64";
    case ROOST_I32:
        return "DT_INT32";
    case ROOST_BOOL:
        return "DT_BOOL";
    case ROOST_STRING:
    case ROOST_STRINGS:
    case ROOST_SPARSE: /* as a list of names */
        break;
    }
    return "DT_STRING";
}

/* A tensor of shape [rows], or [rows, second], -1 being any number; a buffer that is full
 * stays full, which is asked at the end. */
static void put_tensor(struct eng_buf *out, int first, const char *key, const char *name,
                       const char *dtype, int64_t second)
{
    if (!first)
        (void)eng_buf_text(out, ",");
    (void)gw_text_json(out, key, strlen(key));
    (void)eng_buf_format(out,
                         ":{\"dtype\":\"%s\",\"tensor_shape\":{\"dim\":["
                         "{\"size\":\"-1\",\"name\":\"\"}",
                         dtype);
    if (second != 0)
        (void)eng_buf_format(out, ",{\"size\":\"%lld\",\"name\":\"\"}",
                             (long long)second);
    (void)eng_buf_text(out, "],\"unknown_rank\":false},\"name\":");
    char full[KEY_ROOM + 3];
    int size = snprintf(full, sizeof full, "%s:0", name);
    (void)gw_text_json(out, full, (size_t)size);
    (void)eng_buf_text(out, "}");
}

static void put_inputs(struct eng_buf *out, const roost_plan *plan)
{
    for (uint32_t i = 0; i < roost_plan_feature_count(plan); i++) {
        const struct roost_feature *about = roost_plan_feature(plan, i);
        int list = about->type == ROOST_STRINGS || about->type == ROOST_SPARSE;
        put_tensor(out, i == 0, about->name, about->name, dtype_of(about->type),
                   list            ? -1
                   : about->vector ? (int64_t)about->width
                                   : 0);
    }
}

/* How many outputs the model of output i has. */
static uint32_t outputs_beside(const roost_plan *plan, uint32_t i)
{
    uint32_t model = roost_plan_output(plan, i)->model, count = 0;
    for (uint32_t j = 0; j < roost_plan_output_count(plan); j++)
        count += roost_plan_output(plan, j)->model == model;
    return count;
}

/* A group's outputs are called after its members, as in V2. */
static void put_outputs(struct eng_buf *out, const struct reg_serving *serving)
{
    const roost_plan *plan = serving->plan;
    for (uint32_t i = 0; i < roost_plan_output_count(plan); i++) {
        const struct roost_output *about = roost_plan_output(plan, i);
        const char *member = roost_plan_model_name(plan, about->model);
        char key[KEY_ROOM];
        if (serving->member_count == 0)
            snprintf(key, sizeof key, "%s", about->name);
        else if (outputs_beside(plan, i) == 1)
            snprintf(key, sizeof key, "%s", member);
        else
            snprintf(key, sizeof key, "%s.%s", member, about->name);
        put_tensor(out, i == 0, key, key, dtype_of(about->type),
                   about->width > 1 ? (int64_t)about->width : 0);
    }
}

static void put_method(struct eng_buf *out, const char *method)
{
    (void)eng_buf_format(
        out, "},\"method_name\":\"tensorflow/serving/%s\",\"defaults\":{}}", method);
}

/* The signature of a method over examples, where the model has it. */
static void put_examples(struct eng_buf *out, const struct reg_serving *serving,
                         enum gw_examples method)
{
    struct gw_fault fault = {.code = GW_FAULT_NONE};
    if (gw_examples_allowed(serving->plan, serving->member_count > 0, method, &fault) !=
        0)
        return;
    const struct roost_output *about = roost_plan_output(serving->plan, 0);
    const char *name = method == GW_EXAMPLES_REGRESS ? "regress" : "classify";
    (void)eng_buf_format(out,
                         ",\"tensorflow/serving/%s\":{\"inputs\":{\"inputs\":"
                         "{\"dtype\":\"DT_STRING\",\"tensor_shape\":{\"dim\":[],"
                         "\"unknown_rank\":true},\"name\":\"tf_example:0\"}},"
                         "\"outputs\":{",
                         name);
    if (method == GW_EXAMPLES_REGRESS) {
        put_tensor(out, 1, "outputs", about->name, dtype_of(about->type), 1);
    } else {
        uint32_t classes = gw_examples_classes(about);
        put_tensor(out, 1, "classes", "classes", "DT_STRING", classes);
        put_tensor(out, 0, "scores", about->name, dtype_of(about->type), classes);
    }
    put_method(out, name);
}

int gw_metadata_tfs(const struct reg_serving *serving, struct eng_buf *out)
{
    (void)eng_buf_text(out, "{\"model_spec\":{\"name\":");
    (void)gw_text_json(out, serving->name, strlen(serving->name));
    (void)eng_buf_format(out,
                         ",\"signature_name\":\"\",\"version\":\"%lld\"},"
                         "\"metadata\":{\"signature_def\":{\"signature_def\":"
                         "{\"serving_default\":{\"inputs\":{",
                         (long long)serving->version);
    put_inputs(out, serving->plan);
    (void)eng_buf_text(out, "},\"outputs\":{");
    put_outputs(out, serving);
    put_method(out, "predict");
    put_examples(out, serving, GW_EXAMPLES_CLASSIFY);
    put_examples(out, serving, GW_EXAMPLES_REGRESS);
    (void)eng_buf_text(out, "}}}}");
    return out->failed ? -1 : 0;
}
