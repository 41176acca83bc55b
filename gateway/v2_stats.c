/* SPDX-License-Identifier: MIT
 * The statistics extension: an account's counters under Triton's names. Requests of both
 * APIs count, since they are of one model. compute_input is decode, compute_infer is
 * transform and score, compute_output is encode; a request in place waits in no queue,
 * and nothing is cached. Batches are not told apart by size. */
#include "gateway/v2_stats.h"
#include "gateway/text.h"
#include <string.h>

/* Results of the buffer are not looked at on the way: it remembers a failure. */
static void put_span(struct eng_buf *out, const char *name, uint64_t count, uint64_t ns)
{
    int first = out->size > 0 && out->at[out->size - 1] == '{';
    (void)eng_buf_format(out, "%s\"%s\":{\"count\":%llu,\"ns\":%llu}", first ? "" : ",",
                         name, (unsigned long long)count, (unsigned long long)ns);
}

static size_t memory_of(const struct reg_entry *entry, int64_t version)
{
    for (uint32_t i = 0; i < entry->version_count; i++)
        if (entry->versions[i].version == version)
            return entry->versions[i].bytes;
    return 0;
}

/* The monotonic clock's reading as milliseconds since 1970; 0: never. */
static long long wall_of(uint64_t clock_ns, const struct gw_v2_now *now)
{
    if (clock_ns == 0)
        return 0;
    uint64_t ago = now->clock_ns > clock_ns ? now->clock_ns - clock_ns : 0;
    return (long long)(now->wall_ms - (int64_t)(ago / 1000000));
}

void gw_v2_put_stats(const struct reg_entry *entry, const struct reg_serving *serving,
                     uint32_t workers, const struct gw_v2_now *now, struct eng_buf *out)
{
    const struct gw_tally *tally = serving->user;
    struct gw_sums sums = {0};
    if (tally != NULL)
        gw_account_sum(tally->account, workers, &sums);
    /* A group's rows count as examples of its members, which may have more than their own
     * requests brought. */
    uint64_t rows = serving->member_count > 0 ? sums.rows : sums.examples;
    (void)eng_buf_text(out, "{\"name\":");
    (void)gw_text_json(out, serving->name, strlen(serving->name));
    (void)eng_buf_format(out,
                         ",\"version\":\"%lld\",\"last_inference\":%lld,"
                         "\"inference_count\":%llu,\"execution_count\":%llu,"
                         "\"inference_stats\":{",
                         (long long)serving->version, wall_of(sums.last_ns, now),
                         (unsigned long long)rows, (unsigned long long)sums.batches);
    put_span(out, "success", sums.success, sums.success_ns);
    put_span(out, "fail", sums.fail, sums.fail_ns);
    put_span(out, "queue", sums.batches, 0);
    put_span(out, "compute_input", sums.decode, sums.decode_ns);
    put_span(out, "compute_infer", sums.batches, sums.infer_ns);
    put_span(out, "compute_output", sums.encode, sums.encode_ns);
    put_span(out, "cache_hit", 0, 0);
    put_span(out, "cache_miss", 0, 0);
    (void)eng_buf_format(out,
                         "},\"response_stats\":{},\"batch_stats\":[],\"memory_usage\":"
                         "[{\"type\":\"CPU\",\"id\":0,\"byte_size\":%zu}]}",
                         memory_of(entry, serving->version));
}
