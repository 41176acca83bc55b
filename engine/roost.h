/* SPDX-License-Identifier: MIT
 * roost.h - score rows against many models, in process: open, plan, score, free.
 * Threads  Models and plans never change once made; any thread may score on them. A
 *          scratch (64-byte aligned) serves one thread at a time. Plans are made and
 *          freed by one thread at a time, since they may share a weight table.
 * Memory   The caller keeps what it passes in; nothing is held after return, save that
 *          a plan holds its models. Handles are counted: `_open`, `_new` and `_retain`
 *          each pair with one `_free`. Strings returned live as long as their object.
 * Errors   0 or a negative status; *err, if given, gets the place and a sentence.
 *          Nothing here prints, exits, starts a thread or reads a clock. */
#ifndef ROOST_H
#define ROOST_H
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ROOST_API           __attribute__((visibility("default")))
#define ROOST_VERSION_MAJOR 0
#define ROOST_VERSION_MINOR 1
#define ROOST_VERSION_PATCH 0
#define ROOST_VERSION       "0.1.0"

#define ROOST_STATUS_MAP(X) /* code, name, sentence */                                   \
    X(-1, NOMEM, "out of memory")                                                        \
    X(-2, IO, "a file cannot be read")                                                   \
    X(-3, FORMAT, "not a model this build reads")                                        \
    X(-4, SHAPE, "the shapes or types disagree")                                         \
    X(-5, VALUE, "a value is not acceptable")                                            \
    X(-6, LIMIT, "a limit is exceeded")                                                  \
    X(-7, MISSING, "there is no such thing")                                             \
    X(-8, SCORE, "a score is not finite")                                                \
    X(-9, VERIFY, "the content is not what was promised")                                \
    X(-10, CONFLICT, "another operation is under way")

#define X(code, name, text) ROOST_##name = (code),
typedef enum roost_status { ROOST_OK = 0, ROOST_STATUS_MAP(X) } roost_status;
#undef X

/* What went wrong. `where` is a file name relative to the model's directory, a feature's
 * name, or empty; `line` and `column` count from 1, 0 when they do not apply; `at` is an
 * index whose meaning the failing function gives (a row, a byte, an entry). */
struct roost_error {
    roost_status status;
    uint32_t line;
    uint32_t column;
    uint64_t at;
    char where[96];
    char text[256];
};

typedef struct roost_model roost_model; /* opaque: one version of one model         */
typedef struct roost_plan roost_plan;   /* opaque: models that share their transforms */

/* The type a model's schema gives a feature; it decides how its column is laid out. */
enum roost_type {
    ROOST_F32,    /* number; values: float [n * width], NaN = missing                  */
    ROOST_F64,    /* number; values: double [n * width], NaN = missing                 */
    ROOST_I64,    /* discrete; values: int64_t [n * width]                              */
    ROOST_BOOL,   /* values: uint8_t [n], 0 or 1                                        */
    ROOST_STRING, /* values: struct roost_text [n], at == NULL = missing                */
    ROOST_STRINGS, /* list of strings; start [n + 1], values: roost_text [start[n]] */
    ROOST_SPARSE, /* bag of (id, amount); start [n + 1], ids and amounts [start[n]]     */
    ROOST_I32     /* discrete; values: int32_t [n * width]                              */
};

struct roost_text { /* UTF-8, not NUL-terminated, borrowed */
    const char *at;
    uint32_t size; /* bytes */
};

/* One feature of a plan's schema. A vector feature has `width` values a row; every other
 * feature has width 1 and vector 0. */
struct roost_feature {
    const char *name;
    uint64_t id; /* roost_feature_id(name) */
    enum roost_type type;
    uint32_t width;
    uint8_t vector;
    uint8_t context; /* the model expects it to be common to all rows: a hint only */
};

/* One feature's values over n rows, laid out by its type (see enum roost_type). All
 * pointers NULL: the feature is missing in every row. */
struct roost_column {
    const void *values;
    const uint8_t *present; /* [n], 0 = missing (a vector: all of it); NULL: all
                               present. I64, I32 and BOOL only */
    const uint32_t *start;  /* [n + 1], start[0] = 0, never decreasing; STRINGS, SPARSE */
    const uint64_t *ids;    /* [start[n]]; SPARSE */
    const float *amounts;   /* [start[n]] finite or NaN (= absent), NULL: all 1; SPARSE */
};

/* Rows to score. `columns` and `context` have one entry for each feature of the plan, in
 * the order of roost_plan_feature. A context column holds one row, common to all; a row
 * that has a value of its own keeps it. Either array may be NULL. */
struct roost_rows {
    uint32_t n;
    const struct roost_column *columns; /* [roost_plan_feature_count]                */
    const struct roost_column *context; /* [roost_plan_feature_count], one row each  */
};

/* One output of a plan: `width` numbers a row, at `offset` in the row of scores. */
struct roost_output {
    const char *name;          /* as the model names it                              */
    uint32_t model;            /* index of the model in the plan                     */
    uint32_t offset;           /* in a row of roost_call.out                         */
    uint32_t width;            /* 1: a scalar                                        */
    enum roost_type type;      /* F32 or F64: cast to it when shown. I32 or I64: the
                                  scores are rounded already (to nearest, ties to even)
                                  and within the type, so that a cast to it is exact;
                                  beyond int64_t: the nearest double it can hold     */
    uint32_t label_count;      /* 0, or the number of classes                        */
    const char *const *labels; /* [label_count]                                      */
};

/* One transform of a plan; equal transforms of several models are one node. */
struct roost_node {
    const char *name; /* as the first model that has it names it            */
    const char *op;
    uint32_t users;  /* models of the plan that need it                    */
    uint64_t digest; /* first 8 bytes of the content digest                */
};

/* How one model of a call fared. at: the first row whose score is not finite. */
struct roost_verdict {
    roost_status status; /* ROOST_OK, ROOST_SCORE, or ROOST_MISSING when skipped */
    uint32_t at;
};

struct roost_timing { /* nanoseconds, CLOCK_MONOTONIC */
    uint64_t transform;
    uint64_t score;
};

/* Everything one scoring needs. Members that may be NULL say so. */
struct roost_call {
    const struct roost_rows *rows;
    const uint8_t *skip; /* [models], 1 = leave the model out; NULL: none      */
    void *scratch;       /* 64-byte aligned, roost_plan_scratch bytes; NULL: LIMIT */
    double *out;         /* [rows->n, roost_plan_width], row-major; skipped
                            models' scores are left untouched                  */
    struct roost_verdict *verdict; /* [models]; NULL: a non-finite score fails the call */
    uint64_t *evaluations; /* [nodes], added to: rows computed; NULL             */
    uint64_t *reuses;      /* [nodes], added to: rows saved by sharing; NULL     */
};

/* The library's version, and a status's name ("NOMEM") and sentence. */
ROOST_API const char *roost_version(void);
ROOST_API const char *roost_status_name(roost_status status);
ROOST_API const char *roost_status_text(roost_status status);

/* Id of a feature name of `size` bytes of UTF-8: the first 8 bytes, little-endian, of
 * MurmurHash3_x64_128 (seed 0) over its UTF-16LE form; in "group#rest" the id of the
 * group stands before the rest and both are hashed again (docs/model-format.md, Ids). */
ROOST_API uint64_t roost_feature_id(const char *name, size_t size);

/* Read a model's version directory, or a single model file, into memory and check it.
 * IO, FORMAT, SHAPE, VALUE, LIMIT, VERIFY, NOMEM. */
ROOST_API roost_status roost_model_open(const char *path, roost_model **out,
                                        struct roost_error *err);
ROOST_API roost_model *roost_model_retain(roost_model *model);
ROOST_API void roost_model_free(roost_model *model);                /* NULL is allowed */
ROOST_API const char *roost_model_format(const roost_model *model); /* "native", ... */
ROOST_API const char *roost_model_digest(const roost_model *model); /* 64 hex digits */
ROOST_API size_t roost_model_bytes(const roost_model *model);       /* memory it holds */

/* Lay out n >= 1 models so that a transform several of them use runs once a row. `names`
 * ([n], or NULL) name the models where messages and outputs need it. A plan made with a
 * `previous` one (or NULL) keeps its weight table and writes only the columns of models
 * that changed. NOMEM; SHAPE when two models declare one feature differently; VALUE when
 * two names have one id, or n is 0; LIMIT. */
ROOST_API roost_status roost_plan_new(roost_model *const *models,
                                      const char *const *names, uint32_t n,
                                      const roost_plan *previous, roost_plan **out,
                                      struct roost_error *err);
ROOST_API void roost_plan_free(roost_plan *plan);          /* NULL is allowed */
ROOST_API size_t roost_plan_bytes(const roost_plan *plan); /* without its models */
ROOST_API uint32_t roost_plan_model_count(const roost_plan *plan);
ROOST_API const char *roost_plan_model_name(const roost_plan *plan, uint32_t model);

/* The schema: the union of the models' features. find: an index, or -1. */
ROOST_API uint32_t roost_plan_feature_count(const roost_plan *plan);
ROOST_API const struct roost_feature *roost_plan_feature(const roost_plan *plan,
                                                         uint32_t feature);
ROOST_API int32_t roost_plan_find(const roost_plan *plan, const char *name, size_t size);
ROOST_API int32_t roost_plan_find_id(const roost_plan *plan, uint64_t id);
ROOST_API int roost_plan_strict(const roost_plan *plan); /* a model refuses unknowns */

/* The signatures rows may use. A tensor signature's inputs are the plan's vector features
 * (all of them must be given). A plan can also be addressed by position when
 * roost_plan_positions gives a list: value j of the one dense input (called
 * roost_plan_position_name, "input-0") is value 0 of feature list[j], or, when the list
 * has one vector feature, value j of that. */
enum { ROOST_SIGNATURE_FEATURES = 1, ROOST_SIGNATURE_TENSOR = 2 };
ROOST_API int roost_plan_signatures(const roost_plan *plan); /* bits of the enum above */
ROOST_API const uint32_t *roost_plan_positions(const roost_plan *plan, uint32_t *count,
                                               uint32_t *width);
ROOST_API const char *roost_plan_position_name(const roost_plan *plan);

ROOST_API uint32_t roost_plan_width(const roost_plan *plan); /* numbers in a score row */
ROOST_API uint32_t roost_plan_output_count(const roost_plan *plan);
ROOST_API const struct roost_output *roost_plan_output(const roost_plan *plan,
                                                       uint32_t output);
ROOST_API uint32_t roost_plan_node_count(const roost_plan *plan);
ROOST_API const struct roost_node *roost_plan_node(const roost_plan *plan, uint32_t node);

/* Bytes of scratch that scoring these rows takes. Reads the `start` arrays of lists only.
 * 0 when the rows exceed what one call may expand to (a cross of long lists):
 * roost_score then gives LIMIT, whatever its scratch. */
ROOST_API size_t roost_plan_scratch(const roost_plan *plan,
                                    const struct roost_rows *rows);

/* Score. Allocates nothing, takes no lock, reads no clock. VALUE: a row holds what a
 * transform refuses (at = row, where = the feature, or the transform over others); SCORE
 * (only without call->verdict): at = row; LIMIT: roost_plan_scratch gives 0, or scratch
 * is NULL. After VALUE and SCORE rows before `at` may have been written to out.
 * roost_score_timed also adds to *timing what each half took. */
ROOST_API roost_status roost_score(const roost_plan *plan, const struct roost_call *call,
                                   struct roost_error *err);
ROOST_API roost_status roost_score_timed(const roost_plan *plan,
                                         const struct roost_call *call,
                                         struct roost_timing *timing,
                                         struct roost_error *err);

#ifdef __cplusplus
}
#endif
#endif
