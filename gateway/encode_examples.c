/* SPDX-License-Identifier: MIT
 * Scores -> the body of a TensorFlow Serving classify or regress answer. The pipeline
 * calls it last, after the engine; gw_examples_allowed has seen to it that the plan has
 * one output. Scores are decimals here whatever the output's type, as in the peer's
 * protocol. */
#include "gateway/decode_examples.h"
#include "gateway/number.h"
#include "gateway/text.h"
#include <string.h>

static int put_byte(struct eng_buf *out, char byte)
{
    return eng_buf_put(out, &byte, 1);
}

/* A double in the output's type, after the one cast to it; whole numbers get a ".0". */
static int put_score(struct eng_buf *out, const struct roost_output *about, double value)
{
    if (eng_buf_reserve(out, GW_NUMBER_ROOM) != 0)
        return -1;
    char *at = out->at + out->size;
    out->size += about->type == ROOST_F32 ? gw_number_print_f32(at, (float)value)
                                          : gw_number_print_f64(at, value);
    out->at[out->size] = '\0';
    return 0;
}

/* Class i by its label, or else by its index. */
static int put_label(struct eng_buf *out, const struct roost_output *about, uint32_t i)
{
    if (i < about->label_count)
        return gw_text_json(out, about->labels[i], strlen(about->labels[i]));
    char text[GW_NUMBER_ROOM + 2] = "\"";
    size_t size = 1 + gw_number_print_i64(text + 1, i);
    text[size++] = '"';
    return eng_buf_put(out, text, size);
}

static int put_class(struct eng_buf *out, const struct roost_output *about, uint32_t i,
                     double score)
{
    if (put_byte(out, i == 0 ? '[' : ',') != 0 || put_byte(out, '[') != 0 ||
        put_label(out, about, i) != 0 || put_byte(out, ',') != 0 ||
        put_score(out, about, score) != 0)
        return -1;
    return put_byte(out, ']');
}

/* One number is the probability of the second of two classes, unless the model names one
 * class only. */
uint32_t gw_examples_classes(const struct roost_output *output)
{
    return output->width == 1 && output->label_count != 1 ? 2 : output->width;
}

/* The first one's probability is taken from the double, and cast after that. */
static int put_classes(struct eng_buf *out, const struct roost_output *about,
                       const double *values)
{
    int both = gw_examples_classes(about) > about->width;
    if (both && (put_class(out, about, 0, 1 - values[0]) != 0 ||
                 put_class(out, about, 1, values[0]) != 0))
        return -1;
    for (uint32_t i = 0; i < about->width && !both; i++)
        if (put_class(out, about, i, values[i]) != 0)
            return -1;
    return put_byte(out, ']');
}

typedef int put_row(struct eng_buf *out, const struct roost_output *about,
                    const double *values);

static int put_results(const struct gw_scores *scores, put_row *put, struct eng_buf *out)
{
    const struct roost_output *about = roost_plan_output(scores->plan, 0);
    size_t width = roost_plan_width(scores->plan);
    if (eng_buf_text(out, "{\"results\":[") != 0)
        return -1;
    for (uint32_t row = 0; row < scores->n; row++)
        if ((row > 0 && put_byte(out, ',') != 0) ||
            put(out, about, scores->out + row * width + about->offset) != 0)
            return -1;
    return eng_buf_text(out, "]}");
}

static int put_first(struct eng_buf *out, const struct roost_output *about,
                     const double *values)
{
    return put_score(out, about, values[0]);
}

int gw_encode_tfs_classify(const struct gw_scores *scores, struct eng_buf *out)
{
    return put_results(scores, put_classes, out);
}

int gw_encode_tfs_regress(const struct gw_scores *scores, struct eng_buf *out)
{
    return put_results(scores, put_first, out);
}
