/* SPDX-License-Identifier: MIT
 * "classification": the K best classes of a row as texts "value:index[:label]", the best
 * first, of equal ones the one of the lower index. Called by encode_v2.c; the room for
 * the order was taken by decode_v2_output.c. */
#include "gateway/encode_v2_state.h"
#include "gateway/number.h"
#include "gateway/text.h"
#include <assert.h>
#include <string.h>

/* The values of a row's classes: its numbers, or of one probability p the pair 1 - p, p,
 * as TensorFlow Serving's classify gives it. */
struct ranking {
    const double *values;
    double pair[2];
    uint32_t *heap; /* the best class is at 0 */
    uint32_t size;
};

uint32_t gw_v2_class_count(const struct gw_v2_view *view)
{
    const uint32_t classes = gw_v2_classes(view->about);
    const uint32_t wanted = view->output->classification;
    return wanted < classes ? wanted : classes;
}

static int is_better(const struct ranking *ranking, uint32_t a, uint32_t b)
{
    double first = ranking->values[a], second = ranking->values[b];
    return first > second || (first == second && a < b);
}

/* Let the class at `at` sink to where those below it are worse. */
static void sink(struct ranking *ranking, uint32_t at)
{
    for (;;) {
        uint32_t best = at;
        for (uint32_t child = 2 * at + 1; child <= 2 * at + 2; child++)
            if (child < ranking->size &&
                is_better(ranking, ranking->heap[child], ranking->heap[best]))
                best = child;
        if (best == at)
            return;
        uint32_t moved = ranking->heap[at];
        ranking->heap[at] = ranking->heap[best];
        ranking->heap[best] = moved;
        at = best;
    }
}

static void start(struct ranking *ranking, const struct gw_v2_view *view,
                  const double *values)
{
    ranking->values = values;
    ranking->heap = view->output->order;
    ranking->size = gw_v2_classes(view->about);
    if (ranking->size > view->about->width) {
        ranking->pair[0] = 1 - values[0];
        ranking->pair[1] = values[0];
        ranking->values = ranking->pair;
    }
    for (uint32_t i = 0; i < ranking->size; i++)
        ranking->heap[i] = i;
    for (uint32_t i = ranking->size / 2; i-- > 0;)
        sink(ranking, i);
}

static uint32_t take_best(struct ranking *ranking)
{
    uint32_t best = ranking->heap[0];
    ranking->heap[0] = ranking->heap[--ranking->size];
    sink(ranking, 0);
    return best;
}

/* The text, without quotes or length. */
static int put_text(const struct gw_v2_view *view, const struct ranking *ranking,
                    uint32_t class, struct eng_buf *out)
{
    return gw_v2_put_number(out, view->about->type, ranking->values[class]) != 0 ||
                   eng_buf_format(out, ":%u", class) != 0
               ? -1
               : 0;
}

static int put_json(const struct gw_v2_view *view, const struct ranking *ranking,
                    uint32_t class, struct eng_buf *out)
{
    if (eng_buf_put(out, "\"", 1) != 0 || put_text(view, ranking, class, out) != 0)
        return -1;
    if (class >= view->about->label_count)
        return eng_buf_put(out, "\"", 1);
    /* A label may hold what must be escaped: its own opening quote becomes the colon. */
    const char *label = view->about->labels[class];
    const size_t at = out->size;
    if (gw_text_json(out, label, strlen(label)) != 0)
        return -1;
    out->at[at] = ':';
    return 0;
}

static int put_binary(const struct gw_v2_view *view, const struct ranking *ranking,
                      uint32_t class, struct eng_buf *out)
{
    const size_t from = out->size;
    uint32_t size = 0;
    if (eng_buf_put(out, &size, sizeof size) != 0 ||
        put_text(view, ranking, class, out) != 0)
        return -1;
    if (class < view->about->label_count &&
        (eng_buf_put(out, ":", 1) != 0 ||
         eng_buf_text(out, view->about->labels[class]) != 0))
        return -1;
    size = (uint32_t)(out->size - from - sizeof size);
    memcpy(out->at + from, &size, sizeof size);
    return 0;
}

int gw_v2_put_classes(const struct gw_v2_view *view, const double *values,
                      struct eng_buf *out)
{
    struct ranking ranking;
    const uint32_t count = gw_v2_class_count(view);
    assert(view->output->order != NULL);
    start(&ranking, view, values);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t class = take_best(&ranking);
        int failed = view->output->binary ? put_binary(view, &ranking, class, out)
                                          : (i > 0 && eng_buf_put(out, ",", 1) != 0) ||
                                                put_json(view, &ranking, class, out) != 0;
        if (failed != 0)
            return -1;
    }
    return 0;
}
