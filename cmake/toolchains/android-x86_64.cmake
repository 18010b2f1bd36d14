# Android 10 and later on x86-64: emulators. The ABI promises SSE 4.2, and no more.
set(ANDROID_ABI x86_64)
set(flags "")
foreach(part AVX AVX2 BMI2 FMA F16C)
  set(GGML_${part} OFF CACHE BOOL "")
endforeach()
include("${CMAKE_CURRENT_LIST_DIR}/android.cmake")
