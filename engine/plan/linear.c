/* SPDX-License-Identifier: MIT
 * linear.c - collocates the linear models of a plan. Inputs whose slots mean the same
 * form a group; where several linears have weights in a group, these lie side by side in
 * one table, and one pass over a row's entries serves all. Where one linear is alone, its
 * pass reads the model's own weights. Called by merge.c.
 *
 *     use   = (linear, input)                     what a linear adds up
 *     group = what a slot means                   one table, when it has several owners
 *     owner = (weights of a linear, group)        a run of columns of the table
 *     pass  = (input, group)                      one gather step, read by several uses
 *
 * A scalar input has one slot. It takes part in none of this: its linear reads it, and
 * the model's own weight, without a step between, or thousands of features would each
 * cost a pass, a buffer and (in a group) a table. */
#include "engine/base/error.h"
#include "engine/base/hash.h"
#include "engine/plan/merge.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const struct eng_linear *linear_of(const struct eng_merge *merge, uint32_t item)
{
    return merge->items[item].node->state->state;
}

static int is_scalar(const struct eng_merge *merge, const struct eng_linear_use *use)
{
    return eng_linear_is_scalar(linear_of(merge, use->item), use->input);
}

/* A slot of bounded input means a value of that very input; a slot of full ids means what
 * the rule makes of an id, whatever input it came from. */
static void group_digest(const struct eng_merge *merge, const struct eng_linear_use *use,
                         uint64_t out[2])
{
    const struct eng_linear *linear = linear_of(merge, use->item);
    const struct eng_slot_input *input = &linear->slots.inputs[use->input];
    const struct eng_merged *from =
        &merge->items[merge->items[use->item].inputs[use->input]];
    struct eng_digest digest;
    eng_digest_init(&digest);
    eng_digest_u64(&digest, input->rule);
    eng_digest_u64(&digest, input->slots);
    if (input->rule == ENG_SLOT_DIRECT)
        eng_digest_put(&digest, from->digest, sizeof from->digest);
    if (input->rule == ENG_SLOT_KEYS)
        eng_digest_put(&digest, linear->slots.keys_digest,
                       sizeof linear->slots.keys_digest);
    memcpy(out, digest.state, sizeof digest.state);
}

/* The element of `index` under this digest: found, or -1 and entered as the next one. The
 * second half is checked by the caller; halves that collide enter another key. */
static int32_t lookup(struct eng_keys *index, uint64_t key)
{
    int32_t at = eng_keys_find(index, key);
    if (at < 0)
        eng_keys_add(index, key);
    return at;
}

static uint32_t find_group(struct eng_merge *merge, struct eng_keys *index,
                           const struct eng_linear_use *use)
{
    const struct eng_linear *linear = linear_of(merge, use->item);
    uint64_t digest[2];
    group_digest(merge, use, digest);
    int32_t at;
    for (uint64_t key = digest[0]; (at = lookup(index, key)) >= 0; key++) {
        const struct eng_linear_group *group = &merge->groups[at];
        if (group->digest[0] == digest[0] && group->digest[1] == digest[1])
            return (uint32_t)at;
    }
    struct eng_linear_group *group = &merge->groups[merge->group_count];
    memcpy(group->digest, digest, sizeof digest);
    group->last_owner = UINT32_MAX;
    group->slots = linear->slots.inputs[use->input].slots;
    return merge->group_count++;
}

static uint32_t find_owner(struct eng_merge *merge, struct eng_keys *index,
                           const struct eng_linear_use *use)
{
    const struct eng_linear *linear = linear_of(merge, use->item);
    const uint64_t base = linear->slots.inputs[use->input].base;
    struct eng_linear_group *group = &merge->groups[use->group];
    struct eng_digest digest;
    eng_digest_init(&digest);
    eng_digest_put(&digest, merge->items[use->item].node->state->digest,
                   sizeof digest.state);
    eng_digest_u64(&digest, base);
    /* In two groups the same weights are two owners. */
    uint64_t key = digest.state[0] ^ ((uint64_t)use->group << 32);
    int32_t at;
    for (; (at = lookup(index, key)) >= 0; key++) {
        const struct eng_linear_owner *owner = &merge->owners[at];
        if (owner->group == use->group &&
            memcmp(owner->about.digest, digest.state, sizeof digest.state) == 0)
            return (uint32_t)at;
    }
    struct eng_linear_owner *owner = &merge->owners[merge->owner_count];
    memcpy(owner->about.digest, digest.state, sizeof digest.state);
    owner->about.weights = linear->weights + base * linear->width;
    owner->about.width = linear->width;
    owner->group = use->group;
    owner->before = group->last_owner;
    group->last_owner = merge->owner_count;
    group->owner_count++;
    group->columns += linear->width;
    group->most = linear->width > group->most ? linear->width : group->most;
    return merge->owner_count++;
}

/* All uses of the plan, with room for as many groups, owners and passes. */
static roost_status list_uses(struct eng_merge *merge, struct roost_error *err)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < merge->item_count; i++) {
        const struct eng_node *node = merge->items[i].node;
        if (node && eng_node_op(node) == &eng_op_linear)
            total += node->n_inputs;
    }
    if (total > INT32_MAX)
        return eng_fail(err, ROOST_LIMIT, "", total, "the linears have too many inputs");
    merge->uses = calloc(total + 1, sizeof *merge->uses);
    merge->groups = calloc(total + 1, sizeof *merge->groups);
    merge->owners = calloc(total + 1, sizeof *merge->owners);
    merge->passes = calloc(total + 1, sizeof *merge->passes);
    if (!merge->uses || !merge->groups || !merge->owners || !merge->passes)
        return eng_plan_no_memory(err);
    for (uint32_t i = 0; i < merge->item_count; i++) {
        const struct eng_node *node = merge->items[i].node;
        if (!node || eng_node_op(node) != &eng_op_linear)
            continue;
        merge->items[i].use = merge->use_count;
        for (uint32_t j = 0; j < node->n_inputs; j++)
            merge->uses[merge->use_count++] =
                (struct eng_linear_use){.item = i, .input = j};
    }
    return ROOST_OK;
}

/* Place all owners of a group into a table: first those whose weights it still holds. */
static roost_status place_owners(struct eng_merge *merge, uint32_t group,
                                 struct eng_table *table, int *full,
                                 struct roost_error *err)
{
    roost_plan *plan = merge->plan;
    uint32_t first = plan->placement_count;
    *full = 0;
    for (int fresh = 0; fresh <= 1 && !*full; fresh++) {
        for (uint32_t i = merge->groups[group].last_owner; i != UINT32_MAX;
             i = merge->owners[i].before) {
            struct eng_linear_owner *owner = &merge->owners[i];
            if ((eng_table_missing(table, &owner->about) != 0) != fresh)
                continue;
            struct eng_placement *made = &plan->placements[plan->placement_count];
            made->width = owner->about.width;
            made->column = malloc(made->width * sizeof *made->column);
            if (!made->column)
                return eng_plan_no_memory(err);
            if (eng_table_place(table, &owner->about, made->column) != 0) {
                free(made->column);
                *full = 1;
                break;
            }
            made->table = eng_table_retain(table);
            owner->placement = plan->placement_count++;
        }
    }
    /* All or nothing: half a group in an old table would keep it alive for nothing. */
    while (*full && plan->placement_count > first) {
        struct eng_placement *made = &plan->placements[--plan->placement_count];
        eng_table_give_back(table, made->column, made->width);
        eng_table_release(table);
        free(made->column);
    }
    return ROOST_OK;
}

/* The distinct tables of the plan before; those whose half digests collide are left out.
 */
static roost_status list_tables(struct eng_merge *merge, const roost_plan *previous,
                                struct roost_error *err)
{
    uint32_t room = previous ? previous->placement_count : 0;
    uint32_t count = 0;
    merge->old_index = eng_keys_new(room);
    merge->old_tables = calloc((size_t)room + 1, sizeof(struct eng_table *));
    if (!merge->old_index || !merge->old_tables)
        return eng_plan_no_memory(err);
    for (uint32_t i = 0; i < room; i++) {
        struct eng_table *table = previous->placements[i].table;
        if (eng_keys_add(merge->old_index, table->digest[0]) >= 0)
            merge->old_tables[count++] = table;
    }
    return ROOST_OK;
}

static struct eng_table *find_table(const struct eng_merge *merge,
                                    const uint64_t digest[2])
{
    int32_t at = eng_keys_find(merge->old_index, digest[0]);
    if (at < 0 || merge->old_tables[at]->digest[1] != digest[1])
        return NULL;
    return merge->old_tables[at];
}

/* The table of the plan before when it has room for what changed, else a new one. */
static roost_status make_table(struct eng_merge *merge, uint32_t at,
                               struct roost_error *err)
{
    struct eng_linear_group *group = &merge->groups[at];
    int full = 1;
    struct eng_table *table = find_table(merge, group->digest);
    roost_status status = table ? place_owners(merge, at, table, &full, err) : ROOST_OK;
    if (status == ROOST_OK && full) {
        table = eng_table_new(group->digest, group->slots,
                              eng_table_columns(group->columns, group->most));
        if (!table)
            return eng_plan_no_memory(err);
        status = place_owners(merge, at, table, &full, err);
        eng_table_release(table); /* the placements hold it now */
        assert(status != ROOST_OK || !full);
    }
    group->table = table;
    return status;
}

/* Extend a pass over a table by the columns of one more owner. */
static void widen(struct eng_linear_pass *pass, const struct eng_placement *placement)
{
    uint32_t end = pass->first + pass->gather.columns;
    for (uint32_t k = 0; k < placement->width; k++) {
        uint32_t c = placement->column[k];
        pass->first = c < pass->first ? c : pass->first;
        end = c + 1 > end ? c + 1 : end;
    }
    pass->gather.columns = end - pass->first;
    pass->gather.weights = placement->table->weights + pass->first;
    pass->gather.stride = placement->table->columns;
}

/* The pass that a use reads: that of all uses of the input in the group. */
static int find_pass(struct eng_merge *merge, struct eng_keys *index,
                     struct eng_linear_use *use)
{
    const struct eng_linear *linear = linear_of(merge, use->item);
    const struct eng_linear_group *group = &merge->groups[use->group];
    uint32_t from = merge->items[use->item].inputs[use->input];
    /* A group without a table has one owner, which may still have several uses: then all
     * of them read the weights of the first, which are equal. */
    int32_t at = lookup(index, (uint64_t)use->group << 32 | from);
    use->gather = at < 0 ? merge->pass_count++ : (uint32_t)at;
    struct eng_linear_pass *pass = &merge->passes[use->gather];
    if (at < 0) {
        eng_linear_gather(linear, use->input, &pass->gather);
        pass->step = UINT32_MAX;
    }
    const struct eng_merged *item = &merge->items[use->item];
    for (uint32_t u = 0; u < item->user_count; u++) {
        if (eng_merge_user(&pass->users, &pass->user_count, &pass->user_room,
                           item->users[u]) != 0)
            return -1;
    }
    if (!group->table)
        return 0;
    const struct eng_placement *placement =
        &merge->plan->placements[merge->owners[use->owner].placement];
    if (at < 0) {
        pass->first = placement->column[0];
        pass->gather.columns = 1;
    }
    widen(pass, placement);
    return 0;
}

static roost_status share(struct eng_merge *merge, struct eng_keys *index[3],
                          struct roost_error *err)
{
    roost_plan *plan = merge->plan;
    for (uint32_t i = 0; i < merge->use_count; i++) {
        struct eng_linear_use *use = &merge->uses[i];
        if (is_scalar(merge, use))
            continue;
        use->group = find_group(merge, index[0], use);
        use->owner = find_owner(merge, index[1], use);
    }
    plan->placements = calloc((size_t)merge->owner_count + 1, sizeof *plan->placements);
    if (!plan->placements)
        return eng_plan_no_memory(err);
    roost_status status = ROOST_OK;
    for (uint32_t i = 0; status == ROOST_OK && i < merge->group_count; i++) {
        if (merge->groups[i].owner_count > 1)
            status = make_table(merge, i, err);
    }
    for (uint32_t i = 0; status == ROOST_OK && i < merge->use_count; i++) {
        if (!is_scalar(merge, &merge->uses[i]) &&
            find_pass(merge, index[2], &merge->uses[i]) != 0)
            status = eng_plan_no_memory(err);
    }
    return status;
}

roost_status eng_merge_linears(struct eng_merge *merge, const roost_plan *previous,
                               struct roost_error *err)
{
    roost_status status = list_uses(merge, err);
    if (status == ROOST_OK)
        status = list_tables(merge, previous, err);
    if (status != ROOST_OK)
        return status;
    struct eng_keys *index[3] = {NULL, NULL, NULL};
    for (int i = 0; i < 3; i++) {
        index[i] = eng_keys_new(merge->use_count);
        if (!index[i])
            status = eng_plan_no_memory(err);
    }
    if (status == ROOST_OK)
        status = share(merge, index, err);
    for (int i = 0; i < 3; i++)
        eng_keys_free(index[i]);
    return status;
}

void eng_merge_linears_clear(struct eng_merge *merge)
{
    free(merge->uses);
    free(merge->groups);
    free(merge->owners);
    for (uint32_t i = 0; i < merge->pass_count; i++)
        free(merge->passes[i].users);
    free(merge->passes);
    free(merge->old_tables);
    eng_keys_free(merge->old_index);
}

static roost_status emit_pass(struct eng_merge *merge, uint32_t at, uint32_t from,
                              struct roost_error *err)
{
    roost_plan *plan = merge->plan;
    struct eng_linear_pass *pass = &merge->passes[at];
    struct eng_step *step = &plan->steps[plan->step_count];
    pass->step = plan->step_count++;
    step->kind = ENG_STEP_GATHER;
    step->node = -1;
    step->gather = pass->gather;
    step->shape = (struct eng_shape){.kind = ENG_DENSE64, .width = pass->gather.columns};
    step->users = pass->users;
    step->user_count = pass->user_count;
    pass->users = NULL;
    step->inputs = malloc(sizeof *step->inputs);
    if (!step->inputs)
        return eng_plan_no_memory(err);
    step->n_inputs = 1;
    step->inputs[0] = merge->items[from].value;
    return ROOST_OK;
}

roost_status eng_merge_emit_linear(struct eng_merge *merge, struct eng_merged *item,
                                   struct roost_error *err)
{
    roost_plan *plan = merge->plan;
    const struct eng_linear *linear = item->node->state->state;
    const uint32_t n = linear->slots.n;
    const struct eng_linear_use *uses = &merge->uses[item->use];
    for (uint32_t i = 0; i < n; i++) {
        if (eng_linear_is_scalar(linear, i) ||
            merge->passes[uses[i].gather].step != UINT32_MAX)
            continue;
        roost_status status = emit_pass(merge, uses[i].gather, item->inputs[i], err);
        if (status != ROOST_OK)
            return status;
    }
    struct eng_step *step = &plan->steps[plan->step_count];
    item->value = plan->source_count + plan->step_count++;
    step->kind = ENG_STEP_LINEAR;
    step->node = -1;
    step->op = &eng_op_linear;
    step->state = linear;
    step->shape = item->shape;
    step->inputs = malloc(n * sizeof *step->inputs);
    step->columns = calloc((size_t)n * linear->width, sizeof *step->columns);
    step->users = malloc(item->user_count * sizeof *step->users);
    if (!step->inputs || !step->columns || !step->users)
        return eng_plan_no_memory(err);
    step->n_inputs = n;
    step->user_count = item->user_count;
    memcpy(step->users, item->users, item->user_count * sizeof *step->users);
    for (uint32_t i = 0; i < n; i++) {
        if (eng_linear_is_scalar(linear, i)) {
            step->inputs[i] = merge->items[item->inputs[i]].value;
            continue;
        }
        const struct eng_linear_pass *pass = &merge->passes[uses[i].gather];
        const struct eng_linear_owner *owner = &merge->owners[uses[i].owner];
        const uint32_t *column = merge->groups[uses[i].group].table
                                     ? plan->placements[owner->placement].column
                                     : NULL;
        step->inputs[i] = plan->source_count + pass->step;
        for (uint32_t k = 0; k < linear->width; k++)
            step->columns[(size_t)i * linear->width + k] =
                column ? column[k] - pass->first : k;
    }
    return ROOST_OK;
}
