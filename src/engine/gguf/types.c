/*
 * engine/gguf/types.c - see types.h. Sizes follow from each format: a q4_0 block, for example, is 32 numbers of 4 bits
 * and one 16-bit scale: 18 bytes.
 */
#include "engine/gguf/types.h"
#include <stddef.h>

static const ar_ggml_type types[] = {
    [0] = {"f32", 1, 4, 1},         [1] = {"f16", 1, 2, 1},         [2] = {"q4_0", 32, 18, 1},
    [3] = {"q4_1", 32, 20, 1},      [6] = {"q5_0", 32, 22, 1},      [7] = {"q5_1", 32, 24, 1},
    [8] = {"q8_0", 32, 34, 1},      [9] = {"q8_1", 32, 36, 0}, /* for activations */
    [10] = {"q2_k", 256, 84, 1},    [11] = {"q3_k", 256, 110, 1},   [12] = {"q4_k", 256, 144, 1},
    [13] = {"q5_k", 256, 176, 1},   [14] = {"q6_k", 256, 210, 1},   [15] = {"q8_k", 256, 292, 0}, /* for activations */
    [16] = {"iq2_xxs", 256, 66, 1}, [17] = {"iq2_xs", 256, 74, 1},  [18] = {"iq3_xxs", 256, 98, 1},
    [19] = {"iq1_s", 256, 50, 1},   [20] = {"iq4_nl", 32, 18, 1},   [21] = {"iq3_s", 256, 110, 1},
    [22] = {"iq2_s", 256, 82, 1},   [23] = {"iq4_xs", 256, 136, 1}, [24] = {"i8", 1, 1, 0},
    [25] = {"i16", 1, 2, 0},        [26] = {"i32", 1, 4, 0},        [27] = {"i64", 1, 8, 0},
    [28] = {"f64", 1, 8, 0},        [29] = {"iq1_m", 256, 56, 1},   [30] = {"bf16", 1, 2, 1},
    [34] = {"tq1_0", 256, 54, 1},   [35] = {"tq2_0", 256, 66, 1},   [39] = {"mxfp4", 32, 17, 1},
    [40] = {"nvfp4", 64, 36, 1},    [41] = {"q1_0", 128, 18, 1},    [42] = {"q2_0", 64, 18, 1},
};

const ar_ggml_type *ar_ggml_type_at(uint32_t number)
{
    if (number >= sizeof types / sizeof *types || types[number].name == NULL)
        return NULL;
    return &types[number];
}
