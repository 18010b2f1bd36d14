/* load.c - what happens when the JVM loads this library: the functions of org.arny.Native get their C. A signature that
 * differs between the two fails here, at once, and not in a call. */
#include "glue.h"

static int register_all(JNIEnv *env, jclass native)
{
    const JNINativeMethod *const tables[] = {glue_library_methods, glue_team_methods,  glue_agent_methods,
                                             glue_session_methods, glue_model_methods, glue_stream_methods,
                                             glue_file_methods};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        jint count = 0;
        while (tables[i][count].name)
            count++;
        if ((*env)->RegisterNatives(env, native, tables[i], count) != JNI_OK)
            return -1;
    }
    return 0;
}

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *vm, void *reserved)
{
    (void)reserved;
    void *found = NULL;
    if ((*vm)->GetEnv(vm, (void *)&found, JNI_VERSION_1_6) != JNI_OK || glue_env_load(vm))
        return JNI_ERR;
    JNIEnv *env = found;
    jclass native = (*env)->FindClass(env, "org/arny/Native");
    if (!native || glue_values_load(env) || glue_make_load(env) || register_all(env, native))
        return JNI_ERR;
    return JNI_VERSION_1_6;
}
