/* engine/pte/attend_avx512.c - attention on x86-64 with AVX-512.
 * Flags: -O3 -ffp-contract=fast, and on x86-64 -mavx512f -mfma. Without those there is no such kernel. */
#include "engine/pte/attend_kernel.h"

#if defined(__AVX512F__) && defined(__FMA__)
#define VECTOR_BYTES 64
#define FEW          16 /* queries */
#define FEW_ROWS     4
#define MANY_ROWS    8
#define MANY_VECTORS 3
#include "engine/pte/attend_few.h"
#include "engine/pte/attend_many.h"

const ar_attend_kernel ar_attend_avx512 = {
    .name = "avx512", .few = FEW, .many = MANY, .attend_few = attend_few, .attend_many = attend_many, .halve = halve};
#else
const ar_attend_kernel ar_attend_avx512 = {.name = NULL};
#endif
