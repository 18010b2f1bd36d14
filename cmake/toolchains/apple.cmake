# Included by the toolchains for iOS.
set(CMAKE_SYSTEM_NAME iOS)
set(CMAKE_SYSTEM_PROCESSOR arm64)
set(CMAKE_OSX_SYSROOT ${sysroot})
set(CMAKE_OSX_ARCHITECTURES arm64)
set(CMAKE_OSX_DEPLOYMENT_TARGET 16.0)
set(CMAKE_MACOSX_BUNDLE OFF) # else CMake wants to know where the command's bundle is installed
set(CMAKE_C_FLAGS_INIT "${flags} -fvisibility=hidden")
set(CMAKE_CXX_FLAGS_INIT "${flags} -fvisibility=hidden")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE NEVER)
set(ENV{PKG_CONFIG_LIBDIR} "${CMAKE_CURRENT_LIST_DIR}") # where no package is
