/*
 * bench/reopen.c - a switch as many apps do it: the model that spoke is freed, the next one is opened, and its whole
 * conversation is prefilled. Over the same engine, for comparison.
 *
 *     bench-reopen THREADS CONTEXT TOKENS ROUNDS MODEL...
 *
 * Each model has a conversation of TOKENS tokens. One JSON object with the median of the times from the order to switch to the
 * first token.
 */
#include <arny/arny.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int on_event(const arny_event *event, void *data)
{
    if (event->type == ARNY_EVENT_ERROR)
        fprintf(stderr, "bench-reopen: %s\n", event->message);
    if (event->type != ARNY_EVENT_TOKEN)
        return 0;
    if (*(double *)data <= 0)
        *(double *)data = now_ms();
    return 0;
}

static char *conversation(int tokens)
{
    static const char *const words[] = {" the",   " old", " house", " by",    " the",
                                        " river", " has", " seven", " rooms", " and"};
    char *text = calloc((size_t)tokens + 2, 8);
    size_t bytes = 0;
    for (int i = 0; text && i < tokens; i++)
        bytes += (size_t)snprintf(text + bytes, 8, "%s", words[i % 10]);
    if (text && bytes == 0)
        strcpy(text, "Hello");
    return text;
}

static int switch_to(double *ms, const char *path, const char *text, int threads, int context)
{
    arny_model *model;
    arny_model_options options = ARNY_MODEL_OPTIONS_INIT;
    arny_request request = ARNY_REQUEST_INIT;
    double start = now_ms(), first = 0;
    options.threads = threads;
    options.context = context;
    request.prompt = text;
    request.max_tokens = 4;
    request.ignore_eos = 1; /* a first token there is in any case */
    int status = arny_model_open(&model, path, &options);
    if (status)
        return status;
    status = arny_model_generate(model, &request, on_event, &first);
    arny_model_free(model);
    *ms = first - start;
    return status;
}

static int by_size(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

int main(int argc, char **argv)
{
    if (argc < 6)
        return 64;
    int threads = atoi(argv[1]), context = atoi(argv[2]), tokens = atoi(argv[3]), rounds = atoi(argv[4]),
        models = argc - 5;
    char *text = conversation(tokens);
    double *times = calloc((size_t)rounds * (size_t)models + 1, sizeof *times);
    size_t count = 0;
    if (!text || !times)
        return 70;
    for (int round = 0; round < rounds; round++)
        for (int i = 0; i < models; i++)
            if (switch_to(&times[count++], argv[5 + i], text, threads, context)) {
                fprintf(stderr, "bench-reopen: %s\n", arny_last_error());
                return 70;
            }
    qsort(times, count, sizeof *times, by_size);
    printf("{\"p50_ms\": %.3f, \"n\": %zu}\n", times[count / 2], count);
    free(times);
    free(text);
    return 0;
}
