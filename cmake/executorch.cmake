# ExecuTorch's runtime for the pte engine: the target `arny_executorch`, and ARNY_EXECUTORCH_VERSION.
#
# ARNY_EXECUTORCH_DIR   what ./dev fetches: include/ and lib/ of the wheel, prebuilt (Linux x86-64 and aarch64, macOS arm64).
# ARNY_EXECUTORCH_SRC   or a source tree with its submodules, built here: what a phone needs, or another backend. Its
#                       options (EXECUTORCH_BUILD_VULKAN and the like) are CMake options of this build then.
add_library(arny_executorch INTERFACE)
target_compile_definitions(arny_executorch INTERFACE C10_USING_CUSTOM_GENERATED_MACROS ET_USE_THREADPOOL)

if(ARNY_EXECUTORCH_SRC)
  foreach(part EXTENSION_DATA_LOADER EXTENSION_FLAT_TENSOR EXTENSION_MODULE EXTENSION_NAMED_DATA_MAP EXTENSION_TENSOR
               KERNELS_OPTIMIZED KERNELS_QUANTIZED PTHREADPOOL CPUINFO XNNPACK)
    set(EXECUTORCH_BUILD_${part} ON CACHE BOOL "" FORCE)
  endforeach()
  set(EXECUTORCH_ENABLE_PROGRAM_VERIFICATION ON CACHE BOOL "" FORCE)
  set(EXECUTORCH_ENABLE_LOGGING ON CACHE BOOL "" FORCE) # what it logs becomes the text of our errors
  set(EXECUTORCH_BUILD_EXECUTOR_RUNNER OFF CACHE BOOL "" FORCE)
  add_subdirectory("${ARNY_EXECUTORCH_SRC}" executorch EXCLUDE_FROM_ALL SYSTEM)
  file(STRINGS "${ARNY_EXECUTORCH_SRC}/version.txt" ARNY_EXECUTORCH_VERSION LIMIT_COUNT 1)
  # Their targets ask for the whole archive themselves: nothing refers to what they register.
  target_link_libraries(arny_executorch INTERFACE
    executorch optimized_native_cpu_ops_lib quantized_ops_lib xnnpack_backend extension_threadpool)
else()
  if(NOT EXISTS "${ARNY_EXECUTORCH_DIR}/include/executorch/runtime/executor/program.h")
    message(FATAL_ERROR "ARNY_EXECUTORCH_DIR must name the folder with ExecuTorch's include and lib (./dev setup fetches it, "
                        "./dev build passes it); or ARNY_EXECUTORCH_SRC its sources; or turn PTE off with -DARNY_PTE=OFF")
  endif()
  string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" ARNY_EXECUTORCH_VERSION "${ARNY_EXECUTORCH_DIR}")
  set(include "${ARNY_EXECUTORCH_DIR}/include")
  target_include_directories(arny_executorch SYSTEM INTERFACE
    "${include}" "${include}/executorch/runtime/core/portable_type/c10")
  # Kernels and backends register themselves when they are loaded: nothing refers to them.
  set(ARNY_EXECUTORCH_LIBRARIES)
  foreach(name executorch executorch_threadpool executorch_kernels_optimized executorch_kernels_quantized
               executorch_backend_xnnpack)
    list(APPEND ARNY_EXECUTORCH_LIBRARIES
      "${ARNY_EXECUTORCH_DIR}/lib/${CMAKE_SHARED_LIBRARY_PREFIX}${name}${CMAKE_SHARED_LIBRARY_SUFFIX}")
  endforeach()
  # Of 27 KB: it looks for OpenVINO's own runtime when a program asks for it.
  set(openvino "${ARNY_EXECUTORCH_DIR}/lib/libexecutorch_backend_openvino.so")
  if(EXISTS "${openvino}")
    list(APPEND ARNY_EXECUTORCH_LIBRARIES "${openvino}")
  endif()
  if(APPLE)
    target_link_libraries(arny_executorch INTERFACE ${ARNY_EXECUTORCH_LIBRARIES})
  else()
    target_link_libraries(arny_executorch INTERFACE
      -Wl,--push-state,--no-as-needed ${ARNY_EXECUTORCH_LIBRARIES} -Wl,--pop-state)
  endif()
endif()
