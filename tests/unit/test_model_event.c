/* Events: their JSON byte for byte, copies that stand alone, names. */
#include "model/event.h"
#include "check.h"
#include "comma.h"
#include "util/mem.h"

/* ---- helpers ---------------------------------------------------------------------------------------------------- */

static void assert_json(const arny_event *event, const char *json)
{
    char out[2048];
    size_t needed;
    assert_status(arny_event_json(out, sizeof out, &needed, event), ARNY_OK);
    assert_string_equal(out, json);
    assert_int_equal(needed, strlen(json));
}

static const arny_score scores[] = {{"math", 0.97}, {"wellness", 0.02}, {"none", 0.01}};

static arny_event routed(void)
{
    arny_event event = ar_event(ARNY_EVENT_ROUTED);
    event.agent = "math";
    event.confidence = 0.97;
    event.scores = scores;
    event.scores_count = 3;
    event.ms = 7.25;
    return event;
}

static arny_event token(const char *text, size_t bytes)
{
    arny_event event = ar_event(ARNY_EVENT_TOKEN);
    event.id = 123;
    event.text = text;
    event.text_len = bytes;
    return event;
}

static arny_event done(void)
{
    arny_event event = ar_event(ARNY_EVENT_DONE);
    event.agent = "math";
    event.reason = ARNY_REASON_LENGTH;
    event.prompt_tokens = 41;
    event.tokens = 7;
    event.ttft_ms = 12.5;
    event.prefill_tps = 1000.125;
    event.decode_tps = 55.5;
    event.rss = 123456789;
    event.anon = 4096;
    return event;
}

/* ---- JSON ------------------------------------------------------------------------------------------------------- */

static void each_event_has_its_json(void **state)
{
    (void)state;
    arny_event event = routed();
    assert_json(&event, "{\"event\":\"routed\",\"agent\":\"math\",\"confidence\":0.9700,\"scores\":{\"math\":0.9700,"
                        "\"wellness\":0.0200,\"none\":0.0100},\"ms\":7.250}");

    event = ar_event(ARNY_EVENT_LOADING);
    event.model = "math.q4_0.gguf";
    event.progress = 0.4;
    assert_json(&event, "{\"event\":\"loading\",\"model\":\"math.q4_0.gguf\",\"progress\":0.400}");

    event = ar_event(ARNY_EVENT_READY);
    event.agent = "math";
    event.from = ARNY_FROM_PARKED;
    event.restored_tokens = 30;
    event.prefill_tokens = 11;
    event.ms = 48.0625;
    assert_json(&event, "{\"event\":\"ready\",\"agent\":\"math\",\"from\":\"parked\",\"restored_tokens\":30,"
                        "\"prefill_tokens\":11,\"ms\":48.063}");
    event.agent = NULL;
    event.from = ARNY_FROM_HOT;
    assert_json(&event, "{\"event\":\"ready\",\"from\":\"hot\",\"restored_tokens\":30,\"prefill_tokens\":11,"
                        "\"ms\":48.063}");

    event = token("x\n\"\\\x01", 5);
    assert_json(&event, "{\"event\":\"token\",\"id\":123,\"text\":\"x\\n\\\"\\\\\\u0001\"}");
    event.id = -1;
    assert_json(&event, "{\"event\":\"token\",\"text\":\"x\\n\\\"\\\\\\u0001\"}");

    event = done();
    assert_json(&event,
                "{\"event\":\"done\",\"agent\":\"math\",\"reason\":\"length\",\"prompt_tokens\":41,\"tokens\":7,"
                "\"ttft_ms\":12.500,\"prefill_tps\":1000.13,\"decode_tps\":55.50,\"rss\":123456789,"
                "\"anon\":4096}");
    event.agent = NULL;
    event.reason = ARNY_REASON_CANCELLED;
    event.ttft_ms = event.prefill_tps = event.decode_tps = 0;
    assert_json(&event, "{\"event\":\"done\",\"reason\":\"cancelled\",\"prompt_tokens\":41,\"tokens\":7,"
                        "\"ttft_ms\":0.000,\"prefill_tps\":0.00,\"decode_tps\":0.00,\"rss\":123456789,\"anon\":4096}");

    event = ar_event(ARNY_EVENT_ERROR);
    event.status = ARNY_E_CONTEXT;
    event.message = "too long";
    assert_json(&event, "{\"event\":\"error\",\"code\":\"context\",\"message\":\"too long\"}");

    event = ar_event(ARNY_EVENT_DROPPED);
    event.dropped_turns = 4;
    assert_json(&event, "{\"event\":\"dropped\",\"turns\":4}");
}

static void an_absent_text_is_no_crash(void **state)
{
    (void)state;
    arny_event event = ar_event(ARNY_EVENT_TOKEN);
    assert_json(&event, "{\"event\":\"token\",\"text\":\"\"}");
    event = ar_event(ARNY_EVENT_ROUTED);
    assert_json(&event, "{\"event\":\"routed\",\"agent\":null,\"confidence\":0.0000,\"scores\":{},\"ms\":0.000}");
    event = ar_event(ARNY_EVENT_ERROR);
    assert_json(&event, "{\"event\":\"error\",\"code\":\"ok\",\"message\":null}");
    event = ar_event(99);
    assert_json(&event, "{\"event\":\"unknown\"}");
}

static void numbers_have_a_point_whatever_the_locale(void **state)
{
    (void)state;
    if (!test_comma_begin())
        SKIP("needs localedef and the sources of locales: apt-get install locales");
    arny_event event = ar_event(ARNY_EVENT_LOADING);
    event.progress = 0.4;
    assert_json(&event, "{\"event\":\"loading\",\"model\":null,\"progress\":0.400}");
    test_comma_end();
}

static void what_does_not_fit_is_cut_and_its_length_told(void **state)
{
    static const char whole[] = "{\"event\":\"dropped\",\"turns\":4}";
    char out[64];
    size_t needed, length = strlen(whole);
    (void)state;
    arny_event event = ar_event(ARNY_EVENT_DROPPED);
    event.dropped_turns = 4;
    for (size_t capacity = 0; capacity <= length + 1; capacity++) {
        memset(out, '#', sizeof out);
        assert_status(arny_event_json(out, capacity, &needed, &event), capacity > length ? ARNY_OK : ARNY_E_ARGUMENT);
        assert_int_equal(needed, length);
        if (capacity > 0) {
            assert_memory_equal(out, whole, capacity - 1);
            assert_int_equal(out[capacity - 1], '\0');
        }
        assert_int_equal(out[capacity], '#');
    }
    assert_status(arny_event_json(NULL, 0, &needed, &event), ARNY_E_ARGUMENT);
    assert_int_equal(needed, length);
    assert_status(arny_event_json(out, sizeof out, NULL, &event), ARNY_OK);
    assert_status(arny_event_json(out, sizeof out, NULL, NULL), ARNY_E_ARGUMENT);
    assert_status(arny_event_json(NULL, 8, NULL, &event), ARNY_E_ARGUMENT);
}

/* ---- copies ----------------------------------------------------------------------------------------------------- */

/* The copy has the same JSON after the original's strings are gone. */
static void a_copy_stands_alone(void **state)
{
    char agent[] = "math", label[] = "math", text[] = "a\0b", model[] = "m.gguf", message[] = "why";
    arny_score score = {label, 0.5};
    arny_event *copy;
    (void)state;
    arny_event event = routed();
    event.agent = agent;
    event.scores = &score;
    event.scores_count = 1;
    event.model = model;
    event.message = message;
    event.text = text;
    event.text_len = 3;
    assert_status(ar_event_copy(&copy, &event), ARNY_OK);
    memset(agent, '#', sizeof agent - 1);
    memset(label, '#', sizeof label - 1);
    memset(text, '#', sizeof text - 1);
    memset(model, '#', sizeof model - 1);
    memset(message, '#', sizeof message - 1);
    score.p = 0;
    assert_string_equal(copy->agent, "math");
    assert_string_equal(copy->scores[0].agent, "math");
    assert_true(copy->scores[0].p > 0.49);
    assert_string_equal(copy->model, "m.gguf");
    assert_string_equal(copy->message, "why");
    assert_memory_equal(copy->text, "a\0b", 4);
    assert_int_equal(copy->type, ARNY_EVENT_ROUTED);
    arny_event_free(copy);
}

static void a_copy_has_no_more_than_its_original(void **state)
{
    arny_event *copy;
    (void)state;
    arny_event event = ar_event(ARNY_EVENT_DROPPED);
    assert_status(ar_event_copy(&copy, &event), ARNY_OK);
    assert_memory_equal(copy, &event, sizeof event);
    arny_event_free(copy);
    arny_event_free(NULL);
}

/* ---- making ----------------------------------------------------------------------------------------------------- */

static void an_empty_event_says_so(void **state)
{
    (void)state;
    arny_event event = ar_event(ARNY_EVENT_TOKEN);
    assert_int_equal(event.size, sizeof event);
    assert_int_equal(event.id, -1);
    assert_null(event.text);
    assert_null(event.agent);
}

static void done_tells_speeds_where_there_are_any(void **state)
{
    (void)state;
    ar_answer answer = {.reason = ARNY_REASON_STOP, .tokens = 11, .first_ms = 1100, .last_ms = 1300};
    arny_event event = ar_event_end(ARNY_OK, &answer, 1000, 5, 20, 50);
    assert_int_equal(event.prompt_tokens, 25);
    assert_true(event.ttft_ms > 99.9 && event.ttft_ms < 100.1);
    assert_true(event.prefill_tps > 399.9 && event.prefill_tps < 400.1);
    assert_true(event.decode_tps > 49.9 && event.decode_tps < 50.1);
    assert_true(event.rss > 0 && event.anon > 0);

    answer = (ar_answer){.reason = ARNY_REASON_CANCELLED};
    event = ar_event_end(ARNY_OK, &answer, 1000, 5, 0, 0);
    assert_true(event.ttft_ms == 0 && event.prefill_tps == 0 && event.decode_tps == 0);
}

static void names_of_types(void **state)
{
    static const char *const names[] = {"unknown", "routed", "loading", "ready",  "token",
                                        "done",    "error",  "dropped", "safety", "unknown"};
    (void)state;
    for (int type = 0; type < 10; type++)
        assert_string_equal(arny_event_name(type), names[type]);
    assert_string_equal(arny_event_name(-1), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_event_has_its_json),
        cmocka_unit_test(an_absent_text_is_no_crash),
        cmocka_unit_test(numbers_have_a_point_whatever_the_locale),
        cmocka_unit_test(what_does_not_fit_is_cut_and_its_length_told),
        cmocka_unit_test(a_copy_stands_alone),
        cmocka_unit_test(a_copy_has_no_more_than_its_original),
        cmocka_unit_test(an_empty_event_says_so),
        cmocka_unit_test(done_tells_speeds_where_there_are_any),
        cmocka_unit_test(names_of_types),
    };
    return RUN(tests);
}
