/*
 * The pte engine says what ExecuTorch's own runtime says, on the same .pte: see tests/fixtures/make_vectors.py.
 *
 * Activations are rounded to 8 bits as they come, so a sum in another order, which differs in its last bit, may round to another
 * number, and thirty layers make a whole logit of it. How much that is, the runtime shows itself: when a prompt is given to it a token
 * at a time ("again"). Where that changes nothing, nothing may differ here; else we must be as near to it as it is to itself.
 */
#include "check.h"
#include "model/timeline.h"
#include <math.h>
#include <sys/stat.h>

#ifdef ARNY_HAVE_PTE

#define PROMPT_MAX 256
#define TOKENS     32

typedef struct agreement {
    double cosine; /* of the logits after the prompt */
    size_t alike;  /* tokens until the first other one, of TOKENS */
} agreement;

typedef struct vector {
    int32_t prompt[PROMPT_MAX], ids[TOKENS];
    double gaps[TOKENS];
    float *logits;
    size_t prompt_count, logit_count;
    agreement again;
} vector;

/* The numbers of a line that begins with that word; how many, or SIZE_MAX at the end of the file. */
static size_t read_line(FILE *file, const char *word, void (*put)(void *to, size_t i, double value), void *to)
{
    static char line[1 << 20];
    size_t count = 0, length = strlen(word);
    if (!fgets(line, sizeof line, file))
        return SIZE_MAX;
    if (strncmp(line, word, length) != 0 || line[length] != ' ')
        fail_msg("\"%s\" expected, not %.20s", word, line);
    for (char *at = line + length, *end; *at && *at != '\n'; at = end) {
        double value = strtod(at, &end);
        assert_true(end > at);
        put(to, count++, value);
    }
    return count;
}

static void put_prompt(void *to, size_t i, double value)
{
    assert_true(i < PROMPT_MAX);
    ((vector *)to)->prompt[i] = (int32_t)value;
}

static void put_id(void *to, size_t i, double value)
{
    assert_true(i < TOKENS);
    ((vector *)to)->ids[i] = (int32_t)value;
}

static void put_gap(void *to, size_t i, double value)
{
    assert_true(i < TOKENS);
    ((vector *)to)->gaps[i] = value;
}

static void put_logit(void *to, size_t i, double value)
{
    vector *v = to;
    if (i % 1024 == 0)
        v->logits = realloc(v->logits, (i + 1024) * sizeof *v->logits);
    assert_non_null(v->logits);
    v->logits[i] = (float)value;
}

static void put_again(void *to, size_t i, double value)
{
    vector *v = to;
    if (i == 0)
        v->again.cosine = value;
    else
        v->again.alike = (size_t)value;
}

static int read_vector(vector *v, FILE *file)
{
    v->prompt_count = read_line(file, "prompt", put_prompt, v);
    if (v->prompt_count == SIZE_MAX)
        return 0;
    assert_int_equal(read_line(file, "ids", put_id, v), TOKENS);
    assert_int_equal(read_line(file, "gaps", put_gap, v), TOKENS);
    v->logit_count = read_line(file, "logits", put_logit, v);
    assert_int_equal(read_line(file, "again", put_again, v), 2);
    return 1;
}

static double cosine(const float *a, const float *b, size_t count)
{
    double ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < count; i++) {
        ab += (double)a[i] * (double)b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
    }
    return ab / sqrt(aa * bb);
}

static int32_t best(const float *logits, int32_t vocabulary)
{
    int32_t top = 0;
    for (int32_t i = 1; i < vocabulary; i++)
        if (logits[i] > logits[top])
            top = i;
    return top;
}

static agreement compare(ar_model *model, const vector *v)
{
    arny_engine_context_options options = {.length = 512, .batch = 512, .outputs = 1, .kv_type = ARNY_KV_F32};
    const arny_engine *engine = model->engine;
    ar_timeline *timeline;
    agreement ours = {0};
    assert_status(ar_timeline_open(&timeline, model, &options, NULL), ARNY_OK);
    assert_status(engine->prefill(timeline->context, v->prompt, v->prompt_count, NULL), ARNY_OK);
    ours.cosine = cosine(engine->logits(timeline->context), v->logits, v->logit_count);
    for (; ours.alike < TOKENS; ours.alike++) {
        int32_t id = best(engine->logits(timeline->context), model->info->vocabulary);
        if (id != v->ids[ours.alike])
            break;
        assert_status(engine->step(timeline->context, id, NULL), ARNY_OK);
    }
    ar_timeline_free(timeline);
    return ours;
}

static void tell(const char *name, size_t number, const vector *v, agreement ours)
{
    printf("%s, prompt %zu of %zu tokens: cosine %.6f, %zu tokens alike", name, number, v->prompt_count, ours.cosine,
           ours.alike);
    if (ours.alike < TOKENS)
        printf(", then another one at a gap of %.3f", v->gaps[ours.alike]);
    printf("; the runtime with itself: %.6f, %zu\n", v->again.cosine, v->again.alike);
}

static void compare_all(const char *folder, const char *name)
{
    char path[4096], pte[4096], words[4096];
    vector v = {.logits = NULL};
    agreement ours = {0}, again = {0};
    ar_model *model;
    size_t number = 0;
    snprintf(path, sizeof path, "%s/%s.vectors", folder, name);
    snprintf(pte, sizeof pte, "%s/%s.pte", folder, name);
    snprintf(words, sizeof words, "%s/%s.vocab.gguf", folder, name);
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("%s is not there", path);
    ar_model_want want = {.path = pte, .tokenizer = words};
    assert_status(ar_model_open(&model, &want), ARNY_OK);
    for (; read_vector(&v, file); number++) {
        agreement one = compare(model, &v);
        tell(name, number + 1, &v, one);
        ours.cosine += one.cosine, ours.alike += one.alike;
        again.cosine += v.again.cosine, again.alike += v.again.alike;
    }
    assert_true(number >= 10);
    printf("%s, %zu prompts: cosine %.6f on the mean, %zu of %zu tokens alike; the runtime with itself: %.6f, %zu\n",
           name, number, ours.cosine / (double)number, ours.alike, number * TOKENS, again.cosine / (double)number,
           again.alike);
    assert_true(ours.alike >= again.alike);
    assert_true(ours.cosine / (double)number >= 0.999 || ours.cosine >= again.cosine);
    ar_model_close(model);
    free(v.logits);
    fclose(file);
}

static void tiny_says_the_same(void **state)
{
    char folder[4096];
    const char *root = getenv("ARNY_ROOT");
    (void)state;
    snprintf(folder, sizeof folder, "%s/tests/fixtures", root ? root : ".");
    compare_all(folder, "tiny");
}

/* Where ./dev pte has exported it. */
static void smollm2_says_the_same(void **state)
{
    (void)state;
    compare_all(getenv("ARNY_MODELS"), "smollm2-135m");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiny_says_the_same),
        cmocka_unit_test(smollm2_says_the_same),
    };
    char path[4096];
    struct stat info;
    const char *models = getenv("ARNY_MODELS");
    snprintf(path, sizeof path, "%s/smollm2-135m.vectors", models ? models : ".");
    if (models && stat(path, &info) == 0)
        return cmocka_run_group_tests(tests, NULL, NULL);
    printf("%s is not there (./dev pte makes it, in 20 minutes): SmolLM2 is no test of this run\n", path);
    const struct CMUnitTest tiny[] = {cmocka_unit_test(tiny_says_the_same)};
    return cmocka_run_group_tests(tiny, NULL, NULL);
}

#else

int main(void)
{
    printf("skipped: this build has no pte engine\n");
    return 77;
}

#endif
