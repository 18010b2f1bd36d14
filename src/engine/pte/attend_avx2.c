/* engine/pte/attend_avx2.c - attention on x86-64 with AVX2 and FMA.
 * Flags: -O3 -ffp-contract=fast, and on x86-64 -mavx2 -mfma -mf16c. Without those there is no such kernel. */
#include "engine/pte/attend_kernel.h"

#if defined(__AVX2__) && defined(__FMA__) && defined(__F16C__)
#define VECTOR_BYTES 32
#define FEW          12 /* queries */
#define FEW_ROWS     3
#define MANY_ROWS    4
#define MANY_VECTORS 3
#include "engine/pte/attend_few.h"
#include "engine/pte/attend_many.h"

const ar_attend_kernel ar_attend_avx2 = {
    .name = "avx2", .few = FEW, .many = MANY, .attend_few = attend_few, .attend_many = attend_many, .halve = halve};
#else
const ar_attend_kernel ar_attend_avx2 = {.name = NULL};
#endif
