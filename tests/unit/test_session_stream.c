/* Answers that are pulled from a thread of the library: their events, their queue, and every way to end them early. */
#include "engine/fake/fake.h"
#include "session/session.h"
#include "talk.h"
#include "tmp.h"

#include <time.h>

/* ---- helpers ---------------------------------------------------------------------------------------------------- */

typedef struct bench {
    arny_team *team;
    arny_session *session;
} bench;

static bench open_bench(const char *model)
{
    bench b;
    b.team = talk_team(talk_folder("{'arny': 1, 'plan': 'monolith', 'engine': 'fake', 'temperature': 0,"
                                   " 'max_tokens': 2000, 'context': 4096, 'models': {'m': {'fake': 'm.fake'}},"
                                   " 'agents': {'a': {}, 'b': {}}}",
                                   "m.fake", model, NULL));
    b.session = talk_session(b.team, NULL);
    ar_fake_counts_reset();
    return b;
}

static void close_bench(bench *b)
{
    arny_session_free(b->session);
    arny_team_free(b->team);
    talk_assert_nothing_is_open();
}

static arny_stream *start(arny_session *session, const char *text)
{
    arny_stream *stream;
    assert_status(arny_session_start(&stream, session, text, NULL), ARNY_OK);
    return stream;
}

/* Reads one event into *t; its type, or 0 at the end. */
static int hear_one(talk *t, arny_stream *stream)
{
    arny_event *event;
    int status = arny_stream_next(&event, stream, -1);
    if (status == ARNY_E_END) {
        assert_null(event);
        return 0;
    }
    assert_status(status, ARNY_OK);
    int type = event->type;
    talk_event(event, t);
    arny_event_free(event);
    return type;
}

static void hear_until(talk *t, arny_stream *stream, int type)
{
    while (hear_one(t, stream) != type) {}
}

static const char *hear_all(talk *t, arny_stream *stream)
{
    talk_begin(t);
    hear_until(t, stream, 0);
    return t->reply;
}

static void nap(long ms)
{
    struct timespec span = {0, ms * 1000000};
    nanosleep(&span, NULL);
}

static void assert_answers(arny_session *session, const char *reply)
{
    talk t = {0};
    arny_stream *stream = start(session, "hello");
    assert_string_equal(hear_all(&t, stream), reply);
    assert_int_equal(t.reason, ARNY_REASON_STOP);
    arny_stream_free(stream);
}

#define SLOW_STEPS   "{'default': 'a slow answer, one token after the other, and not done for a while', 'step_us': 5000}"
#define SLOW_PREFILL "{'default': 'fine', 'prefill_us': 1000}"
#define SLOW_OPEN    "{'default': 'fine', 'open_ms': 2000}"

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static void events_come_in_order(void **state)
{
    talk t = {0};
    arny_event *event;
    (void)state;
    bench b = open_bench("{'default': 'fine'}");
    arny_stream *stream = start(b.session, "hello");
    assert_string_equal(hear_all(&t, stream), "fine");
    assert_string_equal(t.shape, "LYTD");
    assert_string_equal(t.agent, "a");
    assert_int_equal(t.tokens, 4);
    for (int i = 0; i < 3; i++) {
        assert_status(arny_stream_next(&event, stream, i - 1), ARNY_E_END);
        assert_null(event);
    }
    arny_stream_free(stream);
    assert_int_equal(arny_session_turn_count(b.session), 1);
    close_bench(&b);
}

static void an_error_is_the_last_event(void **state)
{
    talk t = {0};
    (void)state;
    bench b = open_bench("{'default': 'fine'}");
    arny_stream *stream = start(b.session, "\xff");
    hear_all(&t, stream);
    assert_string_equal(t.shape, "E");
    assert_int_equal(t.status, ARNY_E_DATA);
    assert_string_equal(t.message, "the message is not UTF-8: byte 0 (0xff) is wrong");
    arny_stream_free(stream);
    close_bench(&b);
}

static void a_wait_has_a_limit(void **state)
{
    talk t = {0};
    arny_event *event;
    (void)state;
    bench b = open_bench(SLOW_PREFILL);
    arny_stream *stream = start(b.session, talk_long(1500));
    while (arny_stream_next(&event, stream, 0) == ARNY_OK)
        arny_event_free(event);
    assert_null(event);
    talk_wait_for_prefilled(1); /* it is loaded: the next event is a second away */
    while (arny_stream_next(&event, stream, 0) == ARNY_OK)
        arny_event_free(event);
    assert_status(arny_stream_next(&event, stream, 2), ARNY_E_BUSY);
    assert_error("no event came within 2 ms");
    arny_session_cancel(b.session);
    hear_all(&t, stream);
    assert_string_equal(t.shape, "D");
    arny_stream_free(stream);
    close_bench(&b);
}

static void what_was_passed_is_copied(void **state)
{
    char text[] = "hello", agent[] = "b";
    arny_sampling sampling = {.top_p = 1, .repeat_penalty = 1};
    arny_ask_options options = ARNY_ASK_OPTIONS_INIT;
    arny_stream *stream, *blocker;
    talk t = {0};
    (void)state;
    bench b = open_bench("{'say': [{'when': 'hello', 'say': 'hi'}], 'default': 'fine', 'step_us': 2000}");
    options.agent = agent;
    options.sampling = &sampling;
    options.max_tokens = 1;
    blocker = start(b.session, "wait");
    assert_status(arny_session_start(&stream, b.session, text, &options), ARNY_OK);
    memset(text, '#', sizeof text - 1);
    memset(agent, '#', sizeof agent - 1);
    memset(&sampling, 0xff, sizeof sampling);
    memset(&options, 0xff, sizeof options);
    assert_string_equal(hear_all(&t, blocker), "fine");
    assert_string_equal(hear_all(&t, stream), "h");
    assert_string_equal(t.agent, "b");
    arny_stream_free(stream);
    arny_stream_free(blocker);
    close_bench(&b);
}

static void an_event_outlives_everything(void **state)
{
    arny_event *event = NULL;
    (void)state;
    bench b = open_bench("{'default': 'fine'}");
    arny_stream *stream = start(b.session, "hello");
    while (!event || event->type != ARNY_EVENT_READY) {
        arny_event_free(event);
        assert_status(arny_stream_next(&event, stream, -1), ARNY_OK);
    }
    arny_stream_free(stream);
    close_bench(&b);
    assert_string_equal(event->agent, "a");
    arny_event_free(event);
}

static void a_slow_reader_misses_nothing(void **state)
{
    char model[1024];
    talk t = {0};
    ar_fake_counts counts;
    (void)state;
    snprintf(model, sizeof model, "{'default': '%s'}", talk_long(600));
    bench b = open_bench(model);
    arny_stream *stream = start(b.session, "hello");
    talk_wait_for_steps(230); /* loading took some of the 256 */
    nap(20);
    ar_fake_counts_get(&counts);
    assert_true(counts.steps <= 256);
    assert_string_equal(hear_all(&t, stream), talk_long(600));
    assert_int_equal(t.reason, ARNY_REASON_STOP);
    assert_int_equal(t.tokens, 600);
    arny_stream_free(stream);
    close_bench(&b);
}

static void a_wrong_call_is_an_error(void **state)
{
    arny_stream *stream;
    arny_event *event;
    arny_ask_options options = {.size = 3};
    (void)state;
    bench b = open_bench("{}");
    assert_status(arny_session_start(NULL, b.session, "x", NULL), ARNY_E_ARGUMENT);
    assert_status(arny_session_start(&stream, NULL, "x", NULL), ARNY_E_ARGUMENT);
    assert_null(stream);
    assert_status(arny_session_start(&stream, b.session, NULL, NULL), ARNY_E_ARGUMENT);
    assert_status(arny_session_start(&stream, b.session, "x", &options), ARNY_E_ARGUMENT);
    assert_status(arny_session_post(&stream, b.session, "x", NULL, NULL, NULL), ARNY_E_ARGUMENT);
    assert_null(stream);
    assert_status(arny_stream_next(&event, NULL, 0), ARNY_E_ARGUMENT);
    assert_null(event);
    arny_stream_free(NULL);
    close_bench(&b);
}

static int count_turn(const arny_turn *turn, void *data)
{
    size_t *count = data;
    assert_string_equal(turn->agent, "a");
    assert_string_equal(turn->user, "hello");
    assert_string_equal(turn->reply, "ok");
    return ++*count == 3;
}

static void turns_are_read_while_more_are_made(void **state)
{
    talk t = {0};
    size_t count, most = 0;
    (void)state;
    bench b = open_bench("{'default': 'ok'}");
    for (int i = 0; i < 50; i++) {
        arny_stream *stream = start(b.session, "hello");
        for (int k = 0; k < 20; k++) {
            count = 0;
            int stopped = arny_session_each_turn(b.session, count_turn, &count);
            assert_int_equal(stopped, count == 3);
            assert_true(count >= most);
            most = count;
        }
        hear_all(&t, stream);
        arny_stream_free(stream);
    }
    assert_int_equal(arny_session_turn_count(b.session), 50);
    assert_status(arny_session_each_turn(NULL, count_turn, &count), ARNY_E_ARGUMENT);
    assert_status(arny_session_each_turn(b.session, NULL, &count), ARNY_E_ARGUMENT);
    close_bench(&b);
}

static void after_done_the_session_is_free(void **state)
{
    talk t = {0};
    (void)state;
    bench b = open_bench("{'default': 'ok'}");
    for (int i = 0; i < 100; i++) {
        arny_stream *stream = start(b.session, "hello");
        hear_until(&t, stream, ARNY_EVENT_DONE);
        assert_int_equal(arny_session_turn_count(b.session), 1);
        assert_status(arny_session_clear(b.session), ARNY_OK);
        arny_stream_free(stream);
    }
    close_bench(&b);
}

/* ---- receivers -------------------------------------------------------------------------------------------------- */

typedef struct inbox { /* of another thread: events wait here, owned */
    ar_mutex mutex;
    ar_cond came;
    arny_event *events[1024];
    size_t count;
    int over; /* the last one came */
} inbox;

static void put_in(arny_event *event, void *data)
{
    inbox *in = data;
    ar_lock(&in->mutex);
    assert_false(in->over);
    in->over = !event || event->type == ARNY_EVENT_DONE || event->type == ARNY_EVENT_ERROR;
    if (event)
        in->events[in->count++] = event;
    ar_cond_wake_all(&in->came);
    ar_unlock(&in->mutex);
}

static void open_inbox(inbox *in)
{
    memset(in, 0, sizeof *in);
    assert_status(ar_mutex_init(&in->mutex), ARNY_OK);
    assert_status(ar_cond_init(&in->came), ARNY_OK);
}

static void wait_for(inbox *in, size_t count)
{
    ar_lock(&in->mutex);
    while (!in->over && in->count < count)
        ar_cond_wait(&in->came, &in->mutex);
    ar_unlock(&in->mutex);
}

/* Reads what came, and frees it. */
static void empty(inbox *in, talk *t)
{
    talk_begin(t);
    for (size_t i = 0; i < in->count; i++) {
        talk_event(in->events[i], t);
        arny_event_free(in->events[i]);
    }
    ar_cond_free(&in->came);
    ar_mutex_free(&in->mutex);
}

static arny_stream *post(arny_session *session, const char *text, inbox *in)
{
    arny_stream *stream;
    open_inbox(in);
    assert_status(arny_session_post(&stream, session, text, NULL, put_in, in), ARNY_OK);
    return stream;
}

static void a_receiver_owns_its_events(void **state)
{
    static inbox in;
    talk t = {0};
    arny_event *event;
    (void)state;
    bench b = open_bench("{'default': 'fine'}");
    arny_stream *stream = post(b.session, "hello", &in);
    assert_status(arny_stream_next(&event, stream, 0), ARNY_E_ARGUMENT);
    assert_error("the events of this stream go to its receiver");
    wait_for(&in, SIZE_MAX);
    arny_stream_free(stream);
    assert_int_equal(arny_session_turn_count(b.session), 1);
    close_bench(&b); /* the events are read after all is gone */
    empty(&in, &t);
    assert_string_equal(t.shape, "LYTD");
    assert_string_equal(t.reply, "fine");
}

static void a_receiver_hears_an_error_too(void **state)
{
    static inbox in;
    talk t = {0};
    (void)state;
    bench b = open_bench("{'default': 'fine'}");
    arny_stream *stream = post(b.session, "\xff", &in);
    wait_for(&in, SIZE_MAX);
    arny_stream_free(stream);
    empty(&in, &t);
    assert_string_equal(t.shape, "E");
    assert_string_equal(t.message, "the message is not UTF-8: byte 0 (0xff) is wrong");
    close_bench(&b);
}

static void nothing_waits_for_a_receiver(void **state)
{
    char model[1024];
    static inbox in;
    talk t = {0};
    (void)state;
    snprintf(model, sizeof model, "{'default': '%s'}", talk_long(600)); /* more than wait for a reader */
    bench b = open_bench(model);
    arny_stream *stream = post(b.session, "hello", &in);
    wait_for(&in, SIZE_MAX);
    arny_stream_free(stream);
    empty(&in, &t);
    assert_int_equal(t.tokens, 600);
    close_bench(&b);
}

static void after_free_a_receiver_is_not_called(void **state)
{
    static const char *const models[] = {SLOW_OPEN, SLOW_PREFILL, SLOW_STEPS};
    static inbox in;
    talk t = {0};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        bench b = open_bench(models[i]);
        arny_stream *stream = post(b.session, "hello", &in);
        wait_for(&in, i == 2 ? 4 : 1);
        arny_stream_free(stream);
        assert_true(in.over);
        empty(&in, &t);
        assert_int_equal(t.reason, ARNY_REASON_CANCELLED);
        close_bench(&b);
    }
}

/* ---- cancel ----------------------------------------------------------------------------------------------------- */

static void assert_cancelled(bench *b, arny_stream *stream, const char *shape)
{
    talk t = {0};
    arny_session_cancel(b->session);
    hear_all(&t, stream);
    assert_string_equal(t.shape, shape);
    assert_int_equal(t.reason, ARNY_REASON_CANCELLED);
    arny_stream_free(stream);
}

static void a_cancel_ends_loading(void **state)
{
    talk t = {0};
    (void)state;
    bench b = open_bench(SLOW_OPEN);
    arny_stream *stream = start(b.session, "hello");
    hear_until(&t, stream, ARNY_EVENT_LOADING);
    arny_session_cancel(b.session);
    hear_until(&t, stream, 0);
    assert_string_equal(t.shape, "LD");
    assert_int_equal(t.reason, ARNY_REASON_CANCELLED);
    arny_stream_free(stream);
    assert_int_equal(arny_session_turn_count(b.session), 0);
    close_bench(&b);
}

static void a_cancel_ends_a_prefill(void **state)
{
    ar_fake_counts counts;
    (void)state;
    bench b = open_bench(SLOW_PREFILL);
    arny_stream *stream = start(b.session, talk_long(3000));
    talk_wait_for_prefilled(10);
    assert_cancelled(&b, stream, "LD");
    ar_fake_counts_get(&counts);
    assert_true(counts.prefilled < 2000);
    assert_int_equal(arny_session_turn_count(b.session), 0);
    assert_answers(b.session, "fine");
    close_bench(&b);
}

static void a_cancel_ends_a_decode(void **state)
{
    arny_turn turn;
    (void)state;
    bench b = open_bench(SLOW_STEPS);
    arny_stream *stream = start(b.session, "hello");
    talk_wait_for_steps(4);
    assert_cancelled(&b, stream, "LYTD");
    assert_status(arny_session_turn(&turn, b.session, 0), ARNY_OK);
    assert_memory_equal(turn.reply, "a sl", 4);
    close_bench(&b);
}

static void a_cancel_reaches_a_reader_that_does_not_read(void **state)
{
    char model[1024];
    talk t = {0};
    (void)state;
    snprintf(model, sizeof model, "{'default': '%s'}", talk_long(600));
    bench b = open_bench(model);
    arny_stream *stream = start(b.session, "hello");
    talk_wait_for_steps(230);
    arny_session_cancel(b.session);
    hear_all(&t, stream);
    assert_int_equal(t.reason, ARNY_REASON_CANCELLED);
    assert_true(t.tokens < 300);
    arny_stream_free(stream);
    close_bench(&b);
}

/* The queued answer ends while the running one runs. */
static void a_cancel_ends_what_is_queued_at_once(void **state)
{
    talk t = {0};
    (void)state;
    bench b = open_bench(SLOW_STEPS);
    arny_session *other = talk_session(b.team, "other");
    arny_stream *running = start(b.session, "hello"), *queued = start(other, "hello");
    talk_wait_for_steps(1);
    arny_session_cancel(other);
    hear_all(&t, queued);
    assert_string_equal(t.shape, "D");
    assert_int_equal(t.reason, ARNY_REASON_CANCELLED);
    arny_stream_free(queued);
    queued = start(other, "hello");
    arny_stream_free(queued); /* the same, unheard */
    ar_fake_counts counts;
    ar_fake_counts_get(&counts);
    assert_true(counts.steps < 66);
    hear_all(&t, running);
    assert_int_equal(t.reason, ARNY_REASON_STOP);
    assert_int_equal(t.tokens, 66);
    arny_stream_free(running);
    arny_session_free(other);
    close_bench(&b);
}

static void a_cancel_does_not_reach_what_is_asked_after_it(void **state)
{
    talk t = {0};
    (void)state;
    bench b = open_bench("{'default': 'a short answer', 'step_us': 1000}");
    for (int i = 0; i < 10; i++) {
        arny_stream *first = start(b.session, "hello"), *second;
        hear_until(&t, first, ARNY_EVENT_TOKEN);
        arny_session_cancel(b.session);
        second = start(b.session, "hello"); /* while the first one is still ending */
        assert_string_equal(hear_all(&t, second), "a short answer");
        assert_int_equal(t.reason, ARNY_REASON_STOP);
        hear_all(&t, first);
        assert_int_equal(t.reason, ARNY_REASON_CANCELLED);
        arny_stream_free(first);
        arny_stream_free(second);
    }
    close_bench(&b);
}

static void a_stream_can_be_cancelled_alone(void **state)
{
    talk t = {0};
    (void)state;
    bench b = open_bench(SLOW_STEPS);
    arny_stream *first = start(b.session, "hello"), *second = start(b.session, "hello"),
                *third = start(b.session, "hello");
    hear_until(&t, first, ARNY_EVENT_TOKEN);
    arny_stream_cancel(third);
    arny_stream_cancel(first);
    hear_all(&t, third);
    assert_string_equal(t.shape, "D");
    assert_int_equal(t.reason, ARNY_REASON_CANCELLED);
    hear_all(&t, first);
    assert_int_equal(t.reason, ARNY_REASON_CANCELLED);
    hear_all(&t, second);
    assert_int_equal(t.reason, ARNY_REASON_STOP);
    arny_stream_cancel(second);
    arny_stream_cancel(NULL);
    arny_stream_free(first);
    arny_stream_free(second);
    arny_stream_free(third);
    close_bench(&b);
}

static void what_is_dropped_is_freed_elsewhere(void **state)
{
    ar_fake_counts counts;
    (void)state;
    bench b = open_bench(SLOW_STEPS);
    arny_model *model;
    assert_status(arny_model_open(&model, talk_model(test_tmpdir(), "alone.fake", "{}"), NULL), ARNY_OK);
    arny_stream *stream = start(b.session, "hello");
    talk_wait_for_steps(2);
    arny_team_drop(b.team);
    arny_session_drop(b.session);
    arny_model_drop(model);
    arny_team_drop(NULL);
    arny_session_drop(NULL);
    arny_model_drop(NULL);
    do {
        nap(5);
        ar_fake_counts_get(&counts);
    } while (counts.models > 0);
    arny_stream_free(stream);
    nap(20); /* for the threads to end */
    talk_assert_nothing_is_open();
}

/* ---- freeing ---------------------------------------------------------------------------------------------------- */

static void a_stream_may_be_freed_before_its_end(void **state)
{
    static const char *const models[] = {SLOW_OPEN, SLOW_PREFILL, SLOW_STEPS};
    talk t = {0};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        bench b = open_bench(models[i]);
        arny_stream *stream = start(b.session, i == 1 ? talk_long(3000) : "hello");
        hear_until(&t, stream, i == 2 ? ARNY_EVENT_TOKEN : ARNY_EVENT_LOADING);
        if (i == 1)
            talk_wait_for_prefilled(5);
        arny_stream_free(stream);
        assert_int_equal(arny_session_turn_count(b.session), i == 2);
        arny_stream_free(start(b.session, "hello")); /* at once */
        close_bench(&b);
    }
}

static void freeing_a_stream_ends_no_other(void **state)
{
    talk t = {0};
    (void)state;
    bench b = open_bench("{'default': 'a short answer', 'step_us': 1000}");
    arny_stream *first = start(b.session, "hello"), *second = start(b.session, "hello");
    hear_until(&t, first, ARNY_EVENT_TOKEN);
    arny_stream_free(first);
    assert_string_equal(hear_all(&t, second), "a short answer");
    arny_stream_free(second);
    close_bench(&b);
}

static void a_stream_that_nobody_reads_can_be_freed(void **state)
{
    char model[1024];
    (void)state;
    snprintf(model, sizeof model, "{'default': '%s'}", talk_long(600));
    bench b = open_bench(model);
    arny_stream *stream = start(b.session, "hello");
    talk_wait_for_steps(230);
    arny_stream_free(stream);
    assert_answers(b.session, talk_long(600));
    close_bench(&b);
}

static void a_session_may_be_freed_before_its_stream(void **state)
{
    talk t = {0};
    (void)state;
    bench b = open_bench(SLOW_STEPS);
    arny_stream *stream = start(b.session, "hello");
    hear_until(&t, stream, ARNY_EVENT_TOKEN);
    arny_session_free(b.session);
    arny_team_free(b.team);
    talk_assert_nothing_is_open();
    hear_until(&t, stream, 0); /* what was said is still there */
    assert_string_equal(t.shape, "LYTD");
    assert_int_equal(t.reason, ARNY_REASON_CANCELLED);
    arny_stream_free(stream);
}

static void *free_session(void *session)
{
    arny_session_free(session);
    return NULL;
}

static void session_and_stream_may_be_freed_at_the_same_time(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        ar_thread thread;
        talk t = {0};
        bench b = open_bench("{'default': 'a short answer', 'step_us': 200}");
        arny_stream *stream = start(b.session, "hello");
        if (i % 2)
            hear_until(&t, stream, ARNY_EVENT_TOKEN);
        assert_status(ar_thread_start(&thread, free_session, b.session), ARNY_OK);
        arny_stream_free(stream);
        ar_thread_join(thread);
        arny_team_free(b.team);
        talk_assert_nothing_is_open();
    }
}

/* ---- the queue -------------------------------------------------------------------------------------------------- */

static void answers_of_a_team_come_in_the_order_of_asking(void **state)
{
    static const char *const names[] = {"s0", "s1", "s2"};
    (void)state;
    bench b = open_bench("{'default': 'ten tokens', 'step_us': 100}");
    arny_session *sessions[3];
    for (int i = 0; i < 3; i++)
        sessions[i] = talk_session(b.team, names[i]);
    for (int round = 0; round < 10; round++) {
        talk t = {0};
        ar_fake_counts counts;
        arny_stream *streams[3];
        ar_fake_counts_reset();
        for (int i = 0; i < 3; i++)
            streams[i] = start(sessions[(i + round) % 3], "hello");
        for (int i = 2; i >= 0; i--) {
            hear_until(&t, streams[i], ARNY_EVENT_READY);
            ar_fake_counts_get(&counts);
            assert_true(counts.steps >= 10 * i);
        }
        for (int i = 0; i < 3; i++) {
            assert_string_equal(hear_all(&t, streams[i]), "ten tokens");
            arny_stream_free(streams[i]);
        }
    }
    for (int i = 0; i < 3; i++)
        arny_session_free(sessions[i]);
    close_bench(&b);
}

static void one_at_a_time(const arny_event *event, void *data)
{
    atomic_int *inside = data;
    if (event->type == ARNY_EVENT_READY)
        assert_int_equal(atomic_fetch_add(inside, 1), 0);
    if (event->type == ARNY_EVENT_DONE)
        assert_int_equal(atomic_fetch_sub(inside, 1), 1);
}

typedef struct asker {
    arny_team *team;
    const char *name;
    atomic_int *inside;
} asker;

static void *ask_often(void *data)
{
    asker *a = data;
    talk t = {.hook = one_at_a_time, .data = a->inside};
    arny_session *session = talk_session(a->team, a->name);
    for (int i = 0; i < 20; i++)
        assert_string_equal(talk_ask(&t, session, "hello", i % 2 ? "a" : "b"), "ten tokens");
    assert_int_equal(arny_session_turn_count(session), 20);
    arny_session_free(session);
    return NULL;
}

static void two_threads_with_a_session_each_take_turns(void **state)
{
    atomic_int inside = 0;
    ar_thread threads[2];
    (void)state;
    bench b = open_bench("{'default': 'ten tokens'}");
    asker askers[2] = {{b.team, "x", &inside}, {b.team, "y", &inside}};
    for (int i = 0; i < 2; i++)
        assert_status(ar_thread_start(&threads[i], ask_often, &askers[i]), ARNY_OK);
    for (int i = 0; i < 2; i++)
        ar_thread_join(threads[i]);
    close_bench(&b);
}

static void *cancel_often(void *data)
{
    bench *b = data;
    for (int i = 0; i < 200; i++) {
        arny_session_cancel(b->session);
        arny_session_agent(b->session);
        nap(1);
    }
    return NULL;
}

static void cancels_at_any_time_leave_a_conversation_whole(void **state)
{
    ar_thread thread;
    size_t kept = 0;
    (void)state;
    bench b = open_bench("{'default': 'ten tokens', 'step_us': 300, 'prefill_us': 50}");
    assert_status(ar_thread_start(&thread, cancel_often, &b), ARNY_OK);
    for (int i = 0; i < 40; i++) {
        talk t = {0};
        arny_stream *stream = start(b.session, "hello");
        hear_all(&t, stream);
        assert_true(t.reason == ARNY_REASON_STOP || t.reason == ARNY_REASON_CANCELLED);
        kept += t.tokens > 0;
        arny_stream_free(stream);
        assert_int_equal(arny_session_turn_count(b.session), kept);
    }
    ar_thread_join(thread);
    assert_answers(b.session, "ten tokens");
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_come_in_order),
        cmocka_unit_test(an_error_is_the_last_event),
        cmocka_unit_test(a_wait_has_a_limit),
        cmocka_unit_test(what_was_passed_is_copied),
        cmocka_unit_test(an_event_outlives_everything),
        cmocka_unit_test(a_slow_reader_misses_nothing),
        cmocka_unit_test(a_wrong_call_is_an_error),
        cmocka_unit_test(turns_are_read_while_more_are_made),
        cmocka_unit_test(after_done_the_session_is_free),
        cmocka_unit_test(a_receiver_owns_its_events),
        cmocka_unit_test(a_receiver_hears_an_error_too),
        cmocka_unit_test(nothing_waits_for_a_receiver),
        cmocka_unit_test(after_free_a_receiver_is_not_called),
        cmocka_unit_test(a_cancel_ends_loading),
        cmocka_unit_test(a_stream_can_be_cancelled_alone),
        cmocka_unit_test(what_is_dropped_is_freed_elsewhere),
        cmocka_unit_test(a_cancel_ends_a_prefill),
        cmocka_unit_test(a_cancel_ends_a_decode),
        cmocka_unit_test(a_cancel_reaches_a_reader_that_does_not_read),
        cmocka_unit_test(a_cancel_ends_what_is_queued_at_once),
        cmocka_unit_test(a_cancel_does_not_reach_what_is_asked_after_it),
        cmocka_unit_test(a_stream_may_be_freed_before_its_end),
        cmocka_unit_test(freeing_a_stream_ends_no_other),
        cmocka_unit_test(a_stream_that_nobody_reads_can_be_freed),
        cmocka_unit_test(a_session_may_be_freed_before_its_stream),
        cmocka_unit_test(session_and_stream_may_be_freed_at_the_same_time),
        cmocka_unit_test(answers_of_a_team_come_in_the_order_of_asking),
        cmocka_unit_test(two_threads_with_a_session_each_take_turns),
        cmocka_unit_test(cancels_at_any_time_leave_a_conversation_whole),
    };
    return RUN(tests);
}
