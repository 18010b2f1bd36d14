/*
 * tests/support/gguf_make.h - GGUF files made in memory: whole ones, and ones that are broken in one place.
 *
 *     gguf_make *make = gguf_make_tiny();
 *     gguf_make_u32(make, "llama.block_count", 9999);      // in place of the key's old value
 *     void *data = gguf_make_finish(make, &bytes);         // free() it; `make` is gone
 *
 * What a maker cannot express is patched afterwards: gguf_make_find() gives the place of a key or a name. A key's type
 * stands right behind it (4 bytes), then its value; a tensor's dimensions stand behind its name. Whatever goes wrong in
 * here ends the test program.
 */
#ifndef TEST_SUPPORT_GGUF_MAKE_H
#define TEST_SUPPORT_GGUF_MAKE_H

#include <stddef.h>
#include <stdint.h>

enum {
    MAKE_U8,
    MAKE_I8,
    MAKE_U16,
    MAKE_I16,
    MAKE_U32,
    MAKE_I32,
    MAKE_F32,
    MAKE_BOOL,
    MAKE_STRING,
    MAKE_ARRAY,
    MAKE_U64,
    MAKE_I64,
    MAKE_F64
};

typedef struct gguf_make gguf_make;

/* Nothing in it: version 3, alignment 32. */
gguf_make *gguf_make_new(void);

/* A llama of one layer with 8 tokens, all its tensors f32 and 0: llama.cpp opens and runs it. */
gguf_make *gguf_make_tiny(void);
/* The same vocabulary, and of the tensors only token_embd.weight: all that the check asks for, in 1.1 KB. */
gguf_make *gguf_make_bare(void);
/* A LoRA of rank 4 for the tiny model's attention output. */
gguf_make *gguf_make_lora(void);

/* Metadata. A key that is there already gets the new value and keeps its place. */
void gguf_make_u32(gguf_make *make, const char *key, uint32_t value);
void gguf_make_f32(gguf_make *make, const char *key, float value);
void gguf_make_bool(gguf_make *make, const char *key, int value);
void gguf_make_string(gguf_make *make, const char *key, const char *text);
/* Any value as the file has it. */
void gguf_make_value(gguf_make *make, const char *key, uint32_t type, const void *value, size_t bytes);
/* `count` values of one size as an array. */
void gguf_make_array(gguf_make *make, const char *key, uint32_t type, const void *values, size_t count, size_t bytes);
void gguf_make_strings(gguf_make *make, const char *key, const char *const *texts, size_t count);
void gguf_make_drop(gguf_make *make, const char *key);
/* The key once more, whatever is there. */
void gguf_make_twice(gguf_make *make, const char *key, uint32_t value);

/* A tensor of up to 4 dimensions (0: no more), `bytes` of data (zeros), behind those that are there; one of the same name
 * is replaced. */
void gguf_make_tensor(gguf_make *make, const char *name, uint32_t type, uint64_t d0, uint64_t d1, uint64_t d2,
                      uint64_t bytes);
void gguf_make_tensor_drop(gguf_make *make, const char *name);
void gguf_make_tensor_twice(gguf_make *make, const char *name);
/* Instead of where it belongs. */
void gguf_make_offset(gguf_make *make, const char *name, uint64_t offset);

void gguf_make_version(gguf_make *make, uint32_t version);
void gguf_make_alignment(gguf_make *make, uint32_t alignment); /* writes the key, and lays tensors out by it */
void gguf_make_counts(gguf_make *make, uint64_t tensors, uint64_t keys); /* what the head claims */

/* The file; *bytes its size, *head (may be NULL) where its tensor data begins. */
void *gguf_make_finish_head(gguf_make *make, size_t *bytes, size_t *head);
void *gguf_make_finish(gguf_make *make, size_t *bytes);
/* The first place of that text in the file. */
unsigned char *gguf_make_find(void *data, size_t bytes, const char *text);

#endif
