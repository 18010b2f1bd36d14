/* All of the library's headers, for Swift. */
#include <arny/arny.h>
