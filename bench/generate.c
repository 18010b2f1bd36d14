/*
 * bench/generate.c - prefill and decode speed through the public API, as llama-bench measures them: a warm-up, then
 * rounds in one process over an open model.
 *
 *     bench-generate MODEL THREADS REPACK PROMPT TOKENS ROUNDS
 *
 * A round prefills a prompt of PROMPT tokens, and then decodes TOKENS tokens after a short prompt, greedily and past the
 * end of the text. THREADS 0 is the library's own choice. One JSON object a round, then one with memory.
 */
#include <arny/arny.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct bench {
    arny_model *model;
    arny_event done;
    long long restored;
    int round;
    int extra; /* tokens that a raw prompt has besides its words': a bos, or none */
} bench;

static int on_event(const arny_event *event, void *user_data)
{
    bench *b = user_data;
    if (event->type == ARNY_EVENT_READY)
        b->restored = event->restored_tokens;
    if (event->type == ARNY_EVENT_DONE)
        b->done = *event;
    if (event->type == ARNY_EVENT_ERROR)
        fprintf(stderr, "bench-generate: %s\n", event->message);
    return 0;
}

static int generate(bench *b, const char *prompt, int tokens)
{
    arny_request request = ARNY_REQUEST_INIT;
    arny_sampling sampling;
    arny_sampling_default(&sampling);
    sampling.temperature = 0;
    request.prompt = prompt;
    request.raw = 1;
    request.max_tokens = tokens;
    request.ignore_eos = 1;
    request.sampling = &sampling;
    return arny_model_generate(b->model, &request, on_event, b);
}

/* A text of that many tokens; each word is one. Another one each time: what a model remembers of its last prompt must
 * not count. */
static char *make_prompt(bench *b, int tokens)
{
    static const char *const words[] = {" time", " house", " water", " light", " people", " music", " number", " day"};
    char *text = calloc((size_t)tokens + 2, 8);
    size_t count = 0;
    if (!text)
        return NULL;
    snprintf(text, 8, "%c", 'A' + b->round++ % 26);
    for (int i = 0; i < tokens; i++) {
        size_t end = strlen(text);
        strcat(text, words[(i * 7 + i / 8 + b->round) % 8]);
        if (arny_model_count_tokens(&count, b->model, text) != 0 || count + (size_t)b->extra > (size_t)tokens) {
            text[end] = 0;
            break;
        }
    }
    return text;
}

static int run(bench *b, int prompt_tokens, int tokens, int report)
{
    char *prompt = make_prompt(b, prompt_tokens);
    int status = prompt ? generate(b, prompt, 1) : ARNY_E_MEMORY;
    arny_event prefill = b->done;
    long long restored = b->restored;
    free(prompt);
    if (!status && tokens > 0)
        status = generate(b, b->round % 2 ? "Once" : "There", tokens + 1); /* the first one comes with the prompt */
    if (!status && report)
        printf("{\"prompt_tokens\":%lld,\"restored\":%lld,\"prefill_tps\":%.2f,\"tokens\":%lld,\"decode_tps\":%.2f}\n",
               (long long)prefill.prompt_tokens, restored, prefill.prefill_tps, (long long)b->done.tokens,
               b->done.decode_tps);
    fflush(stdout);
    return status;
}

int main(int argc, char **argv)
{
    if (argc != 7) {
        fputs("usage: bench-generate MODEL THREADS REPACK PROMPT TOKENS ROUNDS\n", stderr);
        return 64;
    }
    bench b = {0};
    arny_model_options options = ARNY_MODEL_OPTIONS_INIT;
    int prompt = atoi(argv[4]), tokens = atoi(argv[5]), rounds = atoi(argv[6]);
    options.threads = atoi(argv[2]);
    options.repack = atoi(argv[3]);
    options.context = prompt + tokens + 16 < 256 ? 256 : prompt + tokens + 16;
    int status = arny_model_open(&b.model, argv[1], &options);
    if (!status && (status = generate(&b, " time", 1)) == 0)
        b.extra = (int)b.done.prompt_tokens - 1;
    if (!status)
        status = run(&b, prompt, tokens > 16 ? 16 : tokens, 0); /* warm-up */
    for (int i = 0; i < rounds && !status; i++)
        status = run(&b, prompt, tokens, 1);
    if (status)
        fprintf(stderr, "bench-generate: %s\n", arny_last_error());
    else
        printf("{\"rss\":%lld,\"anon\":%lld}\n", (long long)b.done.rss, (long long)b.done.anon);
    arny_model_free(b.model);
    return status ? 1 : 0;
}
