# libsodium from its sources, without its configure script: what of it is used is portable C, and the instructions for AES.
# Its functions are hidden, and what nobody calls is left out when the shared library is linked.
set(sodium "${ARNY_SODIUM_DIR}")
if(NOT EXISTS "${sodium}/crypto_hash/sha256/hash_sha256.c")
  message(FATAL_ERROR "ARNY_SODIUM_DIR must name the sources of libsodium, as deps.lock takes them")
endif()
file(GLOB_RECURSE sodium_sources "${sodium}/*.c")
add_library(arny_sodium STATIC ${sodium_sources})
configure_file("${sodium}/version.h" "${CMAKE_BINARY_DIR}/sodium/sodium/version.h" COPYONLY)
configure_file("${sodium}/version.h" "${CMAKE_BINARY_DIR}/sodium/version.h" COPYONLY)
target_include_directories(arny_sodium SYSTEM
  PUBLIC "${sodium}/include" "${sodium}/include/sodium" "${CMAKE_BINARY_DIR}/sodium")
target_compile_definitions(arny_sodium PUBLIC SODIUM_STATIC=1 PRIVATE
  CONFIGURED=1 NATIVE_LITTLE_ENDIAN=1 HAVE_C11_MEMORY_FENCES=1 HAVE_GCC_MEMORY_FENCES=1 HAVE_ATOMIC_OPS=1 HAVE_INTTYPES_H=1
  HAVE_STDINT_H=1 HAVE_PTHREAD=1 HAVE_MMAP=1 HAVE_MLOCK=1 HAVE_MADVISE=1 HAVE_MPROTECT=1 HAVE_RAISE=1 HAVE_SYSCONF=1 HAVE_SYS_MMAN_H=1
  HAVE_SYS_PARAM_H=1 HAVE_WEAK_SYMBOLS=1 HAVE_NANOSLEEP=1 HAVE_POSIX_MEMALIGN=1 HAVE_CLOCK_GETTIME=1 HAVE_GETPID=1 TLS=_Thread_local)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|i[3-6]86")
  target_compile_definitions(arny_sodium PRIVATE HAVE_CPUID=1 HAVE_MMINTRIN_H=1 HAVE_EMMINTRIN_H=1 HAVE_PMMINTRIN_H=1
    HAVE_TMMINTRIN_H=1 HAVE_SMMINTRIN_H=1 HAVE_AVXINTRIN_H=1 HAVE_AVX2INTRIN_H=1 HAVE_WMMINTRIN_H=1)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64|ARM64")
  target_compile_definitions(arny_sodium PRIVATE HAVE_ARMCRYPTO=1)
endif()
if(CMAKE_SIZEOF_VOID_P EQUAL 8)
  target_compile_definitions(arny_sodium PRIVATE HAVE_TI_MODE=1)
endif()
if(APPLE)
  target_compile_definitions(arny_sodium PRIVATE HAVE_ARC4RANDOM=1 HAVE_ARC4RANDOM_BUF=1)
else()
  target_compile_definitions(arny_sodium PRIVATE HAVE_SYS_AUXV_H=1 HAVE_GETAUXVAL=1 HAVE_SYS_RANDOM_H=1 HAVE_GETRANDOM=1)
endif()
target_compile_options(arny_sodium PRIVATE -w -ffunction-sections -fdata-sections)
