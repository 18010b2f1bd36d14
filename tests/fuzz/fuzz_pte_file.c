/*
 * fuzz_pte_file.c - any bytes as an ExecuTorch program: described, or refused with a sentence; and what was found in it
 * lies within it.
 *
 * With libFuzzer (./dev fuzz) the input comes from it: begin with tests/fixtures/tiny.pte in the corpus. Built by
 * another compiler, or with FUZZ_STANDALONE, it is a program of its own: it changes the files that are named at random,
 * for SECONDS (10 when not said).
 *
 *     fuzz_pte_file [SECONDS [SEED [FILE...]]]
 */
#include "engine/pte/file.h"
#include "util/status.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int good)
{
    if (!good)
        abort();
}

static void check_method(const ar_pte_method *method)
{
    for (size_t i = 0; i < method->input_count; i++)
        check(method->inputs[i].dim_count <= AR_PTE_DIMS);
    for (size_t i = 0; i < method->output_count; i++)
        check(method->outputs[i].dim_count <= AR_PTE_DIMS);
    for (size_t i = 0; i < method->kv_count; i++) {
        const ar_pte_kv *kv = &method->kv[i];
        check(kv->arena < method->arena_count && kv->positions > 0 && kv->row_bytes > 0);
        check(kv->offset + (uint64_t)kv->positions * kv->row_bytes <= (uint64_t)method->arenas[kv->arena]);
    }
    for (size_t i = 0; i < method->mutable_count; i++) {
        const ar_pte_mutable *one = &method->mutables[i];
        check(one->arena < method->arena_count);
        check(one->offset + one->bytes <= (uint64_t)method->arenas[one->arena]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ar_pte *pte;
    arny_file_info info;
    int64_t numbers[4];
    size_t count;
    int status = ar_pte_read_memory(&pte, data, size, "input");
    if (status != ARNY_OK) {
        check(strncmp(arny_last_error(), "input: at byte ", 15) == 0 || status == ARNY_E_MEMORY);
        return 0;
    }
    ar_pte_describe(&info, pte);
    for (size_t i = 0; i < pte->method_count; i++) {
        const ar_pte_method *method = &pte->methods[i];
        check(ar_pte_method_named(pte, method->name) == method);
        check(ar_pte_constant(numbers, 4, &count, pte, method->name) == (method->constant_count > 0));
        check_method(method);
    }
    ar_pte_free(pte);
    return 0;
}

#if defined(FUZZ_STANDALONE) || !defined(__clang__)

#include <stdio.h>
#include <time.h>

#define MOST_BYTES ((size_t)16 << 20)

static uint64_t state = 1;

static uint64_t next(void) /* xorshift64* */
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * UINT64_C(2685821657736338717);
}

static uint8_t *read_file(size_t *size, const char *path)
{
    uint8_t *made = malloc(MOST_BYTES);
    FILE *file = fopen(path, "rb");
    *size = made == NULL || file == NULL ? 0 : fread(made, 1, MOST_BYTES, file);
    if (file != NULL)
        fclose(file);
    return made;
}

/* One to four changes: a bit, a byte, a number at its limits, a number that is a little more or less, a piece of
 * another place, an end. Weights are the most of a file, and are not looked at: three of four changes are made where
 * its program is. */
static size_t change(uint8_t *data, size_t size)
{
    static const uint32_t limits[] = {0, 1, 2, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff};
    size_t left = 1 + next() % 4, program = size < 65536 ? size : 65536;
    for (; left > 0 && size > 64; left--) {
        size_t at = next() % 4 ? next() % program : next() % size, word = at < size - 4 ? at & ~(size_t)3 : 0;
        uint32_t number;
        memcpy(&number, data + word, 4);
        switch (next() % 6) {
        case 0: data[at] ^= (uint8_t)(1u << next() % 8); break;
        case 1: data[at] = (uint8_t)next(); break;
        case 2: memcpy(data + word, &limits[next() % (sizeof limits / sizeof *limits)], 4); break;
        case 3:
            number += (uint32_t)(next() % 33) - 16;
            memcpy(data + word, &number, 4);
            break;
        case 4: memmove(data + word, data + (next() % (size - 4) & ~(size_t)3), 4); break;
        default: size -= next() % 64 == 0 ? next() % size : 0; break;
        }
        if (program > size)
            program = size;
    }
    return size;
}

int main(int argc, char **argv)
{
    static char fixture[] = "tests/fixtures/tiny.pte", *own[] = {fixture};
    double seconds = argc > 1 ? atof(argv[1]) : 10;
    time_t end = time(NULL) + (time_t)seconds;
    char **files = argc > 3 ? argv + 3 : own;
    unsigned long runs = 0, count = argc > 3 ? (unsigned long)argc - 3 : 1;
    if (argc > 2)
        state = strtoull(argv[2], NULL, 10) | 1;
    while (time(NULL) < end) {
        size_t size;
        uint8_t *base = read_file(&size, files[next() % count]);
        if (base == NULL || size == 0) {
            fprintf(stderr, "fuzz_pte_file: no memory, or no such file\n");
            return 1;
        }
        LLVMFuzzerTestOneInput(base, size);
        for (int i = 0; i < 500 && time(NULL) < end; i++, runs++) {
            uint8_t *exact = malloc(size); /* so that a sanitizer sees a byte too far */
            if (exact == NULL)
                return 1;
            memcpy(exact, base, size);
            size_t changed = change(exact, size);
            uint8_t *cut = realloc(exact, changed + (changed == 0));
            LLVMFuzzerTestOneInput(cut != NULL ? cut : exact, changed);
            free(cut != NULL ? cut : exact);
        }
        free(base);
    }
    printf("%lu inputs, no crash\n", runs);
    return 0;
}

#endif
