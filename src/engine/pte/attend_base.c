/* engine/pte/attend_base.c - attention with the vectors that every processor of its kind has: SSE2 on x86-64, NEON on
 * AArch64. Flags: -O3 -ffp-contract=fast. */
#include "engine/pte/attend_kernel.h"

#define VECTOR_BYTES 16
#define FEW          8 /* queries */
#ifdef __aarch64__     /* which has 32 registers */
#define FEW_ROWS     4
#define MANY_ROWS    8
#define MANY_VECTORS 3
#else
#define FEW_ROWS     2
#define MANY_ROWS    4
#define MANY_VECTORS 2
#endif
#include "engine/pte/attend_few.h"
#include "engine/pte/attend_many.h"

const ar_attend_kernel ar_attend_base = {
    .name = "base", .few = FEW, .many = MANY, .attend_few = attend_few, .attend_many = attend_many, .halve = halve};
