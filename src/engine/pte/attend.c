/* engine/pte/attend.c - how attention is cut into tasks, and which kernel computes them. See attend.h. Flags: -O3. */
#include "engine/pte/attend_kernel.h"
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* Tasks that are enough for the threads of a phone or a laptop: where there are as many, keys are not cut. Of many
 * queries half will do, because their results take longer to merge. */
#define ENOUGH_OF_FEW  24
#define ENOUGH_OF_MANY 12
#define RANGE_LEAST    128 /* keys */

typedef struct cut {
    const ar_attend_kernel *kernel;
    size_t group, keys;
    int few;        /* 1: attend_few computes them */
    size_t queries; /* of a KV head */
    size_t block;   /* queries of a task */
    size_t blocks;  /* of a KV head */
    size_t range;   /* keys of a task */
    size_t ranges;
} cut;

#if defined(__x86_64__) || defined(__i386__)
#define CAN(kernel, instructions) /* who has AVX2 has F16C: clang knows no way to ask for it */ \
    ((kernel).name && __builtin_cpu_supports(instructions) && __builtin_cpu_supports("fma"))
#else
#define CAN(kernel, instructions) 0
#endif

const ar_attend_kernel *ar_attend_kernel_at(size_t index)
{
    if (CAN(ar_attend_avx512, "avx512f") && index-- == 0)
        return &ar_attend_avx512;
    if (CAN(ar_attend_avx2, "avx2") && index-- == 0)
        return &ar_attend_avx2;
    return index == 0 ? &ar_attend_base : NULL;
}

const char *ar_attend_kernel_name(const ar_attend_kernel *kernel)
{
    return kernel->name;
}

static size_t divide_up(size_t a, size_t b)
{
    return (a + b - 1) / b;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static cut cut_up(const ar_attention *a)
{
    cut c = {.kernel = a->kernel ? a->kernel : ar_attend_kernel_at(0), .group = a->heads / a->kv_heads};
    c.keys = a->causal ? a->start + a->rows : a->keys;
    c.queries = a->rows * c.group;
    c.few = c.queries <= c.kernel->few;
    c.block = c.few ? c.kernel->few : c.kernel->many;
    c.blocks = divide_up(c.queries, c.block);
    c.ranges = c.range = 1;
    if (c.blocks > 0 && c.keys > 0) {
        size_t wanted = divide_up(c.few ? ENOUGH_OF_FEW : ENOUGH_OF_MANY, a->kv_heads * c.blocks);
        c.range = divide_up(c.keys, least(wanted, divide_up(c.keys, RANGE_LEAST)));
        c.range = divide_up(c.range, AR_ATTEND_KEYS) * AR_ATTEND_KEYS;
        c.ranges = divide_up(c.keys, c.range);
    }
    return c;
}

size_t ar_attention_tasks(const ar_attention *a)
{
    cut c = cut_up(a);
    return a->kv_heads * c.blocks * c.ranges;
}

size_t ar_attention_work(const ar_attention *a)
{
    cut c = cut_up(a);
    size_t floats = c.few ? ar_attend_few_work(c.queries, a->width) : ar_attend_many_work(c.block, a->width);
    return floats + (c.few ? 0 : ar_attend_half_work(a)) + AR_ATTEND_LINE; /* to begin at a line */
}

static size_t parts_of_range(const ar_attention *a)
{
    return a->rows * a->heads * AR_ATTEND_PART(a->width);
}

size_t ar_attention_parts(const ar_attention *a)
{
    cut c = cut_up(a);
    return c.ranges > 1 ? c.ranges * parts_of_range(a) : 0;
}

void ar_attention_task(const ar_attention *a, size_t task, float *work)
{
    cut c = cut_up(a);
    /* The blocks of a KV head follow each other, so that its keys and values stay near; the last ones, which see most
     * keys, come first. Ranges are outermost: what the heads read of one lies side by side. */
    size_t block = c.blocks - 1 - task % c.blocks;
    size_t range = task / c.blocks / a->kv_heads;
    ar_attend_piece piece = {.call = a, .group = c.group, .kv_head = task / c.blocks % a->kv_heads};
    piece.first = block * c.block;
    piece.count = least(c.block, c.queries - piece.first);
    piece.from = range * c.range;
    piece.to = least(piece.from + c.range, c.keys);
    if (a->causal)
        piece.to = least(piece.to, a->start + ar_attend_row(&piece, piece.count - 1) + 1);
    if (c.ranges > 1)
        piece.parts = a->parts + range * parts_of_range(a);
    work += (0 - (uintptr_t)work / sizeof *work) % AR_ATTEND_LINE;
    if (c.few)
        c.kernel->attend_few(&piece, work);
    else
        c.kernel->attend_many(&piece, work);
}

void ar_attend_halve(uint16_t *to, const float *from, size_t count)
{
    ar_attend_kernel_at(0)->halve(to, from, count);
}

void ar_attention_finish(const ar_attention *a)
{
    cut c = cut_up(a);
    size_t width = a->width, next = parts_of_range(a);
    if (c.ranges == 1)
        return;
    for (size_t i = 0; i < a->rows * a->heads; i++) {
        const float *parts = a->parts + i * AR_ATTEND_PART(width);
        float *out = a->out + i * width, top = -FLT_MAX, total = 0;
        for (size_t range = 0; range < c.ranges; range++)
            top = fmaxf(top, parts[range * next + width + 1]);
        memset(out, 0, width * sizeof *out);
        for (size_t range = 0; range < c.ranges; range++) {
            const float *part = parts + range * next;
            float weight = expf(part[width + 1] - top);
            total += weight * part[width];
            for (size_t d = 0; d < width; d++)
                out[d] += weight * part[d];
        }
        for (size_t d = 0; d < width; d++)
            out[d] *= total > 0 ? 1 / total : 0;
    }
}
