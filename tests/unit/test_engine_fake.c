/* The fake engine keeps the promises of arny/sys/engine.h, and says what its file says. */
#include "check.h"
#include "fake_make.h"
#include "tmp.h"

#include "engine/fake/fake.h"
#include "engine/registry.h"
#include "util/clock.h"
#include "util/fault.h"
#include "util/thread.h"

#include <math.h>

#define TEXT_MAX 512

static const arny_engine *const fake = &ar_engine_fake;
static const char *dir;

/* ---- helpers ---------------------------------------------------------------------------------------------------- */

typedef struct bench { /* a model with one context */
    char *path;
    arny_engine_model *model;
    arny_engine_context *context;
} bench;

static const arny_engine_context_options roomy = {.length = 1024, .batch = 256, .outputs = 32, .threads = 1};

static arny_engine_model *open_model(const char *json)
{
    static int number;
    char name[32];
    arny_engine_model *model;
    snprintf(name, sizeof name, "m%d.fake", number++);
    char *path = fake_model(dir, name, json);
    assert_status(fake->model_open(&model, path, NULL), ARNY_OK);
    free(path);
    return model;
}

static bench open_bench_with(const char *json, const arny_engine_context_options *options)
{
    bench b = {0};
    b.model = open_model(json);
    assert_status(fake->context_open(&b.context, b.model, options), ARNY_OK);
    return b;
}

static bench open_bench(const char *json)
{
    return open_bench_with(json, &roomy);
}

static void close_bench(bench *b)
{
    fake->context_free(b->context);
    fake->model_free(b->model);
}

/* Text with CONTROL tokens in it, as a template's markup is: the tokens' names are recognised. */
static size_t markup(int32_t *out, const char *text)
{
    size_t count = 0;
    while (*text) {
        int32_t id = (unsigned char)*text;
        size_t bytes = 1;
        for (int32_t token = AR_FAKE_BOS; token <= AR_FAKE_END_OF_TURN; token++) {
            const char *name = fake->token_text(NULL, token);
            if (strncmp(text, name, strlen(name)) == 0) {
                id = token;
                bytes = strlen(name);
            }
        }
        out[count++] = id;
        text += bytes;
    }
    return count;
}

static int prefill_with(arny_engine_context *context, const char *text, const arny_engine_cancel *cancel)
{
    int32_t tokens[4096];
    size_t count = markup(tokens, text);
    return fake->prefill(context, tokens, count, cancel);
}

static void prefill(arny_engine_context *context, const char *text)
{
    assert_status(prefill_with(context, text, NULL), ARNY_OK);
}

static int32_t greedy(arny_engine_context *context)
{
    const float *logits = fake->logits(context);
    int32_t best = 0;
    assert_non_null(logits);
    for (int32_t i = 1; i < AR_FAKE_VOCABULARY; i++)
        if (logits[i] > logits[best])
            best = i;
    return best;
}

/* Greedy text up to the end token. */
static const char *reply(arny_engine_context *context)
{
    static char text[TEXT_MAX];
    size_t length = 0;
    for (;;) {
        int32_t token = greedy(context);
        size_t bytes;
        if (fake->token_flags(NULL, token) & ARNY_TOKEN_END)
            break;
        assert_status(fake->piece(text + length, TEXT_MAX - 1 - length, &bytes, NULL, token), ARNY_OK);
        length += bytes;
        assert_true(length < TEXT_MAX - 16);
        assert_status(fake->step(context, token, NULL), ARNY_OK);
    }
    text[length] = '\0';
    return text;
}

static const char *answer(arny_engine_context *context, const char *prompt)
{
    assert_status(fake->truncate(context, 0), ARNY_OK);
    prefill(context, prompt);
    return reply(context);
}

static double probability(const arny_engine_context *context, int32_t token)
{
    return exp(fake->logits((arny_engine_context *)(uintptr_t)context)[token]);
}

/* Log-probabilities of texts as continuations, each ended by `end` (-1: nothing). */
static void score(double *out, arny_engine_context *context, const char *const *texts, size_t count, int32_t end)
{
    int32_t tokens[512];
    size_t starts[16] = {0}, n = 0;
    for (size_t i = 0; i < count; i++) {
        n += markup(tokens + n, texts[i]);
        if (end >= 0)
            tokens[n++] = end;
        starts[i + 1] = n;
    }
    assert_status(fake->score(out, context, tokens, starts, count, NULL), ARNY_OK);
}

#define CHAT(text) \
    "<|im_start|>system\nBe good.<|im_end|>\n<|im_start|>user\n" text "<|im_end|>\n<|im_start|>assistant\n"
#define RULES "{\"say\": [{\"when\": \"solve\", \"say\": \"x = 5\"}, {\"when\": \"S\", \"say\": \"an s\"}]}"

/* ---- files ------------------------------------------------------------------------------------------------------ */

static void check_fills_info(void **state)
{
    (void)state;
    arny_file_info info;
    char *path = fake_model(dir, "info.fake",
                            "{\"name\": \"Tiny\", \"architecture\": \"toy\", \"context\": 99, \"embedding\": 3,"
                            " \"weights\": 12345, \"chat_template\": \"\"}");
    assert_status(fake->check(&info, path), ARNY_OK);
    assert_string_equal(info.kind, "fake");
    assert_string_equal(info.name, "Tiny");
    assert_string_equal(info.architecture, "toy");
    assert_string_equal(info.chat, "");
    assert_int_equal(info.context, 99);
    assert_int_equal(info.embedding, 3);
    assert_int_equal(info.weights, 12345);
    assert_int_equal(info.vocabulary, AR_FAKE_VOCABULARY);
    assert_true(info.bytes > 50);
    free(path);

    path = fake_model(dir, "plain.fake", "{}");
    assert_status(fake->check(&info, path), ARNY_OK);
    assert_string_equal(info.chat, "chatml");
    assert_string_equal(info.architecture, "fake");
    free(path);

    path = fake_adapter(dir, "info.lora", "{\"base\": \"toy\"}");
    assert_status(fake->check(&info, path), ARNY_OK);
    assert_string_equal(info.kind, "lora");
    assert_string_equal(info.architecture, "toy");
    free(path);
}

static void a_wrong_file_is_refused_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *place;
    } files[] = {
        {"#arny-fake 2\n{}", ":1:1: "},
        {"#arny-fake 1 \n{}", ":1:1: "},
        {"#arny-fake 1\n", ":1:1: "},
        {"#arny-fake 1\n[]", ":2:1: "},
        {"#arny-fake 1\n{\n \"contxt\": 5}", ":3:2: "},
        {"#arny-fake 1\n{\n \"context\": 5}", ":3:13: "},
        {"#arny-fake 1\n{ \"context\": \"big\" }", ":2:14: "},
        {"#arny-fake 1\n{ \"say\": {} }", ":2:10: "},
        {"#arny-fake 1\n{ \"say\": [{\"when\": \"x\"}] }", ":2:11: "},
        {"#arny-fake 1\n{ \"say\": [{\"when\": \"\", \"say\": \"x\"}] }", ":2:20: "},
        {"#arny-fake 1\n{ \"say\": [{\"when\": \"x\", \"say\": 1}] }", ":2:32: "},
        {"#arny-fake 1\n{ \"say\": [{\"when\": \"x\", \"say\": {}}] }", ":2:32: "},
        {"#arny-fake 1\n{ \"say\": [{\"when\": \"x\", \"say\": {\"a\": 2}}] }", ":2:38: "},
        {"#arny-fake 1\n{ \"fail\": {\"open\": \"badly\"} }", ":2:20: "},
        {"#arny-fake 1\n{ \"fail\": {\"prefill_at\": 0} }", ":2:26: "},
        {"#arny-fake 1\n{} x", ":2:4: "},
        {"#arny-fake-adapter 1\n{ \"context\": 99 }", ":2:3: "},
    };
    char *path = test_path(dir, "wrong.fake");
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        arny_file_info info;
        arny_engine_model *model;
        char place[64];
        test_write(path, files[i].text, strlen(files[i].text));
        assert_status(fake->check(&info, path), ARNY_E_DATA);
        snprintf(place, sizeof place, "wrong.fake%s", files[i].place);
        assert_error_has(place);
        assert_status(fake->model_open(&model, path, NULL), ARNY_E_DATA);
        assert_null(model);
    }
    free(path);
}

static void files_are_recognised_by_their_first_bytes(void **state)
{
    (void)state;
    assert_true(fake->recognizes("#arny-fa", 8));
    assert_true(fake->recognizes("#arny-fake-adapter 1\n{}", 23));
    assert_false(fake->recognizes("#arny-f", 7));
    assert_false(fake->recognizes("GGUF\3\0\0\0", 8));
}

static void the_estimate_is_what_is_measured(void **state)
{
    (void)state;
    arny_engine_estimate estimate;
    const char *json = "{\"weights\": 5000, \"kv_bytes\": 100}";
    char *path = fake_model(dir, "e.fake", json), *lora = fake_adapter(dir, "e.lora", "{}");
    arny_engine_context_options options = roomy;
    for (int type = ARNY_KV_F16; type <= ARNY_KV_Q8_0; type++) {
        options.kv_type = type;
        bench b = open_bench_with(json, &options);
        assert_status(fake->estimate(&estimate, path, lora, NULL, &options), ARNY_OK);
        assert_int_equal(estimate.kv, 1024 * (type == ARNY_KV_F16 ? 100 : 50));
        assert_int_equal(estimate.weights, fake->model_bytes(b.model));
        assert_int_equal(estimate.kv + estimate.compute, fake->context_bytes(b.context));
        assert_int_equal(estimate.kv + estimate.compute, fake->context_need(b.model, &options));
        assert_true(estimate.adapter > 0);
        close_bench(&b);
    }
    options.length = 8;
    assert_status(fake->estimate(&estimate, path, NULL, NULL, &options), ARNY_E_ARGUMENT);
    assert_status(fake->estimate(&estimate, lora, NULL, NULL, &roomy), ARNY_E_DATA);
    assert_status(fake->estimate(&estimate, path, path, NULL, &roomy), ARNY_E_DATA);
    free(path);
    free(lora);
}

/* ---- vocabulary ------------------------------------------------------------------------------------------------- */

static void tokenize_merges_user_defined_texts_only(void **state)
{
    (void)state;
    static const int32_t wanted[] = {'a',  AR_FAKE_TOOL, '<', '|', 'e', 'o', 't',         '|', '>', AR_FAKE_NEWLINES,
                                     '\n', '<',          'u', 'n', 'k', '>', AR_FAKE_WORD};
    const char *text = "a<tool><|eot|>\n\n\n<unk>[FAKE]";
    int32_t tokens[64] = {0};
    size_t count = 0;
    assert_status(fake->tokenize(tokens, 64, &count, NULL, text, strlen(text)), ARNY_OK);
    assert_int_equal(count, sizeof wanted / sizeof wanted[0]);
    assert_memory_equal(tokens, wanted, sizeof wanted);

    memset(tokens, 0, sizeof tokens);
    assert_status(fake->tokenize(tokens, 2, &count, NULL, text, strlen(text)), ARNY_OK);
    assert_int_equal(count, sizeof wanted / sizeof wanted[0]);
    assert_int_equal(tokens[1], AR_FAKE_TOOL);
    assert_int_equal(tokens[2], 0);
    assert_status(fake->tokenize(NULL, 0, &count, NULL, "", 0), ARNY_OK);
    assert_int_equal(count, 0);
}

static void each_token_has_its_text_and_flags(void **state)
{
    (void)state;
    char piece[32];
    size_t bytes;
    for (int32_t token = 0; token < AR_FAKE_VOCABULARY; token++) {
        int flags = fake->token_flags(NULL, token);
        assert_non_null(fake->token_text(NULL, token));
        assert_status(fake->piece(piece, sizeof piece, &bytes, NULL, token), ARNY_OK);
        if (token < 256) {
            assert_int_equal(flags, ARNY_TOKEN_BYTE);
            assert_int_equal(bytes, 1);
            assert_int_equal((unsigned char)piece[0], token);
        } else if (flags & (ARNY_TOKEN_CONTROL | ARNY_TOKEN_UNKNOWN)) {
            assert_int_equal(bytes, 0);
        } else {
            assert_int_equal(flags, ARNY_TOKEN_USER_DEFINED);
            assert_int_equal(bytes, strlen(fake->token_text(NULL, token)));
            assert_memory_equal(piece, fake->token_text(NULL, token), bytes);
        }
    }
    assert_string_equal(fake->token_text(NULL, 'A'), "<0x41>");
    assert_string_equal(fake->token_text(NULL, AR_FAKE_IM_END), "<|im_end|>");
    assert_int_equal(fake->token_flags(NULL, AR_FAKE_IM_END), ARNY_TOKEN_CONTROL | ARNY_TOKEN_END);
    assert_int_equal(fake->token_flags(NULL, AR_FAKE_UNKNOWN), ARNY_TOKEN_UNKNOWN);
    piece[0] = 0;
    assert_status(fake->piece(piece, 0, &bytes, NULL, AR_FAKE_TOOL), ARNY_OK);
    assert_int_equal(bytes, 6);
    assert_int_equal(piece[0], 0);
    assert_null(fake->token_text(NULL, -1));
    assert_null(fake->token_text(NULL, AR_FAKE_VOCABULARY));
    assert_int_equal(fake->token_flags(NULL, 9999), 0);
    assert_status(fake->piece(piece, sizeof piece, &bytes, NULL, AR_FAKE_VOCABULARY), ARNY_E_ARGUMENT);
}

/* ---- replies ---------------------------------------------------------------------------------------------------- */

static void a_rule_answers_the_last_user_message(void **state)
{
    (void)state;
    bench b = open_bench(RULES);
    assert_string_equal(answer(b.context, CHAT("Please SOLVE it")), "x = 5");
    assert_int_equal(greedy(b.context), AR_FAKE_IM_END);
    assert_string_equal(answer(b.context, CHAT("Yes")), "an s");
    /* an earlier message, and the system's, are not asked */
    assert_string_equal(answer(b.context, "<|im_start|>system\nsolve<|im_end|>\n<|im_start|>user\nsolve<|im_end|>\n"
                                          "<|im_start|>assistant\nx = 5<|im_end|>\n<|im_start|>user\nYes<|im_end|>\n"
                                          "<|im_start|>assistant\n"),
                        "an s");
    /* with what was said already, the rest */
    assert_string_equal(answer(b.context, CHAT("solve") "x ="), " 5");
    assert_string_equal(answer(b.context, CHAT("solve") "x = 5"), "");
    close_bench(&b);
}

static void gemma_markup_works_too(void **state)
{
    (void)state;
    bench b = open_bench(RULES);
    assert_string_equal(answer(b.context, "<|bos|><start_of_turn>user\nSolve<end_of_turn>\n<start_of_turn>model\n"),
                        "x = 5");
    close_bench(&b);
}

static void markup_typed_as_text_is_no_markup(void **state)
{
    (void)state;
    bench b = open_bench("{\"say\": [{\"when\": \"solve\", \"say\": \"x\"}, {\"when\": \"hi\", \"say\": \"hello\"}]}");
    int32_t tokens[512];
    size_t count = markup(tokens, "<|im_start|>user\nhi"), more;
    const char *typed = "<|im_end|>\n<|im_start|>user\nnothing<|im_start|>assistant\nok";
    assert_status(fake->tokenize(tokens + count, 256, &more, b.model, typed, strlen(typed)), ARNY_OK);
    count += more;
    count += markup(tokens + count, "<|im_end|>\n<|im_start|>assistant\n");
    assert_status(fake->prefill(b.context, tokens, count, NULL), ARNY_OK);
    assert_string_equal(reply(b.context), "hello");
    close_bench(&b);
}

static void plain_prompts_work_too(void **state)
{
    (void)state;
    bench b =
        open_bench("{\"say\": [{\"when\": \"solve\", \"say\": \"math\"}, {\"when\": \"sad\", \"say\": \"wellness\"}]}");
    const char *prompt = "Who solves it? sad solve\nMessage: I am sad\nAgent: wellness\n\nMessage: Solve 2x\nAgent:";
    assert_string_equal(answer(b.context, prompt), " math");
    assert_string_equal(answer(b.context, "Message: sad\nAgent: "), "wellness");
    assert_string_equal(answer(b.context, "Message: sad\nAgent:w"), "ellness");
    assert_string_equal(answer(b.context, "Be good.\nUser: solve\nAssistant: x\nUser: so sad\nAssistant:"),
                        " wellness");
    /* several lines of a message */
    assert_string_equal(answer(b.context, "Message: so\nvery sad\nAgent:"), " wellness");
    /* nothing at all: everything before the end of the prompt is asked */
    assert_string_equal(answer(b.context, "to solve"), "math");
    /* a gateway's prompt in chat markup: the message line counts, not the instructions */
    assert_string_equal(answer(b.context, CHAT("solve: math, sad: wellness\nMessage: I am sad\nsolve it?")),
                        "wellness");
    assert_string_equal(answer(b.context, CHAT("solve: math\nMessage: I am\nsad\nAgent:")), "wellness");
    close_bench(&b);
}

static void json_is_finished_around_the_word(void **state)
{
    (void)state;
    bench b = open_bench("{\"say\": [{\"when\": \"solve\", \"say\": \"math\"}]}");
    assert_string_equal(answer(b.context, CHAT("solve") "{\"agent\": \""), "math\"}");
    assert_string_equal(answer(b.context, CHAT("solve") "{\"agent\": \"ma"), "th\"}");
    assert_string_equal(answer(b.context, "Message: solve\nAgent: {\"agent\": \""), "math\"}");
    assert_string_equal(answer(b.context, "Message: solve\nAgent:{\"agent\": \""), "math\"}");
    close_bench(&b);
}

static void the_default_answers_what_no_rule_does(void **state)
{
    (void)state;
    bench b = open_bench("{\"say\": [{\"when\": \"x\", \"say\": \"y\"}], \"default\": \"none\"}");
    assert_string_equal(answer(b.context, CHAT("x")), "y");
    assert_string_equal(answer(b.context, CHAT("z")), "none");
    close_bench(&b);
    b = open_bench("{\"default\": \"\"}");
    assert_string_equal(answer(b.context, CHAT("z")), "");
    close_bench(&b);
}

static void without_a_rule_every_token_before_the_reply_matters(void **state)
{
    (void)state;
    bench b = open_bench("{}"), other = open_bench("{\"context\": 1000}");
    const char *prompt = CHAT("Good morning to you");
    char first[TEXT_MAX];
    snprintf(first, sizeof first, "%s", answer(b.context, prompt));
    size_t words = 1;
    for (const char *c = first; *c; c++)
        words += *c == ' ';
    assert_in_range(words, 3, 12);
    assert_string_equal(answer(b.context, prompt), first);
    assert_string_not_equal(answer(other.context, prompt), first);

    int32_t tokens[256];
    size_t count = markup(tokens, prompt);
    for (size_t i = 0; i + strlen("assistant\n") + 1 < count; i++) {
        int32_t kept = tokens[i];
        tokens[i] = kept == 'q' ? 'Q' : 'q';
        assert_status(fake->truncate(b.context, 0), ARNY_OK);
        assert_status(fake->prefill(b.context, tokens, count, NULL), ARNY_OK);
        assert_string_not_equal(reply(b.context), first);
        tokens[i] = kept;
    }
    close_bench(&b);
    close_bench(&other);
}

static void the_winner_has_nine_tenths_and_all_is_finite(void **state)
{
    (void)state;
    bench b = open_bench(RULES);
    prefill(b.context, CHAT("solve"));
    for (int round = 0; round < 6; round++) {
        double sum = 0;
        for (int32_t i = 0; i < AR_FAKE_VOCABULARY; i++) {
            double p = probability(b.context, i);
            assert_true(p > 1e-5 && p < 1);
            sum += p;
        }
        assert_true(fabs(sum - 1) < 1e-4);
        double best = probability(b.context, greedy(b.context));
        assert_true(best > 0.87 && best < 0.91);
        assert_status(fake->step(b.context, greedy(b.context), NULL), ARNY_OK);
    }
    close_bench(&b);
}

static void sampling_off_the_text_goes_on_by_count(void **state)
{
    (void)state;
    bench b = open_bench(RULES);
    prefill(b.context, CHAT("solve"));
    assert_status(fake->step(b.context, '?', NULL), ARNY_OK);
    assert_string_equal(reply(b.context), " = 5");
    close_bench(&b);
}

/* ---- score ------------------------------------------------------------------------------------------------------ */

static void score_prefers_what_the_rule_says(void **state)
{
    (void)state;
    static const char *const labels[] = {"wellness", "math", "mathematics", "none"},
                             *const spaced[] = {" wellness", " math", " mathematics", " none"},
                             *const json[] = {"wellness\"", "math\"", "mathematics\"", "none\""};
    const struct {
        const char *prompt;
        const char *const *labels;
        int32_t end;
    } forms[] = {{CHAT("solve"), labels, AR_FAKE_IM_END},
                 {CHAT("Message: solve\nAgent:"), labels, AR_FAKE_EOT},
                 {"Message: solve\nAgent:", spaced, '\n'},
                 {"Message: solve\nAgent:", labels, '\n'},
                 {"Message: solve\nAgent: ", labels, AR_FAKE_IM_END},
                 {CHAT("solve") "{\"agent\": \"", json, -1}};
    bench b = open_bench("{\"say\": [{\"when\": \"solve\", \"say\": \"math\"}]}");
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        double p[4];
        assert_status(fake->truncate(b.context, 0), ARNY_OK);
        prefill(b.context, forms[i].prompt);
        size_t length = fake->length(b.context);
        score(p, b.context, forms[i].labels, 4, forms[i].end);
        for (int j = 0; j < 4; j++) {
            assert_true(isfinite(p[j]) && p[j] < 0);
            assert_true(j == 1 || p[1] > p[j] + 3);
        }
        assert_int_equal(fake->length(b.context), length);
        assert_null(fake->logits(b.context));
    }
    close_bench(&b);
}

static void score_gives_the_weights_of_the_file(void **state)
{
    (void)state;
    static const char *const labels[] = {"math", "wellness", "none"};
    bench b = open_bench("{\"default\": {\"math\": 0.6, \"wellness\": 0.3, \"none\": 0.1}}");
    const char *prompts[] = {CHAT("?"), "Message: ?\nAgent:", "Message: ?\nAgent: "};
    for (int i = 0; i < 3; i++) {
        double p[3];
        assert_status(fake->truncate(b.context, 0), ARNY_OK);
        prefill(b.context, prompts[i]);
        score(p, b.context, labels, 3, AR_FAKE_IM_END);
        double sum = exp(p[0]) + exp(p[1]) + exp(p[2]);
        assert_true(fabs(exp(p[0]) / sum - 0.6) < 0.01);
        assert_true(fabs(exp(p[1]) / sum - 0.3) < 0.01);
        assert_true(fabs(exp(p[2]) / sum - 0.1) < 0.01);
        assert_status(fake->truncate(b.context, 0), ARNY_OK);
        prefill(b.context, prompts[i]);
        assert_non_null(strstr(reply(b.context), "math"));
    }
    close_bench(&b);
}

static void score_is_the_sum_of_the_steps(void **state)
{
    (void)state;
    static const char *const text[] = {"mild"};
    bench b = open_bench(RULES);
    double p, sum = 0;
    prefill(b.context, CHAT("hello"));
    score(&p, b.context, text, 1, -1);
    assert_status(fake->truncate(b.context, 0), ARNY_OK);
    prefill(b.context, CHAT("hello"));
    for (const char *c = text[0]; *c; c++) {
        sum += log(probability(b.context, *c));
        assert_status(fake->step(b.context, *c, NULL), ARNY_OK);
    }
    assert_true(fabs(sum - p) < 1e-3);
    close_bench(&b);
}

static void score_checks_what_it_is_given(void **state)
{
    (void)state;
    arny_engine_context_options options = {.length = 16, .batch = 16, .outputs = 4};
    bench b = open_bench_with("{}", &options);
    double p[2];
    int32_t tokens[] = {'a', 'b', 'c', 'd', 'e'};
    size_t one[] = {0, 4}, five[] = {0, 5}, empty[] = {0, 0};
    assert_status(fake->score(p, b.context, tokens, one, 1, NULL), ARNY_E_ARGUMENT);
    prefill(b.context, "hello");
    assert_status(fake->score(p, b.context, tokens, five, 1, NULL), ARNY_E_ARGUMENT);
    assert_status(fake->score(p, b.context, tokens, empty, 1, NULL), ARNY_E_ARGUMENT);
    assert_status(fake->truncate(b.context, 0), ARNY_OK);
    prefill(b.context, "hello hello he"); /* 14 of 16: three more do not fit */
    assert_status(fake->score(p, b.context, tokens, one, 1, NULL), ARNY_E_CONTEXT);
    close_bench(&b);
}

/* ---- the timeline ------------------------------------------------------------------------------------------------ */

static void options_out_of_range_are_refused(void **state)
{
    (void)state;
    static const arny_engine_context_options wrong[] = {{.length = 0, .batch = 1, .outputs = 1},
                                                        {.length = -1, .batch = 1, .outputs = 1},
                                                        {.length = 15, .batch = 1, .outputs = 1},
                                                        {.length = INT32_MAX, .batch = 1, .outputs = 1},
                                                        {.length = 64, .batch = 0, .outputs = 1},
                                                        {.length = 64, .batch = -1, .outputs = 1},
                                                        {.length = 64, .batch = 64, .outputs = 0},
                                                        {.length = 64, .batch = 64, .outputs = 1, .kv_type = 7},
                                                        {.length = 64, .batch = 64, .outputs = 1, .threads = -1}};
    arny_engine_context_options more = {.length = 64, .batch = 512, .outputs = 128};
    arny_engine_model *model = open_model("{}");
    arny_engine_context *context;
    assert_status(fake->context_open(&context, model, &more), ARNY_OK);
    fake->context_free(context);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_status(fake->context_open(&context, model, &wrong[i]), ARNY_E_ARGUMENT);
        assert_null(context);
    }
    fake->model_free(model);
}

static void a_full_context_says_so_and_stays_usable(void **state)
{
    (void)state;
    arny_engine_context_options options = {.length = 16, .batch = 16, .outputs = 1};
    bench b = open_bench_with("{\"default\": \"ok\"}", &options);
    assert_int_equal(fake->capacity(b.context), 16);
    assert_status(prefill_with(b.context, "12345678901234567", NULL), ARNY_E_CONTEXT);
    assert_int_equal(fake->length(b.context), 0);
    prefill(b.context, "123456789012345");
    assert_status(fake->step(b.context, greedy(b.context), NULL), ARNY_OK);
    assert_status(fake->step(b.context, 'k', NULL), ARNY_E_CONTEXT);
    assert_int_equal(fake->length(b.context), 16);
    assert_status(fake->truncate(b.context, 4), ARNY_OK);
    assert_null(fake->logits(b.context));
    prefill(b.context, "5");
    assert_string_equal(reply(b.context), "ok");
    close_bench(&b);
}

static void a_token_outside_the_vocabulary_is_refused(void **state)
{
    (void)state;
    bench b = open_bench("{}");
    int32_t tokens[] = {'a', AR_FAKE_VOCABULARY};
    assert_status(fake->prefill(b.context, tokens, 2, NULL), ARNY_E_ARGUMENT);
    assert_int_equal(fake->length(b.context), 0);
    assert_status(fake->step(b.context, -1, NULL), ARNY_E_ARGUMENT);
    close_bench(&b);
}

static void the_way_to_a_timeline_does_not_matter(void **state)
{
    (void)state;
    bench b = open_bench("{}");
    const char *prompt = CHAT("Good evening");
    char whole[TEXT_MAX];
    snprintf(whole, sizeof whole, "%s", answer(b.context, prompt));

    int32_t tokens[256];
    size_t count = markup(tokens, prompt);
    assert_status(fake->truncate(b.context, 0), ARNY_OK);
    for (size_t i = 0; i < count; i += 7)
        assert_status(fake->prefill(b.context, tokens + i, count - i < 7 ? count - i : 7, NULL), ARNY_OK);
    assert_string_equal(reply(b.context), whole);

    assert_status(fake->truncate(b.context, 20), ARNY_OK);
    assert_int_equal(fake->length(b.context), 20);
    assert_status(fake->prefill(b.context, tokens + 20, count - 20, NULL), ARNY_OK);
    assert_string_equal(reply(b.context), whole);
    assert_status(fake->truncate(b.context, 9999), ARNY_OK);
    close_bench(&b);
}

static void exact_state_is_kept_whole_or_dropped(void **state)
{
    (void)state;
    bench b = open_bench("{\"exact_state\": true}");
    assert_int_equal(fake->model_info(b.model)->exact_state, 1);
    prefill(b.context, "hello");
    assert_status(fake->truncate(b.context, 5), ARNY_OK);
    assert_non_null(fake->logits(b.context));
    assert_status(fake->truncate(b.context, 4), ARNY_E_UNSUPPORTED);
    assert_int_equal(fake->length(b.context), 5);
    assert_status(fake->truncate(b.context, 0), ARNY_OK);
    assert_int_equal(fake->length(b.context), 0);
    close_bench(&b);
}

static void model_info_is_the_file_s(void **state)
{
    (void)state;
    arny_engine_model *model = open_model("{\"chat_template\": \"\", \"add_bos\": false, \"context\": 77}");
    const arny_engine_model_info *info = fake->model_info(model);
    assert_null(info->chat_template);
    assert_int_equal(info->add_bos, 0);
    assert_int_equal(info->context, 77);
    assert_int_equal(info->bos, AR_FAKE_BOS);
    assert_int_equal(info->eos, AR_FAKE_IM_END);
    assert_int_equal(info->vocabulary, AR_FAKE_VOCABULARY);
    assert_int_equal(info->generates, 1);
    fake->model_free(model);
    model = open_model("{}");
    assert_non_null(strstr(fake->model_info(model)->chat_template, "<|im_start|>"));
    assert_int_equal(fake->model_info(model)->add_bos, 1);
    fake->model_free(model);
}

/* ---- state ------------------------------------------------------------------------------------------------------- */

static void *save(arny_engine_context *context, size_t *bytes)
{
    size_t size = fake->state_size(context);
    void *data = malloc(size);
    assert_non_null(data);
    assert_status(fake->state_save(data, size, bytes, context), ARNY_OK);
    assert_int_equal(*bytes, size);
    return data;
}

static void a_restored_state_goes_on_as_the_saved_one(void **state)
{
    (void)state;
    const char *prompts[] = {CHAT("Good night"), "no markup at all"};
    for (int i = 0; i < 2; i++) {
        bench b = open_bench("{}");
        ar_fake_counts counts;
        size_t bytes;
        char wanted[TEXT_MAX];
        prefill(b.context, prompts[i]);
        size_t length = fake->length(b.context) - 1;
        int32_t last = i ? 'l' : '\n';
        assert_status(fake->truncate(b.context, length), ARNY_OK);
        void *data = save(b.context, &bytes);
        assert_status(fake->prefill(b.context, &last, 1, NULL), ARNY_OK);
        snprintf(wanted, sizeof wanted, "%s", reply(b.context));

        arny_engine_context *other;
        assert_status(fake->context_open(&other, b.model, &roomy), ARNY_OK);
        prefill(other, "something else");
        ar_fake_counts_reset();
        assert_status(fake->state_restore(other, data, bytes, length), ARNY_OK);
        assert_int_equal(fake->length(other), length);
        assert_null(fake->logits(other));
        assert_status(fake->prefill(other, &last, 1, NULL), ARNY_OK);
        assert_string_equal(reply(other), wanted);
        ar_fake_counts_get(&counts);
        assert_int_equal(counts.restores, 1);
        assert_int_equal(counts.prefilled, 1);
        fake->context_free(other);
        free(data);
        close_bench(&b);
    }
}

static void a_state_in_the_middle_of_a_reply_goes_on(void **state)
{
    (void)state;
    bench b = open_bench(RULES);
    size_t bytes;
    prefill(b.context, "solve");
    assert_status(fake->step(b.context, 'x', NULL), ARNY_OK);
    void *data = save(b.context, &bytes);
    assert_status(fake->state_restore(b.context, data, bytes, 6), ARNY_OK);
    assert_status(fake->step(b.context, ' ', NULL), ARNY_OK);
    assert_string_equal(reply(b.context), "= 5");
    free(data);
    close_bench(&b);
}

static void a_wrong_state_leaves_an_empty_timeline(void **state)
{
    (void)state;
    bench b = open_bench("{}");
    size_t bytes, small = 10;
    prefill(b.context, "hello");
    char *data = save(b.context, &bytes), few[10];
    assert_status(fake->state_save(few, sizeof few, &small, b.context), ARNY_E_ARGUMENT);
    assert_int_equal(small, 0);
    for (size_t cut = 0; cut < bytes; cut++) {
        prefill(b.context, "x");
        char *part = malloc(cut + 1);
        memcpy(part, data, cut);
        assert_status(fake->state_restore(b.context, part, cut, 5), ARNY_E_DATA);
        assert_int_equal(fake->length(b.context), 0);
        free(part);
    }
    assert_status(fake->state_restore(b.context, data, bytes, 4), ARNY_E_DATA);
    data[0] ^= 1;
    assert_status(fake->state_restore(b.context, data, bytes, 5), ARNY_E_DATA);
    data[0] ^= 1;
    assert_status(fake->state_restore(b.context, data, bytes, 5), ARNY_OK);

    arny_engine_context_options options = {.length = 64, .batch = 64, .outputs = 1, .kv_type = ARNY_KV_Q8_0};
    arny_engine_context *other;
    assert_status(fake->context_open(&other, b.model, &options), ARNY_OK);
    assert_status(fake->state_restore(other, data, bytes, 5), ARNY_E_DATA);
    fake->context_free(other);
    free(data);
    close_bench(&b);
}

/* ---- adapters ---------------------------------------------------------------------------------------------------- */

static void an_adapter_s_rules_come_first(void **state)
{
    (void)state;
    bench b = open_bench(RULES);
    char *path = fake_adapter(dir, "a.lora", "{\"say\": [{\"when\": \"solve\", \"say\": \"y = 7\"}]}");
    void *adapter, *second;
    char plain[TEXT_MAX];
    assert_status(fake->adapter_open(&adapter, b.model, path), ARNY_OK);
    assert_status(fake->adapter_open(&second, b.model, path), ARNY_OK);
    snprintf(plain, sizeof plain, "%s", answer(b.context, CHAT("hi")));
    assert_status(fake->adapter_set(b.context, adapter), ARNY_E_BUSY);
    assert_status(fake->truncate(b.context, 0), ARNY_OK);
    assert_status(fake->adapter_set(b.context, adapter), ARNY_OK);
    assert_string_equal(answer(b.context, CHAT("solve")), "y = 7");
    assert_string_equal(answer(b.context, CHAT("Yes")), "an s");
    /* its KV is another */
    assert_string_not_equal(answer(b.context, CHAT("hi")), plain);
    assert_status(fake->truncate(b.context, 0), ARNY_OK);
    assert_status(fake->adapter_set(b.context, NULL), ARNY_OK);
    assert_string_equal(answer(b.context, CHAT("hi")), plain);

    arny_engine_model *other = open_model("{}");
    arny_engine_context *context;
    assert_status(fake->context_open(&context, other, &roomy), ARNY_OK);
    assert_status(fake->adapter_set(context, adapter), ARNY_E_ARGUMENT);
    fake->context_free(context);
    fake->model_free(other);
    free(path);
    close_bench(&b);
}

static void an_adapter_fits_its_base_only(void **state)
{
    (void)state;
    arny_engine_model *model = open_model("{\"architecture\": \"toy\"}"), *none;
    char *lora = fake_adapter(dir, "b.lora", "{\"base\": \"llama\"}"), *file = fake_model(dir, "b.fake", "{}");
    void *adapter;
    assert_status(fake->adapter_open(&adapter, model, lora), ARNY_E_DATA);
    assert_error_has("\"llama\"");
    assert_null(adapter);
    assert_status(fake->adapter_open(&adapter, model, file), ARNY_E_DATA);
    assert_status(fake->model_open(&none, lora, NULL), ARNY_E_DATA);
    fake->model_free(model);
    free(lora);
    free(file);
}

/* ---- embeddings -------------------------------------------------------------------------------------------------- */

static double similarity(arny_engine_context *context, const char *a, const char *b)
{
    float x[32], y[32];
    int32_t tokens[64];
    double sum = 0, norm = 0;
    assert_status(fake->embed(x, context, tokens, markup(tokens, a), NULL), ARNY_OK);
    assert_status(fake->embed(y, context, tokens, markup(tokens, b), NULL), ARNY_OK);
    for (int i = 0; i < 32; i++) {
        sum += (double)x[i] * y[i];
        norm += (double)x[i] * x[i];
    }
    assert_true(fabs(norm - 1) < 1e-5);
    return sum;
}

static void texts_that_share_words_are_near(void **state)
{
    (void)state;
    arny_engine_context_options options = roomy;
    options.embedding = 1;
    bench b = open_bench_with("{\"embedding\": 32}", &options), text = open_bench("{}");
    float out[32];
    int32_t tokens[] = {'a'};
    assert_true(similarity(b.context, "Solve this", "this, SOLVE!") > 0.9999);
    assert_true(similarity(b.context, "solve this", "solve that") > similarity(b.context, "solve this", "I am sad"));
    assert_true(similarity(b.context, "?!", "..") > 0.9999);
    assert_status(fake->embed(out, b.context, tokens, 0, NULL), ARNY_E_CONTEXT);
    assert_status(fake->embed(out, text.context, tokens, 1, NULL), ARNY_E_ARGUMENT);
    assert_status(fake->prefill(b.context, tokens, 1, NULL), ARNY_E_ARGUMENT);
    close_bench(&b);
    close_bench(&text);
}

/* ---- cancel and time --------------------------------------------------------------------------------------------- */

static int after(void *data)
{
    return --*(int *)data < 0;
}

static int progress(double p, void *data)
{
    double *row = data;
    row[(int)row[0]] = p;
    row[0]++;
    return 0;
}

static int stop_at_half(double p, void *data)
{
    (void)data;
    return p >= 0.5;
}

static void opening_tells_progress_and_can_be_stopped(void **state)
{
    (void)state;
    double row[16] = {1};
    arny_engine_model *model;
    arny_engine_model_options options = {.progress = progress, .progress_data = row};
    char *path = fake_model(dir, "p.fake", "{\"open_ms\": 20}");
    double start = ar_now_ms();
    assert_status(fake->model_open(&model, path, &options), ARNY_OK);
    assert_true(ar_now_ms() - start >= 19);
    fake->model_free(model);
    assert_int_equal((int)row[0], 12);
    assert_true(row[1] == 0 && row[11] == 1);

    options.progress = stop_at_half;
    assert_status(fake->model_open(&model, path, &options), ARNY_E_CANCELLED);
    assert_null(model);
    int left = 4;
    options = (arny_engine_model_options){.cancel = {after, &left}};
    assert_status(fake->model_open(&model, path, &options), ARNY_E_CANCELLED);
    assert_null(model);
    free(path);
}

static void prefill_is_cancelled_between_tokens(void **state)
{
    (void)state;
    bench b = open_bench("{\"default\": \"ok\"}");
    int left = 5;
    arny_engine_cancel cancel = {after, &left};
    assert_status(prefill_with(b.context, "hello world", &cancel), ARNY_E_CANCELLED);
    assert_int_equal(fake->length(b.context), 5);
    assert_null(fake->logits(b.context));
    prefill(b.context, " world");
    assert_string_equal(reply(b.context), "ok");
    left = 0;
    assert_status(fake->step(b.context, 'a', &cancel), ARNY_E_CANCELLED);
    assert_int_equal(fake->length(b.context), 13);
    close_bench(&b);
}

static void a_slow_model_is_cancelled_within_milliseconds(void **state)
{
    (void)state;
    bench b = open_bench("{\"prefill_us\": 1000000, \"step_us\": 1000000}");
    int left = 5;
    arny_engine_cancel cancel = {after, &left};
    double start = ar_now_ms();
    assert_status(prefill_with(b.context, "hi", &cancel), ARNY_E_CANCELLED);
    left = 5;
    assert_status(fake->step(b.context, 'a', &cancel), ARNY_E_CANCELLED);
    assert_true(ar_now_ms() - start < 500);
    close_bench(&b);

    b = open_bench("{\"prefill_us\": 200, \"step_us\": 5000}");
    start = ar_now_ms();
    prefill(b.context, "a prompt of twenty-five b");
    double prefilled = ar_now_ms() - start;
    assert_true(prefilled >= 4.9);
    assert_status(fake->step(b.context, 'a', NULL), ARNY_OK);
    assert_true(ar_now_ms() - start - prefilled >= 4.9);
    close_bench(&b);
}

/* ---- told to fail ------------------------------------------------------------------------------------------------ */

static void it_fails_where_the_file_says(void **state)
{
    (void)state;
    arny_engine_model *model;
    arny_engine_context *context;
    char *path = fake_model(dir, "f.fake", "{\"fail\": {\"open\": \"memory\"}}");
    assert_status(fake->model_open(&model, path, NULL), ARNY_E_MEMORY);
    assert_null(model);
    free(path);

    model = open_model("{\"fail\": {\"context\": \"budget\"}}");
    assert_status(fake->context_open(&context, model, &roomy), ARNY_E_BUDGET);
    assert_null(context);
    fake->model_free(model);

    bench b = open_bench(
        "{\"fail\": {\"prefill_at\": 2, \"step_at\": 2, \"score_at\": 1, \"restore\": true, \"save\": true}}");
    size_t bytes, starts[] = {0, 1};
    double p;
    int32_t token = 'a';
    char data[4096];
    prefill(b.context, "1234");
    assert_status(prefill_with(b.context, "5678", NULL), ARNY_E_ENGINE);
    assert_int_equal(fake->length(b.context), 6);
    prefill(b.context, "78");
    assert_status(fake->score(&p, b.context, &token, starts, 1, NULL), ARNY_E_ENGINE);
    assert_status(fake->step(b.context, 'a', NULL), ARNY_OK);
    assert_status(fake->step(b.context, 'b', NULL), ARNY_E_ENGINE);
    assert_int_equal(fake->length(b.context), 9);
    assert_status(fake->step(b.context, 'b', NULL), ARNY_OK);
    assert_status(fake->state_save(data, sizeof data, &bytes, b.context), ARNY_E_ENGINE);
    assert_status(fake->state_restore(b.context, data, sizeof data, 1), ARNY_E_ENGINE);
    assert_int_equal(fake->length(b.context), 0);
    close_bench(&b);

    arny_engine_context_options options = roomy;
    float out[8];
    options.embedding = 1;
    b = open_bench_with("{\"fail\": {\"embed\": true}}", &options);
    assert_status(fake->embed(out, b.context, &token, 1, NULL), ARNY_E_ENGINE);
    close_bench(&b);
}

/* ---- memory and counters ----------------------------------------------------------------------------------------- */

static void weights_are_allocated_when_asked(void **state)
{
    (void)state;
    arny_engine_model *model = open_model("{\"allocate\": true, \"weights\": 100000}");
    assert_int_equal(fake->model_bytes(model), 100000);
    fake->model_free(model);
    model = open_model("{\"allocate\": true, \"weights\": 0}");
    fake->model_free(model);
}

static void free_takes_null(void **state)
{
    (void)state;
    fake->context_free(NULL);
    fake->model_free(NULL);
}

static void *use_a_model(void *data)
{
    const char *path = data;
    arny_engine_model *model;
    arny_engine_context *context;
    int32_t tokens[256];
    size_t count = markup(tokens, CHAT("solve"));
    for (int round = 0; round < 20; round++) {
        if (fake->model_open(&model, path, NULL))
            return data;
        if (fake->context_open(&context, model, &roomy) || fake->prefill(context, tokens, count, NULL))
            return data;
        for (int i = 0; i < 10; i++)
            if (fake->step(context, 'x', NULL))
                return data;
        fake->context_free(context);
        fake->model_free(model);
    }
    return NULL;
}

static void counters_count_on_all_threads(void **state)
{
    (void)state;
    ar_thread threads[4];
    ar_fake_counts counts;
    int32_t tokens[256];
    long prompt = (long)markup(tokens, CHAT("solve"));
    char *path = fake_model(dir, "t.fake", RULES);
    ar_fake_counts_reset();
    for (int i = 0; i < 4; i++)
        assert_int_equal(ar_thread_start(&threads[i], use_a_model, path), 0);
    for (int i = 0; i < 4; i++)
        ar_thread_join(threads[i]);
    ar_fake_counts_get(&counts);
    assert_int_equal(counts.models, 0);
    assert_int_equal(counts.contexts, 0);
    assert_int_equal(counts.opens, 80);
    assert_int_equal(counts.prefills, 80);
    assert_int_equal(counts.prefilled, 80 * prompt);
    assert_int_equal(counts.steps, 800);
    assert_in_range(counts.models_peak, 1, 4);
    free(path);
}

static void counters_tell_what_is_open(void **state)
{
    (void)state;
    static const char *const texts[] = {"abc", "de"};
    ar_fake_counts counts;
    double p[2];
    ar_fake_counts_reset();
    bench a = open_bench("{}"), b = open_bench("{}");
    prefill(a.context, "x");
    score(p, a.context, texts, 2, -1);
    close_bench(&b);
    ar_fake_counts_get(&counts);
    assert_int_equal(counts.models, 1);
    assert_int_equal(counts.contexts, 1);
    assert_int_equal(counts.models_peak, 2);
    assert_int_equal(counts.scored, 3);
    ar_fake_counts_reset();
    ar_fake_counts_get(&counts);
    assert_int_equal(counts.models, 1);
    assert_int_equal(counts.models_peak, 1);
    assert_int_equal(counts.opens, 0);
    close_bench(&a);
    ar_fake_counts_get(&counts);
    assert_int_equal(counts.models, 0);
    assert_int_equal(counts.contexts, 0);
}

#ifdef ARNY_FAULTS
static void the_token_path_allocates_nothing(void **state)
{
    (void)state;
    bench b = open_bench("{}");
    prefill(b.context, CHAT("hello"));
    ar_fault_arm(AR_FAULT_ALLOC, 0, 0);
    for (int i = 0; i < 20; i++)
        assert_status(fake->step(b.context, greedy(b.context), NULL), ARNY_OK);
    assert_int_equal(ar_fault_count(AR_FAULT_ALLOC), 0);
    close_bench(&b);
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    char *path = fake_model(dir, "n.fake", RULES);
    char *lora = fake_adapter(dir, "n.lora", "{\"say\": [{\"when\": \"a\", \"say\": {\"b\": 0.5, \"c\": 0.5}}]}");
    ar_fake_counts counts;
    int status = ARNY_E_MEMORY;
    for (long nth = 1; status; nth++) {
        arny_engine_model *model = NULL;
        arny_engine_context *context = NULL;
        void *adapter;
        ar_fault_arm(AR_FAULT_ALLOC, nth, 0);
        status = fake->model_open(&model, path, NULL);
        if (!status)
            status = fake->adapter_open(&adapter, model, lora);
        if (!status)
            status = fake->context_open(&context, model, &roomy);
        if (status)
            assert_status(status, ARNY_E_MEMORY);
        fake->context_free(context);
        fake->model_free(model);
        assert_true(nth < 1000);
    }
    ar_fault_arm(AR_FAULT_ALLOC, 0, 0);
    ar_fake_counts_get(&counts);
    assert_int_equal(counts.models, 0);
    assert_int_equal(counts.contexts, 0);
    free(path);
    free(lora);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_fills_info),
        cmocka_unit_test(a_wrong_file_is_refused_with_its_place),
        cmocka_unit_test(files_are_recognised_by_their_first_bytes),
        cmocka_unit_test(the_estimate_is_what_is_measured),
        cmocka_unit_test(tokenize_merges_user_defined_texts_only),
        cmocka_unit_test(each_token_has_its_text_and_flags),
        cmocka_unit_test(a_rule_answers_the_last_user_message),
        cmocka_unit_test(gemma_markup_works_too),
        cmocka_unit_test(markup_typed_as_text_is_no_markup),
        cmocka_unit_test(plain_prompts_work_too),
        cmocka_unit_test(json_is_finished_around_the_word),
        cmocka_unit_test(the_default_answers_what_no_rule_does),
        cmocka_unit_test(without_a_rule_every_token_before_the_reply_matters),
        cmocka_unit_test(the_winner_has_nine_tenths_and_all_is_finite),
        cmocka_unit_test(sampling_off_the_text_goes_on_by_count),
        cmocka_unit_test(score_prefers_what_the_rule_says),
        cmocka_unit_test(score_gives_the_weights_of_the_file),
        cmocka_unit_test(score_is_the_sum_of_the_steps),
        cmocka_unit_test(score_checks_what_it_is_given),
        cmocka_unit_test(options_out_of_range_are_refused),
        cmocka_unit_test(a_full_context_says_so_and_stays_usable),
        cmocka_unit_test(a_token_outside_the_vocabulary_is_refused),
        cmocka_unit_test(the_way_to_a_timeline_does_not_matter),
        cmocka_unit_test(exact_state_is_kept_whole_or_dropped),
        cmocka_unit_test(model_info_is_the_file_s),
        cmocka_unit_test(a_restored_state_goes_on_as_the_saved_one),
        cmocka_unit_test(a_state_in_the_middle_of_a_reply_goes_on),
        cmocka_unit_test(a_wrong_state_leaves_an_empty_timeline),
        cmocka_unit_test(an_adapter_s_rules_come_first),
        cmocka_unit_test(an_adapter_fits_its_base_only),
        cmocka_unit_test(texts_that_share_words_are_near),
        cmocka_unit_test(opening_tells_progress_and_can_be_stopped),
        cmocka_unit_test(prefill_is_cancelled_between_tokens),
        cmocka_unit_test(a_slow_model_is_cancelled_within_milliseconds),
        cmocka_unit_test(it_fails_where_the_file_says),
        cmocka_unit_test(weights_are_allocated_when_asked),
        cmocka_unit_test(free_takes_null),
        cmocka_unit_test(counters_tell_what_is_open),
        cmocka_unit_test(counters_count_on_all_threads),
#ifdef ARNY_FAULTS
        cmocka_unit_test(the_token_path_allocates_nothing),
        cmocka_unit_test(each_allocation_may_fail),
#endif
    };
    dir = test_tmpdir();
    return RUN(tests);
}
