/* SPDX-License-Identifier: MIT
 * What the decoders of TensorFlow Serving's bodies have in common: how one starts, the
 * members that stand beside the rows ("signature_name", "context"), and how it ends.
 * decode_tfs.c (predict) and decode_examples.c (classify, regress) call it; the engine
 * takes the batch that gw_decode_finish fills. */
#include "gateway/decode_state.h"
#include <assert.h>
#include <string.h>

/* The one dense input that a plan can be given as, if any. */
static void find_dense(struct gw_decode *d)
{
    uint32_t count = 0, width = 0;
    const uint32_t *positions = roost_plan_positions(d->plan, &count, &width);
    int signatures = roost_plan_signatures(d->plan);
    d->tensor = (signatures & ROOST_SIGNATURE_FEATURES) == 0;
    if (positions != NULL && count > 0) {
        int vector = count == 1 && roost_plan_feature(d->plan, positions[0])->vector;
        d->dense = vector ? GW_DENSE_FEATURE : GW_DENSE_LIST;
        d->positions = positions;
        d->width = count;
        d->dense_name = roost_plan_position_name(d->plan);
        d->any_name = 1;
    } else if (roost_plan_feature_count(d->plan) == 1) {
        d->dense = GW_DENSE_FEATURE;
        d->positions = &d->only;
        d->width = 1;
        d->dense_name = roost_plan_feature(d->plan, 0)->name;
        d->any_name = d->tensor;
    }
}

int gw_decode_start(struct gw_decode *d, const uint8_t *body, size_t size)
{
    struct gw_json_limits limits = {.depth = d->limits->depth,
                                    .text = d->limits->text,
                                    .strict = d->limits->strict_json};
    if (limits.depth > GW_JSON_DEPTH_MAX)
        limits.depth = GW_JSON_DEPTH_MAX;
    *d->out = (struct gw_batch){.form = GW_FORM_ROWS};
    d->incomplete = d->place.row = d->place.item = -1;
    find_dense(d);
    if (gw_rows_init(&d->rows, d->plan, d->arena) != 0 ||
        gw_rows_init(&d->context, d->plan, d->arena) != 0)
        return gw_decode_no_memory(d);
    d->into = &d->rows;
    return gw_json_init(&d->json, body, size, &limits, d->arena, d->fault);
}

int gw_decode_absent(const struct gw_decode *d, uint32_t n)
{
    for (uint32_t i = 0; d->tensor && i < d->rows.features; i++) {
        const struct gw_column *own = d->rows.columns[i], *common = d->context.columns[i];
        if (common == NULL && (own == NULL || own->given < n))
            return (int)i;
    }
    return -1;
}

int gw_decode_finish(struct gw_decode *d, uint32_t n)
{
    uint64_t ignored = 0;
    struct gw_batch *out = d->out;
    out->rows.n = n;
    out->rows.columns = gw_rows_finish(&d->rows, n, &d->context, &out->missing_features);
    if (d->context.newest != NULL)
        out->rows.context = gw_rows_finish(&d->context, 1, NULL, &ignored);
    int failed = out->rows.columns == NULL ||
                 (d->context.newest != NULL && out->rows.context == NULL);
    return failed ? gw_decode_no_memory(d) : 0;
}

int gw_decode_equals(struct roost_text text, const char *word)
{
    return strlen(word) == text.size && memcmp(text.at, word, text.size) == 0;
}

/* A method's own signature under the names that exporters of models give it; the first is
 * the one that the metadata shows. */
static const char *const signature_names[][3] = {
    [GW_SIGNATURE_PREDICT] = {"tensorflow/serving/predict", "predict", NULL},
    [GW_SIGNATURE_CLASSIFY] = {"tensorflow/serving/classify", "classify",
                               "classification"},
    [GW_SIGNATURE_REGRESS] = {"tensorflow/serving/regress", "regress", "regression"},
};

static int is_signature(struct roost_text name, enum gw_signature of)
{
    for (int i = 0; i < 3 && signature_names[of][i] != NULL; i++)
        if (gw_decode_equals(name, signature_names[of][i]))
            return 1;
    return 0;
}

/* A signature of another method than the one called. */
static int other_method(struct gw_decode *d, struct roost_text name,
                        enum gw_signature wanted)
{
    const char *what = wanted == GW_SIGNATURE_CLASSIFY ? "classification" : "regression";
    for (enum gw_signature of = GW_SIGNATURE_PREDICT; of <= GW_SIGNATURE_REGRESS; of++)
        if (wanted != GW_SIGNATURE_PREDICT && is_signature(name, of))
            return gw_fault_set(d->fault, GW_FAULT_UNKNOWN_SIGNATURE,
                                "Expected %s signature method_name to be %s. Was: %s",
                                what, signature_names[wanted][0], signature_names[of][0]);
    struct roost_text shown = gw_decode_shown(name);
    return gw_fault_set(d->fault, GW_FAULT_UNKNOWN_SIGNATURE,
                        "Serving signature name: \"%.*s\" not found in signature def",
                        (int)shown.size, shown.at);
}

int gw_decode_signature(struct gw_decode *d, enum gw_signature wanted)
{
    struct roost_text name;
    int kind = gw_json_peek(&d->json);
    if (kind < 0)
        return -1;
    if (kind != GW_JSON_STRING)
        return gw_fault_set(d->fault, GW_FAULT_BAD_TYPE,
                            "'signature_name' key must be a string value.");
    if (gw_json_string(&d->json, &name) != 0)
        return -1;
    if (name.size == 0 || gw_decode_equals(name, "serving_default") ||
        is_signature(name, wanted))
        return 0;
    return other_method(d, name, wanted);
}

int gw_decode_member(struct gw_decode *d, const char *const *names, struct roost_text key,
                     unsigned *seen, int *member)
{
    *member = -1;
    for (int i = 0; names[i] != NULL; i++) {
        if (!gw_decode_equals(key, names[i]))
            continue;
        d->place.section = names[i];
        if (*seen >> i & 1)
            return gw_fault_set(d->fault, GW_FAULT_DUPLICATE_KEY,
                                "The key \"%s\" stands twice", names[i]);
        *seen |= 1u << i;
        *member = i;
    }
    return 0;
}

void gw_decode_leave(struct gw_decode *d)
{
    d->place = (struct gw_place){.section = NULL, .row = -1, .item = -1};
}

/* The one place where a fault gets its pointer: `place` is still where it was found. */
int gw_decode_failed(struct gw_decode *d)
{
    assert(d->fault->code != GW_FAULT_NONE);
    gw_decode_point(d);
    return -1;
}
