# Android 10 and later on arm64.
set(ANDROID_ABI arm64-v8a)
# What a phone of the last six years has: products of bytes and arithmetic of halves. For older ones: -march=armv8-a.
set(flags "-march=armv8.2-a+dotprod+fp16")
include("${CMAKE_CURRENT_LIST_DIR}/android.cmake")
