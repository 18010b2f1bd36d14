/*
 * bench/llama_alone.c - the shortest way to a greedy answer with llama.cpp alone, set up as the gguf engine sets it up:
 * what arny costs above its engine is what it takes more than this.
 *
 *     bench-llama-alone MODEL THREADS REPACK TOKENS CONTEXT PROMPT
 *
 * Writes each token as it comes, and at the end a line with the anonymous bytes of the process.
 */
#include <llama.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void quiet(enum ggml_log_level level, const char *text, void *user_data)
{
    (void)level;
    (void)text;
    (void)user_data;
}

static long anonymous_kb(void)
{
    char line[128];
    long kb = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, "RssAnon: %ld", &kb) == 1)
            break;
    if (status)
        fclose(status);
    return kb;
}

static llama_token best_of(const float *logits, int count)
{
    llama_token best = 0;
    for (int i = 1; i < count; i++)
        if (logits[i] > logits[best])
            best = i;
    return best;
}

int main(int argc, char **argv)
{
    if (argc != 7) {
        fputs("usage: bench-llama-alone MODEL THREADS REPACK TOKENS CONTEXT PROMPT\n", stderr);
        return 64;
    }
    int tokens = atoi(argv[4]);
    llama_log_set(quiet, NULL);
    llama_backend_init();

    struct llama_model_params model_params = llama_model_default_params();
    model_params.load_mode = LLAMA_LOAD_MODE_MMAP;
    model_params.use_extra_bufts = atoi(argv[3]) != 0;
    struct llama_model *model = llama_model_load_from_file(argv[1], model_params);
    if (!model)
        return 1;
    const struct llama_vocab *vocab = llama_model_get_vocab(model);

    struct llama_context_params params = llama_context_default_params();
    params.n_ctx = (uint32_t)atoi(argv[5]);
    params.n_batch = params.n_ubatch = params.n_ctx < 512 ? params.n_ctx : 512;
    params.n_outputs_max = 1;
    params.n_outputs_max_per_seq = 0;
    params.kv_unified = true;
    params.n_threads = params.n_threads_batch = atoi(argv[2]);
    params.no_perf = true;
    struct llama_context *context = llama_init_from_model(model, params);
    if (!context)
        return 1;

    const char *prompt = argv[6];
    int count = -llama_tokenize(vocab, prompt, (int)strlen(prompt), NULL, 0, true, true);
    llama_token *ids = calloc((size_t)count, sizeof *ids);
    if (!ids)
        return 1;
    llama_tokenize(vocab, prompt, (int)strlen(prompt), ids, count, true, true);
    struct llama_batch batch = llama_batch_get_one(ids, count);
    for (int i = 0; i < tokens; i++) {
        char piece[256];
        if (llama_decode(context, batch) != 0)
            return 1;
        llama_token token = best_of(llama_get_logits_ith(context, -1), llama_vocab_n_tokens(vocab));
        int bytes = llama_token_to_piece(vocab, token, piece, sizeof piece, 0, false);
        fwrite(piece, 1, bytes > 0 ? (size_t)bytes : 0, stdout);
        fflush(stdout);
        ids[0] = token;
        batch = llama_batch_get_one(ids, 1);
    }
    printf("\nanon %ld\n", anonymous_kb() * 1024);
    free(ids);
    llama_free(context);
    llama_model_free(model);
    return 0;
}
