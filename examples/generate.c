/* generate.c - one model, no team:  ./generate model.gguf "Name three primes."
 *
 * Shows arny_model_*, sampling, stop strings, progress, and that Ctrl-C may call arny_model_cancel. */
#include <arny/arny.h>
#include <signal.h>
#include <stdio.h>

static arny_model *model;

static void on_interrupt(int number)
{
    (void)number;
    arny_model_cancel(model); /* only stores a flag */
}

static int on_progress(double progress, void *user_data)
{
    (void)user_data;
    fprintf(stderr, "\ropening %3.0f %%%s", 100 * progress, progress >= 1 ? "\n" : "");
    return 0; /* anything else would stop it */
}

static int on_event(const arny_event *event, void *user_data)
{
    (void)user_data;
    if (event->type == ARNY_EVENT_TOKEN)
        fwrite(event->text, 1, event->text_len, stdout);
    if (event->type == ARNY_EVENT_DONE)
        printf("\n%lld tokens at %.0f a second\n", (long long)event->tokens, event->decode_tps);
    return fflush(stdout);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return fprintf(stderr, "usage: generate MODEL PROMPT\n"), 2;
    arny_model_options options = ARNY_MODEL_OPTIONS_INIT;
    options.progress = on_progress;
    if (arny_model_open(&model, argv[1], &options) != 0)
        return fprintf(stderr, "\n%s\n", arny_last_error()), 1;
    signal(SIGINT, on_interrupt);

    arny_sampling sampling;
    arny_sampling_default(&sampling);
    sampling.temperature = 0; /* greedy */
    const char *stop[] = {"\n\n"};
    arny_request request = ARNY_REQUEST_INIT;
    request.prompt = argv[2];
    request.system = "You answer in one short sentence.";
    request.max_tokens = 64;
    request.sampling = &sampling;
    request.stop = stop;
    request.stop_count = 1;

    size_t tokens;
    int status = arny_model_count_tokens(&tokens, model, argv[2]);
    if (status == 0) {
        printf("%zu tokens asked\n", tokens);
        status = arny_model_generate(model, &request, on_event, NULL);
    }
    double nats;
    if (status == 0 && arny_model_score(&nats, &tokens, model, argv[2]) == 0)
        printf("\nthe question is worth %.2f nats a token to the model\n", nats / (double)tokens);
    if (status != 0)
        fprintf(stderr, "%s\n", arny_last_error());
    arny_model_free(model);
    return status != 0;
}
