/*
 * How long a model takes to open: bench-open MODEL TOKENIZER|- ROUNDS prints a line of JSON with the medians of opening and of the
 * first token of a prompt of one letter, in ms.
 */
#include <arny/arny.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS_MAX 1000

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int on_event(const arny_event *event, void *data)
{
    (void)event, (void)data;
    return 0;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *at, int count)
{
    qsort(at, (size_t)count, sizeof *at, ascending);
    return (at[count / 2] + at[(count - 1) / 2]) / 2;
}

static int measure(double *open_ms, double *first_ms, const char *path, const char *tokenizer)
{
    arny_model_options options = ARNY_MODEL_OPTIONS_INIT;
    arny_request request = ARNY_REQUEST_INIT;
    arny_model *model;
    options.tokenizer = strcmp(tokenizer, "-") == 0 ? NULL : tokenizer;
    options.threads = 2;
    request.prompt = "A";
    request.raw = 1;
    request.max_tokens = 1;
    double start = now_ms();
    int status = arny_model_open(&model, path, &options);
    *open_ms = now_ms() - start;
    if (status)
        return status;
    start = now_ms();
    status = arny_model_generate(model, &request, on_event, NULL);
    *first_ms = now_ms() - start;
    arny_model_free(model);
    return status;
}

int main(int argc, char **argv)
{
    static double open_ms[ROUNDS_MAX], first_ms[ROUNDS_MAX];
    int rounds = argc == 4 ? (int)strtol(argv[3], NULL, 10) : 0;
    if (rounds < 1 || rounds > ROUNDS_MAX) {
        fprintf(stderr, "bench-open MODEL TOKENIZER|- ROUNDS\n");
        return 64;
    }
    for (int i = 0; i < rounds; i++)
        if (measure(&open_ms[i], &first_ms[i], argv[1], argv[2])) {
            fprintf(stderr, "bench-open: %s\n", arny_last_error());
            return 65;
        }
    printf("{\"open_ms\": %.3f, \"first_token_ms\": %.3f}\n", median(open_ms, rounds), median(first_ms, rounds));
    return 0;
}
