# macOS on arm64, compiled and linked by zig elsewhere. On a Mac no toolchain file is needed.
set(CMAKE_SYSTEM_NAME Darwin)
set(CMAKE_SYSTEM_PROCESSOR arm64)
set(target aarch64-macos.13.0)
# llama.cpp's symbols are nobody's business, and there is no version script for Apple's linker.
set(flags "-fvisibility=hidden")
set(CMAKE_SHARED_LINKER_FLAGS_INIT "-Wl,-dead_strip")
# Apple's frameworks do not come with zig.
set(GGML_METAL OFF CACHE BOOL "")
set(GGML_ACCELERATE OFF CACHE BOOL "")
set(GGML_BLAS OFF CACHE BOOL "")
include("${CMAKE_CURRENT_LIST_DIR}/zig.cmake")
