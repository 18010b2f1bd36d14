# Included by the toolchains for Android: the NDK's own, and what this project asks of it. ANDROID_NDK_HOME names an NDK, r27 or newer.
set(ndk "$ENV{ANDROID_NDK_HOME}/build/cmake/android.toolchain.cmake")
if(NOT EXISTS "${ndk}")
  message(FATAL_ERROR "ANDROID_NDK_HOME must name an NDK (build/cmake/android.toolchain.cmake is looked for in it)")
endif()
set(ANDROID_PLATFORM android-29)
# What it needs of C++ is inside the library. An app that has other C++ libraries takes -DANDROID_STL=c++_shared for all of them.
if(NOT DEFINED ANDROID_STL)
  set(ANDROID_STL c++_static)
endif()
# Android 15 may have pages of 16 KB.
set(ANDROID_SUPPORT_FLEXIBLE_PAGE_SIZES ON)
set(CMAKE_SHARED_LINKER_FLAGS "-Wl,--gc-sections -Wl,-z,max-page-size=16384" CACHE STRING "")
# In the cache: the NDK puts its own before what it finds there, and leaves _INIT unread.
set(CMAKE_C_FLAGS "${flags} -fvisibility=hidden" CACHE STRING "")
set(CMAKE_CXX_FLAGS "${flags} -fvisibility=hidden" CACHE STRING "")
# llama.cpp's prefix lies outside the NDK's sysroot.
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE NEVER)
set(ENV{PKG_CONFIG_LIBDIR} "${CMAKE_CURRENT_LIST_DIR}") # where no package is
include("${ndk}")
