/* SPDX-License-Identifier: MIT
 * A plan's schema in the words of the V2 API, at the head of a request. The names are
 * those that decode_v2.c takes and encode_v2.c gives: a list feature is several inputs,
 * since the protocol has no type for it. All inputs of a feature signature are optional,
 * the dense one by position too, since it stands for the others. */
#include "gateway/v2_model.h"
#include "gateway/decode_v2.h"
#include "gateway/text.h"
#include <string.h>

/* How a tensor is shown: as a member of metadata or of a configuration. */
enum style { METADATA, CONFIG };

/* One tensor: "f.offsets" is name f, part offsets. Width 0: its length is its own. */
struct tensor {
    const char *name;
    const char *part; /* or NULL */
    const char *datatype;
    uint32_t width;
    uint8_t output;
    uint8_t optional;
};

/* Results of the buffer are not looked at on the way: it remembers a failure, and
 * gw_v2_answer asks once at the end. */
static void put_json(struct eng_buf *out, const char *text)
{
    (void)gw_text_json(out, text, strlen(text));
}

/* "f.ids" as one JSON string: each part is a string of its own but for the quotes between
 * them. */
static void put_name(struct eng_buf *out, const char *name, const char *part)
{
    put_json(out, name);
    if (part == NULL || out->failed)
        return;
    out->size--;
    (void)eng_buf_text(out, ".");
    size_t quote = out->size;
    put_json(out, part);
    if (out->failed)
        return;
    memmove(out->at + quote, out->at + quote + 1, out->size - quote - 1);
    out->size--;
}

/* A configuration has no batch dimension, and other names for the types. */
static void put_tensor(struct eng_buf *out, enum style style, const struct tensor *tensor)
{
    int string = strcmp(tensor->datatype, "BYTES") == 0;
    int first = out->size > 0 && out->at[out->size - 1] == '[';
    (void)eng_buf_text(out, first ? "{\"name\":" : ",{\"name\":");
    put_name(out, tensor->name, tensor->part);
    if (style == METADATA) {
        (void)eng_buf_format(out, ",\"datatype\":\"%s\",\"shape\":[-1", tensor->datatype);
        if (tensor->width > 0)
            (void)eng_buf_format(out, ",%u", (unsigned)tensor->width);
        (void)eng_buf_text(out, "]}");
        return;
    }
    (void)eng_buf_format(out, ",\"data_type\":\"TYPE_%s\",\"dims\":[",
                         string ? "STRING" : tensor->datatype);
    if (tensor->width > 0)
        (void)eng_buf_format(out, "%u]", (unsigned)tensor->width);
    else
        (void)eng_buf_text(out, "-1]");
    if (!tensor->output)
        (void)eng_buf_format(out, ",\"format\":\"FORMAT_NONE\",\"optional\":%s",
                             tensor->optional ? "true" : "false");
    (void)eng_buf_text(out, "}");
}

static void put_feature(struct eng_buf *out, enum style style,
                        const struct roost_feature *feature, int optional)
{
    struct tensor tensor = {.name = feature->name,
                            .datatype = gw_v2_datatype(feature->type),
                            .width = feature->width,
                            .optional = (uint8_t)optional};
    if (feature->type != ROOST_SPARSE && feature->type != ROOST_STRINGS) {
        put_tensor(out, style, &tensor);
        return;
    }
    tensor.width = 0;
    tensor.part = "offsets";
    tensor.datatype = gw_v2_datatype(ROOST_I64);
    put_tensor(out, style, &tensor);
    if (feature->type == ROOST_SPARSE) {
        tensor.part = "ids";
        put_tensor(out, style, &tensor);
    }
    tensor.part = "values";
    tensor.datatype =
        gw_v2_datatype(feature->type == ROOST_SPARSE ? ROOST_F32 : ROOST_STRING);
    put_tensor(out, style, &tensor);
}

static void put_inputs(struct eng_buf *out, enum style style, const roost_plan *plan)
{
    uint32_t count = 0, width = 0;
    const char *dense = roost_plan_positions(plan, &count, &width) != NULL
                            ? roost_plan_position_name(plan)
                            : NULL;
    int optional = (roost_plan_signatures(plan) & ROOST_SIGNATURE_FEATURES) != 0;
    for (uint32_t i = 0; i < roost_plan_feature_count(plan); i++) {
        const struct roost_feature *feature = roost_plan_feature(plan, i);
        put_feature(out, style, feature, optional || dense != NULL);
        /* A model of one vector may call it as the dense input is called anyway. */
        if (dense != NULL && strcmp(dense, feature->name) == 0)
            dense = NULL;
    }
    struct tensor tensor = {.name = dense, .width = width, .optional = 1};
    if (dense == NULL)
        return;
    tensor.datatype = gw_v2_dense_datatype(plan);
    put_tensor(out, style, &tensor);
}

static void put_outputs(struct eng_buf *out, enum style style,
                        const struct reg_serving *serving)
{
    const roost_plan *plan = serving->plan;
    struct gw_v2_model model = {plan, serving->name, serving->member_count > 0};
    for (uint32_t i = 0; i < roost_plan_output_count(plan); i++) {
        const struct roost_output *output = roost_plan_output(plan, i);
        struct gw_v2_name name = gw_v2_output_name(&model, i);
        int both = name.member != NULL;
        struct tensor tensor = {.name = both ? name.member : name.name,
                                .part = both ? name.name : NULL,
                                .datatype = gw_v2_datatype(output->type),
                                .width = output->width,
                                .output = 1};
        put_tensor(out, style, &tensor);
    }
}

/* "roost_" and the format its files have. */
static const char *format_of(const struct reg_entry *entry,
                             const struct reg_serving *serving)
{
    if (serving->member_count > 0)
        return "group";
    for (uint32_t i = 0; i < entry->version_count; i++)
        if (entry->versions[i].version == serving->version &&
            entry->versions[i].format != NULL)
            return entry->versions[i].format;
    return "native";
}

void gw_v2_put_metadata(const struct reg_entry *entry, const struct reg_serving *serving,
                        int one, struct eng_buf *out)
{
    (void)eng_buf_text(out, "{\"name\":");
    put_json(out, serving->name);
    (void)eng_buf_text(out, ",\"versions\":[");
    if (one || entry->serving_count == 0)
        (void)eng_buf_format(out, "\"%lld\"", (long long)serving->version);
    for (uint32_t i = 0; !one && i < entry->serving_count; i++)
        (void)eng_buf_format(out, "%s\"%lld\"", i > 0 ? "," : "",
                             (long long)entry->serving[i]->version);
    (void)eng_buf_format(out, "],\"platform\":\"roost_%s\",\"inputs\":[",
                         format_of(entry, serving));
    put_inputs(out, METADATA, serving->plan);
    (void)eng_buf_text(out, "],\"outputs\":[");
    put_outputs(out, METADATA, serving);
    (void)eng_buf_text(out, "]}");
}

static void put_policy(struct eng_buf *out, const struct cfg_model *model)
{
    if (model != NULL && model->policy == CFG_POLICY_ALL) {
        (void)eng_buf_text(out, "{\"all\":{}}");
        return;
    }
    if (model == NULL || model->policy == CFG_POLICY_LATEST) {
        (void)eng_buf_format(out, "{\"latest\":{\"num_versions\":%u}}",
                             model != NULL ? (unsigned)model->latest : 1);
        return;
    }
    (void)eng_buf_text(out, "{\"specific\":{\"versions\":[");
    for (uint32_t i = 0; i < model->version_count; i++)
        (void)eng_buf_format(out, "%s%lld", i > 0 ? "," : "",
                             (long long)model->versions[i]);
    (void)eng_buf_text(out, "]}}");
}

void gw_v2_put_config(const struct reg_entry *entry, const struct reg_serving *serving,
                      const struct cfg *cfg, struct eng_buf *out)
{
    const struct cfg_model *known = NULL;
    for (uint32_t i = 0; i < cfg->model_count; i++)
        if (strcmp(cfg->models[i].name, serving->name) == 0)
            known = &cfg->models[i];
    (void)eng_buf_text(out, "{\"name\":");
    put_json(out, serving->name);
    (void)eng_buf_format(out, ",\"platform\":\"roost_%s\",\"backend\":\"roost\"",
                         format_of(entry, serving));
    (void)eng_buf_text(out, ",\"version_policy\":");
    put_policy(out, known);
    (void)eng_buf_format(out, ",\"max_batch_size\":%u,\"input\":[", (unsigned)cfg->rows);
    put_inputs(out, CONFIG, serving->plan);
    (void)eng_buf_text(out, "],\"output\":[");
    put_outputs(out, CONFIG, serving);
    (void)eng_buf_text(out, "]}");
}
