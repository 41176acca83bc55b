/* SPDX-License-Identifier: MIT
 * intern.c - equal vocabularies, edges, forests and weights are stored once in the
 * process: two versions of a model usually differ in a few of them, and groups in fewer.
 * The builder comes here with a node's arguments; models release what they hold. This
 * table is the one piece of process-wide state in the library (it has no owner that two
 * models opened apart could share). */
#include "engine/model/intern.h"
#include "engine/base/error.h"
#include "engine/base/hash.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 4096 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct eng_state *buckets[BUCKETS]; /* guarded by lock */
static uint32_t count;                     /* guarded by lock */

static void put_text(struct eng_digest *digest, const char *text)
{
    eng_digest_put(digest, text, strlen(text));
}

static void put_tensor(struct eng_digest *digest, const struct eng_tensor *tensor)
{
    eng_digest_u64(digest, tensor->dtype);
    eng_digest_put(digest, tensor->dim, tensor->rank * sizeof tensor->dim[0]);
    if (tensor->count)
        eng_digest_put(digest, tensor->data,
                       (size_t)tensor->count * eng_dtype_size(tensor->dtype));
}

static void put_layers(struct eng_digest *digest, const struct eng_param *param)
{
    eng_digest_u64(digest, param->count);
    for (uint32_t i = 0; i < param->count; i++) {
        put_tensor(digest, &param->layers[i].weights);
        put_tensor(digest, &param->layers[i].bias);
        put_text(digest, param->layers[i].activation ? param->layers[i].activation : "");
    }
}

static void put_param(struct eng_digest *digest, const struct eng_param *param)
{
    uint64_t bits = 0;
    uint64_t forest[2];
    put_text(digest, param->key);
    eng_digest_u64(digest, param->type);
    switch (param->type) {
    case ENG_PARAM_INT:
    case ENG_PARAM_BOOL:
        eng_digest_u64(digest, (uint64_t)param->integer);
        return;
    case ENG_PARAM_NUMBER:
        memcpy(&bits, &param->number, sizeof bits);
        eng_digest_u64(digest, bits);
        return;
    case ENG_PARAM_WORD:
        put_text(digest, param->word);
        return;
    case ENG_PARAM_TENSOR:
        put_tensor(digest, &param->tensor);
        return;
    case ENG_PARAM_LAYERS:
        put_layers(digest, param);
        return;
    case ENG_PARAM_STRINGS:
        eng_digest_u64(digest, param->count);
        for (uint32_t i = 0; i < param->count; i++)
            eng_digest_put(digest, param->strings[i].at, param->strings[i].size);
        return;
    case ENG_PARAM_FOREST:
        eng_forest_digest(param->forest, forest);
        eng_digest_put(digest, forest, sizeof forest);
        return;
    }
}

/* Parameters count in the order of the operator's table: a file may list them in any. */
static void state_digest(const struct eng_op *op, const struct eng_op_args *args,
                         uint64_t out[2])
{
    struct eng_digest digest;
    eng_digest_init(&digest);
    put_text(&digest, op->name);
    eng_digest_u64(&digest, args->n_inputs);
    for (uint32_t i = 0; i < args->n_inputs; i++) {
        const struct eng_shape *shape = &args->inputs[i];
        eng_digest_u64(&digest, shape->kind);
        eng_digest_u64(&digest, shape->width);
        eng_digest_u64(&digest, shape->bound);
        eng_digest_u64(&digest, shape->entries);
        eng_digest_u64(&digest, shape->weighted);
        if (op->named)
            put_text(&digest, args->input_names[i]);
    }
    for (const struct eng_param_spec *spec = op->params; spec && spec->key; spec++) {
        for (uint32_t i = 0; i < args->n_params; i++) {
            if (strcmp(args->params[i].key, spec->key) == 0)
                put_param(&digest, &args->params[i]);
        }
    }
    memcpy(out, digest.state, sizeof digest.state);
}

/* A state made of small parameters alone is not worth a lookup. */
static int is_heavy(const struct eng_op_args *args)
{
    for (uint32_t i = 0; i < args->n_params; i++) {
        enum eng_param_type type = args->params[i].type;
        if (type == ENG_PARAM_TENSOR || type == ENG_PARAM_STRINGS ||
            type == ENG_PARAM_FOREST || type == ENG_PARAM_LAYERS)
            return 1;
    }
    return 0;
}

/* With the lock held: the state of this content with one owner more, or NULL. */
static struct eng_state *find_locked(const struct eng_op *op, const uint64_t digest[2])
{
    struct eng_state *state = buckets[digest[0] % BUCKETS];
    while (state && (state->op != op || state->digest[0] != digest[0] ||
                     state->digest[1] != digest[1]))
        state = state->next;
    if (state)
        state->owners++;
    return state;
}

static void state_destroy(struct eng_state *state)
{
    if (state->op->free)
        state->op->free(state->state);
    free(state);
}

/* Put a fresh state into the table, unless another thread was first: then use that. */
static struct eng_state *publish(struct eng_state *fresh)
{
    pthread_mutex_lock(&lock);
    struct eng_state *first = find_locked(fresh->op, fresh->digest);
    if (!first) {
        struct eng_state **bucket = &buckets[fresh->digest[0] % BUCKETS];
        fresh->shared = 1;
        fresh->next = *bucket;
        *bucket = fresh;
        count++;
    }
    pthread_mutex_unlock(&lock);
    if (!first)
        return fresh;
    state_destroy(fresh);
    return first;
}

/* Made outside the lock: two threads may make the same state, and publish keeps one. */
roost_status eng_state_make(const struct eng_op *op, const struct eng_op_args *args,
                            struct eng_state **out, struct roost_error *err)
{
    uint64_t digest[2];
    int heavy = is_heavy(args);
    state_digest(op, args, digest);
    if (heavy) {
        pthread_mutex_lock(&lock);
        *out = find_locked(op, digest);
        pthread_mutex_unlock(&lock);
        if (*out)
            return ROOST_OK;
    }
    struct eng_state *state = calloc(1, sizeof *state);
    if (!state)
        return eng_fail(err, ROOST_NOMEM, args->name, 0, "no memory for the node");
    state->op = op;
    state->owners = 1;
    memcpy(state->digest, digest, sizeof digest);
    roost_status status =
        op->make(args, &state->shape, &state->state, &state->bytes, err);
    if (status != ROOST_OK) {
        free(state);
        return status;
    }
    *out = heavy ? publish(state) : state;
    return ROOST_OK;
}

struct eng_state *eng_state_retain(struct eng_state *state)
{
    pthread_mutex_lock(&lock);
    state->owners++;
    pthread_mutex_unlock(&lock);
    return state;
}

/* The state leaves the table under the lock that took its last owner, so that nobody
 * finds it any more; what it holds is freed after, since that may take long. */
void eng_state_release(struct eng_state *state)
{
    if (!state)
        return;
    pthread_mutex_lock(&lock);
    int last = --state->owners == 0;
    if (last && state->shared) {
        struct eng_state **at = &buckets[state->digest[0] % BUCKETS];
        while (*at != state)
            at = &(*at)->next;
        *at = state->next;
        count--;
    }
    pthread_mutex_unlock(&lock);
    if (last)
        state_destroy(state);
}

uint32_t eng_state_count(void)
{
    pthread_mutex_lock(&lock);
    uint32_t now = count;
    pthread_mutex_unlock(&lock);
    return now;
}
