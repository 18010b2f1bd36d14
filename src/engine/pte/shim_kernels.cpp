// llama::update_cache and llama::custom_sdpa, as exporters of language models use them: the runtime's own are in a library
// that needs libtorch. What they compute is in attend.c; here are the arguments, checked, and the threads.
//
// Schemas: extension/llm/custom_ops/custom_ops.py of ExecuTorch.
#include "engine/pte/shim_kernels.h"

extern "C" {
#include "engine/pte/attend.h"
}
#include <cmath>
#include <cstring>
#include <executorch/runtime/core/exec_aten/util/tensor_util.h>
#include <executorch/runtime/kernel/kernel_runtime_context.h>
#include <executorch/runtime/kernel/operator_registry.h>
#include <executorch/runtime/kernel/thread_parallel_interface.h>
#include <vector>

namespace runtime = executorch::runtime;
namespace etensor = executorch::aten;
using etensor::ScalarType;
using etensor::Tensor;
using runtime::Error;
using runtime::EValue;
using runtime::KernelRuntimeContext;

namespace
{

thread_local bool kv_half;

bool is_rows(const Tensor &tensor)
{
    return tensor.dim() == 4 && tensor.size(0) == 1 &&
           runtime::is_contiguous_dim_order(tensor.dim_order().data(), static_cast<size_t>(tensor.dim()));
}

void refuse(KernelRuntimeContext &context, const char *what)
{
    ET_LOG(Error, "%s", what);
    context.fail(Error::InvalidArgument);
}

// llama::update_cache(Tensor value, Tensor(a!) cache, SymInt start_pos, *, Tensor(b!) out): rows of `value` [1, rows, heads,
// width] become those of `cache` [1, positions, heads, width] from start_pos on. Nobody reads `out`.
void update_cache(KernelRuntimeContext &context, runtime::Span<EValue *> args)
{
    const Tensor value = args[0]->toTensor();
    Tensor cache = args[1]->toTensor();
    const int64_t start = args[2]->toInt();
    if (!is_rows(value) || !is_rows(cache) || value.scalar_type() != cache.scalar_type() ||
        (kv_half && value.scalar_type() != ScalarType::Float) || value.size(2) != cache.size(2) ||
        value.size(3) != cache.size(3))
        return refuse(context, "llama::update_cache: value and cache must be [1, rows, heads, width] of one type");
    if (start < 0 || start > cache.size(1) || value.size(1) > cache.size(1) - start)
        return refuse(context, "llama::update_cache: the rows do not fit into the cache");
    const size_t row = static_cast<size_t>(cache.size(2) * cache.size(3) * cache.element_size());
    if (kv_half) { // the caches of this method hold float16, at the front of their memory
        const size_t floats = row / sizeof(float);
        ar_attend_halve(static_cast<uint16_t *>(cache.mutable_data_ptr()) + static_cast<size_t>(start) * floats,
                        value.const_data_ptr<float>(), static_cast<size_t>(value.numel()));
        return;
    }
    std::memcpy(static_cast<char *>(cache.mutable_data_ptr()) + static_cast<size_t>(start) * row,
                value.const_data_ptr(), value.nbytes());
}

// As large as the largest call, which is a bounded size.
float *room(std::vector<float> &floats, size_t count)
{
    if (floats.size() < count)
        floats.resize(count);
    return floats.data();
}

thread_local std::vector<float> parts, work; // of the thread that calls, and of each that computes

// llama::custom_sdpa(Tensor query, Tensor key, Tensor value, SymInt start_pos, Tensor? attn_mask=None, float drpout_p=0.0,
// bool is_causal=False, float? scale=None, *, Tensor(a!) out): attention of query [1, rows, heads, width] over the caches.
void custom_sdpa(KernelRuntimeContext &context, runtime::Span<EValue *> args)
{
    const Tensor query = args[0]->toTensor(), key = args[1]->toTensor(), value = args[2]->toTensor();
    const int64_t start = args[3]->toInt();
    const auto mask = args[4]->toOptional<Tensor>();
    const bool causal = args[6]->toBool();
    const auto scale = args[7]->toOptional<double>();
    Tensor out = args[8]->toTensor();

    if (!is_rows(query) || !is_rows(key) || !is_rows(value) || query.scalar_type() != ScalarType::Float ||
        key.scalar_type() != ScalarType::Float || value.scalar_type() != ScalarType::Float ||
        out.scalar_type() != ScalarType::Float)
        return refuse(context, "llama::custom_sdpa: query, key and value must be [1, rows, heads, width] of float32");
    if (key.size(2) < 1 || query.size(2) % key.size(2) != 0 || value.size(2) != key.size(2) ||
        value.size(1) != key.size(1) || key.size(3) != query.size(3) || value.size(3) != query.size(3))
        return refuse(context, "llama::custom_sdpa: the heads of query, key and value do not match");
    if (start < 0 || start > key.size(1) || query.size(1) > key.size(1) - start)
        return refuse(context, "llama::custom_sdpa: the rows lie beyond the cache");
    if (mask && (causal || mask->dim() != 2 || mask->scalar_type() != ScalarType::Float ||
                 mask->size(0) != query.size(1) || mask->size(1) > key.size(1)))
        return refuse(context, "llama::custom_sdpa: the mask must be [rows, keys] of float32, and not be causal");
    if (runtime::resize_tensor(out, query.sizes()) != Error::Ok)
        return refuse(context, "llama::custom_sdpa: the output has no room");

    ar_attention call = {};
    call.query = query.const_data_ptr<float>();
    call.key = key.const_data_ptr();
    call.value = value.const_data_ptr();
    call.half = kv_half;
    call.out = out.mutable_data_ptr<float>();
    call.mask = mask ? mask->const_data_ptr<float>() : nullptr;
    call.mask_stride = mask ? static_cast<size_t>(mask->size(1)) : 0;
    call.rows = static_cast<size_t>(query.size(1));
    call.heads = static_cast<size_t>(query.size(2));
    call.kv_heads = static_cast<size_t>(key.size(2));
    call.width = static_cast<size_t>(query.size(3));
    call.start = static_cast<size_t>(start);
    call.keys = mask ? static_cast<size_t>(mask->size(1)) : static_cast<size_t>(start + query.size(1));
    call.causal = causal;
    call.scale = scale ? static_cast<float>(*scale) : 1.0f / std::sqrt(static_cast<float>(query.size(3)));

    call.parts = room(parts, ar_attention_parts(&call));
    const size_t floats = ar_attention_work(&call);
    executorch::extension::parallel_for(0, static_cast<int64_t>(ar_attention_tasks(&call)), 1,
                                        [&](int64_t from, int64_t to) {
                                            float *own = room(work, floats);
                                            for (int64_t task = from; task < to; task++)
                                                ar_attention_task(&call, static_cast<size_t>(task), own);
                                        });
    ar_attention_finish(&call);
}

} // namespace

void shim_kv_half(bool half)
{
    kv_half = half;
}

void shim_register_kernels()
{
    static const runtime::Kernel kernels[] = {
        runtime::Kernel("llama::update_cache.out", update_cache),
        runtime::Kernel("llama::custom_sdpa.out", custom_sdpa),
    };
    if (runtime::register_kernels(runtime::Span<const runtime::Kernel>(kernels, 2)) != Error::Ok)
        ET_LOG(Error, "llama::update_cache and llama::custom_sdpa could not be registered");
}
