/* SPDX-License-Identifier: MIT
 * xgboost.c - the learner of an XGBoost file: objective, base score, features. The bytes
 * come through doc_json.c or doc_ubj.c; the trees are read by xgboost_trees.c; what is
 * found goes to the builder in xgboost_load.c, or to native.c as a forest. */
#include "registry/formats/xgboost.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/error.h"

/* Outputs are declared by a number in the text, so they need a bound of their own. */
enum { GROUPS_MAX = 4096 };

/* How the base score, which files keep in the space of predictions, becomes a margin. */
enum base_kind { BASE_SAME, BASE_LOGIT, BASE_LOG };

/* Every objective that is read. An unknown one is refused by name rather than taken as
 * identity: its scores would be wrong and look right. */
static const struct objective {
    const char *name;
    const char *link;
    enum base_kind base;
} objectives[] = {
    {"binary:logistic", "logistic", BASE_LOGIT},
    {"binary:logitraw", "identity", BASE_SAME},
    {"binary:hinge", "hinge", BASE_SAME},
    {"reg:squarederror", "identity", BASE_SAME},
    {"reg:linear", "identity", BASE_SAME},
    {"reg:squaredlogerror", "identity", BASE_SAME},
    {"reg:logistic", "logistic", BASE_LOGIT},
    {"reg:pseudohubererror", "identity", BASE_SAME},
    {"reg:absoluteerror", "identity", BASE_SAME},
    {"reg:quantileerror", "identity", BASE_SAME},
    {"reg:gamma", "exp", BASE_LOG},
    {"reg:tweedie", "exp", BASE_LOG},
    {"count:poisson", "exp", BASE_LOG},
    {"survival:cox", "exp", BASE_LOG},
    {"survival:aft", "exp", BASE_LOG},
    {"multi:softprob", "softmax", BASE_SAME},
    {"multi:softmax", "argmax", BASE_SAME},
    {"rank:pairwise", "identity", BASE_SAME},
    {"rank:ndcg", "identity", BASE_SAME},
    {"rank:map", "identity", BASE_SAME},
};

static roost_status find_objective(const struct reg_doc *doc,
                                   const struct reg_doc_node *learner,
                                   const struct objective **out, struct roost_error *err)
{
    const struct reg_doc_node *name =
        reg_doc_get(doc, reg_doc_get(doc, learner, "objective"), "name");
    if (!name || name->kind != REG_DOC_TEXT)
        return eng_fail(err, ROOST_FORMAT, NULL, 0, "learner.objective.name is missing");
    for (size_t i = 0; i < sizeof objectives / sizeof *objectives; i++)
        if (reg_doc_is(name, objectives[i].name)) {
            *out = &objectives[i];
            return ROOST_OK;
        }
    return eng_fail(err, ROOST_FORMAT, NULL, 0,
                    "objective '%.*s' is not read (docs/model-format.md lists those that "
                    "are)",
                    (int)(name->size < 60 ? name->size : 60), name->as.text);
}

/* num_feature, num_class and num_target: texts of digits in most versions. */
static roost_status read_sizes(const struct reg_doc *doc,
                               const struct reg_doc_node *param, struct reg_xgboost *out,
                               struct roost_error *err)
{
    int64_t features =
        reg_doc_count(reg_doc_get(doc, param, "num_feature"), ENG_WIDTH_MAX);
    if (features < 1)
        return eng_fail(err, ROOST_FORMAT, NULL, 0,
                        "learner_model_param.num_feature is not between 1 and %d",
                        ENG_WIDTH_MAX);
    const struct reg_doc_node *class_node = reg_doc_get(doc, param, "num_class");
    const struct reg_doc_node *target_node = reg_doc_get(doc, param, "num_target");
    int64_t classes = class_node ? reg_doc_count(class_node, GROUPS_MAX) : 0;
    int64_t targets = target_node ? reg_doc_count(target_node, GROUPS_MAX) : 1;
    if (classes < 0 || targets < 0)
        return eng_fail(err, ROOST_LIMIT, NULL, 0,
                        "num_class or num_target is not between 0 and %d", GROUPS_MAX);
    if (classes > 1 && targets > 1)
        return eng_fail(err, ROOST_FORMAT, NULL, 0,
                        "several classes and several targets at once are not read");
    int64_t groups = classes > targets ? classes : targets;
    out->features = (uint32_t)features;
    out->groups = groups > 1 ? (uint32_t)groups : 1;
    return ROOST_OK;
}

/* As XGBoost computes it, in float. */
static int base_margin(enum base_kind kind, double score, double *margin)
{
    float value = (float)score;
    if (kind == BASE_LOGIT) {
        if (!(value > 0.0F && value < 1.0F))
            return -1;
        value = -logf(1.0F / value - 1.0F);
    } else if (kind == BASE_LOG) {
        if (!(value > 0.0F))
            return -1;
        value = logf(value);
    }
    *margin = (double)value;
    return isfinite(value) ? 0 : -1;
}

/* "5E-1", "[2.35E-1]", "[1E0,2E0]" or a number, into [groups]. */
static int read_scores(const struct reg_doc_node *node, uint32_t groups, double *scores)
{
    uint32_t count = 0;
    if (node->kind == REG_DOC_NUMBER) {
        scores[count++] = node->as.number;
    } else if (node->kind == REG_DOC_TEXT) {
        const char *at = node->as.text, *end = at + node->size;
        if (node->size >= 2 && *at == '[' && end[-1] == ']') {
            at++;
            end--;
        }
        while (at <= end && count < groups) {
            const char *comma = memchr(at, ',', (size_t)(end - at));
            const char *stop = comma ? comma : end;
            if (reg_number(at, (size_t)(stop - at), &scores[count++]))
                return -1;
            at = stop + 1;
        }
        if (at <= end)
            return -1;
    }
    if (count != 1 && count != groups)
        return -1;
    for (uint32_t i = count; i < groups; i++)
        scores[i] = scores[0];
    return 0;
}

/* Margins, one an output. */
static roost_status read_base(const struct reg_doc *doc, const struct reg_doc_node *param,
                              const struct objective *objective, struct reg_xgboost *out,
                              struct roost_error *err)
{
    const struct reg_doc_node *node = reg_doc_get(doc, param, "base_score");
    out->base = calloc(out->groups, sizeof *out->base);
    if (!out->base)
        return eng_fail(err, ROOST_NOMEM, NULL, 0, "out of memory");
    if (!node || read_scores(node, out->groups, out->base))
        return eng_fail(
            err, ROOST_FORMAT, NULL, 0,
            "learner_model_param.base_score is not a number, nor one for each "
            "of %u outputs",
            (unsigned)out->groups);
    for (uint32_t i = 0; i < out->groups; i++)
        if (base_margin(objective->base, out->base[i], &out->base[i]))
            return eng_fail(err, ROOST_VALUE, NULL, i,
                            "base_score %g is out of range for %s", out->base[i],
                            objective->name);
    return ROOST_OK;
}

/* Names come from the trainer and become features, so each must be one that a request can
 * give; that they are distinct is checked by the builder. */
static roost_status read_names(const struct reg_doc *doc,
                               const struct reg_doc_node *learner,
                               struct reg_xgboost *out, struct roost_error *err)
{
    const struct reg_doc_node *list = reg_doc_get(doc, learner, "feature_names");
    if (!list || list->kind == REG_DOC_NULL || list->count == 0)
        return ROOST_OK;
    if (list->kind != REG_DOC_LIST || list->count != out->features)
        return eng_fail(err, ROOST_SHAPE, NULL, 0,
                        "feature_names has %u entries, num_feature is %u",
                        (unsigned)list->count, (unsigned)out->features);
    out->names = calloc(out->features, sizeof *out->names);
    if (!out->names)
        return eng_fail(err, ROOST_NOMEM, NULL, 0, "out of memory");
    uint32_t i = 0;
    for (const struct reg_doc_node *at = reg_doc_child(doc, list); at;
         at = reg_doc_next(doc, at), i++) {
        if (at->kind != REG_DOC_TEXT || at->size == 0 || at->size > ENG_NAME_MAX)
            return eng_fail(err, ROOST_FORMAT, NULL, i,
                            "feature_names[%u] is not a name of 1 to %d bytes",
                            (unsigned)i, ENG_NAME_MAX);
        out->names[i] = strndup(at->as.text, at->size);
        if (!out->names[i])
            return eng_fail(err, ROOST_NOMEM, NULL, 0, "out of memory");
    }
    return ROOST_OK;
}

/* gblinear: weights [feature][group], and a row of biases last. */
static roost_status read_linear(const struct reg_doc *doc,
                                const struct reg_doc_node *booster,
                                struct reg_xgboost *out, struct roost_error *err)
{
    const struct reg_doc_node *list =
        reg_doc_get(doc, reg_doc_get(doc, booster, "model"), "weights");
    uint64_t cells = (uint64_t)out->features * out->groups;
    if (!list || list->kind != REG_DOC_NUMBERS || list->count != cells + out->groups)
        return eng_fail(err, ROOST_SHAPE, NULL, 0,
                        "gblinear's weights are not (num_feature + 1) x %u numbers",
                        (unsigned)out->groups);
    if (!strcmp(out->link, "argmax") || !strcmp(out->link, "hinge"))
        return eng_fail(
            err, ROOST_FORMAT, NULL, 0,
            "gblinear with multi:softmax or binary:hinge is not read; save it "
            "with multi:softprob or binary:logistic");
    out->weights = malloc(cells * sizeof *out->weights);
    out->bias = malloc(out->groups * sizeof *out->bias);
    if (!out->weights || !out->bias)
        return eng_fail(err, ROOST_NOMEM, NULL, 0, "out of memory");
    const double *from = reg_doc_numbers(doc, list);
    for (uint64_t i = 0; i < cells; i++)
        out->weights[i] = (float)from[i];
    for (uint32_t i = 0; i < out->groups; i++)
        out->bias[i] = (float)from[cells + i];
    return ROOST_OK;
}

/* best_iteration counts for trees alone: gblinear has nothing to cut off. */
static roost_status read_booster(const struct reg_doc *doc,
                                 const struct reg_doc_node *learner,
                                 struct reg_xgboost *out, struct roost_error *err)
{
    const struct reg_doc_node *booster = reg_doc_get(doc, learner, "gradient_booster");
    const struct reg_doc_node *name = reg_doc_get(doc, booster, "name");
    const struct reg_doc_node *attributes = reg_doc_get(doc, learner, "attributes");
    int64_t best =
        reg_doc_count(reg_doc_get(doc, attributes, "best_iteration"), INT32_MAX);
    if (reg_doc_is(name, "gblinear"))
        return read_linear(doc, booster, out, err);
    if (reg_doc_is(name, "gbtree") || reg_doc_is(name, "dart"))
        return reg_xgboost_trees(doc, booster, best, out, err);
    return eng_fail(err, ROOST_FORMAT, NULL, 0,
                    "gradient_booster.name is not gbtree, dart or gblinear");
}

/* The sizes come before all that is allocated by them, and the objective before the base
 * score whose margin it decides. */
static roost_status read_learner(const struct reg_doc *doc, struct reg_xgboost *out,
                                 struct roost_error *err)
{
    const struct reg_doc_node *learner = reg_doc_get(doc, reg_doc_root(doc), "learner");
    const struct reg_doc_node *param = reg_doc_get(doc, learner, "learner_model_param");
    const struct objective *objective = NULL;
    if (!learner || !param)
        return eng_fail(err, ROOST_FORMAT, NULL, 0,
                        "not an XGBoost model: learner.learner_model_param is missing");
    roost_status status = find_objective(doc, learner, &objective, err);
    if (status)
        return status;
    out->link = objective->link;
    status = read_sizes(doc, param, out, err);
    if (!status)
        status = read_base(doc, param, objective, out, err);
    if (!status)
        status = read_names(doc, learner, out, err);
    if (!status)
        status = read_booster(doc, learner, out, err);
    return status;
}

/* The first byte that is not space, from `*at` on; 0 at the end. */
static uint8_t first_byte(const struct reg_file *file, size_t *at)
{
    while (*at < file->size && memchr(" \t\r\n", file->data[*at], 4))
        ++*at;
    return *at < file->size ? file->data[*at] : 0;
}

/* Both begin with a brace. JSON goes on with a quote, UBJSON with the type of a length;
 * and no other format that begins so has a key called learner. */
enum reg_xgboost_kind reg_xgboost_sniff(const struct reg_file *file)
{
    static const char key[] = "\"learner\"";
    size_t at = 0;
    if (first_byte(file, &at) != '{')
        return REG_XGBOOST_NONE;
    size_t brace = at++;
    uint8_t next = first_byte(file, &at);
    if (next == '"')
        return memmem(file->data + brace, file->size - brace, key, sizeof key - 1)
                   ? REG_XGBOOST_JSON
                   : REG_XGBOOST_NONE;
    /* In UBJSON the brace is the first byte and a key's length, with its type, follows.
     */
    if (brace != 0 || file->size < 3 || !memchr("iUIlL", file->data[1], 5))
        return REG_XGBOOST_NONE;
    return memmem(file->data, file->size, "learner", 7) ? REG_XGBOOST_UBJ
                                                        : REG_XGBOOST_NONE;
}

const struct reg_file *reg_xgboost_find(const struct reg_files *files)
{
    const struct reg_file *found = NULL;
    for (uint32_t i = 0; i < files->count; i++) {
        if (reg_xgboost_sniff(&files->file[i]) == REG_XGBOOST_NONE)
            continue;
        if (found)
            return NULL;
        found = &files->file[i];
    }
    return found;
}

roost_status reg_xgboost_read(const struct reg_file *file, struct reg_xgboost *out,
                              struct roost_error *err)
{
    struct reg_doc doc;
    memset(out, 0, sizeof *out);
    reg_doc_init(&doc);
    enum reg_xgboost_kind kind = reg_xgboost_sniff(file);
    roost_status status;
    if (kind == REG_XGBOOST_JSON)
        status = reg_doc_json(&doc, file->data, file->size, err);
    else if (kind == REG_XGBOOST_UBJ)
        status = reg_doc_ubj(&doc, file->data, file->size, err);
    else
        status = eng_fail(err, ROOST_FORMAT, file->name, 0,
                          "not an XGBoost model in JSON or UBJSON (save it with "
                          "Booster.save_model(\"model.ubj\"))");
    if (!status)
        status = read_learner(&doc, out, err);
    reg_doc_clear(&doc);
    if (status && err && !err->where[0])
        (void)snprintf(err->where, sizeof err->where, "%s", file->name);
    return status;
}

void reg_xgboost_clear(struct reg_xgboost *model)
{
    for (uint32_t i = 0; model->names && i < model->features; i++)
        free(model->names[i]);
    free(model->names);
    free(model->base);
    free(model->weights);
    free(model->bias);
    eng_forest_free(model->forest);
    memset(model, 0, sizeof *model);
}
