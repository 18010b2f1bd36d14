# iOS without Xcode: zig, with the headers of macOS that come with it. It shows that everything compiles; what ships is built with
# Xcode (ios.cmake). scripts/phones.sh says in ZIG_LIBC where the headers are.
set(CMAKE_SYSTEM_NAME Darwin)
set(CMAKE_SYSTEM_PROCESSOR arm64)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(target aarch64-ios.16.0)
set(flags "-fvisibility=hidden")
set(GGML_METAL OFF CACHE BOOL "")
set(GGML_ACCELERATE OFF CACHE BOOL "")
set(GGML_BLAS OFF CACHE BOOL "")
include("${CMAKE_CURRENT_LIST_DIR}/zig.cmake")
