/* model/sampler.c - see sampler.h. */
#include "model/sampler.h"

#include "util/clock.h"
#include "util/mem.h"
#include "util/status.h"
#include <math.h>
#include <sys/random.h>
#include <unistd.h>

#define REPEAT_MAX 1024 /* tokens; arny_sampling says so too */
#define BLOCK      256  /* logits that are looked through at once */
#define LANES      32   /* of them side by side */

typedef struct candidate {
    int32_t id;
    float logit; /* its weight, once the draw has begun */
} candidate;

/* PCG32 (O'Neill 2014), PCG-XSH-RR with its default stream. */
typedef struct pcg32 {
    uint64_t state;
} pcg32;

struct ar_sampler {
    arny_sampling sampling;
    pcg32 random;
    int32_t vocabulary;
    int32_t seen[REPEAT_MAX]; /* ring of the last repeat_last tokens */
    size_t seen_count, seen_next;
    candidate *candidates; /* room for the whole vocabulary */
};

/* ---- random numbers ------------------------------------------------------------------------------------ */

#define PCG_STREAM 1442695040888963407u

static uint32_t pcg_next(pcg32 *random)
{
    uint64_t old = random->state;
    uint32_t mixed = (uint32_t)(((old >> 18) ^ old) >> 27);
    uint32_t turn = (uint32_t)(old >> 59);

    random->state = old * 6364136223846793005u + PCG_STREAM;
    return (mixed >> turn) | (mixed << (-turn & 31));
}

static void pcg_seed(pcg32 *random, uint64_t seed)
{
    random->state = seed + PCG_STREAM;
    pcg_next(random);
}

static uint64_t seed_from_system(void)
{
    uint64_t seed;

    if (getentropy(&seed, sizeof seed) != 0) /* an old kernel: the time and where this stack lies will do */
        seed = (uint64_t)(ar_now_ms() * 1e6) ^ ((uint64_t)(uintptr_t)&seed << 20);
    return seed;
}

/* ---- parameters ---------------------------------------------------------------------------------------- */

int ar_sampling_check(const arny_sampling *s)
{
    /* Each is written so that not-a-number fails. */
    if (!(s->temperature >= 0 && s->temperature <= 10))
        return ar_fail(ARNY_E_ARGUMENT, "temperature: 0 to 10 expected, not %g", (double)s->temperature);
    if (s->top_k < 0)
        return ar_fail(ARNY_E_ARGUMENT, "top_k: 0 (all) or more expected, not %d", (int)s->top_k);
    if (!(s->top_p > 0 && s->top_p <= 1))
        return ar_fail(ARNY_E_ARGUMENT, "top_p: more than 0 and up to 1 (all) expected, not %g", (double)s->top_p);
    if (!(s->min_p >= 0 && s->min_p <= 1))
        return ar_fail(ARNY_E_ARGUMENT, "min_p: 0 (off) to 1 expected, not %g", (double)s->min_p);
    if (!(s->repeat_penalty > 0 && s->repeat_penalty <= 10))
        return ar_fail(ARNY_E_ARGUMENT, "repeat_penalty: more than 0 and up to 10 expected, 1 is off, not %g",
                       (double)s->repeat_penalty);
    if (s->repeat_last < 0 || s->repeat_last > REPEAT_MAX)
        return ar_fail(ARNY_E_ARGUMENT, "repeat_last: 0 (off) to %d expected, not %d", REPEAT_MAX, (int)s->repeat_last);
    return 0;
}

int ar_sampler_new(ar_sampler **out, int32_t vocabulary)
{
    ar_sampler *sampler;

    *out = NULL;
    if (vocabulary < 1)
        return ar_fail(ARNY_E_ARGUMENT, "a vocabulary has 1 token or more, not %d", (int)vocabulary);
    sampler = ar_calloc(1, sizeof *sampler);
    if (sampler == NULL)
        return ARNY_E_MEMORY;
    sampler->vocabulary = vocabulary;
    sampler->sampling = (arny_sampling){.top_p = 1, .repeat_penalty = 1};
    sampler->candidates = ar_resize(NULL, (size_t)vocabulary, sizeof *sampler->candidates);
    if (sampler->candidates == NULL) {
        ar_sampler_free(sampler);
        return ARNY_E_MEMORY;
    }
    *out = sampler;
    return 0;
}

void ar_sampler_free(ar_sampler *sampler)
{
    if (sampler == NULL)
        return;
    ar_free(sampler->candidates);
    ar_free(sampler);
}

int ar_sampler_begin(ar_sampler *sampler, const arny_sampling *sampling)
{
    int status = ar_sampling_check(sampling);

    if (status != 0)
        return status;
    sampler->sampling = *sampling;
    sampler->seen_count = sampler->seen_next = 0;
    pcg_seed(&sampler->random, sampling->seed != 0 ? sampling->seed : seed_from_system());
    return 0;
}

/* ---- repeat penalty ------------------------------------------------------------------------------------ */

void ar_sampler_accept(ar_sampler *sampler, int32_t token)
{
    size_t last = (size_t)sampler->sampling.repeat_last;

    if (last == 0 || token < 0 || token >= sampler->vocabulary)
        return;
    sampler->seen[sampler->seen_next] = token;
    sampler->seen_next = (sampler->seen_next + 1) % last;
    if (sampler->seen_count < last)
        sampler->seen_count++;
}

static int was_before(const int32_t *tokens, size_t count, int32_t token)
{
    for (size_t i = 0; i < count; i++)
        if (tokens[i] == token)
            return 1;
    return 0;
}

/* Each token that was seen is punished once, however often it was seen. */
static void penalize(const ar_sampler *sampler, float *logits)
{
    float penalty = sampler->sampling.repeat_penalty;

    if (penalty == 1)
        return;
    for (size_t i = 0; i < sampler->seen_count; i++) {
        int32_t token = sampler->seen[i];
        if (!was_before(sampler->seen, i, token))
            logits[token] = logits[token] > 0 ? logits[token] / penalty : logits[token] * penalty;
    }
}

/* ---- candidates ---------------------------------------------------------------------------------------- */

/* Of equal logits the smaller id is the better one, so that nothing depends on the order of candidates. */
static int is_better(candidate a, candidate b)
{
    return a.logit > b.logit || (a.logit == b.logit && a.id < b.id);
}

/* Restores the heap of `count` candidates below `at`. On top is the best one, or the worst one. */
static void sift(candidate *heap, size_t count, size_t at, int best_on_top)
{
    candidate moving = heap[at];

    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && is_better(heap[child + 1], heap[child]) == best_on_top)
            child++;
        if (is_better(heap[child], moving) != best_on_top)
            break;
        heap[at] = heap[child];
    }
    heap[at] = moving;
}

static void heapify(candidate *heap, size_t count, int best_on_top)
{
    for (size_t at = count / 2; at-- > 0;)
        sift(heap, count, at, best_on_top);
}

/* The largest of BLOCK logits, or -inf when they are not numbers. The inner loop is written so that compilers make one
 * vector instruction of it: a plain search over 262,144 logits takes 2 % of a small model's step. */
static float block_best(const float *logits)
{
    float lanes[LANES], best;

    for (int lane = 0; lane < LANES; lane++)
        lanes[lane] = -INFINITY;
    for (int at = 0; at < BLOCK; at += LANES)
        for (int lane = 0; lane < LANES; lane++)
            lanes[lane] = logits[at + lane] > lanes[lane] ? logits[at + lane] : lanes[lane];
    best = lanes[0];
    for (int lane = 1; lane < LANES; lane++)
        best = lanes[lane] > best ? lanes[lane] : best;
    return best;
}

/* Fills candidates[0 .. n - 1] with the `most` best tokens, in no order; returns n. Tokens whose logit is
 * -inf or not-a-number are none. */
static size_t keep_top(candidate *candidates, const float *logits, int32_t vocabulary, size_t most)
{
    size_t count = 0;
    int32_t id = 0;

    for (; id < vocabulary && count < most; id++)
        if (logits[id] > -INFINITY)
            candidates[count++] = (candidate){id, logits[id]};
    if (id == vocabulary)
        return count;

    /* It is full. The worst one of it is on top of a heap, and gives way to what is better. */
    heapify(candidates, count, 0);
    while (id < vocabulary) {
        int32_t end = vocabulary - id > BLOCK ? id + BLOCK : vocabulary;
        if (end - id == BLOCK && !(block_best(logits + id) > candidates[0].logit))
            id = end;
        for (; id < end; id++)
            if (logits[id] > candidates[0].logit) {
                candidates[0] = (candidate){id, logits[id]};
                sift(candidates, count, 0, 0);
            }
    }
    return count;
}

static float best_logit(const candidate *candidates, size_t count)
{
    float best = -INFINITY;

    for (size_t i = 0; i < count; i++)
        if (candidates[i].logit > best)
            best = candidates[i].logit;
    return best;
}

/* In units of the best one's probability. When that is infinite, what is finite has none. */
static double weight(float logit, float best, double temperature)
{
    return logit == best ? 1 : exp(((double)logit - (double)best) / temperature);
}

/* The smallest set of best ones whose share reaches p: *candidates and the return value say where it is.
 * Only as many as are in it get sorted. */
static size_t keep_top_p(candidate **candidates, size_t count, float best, double p)
{
    candidate *heap = *candidates;
    double all = 0, share = 0;
    size_t left = count;

    for (size_t i = 0; i < count; i++)
        all += weight(heap[i].logit, best, 1);
    heapify(heap, count, 1);
    while (left > 0 && (left == count || share < p * all)) {
        candidate top = heap[0];
        share += weight(top.logit, best, 1);
        heap[0] = heap[--left];
        if (left > 0)
            sift(heap, left, 0, 1);
        heap[left] = top;
    }
    *candidates = heap + left;
    return count - left;
}

static size_t keep_min_p(candidate *candidates, size_t count, float best, double p)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (weight(candidates[i].logit, best, 1) >= p)
            candidates[kept++] = candidates[i];
    return kept;
}

static int32_t draw(candidate *candidates, size_t count, float best, double temperature, double random)
{
    double all = 0, sum = 0;
    int32_t id = -1;

    for (size_t i = 0; i < count; i++)
        all += candidates[i].logit = (float)weight(candidates[i].logit, best, temperature);
    for (size_t i = 0; i < count; i++) {
        if (candidates[i].logit > 0)
            id = candidates[i].id;
        sum += candidates[i].logit;
        if (sum > random * all)
            break;
    }
    return id;
}

/* ---- one token ----------------------------------------------------------------------------------------- */

static int32_t greedy(const float *logits, int32_t vocabulary)
{
    float best = -INFINITY;
    int32_t best_id = -1, id = 0;

    while (id < vocabulary) {
        int32_t end = vocabulary - id > BLOCK ? id + BLOCK : vocabulary;
        if (end - id == BLOCK && !(block_best(logits + id) > best))
            id = end;
        for (; id < end; id++)
            if (logits[id] > best) {
                best = logits[id];
                best_id = id;
            }
    }
    return best_id;
}

int32_t ar_sampler_next(ar_sampler *sampler, float *logits)
{
    const arny_sampling *sampling = &sampler->sampling;
    candidate *kept = sampler->candidates;
    int32_t token;

    penalize(sampler, logits);
    if (sampling->temperature == 0) {
        token = greedy(logits, sampler->vocabulary);
    } else {
        size_t most = sampling->top_k > 0 ? (size_t)sampling->top_k : (size_t)sampler->vocabulary;
        size_t count = keep_top(kept, logits, sampler->vocabulary, most);
        float best = best_logit(kept, count);
        if (sampling->top_p < 1)
            count = keep_top_p(&kept, count, best, (double)sampling->top_p);
        if (sampling->min_p > 0)
            count = keep_min_p(kept, count, best, (double)sampling->min_p);
        token = draw(kept, count, best, (double)sampling->temperature, pcg_next(&sampler->random) * 0x1p-32);
    }
    ar_sampler_accept(sampler, token);
    return token;
}
