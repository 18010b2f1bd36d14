/* env.c - the JVM, and threads that it does not know. */
#include "glue.h"
#include <pthread.h>

static JavaVM *machine;
static pthread_key_t attached; /* set in threads that were attached here: its destructor lets go of them as they end */

static void detach(void *vm)
{
    (*(JavaVM *)vm)->DetachCurrentThread(vm);
}

int glue_env_load(JavaVM *vm)
{
    machine = vm;
    return pthread_key_create(&attached, detach);
}

JNIEnv *glue_env(void)
{
    JNIEnv *env = NULL; /* void *: the JDK's jni.h and Android's differ in how this parameter is declared */
    if ((*machine)->GetEnv(machine, (void *)&env, JNI_VERSION_1_6) == JNI_OK)
        return env;
    if ((*machine)->AttachCurrentThreadAsDaemon(machine, (void *)&env, NULL) != JNI_OK)
        return NULL;
    pthread_setspecific(attached, machine);
    return env;
}
