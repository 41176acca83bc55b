/* SPDX-License-Identifier: MIT
 * merge.h - what making a plan's steps works on; gone once the plan is made.
 * Threads  One thread.
 * Memory   eng_merge_clear frees it; placements and steps belong to the plan from the
 * start. Errors   NOMEM. */
#ifndef ROOST_PLAN_MERGE_H
#define ROOST_PLAN_MERGE_H
#include "engine/plan/plan.h"

/* One content that one or several models need: a feature as declared, or a node. */
struct eng_merged {
    uint64_t digest[2];
    const struct eng_feature *feature; /* or NULL: a node */
    const struct eng_node *node;
    struct eng_shape shape;
    uint32_t *inputs; /* [node->n_inputs] items */
    uint32_t *users;  /* [user_count] models, ascending; a step takes them over */
    uint32_t user_count, user_room;
    uint8_t late;   /* predicts, or comes after what predicts */
    uint32_t value; /* of the plan, once it is laid out */
    uint32_t use;   /* a linear: its first use; those of its inputs follow */
};

/* One input of one linear. */
struct eng_linear_use {
    uint32_t item, input;
    uint32_t group, owner, gather;
};

/* Inputs (of any linears) whose slots mean the same. */
struct eng_linear_group {
    uint64_t digest[2];
    uint64_t slots, columns;
    uint32_t owner_count, most; /* most: widest owner */
    uint32_t last_owner;        /* others follow by `before` */
    struct eng_table *table;    /* when several owners share it; borrowed */
};

/* The weights that one linear has in one group. */
struct eng_linear_owner {
    struct eng_table_owner about;
    uint32_t group;
    uint32_t before;    /* the group's owner found before, UINT32_MAX: none */
    uint32_t placement; /* of the plan, when its group has a table */
};

/* One pass over one input's entries. */
struct eng_linear_pass {
    struct eng_gather gather;
    uint32_t first;  /* table column that the gather starts with */
    uint32_t step;   /* UINT32_MAX: not laid out yet */
    uint32_t *users; /* [user_count] models, ascending; its step takes them over */
    uint32_t user_count, user_room;
};

struct eng_merge {
    roost_plan *plan;
    struct eng_merged *items;
    uint32_t item_count;
    struct eng_keys *index; /* digest[0] -> position in order of adding */
    uint32_t *outputs;      /* [output_count] items */
    struct eng_linear_use *uses;
    uint32_t use_count;
    struct eng_linear_group *groups;
    uint32_t group_count;
    struct eng_linear_owner *owners;
    uint32_t owner_count;
    struct eng_linear_pass *passes;
    uint32_t pass_count;
    struct eng_keys *old_index; /* the tables of the plan before, by digest[0] */
    struct eng_table **old_tables;
};

/* Add a model to an ascending list of users, once. 0, or -1 without memory. */
int eng_merge_user(uint32_t **users, uint32_t *count, uint32_t *room, uint32_t model);

/* linear.c: find what linears share, give them tables, and plan their passes. */
roost_status eng_merge_linears(struct eng_merge *merge, const roost_plan *previous,
                               struct roost_error *err);
void eng_merge_linears_clear(struct eng_merge *merge);

/* linear.c: append the passes that a linear still needs, and its own step. */
roost_status eng_merge_emit_linear(struct eng_merge *merge, struct eng_merged *item,
                                   struct roost_error *err);

#endif
