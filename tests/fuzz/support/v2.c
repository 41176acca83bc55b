/* SPDX-License-Identifier: MIT
 * v2.c - see v2.h. Both targets of the protocol come here; the answer is read with
 * another JSON library than the one that wrote it. */
#include "tests/fuzz/support/v2.h"
#include "gateway/encode_v2.h"
#include "tests/fuzz/support/fuzz.h"
#include "tests/fuzz/support/serve.h"
#include <jansson.h>
#include <string.h>

static void check_request(const roost_plan *plan, const struct gw_v2_request *request)
{
    uint32_t outputs = roost_plan_output_count(plan);
    FUZZ_MUST(request->output_count >= 1 && request->output_count <= outputs);
    FUZZ_MUST(request->id.at == NULL || fuzz_is_utf8(request->id.at, request->id.size));
    for (uint32_t i = 0; i < request->output_count; i++) {
        FUZZ_MUST(request->outputs[i].output < outputs);
        FUZZ_MUST(request->outputs[i].binary <= 1);
    }
}

/* One of the answer's outputs; gives the bytes that it has after the JSON. */
static size_t check_output(const json_t *output, uint32_t rows)
{
    const json_t *shape = json_object_get(output, "shape");
    const json_t *data = json_object_get(output, "data");
    const json_t *binary =
        json_object_get(json_object_get(output, "parameters"), "binary_data_size");
    size_t values = 1;
    FUZZ_MUST(json_is_string(json_object_get(output, "name")));
    FUZZ_MUST(json_is_string(json_object_get(output, "datatype")));
    FUZZ_MUST(json_array_size(shape) >= 1);
    FUZZ_MUST(json_integer_value(json_array_get(shape, 0)) == (json_int_t)rows);
    for (size_t i = 0; i < json_array_size(shape); i++)
        values *= (size_t)json_integer_value(json_array_get(shape, i));
    FUZZ_MUST((data != NULL) != (binary != NULL));
    if (data != NULL)
        FUZZ_MUST(json_array_size(data) == values);
    return binary != NULL ? (size_t)json_integer_value(binary) : 0;
}

static void check_answer(const struct eng_buf *out, size_t json_size, uint32_t rows,
                         int all)
{
    size_t head = json_size > 0 ? json_size : out->size, raw = 0;
    FUZZ_MUST(head <= out->size);
    fuzz_check_json(out->at, head);
    json_t *answer = json_loadb(out->at, head, JSON_ALLOW_NUL, NULL);
    FUZZ_MUST(answer != NULL);
    const json_t *outputs = json_object_get(answer, "outputs");
    FUZZ_MUST(json_is_array(outputs) && (!all || json_array_size(outputs) >= 1));
    for (size_t i = 0; i < json_array_size(outputs); i++)
        raw += check_output(json_array_get(outputs, i), rows);
    FUZZ_MUST(head + raw == out->size);
    json_decref(answer);
}

/* What the decoder has taken into account of a classification, the encoder needs. */
static void check_order(const roost_plan *plan, const struct gw_v2_request *request)
{
    for (uint32_t i = 0; i < request->output_count; i++) {
        const struct gw_v2_output *output = &request->outputs[i];
        uint32_t classes = gw_v2_classes(roost_plan_output(plan, output->output));
        if (output->classification == 0)
            continue;
        FUZZ_MUST(output->order != NULL);
        memset(output->order, 0xff, classes * sizeof *output->order);
    }
}

static void answer(const struct gw_scores *scores, const struct gw_v2_request *request)
{
    struct eng_buf out;
    size_t json_size = 0;
    if (!scores->group && scores->verdict[0].status != ROOST_OK)
        return; /* the pipeline answers an error */
    eng_buf_init(&out, FUZZ_ANSWER);
    FUZZ_MUST(gw_encode_v2(scores, request, "m", "1", &out, &json_size) == 0);
    check_answer(&out, json_size, scores->n, !scores->group);
    eng_buf_clear(&out);
}

void fuzz_v2(uint8_t plan_index, uint8_t limit_bits, const uint8_t *body, size_t size,
             int64_t header)
{
    int group;
    const roost_plan *plan = fuzz_plan(plan_index, &group);
    struct gw_v2_model model = {.plan = plan, .name = "m", .group = group};
    struct gw_decode_limits limits = fuzz_limits(limit_bits);
    struct gw_fault fault = {.code = GW_FAULT_NONE};
    struct gw_v2_request request = {.output_count = 0};
    struct gw_scores scores;
    struct gw_batch batch;
    struct eng_arena arena;
    eng_arena_init(&arena, FUZZ_ARENA);
    const struct gw_v2_body whole = {body, size, header};
    if (gw_decode_v2(&model, &whole, &limits, &arena, &batch, &request, &fault) != 0) {
        fuzz_check_fault(&fault);
    } else {
        FUZZ_MUST(fault.code == GW_FAULT_NONE);
        fuzz_check_batch(plan, &batch, 0, &limits);
        check_request(plan, &request);
        check_order(plan, &request);
        if (fuzz_score(plan, &batch.rows, &scores)) {
            scores.group = group;
            answer(&scores, &request);
            fuzz_scores_clear(&scores);
        }
    }
    eng_arena_clear(&arena);
}
