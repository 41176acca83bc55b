/* SPDX-License-Identifier: MIT
 * native.h - what the files that read model.yaml share while they build one model.
 * Threads  A struct reg_native serves one thread.
 * Memory   Everything in it lives until the load ends; `arena` holds the parameters of
 * the node being made and is reset after it. Errors   As format.h; err names model.yaml
 * with line and column. */
#ifndef ROOST_REGISTRY_FORMATS_NATIVE_H
#define ROOST_REGISTRY_FORMATS_NATIVE_H
#include "engine/base/names.h"
#include "registry/formats/format.h"
#include "registry/formats/safetensors.h"
#include "registry/formats/yaml_tree.h"

enum reg_native_state { REG_NATIVE_NEW, REG_NATIVE_UNDERWAY, REG_NATIVE_MADE };

/* A feature or a transform, by the name that `in` uses. */
struct reg_native_name {
    const struct reg_yaml_node *key; /* where it is declared; its value follows */
    uint32_t handle;                 /* of the builder, once MADE */
    uint32_t inputs_done;            /* while UNDERWAY */
    uint8_t state;                   /* enum reg_native_state */
    uint8_t context;
};

/* A forest that some node named: read once, whoever uses it. */
struct reg_native_forest {
    const char *key; /* file name, or tensor prefix */
    int from_file;
    uint32_t features;
    struct reg_forest forest; /* base NULL when it came from tensors */
};

/* A predictor or a calibration: what an output may show. */
struct reg_native_head {
    const struct reg_yaml_node *key; /* whose text names it */
    uint32_t value;                  /* handle of the builder */
    uint8_t is_predictor;
    uint8_t used; /* by a calibration or an output */
};

struct reg_native {
    const struct reg_files *files;
    struct eng_builder *builder;
    struct reg_yaml yaml;
    struct reg_tensors tensors;
    struct eng_arena arena;
    struct eng_names *index;      /* name -> position in names */
    struct reg_native_name *name; /* [features + transforms] */
    uint32_t features;
    uint32_t names;
    struct reg_native_forest *forest; /* [forests] */
    uint32_t forests;
    struct reg_native_head *head; /* [heads] predictors first */
    uint32_t heads;
    uint8_t many; /* `predictors`, by name, rather than `predictor` */
};

/* native_graph.c: index the names of inputs and transforms and mark context; then make
 * all transforms, each after its inputs. */
roost_status reg_native_index(struct reg_native *native, struct roost_error *err);
roost_status reg_native_transforms(struct reg_native *native, struct roost_error *err);
/* Make the node at `key`, whose inputs are all made: over *input, or when that is NULL
 * over what its `in` names. */
roost_status reg_native_make(struct reg_native *native, const struct reg_yaml_node *key,
                             enum eng_role role, const uint32_t *input, uint32_t *value,
                             struct roost_error *err);

/* native_head.c: the predictors and the calibrations, after the transforms; and the one
 * that a node names. */
roost_status reg_native_heads(struct reg_native *native, struct roost_error *err);
roost_status reg_native_head(struct reg_native *native, const struct reg_yaml_node *node,
                             struct reg_native_head **out, struct roost_error *err);

/* native_output.c: the outputs, after the heads. */
roost_status reg_native_outputs(struct reg_native *native, struct roost_error *err);

/* native_param.c: the parameters of a node, by its operator's table. inputs: handles. */
roost_status reg_native_params(struct reg_native *native, const struct reg_yaml_node *map,
                               const struct eng_op *op, const uint32_t *inputs,
                               uint32_t n_inputs, struct eng_param **params,
                               uint32_t *count, struct roost_error *err);

/* native_forest.c: the forest that a node names, over `features` values a row. */
roost_status reg_native_forest(struct reg_native *native,
                               const struct reg_yaml_node *node, uint32_t features,
                               const struct reg_native_forest **out,
                               struct roost_error *err);

/* Put model.yaml's line and column, and the name of what was being made, before an error
 * that the builder gave. */
roost_status reg_native_wrap(const struct reg_native *native,
                             const struct reg_yaml_node *node, const char *name,
                             roost_status status, struct roost_error *err);

extern const struct reg_format reg_format_native;

#endif
