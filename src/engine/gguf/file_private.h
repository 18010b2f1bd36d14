/*
 * engine/gguf/file_private.h - what the files that read and check share: the parsed header itself.
 */
#ifndef AR_ENGINE_GGUF_FILE_PRIVATE_H
#define AR_ENGINE_GGUF_FILE_PRIVATE_H

#include "engine/gguf/file.h"
#include "util/status.h"

/* Value types of the format. */
enum {
    AR_GGUF_U8 = 0,
    AR_GGUF_I8,
    AR_GGUF_U16,
    AR_GGUF_I16,
    AR_GGUF_U32,
    AR_GGUF_I32,
    AR_GGUF_F32,
    AR_GGUF_BOOL,
    AR_GGUF_STRING,
    AR_GGUF_ARRAY,
    AR_GGUF_U64,
    AR_GGUF_I64,
    AR_GGUF_F64,
    AR_GGUF_TYPES
};

extern const uint8_t ar_gguf_value_bytes[AR_GGUF_TYPES]; /* of one value; 0 for strings */

typedef struct ar_gguf_entry { /* one line of metadata; places are offsets into the file */
    size_t key, key_bytes;
    size_t at;      /* the value, or the first element; of a string: its length */
    uint32_t type;  /* of the value, or of the elements */
    int array;      /* 1: `count` elements */
    uint64_t count; /* 1 for a single value */
} ar_gguf_entry;

struct ar_gguf {
    char *path;
    unsigned char *head; /* the file up to the end of its tensor table, or a little more */
    size_t head_bytes;
    int64_t file_bytes;
    uint32_t version;
    uint64_t alignment;
    uint64_t data;        /* where tensor data begins */
    int64_t weight_bytes; /* of the data, padding between tensors included */
    size_t metadata_end;  /* where the tensor table begins */
    ar_gguf_entry *entries;
    size_t entry_count;
    ar_gguf_tensor *tensors;
    size_t tensor_count;
};

/* A set of strings in the header, each known by the place of its length. It serves for one thing: no string twice. */
typedef struct ar_gguf_set {
    uint64_t *slots; /* hash in the upper half, place in the lower; 0: free */
    size_t mask;
    uint64_t seed;
    uint64_t probes; /* how many more may be taken: a file made to collide is refused, not waited for */
    const unsigned char *head;
} ar_gguf_set;

enum { AR_GGUF_ADDED, AR_GGUF_TWICE, AR_GGUF_COLLIDES };
int ar_gguf_set_init(ar_gguf_set *set, const ar_gguf *gguf, size_t count);
void ar_gguf_set_free(ar_gguf_set *set);
typedef struct ar_gguf_key { /* a string that is to be added */
    size_t place, bytes;
    uint32_t tag;
} ar_gguf_key;

/* A string counts up to its first NUL byte, which is as far as llama.cpp reads it. Asks the memory for the string's slot:
 * with some other keys made in between, add need not wait for it. */
ar_gguf_key ar_gguf_set_key(const ar_gguf_set *set, size_t place);
int ar_gguf_set_add(ar_gguf_set *set, ar_gguf_key key);
int ar_gguf_set_has(const ar_gguf_set *set, const char *text, size_t bytes);

uint32_t ar_gguf_le32(const unsigned char *at);
uint64_t ar_gguf_le64(const unsigned char *at);

const ar_gguf_entry *ar_gguf_find(const ar_gguf *gguf, const char *key);
/* The entry `arch`.`name`, or NULL. */
const ar_gguf_entry *ar_gguf_arch_find(const ar_gguf *gguf, const char *name);
/* 1 when the value, or element `index`, is an integer that is not negative (or a bool). */
int ar_gguf_integer_at(uint64_t *out, const ar_gguf *gguf, const ar_gguf_entry *entry, uint64_t index);
int ar_gguf_float_at(double *out, const ar_gguf *gguf, const ar_gguf_entry *entry, uint64_t index);
/* 1 when the string entry is exactly `text`. */
int ar_gguf_is(const ar_gguf *gguf, const char *key, const char *text);

/* "PATH: at byte N: ", and the sentence. Returns ARNY_E_DATA. */
int ar_gguf_bad(const ar_gguf *gguf, uint64_t at, const char *format, ...) AR_PRINTF(3, 4);

/* For "%.*s" of text that the file brought: at most 80 bytes of it. */
int ar_gguf_shown(uint64_t bytes);

#endif
