/* Events as messages to a port of Dart: each is the isolate's, or is freed when the port is gone. */
#include "engine/fake/fake.h"
#include "talk.h"
#include "tmp.h"
#include <arny/dart.h>

typedef struct message { /* as the Dart SDK's dart_native_api.h has it */
    int32_t type;
    union {
        int64_t as_int64;
        void *as_words[5];
    } value;
} message;

static arny_event *heard[64];
static int count, open_for;

static int8_t post(int64_t port, void *data)
{
    const message *what = data;
    assert_true(port == INT64_C(0x7654321012345678));
    assert_int_equal(what->type, 3);
    if (count >= open_for)
        return 0;
    heard[count++] = (arny_event *)(intptr_t)what->value.as_int64;
    return 1;
}

static void ask(int listens_to)
{
    arny_model *model;
    arny_stream *stream;
    arny_dart_port *port;
    arny_request request = ARNY_REQUEST_INIT;
    request.prompt = "hello";
    count = 0;
    open_for = listens_to;
    assert_status(arny_model_open(&model, talk_model(test_tmpdir(), "m.fake", "{'default': 'fine'}"), NULL), ARNY_OK);
    assert_status(arny_dart_port_new(&port, INT64_C(0x7654321012345678), post), ARNY_OK);
    assert_status(arny_model_post(&stream, model, &request, arny_dart_receive, port), ARNY_OK);
    arny_model_free(model);
    arny_stream_free(stream);
    talk_assert_nothing_is_open();
}

static void events_are_posted(void **state)
{
    (void)state;
    ask(64);
    assert_true(count >= 2);
    assert_int_equal(heard[0]->type, ARNY_EVENT_READY);
    assert_int_equal(heard[count - 1]->type, ARNY_EVENT_DONE);
    for (int i = 0; i < count; i++)
        arny_event_free(heard[i]);
}

static void a_port_that_is_gone_costs_nothing(void **state)
{
    (void)state;
    for (int listens_to = 0; listens_to < 3; listens_to++) {
        ask(listens_to);
        for (int i = 0; i < count; i++)
            arny_event_free(heard[i]);
    }
}

static void a_port_is_asked_for_rightly(void **state)
{
    arny_dart_port *port;
    (void)state;
    assert_status(arny_dart_port_new(NULL, 1, post), ARNY_E_ARGUMENT);
    assert_status(arny_dart_port_new(&port, 1, NULL), ARNY_E_ARGUMENT);
    assert_null(port);
    assert_status(arny_dart_port_new(&port, 1, post), ARNY_OK);
    arny_dart_port_free(port);
    arny_dart_port_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_posted),
        cmocka_unit_test(a_port_that_is_gone_costs_nothing),
        cmocka_unit_test(a_port_is_asked_for_rightly),
    };
    return RUN(tests);
}
