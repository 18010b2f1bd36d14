/* stream.c - answers that are pulled: arny/event.h. */
#include "glue.h"

/* An ArnyEvent; null: none came in time; Make.end(): all were read. */
static jobject next(JNIEnv *env, jclass native, jlong stream, jint timeout_ms)
{
    (void)native;
    arny_event *event = NULL;
    int status = arny_stream_next(&event, GLUE_HANDLE(arny_stream, stream), timeout_ms);
    if (status == ARNY_E_BUSY)
        return NULL;
    if (status == ARNY_E_END)
        return glue_make(env, GLUE_END);
    glue_check(env, status);
    jobject made = event ? glue_event(env, event) : NULL;
    arny_event_free(event);
    return made;
}

static void cancel(JNIEnv *env, jclass native, jlong stream)
{
    (void)env, (void)native;
    arny_stream_cancel(GLUE_HANDLE(arny_stream, stream));
}

static void free_stream(JNIEnv *env, jclass native, jlong stream)
{
    (void)env, (void)native;
    arny_stream_free(GLUE_HANDLE(arny_stream, stream));
}

const JNINativeMethod glue_stream_methods[] = {
    {"streamNext", "(JI)Ljava/lang/Object;", next},
    {"streamCancel", "(J)V", cancel},
    {"streamFree", "(J)V", free_stream},
    {NULL, NULL, NULL},
};
