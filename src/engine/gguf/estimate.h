/*
 * engine/gguf/estimate.h - the bytes that opening takes, from headers alone. Holds for the CPU and for what context.c asks
 * of llama.cpp: flash attention, one unified cache, full caches for layers with a sliding window (without them truncate()
 * could not go back), as many sequences as outputs up to 64.
 *
 * Meant to be at least what is used, and at most 1.10 times that. Checked against memory that was really used, after a
 * prefill of the whole context: see the table in estimate.c.
 */
#ifndef AR_ENGINE_GGUF_ESTIMATE_H
#define AR_ENGINE_GGUF_ESTIMATE_H

#include "engine/gguf/file.h"
#include <arny/sys/engine.h>

/* `adapter` may be NULL; so may `model`, which then stands for its defaults. The result's `weights` are the tensors and
 * the vocabulary in memory, see ar_gguf_vocabulary_bytes. */
int ar_gguf_estimate(arny_engine_estimate *out, const char *path, const char *adapter,
                     const arny_engine_model_options *model, const arny_engine_context_options *context);

/* The same from headers that are read already: `model` must have a shape (ar_gguf_is_model said yes); if it has none, all
 * but the weights is 0. No repacking. */
void ar_gguf_estimate_header(arny_engine_estimate *out, const ar_gguf *model, const ar_gguf *adapter,
                             const arny_engine_context_options *context);

/* What llama.cpp keeps of the vocabulary and of the tensor table, in anonymous memory: a parked model costs this. */
int64_t ar_gguf_vocabulary_bytes(const ar_gguf *model);

#endif
