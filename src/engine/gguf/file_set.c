/* engine/gguf/file_set.c - strings of which none may come twice: keys, names of tensors, tokens. */
#include "engine/gguf/file_private.h"
#include "util/mem.h"
#include <string.h>
#include <time.h>

int ar_gguf_set_init(ar_gguf_set *set, const ar_gguf *gguf, size_t count)
{
    struct timespec now = {0, 0};
    size_t size = 16;

    memset(set, 0, sizeof *set);
    while (size < 2 * count)
        size *= 2;
    set->slots = ar_calloc(size, sizeof *set->slots);
    if (set->slots == NULL)
        return ARNY_E_MEMORY;
    clock_gettime(CLOCK_REALTIME, &now);
    set->seed = ((uint64_t)now.tv_nsec << 32) ^ (uint64_t)now.tv_sec ^ (uintptr_t)set->slots;
    set->mask = size - 1;
    set->probes = 64 + 16 * (uint64_t)count; /* a half-full table takes 1.5 each */
    set->head = gguf->head;
    return ARNY_OK;
}

void ar_gguf_set_free(ar_gguf_set *set)
{
    ar_free(set->slots);
    set->slots = NULL;
}

static uint32_t hash(uint64_t seed, const unsigned char *text, size_t bytes)
{
    const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t h = seed ^ (bytes * odd), word;

    while (bytes >= 8) {
        memcpy(&word, text, 8);
        h = (h ^ word) * odd;
        h ^= h >> 29;
        text += 8;
        bytes -= 8;
    }
    word = 0;
    if (bytes > 0)
        memcpy(&word, text, bytes);
    h = (h ^ word) * odd;
    h ^= h >> 32;
    h *= odd;
    return (uint32_t)(h >> 32);
}

static size_t text_at(const ar_gguf_set *set, size_t place)
{
    size_t bytes = (size_t)ar_gguf_le64(set->head + place);
    const void *nul = bytes == 0 ? NULL : memchr(set->head + place + 8, 0, bytes);

    return nul == NULL ? bytes : (size_t)((const unsigned char *)nul - (set->head + place + 8));
}

ar_gguf_key ar_gguf_set_key(const ar_gguf_set *set, size_t place)
{
    ar_gguf_key key = {place, text_at(set, place), 0};

    key.tag = hash(set->seed, set->head + place + 8, key.bytes);
#ifdef __GNUC__
    __builtin_prefetch(&set->slots[key.tag & set->mask]);
#endif
    return key;
}

int ar_gguf_set_add(ar_gguf_set *set, ar_gguf_key key)
{
    const unsigned char *text = set->head + key.place + 8;
    size_t slot = key.tag & set->mask;

    for (; set->slots[slot] != 0; slot = (slot + 1) & set->mask) {
        size_t other = (uint32_t)set->slots[slot];

        if (set->slots[slot] >> 32 == key.tag && text_at(set, other) == key.bytes &&
            memcmp(set->head + other + 8, text, key.bytes) == 0)
            return AR_GGUF_TWICE;
        if (set->probes-- == 0)
            return AR_GGUF_COLLIDES;
    }
    set->slots[slot] = (uint64_t)key.tag << 32 | (uint32_t)key.place;
    return AR_GGUF_ADDED;
}

int ar_gguf_set_has(const ar_gguf_set *set, const char *text, size_t bytes)
{
    uint32_t tag = hash(set->seed, (const unsigned char *)text, bytes);
    size_t slot = tag & set->mask;

    for (; set->slots[slot] != 0; slot = (slot + 1) & set->mask) {
        size_t other = (uint32_t)set->slots[slot];

        if (set->slots[slot] >> 32 == tag && text_at(set, other) == bytes &&
            memcmp(set->head + other + 8, text, bytes) == 0)
            return 1;
    }
    return 0;
}
