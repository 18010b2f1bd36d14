/* cli/bench_decode.c - arny bench decode: tokens a second, and the most that memory allows. */
#include "bench.h"
#include "cancel.h"
#include "error.h"
#include "human.h"
#include "json.h"
#include "out.h"
#include "progress.h"
#include "sample.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PREFILL     512
#define SHORT       37
#define DECODE      128
#define ROUNDS      5
#define READ_BYTES  ((size_t)256 << 20) /* more than caches hold */
#define READ_ROUNDS 5
#define THREADS_MAX 256

typedef struct decode {
    arny_model *model;
    arny_event done;
    sample prefill, decode, decode_far; /* far: after the prompt of the prefill */
    double read_gbps, limit_tps;
} decode;

/* ---- the model ------------------------------------------------------------------------------------------------------- */

static int on_event(const arny_event *event, void *data)
{
    decode *d = data;
    if (event->type == ARNY_EVENT_DONE)
        d->done = *event;
    return cancel_asked();
}

static int generate(decode *d, const char *prompt, int32_t tokens, int json)
{
    arny_request request = ARNY_REQUEST_INIT;
    arny_sampling greedy;
    arny_sampling_default(&greedy);
    greedy.temperature = 0;
    request.prompt = prompt;
    request.raw = 1;
    request.max_tokens = tokens;
    request.ignore_eos = 1;
    request.sampling = &greedy;
    int status = arny_model_generate(d->model, &request, on_event, d);
    return status ? fail(status, json) : cancel_asked() ? CLI_CANCELLED : CLI_OK;
}

/* At most that many tokens; it begins with another letter each time, so that nothing of it is in the KV cache. */
static void write_prompt(char *out, size_t capacity, const decode *d, int round, size_t tokens)
{
    static const char *const words[] = {" time", " house", " water", " light", " people", " music", " number", " day"};
    size_t length = (size_t)snprintf(out, capacity, "%c", 'A' + round % 26), count = 0;
    for (size_t i = 1; i < tokens && length + 16 < capacity; i++)
        length += (size_t)snprintf(out + length, capacity - length, "%s", words[(i * 5 + (size_t)round) % 8]);
    while (arny_model_count_tokens(&count, d->model, out) == ARNY_OK && count > tokens)
        out[length = length * tokens / count] = '\0';
}

/* How much of it fits a small model. */
static size_t prompt_tokens(const char *path)
{
    arny_file_info info = {.size = sizeof info};
    size_t fits = arny_file_inspect(&info, path) == ARNY_OK && info.context > 0 ? (size_t)info.context / 2 : PREFILL;
    return fits < PREFILL ? fits : PREFILL;
}

static int one_round(decode *d, const bench_options *o, int round, size_t prompt)
{
    char text[PREFILL * 16];
    int32_t tokens = (int32_t)(prompt < DECODE ? prompt : DECODE);
    write_prompt(text, sizeof text, d, round, prompt);
    int code = generate(d, text, tokens, o->json);
    if (code)
        return code;
    double prefill = d->done.prefill_tps, far = d->done.decode_tps;
    write_prompt(text, sizeof text, d, round + 1, prompt < SHORT ? prompt : SHORT);
    if ((code = generate(d, text, tokens, o->json)))
        return code;
    if (round > 0) { /* the first one warms up */
        sample_add(&d->prefill, prefill);
        sample_add(&d->decode_far, far);
        sample_add(&d->decode, d->done.decode_tps);
    }
    return CLI_OK;
}

/* ---- memory ---------------------------------------------------------------------------------------------------------- */

typedef struct reader {
    pthread_t thread;
    const uint64_t *from;
    size_t count;
    uint64_t sum;
} reader;

static void *read_all(void *data)
{
    reader *r = data;
    uint64_t sums[8] = {0};
    for (size_t i = 0; i + 8 <= r->count; i += 8)
        for (size_t k = 0; k < 8; k++)
            sums[k] += r->from[i + k];
    for (size_t k = 0; k < 8; k++)
        r->sum += sums[k];
    return NULL;
}

/* Seconds that so many threads need to read the buffer once; 0 when they could not be started. */
static double read_once(const uint64_t *buffer, size_t count, size_t threads)
{
    reader readers[THREADS_MAX];
    size_t started = 0;
    double begin = human_now_ms();
    for (; started < threads; started++) {
        readers[started] = (reader){.from = buffer + count / threads * started, .count = count / threads};
        if (pthread_create(&readers[started].thread, NULL, read_all, &readers[started]) != 0)
            break;
    }
    uint64_t sum = 0;
    for (size_t i = 0; i < started; i++) {
        pthread_join(readers[i].thread, NULL);
        sum += readers[i].sum;
    }
    double seconds = (human_now_ms() - begin) / 1000;
    return started == threads && sum != 0 ? seconds : 0;
}

/* Billions of bytes a second, the best of some rounds; 0: it could not be measured. */
static double read_speed(int32_t asked)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t threads = asked > 0 ? (size_t)asked : cores > 0 ? (size_t)cores : 1;
    size_t count = READ_BYTES / sizeof(uint64_t);
    uint64_t *buffer = malloc(READ_BYTES);
    double best = 0;
    if (!buffer)
        return 0;
    memset(buffer, 1, READ_BYTES);
    for (int i = 0; i < READ_ROUNDS; i++) {
        double seconds = read_once(buffer, count, threads < THREADS_MAX ? threads : THREADS_MAX);
        if (seconds > 0 && (double)READ_BYTES / seconds > best)
            best = (double)READ_BYTES / seconds;
    }
    free(buffer);
    return best / 1e9;
}

/* ---- the run --------------------------------------------------------------------------------------------------------- */

static int tell(decode *d, const bench_options *o)
{
    double prefill = sample_share(&d->prefill, 0.5), speed = sample_share(&d->decode, 0.5),
           far = sample_share(&d->decode_far, 0.5);
    if (!o->json) {
        out_print("prefill                     %.1f tokens/s median\n", prefill);
        out_print("decode                      %.1f tokens/s median, %.0f %% of what memory allows\n", speed,
                  d->limit_tps > 0 ? 100 * speed / d->limit_tps : 0);
        out_print("  after that prefill        %.1f tokens/s median\n", far);
        out_print("memory is read at           %.1f GB/s, so %.1f tokens/s at most\n", d->read_gbps, d->limit_tps);
        return out_flush() ? CLI_IO : CLI_OK;
    }
    json_object(NULL);
    json_number("prefill_tps", prefill, 3);
    json_number("decode_tps", speed, 3);
    json_number("decode_far_tps", far, 3);
    json_number("read_gbps", d->read_gbps, 3);
    json_number("limit_tps", d->limit_tps, 3);
    json_end();
    return json_line() ? CLI_IO : CLI_OK;
}

static int play(decode *d, const bench_options *o)
{
    int rounds = o->rounds ? o->rounds : ROUNDS, code = CLI_OK;
    size_t prompt = prompt_tokens(o->model);
    for (int round = 0; round <= rounds && !code; round++) {
        progress_show("measuring", (double)round / (rounds + 1));
        code = one_round(d, o, round, prompt);
    }
    progress_end();
    return code;
}

int bench_decode(const bench_options *o)
{
    decode d = {.model = NULL};
    arny_file_info info = {.size = sizeof info};
    arny_model_options how = ARNY_MODEL_OPTIONS_INIT;
    how.engine = o->team.engine;
    how.tokenizer = o->tokenizer;
    how.threads = o->team.threads;
    int status = arny_model_open(&d.model, o->model, &how), code;
    if (!status)
        status = arny_file_inspect(&info, o->model);
    if (status) {
        arny_model_free(d.model);
        return fail(status, o->json);
    }
    cancel_begin(NULL, NULL, 0);
    d.read_gbps = read_speed(o->team.threads);
    d.limit_tps = info.weights > 0 ? d.read_gbps * 1e9 / (double)info.weights : 0;
    size_t rounds = (size_t)(o->rounds ? o->rounds : ROUNDS);
    if (sample_init(&d.prefill, rounds) | sample_init(&d.decode, rounds) | sample_init(&d.decode_far, rounds))
        code = (error_line("there is no memory for the figures"), CLI_INTERNAL);
    else
        code = play(&d, o);
    if (!code)
        code = tell(&d, o);
    cancel_end();
    sample_free(&d.prefill);
    sample_free(&d.decode);
    sample_free(&d.decode_far);
    arny_model_free(d.model);
    return code;
}
