# The simulator of iOS 16 and later, on a Mac with an M processor.
set(sysroot iphonesimulator)
set(flags "-march=armv8.2-a+dotprod+fp16")
include("${CMAKE_CURRENT_LIST_DIR}/apple.cmake")
