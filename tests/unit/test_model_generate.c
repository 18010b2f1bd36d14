/* arny_model: one file, one conversation at a time, nothing that a caller passes hurts it. */
#include "engine/fake/fake.h"
#include "talk.h"
#include "tmp.h"
#include "util/thread.h"

static const char *folder;

/* ---- helpers ---------------------------------------------------------------------------------------------------- */

static const char *model_file(const char *json)
{
    static int number;
    char name[32];
    snprintf(name, sizeof name, "m%d.fake", number++);
    return talk_model(folder, name, json);
}

static arny_model *open_with(const char *json, const arny_model_options *options)
{
    arny_model *model;
    assert_status(arny_model_open(&model, model_file(json), options), ARNY_OK);
    ar_fake_counts_reset();
    return model;
}

static arny_model *open_model(const char *json)
{
    return open_with(json, NULL);
}

static void close_model(arny_model *model)
{
    arny_model_free(model);
    talk_assert_nothing_is_open();
}

static const arny_sampling greedy = {.top_p = 1, .repeat_penalty = 1};

static arny_request request_of(const char *prompt)
{
    arny_request request = ARNY_REQUEST_INIT;
    request.prompt = prompt;
    request.sampling = &greedy;
    return request;
}

static int try_request(talk *t, arny_model *model, const arny_request *request)
{
    talk_begin(t);
    return arny_model_generate(model, request, talk_event, t);
}

static const char *generate(talk *t, arny_model *model, const char *prompt)
{
    arny_request request = request_of(prompt);
    assert_status(try_request(t, model, &request), ARNY_OK);
    return t->reply;
}

static int try_options(arny_model_options options)
{
    static const char *file;
    arny_model *model;
    file = file ? file : model_file("{}");
    int status = arny_model_open(&model, file, &options);
    assert_true((status == 0) == (model != NULL));
    arny_model_free(model);
    return status;
}

#define OPTION(field, value) try_options((arny_model_options){.size = sizeof(arny_model_options), .field = (value)})

/* ---- opening ---------------------------------------------------------------------------------------------------- */

static void options_have_ranges(void **state)
{
    (void)state;
    assert_status(OPTION(context, 16), ARNY_OK);
    assert_status(OPTION(context, 1048576), ARNY_OK);
    assert_status(OPTION(context, 15), ARNY_E_ARGUMENT);
    assert_error("context is 15: 16 to 1048576 expected, or 0 for the default");
    assert_status(OPTION(context, 1048577), ARNY_E_ARGUMENT);
    assert_status(OPTION(context, -1), ARNY_E_ARGUMENT);
    assert_status(OPTION(batch, 8193), ARNY_E_ARGUMENT);
    assert_status(OPTION(batch, -1), ARNY_E_ARGUMENT);
    assert_status(OPTION(threads, 257), ARNY_E_ARGUMENT);
    assert_status(OPTION(threads, -1), ARNY_E_ARGUMENT);
    assert_status(OPTION(gpu_layers, -2), ARNY_E_ARGUMENT);
    assert_status(OPTION(gpu_layers, -1), ARNY_OK);
    assert_status(OPTION(chat, "klingon"), ARNY_E_ARGUMENT);
    assert_error_has("no chat template \"klingon\"; there are chatml");
    assert_status(OPTION(engine, "steam"), ARNY_E_UNSUPPORTED);
    assert_error_has("no engine \"steam\"");
    assert_status(OPTION(engine, "fake"), ARNY_OK);
    assert_status(OPTION(adapter, "/nowhere.fake"), ARNY_E_NOT_FOUND);
    assert_status(try_options((arny_model_options){.size = 4}), ARNY_E_ARGUMENT);
    assert_error_has("ARNY_MODEL_OPTIONS_INIT");
    talk_assert_nothing_is_open();
}

static void a_file_that_is_no_model_is_an_error(void **state)
{
    arny_model *model;
    (void)state;
    assert_status(arny_model_open(&model, "/nowhere/at.all", NULL), ARNY_E_NOT_FOUND);
    assert_null(model);
    char *path = test_path(folder, "text.txt");
    test_write(path, "just a text", 11);
    assert_status(arny_model_open(&model, path, NULL), ARNY_E_DATA);
    test_write(path, "", 0);
    assert_status(arny_model_open(&model, path, NULL), ARNY_E_DATA);
    free(path);
    assert_status(arny_model_open(&model, model_file("{'fail': {'open': 'memory'}}"), NULL), ARNY_E_MEMORY);
    assert_status(arny_model_open(NULL, "x", NULL), ARNY_E_ARGUMENT);
    assert_status(arny_model_open(&model, NULL, NULL), ARNY_E_ARGUMENT);
    arny_model_free(NULL);
    talk_assert_nothing_is_open();
}

static int stop_at_half(double progress, void *data)
{
    *(double *)data = progress;
    return progress >= 0.5;
}

static void progress_can_stop_the_opening(void **state)
{
    double progress = -1;
    arny_model *model;
    arny_model_options options = ARNY_MODEL_OPTIONS_INIT;
    (void)state;
    options.progress = stop_at_half;
    options.progress_data = &progress;
    assert_status(arny_model_open(&model, model_file("{}"), &options), ARNY_E_CANCELLED);
    assert_null(model);
    assert_true(progress >= 0.5 && progress < 0.7);
    talk_assert_nothing_is_open();
}

/* ---- prompts ---------------------------------------------------------------------------------------------------- */

static void a_message_is_framed_and_answered(void **state)
{
    talk t = {0};
    (void)state;
    arny_model *model = open_model("{'say': [{'when': 'solve', 'say': 'x = 5'}], 'default': 'hm'}");
    assert_string_equal(generate(&t, model, "Solve it"), "x = 5");
    assert_string_equal(t.shape, "YTD");
    assert_int_equal(t.from, ARNY_FROM_CLOSED);
    assert_int_equal(t.reason, ARNY_REASON_STOP);
    assert_int_equal(t.tokens, 5);
    /* bos im_start "user\n" text im_end "\n" im_start "assistant\n" */
    assert_int_equal(t.prompt_tokens, 1 + 1 + 5 + 8 + 1 + 1 + 1 + 10);
    assert_int_equal(t.prefilled, t.prompt_tokens);
    assert_string_equal(generate(&t, model, "Solve that"), "x = 5");
    assert_int_equal(t.from, ARNY_FROM_HOT);
    assert_int_equal(t.restored, 1 + 1 + 5 + 6);
    close_model(model);
}

static void a_system_message_stands_in_front(void **state)
{
    talk t = {0};
    (void)state;
    arny_model *model = open_model("{}");
    arny_request request = request_of("hello");
    assert_status(try_request(&t, model, &request), ARNY_OK);
    int64_t without = t.prompt_tokens;
    request.system = "Be kind.";
    assert_status(try_request(&t, model, &request), ARNY_OK);
    assert_int_equal(t.prompt_tokens - without, 1 + 7 + 8 + 1 + 1);
    close_model(model);
}

static void a_raw_prompt_is_taken_as_it_stands(void **state)
{
    talk t = {0};
    (void)state;
    arny_model *model = open_model("{'say': [{'when': 'two', 'say': 'yes'}]}");
    arny_request request = request_of("<|im_start|>user\ntwo<|im_end|>\n<|im_start|>assistant\n");
    request.raw = 1;
    assert_status(try_request(&t, model, &request), ARNY_OK);
    assert_string_equal(t.reply, "yes");
    assert_int_equal(t.prompt_tokens, 1 + 1 + 5 + 3 + 1 + 1 + 1 + 10);
    request.prompt = "";
    assert_status(try_request(&t, model, &request), ARNY_OK); /* bos alone is a prompt */
    assert_int_equal(t.prompt_tokens, 1);
    close_model(model);

    model = open_model("{'add_bos': false}");
    assert_status(try_request(&t, model, &request), ARNY_E_DATA);
    assert_string_equal(t.message, "the prompt is empty");
    close_model(model);
}

static void markup_in_a_message_is_text(void **state)
{
    talk t = {0};
    size_t count;
    (void)state;
    arny_model *model = open_model("{}");
    assert_status(arny_model_count_tokens(&count, model, "<|im_end|>"), ARNY_OK);
    assert_int_equal(count, 10);
    generate(&t, model, "a");
    int64_t before = t.prompt_tokens;
    generate(&t, model, "a<|im_end|>");
    assert_int_equal(t.prompt_tokens - before, 10);
    close_model(model);
}

static void a_model_without_a_template_says_how_to_name_one(void **state)
{
    talk t = {0};
    (void)state;
    arny_model *model = open_model("{'chat_template': ''}");
    arny_request request = request_of("hello");
    assert_status(try_request(&t, model, &request), ARNY_E_DATA);
    assert_string_equal(t.shape, "E");
    assert_non_null(strstr(t.message, "has no chat template: name one"));
    request.raw = 1;
    assert_status(try_request(&t, model, &request), ARNY_OK);
    close_model(model);

    arny_model_options options = ARNY_MODEL_OPTIONS_INIT;
    options.chat = "plain";
    model = open_with("{'chat_template': '', 'default': 'fine'}", &options);
    assert_string_equal(generate(&t, model, "hello"), " fine");
    close_model(model);
}

static void a_bad_prompt_is_an_error_and_the_next_one_works(void **state)
{
    talk t = {0};
    (void)state;
    arny_model *model = open_model("{'context': 256, 'default': 'fine'}");
    arny_request request = request_of("");
    assert_status(try_request(&t, model, &request), ARNY_E_DATA);
    assert_string_equal(t.message, "the prompt is empty");
    assert_string_equal(t.shape, "E");
    request.prompt = "ab\xff";
    assert_status(try_request(&t, model, &request), ARNY_E_DATA);
    assert_string_equal(t.message, "the prompt is not UTF-8: byte 2 (0xff) is wrong");
    request.prompt = "ok";
    request.system = "\xc3";
    assert_status(try_request(&t, model, &request), ARNY_E_DATA);
    assert_string_equal(t.message, "the system message is not UTF-8: byte 0 (0xc3) is wrong");
    request = request_of(talk_long(300));
    assert_status(try_request(&t, model, &request), ARNY_E_CONTEXT);
    assert_string_equal(t.message, "the prompt has 320 tokens, more than the context of 256");
    request = request_of(talk_long(1 << 20));
    assert_status(try_request(&t, model, &request), ARNY_E_CONTEXT);
    request.raw = 1;
    assert_status(try_request(&t, model, &request), ARNY_E_CONTEXT);
    assert_string_equal(generate(&t, model, "ok"), "fine");
    close_model(model);
}

static void a_request_is_checked(void **state)
{
    static const char *const many[17] = {"a", "b", "c", "d", "e", "f", "g", "h", "i",
                                         "j", "k", "l", "m", "n", "o", "p", "q"};
    static const char *const bad[] = {NULL, ""};
    talk t = {0};
    (void)state;
    arny_model *model = open_model("{}");
    arny_request request = request_of(NULL);
    assert_status(try_request(&t, model, &request), ARNY_E_ARGUMENT);
    assert_status(arny_model_generate(NULL, &request, NULL, NULL), ARNY_E_ARGUMENT);
    assert_status(arny_model_generate(model, NULL, NULL, NULL), ARNY_E_ARGUMENT);
    request = request_of("x");
    request.size = 8;
    assert_status(try_request(&t, model, &request), ARNY_E_ARGUMENT);
    request = request_of("x");
    request.max_tokens = -2;
    assert_status(try_request(&t, model, &request), ARNY_E_ARGUMENT);
    request = request_of("x");
    request.stop = many;
    request.stop_count = 17;
    assert_status(try_request(&t, model, &request), ARNY_E_ARGUMENT);
    request.stop_count = 16;
    assert_status(try_request(&t, model, &request), ARNY_OK);
    request.stop = NULL;
    assert_status(try_request(&t, model, &request), ARNY_E_ARGUMENT);
    for (size_t i = 0; i < 2; i++) {
        request.stop = bad + i;
        request.stop_count = 1;
        assert_status(try_request(&t, model, &request), ARNY_E_ARGUMENT);
    }
    request = request_of("x");
    arny_sampling hot = greedy;
    hot.temperature = 11;
    request.sampling = &hot;
    assert_status(try_request(&t, model, &request), ARNY_E_ARGUMENT);
    assert_string_equal(t.shape, "E");
    close_model(model);
}

/* ---- answers ---------------------------------------------------------------------------------------------------- */

static void without_a_limit_the_context_is_the_limit(void **state)
{
    talk t = {0};
    (void)state;
    arny_model_options options = ARNY_MODEL_OPTIONS_INIT;
    options.context = 64;
    arny_model *model = open_with("{}", &options);
    arny_request request = request_of("go");
    request.max_tokens = -1;
    request.ignore_eos = 1;
    assert_status(try_request(&t, model, &request), ARNY_OK);
    assert_int_equal(t.reason, ARNY_REASON_CONTEXT);
    assert_int_equal(t.tokens, 64 - t.prompt_tokens + 1);
    request.max_tokens = 3;
    assert_status(try_request(&t, model, &request), ARNY_OK);
    assert_int_equal(t.reason, ARNY_REASON_LENGTH);
    assert_int_equal(t.tokens, 3);
    close_model(model);
}

static void the_context_grows_with_the_request(void **state)
{
    talk t = {0};
    ar_fake_counts counts;
    (void)state;
    arny_model *model = open_model("{'default': 'fine', 'context': 1024}");
    assert_string_equal(generate(&t, model, "short"), "fine");
    assert_string_equal(generate(&t, model, talk_long(900)), "fine");
    assert_string_equal(generate(&t, model, talk_long(1000)), "fine");
    assert_true(t.restored > 900);
    ar_fake_counts_get(&counts);
    assert_int_equal(counts.contexts, 1);
    close_model(model);
}

static void stop_strings_end_the_answer(void **state)
{
    static const char *const stops[] = {"END"};
    talk t = {0};
    (void)state;
    arny_model *model = open_model("{'default': 'one END two'}");
    arny_request request = request_of("go");
    request.stop = stops;
    request.stop_count = 1;
    assert_status(try_request(&t, model, &request), ARNY_OK);
    assert_string_equal(t.reply, "one ");
    assert_int_equal(t.reason, ARNY_REASON_STOP);
    close_model(model);
}

static void the_same_seed_gives_the_same_text(void **state)
{
    talk first = {0}, t = {0};
    arny_sampling sampling = {.temperature = 3, .top_p = 1, .repeat_penalty = 1, .seed = 42};
    (void)state;
    arny_model *model = open_model("{}");
    arny_request request = request_of("go");
    request.sampling = &sampling;
    request.max_tokens = 50;
    request.ignore_eos = 1;
    assert_status(try_request(&first, model, &request), ARNY_OK);
    assert_status(try_request(&t, model, &request), ARNY_OK);
    assert_string_equal(t.reply, first.reply);
    sampling.seed = 43;
    assert_status(try_request(&t, model, &request), ARNY_OK);
    assert_string_not_equal(t.reply, first.reply);
    sampling.seed = 0; /* a new one each time */
    assert_status(try_request(&first, model, &request), ARNY_OK);
    assert_status(try_request(&t, model, &request), ARNY_OK);
    assert_string_not_equal(t.reply, first.reply);
    close_model(model);
}

static void a_failure_of_the_engine_is_an_error_event(void **state)
{
    talk t = {0};
    (void)state;
    arny_model *model = open_model("{'default': 'fine', 'fail': {'step_at': 3, 'prefill_at': 1}}");
    arny_request request = request_of("go");
    assert_status(try_request(&t, model, &request), ARNY_E_ENGINE);
    assert_string_equal(t.shape, "E");
    assert_status(try_request(&t, model, &request), ARNY_E_ENGINE);
    assert_string_equal(t.shape, "YTE");
    assert_int_equal(t.status, ARNY_E_ENGINE);
    assert_string_equal(t.message, arny_last_error());
    assert_string_equal(generate(&t, model, "go"), "fine");
    close_model(model);
}

static void an_adapter_speaks_for_the_model(void **state)
{
    talk t = {0};
    (void)state;
    char *lora = fake_adapter(folder, "lora.fake", "{\"say\": [{\"when\": \"hello\", \"say\": \"adapted\"}]}");
    arny_model_options options = ARNY_MODEL_OPTIONS_INIT;
    options.adapter = lora;
    arny_model *model = open_with("{'default': 'plain'}", &options);
    assert_string_equal(generate(&t, model, "hello"), "adapted");
    assert_string_equal(generate(&t, model, "other"), "plain");
    close_model(model);
    free(lora);
}

/* ---- cancel ----------------------------------------------------------------------------------------------------- */

static void a_callback_that_returns_non_zero_ends_it(void **state)
{
    (void)state;
    arny_model *model = open_model("{'default': 'a long answer'}");
    talk t = {.stop_type = ARNY_EVENT_TOKEN, .stop_at = 3};
    assert_string_equal(generate(&t, model, "go"), "a l");
    assert_int_equal(t.reason, ARNY_REASON_CANCELLED);
    assert_string_equal(t.shape, "YTD");
    t = (talk){.stop_type = ARNY_EVENT_READY, .stop_at = 1};
    assert_string_equal(generate(&t, model, "go"), "");
    assert_int_equal(t.reason, ARNY_REASON_CANCELLED);
    assert_string_equal(t.shape, "YD");
    t = (talk){.stop_type = ARNY_EVENT_DONE, .stop_at = 1};
    assert_string_equal(generate(&t, model, "go"), "a long answer");
    t = (talk){0};
    assert_string_equal(generate(&t, model, "go"), "a long answer");
    close_model(model);
}

static void cancel_hook(const arny_event *event, void *data)
{
    if (event->type == ARNY_EVENT_TOKEN)
        arny_model_cancel(data);
}

static void a_cancel_from_the_callback_ends_it_and_not_the_next(void **state)
{
    (void)state;
    arny_model *model = open_model("{'default': 'a long answer'}");
    arny_model_cancel(model); /* nothing runs: nothing is cancelled */
    talk t = {.hook = cancel_hook, .data = model};
    assert_string_equal(generate(&t, model, "go"), "a");
    assert_int_equal(t.reason, ARNY_REASON_CANCELLED);
    arny_model_cancel(model);
    t = (talk){0};
    assert_string_equal(generate(&t, model, "go"), "a long answer");
    arny_model_cancel(NULL);
    close_model(model);
}

static void *cancel_in_prefill(void *model)
{
    talk_wait_for_prefilled(20);
    arny_model_cancel(model);
    return NULL;
}

static void a_cancel_from_another_thread_ends_a_prefill(void **state)
{
    talk t = {0};
    ar_fake_counts counts;
    ar_thread thread;
    (void)state;
    arny_model *model = open_model("{'prefill_us': 1000, 'default': 'fine'}");
    arny_request request = request_of(talk_long(3000));
    assert_status(ar_thread_start(&thread, cancel_in_prefill, model), ARNY_OK);
    assert_status(try_request(&t, model, &request), ARNY_OK);
    ar_thread_join(thread);
    assert_string_equal(t.shape, "D");
    assert_int_equal(t.reason, ARNY_REASON_CANCELLED);
    assert_int_equal(t.tokens, 0);
    ar_fake_counts_get(&counts);
    assert_true(counts.prefilled >= 20 && counts.prefilled < 2000);
    close_model(model);
}

static void *cancel_in_decode(void *model)
{
    talk_wait_for_steps(5);
    arny_model_cancel(model);
    return NULL;
}

static void a_cancel_from_another_thread_ends_a_decode(void **state)
{
    talk t = {0};
    ar_thread thread;
    (void)state;
    arny_model *model = open_model("{'step_us': 2000}");
    arny_request request = request_of("go");
    request.ignore_eos = 1;
    request.max_tokens = 2000;
    assert_status(ar_thread_start(&thread, cancel_in_decode, model), ARNY_OK);
    assert_status(try_request(&t, model, &request), ARNY_OK);
    ar_thread_join(thread);
    assert_int_equal(t.reason, ARNY_REASON_CANCELLED);
    assert_true(t.tokens >= 5 && t.tokens < 1000);
    close_model(model);
}

/* ---- threads ---------------------------------------------------------------------------------------------------- */

typedef struct caller {
    arny_model *model;
    const char *prompt, *reply;
    atomic_int *inside;
} caller;

static void one_at_a_time(const arny_event *event, void *data)
{
    atomic_int *inside = data;
    if (event->type == ARNY_EVENT_READY)
        assert_int_equal(atomic_fetch_add(inside, 1), 0);
    if (event->type == ARNY_EVENT_DONE)
        assert_int_equal(atomic_fetch_sub(inside, 1), 1);
}

static void *call_often(void *data)
{
    caller *c = data;
    talk t = {.hook = one_at_a_time, .data = c->inside};
    for (int i = 0; i < 20; i++)
        assert_string_equal(generate(&t, c->model, c->prompt), c->reply);
    return NULL;
}

static void calls_of_two_threads_wait_for_each_other(void **state)
{
    atomic_int inside = 0;
    ar_thread threads[2];
    size_t count;
    (void)state;
    arny_model *model = open_model("{'say': [{'when': 'one', 'say': 'first'}], 'default': 'second'}");
    caller callers[2] = {{model, "one", "first", &inside}, {model, "two", "second", &inside}};
    for (int i = 0; i < 2; i++)
        assert_status(ar_thread_start(&threads[i], call_often, &callers[i]), ARNY_OK);
    for (int i = 0; i < 20; i++)
        assert_status(arny_model_count_tokens(&count, model, "text"), ARNY_OK);
    for (int i = 0; i < 2; i++)
        ar_thread_join(threads[i]);
    close_model(model);
}

static void *run_until_cancelled(void *model)
{
    talk t = {0};
    arny_request request = request_of("go");
    request.ignore_eos = 1;
    request.max_tokens = 2000;
    assert_status(try_request(&t, model, &request), ARNY_OK);
    assert_int_equal(t.reason, ARNY_REASON_CANCELLED);
    return NULL;
}

static void free_waits_for_the_call_that_runs(void **state)
{
    ar_thread thread;
    (void)state;
    arny_model *model = open_model("{'step_us': 2000}");
    assert_status(ar_thread_start(&thread, run_until_cancelled, model), ARNY_OK);
    talk_wait_for_steps(3);
    arny_model_cancel(model);
    close_model(model);
    ar_thread_join(thread);
}

/* ---- events that are read later --------------------------------------------------------------------------------- */

static const char *hear(talk *t, arny_stream *stream)
{
    arny_event *event;
    int status;
    talk_begin(t);
    while ((status = arny_stream_next(&event, stream, -1)) == ARNY_OK) {
        talk_event(event, t);
        arny_event_free(event);
    }
    assert_status(status, ARNY_E_END);
    arny_stream_free(stream);
    return t->reply;
}

static arny_stream *start(arny_model *model, const char *prompt)
{
    arny_stream *stream;
    arny_request request = request_of(prompt);
    assert_status(arny_model_start(&stream, model, &request), ARNY_OK);
    return stream;
}

static void a_request_is_copied_when_it_is_started(void **state)
{
    char prompt[] = "go on", system[] = "Be brief.", end[] = "c";
    const char *stop[] = {end};
    arny_sampling sampling = greedy;
    arny_request request = request_of(prompt);
    arny_stream *blocker, *stream;
    talk t = {0};
    (void)state;
    arny_model *model = open_model("{'default': 'abcd', 'step_us': 2000}");
    request.system = system;
    request.stop = stop;
    request.stop_count = 1;
    request.sampling = &sampling;
    blocker = start(model, "wait");
    assert_status(arny_model_start(&stream, model, &request), ARNY_OK);
    memset(prompt, '#', sizeof prompt - 1);
    memset(system, '#', sizeof system - 1);
    memset(end, '#', sizeof end - 1);
    memset(&sampling, 0xff, sizeof sampling);
    memset(&request, 0xff, sizeof request);
    assert_string_equal(hear(&t, blocker), "abcd");
    assert_string_equal(hear(&t, stream), "ab");
    assert_string_equal(t.shape, "YTD");
    close_model(model);
}

static void a_cancel_reaches_what_was_started_or_waits(void **state)
{
    talk t = {0};
    (void)state;
    arny_model *model = open_model("{'default': 'a long answer', 'step_us': 2000}");
    arny_stream *running = start(model, "go"), *waiting = start(model, "go");
    arny_model_cancel(model);
    arny_stream *next = start(model, "go");
    hear(&t, running);
    assert_int_equal(t.reason, ARNY_REASON_CANCELLED);
    hear(&t, waiting);
    assert_string_equal(t.shape, "D");
    assert_int_equal(t.reason, ARNY_REASON_CANCELLED);
    assert_string_equal(hear(&t, next), "a long answer");
    arny_stream_free(start(model, "go")); /* nobody listens */
    assert_string_equal(generate(&t, model, "go"), "a long answer");
    close_model(model);
}

static void count_event(arny_event *event, void *data)
{
    atomic_int *ends = data;
    assert_non_null(event);
    if (event->type == ARNY_EVENT_DONE || event->type == ARNY_EVENT_ERROR)
        atomic_fetch_add(ends, 1);
    arny_event_free(event);
}

static void a_request_may_be_posted_to_a_receiver(void **state)
{
    atomic_int ends = 0;
    arny_stream *streams[8];
    arny_request request = request_of("go");
    (void)state;
    arny_model *model = open_model("{'default': 'a long answer', 'step_us': 100}");
    for (int i = 0; i < 8; i++)
        assert_status(arny_model_post(&streams[i], model, &request, count_event, &ends), ARNY_OK);
    for (int i = 7; i >= 0; i--)
        arny_stream_free(streams[i]);
    assert_int_equal(ends, 8);
    request.max_tokens = -2;
    assert_status(arny_model_post(&streams[0], model, &request, count_event, &ends), ARNY_E_ARGUMENT);
    assert_null(streams[0]);
    assert_status(arny_model_post(&streams[0], model, &request, NULL, NULL), ARNY_E_ARGUMENT);
    assert_status(arny_model_start(&streams[0], NULL, &request), ARNY_E_ARGUMENT);
    assert_status(arny_model_start(NULL, model, &request), ARNY_E_ARGUMENT);
    assert_status(arny_model_start(&streams[0], model, NULL), ARNY_E_ARGUMENT);
    close_model(model);
}

static void tokens_are_counted(void **state)
{
    size_t count = 7;
    (void)state;
    arny_model *model = open_model("{}");
    assert_status(arny_model_count_tokens(&count, model, ""), ARNY_OK);
    assert_int_equal(count, 0);
    assert_status(arny_model_count_tokens(&count, model, "hello"), ARNY_OK);
    assert_int_equal(count, 5);
    assert_status(arny_model_count_tokens(&count, model, "\xff"), ARNY_E_DATA);
    assert_int_equal(count, 0);
    assert_status(arny_model_count_tokens(&count, NULL, "x"), ARNY_E_ARGUMENT);
    close_model(model);
}

static void a_text_is_scored_in_windows(void **state)
{
    double whole, cut, nats;
    size_t scored;
    char text[601];
    (void)state;
    memset(text, 'a', 600);
    text[600] = '\0';
    arny_model *model = open_model("{}");
    assert_status(arny_model_score(&whole, &scored, model, text), ARNY_OK);
    assert_true(whole > 0);
    assert_int_equal(scored, 599); /* 512 tokens with bos, and 89: the first of each is not scored */
    assert_status(arny_model_score(&nats, &scored, model, text), ARNY_OK);
    assert_true(nats == whole);
    arny_model_options narrow = ARNY_MODEL_OPTIONS_INIT;
    narrow.context = 100;
    arny_model *other = open_with("{}", &narrow);
    assert_status(arny_model_score(&cut, &scored, other, text), ARNY_OK);
    assert_int_equal(scored, 594);
    assert_true(cut > 0);
    arny_model_free(other);
    assert_status(arny_model_score(&nats, &scored, model, "a"), ARNY_OK);
    assert_int_equal(scored, 1); /* after bos */
    assert_status(arny_model_score(&nats, &scored, model, ""), ARNY_E_DATA);
    assert_int_equal(scored, 0);
    assert_status(arny_model_score(&nats, &scored, model, "a\xff"), ARNY_E_DATA);
    assert_status(arny_model_score(&nats, &scored, NULL, text), ARNY_E_ARGUMENT);
    assert_status(arny_model_score(NULL, &scored, model, text), ARNY_E_ARGUMENT);
    talk t = {0};
    assert_non_null(generate(&t, model, "still answers"));
    close_model(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_scored_in_windows),
        cmocka_unit_test(options_have_ranges),
        cmocka_unit_test(a_file_that_is_no_model_is_an_error),
        cmocka_unit_test(progress_can_stop_the_opening),
        cmocka_unit_test(a_message_is_framed_and_answered),
        cmocka_unit_test(a_system_message_stands_in_front),
        cmocka_unit_test(a_raw_prompt_is_taken_as_it_stands),
        cmocka_unit_test(markup_in_a_message_is_text),
        cmocka_unit_test(a_model_without_a_template_says_how_to_name_one),
        cmocka_unit_test(a_bad_prompt_is_an_error_and_the_next_one_works),
        cmocka_unit_test(a_request_is_checked),
        cmocka_unit_test(without_a_limit_the_context_is_the_limit),
        cmocka_unit_test(the_context_grows_with_the_request),
        cmocka_unit_test(stop_strings_end_the_answer),
        cmocka_unit_test(the_same_seed_gives_the_same_text),
        cmocka_unit_test(a_failure_of_the_engine_is_an_error_event),
        cmocka_unit_test(an_adapter_speaks_for_the_model),
        cmocka_unit_test(a_callback_that_returns_non_zero_ends_it),
        cmocka_unit_test(a_cancel_from_the_callback_ends_it_and_not_the_next),
        cmocka_unit_test(a_cancel_from_another_thread_ends_a_prefill),
        cmocka_unit_test(a_cancel_from_another_thread_ends_a_decode),
        cmocka_unit_test(calls_of_two_threads_wait_for_each_other),
        cmocka_unit_test(free_waits_for_the_call_that_runs),
        cmocka_unit_test(a_request_is_copied_when_it_is_started),
        cmocka_unit_test(a_cancel_reaches_what_was_started_or_waits),
        cmocka_unit_test(a_request_may_be_posted_to_a_receiver),
        cmocka_unit_test(tokens_are_counted),
    };
    folder = test_tmpdir();
    return RUN(tests);
}
