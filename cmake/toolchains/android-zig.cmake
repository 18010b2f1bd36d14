# Android on arm64 without its NDK: zig, the headers of Android's own C library, and stand-ins for its libraries with the symbols that
# an app may use by API level 29. It shows that everything compiles and links; what ships is built with the NDK
# (android-arm64-v8a.cmake). scripts/phones.sh makes what ZIG_LIBC names.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(target aarch64-linux-android.29)
set(flags "-mcpu=generic+v8_2a+dotprod+fullfp16 -ffunction-sections -fdata-sections -fvisibility=hidden")
set(CMAKE_SHARED_LINKER_FLAGS_INIT "-Wl,--gc-sections -Wl,-z,max-page-size=16384")
include("${CMAKE_CURRENT_LIST_DIR}/zig.cmake")
