/* model/dart.c - see arny/dart.h. */
#include "util/mem.h"
#include "util/status.h"
#include <arny/dart.h>

struct arny_dart_port {
    int64_t port;
    arny_dart_post post;
};

#define DART_INT64 3 /* Dart_CObject_kInt64, of the Dart SDK's dart_native_api.h */

typedef struct message { /* a Dart_CObject: its kind, and room for what a kind may hold */
    int32_t type;
    union {
        int64_t number;
        void *words[5];
    } value;
} message;

int arny_dart_port_new(arny_dart_port **out, int64_t port, arny_dart_post post)
{
    if (out)
        *out = NULL;
    if (!out || !post)
        return ar_fail(ARNY_E_ARGUMENT, "arny_dart_port_new needs a place for the port, and Dart's postCObject");
    arny_dart_port *made = ar_alloc(sizeof *made);
    if (!made)
        return ARNY_E_MEMORY;
    *made = (arny_dart_port){port, post};
    *out = made;
    return ARNY_OK;
}

void arny_dart_port_free(arny_dart_port *port)
{
    ar_free(port);
}

void arny_dart_receive(arny_event *event, void *user_data)
{
    arny_dart_port *to = user_data;
    message what = {.type = DART_INT64, .value.number = (int64_t)(intptr_t)event};
    int last = !event || event->type == ARNY_EVENT_DONE || event->type == ARNY_EVENT_ERROR;
    if (!to->post(to->port, &what)) /* else it is the isolate's, which may have freed it by now */
        arny_event_free(event);
    if (last)
        arny_dart_port_free(to);
}
