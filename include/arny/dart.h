/*
 * arny/dart.h - events as messages to a port of Dart. A binding's NativeCallable must not be called once its isolate is gone (the VM ends
 * the process), and nobody can know when that is: a hot restart, a kill. A port may be gone: the event is freed then, and nothing
 * else happens.
 *
 *     final port = RawReceivePort((int address) { ... });      // of an arny_event, which is the isolate's; 0: there was no memory for one
 *     arny_dart_port_new(out, port.sendPort.nativePort, NativeApi.postCObject.cast());
 *     arny_session_post(stream, session, text, options, arny_dart_receive, out.value);
 */
#ifndef ARNY_DART_H
#define ARNY_DART_H

#include <arny/event.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Dart_PostCObject, as dart:ffi's NativeApi.postCObject gives it: 0 when the port is gone. */
typedef int8_t (*arny_dart_post)(int64_t port, void *message);

typedef struct arny_dart_port arny_dart_port;

/* For one answer. Frees itself with the answer's last event; ARNY_E_MEMORY. */
ARNY_API int arny_dart_port_new(arny_dart_port **out, int64_t port, arny_dart_post post);

/* For an answer that could not be posted. NULL is fine. */
ARNY_API void arny_dart_port_free(arny_dart_port *port);

/* An arny_event_receiver; user_data is an arny_dart_port. Each message is the address of an event. */
ARNY_API void arny_dart_receive(arny_event *event, void *user_data);

#ifdef __cplusplus
}
#endif
#endif
