/*
 * arny/sys/engine.h - what an engine is. Unstable: it may change between any two versions.
 *
 * An engine runs one kind of model file. It is a table of functions over two objects:
 *
 *     arny_engine_model     a file that is open: vocabulary, weights. Immutable; several contexts may share it
 *     arny_engine_context   one mutable timeline over a model: a KV cache that holds positions 0 .. length-1
 *
 * The life of an answer, in an engine's words:
 *     check -> model_open -> context_open -> [state_restore] -> truncate -> prefill -> (logits -> step) ...
 *
 * and that of a model which others need the memory of:
 *     model_park -> (its pages are gone; vocabulary and contexts stay) -> model_resume -> ...
 *
 * Rules
 *   - Results are enum arny_status; a failure has called arny_engine_fail() with a sentence. No exception leaves an
 *     engine, and nothing in one exits or prints.
 *   - One thread at a time in a context, and in everything of a model that is not marked [any thread].
 *   - After a failed or cancelled prefill or step, `length` says what the KV cache still holds, and the context can be
 *     used on.
 *   - Token ids are int32_t; positions and counts are size_t; memory is int64_t bytes.
 *   - An optional entry is NULL in an engine that has no such thing.
 */
#ifndef ARNY_SYS_ENGINE_H
#define ARNY_SYS_ENGINE_H

#include <arny/common.h>
#include <arny/file.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ARNY_ENGINE_VERSION 1

typedef struct arny_engine arny_engine;
typedef struct arny_engine_model arny_engine_model;     /* each engine defines its own */
typedef struct arny_engine_context arny_engine_context; /* each engine defines its own */

/* Asked often while an engine works: non-zero means stop, with ARNY_E_CANCELLED. NULL function: never. */
typedef struct arny_engine_cancel {
    int (*asked)(void *data);
    void *data;
} arny_engine_cancel;

typedef struct arny_engine_model_options {
    const char *tokenizer;                        /* vocabulary-only file; NULL */
    int32_t gpu_layers;                           /* -1: all */
    int32_t repack;                               /* 0 or 1 */
    int (*progress)(double progress, void *data); /* non-zero stops; NULL */
    void *progress_data;
    arny_engine_cancel cancel;
} arny_engine_model_options;

enum arny_kv_type {
    ARNY_KV_F16 = 0,
    ARNY_KV_Q8_0 = 1,
    ARNY_KV_F32 = 2
}; /* where an engine has it; else the next best */

typedef struct arny_engine_context_options {
    int32_t length;    /* positions, at least 16 */
    int32_t batch;     /* most tokens in one computation, 1 or more; what is above length counts as length */
    int32_t outputs;   /* most rows of logits in one computation: 1, or what score needs; at most batch counts */
    int32_t threads;   /* 0: auto, follows the load */
    int32_t kv_type;   /* enum arny_kv_type */
    int32_t embedding; /* 1: for embed() only */
} arny_engine_context_options;

/* Flags of a vocabulary entry. */
enum arny_token_flag {
    ARNY_TOKEN_CONTROL = 1,      /* not text: markup of the format */
    ARNY_TOKEN_USER_DEFINED = 2, /* matched as a whole wherever its text appears */
    ARNY_TOKEN_UNKNOWN = 4,
    ARNY_TOKEN_BYTE = 8,
    ARNY_TOKEN_LSTRIP = 16, /* swallows white space before it */
    ARNY_TOKEN_RSTRIP = 32, /* swallows white space after it */
    ARNY_TOKEN_END = 64     /* ends a turn or the text */
};

/* What is known of an open model. Strings are borrowed from it. */
typedef struct arny_engine_model_info {
    const char *architecture;
    const char *chat_template; /* as the file has it; NULL */
    int32_t vocabulary;        /* tokens: ids are 0 to vocabulary - 1 */
    int32_t context;           /* trained context */
    int32_t embedding;         /* width */
    int32_t layers;
    int32_t bos, eos;    /* -1: none */
    int32_t add_bos;     /* 1: a text begins with bos */
    int32_t exact_state; /* 1: recurrent or hybrid: a state can be kept whole or dropped, not truncated */
    int32_t generates;   /* 1: has a decoder with logits */
    int32_t gpu_layers;  /* how many really are on a GPU */
    int64_t weights;     /* bytes of tensor data */
} arny_engine_model_info;

/* Bytes that opening would take. */
typedef struct arny_engine_estimate {
    int64_t weights; /* file pages when mapped, else anonymous; with the vocabulary */
    int64_t parked;  /* of them, what a parked model keeps; all of them where it cannot be parked */
    int64_t opening; /* beside them until it is open: what is read to be rearranged */
    int64_t kv;
    int64_t compute;
    int64_t adapter;
} arny_engine_estimate;

struct arny_engine {
    uint32_t version; /* ARNY_ENGINE_VERSION */
    const char *name; /* "gguf" */
    int64_t own;      /* bytes that it takes besides models and contexts, once it was used: code, tables, threads */

    /* ---- files: nothing is opened or run -------------------------------------------------------------- */

    /* 1 when the first bytes of a file (at least 8, unless it is shorter) are this engine's. [any thread] */
    int (*recognizes)(const void *head, size_t bytes);
    /* The bounded check of a whole file; fills *out. No model is opened before this has passed. [any thread] */
    int (*check)(arny_file_info *out, const char *path);
    /* The chat template in a file, at most `capacity` bytes of it; *bytes is how many there are, 0: none. Optional.
     * [any thread] */
    int (*chat_template)(char *out, size_t capacity, size_t *bytes, const char *path);
    /* From headers alone. `adapter` may be NULL. [any thread] */
    int (*estimate)(arny_engine_estimate *out, const char *path, const char *adapter,
                    const arny_engine_model_options *model, const arny_engine_context_options *context);

    /* ---- model ---------------------------------------------------------------------------------------- */

    /* A file that holds a vocabulary alone opens too: it has tokens, and no context. */
    int (*model_open)(arny_engine_model **out, const char *path, const arny_engine_model_options *options);
    /* Contexts and adapters of the model must be gone. NULL is fine. */
    void (*model_free)(arny_engine_model *model);
    const arny_engine_model_info *(*model_info)(const arny_engine_model *model); /* [any thread] */
    /* Gives the pages of the weights back to the system. Contexts may live on; nothing may compute until model_resume.
     * ARNY_E_UNSUPPORTED: this model cannot, and has lost nothing. Optional, with model_resume. */
    int (*model_park)(arny_engine_model *model);
    /* Brings the pages back, if the file is still the one that was opened: the same inode, size and time. ARNY_E_DATA,
     * ARNY_E_NOT_FOUND: it is not, and the model must not be used again. Progress and cancel of the options are used. */
    int (*model_resume)(arny_engine_model *model, const arny_engine_model_options *options);

    /* Plain text to tokens: CONTROL and UNKNOWN tokens are not recognised in it, no bos is added. Writes at most
     * `capacity` ids; *count is how many there are, also when that is more. [any thread] */
    int (*tokenize)(int32_t *out, size_t capacity, size_t *count, const arny_engine_model *model, const char *text,
                    size_t bytes);
    /* The bytes of one token, which need not be whole UTF-8 characters; none for CONTROL tokens. *bytes as *count
     * above. [any thread] */
    int (*piece)(char *out, size_t capacity, size_t *bytes, const arny_engine_model *model, int32_t token);
    /* The entry as the vocabulary spells it (a CONTROL token's name, for example), or NULL. Borrowed. [any thread] */
    const char *(*token_text)(const arny_engine_model *model, int32_t token);
    int (*token_flags)(const arny_engine_model *model, int32_t token); /* enum arny_token_flag [any thread] */

    /* ---- context -------------------------------------------------------------------------------------- */

    /* Bytes that a context with these options will take: KV and scratch. [any thread] */
    int64_t (*context_need)(const arny_engine_model *model, const arny_engine_context_options *options);
    int (*context_open)(arny_engine_context **out, arny_engine_model *model,
                        const arny_engine_context_options *options);
    void (*context_free)(arny_engine_context *context);
    size_t (*length)(const arny_engine_context *context);   /* positions held */
    size_t (*capacity)(const arny_engine_context *context); /* positions there is room for */

    /* Forgets positions from `length` on. With exact_state only 0 and the present length are possible, else
     * ARNY_E_UNSUPPORTED. */
    int (*truncate)(arny_engine_context *context, size_t length);
    /* Appends tokens, in computations of at most `batch`; afterwards logits() are those after the last token.
     * ARNY_E_CONTEXT when they do not fit. */
    int (*prefill)(arny_engine_context *context, const int32_t *tokens, size_t count, const arny_engine_cancel *cancel);
    /* Appends one token: the token path. Allocates nothing. */
    int (*step)(arny_engine_context *context, int32_t token, const arny_engine_cancel *cancel);
    /* `vocabulary` floats after the last prefill or step, or NULL. Borrowed until the next call that computes. The
     * caller may change them in place. */
    float *(*logits)(arny_engine_context *context);

    /* Sum of log-probabilities of each continuation's tokens at the present position; leaves the timeline as it was,
     * and no logits: logits() is NULL then, until the next prefill. Continuation i is tokens[starts[i]] ..
     * tokens[starts[i + 1] - 1]; each has at least one token. Needs the logits of the position: call it after
     * prefill. Needs outputs >= the longest continuation. */
    int (*score)(double *out, arny_engine_context *context, const int32_t *tokens, const size_t *starts, size_t count,
                 const arny_engine_cancel *cancel);
    /* Pooled embedding of a text of tokens: `embedding` floats. On a context opened for it. Optional. */
    int (*embed)(float *out, arny_engine_context *context, const int32_t *tokens, size_t count,
                 const arny_engine_cancel *cancel);

    /* ---- state ---------------------------------------------------------------------------------------- */

    /* Bytes that state_save will write now. */
    size_t (*state_size)(const arny_engine_context *context);
    /* Writes the KV of all positions held; *bytes is what was written. */
    int (*state_save)(void *out, size_t capacity, size_t *bytes, arny_engine_context *context);
    /* Replaces the timeline by a state that was saved from the same file, engine version and kv_type, which held
     * `length` positions. The bytes are trusted: the caller has checked them. On failure the timeline is empty. */
    int (*state_restore)(arny_engine_context *context, const void *state, size_t bytes, size_t length);
    /* Changes whenever saved states of older versions must not be restored. [any thread] */
    uint32_t (*state_version)(void);

    /* ---- adapters: optional ---------------------------------------------------------------------------- */

    /* Loads a LoRA file into the model; it is freed with the model. */
    int (*adapter_open)(void **out, arny_engine_model *model, const char *path);
    /* Sets (NULL: takes away) the adapter of a context; its timeline must be empty. */
    int (*adapter_set)(arny_engine_context *context, void *adapter);

    /* ---- memory --------------------------------------------------------------------------------------- */

    int64_t (*model_bytes)(const arny_engine_model *model);       /* weights mapped or held */
    int64_t (*context_bytes)(const arny_engine_context *context); /* KV and scratch */

    /* ---- tools: optional ------------------------------------------------------------------------------- */

    /* See arny_file_quantize. `out_path` is written directly; the caller renames. progress may be NULL; what it returns is
     * obeyed as soon as the engine can. */
    int (*quantize)(const char *in_path, const char *out_path, const char *type, int32_t threads,
                    int (*progress)(double progress, void *data), void *progress_data);
    /* See arny_file_merge. `out_path` is there, empty, and written directly; the caller renames. */
    int (*merge)(const char *base_path, const char *adapter_path, const char *out_path,
                 int (*progress)(double progress, void *data), void *progress_data);
};

/* For engines: records the sentence of a failure on this thread and returns `status`. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
ARNY_API int
arny_engine_fail(int status, const char *format, ...);

/* Adds an engine to those that files are opened with, before any other call; at most 8. The table is borrowed for ever.
 * ARNY_E_ARGUMENT: wrong version, a missing entry, or a name that is taken. */
ARNY_API int arny_engine_register(const arny_engine *engine);

/* By name, or NULL. */
ARNY_API const arny_engine *arny_engine_find(const char *name);

#ifdef __cplusplus
}
#endif
#endif
