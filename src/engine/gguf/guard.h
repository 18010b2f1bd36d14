/*
 * engine/gguf/guard.h - llama.cpp's calls that may throw, as C functions that never do. A caught exception becomes
 * arny_engine_fail() and the value that each function names. Everything else of llama.h is called directly.
 */
#ifndef AR_ENGINE_GGUF_GUARD_H
#define AR_ENGINE_GGUF_GUARD_H

#include <llama.h>

#ifdef __cplusplus
extern "C" {
#endif

struct llama_model *guard_model_load(const char *path, const struct llama_model_params *params); /* NULL */
struct llama_context *guard_context_new(struct llama_model *model,
                                        const struct llama_context_params *params);         /* NULL */
struct llama_adapter_lora *guard_adapter_load(struct llama_model *model, const char *path); /* NULL */
int guard_adapter_set(struct llama_context *context, struct llama_adapter_lora *adapter);   /* -1 */
int guard_decode(struct llama_context *context, const struct llama_batch *batch);           /* -100 */
int guard_tokenize(const struct llama_vocab *vocab, const char *text, int bytes, llama_token *out,
                   int capacity);                                                             /* INT_MIN */
int guard_piece(const struct llama_vocab *vocab, llama_token token, char *out, int capacity); /* INT_MIN */
int guard_seq_remove(struct llama_context *context, llama_seq_id seq, llama_pos from);        /* 0: not possible */
int guard_seq_copy(struct llama_context *context, llama_seq_id from, llama_seq_id to);        /* 0: failed */
void guard_clear(struct llama_context *context);
size_t guard_state_size(struct llama_context *context);                                         /* 0 */
size_t guard_state_get(struct llama_context *context, void *out, size_t capacity);              /* 0 */
size_t guard_state_set(struct llama_context *context, const void *state, size_t bytes);         /* 0 */
int guard_quantize(const char *in, const char *out, const llama_model_quantize_params *params); /* -1 */

#ifdef __cplusplus
}
#endif
#endif
