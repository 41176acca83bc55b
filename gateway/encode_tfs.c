/* SPDX-License-Identifier: MIT
 * Scores -> the body of a TensorFlow Serving predict answer: "predictions", a value a
 * row, or "outputs", a list a name. pipeline.c calls it last, after the engine;
 * libmicrohttpd sends what it wrote. A plan's outputs stand in the order of its models,
 * each model's together. */
#include "gateway/encode.h"
#include "gateway/number.h"
#include "gateway/text.h"
#include <math.h>
#include <string.h>

static int put_byte(struct eng_buf *out, char byte)
{
    return eng_buf_put(out, &byte, 1);
}

/* Shown in the type that the model declares, after the one cast to it. */
static int put_number(struct eng_buf *out, enum roost_type type, double value)
{
    if (eng_buf_reserve(out, GW_NUMBER_ROOM) != 0)
        return -1;
    char *at = out->at + out->size;
    /* The engine rounds whole numbers and keeps them in range, but not what is none. */
    if ((type == ROOST_I32 || type == ROOST_I64) && isfinite(value))
        out->size += gw_number_print_i64(at, (int64_t)value);
    else
        out->size += type == ROOST_F32 ? gw_number_print_f32(at, (float)value)
                                       : gw_number_print_f64(at, value);
    out->at[out->size] = '\0';
    return 0;
}

/* One output in one row: a number, or a list of them. */
static int put_value(const struct gw_scores *scores, const struct roost_output *output,
                     uint32_t row, struct eng_buf *out)
{
    size_t width = roost_plan_width(scores->plan);
    const double *values = scores->out + row * width + output->offset;
    if (output->width == 1)
        return put_number(out, output->type, values[0]);
    if (put_byte(out, '[') != 0)
        return -1;
    for (uint32_t i = 0; i < output->width; i++)
        if ((i > 0 && put_byte(out, ',') != 0) ||
            put_number(out, output->type, values[i]) != 0)
            return -1;
    return put_byte(out, ']');
}

/* One output in all rows. */
static int put_column(const struct gw_scores *scores, const struct roost_output *output,
                      struct eng_buf *out)
{
    if (put_byte(out, '[') != 0)
        return -1;
    for (uint32_t row = 0; row < scores->n; row++)
        if ((row > 0 && put_byte(out, ',') != 0) ||
            put_value(scores, output, row, out) != 0)
            return -1;
    return put_byte(out, ']');
}

/* What is being written: a row of an output, or its column. */
struct view {
    const struct gw_scores *scores;
    uint32_t row;
    int column;
};

static int put_output(const struct view *view, uint32_t output, struct eng_buf *out)
{
    const struct roost_output *about = roost_plan_output(view->scores->plan, output);
    return view->column ? put_column(view->scores, about, out)
                        : put_value(view->scores, about, view->row, out);
}

static int put_key(struct eng_buf *out, int first, const char *name)
{
    if (!first && put_byte(out, ',') != 0)
        return -1;
    return gw_text_json(out, name, strlen(name)) != 0 ? -1 : put_byte(out, ':');
}

/* Outputs [from, to), all of one model: one stands bare, several as an object. */
static int put_model(const struct view *view, uint32_t from, uint32_t to,
                     struct eng_buf *out)
{
    const roost_plan *plan = view->scores->plan;
    if (view->scores->verdict[roost_plan_output(plan, from)->model].status != ROOST_OK)
        return eng_buf_text(out, "null");
    if (to - from == 1)
        return put_output(view, from, out);
    if (put_byte(out, '{') != 0)
        return -1;
    for (uint32_t i = from; i < to; i++)
        if (put_key(out, i == from, roost_plan_output(plan, i)->name) != 0 ||
            put_output(view, i, out) != 0)
            return -1;
    return put_byte(out, '}');
}

/* A group: {"member": what the model alone would give}. */
static int put_group(const struct view *view, struct eng_buf *out)
{
    const roost_plan *plan = view->scores->plan;
    uint32_t count = roost_plan_output_count(plan), to;
    if (put_byte(out, '{') != 0)
        return -1;
    for (uint32_t from = 0; from < count; from = to) {
        uint32_t model = roost_plan_output(plan, from)->model;
        for (to = from + 1; to < count && roost_plan_output(plan, to)->model == model;)
            to++;
        if (put_key(out, from == 0, roost_plan_model_name(plan, model)) != 0 ||
            put_model(view, from, to, out) != 0)
            return -1;
    }
    return put_byte(out, '}');
}

static int put_view(const struct view *view, struct eng_buf *out)
{
    if (view->scores->group)
        return put_group(view, out);
    return put_model(view, 0, roost_plan_output_count(view->scores->plan), out);
}

int gw_encode_tfs_row(const struct gw_scores *scores, uint32_t row, struct eng_buf *out)
{
    struct view view = {.scores = scores, .row = row};
    return put_view(&view, out);
}

int gw_encode_tfs_predict(const struct gw_scores *scores, enum gw_form form,
                          struct eng_buf *out)
{
    if (form == GW_FORM_COLUMNS) {
        struct view view = {.scores = scores, .column = 1};
        return eng_buf_text(out, "{\"outputs\":") != 0 || put_view(&view, out) != 0 ||
                       put_byte(out, '}') != 0
                   ? -1
                   : 0;
    }
    if (eng_buf_text(out, "{\"predictions\":[") != 0)
        return -1;
    for (uint32_t row = 0; row < scores->n; row++)
        if ((row > 0 && put_byte(out, ',') != 0) ||
            gw_encode_tfs_row(scores, row, out) != 0)
            return -1;
    return eng_buf_text(out, "]}");
}
