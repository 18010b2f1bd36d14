// The only C++ of the gguf engine. See guard.h.
#include "engine/gguf/guard.h"
#include <arny/sys/engine.h>
#include <climits>
#include <exception>
#include <new>

template <class F, class T> static T guarded(F call, T failure) noexcept
{
    try {
        return call();
    } catch (const std::bad_alloc &) {
        arny_engine_fail(ARNY_E_MEMORY, "llama.cpp found no memory");
    } catch (const std::exception &error) {
        arny_engine_fail(ARNY_E_ENGINE, "llama.cpp: %s", error.what());
    } catch (...) {
        arny_engine_fail(ARNY_E_ENGINE, "llama.cpp threw something unknown");
    }
    return failure;
}

struct llama_model *guard_model_load(const char *path, const struct llama_model_params *params)
{
    return guarded([&] { return llama_model_load_from_file(path, *params); }, (struct llama_model *)nullptr);
}

struct llama_context *guard_context_new(struct llama_model *model, const struct llama_context_params *params)
{
    return guarded([&] { return llama_init_from_model(model, *params); }, (struct llama_context *)nullptr);
}

struct llama_adapter_lora *guard_adapter_load(struct llama_model *model, const char *path)
{
    return guarded([&] { return llama_adapter_lora_init(model, path); }, (struct llama_adapter_lora *)nullptr);
}

int guard_adapter_set(struct llama_context *context, struct llama_adapter_lora *adapter)
{
    return guarded(
        [&] {
            float scale = 1.0f;
            return (int)llama_set_adapters_lora(context, adapter ? &adapter : nullptr, adapter ? 1 : 0, &scale);
        },
        -1);
}

int guard_decode(struct llama_context *context, const struct llama_batch *batch)
{
    return guarded([&] { return (int)llama_decode(context, *batch); }, -100);
}

int guard_tokenize(const struct llama_vocab *vocab, const char *text, int bytes, llama_token *out, int capacity)
{
    return guarded([&] { return (int)llama_tokenize(vocab, text, bytes, out, capacity, false, false); }, INT_MIN);
}

int guard_piece(const struct llama_vocab *vocab, llama_token token, char *out, int capacity)
{
    return guarded([&] { return (int)llama_token_to_piece(vocab, token, out, capacity, 0, false); }, INT_MIN);
}

int guard_seq_remove(struct llama_context *context, llama_seq_id seq, llama_pos from)
{
    return guarded([&] { return (int)llama_memory_seq_rm(llama_get_memory(context), seq, from, -1); }, 0);
}

int guard_seq_copy(struct llama_context *context, llama_seq_id from, llama_seq_id to)
{
    return guarded(
        [&] {
            llama_memory_seq_cp(llama_get_memory(context), from, to, -1, -1);
            return 1;
        },
        0);
}

void guard_clear(struct llama_context *context)
{
    guarded(
        [&] {
            if (llama_get_memory(context))
                llama_memory_clear(llama_get_memory(context), false);
            return 0;
        },
        0);
}

size_t guard_state_size(struct llama_context *context)
{
    return guarded([&] { return llama_state_seq_get_size(context, 0); }, (size_t)0);
}

size_t guard_state_get(struct llama_context *context, void *out, size_t capacity)
{
    return guarded([&] { return llama_state_seq_get_data(context, (uint8_t *)out, capacity, 0); }, (size_t)0);
}

size_t guard_state_set(struct llama_context *context, const void *state, size_t bytes)
{
    return guarded([&] { return llama_state_seq_set_data(context, (const uint8_t *)state, bytes, 0); }, (size_t)0);
}

int guard_quantize(const char *in, const char *out, const llama_model_quantize_params *params)
{
    return guarded([&] { return llama_model_quantize(in, out, params) == 0 ? 0 : -1; }, -1);
}
