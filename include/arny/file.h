/*
 * arny/file.h - look at model files and make new ones. Nothing here runs a model.
 */
#ifndef ARNY_FILE_H
#define ARNY_FILE_H

#include <arny/common.h>
#include <arny/model.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a file is, as its header says. Strings are NUL-terminated and cut to their arrays. */
typedef struct arny_file_info {
    uint32_t size;
    char kind[16];         /* "gguf", "lora", "pte", "fake", "team", "snapshot" */
    char architecture[64]; /* "llama", "gemma3", ...; "" where there is none */
    char name[128];        /* general.name; "" */
    char quantization[32]; /* the type of most weights: "q4_0"; "" */
    char chat[32];         /* the chat template found in it, by our name; "" when there is none, "unknown" */
    int64_t bytes;         /* of the file */
    int64_t tensors;
    int64_t parameters;
    int64_t context;   /* trained context, tokens */
    int64_t embedding; /* width */
    int64_t layers;
    int64_t heads;
    int64_t kv_heads;
    int64_t vocabulary; /* tokens */
    int64_t weights;    /* bytes of tensor data */
    int64_t tokens;     /* of a snapshot of KV */
    int32_t sealed;     /* 1: a snapshot that is encrypted; only its header was checked */
} arny_file_info;

/* Checks the file from its first to its last byte's bounds and fills *out. Never runs it, never trusts a count in it.
 * ARNY_E_NOT_FOUND, ARNY_E_IO, or ARNY_E_DATA with the place and what is wrong there. `path` may be a team's folder. */
ARNY_API int arny_file_inspect(arny_file_info *out, const char *path);

/* Writes IN with other weight types: "f16", "q8_0", "q4_0", "q4_k_m" (also "f32", "q4_1", "q5_k_m", "q6_k"). Written
 * beside `out_path` and renamed when complete. ARNY_E_ARGUMENT names the types; progress may be NULL,
 * and is told of the end alone: llama.cpp, which does the work, cannot be stopped. */
ARNY_API int arny_file_quantize(const char *in_path, const char *out_path, const char *type, int32_t threads,
                                arny_progress_callback progress, void *progress_data);

/* Writes the model with a LoRA adapter in it: W + scale B A, each tensor in the type that it has. Written beside `out_path` and
 * renamed when complete. ARNY_E_DATA: the adapter does not fit; ARNY_E_UNSUPPORTED: it changes the embedding, or weights whose type
 * cannot be written anew. progress may be NULL. */
ARNY_API int arny_file_merge(const char *base_path, const char *adapter_path, const char *out_path,
                             arny_progress_callback progress, void *progress_data);

#ifdef __cplusplus
}
#endif
#endif
