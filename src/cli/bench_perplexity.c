/* cli/bench_perplexity.c - arny bench perplexity: how well a model predicts a text. */
#include "bench.h"
#include "cancel.h"
#include "error.h"
#include "input.h"
#include "json.h"
#include "out.h"

#include <math.h>
#include <stdlib.h>

static void stop(void *model)
{
    arny_model_cancel(model);
}

static int tell(double nats, size_t scored, int json)
{
    double perplexity = exp(nats / (double)scored);
    if (!json) {
        out_print("perplexity                  %.3f over %zu tokens, %.4f nats a token\n", perplexity, scored,
                  nats / (double)scored);
        return out_flush() ? CLI_IO : CLI_OK;
    }
    json_object(NULL);
    json_number("perplexity", perplexity, 6);
    json_number("nats", nats, 6);
    json_integer("tokens", (int64_t)scored);
    json_end();
    return json_line() ? CLI_IO : CLI_OK;
}

static int measure(const bench_options *o, const char *text)
{
    arny_model_options how = ARNY_MODEL_OPTIONS_INIT;
    how.engine = o->team.engine;
    how.tokenizer = o->tokenizer;
    how.adapter = o->adapter;
    how.context = o->context;
    how.threads = o->team.threads;
    arny_model *model;
    double nats;
    size_t scored;
    int status = arny_model_open(&model, o->model, &how);
    if (status)
        return fail(status, o->json);
    cancel_begin(stop, model, 1);
    status = arny_model_score(&nats, &scored, model, text);
    cancel_end();
    arny_model_free(model);
    return status ? fail(status, o->json) : tell(nats, scored, o->json);
}

int bench_perplexity(const bench_options *o)
{
    char *text;
    int code = input_all(&text, o->text);
    if (!code)
        code = measure(o, text);
    free(text);
    return code;
}
