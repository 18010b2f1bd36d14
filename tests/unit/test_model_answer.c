/* An answer ends for one of four reasons, shows what may be shown and nothing else, and allocates nothing. */
#include "engine/fake/fake.h"
#include "model/answer.h"
#include "talk.h"
#include "tmp.h"
#include "util/utf8.h"

#define PROMPT TALK_SYSTEM("s") TALK_USER("say it")

static const char *folder;

/* ---- helpers ---------------------------------------------------------------------------------------------------- */

typedef struct bench {
    ar_model *model;
    ar_timeline *timeline;
    ar_answer_want want;
    ar_answer answer;
    char text[4096];
    size_t bytes;
    int32_t ids[4096];
    size_t calls;
    size_t stop_at; /* the call at which on_token says so; 0: never */
} bench;

static bench open_bench(const char *json, int32_t length)
{
    static int number;
    char name[32];
    bench b = {.want = {.max_tokens = 100}};
    snprintf(name, sizeof name, "m%d.fake", number++);
    ar_model_want want = {.path = talk_model(folder, name, json)};
    arny_engine_context_options options = {.length = length, .batch = 32, .outputs = 1, .threads = 1};
    arny_sampling_default(&b.want.sampling);
    b.want.sampling.temperature = 0;
    assert_status(ar_model_open(&b.model, &want), ARNY_OK);
    assert_status(ar_timeline_open(&b.timeline, b.model, &options, NULL), ARNY_OK);
    return b;
}

/* A model that always says this. */
static bench open_saying(const char *text)
{
    char json[256];
    snprintf(json, sizeof json, "{'default': '%s'}", text);
    return open_bench(json, 512);
}

static void close_bench(bench *b)
{
    ar_timeline_free(b->timeline);
    ar_model_close(b->model);
    talk_assert_nothing_is_open();
}

static void prepare(bench *b)
{
    int32_t tokens[1024];
    size_t kept, prefilled, count = talk_tokens(tokens, 1024, PROMPT);
    assert_status(ar_timeline_prepare(b->timeline, tokens, count, &kept, &prefilled, NULL), ARNY_OK);
}

static int on_token(int32_t id, const char *text, size_t bytes, void *data)
{
    bench *b = data;
    assert_int_equal(ar_utf8_valid(text, bytes), bytes);
    assert_true(b->bytes + bytes < sizeof b->text);
    memcpy(b->text + b->bytes, text, bytes);
    b->text[b->bytes += bytes] = '\0';
    b->ids[b->calls++] = id;
    return b->calls == b->stop_at;
}

static int try_run(bench *b, const arny_engine_cancel *cancel)
{
    prepare(b);
    b->calls = b->bytes = 0;
    b->text[0] = '\0';
    return ar_answer_run(&b->answer, b->timeline, &b->want, cancel, on_token, b);
}

static void run(bench *b, int reason, const char *text)
{
    assert_status(try_run(b, NULL), ARNY_OK);
    assert_int_equal(b->answer.reason, reason);
    assert_string_equal(b->text, text);
    assert_int_equal(b->timeline->tokens.len, b->model->engine->length(b->timeline->context));
}

static void stop_at_texts(bench *b, const char *const *stops, size_t count)
{
    b->want.stop = stops;
    b->want.stop_count = count;
}

static size_t prompt_length(void)
{
    int32_t tokens[1024];
    return talk_tokens(tokens, 1024, PROMPT);
}

/* ---- reasons ---------------------------------------------------------------------------------------------------- */

static void the_end_token_ends_it_and_is_not_shown(void **state)
{
    (void)state;
    bench b = open_saying("x = 5");
    run(&b, ARNY_REASON_STOP, "x = 5");
    assert_int_equal(b.answer.tokens, 5);
    assert_int_equal(b.calls, 5);
    assert_int_equal(b.answer.cut, 0);
    assert_string_equal(talk_text(b.timeline), PROMPT "x = 5");
    assert_true(b.answer.first_ms > 0 && b.answer.last_ms >= b.answer.first_ms);
    close_bench(&b);
}

static void max_tokens_end_it(void **state)
{
    (void)state;
    bench b = open_saying("x = 5");
    b.want.max_tokens = 3;
    run(&b, ARNY_REASON_LENGTH, "x =");
    assert_int_equal(b.answer.tokens, 3);
    b.want.max_tokens = 5;
    run(&b, ARNY_REASON_LENGTH, "x = 5");
    b.want.max_tokens = 6;
    run(&b, ARNY_REASON_STOP, "x = 5");
    close_bench(&b);
}

static void a_full_context_ends_it(void **state)
{
    (void)state;
    size_t room = 8;
    bench b = open_bench("{'default': 'a long answer that does not fit'}", (int32_t)(prompt_length() + room));
    b.want.max_tokens = -1;
    run(&b, ARNY_REASON_CONTEXT, "a long an"); /* the last one needs no place */
    assert_int_equal(b.answer.tokens, room + 1);
    assert_int_equal(b.timeline->tokens.len, b.timeline->capacity);
    close_bench(&b);
}

static void a_prompt_that_fills_the_context_still_gets_a_token(void **state)
{
    (void)state;
    bench b = open_bench("{'default': 'yes'}", (int32_t)prompt_length());
    run(&b, ARNY_REASON_CONTEXT, "y");
    close_bench(&b);
}

static void ignore_eos_goes_on_behind_the_end(void **state)
{
    (void)state;
    bench b = open_saying("ab");
    b.want.ignore_eos = 1;
    b.want.max_tokens = 10;
    assert_status(try_run(&b, NULL), ARNY_OK);
    assert_int_equal(b.answer.reason, ARNY_REASON_LENGTH);
    assert_int_equal(b.answer.tokens, 10);
    assert_int_equal(b.ids[2], AR_FAKE_IM_END);
    assert_memory_equal(b.text, "ab", 2);
    close_bench(&b);
}

static void the_listener_ends_it(void **state)
{
    (void)state;
    bench b = open_saying("x = 5");
    b.stop_at = 2;
    run(&b, ARNY_REASON_CANCELLED, "x ");
    assert_int_equal(b.answer.tokens, 2);
    close_bench(&b);
}

static int asked_n_times(void *data)
{
    return (*(int *)data)-- <= 0;
}

static void a_cancel_ends_it_without_a_token_or_between_two(void **state)
{
    (void)state;
    bench b = open_saying("x = 5");
    int left = 0;
    arny_engine_cancel cancel = {asked_n_times, &left};
    assert_status(try_run(&b, &cancel), ARNY_OK);
    assert_int_equal(b.answer.reason, ARNY_REASON_CANCELLED);
    assert_int_equal(b.answer.tokens, 0);
    for (int times = 1; times < 6; times++) { /* at the loop's head, and within a step */
        left = times;
        assert_status(try_run(&b, &cancel), ARNY_OK);
        assert_int_equal(b.answer.reason, ARNY_REASON_CANCELLED);
        assert_int_equal(b.answer.tokens, (times + 1) / 2);
        assert_memory_equal(b.text, "x = 5", b.bytes);
    }
    close_bench(&b);
}

static void a_step_that_fails_is_a_failure(void **state)
{
    (void)state;
    bench b = open_bench("{'default': 'x = 5', 'fail': {'step_at': 3}}", 512);
    assert_status(try_run(&b, NULL), ARNY_E_ENGINE);
    assert_string_equal(b.text, "x =");
    assert_error("told to fail in this step");
    run(&b, ARNY_REASON_STOP, "x = 5");
    close_bench(&b);
}

static void without_logits_there_is_no_answer(void **state)
{
    (void)state;
    bench b = open_saying("x");
    assert_status(ar_answer_run(&b.answer, b.timeline, &b.want, NULL, on_token, &b), ARNY_E_ENGINE);
    assert_error_has("no usable logits");
    assert_int_equal(b.calls, 0);
    close_bench(&b);
}

/* ---- stop strings ----------------------------------------------------------------------------------------------- */

static void a_stop_string_over_many_tokens_is_not_shown(void **state)
{
    static const char *const stops[] = {"STOP"};
    (void)state;
    bench b = open_saying("one STOP two");
    stop_at_texts(&b, stops, 1);
    run(&b, ARNY_REASON_STOP, "one ");
    assert_int_equal(b.answer.cut, 1);
    assert_int_equal(b.answer.tokens, 8);
    close_bench(&b);
}

static void a_beginning_that_comes_to_nothing_is_shown_late(void **state)
{
    static const char *const stops[] = {"STOP", "TWO"};
    (void)state;
    bench b = open_saying("a STO b TW c");
    stop_at_texts(&b, stops, 2);
    run(&b, ARNY_REASON_STOP, "a STO b TW c");
    assert_int_equal(b.answer.cut, 0);
    close_bench(&b);
}

static void what_is_held_at_the_end_comes_without_a_token(void **state)
{
    static const char *const stops[] = {"STOP"};
    (void)state;
    bench b = open_saying("one STO");
    stop_at_texts(&b, stops, 1);
    run(&b, ARNY_REASON_STOP, "one STO");
    assert_int_equal(b.ids[b.calls - 1], -1);
    assert_int_equal(b.answer.tokens, 7);
    b.want.max_tokens = 6;
    run(&b, ARNY_REASON_LENGTH, "one ST");
    b.want.max_tokens = 100;
    b.stop_at = 6;
    run(&b, ARNY_REASON_CANCELLED, "one ST");
    close_bench(&b);
}

static void the_template_has_stop_strings_too(void **state)
{
    static const char *const stops[] = {"STOP"}, *const more[] = {"\nUser:", NULL};
    (void)state;
    bench b = open_saying("one\\nUser: two STOP");
    stop_at_texts(&b, stops, 1);
    b.want.more_stops = more;
    run(&b, ARNY_REASON_STOP, "one");
    close_bench(&b);
}

static void the_listener_ends_it_at_the_stop_string(void **state)
{
    static const char *const stops[] = {"STOP"};
    (void)state;
    bench b = open_saying("one STOP two");
    stop_at_texts(&b, stops, 1);
    b.stop_at = 8;
    run(&b, ARNY_REASON_CANCELLED, "one ");
    assert_int_equal(b.answer.cut, 1);
    close_bench(&b);
}

static void a_wrong_stop_string_is_an_error_before_any_token(void **state)
{
    static const char *const empty[] = {""};
    (void)state;
    bench b = open_saying("x");
    stop_at_texts(&b, empty, 1);
    assert_status(try_run(&b, NULL), ARNY_E_ARGUMENT);
    assert_int_equal(b.calls, 0);
    close_bench(&b);
}

/* ---- text ------------------------------------------------------------------------------------------------------- */

static void characters_are_never_cut(void **state)
{
    (void)state;
    bench b = open_saying("\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80!");
    run(&b, ARNY_REASON_STOP, "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80!");
    b.want.max_tokens = 9; /* within the last one */
    run(&b, ARNY_REASON_LENGTH, "\xc3\xa4 \xe2\x82\xac \xef\xbf\xbd");
    close_bench(&b);
}

/* ---- sampling --------------------------------------------------------------------------------------------------- */

static void the_same_seed_gives_the_same_text(void **state)
{
    char first[4096];
    (void)state;
    bench b = open_bench("{}", 512);
    b.want.sampling = (arny_sampling){.temperature = 2, .top_p = 1, .repeat_penalty = 1, .seed = 7};
    b.want.ignore_eos = 1;
    b.want.max_tokens = 60;
    assert_status(try_run(&b, NULL), ARNY_OK);
    strcpy(first, b.text);
    assert_status(try_run(&b, NULL), ARNY_OK);
    assert_string_equal(b.text, first);
    b.want.sampling.seed = 8;
    assert_status(try_run(&b, NULL), ARNY_OK);
    assert_string_not_equal(b.text, first);
    close_bench(&b);
}

/* ---- memory ----------------------------------------------------------------------------------------------------- */

static long allocations;

static void *counting_resize(void *pointer, size_t bytes, void *data)
{
    (void)data;
    allocations++;
    return realloc(pointer, bytes);
}

static void counting_release(void *pointer, void *data)
{
    (void)data;
    allocations++;
    free(pointer);
}

static void the_token_path_allocates_nothing(void **state)
{
    static const char *const stops[] = {"STOP", "never"};
    arny_allocator counting = {counting_resize, counting_release, NULL};
    (void)state;
    bench b = open_bench("{}", 2048);
    stop_at_texts(&b, stops, 2);
    arny_sampling_default(&b.want.sampling);
    b.want.sampling.repeat_penalty = 1.1f;
    b.want.ignore_eos = 1;
    b.want.max_tokens = 1500;
    prepare(&b);
    assert_status(arny_set_allocator(&counting), ARNY_OK);
    int status = ar_answer_run(&b.answer, b.timeline, &b.want, NULL, on_token, &b);
    assert_status(arny_set_allocator(NULL), ARNY_OK);
    assert_status(status, ARNY_OK);
    assert_int_equal(b.answer.tokens, 1500);
    assert_int_equal(allocations, 0);
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_end_token_ends_it_and_is_not_shown),
        cmocka_unit_test(max_tokens_end_it),
        cmocka_unit_test(a_full_context_ends_it),
        cmocka_unit_test(a_prompt_that_fills_the_context_still_gets_a_token),
        cmocka_unit_test(ignore_eos_goes_on_behind_the_end),
        cmocka_unit_test(the_listener_ends_it),
        cmocka_unit_test(a_cancel_ends_it_without_a_token_or_between_two),
        cmocka_unit_test(a_step_that_fails_is_a_failure),
        cmocka_unit_test(without_logits_there_is_no_answer),
        cmocka_unit_test(a_stop_string_over_many_tokens_is_not_shown),
        cmocka_unit_test(a_beginning_that_comes_to_nothing_is_shown_late),
        cmocka_unit_test(what_is_held_at_the_end_comes_without_a_token),
        cmocka_unit_test(the_template_has_stop_strings_too),
        cmocka_unit_test(the_listener_ends_it_at_the_stop_string),
        cmocka_unit_test(a_wrong_stop_string_is_an_error_before_any_token),
        cmocka_unit_test(characters_are_never_cut),
        cmocka_unit_test(the_same_seed_gives_the_same_text),
        cmocka_unit_test(the_token_path_allocates_nothing),
    };
    folder = test_tmpdir();
    return RUN(tests);
}
