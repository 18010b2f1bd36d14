# Included by toolchains whose compiler is zig, for systems whose own tools are not here. ARNY_ZIG in the environment names the
# folder with cc, c++ and ar that scripts/phones.sh makes.
set(CMAKE_C_COMPILER "$ENV{ARNY_ZIG}/cc")
set(CMAKE_CXX_COMPILER "$ENV{ARNY_ZIG}/c++")
set(CMAKE_AR "$ENV{ARNY_ZIG}/ar" CACHE FILEPATH "")
# Its ar writes the index too.
find_program(true_program true REQUIRED)
set(CMAKE_RANLIB "${true_program}" CACHE FILEPATH "")
set(CMAKE_INSTALL_NAME_TOOL "${true_program}" CACHE FILEPATH "")
set(CMAKE_C_COMPILER_TARGET "${target}")
set(CMAKE_CXX_COMPILER_TARGET "${target}")
set(CMAKE_C_FLAGS_INIT "${flags}")
set(CMAKE_CXX_FLAGS_INIT "${flags}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE NEVER)
set(ENV{PKG_CONFIG_LIBDIR} "${CMAKE_CURRENT_LIST_DIR}") # where no package is
