/* SPDX-License-Identifier: MIT
 * Scores -> the body of an Open Inference Protocol answer: JSON, and behind it the raw
 * numbers of the outputs that were asked for as such. pipeline.c calls it last, after the
 * engine; decode_v2_output.c found out what is asked for; classes are ranked in
 * encode_v2_class.c. */
#include "gateway/encode_v2.h"
#include "gateway/encode_v2_state.h"
#include "gateway/number.h"
#include "gateway/text.h"
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are sent as they are");

/* The engine rounds and bounds what a model calls an integer, so that the cast is exact.
 */
int gw_v2_put_number(struct eng_buf *out, enum roost_type type, double value)
{
    if (eng_buf_reserve(out, GW_NUMBER_ROOM) != 0)
        return -1;
    char *at = out->at + out->size;
    if (type == ROOST_I32 || type == ROOST_I64)
        out->size += gw_number_print_i64(at, (int64_t)value);
    else
        out->size += type == ROOST_F32 ? gw_number_print_f32(at, (float)value)
                                       : gw_number_print_f64(at, value);
    out->at[out->size] = '\0';
    return 0;
}

static const double *row_of(const struct gw_v2_view *view, uint32_t row)
{
    return view->scores->out + (size_t)row * roost_plan_width(view->scores->plan) +
           view->about->offset;
}

/* "data": the numbers of all rows, one after another. */
static int put_list(const struct gw_v2_view *view, struct eng_buf *out)
{
    for (uint32_t row = 0; row < view->scores->n; row++) {
        const double *values = row_of(view, row);
        for (uint32_t i = 0; i < view->about->width; i++)
            if ((row + i > 0 && eng_buf_put(out, ",", 1) != 0) ||
                gw_v2_put_number(out, view->about->type, values[i]) != 0)
                return -1;
    }
    return 0;
}

static int put_classes(const struct gw_v2_view *view, struct eng_buf *out)
{
    for (uint32_t row = 0; row < view->scores->n; row++)
        if ((row > 0 && !view->output->binary && eng_buf_put(out, ",", 1) != 0) ||
            gw_v2_put_classes(view, row_of(view, row), out) != 0)
            return -1;
    return 0;
}

/* One number as its bytes. */
static void store(enum roost_type type, double value, char *at)
{
    const float single = (float)value;
    const int64_t whole = type == ROOST_I64 ? (int64_t)value : 0;
    const int32_t half = type == ROOST_I32 ? (int32_t)value : 0;
    switch (type) {
    case ROOST_F32:
        memcpy(at, &single, sizeof single);
        return;
    case ROOST_I64:
        memcpy(at, &whole, sizeof whole);
        return;
    case ROOST_I32:
        memcpy(at, &half, sizeof half);
        return;
    default:
        memcpy(at, &value, sizeof value);
        return;
    }
}

static size_t number_bytes(enum roost_type type)
{
    return type == ROOST_F32 || type == ROOST_I32 ? 4 : 8;
}

static int put_raw(const struct gw_v2_view *view, struct eng_buf *out)
{
    const size_t bytes = number_bytes(view->about->type), width = view->about->width;
    if (view->output->classification > 0)
        return put_classes(view, out);
    if (eng_buf_reserve(out, view->scores->n * width * bytes) != 0)
        return -1;
    for (uint32_t row = 0; row < view->scores->n; row++) {
        const double *values = row_of(view, row);
        for (size_t i = 0; i < width; i++, out->size += bytes)
            store(view->about->type, values[i], out->at + out->size);
    }
    if (out->at != NULL)
        out->at[out->size] = '\0';
    return 0;
}

/* How many bytes put_raw will write: the JSON says it before they are there. Classes are
 * texts of any length, so they are written once to find out, and taken back. */
static int measure_raw(const struct gw_v2_view *view, struct eng_buf *out, size_t *size)
{
    if (view->output->classification == 0) {
        *size = (size_t)view->scores->n * view->about->width *
                number_bytes(view->about->type);
        return 0;
    }
    const size_t before = out->size;
    if (put_classes(view, out) != 0)
        return -1;
    *size = out->size - before;
    out->size = before;
    return 0;
}

/* A name of one or two parts, as one JSON string: no part has a quote of its own. */
static int put_name(const struct gw_v2_name *name, struct eng_buf *out)
{
    if (name->member == NULL)
        return gw_text_json(out, name->name, strlen(name->name));
    if (gw_text_json(out, name->member, strlen(name->member)) != 0)
        return -1;
    out->at[out->size - 1] = '.'; /* in place of the closing quote */
    const size_t at = out->size;
    if (gw_text_json(out, name->name, strlen(name->name)) != 0)
        return -1;
    out->size--;
    memmove(out->at + at, out->at + at + 1, out->size - at + 1);
    return 0;
}

/* Name, type and shape; then "data", or how many bytes stand for it. *raw: those. */
static int put_output(const struct gw_v2_view *view, struct eng_buf *out, size_t *raw)
{
    const struct gw_v2_model model = {.plan = view->scores->plan,
                                      .group = view->scores->group};
    const struct gw_v2_name name = gw_v2_output_name(&model, view->output->output);
    const int classes = view->output->classification > 0;
    *raw = 0;
    if (view->output->binary && measure_raw(view, out, raw) != 0)
        return -1;
    if (eng_buf_text(out, "{\"name\":") != 0 || put_name(&name, out) != 0 ||
        eng_buf_format(out, ",\"datatype\":\"%s\",\"shape\":[%u,%u]",
                       classes ? "BYTES" : gw_v2_datatype(view->about->type),
                       view->scores->n,
                       classes ? gw_v2_class_count(view) : view->about->width) != 0)
        return -1;
    if (view->output->binary)
        return eng_buf_format(out, ",\"parameters\":{\"binary_data_size\":%zu}}", *raw);
    if (eng_buf_text(out, ",\"data\":[") != 0 ||
        (classes ? put_classes(view, out) : put_list(view, out)) != 0)
        return -1;
    return eng_buf_text(out, "]}");
}

/* What output i of the request shows; 0 when its model failed and it is left out. */
static int view_of(const struct gw_scores *scores, const struct gw_v2_request *request,
                   uint32_t i, struct gw_v2_view *view)
{
    const struct roost_output *about =
        roost_plan_output(scores->plan, request->outputs[i].output);
    *view = (struct gw_v2_view){
        .scores = scores, .output = &request->outputs[i], .about = about};
    return scores->verdict[about->model].status == ROOST_OK;
}

static int put_outputs(const struct gw_scores *scores,
                       const struct gw_v2_request *request, struct eng_buf *out,
                       size_t *raw)
{
    struct gw_v2_view view;
    int first = 1;
    *raw = 0;
    for (uint32_t i = 0; i < request->output_count; i++) {
        size_t bytes = 0;
        if (!view_of(scores, request, i, &view))
            continue;
        if ((!first && eng_buf_put(out, ",", 1) != 0) ||
            put_output(&view, out, &bytes) != 0)
            return -1;
        first = 0;
        *raw += bytes;
    }
    return 0;
}

int gw_encode_v2(const struct gw_scores *scores, const struct gw_v2_request *request,
                 const char *model, const char *version, struct eng_buf *out,
                 size_t *json_size)
{
    const size_t from = out->size;
    struct gw_v2_view view;
    size_t raw;
    *json_size = 0;
    if (eng_buf_put(out, "{", 1) != 0)
        return -1;
    if (request->id.at != NULL &&
        (eng_buf_text(out, "\"id\":") != 0 ||
         gw_text_json(out, request->id.at, request->id.size) != 0 ||
         eng_buf_put(out, ",", 1) != 0))
        return -1;
    if (eng_buf_text(out, "\"model_name\":") != 0 ||
        gw_text_json(out, model, strlen(model)) != 0 ||
        eng_buf_text(out, ",\"model_version\":") != 0 ||
        gw_text_json(out, version, strlen(version)) != 0 ||
        eng_buf_text(out, ",\"outputs\":[") != 0 ||
        put_outputs(scores, request, out, &raw) != 0 || eng_buf_text(out, "]}") != 0)
        return -1;
    if (raw > 0)
        *json_size = out->size - from;
    for (uint32_t i = 0; raw > 0 && i < request->output_count; i++)
        if (view_of(scores, request, i, &view) && view.output->binary &&
            put_raw(&view, out) != 0)
            return -1;
    return 0;
}
