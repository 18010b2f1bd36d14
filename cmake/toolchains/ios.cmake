# iOS 16 and later, with Xcode's tools. Metal and Accelerate are llama.cpp's own default there.
set(sysroot iphoneos)
# The oldest iPhone with iOS 16 has an A11: arithmetic of halves. Products of bytes (+dotprod) came with the A13, which iOS 26 needs.
set(flags "-march=armv8.2-a+fp16")
include("${CMAKE_CURRENT_LIST_DIR}/apple.cmake")
