/*
 * engine/pte/shim.h - ExecuTorch as C functions. Behind it is the only C++ of this engine (shim.cpp).
 *
 * No exception and no abort of the runtime passes it: both become arny_engine_fail() and ARNY_E_ENGINE. Files are checked
 * before they come here (file.h); what is passed in is trusted. Results are enum arny_status.
 */
#ifndef AR_ENGINE_PTE_SHIM_H
#define AR_ENGINE_PTE_SHIM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct shim_program shim_program; /* a file: its methods. Several threads may load from it */
typedef struct shim_method shim_method; /* a method that is ready to run, over memory of its own. One thread at a time */

typedef struct shim_arena {
    void *base; /* zeroed, aligned to a page */
    size_t bytes;
} shim_arena;

typedef struct shim_method_options {
    const char *name;
    const shim_arena *arenas; /* as many, and as large, as the file says; they outlive the method */
    size_t arena_count;
    const char *packed; /* XNNPACK's file of packed weights, at most SHIM_PATH_MAX bytes; NULL: packed into memory */
    int one_thread;     /* 1: only the thread that runs it computes */
} shim_method_options;

#define SHIM_PATH_MAX 255

const char *shim_version(void);          /* of the runtime, "1.5.1" */
int shim_has_backend(const char *name);  /* 1: it is linked and works here */
int shim_has_operator(const char *name); /* "aten::add.out" */
size_t shim_threads(void);               /* of the pool that all methods share */

/* The bytes stay where they are until the program is freed. */
int shim_program_open(shim_program **out, const void *data, size_t bytes);
void shim_program_free(shim_program *program);

int shim_method_load(shim_method **out, const shim_program *program, const shim_method_options *options);
void shim_method_free(shim_method *method);

/* 1: from its next run on its caches hold float16, which nobody but our kernels may look at. */
void shim_method_kv_half(shim_method *method, int half);

/* Runs it on [1, count] tokens; positions: one (the first token's), or `count` of them. */
int shim_method_run(shim_method *method, const int64_t *tokens, size_t count, const int64_t *positions,
                    size_t position_count);
/* The first output of the last run: float32, rows of `columns`. Borrowed until the next run; may be changed in place. */
float *shim_method_output(size_t *rows, size_t *columns, const shim_method *method);

#ifdef __cplusplus
}
#endif
#endif
