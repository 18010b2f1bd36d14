/* engine/gguf/types.h - the tensor types of ggml 0.25.3 by their numbers: how many bytes a row of them takes. */
#ifndef AR_ENGINE_GGUF_TYPES_H
#define AR_ENGINE_GGUF_TYPES_H

#include <stdint.h>

enum { /* the ones that code names */
       AR_GGML_F32 = 0,
       AR_GGML_F16 = 1,
       AR_GGML_Q8_0 = 8,
       AR_GGML_BF16 = 30
};

typedef struct ar_ggml_type {
    const char *name; /* in lower case: "q4_k" */
    uint16_t block;   /* elements that are stored together; a row is a multiple of it */
    uint16_t bytes;   /* of one block */
    uint8_t weights;  /* 1: matrices of it can be multiplied */
} ar_ggml_type;

/* NULL for numbers that are unknown, or that ggml has given up. */
const ar_ggml_type *ar_ggml_type_at(uint32_t number);

#endif
