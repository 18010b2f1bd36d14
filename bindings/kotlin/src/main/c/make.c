/* make.c - calls the static functions of org.arny.Make. */
#include "glue.h"
#include <stdarg.h>

static jclass make;
static jmethodID makers[GLUE_MAKERS];

#define TO_OBJECT ")Ljava/lang/Object;"

static const struct {
    const char *name, *signature;
} functions[GLUE_MAKERS] = {
    [GLUE_ERROR] = {"error", "(I[B)Ljava/lang/Throwable;"},
    [GLUE_ROUTED] = {"routed", "([BD[[B[DD" TO_OBJECT},
    [GLUE_SAFETY] = {"safety", "(D[B" TO_OBJECT},
    [GLUE_DROPPED] = {"dropped", "(J" TO_OBJECT},
    [GLUE_LOADING] = {"loading", "([BD" TO_OBJECT},
    [GLUE_READY] = {"ready", "([BIJJD" TO_OBJECT},
    [GLUE_TOKEN] = {"token", "(I[B" TO_OBJECT},
    [GLUE_DONE] = {"done", "([BIJJDDDJJJ" TO_OBJECT},
    [GLUE_END] = {"end", "(" TO_OBJECT},
    [GLUE_DECISION] = {"decision", "([BD[[B[DDD" TO_OBJECT},
    [GLUE_MEMORY] = {"memory", "([J[[B[[B[J" TO_OBJECT},
    [GLUE_ESTIMATE] = {"estimate", "([J[[B[J" TO_OBJECT},
    [GLUE_FILE_INFO] = {"fileInfo", "([[B[J" TO_OBJECT},
    [GLUE_TURN] = {"turn", "(Ljava/lang/Object;[B[B[B" TO_OBJECT},
    [GLUE_NAME] = {"name", "(Ljava/lang/Object;[B" TO_OBJECT},
    [GLUE_LOG] = {"log", "(I[B" TO_OBJECT},
    [GLUE_PROGRESS] = {"progress", "(Ljava/lang/Object;D" TO_OBJECT},
};

int glue_make_load(JNIEnv *env)
{
    jclass found = (*env)->FindClass(env, "org/arny/Make");
    if (!found || !(make = (*env)->NewGlobalRef(env, found)))
        return -1;
    for (int i = 0; i < GLUE_MAKERS; i++) {
        makers[i] = (*env)->GetStaticMethodID(env, make, functions[i].name, functions[i].signature);
        if (!makers[i])
            return -1;
    }
    return 0;
}

jobject glue_make(JNIEnv *env, enum glue_maker maker, ...)
{
    if (glue_pending(env))
        return NULL;
    va_list arguments;
    va_start(arguments, maker);
    jobject made = (*env)->CallStaticObjectMethodV(env, make, makers[maker], arguments);
    va_end(arguments);
    return glue_pending(env) ? NULL : made;
}
