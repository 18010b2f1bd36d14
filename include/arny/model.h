/*
 * arny/model.h - one model, no team: open a file, generate.
 *
 *     arny_model *model;
 *     if (arny_model_open(&model, "smollm2.gguf", NULL) == 0) {
 *         arny_request request = ARNY_REQUEST_INIT;
 *         request.prompt = "Name three primes.";
 *         arny_model_generate(model, &request, on_event, NULL);
 *         arny_model_free(model);
 *     }
 *
 * The file is checked (counts, offsets, sizes, types, strings) before any engine sees it, and the engine follows
 * from the file. A model keeps the KV cache of its last prompt: the next call prefills only what differs.
 */
#ifndef ARNY_MODEL_H
#define ARNY_MODEL_H

#include <arny/event.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct arny_model arny_model;

/* How tokens are chosen. Applied in this order: repeat penalty, top_k, top_p, min_p, temperature. */
typedef struct arny_sampling {
    float temperature;    /* 0: greedy, the most probable token; else 0 < t <= 10 */
    int32_t top_k;        /* keep the k most probable; 0: all */
    float top_p;          /* keep the smallest set whose probabilities reach p; 0 < p <= 1; 1: all */
    float min_p;          /* drop what is less probable than min_p times the best; 0: none */
    float repeat_penalty; /* divide (or multiply, if negative) the logits of tokens seen lately; 1: off */
    int32_t repeat_last;  /* how many tokens back it looks; 0: off; at most 1024 */
    uint64_t seed;        /* the same seed gives the same text; 0: a new one each time */
} arny_sampling;

/* Sets the defaults: temperature 0.7, top_k 40, top_p 0.95, min_p 0.05, repeat_penalty 1, repeat_last 64, seed 0. */
ARNY_API void arny_sampling_default(arny_sampling *sampling);

/* Reports how far the opening of a file is, 0 to 1. Return non-zero to stop it: the open then fails with
 * ARNY_E_CANCELLED. At the latest a few megabytes of reading, or the parse of a vocabulary, pass between calls. */
typedef int (*arny_progress_callback)(double progress, void *user_data);

typedef struct arny_model_options {
    uint32_t size;
    const char *engine;    /* "gguf", "pte", "fake"; NULL: as the file says */
    const char *tokenizer; /* a vocabulary-only GGUF, for engines whose files have none; NULL */
    const char *adapter;   /* a LoRA file; NULL: none */
    const char *chat;      /* chat template by name, see arny_chat_templates(); NULL: as the file says */
    int32_t context;       /* tokens, 16 to 1,048,576; 0: what each request needs */
    int32_t batch;         /* most tokens prefilled at once, 1 to 8192; 0: 512 */
    int32_t threads;       /* 1 to 256; 0: auto. Auto follows the load of the machine while decoding, and so gives
                              up that the same seed means the same text to the last bit */
    int32_t gpu_layers;    /* layers on a GPU, -1: all; 0: none. Needs a build with such a backend */
    int32_t repack;        /* 1: rearrange weights in memory: faster prefill, but as anonymous memory */
    arny_progress_callback progress; /* NULL: none */
    void *progress_data;
} arny_model_options;
#define ARNY_MODEL_OPTIONS_INIT                                     \
    {                                                               \
        sizeof(arny_model_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 \
    }

/* Opens a model file. ARNY_E_NOT_FOUND: no such file; ARNY_E_DATA: not a model, or a damaged one;
 * ARNY_E_UNSUPPORTED: its architecture or engine is not in this build; ARNY_E_CANCELLED; ARNY_E_MEMORY;
 * ARNY_E_ARGUMENT. The context is made at the first request. */
ARNY_API int arny_model_open(arny_model **out, const char *path, const arny_model_options *options);

typedef struct arny_request {
    uint32_t size;
    const char *prompt;            /* what the user says; with raw, the prompt as it stands */
    const char *system;            /* system message; NULL: none. Not with raw */
    int32_t raw;                   /* 1: no chat template, special tokens are parsed */
    int32_t max_tokens;            /* 1 or more; 0: 512; -1: until the context is full */
    const arny_sampling *sampling; /* NULL: the defaults */
    const char *const *stop;       /* texts that end the answer and are not part of it; at most 16 of 1-256 bytes */
    size_t stop_count;
    int32_t ignore_eos; /* 1: go on after the model's end of turn; for benches */
} arny_request;
#define ARNY_REQUEST_INIT                            \
    {                                                \
        sizeof(arny_request), 0, 0, 0, 0, 0, 0, 0, 0 \
    }

/* Generates: ready, tokens, then done or error are delivered to callback on this thread. Returns 0 after a done
 * event, also a cancelled one; else the status of the error event. One call at a time; a second one waits.
 * ARNY_E_CONTEXT: the prompt is longer than the context; ARNY_E_DATA: it is not valid UTF-8. */
ARNY_API int arny_model_generate(arny_model *model, const arny_request *request, arny_event_callback callback,
                                 void *user_data);

/* The same on a thread of the library; all that the request names is copied. Its events are pulled (arny_stream_next), or go to a
 * receiver. Free the stream before the model. */
ARNY_API int arny_model_start(arny_stream **out, arny_model *model, const arny_request *request);
ARNY_API int arny_model_post(arny_stream **out, arny_model *model, const arny_request *request,
                             arny_event_receiver receiver, void *user_data);

/* Stops the calls that are running or waiting, if any, from any thread or signal handler. What runs ends within one step of
 * decoding. It does not cancel the next one. */
ARNY_API void arny_model_cancel(arny_model *model);

/* The number of tokens of a text as a user's words: no special token is parsed. */
ARNY_API int arny_model_count_tokens(size_t *out, arny_model *model, const char *text);

/* How well the model predicts a text: *nats is the sum of -ln p of its tokens, each after those before it, *scored how
 * many there were; exp(*nats / *scored) is the perplexity. No special token is parsed. The text is cut into windows of
 * the context that was asked for, else of 512 tokens, which know nothing of each other; the first token of each is not
 * scored. ARNY_E_DATA: not UTF-8, or fewer than 2 tokens; ARNY_E_CANCELLED by arny_model_cancel. */
ARNY_API int arny_model_score(double *nats, size_t *scored, arny_model *model, const char *text);

/* Waits for a call that is running, then frees. */
ARNY_API void arny_model_free(arny_model *model);

/* Cancels its calls and frees it, on a thread of the library, and returns at once: for finalizers and user interfaces, which must not
 * wait. */
ARNY_API void arny_model_drop(arny_model *model);

/* Names of the chat templates that `chat` takes, separated by spaces. Borrowed for ever. */
ARNY_API const char *arny_chat_templates(void);

#ifdef __cplusplus
}
#endif
#endif
