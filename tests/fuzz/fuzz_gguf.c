/*
 * tests/fuzz/fuzz_gguf.c - any bytes as a GGUF file: described, estimated and checked as a model, an adapter and a
 * vocabulary, or refused; never a crash.
 *
 * With libFuzzer (./dev fuzz) the input comes from it. Built by another compiler, or with FUZZ_STANDALONE, it is a program of
 * its own: it changes the files that are named, or a small model of its own, at random for SECONDS (10 when not said).
 *
 *     fuzz_gguf [SECONDS [SEED [FILE...]]]
 */
#include "engine/gguf/estimate.h"
#include "engine/gguf/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const arny_engine_context_options context = {.length = 4096, .batch = 512, .outputs = 8, .kv_type = ARNY_KV_Q8_0};
    arny_engine_estimate estimate;
    arny_file_info info;
    ar_gguf *gguf = NULL;

    if (ar_gguf_read_memory(&gguf, data, size, "input") != ARNY_OK)
        return 0;
    ar_gguf_describe(&info, gguf);
    (void)ar_gguf_is_model(gguf, "input");
    (void)ar_gguf_is_adapter(gguf, "input");
    (void)ar_gguf_is_vocabulary(gguf, "input");
    ar_gguf_estimate_header(&estimate, gguf, gguf, &context);
    ar_gguf_drop_arrays(gguf);
    ar_gguf_describe(&info, gguf);
    ar_gguf_estimate_header(&estimate, gguf, NULL, &context);
    ar_gguf_free(gguf);
    return 0;
}

#if defined(FUZZ_STANDALONE) || !defined(__clang__)

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MOST_BYTES ((size_t)16 << 20) /* of a file that is named: its header */

static uint64_t state = 1;

static uint64_t next(void) /* xorshift64* */
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * UINT64_C(2685821657736338717);
}

static void put(uint8_t **at, uint64_t value, size_t bytes)
{
    for (; bytes > 0; bytes--, value >>= 8)
        *(*at)++ = (uint8_t)value;
}

static void put_text(uint8_t **at, const char *text)
{
    put(at, strlen(text), 8);
    memcpy(*at, text, strlen(text));
    *at += strlen(text);
}

static void put_number(uint8_t **at, const char *key, uint32_t value)
{
    put_text(at, key);
    put(at, 4, 4);
    put(at, value, 4);
}

/* A model of one tensor that passes. */
static uint8_t *own_model(size_t *size)
{
    uint8_t *made = calloc(1, 4096), *at = made;
    int i;

    if (made == NULL)
        return NULL;
    memcpy(at, "GGUF", 4);
    at += 4;
    put(&at, 3, 4);
    put(&at, 1, 8);
    put(&at, 8, 8);
    put_text(&at, "general.architecture");
    put(&at, 8, 4);
    put_text(&at, "gemma3");
    put_number(&at, "gemma3.block_count", 6);
    put_number(&at, "gemma3.embedding_length", 16);
    put_number(&at, "gemma3.context_length", 512);
    put_number(&at, "gemma3.attention.head_count", 4);
    put_number(&at, "gemma3.attention.sliding_window", 64);
    put_text(&at, "tokenizer.ggml.model");
    put(&at, 8, 4);
    put_text(&at, "llama");
    put_text(&at, "tokenizer.ggml.tokens");
    put(&at, 9, 4);
    put(&at, 8, 4);
    put(&at, 8, 8);
    for (i = 0; i < 8; i++) {
        put(&at, 1, 8);
        put(&at, (uint64_t)('a' + i), 1);
    }
    put_text(&at, "token_embd.weight");
    put(&at, 2, 4);
    put(&at, 16, 8);
    put(&at, 8, 8);
    put(&at, 0, 4);
    put(&at, 0, 8);
    *size = ((size_t)(at - made) + 31) / 32 * 32 + 16 * 8 * 4;
    return made;
}

static uint8_t *file_model(size_t *size, const char *path)
{
    uint8_t *made = malloc(MOST_BYTES);
    FILE *file = fopen(path, "rb");

    *size = made == NULL || file == NULL ? 0 : fread(made, 1, MOST_BYTES, file);
    if (file != NULL)
        fclose(file);
    return made;
}

/* One to eight changes: a bit, a byte, a number that is at its limits, a piece that moves, an end. */
static size_t change(uint8_t *data, size_t size)
{
    static const uint64_t limits[] = {0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff, INT64_MAX, UINT64_MAX};
    size_t left = 1 + next() % 8;

    for (; left > 0 && size > 32; left--) {
        size_t at = next() % (next() % 2 ? size : size < 2048 ? size : 2048), bytes = 1 + next() % 16;
        uint64_t number = limits[next() % (sizeof limits / sizeof *limits)] + next() % 3 - 1;

        if (bytes > size - at)
            bytes = size - at;
        switch (next() % 6) {
        case 0: data[at] ^= (uint8_t)(1u << next() % 8); break;
        case 1: data[at] = (uint8_t)next(); break;
        case 2: memcpy(data + at, &number, bytes < 4 ? bytes : 4); break;
        case 3: memcpy(data + at, &number, bytes < 8 ? bytes : 8); break;
        case 4: memmove(data + at, data + next() % (size - bytes + 1), bytes); break;
        default: size -= next() % 16 == 0 ? next() % size : 0; break;
        }
    }
    return size;
}

int main(int argc, char **argv)
{
    double seconds = argc > 1 ? atof(argv[1]) : 10;
    time_t end = time(NULL) + (time_t)seconds;
    unsigned long runs = 0, i;

    if (argc > 2)
        state = strtoull(argv[2], NULL, 10) | 1;
    while (time(NULL) < end) {
        size_t size = 0;
        uint8_t *base = argc > 3 ? file_model(&size, argv[3 + next() % (unsigned)(argc - 3)]) : own_model(&size);
        uint8_t *data = malloc(size + 1);

        if (base == NULL || data == NULL || size == 0) {
            fprintf(stderr, "fuzz_gguf: no memory, or no such file\n");
            return 1;
        }
        LLVMFuzzerTestOneInput(base, size);
        for (i = 0; i < 500 && time(NULL) < end; i++, runs++) {
            size_t changed;
            uint8_t *exact;

            memcpy(data, base, size);
            changed = change(data, size);
            exact = malloc(changed + (changed == 0)); /* so that a sanitizer sees a byte too far */
            if (exact == NULL)
                return 1;
            memcpy(exact, data, changed);
            LLVMFuzzerTestOneInput(exact, changed);
            free(exact);
        }
        free(base);
        free(data);
    }
    printf("%lu inputs, no crash\n", runs);
    return 0;
}

#endif
