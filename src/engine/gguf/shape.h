/* engine/gguf/shape.h - the sizes of a transformer, from its metadata and within bounds. */
#ifndef AR_ENGINE_GGUF_SHAPE_H
#define AR_ENGINE_GGUF_SHAPE_H

#include "engine/gguf/file_private.h"

#define AR_GGUF_MAX_LAYERS     512 /* LLAMA_MAX_LAYERS */
#define AR_GGUF_MAX_VOCABULARY ((uint64_t)4 * 1024 * 1024)

typedef struct ar_gguf_layer {
    uint64_t heads, kv_heads; /* 0: a layer without attention */
    uint64_t key, value;      /* elements of one head */
    uint64_t feed_forward;
    int window; /* 1: sees only the sliding window */
} ar_gguf_layer;

typedef struct ar_gguf_shape {
    uint64_t layers; /* with those that only predict further tokens */
    uint64_t extra;  /* how many of them those are, at the end */
    uint64_t shared; /* layers at the end that use the KV of an earlier one */
    uint64_t embedding, context, vocabulary;
    uint64_t experts, experts_used, expert_forward;
    uint64_t key;             /* elements of a head in layers without a window */
    uint64_t window;          /* tokens; 0: no layer has one */
    int windowed;             /* the architecture has a cache of its own for windowed layers */
    int recurrent;            /* needs no attention heads */
    int no_cache;             /* looks at whole texts: keeps no KV */
    int latent;               /* V is a part of K, and not kept for itself (MLA) */
    uint64_t recurrent_state; /* elements of one layer's state, where the architecture has one */
    ar_gguf_layer layer[AR_GGUF_MAX_LAYERS];
} ar_gguf_shape;

/* ARNY_E_DATA with the key that is missing or out of bounds. */
int ar_gguf_shape_read(ar_gguf_shape *out, const ar_gguf *gguf);

/* The integer at `arch`.`name`, from min to max; `fallback` when there is none, which UINT64_MAX forbids. */
int ar_gguf_bounded(uint64_t *out, const ar_gguf *gguf, const char *name, uint64_t min, uint64_t max,
                    uint64_t fallback);

#endif
