/*
 * engine/pte/attend.h - attention over a KV cache: softmax(scale Q K^T + mask) V, cut into tasks that threads may
 * compute side by side. It reads the cache where it lies, a block of keys at a time, with the online softmax of Milakov
 * and Gimelshein (2018), blocked as in FlashAttention (Dao et al. 2022); where queries are few, the keys are cut into
 * ranges too, whose results are merged at the end (Flash-Decoding, Dao et al. 2023).
 *
 * How the work is cut follows from the sizes and the processor alone: the same call gives the same bits, whatever the
 * number of threads. Nothing is allocated.
 */
#ifndef AR_ENGINE_PTE_ATTEND_H
#define AR_ENGINE_PTE_ATTEND_H

#include <stddef.h>
#include <stdint.h>

typedef struct ar_attend_kernel ar_attend_kernel;

/* One call of llama::custom_sdpa, of batch 1. All is contiguous, and float32 but for keys and values; no number but those of the mask is
 * infinite. heads is a multiple of kv_heads: head h reads head h / (heads / kv_heads) of the keys and values. A row all
 * of whose scores are -inf gives zeros. */
typedef struct ar_attention {
    const float *query; /* [rows][heads][width] */
    const void *key;    /* [keys or more][kv_heads][width], float32; or, with `half`, float16 */
    const void *value;  /* like key */
    int half;
    float *out;         /* [rows][heads][width]; may be query itself */
    const float *mask;  /* [rows][mask_stride]: added to the scores, may be -inf; NULL: none */
    size_t mask_stride; /* at least as many as there are keys */
    size_t rows, heads, kv_heads, width;
    size_t start; /* with causal, row r sees the keys 0 to start + r */
    size_t keys;  /* without, each row sees the keys 0 to keys - 1 */
    int causal;
    float scale;
    float *parts;                   /* ar_attention_parts(a) floats that the tasks share, until ar_attention_finish */
    const ar_attend_kernel *kernel; /* for tests: one of ar_attend_kernel_at; NULL: the fastest here */
} ar_attention;

/* How many tasks there are. They may run in any order, and at the same time. */
size_t ar_attention_tasks(const ar_attention *a);

/* Floats of memory that a task needs while it runs, and that no other task may use meanwhile. */
size_t ar_attention_work(const ar_attention *a);

/* Floats of memory that a->parts must have. 0: the keys are not cut, and parts is not looked at. */
size_t ar_attention_parts(const ar_attention *a);

void ar_attention_task(const ar_attention *a, size_t task, float *work);

/* Once, after all tasks. */
void ar_attention_finish(const ar_attention *a);

/* What a cache of float16 keeps of a row: rounded to the nearest, ties to even. */
void ar_attend_halve(uint16_t *to, const float *from, size_t count);

/* The kernels that this processor can run, the fastest first; NULL after the last. */
const ar_attend_kernel *ar_attend_kernel_at(size_t index);
const char *ar_attend_kernel_name(const ar_attend_kernel *kernel);

#endif
