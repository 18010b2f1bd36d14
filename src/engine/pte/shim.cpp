// The only C++ of the pte engine. See shim.h.
#include "engine/pte/shim.h"
#include "engine/pte/shim_kernels.h"

extern "C" {
#include "util/log.h"
}
#include <arny/sys/engine.h>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <executorch/extension/memory_allocator/malloc_memory_allocator.h>
#if __has_include(<executorch/extension/threadpool/threadpool.h>)
#include <executorch/extension/threadpool/threadpool.h> // a source tree has it, the wheel does not
#define HAS_THREADPOOL_H
#endif
#include <executorch/extension/threadpool/threadpool_guard.h>
#include <executorch/runtime/backend/backend_options_map.h>
#include <executorch/runtime/backend/interface.h>
#include <executorch/runtime/backend/options.h>
#include <executorch/runtime/executor/method.h>
#include <executorch/runtime/executor/program.h>
#include <executorch/runtime/kernel/operator_registry.h>
#include <executorch/runtime/kernel/thread_parallel_interface.h>
#include <executorch/runtime/platform/platform.h>
#include <executorch/runtime/platform/runtime.h>
#include <mutex>
#include <new>
#include <optional>
#include <vector>

namespace runtime = executorch::runtime;
namespace etensor = executorch::aten;
using executorch::extension::MallocMemoryAllocator;
using executorch::extension::threadpool::NoThreadPoolGuard;
using runtime::DataLoader;
using runtime::Error;
using runtime::EValue;
using runtime::FreeableBuffer;
using runtime::Method;
using runtime::Program;
using runtime::Result;

static_assert(SHIM_PATH_MAX < runtime::kMaxOptionValueLength, "the runtime cuts what is longer");

// ---- what the runtime says ------------------------------------------------------------------------------------------

namespace
{

struct Aborted {
}; // thrown where the runtime would end the process

thread_local char words[256]; // its first error line of a call on this thread: what follows says less

void on_log(et_timestamp_t, et_pal_log_level_t level, const char *, const char *, size_t, const char *message,
            size_t length)
{
    bool bad = level == et_pal_log_level_t::kError || level == et_pal_log_level_t::kFatal;
    if (bad && words[0] == 0) {
        size_t kept = length < sizeof words - 1 ? length : sizeof words - 1;
        std::memcpy(words, message, kept);
        words[kept] = 0;
    }
    ar_log(bad ? ARNY_LOG_WARN : ARNY_LOG_DEBUG, "ExecuTorch: %.*s", static_cast<int>(length), message);
}

void on_abort()
{
    throw Aborted();
}

void start()
{
    static std::once_flag once;
    std::call_once(once, [] {
        runtime::register_pal(
            runtime::PalImpl::create(nullptr, on_abort, nullptr, nullptr, on_log, nullptr, nullptr, __FILE__));
        runtime::runtime_init();
        shim_register_kernels();
    });
    words[0] = 0;
}

int fail(Error error, const char *what)
{
    int status = error == Error::MemoryAllocationFailed || error == Error::DelegateMemoryAllocationFailed
                     ? ARNY_E_MEMORY
                     : ARNY_E_ENGINE;
    return arny_engine_fail(status, "ExecuTorch could not %s: %s (%s)", what, words[0] ? words : "it gave no reason",
                            runtime::to_string(error));
}

template <class F> int guarded(const char *what, F call) noexcept
{
    try {
        start();
        return call();
    } catch (const Aborted &) {
        return arny_engine_fail(ARNY_E_ENGINE, "ExecuTorch gave up to %s: %s", what, words);
    } catch (const std::bad_alloc &) {
        return arny_engine_fail(ARNY_E_MEMORY, "ExecuTorch found no memory to %s", what);
    } catch (const std::exception &error) {
        return arny_engine_fail(ARNY_E_ENGINE, "ExecuTorch could not %s: %s", what, error.what());
    } catch (...) {
        return arny_engine_fail(ARNY_E_ENGINE, "ExecuTorch could not %s: something unknown was thrown", what);
    }
}

// Segments are pointers into the file's mapping: nothing is copied, and nothing is freed.
class Mapped final : public DataLoader
{
  public:
    Mapped(const void *data, size_t bytes) : data_(static_cast<const uint8_t *>(data)), bytes_(bytes) {}
    Result<FreeableBuffer> load(size_t offset, size_t size, const SegmentInfo &) const override
    {
        if (offset > bytes_ || size > bytes_ - offset)
            return Error::InvalidProgram;
        return FreeableBuffer(data_ + offset, size, nullptr);
    }
    Error load_into(size_t offset, size_t size, const SegmentInfo &, void *buffer) const override
    {
        if (offset > bytes_ || size > bytes_ - offset)
            return Error::InvalidProgram;
        std::memcpy(buffer, data_ + offset, size);
        return Error::Ok;
    }
    Result<size_t> size() const override
    {
        return bytes_;
    }

  private:
    const uint8_t *data_;
    size_t bytes_;
};

} // namespace

struct shim_program {
    Mapped loader;
    std::optional<Program> program;
};

struct shim_method {
    MallocMemoryAllocator allocator;
    std::vector<runtime::Span<uint8_t>> spans;
    std::optional<runtime::HierarchicalAllocator> planned;
    std::optional<runtime::MemoryManager> memory;
    std::optional<Method> method;
    std::vector<float> output; // where the file plans no memory for it
    bool one_thread, kv_half = false;
};

// ---- what is there --------------------------------------------------------------------------------------------------

const char *shim_version(void)
{
    return ARNY_EXECUTORCH_VERSION;
}

int shim_has_backend(const char *name)
{
    int there = 0;
    guarded("look for a backend", [&] {
        auto *backend = runtime::get_backend_class(name);
        there = backend && backend->is_available();
        return ARNY_OK;
    });
    return there;
}

int shim_has_operator(const char *name)
{
    int there = 0;
    guarded("look for an operator", [&] {
        // Kernels for all types come first in a file; those for one type have a key that nothing here can know.
        for (const runtime::Kernel &kernel : runtime::get_registered_kernels())
            if (std::strcmp(kernel.name_, name) == 0)
                there = 1;
        return ARNY_OK;
    });
    return there;
}

size_t shim_threads(void)
{
    int64_t count = 1;
    guarded("count its threads", [&] {
#ifdef HAS_THREADPOOL_H // sources up to 1.5.0 have no get_thread_count()
        count = static_cast<int64_t>(executorch::extension::threadpool::get_threadpool()->get_thread_count());
#else
        count = executorch::extension::get_thread_count();
#endif
        return ARNY_OK;
    });
    return count < 1 ? 1 : static_cast<size_t>(count);
}

// ---- program --------------------------------------------------------------------------------------------------------

int shim_program_open(shim_program **out, const void *data, size_t bytes)
{
    *out = nullptr;
    return guarded("open the program", [&] {
        auto *opened = new shim_program{Mapped(data, bytes), std::nullopt};
        Result<Program> program = Program::load(&opened->loader, Program::Verification::InternalConsistency);
        if (!program.ok()) {
            delete opened;
            return fail(program.error(), "open the program");
        }
        opened->program.emplace(std::move(program.get()));
        *out = opened;
        return static_cast<int>(ARNY_OK);
    });
}

void shim_program_free(shim_program *program)
{
    guarded("close the program", [&] {
        delete program;
        return static_cast<int>(ARNY_OK);
    });
}

// ---- method ---------------------------------------------------------------------------------------------------------

static int load(shim_method *method, const shim_program *program, const shim_method_options *options)
{
    for (size_t i = 0; i < options->arena_count; i++)
        method->spans.emplace_back(static_cast<uint8_t *>(options->arenas[i].base), options->arenas[i].bytes);
    method->planned.emplace(runtime::Span<runtime::Span<uint8_t>>(method->spans.data(), method->spans.size()));
    method->memory.emplace(&method->allocator, &*method->planned);
    method->one_thread = options->one_thread != 0;

    runtime::BackendOptions<3> xnnpack;
    runtime::LoadBackendOptionsMap backends;
    const int one_for_all = 2; // WorkspaceSharingMode::Global: who computes has it, and models that wait need none
    Error error = xnnpack.set_option("workspace_sharing_mode", one_for_all);
    if (error == Error::Ok)
        error = xnnpack.set_option("weight_cache_enabled", options->packed != nullptr);
    if (error == Error::Ok && options->packed)
        error = xnnpack.set_option("packed_cache_path", options->packed);
    if (error == Error::Ok)
        error = backends.set_options("XnnpackBackend", xnnpack.view());
    if (error != Error::Ok)
        return fail(error, "set options of a backend");

    std::optional<NoThreadPoolGuard> alone; // XNNPACK takes the pool while it is loaded
    if (method->one_thread)
        alone.emplace();
    Result<Method> loaded = program->program->load_method(options->name, &*method->memory, nullptr, nullptr, &backends);
    if (!loaded.ok())
        return fail(loaded.error(), "load the method");
    method->method.emplace(std::move(loaded.get()));
    return ARNY_OK;
}

// The output lies in an arena when the file plans memory for it; else it is ours.
static int place_output(shim_method *method)
{
    auto info = method->method->method_meta().output_tensor_meta(0);
    if (!info.ok())
        return fail(info.error(), "look at the output");
    if (info->is_memory_planned())
        return ARNY_OK;
    method->output.resize(info->nbytes() / sizeof(float));
    Error error = method->method->set_output_data_ptr(method->output.data(), info->nbytes(), 0);
    return error == Error::Ok ? static_cast<int>(ARNY_OK) : fail(error, "place the output");
}

int shim_method_load(shim_method **out, const shim_program *program, const shim_method_options *options)
{
    *out = nullptr;
    return guarded("load the method", [&] {
        auto *method = new shim_method();
        int status;
        try {
            status = load(method, program, options);
            if (!status)
                status = place_output(method);
        } catch (...) {
            shim_method_free(method);
            throw;
        }
        if (status)
            shim_method_free(method);
        else
            *out = method;
        return status;
    });
}

void shim_method_free(shim_method *method)
{
    guarded("free the method", [&] {
        delete method;
        return static_cast<int>(ARNY_OK);
    });
}

void shim_method_kv_half(shim_method *method, int half)
{
    method->kv_half = half != 0;
}

static Error set(Method &method, size_t index, const int64_t *values, size_t count, ssize_t dims)
{
    etensor::SizesType sizes[2] = {1, static_cast<etensor::SizesType>(count)};
    etensor::DimOrderType order[2] = {0, 1};
    etensor::StridesType strides[2] = {static_cast<etensor::StridesType>(count), 1};
    etensor::TensorImpl impl(etensor::ScalarType::Long, dims, dims == 1 ? sizes + 1 : sizes,
                             const_cast<int64_t *>(values), order, dims == 1 ? strides + 1 : strides);
    return method.set_input(EValue(etensor::Tensor(&impl)), index);
}

int shim_method_run(shim_method *method, const int64_t *tokens, size_t count, const int64_t *positions,
                    size_t position_count)
{
    return guarded("run the method", [&] {
        std::optional<NoThreadPoolGuard> alone;
        if (method->one_thread)
            alone.emplace();
        shim_kv_half(method->kv_half);
        Error error = set(*method->method, 0, tokens, count, 2);
        if (error == Error::Ok)
            error = set(*method->method, 1, positions, position_count, 1);
        if (error == Error::Ok)
            error = method->method->execute();
        return error == Error::Ok ? static_cast<int>(ARNY_OK) : fail(error, "run the method");
    });
}

float *shim_method_output(size_t *rows, size_t *columns, const shim_method *method)
{
    float *data = nullptr;
    *rows = *columns = 0;
    guarded("read the output", [&] {
        const EValue &value = method->method->get_output(0);
        if (!value.isTensor())
            return arny_engine_fail(ARNY_E_ENGINE, "the first output is not a tensor");
        const etensor::Tensor tensor = value.toTensor();
        if (tensor.scalar_type() != etensor::ScalarType::Float || tensor.dim() < 1 || tensor.numel() == 0)
            return arny_engine_fail(ARNY_E_ENGINE, "the first output is not a tensor of float32");
        *columns = static_cast<size_t>(tensor.size(tensor.dim() - 1));
        *rows = static_cast<size_t>(tensor.numel()) / *columns;
        data = tensor.mutable_data_ptr<float>();
        return static_cast<int>(ARNY_OK);
    });
    return data;
}
