/* library.c - the library itself: arny/common.h. */
#include "glue.h"

static jbyteArray version(JNIEnv *env, jclass native)
{
    (void)native;
    return glue_bytes(env, arny_version());
}

static jbyteArray engines(JNIEnv *env, jclass native)
{
    (void)native;
    return glue_bytes(env, arny_engines());
}

static jbyteArray chat_templates(JNIEnv *env, jclass native)
{
    (void)native;
    return glue_bytes(env, arny_chat_templates());
}

static jbyteArray status_name(JNIEnv *env, jclass native, jint status)
{
    (void)native;
    return glue_bytes(env, arny_status_name(status));
}

static jbyteArray status_remedy(JNIEnv *env, jclass native, jint status)
{
    (void)native;
    return glue_bytes(env, arny_status_remedy(status));
}

static void set_cache(JNIEnv *env, jclass native, jbyteArray folder)
{
    (void)native;
    char *f = glue_text(env, folder);
    if (!glue_pending(env))
        glue_check(env, arny_set_cache(f));
    free(f);
}

/* Who listens is known to Make alone: so nothing that C holds can go away under a thread that logs. */
static void on_log(int level, const char *line, void *user_data)
{
    (void)user_data;
    JNIEnv *env = glue_env();
    if (!env || (*env)->PushLocalFrame(env, 4) != JNI_OK) /* a thread of the library never returns to Java */
        return;
    glue_make(env, GLUE_LOG, (jint)level, glue_bytes(env, line));
    (*env)->PopLocalFrame(env, NULL);
}

static void set_log(JNIEnv *env, jclass native, jboolean on, jint level)
{
    (void)env, (void)native;
    arny_set_log(on ? on_log : NULL, level, NULL);
}

const JNINativeMethod glue_library_methods[] = {
    {"version", "()[B", version},
    {"engines", "()[B", engines},
    {"chatTemplates", "()[B", chat_templates},
    {"statusName", "(I)[B", status_name},
    {"statusRemedy", "(I)[B", status_remedy},
    {"setCache", "([B)V", set_cache},
    {"setLog", "(ZI)V", set_log},
    {NULL, NULL, NULL},
};
